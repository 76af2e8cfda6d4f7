"""Predictions for Dask collections: lazy, of the type of X, and equal to those of one machine."""

import copy
import threading

import numpy as np
import pytest
from scipy import sparse
from sklearn.exceptions import NotFittedError
from sklearn.metrics import accuracy_score
from sklearn.pipeline import make_pipeline

from skmlp import (
    MLPSoftmaxClassifier,
    TabularEncoder,
    TrainingCurveDisplay,
    WeightsDisplay,
)

dask = pytest.importorskip("dask")
pytest.importorskip("distributed")
pd = pytest.importorskip("pandas")

import dask.array as da  # noqa: E402
import dask.dataframe as dd  # noqa: E402
from distributed import Client  # noqa: E402

from skmlp.dask import DaskMLPSoftmaxClassifier  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

METHODS = ["predict", "predict_proba", "predict_log_proba", "decision_function"]
every_method = pytest.mark.parametrize("method", METHODS)


def cluster_model(X, y, **parameters):
    """Return the same model twice: for one machine, and for a cluster."""
    local = MLPSoftmaxClassifier((5,), max_iter=3, random_state=0, **parameters).fit(X, y)
    return local, DaskMLPSoftmaxClassifier.from_local(local)


@pytest.fixture(autouse=True)
def one_thread():
    """Compute in this process, even if other tests leave clients behind."""
    with dask.config.set(scheduler="synchronous"):
        yield


@pytest.fixture(scope="module", params=["three strings", "two numbers", "float32"])
def models(request, iris):
    X, y = iris
    if request.param == "three strings":
        return cluster_model(X, np.array(["a", "bb", "ccc"])[y])
    if request.param == "two numbers":
        return cluster_model(X, y == 1)
    return cluster_model(X.astype(np.float32), y)


def test_the_workers_get_the_model_without_its_solver(models, iris, monkeypatch):
    _, remote = models
    sent = []
    monkeypatch.setattr(
        "skmlp.dask.classifier.predict_lazily", lambda model, *_: sent.append(model)
    )
    remote.predict(da.from_array(iris[0], chunks=50))
    assert sent[0]._model.state.optimizer is None
    assert remote._model.state.optimizer is not None


def test_callbacks_stay_on_the_client(models, iris):
    _, remote = models
    remote = copy.copy(remote)
    remote._skl_callbacks = [threading.Lock()]  # a lock can neither be copied nor sent
    assert remote.predict(da.from_array(iris[0], chunks=50)).compute().shape == (150,)


@every_method
@pytest.mark.parametrize("chunks", [(50, -1), (150, -1), ((20, 0, 130), (1, 3))])
def test_arrays(models, iris, method, chunks):
    local, remote = models
    result = getattr(remote, method)(da.from_array(iris[0], chunks=chunks))
    assert isinstance(result, da.Array)
    da.utils.assert_eq(result, getattr(local, method)(iris[0]))


@every_method
def test_arrays_of_unknown_chunks(models, iris, method):
    local, remote = models
    X = da.from_array(iris[0], chunks=(40, -1))
    some = X[X[:, 0] > 0]
    expected = getattr(local, method)(iris[0][iris[0][:, 0] > 0])
    da.utils.assert_eq(getattr(remote, method)(some), expected)


@every_method
def test_sparse_blocks(models, iris, method):
    local, remote = models
    X = da.from_array(iris[0], chunks=(40, -1)).map_blocks(sparse.csr_array)
    da.utils.assert_eq(getattr(remote, method)(X), getattr(local, method)(iris[0]), atol=1e-6)


@every_method
def test_frames(models, iris, method):
    local, remote = models
    X = pd.DataFrame(iris[0], index=np.arange(150) * 2 + 7)
    result = getattr(remote, method)(dd.from_pandas(X, npartitions=4))
    expected = getattr(local, method)(iris[0])
    if expected.ndim == 1:
        dd.utils.assert_eq(result, pd.Series(expected, index=X.index))
    else:
        dd.utils.assert_eq(result, pd.DataFrame(expected, X.index, columns=local.classes_))


@every_method
def test_local_tables(models, iris, method):
    local, remote = models
    result = getattr(remote, method)(iris[0])
    assert isinstance(result, np.ndarray)
    np.testing.assert_array_equal(result, getattr(local, method)(iris[0]))


# Inspection


LAYERS = pytest.mark.parametrize("layer", [0, -1])


