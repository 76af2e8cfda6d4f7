"""What becomes of each column of a table."""

import math
from collections import Counter
from functools import cached_property
from typing import NamedTuple

import numpy as np
from sklearn.utils import gen_batches

from skmlp.estimator.columns import column_of
from skmlp.tabular.categories import OneHot, TargetMeans, fit_means, fit_one_hot, read_target
from skmlp.tabular.columns import expect, rows_of, understand
from skmlp.tabular.dates import date_parts
from skmlp.tabular.numbers import Numbers, distribution, fit_numbers, moderate

__all__ = ["Plan", "TrainingRows", "fit_plan"]

BLOCK = 2**20  # values of a table that are encoded at a time


class TrainingRows:
    """What a plan is made from.

    Parameters
    ----------
    X : ndarray or data frame of shape (n_samples, n_features)
        The table.
    y : array-like of shape (n_samples,) or None
        Classes, or numbers to predict.
    weight : ndarray of shape (n_samples,) or None
        Weight of each row, above 0; None where all count the same.
    """

    def __init__(self, X, y, weight):
        self.X = X
        self.y = y
        self.weight = weight

    @cached_property
    def target(self):
        """What to encode many categories by, a Target or None; checked if there are many."""
        return None if self.y is None else read_target(self.y)

    @property
    def total_weight(self):
        """The total weight of all rows."""
        return len(self.X) if self.weight is None else self.weight.sum()


class Source(NamedTuple):
    """A column of the table; numbers made of it have these endings of its name."""

    place: int
    name: str
    kind: str
    endings: list


class CategoryColumns(NamedTuple):
    """Columns of categories that are encoded alike, and the columns of the output made of them."""

    sources: list
    encoder: OneHot | TargetMeans
    output: slice


