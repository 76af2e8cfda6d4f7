"""The server of the documentation."""

import json
import re
import runpy
from pathlib import Path

import numpy as np
import pytest

pd = pytest.importorskip("pandas")
for package in ("skl2onnx", "onnxruntime", "fastapi", "httpx"):
    pytest.importorskip(package)

JSON = {"content-type": "application/json"}
SERVER = Path(__file__).parents[1] / "docs" / "server"

pytestmark = pytest.mark.filterwarnings(
    "ignore:Using .httpx. with .starlette.testclient. is deprecated"
)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Return the converted classifier, and a client of the server."""
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
    """As None, it would be the category "None", if there is one."""
    column = served[1].app.router.routes[-1].endpoint.__globals__["column"]
    assert column([{"city": None}, {"city": "x"}], "city").tolist() == [[""], ["x"]]


@pytest.mark.parametrize("name", ["age", "visits", "city"])
def test_null_is_a_missing_value_in_each_column(served, name):
    trained, client = served
    row = {"age": 30, "visits": 2, "city": "Oslo"} | {name: None}
    (answer,) = client.post("/predict", json=[row]).json()
    table = pd.DataFrame([row]).astype({"age": float, "visits": float, "city": object})
    P = trained["clf"].predict_proba(table)
    assert answer["probabilities"]["buys"] == pytest.approx(P[0, 0], abs=1e-5)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"visits": 2.7}, "column 'visits': 2.7 is not an integer"),
        ({"visits": "many"}, "column 'visits': \"many\" is not an integer"),
        ({"visits": "2"}, "column 'visits': \"2\" is not an integer"),
        ({"visits": True}, "column 'visits': true is not an integer"),
        ({"visits": 1e30}, "column 'visits': 1e+30 is not an integer"),
        ({"visits": 10**400}, "column 'visits': 1000"),
        ({"age": "old"}, "column 'age': \"old\" is not a finite number"),
        ({"age": False}, "column 'age': false is not a finite number"),
        ({"age": float("inf")}, "column 'age': Infinity is not a finite number"),
        ({"city": 3}, "column 'city': 3 is not text"),
        ({"town": "Bern"}, "column 'town' is unknown: give ['age', 'visits', 'city']"),
    ],
)
def test_it_names_the_cell_that_it_refuses(served, change, words):
    good = {"age": 30, "visits": 2.0, "city": "Bern"}
    content = json.dumps([good, good | change])
    response = served[1].post("/predict", content=content, headers=JSON)
    assert response.status_code == 422
    assert response.json()["detail"].startswith(f"row 1, {words}")


def test_it_names_a_missing_field(served):
    response = served[1].post("/predict", json=[{"age": 30, "visits": 2}])
    assert response.status_code == 422
    assert response.json()["detail"].startswith("row 0, column 'city' is missing: give ['age', ")


def test_cells_of_dates_and_booleans(served):
    """The model on the page has none."""
    names = served[1].app.router.routes[-1].endpoint.__globals__
    kinds, dtypes = {"day": "date", "flag": "boolean"}, {"day": np.int64, "flag": np.float64}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(names, "kinds", kinds)
        patch.setitem(names, "dtypes", dtypes)
        rows = [{"day": 5, "flag": True}, {"day": None, "flag": None}]
        days, flags = (names["column"](rows, name) for name in kinds)
    assert days.ravel().tolist() == [5, np.iinfo(np.int64).min]
    np.testing.assert_array_equal(flags, [[1.0], [np.nan]])
