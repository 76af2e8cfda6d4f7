"""The classifiers that are exported, and those that are made of what was read."""

from sklearn.utils.validation import check_is_fitted

from skmlp.classifier import MLPSoftmaxClassifier

__all__ = ["check_classifier", "fitted_classifier"]


def check_classifier(clf):
    """Raise an error unless this is a classifier of ours, of one machine or a cluster, and fitted.

    Parameters
    ----------
    clf : object
        What a user gave.

    Raises
    ------
    TypeError
        If it is something else.
    NotFittedError
        If it is not fitted.
    """
    if not isinstance(clf, MLPSoftmaxClassifier):
        raise TypeError(f"clf must be an MLPSoftmaxClassifier, got {type(clf).__name__}.")
    check_is_fitted(clf)


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
