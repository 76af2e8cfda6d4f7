"""Which packages and modules may import which others."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import skmlp

ROOT = Path(skmlp.__file__).parent

# The layers, from the highest to the lowest. A module may import from its own layer and lower
# ones.
LAYERS = [
    "__init__",
    "export",
    "tabular",
    "dask",
    "displays",
    "classifier",
    "estimator",
    "version",
    "training",
    "network",
    "compiled",
]
KNOWS_NO_SCIKIT_LEARN = ["training", "network", "compiled"]
MODULES = sorted(ROOT.rglob("*.py"))

every_module = pytest.mark.parametrize(
    "path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix()
)


def layer(path):
    return path.relative_to(ROOT).with_suffix("").parts[0]


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_every_module_is_in_a_layer():
    assert {layer(path) for path in MODULES} == set(LAYERS)


@every_module
def test_imports_point_to_lower_layers(path):
    allowed = LAYERS[LAYERS.index(layer(path)) :]
    ours = [name.split(".")[1] for name in imported(path) if name.startswith("skmlp.")]
    assert set(ours) <= set(allowed)


@every_module
def test_no_scikit_learn_below_the_estimator(path):
    roots = {name.split(".")[0] for name in imported(path)}
    assert layer(path) not in KNOWS_NO_SCIKIT_LEARN or "sklearn" not in roots


@every_module
def test_private_names_of_scikit_learn_are_in_one_module(path):
    names = {
        alias.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module.startswith("sklearn")
        for alias in node.names
    }
    private = {name for name in names if name.startswith("_")}
    assert not private or path.name == "compat.py"


def test_importing_brings_in_nothing_else():
    code = (
        "import sys, sklearn.neural_network; before = set(sys.modules); import skmlp; "
        "print({m.split('.')[0] for m in set(sys.modules) - before} - {'numpy'})"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "{'skmlp'}"
