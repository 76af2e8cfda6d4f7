"""What becomes of each column of a table."""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from sklearn.utils import gen_batches

from skmlp.tabular.categories import (
    Categories,
    draw_folds,
    fit_categories,
    fit_targets,
    read_target,
)
from skmlp.tabular.columns import column_of, expect, rows_of, understand
from skmlp.tabular.dates import date_parts
from skmlp.tabular.numbers import Numbers, distribution, fit_numbers, moderate

__all__ = ["Plan", "Training", "fit_plan"]

BLOCK = 2**20  # values of a table that are encoded at a time


class Training:
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
        """What to encode many categories by, a Target; checked if there are many."""
        return read_target(self.y)

    @property
    def row_weights(self):
        """The weight of each row, 1 where all count the same."""
        return np.ones(len(self.X)) if self.weight is None else self.weight

    @property
    def total_weight(self):
        """The total weight of all rows."""
        return len(self.X) if self.weight is None else self.weight.sum()


class NumberSource(NamedTuple):
    """A column that numbers are made of: each has an ending of the column's name."""

    place: int
    name: str
    kind: str
    endings: list


class CategorySource(NamedTuple):
    """A column of categories, and the columns of the output that are made of it."""

    place: int
    name: str
    categories: Categories
    output: slice


class Plan(NamedTuple):
    """What becomes of each column of a table.

    Attributes
    ----------
    numbers : Numbers
        What becomes of all numbers.
    number_sources : list of NumberSource
        The columns that they are made of.
    category_sources : list of CategorySource
        The columns of categories.
    labels : list of (int, str)
        For each column of the output, the place of its source, and how its name goes on.
    n_plain : int
        How many columns come before the piecewise linear ones.
    kinds, dropped : dict from str to str
        What the columns hold, and why others are left out.
    """

    numbers: Numbers
    number_sources: list
    category_sources: list
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
        for source in self.category_sources:
            values = expect("category", column_of(X, source.place), source.name)
            source.categories.encode(values, Z[:, source.output])

    def _read_numbers(self, X):
        if self._is_plain(X):
            places = np.array([source.place for source in self.number_sources], dtype=np.intp)
            N = X.take(places, axis=1).astype(np.float64, copy=False)
            names = [source.name for source in self.number_sources]
        else:
            N = np.empty((len(X), len(self.numbers.median)))
            names = []
            for source in self.number_sources:
                values = expect(source.kind, column_of(X, source.place), source.name)
                parts = _parts(source.kind, values)
                for ending in source.endings:
                    N[:, len(names)] = parts[ending]
                    names.append(source.name)
        return moderate(N, names)

    def _is_plain(self, X):
        return (
            isinstance(X, np.ndarray)
            and X.dtype.kind in "biuf"
            and all(source.kind in ("number", "boolean") for source in self.number_sources)
        )

    def cross_fit(self, training, random_state, Z, rows):
        """Encode the rows trained on by the targets of others, where they are by targets."""
        sources = [s for s in self.category_sources if s.categories.targets is not None]
        if not sources:
            return
        folds = draw_folds(training.target.values, random_state)
        for place, name, categories, output in sources:
            codes = categories.find(expect("category", column_of(training.X, place), name))
            Z[rows, output.start + categories.n_one_hot : output.stop] = (
                categories.targets.cross_fitted(
                    codes, training.target.values, training.row_weights, folds
                )
            )


def fit_plan(training, names, p):
    """Find out what the columns of a table hold, and what becomes of them.

    Parameters
    ----------
    training : Training
        The table.
    names : list of str
        The names of its columns.
    p : SimpleNamespace
        The parameters of the encoder.

    Returns
    -------
    plan : Plan
        What `Plan.encode` needs.

    Raises
    ------
    ValueError
        If no column varies.
    """
    draft = _Draft(training, p)
    for place, name in enumerate(names):
        draft.add(place, name)
    if not draft.kinds:
        raise ValueError(
            f"No column of X varies over its rows (n_samples = {len(training.X)}): "
            f"{draft.dropped}. An encoder needs at least one that does."
        )
    return draft.conclude()


class _Draft:
    """A plan that is made column by column."""

    def __init__(self, training, p):
        self.training = training
        self.p = p
        self.kinds, self.dropped = {}, {}
        self.number_sources, self.distributions, self.holes = [], [], []
        self.categories = []

    def add(self, place, name):
        """Find out what a column holds, and plan for it."""
        kind, values = understand(column_of(self.training.X, place), name)
        add = self._add_categories if kind == "category" else self._add_numbers
        reason = add(NumberSource(place, name, kind, []), values)
        if reason is None:
            self.kinds[name] = kind
        else:
            self.dropped[name] = reason

    def _add_categories(self, source, values):
        """Plan for a column of categories; answer why there is nothing to plan, if so."""
        weight = self.training.row_weights
        found = fit_categories(values, weight, self.p.min_frequency, self.p.max_categories)
        if self.training.y is not None and len(found.codes) > self.p.max_categories:
            target = self.training.target.values
            found = found._replace(targets=fit_targets(found.find(values), target, weight))
        if list(found.codes) == [None]:
            return "all missing"
        if len(found.codes) == 1:
            return "constant"
        if not found.labels and found.targets is None:
            return "each category is rare"
        self.categories.append((source, found))
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
            if column.varies or (has_holes and not source.endings):
                self.holes.append(has_holes and not source.endings)
                source.endings.append(ending)
                self.distributions.append(column)
        if not source.endings:
            return "constant"
        self.number_sources.append(source)
        return None

    def conclude(self):
        """Give the plan for all columns that were added."""
        numbers = fit_numbers(
            self.distributions, self.holes, self.p.n_bins, self.training.total_weight
        )
        of_numbers = [
            (source.place, ending) for source in self.number_sources for ending in source.endings
        ]
        labels = [of_numbers[i] for i in numbers.varying]
        labels += [(of_numbers[i][0], "_missing") for i in numbers.with_holes]
        category_sources = []
        for (place, name, _, _), categories in self.categories:
            start = len(labels)
            labels += [(place, f"_{label}") for label in categories.labels]
            if categories.targets is not None:
                labels += [(place, f"_{label}") for label in self.training.target.labels]
            output = slice(start, len(labels))
            category_sources.append(CategorySource(place, name, categories, output))
        n_plain = len(labels)
        for (place, ending), n_ramps in zip(of_numbers, numbers.n_ramps, strict=True):
            labels += [(place, f"{ending}_bin{k}") for k in range(n_ramps)]
        return Plan(
            numbers,
            self.number_sources,
            category_sources,
            labels,
            n_plain,
            self.kinds,
            self.dropped,
        )


def _parts(kind, values):
    """Give the numbers of a column, by what they add to its name."""
    if kind != "date":
        return {"": values}
    return {f"_{name}": part for name, part in date_parts(values).items()}
