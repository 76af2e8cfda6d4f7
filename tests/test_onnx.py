import importlib
import json

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

import skmlp
from skmlp import MLPSoftmaxClassifier, TabularEncoder, TabularMLPClassifier
from skmlp.export import to_onnx, to_sklearn
from skmlp.network import ACTIVATIONS

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

RNG = np.random.default_rng(0)
TOLERANCES = {"float32": 1e-5, "float64": 1e-12}


def run(model, inputs):
    """Check a model, run it, and return its outputs by name."""
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, inputs), strict=True))


def convert(model, X=None, **options):
    """Convert with skl2onnx."""
    skl2onnx = pytest.importorskip("skl2onnx")
    importlib.import_module("skmlp.export.onnx")
    return skl2onnx.to_onnx(model, X, **options)


def network(X, y, activation="relu"):
    return MLPSoftmaxClassifier(
        (7, 5), activation, solver="lbfgs", max_iter=30, random_state=0
    ).fit(X, y)


# Subclasses


@pytest.mark.parametrize("base", [MLPSoftmaxClassifier, TabularMLPClassifier], ids=str)
def test_classes_that_are_made_of_ours(base):
    class First(base):
        pass

    class Second(First):
        pass

    X, y = load_iris(return_X_y=True)
    clf = Second((4,), max_iter=2, random_state=0).fit(X, y)
    outputs = run(to_onnx(clf, X), {"X": X})
    assert_allclose(outputs["probabilities"], clf.predict_proba(X), atol=1e-6)


# A network alone


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_a_network_has_the_same_probabilities_and_labels(iris, activation, n_classes, dtype):
    X, y = (part[: 50 * n_classes] for part in iris)
    X = X.astype(dtype)
    clf = network(X, y, activation)
    outputs = run(to_onnx(clf), {"X": X})
    assert list(outputs) == ["label", "probabilities"]
    assert outputs["probabilities"].dtype == dtype
    assert_allclose(outputs["probabilities"], clf.predict_proba(X), rtol=0, atol=TOLERANCES[dtype])
    assert_array_equal(outputs["label"], clf.predict(X))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_activations_are_the_same_far_from_0(activation, dtype):
    """Softplus is linear from 20 on, and the series of gelu is valid up to 8.3."""
    X = np.linspace(-40, 40, 1601, dtype=dtype)[:, None]
    clf = MLPSoftmaxClassifier((1,), activation, max_iter=1).fit(X, X.ravel() > 0)
    clf.coefs_[0][:], clf.coefs_[1][:], clf.parameters_[2:] = 1, 0.05, 0
    P = run(to_onnx(clf), {"X": X})["probabilities"]
    assert_allclose(
        P, clf.predict_proba(X), rtol=0, atol={"float32": 1e-6, "float64": 1e-14}[dtype]
    )


def test_every_activation_has_a_formula_in_onnx():
    from skmlp.export.onnx.network import ACTIVATIONS_OF_ONNX

    assert ACTIVATIONS_OF_ONNX.keys() == ACTIVATIONS.keys()


@pytest.mark.parametrize(
    ("labels", "dtype"),
    [
        (np.array(["Bär", "b", "c"]), object),
        (np.array(["a", "b", "c"], dtype=object), object),
        (np.array([3, 5, 2**40]), np.int64),
        (np.array([3, 5, 7], dtype=np.uint8), np.int64),
        (np.array([3.0, 5.0, 7.0]), np.int64),
        (np.array([False, True, True]), np.int64),
    ],
)
def test_labels(iris, labels, dtype):
    X, y = iris[0], labels[iris[1]]
    clf = network(X, y)
    label = run(to_onnx(clf), {"X": X})["label"]
    assert label.dtype == dtype
    assert_array_equal(label, clf.predict(X))
    assert len(set(label.tolist())) > 1


def test_labels_that_onnx_cannot_hold(iris):
    y = np.array(["2024-01-01", "2025-01-01", "2026-01-01"], dtype="M8[D]")[iris[1]]
    with pytest.raises(ValueError, match=r"classes_=.*2024.* must be strings, booleans or whole"):
        to_onnx(network(iris[0], y))


