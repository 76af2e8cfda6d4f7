"""Parameters that a fit does not use, because of others: the rules, and the warning."""

from collections.abc import Callable
from functools import cache
from inspect import signature
from typing import Any, NamedTuple

from skmlp.estimator.messages import called_from, warn
from skmlp.estimator.rules import RULES
from skmlp.estimator.settings import Settings

__all__ = ["USES", "Use", "warn_of_unused"]


class Use(NamedTuple):
    """When a parameter is used, in words and in code: ``holds(settings, validated)``."""

    needs: str
    holds: Callable[[Settings, bool], bool]


# Of parameters that MLPClassifier does not have. Those that it has are silent there as well, and
# code that is written for it sets them.
USES = {
    "weight_decay": Use("solver='adamw'", lambda settings, _: settings.solver == "adamw"),
    "max_grad_norm": Use("a minibatch solver", lambda settings, _: settings.minibatches),
    "warmup_fraction": Use(
        "learning_rate='linear', 'cosine' or 'onecycle' and a minibatch solver",
        lambda settings, _: settings.planned,
    ),
    "dropout": Use("a hidden layer", lambda settings, _: bool(settings.widths)),
    "initializer": Use("a hidden layer", lambda settings, _: bool(settings.widths)),
    "scoring": Use("early_stopping=True or X_val", lambda _, validated: validated),
}


def warn_of_unused(estimator: Any, settings: Settings, validated: bool) -> None:
    """Warn of parameters that were changed from their defaults, but are not used.

    Parameters
    ----------
    estimator : MLPSoftmaxClassifier
        The estimator.
    settings : Settings
        Its settings, settled.
    validated : bool
        Whether there are validation rows.

    Warns
    -----
    UserWarning
        If there are such parameters that ask for something, in one sentence. There is no warning
        in a search, a cross-validation or a selection of features, where a parameter may be meant
        for other candidates.
    """
    kind: Any = type(estimator)
    parameters = _constructor_parameters(kind)
    unused = []
    for name, use in USES.items():
        # A subclass may set a parameter that its own constructor does not have.
        if name not in parameters or use.holds(settings, validated):
            continue
        value = RULES[name].convert(getattr(estimator, name))
        if value and value != parameters[name].default:  # nothing is what 0, [] and None ask for
            unused.append(f"{name}={value!r} needs {use.needs}")
    if unused and not called_from("model_selection", "feature_selection"):
        warn(f"These parameters have no effect: {', '.join(unused)}.")


@cache
def _constructor_parameters(kind):
    return signature(kind).parameters
