"""Names and types of a model's inputs, which to_onnx infers from a few rows."""

import datetime
import json

import numpy as np
import pytest
from conftest import make
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

from skmlp import TabularEncoder, TabularMLPClassifier
from skmlp.export import to_onnx

pd = pytest.importorskip("pandas")
onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("skl2onnx")

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.default_rng(0)
SMALLEST = np.iinfo(np.int64).min


def session_of(model):
    onnx.checker.check_model(model, full_check=True)
    return onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )


def types_of(model):
    """Return the type of each input by its name."""
    inputs = session_of(model).get_inputs()
    return {value.name: value.type.removeprefix("tensor(")[:-1] for value in inputs}


def outputs_of(model, inputs):
    session = session_of(model)
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, inputs), strict=True))


def fed(values, kind):
    """Return the values of a column, None if missing, as an ONNX input."""
    if kind == "string":
        return np.array([["" if v is None else str(v)] for v in values], dtype=object)
    if isinstance(next(v for v in values if v is not None), datetime.date):
        stamps = np.array([[v] for v in values], dtype="M8[us]")
        return stamps.astype(np.int64)
    values = [v.total_seconds() if isinstance(v, datetime.timedelta) else v for v in values]
    dtype = {"double": "f8", "float": "f4"}.get(kind, kind)
    return np.array([[np.nan if v is None else v] for v in values], dtype=dtype)


def with_missing(values):
    """Replace some values by None."""
    return [None if i % 7 == 3 else value for i, value in enumerate(values)]


N = 120
NUMBERS = [i % 11 for i in range(N)]
TOWNS = [["Bern", "Oslo", "Rome"][i % 3] for i in range(N)]
DAYS = [datetime.datetime(2020, 1, 1) + datetime.timedelta(days=9 * i, hours=i) for i in range(N)]
TIMES = [datetime.timedelta(seconds=100 * i) for i in range(N)]
FLAGS = [i % 2 == 0 for i in range(N)]
Y = np.array(["no", "yes"])[(np.arange(N) % 11 > 4).astype(int)]

# For each library: name, values, their dtype, and the type in ONNX before scikit-learn steps. An
# encoder allows missing values in every numeric column.
COLUMNS = {
    "float64": (NUMBERS, "float64", "Float64", "double"),
    "float32": (NUMBERS, "float32", "Float32", "float"),
    "int64": (NUMBERS, "int64", "Int64", "int64"),
    "uint8": (NUMBERS, "uint8", "UInt8", "uint8"),
    "int16": (NUMBERS, "int16", "Int16", "int16"),
    "floats, some missing": (with_missing(NUMBERS), "float64", "Float64", "double"),
    "integers, some missing": (with_missing(NUMBERS), "Int64", "Int64", "double"),
    "bool": (FLAGS, "bool", "Boolean", "bool"),
    "booleans, some missing": (with_missing(FLAGS), "boolean", "Boolean", "double"),
    "strings": (TOWNS, "object", "String", "string"),
    "strings, some missing": (with_missing(TOWNS), "object", "String", "string"),
    "categories": (TOWNS, "category", "Categorical", "string"),
    "categories, some missing": (with_missing(TOWNS), "category", "Categorical", "string"),
    "dates and times": (DAYS, "datetime64[us]", "Datetime", "int64"),
    "dates, some missing": (with_missing(DAYS), "datetime64[us]", "Datetime", "int64"),
    "days": ([day.date() for day in DAYS], "object", "Date", "int64"),
    "durations": (TIMES, "timedelta64[us]", "Duration", "double"),
    "durations, some missing": (with_missing(TIMES), "timedelta64[us]", "Duration", "double"),
}
# Only in pandas.
MORE_COLUMNS = {
    "nullable integers": (NUMBERS, "Int64", "double"),
    "nullable booleans": (FLAGS, "boolean", "double"),
    "objects, numbers": (with_missing(NUMBERS), "object", "double"),
    "string dtype": (with_missing(TOWNS), "string", "string"),
    "integer categories": ([i % 4 for i in range(N)], "category", "int64"),
    "integer categories, some missing": (
        with_missing([i % 4 for i in range(N)]),
        "category",
        "string",
    ),
    "mixed": ([i % 3 if i % 2 else "a" for i in range(N)], "object", "string"),
    "numbers as text": ([f"{i / 4}" for i in range(N)], "object", "double"),
}


