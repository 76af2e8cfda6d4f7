"""Properties that need a fitted estimator."""

import inspect

import pytest

from skmlp.estimator.fitted import fitted_property


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
