"""The compiled functions, compared with the NumPy functions, and the arguments that they refuse."""

import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
from conftest import make
from numpy.testing import assert_allclose, assert_array_equal

import skmlp
from skmlp.network import ACTIVATIONS, activate, chain, output_loss
from skmlp.network.dropout import draw_mask
from skmlp.network.piecewise import interpolate, interpolate_back
from skmlp.training import optimizers

passes = pytest.importorskip("skmlp.compiled.passes", reason="the passes are not compiled")

# For each solver, the number of vectors in its state, and its constants.
SOLVERS = {
    "sgd": (1, [0.9, 0.03, True]),
    "adam": (2, [0.9, 0.999, 1e-6, 0.03]),
    "nadam": (2, [0.9, 0.999, 1e-6, 0.03, 0.2, 0.7]),
    "rmsprop": (1, [0.999, 1e-6, 0.03, 0.001]),
}
TWINS = [activate, chain, output_loss, draw_mask, interpolate, interpolate_back]
TWINS += [getattr(optimizers, name) for name in SOLVERS]

either_type = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def run_both(function, *arguments):
    """Call a NumPy function, then the compiled one; yield the results and the changed arrays."""
    for twin in (getattr(function, "__wrapped__", function), getattr(passes, function.__name__)):
        copies = [a.copy("K") if isinstance(a, np.ndarray) else a for a in arguments]
        yield twin(*copies), [a for a in copies if isinstance(a, np.ndarray)]


def normal(dtype, *shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def test_every_numpy_function_has_a_compiled_one():
    names = {name for name in dir(passes) if not name.startswith("_")}
    assert names == {function.__name__ for function in TWINS}


# Shapes that fill the vector registers or do not, and shapes of several blocks.
SHAPES = [(1, 1), (3, 5), (200, 100), (7, 64), (2, 5000), (3000, 3)]


@either_type
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_activations(name, shape, dtype):
    Z, b, H = 4 * normal(dtype, *shape), normal(dtype, shape[1], seed=1), np.empty(shape, dtype)
    tolerance = 16 * np.finfo(dtype).eps
    (_, expected), (returned, left) = run_both(activate, name, Z, b, H)
    assert returned is left[2]
    assert_array_equal(left[0], expected[0])
    assert_allclose(left[2], expected[2], rtol=tolerance, atol=tolerance)

    dH, db = normal(dtype, *shape, seed=2), np.empty(shape[1], dtype)
    (_, expected), (returned, left) = run_both(chain, name, dH, left[0], left[2], db)
    assert returned is left[0]
    assert_allclose(left[0], expected[0], rtol=tolerance, atol=tolerance)
    assert_allclose(left[3], expected[3], atol=tolerance * shape[0])


@either_type
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    "shape", [(1, 2), (255, 3), (256, 2), (600, 50), (1, 1), (255, 1), (256, 1), (600, 1)], ids=str
)
def test_output_loss(shape, weighted, smoothing, dtype):
    n_rows, width = shape
    Z = np.array(5 * normal(dtype, *shape), order="F")
    b, n_classes = normal(dtype, width, seed=4), max(width, 2)
    y = np.random.default_rng(1).integers(0, n_classes, n_rows)
    weight = np.abs(normal(np.float64, n_rows, seed=2)) if weighted else None
    arguments = Z, b, n_classes, y, weight, 0.01, smoothing, np.empty(width, dtype)
    ((loss, _), expected), ((twins_loss, dZ), left) = run_both(output_loss, *arguments)
    assert dZ is left[0]
    tolerance = 8 * float(np.finfo(dtype).eps)
    assert twins_loss == pytest.approx(loss, rel=tolerance)
    assert_allclose(dZ, expected[0], rtol=tolerance, atol=0.01 * tolerance)
    assert_allclose(left[-1], expected[-1], atol=0.01 * n_rows * tolerance)


