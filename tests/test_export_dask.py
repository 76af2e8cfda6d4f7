"""Export of a Dask classifier to other libraries and files, without a cluster."""

import pytest
from conftest import make
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skmlp import MLPSoftmaxClassifier
from skmlp.export import from_torch, load, save, to_onnx, to_sklearn, to_torch

pytest.importorskip("dask")
pytest.importorskip("distributed")

from skmlp.dask import DaskMLPSoftmaxClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture
def local(iris):
    return make(activation="tanh", solver="adamw").fit(*iris)


@pytest.fixture
def there(local):
    return DaskMLPSoftmaxClassifier.from_local(local)


def test_a_file_is_read_as_the_class_for_one_machine(iris, local, there, tmp_path):
    pytest.importorskip("safetensors")
    save(there, tmp_path / "model.safetensors")
    read = load(tmp_path / "model.safetensors")
    assert type(read) is MLPSoftmaxClassifier
    assert read.get_params() == local.get_params()
    assert_array_equal(read.predict_proba(iris[0]), local.predict_proba(iris[0]))
    assert read.loss_curve_ == local.loss_curve_


def test_to_sklearn(iris, local, there):
    mlp = to_sklearn(there)
    assert_allclose(mlp.predict_proba(iris[0]), local.predict_proba(iris[0]), rtol=0, atol=1e-12)


def test_to_torch(local, there):
    pytest.importorskip("torch")
    again = from_torch(to_torch(there), there.classes_)
    assert_array_equal(again.parameters_, local.parameters_)


def test_to_onnx(local, there):
    pytest.importorskip("skl2onnx")
    assert to_onnx(there).graph.node == to_onnx(local).graph.node


def test_to_onnx_in_a_pipeline(iris, local, there):
    pytest.importorskip("skl2onnx")
    models = [
        to_onnx(Pipeline([("scale", StandardScaler().fit(iris[0])), ("clf", clf)]), iris[0][:1])
        for clf in (there, local)
    ]
    assert models[0].graph == models[1].graph


@pytest.mark.parametrize("export", [to_onnx, to_sklearn, to_torch])
def test_it_must_be_fitted(export):
    with pytest.raises(NotFittedError):
        export(DaskMLPSoftmaxClassifier())
