import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from skmlp.network import ACTIVATIONS, Batch, initial_parameters, layer_views

pytestmark = pytest.mark.usefixtures("either_pass")

SIZES = (300, 200, 100, 4)
EVEN = np.full(4, 0.25)


def draw(
    activation="relu", sizes=SIZES, shares=EVEN, dtype=np.float64, initializer="auto", batch=None
):
    activations = [activation] * (len(sizes) - 2)
    rng = np.random.default_rng(0)
    parameters = initial_parameters(sizes, activations, shares, dtype, rng, initializer, batch)
    return parameters, *layer_views(parameters, sizes)


def half_width(name, n_in, n_out):
    return np.sqrt({"he": 6 / n_in, "glorot": 6 / (n_in + n_out), "lecun": 3 / n_in}[name])


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_auto_draws_the_first_layer_as_glorot(activation):
    _, W, _ = draw(activation)
    assert np.abs(W[0]).max() == pytest.approx(half_width("glorot", *W[0].shape), rel=0.001)


def test_output_weights_are_small():
    _, W, _ = draw()
    expected = 0.3 * half_width("glorot", *W[-1].shape)
    assert np.abs(W[-1]).max() == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(
    ("activation", "gain"),
    [("relu", 2), ("leaky_relu", 2), ("gelu", 2), ("tanh", 1), ("logistic", 1), ("selu", 1)],
)
@pytest.mark.parametrize("sizes", [(9, 40, 30, 4), (9, 30, 40, 4)], ids=["narrowing", "widening"])
def test_further_layers_are_orthogonal_of_variance_gain_by_n_in(activation, gain, sizes):
    _, W, _ = draw(activation, sizes)
    n_in, n_out = W[1].shape
    narrow = W[1] if n_in >= n_out else W[1].T
    size = gain * max(1, n_out / n_in)
    assert_allclose(narrow.T @ narrow, size * np.eye(min(n_in, n_out)), atol=1e-12)
    assert np.mean(W[1] ** 2) == pytest.approx(gain / n_in)


def draw_second_layers(n_in, n_out, n_draws, dtype):
    sizes, rng = (1, n_in, n_out, 2), np.random.default_rng(0)
    for _ in range(n_draws):
        parameters = initial_parameters(sizes, ["tanh", "tanh"], None, dtype, rng)
        yield layer_views(parameters, sizes)[0][1]


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 2e-6), (np.float64, 1e-14)])
@pytest.mark.parametrize("n_in", [1, 2, 5, 8])
@pytest.mark.parametrize("n_out", [1, 2, 5, 8])
def test_small_layers_are_orthogonal_in_each_draw(n_in, n_out, dtype, tolerance):
    for W in draw_second_layers(n_in, n_out, 50, dtype):
        narrow = W if n_in >= n_out else W.T * np.sqrt(n_in / n_out)
        assert_allclose(narrow.T @ narrow, np.eye(min(n_in, n_out)), atol=tolerance)


def test_all_orthogonal_layers_are_equally_likely():
    """If so, traces of powers are nearly normal (Diaconis and Shahshahani, 1994)."""
    Q = np.array(list(draw_second_layers(4, 4, 4000, np.float64)))
    trace, of_square = np.trace(Q, axis1=1, axis2=2), np.trace(Q @ Q, axis1=1, axis2=2)
    assert np.mean(trace) == pytest.approx(0, abs=0.06)
    assert np.mean(trace**2) == pytest.approx(1, abs=0.1)
    assert np.mean(of_square) == pytest.approx(1, abs=0.1)
    assert np.mean(np.linalg.det(Q)) == pytest.approx(0, abs=0.06)
    assert_allclose(np.mean(Q, axis=0), 0, atol=0.04)
    assert_allclose(np.mean(Q**2, axis=0), 0.25, atol=0.02)


@pytest.mark.parametrize("distribution", ["normal", "uniform"])
@pytest.mark.parametrize("name", ["he", "glorot", "lecun"])
def test_named_initializers(name, distribution):
    _, W, _ = draw("tanh", initializer=f"{name}_{distribution}")
    for W_i in W[:-1]:
        assert W_i.mean() == pytest.approx(0, abs=0.02 * W_i.std())
        assert W_i.std() == pytest.approx(half_width(name, *W_i.shape) / np.sqrt(3), rel=0.02)
        extreme = np.abs(W_i).max() / W_i.std()
        assert (extreme > 3) == (distribution == "normal")


def test_each_layer_for_its_own_activation():
    rng = np.random.default_rng(0)
    parameters = initial_parameters((9, 5, 5, 5, 3), ["relu", "tanh", "relu"], EVEN[:3], float, rng)
    W, _ = layer_views(parameters, (9, 5, 5, 5, 3))
    assert np.mean(W[1] ** 2) == pytest.approx(1 / 5)
    assert np.mean(W[2] ** 2) == pytest.approx(2 / 5)


@pytest.mark.parametrize("initializer", ["auto", "he_normal"])
def test_biases_are_zero_except_in_the_first_layer(initializer):
    _, _, b = draw(
        initializer=initializer, batch=make_batch(4.0) if initializer != "auto" else None
    )
    assert_array_equal(np.concatenate(b[:-1]), 0)


def make_batch(scale=1.0, centre=0.0, n=40, **options):
    X = scale * np.random.default_rng(1).standard_normal((n, 300)) + centre
    return Batch(X, np.arange(n) % 4, **options)


