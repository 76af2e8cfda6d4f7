"""Fitted attributes and the summary."""

import inspect
import pickle

import pytest
from conftest import SOLVERS, make
from numpy.testing import assert_array_equal
from sklearn.neural_network import MLPClassifier

from skmlp import MLPSoftmaxClassifier
from skmlp.estimator.fitted_attributes import fitted_property

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*Maximum iterations:sklearn.exceptions.ConvergenceWarning"
)


# Attributes


@pytest.mark.parametrize("solver", SOLVERS)
def test_fitted_attributes(iris, solver):
    X, y = iris
    clf = make(solver=solver).fit(X, y)
    assert_array_equal(clf.classes_, [0, 1, 2])
    assert len(clf.loss_curve_) == clf.n_iter_ == 15
    assert clf.loss_ == clf.loss_curve_[-1]
    assert clf.best_loss_ == min(clf.loss_curve_)
    assert clf.t_ == 15 * len(X)
    assert (clf.n_layers_, clf.n_outputs_, clf.n_features_in_) == (3, 3, 4)
    assert clf.out_activation_ == "softmax"
    assert clf.validation_scores_ is clf.best_validation_score_ is None


def test_same_fitted_attributes_as_mlp_classifier(iris):
    theirs = MLPClassifier((8,), max_iter=15).fit(*iris)
    ours = make().fit(*iris)
    public = {name for name in vars(theirs) if name.endswith("_") and not name.startswith("_")}
    assert all(hasattr(ours, name) for name in public)


def test_coefs_are_views_also_after_pickling(iris):
    X, y = iris
    clf = pickle.loads(pickle.dumps(make().fit(X, y)))
    for view in clf.coefs_ + clf.intercepts_:
        view[:] = 0
    assert_array_equal(clf.decision_function(X), 0)


def test_learning_rates_are_recorded(iris):
    assert make().fit(*iris).learning_rates_ == [0.001] * 15
    assert make(solver="lbfgs").fit(*iris).learning_rates_ == []


# The summary


@pytest.mark.filterwarnings("ignore:The loss:sklearn.exceptions.ConvergenceWarning")
def test_summary_in_one_line(iris):
    clf = MLPSoftmaxClassifier(7, activation="tanh", random_state=0).fit(*iris)
    assert clf.summary() == (
        f"layers 4-7-3 (tanh), 59 parameters, {clf.n_iter_} epochs, loss {clf.loss_:.4f}"
    )


def test_summary_without_a_hidden_layer(iris):
    assert make(depth=0, tol=1).fit(*iris).summary().startswith("layers 4-3, 15 parameters, ")


# Properties that need a fitted estimator


class Estimator:
    """An estimator.

    Attributes
    ----------
    loss_ : float
        Loss of the model, with a penalty.
    """

    _model = None

    @fitted_property
    def loss_(self) -> float:
        """Loss of the model."""
        return self._model["loss"]

    @fitted_property
    def broken_(self):
        return self._model.broken


def fitted():
    estimator = Estimator()
    estimator._model = {"loss": 0.5}
    return estimator


def test_it_is_read_from_the_model():
    assert fitted().loss_ == 0.5


def test_before_fit_the_error_names_the_attribute():
    with pytest.raises(AttributeError, match=r"Estimator has no attribute 'loss_': it is not fit"):
        print(Estimator().loss_)


def test_before_fit_there_is_no_attribute():
    assert not hasattr(Estimator(), "loss_")
    assert getattr(Estimator(), "loss_", None) is None


def test_it_cannot_be_assigned():
    with pytest.raises(AttributeError, match="no setter"):
        fitted().loss_ = 1.0


def test_an_error_of_the_model_is_not_hidden():
    with pytest.raises(AttributeError, match="'dict' object has no attribute 'broken'"):
        print(fitted().broken_)


def test_the_type_is_that_of_the_method():
    assert inspect.signature(Estimator.loss_.fget).return_annotation is float


def test_numpydoc_shows_the_description_of_the_class():
    numpydoc = pytest.importorskip("numpydoc.docscrape_sphinx")
    page = str(numpydoc.get_doc_object(Estimator, config={"show_class_members": False}))
    assert "Loss of the model, with a penalty." in page
