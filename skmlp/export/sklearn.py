"""Networks from and for scikit-learn."""

from dataclasses import replace

import numpy as np
from sklearn.base import clone
from sklearn.neural_network import MLPClassifier
from sklearn.utils.validation import check_is_fitted

from skmlp.estimator.compat import complete_mlp
from skmlp.estimator.model import Model, first_state
from skmlp.network.activations import ACTIVATIONS
from skmlp.training.state import History, Progress

__all__ = ["from_mlp", "to_mlp"]

SOLVERS_OF_MLP = ("lbfgs", "sgd", "adam")
RATES_OF_MLP = ("constant", "invscaling", "adaptive")
ACTIVATIONS_OF_MLP = ("identity", "logistic", "tanh", "relu")


def from_mlp(cls, mlp):
    """Make an estimator of a class from a fitted MLPClassifier."""
    _check_mlp(mlp)
    ours = cls().get_params(deep=False)
    theirs = clone(mlp).get_params(deep=False)  # a random_state of its own
    clf = cls(**{name: theirs[name] for name in theirs.keys() & ours.keys()})
    activations = (mlp.activation,) * (len(mlp.coefs_) - 1)
    state = first_state(clf.random_state)
    _record(mlp, state)
    names = getattr(mlp, "feature_names_in_", None)
    model = Model.of_layers(mlp.classes_, mlp.coefs_, mlp.intercepts_, activations, state, names)
    clf._model = model
    return clf


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
    state.progress = Progress(n_epochs=mlp.n_iter_, best_score=max(scores, default=None))
    if mlp.early_stopping:
        best_epoch = scores.index(max(scores)) + 1 if scores else None
        state.progress = replace(state.progress, early_stopping=True, best_epoch=best_epoch)


def to_mlp(clf):
    """Make a fitted MLPClassifier from an estimator that is fitted."""
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


def _parameters_of_mlp(clf):
    shared = {name: getattr(clf, name) for name in MLPClassifier().get_params()}
    return {
        **shared,
        "hidden_layer_sizes": clf.layer_sizes_[1:-1],
        "activation": _activation_of_mlp(clf),
        "solver": clf.solver if clf.solver in SOLVERS_OF_MLP else "adam",
        "learning_rate": clf.learning_rate if clf.learning_rate in RATES_OF_MLP else "constant",
        "max_iter": 200 if clf.max_iter == "auto" else clf.max_iter,
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
    """Give what further training compares with, of which there may be nothing so far."""
    early = clf.early_stopping
    best_score = clf.best_validation_score_
    return {
        "best_loss_": None if early else min(clf.loss_curve_, default=np.inf),
        "validation_scores_": clf.validation_scores_ or ([] if early else None),
        "best_validation_score_": -np.inf if early and best_score is None else best_score,
    }
