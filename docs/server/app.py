"""Serve the predictions of a model for tables with FastAPI and ONNX Runtime."""

import json
from datetime import datetime

import numpy as np
import onnxruntime
from fastapi import FastAPI, HTTPException

DTYPES = {
    "tensor(double)": np.float64,
    "tensor(float)": np.float32,
    "tensor(int64)": np.int64,
    "tensor(bool)": np.bool_,
    "tensor(string)": object,
}

app = FastAPI()
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1  # for more cores, start more workers
session = onnxruntime.InferenceSession("model.onnx", options, providers=["CPUExecutionProvider"])
metadata = session.get_modelmeta().custom_metadata_map
classes, kinds = json.loads(metadata["classes"]), json.loads(metadata["kinds"])
dtypes = {column.name: DTYPES[column.type] for column in session.get_inputs()}


@app.post("/predict")
def predict(rows: list[dict[str, bool | int | float | str | None]]) -> list[dict]:
    """Return the label and the probabilities of each row; null is a missing value."""
    for i, row in enumerate(rows):
        for name in sorted(dtypes.keys() ^ row.keys()):
            what = "is missing" if name in dtypes else "is unknown"
            raise HTTPException(422, f"row {i}, column {name!r} {what}: give {list(dtypes)}")
    labels, probabilities = session.run(None, {name: column(rows, name) for name in dtypes})
    return [
        {"label": label, "probabilities": dict(zip(classes, P, strict=True))}
        for label, P in zip(labels.tolist(), probabilities.tolist(), strict=True)
    ]


def column(rows, name):
    """Return the values of a column, of the shape (n_rows, 1)."""
    what, is_valid, missing = cells_of(name)
    values = [row[name] for row in rows]
    for i, value in enumerate(values):
        if not (missing is not None if value is None else is_valid(value)):
            raise HTTPException(422, f"row {i}, column {name!r}: {json.dumps(value)} is not {what}")
    if kinds[name] == "date":
        values = [cell and microseconds(cell) for cell in values]
    values = [missing if value is None else value for value in values]
    return np.array(values, dtypes[name]).reshape(-1, 1)


def cells_of(name):
    """Return the description of valid cells of a column, their check, and the missing value."""
    dtype, kind = dtypes[name], kinds[name]
    nan = np.nan if dtype in (np.float64, np.float32) else None  # None: none may be missing
    if dtype is object:
        return "text", is_text, ""  # ONNX has no other missing text
    if kind == "boolean":
        return "true or false", lambda cell: isinstance(cell, bool), nan
    if kind == "date":
        return "a date such as 2024-03-01 or 2024-03-01T10:30:00", is_date, np.iinfo(np.int64).min
    if kind == "integer" or dtype is np.int64:
        return "an integer", is_integer, nan
    largest = float(np.finfo(dtype).max)
    return "a finite number", lambda cell: is_number(cell) and abs(cell) <= largest, nan


def is_text(cell):
    """Check whether a cell is text; JSON allows lone surrogates, ONNX Runtime does not."""
    return isinstance(cell, str) and cell == cell.encode(errors="ignore").decode()


def is_number(cell):
    return type(cell) in (int, float)


def is_integer(cell):
    return is_number(cell) and abs(cell) < 2**63 and cell % 1 == 0


def is_date(cell):
    """Check whether a cell is a date in ISO 8601, without a time zone."""
    try:
        return datetime.fromisoformat(cell).tzinfo is None
    except (TypeError, ValueError):
        return False


def microseconds(date):
    """Return the microseconds from 1970 to a date, as the model takes it."""
    return np.datetime64(datetime.fromisoformat(date), "us").astype(np.int64)
