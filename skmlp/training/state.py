"""What changes as training goes on, besides the parameters."""

import copy
import math
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np

__all__ = ["History", "TrainingState"]


@dataclass
class History:
    """What has been recorded, an entry an epoch, over all calls that go on from each other.

    What some epochs do not have, such as a validation score, is NaN there; what no epoch has had
    so far takes no room.
    """

    loss_curve: list[float] = field(default_factory=list)
    validation_scores: list[float] = field(default_factory=list)
    validation_losses: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    best_loss: float = math.inf
    best_score: float = -math.inf
    loss_of_best: float = math.inf  # validation loss of the best score
    n_stalled: int = 0  # epochs in a row without an improvement of tol
    n_seen: int = 0  # samples trained on, each counted in every epoch
    n_epochs: int = 0  # of this call
    by_score: bool = False  # whether improvement is that of the validation score

    def kept_epoch(self) -> int:
        """Give the place of the epoch whose weights this call has kept.

        It has the best score, and of those with the best the least validation loss.
        """
        n_recorded = len(self.loss_curve)
        if not self.by_score:
            return n_recorded - 1
        first = n_recorded - self.n_epochs
        scores = np.array(self.validation_scores[first:])
        losses = np.array(self.validation_losses[first:] or np.zeros(len(scores)))
        best = np.flatnonzero(scores == np.nanmax(scores))
        return first + int(best[losses[best].argmin()])

    def record(self, loss: float, score: float, validation_loss: float, rate: float) -> None:
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


@dataclass
class TrainingState:
    """What changes as training goes on, besides the parameters.

    Copied and stored with them, it lets a training that was cut off go on as if it had not
    been. Going on gives a new state, so that the old one stands if the call is refused.

    Attributes
    ----------
    rng : numpy.random.Generator
        Source of the order of rows and of dropout.
    split_seed : int
        Seed of the rows set aside, kept so that going on does not train on them.
    history : History
        What has been recorded.
    optimizer, schedule : object or None
        The solver's state and the learning rate's, as of the last step.
    fallback : ndarray of shape (n_parameters,) or None
        Parameters to go back to, while training is under way.
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
    optimizer: Any = None
    schedule: Any = None
    fallback: np.ndarray | None = None
    mean_weight: float = 0.0
    n_weighed: int = 0
    class_totals: np.ndarray | None = None

    def begun(self) -> Self:
        """Give the state at the start of a call of `fit`.

        A training that was cut off goes on. Else one begins whose losses and scores need not
        compare with those before.
        """
        state = replace(self, mean_weight=0.0, n_weighed=0, class_totals=None)
        if self.fallback is None:
            state.optimizer = state.schedule = None
            state.history = replace(
                self.history,
                best_loss=math.inf,
                best_score=-math.inf,
                loss_of_best=math.inf,
                n_stalled=0,
                n_epochs=0,
            )
        return state

    def gone_on(self) -> Self:
        """Give the state at the start of a call of `partial_fit`."""
        return replace(self, history=replace(self.history, n_epochs=0), fallback=None)

    def weigh(self, mean: float, n_rows: int) -> None:
        """Count rows of a mean weight into the mean so far."""
        self.n_weighed += n_rows
        self.mean_weight += (mean - self.mean_weight) * (n_rows / self.n_weighed)

    def copy(self) -> Self:
        """Give a state that goes its own way."""
        return copy.deepcopy(self)
