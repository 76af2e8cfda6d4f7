"""A server of a model in ONNX: pip install fastapi uvicorn onnxruntime; uvicorn app:app."""

import json

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
session = onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])
classes = json.loads(session.get_modelmeta().custom_metadata_map["classes"])
columns = {column.name: DTYPES[column.type] for column in session.get_inputs()}


@app.post("/predict")
def predict(rows: list[dict[str, bool | int | float | str | None]]) -> list[dict]:
    """Give the label and the probabilities of each row; null is a missing text or number."""
    try:
        inputs = {name: column(rows, name, dtype) for name, dtype in columns.items()}
    except (KeyError, TypeError, ValueError) as error:
        raise HTTPException(422, f"a row does not have the columns {list(columns)}") from error
    labels, probabilities = session.run(None, inputs)
    return [
        {"label": label, "probabilities": dict(zip(classes, P, strict=True))}
        for label, P in zip(labels.tolist(), probabilities.tolist(), strict=True)
    ]


def column(rows, name, dtype):
    """Give the values of a column, of the shape (n_rows, 1)."""
    values = [row[name] for row in rows]
    if dtype is object:  # a missing text is the empty one: ONNX has no other
        values = ["" if value is None else value for value in values]
    return np.array(values, dtype).reshape(-1, 1)