def zeros(batch, W, b):
    """Return, for each unit, the row at which its pre-activation is nearly 0."""
    z = batch.X @ W + b
    return np.abs(z).argmin(axis=0), np.abs(z).min(axis=0) / np.abs(batch.X @ W).min(axis=0)


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_pre_activations_of_the_first_layer_are_0_at_rows(container):
    batch = make_batch()
    given = Batch(container(batch.X), batch.y)
    _, W, b = draw(batch=given)
    distance = np.abs(batch.X @ W[0] + b[0]).min(axis=0)
    assert distance.max() < 1e-3
    assert len(set(zeros(batch, W[0], b[0])[0])) > 30  # nearly all of the 40 for 200 units


def test_rows_are_drawn_in_proportion_to_their_weights():
    weight = np.zeros(40)
    weight[[3, 7]] = 1, 3
    batch = make_batch(weight=weight)
    _, W, b = draw(batch=batch)
    rows, _ = zeros(batch, W[0], b[0])
    assert set(rows) == {3, 7}
    assert np.mean(rows == 7) == pytest.approx(0.75, abs=0.1)


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_the_scale_of_the_weights_does_not_matter(scale):
    weight = np.random.default_rng(2).uniform(0, 4, 40)
    expected = draw(batch=make_batch(weight=weight))[0]
    assert_allclose(draw(batch=make_batch(weight=weight * scale))[0], expected, rtol=1e-9)


def test_only_rows_of_the_batch_are_drawn():
    whole = make_batch()
    _, W, b = draw(batch=whole.select(np.array([5, 9])))
    assert set(zeros(whole, W[0], b[0])[0]) == {5, 9}


@pytest.mark.parametrize("block", [1, 7, 2048])
def test_initial_weights_do_not_depend_on_the_order_or_the_repetition_of_rows(block, monkeypatch):
    monkeypatch.setattr("skmlp.network.initializers.PIECE", block * 300 // 2)
    whole = make_batch(scale=5.0)
    weight = np.random.default_rng(2).integers(0, 4, 40)
    order = np.random.default_rng(3).permutation(weight.sum())
    repeated = np.repeat(np.arange(40), weight)[order]
    weighted = draw(batch=Batch(whole.X, whole.y, weight.astype(float)))[0]
    assert_allclose(draw(batch=Batch(whole.X[repeated], whole.y[repeated]))[0], weighted, rtol=1e-9)
    assert_allclose(draw(batch=whole.select(repeated))[0], weighted, rtol=1e-9)


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize(("scale", "divisor"), [(0.1, 1), (1.0, 1), (50.0, 50)])
def test_wide_features_have_smaller_initial_weights(container, scale, divisor):
    batch = make_batch(scale)
    _, W, _ = draw(batch=Batch(container(batch.X), batch.y))
    _, reference, _ = draw()
    assert_allclose(W[0] * divisor, reference[0], rtol=0.05)


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_features_whose_squares_overflow_have_finite_initial_weights(container):
    batch = make_batch(1e200)
    theta, W, _ = draw(batch=Batch(container(batch.X), batch.y))
    assert np.isfinite(theta).all()
    assert (W[0] != 0).all()


@pytest.mark.parametrize("weight", [None, np.full(40, 0.5)], ids=["even", "weighted"])
@pytest.mark.parametrize(("dtype", "centre"), [(np.float32, 1e4), (np.float64, 1e9)])
def test_the_scale_does_not_depend_on_the_mean_of_the_features(dtype, centre, weight):
    _, W, _ = draw(batch=make_batch(50.0))
    shifted = make_batch(50.0, centre=centre)
    _, W_shifted, _ = draw(batch=Batch(shifted.X.astype(dtype), shifted.y, weight))
    assert_allclose(W[0], W_shifted[0], rtol=1e-6)


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("block", [3, 2048])
def test_the_scale_is_that_of_all_blocks(container, block, monkeypatch):
    monkeypatch.setattr("skmlp.network.initializers.PIECE", block * 300 // 2)
    monkeypatch.setattr("skmlp.network.batches.BLOCK_ROWS", block)
    batch = make_batch(50.0, centre=20.0)
    _, W, _ = draw(batch=Batch(container(batch.X), batch.y))
    spread = np.sqrt(batch.X.var(axis=0).mean())
    assert_allclose(W[0] * spread, draw()[1][0], rtol=1e-9)


def test_two_classes_with_one_output_start_at_the_log_odds():
    _, _, b = draw(sizes=(3, 5, 1), shares=np.array([0.2, 0.8]))
    assert_allclose(b[-1], [np.log(4)])


def test_initial_probabilities_are_the_class_frequencies():
    shares = np.array([0.1, 0.2, 0.3, 0.4])
    _, _, b = draw(shares=shares)
    assert_allclose(np.exp(b[-1]) / np.exp(b[-1]).sum(), shares)


def test_a_class_not_seen_starts_at_a_thousandth_of_an_equal_share():
    _, _, b = draw(shares=np.array([0, 0, 0.5, 0.5]))
    assert_allclose(np.exp(b[-1] - b[-1][2]), [0.0005, 0.0005, 1, 1])


def test_initial_output_biases_have_mean_zero():
    _, _, b = draw(shares=np.array([0.1, 0.2, 0.3, 0.4]))
    assert b[-1].mean() == pytest.approx(0)


def test_softmax_regression_starts_at_zero():
    parameters, _, _ = draw(sizes=(3, 4))
    assert_array_equal(parameters, 0)


def test_dtype():
    assert draw(dtype=np.float32)[0].dtype == np.float32


def test_the_first_rows_of_a_stream_give_only_their_scale():
    batch = make_batch(50.0)
    _, W, b = draw(shares=None, batch=batch)
    _, of_all, _ = draw(batch=batch)
    assert_array_equal(np.concatenate(b), 0)
    assert_array_equal(W[0], of_all[0])
    assert np.abs(W[-1]).max() == pytest.approx(half_width("glorot", *W[-1].shape), rel=0.02)
