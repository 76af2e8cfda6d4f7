"""Safetensors files."""

import json
import os
import pickle

import numpy as np
import pytest
from conftest import make
from numpy.testing import assert_array_equal
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, make_scorer

from skmlp import MLPSoftmaxClassifier
from skmlp.export import load, save
from skmlp.export.format import PARAMETERS
from skmlp.training import OPTIMIZERS, SCHEDULES

safetensors = pytest.importorskip("safetensors")
safetensors_numpy = pytest.importorskip("safetensors.numpy")

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RECORDS = [
    "loss_",
    "loss_curve_",
    "best_loss_",
    "validation_scores_",
    "validation_loss_curve_",
    "best_validation_score_",
    "best_epoch_",
    "learning_rates_",
    "n_iter_",
    "t_",
    "layer_sizes_",
    "activations_",
    "n_layers_",
    "n_outputs_",
    "out_activation_",
    "n_features_in_",
]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


def stored(clf, path):
    """Save an estimator, and return the one loaded from the file."""
    save(clf, path)
    return load(path)


def assert_same(read, clf, X):
    assert read.get_params() == clf.get_params()
    for name in RECORDS:
        np.testing.assert_equal(getattr(read, name), getattr(clf, name))
    assert_array_equal(read.classes_, clf.classes_)
    assert read.classes_.dtype == clf.classes_.dtype
    assert_array_equal(read.parameters_, clf.parameters_)
    assert read.parameters_.dtype == clf.parameters_.dtype
    assert_array_equal(read.predict_proba(X), clf.predict_proba(X))
    assert_array_equal(read.predict(X), clf.predict(X))


@pytest.mark.parametrize(
    "parameters",
    [
        {"hidden_layer_sizes": ()},
        {"hidden_layer_sizes": [7, 5], "activation": ["gelu", "tanh"], "dropout": (0.1, 0.2)},
        {"early_stopping": True, "n_iter_no_change": np.inf, "class_weight": "balanced"},
        {"dtype": "float32", "max_iter": "auto", "learning_rate": "cosine", "solver": "adamw"},
        {"solver": "lbfgs", "class_weight": {0: 1.0, 1: 2, 2: 0.5}},
        {
            "early_stopping": True,
            "scoring": "balanced_accuracy",
            "random_state": None,
            "verbose": 0,
        },
    ],
)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_round_trip(iris, path, parameters, n_classes):
    X, y = (part[: 50 * n_classes] for part in iris)
    if n_classes == 2 and isinstance(parameters.get("class_weight"), dict):
        parameters = {**parameters, "class_weight": {0: 1.0, 1: 2}}
    clf = make(**parameters).fit(X, y)
    assert_same(stored(clf, path), clf, X)


LABELS = {
    "numbers": np.array([3, 5, 9]),
    "small": np.array([3, 5, 9], np.uint8),
    "large": np.array([3, 5, 2**64 - 1], np.uint64),
    "floats": np.array([-1.0, 0.0, 3.0]),
    "float32": np.array([-1.0, 0.0, 3.0], np.float32),
    "strings": np.array(["", "bb", "é\ud800"]),
    "objects": np.array(["a", "bb", "c"], dtype=object),
    "booleans": np.array([False, True]),
}


@pytest.mark.parametrize("labels", sorted(LABELS))
def test_labels(iris, path, labels):
    names = LABELS[labels]
    clf = make(max_iter=3).fit(iris[0], names[iris[1] % len(names)])
    assert_same(stored(clf, path), clf, iris[0])


@pytest.mark.parametrize("keys", [["tuple"], ["tensor", "dict"], [1, 2], [False, True], ["a", "b"]])
def test_weights_of_classes_of_any_name(iris, path, keys):
    class_weight = dict.fromkeys(keys, 2.0)
    clf = make(max_iter=3).fit(*iris).set_params(class_weight=class_weight)
    read = stored(clf, path).class_weight
    assert read == class_weight
    assert [type(key) for key in read] == [type(key) for key in keys]


