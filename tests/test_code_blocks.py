"""Every code block of the README and of the documentation runs as it stands.

The blocks of a page run in their order, in one namespace, in a folder that holds the files of
`docs/server`, and the first rows of those of `docs/data`. So do the doctests before the last of
them; what they print is compared where the documentation is built. A comment before a block, which
readers do not see, says why it is not run: `.. not run: <reason>` in reStructuredText,
`<!-- not run: <reason> -->` in Markdown. Commands that install are not run.
"""

import doctest
import os
import re
import shutil
import subprocess
import sys
import textwrap
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pytest
import sklearn

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
if not DOCS.exists():
    pytest.skip("tests of a package, without its documentation", allow_module_level=True)

# The pages are written for these, and for the newest scikit-learn.
for package in ("dask", "joblib", "mlflow", "pandas", "rich", "safetensors", "skl2onnx", "skops"):
    pytest.importorskip(package)
pytest.importorskip("sklearn.callback")
OPTIONAL = ("palmerpenguins", "torch")
N_LINES = 200  # of a file of data, so that fits are short

PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.rst")), *sorted(DOCS.glob("benchmarks/*.rst"))]
MARKDOWN = re.compile(
    r"(?P<skipped><!-- not run: .+? -->\n+)?"
    r"^```(?P<language>python|shell)\n(?P<source>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
RESTRUCTURED = re.compile(
    r"(?P<skipped>^ *\.\. not run: .+\n(?: +.+\n)*\n)?"
    r"^(?P<indent> *)\.\. code-block:: (?P<language>python|shell)\n\n"
    r"(?P<source>(?:\n|(?P=indent) +.*\n?)+)",
    re.MULTILINE,
)


class Block(NamedTuple):
    line: int
    language: str
    source: str


def matches(page):
    pattern = MARKDOWN if page.suffix == ".md" else RESTRUCTURED
    return list(pattern.finditer(page.read_text()))


def code_blocks(page):
    """Return the blocks of a page that are to run."""
    blocks = [
        Block(
            match.string.count("\n", 0, match.start("source")),
            match["language"],
            textwrap.dedent(match["source"]),
        )
        for match in matches(page)
        if not match["skipped"]
    ]
    return [block for block in blocks if not re.search("pip (install|wheel)", block.source)]


def doctests(page):
    examples = doctest.DocTestParser().get_examples(page.read_text())
    return [Block(e.lineno, "python", e.source) for e in examples if e.exc_msg is None]


def steps(page):
    """Return the blocks of a page, and the doctests that come before, in their order."""
    blocks = code_blocks(page)
    last = max((block.line for block in blocks if block.language == "python"), default=0)
    return sorted([*blocks, *(block for block in doctests(page) if block.line < last)])


def run(block, page, namespace):
    if block.language == "shell":
        subprocess.run(["bash", "-euo", "pipefail", "-c", block.source], check=True)
    else:
        code = "\n" * block.line + block.source  # so that a traceback names the line of the page
        exec(compile(code, str(page), "exec"), namespace)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_of_a_page_is_found(page):
    opened = re.compile(r"^(?:```|.*code-block:: )(\w+)$", re.MULTILINE)
    languages = opened.findall(page.read_text())
    assert [match["language"] for match in matches(page)] == [
        language for language in languages if language != "text"
    ]


def copy_files(folder):
    shutil.copytree(DOCS / "server", folder, dirs_exist_ok=True)
    data = folder / "docs" / "data"
    data.mkdir(parents=True)
    for path in DOCS.glob("data/*.csv"):
        with path.open() as file:
            (data / path.name).write_text("".join(islice(file, N_LINES)))


@pytest.mark.filterwarnings(
    "ignore::DeprecationWarning",  # what other packages use of each other
    "ignore:.*Any type hint is inferred as AnyType",  # MLflow's own
    # where another cluster's dashboard has the port
    "ignore:Port 8787 is already in use",
    "ignore:unclosed <socket:ResourceWarning",
)
@pytest.mark.parametrize(
    "page", [page for page in PAGES if code_blocks(page)], ids=lambda page: page.name
)
def test_the_blocks_of_a_page_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    copy_files(tmp_path)
    namespace = {"__name__": "__main__"}
    with sklearn.config_context():
        for block in steps(page):
            try:
                run(block, page, namespace)
            except ImportError as error:
                missing = getattr(error.__cause__ or error, "name", None)  # skmlp names the extra
                if missing not in OPTIONAL:
                    raise
                pytest.skip(f"{page.name}, line {block.line}, needs {missing}")
