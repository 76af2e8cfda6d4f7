"""The methods that take a network from, and give it to, other libraries and their files."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.neural_network import MLPClassifier
from sklearn.utils.validation import check_is_fitted

from skmlp.export.network_onnx import to_onnx
from skmlp.export.safetensors import load, save
from skmlp.export.sklearn import from_mlp, to_mlp
from skmlp.export.torch import from_torch, to_torch

if TYPE_CHECKING:
    from skmlp.network.layers import Network

__all__ = ["Exchange"]


class Exchange:
    """Networks from and for other libraries."""

    classes_: np.ndarray
    _network: Callable[[], "Network"]

    @classmethod
    def from_sklearn(cls, mlp: MLPClassifier) -> Self:
        """Make an estimator from a fitted MLPClassifier.

        Parameters
        ----------
        mlp : sklearn.neural_network.MLPClassifier
            Fitted, for two classes or more, with one label a sample.

        Returns
        -------
        clf : MLPSoftmaxClassifier
            Fitted, with the same parameters and probabilities. Training can go on with
            `partial_fit` or `warm_start`, with a new state of the solver.

        Raises
        ------
        TypeError
            If `mlp` is not an MLPClassifier.
        ValueError
            If it was fitted on several labels a sample, or on one class, or its weights are not
            finite.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.neural_network import MLPClassifier
        >>> from skmlp import MLPSoftmaxClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> mlp = MLPClassifier(max_iter=500, random_state=0).fit(X, y)
        >>> clf = MLPSoftmaxClassifier.from_sklearn(mlp)
        >>> float(abs(clf.predict_proba(X) - mlp.predict_proba(X)).max().round(12))
        0.0
        """
        return from_mlp(cls, mlp)

    def to_sklearn(self) -> MLPClassifier:
        """Make a fitted MLPClassifier, which tools take that know scikit-learn's classes alone.

        It has the parameters that MLPClassifier has, as far as it can: `hidden_layer_sizes` are
        those of the network, a `solver` that it lacks becomes "adam", a schedule over the whole
        training "constant", and ``max_iter="auto"`` 200. Whatever else it lacks, such as dropout
        and `class_weight`, is left out, and matters only where it is trained on.

        Returns
        -------
        mlp : sklearn.neural_network.MLPClassifier
            Fitted, with the same probabilities and records, and copies of the weights. Training
            can go on with `partial_fit` or `warm_start`, with a new state of the solver.

        Raises
        ------
        ValueError
            If MLPClassifier lacks the activation, or the hidden layers have several, or there
            is one class.
        NotFittedError
            If the estimator is not fitted.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from skmlp import MLPSoftmaxClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> clf = MLPSoftmaxClassifier(tol=0.01, random_state=0).fit(X, y)
        >>> mlp = clf.to_sklearn()
        >>> float(abs(mlp.predict_proba(X) - clf.predict_proba(X)).max().round(12))
        0.0
        """
        check_is_fitted(self, "parameters_")
        return to_mlp(self)

    @classmethod
    def from_torch(cls, module: Any, classes: ArrayLike) -> Self:
        """Make an estimator from a trained network of PyTorch.

        Parameters
        ----------
        module : torch.nn.Sequential
            Of ``Linear`` and the activations that `to_torch` writes, with their default
            settings. The last gives a logit for each class, or for two classes one: that of the
            second; ``Softmax``, ``LogSoftmax`` or ``Sigmoid`` may follow. It may hold others of
            its kind. ``Dropout`` is left out. Weights are float32 or float64.
        classes : array-like of shape (n_classes,)
            The label of each output.

        Returns
        -------
        clf : MLPSoftmaxClassifier
            Fitted, with the probabilities of ``module.eval()`` and copies of its weights, in
            their dtype. Where the outputs are two, their difference is the one unit; layers with
            no activation between them are multiplied into one. Training can go on with
            `partial_fit` or `warm_start`, with parameters that you set.

        Raises
        ------
        ImportError
            If PyTorch is not installed: ``pip install 'skmlp[torch]'``.
        TypeError
            If `module` is not a Sequential, or `classes` are no labels.
        ValueError
            If the module holds something else, which is named, or `classes` do not fit it.

        Examples
        --------
        >>> from torch import nn  # doctest: +SKIP
        >>> module = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3))  # doctest: +SKIP
        >>> # train it
        >>> clf = MLPSoftmaxClassifier.from_torch(module, ["a", "b", "c"])  # doctest: +SKIP
        """
        return from_torch(cls, module, classes)

    def to_torch(self) -> Any:
        """Build the same network in PyTorch.

        Returns
        -------
        module : torch.nn.Sequential
            Gives the logits, one column a class, in the dtype of ``parameters_``.

        Raises
        ------
        ImportError
            If PyTorch is not installed: ``pip install 'skmlp[torch]'``.
        NotFittedError
            If the estimator is not fitted.
        """
        check_is_fitted(self, "parameters_")
        return to_torch(self._network())

    def to_onnx(self, path: str | os.PathLike | None = None) -> Any:
        """Build the same network in ONNX, for runtimes without Python.

        For a whole Pipeline, or a :class:`TabularMLPClassifier`, see :mod:`skmlp.export.onnx`.

        Parameters
        ----------
        path : str or path-like, default=None
            File to write to, which is replaced in one step, as by `save`; None writes nothing.

        Returns
        -------
        model : onnx.ModelProto
            Its input "X", of shape (n_samples, `n_features_in_`), and its output "probabilities",
            of shape (n_samples, n_classes), have the dtype of ``parameters_``. Its output "label",
            of shape (n_samples,), holds strings, or int64 for integers, booleans (0 and 1) and
            floats that are whole. The version of skmlp is its `producer_version`.

        Raises
        ------
        ImportError
            If onnx is not installed: ``pip install 'skmlp[onnx]'``.
        ValueError
            If the labels are something else.
        NotFittedError
            If the estimator is not fitted.
        """
        check_is_fitted(self, "parameters_")
        return to_onnx(self._network(), self.classes_, path)

    def save(self, path: str | os.PathLike) -> None:
        """Write the estimator to a file of data alone, which runs no code when it is read.

        The file is replaced in one step: a crash leaves the old one or the new one. Any reader
        of safetensors sees the weights of each layer. Callbacks, and attributes that you have
        added, are not written.

        Parameters
        ----------
        path : str or path-like
            File to write to. A file of the same name with ".tmp" behind it is used on the way.

        Raises
        ------
        ImportError
            If safetensors is not installed: ``pip install 'skmlp[safetensors]'``.
        ValueError
            If a parameter of the constructor is not plain, such as a callable or a RandomState;
            classes are not strings, integers, booleans or floats; or weights are not finite.
        NotFittedError
            If the estimator is not fitted.

        Examples
        --------
        >>> clf.save("model.safetensors")  # doctest: +SKIP
        >>> clf = MLPSoftmaxClassifier.load("model.safetensors")  # doctest: +SKIP
        """
        check_is_fitted(self, "parameters_")
        save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike) -> Self:
        """Read an estimator from a file that `save` wrote.

        No code of the file is run.

        Parameters
        ----------
        path : str or path-like
            The file.

        Returns
        -------
        clf : MLPSoftmaxClassifier
            Fitted, as it was when it was written: predictions and records have the same bits,
            and training goes on from the same state of the solver. Parameters that were scalars
            of NumPy are those of Python.

        Raises
        ------
        ImportError
            If safetensors is not installed: ``pip install 'skmlp[safetensors]'``.
        ValueError
            If the file is damaged, has another format, or a newer version of it.
        """
        return load(cls, path)
