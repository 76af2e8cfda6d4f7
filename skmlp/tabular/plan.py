"""The plan of an encoder: how each column of a table is encoded."""

import math
from collections import Counter
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import gen_batches

from skmlp.estimator.columns import column_of
from skmlp.estimator.messages import warn
from skmlp.network.piecewise import PiecewiseColumns, PiecewiseTable
from skmlp.tabular.categories import OneHot, TargetMeans, fit_means, fit_one_hot, read_target
from skmlp.tabular.cells import texts_of_cells
from skmlp.tabular.column_kinds import infer_reader, rows_of
from skmlp.tabular.copies import RowHash, find_copies
from skmlp.tabular.dates import date_parts
from skmlp.tabular.index_columns import is_index
from skmlp.tabular.number_codes import are_codes, could_be_codes
from skmlp.tabular.number_texts import PLAIN
from skmlp.tabular.numbers import Distribution, Numbers, clip_extremes, distribution, fit_numbers
from skmlp.tabular.readers import CODES, CategoryReader, DateReader, NumberReader, TextReader
from skmlp.tabular.texts import TextEncoding, fit_text

__all__ = ["Plan", "TrainingRows", "fit_plan"]

BLOCK = 2**20  # number of values of a table to encode at a time


class TrainingRows:
    """The rows that a plan is fitted on.

    Parameters
    ----------
    X : ndarray or data frame of shape (n_samples, n_features)
        The table.
    y : array-like of shape (n_samples,) or None
        Classes, or a regression target.
    weight : ndarray of shape (n_samples,) or None
        Weight of each row, above 0; None gives every row the weight 1.
    groups : ndarray of shape (n_samples,), dtype int, or None
        Groups of rows, which cross-fitting does not split.
    """

    def __init__(self, X, y, weight, groups):
        self.X = X
        self.y = y
        self.weight = weight
        self.groups = groups

    @cached_property
    def target(self):
        """The Target for target encoding, or None; it is checked when it is first needed."""
        return None if self.y is None else read_target(self.y)

    @cached_property
    def has_one_target(self):
        """Whether there is exactly one target."""
        return self.y is not None and np.asarray(self.y).size == len(self.X)

    @property
    def total_weight(self):
        """The total weight of all rows."""
        return len(self.X) if self.weight is None else self.weight.sum()


class Source(NamedTuple):
    """A column of the table, its reader, and the suffixes of the names of its encoded columns."""

    place: int
    name: str
    reader: NumberReader | DateReader | CategoryReader | TextReader
    endings: list

    @property
    def kind(self):
        """The kind of the column."""
        return self.reader.kind

    def read(self, X):
        """Read the column from a table."""
        return self.reader.read(column_of(X, self.place), self.name)


class Found(NamedTuple):
    """Numbers of missing and distinct values of a column, and the reason if it is dropped."""

    n_missing: int
    n_distinct: int
    reason_to_drop: str = ""

    def dropped(self, reason):
        """Return a copy with a reason to drop the column."""
        return self._replace(reason_to_drop=reason)


class ColumnSummary(NamedTuple):
    """The description of a column of the table: its kind, how it is read, its values."""

    name: str
    kind: str
    how: str
    n_missing: int
    n_distinct: int
    reason_to_drop: str


class TextColumns(NamedTuple):
    """Categorical columns with a common encoder, or a column of free text; and their output."""

    sources: list
    encoder: OneHot | TargetMeans | TextEncoding
    output: slice


class Block(NamedTuple):
    """Some rows of a table, and the values of columns that were read as a whole, by index."""

    X: Any
    read: dict
    is_first: bool


