"""Numeric columns, compared with formulas, NumPy's quantiles and scikit-learn's splines."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.preprocessing import SplineTransformer

from skmlp.network.piecewise import PiecewiseTable
from skmlp.tabular.numbers import clip_extremes, distribution, fit_numbers, quantiles, soft_clip


def encode(x, n_bins=8):
    """Return the scaled and the piecewise linear columns of one numeric column."""
    known = x[~np.isnan(x)]
    numbers = fit_numbers([distribution(known)], [False], n_bins, len(x), len(x))
    return encoded(numbers, x[:, None].copy())


def encoded(numbers, X):
    scaled = np.empty((len(X), numbers.n_scaled), np.float32)
    positions = np.empty((len(X), len(numbers.with_piecewise)), np.float32)
    numbers.encode(X, scaled, positions)
    return scaled, PiecewiseTable(positions, numbers.piecewise).toarray()


def piecewise_written_out(x, edges):
    P = np.clip((x[:, None] - edges[:-1]) / np.diff(edges), 0, 1)
    return np.clip((P - P.mean(0)) / (P.std(0) + 1e-3), -5, 5)


def averaged_quantiles(x, n):
    return np.quantile(x, np.arange(n + 1) / n, method="averaged_inverted_cdf")


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=60), st.integers(1, 6).map(lambda k: 2**k))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_quantiles_are_those_of_numpy(x, n):
    assert_array_equal(quantiles(distribution(np.array(x, float)), n), averaged_quantiles(x, n))


def test_scaling():
    x = np.random.default_rng(0).standard_normal(101) ** 3
    lower, median, upper = averaged_quantiles(x, 4)[1:4]
    z = (x - median) / (upper - lower)
    assert_allclose(encode(x)[0][:, 0], z / np.sqrt(1 + (z / 3) ** 2), rtol=1e-5)


def test_scaling_where_most_is_one_value():
    x = np.r_[np.zeros(90), -1, np.full(9, 4.0)]
    z = x * 2 / 5
    assert_allclose(encode(x)[0][:, 0], z / np.sqrt(1 + (z / 3) ** 2), rtol=1e-6)


def test_scaling_never_passes_3():
    assert_allclose(soft_clip(np.array([-1e300, 1e300])), [-3, 3])


@pytest.mark.parametrize("n_bins", [2, 7, 32])
def test_piecewise_functions_are_between_quantiles(n_bins):
    x = np.random.default_rng(0).gamma(1, size=500)
    expected = piecewise_written_out(x, averaged_quantiles(x, n_bins))
    assert_allclose(encode(x, n_bins)[1], expected, atol=1e-5)


def test_piecewise_functions_of_few_values_are_between_them():
    x = np.random.default_rng(0).choice([1.0, 2, 5, 6], 100)
    assert_allclose(encode(x)[1], piecewise_written_out(x, np.array([1.0, 2, 5, 6])), atol=1e-5)


def test_piecewise_functions_where_most_is_one_value():
    x = np.r_[np.zeros(900), np.arange(1, 101)]
    edges = np.union1d([0], averaged_quantiles(x[900:], 7))
    assert_allclose(encode(x)[1], piecewise_written_out(x, edges), atol=1e-5)


def test_piecewise_functions_span_linear_splines():
    x = np.random.default_rng(0).random(300)
    knots = averaged_quantiles(x, 8)[:, None]
    splines = SplineTransformer(degree=1, knots=knots).fit_transform(x[:, None])
    basis = np.column_stack([np.ones(300), encode(x)[1]])
    residuals = splines - basis @ np.linalg.lstsq(basis, splines, rcond=None)[0]
    assert_allclose(residuals, 0, atol=1e-4)


def test_two_values_have_no_piecewise_columns():
    assert encode(np.array([0.0, 1, 1]))[1].shape == (3, 0)


@pytest.mark.parametrize(
    ("n_rows", "n_columns", "n_bins"),
    [
        (50, 1, 8),
        (240, 1, 24),  # 10 rows per bin
        (400, 1, 32),
        (17**3, 1, 34),
        (10**6, 1, 64),
        (10**6, 30, 17),  # 2 GiB
        (400, 64, 16),
        (400, 65, 15),
        (100, 256, 4),
        (100, 257, 0),
    ],
)
def test_number_of_bins(n_rows, n_columns, n_bins):
    column = distribution(np.arange(1000.0))
    numbers = fit_numbers([column] * n_columns, [False] * n_columns, "auto", n_rows, n_rows)
    assert numbers.piecewise.n_columns.tolist() == [n_bins] * n_columns * (n_bins > 0)


@pytest.mark.parametrize(
    ("n_rows", "n_values", "n_columns", "n_piecewise"),
    [
        (25_000, 100, 1, 99),  # 250 rows per value
        (24_999, 100, 1, 58),
        (10**6, 128, 1, 127),
        (10**6, 129, 1, 64),
        (10**5, 100, 10, 99),
        (10**5, 100, 11, 64),  # 93 values each would be 1,024
    ],
)
def test_each_of_few_values_is_an_edge(n_rows, n_values, n_columns, n_piecewise):
    column = distribution(np.arange(float(n_values)))
    numbers = fit_numbers([column] * n_columns, [False] * n_columns, "auto", n_rows, n_rows)
    assert set(numbers.piecewise.n_columns) == {n_piecewise}


def test_numbers_beyond_those_seen_stay_bounded():
    numbers = fit_numbers([distribution(np.arange(100.0))], [False], 8, 100, 100)
    scaled, piecewise = encoded(numbers, np.array([[-1e150], [1e150]]))
    assert np.abs(scaled).max() <= 3
    assert np.abs(piecewise).max() <= 5


def test_infinity_is_refused():
    with pytest.raises(ValueError, match="Column 'b' of X holds infinity"):
        clip_extremes(np.array([[1.0, 2], [3, -np.inf]]), ["a", "b"])


def test_a_weight_is_a_repetition():
    x, weight = (
        np.random.default_rng(0).standard_normal(50),
        np.random.default_rng(0).integers(1, 5, 50),
    )
    weighted = distribution(x, weight.astype(float))
    assert_array_equal(weighted, distribution(x.repeat(weight)))