def of_pandas(name):
    """Return a column, and its type in ONNX."""
    values, *_ = COLUMNS.get(name) or MORE_COLUMNS[name]
    dtype = (COLUMNS.get(name) or MORE_COLUMNS[name])[1]
    if dtype == "category" and not isinstance(values[0], str):
        codes = [-1 if value is None else value for value in values]
        return pd.Series(pd.Categorical.from_codes(codes, categories=[0, 1, 2, 3]))
    return pd.Series(values, dtype=dtype)


def of_polars(name):
    pl = pytest.importorskip("polars")
    values, _, dtype, _ = COLUMNS[name]
    return pl.Series(values, dtype=getattr(pl, dtype))


def frame_of_polars(**columns):
    return pytest.importorskip("polars").DataFrame(columns)


def frame_of_pandas(**columns):
    return pd.DataFrame(columns)


CASES = [
    *((of_pandas, frame_of_pandas, name) for name in [*COLUMNS, *MORE_COLUMNS]),
    *((of_polars, frame_of_polars, name) for name in COLUMNS),
]


@pytest.mark.parametrize(("column_of", "frame_of", "name"), CASES)
def test_a_column_of_a_table(column_of, frame_of, name):
    values, *_, kind = COLUMNS.get(name) or MORE_COLUMNS[name]
    other = np.linspace(0, 1, N)
    table = frame_of(**{name: column_of(name), "other": other})
    clf = TabularMLPClassifier((8,), n_folds=1, max_iter=3, random_state=0).fit(table, Y)
    model = to_onnx(clf, table[:8])
    if name in ("int64", "uint8", "int16", "bool"):
        kind = "double"
    assert types_of(model) == {name: kind, "other": "double"}
    outputs = outputs_of(model, {name: fed(values, kind), "other": other[:, None]})
    assert_allclose(outputs["probabilities"], clf.predict_proba(table), rtol=0, atol=1e-6)
    assert_array_equal(outputs["label"], clf.predict(table))


@pytest.mark.parametrize("name", ["int64", "uint8", "bool", "float32"])
def test_numbers_may_be_missing_that_never_were_in_fit(name):
    table = pd.DataFrame({"x": of_pandas(name), "other": np.linspace(0, 1, N)})
    encoder = TabularEncoder().fit(table)
    new = table.astype({"x": "float32"}).assign(x=np.float32(np.nan))
    inputs = {"x": new[["x"]].to_numpy(), "other": new[["other"]].to_numpy()}
    model = to_onnx(encoder, table[:3])
    inputs["x"] = inputs["x"].astype({"double": "f8", "float": "f4"}[types_of(model)["x"]])
    assert_array_equal(outputs_of(model, inputs)["variable"], encoder.transform(new))


@pytest.mark.parametrize(
    ("column_of", "frame_of", "name"), [case for case in CASES if case[2] != "numbers as text"]
)
def test_a_column_that_no_encoder_is_asked_about(column_of, frame_of, name):
    """The encoder is one step of a ColumnTransformer, so that only the rows give the type."""
    values, *_, kind = COLUMNS.get(name) or MORE_COLUMNS[name]
    other = np.linspace(0, 1, N)
    table = frame_of(**{name: column_of(name), "other": other})
    steps = make_column_transformer(
        (TabularEncoder(n_bins=0), [name]), (StandardScaler(), ["other"])
    )
    pipeline = make_pipeline(steps, make(max_iter=3)).fit(table, Y)
    model = to_onnx(pipeline, table[:8])
    assert types_of(model) == {name: kind, "other": "double"}
    outputs = outputs_of(model, {name: fed(values, kind), "other": other[:, None]})
    assert_allclose(outputs["probabilities"], pipeline.predict_proba(table), rtol=0, atol=1e-6)


