"""Networks from scikit-learn."""

import numpy as np
from sklearn.neural_network import MLPClassifier
from sklearn.utils.validation import check_is_fitted

from skmlp.estimator.model import Model, first_state

__all__ = ["check_mlp", "model_of"]


def check_mlp(mlp):
    """Raise an error unless this is an MLPClassifier, fitted on one label a sample."""
    if not isinstance(mlp, MLPClassifier):
        raise TypeError(f"mlp must be an MLPClassifier, got {type(mlp).__name__}.")
    check_is_fitted(mlp)
    if mlp.out_activation_ == "logistic" and (mlp.n_outputs_ > 1 or len(mlp.classes_) != 2):
        raise ValueError(
            "mlp must have been fitted on one label a sample, of two classes or more; "
            f"its classes_ are {mlp.classes_} and its n_outputs_ is {mlp.n_outputs_}."
        )


def model_of(mlp, random_state):
    """Give the network and the records of a fitted MLPClassifier."""
    W, b = mlp.coefs_, mlp.intercepts_
    state = first_state(random_state)
    _record(mlp, state.history)
    return Model(
        mlp.classes_,
        (*(W_i.shape[0] for W_i in W), W[-1].shape[1]),
        [mlp.activation] * (len(W) - 1),
        np.concatenate([A.ravel() for A in (*W, *b)]),
        state,
        getattr(mlp, "feature_names_in_", None),
    )


def _record(mlp, history):
    history.loss_curve = list(getattr(mlp, "loss_curve_", [mlp.loss_]))
    n_epochs = len(history.loss_curve)
    scores = list(getattr(mlp, "validation_scores_", None) or [])
    history.validation_scores = scores or [np.nan] * n_epochs
    history.best_score = max(scores, default=-np.inf)
    history.by_score = mlp.early_stopping
    history.validation_losses, history.rates = [np.nan] * n_epochs, [np.nan] * n_epochs
    history.n_seen, history.n_epochs = mlp.t_, mlp.n_iter_
