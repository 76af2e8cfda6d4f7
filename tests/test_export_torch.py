import numpy as np
import pytest
from conftest import make
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import NotFittedError

from skmlp import MLPSoftmaxClassifier
from skmlp.estimator.rules import RULES, one_of, one_or_several
from skmlp.export import from_torch, to_sklearn, to_torch
from skmlp.export.torch import ACTIVATIONS_OF_TORCH
from skmlp.network import ACTIVATIONS, Activation

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_every_activation_has_a_class_of_torch():
    assert ACTIVATIONS_OF_TORCH.keys() == ACTIVATIONS.keys()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_to_torch_has_the_same_outputs(iris, activation, dtype):
    torch = pytest.importorskip("torch")
    X = iris[0].astype(dtype)
    clf = MLPSoftmaxClassifier((7, 5), activation, max_iter=5, random_state=0).fit(X, iris[1])
    O = to_torch(clf)(torch.tensor(X)).detach().numpy()
    tolerance = 1e-5 if dtype == np.float32 else 1e-12
    assert_allclose(clf.decision_function(X), O, rtol=tolerance, atol=tolerance)
    assert O.dtype == dtype


def test_to_torch_before_fit():
    with pytest.raises(NotFittedError):
        to_torch(make())


def test_to_torch_of_another_estimator(nn):
    with pytest.raises(TypeError, match="clf must be an MLPSoftmaxClassifier, got Linear"):
        to_torch(nn.Linear(2, 2))


def test_to_torch_of_two_classes_has_two_logits(binary):
    torch = pytest.importorskip("torch")
    X, y = binary
    clf = MLPSoftmaxClassifier((7,), max_iter=5, random_state=0).fit(X, y)
    module = to_torch(clf)
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
    """This is the example in CONTRIBUTING.md."""
    monkeypatch.setitem(ACTIVATIONS, "softsign", Activation(softsign, softsign_chain, gain=1))
    monkeypatch.setitem(ACTIVATIONS_OF_TORCH, "softsign", "Softsign")
    monkeypatch.setitem(RULES, "activation", one_or_several(one_of(*ACTIVATIONS)))
    X, y = iris
    clf = MLPSoftmaxClassifier((7, 5), "softsign", max_iter=30, random_state=0).fit(X, y)
    assert clf.input_gradients(X).shape == X.shape
    torch = pytest.importorskip("torch")
    O = to_torch(clf)(torch.tensor(X)).detach().numpy()
    assert_allclose(clf.decision_function(X), O, rtol=1e-12)


@pytest.fixture
def nn():
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    return torch.nn


def probabilities(module, X):
    """Compute the probabilities of a module, with any last layer."""
    import torch

    with torch.no_grad():
        O = module.eval()(torch.tensor(X)).numpy()
    last = type(module[-1]).__name__
    if last == "Softmax":
        return O
    if last == "LogSoftmax":
        return np.exp(O)
    if O.shape[1] == 1:
        P = O if last == "Sigmoid" else 1 / (1 + np.exp(-O))
        return np.hstack([1 - P, P])
    E = np.exp(O - O.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


def check_same(module, classes, X):
    """Convert a module, and check that the estimator has the same probabilities."""
    clf = from_torch(module, classes)
    assert_array_equal(clf.classes_, np.unique(classes))
    P = probabilities(module, X)
    tolerance = 1e-5 if X.dtype == np.float32 else 1e-12
    columns = np.argsort(classes)
    assert_allclose(clf.predict_proba(X), P[:, columns], rtol=tolerance, atol=tolerance)
    assert_array_equal(clf.predict(X), np.asarray(classes)[P.argmax(axis=1)])
    assert clf.parameters_.dtype == clf.predict_proba(X).dtype == X.dtype
    return clf


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_to_torch_and_back_is_the_same(iris, nn, activation, dtype, n_classes):
    X, y = (part[: 50 * n_classes] for part in iris)
    X = X.astype(dtype)
    clf = make(hidden_layer_sizes=(7, 5), activation=activation).fit(X, y)
    again = from_torch(to_torch(clf), clf.classes_)
    assert_array_equal(again.parameters_, clf.parameters_)
    assert_array_equal(again.predict_proba(X), clf.predict_proba(X))
    assert again.layer_sizes_ == clf.layer_sizes_
    assert again.hidden_layer_sizes == (7, 5)
    assert ACTIVATIONS[again.activation] is ACTIVATIONS[activation]


def test_layers_of_several_activations(iris, nn):
    module = nn.Sequential(
        nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 3)
    ).double()
    clf = check_same(module, ["a", "b", "c"], iris[0])
    assert clf.activation == ["relu", "tanh"]
    clf.fit(iris[0], np.array(["a", "b", "c"])[iris[1]])  # parameters that it can be fitted with


