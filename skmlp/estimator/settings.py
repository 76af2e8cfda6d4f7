"""The settings of a network and its training, read from an estimator's parameters."""

from dataclasses import dataclass
from typing import Any

from skmlp.estimator.rules import COUNT, RULES, InvalidParameterError, is_sequence, read_by
from skmlp.training.schedules import SCHEDULES, Constant

__all__ = ["Settings", "hidden_layer_sizes", "read_settings"]


@dataclass(frozen=True)
class Settings:
    """The settings of a network and its training.

    Except for those of the layers, each has the name of the estimator's parameter. `read_settings`
    reads them, and `skmlp.estimator.auto.resolve_auto` replaces each "auto" by a value.
    """

    widths: tuple[int, ...]  # of the hidden layers
    activations: tuple[str, ...]  # of the hidden layers
    dropouts: tuple[float, ...]  # of the features, and of the hidden layers
    initializer: str
    label_smoothing: float
    solver: str
    alpha: float
    batch_size: Any  # int, or "auto" before `resolve_auto`, as the next three
    weight_decay: float
    max_grad_norm: float | None
    learning_rate: str
    learning_rate_init: Any
    warmup_fraction: float
    power_t: float
    max_iter: Any
    max_time: float | None
    shuffle: bool
    random_state: Any
    tol: float
    verbose: bool
    warm_start: bool
    momentum: float
    nesterovs_momentum: bool
    early_stopping: bool
    validation_fraction: float
    scoring: Any
    beta_1: float
    beta_2: float
    epsilon: float
    n_iter_no_change: float
    max_fun: int
    class_weight: Any
    dtype: str | None

    @property
    def minibatches(self) -> bool:
        """Whether the solver trains on minibatches."""
        return self.solver != "lbfgs"

    @property
    def schedule(self) -> type[Constant]:
        """The class of the learning-rate schedule, which must not be "auto"."""
        return SCHEDULES[self.learning_rate]

    @property
    def fixed_length(self) -> bool:
        """Whether the schedule is of fixed length; False if it is still "auto"."""
        return self.minibatches and self.learning_rate != "auto" and self.schedule.fixed_length


def read_settings(estimator: Any) -> Settings:
    """Read the parameters of an estimator.

    Parameters
    ----------
    estimator : MLPSoftmaxClassifier
        The estimator, which is not changed.

    Returns
    -------
    settings : Settings
        The settings, some of which may be "auto".

    Raises
    ------
    InvalidParameterError
        If a parameter violates its rule, or contradicts another. The message has the parameter, its
        value and the allowed values.

    Examples
    --------
    >>> from skmlp import MLPSoftmaxClassifier
    >>> from skmlp.estimator.settings import read_settings
    >>> settings = read_settings(MLPSoftmaxClassifier(100, depth=2, dropout=0.1))
    >>> settings.widths, settings.activations, settings.dropouts
    ((100, 100), ('relu', 'relu'), (0.0, 0.1, 0.1))
    """
    values = read_by(RULES, estimator)
    widths = hidden_layer_sizes(estimator.hidden_layer_sizes, values.pop("depth"))
    activations = _for_each_layer("activation", values.pop("activation"), len(widths))
    hidden_dropouts = _for_each_layer("dropout", values.pop("dropout"), len(widths))
    dropouts = (values.pop("input_dropout"), *hidden_dropouts)
    settings = Settings(widths=widths, activations=activations, dropouts=dropouts, **values)
    _check_solver(settings)
    return settings


def _check_solver(settings):
    """Raise an error if the solver contradicts another parameter."""
    solver, learning_rate = settings.solver, settings.learning_rate
    if solver == "lbfgs" and any(settings.dropouts):
        raise InvalidParameterError(
            "solver='lbfgs' needs the same loss at every evaluation, but dropout and "
            "input_dropout change it randomly: set them to 0, or use a minibatch solver."
        )
    if learning_rate in ("invscaling", "adaptive") and solver not in ("sgd", "adam", "lbfgs"):
        raise InvalidParameterError(
            f"learning_rate={learning_rate!r} is for solver='sgd', not for "
            f"solver={solver!r}: use 'constant', 'linear', 'cosine' or 'onecycle'."
        )


def _for_each_layer(name, value, n_hidden):
    """Return a parameter's value for each hidden layer; a single value is used for all."""
    if not isinstance(value, list):
        return (value,) * n_hidden
    if len(value) != n_hidden:
        raise InvalidParameterError(
            f"{name}={value!r} has {len(value)} values, but the network has {n_hidden} hidden "
            "layers: pass one value for each, or one for all."
        )
    return tuple(value)


def hidden_layer_sizes(sizes, depth):
    """Return the width of each hidden layer, given `hidden_layer_sizes` and `depth`.

    Parameters
    ----------
    sizes : int or sequence of int
        Width of each hidden layer; with `depth`, the single width of all.
    depth : int or None
        Number of hidden layers; None is the length of `sizes`.

    Returns
    -------
    widths : tuple of int
        Width of each hidden layer.

    Raises
    ------
    InvalidParameterError
        If a width is not an integer of at least 1, or `depth` contradicts `sizes`.

    Examples
    --------
    >>> from skmlp.estimator.settings import hidden_layer_sizes
    >>> hidden_layer_sizes((100,), depth=3)
    (100, 100, 100)
    """
    widths = tuple(sizes) if is_sequence(sizes) else (sizes,)
    if not all(map(COUNT.allows, widths)):
        raise InvalidParameterError(
            f"hidden_layer_sizes={sizes!r} is not allowed: hidden_layer_sizes must be {COUNT.words}"
            ", or a sequence of them, one for each hidden layer."
        )
    widths = tuple(map(int, widths))
    if depth is None or len(widths) == depth == 0:
        return widths
    if len(widths) != 1:
        raise InvalidParameterError(
            f"hidden_layer_sizes={sizes!r} and depth={depth} contradict each other: with depth, "
            "hidden_layer_sizes must be one width, which all hidden layers have. Pass one width, "
            "such as (100,), or depth=None."
        )
    return widths * depth
