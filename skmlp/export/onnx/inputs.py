"""The names and types of a model's inputs, inferred from a few rows of a table."""

from typing import NamedTuple

import numpy as np
from scipy import sparse
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import validate_data

from skmlp.estimator.columns import column_of
from skmlp.estimator.partitioned import in_partitions
from skmlp.estimator.tables import as_table, check_other_names
from skmlp.export.onnx.graph import TYPES
from skmlp.tabular.cells import read_cells
from skmlp.tabular.encoder import TabularEncoder
from skmlp.tabular.readers import CODES

__all__ = ["Input", "inputs_of"]

STRINGS, INTEGERS, FLOATS = np.dtype(object), np.dtype(np.int64), np.dtype(np.float64)

DROPPED = "dropped"  # instead of a kind

# Attributes of meta-estimators with the fitted estimator that receives X first.
WITHIN = (
    "encoder_",
    "best_estimator_",
    "calibrated_classifiers_",
    "estimators_",
    "estimator_",
    "estimator",
)


class Input(NamedTuple):
    """An input of a model: one column, or several of one type.

    Attributes
    ----------
    name : str
        The name.
    fed : numpy.dtype
        The dtype of the input; object for strings.
    seen : numpy.dtype
        The dtype within the model: all numbers are floats of one type, as in scikit-learn.
    kind : str
        Its kind: "number", "integer", "boolean", "duration", "date" or "category".
    width : int
        The number of columns.
    """

    name: str
    fed: np.dtype
    seen: np.dtype
    kind: str
    width: int = 1


class Type(NamedTuple):
    """The dtype of the input for a column, and its kind."""

    fed: np.dtype
    kind: str

    @property
    def is_number(self):
        """Whether it is numeric."""
        return self.kind not in ("date", "category")


def inputs_of(estimator, X):
    """Return the inputs of the model of an estimator.

    Parameters
    ----------
    estimator : estimator
        The fitted estimator.
    X : array-like, sparse matrix or data frame of shape (n_samples, n_features)
        A few rows; texts for a vectorizer have the shape (n_samples,).

    Returns
    -------
    inputs : list of Input
        For a DataFrame one per column, with its name. For an array one, "X", or if its columns
        differ in type, one per column: "x0", "x1" and so on.

    Raises
    ------
    ValueError
        If X has other columns than the estimator was fitted on, or a column has no value or no
        name.
    TypeError
        If X is lazy, or a column has other objects.
    """
    encoder = _encoder_of(estimator)
    X = _checked(estimator, encoder, X)
    is_frame = hasattr(X, "columns")
    names = [str(name) for name in (X.columns if is_frame else _numbered(X))]
    if "" in names:
        raise ValueError(
            f"Column {names.index('')} of X has an empty name, which ONNX inputs cannot have: "
            "rename it before fit."
        )
    known = _known(encoder)
    types = [
        _type_of(column_of(X, j), name, *known.get(j, (None, False)))
        for j, name in enumerate(names)
    ]
    if not is_frame and len(set(types)) == 1:
        return [Input("X", types[0].fed, _seen(types)[0], types[0].kind, len(types))]
    return [
        Input(name, of_column.fed, seen, of_column.kind)
        for name, of_column, seen in zip(names, types, _seen(types), strict=True)
    ]


def _checked(estimator, encoder, X):
    """Return X as an array or a DataFrame, after checking that its columns are those of fit."""
    if in_partitions(X):
        raise TypeError(f"X is a Dask {type(X).__name__}: pass a few rows, such as X.head().")
    if len(getattr(X, "shape", (0, 0))) != 1:
        X = as_table(X)
    if not hasattr(X, "shape"):
        X = np.array(X, dtype=object)
    if len(X.shape) == 1:  # texts for a vectorizer
        X = np.array(X, dtype=object).reshape(-1, 1)
    if len(X.shape) != 2:
        raise ValueError(f"X must have two dimensions, rows and columns, but has shape {X.shape}.")
    validate_data(estimator, X, reset=False, skip_check_array=True)
    if encoder is not None:
        check_other_names(X, encoder._other_names)
    return np.empty((0, X.shape[1]), X.dtype) if sparse.issparse(X) else X  # the input is dense


def _numbered(X):
    return (f"x{j}" for j in range(X.shape[1]))


def _encoder_of(estimator):
    """Return the fitted TabularEncoder that receives X; None if it is another estimator."""
    if isinstance(estimator, TabularEncoder):
        return estimator
    if isinstance(estimator, Pipeline):
        return _encoder_of(estimator[0])
    for attribute in WITHIN:
        within = getattr(estimator, attribute, None)
        if within is not None:
            return _encoder_of(within[0] if isinstance(within, list) else within)
    return None


def _known(encoder):
    """Return the kind of each column in an encoder, and whether a category was missing."""
    if encoder is None:
        return {}
    plan = encoder._model
    known = dict.fromkeys(range(encoder.n_features_in_), (DROPPED, False))
    for source in plan.number_sources:
        known[source.place] = source.kind, False
    n_missing = {own.name: own.n_missing for own in plan.columns}
    for sources, _, _ in plan.text_columns:
        for source in sources:
            if source.reader.how != CODES:  # codes are also numbers
                known[source.place] = source.kind, n_missing[source.name] > 0
    return known


def _type_of(column, name, kind, had_missing):
    """Return the type of a column, given its values and its kind in an encoder."""
    may_miss = kind is not None  # an encoder allows missing values in every column
    if kind in (None, DROPPED):
        kind = _kind_of(column, name, kind)
    dtype = _numpy_dtype(column)
    if kind == "date":
        return Type(INTEGERS, kind)
    if kind in ("category", "text"):
        integers = dtype.kind in "iu" and not had_missing
        return Type(INTEGERS if integers else STRINGS, kind)
    if dtype.kind not in ("f" if may_miss else "biuf") or dtype.name not in TYPES:
        dtype = FLOATS  # NaN for missing values
    return Type(dtype, "integer" if kind == "number" and _holds_integers(column) else kind)


def _kind_of(column, name, known):
    """Return the kind of a column: "category" for strings and categorical dtypes."""
    if str(column.dtype).lower().startswith("str"):
        return "category"
    cells = read_cells(column, name)
    kind, values = "category" if cells.family == "text" else cells.family, cells.values
    if kind == "number" and _numpy_dtype(column).kind == "O" and np.isnan(values).all():
        if known == DROPPED:
            return "category"
        raise ValueError(
            f"Column {name!r} of X has no value in these {len(values)} rows, so that its type is "
            "not known: include a row with a value."
        )
    return kind


def _numpy_dtype(column):
    """Return the dtype of a column, or of its categories: float64 for nullable integers."""
    dtype = column.dtype
    if isinstance(dtype, np.dtype):
        return dtype
    if not hasattr(column, "iloc"):  # of polars
        return column.to_numpy().dtype
    if str(dtype) == "category" and not column.isna().any():
        return column.cat.categories.to_numpy().dtype
    return FLOATS if dtype.kind in "biuf" else STRINGS


def _holds_integers(column):
    """Check whether a column, of any library, has an integer dtype."""
    if hasattr(column.dtype, "is_integer"):  # of polars
        return column.dtype.is_integer()
    return column.dtype.kind in "iu"


def _seen(types):
    """Return the dtype of each column within the model."""
    floats = np.result_type(np.float32, *(column.fed for column in types if column.is_number))
    return [floats if column.is_number else column.fed for column in types]
