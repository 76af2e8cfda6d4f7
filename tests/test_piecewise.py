"""Tables with piecewise linear columns, compared with the same tables as arrays."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skmlp import compiled
from skmlp.network import Batch, Network, initial_parameters, layer_views, n_parameters
from skmlp.network.piecewise import PiecewiseColumns, PiecewiseTable

pytestmark = pytest.mark.usefixtures("either_pass")


def make(n_rows=30, dtype=np.float64, n_columns=(3, 1, 5)):
    rng = np.random.default_rng(0)
    positions = rng.uniform(size=(n_rows, len(n_columns))) * n_columns
    values = np.hstack([rng.normal(size=(n_rows, 2)), positions])
    low, rise = rng.normal(size=(2, sum(n_columns)))
    columns = PiecewiseColumns(np.array(n_columns, np.int64), low.astype(dtype), rise.astype(dtype))
    return PiecewiseTable(values.astype(dtype), columns)


def test_columns_are_the_formula():
    table = make()
    Z = table.toarray()
    assert_array_equal(Z[:, :2], table.values[:, :2])
    column = 2
    for p, m in zip(table.values[:, 2:].T, (3, 1, 5), strict=True):
        for j in range(m):
            low, rise = table.columns.low[column - 2], table.columns.rise[column - 2]
            assert_allclose(Z[:, column], low + rise * np.clip(p - j, 0, 1))
            column += 1
    assert table.shape == Z.shape == (30, column)


def test_blocks_of_rows_are_written_out():
    table = make(5000)
    assert_array_equal(table.toarray()[4990:], table[4990:].toarray())


@pytest.mark.parametrize("n_out", [1, 4])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_products_are_those_of_the_array(dtype, n_out):
    table = make(dtype=dtype)
    W = np.random.default_rng(1).normal(size=(table.shape[1], n_out)).astype(dtype)
    dZ = np.random.default_rng(2).normal(size=(30, n_out)).astype(dtype)
    tolerance = 100 * np.finfo(dtype).eps
    assert_allclose(table @ W, table.toarray() @ W, atol=tolerance)
    dW = table.T.dot(dZ, np.empty_like(W))
    assert_allclose(dW, table.toarray().T @ dZ, atol=tolerance)


def test_a_table_without_piecewise_columns_is_an_array():
    values = np.random.default_rng(0).normal(size=(4, 3))
    columns = PiecewiseColumns(np.empty(0, np.int64), np.empty(0), np.empty(0))
    assert_array_equal(PiecewiseTable(values, columns).for_products(), values)


def test_for_products_is_an_array_unless_compiled():
    assert isinstance(make().for_products(), PiecewiseTable if compiled.COMPILED else np.ndarray)


def test_positions_at_the_ends_and_between_columns():
    table = make()
    table.positions[:3] = [[0, 0, 0], [3, 1, 5], [2, 1, 4]]
    W = np.random.default_rng(1).normal(size=(table.shape[1], 3))
    assert_allclose(table @ W, table.toarray() @ W, atol=1e-13)


@pytest.mark.parametrize("position", [-1.0, 7.0])
def test_positions_beyond_the_ends_are_those_of_the_ends(position):
    table = make()
    inside, outside = table[:1], table[:]
    outside.positions[:] = position
    inside.positions[:] = np.clip(position, 0, [3, 1, 5])
    W = np.random.default_rng(1).normal(size=(table.shape[1], 3))
    assert_allclose((outside @ W - outside.dense @ W[:2])[:1], inside @ W - inside.dense @ W[:2])


@pytest.mark.parametrize("n_columns", [(), (2, 1)], ids=["no piecewise", "no dense"])
def test_tables_without_columns_of_a_kind(n_columns):
    table = make(n_columns=n_columns)
    if n_columns:
        table = PiecewiseTable(table.positions.copy(), table.columns)
    W = np.random.default_rng(1).normal(size=(table.shape[1], 3))
    dZ = np.random.default_rng(2).normal(size=(30, 3))
    assert_allclose(table @ W, table.toarray() @ W, atol=1e-13)
    assert_allclose(table.T.dot(dZ, np.empty_like(W)), table.toarray().T @ dZ, atol=1e-13)


@pytest.mark.parametrize("rows", [slice(3, 7), np.array([5, 0, 5])], ids=["slice", "indices"])
def test_rows(rows):
    assert_array_equal(make()[rows].toarray(), make().toarray()[rows])


def test_dtype():
    table = make()
    assert table.astype(np.float64, copy=False) is table
    assert table.astype(np.float32).toarray().dtype == np.float32


@pytest.mark.parametrize("sizes", [(11, 4, 3), (11, 3), (11, 1)], ids=str)
def test_gradients_are_those_of_the_array(sizes):
    """With no hidden layer, the output is in Fortran order."""
    table, rng = make(), np.random.default_rng(3)
    parameters = rng.normal(size=n_parameters(sizes))
    dZ = np.asfortranarray(rng.normal(size=(30, sizes[-1])))

    def outputs_and_gradient(X):
        network = Network(parameters, sizes, ["tanh"] * (len(sizes) - 2))
        gradient = np.zeros_like(parameters)
        O = network.forward(X).copy()
        network.backward(dZ.copy("K"), *layer_views(gradient, sizes))
        return O, gradient

    for found, expected in zip(*map(outputs_and_gradient, (table, table.toarray())), strict=True):
        assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_rows", [30, 11_000])
def test_initial_weights_are_those_of_the_array(n_rows, weighted):
    table = make(n_rows, np.float32)
    weight = np.random.default_rng(1).uniform(size=n_rows) if weighted else None

    def weights(X):
        batch, rng = Batch(X, np.zeros(n_rows, int), weight), np.random.RandomState(0)
        shares = np.array([0.5, 0.5])
        return initial_parameters((11, 4, 2), ["relu"], shares, np.float32, rng, batch=batch)

    assert_array_equal(weights(table), weights(table.toarray()))
