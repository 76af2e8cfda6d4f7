"""Columns of free text."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skmlp import TabularEncoder, TabularMLPClassifier
from skmlp.tabular.texts import fit_text

RNG = np.random.default_rng(0)
N = 300
Y = RNG.integers(0, 2, N)
NOUNS = ["product", "quality", "price", "colour", "size", "shop", "delivery"]
REVIEWS = [f"{'great' if y else 'bad'} {RNG.choice(NOUNS)} {i}" for i, y in enumerate(Y)]
CHINESE = [
    "".join(RNG.permutation(["很好" if y else "很差", "质量", f"{i}"])) for i, y in enumerate(Y)
]


def table(texts):
    X = np.empty((len(texts), 2), dtype=object)
    X[:, 0], X[:, 1] = texts, RNG.normal(size=len(texts))
    return X


@pytest.mark.parametrize("texts", [REVIEWS, CHINESE])
def test_a_word_determines_the_class(texts):
    X = table(texts)
    clf = make_pipeline(TabularEncoder(random_state=0), LogisticRegression())
    assert clf.fit(X[:200], Y[:200]).score(X[200:], Y[200:]) > 0.95


def test_its_columns_are_compact_and_have_mean_square_1():
    encoder = TabularEncoder(n_text_components=5, random_state=0)
    Z = encoder.fit_transform(table(REVIEWS))
    assert encoder.kinds_ == {"x0": "text", "x1": "number"}
    names = encoder.get_feature_names_out().tolist()
    assert names[1:6] == [f"x0_text{i}" for i in range(5)]
    assert encoder.n_compact_ == 6
    assert_allclose(np.mean(Z[:, 1:6] ** 2), 1, rtol=0.05)


def test_missing_and_new_texts():
    encoder = TabularEncoder(random_state=0).fit(table(REVIEWS))
    Z = encoder.transform(table([None, "", "\u4e00\u4e01", "x" * 10**5]))
    assert np.isfinite(Z).all()
    assert_array_equal(Z[0, 1:31], np.zeros(30))


def test_text_is_refused_with_no_components():
    with pytest.raises(
        ValueError, match=r"Column 'x0' of X holds free text, such as .*components=0"
    ):
        TabularEncoder(n_text_components=0).fit(table(REVIEWS))


def test_a_sample_of_many_texts_is_fitted_on(monkeypatch):
    monkeypatch.setattr("skmlp.tabular.texts.MAX_FITTED", 50)
    few = fit_text(REVIEWS, 10, 0).encode([REVIEWS])
    monkeypatch.setattr("skmlp.tabular.texts.BLOCK", 7)
    assert_allclose(fit_text(REVIEWS, 10, 0).encode([REVIEWS]), few, atol=1e-6)


def test_long_texts_make_the_sample_smaller(monkeypatch):
    monkeypatch.setattr("skmlp.tabular.texts.MAX_CHARACTERS", 1000)
    encoding = fit_text(REVIEWS, 100, 0)
    assert len(encoding.labels[0]) < 100


def test_pickle_and_random_state():
    encoder = TabularEncoder(random_state=0)
    Z = encoder.fit_transform(table(REVIEWS))
    X = table(REVIEWS)
    assert_array_equal(pickle.loads(pickle.dumps(encoder)).transform(X), encoder.transform(X))
    again = TabularEncoder(random_state=0).fit_transform(table(REVIEWS))
    assert_array_equal(again[:, 1:31], Z[:, 1:31])


def test_onnx_refuses_text():
    onnx = pytest.importorskip("skmlp.export.onnx", reason="skl2onnx is not installed")
    assert onnx
    from skmlp.export import to_onnx

    X = table(REVIEWS)
    clf = TabularMLPClassifier((8,), n_folds=1, max_iter=2, random_state=0).fit(X, Y)
    with pytest.raises(ValueError, match="Column 'x0' of X had free text"):
        to_onnx(clf, X[:5])