class Plan(NamedTuple):
    """What becomes of each column of a table.

    Attributes
    ----------
    numbers : Numbers
        What becomes of all numbers.
    number_sources : list of Source
        The columns that they are made of.
    category_columns : list of CategoryColumns
        The columns of categories that are encoded one-hot, and those that are by the target.
    labels : list of (int, str)
        For each column of the output, the place of its source, and how its name goes on.
    n_plain : int
        How many columns come before the piecewise linear ones.
    kinds, dropped : dict from str to str
        What the columns hold, and why others are left out.
    """

    numbers: Numbers
    number_sources: list
    category_columns: list
    labels: list
    n_plain: int
    kinds: dict
    dropped: dict

    def encode(self, X):
        """Give a table as numbers, in float32."""
        Z = np.empty((len(X), len(self.labels)), dtype=np.float32)
        for rows in gen_batches(len(X), 1 + BLOCK // X.shape[1]):
            self._encode_block(rows_of(X, rows), Z[rows])
        return Z

    def _encode_block(self, X, Z):
        self.numbers.encode(
            self._read_numbers(X), Z[:, : self.numbers.n_plain], Z[:, self.n_plain :]
        )
        for sources, encoder, output in self.category_columns:
            texts = [expect("category", column_of(X, s.place), s.name) for s in sources]
            Z[:, output] = encoder.encode(texts)

    def _read_numbers(self, X):
        names = [source.name for source in self.number_sources for _ in source.endings]
        if self._is_plain(X):
            places = [source.place for source in self.number_sources]
            table = X if isinstance(X, np.ndarray) else X.to_numpy(dtype=np.float64)
            N = table.take(np.array(places, dtype=np.intp), axis=1).astype(np.float64, copy=False)
            return moderate(N, names)
        N = np.empty((len(X), len(names)))
        columns = iter(N.T)
        for source in self.number_sources:
            values = expect(source.kind, column_of(X, source.place), source.name)
            parts = _parts(source.kind, values)
            for ending in source.endings:
                next(columns)[:] = parts[ending]
        return moderate(N, names)

    def _is_plain(self, X):
        """Answer whether its numbers can be read at once, which is much faster for few rows."""
        kinds = {source.kind for source in self.number_sources}
        dtypes = [X.dtype] if isinstance(X, np.ndarray) else X.dtypes
        return kinds <= {"number", "boolean"} and all(
            isinstance(dtype, np.dtype) and dtype.kind in "biuf" for dtype in dtypes
        )


def fit_plan(training, names, p):
    """Find out what the columns of a table hold, and what becomes of them.

    Parameters
    ----------
    training : TrainingRows
        The table.
    names : list of str
        The names of its columns.
    p : SimpleNamespace
        The parameters of the encoder.

    Returns
    -------
    plan : Plan
        What `Plan.encode` needs.
    means : ndarray of shape (n_samples, n_means), dtype float64
        The last of the plain columns, for `training`: means of the target over other folds.

    Raises
    ------
    ValueError
        If no column can be learned from.
    """
    draft = _Draft(training, p)
    for place, name in enumerate(names):
        draft.add(place, name)
    if not draft.kinds:
        raise ValueError(
            f"X has no column to learn from over its rows (n_samples = {len(training.X)}): "
            f"{draft.dropped}."
        )
    return draft.conclude()


class _Draft:
    """A plan that is made column by column."""

    def __init__(self, training, p):
        self.training = training
        self.p = p
        self.min_frequency = p.min_frequency
        if p.min_frequency == "auto":
            self.min_frequency = min(10, math.ceil(len(training.X) / 100))
        self.kinds, self.dropped = {}, {}
        self.number_sources, self.distributions, self.holes = [], [], []
        self.texts, self.frequent, self.many = {}, [], []

    def add(self, place, name):
        """Find out what a column holds, and plan for it."""
        kind, values = understand(column_of(self.training.X, place), name)
        add = self._add_categories if kind == "category" else self._add_numbers
        reason = add(Source(place, name, kind, []), values)
        if reason is None:
            self.kinds[name] = kind
        else:
            self.dropped[name] = reason

    def _add_categories(self, source, values):
        """Plan for a column of categories; answer why there is nothing to plan, if so."""
        counts = Counter(values)
        if len(counts) == 1:
            return "all missing" if None in counts else "constant"
        frequent = max(counts.values()) >= self.min_frequency
        many = len(counts) > self.p.max_categories and self.training.target is not None
        if not frequent and not many:
            return "each category is rare"
        self.texts[source.place] = values
        if frequent:
            self.frequent.append(source)
        if many:
            self.many.append(source)
        return None

    def _add_numbers(self, source, values):
        """Plan for a column of numbers; answer why there is nothing to plan, if so."""
        parts = _parts(source.kind, values)
        known = ~np.isnan(next(iter(parts.values())))
        if not known.any():
            return "all missing"
        has_holes = not known.all()
        known = known if has_holes else slice(None)
        weight = None if self.training.weight is None else self.training.weight[known]
        for ending, part in parts.items():
            column = distribution(moderate(part[known, None], [source.name])[:, 0], weight)
            tells_of_holes = has_holes and not source.endings
            if column.varies or tells_of_holes:
                self.holes.append(tells_of_holes)
                source.endings.append(ending)
                self.distributions.append(column)
        if not source.endings:
            return "constant"
        self.number_sources.append(source)
        return None

    def conclude(self):
        """Give the plan for all columns that were added."""
        numbers = fit_numbers(
            self.distributions,
            self.holes,
            self.p.n_bins,
            self.training.total_weight,
            len(self.training.X),
        )
        of_numbers = [
            (source.place, ending) for source in self.number_sources for ending in source.endings
        ]
        labels = [of_numbers[i] for i in numbers.varying]
        labels += [(of_numbers[i][0], "_missing") for i in numbers.with_holes]
        category_columns, means = [], np.empty((len(self.training.X), 0))
        if self.frequent:
            texts = [self.texts[source.place] for source in self.frequent]
            one_hot = fit_one_hot(texts, self.min_frequency, self.p.max_categories)
            category_columns.append(_lay_out(self.frequent, one_hot, labels))
        if self.many:
            texts = [self.texts[source.place] for source in self.many]
            by_target, means = fit_means(texts, self.training.target, self.p.random_state)
            category_columns.append(_lay_out(self.many, by_target, labels))
        n_plain = len(labels)
        for (place, ending), n_ramps in zip(of_numbers, numbers.n_ramps, strict=True):
            labels += [(place, f"{ending}_bin{k}") for k in range(n_ramps)]
        plan = Plan(
            numbers,
            self.number_sources,
            category_columns,
            labels,
            n_plain,
            self.kinds,
            self.dropped,
        )
        return plan, means


def _lay_out(sources, encoder, labels):
    """Add the labels of the columns that are made of some sources to those before."""
    start = len(labels)
    for source, endings in zip(sources, encoder.labels, strict=True):
        labels += [(source.place, f"_{ending}") for ending in endings]
    return CategoryColumns(sources, encoder, slice(start, len(labels)))


def _parts(kind, values):
    """Give the numbers of a column, by what they add to its name."""
    if kind != "date":
        return {"": values}
    return {f"_{name}": part for name, part in date_parts(values).items()}
