"""The members: networks and softmax regressions, each trained on the rows that a fold keeps."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skmlp.classifier import MLPSoftmaxClassifier
from skmlp.estimator.learning import learn
from skmlp.estimator.messages import warn
from skmlp.estimator.model import Model, first_state
from skmlp.estimator.settings import hidden_layer_sizes, read_settings, settle
from skmlp.training.monitor import Stop

__all__ = ["KINDS", "SETTINGS", "train"]

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


class Kind(NamedTuple):
    """A kind of member: what it sees, and what it is, as ``make(settings, seed)`` gives it."""

    piecewise: bool  # whether it sees all columns, or only those before the piecewise ones
    make: Callable[[dict[str, Any], int | None], MLPSoftmaxClassifier]


def network(settings, seed):
    """Make a network as users set it.

    A high rate rises and falls once, through all epochs: what has become too sure is cooled
    afterwards, by the rows left out.
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
    """Make a network for noisy tables: half as wide, in small steps, its weights held down."""
    widths = hidden_layer_sizes(settings["hidden_layer_sizes"], settings["depth"])
    calmer = {
        "hidden_layer_sizes": [max(1, width // 2) for width in widths],
        "depth": None,
        "learning_rate_init": 0.3 * settings["learning_rate_init"],
        "weight_decay": 20 * settings["weight_decay"],
    }
    return network({**settings, **calmer}, seed)


def softmax_regression(settings, seed):
    """Make a softmax regression, of which users set nothing."""
    return MLPSoftmaxClassifier(
        depth=0, solver="lbfgs", alpha=3.0, max_iter=300, dtype="float64", random_state=seed
    )


# Chosen together on real tables of 700 to 34,000 rows: each is best for some of them.
KINDS = {
    "wide": Kind(piecewise=True, make=network),
    "narrow": Kind(piecewise=True, make=narrow_network),
    "scaled": Kind(piecewise=False, make=network),
    "linear": Kind(piecewise=False, make=softmax_regression),
}


def train(member, samples, kept, left_out):
    """Train a member on some rows of a table, which is not copied.

    Parameters
    ----------
    member : MLPSoftmaxClassifier
        What to train.
    samples : Samples
        All rows.
    kept, left_out : ndarray of int
        Rows to train on, and rows to predict.

    Returns
    -------
    member : MLPSoftmaxClassifier
        The same, trained. It knows all classes, also those that no row kept is of.
    log_P : ndarray of shape (n_left_out, n_classes)
        Its log-probabilities of the rows left out.

    Warns
    -----
    ConvergenceWarning
        If training diverged.
    """
    data = samples.data.select(kept)
    settings = settle(read_settings(member), len(data))
    model = Model.initial(settings, samples.classes, data, first_state(settings.random_state))
    stop = learn(settings, model, data)
    member._model = model
    model.state.optimizer = None  # members do not train on, and it takes twice their memory
    if stop is Stop.DIVERGED:
        warn(
            "The training of a network diverged, which keeps its last weights with a finite loss: "
            "lower learning_rate_init or weight_decay.",
            ConvergenceWarning,
        )
    if not len(left_out):
        return member, np.empty((0, len(samples.classes)))
    return member, member.predict_log_proba(samples.data.X[left_out])
