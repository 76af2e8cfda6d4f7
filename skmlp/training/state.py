"""What changes as training goes on, besides the parameters."""

import copy
import math
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np

__all__ = ["History", "Progress", "TrainingState"]


@dataclass
class History:
    """The curves: an entry an epoch, over all calls that continue each other.

    What some epochs do not have, such as a validation score, is NaN there; what no epoch has had
    so far takes no room.
    """

    loss_curve: list[float] = field(default_factory=list)
    validation_scores: list[float] = field(default_factory=list)
    validation_losses: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    n_seen: int = 0  # samples trained on, each counted in every epoch

    def record(
        self, loss: float, score: float, validation_loss: float, rate: float, n_samples: int
    ) -> None:
        """Record an epoch over so many samples."""
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
    """How far a call has come, and what further epochs are compared with."""

    n_epochs: int = 0  # of this call
    n_stalled: int = 0  # epochs in a row without an improvement of tol
    best_loss: float = math.inf
    best_score: float | None = None  # None before the first validation
    # Of early stopping: which epoch of the curves is kept, from 1, and its validation loss.
    early_stopping: bool = False
    best_epoch: int | None = None
    loss_of_best: float = math.inf


@dataclass
class TrainingState:
    """What changes as training goes on, besides the parameters.

    Copied and stored with them, it lets a training that was interrupted continue as if it had not
    been. Continuing gives a new state, so that the old one stands if the call is refused.

    Attributes
    ----------
    rng : numpy.random.Generator
        Source of the order of rows and of dropout.
    split_seed : int
        Seed of the validation split, kept so that continuing does not train on those rows.
    history : History
        The curves.
    progress : Progress
        How far the last call has come.
    optimizer, schedule : object or None
        The solver's state and the learning rate's, as of the last step.
    fallback : ndarray of shape (n_parameters,) or None
        Parameters to go back to, while training is under way.
    in_force : dict
        What was used in the last call for parameters that may be "auto"; empty before the first.
    mean_weight : float
        Mean weight of all rows since training began, each counted in every call.
    n_weighed : int
        How many rows that mean is of.
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
        """Whether a training was under way, which `fit` can resume."""
        return self.fallback is not None

    def for_fit(self) -> Self:
        """Return the state at the start of a call of `fit`.

        A training that was interrupted continues. Else one begins whose losses and scores need not
        compare with those before.
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
        """Count rows of a mean weight into the mean so far."""
        self.n_weighed += n_rows
        self.mean_weight += (mean - self.mean_weight) * (n_rows / self.n_weighed)

    def copy(self) -> Self:
        """Return a state that goes its own way."""
        return copy.deepcopy(self)
