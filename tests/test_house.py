"""The house: which floor may import which, what each may know, and how large a file may be."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import skmlp

HOUSE = Path(skmlp.__file__).parent

# From the roof down. A file imports from its own floor and from those below it.
FLOORS = [
    "__init__",
    "tabular",
    "dask",
    "displays",
    "classifier",
    "export",
    "estimator",
    "version",
    "training",
    "network",
    "compiled",
]
# What a user imports by its name, and no file of ours, is on the roof, and may know all floors.
DOORS = ["skmlp.export.onnx"]
KNOWS_NO_SCIKIT_LEARN = ["training", "network", "compiled"]
FILES = sorted(HOUSE.rglob("*.py"))

every_file = pytest.mark.parametrize(
    "path", FILES, ids=lambda path: path.relative_to(HOUSE).as_posix()
)


def floor(path):
    place = path.relative_to(HOUSE).with_suffix("").parts
    return "__init__" if ".".join(("skmlp", *place)) in DOORS else place[0]


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_every_file_is_on_a_floor():
    assert {floor(path) for path in FILES} == set(FLOORS)


def test_at_most_a_dozen_entries():
    entries = [path for path in HOUSE.iterdir() if not path.name.startswith("__pycache__")]
    assert len(entries) <= 12


@every_file
def test_imports_point_downwards(path):
    below = FLOORS[FLOORS.index(floor(path)) :]
    ours = [name.split(".")[1] for name in imported(path) if name.startswith("skmlp.")]
    assert set(ours) <= set(below)


@every_file
def test_no_file_imports_a_door(path):
    assert not set(DOORS) & set(imported(path))


@every_file
def test_no_scikit_learn_below_the_estimator(path):
    roots = {name.split(".")[0] for name in imported(path)}
    assert floor(path) not in KNOWS_NO_SCIKIT_LEARN or "sklearn" not in roots


@every_file
def test_private_names_of_scikit_learn_are_in_one_file(path):
    names = {
        alias.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module.startswith("sklearn")
        for alias in node.names
    }
    private = {name for name in names if name.startswith("_")}
    assert not private or path.name == "compat.py"


@every_file
def test_files_are_short(path):
    source = path.read_text()
    documentation = {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and ast.get_docstring(node) is not None
        for line in range(node.body[0].lineno, node.body[0].end_lineno + 1)
    }
    lines = source.splitlines()
    code = [
        line for number, line in enumerate(lines, 1) if number not in documentation and line.strip()
    ]
    assert len(lines) <= 900
    assert len(code) <= 350


def test_importing_brings_in_nothing_else():
    code = (
        "import sys, sklearn.neural_network; before = set(sys.modules); import skmlp; "
        "print({m.split('.')[0] for m in set(sys.modules) - before} - {'numpy'})"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "{'skmlp'}"
