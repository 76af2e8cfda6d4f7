"""The state of training, without the parameters."""

import copy
import math
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np

__all__ = ["History", "Progress", "TrainingState"]


@dataclass
class History:
    """The training curves, with an entry per epoch, over all calls that continue each other.

    Values that some epochs do not have, such as a validation score, are NaN; if no epoch has had
    any so far, the list is empty.
    """

    loss_curve: list[float] = field(default_factory=list)
    validation_scores: list[float] = field(default_factory=list)
    validation_losses: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    n_seen: int = 0  # samples, counted in every epoch

    def record(
        self, loss: float, score: float, validation_loss: float, rate: float, n_samples: int
    ) -> None:
        """Record an epoch."""
        for values, value in (
            (self.validation_scores, score),
            (self.validation_losses, validation_loss),
            (self.rates, rate),
        ):
            if not math.isnan(value):
                values += [math.nan] * (len(self.loss_curve) - len(values))
                values.append(value)
        self.loss_curve.append(loss)
        self.n_seen += n_samples


@dataclass
class Progress:
    """The progress of a call: its epochs so far, and the values to compare the next ones with."""

    n_epochs: int = 0  # of this call
    n_stalled: int = 0  # epochs in a row without an improvement of tol
    best_loss: float = math.inf
    best_score: float | None = None  # None before the first validation
    # For early stopping: the best epoch, counted in the curves from 1, and its validation loss.
    early_stopping: bool = False
    best_epoch: int | None = None
    loss_of_best: float = math.inf


@dataclass
class TrainingState:
    """The state of training, without the parameters.

    Stored together with the parameters, it allows an interrupted training to be resumed with the
    same result as without the interruption. A call creates a new state, so that the old one remains
    if the call fails.

    Attributes
    ----------
    rng : numpy.random.Generator
        Random numbers for the order of rows and dropout.
    split_seed : int
        Seed of the validation split, stored so that later calls hold out the same rows.
    history : History
        The training curves.
    progress : Progress
        The progress of the last call.
    optimizer, schedule : object or None
        The solver and the learning-rate schedule after the last step.
    fallback : ndarray of shape (n_parameters,) or None
        Fallback parameters during training.
    in_force : dict
        Values in the last call of the parameters that may be "auto"; empty before the first.
    mean_weight : float
        Mean weight of all rows since training began, counted in every call.
    n_weighed : int
        Number of rows in that mean.
    class_totals : ndarray of shape (n_classes,) or None
        Total weight of each class in the rows of a stream.
    """

    rng: np.random.Generator
    split_seed: int
    history: History = field(default_factory=History)
    progress: Progress = field(default_factory=Progress)
    optimizer: Any = None
    schedule: Any = None
    fallback: np.ndarray | None = None
    in_force: dict[str, Any] = field(default_factory=dict)
    mean_weight: float = 0.0
    n_weighed: int = 0
    class_totals: np.ndarray | None = None

    @property
    def interrupted(self) -> bool:
        """Whether training was interrupted, so that `fit` can resume it."""
        return self.fallback is not None

    def for_fit(self) -> Self:
        """Return the state at the start of a call of `fit`.

        An interrupted training is resumed. Otherwise a new one starts, whose losses and scores are
        not compared with earlier ones.
        """
        state = replace(self, mean_weight=0.0, n_weighed=0, class_totals=None)
        if self.interrupted:
            return replace(
                state,
                rng=copy.deepcopy(self.rng),
                progress=replace(self.progress),
                fallback=np.array(self.fallback),
            )
        return replace(state, progress=Progress(), optimizer=None, schedule=None)

    def for_partial_fit(self) -> Self:
        """Return the state at the start of a call of `partial_fit`."""
        return replace(self, progress=replace(self.progress, n_epochs=0), fallback=None)

    def weigh(self, mean: float, n_rows: int) -> None:
        """Update the mean weight with that of more rows."""
        self.n_weighed += n_rows
        self.mean_weight += (mean - self.mean_weight) * (n_rows / self.n_weighed)

    def copy(self) -> Self:
        """Return an independent copy."""
        return copy.deepcopy(self)