@pytest.mark.parametrize("sizes", [range(3, 5), np.array([3, 4], dtype=object)], ids=str)
def test_a_sequence_of_sizes_is_read_as_a_list(iris, path, sizes):
    clf = make(hidden_layer_sizes=sizes, max_iter=3).fit(*iris)
    read = stored(clf, path)
    assert read.hidden_layer_sizes == [3, 4]
    assert_array_equal(read.predict_proba(iris[0]), clf.predict_proba(iris[0]))


def test_scalars_and_arrays_of_numpy(iris, path):
    clf = make(
        hidden_layer_sizes=np.array([7, 5]),
        alpha=np.float64(0.1),
        max_iter=np.int64(3),
        activation=np.str_("tanh"),
        early_stopping=np.bool_(True),
        class_weight={np.int64(0): np.float32(0.5), 1: 1.0, 2: 1.0},
    ).fit(*iris)
    read = stored(clf, path)
    assert_array_equal(read.hidden_layer_sizes, [7, 5])
    values = [read.alpha, read.max_iter, read.activation, read.early_stopping, read.class_weight]
    assert values == [0.1, 3, "tanh", True, {0: 0.5, 1: 1.0, 2: 1.0}]
    assert [type(value) for value in values] == [float, int, str, bool, dict]
    read.fit(*iris)


def test_names_of_features(iris, path):
    pd = pytest.importorskip("pandas")
    X = pd.DataFrame(iris[0], columns=["a", "b", "é", "d e"])
    clf = make(max_iter=3).fit(X, iris[1])
    read = stored(clf, path)
    assert_array_equal(read.feature_names_in_, clf.feature_names_in_)
    assert_array_equal(read.predict_proba(X), clf.predict_proba(X))
    assert read.feature_names_in_.dtype == object


@pytest.mark.parametrize("solver", sorted(OPTIMIZERS))
def test_a_stream_continues_with_the_same_bits(iris, path, solver):
    X, y = iris
    clf = make(solver=solver, dropout=0.2, class_weight="balanced")
    for _ in range(3):
        clf.partial_fit(X, y, classes=[0, 1, 2])
    read = stored(clf, path)
    for _ in range(3):
        clf.partial_fit(X[:40], y[:40])
        read.partial_fit(X[:40], y[:40])
    assert_array_equal(read.parameters_, clf.parameters_)


@pytest.mark.parametrize("learning_rate", sorted(SCHEDULES))
def test_a_warm_start_with_the_same_bits(iris, path, learning_rate):
    clf = make(learning_rate=learning_rate, solver="sgd", warm_start=True, early_stopping=True)
    read = stored(clf.fit(*iris), path).fit(*iris)
    clf.fit(*iris)
    assert_same(read, clf, iris[0])


def test_an_interrupted_training_is_resumed(iris, path):
    clf = make(max_iter=20, warm_start=True, early_stopping=True).fit(*iris)
    state = clf._model.state
    state.fallback = clf.parameters_.copy()  # as during training
    state.progress.n_epochs = 10
    read = stored(clf, path).fit(*iris)
    assert_same(read, clf.fit(*iris), iris[0])
    assert read.n_iter_ == 20


def test_a_training_that_diverged(iris, path):
    with pytest.warns(UserWarning, match="diverged|not finite"):
        clf = make(learning_rate_init=1e300, max_iter=3).fit(*iris)
    assert_same(stored(clf, path), clf, iris[0])


def test_a_stream_whose_weights_have_no_finite_sum(iris, path):
    X, y = iris
    clf = make().partial_fit(X, y, classes=[0, 1, 2], sample_weight=np.full(len(y), 1e307))
    clf.partial_fit(X, y, sample_weight=np.full(len(y), 1e307))
    assert_same(stored(clf, path), clf, X)


def test_a_loaded_estimator_can_be_pickled(iris, path):
    clf = make().fit(*iris)
    assert_same(pickle.loads(pickle.dumps(stored(clf, path))), clf, iris[0])