def test_strings_are_known_by_their_dtype_alone():
    pl = pytest.importorskip("polars")
    table = pl.DataFrame({"town": with_missing(TOWNS), "x": NUMBERS})
    steps = make_column_transformer((TabularEncoder(), ["town"]), (StandardScaler(), ["x"]))
    pipeline = make_pipeline(steps, make(max_iter=3)).fit(table, Y)
    assert types_of(to_onnx(pipeline, table[3:4]))["town"] == "string"


def test_nullable_numbers_are_known_by_their_dtype_alone():
    table = pd.DataFrame({"x": pd.Series(with_missing(NUMBERS), dtype="Int64"), "town": TOWNS})
    pipeline = make_pipeline(make_column_transformer((TabularEncoder(), ["x"])), make(max_iter=3))
    assert types_of(to_onnx(pipeline.fit(table, Y), table[3:4]))["x"] == "double"


@pytest.mark.parametrize(
    ("column", "missing", "kind"),
    [
        (pd.Series(NUMBERS), np.nan, "double"),
        (pd.Series(NUMBERS, dtype="uint8"), np.nan, "double"),
        (pd.Series(NUMBERS, dtype="float32"), np.nan, "float"),
        (pd.Series(FLAGS), None, "double"),
        (of_pandas("integer categories"), None, "string"),
    ],
)
def test_values_that_were_missing_in_fit_may_be_missing(column, missing, kind):
    other = np.linspace(0, 1, N)
    some = column.astype({"b": object, "i": float, "u": float}.get(column.dtype.kind, column.dtype))
    some[3] = missing
    encoder = TabularEncoder().fit(pd.DataFrame({"x": some, "other": other}), Y)
    table = pd.DataFrame({"x": column, "other": other})
    assert types_of(to_onnx(encoder, table[4:6]))["x"] == kind


def test_an_empty_column_has_the_kind_of_fit():
    table = pd.DataFrame(
        {"x": with_missing(FLAGS), "y": with_missing(TOWNS), "z": with_missing(DAYS)}, dtype=object
    )
    encoder = TabularEncoder().fit(table, Y)
    assert types_of(to_onnx(encoder, table[3:4])) == {"x": "double", "y": "string", "z": "int64"}


def test_a_column_that_the_encoder_drops():
    table = pd.DataFrame(
        {
            "empty": np.array([None] * N),
            "same": 1,
            "text": "a",
            "day": pd.Timestamp("2020-01-01"),
            "x": NUMBERS,
        }
    )
    encoder = TabularEncoder().fit(table)
    assert list(encoder.kinds_) == ["x"]
    model = to_onnx(encoder, table[:3])
    assert types_of(model) == {
        "empty": "string",
        "same": "double",
        "text": "string",
        "day": "int64",
        "x": "double",
    }
    inputs = {
        "empty": np.full((N, 1), "", object),
        "same": np.ones((N, 1)),
        "text": np.full((N, 1), "a", object),
        "day": np.zeros((N, 1), np.int64),
        "x": np.array(NUMBERS, float)[:, None],
    }
    assert_array_equal(outputs_of(model, inputs)["variable"], encoder.transform(table))


def searched(clf):
    return GridSearchCV(clf, {"random_state": [0]}, cv=2)


def calibrated(clf):
    return CalibratedClassifierCV(clf, cv=2)


def voting(clf):
    return VotingClassifier([("one", clf)], voting="soft", flatten_transform=False)


def with_threshold(clf):
    return FixedThresholdClassifier(clf, threshold=0.2)


