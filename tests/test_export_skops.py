"""Models that skops, and MLflow with it, load with a list of trusted types."""

import pytest
from conftest import make
from numpy.testing import assert_array_equal
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmlp import TabularMLPClassifier
from skmlp.export.skops import TRUSTED
from skmlp.training import OPTIMIZERS, SCHEDULES

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

ALL_WAYS = [
    *({"solver": solver} for solver in (*OPTIMIZERS, "lbfgs")),
    *({"solver": "sgd", "learning_rate": name} for name in SCHEDULES),
    {"early_stopping": True, "class_weight": {0: 1.0, 1: 2.0, 2: 1.0}, "activation": ["gelu"]},
]


@pytest.mark.parametrize("parameters", ALL_WAYS)
def test_skops_needs_to_trust_one_type(iris, parameters):
    sio = pytest.importorskip("skops.io")
    clf = make(warm_start=True, **parameters).fit(*iris)
    stored = sio.dumps(clf)
    assert sio.get_untrusted_types(data=stored) == TRUSTED
    read = sio.loads(stored, trusted=TRUSTED)
    assert_array_equal(read.predict_proba(iris[0]), clf.predict_proba(iris[0]))
    assert read.loss_curve_ == clf.loss_curve_
    assert_array_equal(read.fit(*iris).parameters_, clf.fit(*iris).parameters_)


def test_skops_of_a_pipeline(iris):
    sio = pytest.importorskip("skops.io")
    pipeline = make_pipeline(StandardScaler(), make()).fit(*iris)
    read = sio.loads(sio.dumps(pipeline), trusted=TRUSTED)
    assert_array_equal(read.predict_proba(iris[0]), pipeline.predict_proba(iris[0]))


def test_skops_of_a_table():
    sio = pytest.importorskip("skops.io")
    X = [
        [i / 2, f"id{i % 40}", "ab"[i % 3 > 0], f"text {i}", f"2024-01-{1 + i % 30:02d}", f"${i}"]
        for i in range(120)
    ]
    clf = TabularMLPClassifier(8, n_folds=1, max_iter=2, random_state=0).fit(X, [0, 1] * 60)
    stored = sio.dumps(clf)
    types = sio.get_untrusted_types(data=stored)
    assert {name.split(".")[0] for name in types} == {"skmlp"}
    read = sio.loads(stored, trusted=types)
    assert_array_equal(read.predict_proba(X), clf.predict_proba(X))
    assert read.validation_losses_ == clf.validation_losses_


@pytest.mark.filterwarnings("ignore")  # various warnings of MLflow
def test_mlflow(iris, tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    mlflow = pytest.importorskip("mlflow")
    pytest.importorskip("skops")
    mlflow_sklearn = pytest.importorskip("mlflow.sklearn")
    mlflow.set_tracking_uri((tmp_path / "runs").as_uri())
    clf = make().fit(*iris)
    with mlflow.start_run():
        logged = mlflow_sklearn.log_model(
            clf,
            name="model",
            skops_trusted_types=TRUSTED,
            pip_requirements=[],  # inferring them takes seconds
        )
    read = mlflow_sklearn.load_model(logged.model_uri)
    assert_array_equal(read.predict_proba(iris[0]), clf.predict_proba(iris[0]))
