"""TabularEncoder: the scikit-learn transformer that encodes mixed-type tables as numbers."""

from collections import Counter
from collections.abc import Iterator
from copy import copy
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags, check_array, check_consistent_length
from sklearn.utils.validation import check_is_fitted, validate_data

from skmlp.estimator.compat import feature_names_in, num_samples
from skmlp.estimator.extras import import_extra
from skmlp.estimator.fitted_attributes import fitted_property
from skmlp.estimator.inputs import Table
from skmlp.estimator.links import DocumentationLink
from skmlp.estimator.partitioned import in_partitions
from skmlp.estimator.rules import RULES, Rule, auto_or, integer, read_by
from skmlp.estimator.sample_weights import check_weights, rows_that_count
from skmlp.estimator.tables import (
    as_table,
    check_distinct_names,
    check_other_names,
    other_names,
)
from skmlp.network.piecewise import PiecewiseTable
from skmlp.tabular.copies import RowHash
from skmlp.tabular.folds import check_groups
from skmlp.tabular.partitions import Partitions
from skmlp.tabular.plan import Plan, TrainingRows, fit_plan

__all__ = ["TabularEncoder"]

ENCODER_RULES = {
    "n_bins": auto_or(
        Rule(lambda v: integer(0).allows(v) and v != 1, "an integer, 0 or at least 2", int)
    ),
    "min_frequency": auto_or(integer(1)),
    "max_categories": integer(2),
    "n_text_components": integer(0),
    "random_state": RULES["random_state"],
}


