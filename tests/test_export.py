import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import make_multilabel_classification
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from skmlp import MLPSoftmaxClassifier
from skmlp.estimator.parameters import RULES, one_of, one_or_several
from skmlp.network import ACTIVATIONS, Activation

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
def test_from_sklearn_has_the_same_probabilities(iris, activation, solver, n_classes):
    X, y = (part[: 50 * n_classes] for part in iris)
    mlp = MLPClassifier((7, 5), activation, solver=solver, max_iter=30, random_state=0).fit(X, y)
    clf = MLPSoftmaxClassifier.from_sklearn(mlp)
    assert_allclose(clf.predict_proba(X), mlp.predict_proba(X), rtol=1e-12, atol=1e-12)
    assert_array_equal(clf.predict(X), mlp.predict(X))


def test_from_sklearn_carries_parameters_and_attributes(iris):
    pd = pytest.importorskip("pandas")
    X = pd.DataFrame(iris[0], columns=list("abcd"))
    mlp = MLPClassifier((7,), alpha=0.3, early_stopping=True, max_iter=20).fit(X, iris[1])
    clf = MLPSoftmaxClassifier.from_sklearn(mlp)
    assert mlp.get_params().items() <= clf.get_params().items()
    for name in ("n_iter_", "t_", "loss_curve_", "loss_", "validation_scores_", "n_layers_"):
        assert getattr(clf, name) == getattr(mlp, name)
    assert_array_equal(clf.feature_names_in_, mlp.feature_names_in_)


def test_training_goes_on_from_sklearn(iris):
    X, y = iris
    mlp = MLPClassifier((7,), max_iter=5, random_state=0).fit(X, y)
    clf = MLPSoftmaxClassifier.from_sklearn(mlp)
    for _ in range(20):
        clf.partial_fit(X, y)
    assert clf.loss_ < mlp.loss_
    assert_allclose(mlp.coefs_[0], MLPSoftmaxClassifier.from_sklearn(mlp).coefs_[0])


def test_from_sklearn_keeps_float32(iris):
    mlp = MLPClassifier((7,), max_iter=5).fit(iris[0].astype(np.float32), iris[1])
    assert MLPSoftmaxClassifier.from_sklearn(mlp).parameters_.dtype == np.float32


def test_from_sklearn_of_something_else(iris):
    with pytest.raises(TypeError, match="must be an MLPClassifier, got LogisticRegression"):
        MLPSoftmaxClassifier.from_sklearn(LogisticRegression())


def test_from_sklearn_of_several_labels():
    X, Y = make_multilabel_classification(random_state=0)
    with pytest.raises(ValueError, match="one label a sample"):
        MLPSoftmaxClassifier.from_sklearn(MLPClassifier(max_iter=2).fit(X, Y))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_to_torch_has_the_same_outputs(iris, activation, dtype):
    torch = pytest.importorskip("torch")
    X = iris[0].astype(dtype)
    clf = MLPSoftmaxClassifier((7, 5), activation, max_iter=5, random_state=0).fit(X, iris[1])
    O = clf.to_torch()(torch.tensor(X)).detach().numpy()
    tolerance = 1e-5 if dtype == np.float32 else 1e-12
    assert_allclose(clf.decision_function(X), O, rtol=tolerance, atol=tolerance)
    assert O.dtype == dtype


def test_to_torch_of_two_classes_has_two_logits(binary):
    torch = pytest.importorskip("torch")
    X, y = binary
    clf = MLPSoftmaxClassifier((7,), max_iter=5, random_state=0).fit(X, y)
    module = clf.to_torch()
    O = module(torch.tensor(X))
    assert_allclose(torch.softmax(O, dim=1).detach().numpy(), clf.predict_proba(X), rtol=1e-12)
    assert [parameter.requires_grad for parameter in module.parameters()] == [True] * 4 + [False]


def softsign(Z, out):
    np.abs(Z, out=out)
    out += 1
    return np.divide(Z, out, out=out)


def softsign_chain(dH, Z, H):
    dH *= (1 - np.abs(H)) ** 2
    return dH


def test_an_activation_that_is_added_to_the_table_works_everywhere(iris, monkeypatch):
    """It is the example of CONTRIBUTING.md."""
    added = Activation(softsign, softsign_chain, gain=1, torch="Softsign", onnx="Softsign")
    monkeypatch.setitem(ACTIVATIONS, "softsign", added)
    monkeypatch.setitem(RULES, "activation", one_or_several(one_of(*ACTIVATIONS)))
    X, y = iris
    clf = MLPSoftmaxClassifier((7, 5), "softsign", max_iter=30, random_state=0).fit(X, y)
    assert clf.input_gradients(X).shape == X.shape
    torch = pytest.importorskip("torch")
    O = clf.to_torch()(torch.tensor(X)).detach().numpy()
    assert_allclose(clf.decision_function(X), O, rtol=1e-12)


def test_to_torch_names_the_extra(iris, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match=r"pip install 'skmlp\[torch\]'"):
        MLPSoftmaxClassifier(max_iter=2).fit(*iris).to_torch()


def test_a_subclass_with_parameters_of_its_own(iris):
    class Extended(MLPClassifier):
        def __init__(self, max_iter=200, random_state=None, extra=1):
            super().__init__(max_iter=max_iter, random_state=random_state)
            self.extra = extra

    source = Extended(max_iter=500, random_state=np.random.RandomState(0)).fit(*iris)
    position = source.random_state.get_state()[2]
    clf = MLPSoftmaxClassifier.from_sklearn(source)
    assert clf.max_iter == 500
    assert source.random_state.get_state()[2] == position
