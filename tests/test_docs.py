"""Messages quoted in the documentation, and examples that can be pasted into a prompt."""

import codeop
import re
import sys
import warnings
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import sklearn
from conftest import make
from scipy.optimize import OptimizeResult
from sklearn.datasets import load_iris
from sklearn.metrics import f1_score
from sklearn.preprocessing import scale
from sklearn.utils.fixes import parse_version

from skmlp import (
    MLPSoftmaxClassifier,
    TabularEncoder,
    TabularMLPClassifier,
    TrainingCurveDisplay,
)
from skmlp.export import to_torch

pd = pytest.importorskip("pandas")

DOCS = Path(__file__).parents[1] / "docs"
if not DOCS.exists():
    pytest.skip("tests of a package, without its documentation", allow_module_level=True)

X, Y = load_iris(return_X_y=True)
TABLE = pd.DataFrame({"age": [23, 31, 58, 44] * 10, "town": ["Bern", "Oslo"] * 20})


def with_entry(value):
    changed = X.copy()
    changed[0, 0] = value
    return changed


def fitted(**parameters):
    return make(tol=1, **parameters).fit(X, Y)


def without(module):
    return mock.patch.dict(sys.modules, {module: None})


def draw_without_matplotlib():
    with without("matplotlib.pyplot"):
        TrainingCurveDisplay.from_estimator(fitted())


def to_torch_without_it():
    with without("torch"):
        to_torch(fitted())


def give_up_as_scipy_may():
    def minimize(_, parameters, **options):
        return OptimizeResult(x=parameters, fun=1.0, nit=2, status=2)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("skmlp.training.lbfgs.minimize", minimize)
        fitted(solver="lbfgs")


def train_on_few():
    rng = np.random.default_rng(0)
    rare = rng.random(400) < 0.1
    features = rng.normal(size=(400, 3)) + 0.3 * rare[:, None]
    make(hidden_layer_sizes=(100,), early_stopping=True, max_iter=40).fit(features, rare)


def convert_what_is_not_registered():
    skl2onnx = pytest.importorskip("skl2onnx")

    class NotRegistered(MLPSoftmaxClassifier):
        """Not registered with skl2onnx, as skmlp's before skmlp.export.onnx is imported."""

    skl2onnx.to_onnx(NotRegistered((8,), max_iter=1).partial_fit(X, Y, classes=[0, 1, 2]), X[:1])


def read(**changes):
    clf = fitted()
    clf.__setstate__({**clf.__getstate__(), **changes})