def test_it_is_written_with_its_version(iris, tmp_path):
    clf = network(*iris)
    model = to_onnx(clf, path=tmp_path / "model.onnx")
    assert onnx.load(tmp_path / "model.onnx") == model
    assert (model.producer_name, model.producer_version) == ("skmlp", skmlp.__version__)


def test_its_classes_are_in_its_metadata(iris):
    labels = np.array(["a", "b", "Ünï"])[iris[1]]
    entries = to_onnx(network(iris[0], labels)).metadata_props
    (entry,) = (entry for entry in entries if entry.key == "classes")
    assert (entry.key, json.loads(entry.value)) == ("classes", ["a", "b", "Ünï"])


def test_several_labels_per_sample(iris):
    X, y = iris
    clf = MultiOutputClassifier(network(X, y)).fit(X, np.column_stack([y, y > 0]))
    outputs = run(to_onnx(clf, X[:1]), {"X": X})
    assert_array_equal(outputs["label"], clf.predict(X))


def test_rows_are_a_dimension_with_a_name(iris, flowers):
    for model in (to_onnx(network(*iris)), to_onnx(flowers[0], flowers[1][:1])):
        for value in (*model.graph.input, *model.graph.output):
            assert value.type.tensor_type.shape.dim[0].dim_param == "n_samples"


def test_a_subclass(iris):
    class Own(MLPSoftmaxClassifier):
        pass

    clf = Own((4,), max_iter=5, random_state=0).fit(*iris)
    P = run(to_onnx(clf), {"X": iris[0]})["probabilities"]
    assert_allclose(P, clf.predict_proba(iris[0]), rtol=0, atol=1e-12)


def test_its_producer_is_named_in_a_pipeline_too(flowers):
    pipeline, X = flowers
    model = to_onnx(pipeline, X[:1])
    assert (model.producer_name, model.producer_version) == ("skmlp", skmlp.__version__)


def test_old_runtimes_read_it(iris, flowers):
    """ONNX Runtime 1.18, the oldest supported, has the versions up to 21 and 5, and IR 10."""
    for model in (to_onnx(network(*iris)), to_onnx(flowers[0], flowers[1][:1])):
        versions = {opset.domain: opset.version for opset in model.opset_import}
        assert versions[""] <= 15
        assert versions.get("ai.onnx.ml", 1) <= 3
        assert model.ir_version <= 8


def test_an_activation_that_is_added_to_the_tables(iris, monkeypatch):
    """This is the example in CONTRIBUTING.md."""
    from skmlp.export.onnx.network import ACTIVATIONS_OF_ONNX

    clf = network(*iris, "tanh")
    monkeypatch.setitem(ACTIVATIONS_OF_ONNX, "tanh", lambda Z: Z / (Z.then("Abs") + 1))
    P = run(to_onnx(clf), {"X": iris[0]})["probabilities"]
    assert_allclose(P, softsigns(clf, iris[0]), rtol=0, atol=1e-12)


def softsigns(clf, X):
    """Compute the probabilities of a network with another activation."""
    H = X
    for W, b in zip(clf.coefs_[:-1], clf.intercepts_[:-1], strict=True):
        Z = H @ W + b
        H = Z / (1 + np.abs(Z))
    return skmlp.softmax(H @ clf.coefs_[-1] + clf.intercepts_[-1])


def test_one_row_at_a_time(iris):
    clf = network(*iris)
    outputs = run(to_onnx(clf), {"X": iris[0][:1]})
    assert {name: output.shape for name, output in outputs.items()} == {
        "label": (1,),
        "probabilities": (1, 3),
    }


def test_it_must_be_fitted():
    with pytest.raises(NotFittedError):
        to_onnx(MLPSoftmaxClassifier())


# In a Pipeline, by skl2onnx


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("load", [load_breast_cancer, load_digits, load_iris, load_wine])
def test_a_pipeline_has_the_same_probabilities_and_labels(load, dtype):
    X, y = load(return_X_y=True)
    X = X.astype(dtype)
    pipeline = make_pipeline(StandardScaler(), MLPSoftmaxClassifier((16,), max_iter=5)).fit(X, y)
    outputs = run(convert(pipeline, X[:1], options={"zipmap": False}), {"X": X})
    assert list(outputs) == ["label", "probabilities"]
    assert_allclose(
        outputs["probabilities"], pipeline.predict_proba(X), rtol=0, atol=TOLERANCES[dtype]
    )
    assert_array_equal(outputs["label"], pipeline.predict(X))