@LAYERS
@pytest.mark.parametrize("chunks", [(50, -1), ((20, 0, 130), (1, 3))])
def test_hidden_activations_of_arrays(models, iris, layer, chunks):
    local, remote = models
    X = da.from_array(iris[0], chunks=chunks)
    da.utils.assert_eq(
        remote.hidden_activations(X, layer), local.hidden_activations(iris[0], layer)
    )


def test_hidden_activations_of_frames(models, iris):
    local, remote = models
    X = pd.DataFrame(iris[0], index=np.arange(150) * 2 + 7)
    expected = pd.DataFrame(local.hidden_activations(iris[0]), index=X.index)
    dd.utils.assert_eq(remote.hidden_activations(dd.from_pandas(X, npartitions=4)), expected)


@pytest.mark.parametrize("of", [da.asarray, dd.from_array])
def test_a_layer_that_does_not_exist_is_refused_at_once(models, iris, of):
    with pytest.raises(ValueError, match="layer=7 does not exist"):
        models[1].hidden_activations(of(iris[0]), 7)


def labels_of(local):
    return np.resize(local.classes_, 150)


# Labels in memory, and of Dask in the partitions of an array of chunks (40, -1), or in others.
TARGETS = {
    "none": lambda labels: None,
    "one label": lambda labels: labels[1],
    "array": lambda labels: labels,
    "list": lambda labels: labels.tolist(),
    "Dask array": lambda labels: da.from_array(labels, 40),
    "Dask array of other chunks": lambda labels: da.from_array(labels, 33),
    "Dask Series": lambda labels: dd.from_pandas(pd.Series(labels), npartitions=4),
    "Dask Series of other partitions": lambda labels: dd.from_pandas(pd.Series(labels), 3),
}
every_target = pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)


def in_memory(target):
    return target.compute() if dask.is_dask_collection(target) else target


@every_target
def test_input_gradients_of_arrays(models, iris, target):
    local, remote = models
    target = target(labels_of(local))
    result = remote.input_gradients(da.from_array(iris[0], chunks=(40, -1)), target)
    assert result.chunks == ((40, 40, 40, 30), (4,))
    da.utils.assert_eq(result, local.input_gradients(iris[0], in_memory(target)))


@every_target
def test_input_gradients_of_frames(models, iris, target):
    local, remote = models
    X = pd.DataFrame(iris[0])
    target = target(labels_of(local))
    split = dd.from_pandas(X, npartitions=4)
    result = remote.input_gradients(split, target)
    assert result.divisions == split.divisions
    expected = local.input_gradients(iris[0], in_memory(target))
    dd.utils.assert_eq(result, pd.DataFrame(expected, X.index, X.columns))


@pytest.mark.parametrize("alike", [True, False])
def test_input_gradients_of_arrays_of_unknown_chunks(models, iris, alike):
    local, remote = models
    X, labels = iris[0], labels_of(local)
    kept, split = X[:, 0] > 0, da.from_array(X, chunks=(40, -1))
    some = split[:, 0] > 0
    target = da.from_array(labels, 40)[some] if alike else da.from_array(labels[kept], 33)
    expected = local.input_gradients(X[kept], labels[kept])
    da.utils.assert_eq(remote.input_gradients(split[some], target), expected)


@pytest.mark.parametrize("lengths", [((50, 50, 50), (100, 50, 0)), ((0, 150), (50, 100))])
def test_labels_in_other_partitions_of_unknown_lengths(models, iris, lengths):
    local, remote = models
    X = da.from_array(iris[0], (lengths[0], -1))
    labels = da.from_array(labels_of(local), (lengths[1],))
    every = da.ones(150, dtype=bool, chunks=labels.chunks)
    gradients = remote.input_gradients(X[X[:, 0] > 0], labels[every])
    with pytest.raises(ValueError, match=r"A partition of target has .*target.compute\(\)"):
        gradients.compute()


def test_input_gradients_of_chunks_without_rows(models, iris):
    local, remote = models
    X = da.from_array(iris[0], chunks=((20, 0, 130), (1, 3)))
    expected = local.input_gradients(iris[0], labels_of(local))
    da.utils.assert_eq(remote.input_gradients(X, labels_of(local)), expected)


