from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.metrics import accuracy_score, log_loss

from skmlp import softmax
from skmlp.network import Batch, Network, n_parameters
from skmlp.training import Validation

RNG = np.random.default_rng(0)
SIZES = (3, 4, 3)
X, Y = RNG.standard_normal((30, 3)), RNG.integers(3, size=30)
WEIGHT = RNG.uniform(0, 2, 30)
SOME = np.array([4, 9, 1, 20, 17, 2, 28])


@pytest.fixture
def network():
    return Network(RNG.standard_normal(n_parameters(SIZES)), SIZES, ["relu"])


@pytest.mark.parametrize("block", [256, 4])
@pytest.mark.parametrize("rows", [range(30), SOME], ids=["all", "some"])
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["unweighted", "weighted"])
def test_accuracy_and_loss(network, rows, weight, block, monkeypatch):
    monkeypatch.setattr("skmlp.training.validation.VALIDATION_ROWS", block)
    score, loss = Validation(network, Batch(X, Y, weight, rows))()
    rows = np.array(rows)
    P = softmax(network.forward(X[rows]))
    w = None if weight is None else weight[rows]
    assert score == pytest.approx(accuracy_score(Y[rows], P.argmax(axis=1), sample_weight=w))
    assert loss == pytest.approx(log_loss(Y[rows], P, sample_weight=w, labels=[0, 1, 2]))


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["unweighted", "weighted"])
def test_sums_over_parts_add_up(network, weight):
    whole = Batch(X, Y, weight)
    parts = [Validation(network, part).sums() for part in whole.split(7)]
    assert_allclose(np.sum(parts, axis=0), Validation(network, whole).sums())


def test_more_is_better_for_the_loss_too(network):
    score, loss = Validation(network, Batch(X, Y), "loss")()
    assert score == -loss


@pytest.mark.parametrize(
    "score", [0.25, np.float32(0.25), np.array(0.25), np.array([[0.25]]), Fraction(1, 4)], ids=repr
)
def test_a_custom_score(network, score):
    found, _ = Validation(network, Batch(X, Y), lambda: score)()
    assert found == 0.25
    assert type(found) is float


@pytest.mark.parametrize("score", [np.nan, np.array([np.nan]), None, "1", np.ones(2)], ids=repr)
def test_a_score_that_is_no_number_is_refused(network, score):
    with pytest.raises(ValueError, match=r"scoring returned .* but must return a number"):
        Validation(network, Batch(X, Y), lambda: score)()


@pytest.mark.parametrize("block", [256, 4])
def test_outputs_that_are_not_finite(network, block, monkeypatch):
    monkeypatch.setattr("skmlp.training.validation.VALIDATION_ROWS", block)
    broken = X.copy()
    broken[-1] = np.inf
    with np.errstate(all="ignore"):
        assert np.isnan(Validation(network, Batch(broken, Y))()).all()


def test_a_row_must_have_a_weight_above_0(network):
    weight = np.zeros(30)
    weight[0] = 1
    Validation(network, Batch(X, Y, weight))
    with pytest.raises(ValueError, match="Every validation row has weight zero"):
        Validation(network, Batch(X, Y, weight, range(1, 30)))