@pytest.mark.parametrize(
    "wrap", [calibrated, voting, with_threshold, lambda clf: make_pipeline(clf)]
)
def test_a_mixed_table_for_an_encoder_within_other_estimators(wrap):
    table = pd.DataFrame({"town": with_missing(TOWNS), "x": NUMBERS, "flag": FLAGS})
    clf = wrap(make_pipeline(TabularEncoder(), make(max_iter=3)))
    clf.fit(table, Y)
    inputs = {
        name: fed(column.tolist(), "string" if name == "town" else "double")
        for name, column in table.items()
    }
    outputs = outputs_of(to_onnx(clf, table[:8]), inputs)
    assert_array_equal(outputs["label"], clf.predict(table))
    assert_allclose(outputs["probabilities"], clf.predict_proba(table), rtol=0, atol=1e-5)


@pytest.mark.parametrize("wrap", [searched, calibrated, voting, lambda clf: clf])
def test_the_encoder_within_other_estimators_is_asked(wrap):
    table = pd.DataFrame({"x": [f"{i / 4}" for i in range(N)], "other": NUMBERS})
    clf = TabularMLPClassifier((8,), n_folds=1, max_iter=3, random_state=0)
    assert types_of(to_onnx(wrap(clf).fit(table, Y), table[:1]))["x"] == "double"


def test_a_pipeline_with_an_encoder():
    table = pd.DataFrame({"x": with_missing(NUMBERS), "town": TOWNS, "day": DAYS})
    pipeline = make_pipeline(TabularEncoder(), make()).fit(table, Y)
    inputs = {"x": fed(with_missing(NUMBERS), "double"), "town": fed(TOWNS, "string")}
    inputs["day"] = fed(DAYS, "int64")
    outputs = outputs_of(to_onnx(pipeline, table[:3]), inputs)
    assert_allclose(outputs["probabilities"], pipeline.predict_proba(table), rtol=0, atol=1e-6)


# Kinds


def kinds_of(model):
    return json.loads(next(entry.value for entry in model.metadata_props if entry.key == "kinds"))


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_kinds_are_in_the_metadata(library):
    columns = {
        "float": np.linspace(0, 1, N),
        "int": NUMBERS,
        "label": FLAGS,
        "town": TOWNS,
        "day": DAYS,
        "took": TIMES,
    }
    module = pytest.importorskip(library)
    table = module.table(columns) if library == "pyarrow" else module.DataFrame(columns)
    clf = TabularMLPClassifier((8,), n_folds=1, max_iter=3, random_state=0).fit(table, Y)
    assert kinds_of(to_onnx(clf, table[:3])) == {
        "float": "number",
        "int": "integer",
        "label_": "boolean",
        "town": "category",
        "day": "date",
        "took": "duration",
    }


@pytest.mark.parametrize("dtype", ["int16", "Int16"])
def test_integers_of_pandas_before_a_step_of_scikit_learn(dtype):
    table = pd.DataFrame({"a": NUMBERS, "b": np.linspace(0, 1, N)}).astype({"a": dtype})
    pipeline = make_pipeline(StandardScaler(), make()).fit(table, Y)
    assert kinds_of(to_onnx(pipeline, table[:3])) == {"a": "integer", "b": "number"}


def test_the_kind_of_a_matrix(iris):
    assert kinds_of(to_onnx(make().fit(*iris))) == {"X": "number"}


# Numbers for steps of scikit-learn


@pytest.mark.parametrize("frame_of", [frame_of_pandas, frame_of_polars])
@pytest.mark.parametrize("scaler", [StandardScaler(), MinMaxScaler()])
def test_numbers_of_several_types_are_one_matrix(frame_of, scaler):
    columns = {
        "income": 10**9 + 1003 * np.arange(N),  # float32 does not hold it
        "height": np.linspace(1, 2, N).astype(np.float32),
        "rooms": np.array(NUMBERS, dtype=np.uint8),
        "garden": np.array(FLAGS),
    }
    table = frame_of(**columns)
    pipeline = make_pipeline(scaler, make()).fit(table, Y)
    model = to_onnx(pipeline, table[:2])
    assert types_of(model) == {
        "income": "int64",
        "height": "float",
        "rooms": "uint8",
        "garden": "bool",
    }
    outputs = outputs_of(model, {name: values[:, None] for name, values in columns.items()})
    assert_allclose(outputs["probabilities"], pipeline.predict_proba(table), rtol=0, atol=1e-12)
    assert_array_equal(outputs["label"], pipeline.predict(table))


