"""Integers that are codes."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skmlp import TabularEncoder, TabularMLPClassifier
from skmlp.tabular.number_codes import are_codes, could_be_codes

RNG = np.random.default_rng(0)
N = 3000
CODES = RNG.choice(np.arange(10_000, 99_999), 60, replace=False)
EFFECT = RNG.normal(0, 2, 60)
PLACE = RNG.integers(0, 60, N)
Y = (RNG.random(N) < 1 / (1 + np.exp(-EFFECT[PLACE]))).astype(int)
X = pd.DataFrame({"code": CODES[PLACE], "noise": RNG.normal(size=N)})


def test_codes_are_found():
    assert are_codes(X["code"].to_numpy(float), Y)
    with_missing = np.where(RNG.random(N) < 0.2, np.nan, X["code"])
    assert are_codes(with_missing, Y)


@pytest.mark.parametrize(
    "probability",
    [lambda x: x * 0 + 0.5, lambda x: x, lambda x: x > 0.5, lambda x: (1 + np.sin(3 * x)) / 2],
)
@pytest.mark.parametrize("n_values", [40, 500])
def test_functions_of_a_number_are_no_codes(probability, n_values):
    x = RNG.integers(0, n_values, N)
    y = (RNG.random(N) < probability(x / n_values)).astype(int)
    assert not are_codes(x.astype(float), y)


def test_few_values_few_rows_and_fractions_are_no_codes():
    x = np.arange(N)
    assert not could_be_codes(x % 30.0)
    assert not could_be_codes(x // 3.0)
    assert not could_be_codes(x % 40 / 2)
    assert could_be_codes(x % 40.0)
    assert not could_be_codes(np.full(3, np.nan))


def test_more_classes_need_more_rows():
    code, y = np.repeat(np.arange(40.0), 30), np.arange(1200) // 30 * 7 % 9
    assert not are_codes(code, y)
    assert are_codes(np.tile(code, 2), np.tile(y, 2))


def test_codes_are_encoded_as_numbers_and_categories():
    encoder = TabularEncoder(random_state=0).fit(X, Y)
    assert encoder.kinds_ == {"code": "number", "noise": "number"}
    names = set(encoder.get_feature_names_out())
    assert {"code", "code_target", "code_infrequent"} <= names
    assert {f"code_{code}" for code in CODES} & names
    assert "code_target" not in TabularEncoder().fit(X).get_feature_names_out()
    assert "code_target" not in TabularEncoder().fit(X, Y / 3).get_feature_names_out()


def test_the_classifier_learns_from_codes():
    clf = TabularMLPClassifier((32,), n_folds=1, random_state=0)
    as_numbers = clf.fit(X[:2000], Y[:2000]).score(X[2000:], Y[2000:])
    declared = X.astype({"code": "category"})
    assert as_numbers > clf.fit(declared[:2000], Y[:2000]).score(declared[2000:], Y[2000:]) - 0.02


def test_codes_are_the_same_in_onnx():
    onnxruntime = pytest.importorskip("onnxruntime")
    from skmlp.export import to_onnx

    clf = TabularMLPClassifier((8,), n_folds=1, max_iter=2, random_state=0).fit(X, Y)
    new = X[:40].astype({"code": float})
    new.loc[:5, "code"] = [np.nan, 1, 2.5, 99_999, CODES[0], CODES[1]]
    session = onnxruntime.InferenceSession(to_onnx(clf, X[:5]).SerializeToString())
    inputs = {name: new[[name]].to_numpy(np.float64) for name in new}
    label, probabilities = session.run(None, inputs)
    assert_array_equal(label, clf.predict(new))
    assert_allclose(probabilities, clf.predict_proba(new), atol=1e-5)
