"""Columns of free text: TF-IDF of character n-grams, and a truncated SVD."""

from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import check_random_state, gen_batches

__all__ = ["TextEncoding", "fit_text"]

MAX_LENGTH = 2000  # maximum number of characters of a text to encode
MAX_FITTED, MAX_CHARACTERS = 20_000, 2**22  # maximum number of texts and characters to fit on
MAX_NGRAMS = 30_000
BLOCK = 4096  # number of texts to encode at a time


class TextEncoding(NamedTuple):
    """The encoding of a column of free text.

    Attributes
    ----------
    vectorizer : TfidfVectorizer
        Computes the TF-IDF of n-grams.
    svd : TruncatedSVD
        Reduces it to a few components.
    scale : float
        Factor on the components, so that their mean square is 1.
    labels : list of list of str
        The labels of the outputs, in a list for the single column.
    """

    vectorizer: Any
    svd: Any
    scale: float
    labels: list

    def encode(self, texts):
        """Encode one column of texts, with None for missing values."""
        (column,) = texts
        Z = np.empty((len(column), len(self.labels[0])), dtype=np.float32)
        for rows in gen_batches(len(column), BLOCK):
            tf_idf = self.vectorizer.transform(_cut(column[rows]))
            Z[rows] = self.svd.transform(tf_idf) * self.scale
        return Z


def fit_text(texts, n_components, random_state):
    """Fit the encoding of a column of free text.

    Parameters
    ----------
    texts : list of str or None
        The texts, with None for missing values.
    n_components : int
        Maximum number of components.
    random_state : int, RandomState instance or None
        Random numbers for the sample of texts to fit on, if there are many, and for the SVD.

    Returns
    -------
    encoding : TextEncoding
        The encoding.
    """
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    rng = check_random_state(random_state)
    sample = _cut(texts)
    most = min(MAX_FITTED, 1 + MAX_CHARACTERS // (1 + sum(map(len, sample)) // len(sample)))
    if len(sample) > most:
        rows = np.sort(rng.choice(len(sample), most, replace=False))
        sample = [sample[row] for row in rows]
    vectorizer = TfidfVectorizer(
        analyzer="char_wb",
        ngram_range=(2, 4),
        sublinear_tf=True,
        max_features=MAX_NGRAMS,
    )
    tf_idf = vectorizer.fit_transform(sample)
    svd = TruncatedSVD(min(n_components, *(n - 1 for n in tf_idf.shape)), random_state=rng)
    Z = svd.fit_transform(tf_idf)
    scale = 1 / np.sqrt(np.mean(Z**2))
    return TextEncoding(vectorizer, svd, scale, [[f"text{i}" for i in range(Z.shape[1])]])


def _cut(texts):
    return ["" if text is None else text[:MAX_LENGTH] for text in texts]