def test_the_safetensors_library_reads_the_weights(iris, path):
    clf = make(hidden_layer_sizes=(7, 5)).fit(*iris)
    save(clf, path)
    tensors = safetensors_numpy.load_file(path)
    for i in range(3):
        assert_array_equal(tensors[f"coefs_.{i}"], clf.coefs_[i])
        assert_array_equal(tensors[f"intercepts_.{i}"], clf.intercepts_[i])
    with safetensors.safe_open(path, framework="np") as file:
        model = json.loads(file.metadata()["model"])
    assert model["activations"] == ["relu", "relu"]
    assert model["parameters"]["alpha"] == 2.0


def test_a_subclass_is_read_as_the_class_itself(iris, path):
    class Own(MLPSoftmaxClassifier):
        pass

    save(Own(max_iter=3).fit(*iris), str(path))
    assert type(load(str(path))) is MLPSoftmaxClassifier


def test_another_estimator_is_refused(iris, path):
    with pytest.raises(TypeError, match="clf must be an MLPSoftmaxClassifier, got LogisticRegr"):
        save(LogisticRegression(), path)
    assert not path.exists()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"random_state": np.random.RandomState(0)},
            r"random_state=RandomState.*random_state=None",
        ),
        (
            {"early_stopping": True, "scoring": make_scorer(accuracy_score)},
            "scoring=make_scorer.* cannot be saved as data",
        ),
    ],
)
def test_parameters_that_json_does_not_hold(iris, path, parameters, message):
    clf = make(**parameters).fit(*iris)
    with pytest.raises(ValueError, match=message):
        save(clf, path)
    assert not path.exists()
    save(clf.set_params(scoring=None, random_state=None), path)


@pytest.mark.parametrize(
    "labels",
    [np.array(["2020-01-01", "2021-01-01", "2022-01-01"], "M8[ns]"), np.longdouble([0, 1, 2])],
)
def test_labels_that_json_does_not_hold(iris, path, labels):
    clf = make(max_iter=3).fit(*iris)
    clf._model.classes = labels
    with pytest.raises(ValueError, match=r"(?s)classes_=.* cannot be saved as data"):
        save(clf, path)


def test_weights_that_are_not_finite(iris, path):
    clf = make(max_iter=3).fit(*iris)
    clf.parameters_[0] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        save(clf, path)


def test_before_fit(path):
    with pytest.raises(NotFittedError):
        save(make(), path)


def test_a_write_that_fails_leaves_the_old_file(iris, path, monkeypatch):
    clf = make(max_iter=3).fit(*iris)
    save(clf, path)

    def no_space(file):
        raise OSError("no space")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(OSError, match="no space"):
        save(make(max_iter=5).fit(*iris), path)
    assert_same(load(path), clf, iris[0])


# Damaged and changed files


@pytest.fixture
def whole(iris, path):
    """Return the bytes of a file."""
    save(make(max_iter=3).fit(*iris), path)
    return path.read_bytes()


@pytest.mark.parametrize("part", [0, 4, 0.1, 0.5, 0.99])
def test_a_truncated_file(whole, path, part):
    path.write_bytes(whole[: part if part > 1 else int(part * len(whole))])
    with pytest.raises(ValueError, match="is damaged, or not a safetensors file"):
        load(path)


