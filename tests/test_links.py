"""Links to the documentation, in HTML representations and in the metadata of the package."""

import re
import tomllib
from pathlib import Path

import pytest
import sklearn
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.fixes import parse_version

from skmlp import MLPSoftmaxClassifier, TabularEncoder, TabularMLPClassifier
from skmlp.estimator import links

ROOT = Path(__file__).parents[1]
ESTIMATORS = [MLPSoftmaxClassifier, TabularMLPClassifier, TabularEncoder]

every_estimator = pytest.mark.parametrize("estimator", ESTIMATORS)


@pytest.fixture
def published(monkeypatch):
    monkeypatch.setattr(links, "DOCUMENTATION", "https://docs.test")


def page_names():
    """Return the names of the pages that autosummary writes for the API reference."""
    path = ROOT / "docs" / "api.rst"
    if not path.exists():
        pytest.skip("tests of a package, without its documentation")
    return re.findall(r"^   ~?(skmlp\.[\w.]+)$", path.read_text(), re.MULTILINE)


def check_page(estimator):
    address = estimator()._get_doc_link()
    name = re.fullmatch(r"https://docs\.test/generated/(.+)\.html", address)[1]
    assert name in page_names()
    assert name.endswith(estimator.__name__)


@every_estimator
def test_no_link_while_nothing_is_published(estimator, monkeypatch):
    monkeypatch.setattr(links, "DOCUMENTATION", "")
    assert "href" not in estimator()._repr_html_()


@every_estimator
def test_an_estimator_links_to_its_page(estimator, published):
    check_page(estimator)


def test_the_estimator_for_clusters_links_to_its_page(published):
    check_page(pytest.importorskip("skmlp.dask").DaskMLPSoftmaxClassifier)


@pytest.mark.skipif(
    parse_version(sklearn.__version__) < parse_version("1.8"), reason="needs scikit-learn 1.8"
)
def test_parameters_are_explained_in_a_notebook(published):
    html = make_pipeline(StandardScaler(), MLPSoftmaxClassifier())._repr_html_()
    assert "Number of hidden layers, at least 0" in html
    assert "https://docs.test/generated/skmlp.MLPSoftmaxClassifier.html" in html


def test_the_metadata_has_the_same_address():
    address = links.DOCUMENTATION
    pages = {"Documentation": address, "Changelog": f"{address}/changelog.html"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project.get("urls", {}) == (pages if address else {})