class Plan(NamedTuple):
    """How each column of a table is encoded.

    Attributes
    ----------
    numbers : Numbers
        The encoding of all numbers.
    number_sources : list of Source
        The columns that they are computed from.
    text_columns : list of TextColumns
        The categorical columns with one-hot encoding, those of free text, and the categorical
        columns with target encoding.
    labels : list of (int, str)
        For each column of the output, the index of its source, and the suffix of its name.
    n_compact : int
        Number of columns before the piecewise linear ones.
    columns : list of ColumnSummary
        The description of each column of the table.
    dropped : dict from str to str
        Dropped columns, with the reasons.
    """

    numbers: Numbers
    number_sources: list
    text_columns: list
    labels: list
    n_compact: int
    columns: list
    dropped: dict

    @property
    def kinds(self):
        """The kinds of the columns that are not dropped, by name."""
        return {own.name: own.kind for own in self.columns if own.name not in self.dropped}

    def encode(self, X):
        """Encode a table as a PiecewiseTable in float32."""
        table = self._new_table(len(X))
        n_rows = 1 + BLOCK // X.shape[1]
        for rows, block in zip(gen_batches(len(X), n_rows), self._blocks(X, n_rows), strict=True):
            self._encode_block(block, table[rows])
        return table

    def encode_blocks(self, X, n_rows):
        """Yield the encoding of a table, `n_rows` rows at a time."""
        for block in self._blocks(X, n_rows):
            table = self._new_table(len(block.X))
            self._encode_block(block, table)
            yield table

    def _new_table(self, n_rows):
        """Return a table whose rows are not encoded yet."""
        # Unpickled arrays can be unaligned, which compiled functions refuse.
        columns = PiecewiseColumns(
            *(np.require(a, requirements=["C", "A"]) for a in self.numbers.piecewise)
        )
        n_values = self.n_compact + len(columns.n_columns)
        return PiecewiseTable(np.empty((n_rows, n_values), dtype=np.float32), columns)

    def _blocks(self, X, n_rows):
        """Yield the table in blocks of rows.

        Decisions that need all cells of a column do not depend on the blocks: columns that may be
        text are read as a whole, and the categories of the first block are compared with those of
        `fit`.
        """
        read = {
            source.place: source.read(X)
            for source in self.number_sources
            if _can_be_text(column_of(X, source.place))
        }
        for rows in gen_batches(len(X), n_rows):
            own = {place: values[rows] for place, values in read.items()}
            yield Block(rows_of(X, rows), own, is_first=rows.start == 0)

    def _encode_block(self, block, table):
        """Encode some rows, into a view of their part of a table."""
        compact, positions = table.dense, table.positions
        self.numbers.encode(
            self._read_numbers(block), compact[:, : self.numbers.n_scaled], positions
        )
        texts = self._read_texts(block)
        for sources, encoder, output in self.text_columns:
            compact[:, output] = encoder.encode([texts[source.place] for source in sources])

    def _read_texts(self, block):
        """Return the categorical and free-text columns, by their indices in the table."""
        sources = {own.place: own for columns in self.text_columns for own in columns.sources}
        texts = {place: source.read(block.X) for place, source in sources.items()}
        if block.is_first:
            for place, source in sources.items():
                if source.kind == "category":
                    column = column_of(block.X, place)
                    source.reader.check_known(texts[place], column, source.name)
        return texts

    def _read_numbers(self, block):
        X, read, _ = block
        names = [source.name for source in self.number_sources for _ in source.endings]
        if not read and self._is_numeric_table(X):
            places = [source.place for source in self.number_sources]
            table = X if isinstance(X, np.ndarray) else X.to_numpy(dtype=np.float64)
            N = table.take(np.array(places, dtype=np.intp), axis=1).astype(np.float64, copy=False)
            return clip_extremes(N, names)
        N = np.empty((len(X), len(names)))
        columns = iter(N.T)
        for source in self.number_sources:
            values = read[source.place] if source.place in read else source.read(X)
            parts = _parts(source.kind, values)
            for ending in source.endings:
                next(columns)[:] = parts[ending]
        return clip_extremes(N, names)

    def _is_numeric_table(self, X):
        """Check whether the table can be read as one array, which is much faster for few rows."""
        dtypes = [X.dtype] if isinstance(X, np.ndarray) else X.dtypes
        return all(
            isinstance(dtype, np.dtype) and dtype.kind in "biuf" for dtype in dtypes
        ) and all(
            isinstance(source.reader, NumberReader) and source.reader.takes_any_number
            for source in self.number_sources
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
        The last compact columns of the training rows: cross-fitted mean targets.
    rows : RowHash
        A hash of each row, over the columns that are not dropped.

    Raises
    ------
    ValueError
        If no column varies.
    """
    builder = _PlanBuilder(training, parameters)
    for place, name in enumerate(names):
        builder.add(place, name)
    if len(builder.dropped) == len(names):
        raise ValueError(
            f"X has no column to learn from in its rows (n_samples = {len(training.X)}): "
            f"{builder.dropped}."
        )
    return builder.build()


class _Number(NamedTuple):
    """A numeric column of a source; a date has several."""

    place: int
    ending: str
    values: Distribution
    has_indicator: bool


class _CategoryColumn(NamedTuple):
    """A categorical column as texts, None if missing, and its encoding."""

    source: Source
    texts: list
    one_hot: bool
    by_target: bool


class _PlanBuilder:
    """Builder of a plan, column by column."""

    def __init__(self, training, parameters):
        self.training = training
        self.parameters = parameters
        self.min_frequency = parameters["min_frequency"]
        if parameters["min_frequency"] == "auto":
            self.min_frequency = min(10, math.ceil(len(training.X) / 100))
        self.columns, self.dropped = [], {}
        self.sources, self.numbers = [], []  # sources of numbers
        self.categories, self.texts = [], []
        self.rows = RowHash(len(training.X))

    def add(self, place, name):
        """Infer how to read a column, and plan its encoding."""
        reader, values = infer_reader(column_of(self.training.X, place), name)
        add = {"category": self._add_categories, "text": self._add_text}.get(
            reader.kind, self._add_numbers
        )
        found = add(Source(place, name, reader, endings=[]), values)
        self.columns.append(ColumnSummary(name, reader.kind, reader.how, *found))
        if found.reason_to_drop:
            self.dropped[name] = found.reason_to_drop
        else:
            self.rows.add(values)

    def _are_codes(self, source, values):
        is_plain = source.kind == "number" and source.reader.format == PLAIN
        if not (is_plain and self.training.has_one_target and could_be_codes(values)):
            return False
        target = self.training.target
        is_class = target is not None and target.kind != "continuous"
        return is_class and are_codes(values, target.values)

    def _add_categories(self, source, texts):
        """Plan the encoding of a categorical column."""
        counts = Counter(texts)
        found = Found(counts[None], len(counts) - (None in counts))
        if len(counts) == 1:
            return found.dropped("all missing" if None in counts else "constant")
        one_hot = max(counts.values()) >= self.min_frequency
        by_target = (
            len(counts) > self.parameters["max_categories"] and self.training.target is not None
        )
        if not one_hot and not by_target:
            return found.dropped("each category is rare")
        source = source._replace(reader=source.reader.with_categories(counts))
        self.categories.append(_CategoryColumn(source, texts, one_hot, by_target))
        return found

    def _add_text(self, source, texts):
        """Plan the encoding of a column of free text."""
        counts = Counter(texts)
        if not self.parameters["n_text_components"]:
            sample = next(text for text in texts if text is not None)
            raise ValueError(
                f"Column {source.name!r} of X holds free text, such as {sample[:80]!r}, and "
                "n_text_components=0 does not allow it: set n_text_components, or drop the column."
            )
        self.texts.append((source, texts))
        return Found(counts[None], len(counts) - (None in counts))

    def _add_numbers(self, source, values):
        """Plan the encoding of a numeric column."""
        parts = _parts(source.kind, values)
        known = ~np.isnan(next(iter(parts.values())))
        n_missing = len(known) - int(np.count_nonzero(known))
        if not known.any():
            return Found(n_missing, 0, "all missing")
        known = known if n_missing else slice(None)
        weight = None if self.training.weight is None else self.training.weight[known]
        numbers: list[_Number] = []
        for ending, part in parts.items():
            part_values = distribution(
                clip_extremes(part[known, None], [source.name])[:, 0], weight
            )
            has_indicator = n_missing > 0 and not numbers  # the parts of a date share one
            if part_values.varies or has_indicator:
                numbers.append(_Number(source.place, ending, part_values, has_indicator))
        found = Found(n_missing, len(part_values.values))  # the last part of a date is in seconds
        if not numbers:
            return found.dropped("constant")
        if self._is_index(source, values, n_missing):
            return found.dropped("index")
        self.numbers += numbers
        self.sources.append(source._replace(endings=[n.ending for n in numbers]))
        if self._are_codes(source, values):
            texts = texts_of_cells(column_of(self.training.X, source.place), source.name)
            self._add_categories(source._replace(reader=CategoryReader(CODES)), texts)
        return found

    def _is_index(self, source, values, n_missing):
        """Check whether a column numbers the rows; if so, warn. Numeric arrays are not checked."""
        X = self.training.X
        is_matrix = isinstance(X, np.ndarray) and X.dtype != object
        if is_matrix or X.shape[1] == 1 or source.kind != "number" or n_missing:
            return False
        if not is_index(source.name, values, source.reader.integers):
            return False
        warn(
            f"Column {source.name!r} of X is dropped, since it numbers the rows: it holds "
            "distinct integers in order, or has such a name. Drop it yourself to avoid this "
            "warning, for example with pandas.read_csv(index_col=0); to keep it, rename it and "
            "convert it to floats."
        )
        return True

    def build(self):
        """Return the results of `fit_plan`, for all columns that were added."""
        numbers = fit_numbers(
            [number.values for number in self.numbers],
            [number.has_indicator for number in self.numbers],
            self.parameters["n_bins"],
            self.training.total_weight,
            len(self.training.X),
        )
        labels = [(self.numbers[i].place, self.numbers[i].ending) for i in numbers.varying]
        labels += [(self.numbers[i].place, "_missing") for i in numbers.with_missing]
        text_columns, means = self._fit_texts(labels)
        n_compact = len(labels)
        for i, n_bins in zip(numbers.with_piecewise, numbers.piecewise.n_columns, strict=True):
            number = self.numbers[i]
            labels += [(number.place, f"{number.ending}_bin{k}") for k in range(n_bins)]
        plan = Plan(
            numbers, self.sources, text_columns, labels, n_compact, self.columns, self.dropped
        )
        return plan, means, self.rows

    def _fit_texts(self, labels):
        """Fit the encoders of texts; return them and the mean targets, and extend the labels."""
        columns, means = [], np.empty((len(self.training.X), 0))
        if one_hot := [column for column in self.categories if column.one_hot]:
            texts = [column.texts for column in one_hot]
            encoder = fit_one_hot(texts, self.min_frequency, self.parameters["max_categories"])
            columns.append(_lay_out([own.source for own in one_hot], encoder, labels))
        for source, texts in self.texts:
            encoding = fit_text(
                texts, self.parameters["n_text_components"], self.parameters["random_state"]
            )
            columns.append(_lay_out([source], encoding, labels))
        if by_target := [column for column in self.categories if column.by_target]:
            encoder, means = self._fit_means([column.texts for column in by_target])
            columns.append(_lay_out([own.source for own in by_target], encoder, labels))
        return columns, means

    def _fit_means(self, texts):
        """Return the target encoder, and the cross-fitted mean targets of all rows."""
        target, groups = self.training.target, self.training.groups
        copies = find_copies(self.rows, target.values) if groups is None else None
        if copies is None:
            return fit_means(texts, target, self.parameters["random_state"], groups)
        texts = [[column[i] for i in copies.first] for column in texts]
        target = target._replace(values=target.values[copies.first])
        encoder, means = fit_means(texts, target, self.parameters["random_state"])
        return encoder, means[copies.inverse]


def _lay_out(sources, encoder, labels):
    """Return columns with their encoder, and append their labels."""
    start = len(labels)
    for source, endings in zip(sources, encoder.labels, strict=True):
        labels += [(source.place, f"_{ending}") for ending in endings]
    return TextColumns(sources, encoder, slice(start, len(labels)))


def _can_be_text(column):
    return not isinstance(column.dtype, np.dtype) or column.dtype.kind not in "biufmM"


def _parts(kind, values):
    """Return the numeric parts of a column, by the suffixes of their names."""
    if kind != "date":
        return {"": values}
    return {f"_{name}": part for name, part in date_parts(values).items()}
