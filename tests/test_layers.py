import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from skmlp.network import Network, layer_views, linear, n_parameters

pytestmark = pytest.mark.usefixtures("either_pass")

RNG = np.random.default_rng(0)
SIZES = (5, 4, 3, 2)


def make_network(sizes=SIZES, activation="tanh", dtype=np.float64):
    parameters = RNG.standard_normal(n_parameters(sizes)).astype(dtype)
    return Network(parameters, sizes, [activation] * (len(sizes) - 2))


def backward(network, dZ):
    """Return the gradients of each W and b, from that at the last Z."""
    dW, db = layer_views(np.empty_like(network.parameters), network.layer_sizes)
    db[-1][:] = dZ.sum(axis=0)
    network.backward(dZ.copy(), dW, db)
    return dW, db


def test_linear():
    X, W, b = RNG.standard_normal((3, 2)), RNG.standard_normal((2, 4)), RNG.standard_normal(4)
    assert_allclose(linear(X, W, b), np.einsum("ij,jk->ik", X, W) + b)


def test_linear_of_a_sparse_matrix():
    X, W, b = RNG.standard_normal((3, 2)), RNG.standard_normal((2, 4)), RNG.standard_normal(4)
    assert_allclose(linear(sparse.csr_array(X), W, b), linear(X, W, b))


def test_layer_views_share_memory_and_cover_the_vector():
    vector = np.zeros(n_parameters(SIZES))
    W, b = layer_views(vector, SIZES)
    for view in [*W, *b]:
        view += 1
    assert_array_equal(vector, 1)


def test_forward_is_the_equations():
    network = make_network()
    X = RNG.standard_normal((7, 5))
    (W0, W1, W2), (b0, b1, b2) = network.W, network.b
    expected = np.tanh(np.tanh(X @ W0 + b0) @ W1 + b1) @ W2 + b2
    assert_allclose(network.forward(X), expected)


def test_forward_keeps_Z_and_H():
    network = make_network()
    X = RNG.standard_normal((7, 5))
    O = network.forward(X)
    assert network.H[0] is X
    assert network.Z[-1] is O
    for Z, H in zip(network.Z[:-1], network.H[1:], strict=True):
        assert_allclose(H, np.tanh(Z), rtol=1e-15)


def test_changing_parameters_changes_the_network():
    network = make_network()
    X = RNG.standard_normal((2, 5))
    network.parameters[:] = 0
    assert_array_equal(network.forward(X), 0)


def test_batches_of_changing_size_do_not_disturb_each_other():
    network = make_network()
    X = RNG.standard_normal((9, 5))
    whole = network.forward(X).copy()
    parts = [network.forward(X[rows]).copy() for rows in (slice(0, 2), slice(2, 8), slice(8, 9))]
    assert_allclose(np.concatenate(parts), whole)


def test_logits_are_in_memory_that_is_reused():
    network = make_network()
    first = network.forward(RNG.standard_normal((7, 5)))
    assert np.shares_memory(first, network.forward(RNG.standard_normal((3, 5))))


def test_using_other_parameters():
    network, other = make_network(), make_network()
    X = RNG.standard_normal((2, 5))
    expected = other.forward(X).copy()
    network.see(other.parameters)
    assert_array_equal(network.forward(X), expected)
    other.parameters[:] = 0
    assert_array_equal(network.forward(X), 0)


def test_backward_is_the_equations():
    network = make_network()
    X, dO = RNG.standard_normal((7, 5)), RNG.standard_normal((7, 2))
    network.forward(X)
    dW, db = backward(network, dO)
    H = network.H
    dZ2 = dO
    dZ1 = dZ2 @ network.W[2].T * (1 - H[2] ** 2)
    dZ0 = dZ1 @ network.W[1].T * (1 - H[1] ** 2)
    for i, dZ in enumerate((dZ0, dZ1, dZ2)):
        assert_allclose(dW[i], H[i].T @ dZ)
        assert_allclose(db[i], dZ.sum(axis=0))
    assert_allclose(network.input_gradient(dO.copy()), dZ0 @ network.W[0].T)


@pytest.mark.parametrize("container", [np.asfortranarray, sparse.csr_array, sparse.csr_matrix])
def test_backward_of_other_containers(container):
    network = make_network()
    X, dO = RNG.standard_normal((6, 5)), RNG.standard_normal((6, 2))
    gradients = []
    for rows in (X, container(X)):
        network.forward(rows)
        dW, db = backward(network, dO)
        gradients.append(np.concatenate([A.ravel() for A in (*dW, *db)]))
    assert_allclose(gradients[0], gradients[1], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("depth", [0, 1])
def test_one_unit_for_two_classes_is_two_units_half_each(depth):
    """Its output z gives the logits -z/2 and z/2."""
    sizes = (5, 4, 1) if depth else (5, 1)
    one = Network(RNG.standard_normal(n_parameters(sizes)), sizes, ["gelu"] * depth, n_classes=2)
    two_sizes = (*sizes[:-1], 2)
    two = Network(np.empty(n_parameters(two_sizes)), two_sizes, ["gelu"] * depth)
    for views, ours in ((two.W, one.W), (two.b, one.b)):
        for view, value in zip(views[:-1], ours[:-1], strict=True):
            view[:] = value
        views[-1][:] = ours[-1] * [-0.5, 0.5]
    X, dO = RNG.standard_normal((7, 5)), RNG.standard_normal((7, 2))
    assert_allclose(one.forward(X), two.forward(X), rtol=1e-12, atol=1e-12)
    gradients = []
    for network, dZ in ((one, dO @ [[-0.5], [0.5]]), (two, dO)):
        dW, db = backward(network, dZ)
        gradients.append([*dW[:-1], *db[:-1], dW[-1], db[-1]])
    for ours, theirs in zip(gradients[0][:-2], gradients[1][:-2], strict=True):
        assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)
    for ours, theirs in zip(gradients[0][-2:], gradients[1][-2:], strict=True):
        assert_allclose(ours, theirs @ [[-0.5], [0.5]], rtol=1e-12, atol=1e-12)
    assert_allclose(one.input_gradient(dO.copy()), two.input_gradient(dO.copy()), atol=1e-12)


@pytest.mark.parametrize("n_classes", [None, 1])
def test_one_unit_has_one_logit_unless_there_are_two_classes(n_classes):
    network = Network(np.ones(3), (2, 1), [], n_classes=n_classes)
    assert_array_equal(network.forward(np.array([[1.0, 2.0]])), [[4.0]])


def test_two_units_for_two_classes_have_a_logit_each():
    network = Network(np.arange(6.0), (2, 2), [], n_classes=2)
    assert_array_equal(network.forward(np.array([[1.0, 2.0]])), [[8.0, 12.0]])


def test_float32_stays_float32():
    network = make_network(dtype=np.float32)
    assert network.forward(RNG.standard_normal((3, 5)).astype(np.float32)).dtype == np.float32
