"""Subclasses that override prediction methods, which cannot be exported."""

import re

import pytest
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmlp import MLPSoftmaxClassifier, TabularMLPClassifier
from skmlp.export import save, to_onnx, to_sklearn, to_torch

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Careful(MLPSoftmaxClassifier):
    def predict(self, X):
        return self.classes_[(self.predict_proba(X)[:, 1] > 0.1).astype(int)]


class CarefulTabular(TabularMLPClassifier):
    def predict(self, X):
        return self.classes_[(self.predict_proba(X)[:, 1] > 0.1).astype(int)]


class Named(MLPSoftmaxClassifier):
    """A subclass that does not override prediction."""


X, Y = load_iris(return_X_y=True)
LOSS = "overrides predict, which is not exported: the exported model predicts as MLPSoftmax"


def fitted(kind):
    return kind((4,), max_iter=3, random_state=0).fit(X, Y)


@pytest.mark.parametrize(
    ("extra", "export"),
    [
        ("sklearn", lambda clf, path: to_sklearn(clf)),
        ("torch", lambda clf, path: to_torch(clf)),
        ("skl2onnx", lambda clf, path: to_onnx(clf)),
        ("safetensors", save),
    ],
)
def test_exports_warn_of_a_prediction_that_they_lose(extra, export, tmp_path):
    pytest.importorskip(extra)
    with pytest.warns(UserWarning, match=re.escape(f"Careful {LOSS}")):
        export(fitted(Careful), tmp_path / "model")
    export(fitted(Named), tmp_path / "model")


def test_onnx_warns_within_a_pipeline_and_of_a_table():
    pytest.importorskip("skl2onnx")
    with pytest.warns(UserWarning, match=re.escape(f"Careful {LOSS}")):
        to_onnx(make_pipeline(StandardScaler(), fitted(Careful)).fit(X, Y), X[:1])
    with pytest.warns(UserWarning, match="CarefulTabular overrides predict"):
        to_onnx(fitted(CarefulTabular), X)
