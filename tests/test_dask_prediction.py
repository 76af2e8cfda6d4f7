"""Predictions for Dask collections: lazy, of the kind of X, and those of one machine."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.exceptions import NotFittedError
from sklearn.metrics import accuracy_score
from sklearn.pipeline import make_pipeline

from skmlp import MLPSoftmaxClassifier, TabularEncoder

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
    """Give the same model twice: for one machine, and for a cluster."""
    local = MLPSoftmaxClassifier((5,), max_iter=3, random_state=0, **parameters).fit(X, y)
    return local, DaskMLPSoftmaxClassifier.from_local(local)


@pytest.fixture(autouse=True)
def one_thread():
    """Compute here, whatever clients other tests leave behind."""
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
    _, there = models
    sent = []
    monkeypatch.setattr(
        "skmlp.dask.classifier.predict_lazily", lambda model, *_: sent.append(model)
    )
    there.predict(da.from_array(iris[0], chunks=50))
    assert sent[0]._model.state.optimizer is None
    assert there._model.state.optimizer is not None


@every_method
@pytest.mark.parametrize("chunks", [(50, -1), (150, -1), ((20, 0, 130), (1, 3))])
def test_arrays(models, iris, method, chunks):
    local, there = models
    result = getattr(there, method)(da.from_array(iris[0], chunks=chunks))
    assert isinstance(result, da.Array)
    da.utils.assert_eq(result, getattr(local, method)(iris[0]))


@every_method
def test_arrays_of_unknown_chunks(models, iris, method):
    local, there = models
    X = da.from_array(iris[0], chunks=(40, -1))
    some = X[X[:, 0] > 0]
    expected = getattr(local, method)(iris[0][iris[0][:, 0] > 0])
    da.utils.assert_eq(getattr(there, method)(some), expected)


@every_method
def test_sparse_blocks(models, iris, method):
    local, there = models
    X = da.from_array(iris[0], chunks=(40, -1)).map_blocks(sparse.csr_array)
    da.utils.assert_eq(getattr(there, method)(X), getattr(local, method)(iris[0]), atol=1e-6)


@every_method
def test_frames(models, iris, method):
    local, there = models
    X = pd.DataFrame(iris[0], index=np.arange(150) * 2 + 7)
    result = getattr(there, method)(dd.from_pandas(X, npartitions=4))
    expected = getattr(local, method)(iris[0])
    if expected.ndim == 1:
        dd.utils.assert_eq(result, pd.Series(expected, index=X.index))
    else:
        dd.utils.assert_eq(result, pd.DataFrame(expected, X.index, columns=local.classes_))


@every_method
def test_what_lies_here(models, iris, method):
    local, there = models
    result = getattr(there, method)(iris[0])
    assert isinstance(result, np.ndarray)
    np.testing.assert_array_equal(result, getattr(local, method)(iris[0]))


def test_score_with_weights(models, iris):
    local, there = models
    X, _ = iris
    labels = np.resize(local.classes_, 150)
    weight = np.linspace(0, 1, 150)
    score = there.score(
        da.from_array(X, chunks=(50, -1)), da.from_array(labels, 70), da.from_array(weight, 40)
    )
    assert score == pytest.approx(accuracy_score(labels, local.predict(X), sample_weight=weight))


def test_names_are_compared_at_once(iris):
    X = pd.DataFrame(iris[0], columns=list("abcd"))
    _, there = cluster_model(X, iris[1])
    with pytest.raises(ValueError, match="feature names should match"):
        there.predict(dd.from_pandas(X[list("bacd")], npartitions=2))


def test_one_warning_of_names_that_are_missing(iris):
    X = pd.DataFrame(iris[0], columns=list("abcd"))
    _, there = cluster_model(X, iris[1])
    with pytest.warns(UserWarning, match="does not have valid feature names") as warned:
        there.predict(da.from_array(iris[0], chunks=(40, -1))).compute(scheduler="synchronous")
    assert len(warned) == 1


def test_the_width_is_compared_at_once(models, iris):
    with pytest.raises(ValueError, match="X has 3 features"):
        models[1].predict(da.from_array(iris[0][:, :3], chunks=(50, -1)))


@every_method
def test_not_fitted(iris, method):
    with pytest.raises(NotFittedError):
        getattr(DaskMLPSoftmaxClassifier(), method)(da.from_array(iris[0]))


def test_a_table_with_text_and_holes():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"number": rng.normal(size=300), "text": rng.choice(list("pqr"), 300)})
    y = (table.number > 0) ^ (table.text == "p")
    table.loc[::7, "number"] = np.nan
    there = dd.from_pandas(table, npartitions=3), dd.from_pandas(y, npartitions=2)
    settings = {"max_iter": 60, "random_state": 0, "batch_size": 50}
    with Client(n_workers=2, processes=False, dashboard_address=":0"):
        clf = make_pipeline(TabularEncoder(), DaskMLPSoftmaxClassifier(**settings)).fit(*there)
        predicted = clf.predict(there[0]).compute()
    local = make_pipeline(TabularEncoder(), MLPSoftmaxClassifier(**settings)).fit(table, y)
    assert (predicted == local.predict(table)).all()
    assert accuracy_score(y, predicted) > 0.85