def test_columns_of_a_column_transformer_keep_their_names():
    table = pd.DataFrame(
        {
            "income": 10**9 + 1003 * np.arange(N),
            "age": np.linspace(1, 90, N),
            "rooms": NUMBERS,
            "town": np.array(TOWNS, dtype=object),
        }
    )
    steps = make_column_transformer(
        (StandardScaler(), ["age", "income"]),
        (OneHotEncoder(handle_unknown="ignore"), ["town", "rooms"]),
    )
    pipeline = make_pipeline(steps, make()).fit(table, Y)
    model = to_onnx(pipeline, table[:2])
    assert types_of(model) == {
        "income": "int64",
        "age": "double",
        "rooms": "int64",
        "town": "string",
    }
    outputs = outputs_of(model, {name: table[[name]].to_numpy() for name in table})
    assert_allclose(outputs["probabilities"], pipeline.predict_proba(table), rtol=0, atol=1e-12)


def test_a_network_alone_on_a_frame(iris):
    table = pd.DataFrame(iris[0], columns=list("abcd"))
    clf = make().fit(table, iris[1])
    outputs = outputs_of(
        to_onnx(clf, table[:1]), {name: table[[name]].to_numpy() for name in "abcd"}
    )
    assert_allclose(outputs["probabilities"], clf.predict_proba(table), rtol=0, atol=1e-12)


NAMES = ["my age", "my_age", "label", "probabilities", "_0", "Höhe (m)", "label_"]


@pytest.mark.parametrize("columns", [{}, {"town": TOWNS}])
def test_names_of_columns(columns):
    """Names are kept, except those of outputs; skl2onnx would convert "my age" to "my_age"."""
    values = RNG.integers(0, 9, size=(N, len(NAMES)))
    table = pd.DataFrame(values, columns=NAMES).assign(**columns)
    clf = TabularMLPClassifier((8,), n_folds=1, max_iter=3, random_state=0).fit(table, Y)
    model = to_onnx(clf, table[:2])
    names = ["my age", "my_age", "label_", "probabilities_", "_0", "Höhe (m)", "label__"]
    assert list(types_of(model)) == names + list(columns)
    inputs = dict(zip(names, np.hsplit(values.astype(float), len(names)), strict=True))
    inputs |= {name: fed(texts, "string") for name, texts in columns.items()}
    outputs = outputs_of(model, inputs)
    assert_allclose(outputs["probabilities"], clf.predict_proba(table), rtol=0, atol=1e-6)


# Arrays


@pytest.mark.parametrize(
    ("dtype", "kind", "atol"),
    [
        ("float64", "double", 1e-12),
        (">f8", "double", 1e-12),
        ("longdouble", "double", 1e-12),
        ("float32", "float", 1e-6),
        ("float16", "float16", 1e-3),
        ("int64", "int64", 1e-12),
        ("uint32", "uint32", 1e-12),
        ("int8", "int8", 1e-6),
        ("bool", "bool", 1e-6),
    ],
)
def test_an_array_has_one_input_of_its_dtype(iris, dtype, kind, atol):
    X = np.abs(iris[0] * 10).astype(dtype)
    pipeline = make_pipeline(StandardScaler(), make()).fit(X, iris[1])
    model = to_onnx(pipeline, X[:1])
    assert types_of(model) == {"X": kind}
    outputs = outputs_of(model, {"X": X.astype({"double": "f8"}.get(kind, dtype))})
    assert_allclose(outputs["probabilities"], pipeline.predict_proba(X), rtol=0, atol=atol)


