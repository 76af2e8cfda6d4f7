"""The server of the documentation."""

import json
import re
import runpy
from pathlib import Path

import pytest

for package in ("skl2onnx", "onnxruntime", "fastapi", "httpx", "pandas"):
    pytest.importorskip(package)

SERVER = Path(__file__).parents[1] / "docs" / "server"

pytestmark = pytest.mark.filterwarnings(
    "ignore:Using .httpx. with .starlette.testclient. is deprecated"
)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Give the classifier that was converted, and a client of the server."""
    from fastapi.testclient import TestClient

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("server"))
        trained = runpy.run_path(str(SERVER / "convert.py"))
        app = runpy.run_path(str(SERVER / "app.py"))["app"]
    return trained, TestClient(app)


def test_it_answers_as_the_classifier_does(served):
    trained, client = served
    table = trained["table"][:20].astype({"city": object})
    table.loc[0, "city"], table.loc[1, "age"] = None, float("nan")
    rows = [
        {name: None if value != value else value for name, value in row.items()}
        for row in table.to_dict("records")
    ]
    answers = client.post("/predict", json=rows).json()
    P = trained["clf"].predict_proba(table)
    assert [answer["label"] for answer in answers] == trained["clf"].predict(table).tolist()
    assert [answer["probabilities"]["buys"] for answer in answers] == pytest.approx(
        P[:, 0], abs=1e-5
    )


def test_it_answers_as_the_page_says(served):
    page = (SERVER.parent / "production.rst").read_text()
    question, answer = re.search(r"-d '(.+)'\n.*?\n   (\[.+\])\n", page, re.DOTALL).groups()
    (given,) = served[1].post("/predict", json=json.loads(question)).json()
    (shown,) = json.loads(answer)
    assert given["label"] == shown["label"]
    assert given["probabilities"] == pytest.approx(shown["probabilities"], abs=0.005)


def test_a_missing_text_is_the_empty_one(served):
    """Given as None, it would be the category "None", where there is one."""
    column = served[1].app.router.routes[-1].endpoint.__globals__["column"]
    assert column([{"b": None}, {"b": "x"}], "b", object).tolist() == [[""], ["x"]]


@pytest.mark.parametrize("row", [{"age": 30}, {"age": "old", "visits": 1, "city": "Bern"}])
def test_it_refuses_other_rows(served, row):
    response = served[1].post("/predict", json=[row])
    assert response.status_code == 422
    assert "does not have the columns ['age', 'visits', 'city']" in response.json()["detail"]
