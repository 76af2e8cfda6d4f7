"""The arrows of the house: which module may import which."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import skmlp

FOLDER = Path(skmlp.__file__).parent

ALLOWED = {
    "batches": set(),
    "activations": set(),
    "losses": set(),
    "optimizers": {"batches"},
    "schedules": set(),
    "dropout": set(),
    "export": set(),
    "threads": set(),
    "network": {"activations", "batches", "dropout"},
    "initializers": {"network"},
    "objective": {"batches", "losses", "network"},
    "training": {"batches", "optimizers"},
    "validation": {"batches", "losses"},
    "displays": set(),
    "version": set(),
    "callbacks": set(),
    "persistence": {"version"},
    "reports": {"schedules", "training"},
    "parameters": {"activations", "initializers", "optimizers", "schedules"},
    "inputs": {"batches"},
    "classifier": {
        "activations",
        "batches",
        "callbacks",
        "dropout",
        "export",
        "initializers",
        "inputs",
        "losses",
        "network",
        "objective",
        "optimizers",
        "parameters",
        "persistence",
        "reports",
        "schedules",
        "threads",
        "training",
        "validation",
    },
    "__init__": {"callbacks", "classifier", "displays", "losses", "version"},
}
KNOW_SCIKIT_LEARN = {"callbacks", "classifier", "displays", "inputs", "persistence"}


def imported(module):
    for node in ast.walk(ast.parse((FOLDER / f"{module}.py").read_text())):
        if isinstance(node, ast.ImportFrom):
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_every_module_has_its_place():
    assert {path.stem for path in FOLDER.glob("*.py")} == set(ALLOWED)


@pytest.mark.parametrize("module", ALLOWED)
def test_imports_within_the_house(module):
    ours = {name.removeprefix("skmlp.") for name in imported(module) if name.startswith("skmlp")}
    assert ours <= ALLOWED[module]


@pytest.mark.parametrize("module", sorted(set(ALLOWED) - KNOW_SCIKIT_LEARN))
def test_no_scikit_learn_below_the_estimator(module):
    assert not any(name.split(".")[0] == "sklearn" for name in imported(module))


def test_importing_brings_in_nothing_else():
    code = (
        "import sys, sklearn.neural_network; before = set(sys.modules); import skmlp; "
        "print({m.split('.')[0] for m in set(sys.modules) - before} - {'numpy'})"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "{'skmlp'}"
