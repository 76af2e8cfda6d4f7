"""The encoding of a table, and the ensemble, in ONNX."""

import warnings
from itertools import groupby

import numpy as np

from skmlp.export.onnx.graph import concatenate
from skmlp.export.onnx.network import logits
from skmlp.network.piecewise import indices_within
from skmlp.tabular.base_models import BASE_MODELS
from skmlp.tabular.numbers import LARGEST
from skmlp.tabular.readers import CODES

__all__ = ["Columns", "encode", "ensemble_probabilities"]

# ONNX has no missing texts. ONNX Runtime converts missing values in an array to all but the first.
MISSING_TEXTS = ("", "None", "nan", "<NA>", "NaT")
NAT = np.iinfo(np.int64).min
MINUTE, HOUR, DAY = 60_000_000, 3_600_000_000, 86_400_000_000  # in microseconds
MISSING_CODE, UNKNOWN_CODE = -(2**62), 2**62  # no float64 nearby is a code
DAYS_OF_400_YEARS = 146_097


class Columns:
    """The columns of a table that is split into one or more matrices.

    Parameters
    ----------
    matrices : list of Value
        The matrices.
    widths : list of int
        Number of columns of each.
    """

    def __init__(self, matrices, widths):
        self.places = [
            (X, i) for X, width in zip(matrices, widths, strict=True) for i in range(width)
        ]

    def of(self, sources):
        """Return the columns of some sources, which must be in the same matrix."""
        X = self.matrix(sources[0])
        return X.columns([self.places[source.place][1] for source in sources])

    def matrix(self, source):
        """Return the matrix with the column of a source."""
        return self.places[source.place][0]


def encode(plan, columns):
    """Add the encoding of a table to a graph.

    Parameters
    ----------
    plan : Plan
        The plan of a fitted encoder.
    columns : Columns
        The table. Dates are microseconds since 1970, durations are seconds.

    Returns
    -------
    Z : Value
        The encoded table, in float32.

    Raises
    ------
    ValueError
        If the type of a column does not match its kind in `fit`.
    """
    _refuse_text(plan)
    compact, piecewise = _numbers(plan, columns) if plan.number_sources else ([], [])
    categories = [
        _category(columns.of([source]), source, places, rows)
        for encoded in plan.text_columns
        for source, (places, rows) in zip(encoded.sources, _codes(encoded), strict=True)
    ]
    return concatenate([*compact, *categories, *piecewise])


def ensemble_probabilities(clf, Z):
    """Add the base models of a TabularMLPClassifier to a graph.

    Parameters
    ----------
    clf : TabularMLPClassifier
        The fitted classifier.
    Z : Value
        The encoded table.

    Returns
    -------
    P : Value
        The probabilities, in float64.
    """
    compact = Z.columns(np.arange(clf.encoder_.n_compact_))
    parts = []
    for name, members in clf.members_.items():
        inputs = Z if BASE_MODELS[name].piecewise else compact
        for member in members:
            O = logits(inputs.cast(member.parameters_.dtype), member._model.network()).cast(
                np.float64
            )
            P = (O / clf.temperatures_[name]).then("Softmax", axis=1)
            parts.append(P * (clf.weights_[name] / len(members)))
    first, *others = parts
    return first.then("Sum", *others)


# Numbers, as in Numbers.encode


def _numbers(plan, columns):
    numbers = plan.numbers
    X = _read_numbers(plan.number_sources, columns)
    missing = X.then("IsNaN", dtype=bool)
    X = missing.where(numbers.median, X).clip(-LARGEST, LARGEST)
    compact, piecewise = [], []
    if len(numbers.varying):
        scaled = (X - numbers.median) * numbers.scale
        compact.append(_soft_clip(scaled.columns(numbers.varying)).cast(np.float32))
    if len(numbers.with_missing):
        compact.append(missing.columns(numbers.with_missing).cast(np.float32))
    if len(numbers.start):
        n_columns, low, rise = numbers.piecewise
        x = X.columns(np.repeat(numbers.with_piecewise, n_columns))
        fraction = ((x - numbers.start) / numbers.width).clip(0.0, 1.0)
        # By way of positions in float32, so that the last digits are the same.
        j = indices_within(n_columns)
        fraction = (fraction + j).cast(np.float32) - j.astype(np.float32)
        piecewise.append(fraction * rise + low)
    return compact, piecewise


def _soft_clip(Z):
    Z = Z.clip(-1e6, 1e6)
    third = Z / 3
    return Z / (third * third + 1).then("Sqrt")


def _read_numbers(sources, columns):
    """Return numeric columns in float64, which represents each float32 number exactly."""
    parts = []
    for (_, is_date), group in groupby(
        sources, lambda source: (columns.matrix(source).name, source.kind == "date")
    ):
        some = list(group)
        X = columns.of(some)
        if X.dtype == object:
            _refuse(some[0], "numbers, with NaN for missing values")
        if is_date and X.dtype != np.int64:
            _refuse(some[0], "int64, for microseconds since 1970")
        parts.append(_dates(X, some) if is_date else X.cast(np.float64))
    return concatenate(parts)


def _dates(X, sources):
    parts = _date_parts(X)
    return concatenate(
        [
            parts[ending].columns([i])
            for i, source in enumerate(sources)
            for ending in source.endings
        ]
    )


