"""The classifier for Dask collections."""

import copy
from typing import Any, Self

import dask
import numpy as np
from distributed import Client
from sklearn.metrics import accuracy_score
from sklearn.utils import column_or_1d
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from skmlp.classifier import MLPSoftmaxClassifier, check_classifier, has_partial_fit
from skmlp.dask.backend import ClusterBackend, check_client
from skmlp.dask.prediction import labels_of_partitions, predict_lazily
from skmlp.dask.table import check_collection
from skmlp.estimator import fitting
from skmlp.estimator.compat import with_callbacks
from skmlp.estimator.labels import encode_labels

__all__ = ["DaskMLPSoftmaxClassifier"]


class DaskMLPSoftmaxClassifier(MLPSoftmaxClassifier):
    """:class:`~skmlp.MLPSoftmaxClassifier` for data on a Dask cluster.

    It has the same parameters, and fits the same network up to rounding, whatever the number of
    workers: minibatches are drawn on the client, and sums over their rows are computed on the
    workers. `fit` collects the labels to the client, where it needs some 60 bytes per row; the
    rows stay on the workers, and must fit in their memory (twice while they are loaded).

    Only the default size of the minibatches is larger, since each costs a message to every worker:
    ``batch_size="auto"`` is a hundredth of the rows, from 200 to 8,192.

    Parameters
    ----------
    **parameters
        The parameters of :class:`~skmlp.MLPSoftmaxClassifier`.

    Attributes
    ----------
    client : distributed.Client or None
        The client of the cluster that all methods use; None, the default, is the current client.
        It is not a parameter, and is not kept by `clone` and pickle.

    See Also
    --------
    skmlp.MLPSoftmaxClassifier : Documents the parameters and fitted attributes, which are the same.

    Notes
    -----
    If a worker is lost, Dask recomputes its rows on another one, which repeats the step, so that
    the result is the same. If that is not possible, or there is no worker for a minute, `fit`
    raises a RuntimeError, and the estimator keeps the weights so far.

    A callable `scoring` is called with the logits of the validation rows instead of their features,
    and with an estimator that predicts from them.

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

    _public_module = "skmlp.dask"

    client: Client | None = None

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        state.pop("client", None)
        return state

    def __copy__(self) -> Self:
        other = type(self)()
        other.__setstate__(self.__getstate__())
        other.client = self.client
        return other

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
        """Fit the network to data on the workers.

        Parameters
        ----------
        X : Dask array or DataFrame, array-like or sparse matrix
            Training data of shape (n_samples, n_features). Chunks may have any size, even unknown,
            and may be sparse matrices. Local data are sent to the workers through the scheduler.
        y : Dask array, Series or array-like of shape (n_samples,)
            Class labels, in the order of the rows of X; their chunks may differ from those of X.
        sample_weight : Dask array, Series or array-like of shape (n_samples,), default=None
            Weight of each sample, at least 0.
        X_val, y_val, sample_weight_val : default=None
            Validation data, of the same types. There is no check whether X_val is scaled as X is.

        Returns
        -------
        self : DaskMLPSoftmaxClassifier
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError
            As :meth:`~skmlp.MLPSoftmaxClassifier.fit`; an error in X names the partition.
        RuntimeError
            If there is no client or it is closed, there is no worker for a minute, or rows are
            lost and cannot be recomputed. The estimator keeps the weights so far.
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
        """Train for one epoch on a batch of rows, continuing from the last call.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`.
        classes : array-like of shape (n_classes,), default=None
            All labels that can occur in any call. Must be passed in the first call.

        Returns
        -------
        self : DaskMLPSoftmaxClassifier
            The estimator, trained for one more epoch.

        Raises
        ------
        ValueError, TypeError, RuntimeError
            As for `fit`.
        """
        with ClusterBackend(self.client) as backend:
            if dask.is_dask_collection(classes):
                (classes,) = backend.collect(classes)
            fitting.partial_fit(self, X, y, sample_weight, classes, backend=backend)
        return self

    # Prediction

    def decision_function(self, X: Any) -> Any:
        """Compute the logits.

        Parameters
        ----------
        X : Dask array or DataFrame, array-like or sparse matrix
            Samples, of shape (n_samples, n_features).

        Returns
        -------
        O : of the type of X
            Logits of shape (n_samples, n_classes), or for two classes (n_samples,), as for
            :meth:`~skmlp.MLPSoftmaxClassifier.decision_function`; lazy if X is.
        """
        return self._predicted("decision_function", X, self._fitted().classes_)

    def predict_proba(self, X: Any) -> Any:
        """Compute the probability of each class.

        Parameters
        ----------
        X : Dask array or DataFrame, array-like or sparse matrix
            Samples, of shape (n_samples, n_features).

        Returns
        -------
        P : of the type of X
            Probabilities of shape (n_samples, n_classes), in the order of ``classes_``, which are
            the column names of a DataFrame; lazy if X is.
        """
        return self._predicted("predict_proba", X, self._fitted().classes_)

    def predict_log_proba(self, X: Any) -> Any:
        """Compute the logarithm of the probability of each class, from the logits.

        Parameters
        ----------
        X : Dask array or DataFrame, array-like or sparse matrix
            Samples, of shape (n_samples, n_features).

        Returns
        -------
        log_P : of the type of X
            Log-probabilities of shape (n_samples, n_classes), in the order of ``classes_``; lazy if
            X is.
        """
        return self._predicted("predict_log_proba", X, self._fitted().classes_)

    def predict(self, X: Any) -> Any:
        """Predict the class of each sample: the one with the largest logit.

        Parameters
        ----------
        X : Dask array or DataFrame, array-like or sparse matrix
            Samples, of shape (n_samples, n_features).

        Returns
        -------
        y : of the type of X
            Predicted labels, of shape (n_samples,); for a DataFrame, a Series with its index; lazy
            if X is.
        """
        return self._predicted("predict", X, None)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Compute the accuracy, not lazily.

        Parameters
        ----------
        X : Dask array or DataFrame, array-like or sparse matrix
            Samples, of shape (n_samples, n_features).
        y : Dask array, Series or array-like of shape (n_samples,)
            True labels.
        sample_weight : Dask array, Series or array-like of shape (n_samples,), default=None
            Weight of each sample.

        Returns
        -------
        accuracy : float
            Weighted fraction of the samples that are classified correctly.
        """
        y_pred, y, sample_weight = self._computed(self.predict(X), y, sample_weight)
        return accuracy_score(y, y_pred, sample_weight=sample_weight)

    # Inspection

    def hidden_activations(self, X: Any, layer: int = -1) -> Any:
        """Compute the outputs of a hidden layer: the features that the network has learned.

        Parameters
        ----------
        X : Dask array or DataFrame, array-like or sparse matrix
            Samples, of shape (n_samples, n_features).
        layer : int, default=-1
            Index of the hidden layer, from 0; negative indices count from the last one.

        Returns
        -------
        H : of the type of X
            Outputs of the layer's activation, of shape (n_samples, width); the columns of a
            DataFrame are numbered; lazy if X is.
        """
        return self._predicted("hidden_activations", X, None, layer)

    def input_gradients(self, X: Any, target: Any = None) -> Any:
        """Compute the gradient of an output or of the loss with respect to each sample's features.

        Parameters
        ----------
        X : Dask array or DataFrame, array-like or sparse matrix
            Samples, of shape (n_samples, n_features).
        target : label, Dask array, Series or array-like of shape (n_samples,) or None, default=None
            Function to differentiate, as for
            :meth:`~skmlp.MLPSoftmaxClassifier.input_gradients`. Labels are in the order of the
            rows of X. If their partitions are not those of X, all labels are collected on one
            worker, and the rows of a DataFrame are counted first.

        Returns
        -------
        dX : of the type of X
            Gradient of the target with respect to the features, of shape (n_samples, n_features),
            with the columns of a DataFrame X; lazy if X is.
        """
        check_collection(X)
        if not dask.is_dask_collection(X):
            return super().input_gradients(X, *self._computed(target))
        if dask.is_dask_collection(target) or np.ndim(target) > 0:
            target = self._labels(target, X)
        return self._predicted("input_gradients", X, getattr(X, "columns", None), target)

    def _labels(self, target: Any, X: Any) -> Any:
        """Return the labels to compute gradients for, in the partitions of X."""
        if not dask.is_dask_collection(target):
            target = column_or_1d(target, warn=True)
            classes = self._fitted().classes_
            encode_labels(target, classes, name="target", advice="Use one of these.")
        elif not hasattr(type(target), "to_delayed") or target.ndim != 1:
            raise ValueError(
                "target must be one label, or a one-dimensional collection of labels, such as a "
                f"Dask Series, got a Dask {type(target).__name__} of {type(target).__module__}."
            )
        return labels_of_partitions(target, X)

    def _computed(self, *values: Any) -> tuple[Any, ...]:
        """Compute lazy values, on the cluster of `client` if it is set."""
        scheduler = None if self.client is None else check_client(self.client)
        return dask.compute(*values, scheduler=scheduler)

    # Conversion from and to the local classifier

    def to_local(self) -> MLPSoftmaxClassifier:
        """Return the model as a local MLPSoftmaxClassifier.

        Returns
        -------
        clf : MLPSoftmaxClassifier
            The fitted classifier, with a copy of the model.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        """
        return _copied(self._fitted(), MLPSoftmaxClassifier)

    @classmethod
    def from_local(cls, clf: MLPSoftmaxClassifier) -> Self:
        """Return the model of a local MLPSoftmaxClassifier, for further training on a cluster.

        Parameters
        ----------
        clf : MLPSoftmaxClassifier
            The fitted classifier, for example loaded with :func:`skmlp.export.load`.

        Returns
        -------
        clf : DaskMLPSoftmaxClassifier
            The fitted classifier, with a copy of the model.

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

    def _predicted(self, method: str, X: Any, columns: Any, *arguments: Any) -> Any:
        """Predict, lazily for a Dask collection.

        Parameters
        ----------
        method : str
            The method of :class:`~skmlp.MLPSoftmaxClassifier`.
        X : Dask array or DataFrame, array-like or sparse matrix
            The table.
        columns : array-like or None
            Column names of the predictions for a DataFrame; None for their indices.
        *arguments
            Further arguments of the method.
        """
        check_collection(X)
        if not dask.is_dask_collection(X):
            return getattr(super(), method)(X, *arguments)
        local, is_frame = MLPSoftmaxClassifier(), hasattr(X, "map_partitions")
        # Without the solver and callbacks, which need not be sent to the workers.
        local._model = model = copy.deepcopy(self._fitted()._model)
        model.state.optimizer = None
        meta = X._meta if is_frame else np.empty((0, X.shape[1]))
        validate_data(self, meta, reset=False, skip_check_array=True)
        names, model.feature_names = model.feature_names, None  # already checked
        given = (a for a in arguments if not dask.is_dask_collection(a))
        empty = getattr(local, method)(np.zeros((1, model.layer_sizes[0])), *given)[:0]
        if is_frame:
            model.feature_names = names
        return predict_lazily(local, method, X, empty, columns, *arguments)


def _copied(clf: MLPSoftmaxClassifier, kind: type) -> Any:
    """Return a copy of an estimator, of another class."""
    other = kind()
    other.__setstate__(copy.deepcopy(clf.__getstate__()))
    return other
