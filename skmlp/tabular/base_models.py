"""Base models: networks and softmax regressions, each trained on one fold."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skmlp.classifier import MLPSoftmaxClassifier
from skmlp.estimator.auto import resolve_auto
from skmlp.estimator.learning import learn
from skmlp.estimator.messages import warn
from skmlp.estimator.model import Model, first_state
from skmlp.estimator.prediction import predict_by_block
from skmlp.estimator.settings import read_settings
from skmlp.network.losses import log_softmax
from skmlp.training.monitor import Stop

__all__ = [
    "ALPHAS",
    "BASE_MODELS",
    "SETTINGS",
    "choose_alpha",
    "log_loss",
    "train",
]

# The parameters of the networks that users can set.
SETTINGS = (
    "hidden_layer_sizes",
    "activation",
    "depth",
    "dropout",
    "weight_decay",
    "learning_rate_init",
    "max_iter",
    "batch_size",
)


# Candidates for the softmax regressions' penalty, and the value if there is no choice.
ALPHAS, ALPHA = (10.0, 2.0, 0.5), 3.0
FOLDS_OF_CHOICE = 10


class BaseModelType(NamedTuple):
    """A type of base model: the columns that it uses, and ``make(settings, seed)``."""

    piecewise: bool  # whether it uses all columns, or the compact encoding
    make: Callable[[dict[str, Any], int | None], MLPSoftmaxClassifier]


def network(settings, seed):
    """Return a network with the users' settings.

    It is trained without early stopping. If it is then overconfident, temperature scaling corrects
    that.
    """
    return MLPSoftmaxClassifier(
        solver="adamw",
        learning_rate="onecycle",
        warmup_fraction=0.2,
        beta_2=0.95,
        random_state=seed,
        **{**settings, "alpha": 0.0},  # weight decay is used instead
    )


def decayed_network(settings, seed):
    """Return a network for noisy tables, with small steps and strong weight decay."""
    changed = {
        "learning_rate_init": 0.3 * settings["learning_rate_init"],
        "weight_decay": 20 * settings["weight_decay"],
    }
    return network({**settings, **changed}, seed)


def scaled_network(settings, seed):
    """Return a network with larger steps, which the compact encoding allows."""
    return network({**settings, "learning_rate_init": 2 * settings["learning_rate_init"]}, seed)


def softmax_regression(settings, seed):
    """Return a softmax regression, which does not use the users' settings."""
    alpha = settings.get("alpha", ALPHA)
    return MLPSoftmaxClassifier(
        depth=0, solver="lbfgs", alpha=alpha, max_iter=300, dtype="float64", random_state=seed
    )


# Tuned together on real tables of 250 to 34,000 rows: each is best for some of them.
BASE_MODELS = {
    "piecewise": BaseModelType(piecewise=True, make=network),
    "decayed": BaseModelType(piecewise=True, make=decayed_network),
    "scaled": BaseModelType(piecewise=False, make=scaled_network),
    "linear": BaseModelType(piecewise=False, make=softmax_regression),
}


def train(member, classes, data, held_out):
    """Train a base model on some rows of a table, without copying it.

    Parameters
    ----------
    member : MLPSoftmaxClassifier
        The base model.
    classes : ndarray of shape (n_classes,)
        All classes, including those without a training row.
    data, held_out : Batch
        Training rows, and rows to predict.

    Returns
    -------
    member : MLPSoftmaxClassifier
        The fitted base model.
    log_P : ndarray of shape (n_held_out, n_classes)
        Its log-probabilities of the held-out rows.

    Warns
    -----
    ConvergenceWarning
        If training diverged.
    """
    settings = resolve_auto(read_settings(member), len(data))
    model = Model.initial(settings, classes, data, first_state(settings.random_state))
    stop = learn(settings, model, data)
    model.state.optimizer = None  # training is finished, and it takes twice the model's memory
    member._model = model
    if stop is Stop.DIVERGED:
        warn(
            "The training of a network diverged. It keeps the last weights with a finite loss: "
            "lower learning_rate_init or weight_decay.",
            ConvergenceWarning,
        )
    if not len(held_out):
        return member, np.empty((0, len(classes)))
    X = held_out.take_X(held_out.X.dtype)
    return member, predict_by_block(model, X, log_softmax, len(classes))


def choose_alpha(table, classes):
    """Return the penalty of softmax regressions with the lowest cross-validated log-loss.

    Parameters
    ----------
    table : Batch
        All rows, with the compact encoding.
    classes : ndarray of shape (n_classes,)
        All classes.

    Returns
    -------
    alpha : float
        One of `ALPHAS`; the largest of several that are equally good.
    """
    fold = _folds_of_distinct_rows(table.X, table.y)
    parts = [tuple(map(np.flatnonzero, (fold != k, fold == k))) for k in range(FOLDS_OF_CHOICE)]
    validation = table.select(np.concatenate([rows for _, rows in parts]))
    y, weight = validation.take_y(), validation.take_weight()

    def loss(alpha):
        member = softmax_regression({"alpha": alpha}, 0)
        log_P = [train(member, classes, *map(table.select, part))[1] for part in parts]
        return log_loss(np.concatenate(log_P), y, weight)

    return min(ALPHAS, key=loss)


def _folds_of_distinct_rows(X, y):
    """Return the fold that holds out each row; a row that is alone in its class is in none.

    Equal rows are in the same fold, and the folds are not random, so that a weight of 2 gives the
    same result as repeating the row.
    """
    distinct, row = np.unique(np.column_stack([y, X]), axis=0, return_inverse=True)
    row = row.ravel()  # NumPy 2.0 returns two dimensions
    n_distinct = np.bincount(distinct[:, 0].astype(int))
    return np.where(n_distinct[y] > 1, row % FOLDS_OF_CHOICE, FOLDS_OF_CHOICE)


def log_loss(log_P, y, weight):
    """Compute the weighted mean of the log-loss; NaN without rows."""
    if not len(y):
        return float("nan")
    return float(np.average(-log_P[np.arange(len(y)), y], weights=weight))
