"""The local backend, for training rows in the memory of this process."""

from collections.abc import Callable
from typing import Any

from skmlp.estimator.auto import auto_batch_size
from skmlp.estimator.compat import safe_indexing
from skmlp.estimator.inputs import CheckedTable, Samples, check_table_and_labels
from skmlp.estimator.model import Model
from skmlp.network.batches import Batch
from skmlp.network.layers import Network
from skmlp.network.objective import Objective
from skmlp.training.validation import Validation

__all__ = ["LocalBackend"]


class LocalBackend:
    """Access to training rows in the memory of this process.

    Subclasses, such as that for a cluster, give access to rows elsewhere.
    """

    def collect(self, *vectors: Any) -> tuple[Any, ...]:
        """Return vectors, such as labels and weights, in the memory of this process."""
        return vectors

    def check(self, estimator: Any, X: Any, y: Any, reset: bool) -> CheckedTable:
        """Return the validated table and its labels."""
        return check_table_and_labels(estimator, X, y, reset)

    def auto_batch_size(self, n_samples: int, fixed_length: bool) -> int:
        """Return the default batch size."""
        return auto_batch_size(n_samples, fixed_length)

    def objective(self, network: Network, l2: float, smoothing: float) -> Objective:
        """Return the objective, which computes the loss and the gradient over minibatches."""
        return Objective(network, l2, smoothing)

    def validation(self, network: Network, data: Batch, score: Any) -> Validation:
        """Return the function that computes the score and the loss on validation rows."""
        return Validation(network, data, score)

    def scorer_inputs(
        self, estimator: Any, model: Model, samples: Samples, data: Batch
    ) -> Callable[[], tuple[Any, Any]]:
        """Return a function that returns the estimator and the table to score, for some rows."""
        rows = data.rows
        X = samples.given if isinstance(rows, range) else safe_indexing(samples.given, rows)
        return lambda: (estimator, X)
