import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss

from skmlp import softmax
from skmlp.network import Network, n_parameters
from skmlp.validation import Validation

RNG = np.random.default_rng(0)
SIZES = (3, 4, 3)
X, Y = RNG.standard_normal((30, 3)), np.arange(30) % 3
WEIGHT = RNG.uniform(0, 2, 30)


@pytest.fixture
def network():
    return Network(RNG.standard_normal(n_parameters(SIZES)), SIZES, ["relu"])


@pytest.mark.parametrize("rows", [range(30), np.array([4, 9, 1, 20])])
@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_accuracy_and_loss(network, rows, weight):
    score, loss = Validation(network, X, Y, weight, rows)()
    P = softmax(network.forward(X[rows]))
    w = None if weight is None else weight[rows]
    assert score == pytest.approx(accuracy_score(Y[rows], P.argmax(axis=1), sample_weight=w))
    assert loss == pytest.approx(log_loss(Y[rows], P, sample_weight=w, labels=[0, 1, 2]))


def test_blocks_do_not_matter(network, monkeypatch):
    whole = Validation(network, X, Y, WEIGHT, range(30))()
    monkeypatch.setattr("skmlp.network.BLOCK_ROWS", 7)
    assert Validation(network, X, Y, WEIGHT, range(30))() == pytest.approx(whole)


def test_more_is_better_for_the_loss_too(network):
    score, loss = Validation(network, X, Y, None, range(30), "loss")()
    assert score == -loss


def test_a_score_of_ones_own(network):
    assert Validation(network, X, Y, None, range(30), lambda: 0.25)()[0] == 0.25


def test_outputs_that_are_not_finite(network):
    network.parameters[:] = np.inf
    with np.errstate(all="ignore"):
        assert np.isnan(Validation(network, X, Y, None, range(30))()).all()


def test_some_row_must_count(network):
    with pytest.raises(ValueError, match="Every validation row has weight zero"):
        Validation(network, X, Y, np.zeros(30), range(30))
