"""The estimator for Dask collections."""

import copy
from contextlib import ExitStack, closing, suppress
from typing import Any, Self

import dask
import numpy as np
from distributed import Client, Future, get_client, get_worker, wait, worker_client
from sklearn.metrics import accuracy_score
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from skmlp.classifier import MLPSoftmaxClassifier, has_partial_fit
from skmlp.dask.actors import LOOK, wait_for_a_worker
from skmlp.dask.prediction import predict_lazily
from skmlp.dask.sums import ClusterObjective, ClusterValidation
from skmlp.dask.table import ClusterTable, check_collection
from skmlp.estimator.labels import check_given
from skmlp.estimator.model import Model, first_state
from skmlp.estimator.parameters import read_parameters
from skmlp.estimator.reports import errors_that_say

__all__ = ["DaskMLPSoftmaxClassifier"]

NO_CLIENT = (
    "There is {} Dask client: make one, such as client = distributed.Client(), or set clf.client."
)


class DaskMLPSoftmaxClassifier(MLPSoftmaxClassifier):
    """:class:`~skmlp.MLPSoftmaxClassifier` for data on a Dask cluster.

    It takes the same parameters, and gives the same network up to rounding, whatever the number
    of workers: minibatches are drawn here, and their sums taken where the rows lie. `fit` brings
    the labels here, and holds some 60 bytes a row; the rows stay on the workers, whose memory
    must hold them (twice, while they are loaded).

    Only the minibatches are larger: ``batch_size="auto"`` is a hundredth of the rows, from 200 up
    to 8,192, since each costs a message to every worker.

    Parameters
    ----------
    **parameters
        Those of :class:`~skmlp.MLPSoftmaxClassifier`.

    Attributes
    ----------
    client : distributed.Client or None
        The cluster; None, as at first, is the current client. It is no parameter: `clone` and
        pickle leave it behind.

    See Also
    --------
    skmlp.MLPSoftmaxClassifier : Its parameters, and its fitted attributes, which are the same.

    Notes
    -----
    A worker that is lost is replaced: Dask computes its rows anew on another, which takes the same
    step again, so that the result is the same. Where it cannot, or where there is no worker for a
    minute, `fit` raises a RuntimeError, and the estimator keeps the weights so far.

    Examples
    --------
    >>> import dask.array as da
    >>> from distributed import Client
    >>> from sklearn.datasets import load_digits
    >>> from skmlp.dask import DaskMLPSoftmaxClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> X, y = da.from_array(X / 16, chunks=(500, -1)), da.from_array(y, chunks=500)
    >>> with Client(n_workers=2, processes=False, dashboard_address=":0"):
    ...     clf = DaskMLPSoftmaxClassifier(
    ...         learning_rate="cosine", learning_rate_init=0.01, max_iter=30, random_state=0
    ...     ).fit(X, y)
    ...     round(clf.score(X, y), 2)
    1.0
    >>> clf.predict_proba(X).chunks  # a Dask Array, as X is
    ((500, 500, 500, 297), (10,))
    >>> clf.to_local().predict(load_digits().data[:3] / 16)
    array([0, 1, 2])
    """

    client: Client | None = None

    # What is asked of the rows, where they lie
    _Objective = ClusterObjective
    _Validation = ClusterValidation
    _rows_of = staticmethod(ClusterTable.select)

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        state.pop("client", None)
        return state

    # Training

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Self:
        """Train the network where the rows lie.

        Parameters
        ----------
        X : Dask array or DataFrame, array-like or sparse matrix
            Of shape (n_samples, n_features), one sample a row. Chunks may be of any size, also
            unknown, and of sparse matrices. What is not Dask's is sent to the workers, by way of
            the scheduler.
        y : Dask array, Series or array-like of shape (n_samples,)
            Class labels, in the order of the rows of X; their chunks need not be those of X.
        sample_weight : Dask array, Series or array-like of shape (n_samples,), default=None
            Weight of each sample, from 0 up.
        X_val, y_val, sample_weight_val : default=None
            Validation data of your own, of the same kinds.

        Returns
        -------
        self : DaskMLPSoftmaxClassifier
            The estimator, trained.

        Raises
        ------
        ValueError, TypeError
            As :meth:`~skmlp.MLPSoftmaxClassifier.fit`; an error in X names the partition.
        RuntimeError
            If there is no client, no worker for a minute, or rows were lost for good.
        """
        read_parameters(self)  # refused before anything is loaded
        check_given(self, y)
        with ExitStack() as tables:
            client = self._client(tables)
            y, w, y_val, w_val = _brought_here(client, y, sample_weight, y_val, sample_weight_val)
            if X_val is not None:
                with errors_that_say("In the validation data, X_val: "):
                    X_val = tables.enter_context(closing(ClusterTable(X_val, client)))
            X = tables.enter_context(closing(ClusterTable(X, client)))
            return super().fit(X, y, w, X_val=X_val, y_val=y_val, sample_weight_val=w_val)

    @available_if(has_partial_fit)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> Self:
        """Train for one epoch over the rows given, going on from the last call.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`.
        classes : array-like of shape (n_classes,), default=None
            All labels that any call will bring; needed in the first call.

        Returns
        -------
        self : DaskMLPSoftmaxClassifier
            The estimator, trained one epoch further.

        Raises
        ------
        ValueError, TypeError, RuntimeError
            As for `fit`.
        """
        read_parameters(self)
        check_given(self, y)
        with ExitStack() as tables:
            client = self._client(tables)
            X = tables.enter_context(closing(ClusterTable(X, client)))
            return super().partial_fit(X, *_brought_here(client, y, sample_weight), classes)

    @staticmethod
    def _auto_batch_size(n_samples: int, planned: bool) -> int:
        return int(np.clip(n_samples // 100, 200, 8192))

    # Prediction

    def decision_function(self, X: Any) -> Any:
        """Compute the logits.

        Parameters
        ----------
        X : Dask array or DataFrame, array-like or sparse matrix
            Of shape (n_samples, n_features), one sample a row.

        Returns
        -------
        O : of the kind of X
            Of shape (n_samples, n_classes), or for two classes (n_samples,), as
            :meth:`~skmlp.MLPSoftmaxClassifier.decision_function` has it; lazy where X is.
        """
        columns = None if len(self._fitted().classes_) == 2 else self.classes_
        return self._predicted("decision_function", X, self.parameters_.dtype, columns)

    def predict_proba(self, X: Any) -> Any:
        """Compute the probability of each class.

        Parameters
        ----------
        X : Dask array or DataFrame, array-like or sparse matrix
            Of shape (n_samples, n_features), one sample a row.

        Returns
        -------
        P : of the kind of X
            Of shape (n_samples, n_classes): probabilities in the order of ``classes_``, which are
            the columns of a DataFrame; lazy where X is.
        """
        fitted = self._fitted()
        return self._predicted("predict_proba", X, fitted.parameters_.dtype, fitted.classes_)

    def predict_log_proba(self, X: Any) -> Any:
        """Compute the logarithm of the probability of each class, from the logits.

        Parameters
        ----------
        X : Dask array or DataFrame, array-like or sparse matrix
            Of shape (n_samples, n_features), one sample a row.

        Returns
        -------
        log_P : of the kind of X
            Of shape (n_samples, n_classes): log-probabilities in the order of ``classes_``; lazy
            where X is.
        """
        fitted = self._fitted()
        return self._predicted("predict_log_proba", X, fitted.parameters_.dtype, fitted.classes_)

    def predict(self, X: Any) -> Any:
        """Predict the class of each sample: the one with the largest logit.

        Parameters
        ----------
        X : Dask array or DataFrame, array-like or sparse matrix
            Of shape (n_samples, n_features), one sample a row.

        Returns
        -------
        y : of the kind of X
            Of shape (n_samples,): labels, of ``classes_``; a Series with the index of X for a
            DataFrame; lazy where X is.
        """
        return self._predicted("predict", X, self._fitted().classes_.dtype)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Compute the accuracy, at once.

        Parameters
        ----------
        X : Dask array or DataFrame, array-like or sparse matrix
            Of shape (n_samples, n_features), one sample a row.
        y : Dask array, Series or array-like of shape (n_samples,)
            True labels.
        sample_weight : Dask array, Series or array-like of shape (n_samples,), default=None
            Weight of each sample.

        Returns
        -------
        accuracy : float
            Share of the samples, by their weights, that are given their label.
        """
        y_pred, y, sample_weight = dask.compute(self.predict(X), y, sample_weight)
        return accuracy_score(y, y_pred, sample_weight=sample_weight)

    def to_local(self) -> MLPSoftmaxClassifier:
        """Give the same model without ties to a cluster.

        Returns
        -------
        clf : MLPSoftmaxClassifier
            Fitted, with copies of all that this estimator has learned.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        """
        local = MLPSoftmaxClassifier()
        local.__setstate__(copy.deepcopy(self._fitted().__getstate__()))
        return local

    def _fitted(self) -> Self:
        check_is_fitted(self, "parameters_")
        return self

    def _predicted(self, method: str, X: Any, dtype: Any, columns: Any = None) -> Any:
        if isinstance(X, ClusterTable):
            return getattr(self._of_logits(), method)(X.logits(self._network()))
        if not dask.is_dask_collection(X):
            return getattr(super(), method)(X)
        check_collection(X)
        local, is_frame = self.to_local(), hasattr(X, "map_partitions")
        meta = X._meta if is_frame else np.empty((0, X.shape[1]))
        validate_data(self, meta, reset=False, skip_check_array=True)
        if not is_frame and hasattr(local, "feature_names_in_"):
            del local.feature_names_in_  # it has been said that X has no names
        return predict_lazily(local, method, X, dtype, columns)

    def _of_logits(self) -> MLPSoftmaxClassifier:
        """Give a network whose input are logits already, for those that the workers compute."""
        k = len(self.classes_)
        parameters = np.concatenate([np.eye(k).ravel(), np.zeros(k)]).astype(self.parameters_.dtype)
        local = MLPSoftmaxClassifier()
        Model(self.classes_, (k, k), (), parameters, first_state(0)).give_to(local)
        return local

    def _client(self, stack: ExitStack) -> Client:
        """Give the cluster's client; raise a RuntimeError if there is none, or no worker comes.

        Within a task of Dask, the task leaves its thread to those that it waits for.
        """
        try:
            client = self.client or get_client()
        except ValueError as error:
            raise RuntimeError(NO_CLIENT.format("no")) from error
        if client.asynchronous or client.status == "closed":
            raise RuntimeError(NO_CLIENT.format("only an asynchronous or closed"))
        with suppress(ValueError):  # not in a task
            get_worker()
            stack.enter_context(worker_client())
        wait_for_a_worker(client)
        return client


def _brought_here(client: Client, *vectors: Any) -> list[Any]:
    """Compute vectors, and bring them here, while there are workers to do so."""
    values = client.compute(list(vectors))
    lazy = [value for value in values if isinstance(value, Future)]
    with client.as_current():
        while not all(value.done() for value in lazy):
            try:
                wait(lazy, timeout=LOOK)
            except TimeoutError:
                wait_for_a_worker(client)
    return client.gather(values)
