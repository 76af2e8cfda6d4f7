"""The names and types of a model's inputs, found in a few rows of a table."""

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

DROPPED = "dropped"  # in place of a kind

# Where estimators hold those that they were fitted with, the one that sees X first.
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
        The dtype of what is fed; object for strings.
    seen : numpy.dtype
        What the estimator sees: all numbers are floats of one type, as in scikit-learn.
    kind : str
        What it holds: "number", "integer", "boolean", "duration", "date" or "category".
    width : int
        The number of columns.
    """

    name: str
    fed: np.dtype
    seen: np.dtype
    kind: str
    width: int = 1


class Type(NamedTuple):
    """The dtype that is fed for a column, and the kind of what it holds."""

    fed: np.dtype
    kind: str

    @property
    def is_number(self):
        """Whether it holds numbers to compute with."""
        return self.kind not in ("date", "category")


def inputs_of(estimator, X):
    """Return the inputs that the model of an estimator has.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    X : array-like, sparse matrix or data frame of shape (n_samples, n_features)
        A few rows; texts for a vectorizer have the shape (n_samples,).

    Returns
    -------
    inputs : list of Input
        For a DataFrame one for each column, with its name. For an array one, "X", or where its
        columns differ in type, one for each: "x0", "x1" and so on.

    Raises
    ------
    ValueError
        If X has other columns than the estimator was fitted on, or a column has no value or no
        name.
    TypeError
        If X is lazy, or a column holds objects.
    """
    encoder = _encoder_of(estimator)
    X = _checked(estimator, encoder, X)
    is_frame = hasattr(X, "columns")
    names = [str(name) for name in (X.columns if is_frame else _numbered(X))]
    if "" in names:
        raise ValueError(
            f"Column {names.index('')} of X has an empty name, which inputs of ONNX must not have: "
            "give it a name before the fit."
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
    """Return X as an array or a frame that has the columns that the estimator was fitted on."""
    if in_partitions(X):
        raise TypeError(f"X is a Dask {type(X).__name__}: give a few rows, such as X.head().")
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
    return np.empty((0, X.shape[1]), X.dtype) if sparse.issparse(X) else X  # fed as a dense one


def _numbered(X):
    return (f"x{j}" for j in range(X.shape[1]))


def _encoder_of(estimator):
    """Return the fitted TabularEncoder that X comes to; None if it comes to something else."""
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
    """Return for each column the kind that an encoder knows, and if a category was missing."""
    if encoder is None:
        return {}
    plan = encoder._model
    known = dict.fromkeys(range(encoder.n_features_in_), (DROPPED, False))
    for source in plan.number_sources:
        known[source.place] = source.kind, False
    n_missing = {own.name: own.n_missing for own in plan.columns}
    for sources, _, _ in plan.text_columns:
        for source in sources:
            if source.reader.how != CODES:  # they are numbers, too
                known[source.place] = source.kind, n_missing[source.name] > 0
    return known


def _type_of(column, name, kind, had_missing):
    """Return the type of a column, by what it holds, and what an encoder knows of it."""
    may_miss = kind is not None  # an encoder takes missing values in every column
    if kind in (None, DROPPED):
        kind = _kind_of(column, name, kind)
    dtype = _numpy_dtype(column)
    if kind == "date":
        return Type(INTEGERS, kind)
    if kind in ("category", "text"):
        integers = dtype.kind in "iu" and not had_missing
        return Type(INTEGERS if integers else STRINGS, kind)
    if dtype.kind not in ("f" if may_miss else "biuf") or dtype.name not in TYPES:
        dtype = FLOATS  # NaN where values are missing
    return Type(dtype, "integer" if kind == "number" and _holds_integers(column) else kind)


def _kind_of(column, name, known):
    """Return what a column holds: categories if all values are strings or it declares them."""
    if str(column.dtype).lower().startswith("str"):
        return "category"
    cells = read_cells(column, name)
    kind, values = "category" if cells.family == "text" else cells.family, cells.values
    if kind == "number" and _numpy_dtype(column).kind == "O" and np.isnan(values).all():
        if known == DROPPED:
            return "category"
        raise ValueError(
            f"Column {name!r} of X holds no value in these {len(values)} rows, so that its type is "
            "not known: give rows of which one has a value there."
        )
    return kind


def _numpy_dtype(column):
    """Return the dtype of a column, or of its categories: float64 for integers that may miss."""
    dtype = column.dtype
    if isinstance(dtype, np.dtype):
        return dtype
    if not hasattr(column, "iloc"):  # of polars
        return column.to_numpy().dtype
    if str(dtype) == "category" and not column.isna().any():
        return column.cat.categories.to_numpy().dtype
    return FLOATS if dtype.kind in "biuf" else STRINGS


def _holds_integers(column):
    """Check whether the dtype of a column, of any library, is one of integers."""
    if hasattr(column.dtype, "is_integer"):  # of polars
        return column.dtype.is_integer()
    return column.dtype.kind in "iu"


def _seen(types):
    """Return the dtype that the estimator sees of each column."""
    floats = np.result_type(np.float32, *(column.fed for column in types if column.is_number))
    return [floats if column.is_number else column.fed for column in types]