@pytest.fixture
def flowers(iris):
    """Return a fitted Pipeline and its data, in float32, with strings as labels."""
    X = iris[0].astype(np.float32)
    y = np.array(["setosa", "versicolor", "virginica"])[iris[1]]
    return make_pipeline(StandardScaler(), network(X, y)).fit(X, y), X


def test_zipmap(flowers):
    pipeline, X = flowers
    P = pipeline.predict_proba(X)
    outputs = run(convert(pipeline, X[:1]), {"X": X})
    assert outputs["output_probability"][0].keys() == {"setosa", "versicolor", "virginica"}
    zipped = [list(row.values()) for row in outputs["output_probability"]]
    assert_allclose(zipped, P, rtol=0, atol=1e-6)
    assert_array_equal(outputs["output_label"], pipeline.predict(X))
    outputs = run(convert(pipeline, X[:1], options={"zipmap": "columns"}), {"X": X})
    assert list(outputs) == ["output_label", "ssetosa", "sversicolor", "svirginica"]
    assert_allclose(outputs["svirginica"], P[:, 2], rtol=0, atol=1e-6)


def test_labels_by_their_places(flowers):
    pipeline, X = flowers
    model = convert(pipeline, X[:1], options={"zipmap": False, "nocl": True})
    assert_array_equal(run(model, {"X": X})["label"], pipeline.predict_proba(X).argmax(axis=1))


