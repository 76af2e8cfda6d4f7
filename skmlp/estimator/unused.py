"""Parameters that have no effect because of others: the rules, and the warning."""

from collections.abc import Callable
from functools import cache
from inspect import signature
from typing import Any, NamedTuple

from skmlp.estimator.messages import called_from, warn
from skmlp.estimator.rules import RULES
from skmlp.estimator.settings import Settings

__all__ = ["USES", "Use", "warn_of_unused"]


class Use(NamedTuple):
    """When a parameter has an effect, in words and as code: ``holds(settings, validated)``."""

    needs: str
    holds: Callable[[Settings, bool], bool]


# Only parameters that MLPClassifier does not have. It does not warn of the others, and code that
# was written for it may set them.
USES = {
    "weight_decay": Use("solver='adamw'", lambda settings, _: settings.solver == "adamw"),
    "max_grad_norm": Use("a minibatch solver", lambda settings, _: settings.minibatches),
    "warmup_fraction": Use(
        "learning_rate='linear', 'cosine' or 'onecycle' and a minibatch solver",
        lambda settings, _: settings.fixed_length,
    ),
    "dropout": Use("a hidden layer", lambda settings, _: bool(settings.widths)),
    "initializer": Use("a hidden layer", lambda settings, _: bool(settings.widths)),
    "scoring": Use("early_stopping=True or X_val", lambda _, validated: validated),
}


def warn_of_unused(estimator: Any, settings: Settings, validated: bool) -> None:
    """Warn of parameters that were changed from their defaults, but have no effect.

    Parameters
    ----------
    estimator : MLPSoftmaxClassifier
        The estimator.
    settings : Settings
        Its settings, without "auto".
    validated : bool
        Whether there are validation rows.

    Warns
    -----
    UserWarning
        If there are such parameters, except for 0, [] and None. There is no warning in a search, a
        cross-validation or a feature selection, where a parameter may be meant for other
        candidates.
    """
    kind: Any = type(estimator)
    parameters = _constructor_parameters(kind)
    unused = []
    for name, use in USES.items():
        # A subclass may set a parameter that its own constructor does not have.
        if name not in parameters or use.holds(settings, validated):
            continue
        value = RULES[name].convert(getattr(estimator, name))
        if value and value != parameters[name].default:  # 0, [] and None turn a parameter off
            unused.append(f"{name}={value!r} needs {use.needs}")
    if unused and not called_from("model_selection", "feature_selection"):
        warn(f"These parameters have no effect: {', '.join(unused)}.")


@cache
def _constructor_parameters(kind):
    return signature(kind).parameters
