"""Conversion from and to scikit-learn's MLPClassifier."""

import numpy as np
from sklearn.base import clone
from sklearn.neural_network import MLPClassifier
from sklearn.utils.validation import check_is_fitted

from skmlp.classifier import MLPSoftmaxClassifier, check_classifier
from skmlp.estimator.auto import EPOCHS, RATE
from skmlp.estimator.compat import complete_mlp
from skmlp.estimator.model import Model, first_state
from skmlp.export.classifiers import fitted_classifier, warn_of_own_methods
from skmlp.network.activations import ACTIVATIONS
from skmlp.training.state import History, Progress

__all__ = ["from_sklearn", "to_sklearn"]

SOLVERS_OF_MLP = ("lbfgs", "sgd", "adam")
RATES_OF_MLP = ("constant", "invscaling", "adaptive")
ACTIVATIONS_OF_MLP = ("identity", "logistic", "tanh", "relu")


def from_sklearn(mlp: MLPClassifier) -> MLPSoftmaxClassifier:
    """Convert a fitted MLPClassifier to an MLPSoftmaxClassifier.

    Parameters
    ----------
    mlp : sklearn.neural_network.MLPClassifier
        A fitted classifier for at least two classes, with one label per sample.

    Returns
    -------
    clf : MLPSoftmaxClassifier
        A fitted classifier with the same parameters and probabilities. Training can continue with
        `partial_fit` or `warm_start`, with a new state of the solver. `alpha` has the same value,
        but is relative to the number of all rows: multiply it by ``n_samples / batch_size`` first.

    Raises
    ------
    TypeError
        If `mlp` is not an MLPClassifier.
    ValueError
        If it was fitted on several labels per sample, or on one class, or its weights are not
        finite.
    NotFittedError
        If `mlp` is not fitted.

    See Also
    --------
    to_sklearn : The inverse conversion.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neural_network import MLPClassifier
    >>> from skmlp.export import from_sklearn
    >>> X, y = load_iris(return_X_y=True)
    >>> mlp = MLPClassifier(max_iter=500, random_state=0).fit(X, y)
    >>> clf = from_sklearn(mlp)
    >>> float(abs(clf.predict_proba(X) - mlp.predict_proba(X)).max().round(12))
    0.0
    """
    _check_mlp(mlp)
    ours = MLPSoftmaxClassifier().get_params(deep=False)
    theirs = clone(mlp).get_params(deep=False)  # with a separate random_state
    parameters = {name: theirs[name] for name in theirs.keys() & ours.keys()}
    activations = (mlp.activation,) * (len(mlp.coefs_) - 1)
    state = first_state(parameters.get("random_state"))
    _record(mlp, state)
    names = getattr(mlp, "feature_names_in_", None)
    model = Model.of_layers(mlp.classes_, mlp.coefs_, mlp.intercepts_, activations, state, names)
    return fitted_classifier(parameters, model)


