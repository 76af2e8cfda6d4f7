"""Base models: networks and softmax regressions, each trained on the rows of one fold."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skmlp.classifier import MLPSoftmaxClassifier
from skmlp.estimator.auto import settle
from skmlp.estimator.learning import learn
from skmlp.estimator.messages import warn
from skmlp.estimator.model import Model, first_state
from skmlp.estimator.prediction import predict_by_block
from skmlp.estimator.settings import hidden_layer_sizes, read_settings
from skmlp.network.losses import log_softmax
from skmlp.training.monitor import Stop

__all__ = ["BASE_MODELS", "SETTINGS", "train"]

# What users may set of the networks.
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


class BaseModelType(NamedTuple):
    """A type of base model: the columns that it takes, and ``make(settings, seed)``."""

    piecewise: bool  # whether it takes all columns, or the compact encoding
    make: Callable[[dict[str, Any], int | None], MLPSoftmaxClassifier]


def network(settings, seed):
    """Return a network with the users' settings.

    It is trained to the end of a one-cycle schedule. Where that makes it overconfident, the
    temperature corrects it, which is fitted on validation rows.
    """
    return MLPSoftmaxClassifier(
        solver="adamw",
        alpha=0.0,  # the weights shrink by their decay
        learning_rate="onecycle",
        warmup_fraction=0.2,
        beta_2=0.95,
        random_state=seed,
        **settings,
    )


def narrow_network(settings, seed):
    """Return a network for noisy tables: half as wide, with small steps and strong weight decay."""
    widths = hidden_layer_sizes(settings["hidden_layer_sizes"], settings["depth"])
    changed = {
        "hidden_layer_sizes": [max(1, width // 2) for width in widths],
        "depth": None,
        "learning_rate_init": 0.3 * settings["learning_rate_init"],
        "weight_decay": 20 * settings["weight_decay"],
    }
    return network({**settings, **changed}, seed)


def softmax_regression(settings, seed):
    """Return a softmax regression, which has no settings of users."""
    return MLPSoftmaxClassifier(
        depth=0, solver="lbfgs", alpha=3.0, max_iter=300, dtype="float64", random_state=seed
    )


# Chosen together on real tables of 700 to 34,000 rows: each is best for some of them.
BASE_MODELS = {
    "wide": BaseModelType(piecewise=True, make=network),
    "narrow": BaseModelType(piecewise=True, make=narrow_network),
    "scaled": BaseModelType(piecewise=False, make=network),
    "linear": BaseModelType(piecewise=False, make=softmax_regression),
}


def train(member, classes, data, held_out):
    """Train a base model on some rows of a table, which is not copied.

    Parameters
    ----------
    member : MLPSoftmaxClassifier
        The base model.
    classes : ndarray of shape (n_classes,)
        All classes, also those without a training row.
    data, held_out : Batch
        Rows to train on, and rows to predict.

    Returns
    -------
    member : MLPSoftmaxClassifier
        The same, fitted.
    log_P : ndarray of shape (n_held_out, n_classes)
        Its log-probabilities of the held-out rows.

    Warns
    -----
    ConvergenceWarning
        If training diverged.
    """
    settings = settle(read_settings(member), len(data))
    model = Model.initial(settings, classes, data, first_state(settings.random_state))
    stop = learn(settings, model, data)
    model.state.optimizer = None  # members do not train on, and it takes twice their memory
    member._model = model
    if stop is Stop.DIVERGED:
        warn(
            "The training of a network diverged, which keeps its last weights with a finite loss: "
            "lower learning_rate_init or weight_decay.",
            ConvergenceWarning,
        )
    if not len(held_out):
        return member, np.empty((0, len(classes)))
    X = held_out.take_X(held_out.X.dtype)
    return member, predict_by_block(model, X, log_softmax, len(classes))