# Code that raises each message that the page quotes.
PROVOKED = {
    "Column 'town' of X holds text, such as 'Bern'": lambda: make().fit(TABLE, Y[:40]),
    "Column 'since' of X holds dates or times": lambda: make().fit(
        TABLE[["age"]].assign(since=pd.Timestamp("2024-01-05")), Y[:40]
    ),
    "Input X contains NaN.": lambda: make().fit(with_entry(np.nan), Y),
    "Input X contains infinity or a value too large for dtype": lambda: make().fit(
        with_entry(np.inf), Y
    ),
    "Expected 2D array, got 1D array instead": lambda: fitted().predict(X[0]),
    "X has 3 features, but MLPSoftmaxClassifier is expecting 4 features": lambda: fitted().predict(
        X[:, :3]
    ),
    "Found input variables with inconsistent numbers of samples: [150, 10]": lambda: make().fit(
        X, Y[:10]
    ),
    "The network's outputs are not finite for some rows of X": lambda: (
        make().fit(X.astype("f"), Y).predict(np.full((1, 4), 3e38, "f"))
    ),
    "Unknown label type: continuous": lambda: make().fit(X, X[:, 0]),
    "y has several labels per sample (shape (150, 2))": lambda: make().fit(
        X, np.c_[Y == 0, Y == 1]
    ),
    "y has missing labels": lambda: make().fit(X[:3], ["a", None, "b"]),
    "y has labels that cannot be sorted together, of types int, str": lambda: make().fit(
        X[:3], ["a", 1, "b"]
    ),
    "y has labels of type Interval, such as": lambda: make().fit(X[:4], pd.cut([1, 2, 3, 4], 2)),
    "alpha=-1 is not allowed: alpha must be": lambda: make(alpha=-1).fit(X, Y),
    "hidden_layer_sizes=(100, 50) and depth=3 contradict each other": lambda: make(
        hidden_layer_sizes=(100, 50), depth=3
    ).fit(X, Y),
    "encoder__n_bins is a parameter of the encoder, and encoder=None": lambda: (
        TabularMLPClassifier().set_params(encoder__n_bins=8)
    ),
    "solver='lbfgs' needs the same loss at every evaluation": lambda: make(
        solver="lbfgs", dropout=0.5
    ).fit(X, Y),
    "learning_rate='adaptive' is for solver='sgd'": lambda: make(
        solver="adamw", learning_rate="adaptive"
    ).fit(X, Y),
    "scoring=f1_score is a metric, a function of y_true and y_pred, but must be a scorer": lambda: (
        make(early_stopping=True, scoring=f1_score).fit(X, Y)
    ),
    "sample_weight has shape (2,), but must have one number per sample: (150,)": lambda: make().fit(
        X, Y, sample_weight=[1, 2]
    ),
    "These parameters have no effect: weight_decay=0.1 needs solver='adamw'": lambda: make(
        weight_decay=0.1
    ).fit(X, Y),
    "Maximum iterations (max_iter=5) reached and the optimization hasn't converged yet.": lambda: (
        make(max_iter=5).fit(X, Y)
    ),
    "Maximum evaluations (max_fun=5) reached and the optimization hasn't converged yet.": lambda: (
        make(solver="lbfgs", max_fun=5).fit(X, Y)
    ),
    "L-BFGS stopped where it found no better point": give_up_as_scipy_may,
    "Training stopped with a loss of": lambda: make(
        solver="sgd", activation="identity", learning_rate_init=1e3
    ).fit(X * 100, Y),
    "Training diverged: the loss was not finite": lambda: make(
        solver="sgd", learning_rate_init=1e300
    ).fit(X, Y),
    "no better than the 1.099 of predicting the class frequencies": lambda: make(
        learning_rate_init=1e-9, tol=1
    ).fit(X, Y),
    "batch_size=500 is larger than the 150 samples to train on": lambda: fitted(batch_size=500),
    "early_stopping=True holds out stratified validation rows, but": lambda: make(
        early_stopping=True
    ).fit(X[::50], Y[::50]),
    "are too few for validation rows of every class, so that they are not stratified": lambda: make(
        early_stopping=True
    ).fit(X[45:101], Y[45:101]),
    "The weights kept by early stopping predict one class for all validation rows": train_on_few,
    "X_val and y_val belong together": lambda: make().fit(X, Y, X_val=X),
    "Some columns of X_val are far outside the range of X, such as column": lambda: make().fit(
        scale(X), Y, X_val=X, y_val=Y
    ),
    "rows of the validation data have labels that are not in y": lambda: make().fit(
        X[:100], Y[:100], X_val=X, y_val=Y
    ),
    "This MLPSoftmaxClassifier instance is not fitted yet": lambda: make().predict(X),
    "The first call to partial_fit needs classes": lambda: make().partial_fit(X, Y),
    "`y` has classes not in `self.classes_`: [2] are new": lambda: make().partial_fit(
        X, Y, classes=[0, 1]
    ),
    "partial_fit does not support early_stopping=True": lambda: make(
        early_stopping=True
    ).partial_fit(X, Y),
    "This 'MLPSoftmaxClassifier' has no attribute 'partial_fit'": lambda: make(
        solver="lbfgs"
    ).partial_fit(X, Y),
    "hidden_layer_sizes and depth now give layers of (4, 50, 3) units": lambda: (
        fitted(warm_start=True).set_params(hidden_layer_sizes=50).fit(X, Y)
    ),
    "Column 'age' of X is read as numbers, and other cells as missing values": (
        lambda: TabularEncoder().fit(TABLE.assign(age=["unknown", *range(1, len(TABLE))]))
    ),
    "Column 'price' of X holds numbers such as '1,234', which can be 1234 or 1.234": (
        lambda: TabularEncoder().fit(
            TABLE.assign(price=[f"1,{234 + i}" for i in range(len(TABLE))])
        )
    ),
    "Column 'size' of X holds numbers, and too many other texts to be missing values": (
        lambda: TabularEncoder().fit(
            TABLE.assign(size=[f"{i} {'in' if i % 2 else 'cm'}" for i in range(len(TABLE))])
        )
    ),
    "Column 'ordered' of X holds dates such as '03/04/2024', which are different days": (
        lambda: TabularEncoder().fit(
            TABLE.assign(ordered=[f"03/{4 + i % 8:02d}/2024" for i in range(len(TABLE))])
        )
    ),
    "Column 'Unnamed: 0' of X is dropped, since it numbers the rows": (
        lambda: TabularEncoder().fit(TABLE.assign(**{"Unnamed: 0": range(len(TABLE))}))
    ),
    "Column 'town' of X has none of the categories that it had in fit": (
        lambda: TabularEncoder().fit(TABLE).transform(TABLE.assign(town=TABLE["town"].str.upper()))
    ),
    "Column 'age' of X had values of kind number in fit, and now has": lambda: (
        TabularEncoder().fit(TABLE).transform(TABLE.assign(age="unknown"))
    ),
    "X is a list of dict: pass a DataFrame": lambda: TabularEncoder().fit([{"age": 1}, {"age": 2}]),
    "X has 2 columns named 'age'": lambda: TabularEncoder().fit(
        pd.DataFrame([[1, 2], [3, 4]], columns=["age", "age"])
    ),
    "X has no column to learn from": lambda: TabularEncoder().fit(np.ones((40, 2))),
    "A plot needs matplotlib: pip install 'skmlp[plot]'": draw_without_matplotlib,
    "to_torch needs torch: pip install 'skmlp[torch]'": to_torch_without_it,
    "Unable to find a shape calculator for type": convert_what_is_not_registered,
    "set_callbacks needs scikit-learn 1.9 or later": lambda: make().set_callbacks(),
    "Trying to unpickle estimator MLPSoftmaxClassifier from version": lambda: read(
        _skmlp_version="0.0.1"
    ),
    "The stored MLPSoftmaxClassifier is damaged": lambda: read(_checksum=0),
}