def test_softmax_regression(iris, nn):
    clf = check_same(nn.Sequential(nn.Linear(4, 3)).double(), [0, 1, 2], iris[0])
    assert (clf.hidden_layer_sizes, clf.activation) == ((), "relu")


def test_nested_modules_and_one_activation_in_two_places(iris, nn):
    class Tower(nn.Sequential):
        """A subclass that does not override forward."""

    act = nn.SiLU()
    body = Tower(nn.Linear(4, 6), act, nn.Sequential(nn.Dropout(0.3), nn.Linear(6, 5)), act)
    check_same(nn.Sequential(body, nn.Linear(5, 3)).double(), [0, 1, 2], iris[0])


def test_dropout_is_ignored(iris, nn):
    module = nn.Sequential(
        nn.Dropout(0.2), nn.Linear(4, 6), nn.Dropout(), nn.ELU(inplace=True), nn.Linear(6, 3)
    )
    assert check_same(module.double(), [0, 1, 2], iris[0]).dropout == 0


def test_a_module_for_prediction(iris, nn):
    module = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3)).double()
    check_same(module.eval(), [0, 1, 2], iris[0])


def test_layers_without_bias(iris, nn):
    module = nn.Sequential(nn.Linear(4, 6, bias=False), nn.ReLU(), nn.Linear(6, 3, bias=False))
    check_same(module, [0, 1, 2], iris[0].astype(np.float32))


def test_adjacent_linear_layers_are_merged(iris, nn):
    module = nn.Sequential(nn.Linear(4, 2), nn.Linear(2, 6), nn.Mish(), nn.Linear(6, 3))
    assert check_same(module.double(), [0, 1, 2], iris[0]).layer_sizes_ == (4, 6, 3)


@pytest.mark.parametrize("classes", [["a", "b"], ["b", "a"]])
@pytest.mark.parametrize("end", ["Sigmoid", None])
def test_one_output_for_two_classes(iris, nn, classes, end):
    ends = [] if end is None else [getattr(nn, end)()]
    module = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 1), *ends).double()
    assert check_same(module, classes, iris[0]).layer_sizes_ == (4, 6, 1)


@pytest.mark.parametrize("classes", [[0, 1], [1, 0], [2, 0, 1]])
@pytest.mark.parametrize("end", [("Softmax", 1), ("LogSoftmax", -1), ("Identity", None), None])
def test_an_output_for_each_class(iris, nn, classes, end):
    ends = [] if end is None else [getattr(nn, end[0])(end[1])]
    module = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, len(classes)), *ends).double()
    check_same(module, classes, iris[0])


def test_the_weights_are_copies(iris, nn):
    module = nn.Sequential(nn.Linear(4, 3)).double()
    clf = from_torch(module, [0, 1, 2])
    before = clf.parameters_.copy()
    nn.init.zeros_(module[0].weight)
    assert_array_equal(clf.parameters_, before)


def test_training_continues_from_torch(iris, nn):
    module = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))
    clf = from_torch(module, [0, 1, 2]).set_params(learning_rate_init=0.05)
    for _ in range(50):
        clf.partial_fit(*iris)
    assert clf.score(*iris) > 0.9
    assert clf.n_iter_ == 1