def test_an_imputer_in_float32(iris):
    X = iris[0].astype(np.float32)
    X[::7, 1] = np.nan
    pipeline = make_pipeline(SimpleImputer(), StandardScaler(), make()).fit(X, iris[1])
    outputs = outputs_of(to_onnx(pipeline, X[:2]), {"X": X})
    assert_allclose(outputs["probabilities"], pipeline.predict_proba(X), rtol=0, atol=1e-5)


def test_columns_with_numbers_for_names(iris):
    table = pd.DataFrame(iris[0])
    pipeline = make_pipeline(StandardScaler(), make()).fit(table, iris[1])
    model = to_onnx(pipeline, table[:2])
    assert list(types_of(model)) == ["0", "1", "2", "3"]
    outputs = outputs_of(model, dict(zip("0123", np.hsplit(iris[0], 4), strict=True)))
    assert_allclose(outputs["probabilities"], pipeline.predict_proba(table), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("columns", "names"),
    [([2024, 0], ["2024", "0"]), ([("a", 1), ("a", 2)], ["('a', 1)", "('a', 2)"])],
)
def test_columns_with_numbers_or_tuples_for_names_before_an_encoder(columns, names):
    table = pd.DataFrame({"x": NUMBERS, "town": TOWNS}).set_axis(pd.Index(columns), axis=1)
    encoder = TabularEncoder().fit(table)
    model = to_onnx(encoder, table[:3])
    assert types_of(model) == dict(zip(names, ["double", "string"], strict=True))
    inputs = dict(zip(names, [fed(NUMBERS, "double"), fed(TOWNS, "string")], strict=True))
    assert_array_equal(outputs_of(model, inputs)["variable"], encoder.transform(table))


def test_columns_with_numbers_for_names_in_another_order():
    table = pd.DataFrame({2024: NUMBERS, 0: NUMBERS})
    clf = make_pipeline(TabularEncoder(), make()).fit(table, Y)
    with pytest.raises(ValueError, match=r"names should match.*in another order"):
        to_onnx(clf, table[[0, 2024]])


def test_nested_lists_are_numbers(iris):
    X = iris[0].tolist()
    pipeline = make_pipeline(StandardScaler(), make()).fit(X, iris[1])
    outputs = outputs_of(to_onnx(pipeline, X[:2]), {"X": iris[0]})
    assert_allclose(outputs["probabilities"], pipeline.predict_proba(X), rtol=0, atol=1e-12)


def test_an_array_of_columns_of_several_types():
    table = list(zip(NUMBERS, TOWNS, FLAGS, strict=True))
    encoder = TabularEncoder().fit(table)
    model = to_onnx(encoder, table[:2])
    assert types_of(model) == {"x0": "double", "x1": "string", "x2": "double"}
    inputs = {"x0": fed(NUMBERS, "double"), "x1": fed(TOWNS, "string"), "x2": fed(FLAGS, "double")}
    assert_array_equal(outputs_of(model, inputs)["variable"], encoder.transform(table))


def test_an_array_of_strings():
    X = np.array([TOWNS, TOWNS[::-1]]).T
    pipeline = make_pipeline(OneHotEncoder(), make()).fit(X, Y)
    model = to_onnx(pipeline, X[:2])
    assert types_of(model) == {"X": "string"}
    outputs = outputs_of(model, {"X": X.astype(object)})
    assert_allclose(outputs["probabilities"], pipeline.predict_proba(X), rtol=0, atol=1e-6)


def test_an_array_of_dates():
    X = np.array([DAYS, DAYS[::-1]], "M8[us]").T
    encoder = TabularEncoder().fit(X)
    Z = outputs_of(to_onnx(encoder, X[:2]), {"X": X.astype(np.int64)})["variable"]
    assert_array_equal(Z, encoder.transform(X))


def test_a_sparse_matrix_is_fed_as_a_dense_one(iris):
    X = sparse.csr_matrix(np.abs(iris[0]).round())
    pipeline = make_pipeline(StandardScaler(with_mean=False), make()).fit(X, iris[1])
    outputs = outputs_of(to_onnx(pipeline, X[:2]), {"X": X.toarray()})
    assert_allclose(outputs["probabilities"], pipeline.predict_proba(X), rtol=0, atol=1e-12)


