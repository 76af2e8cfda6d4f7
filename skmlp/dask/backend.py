"""The backend for rows on the workers of a Dask cluster."""

from contextlib import ExitStack, closing, suppress
from functools import cached_property
from typing import Any, Self

import numpy as np
from distributed import Client, Future, get_client, worker_client
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_array

from skmlp.dask.actors import POLL_SECONDS, is_closed, keeping_a_worker, wait_for_a_worker
from skmlp.dask.sums import ClusterObjective, ClusterValidation
from skmlp.dask.table import ShardedTable
from skmlp.estimator.auto import hundredth
from skmlp.estimator.backend import LocalBackend
from skmlp.estimator.compat import feature_names
from skmlp.estimator.inputs import CheckedTable, check_table
from skmlp.estimator.labels import check_given, check_label_types, check_labels
from skmlp.estimator.prediction import decision, largest, positive_softmax
from skmlp.network.losses import log_softmax

__all__ = ["ClusterBackend", "check_client"]

NO_CLIENT = (
    "There is {} Dask client: create one with client = distributed.Client(), or set clf.client, "
    "which clones, for example in a search, do not keep."
)


class ClusterBackend(LocalBackend):
    """Access to training rows on the workers of a cluster, which are released on exit.

    Parameters
    ----------
    client : distributed.Client or None
        The cluster; None is the current client.
    """

    def __init__(self, client: Client | None):
        self._given_client = client
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.close()

    @cached_property
    def client(self) -> Client:
        """The cluster's client; raises a RuntimeError if there is no client or no worker.

        Within a Dask task, the task leaves its thread to the tasks that it waits for.
        """
        try:
            client = self._given_client or get_client()
        except ValueError as error:
            raise RuntimeError(NO_CLIENT.format("no")) from error
        check_client(client)
        with suppress(ValueError):  # not in a task
            self._stack.enter_context(worker_client())
        # For callbacks, scorers and actors, which use the current client.
        self._stack.enter_context(client.as_current())
        self._stack.enter_context(keeping_a_worker(client))
        return client

    def collect(self, *vectors: Any) -> tuple[Any, ...]:
        """Compute vectors and collect them to the client."""
        values = self.client.compute(list(vectors))
        lazy = [value for value in values if isinstance(value, Future)]
        for value in lazy:
            while not value.done():
                try:
                    value.exception(timeout=POLL_SECONDS)
                except TimeoutError:
                    wait_for_a_worker(self.client)
        return tuple(self.client.gather(values))

    def check(self, estimator: Any, X: Any, y: Any, reset: bool) -> CheckedTable:
        """Load a table on the workers, which validate it, and check its labels."""
        check_given(estimator, y)
        table = self._stack.enter_context(closing(ShardedTable(X, self.client)))
        if not reset:
            check_table(estimator, table.first_row)
        check_label_types(y)
        labels = check_array(y, ensure_2d=False, dtype=None, input_name="y")
        if len(labels) != table.shape[0]:
            raise ValueError(
                f"X has {table.shape[0]} rows, but y has {len(labels)}: pass one label per row."
            )
        return CheckedTable(table, check_labels(labels), feature_names(table.first_row), table)

    def auto_batch_size(self, n_samples: int, fixed_length: bool) -> int:
        """Return the default batch size, larger than the local one because of the messages."""
        return hundredth(n_samples, 200, 8192)

    def objective(self, network: Any, l2: float, smoothing: float) -> ClusterObjective:
        """Return the objective, whose sums are computed on the workers."""
        return ClusterObjective(network, l2, smoothing)

    def validation(self, network: Any, data: Any, score: Any) -> ClusterValidation:
        """Return the validation, whose sums are computed on the workers."""
        return ClusterValidation(network, data, score)

    def scorer_inputs(self, estimator: Any, model: Any, samples: Any, data: Any) -> Any:
        """Return a function that returns the logits, and an estimator that predicts from them."""
        network, of_logits = model.network(), LogitsClassifier(model.classes)
        return lambda: (of_logits, samples.given.logits(data.rows, network))


def check_client(client: Client) -> Client:
    """Return a client; raise a RuntimeError if it is closed or asynchronous."""
    if client.asynchronous or is_closed(client):
        raise RuntimeError(NO_CLIENT.format("only an asynchronous or closed"))
    return client


class LogitsClassifier(ClassifierMixin, BaseEstimator):
    """Classifier that predicts from logits, which scorers pass to it instead of X.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        The label of each column of the logits.
    """

    def __init__(self, classes: np.ndarray):
        self.classes = classes

    @property
    def classes_(self) -> np.ndarray:
        """The label of each column of the logits."""
        return self.classes

    def decision_function(self, O: np.ndarray) -> np.ndarray:
        """Return the logits, or for two classes the log-odds of the second."""
        return decision(O)

    def predict_proba(self, O: np.ndarray) -> np.ndarray:
        """Return the probability of each class."""
        return positive_softmax(O)

    def predict_log_proba(self, O: np.ndarray) -> np.ndarray:
        """Return the logarithm of the probability of each class."""
        return log_softmax(O)

    def predict(self, O: np.ndarray) -> np.ndarray:
        """Return the class of the largest logit."""
        return self.classes[largest(O)]
