"""The network in one file, an example of the documentation, as a reference for the estimator."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skmlp import MLPSoftmaxClassifier

EXAMPLE = Path(__file__).parents[1] / "docs" / "examples" / "plot_network_in_one_file.py"
if not EXAMPLE.exists():
    pytest.skip("tests of a package, without its documentation", allow_module_level=True)

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.usefixtures("either_pass"),
]


def definitions():
    """Return the functions of the example, without running its training."""
    functions, _ = EXAMPLE.read_text().split("# Training on the digits\n")
    names = {}
    exec(compile(functions, EXAMPLE.name, "exec"), names)
    return SimpleNamespace(**names)


REFERENCE = definitions()
IN_ORDER = SimpleNamespace(permutation=np.arange)  # in place of a random generator


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
@pytest.mark.parametrize("activation", REFERENCE.ACTIVATIONS)
def test_gradient_descent_gives_the_same_weights(digits, activation, depth):
    X, y = digits[0][:330].astype(np.float64), digits[1][:330]  # the last minibatch is smaller
    clf = MLPSoftmaxClassifier(
        hidden_layer_sizes=20,
        depth=depth,
        activation=activation,
        solver="sgd",
        momentum=0,
        alpha=0,
        learning_rate_init=0.1,
        batch_size=32,
        shuffle=False,
        max_iter=1,
        warm_start=True,
        random_state=0,
    ).fit(X, y)
    W, b = [V.copy() for V in clf.coefs_], [v.copy() for v in clf.intercepts_]
    REFERENCE.train_minibatches(
        X, y, W, b, activation, rate=0.1, batch_size=32, n_epochs=10, rng=IN_ORDER
    )
    clf.set_params(max_iter=10, n_iter_no_change=10).fit(X, y)
    for ours, reference in zip(clf.coefs_ + clf.intercepts_, W + b, strict=True):
        assert_allclose(ours, reference, rtol=0, atol=1e-12)
