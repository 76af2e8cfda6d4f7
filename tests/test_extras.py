"""Errors if an optional dependency is missing."""

import importlib
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from conftest import make

import skmlp
from skmlp import WeightsDisplay, export

PYPROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())
EXTRAS = PYPROJECT["project"]["optional-dependencies"]


@pytest.fixture(scope="module")
def fitted(iris):
    return make().partial_fit(*iris, classes=[0, 1, 2])


def import_anew(name):
    sys.modules.pop(name, None)
    importlib.import_module(name)


@pytest.mark.parametrize(
    ("extra", "module", "wanted_by", "use"),
    [
        ("plot", "matplotlib.pyplot", "A plot", WeightsDisplay.from_estimator),
        ("torch", "torch", "to_torch", export.to_torch),
        ("torch", "torch", "from_torch", lambda _: export.from_torch(None, [0, 1])),
        ("onnx", "skl2onnx", "to_onnx", export.to_onnx),
        ("onnx", "skl2onnx", "skmlp.export.onnx", lambda _: import_anew("skmlp.export.onnx")),
        ("safetensors", "safetensors.numpy", "save", lambda clf: export.save(clf, "model")),
        ("safetensors", "safetensors", "load", lambda _: export.load("model")),
        ("dask", "distributed", "skmlp.dask", lambda _: import_anew("skmlp.dask")),
        ("dask", "dask.array", "skmlp.dask", lambda _: import_anew("skmlp.dask")),
    ],
)
def test_the_extra_is_named(fitted, monkeypatch, extra, module, wanted_by, use):
    for imported_anew in ("skmlp.dask", "skmlp.export.onnx"):
        monkeypatch.setitem(sys.modules, imported_anew, None)  # put back after the test
    monkeypatch.setitem(sys.modules, module, None)
    message = rf"^{wanted_by} needs \w+: pip install 'skmlp\[{extra}\]'$"
    with pytest.raises(ImportError, match=message):
        use(fitted)


def test_the_extras_that_are_named_exist():
    package = Path(skmlp.__file__).parent
    text = "".join(path.read_text() for path in package.rglob("*.py"))
    named = {part.partition("]")[0] for part in text.split("'skmlp[")[1:]}
    assert named - {"{extra}"} <= EXTRAS.keys()


def test_export_imports_none_of_them():
    code = (
        "import sys, skmlp.export; "
        "print({m.partition('.')[0] for m in sys.modules} "
        "& {'dask', 'onnx', 'skl2onnx', 'torch', 'safetensors', 'skops'})"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "set()"
