"""Networks from and for scikit-learn's MLPClassifier."""

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
    """Make a classifier from a fitted MLPClassifier.

    Parameters
    ----------
    mlp : sklearn.neural_network.MLPClassifier
        Fitted, for two classes or more, with one label a sample.

    Returns
    -------
    clf : MLPSoftmaxClassifier
        Fitted, with the same parameters and probabilities. Training can go on with
        `partial_fit` or `warm_start`, with a new state of the solver. `alpha` keeps its value,
        which counts by all rows here: multiply it by ``n_samples / batch_size`` first.

    Raises
    ------
    TypeError
        If `mlp` is not an MLPClassifier.
    ValueError
        If it was fitted on several labels a sample, or on one class, or its weights are not
        finite.
    NotFittedError
        If `mlp` is not fitted.

    See Also
    --------
    to_sklearn : The other way.

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
    theirs = clone(mlp).get_params(deep=False)  # a random_state of its own
    parameters = {name: theirs[name] for name in theirs.keys() & ours.keys()}
    activations = (mlp.activation,) * (len(mlp.coefs_) - 1)
    state = first_state(parameters.get("random_state"))
    _record(mlp, state)
    names = getattr(mlp, "feature_names_in_", None)
    model = Model.of_layers(mlp.classes_, mlp.coefs_, mlp.intercepts_, activations, state, names)
    return fitted_classifier(parameters, model)


def to_sklearn(clf: MLPSoftmaxClassifier) -> MLPClassifier:
    """Make a fitted MLPClassifier, for tools that know scikit-learn's classes only.

    It has the parameters that MLPClassifier has, as far as it can: `hidden_layer_sizes` are
    those of the network, a `solver` that it lacks becomes "adam", a schedule over the whole
    training "constant", and "auto" 200 epochs at a learning rate of 0.001. Whatever else it
    lacks, such as dropout and `class_weight`, is left out, and matters only where it is trained
    further. `alpha` keeps its value, which MLPClassifier divides by the rows of a minibatch, not
    by all rows: multiply it by ``batch_size / n_samples`` before training further.

    Parameters
    ----------
    clf : MLPSoftmaxClassifier or DaskMLPSoftmaxClassifier
        Fitted, for two classes or more.

    Returns
    -------
    mlp : sklearn.neural_network.MLPClassifier
        Fitted, with the same probabilities and records, and copies of the weights. Training
        can go on with `partial_fit` or `warm_start`, with a new state of the solver.

    Raises
    ------
    TypeError
        If `clf` is something else.
    ValueError
        If MLPClassifier lacks the activation, or the hidden layers have several, or there
        is one class.
    NotFittedError
        If `clf` is not fitted.

    See Also
    --------
    from_sklearn : The other way.

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
            f"MLPClassifier has two classes or more, but those of this network are {clf.classes_}."
        )
    mlp = clone(MLPClassifier(**_parameters_of_mlp(clf)))  # a random_state of its own
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
    """Raise an error unless this is an MLPClassifier, fitted on one label a sample."""
    if not isinstance(mlp, MLPClassifier):
        raise TypeError(f"mlp must be an MLPClassifier, got {type(mlp).__name__}.")
    check_is_fitted(mlp)
    if mlp.out_activation_ == "logistic" and (mlp.n_outputs_ > 1 or len(mlp.classes_) != 2):
        raise ValueError(
            "mlp must have been fitted on one label a sample, of two classes or more; "
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
        f"MLPClassifier has one activation for all hidden layers, out of {ACTIVATIONS_OF_MLP}, but "
        f"those of this network are {clf.activations_}: train it with one of these."
    )


def _best_of_mlp(clf):
    """Return what further training compares with, of which there may be nothing so far."""
    early = clf.early_stopping
    best_score = clf.best_validation_score_
    return {
        "best_loss_": None if early else min(clf.loss_curve_, default=np.inf),
        "validation_scores_": clf.validation_scores_ or ([] if early else None),
        "best_validation_score_": -np.inf if early and best_score is None else best_score,
    }