def test_one_unit_of_one_class_has_no_loss():
    Z, b, y, db = np.ones((3, 1)), np.ones(1), np.zeros(3, np.int64), np.ones(1)
    for (loss, dZ), left in run_both(output_loss, Z, b, 1, y, None, 1.0, 0.0, db):
        assert loss == 0
        assert_array_equal(dZ, np.zeros((3, 1)))
        assert_array_equal(left[-1], [0])


MASKS = [(1, 1), (5, 7), (600, 4), (3, 1025), (200, 100), (2, 40_000), (9000, 3)]


@either_type
@pytest.mark.parametrize("shape", MASKS, ids=str)
def test_a_mask_has_the_same_bits(shape, dtype):
    places = np.random.default_rng(0).integers(0, 2**63, shape[0])
    arguments = 2**64 - 3, places, 9000, 1.159, np.empty(shape, dtype)
    (_, expected), (returned, left) = run_both(draw_mask, *arguments)
    assert returned is left[1]
    assert_array_equal(left[1], expected[1])


@either_type
@pytest.mark.parametrize("l2", [0.0, 0.3])
@pytest.mark.parametrize("n_weights", [0, 3, 4097, 40_000, 41_003])
@pytest.mark.parametrize("name", SOLVERS)
def test_solvers_have_the_same_bits(name, n_weights, l2, dtype):
    n_states, constants = SOLVERS[name]
    vectors = [normal(dtype, 41_003, seed=seed) for seed in range(2 + n_states)]
    vectors[-1] **= 2
    step = partial(run_both, getattr(optimizers, name), *vectors)
    (penalty, expected), (twins_penalty, left) = step(n_weights, l2, 0.99, *constants)
    for vector, expected_vector in zip(
        left[:1] + left[2:], expected[:1] + expected[2:], strict=True
    ):
        assert_array_equal(vector, expected_vector)
    assert twins_penalty == pytest.approx(penalty, rel=1e3 * float(np.finfo(dtype).eps))


@either_type
@pytest.mark.parametrize("n_columns", [[1], [5, 1, 20]], ids=str)
@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (200, 128)], ids=str)
def test_interpolation(shape, n_columns, dtype):
    n_columns = np.array(n_columns, dtype=np.int64)
    positions = np.random.default_rng(0).uniform(size=(shape[0], len(n_columns))) * n_columns
    positions[0], positions[-1] = 0, n_columns  # the ends
    values = np.hstack([normal(dtype, shape[0], 2), positions.astype(dtype)])
    low, rise = normal(dtype, 2, n_columns.sum(), seed=1)
    W, rows = normal(dtype, n_columns.sum(), shape[1], seed=2), normal(dtype, *shape, seed=3)
    tolerance = 100 * np.finfo(dtype).eps * np.sqrt(shape[0])
    (_, expected), (returned, left) = run_both(interpolate, values, n_columns, low, rise, W, rows)
    assert returned is left[5]
    assert_allclose(left[5], expected[5], atol=tolerance)

    (_, expected), (returned, left) = run_both(
        interpolate_back, values, n_columns, low, rise, rows, W
    )
    assert returned is left[5]
    assert_allclose(left[5], expected[5], atol=tolerance)


def test_a_position_of_nan_gives_nan():
    W, out = np.ones((2, 1)), np.zeros((1, 1))
    passes.interpolate(np.array([[np.nan]]), y[:1] + 2, np.ones(2), np.ones(2), W, out)
    assert np.isnan(out).all()


@pytest.mark.parametrize("name", SOLVERS)
def test_nan_stays_nan(name):
    n_states, constants = SOLVERS[name]
    theta, *others = (np.full(3, np.nan) for _ in range(2 + n_states))
    getattr(passes, name)(theta, *others, 2, 0.1, 1.0, *constants)
    assert np.isnan(theta).all()