@pytest.mark.parametrize("of", [list, np.array, pd.Series])
def test_texts_for_a_vectorizer(of):
    texts = [
        f"{town} is {'large' if flag else 'small'}" for town, flag in zip(TOWNS, FLAGS, strict=True)
    ]
    vectorizer = CountVectorizer(lowercase=False, token_pattern="[a-zA-Z]+")
    pipeline = make_pipeline(vectorizer, make()).fit(of(texts), Y)
    model = to_onnx(pipeline, of(texts[:2]))
    outputs = outputs_of(model, {"X": fed(texts, "string")})
    assert_allclose(outputs["probabilities"], pipeline.predict_proba(texts), rtol=0, atol=1e-6)


# Errors


def test_x_is_needed_for_all_but_a_network(iris):
    pipeline = make_pipeline(StandardScaler(), make()).fit(*iris)
    with pytest.raises(ValueError, match=r"X=None is not enough for a Pipeline.*pass a few rows"):
        to_onnx(pipeline)


def test_a_column_without_values_is_named():
    table = pd.DataFrame({"x": NUMBERS, "town": with_missing(TOWNS)})
    steps = make_column_transformer((OneHotEncoder(), ["town"]), remainder="passthrough")
    pipeline = make_pipeline(steps, make()).fit(table, Y)
    rows = table[3:4].astype({"town": object})
    with pytest.raises(ValueError, match=r"'town' of X has no value in these 1 rows.*with a value"):
        to_onnx(pipeline, rows)


def test_a_column_without_a_name():
    table = pd.DataFrame({"x": NUMBERS, "": NUMBERS})
    clf = make().fit(table, Y)
    with pytest.raises(ValueError, match=r"Column 1 of X has an empty name.*rename it"):
        to_onnx(clf, table[:2])


def test_a_column_of_objects_is_named():
    table = pd.DataFrame({"x": NUMBERS, "z": NUMBERS})
    clf = make().fit(table, Y)
    table["z"] = [[1]] * N
    with pytest.raises(TypeError, match="Column 'z' of X holds objects of type list"):
        to_onnx(clf, table[:2])


def test_other_columns_than_in_fit():
    table = pd.DataFrame({"a": NUMBERS, "b": NUMBERS})
    pipeline = make_pipeline(StandardScaler(), make()).fit(table, Y)
    with pytest.raises(ValueError, match="feature names should match"):
        to_onnx(pipeline, table[["b", "a"]][:2])
    with pytest.raises(ValueError, match="X has 1 features, but Pipeline is expecting 2"):
        to_onnx(make_pipeline(StandardScaler(), make()).fit(table.to_numpy(), Y), np.ones((2, 1)))


def test_images_of_three_dimensions(iris):
    pipeline = make_pipeline(StandardScaler(), make()).fit(*iris)
    with pytest.raises(ValueError, match=r"X must have two dimensions.*has shape \(1, 2, 2\)"):
        to_onnx(pipeline, np.ones((1, 2, 2)))


def test_lazy_rows(iris):
    da = pytest.importorskip("dask.array")
    pipeline = make_pipeline(StandardScaler(), make()).fit(*iris)
    with pytest.raises(TypeError, match=r"X is a Dask Array: pass a few rows"):
        to_onnx(pipeline, da.from_array(iris[0]))


@pytest.mark.parametrize("something_else", [None, "model", make])
def test_something_that_is_no_estimator(something_else):
    with pytest.raises(TypeError, match="estimator must be an estimator of skmlp or scikit-learn"):
        to_onnx(something_else)


def test_a_pipeline_that_is_not_fitted(iris):
    with pytest.raises(NotFittedError):
        to_onnx(make_pipeline(StandardScaler(), make()), iris[0][:1])
    with pytest.raises(NotFittedError):
        to_onnx(TabularMLPClassifier(), iris[0][:1])