class TabularEncoder(TransformerMixin, DocumentationLink, BaseEstimator):
    r"""Encode mixed-type tabular data as numbers for a neural network.

    Numbers are scaled robustly, :math:`z = (x - \mathrm{median}) / \mathrm{IQR}`, and clipped
    smoothly, :math:`z / \sqrt{1 + (z/3)^2}`. Piecewise linear encoding [1]_ adds a column for each
    bin between quantiles: 0 below the bin, 1 above it, linear within, then standardised.
    Categories are one-hot encoded, dates are encoded as year, month and so on, and free text with
    TF-IDF of its character n-grams and a truncated SVD. Missing numbers are replaced by the median,
    and an indicator column is added.

    The kind of each column is inferred: numbers, booleans, dates and times, durations, free text,
    or categories (other text, mixed types, and categorical dtypes). The parts of a date are year,
    month, day of the month, days to its end, day of the week, hour, minute, and seconds, each if it
    varies, in the time zone of `fit`; durations are converted to seconds. The output is the same
    for the same values in an array, nested lists, a pandas or polars DataFrame, or a pyarrow table.
    :meth:`describe` returns the kind and encoding of each column, and the notes below have the
    rules for text.

    Parameters
    ----------
    n_bins : int or "auto", default="auto"
        Number of bins for each numeric column with more than two values, at least 2; 0 for no
        piecewise linear columns. If a column has no more values than bins, each value is an edge;
        otherwise each value that would fill a bin alone is an edge, and the remaining bins are
        between quantiles of the other values. "auto" is twice the cube root of the number of rows,
        limited to the range from 32 to 64, or less if a bin would have fewer than 10 rows, but at
        least 8; columns with at most 128 values, and at least 250 rows per value, have an edge at
        each value. With "auto", the piecewise linear columns of a table are at most 1,024, and take
        at most 2 GiB; if that gives fewer than 4 bins per column, there are none.
    min_frequency : int or "auto", default="auto"
        Categories with fewer rows than this, at least 1, are grouped in one column. "auto" is a
        hundredth of the rows, at most 10.
    max_categories : int, default=30
        Maximum number of one-hot columns per column, at least 2, for its most frequent categories;
        the others are grouped in the last. If there are more categories, and a target, target
        encoding is added: the mean target of each category, shrunk towards the overall mean with
        the weight of 10 rows [2]_. It has one column per class, one for two classes or a regression
        target, and none for more than 100 classes.
    n_text_components : int, default=30
        Maximum number of SVD components of a column of free text, at least 0; with 0, an error is
        raised for such columns.
    random_state : int, RandomState instance or None, default=None
        Random numbers for the folds of the cross-fitted target encoding in `fit_transform`, in
        which each row is encoded with the mean target of the other folds, and for the SVD of free
        text; for a table in partitions, also for the sample of rows to fit on, which is the same in
        every call if `random_state` is None.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns of the table.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if X has names that are all strings.
    kinds_ : dict of str to str
        Kind of each column that is encoded: "number", "boolean", "duration", "date", "category"
        or "text".
    dropped_ : dict of str to str
        Names of the dropped columns, with the reason for each.
    n_compact_ : int
        Number of columns of the compact encoding: ``Z[:, :n_compact_]`` are all columns except the
        piecewise linear ones, which come last.

    See Also
    --------
    TabularMLPClassifier : Ensemble of networks that encodes its columns with this encoder.
    MLPSoftmaxClassifier : A single network, which can be trained on the output.

    Notes
    -----
    A column of text is read as dates if one format matches all cells: ISO 8601, or year, month and
    day in the usual orders, or with the names of months, also with time and time zone. If the order
    of day and month is ambiguous, since no day is above 12, the column is encoded as categories,
    with a warning: use :func:`pandas.to_datetime` first.

    A column of text is read as numbers if there are more than 20 distinct ones in the same
    notation: one decimal mark (point or comma), one thousands separator (comma, point, apostrophe
    or space), one currency before or one unit after the number, or "k", "M" and "B"; negative
    numbers can be in parentheses, and footnote marks can follow. If "1,234" can be 1234 or 1.234,
    it is read as 1234, with a warning. Integers with leading zeros are codes, not numbers. Other
    integers that repeat are also encoded as categories if the class frequencies jump between
    neighbouring values too much for a function of a number.

    If few cells of such a column are not dates or numbers, they are read as missing values, with a
    warning that lists them. "Few" are at most 10 distinct cells, or at most 1 % of the number of
    distinct dates or numbers if that is more, but never more than a quarter of it. Empty cells,
    "?", "-", "NA", "N/A", "NaN", "null" and "None" are missing values without a warning. If there
    are more other cells, or several notations, a warning says that the column is not read as dates
    or numbers. The notation found in `fit` is used for all later tables.

    Other text is free text if more than 20 texts are distinct, and half of the rows have a text
    that occurs only once; otherwise it is categories.

    A column of more than 20 integers that only number the rows is dropped, with a warning: a column
    "Unnamed: 0", as pandas calls a saved index without a name; distinct integers in a column with
    the name of an index or identifier; or distinct integers in order with small steps, unless the
    column has the name of a time, such as "year". No column of a numeric array is dropped for this
    reason.

    In `transform`, there is a warning if no category of a column is known, unless many categories
    occurred only once in `fit`; if the column has numbers or dates instead of words, an error is
    raised.

    Besides the piecewise linear columns, the output has, for each column of the table, at most 2
    columns (a number), 9 (a date), `n_text_components` (free text), or `max_categories` plus 100
    for the target (a category).

    The output takes 4 bytes per number. In addition, `fit` needs up to 16 bytes for each distinct
    number of the table, and `transform` a block of rows.

    In numeric columns, a row with a `sample_weight` of 2 is equivalent to two rows. Frequencies of
    categories and mean targets count rows, not weights, and the means count copies of a row once,
    as :class:`TabularMLPClassifier` does. Rows of weight 0 are ignored.

    A pyarrow table is converted with its ``to_pandas``, without copying numbers. The columns in
    `transform` must have the same names in the same order as in `fit`. Names that are not strings,
    such as integers or tuples, are converted to strings in `kinds_` and in the names of the output.

    A Dask DataFrame or Array is processed in partitions. `fit` counts its rows and uses a random
    sample of 100,000 of them, collected to the client, or fewer if these would be more than 2**25
    values; all rows, if there are no more. With a probability of 0.999, each quantile differs from
    that of all rows by at most 0.62 % of the rows, :math:`\sqrt{\ln(2 / 0.001) / 2n}` for a sample
    of n rows [3]_. A category that is not in the sample is an unknown category. `transform` returns
    a lazy Dask Array, which does not change with a later `fit`; in `fit_transform`, the target
    encoding is cross-fitted for the rows of the sample, and the others do not contribute to it.

    References
    ----------
    .. [1] Y. Gorishniy, I. Rubachev, A. Babenko. "On embeddings for numerical features in tabular
       deep learning". NeurIPS 2022. :arxiv:`2203.05556`
    .. [2] D. Micci-Barreca. "A preprocessing scheme for high-cardinality categorical attributes
       in classification and prediction problems". SIGKDD Explorations 3(1), 2001.
    .. [3] P. Massart. "The tight constant in the Dvoretzky-Kiefer-Wolfowitz inequality". The
       Annals of Probability 18(3), 1990.

    Examples
    --------
    >>> from skmlp import TabularEncoder
    >>> table = [[23, "red"], [31, "blue"], [None, "red"], [58, "green"]]
    >>> encoder = TabularEncoder(n_bins=0)
    >>> encoder.fit_transform(table).round(2)
    array([[-0.23,  0.  ,  0.  ,  0.  ,  1.  ],
           [ 0.  ,  0.  ,  1.  ,  0.  ,  0.  ],
           [ 0.  ,  1.  ,  0.  ,  0.  ,  1.  ],
           [ 0.75,  0.  ,  0.  ,  1.  ,  0.  ]], dtype=float32)
    >>> encoder.get_feature_names_out().tolist()
    ['x0', 'x0_missing', 'x1_blue', 'x1_green', 'x1_red']
    >>> encoder.kinds_
    {'x0': 'number', 'x1': 'category'}
    """

    # The fitted state, None before fit. The fitted attributes are properties of it.
    _model: Plan = None  # type: ignore[assignment]

    def __init__(
        self,
        n_bins: int | str = "auto",
        min_frequency: int | str = "auto",
        max_categories: int = 30,
        n_text_components: int = 30,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.n_bins = n_bins
        self.min_frequency = min_frequency
        self.max_categories = max_categories
        self.n_text_components = n_text_components
        self.random_state = random_state

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    def fit(
        self,
        X: Table,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> Self:
        """Infer the kind of each column, and fit its encoding.

        Parameters
        ----------
        X : {array-like, DataFrame, Dask collection} of shape (n_samples, n_features)
            The table.
        y : array-like of shape (n_samples,), default=None
            Classes, or a regression target as floats. Used for the target encoding of columns of
            many categories, and to detect integers that are codes. It can be a Dask Series or Array
            if X is in partitions, with the same rows in the same order.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each row, at least 0.
        groups : array-like of shape (n_samples,), default=None
            As in `fit_transform`. It does not change the output of `transform`.

        Returns
        -------
        self : TabularEncoder
            The fitted encoder.

        Raises
        ------
        ValueError
            If a number is infinite, only some dates have a time zone, two columns have the same
            name, no column varies, the target, weights or groups are not valid, or X is in
            partitions and `set_output` requests DataFrames.
        InvalidParameterError
            If a parameter has a value that is not allowed. It is a ValueError and a TypeError.
        TypeError
            If X is sparse, lazy, a Series or a list of dicts, or a cell is a list or another
            object.

        Warns
        -----
        UserWarning
            If a column is ambiguous, or some of its cells are read as missing values, or it is
            dropped as an index.
        """
        self._fit(X, y, sample_weight, groups)
        return self

    def fit_transform(  # type: ignore[override]
        self,
        X: Table,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> np.ndarray:
        """Fit the encoder, and encode the same rows.

        Equivalent to ``fit(X, y).transform(X)``, except that target encoding is cross-fitted: the
        target of a row is not used to encode the row itself.

        Parameters
        ----------
        X : {array-like, DataFrame, Dask collection} of shape (n_samples, n_features)
            The table.
        y : array-like of shape (n_samples,), default=None
            Classes, or a regression target as floats, as in `fit`.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each row, at least 0.
        groups : array-like of shape (n_samples,), default=None
            Group label of each row. The target of a row is not used to encode any row of its group;
            with None, it is not used for copies of the row.

        Returns
        -------
        Z : ndarray or Dask Array of shape (n_samples, n_features_out), dtype float32
            The encoded table, without missing values. The errors and warnings are those of `fit`.
        """
        X, rows, means, _ = self._fit(X, y, sample_weight, groups)
        return self._encode(X, rows, means)

    def _fit_transform(
        self,
        X: Table,
        y: ArrayLike | None,
        sample_weight: ArrayLike | None,
        groups: ArrayLike | None,
    ) -> tuple[PiecewiseTable, RowHash]:
        """Fit and encode; also return a hash of each row of nonzero weight."""
        X, rows, means, hashes = self._fit(X, y, sample_weight, groups)
        return self._encode_table(X, rows, means), hashes

    def transform(self, X: Table) -> np.ndarray:
        """Encode a table.

        Parameters
        ----------
        X : {array-like, DataFrame, Dask collection} of shape (n_samples, n_features)
            The table.

        Returns
        -------
        Z : ndarray or Dask Array of shape (n_samples, n_features_out), dtype float32
            The encoded table, without missing values.

        Raises
        ------
        NotFittedError
            If the encoder is not fitted.
        ValueError, TypeError
            If X has other columns than in `fit`, or a column has values of another kind.

        Warns
        -----
        UserWarning
            If no category of a column is known, or a few cells cannot be read as in `fit`.
        """
        check_is_fitted(self)
        return self._encode(self._check(X, reset=False), np.empty(0, int), np.empty((0, 0)))

    def describe(self) -> Any:
        """Describe each column of the table and its encoding.

        Returns
        -------
        table : pandas.DataFrame
            A row for each column of the table, whose name is the index: its kind, how its cells are
            read, the numbers of missing and of distinct values, the number of encoded columns, and
            the reason if it is dropped. For a table in partitions, it describes the sample of rows.

        Raises
        ------
        NotFittedError
            If the encoder is not fitted.
        ImportError
            If pandas is not installed.

        Examples
        --------
        >>> from skmlp import TabularEncoder
        >>> table = [["2024-01-31", 2.5, "red"], ["2024-02-29", None, "blue"]]
        >>> TabularEncoder(n_bins=0).fit(table).describe()  # doctest: +NORMALIZE_WHITESPACE
                    kind         read as  missing  distinct  columns dropped
        column
        x0          date  text: ISO 8601        0         2        4
        x1        number         numbers        1         1        1
        x2      category            text        0         2        2
        """
        check_is_fitted(self)
        pd = import_extra("pandas", "pandas", "TabularEncoder.describe")
        outputs = Counter(place for place, _ in self._model.labels)
        return pd.DataFrame(
            {
                "kind": own.kind,
                "read as": own.how,
                "missing": own.n_missing,
                "distinct": own.n_distinct,
                "columns": outputs[place],
                "dropped": own.reason_to_drop,
            }
            for place, own in enumerate(self._model.columns)
        ).set_index(pd.Index([own.name for own in self._model.columns], name="column"))

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Return the names of the columns of the output.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Must be equal to `feature_names_in_` if it exists; otherwise the names of the columns.

        Returns
        -------
        names : ndarray of shape (n_features_out,), dtype object
            The names: "age" (scaled), "age_missing", "born_year", "city_Paris",
            "city_infrequent", "city_missing", "city_target", "age_bin0".

        Raises
        ------
        NotFittedError
            If the encoder is not fitted.
        ValueError
            If `input_features` are not those of `fit`, or their number differs.
        """
        check_is_fitted(self)
        names = self._names(input_features)
        return _distinct([f"{names[place]}{ending}" for place, ending in self._model.labels])

    def __sklearn_is_fitted__(self) -> bool:
        return self._model is not None

    @fitted_property
    def kinds_(self) -> dict[str, str]:
        """Kind of each column that is encoded."""
        return self._model.kinds

    @fitted_property
    def dropped_(self) -> dict[str, str]:
        """Dropped columns, with the reasons."""
        return self._model.dropped

    @fitted_property
    def n_compact_(self) -> int:
        """Number of columns of the compact encoding."""
        return self._model.n_compact

    def _fit(
        self,
        X: Table,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> tuple[Table | Partitions, np.ndarray | slice, np.ndarray, RowHash]:
        """Fit; return the validated table, the training rows, and their means and hashes."""
        parameters = read_by(ENCODER_RULES, self)
        X = self._check(X, reset=True)
        if isinstance(X, Partitions):
            drawn, sample = X.draw(
                parameters["random_state"], y=y, sample_weight=sample_weight, groups=groups
            )
            _, rows, means, hashes = self._fit(**sample)
            return X, drawn[rows], means, hashes
        training, rows = _training(X, y, sample_weight, groups)
        self._model, means, hashes = fit_plan(training, self._names(), parameters)
        return X, rows, means, hashes

    def _check(self, X: Table, reset: bool) -> Table | Partitions:
        """Return the table as an array, a DataFrame or partitions, after checking its features."""
        if in_partitions(X):
            X = Partitions(X, self)
            self._check_features(X.head, reset)
            return X
        X = as_table(X)
        if all(hasattr(X, name) for name in ("shape", "columns", "dtypes")):  # a DataFrame
            check_array(np.broadcast_to(np.int8(0), X.shape), estimator=self)
        else:
            if not (hasattr(X, "__array__") or sparse.issparse(X)):
                X = np.array(X, dtype=object)
            X = check_array(X, dtype=None, ensure_all_finite=False, estimator=self, input_name="X")
        self._check_features(X, reset)
        return X

    def _check_features(self, X: Table, reset: bool) -> None:
        """Check the number and the names of the columns, or store them."""
        check_distinct_names(getattr(X, "columns", ()))
        if reset:
            self._other_names: list | None = other_names(X)
        else:
            check_other_names(X, self._other_names)
        validate_data(self, X, reset=reset, skip_check_array=True)

    def _names(self, input_features: ArrayLike | None = None) -> list[str]:
        """Return the names of the columns of the table as strings."""
        names = feature_names_in(self, input_features)
        if input_features is None and self._other_names is not None:
            names = self._other_names
        return [str(name) for name in names]

    def _encode(
        self, X: Table | Partitions, rows: np.ndarray | slice, means: np.ndarray
    ) -> np.ndarray:
        """Encode a table, with the given mean targets for some rows."""
        if isinstance(X, Partitions):
            encode = copy(self)._encode_part  # a later fit does not change it
            return X.map(encode, len(self._model.labels), rows, means)
        return self._encode_table(X, rows, means).toarray()

    def _encode_table(
        self, X: Table, rows: np.ndarray | slice, means: np.ndarray
    ) -> PiecewiseTable:
        table = self._model.encode(X)
        table.dense[rows, table.n_dense - means.shape[1] :] = means
        return table

    def _encode_blocks(self, X: Table, n_rows: int) -> Iterator[PiecewiseTable]:
        """Validate a table, and yield the encoding of `n_rows` rows at a time."""
        X = self._check(X, reset=False)
        yield from self._model.encode_blocks(X, n_rows)

    def _encode_part(self, X: Table, rows: np.ndarray, means: np.ndarray) -> np.ndarray:
        """Validate and encode a partition."""
        return self._encode(self._check(X, reset=False), rows, means)


def _training(
    X: Table,
    y: ArrayLike | None,
    sample_weight: ArrayLike | None,
    groups: ArrayLike | None,
) -> tuple[TrainingRows, np.ndarray | slice]:
    """Return the rows of nonzero weight, and their indices."""
    n_samples = num_samples(X)
    weight, _ = check_weights(sample_weight, None, None, range(n_samples))
    if y is not None:
        check_consistent_length(X, y)
    groups = check_groups(groups, n_samples, weight)
    rows, weight, X, y, groups = rows_that_count(weight, X, y, groups)
    return TrainingRows(X, y, weight, groups), rows


def _distinct(names: list[str]) -> np.ndarray:
    """Return the names, with underscores added until all are distinct."""
    seen: set[str] = set()
    for i, name in enumerate(names):
        while name in seen:
            name += "_"
        seen.add(name)
        names[i] = name
    return np.array(names, dtype=object)