def test_input_gradients_of_local_tables_for_labels_of_dask(models, iris):
    local, remote = models
    labels = labels_of(local)
    result = remote.input_gradients(iris[0], da.from_array(labels, 40))
    np.testing.assert_array_equal(result, local.input_gradients(iris[0], labels))


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("unknown", r"`target` has classes not in `self.classes_`: \['unknown'\]"),
        (["unknown"] * 150, r"`target` has classes not in `self.classes_`: \['unknown'\]"),
        (da.zeros(149), "target has 149 labels, but X has 150 samples"),
        (da.zeros((150, 2)), r"target must be one label, .* got a Dask Array"),
        (dask.delayed(np.zeros)(150), r"target must be one label, .* got a Dask Delayed"),
    ],
)
def test_targets_that_are_refused_at_once(iris, target, words):
    _, remote = cluster_model(iris[0], np.array(["a", "b", "c"])[iris[1]])
    with pytest.raises(ValueError, match=words):
        remote.input_gradients(da.from_array(iris[0], chunks=(50, -1)), target)


def test_labels_that_are_too_few_are_refused_where_rows_are_counted(models, iris):
    local, remote = models
    X = dd.from_pandas(pd.DataFrame(iris[0]), npartitions=4)
    gradients = remote.input_gradients(X, labels_of(local)[:100])
    with pytest.raises(ValueError, match="target has 100 labels, but X has 150 samples"):
        gradients.compute()


INSPECT = pytest.mark.parametrize("method", ["hidden_activations", "input_gradients"])


@INSPECT
def test_inspection_is_not_warned_of_names_that_are_there(iris, method):
    X = pd.DataFrame(iris[0], columns=list("abcd"))
    local, remote = cluster_model(X, iris[1])
    result = getattr(remote, method)(dd.from_pandas(X, npartitions=2))
    np.testing.assert_allclose(result.compute(), getattr(local, method)(X))
    if method == "input_gradients":
        assert result.columns.tolist() == list("abcd")


@INSPECT
def test_inspection_before_fit(iris, method):
    with pytest.raises(NotFittedError):
        getattr(DaskMLPSoftmaxClassifier(), method)(da.from_array(iris[0]))


def test_displays_and_summary(iris):
    pytest.importorskip("matplotlib")
    local, remote = cluster_model(*iris)
    assert remote.summary() == local.summary()
    assert TrainingCurveDisplay.from_estimator(remote).loss_curve == local.loss_curve_
    WeightsDisplay.from_estimator(remote)


def test_score_with_weights(models, iris):
    local, remote = models
    X, _ = iris
    labels = np.resize(local.classes_, 150)
    weight = np.linspace(0, 1, 150)
    score = remote.score(
        da.from_array(X, chunks=(50, -1)), da.from_array(labels, 70), da.from_array(weight, 40)
    )
    assert score == pytest.approx(accuracy_score(labels, local.predict(X), sample_weight=weight))


def test_names_are_compared_at_once(iris):
    X = pd.DataFrame(iris[0], columns=list("abcd"))
    _, remote = cluster_model(X, iris[1])
    with pytest.raises(ValueError, match="feature names should match"):
        remote.predict(dd.from_pandas(X[list("bacd")], npartitions=2))


def test_one_warning_of_names_that_are_missing(iris):
    X = pd.DataFrame(iris[0], columns=list("abcd"))
    _, remote = cluster_model(X, iris[1])
    with pytest.warns(UserWarning, match="does not have valid feature names") as warned:
        remote.predict(da.from_array(iris[0], chunks=(40, -1))).compute(scheduler="synchronous")
    assert len(warned) == 1


def test_the_width_is_compared_at_once(models, iris):
    with pytest.raises(ValueError, match="X has 3 features"):
        models[1].predict(da.from_array(iris[0][:, :3], chunks=(50, -1)))


@every_method
def test_not_fitted(iris, method):
    with pytest.raises(NotFittedError):
        getattr(DaskMLPSoftmaxClassifier(), method)(da.from_array(iris[0]))


def test_a_table_with_text_and_missing_values():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"number": rng.normal(size=300), "text": rng.choice(list("pqr"), 300)})
    y = (table.number > 0) ^ (table.text == "p")
    table.loc[::7, "number"] = np.nan
    remote = dd.from_pandas(table, npartitions=3), dd.from_pandas(y, npartitions=2)
    settings = {"max_iter": 60, "random_state": 0, "batch_size": 50}
    with Client(n_workers=2, processes=False, dashboard_address=":0"):
        clf = make_pipeline(TabularEncoder(), DaskMLPSoftmaxClassifier(**settings)).fit(*remote)
        predicted = clf.predict(remote[0]).compute()
    local = make_pipeline(TabularEncoder(), MLPSoftmaxClassifier(**settings)).fit(table, y)
    assert (predicted == local.predict(table)).all()
    assert accuracy_score(y, predicted) > 0.85
