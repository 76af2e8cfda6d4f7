"""Where the rows lie that are trained on: the local backend, for the memory of this process."""

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
    """What training asks of rows in the memory of this process.

    A subclass, such as that for a cluster, answers for rows that lie elsewhere.
    """

    def collect(self, *vectors: Any) -> tuple[Any, ...]:
        """Return vectors, such as labels and weights, in the memory of this process."""
        return vectors

    def check(self, estimator: Any, X: Any, y: Any, reset: bool) -> CheckedTable:
        """Return a table and its labels, checked."""
        return check_table_and_labels(estimator, X, y, reset)

    def auto_batch_size(self, n_samples: int, planned: bool) -> int:
        """Return the default batch size."""
        return auto_batch_size(n_samples, planned)

    def objective(self, network: Network, l2: float, smoothing: float) -> Objective:
        """Return the objective, whose sums are taken where the rows lie."""
        return Objective(network, l2, smoothing)

    def validation(self, network: Network, data: Batch, score: Any) -> Validation:
        """Return the validation, whose sums are taken where the rows lie."""
        return Validation(network, data, score)

    def scorer_inputs(
        self, estimator: Any, model: Model, samples: Samples, data: Batch
    ) -> Callable[[], tuple[Any, Any]]:
        """Return what gives a scorer its estimator and table, for some rows of the samples."""
        rows = data.rows
        X = samples.given if isinstance(rows, range) else safe_indexing(samples.given, rows)
        return lambda: (estimator, X)
