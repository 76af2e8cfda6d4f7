"""Fetch the benchmarks' data from OpenML, PMLB and UCI, as far as FOLDER does not hold them.

    python docs/benchmarks/data.py FOLDER

It needs a network and pandas. ``docs/benchmarks/index.rst`` says what the files hold.
"""

import sys
from functools import partial
from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.datasets import fetch_20newsgroups, fetch_covtype, fetch_openml
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder


def encode(table):
    """Encode a DataFrame: categories one-hot, two as one column; medians for missing values.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"size": [1.0, None, 3.0, 4.0], "hue": ["red", "blue", None, "red"]})
    >>> table["new"] = pd.Categorical(["no", "yes", "yes", "no"])
    >>> encode(table)  # blue, red, unknown; new; size
    array([[0., 1., 0., 0., 1.],
           [1., 0., 0., 1., 3.],
           [0., 0., 1., 1., 3.],
           [0., 1., 0., 0., 4.]], dtype=float32)
    """
    one_hot = OneHotEncoder(drop="if_binary", sparse_output=False)
    categories = make_column_selector(dtype_exclude="number")
    medians = SimpleImputer(strategy="median")
    encoder = make_column_transformer((one_hot, categories), remainder=medians)
    return encoder.fit_transform(table).astype(np.float32)


fetch_frame = partial(fetch_openml, return_X_y=True, as_frame=True)


def openml(name, version):
    table, labels = fetch_frame(name, version=version)
    return encode(table), labels


def pmlb(name):
    """Return a table of PMLB, all numbers, with the classes in the last column."""
    url = f"https://github.com/EpistasisLab/pmlb/raw/master/datasets/{name}/{name}.tsv.gz"
    table = np.loadtxt(url, skiprows=1)
    return table[:, :-1].astype(np.float32), table[:, -1]


def cardiotocography():
    """Return the table without its last columns, which say the class in other ways."""
    table, labels = fetch_frame("cardiotocography", version=1)
    return table.iloc[:, :23].to_numpy(np.float32), labels


def covertype15k():
    """Return the first rows of the table, 2160 of each class, without constant columns of 0."""
    X, labels = (part[:15120] for part in fetch_covtype(return_X_y=True))
    return X[:, X.any(axis=0)].astype(np.float32), labels


def news20_sparse():
    """Return TF-IDF of the messages, those for training first."""
    options = {"remove": ("headers", "footers", "quotes"), "return_X_y": True}
    train, train_labels = fetch_20newsgroups(subset="train", **options)
    test, test_labels = fetch_20newsgroups(subset="test", **options)
    tfidf = TfidfVectorizer(sublinear_tf=True, stop_words="english", max_features=10_000).fit(train)
    return tfidf.transform([*train, *test]), np.hstack([train_labels, test_labels])


SOURCES = {
    "adult": partial(openml, "adult", 2),
    "australian": partial(pmlb, "australian"),
    "banana": partial(pmlb, "banana"),
    "car": partial(openml, "car", 1),
    "cardiotocography": cardiotocography,
    "covertype15k": covertype15k,
    "credit_approval": partial(openml, "credit-approval", 1),
    "credit_g": partial(openml, "credit-g", 1),
    "diabetes": partial(openml, "diabetes", 1),
    "dna": partial(openml, "dna", 1),
    "electricity": partial(openml, "electricity", 1),
    "kr_vs_kp": partial(openml, "kr-vs-kp", 1),
    "led24": partial(pmlb, "led24"),
    "letter": partial(openml, "letter", 1),
    "mfeat_zernike": partial(openml, "mfeat-zernike", 1),
    "movement_libras": partial(pmlb, "movement_libras"),
    "news20_sparse": news20_sparse,
    "pendigits": partial(openml, "pendigits", 1),
    "phoneme": partial(openml, "phoneme", 1),
    "satimage": partial(openml, "satimage", 1),
    "semeion": partial(openml, "semeion", 1),
    "soybean": partial(openml, "soybean", 1),
    "spambase": partial(openml, "spambase", 1),
    "texture": partial(pmlb, "texture"),
    "titanic": partial(pmlb, "titanic"),
    "vowel": partial(pmlb, "vowel"),
    "waveform_5000": partial(openml, "waveform-5000", 1),
    "wine_quality_red": partial(pmlb, "wine_quality_red"),
    "yeast": partial(openml, "yeast", 4),
}


# Tables that are kept as they come, too.
RAW = {"adult": 2, "car": 1, "credit-g": 1, "electricity": 1}


def save_raw(path, table, labels):
    path.parent.mkdir(exist_ok=True)
    table.assign(__target__=labels).to_csv(path, index=False)


def save(path, X, labels):
    csr = ("data", "indices", "indptr", "shape")
    parts = {part: getattr(X, part) for part in csr} if sparse.issparse(X) else {"X": X}
    np.savez_compressed(path, y=np.unique(labels, return_inverse=True)[1], **parts)


def load(folder, name):
    """Return X, in float32 and sparse if it was, and y."""
    with np.load(folder / f"{name}.npz") as file:
        if "X" in file:
            return file["X"].astype(np.float32), file["y"]
        parts = file["data"].astype(np.float32), file["indices"], file["indptr"]
        return sparse.csr_matrix(parts, shape=file["shape"]), file["y"]


def fill(folder):
    for name, fetch in SOURCES.items():
        path = folder / f"{name}.npz"
        if not path.exists():
            print(name, flush=True)
            save(path, *fetch())
    for name, version in RAW.items():
        path = folder / "raw" / f"{name.replace('-', '_')}.csv.gz"
        if not path.exists():
            print(path.name, flush=True)
            save_raw(path, *fetch_frame(name, version=version))


if __name__ == "__main__":
    fill(Path(sys.argv[1]))