def test_class_labels_as_an_output(flowers):
    pipeline, X = flowers
    model = convert(pipeline, X[:1], options={"zipmap": False, "output_class_labels": True})
    assert_array_equal(run(model, {"X": X})["class_labels"], pipeline.classes_)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_raw_scores(iris, n_classes):
    X, y = (part[: 50 * n_classes] for part in iris)
    clf = network(X, y)
    model = convert(clf, X[:1], options={"zipmap": False, "raw_scores": True})
    O = clf.decision_function(X)
    O = np.column_stack([-O, O]) if n_classes == 2 else O
    assert_allclose(run(model, {"X": X})["probabilities"], O, rtol=1e-12)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_raw_scores_of_a_pipeline(iris, n_classes):
    X, y = (part[: 50 * n_classes] for part in iris)
    pipeline = make_pipeline(StandardScaler(), network(X, y)).fit(X, y)
    model = convert(pipeline, X[:1], options={"zipmap": False, "raw_scores": True})
    O = pipeline.decision_function(X)
    O = np.column_stack([-O, O]) if n_classes == 2 else O
    assert_allclose(run(model, {"X": X})["probabilities"], O, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("nest", [make_pipeline, lambda clf: GridSearchCV(clf, {"alpha": [0.1]})])
def test_raw_scores_of_a_nested_estimator(iris, nest):
    X, y = iris
    inner = nest(MLPSoftmaxClassifier((4,), max_iter=5, random_state=0))
    pipeline = make_pipeline(StandardScaler(), inner).fit(X, y)
    model = convert(pipeline, X[:1], options={"zipmap": False, "raw_scores": True})
    assert_allclose(run(model, {"X": X})["probabilities"], pipeline.decision_function(X))


@pytest.mark.parametrize("by", [lambda pipeline: Pipeline, lambda pipeline: id(pipeline[-1])])
@pytest.mark.parametrize(
    "inner", [LogisticRegression(), SGDClassifier(loss="log_loss", random_state=0)]
)
def test_raw_scores_of_a_pipeline_around_a_classifier_of_scikit_learn(iris, inner, by):
    X, y = iris[0].astype(np.float32), iris[1]
    pipeline = make_pipeline(StandardScaler(), inner).fit(X, y)
    options = {by(pipeline): {"zipmap": False, "raw_scores": True}}
    O = run(convert(pipeline, X[:1], options=options), {"X": X})["probabilities"]
    assert_allclose(O, pipeline.decision_function(X), rtol=1e-3, atol=1e-3)


def test_raw_scores_of_a_pipeline_that_skl2onnx_would_lose(iris):
    pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(*iris)
    with pytest.raises(
        ValueError, match="lost with other options: set it for the LogisticRegression"
    ):
        convert(pipeline, iris[0][:1], options={"zipmap": False, "raw_scores": True})


def test_raw_scores_of_a_pipeline_that_would_be_lost(iris):
    pipeline = make_pipeline(StandardScaler(), calibrated(network(*iris))).fit(*iris)
    with pytest.raises(ValueError, match=r"raw_scores of a Pipeline.*not for a CalibratedClass"):
        convert(pipeline, iris[0][:1], options={"zipmap": False, "raw_scores": True})


def test_an_mlp_of_ours_needs_no_converter(iris):
    X = iris[0].astype(np.float32)
    clf = network(X, iris[1], "tanh")
    model = pytest.importorskip("skl2onnx").to_onnx(
        to_sklearn(clf), X[:1], options={"zipmap": False}
    )
    P = run(model, {"X": X})["probabilities"]
    assert_allclose(P, clf.predict_proba(X), rtol=0, atol=1e-5)


def calibrated(clf):
    return CalibratedClassifierCV(clf, cv=2)


def voting(clf):
    return VotingClassifier([("one", clf)], voting="soft", flatten_transform=False)


def searched(clf):
    return GridSearchCV(clf, {"alpha": [0.1, 1.0]}, cv=2)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("wrap", [calibrated, voting, searched])
def test_within_other_estimators(iris, wrap, n_classes):
    X, y = (part[: 50 * n_classes] for part in iris)
    model = wrap(MLPSoftmaxClassifier((4,), max_iter=5, random_state=0)).fit(X, y)
    outputs = run(convert(model, X[:1], options={"zipmap": False}), {"X": X})
    assert_allclose(outputs["probabilities"], model.predict_proba(X), rtol=0, atol=1e-12)


def test_integers_and_frames(iris):
    pd = pytest.importorskip("pandas")
    table = pd.DataFrame((10 * iris[0]).astype(int), columns=list("abcd"))
    clf = network(table, iris[1])
    model = convert(clf, table[:1], options={"zipmap": False})
    outputs = run(model, {name: table[[name]].to_numpy() for name in table})
    assert_allclose(outputs["probabilities"], clf.predict_proba(table), rtol=0, atol=1e-5)


# Tables


def tensors(**kinds):
    """Return the types of columns: "Double", "Float", "Int64", "Boolean" or "String"."""
    types = pytest.importorskip("skl2onnx.common.data_types")
    return [(name, getattr(types, f"{kind}TensorType")([None, 1])) for name, kind in kinds.items()]


TYPES = {
    "age": "Double",
    "height": "Float",
    "rooms": "Int64",
    "garden": "Boolean",
    "empty": "Double",
    "town": "String",
    "street": "String",
    "zone": "Int64",
    "sold": "Int64",
    "took": "Double",
}


@pytest.fixture
def houses():
    """Return a table with columns of all kinds and missing values, and labels."""
    pd = pytest.importorskip("pandas")
    n = 300
    # Float32 values at the edges of bins, which must fall on the same side.
    table = pd.DataFrame(
        {
            "age": RNG.integers(0, 90, n) / 10,
            "height": RNG.integers(0, 40, n).astype(np.float32) / np.float32(10),
            "rooms": RNG.integers(1, 9, n),
            "garden": RNG.random(n) < 0.5,
            "empty": np.nan,
            "town": RNG.choice(["Bern", "Oslo", "Rome", "7"], n).astype(object),
            "street": np.array([f"no {k} st" for k in RNG.integers(0, 60, n)], dtype=object),
            "zone": pd.Categorical(RNG.integers(0, 4, n)),
            "sold": pd.Timestamp("1999-12-31") + pd.to_timedelta(RNG.integers(0, 10**9, n), "s"),
            "took": pd.to_timedelta(RNG.integers(0, 10**6, n), "s"),
        }
    )
    y = np.where((table["age"] > 4) == (table["town"] == "Oslo"), "sells", "waits")
    for name, missing in {"age": np.nan, "town": None, "street": np.nan, "sold": pd.NaT}.items():
        table.loc[RNG.random(n) < 0.1, name] = missing
    return table, y


def feed(table):
    """Return the columns of such a table as ONNX inputs."""
    inputs = {name: table[[name]].to_numpy() for name in table}
    inputs["zone"] = inputs["zone"].astype(np.int64)
    inputs["sold"] = inputs["sold"].astype("M8[us]").astype(np.int64)
    inputs["took"] = inputs["took"].astype("m8[us]").astype(np.int64) / 1e6
    return inputs


def test_an_encoded_table_is_the_same_to_the_last_bit(houses):
    table, y = houses
    encoder = TabularEncoder(max_categories=20, random_state=0).fit(table[:200], y[:200])
    assert len(set(encoder.kinds_.values())) == 5
    assert encoder.dropped_ == {"empty": "all missing"}
    new = table[200:].copy()
    new.iloc[:5, new.columns.get_loc("town")] = "Paris"
    new.iloc[5:9, new.columns.get_loc("street")] = "no 99 st"
    outputs = run(convert(encoder, initial_types=tensors(**TYPES)), feed(new))
    assert_array_equal(outputs["variable"], encoder.transform(new))


def test_numbers_far_from_those_fitted_on():
    encoder = TabularEncoder(n_bins=8).fit(1e-9 * RNG.standard_normal((100, 1)))
    X = np.array([[1e200], [-1e200], [1e9], [-1e9]])
    assert_array_equal(run(convert(encoder, X[:1]), {"X": X})["variable"], encoder.transform(X))


def test_dates_of_all_centuries():
    low, high = np.array(["-4000-01-01", "9999-12-31"], "M8[us]").astype(np.int64)
    when = RNG.integers(low, high, size=(2000, 2))
    encoder = TabularEncoder().fit(when.astype("M8[us]"))
    model = convert(encoder, when[:1])
    assert_array_equal(
        run(model, {"X": when})["variable"], encoder.transform(when.astype("M8[us]"))
    )


def test_days_and_minutes_around_the_ends_of_months():
    first = np.arange("1896-01", "2105-01", dtype="M8[M]").astype("M8[us]")
    when = np.concatenate([first - np.timedelta64(61, "s"), first])[:, None]
    encoder = TabularEncoder(n_bins=0).fit(when)
    assert {"x0_day", "x0_days_to_month_end", "x0_minute"} < set(encoder.get_feature_names_out())
    outputs = run(convert(encoder, when[:1].astype(np.int64)), {"X": when.astype(np.int64)})
    assert_array_equal(outputs["variable"], encoder.transform(when))


@pytest.mark.parametrize("missing", [None, np.nan, "", "<NA>"])
def test_missing_strings(missing):
    X = np.array([["a"], ["b"], [None]] * 5, dtype=object)
    encoder = TabularEncoder(min_frequency=1).fit(X)
    new = np.array([["b"], [missing], ["c"]], dtype=object)
    Z = run(convert(encoder, initial_types=tensors(x="String")), {"x": new})["variable"]
    assert_array_equal(Z, [[0, 1, 0], [0, 0, 1], [0, 0, 0]])


def test_a_category_that_is_called_as_a_missing_one_is_none():
    X = np.array([["nan"], ["b"], [None]] * 5, dtype=object)
    encoder = TabularEncoder(min_frequency=1).fit(X)
    with pytest.warns(UserWarning, match="'x0' of X has the category 'nan'.*pass '' for miss"):
        model = convert(encoder, initial_types=tensors(x="String"))
    new = np.array([["nan"], [""]], dtype=object)
    assert_array_equal(run(model, {"x": new})["variable"], encoder.transform([["nan"], [None]]))


def test_whole_numbers_as_categories():
    X = np.array([["1"], ["-2"], ["b"]] * 5, dtype=object)
    encoder = TabularEncoder(min_frequency=1).fit(X)
    new = np.array([["1.0"], ["-2.0"], ["1.00"], ["b.0"]], dtype=object)
    Z = run(convert(encoder, initial_types=tensors(x="String")), {"x": new})["variable"]
    assert_array_equal(Z, encoder.transform(new))


@pytest.mark.parametrize("n_classes", [2, 3])
def test_an_ensemble_has_the_same_probabilities_and_labels(houses, n_classes):
    table, y = houses
    y = np.where(table["rooms"] > 6, "large", y) if n_classes == 3 else y
    clf = TabularMLPClassifier((16,), n_folds=2, max_iter=5, random_state=0).fit(table, y)
    model = convert(clf, initial_types=tensors(**TYPES), options={"zipmap": False})
    outputs = run(model, feed(table))
    assert outputs["probabilities"].dtype == np.float32
    assert_allclose(outputs["probabilities"], clf.predict_proba(table), rtol=0, atol=1e-5)
    assert_array_equal(outputs["label"], clf.predict(table))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_ensemble_on_a_matrix_of_few_rows(iris, dtype):
    X, y = iris[0][::4].astype(dtype), iris[1][::4]
    clf = TabularMLPClassifier(random_state=0).fit(X, y)
    outputs = run(convert(clf, X[:1], options={"zipmap": False}), {"X": X})
    assert_allclose(outputs["probabilities"], clf.predict_proba(X), rtol=0, atol=1e-6)
    assert_array_equal(outputs["label"], clf.predict(X))


@pytest.mark.parametrize("zipmap", [True, "columns"])
def test_tables_of_frames_and_zipmap(houses, zipmap):
    """Types are inferred from a DataFrame; its first column is float64, invalid in maps."""
    table, y = houses
    table = table.drop(columns=["sold", "took", "zone"]).dropna(subset=["age", "town", "street"])
    y = y[table.index]
    for model in (
        TabularMLPClassifier((8,), n_folds=1, max_iter=2, random_state=0),
        make_pipeline(TabularEncoder(), MLPSoftmaxClassifier((8,), max_iter=2)),
    ):
        model.fit(table, y)
        inputs = {name: table[[name]].to_numpy() for name in table}
        outputs = run(convert(model, table[:1], options={"zipmap": zipmap}), inputs)
        P = list(outputs.values())[1:]
        P = [list(row.values()) for row in P[0]] if zipmap is True else np.transpose(P)
        assert_allclose(P, model.predict_proba(table), rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "wrong", "message"),
    [
        ("age", "String", "'age' of X had values of kind number.*must be one of numbers"),
        ("town", "Float", "'town' of X had values of kind category.*must be one of strings"),
        ("sold", "Double", "'sold' of X had values of kind date.*microseconds since 1970"),
    ],
)
def test_a_column_of_another_type_is_named(houses, name, wrong, message):
    encoder = TabularEncoder().fit(*houses)
    with pytest.raises(ValueError, match=message):
        convert(encoder, initial_types=tensors(**{**TYPES, name: wrong}))


