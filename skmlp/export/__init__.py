"""Fitted networks from and for other libraries and their files.

Each library is imported by the function that uses it; :doc:`/production` says which to choose.
"""

import os
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from skmlp.classifier import MLPSoftmaxClassifier, check_classifier
from skmlp.estimator.extras import import_extra
from skmlp.estimator.files import write_whole
from skmlp.estimator.inputs import Table
from skmlp.export.safetensors import load, save
from skmlp.export.sklearn import from_sklearn, to_sklearn
from skmlp.export.torch import from_torch, to_torch

__all__ = ["from_sklearn", "from_torch", "load", "save", "to_onnx", "to_sklearn", "to_torch"]


def to_onnx(
    estimator: BaseEstimator, X: Table | None = None, path: str | os.PathLike | None = None
) -> Any:
    """Convert a fitted estimator to ONNX, for runtimes without Python.

    Parameters
    ----------
    estimator : estimator
        Fitted: an MLPSoftmaxClassifier or DaskMLPSoftmaxClassifier, a TabularEncoder or
        TabularMLPClassifier, or a Pipeline or another estimator of scikit-learn that holds them.
    X : array-like or data frame of shape (n_samples, n_features), default=None
        A few rows as for `predict`, in which each column has a value: the names and types of the
        inputs are taken from them. None is for a network alone.
    path : str or path-like, default=None
        File to write to, which is replaced in one step, as by `save`; None writes nothing.

    Returns
    -------
    model : onnx.ModelProto
        The model. The version of skmlp is its `producer_version`. Of a classifier, the output
        "label", of shape (n_samples,), holds strings, or int64 for integers, booleans (0 and 1)
        and floats that are whole; "probabilities" has the shape (n_samples, n_classes), with
        columns in the order of ``classes_``, which the metadata "classes" holds as JSON. The
        metadata "kinds" holds as JSON what each input holds: "number", "integer", "boolean",
        "duration", "date" or "category".

    Raises
    ------
    ImportError
        If skl2onnx is not installed: ``pip install 'skmlp[onnx]'``.
    TypeError
        If `estimator` is no estimator, or a column of X holds objects.
    ValueError
        If X is missing, has other columns than in `fit`, or one without a value; labels are
        something else; or the model could not keep all that an estimator of scikit-learn does.
    NotFittedError
        If `estimator` is not fitted.

    See Also
    --------
    skmlp.export.onnx : Converters for skl2onnx, to convert with options of your own.

    Notes
    -----
    Without X, and for an array of one type, there is one input "X", of shape (n_samples,
    `n_features_in_`), in the dtype of ``parameters_`` or of the array. For a DataFrame of pandas
    or polars there is one for each column, of shape (n_samples, 1), with the column's name (and a
    "_" behind it where an output has that name):

    - numbers and booleans in their dtype; in float64 where values are missing, as NaN, or may be,
      as in nullable dtypes of pandas, and in all columns but those of float32 where a
      TabularEncoder comes first;
    - durations in float64, as seconds;
    - dates in int64, as microseconds since 1970, in local time; the least int64 is a missing one;
    - strings and categories as strings, with "" for missing ones; categories that are integers
      and never missing in int64.

    What a TabularEncoder that comes first has found out in `fit` counts more than these rows:
    strings that it reads as numbers, for example, are numbers.

    Within the model, numbers become float32 if all columns are of it or fit into it (booleans,
    and integers of 8 and 16 bits), else float64. The model has operators of the versions 15 of
    ONNX and 3 of ai.onnx.ml at most, for old runtimes: ONNX Runtime 1.18 is tested.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skmlp import MLPSoftmaxClassifier
    >>> from skmlp.export import to_onnx
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = make_pipeline(StandardScaler(), MLPSoftmaxClassifier()).fit(X, y)
    >>> model = to_onnx(clf, X[:3])  # doctest: +SKIP
    >>> import onnxruntime  # doctest: +SKIP
    >>> session = onnxruntime.InferenceSession(model.SerializeToString())  # doctest: +SKIP
    >>> label, probabilities = session.run(None, {"X": X})  # doctest: +SKIP
    """
    if isinstance(estimator, MLPSoftmaxClassifier):
        check_classifier(estimator)
    elif isinstance(estimator, BaseEstimator):
        check_is_fitted(estimator)
    else:
        raise TypeError(
            f"estimator must be an estimator of skmlp or scikit-learn, got "
            f"{type(estimator).__name__}."
        )
    import_extra("skl2onnx", "onnx", "to_onnx")
    from skmlp.export.onnx.conversion import convert

    model = convert(estimator, X)
    if path is not None:
        write_whole(path, lambda file: file.write(model.SerializeToString()))
    return model