def test_a_file_with_a_bit_flipped(whole, path):
    for bit in np.random.default_rng(0).integers(8 * len(whole), size=300):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"is damaged|was not written by|version .* of the f"):
            load(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 something else", pickle.dumps([1])])
def test_a_file_of_another_kind(path, content):
    path.write_bytes(content)
    with pytest.raises(ValueError, match="not a safetensors file"):
        load(path)


@pytest.mark.parametrize("metadata", [None, {"format": "pt"}])
def test_tensors_of_another_writer(path, metadata):
    safetensors_numpy.save_file({"weight": np.zeros(3)}, path, metadata)
    with pytest.raises(ValueError, match=r"not written by skmlp\.export\.save"):
        load(path)


def test_no_file(path):
    with pytest.raises(FileNotFoundError):
        load(path)


def write_anew(path, change, format_version="1", clf=None):
    """Write a file, by default of three layers, again with a change and a correct checksum.

    If the change returns a text, it is written instead of the model's JSON.
    """
    from skmlp.export.safetensors import _digest

    if clf is None:
        clf = make(hidden_layer_sizes=(7, 5), max_iter=3).fit(np.eye(6, 4), np.arange(6) % 3)
    save(clf, path)
    with safetensors.safe_open(path, framework="np") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name) for name in list(file.keys())}
    del metadata["sha256"]
    model = json.loads(metadata["model"])
    text = change(model, tensors) or json.dumps(model)
    metadata |= {"model": text, "format_version": format_version}
    metadata["sha256"] = _digest(metadata, tensors)
    safetensors_numpy.save_file(tensors, path, metadata)


def test_a_rewritten_file_is_read(path):
    write_anew(path, lambda model, tensors: None)
    assert load(path).layer_sizes_ == (4, 7, 5, 3)


def test_a_newer_version_of_the_format(path):
    write_anew(path, lambda model, tensors: None, format_version="2")
    with pytest.raises(ValueError, match=r"version 2 of the format, .* install a newer skmlp"):
        load(path)


def of_model(*keys, value):
    def change(model, tensors):
        for key in keys[:-1]:
            model = model[key]
        model[keys[-1]] = value

    return change


def of_tensor(name, make_other):
    def change(model, tensors):
        tensors[name] = np.asarray(make_other(tensors.get(name)))

    return change