def test_columns_of_other_names(houses):
    encoder = TabularEncoder().fit(*houses)
    types = tensors(**TYPES)
    with pytest.raises(ValueError, match=r"The inputs are \['height', 'age'.*in this order"):
        convert(encoder, initial_types=[types[1], types[0], *types[2:]])
    with pytest.raises(ValueError, match="have 9 columns, but TabularEncoder was fitted on 10"):
        convert(encoder, initial_types=types[1:])


def test_columns_whose_number_is_not_known(iris):
    X, y = iris
    pipeline = make_pipeline(StandardScaler(), network(X, y)).fit(X, y)
    types = pytest.importorskip("skl2onnx.common.data_types")
    X_type = types.DoubleTensorType([None, None])
    model = convert(pipeline, initial_types=[("X", X_type)], options={"zipmap": False})
    assert run(model, {"X": X})["label"].tolist() == pipeline.predict(X).tolist()


def test_a_network_on_other_columns(iris):
    pd = pytest.importorskip("pandas")
    table = pd.DataFrame(iris[0], columns=list("abcd"))
    clf = network(table, iris[1])
    types = tensors(**dict.fromkeys("bacd", "Double"))
    with pytest.raises(ValueError, match=r"inputs are \['b', 'a'.*Classifier was fitted on \['a'"):
        convert(clf, initial_types=types)
    with pytest.raises(ValueError, match="have 3 columns, but MLPSoftmaxClassifier was"):
        convert(clf, initial_types=types[1:])


def test_it_is_registered_again_without_harm(flowers):
    pipeline, X = flowers
    convert(pipeline, X[:1])
    importlib.reload(importlib.import_module("skmlp.export.onnx"))
    convert(pipeline, X[:1])
