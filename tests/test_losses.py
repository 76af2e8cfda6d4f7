import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import special
from scipy.optimize import approx_fprime

from skmlp import log_softmax, softmax
from skmlp.network import cross_entropy, softmax_cross_entropy

pytestmark = pytest.mark.usefixtures("either_pass")

RNG = np.random.default_rng(0)


def test_softmax_worked_numbers():
    P = softmax([[1, 2, 0], [-1, 0, 1], [-10, 0, 10]])
    expected = [
        [0.24472847, 0.66524096, 0.09003057],
        [0.09003057, 0.24472847, 0.66524096],
        [2.06106005e-09, 4.53978686e-05, 9.99954600e-01],
    ]
    assert_allclose(P, expected, rtol=1e-7)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softmax_of_huge_logits(dtype):
    P = softmax(np.array([[1e30, -1e30, 0.0]], dtype))
    assert_array_equal(P, np.array([[1, 0, 0]], dtype))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_log_softmax_of_huge_logits(dtype):
    log_P = log_softmax(np.array([[1e30, -1e30, 0.0]], dtype))
    assert_allclose(log_P, [[0, -2e30, -1e30]], rtol=1e-6)


@pytest.mark.parametrize("function", [softmax, log_softmax])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_float_dtype(function, dtype):
    assert function(np.zeros((2, 3), dtype)).dtype == dtype


@pytest.mark.parametrize("function", [softmax, log_softmax])
def test_does_not_change_the_logits(function):
    O = RNG.standard_normal((4, 3))
    before = O.copy()
    function(O)
    assert_array_equal(O, before)


@pytest.mark.parametrize(
    ("function", "reference"), [(softmax, special.softmax), (log_softmax, special.log_softmax)]
)
def test_agrees_with_scipy(function, reference):
    O = 10 * RNG.standard_normal((50, 7))
    assert_allclose(function(O), reference(O, axis=1), rtol=1e-12)


@pytest.mark.parametrize("function", [softmax, log_softmax])
def test_other_than_two_dimensions_is_refused(function):
    with pytest.raises(ValueError, match=r"O must have shape .* \(3,\)"):
        function([1.0, 2.0, 3.0])


def test_cross_entropy_is_minus_log_probability():
    O, y = RNG.standard_normal((6, 4)), np.array([0, 1, 2, 3, 0, 1])
    assert_allclose(cross_entropy(O, y), -np.log(softmax(O)[np.arange(6), y]))


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("weight", [None, RNG.uniform(0, 2, 5)])
def test_gradient_of_softmax_cross_entropy(order, smoothing, weight):
    O, y = RNG.standard_normal((5, 3)), np.array([0, 2, 1, 1, 0])

    def loss(flat):
        return softmax_cross_entropy(flat.reshape(5, 3).copy(), y, weight, 0.3, smoothing)[0]

    _, dO = softmax_cross_entropy(np.array(O, order=order), y, weight, 0.3, smoothing)
    assert_allclose(dO.ravel(), approx_fprime(O.ravel(), loss), atol=1e-6)


def test_loss_is_the_weighted_sum():
    O, y, w = RNG.standard_normal((5, 3)), np.array([0, 2, 1, 1, 0]), RNG.uniform(0, 2, 5)
    loss, _ = softmax_cross_entropy(O.copy(), y, w, 0.5)
    assert loss == pytest.approx(0.5 * w @ cross_entropy(O, y))


def test_the_gradient_overwrites_the_logits():
    O = RNG.standard_normal((5, 3))
    assert softmax_cross_entropy(O, np.array([0, 2, 1, 1, 0]))[1] is O


def test_loss_of_a_row_with_a_huge_loss_is_exact():
    loss, dO = softmax_cross_entropy(np.array([[0.0, 1e4]]), np.array([0]))
    assert loss == 1e4
    assert_array_equal(dO, [[-1, 1]])


def test_label_smoothing_is_a_mixed_target():
    O, y, smoothing = RNG.standard_normal((5, 3)), np.array([0, 2, 1, 1, 0]), 0.3
    target = (1 - smoothing) * np.eye(3)[y] + smoothing / 3
    loss, dO = softmax_cross_entropy(O.copy(), y, None, 1.0, smoothing)
    assert loss == pytest.approx(-np.sum(target * log_softmax(O)))
    assert_allclose(dO, softmax(O) - target)


@pytest.mark.parametrize("function", [softmax, log_softmax])
def test_unsigned_logits_do_not_wrap_around(function):
    assert_allclose(function(np.array([[1, 3]], np.uint8)), function([[1.0, 3.0]]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_largest_logits(dtype):
    largest = np.finfo(dtype).max
    O = np.array([[largest, -largest]], dtype)
    assert_array_equal(softmax(O), [[1, 0]])
    assert_array_equal(log_softmax(O), [[0, -largest]])


@pytest.mark.parametrize("n_classes", [2, 33, 1000, 100_000])
@pytest.mark.parametrize("order", ["C", "F"])
def test_rows_sum_to_1_in_float32_for_many_classes(n_classes, order):
    O = np.random.default_rng(0).standard_normal((3, n_classes))
    O = np.asarray(O, np.float32, order=order)
    P = softmax(O)
    assert P.dtype == np.float32
    assert_allclose(P.sum(axis=1, dtype=np.float64), 1, atol=3e-7)
    exact = log_softmax(O.astype(np.float64))
    assert_allclose(log_softmax(O), exact, rtol=1e-6, atol=3e-7)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_loss_of_many_classes_in_float32(smoothing):
    n_classes = 20_000
    O = np.random.default_rng(0).standard_normal((3, n_classes))
    O = np.asfortranarray(O, np.float32)
    y = np.array([0, 5, n_classes - 1])
    exact, dO_exact = softmax_cross_entropy(O.astype(np.float64), y, None, 1.0, smoothing)
    loss, dO = softmax_cross_entropy(O, y, None, 1.0, smoothing)
    assert loss == pytest.approx(exact, rel=1e-6)
    assert_allclose(dO.sum(axis=1, dtype=np.float64), 0, atol=2e-6)
    assert_allclose(dO, dO_exact, rtol=2e-5, atol=1e-9)