def messages_of(provoke):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            provoke()
        except Exception as error:
            return [str(error)]
    return [str(warning.message) for warning in caught]


def test_every_example_has_a_place_in_the_gallery():
    order = (DOCS / "gallery_order.py").read_text()
    examples = {path.name for path in (DOCS / "examples").glob("plot_*.py")}
    assert set(re.findall(r"plot_\w+\.py", order)) == examples


def test_the_page_of_errors_quotes_what_is_provoked():
    quoted = re.findall(r"^``(.+)``$", (DOCS / "errors.rst").read_text(), re.MULTILINE)
    assert quoted == list(PROVOKED)


@pytest.mark.parametrize("quoted", PROVOKED)
def test_a_message_is_as_it_is_quoted(quoted):
    if "1.9" in quoted and parse_version(sklearn.__version__) >= parse_version("1.9"):
        pytest.skip("scikit-learn has callbacks")
    messages = messages_of(PROVOKED[quoted])
    assert any(quoted in message for message in messages), messages


@pytest.mark.parametrize("path", sorted((DOCS / "examples").glob("*.py")), ids=lambda p: p.stem)
def test_an_example_can_be_pasted_into_a_prompt(path):
    """A block must end with an empty line, and contain none; figures must be shown."""
    compile_command = codeop.CommandCompiler()
    source, pending = path.read_text(), []
    for line in [*source.splitlines(), ""]:
        pending.append(line)
        if compile_command("\n".join(pending), path.name) is not None:
            pending = []
    assert not pending
    assert "plt.show()" in source
