"""The server of the documentation."""

import json
import re
import runpy
import shlex
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

pd = pytest.importorskip("pandas")
for package in ("skl2onnx", "onnxruntime", "fastapi", "httpx"):
    pytest.importorskip(package)

JSON = {"content-type": "application/json"}
SERVER = Path(__file__).parents[1] / "docs" / "server"
PAGE = (SERVER.parent / "production.rst").read_text()
ROW = {"age": 30, "visits": 2, "city": "Bern", "since": "2024-03-01"}

pytestmark = pytest.mark.filterwarnings(
    "ignore:Using .httpx. with .starlette.testclient. is deprecated"
)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Return the converted classifier, a client of the server, and their folder."""
    from fastapi.testclient import TestClient

    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("server") / "copy"
        patch.chdir(shutil.copytree(SERVER, folder))
        trained = runpy.run_path("convert.py")
        app = runpy.run_path("app.py")["app"]
    return trained, TestClient(app), folder


def test_it_answers_as_the_classifier_does(served):
    trained, client, _ = served
    table = trained["table"][:20].astype({"city": object})
    table.loc[0, "city"], table.loc[1, "age"], table.loc[2, "since"] = None, float("nan"), pd.NaT
    rows = json.loads(table.to_json(orient="records", date_format="iso", date_unit="us"))
    answers = client.post("/predict", json=rows).json()
    P = trained["clf"].predict_proba(table)
    assert [answer["label"] for answer in answers] == trained["clf"].predict(table).tolist()
    assert [answer["probabilities"]["buys"] for answer in answers] == pytest.approx(
        P[:, 0], abs=1e-5
    )


def free_port():
    with socket.create_server(("localhost", 0)) as server:
        return str(server.getsockname()[1])


def wait_for(port):
    for _ in range(600):
        try:
            return socket.create_connection(("localhost", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise TimeoutError(f"no server at port {port}")


@pytest.fixture
def address(served, monkeypatch):
    """Return the port of a server that was started with the command on the page."""
    uvicorn = shutil.which("uvicorn", path=Path(sys.executable).parent)
    if uvicorn is None or shutil.which("curl") is None:
        pytest.skip("needs uvicorn and curl")
    port = free_port()
    command = re.search(r"^ +uvicorn (app:app .+)$", PAGE, re.MULTILINE)[1].replace("8000", port)
    process = subprocess.Popen([uvicorn, *shlex.split(command)], cwd=served[2])
    try:
        wait_for(int(port))
        yield port
    finally:
        process.terminate()
        process.wait()


def test_it_answers_as_the_page_says(address):
    command, answer = re.search(r"^( +curl .+?'$).+?^ +(\[.+\])$", PAGE, re.DOTALL | re.M).groups()
    question = ["bash", "-c", command.replace("8000", address)]
    (given,) = json.loads(subprocess.run(question, capture_output=True, check=True).stdout)
    (shown,) = json.loads(answer)
    assert given["label"] == shown["label"]
    assert given["probabilities"] == pytest.approx(shown["probabilities"], abs=0.005)


def test_a_missing_text_is_an_empty_string(served):
    """As None, it would be the category "None", if there is one."""
    column = served[1].app.router.routes[-1].endpoint.__globals__["column"]
    assert column([{"city": None}, {"city": "x"}], "city").tolist() == [[""], ["x"]]


@pytest.mark.parametrize("name", ["age", "visits", "city", "since"])
def test_null_is_a_missing_value_in_each_column(served, name):
    trained, client, _ = served
    row = ROW | {name: None}
    (answer,) = client.post("/predict", json=[row]).json()
    table = pd.DataFrame([row]).astype(
        {"age": float, "visits": float, "city": object, "since": "M8[us]"}
    )
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
        ({"city": "\ud800"}, "column 'city': \"\\ud800\" is not text"),
        ({"since": 5}, "column 'since': 5 is not a date such as 2024-03-01"),
        ({"since": "5 May"}, "column 'since': \"5 May\" is not a date"),
        (
            {"since": "2024-03-01T10:30:00Z"},
            "column 'since': \"2024-03-01T10:30:00Z\" is not a date",
        ),
        ({"town": "Bern"}, "column 'town' is unknown: give ['age', 'visits', 'city', 'since']"),
    ],
)
def test_it_names_the_cell_that_it_refuses(served, change, words):
    content = json.dumps([ROW, ROW | change])
    response = served[1].post("/predict", content=content, headers=JSON)
    assert response.status_code == 422
    assert response.json()["detail"].startswith(f"row 1, {words}")


def test_it_names_a_missing_field(served):
    response = served[1].post("/predict", json=[{"age": 30, "visits": 2, "since": None}])
    assert response.status_code == 422
    assert response.json()["detail"].startswith("row 0, column 'city' is missing: give ['age', ")


def test_a_date_is_microseconds_since_1970(served):
    column = served[1].app.router.routes[-1].endpoint.__globals__["column"]
    dates = [{"since": "1970-01-01T00:00:01.5"}, {"since": "19700102"}, {"since": None}]
    expected = [1_500_000, 24 * 3600 * 10**6, np.iinfo(np.int64).min]
    assert column(dates, "since").ravel().tolist() == expected


def test_cells_of_booleans(served):
    """The model on the page has none."""
    names = served[1].app.router.routes[-1].endpoint.__globals__
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(names, "kinds", {"flag": "boolean"})
        patch.setitem(names, "dtypes", {"flag": np.float64})
        flags = names["column"]([{"flag": True}, {"flag": None}], "flag")
    np.testing.assert_array_equal(flags, [[1.0], [np.nan]])