@either_type
@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_activations_far_from_zero(name, dtype):
    Z = np.linspace(-1000, 1000, 4001, dtype=dtype)[None]
    zeros, H, db = np.zeros_like(Z[0]), np.empty_like(Z), np.empty_like(Z[0])
    (_, expected), (_, left) = run_both(activate, name, Z, zeros, H)
    tolerance = 64 * float(np.finfo(dtype).eps)
    assert_allclose(left[2], expected[2], rtol=tolerance, atol=tolerance)
    (_, expected), (_, left) = run_both(chain, name, np.ones_like(Z), Z, expected[2], db)
    assert_allclose(left[0], expected[0], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_an_activation_of_nan_is_nan(name):
    Z, H = np.full((1, 2), np.nan), np.empty((1, 2))
    passes.activate(name, Z, np.zeros(2), H)
    assert np.isnan(H).all()


def loss_of_a_row(*logits):
    Z, b, db = np.array([logits], order="F"), np.zeros(2), np.empty(2)
    return passes.output_loss(Z, b, 2, np.array([1]), None, 1.0, 0.0, db)[0]


def test_logits_that_are_not_finite_give_a_loss_that_is_not():
    assert np.isnan(loss_of_a_row(np.nan, 0.0))
    assert np.isnan(loss_of_a_row(np.inf, 0.0))


def test_a_class_whose_logit_is_minus_infinity_costs_nothing():
    assert loss_of_a_row(-np.inf, 0.0) == 0


def unaligned(n):
    return memoryview(bytearray(8 * n + 1))[1:].cast("d")


Z, b = np.ones((4, 3)), np.ones(3)
y, O = np.zeros(4, np.int64), np.ones((4, 3), order="F")
readonly = np.ones((4, 3))
readonly.flags.writeable = False


def loss_of(Z=O, b=b, n_classes=3, y=y, weight=None, scale=1.0, smoothing=0.0, db=b):
    return passes.output_loss, (Z, b, n_classes, y, weight, scale, smoothing, db)


def interpolation(values=Z, n_columns=y[:1] + 3, low=b, rise=b, W=Z[:3], out=Z, name="interpolate"):
    return getattr(passes, name), (values, n_columns, low, rise, W, out)


REFUSED = {
    "too few": (passes.activate, ("relu", Z, b), TypeError),
    "no array": (passes.activate, ("relu", Z, None, Z), TypeError),
    "a list": (passes.activate, ("relu", Z, [1.0, 1.0, 1.0], Z), TypeError),
    "no name": (passes.activate, (None, Z, b, Z), TypeError),
    "one dimension": (passes.activate, ("relu", b, b, b), ValueError),
    "another type": (passes.activate, ("relu", Z, b.astype(np.float32), Z), TypeError),
    "float16": (passes.activate, ("relu", Z.astype(np.float16), b, Z), TypeError),
    "another byte order": (passes.activate, ("relu", Z.astype(">f8"), b, Z), TypeError),
    "another width": (passes.activate, ("relu", Z, b[:2], Z), ValueError),
    "fewer rows": (passes.activate, ("relu", Z, b, Z[:2]), ValueError),
    "strides": (passes.activate, ("relu", np.ones((4, 6))[:, ::2], b, Z), ValueError),
    "column by column": (passes.activate, ("relu", Z.copy("F"), b, Z), ValueError),
    "read-only H": (passes.activate, ("relu", Z, b, readonly), ValueError),
    "read-only Z": (passes.activate, ("relu", readonly, b, Z), ValueError),
    "read-only dH": (passes.chain, ("relu", readonly, Z, Z, b), ValueError),
    "read-only db": (passes.chain, ("relu", Z, Z, Z, readonly[0]), ValueError),
    "read-only O": (*loss_of(readonly.T, b=np.ones(4), y=y[:3], db=np.ones(4)), ValueError),
    "read-only db of the loss": (*loss_of(db=readonly[0]), ValueError),
    "read-only mask": (passes.draw_mask, (7, y, 1, 2.0, readonly), ValueError),
    "read-only theta": (passes.sgd, (readonly[0], b, b, 1, 0.0, 1.0, 0.9, 0.1, 1.0), ValueError),
    "read-only v": (passes.sgd, (b, b, readonly[0], 1, 0.0, 1.0, 0.9, 0.1, 1.0), ValueError),
    "no rows": (passes.activate, ("relu", Z[:0], b, Z[:0]), ValueError),
    "no columns": (passes.activate, ("relu", Z[:, :0], b[:0], Z[:, :0]), ValueError),
    "unaligned": (passes.activate, ("relu", Z, unaligned(3), Z), TypeError),
    "chain, fewer rows": (passes.chain, ("relu", Z, Z, Z[:1], b), ValueError),
    "chain, another width": (passes.chain, ("relu", Z, Z, Z, np.ones(4)), ValueError),
    "class below": (*loss_of(y=y - 1), IndexError),
    "class above": (*loss_of(y=y + 3), IndexError),
    "32 bits": (*loss_of(y=y.astype(np.int32)), TypeError),
    "real classes": (*loss_of(y=np.zeros(4)), TypeError),
    "unsigned classes": (*loss_of(y=y.astype(np.uint64)), TypeError),
    "weights of float32": (*loss_of(weight=np.ones(4, "f4")), TypeError),
    "fewer classes": (*loss_of(y=y[:3]), ValueError),
    "fewer weights": (*loss_of(weight=np.ones(3)), ValueError),
    "weights of integers": (*loss_of(weight=y), TypeError),
    "no scale": (*loss_of(scale="1"), TypeError),
    "loss, row by row": (*loss_of(Z), ValueError),
    "loss, fewer biases": (*loss_of(b=np.ones(2)), ValueError),
    "loss, fewer gradients of biases": (*loss_of(db=np.ones(2)), ValueError),
    "loss, biases of float32": (*loss_of(b=np.ones(3, "f4")), TypeError),
    "loss, more classes than units": (*loss_of(n_classes=4), ValueError),
    "loss, two classes of three units": (*loss_of(n_classes=2), ValueError),
    "loss, no classes": (*loss_of(n_classes=0), IndexError),
    "loss, classes of a real number": (*loss_of(n_classes=3.0), TypeError),
    "loss, too few": (passes.output_loss, (O, b, 3, y), TypeError),
    "mask, fewer places": (passes.draw_mask, (7, y[:3], 1, 2.0, Z), ValueError),
    "mask, real places": (passes.draw_mask, (7, np.zeros(4), 1, 2.0, Z), TypeError),
    "mask, every other place": (
        passes.draw_mask,
        (7, np.zeros(8, "i8")[::2], 1, 2.0, Z),
        ValueError,
    ),
    "mask of units alone": (passes.draw_mask, (7, y[:3], 1, 2.0, b), ValueError),
    "mask of integers": (passes.draw_mask, (7, y, 1, 2.0, np.ones((4, 3), "i8")), TypeError),
    "mask column by column": (passes.draw_mask, (7, y, 1, 2.0, Z.copy("F")), ValueError),
    "mask, no threshold": (passes.draw_mask, (7, y, 2**16, 2.0, Z), ValueError),
    "mask, no scale": (passes.draw_mask, (7, y, 1, None, Z), TypeError),
    "mask, no key": (passes.draw_mask, (7.0, y, 1, 2.0, Z), TypeError),
    "mask, key below 0": (passes.draw_mask, (-1, y, 1, 2.0, Z), OverflowError),
    "mask, key above": (passes.draw_mask, (2**64, y, 1, 2.0, Z), OverflowError),
    "no columns of a number": (*interpolation(n_columns=np.array([3, 0], "i8")), ValueError),
    "columns below 0": (*interpolation(n_columns=np.array([4, -1], "i8")), ValueError),
    "fewer columns": (*interpolation(n_columns=np.array([1, 1], "i8")), ValueError),
    "more columns": (*interpolation(n_columns=np.array([2**62, 2**62], "i8")), ValueError),
    "real numbers of columns": (*interpolation(n_columns=np.array([3.0])), TypeError),
    "more numbers than values": (*interpolation(Z[:, :1].copy(), np.ones(3, "i8")), ValueError),
    "interpolation, fewer rises": (*interpolation(rise=b[:2]), ValueError),
    "interpolation, fewer weights": (*interpolation(W=Z[:2]), ValueError),
    "interpolation, fewer rows": (*interpolation(out=Z[:2]), ValueError),
    "interpolation, another width": (*interpolation(out=np.ones((4, 2))), ValueError),
    "interpolation, another type": (*interpolation(low=b.astype("f4")), TypeError),
    "interpolation, too few": (passes.interpolate, (Z, y, b), TypeError),
    "read-only out": (*interpolation(out=readonly), ValueError),
    "read-only dW": (*interpolation(W=Z, out=readonly[:3], name="interpolate_back"), ValueError),
    "shorter gradient": (passes.sgd, (b, b[:2], b, 1, 0.0, 1.0, 0.9, 0.1, 1.0), ValueError),
    "weights below 0": (passes.sgd, (b, b, b, -1, 0.0, 1.0, 0.9, 0.1, 1.0), ValueError),
    "more weights": (passes.sgd, (b, b, b, 4, 0.0, 1.0, 0.9, 0.1, 1.0), ValueError),
    "half a weight": (passes.sgd, (b, b, b, 0.5, 0.0, 1.0, 0.9, 0.1, 1.0), TypeError),
    "no rate": (passes.sgd, (b, b, b, 1, 0.0, 1.0, 0.9, None, 1.0), TypeError),
    "one constant less": (passes.sgd, (b, b, b, 1, 0.0, 1.0, 0.9, 0.1), TypeError),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_before_anything_is_changed(case):
    function, arguments, error = REFUSED[case]
    arrays = [a for a in arguments if isinstance(a, np.ndarray)]
    before, counts = [a.copy() for a in arrays], [sys.getrefcount(a) for a in arrays]
    with pytest.raises(error):
        function(*arguments)
    assert [sys.getrefcount(a) for a in arrays] == counts  # no reference is kept
    for array, expected in zip(arrays, before, strict=True):
        assert_array_equal(array, expected)


CALLS = {
    "activate": ("relu", np.ones((4, 3)), np.ones(3), np.ones((4, 3))),
    "chain": ("relu", np.ones((4, 3)), np.ones((4, 3)), np.ones((4, 3)), np.ones(3)),
    "output_loss": loss_of(np.ones((4, 3), order="F"), weight=np.ones(4), db=np.ones(3))[1],
    "draw_mask": (7, np.zeros(4, np.int64), 5, 2.0, np.ones((4, 3))),
    "interpolate": interpolation(out=np.ones((4, 3)))[1],
    "interpolate_back": interpolation(W=np.ones((4, 3)), out=np.ones((3, 3)))[1],
}
for name, (n_states, constants) in SOLVERS.items():
    CALLS[name] = *(np.ones(5) for _ in range(2 + n_states)), 3, 0.0, 1.0, *constants


@pytest.mark.parametrize("name", CALLS)
def test_references_to_arrays_are_released(name):
    arrays = [a for a in CALLS[name] if isinstance(a, np.ndarray)]
    before = [sys.getrefcount(a) for a in arrays]
    for _ in range(10):
        getattr(passes, name)(*CALLS[name])
    assert [sys.getrefcount(a) for a in arrays] == before


def test_classes_within_the_logits_are_refused_or_lost_but_not_followed():
    """Classes and logits share memory: the first gradients that are written overwrite classes."""
    memory = np.zeros(8, np.int64)
    Z = memory.view(np.float64).reshape(2, 4).T
    passes.output_loss(Z, np.zeros(2), 2, memory[:4], None, 1.0, 0.0, np.zeros(2))


def test_a_number_that_changes_the_classes_is_read_before_them():
    class Scale:
        def __float__(self):
            y[:] = 10**12
            return 1.0

    y = np.zeros(4, np.int64)
    function, arguments = loss_of(y=y, scale=Scale())
    with pytest.raises(IndexError):
        function(*arguments)


def test_an_activation_that_is_not_compiled_uses_numpy():
    assert passes.activate("another", Z, b, Z) is NotImplemented
    assert passes.chain("another", Z, Z, Z, b) is NotImplemented


# Whole fits


def fit(X, y, compiled, monkeypatch, **parameters):
    monkeypatch.setattr("skmlp.compiled.COMPILED", compiled)
    return make(hidden_layer_sizes=(20, 10), max_iter=30, tol=0, **parameters).fit(X, y)


SETTINGS = {
    "tanh": {"activation": "tanh"},
    "adamw": {"solver": "adamw", "dropout": 0.2, "label_smoothing": 0.1},
    "sgd": {"solver": "sgd", "class_weight": "balanced", "max_grad_norm": 1.0},
    "lbfgs": {"solver": "lbfgs"},
}


@pytest.mark.skipif(not skmlp.compiled.COMPILED, reason="the passes are turned off")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-6), (np.float64, 1e-12)])
@pytest.mark.parametrize("setting", SETTINGS)
def test_a_fit_is_that_of_numpy(digits, monkeypatch, setting, dtype, tolerance):
    X, y = digits[0].astype(dtype), digits[1]
    if setting == "lbfgs":  # a line search amplifies rounding errors
        tolerance *= 1e4
    ours, theirs = (
        fit(X, y, compiled, monkeypatch, **SETTINGS[setting]) for compiled in (True, False)
    )
    assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=tolerance)
    assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=10 * tolerance)


