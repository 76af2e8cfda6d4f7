"""The classifiers to export, and those created from imported networks."""

from skmlp.classifier import MLPSoftmaxClassifier
from skmlp.estimator.messages import warn

__all__ = ["fitted_classifier", "warn_of_own_methods"]

METHODS = ("decision_function", "predict_proba", "predict", "transform")


def warn_of_own_methods(estimator):
    """Warn if a subclass overrides a prediction method, which cannot be exported.

    Parameters
    ----------
    estimator : estimator
        An estimator of skmlp, or of a subclass.
    """
    kinds = type(estimator).__mro__
    for name in METHODS:
        owner = next((kind for kind in kinds if name in vars(kind)), None)
        if owner is not None and not owner.__module__.startswith("skmlp."):
            warn(
                f"{owner.__name__} overrides {name}, which is not exported: the exported model "
                f"predicts as {_ours(kinds).__name__} does."
            )


def _ours(kinds):
    return next(kind for kind in kinds if kind.__module__.startswith("skmlp."))


def fitted_classifier(parameters, model):
    """Return a fitted classifier.

    Parameters
    ----------
    parameters : dict
        The parameters of its constructor.
    model : Model
        The fitted model.

    Returns
    -------
    clf : MLPSoftmaxClassifier
        The classifier.
    """
    clf = MLPSoftmaxClassifier(**parameters)
    clf._model = model
    return clf