def _date_parts(when):
    """Compute the same as `date_parts`, from microseconds since 1970, with integer division."""
    time = when.then("Mod", DAY)
    days = (when - time) / DAY
    # https://howardhinnant.github.io/date_algorithms.html: years start in March, so that leap days
    # are at their end. Adding 1,000 times 400 years makes all numbers positive.
    since = days + (719_468 + 1000 * DAYS_OF_400_YEARS)
    of_era = since.then("Mod", DAYS_OF_400_YEARS)
    year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365
    first, next_first = _first_of_march(year), _first_of_march(year + 1)
    day = of_era - first
    months = (day * 5 + 2) / 153  # since March
    next_month = (((months + 1) * 153 + 2) / 5).then("Min", next_first - first)
    month = (months + 2).then("Mod", 12) + 1
    year += since / DAYS_OF_400_YEARS * 400 - 400_000 + (month < 3).cast(np.int64)
    parts = {
        "_year": year,
        "_month": month,
        "_day": day - (months * 153 + 2) / 5 + 1,
        "_days_to_month_end": next_month - 1 - day,
        "_day_of_week": (days + 3).then("Mod", 7),
        "_hour": time / HOUR,
        "_minute": (time / MINUTE).then("Mod", 60),
        "_seconds": when.cast(np.float64) / 1e6,
    }
    missing = when.then("Equal", NAT, dtype=bool)
    return {ending: missing.where(np.nan, part.cast(np.float64)) for ending, part in parts.items()}


def _first_of_march(year):
    """Return the first day of a year in a cycle of 400 years, from the start of the cycle."""
    return year * 365 + year / 4 - year / 100 + year / 400


# Categories


def _category(texts, source, places, rows):
    """Look up the encoding of each text."""
    if source.reader.how == CODES and texts.dtype.kind == "f":
        texts = _texts_of_codes(texts.cast(np.float64))
    if texts.dtype.kind not in "Oiu":
        _refuse(source, "strings or integers")
    place = texts.cast(object).then("LabelEncoder", dtype=np.int64, domain="ai.onnx.ml", **places)
    return texts.graph.constant(rows).then("Gather", place).then("Flatten", axis=1)


def _texts_of_codes(X):
    """Convert integers in float64 to texts; missing values and other numbers have special ones."""
    is_missing, is_fraction = X.then("IsNaN", dtype=bool), X.then("Floor") < X
    codes = is_missing.where(float(MISSING_CODE), is_fraction.where(float(UNKNOWN_CODE), X))
    return codes.cast(np.int64).cast(object)


def _codes(encoded):
    """Yield for each column the index of each text in an array, and the array."""
    encoder = encoded.encoder
    known = [list(categories) for categories in encoder.encoder.categories_]
    for source, texts in zip(encoded.sources, known, strict=True):
        _warn_of_a_category_for_missing(source, texts)
    unseen = "?" * (1 + max(len(text or "") for texts in known for text in texts))
    asked = [[unseen, None, *texts] for texts in known]
    length = max(map(len, asked))
    Z = encoder.encode([texts + [None] * (length - len(texts)) for texts in asked])
    ends = np.cumsum([len(labels) for labels in encoder.labels])
    for texts, columns in zip(asked, np.split(Z, ends[:-1], axis=1), strict=True):
        rows, places = np.unique(
            columns[: len(texts)].astype(np.float32), axis=0, return_inverse=True
        )
        yield _lookup(dict(zip(texts, places.ravel().tolist(), strict=True)), unseen), rows


def _warn_of_a_category_for_missing(source, texts):
    taken = [text for text in MISSING_TEXTS if text in texts]
    if taken:
        free = [text for text in MISSING_TEXTS if text not in taken]
        warnings.warn(
            f"Column {source.name!r} of X has the category {taken[0]!r}, to which an ONNX runtime "
            f"may convert missing texts: pass {free[0]!r} for missing texts.",
            UserWarning,
            stacklevel=2,
        )


def _lookup(places, unseen):
    """Return the attributes of an operator that looks up the index of a text."""
    missing, other = places.pop(None), places.pop(unseen)
    keys = dict.fromkeys((*MISSING_TEXTS, str(MISSING_CODE)), missing)
    for text, place in places.items():
        keys[text] = place
        if text.removeprefix("-").isdigit():
            keys[f"{text}.0"] = place  # the same category, as in column_kinds._text
    return {
        "keys_strings": list(keys),
        "values_int64s": list(keys.values()),
        "default_int64": other,
    }


def _refuse_text(plan):
    for columns in plan.text_columns:
        for source in columns.sources:
            if source.kind == "text":
                raise ValueError(
                    f"Column {source.name!r} of X had free text, whose encoding cannot be "
                    "converted to ONNX: drop the column, or encode it before the model, for "
                    "example with a TfidfVectorizer."
                )


def _refuse(source, types):
    raise ValueError(
        f"Column {source.name!r} of X had values of kind {source.kind} in fit: its type in ONNX "
        f"must be one of {types}. Set it with initial_types, or pass a few rows to "
        "skmlp.export.to_onnx. An earlier step, such as a ColumnTransformer, may have converted "
        "columns of several types to text."
    )