def to_sklearn(clf: MLPSoftmaxClassifier) -> MLPClassifier:
    """Convert a classifier to a fitted MLPClassifier, for tools that need scikit-learn's class.

    Its parameters have the same values, as far as MLPClassifier supports them:
    `hidden_layer_sizes` are those of the network; a `solver` that it lacks is replaced by "adam", a
    schedule of fixed length by "constant", and "auto" by 200 epochs with a learning rate of 0.001.
    Other parameters that it lacks, such as dropout and `class_weight`, are omitted, which matters
    only for further training. `alpha` has the same value, but MLPClassifier divides it by the
    number of rows in a minibatch, not of all rows: multiply it by ``batch_size / n_samples`` before
    further training.

    Parameters
    ----------
    clf : MLPSoftmaxClassifier or DaskMLPSoftmaxClassifier
        A fitted classifier for at least two classes.

    Returns
    -------
    mlp : sklearn.neural_network.MLPClassifier
        A fitted classifier with the same probabilities and training curves, and copies of the
        weights. Training can continue with `partial_fit` or `warm_start`, with a new state of the
        solver.

    Raises
    ------
    TypeError
        If `clf` is something else.
    ValueError
        If MLPClassifier lacks the activation, the hidden layers have different ones, or there is
        only one class.
    NotFittedError
        If `clf` is not fitted.

    See Also
    --------
    from_sklearn : The inverse conversion.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skmlp import MLPSoftmaxClassifier
    >>> from skmlp.export import to_sklearn
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = MLPSoftmaxClassifier(random_state=0).fit(X, y)
    >>> mlp = to_sklearn(clf)
    >>> float(abs(mlp.predict_proba(X) - clf.predict_proba(X)).max().round(12))
    0.0
    """
    check_classifier(clf)
    warn_of_own_methods(clf)
    if len(clf.classes_) == 1:
        raise ValueError(
            f"MLPClassifier needs two classes or more, but this network has {clf.classes_}."
        )
    mlp = clone(MLPClassifier(**_parameters_of_mlp(clf)))  # with a separate random_state
    names = ("n_features_in_", "n_layers_", "n_outputs_", "out_activation_", "n_iter_", "t_")
    vars(mlp).update(
        {name: getattr(clf, name) for name in (*names, "loss_", "loss_curve_")},
        coefs_=[W.copy() for W in clf.coefs_],
        intercepts_=[b.copy() for b in clf.intercepts_],
        **_best_of_mlp(clf),
    )
    if hasattr(clf, "feature_names_in_"):
        mlp.feature_names_in_ = clf.feature_names_in_.copy()
    return complete_mlp(mlp, clf.classes_, clf._model.state.progress.n_stalled)


def _check_mlp(mlp):
    """Raise an error unless this is an MLPClassifier fitted with one label per sample."""
    if not isinstance(mlp, MLPClassifier):
        raise TypeError(f"mlp must be an MLPClassifier, got {type(mlp).__name__}.")
    check_is_fitted(mlp)
    if mlp.out_activation_ == "logistic" and (mlp.n_outputs_ > 1 or len(mlp.classes_) != 2):
        raise ValueError(
            "mlp must have been fitted with one label per sample and at least two classes; "
            f"its classes_ are {mlp.classes_} and its n_outputs_ is {mlp.n_outputs_}."
        )


def _record(mlp, state):
    scores = list(getattr(mlp, "validation_scores_", None) or [])
    state.history = History(
        loss_curve=list(getattr(mlp, "loss_curve_", [mlp.loss_])),
        validation_scores=scores,
        n_seen=mlp.t_,
    )
    state.progress = Progress(
        n_epochs=mlp.n_iter_,
        best_score=max(scores, default=None),
        early_stopping=mlp.early_stopping,
        best_epoch=1 + int(np.argmax(scores)) if mlp.early_stopping and scores else None,
    )


def _parameters_of_mlp(clf):
    shared = {name: getattr(clf, name) for name in MLPClassifier().get_params()}
    return {
        **shared,
        "hidden_layer_sizes": clf.layer_sizes_[1:-1],
        "activation": _activation_of_mlp(clf),
        "solver": clf.solver if clf.solver in SOLVERS_OF_MLP else "adam",
        "learning_rate": clf.learning_rate if clf.learning_rate in RATES_OF_MLP else "constant",
        "learning_rate_init": RATE if clf.learning_rate_init == "auto" else clf.learning_rate_init,
        "max_iter": EPOCHS if clf.max_iter == "auto" else clf.max_iter,
    }


def _activation_of_mlp(clf):
    used = {ACTIVATIONS[name] for name in clf.activations_}
    if not used:
        return clf.activation if clf.activation in ACTIVATIONS_OF_MLP else "relu"
    for name in ACTIVATIONS_OF_MLP:
        if used == {ACTIVATIONS[name]}:
            return name
    raise ValueError(
        f"MLPClassifier has one activation for all hidden layers, one of {ACTIVATIONS_OF_MLP}, but "
        f"those of this network are {clf.activations_}: train it with one of these."
    )


def _best_of_mlp(clf):
    """Return the best values so far for further training, which may not exist yet."""
    early = clf.early_stopping
    best_score = clf.best_validation_score_
    return {
        "best_loss_": None if early else min(clf.loss_curve_, default=np.inf),
        "validation_scores_": clf.validation_scores_ or ([] if early else None),
        "best_validation_score_": -np.inf if early and best_score is None else best_score,
    }