def parameters_of_a_fit(data):
    return make(max_iter=10, dropout=0.1, learning_rate="cosine").fit(*data).parameters_


def test_threads_do_not_disturb_each_other(digits):
    with ThreadPoolExecutor(4) as pool:
        fits = list(pool.map(parameters_of_a_fit, [digits] * 8))
    for parameters in fits[1:]:
        assert_array_equal(parameters, fits[0])


@pytest.mark.skipif(sys.platform != "linux", reason="processes are not forked elsewhere")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_fits_as_its_parent(digits):
    ours = parameters_of_a_fit(digits)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        theirs = pool.map_async(parameters_of_a_fit, [digits]).get(timeout=60)[0]
    assert_array_equal(theirs, ours)


# Whether the compiled functions are used


@pytest.mark.parametrize(
    ("value", "expected"), [("1", "SKMLP_PURE"), ("0", "compiled"), ("", "compiled")]
)
def test_an_environment_variable_disables_the_compiled_functions(value, expected):
    code = "import skmlp.compiled as c; print(c.COMPILED, c.DESCRIPTION)"
    environment = os.environ | {"SKMLP_PURE": value}
    printed = subprocess.check_output([sys.executable, "-c", code], env=environment, text=True)
    assert printed.startswith(str(value in ("", "0")))
    assert expected in printed


def test_numpy_is_used_without_the_extension():
    code = (
        "import sys; sys.modules['skmlp.compiled.passes'] = None; import skmlp.compiled as c; "
        "from skmlp.training.optimizers import adam; print(c.COMPILED, c.DESCRIPTION, adam)"
    )
    environment = os.environ | {"SKMLP_PURE": "0"}
    printed = subprocess.check_output([sys.executable, "-c", code], env=environment, text=True)
    assert printed.startswith("False NumPy, as there is no extension")


def test_versions_say_whether_they_are_compiled(capsys):
    skmlp.show_versions()
    printed = capsys.readouterr().out
    assert f"version: {skmlp.__version__}" in printed
    assert f"passes: {skmlp.compiled.DESCRIPTION}" in printed
    assert "numpy" in printed
