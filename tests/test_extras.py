"""What is said where a package of an extra is missing."""

import importlib
import sys
import tomllib
from pathlib import Path

import pytest
from conftest import make

import skmlp
from skmlp import MLPSoftmaxClassifier, WeightsDisplay

PYPROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())
EXTRAS = PYPROJECT["project"]["optional-dependencies"]


@pytest.fixture(scope="module")
def fitted(iris):
    return make().partial_fit(*iris, classes=[0, 1, 2])


def import_anew(_):
    sys.modules.pop("skmlp.dask", None)
    importlib.import_module("skmlp.dask")


@pytest.mark.parametrize(
    ("extra", "module", "wanted_by", "use"),
    [
        ("plot", "matplotlib.pyplot", "A picture", WeightsDisplay.from_estimator),
        ("torch", "torch", "to_torch", MLPSoftmaxClassifier.to_torch),
        ("torch", "torch", "from_torch", lambda _: MLPSoftmaxClassifier.from_torch(None, [0, 1])),
        ("onnx", "onnx", "to_onnx", MLPSoftmaxClassifier.to_onnx),
        (
            "onnx",
            "skl2onnx",
            "register_onnx_converters",
            lambda _: skmlp.register_onnx_converters(),
        ),
        ("safetensors", "safetensors.numpy", "save", lambda clf: clf.save("model")),
        ("safetensors", "safetensors", "load", lambda _: MLPSoftmaxClassifier.load("model")),
        ("dask", "distributed", "skmlp.dask", import_anew),
        ("dask", "dask.array", "skmlp.dask", import_anew),
    ],
)
def test_the_extra_is_named(fitted, monkeypatch, extra, module, wanted_by, use):
    monkeypatch.setitem(sys.modules, "skmlp.dask", None)  # put back after the test
    monkeypatch.setitem(sys.modules, module, None)
    message = rf"^{wanted_by} needs \w+: pip install 'skmlp\[{extra}\]'$"
    with pytest.raises(ImportError, match=message):
        use(fitted)


def test_the_extras_that_are_named_exist():
    house = Path(skmlp.__file__).parent
    text = "".join(path.read_text() for path in house.rglob("*.py"))
    named = {part.partition("]")[0] for part in text.split("'skmlp[")[1:]}
    assert named - {"{extra}"} <= EXTRAS.keys()