def without_tensor(name):
    def change(model, tensors):
        del tensors[name]

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (of_tensor("coefs_.1", lambda A: A[:, :2].copy()), "Layer 1 .* do not match"),
        (of_tensor("coefs_.0", np.ravel), "Layer 0 .* do not match"),
        (of_tensor("coefs_.0", lambda A: A[0, 0]), "cannot be read"),
        (of_tensor("intercepts_.0", lambda b: b[:2].copy()), "Layer 0 .* do not match"),
        (of_tensor("coefs_.0", lambda A: A * np.nan), "not finite"),
        (without_tensor("coefs_.2"), "coefs_.2"),
        (without_tensor("state.optimizer.vectors.0"), r"state.optimizer.vectors.0"),
        (of_model("classes", "labels", value=[0, 1]), "3 units, but there are 2 classes"),
        (of_model("classes", "dtype", value="M8[ns]"), r"M8\[ns\]"),
        (of_model("classes", "dtype", value="i4,i4"), "i4,i4"),
        (of_model("activations", value=["relu", "os.system"]), "activation 'os.system'"),
        (of_model("activations", value=["relu"]), "5 units, but there are 3"),
        (of_model("parameters", "unheard_of", value=1), r"skmlp .* does not have: \['unheard_of'"),
        (of_model("parameters", value=[]), "cannot be read"),
        (of_model("state", "rng", "bit_generator", value="MT19937"), "cannot be read"),
        (of_model("state", "optimizer", "name", value="os"), "cannot be read"),
        (of_model("state", "optimizer", value=3), "cannot be read"),
        (of_model("state", "history", "unheard_of", value=3), "cannot be read"),
        (of_model("state", "progress", "unheard_of", value=3), "cannot be read"),
        (lambda model, tensors: "{}", "cannot be read"),
        (lambda model, tensors: "[]", "cannot be read"),
        (lambda model, tensors: "{", "cannot be read"),
        (lambda model, tensors: "[" * 200_000, "cannot be read"),
        (of_model("state", "optimizer", "vectors", value=[{"tensor": ["a"]}]), "cannot be read"),
        (of_model("state", "optimizer", "vectors", value=[]), "vectors .* a list of 2 items"),
        (of_model("state", "optimizer", "t", value=0), "vectors .* a list of 0 items"),
        (of_model("state", "schedule", "learning_rate_init", value="auto"), "number above 0"),
        (of_model("state", "rng", "state", "state", value=-1), "state -1 .* integer of 128 bits"),
        (of_model("state", "rng", "state", "inc", value=2), "inc 2 .* odd integer of 128 bits"),
        (of_model("state", "rng", "uinteger", value=2**32), "integer of 32 bits"),
        (of_model("state", "split_seed", value=2**32), "integer of 32 bits"),
        (of_model("state", "history", "loss_curve", value="abc"), "loss_curve 'abc' .* a list"),
        (of_model("state", "history", "loss_curve", value=[1, "a", 2]), "loss 'a' .* a number"),
        (of_model("state", "history", "rates", value=[0.1] * 4), "a list of 0 to 3 items"),
        (of_model("state", "progress", "best_epoch", value=4), "best_epoch 4 .* one of 3 epochs"),
        (of_model("state", "in_force", "batch_size", value="auto"), "batch_size 'auto' .* integer"),
        (of_model("state", "in_force", value={"max_iter": 3}), "in_force .* of these fields"),
        (of_model("state", "class_totals", value={"tensor": "coefs_.0"}), "coefs_.0"),
        (of_model("classes", "labels", value=[1, 1, 1]), "labels .* sorted, each once"),
        (of_model("classes", "labels", value=[2, 1, 0]), "labels .* sorted, each once"),
        (of_model("classes", "labels", value=[[0, 1], [1, 2], [3, 4]]), "labels .* each once"),
        (of_model("classes", "labels", value=[0, 1, 2.5]), "labels of the dtype"),
        (of_model("classes", "labels", value=["0", "1", "2"]), "labels of the dtype"),
        (of_model("classes", value={"dtype": "|O", "labels": [[0], [1, 2], [3]]}), "labels"),
        (of_model("classes", value={"dtype": "|u1", "labels": [0, 1, 300]}), "cannot be read"),
        (of_model("feature_names", value=["a", "b"]), "feature_names .* a list of 4 items"),
        (of_model("feature_names", value=["a", "b", "c", 4]), "name of a feature 4 .* a string"),
        (of_model("parameters", "alpha", value=-1), "alpha -1 .* a number of at least 0"),
        (of_model("parameters", "hidden_layer_sizes", value=[7, 0]), "integer of at least 1"),
        (of_tensor("intercepts_.0", np.float32), "vector of biases .* of float64"),
        (of_tensor("unheard_of", lambda A: 1.0), r"\['unheard_of'\] are not used"),
        (of_tensor("state.optimizer.vectors.0", np.float32), "vector of the solver .* of float64"),
        (of_tensor("state.optimizer.vectors.1", lambda A: A[1:].copy()), "vector of the solver"),
    ],
)
@pytest.mark.filterwarnings("ignore:NumPy will stop allowing conversion:DeprecationWarning")
def test_a_file_that_was_tampered_with(path, change, message):
    write_anew(path, change)
    with pytest.raises(ValueError, match=message):
        load(path)


# A value that no field allows, and others that some fields allow.
NOWHERE = [[[1]], [None], [{}], {"tuple": 3}, {"tensor": "missing"}, {"tensor": "coefs_.0"}]
SOMEWHERE = [-1, 0, 7, 2.5, -2.5, np.nan, np.inf, 2**130, True, None, "abc", "", [], {}, [1], ["a"]]


def paths_of(value, path=()):
    """Yield the path of each field, and of the first items of lists."""
    if path:
        yield path
    if isinstance(value, dict):
        for key in value:
            yield from paths_of(value[key], (*path, key))
    elif isinstance(value, list):
        for i in range(len(value))[:3]:
            yield from paths_of(value[i], (*path, i))


