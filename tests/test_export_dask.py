"""A classifier of a Dask cluster goes to other libraries and files, with no cluster at hand."""

import pytest
from conftest import make
from numpy.testing import assert_allclose, assert_array_equal

from skmlp import MLPSoftmaxClassifier

pytest.importorskip("dask")
pytest.importorskip("distributed")

from skmlp.dask import DaskMLPSoftmaxClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture
def local(iris):
    return make(activation="tanh", solver="adamw").fit(*iris)


@pytest.fixture
def there(local):
    clf = DaskMLPSoftmaxClassifier(**local.get_params())
    clf.__setstate__({**local.__getstate__(), **vars(clf)})
    return clf


@pytest.mark.parametrize("kind", [MLPSoftmaxClassifier, DaskMLPSoftmaxClassifier])
def test_a_file_is_read_as_either_class(iris, local, there, tmp_path, kind):
    pytest.importorskip("safetensors")
    there.save(tmp_path / "model.safetensors")
    read = kind.load(tmp_path / "model.safetensors")
    assert type(read) is kind
    assert read.get_params() == local.get_params()
    assert_array_equal(read.predict_proba(iris[0]), local.predict_proba(iris[0]))
    assert read.loss_curve_ == local.loss_curve_


def test_from_and_to_sklearn(iris, local, there):
    mlp = there.to_sklearn()
    assert_allclose(mlp.predict_proba(iris[0]), local.predict_proba(iris[0]), rtol=0, atol=1e-12)
    again = DaskMLPSoftmaxClassifier.from_sklearn(mlp)
    assert type(again) is DaskMLPSoftmaxClassifier
    assert_array_equal(again.parameters_, local.parameters_)


def test_from_and_to_torch(local, there):
    pytest.importorskip("torch")
    again = DaskMLPSoftmaxClassifier.from_torch(there.to_torch(), there.classes_)
    assert type(again) is DaskMLPSoftmaxClassifier
    assert_array_equal(again.parameters_, local.parameters_)


def test_to_onnx(local, there):
    pytest.importorskip("onnx")
    assert there.to_onnx() == local.to_onnx()
