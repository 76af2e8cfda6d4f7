"""The estimator for Dask collections."""

import copy
from typing import Any, Self

import dask
import numpy as np
from distributed import Client
from sklearn.metrics import accuracy_score
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from skmlp.classifier import MLPSoftmaxClassifier, check_classifier, has_partial_fit
from skmlp.dask.backend import ClusterBackend
from skmlp.dask.prediction import predict_lazily
from skmlp.dask.table import check_collection
from skmlp.estimator import fitting
from skmlp.estimator.compat import with_callbacks

__all__ = ["DaskMLPSoftmaxClassifier"]


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

    A callable `scoring` is called with an estimator that only predicts, and with the logits of the
    validation rows, of which it predicts, in place of their features.

    Examples
    --------
    >>> import dask.array as da
    >>> from distributed import Client
    >>> from sklearn.datasets import load_digits
    >>> from skmlp.dask import DaskMLPSoftmaxClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> X, y = da.from_array(X / 16, chunks=(500, -1)), da.from_array(y, chunks=500)
    >>> with Client(n_workers=2, processes=False, dashboard_address=":0"):
    ...     clf = DaskMLPSoftmaxClassifier(50, random_state=0).fit(X, y)
    ...     round(clf.score(X, y), 2)
    1.0
    >>> clf.predict_proba(X).chunks  # a Dask Array, as X is
    ((500, 500, 500, 297), (10,))
    >>> clf.to_local().predict(load_digits().data[:3] / 16)
    array([0, 1, 2])
    """

    client: Client | None = None

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        state.pop("client", None)
        return state

    # Training

    @with_callbacks
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
            Validation data of your own, of the same kinds. Whether X_val is scaled as X is, is not
            checked.

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
        with ClusterBackend(self.client) as backend:
            fitting.fit(
                self,
                X,
                y,
                sample_weight,
                X_val=X_val,
                y_val=y_val,
                sample_weight_val=sample_weight_val,
                backend=backend,
            )
        return self

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
        with ClusterBackend(self.client) as backend:
            fitting.partial_fit(self, X, y, sample_weight, classes, backend=backend)
        return self

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
        """Return the same model as an estimator of one machine.

        Returns
        -------
        clf : MLPSoftmaxClassifier
            Fitted, with a copy of the model.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        """
        return _copied(self._fitted(), MLPSoftmaxClassifier)

    @classmethod
    def from_local(cls, clf: MLPSoftmaxClassifier) -> Self:
        """Return the same model as an estimator for a cluster, to train it further there.

        Parameters
        ----------
        clf : MLPSoftmaxClassifier
            Fitted, such as one that :func:`skmlp.export.load` returned.

        Returns
        -------
        clf : DaskMLPSoftmaxClassifier
            Fitted, with a copy of the model.

        Raises
        ------
        TypeError
            If `clf` is something else.
        NotFittedError
            If `clf` is not fitted.
        """
        check_classifier(clf)
        return _copied(clf, cls)

    def _fitted(self) -> Self:
        check_is_fitted(self)
        return self

    def _predicted(self, method: str, X: Any, dtype: Any, columns: Any = None) -> Any:
        if not dask.is_dask_collection(X):
            return getattr(super(), method)(X)
        check_collection(X)
        local, is_frame = self.to_local(), hasattr(X, "map_partitions")
        local._model.state.optimizer = None  # the workers need no solver
        meta = X._meta if is_frame else np.empty((0, X.shape[1]))
        validate_data(self, meta, reset=False, skip_check_array=True)
        if not is_frame:
            local._model.feature_names = None  # it has been said that X has no names
        return predict_lazily(local, method, X, dtype, columns)


def _copied(clf: MLPSoftmaxClassifier, kind: type) -> Any:
    """Return a copy of an estimator, of another class."""
    other = kind()
    other.__setstate__(copy.deepcopy(clf.__getstate__()))
    return other