@pytest.fixture(params=["validated", "stream", "cut off"])
def any_model(request, iris):
    """Return a model with fields that are empty in others."""
    X, y = iris
    if request.param == "stream":
        clf = make(solver="sgd", learning_rate="adaptive", dtype="float32", max_iter=3)
        return clf.fit(X, y == 1).partial_fit(X, y == 1)
    if request.param == "validated":
        pd = pytest.importorskip("pandas")
        clf = make(solver="nadam", activation=["gelu"], early_stopping=True, max_iter=3)
        return clf.fit(pd.DataFrame(X, columns=list("abcd")), np.array(list("uvw"), object)[y])
    clf = make(hidden_layer_sizes=(), solver="lbfgs", max_iter=3).fit(X, y)
    clf._model.state.fallback = clf.parameters_.copy()  # as during training
    return clf


def content_of(path):
    with safetensors.safe_open(path, framework="np") as file:
        return json.loads(file.metadata()["model"])


def read_changed(clf, path, keys, value):
    """Read a file with one field changed."""
    write_anew(path, of_model(*keys, value=value), clf=clf)
    return load(path)


@pytest.fixture
def without_sync(monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda file: None)


@pytest.mark.usefixtures("without_sync")
@pytest.mark.parametrize("value", NOWHERE, ids=str)
def test_a_field_of_a_kind_that_it_never_has_is_refused(any_model, path, value):
    save(any_model, path)
    for keys in paths_of(content_of(path)):
        with pytest.raises(ValueError, match="cannot be read"):
            read_changed(any_model, path, keys, value)


@pytest.mark.usefixtures("without_sync")
@pytest.mark.parametrize("value", SOMEWHERE, ids=repr)
def test_a_field_that_was_changed_is_refused_or_read_as_it_is(any_model, path, value):
    save(any_model, path)
    for keys in paths_of(content_of(path)):
        if keys in (("skmlp",), ("parameters",)):  # the version is not kept
            continue
        try:
            read = read_changed(any_model, path, keys, value)
        except ValueError:
            continue
        changed = content_of(path)
        save(read, path)
        # A tuple may be written in several ways.
        assert "tuple" in keys or json.dumps(content_of(path), sort_keys=True) == json.dumps(
            changed, sort_keys=True
        )


@pytest.mark.usefixtures("without_sync")
def test_a_field_that_is_missing_is_refused(any_model, path):
    save(any_model, path)
    for *keys, last in paths_of(content_of(path)):
        if isinstance(last, int) or keys[:1] == ["parameters"]:
            continue

        def without(model, tensors, keys=keys, last=last):
            for key in keys:
                model = model[key]
            del model[last]

        write_anew(path, without, clf=any_model)
        with pytest.raises(ValueError, match="cannot be read"):
            load(path)


def test_a_parameter_that_is_missing_has_its_default(path):
    def without(model, tensors):
        del model["parameters"]["alpha"]

    write_anew(path, without, clf=make(alpha=1.0, max_iter=3).fit(np.eye(6), np.arange(6) % 3))
    assert load(path).alpha == 2.0


def test_every_parameter_has_a_rule():
    assert PARAMETERS.keys() == MLPSoftmaxClassifier().get_params(deep=False).keys()


def test_a_parameter_that_could_not_be_read_is_not_written(iris, path):
    clf = make(max_iter=3).fit(*iris).set_params(alpha=-1)
    with pytest.raises(ValueError, match="alpha=-1 is not allowed"):
        save(clf, path)


def test_a_subclass_with_parameters_of_its_own(iris, path):
    class Own(MLPSoftmaxClassifier):
        def __init__(self, epochs=3):
            super().__init__(7, max_iter=epochs)
            self.epochs = epochs

    read = stored(Own().fit(*iris), path)
    assert (read.hidden_layer_sizes, read.max_iter) == (7, 3)


@pytest.mark.parametrize("write", [True, False], ids=["save", "load"])
@pytest.mark.parametrize("name", [".", "missing/model"])
def test_a_path_that_names_no_file_is_in_the_error(iris, tmp_path, write, name):
    path = tmp_path / name
    with pytest.raises((IsADirectoryError, FileNotFoundError, PermissionError)) as error:
        save(make(max_iter=3).fit(*iris), path) if write else load(path)
    assert os.fspath(error.value.filename) == str(path)
