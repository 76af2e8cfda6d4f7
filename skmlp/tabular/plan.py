"""The plan of an encoder: how each column of a table is encoded."""

import math
from collections import Counter
from functools import cached_property
from typing import NamedTuple

import numpy as np
from sklearn.utils import gen_batches

from skmlp.estimator.columns import column_of
from skmlp.tabular.categories import OneHot, TargetMeans, fit_means, fit_one_hot, read_target
from skmlp.tabular.column_kinds import infer_kind, read_as, rows_of
from skmlp.tabular.copies import RowHash, find_copies
from skmlp.tabular.dates import date_parts
from skmlp.tabular.numbers import Distribution, Numbers, clip_extremes, distribution, fit_numbers

__all__ = ["Plan", "TrainingRows", "fit_plan"]

BLOCK = 2**20  # values of a table that are encoded at a time


class TrainingRows:
    """The rows that a plan is fitted on.

    Parameters
    ----------
    X : ndarray or data frame of shape (n_samples, n_features)
        The table.
    y : array-like of shape (n_samples,) or None
        Classes, or numbers to predict.
    weight : ndarray of shape (n_samples,) or None
        Weight of each row, above 0; None counts every row once.
    groups : ndarray of shape (n_samples,), dtype int, or None
        Groups of rows, which cross-fitting never splits.
    """

    def __init__(self, X, y, weight, groups):
        self.X = X
        self.y = y
        self.weight = weight
        self.groups = groups

    @cached_property
    def target(self):
        """The Target to encode many categories by, or None; checked where it is first needed."""
        return None if self.y is None else read_target(self.y)

    @property
    def total_weight(self):
        """The total weight of all rows."""
        return len(self.X) if self.weight is None else self.weight.sum()


class Source(NamedTuple):
    """A column of the table, and the endings of the names of the numbers made of it."""

    place: int
    name: str
    kind: str
    endings: list


class CategoryColumns(NamedTuple):
    """Columns of categories that share an encoder, and their columns of the output."""

    sources: list
    encoder: OneHot | TargetMeans
    output: slice


