"""A server of a model in ONNX: pip install fastapi uvicorn onnxruntime; uvicorn app:app."""

import numpy as np
import onnxruntime
from fastapi import FastAPI, HTTPException

DTYPES = {"tensor(double)": np.float64, "tensor(string)": object}

app = FastAPI()
session = onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])
columns = {column.name: DTYPES[column.type] for column in session.get_inputs()}


@app.post("/predict")
def predict(rows: list[dict[str, float | str | None]]) -> list[dict]:
    """Give the label and the probabilities of each row; null is a missing value."""
    try:
        inputs = {
            name: np.array([[row[name]] for row in rows], dtype).reshape(-1, 1)
            for name, dtype in columns.items()
        }
    except (KeyError, ValueError) as error:
        raise HTTPException(422, f"a row does not have the columns {list(columns)}") from error
    labels, probabilities = session.run(None, inputs)
    return [
        {"label": label, "probabilities": P}
        for label, P in zip(labels.tolist(), probabilities, strict=True)
    ]
