"""The estimator for Dask collections."""

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
        The cluster on which all methods compute; None, as at first, is the current client. It is
        no parameter: `clone` and pickle leave it behind.

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
            If there is no client or it is closed, there is no worker for a minute, or rows were
            lost for good. The estimator keeps the weights so far.
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
            Of shape (n_samples, n_features), one sample a row.

        Returns
        -------
        O : of the kind of X
            Of shape (n_samples, n_classes), or for two classes (n_samples,), as
            :meth:`~skmlp.MLPSoftmaxClassifier.decision_function` has it; lazy where X is.
        """
        return self._predicted("decision_function", X, self._fitted().classes_)

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
        return self._predicted("predict_proba", X, self._fitted().classes_)

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
        return self._predicted("predict_log_proba", X, self._fitted().classes_)

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
        return self._predicted("predict", X, None)

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
        y_pred, y, sample_weight = self._computed(self.predict(X), y, sample_weight)
        return accuracy_score(y, y_pred, sample_weight=sample_weight)

    # Inspection

    def hidden_activations(self, X: Any, layer: int = -1) -> Any:
        """Compute the outputs of a hidden layer: the features that the network has learned.

        Parameters
        ----------
        X : Dask array or DataFrame, array-like or sparse matrix
            Of shape (n_samples, n_features), one sample a row.
        layer : int, default=-1
            Which hidden layer, from 0; from the last one backwards if negative.

        Returns
        -------
        H : of the kind of X
            Of shape (n_samples, width): outputs of the layer's activation, in numbered columns of
            a DataFrame; lazy where X is.
        """
        return self._predicted("hidden_activations", X, None, layer)

    def input_gradients(self, X: Any, target: Any = None) -> Any:
        """Compute how the outputs change with the features: a gradient for each sample.

        Parameters
        ----------
        X : Dask array or DataFrame, array-like or sparse matrix
            Of shape (n_samples, n_features), one sample a row.
        target : label, Dask array, Series or array-like of shape (n_samples,) or None, default=None
            What to take the gradient of, as for
            :meth:`~skmlp.MLPSoftmaxClassifier.input_gradients`. Labels are in the order of the
            rows of X. If their partitions are not those of X, all labels come together on a
            worker, and the rows of a DataFrame are counted first.

        Returns
        -------
        dX : of the kind of X
            Of shape (n_samples, n_features): gradient of the target in each feature, per sample,
            in the columns of a DataFrame X; lazy where X is.
        """
        check_collection(X)
        if not dask.is_dask_collection(X):
            return super().input_gradients(X, *self._computed(target))
        if dask.is_dask_collection(target) or np.ndim(target) > 0:
            target = self._labels(target, X)
        return self._predicted("input_gradients", X, getattr(X, "columns", None), target)

    def _labels(self, target: Any, X: Any) -> Any:
        """Return the labels that a gradient is taken for, in the partitions of X."""
        if not dask.is_dask_collection(target):
            target = column_or_1d(target, warn=True)
            classes = self._fitted().classes_
            encode_labels(target, classes, name="target", advice="Name one of these.")
        elif not hasattr(type(target), "to_delayed") or target.ndim != 1:
            raise ValueError(
                "target must be one label, or labels in one dimension, such as a Dask Series, but "
                f"is a Dask {type(target).__name__}, of type {type(target).__module__}."
            )
        return labels_of_partitions(target, X)

    def _computed(self, *values: Any) -> tuple[Any, ...]:
        """Compute lazy values, on the cluster of `client` if it is set."""
        scheduler = None if self.client is None else check_client(self.client)
        return dask.compute(*values, scheduler=scheduler)

    # From one machine, and to it

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

    def _predicted(self, method: str, X: Any, columns: Any, *arguments: Any) -> Any:
        """Predict lazily for a Dask collection, at once for another table.

        Parameters
        ----------
        method : str
            The method of :class:`~skmlp.MLPSoftmaxClassifier`.
        X : Dask array or DataFrame, array-like or sparse matrix
            The table.
        columns : array-like or None
            Names of the columns of the predictions for a DataFrame; None for their numbers.
        *arguments
            More arguments of the method.
        """
        check_collection(X)
        if not dask.is_dask_collection(X):
            return getattr(super(), method)(X, *arguments)
        local, is_frame = MLPSoftmaxClassifier(), hasattr(X, "map_partitions")
        # Alone, as neither the solver nor callbacks are to go to the workers.
        local._model = model = copy.deepcopy(self._fitted()._model)
        model.state.optimizer = None
        meta = X._meta if is_frame else np.empty((0, X.shape[1]))
        validate_data(self, meta, reset=False, skip_check_array=True)
        names, model.feature_names = model.feature_names, None  # compared already
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
