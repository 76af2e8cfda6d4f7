"""The classifiers that are made of what was read."""

from skmlp.classifier import MLPSoftmaxClassifier

__all__ = ["fitted_classifier"]


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
