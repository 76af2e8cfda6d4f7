"""Import and export of fitted networks: other libraries and file formats.

Each library is imported by the function that uses it. :doc:`/production` compares the formats.
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
        A fitted MLPSoftmaxClassifier, DaskMLPSoftmaxClassifier, TabularEncoder or
        TabularMLPClassifier, or a Pipeline or another scikit-learn estimator that contains one.
    X : array-like or data frame of shape (n_samples, n_features), default=None
        A few rows as for `predict`, with at least one value in each column, which give the names
        and types of the inputs. None is only possible for a network.
    path : str or path-like, default=None
        File to write to, which is replaced atomically, as by `save`; None writes no file.

    Returns
    -------
    model : onnx.ModelProto
        The model. Its `producer_version` is the version of skmlp. A classifier has the output
        "label" of shape (n_samples,), with strings, or int64 for integers, booleans (0 and 1) and
        whole floats; and the output "probabilities" of shape (n_samples, n_classes), with columns
        in the order of ``classes_``, which is stored as JSON in the metadata "classes". The
        metadata "kinds" has the kind of each input as JSON: "number", "integer", "boolean",
        "duration", "date" or "category".

    Raises
    ------
    ImportError
        If skl2onnx is not installed: ``pip install 'skmlp[onnx]'``.
    TypeError
        If `estimator` is not an estimator, or a column of X has other objects.
    ValueError
        If X is missing, has other columns than in `fit`, or a column without a value; if labels
        have another type; or if ONNX cannot reproduce the predictions of a scikit-learn estimator.
    NotFittedError
        If `estimator` is not fitted.

    See Also
    --------
    skmlp.export.onnx : Converters for skl2onnx, for conversion with its options.

    Notes
    -----
    Without X, and for an array of one dtype, there is one input "X" of shape (n_samples,
    `n_features_in_`), in the dtype of ``parameters_`` or of the array. For a pandas or polars
    DataFrame there is one input per column, of shape (n_samples, 1), with the name of the column
    (and "_" appended if an output has that name):

    - numbers and booleans in their dtype; in float64 with NaN if values are missing, or may be, as
      in nullable pandas dtypes; and, if a TabularEncoder comes first, in float64 unless the column
      is float32;
    - durations in float64, in seconds;
    - dates in int64, in microseconds since 1970, in local time; the smallest int64 is a missing
      value;
    - strings and categories as strings, with "" for missing values; integer categories that are
      never missing in int64.

    If a TabularEncoder comes first, the kinds that it found in `fit` have priority over the types
    in X: for example, strings that it reads as numbers are numbers.

    Within the model, numbers are converted to float32 if all columns are float32 or fit into it
    (booleans, and integers of 8 and 16 bits), else to float64. The model has operators of at most
    version 15 of ONNX and version 3 of ai.onnx.ml, for old runtimes: ONNX Runtime 1.18 is tested.

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