def test_an_imported_network_has_no_training_history(iris, nn):
    clf = from_torch(nn.Sequential(nn.Linear(4, 3)), [0, 1, 2])
    assert (clf.loss_curve_, clf.best_loss_, clf.n_iter_, clf.t_) == ([], None, 0, 0)
    assert_allclose(
        to_sklearn(clf).partial_fit(*iris).predict_proba(iris[0]).sum(axis=1), 1, rtol=1e-6
    )


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (lambda nn: [nn.Linear(4, 3), nn.BatchNorm1d(3)], r"module\[1\], BatchNorm1d\(3.* allowed"),
        (lambda nn: [nn.Sequential(nn.Conv1d(4, 3, 1))], r"module\[0\]\[0\], Conv1d"),
        (lambda nn: [nn.Bilinear(4, 4, 3)], r"module\[0\], Bilinear"),
        (lambda nn: [nn.Flatten(), nn.Linear(4, 3)], r"module\[0\], Flatten"),
        (lambda nn: [nn.Linear(4, 5), nn.GELU("tanh"), nn.Linear(5, 3)], "approximate='none'"),
        (lambda nn: [nn.Linear(4, 5), nn.LeakyReLU(0.2), nn.Linear(5, 3)], "negative_slope=0.01"),
        (
            lambda nn: [nn.Linear(4, 5), nn.ELU(0.5), nn.Linear(5, 3)],
            r"module\[1\], ELU\(alpha=0.5",
        ),
        (lambda nn: [nn.Linear(4, 5), nn.Softplus(2), nn.Linear(5, 3)], "settings of Softplus"),
        (lambda nn: [nn.ReLU(), nn.Linear(4, 3)], r"module\[0\], ReLU\(\), must follow a Linear"),
        (lambda nn: [nn.Linear(4, 5), nn.ReLU(), nn.ReLU(), nn.Linear(5, 3)], r"module\[2\], ReLU"),
        (lambda nn: [nn.Linear(4, 3), nn.ReLU()], "must end with a Linear"),
        (lambda nn: [], "must end with a Linear"),
        (lambda nn: [nn.Softmax(1)], "must end with a Linear"),
        (lambda nn: [nn.Linear(4, 3), nn.Softmax(0)], r"module\[1\], Softmax\(dim=0\), must have"),
        (lambda nn: [nn.Linear(4, 3), nn.Sigmoid()], r"Sigmoid\(\), must follow one output"),
        (lambda nn: [nn.Linear(4, 3), nn.Softmax(1), nn.Linear(3, 3)], r"module\[1\], Softmax"),
        (lambda nn: [nn.Linear(4, 5)], "5 outputs, but classes has 3"),
        (lambda nn: [nn.Linear(4, 1)], "1 outputs, but classes has 3"),
        (lambda nn: [nn.Linear(4, 5), nn.ReLU(), nn.Linear(6, 3)], "Layer 1 .*do not match"),
        (lambda nn: [nn.Linear(4, 3).half()], r"module\[0\], Linear.* is of torch.float16"),
        (lambda nn: [nn.utils.parametrizations.weight_norm(nn.Linear(4, 3))], "Parametrized"),
    ],
)
def test_modules_that_are_refused(nn, layers, message):
    with pytest.raises(ValueError, match=message):
        from_torch(nn.Sequential(*layers(nn)), ["a", "b", "c"])


def scaled_by_a_hook(nn):
    layer = nn.Linear(5, 3)
    layer.register_forward_hook(lambda module, inputs, outputs: 2 * outputs)
    return nn.Sequential(nn.Linear(4, 5), nn.Sequential(layer))


def pruned(nn):
    module = nn.Sequential(nn.Linear(4, 3))
    pytest.importorskip("torch.nn.utils.prune").l1_unstructured(module[0], "weight", 0.5)
    return module


@pytest.mark.parametrize(
    ("make_module", "place"), [(scaled_by_a_hook, r"module\[1\]\[0\]"), (pruned, r"module\[0\]")]
)
def test_modules_with_hooks_are_refused(nn, make_module, place):
    with pytest.raises(ValueError, match=place + ", Linear.*has hooks"):
        from_torch(make_module(nn), ["a", "b", "c"])


@pytest.mark.parametrize("place", ["module", r"module\[0\]"])
def test_a_forward_of_one_module_alone_is_refused(nn, place):
    module = nn.Sequential(nn.Linear(4, 3))
    changed = module if place == "module" else module[0]
    changed.forward = lambda X: X[:, :3]
    with pytest.raises(ValueError, match=f"(?s){place}, .*has a custom forward"):
        from_torch(module, ["a", "b", "c"])


def test_a_softmax_over_one_output_is_refused(nn):
    module = nn.Sequential(nn.Linear(4, 1), nn.Softmax(1))
    with pytest.raises(ValueError, match="follow as many outputs as there are classes"):
        from_torch(module, ["a", "b"])


def test_weights_that_are_not_finite_are_refused(nn):
    module = nn.Sequential(nn.Linear(4, 3))
    nn.init.constant_(module[0].weight, np.inf)
    with pytest.raises(ValueError, match="not finite"):
        from_torch(module, ["a", "b", "c"])


@pytest.mark.parametrize("module", [lambda nn: nn.Linear(4, 3), lambda nn: "model.pt"])
def test_modules_other_than_sequential_are_refused(nn, module):
    with pytest.raises(TypeError, match=r"must be a torch.nn.Sequential, got (Linear|str)"):
        from_torch(module(nn), [0, 1, 2])


def test_a_sequential_that_overrides_forward_is_refused(nn):
    class Residual(nn.Sequential):
        def forward(self, X):
            return X + super().forward(X)

    with pytest.raises(ValueError, match=r"module\[0\], Residual"):
        from_torch(nn.Sequential(Residual(nn.Linear(3, 3))), [0, 1, 2])


@pytest.mark.parametrize(
    ("classes", "error", "message"),
    [
        (["a", "b", "a"], ValueError, "has a label twice"),
        ([1, "a", None], TypeError, "classes has missing labels"),
        (3, TypeError, "classes=3 is not allowed"),
    ],
)
def test_classes_that_are_refused(nn, classes, error, message):
    with pytest.raises(error, match=message):
        from_torch(nn.Sequential(nn.Linear(4, 3)), classes)