class Plan(NamedTuple):
    """How each column of a table is encoded.

    Attributes
    ----------
    numbers : Numbers
        The encoding of all numbers.
    number_sources : list of Source
        The columns that they are made of.
    category_columns : list of CategoryColumns
        The columns of categories with one-hot encoding, and those with target encoding.
    labels : list of (int, str)
        For each column of the output, the place of its source, and the ending of its name.
    n_compact : int
        Number of columns before the piecewise linear ones.
    kinds, dropped : dict from str to str
        The kinds of the columns, and the reasons why others are dropped.
    """

    numbers: Numbers
    number_sources: list
    category_columns: list
    labels: list
    n_compact: int
    kinds: dict
    dropped: dict

    def encode(self, X):
        """Return a table as numbers, in float32."""
        Z = np.empty((len(X), len(self.labels)), dtype=np.float32)
        for rows in gen_batches(len(X), 1 + BLOCK // X.shape[1]):
            self._encode_block(rows_of(X, rows), Z[rows])
        return Z

    def _encode_block(self, X, Z):
        scaled, piecewise = Z[:, : self.numbers.n_scaled], Z[:, self.n_compact :]
        self.numbers.encode(self._read_numbers(X), scaled, piecewise)
        for sources, encoder, output in self.category_columns:
            texts = [read_as("category", column_of(X, s.place), s.name) for s in sources]
            Z[:, output] = encoder.encode(texts)

    def _read_numbers(self, X):
        names = [source.name for source in self.number_sources for _ in source.endings]
        if self._is_numeric_table(X):
            places = [source.place for source in self.number_sources]
            table = X if isinstance(X, np.ndarray) else X.to_numpy(dtype=np.float64)
            N = table.take(np.array(places, dtype=np.intp), axis=1).astype(np.float64, copy=False)
            return clip_extremes(N, names)
        N = np.empty((len(X), len(names)))
        columns = iter(N.T)
        for source in self.number_sources:
            values = read_as(source.kind, column_of(X, source.place), source.name)
            parts = _parts(source.kind, values)
            for ending in source.endings:
                next(columns)[:] = parts[ending]
        return clip_extremes(N, names)

    def _is_numeric_table(self, X):
        """Check whether all columns can be read at once, which is much faster for few rows."""
        kinds = {source.kind for source in self.number_sources}
        dtypes = [X.dtype] if isinstance(X, np.ndarray) else X.dtypes
        return kinds <= {"number", "boolean"} and all(
            isinstance(dtype, np.dtype) and dtype.kind in "biuf" for dtype in dtypes
        )


def fit_plan(training, names, parameters):
    """Infer the kinds of the columns of a table, and fit their encoding.

    Parameters
    ----------
    training : TrainingRows
        The table.
    names : list of str
        The names of its columns.
    parameters : dict
        The parameters of the encoder.

    Returns
    -------
    plan : Plan
        The plan.
    means : ndarray of shape (n_samples, n_means), dtype float64
        The last of the compact columns for `training`: cross-fitted means of the target.
    rows : RowHash
        A number for each row, by the columns that are not dropped.

    Raises
    ------
    ValueError
        If no column varies.
    """
    builder = _PlanBuilder(training, parameters)
    for place, name in enumerate(names):
        builder.add(place, name)
    if not builder.kinds:
        raise ValueError(
            f"X has no column to learn from over its rows (n_samples = {len(training.X)}): "
            f"{builder.dropped}."
        )
    return builder.build()


class _Number(NamedTuple):
    """A column of numbers that is made of a source, of a date one of several."""

    place: int
    ending: str
    values: Distribution
    has_indicator: bool


class _CategoryColumn(NamedTuple):
    """A column of categories, as texts, None where missing, and how it is encoded."""

    source: Source
    texts: list
    one_hot: bool
    by_target: bool


class _PlanBuilder:
    """Makes a plan, column by column."""

    def __init__(self, training, parameters):
        self.training = training
        self.parameters = parameters
        self.min_frequency = parameters["min_frequency"]
        if parameters["min_frequency"] == "auto":
            self.min_frequency = min(10, math.ceil(len(training.X) / 100))
        self.kinds, self.dropped = {}, {}
        self.sources, self.numbers, self.categories = [], [], []  # sources of numbers
        self.rows = RowHash(len(training.X))

    def add(self, place, name):
        """Infer the kind of a column, and plan its encoding."""
        kind, values = infer_kind(column_of(self.training.X, place), name)
        add = self._add_categories if kind == "category" else self._add_numbers
        reason_to_drop = add(Source(place, name, kind, endings=[]), values)
        if reason_to_drop is None:
            self.kinds[name] = kind
            self.rows.add(values)
        else:
            self.dropped[name] = reason_to_drop

    def _add_categories(self, source, texts):
        """Plan the encoding of a column of categories; return the reason where it is dropped."""
        counts = Counter(texts)
        if len(counts) == 1:
            return "all missing" if None in counts else "constant"
        one_hot = max(counts.values()) >= self.min_frequency
        by_target = (
            len(counts) > self.parameters["max_categories"] and self.training.target is not None
        )
        if not one_hot and not by_target:
            return "each category is rare"
        self.categories.append(_CategoryColumn(source, texts, one_hot, by_target))
        return None

    def _add_numbers(self, source, values):
        """Plan the encoding of a column of numbers; return the reason where it is dropped."""
        parts = _parts(source.kind, values)
        known = ~np.isnan(next(iter(parts.values())))
        if not known.any():
            return "all missing"
        has_missing = not known.all()
        known = known if has_missing else slice(None)
        weight = None if self.training.weight is None else self.training.weight[known]
        numbers: list[_Number] = []
        for ending, part in parts.items():
            values = distribution(clip_extremes(part[known, None], [source.name])[:, 0], weight)
            has_indicator = has_missing and not numbers  # one for all parts of a date
            if values.varies or has_indicator:
                numbers.append(_Number(source.place, ending, values, has_indicator))
        if not numbers:
            return "constant"
        self.numbers += numbers
        self.sources.append(source._replace(endings=[n.ending for n in numbers]))
        return None

    def build(self):
        """Return what `fit_plan` does, for all columns that were added."""
        numbers = fit_numbers(
            [number.values for number in self.numbers],
            [number.has_indicator for number in self.numbers],
            self.parameters["n_bins"],
            self.training.total_weight,
            len(self.training.X),
        )
        labels = [(self.numbers[i].place, self.numbers[i].ending) for i in numbers.varying]
        labels += [(self.numbers[i].place, "_missing") for i in numbers.with_missing]
        categories, means = self._fit_categories(labels)
        n_compact = len(labels)
        for number, n_bins in zip(self.numbers, numbers.n_ramps, strict=True):
            labels += [(number.place, f"{number.ending}_bin{k}") for k in range(n_bins)]
        plan = Plan(numbers, self.sources, categories, labels, n_compact, self.kinds, self.dropped)
        return plan, means, self.rows

    def _fit_categories(self, labels):
        """Return the encoded columns of categories and the means, and extend the labels."""
        columns, means = [], np.empty((len(self.training.X), 0))
        if one_hot := [column for column in self.categories if column.one_hot]:
            texts = [column.texts for column in one_hot]
            encoder = fit_one_hot(texts, self.min_frequency, self.parameters["max_categories"])
            columns.append(_lay_out(one_hot, encoder, labels))
        if by_target := [column for column in self.categories if column.by_target]:
            encoder, means = self._fit_means([column.texts for column in by_target])
            columns.append(_lay_out(by_target, encoder, labels))
        return columns, means

    def _fit_means(self, texts):
        """Return the encoder of categories by the target, and the means of all rows."""
        target, groups = self.training.target, self.training.groups
        copies = find_copies(self.rows, target.values) if groups is None else None
        if copies is None:
            return fit_means(texts, target, self.parameters["random_state"], groups)
        texts = [[column[i] for i in copies.first] for column in texts]
        target = target._replace(values=target.values[copies.first])
        encoder, means = fit_means(texts, target, self.parameters["random_state"])
        return encoder, means[copies.inverse]


def _lay_out(columns, encoder, labels):
    """Return columns of categories with their encoder, and extend the labels by theirs."""
    sources, start = [column.source for column in columns], len(labels)
    for source, endings in zip(sources, encoder.labels, strict=True):
        labels += [(source.place, f"_{ending}") for ending in endings]
    return CategoryColumns(sources, encoder, slice(start, len(labels)))


def _parts(kind, values):
    """Return the numbers that are made of a column, by the endings of their names."""
    if kind != "date":
        return {"": values}
    return {f"_{name}": part for name, part in date_parts(values).items()}
