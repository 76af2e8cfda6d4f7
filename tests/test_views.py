import copy
import pickle

import joblib
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse

from skmlp import MLPSoftmaxClassifier


@pytest.fixture
def clf(iris):
    return MLPSoftmaxClassifier(
        (5, 4), max_iter=300, tol=0.01, learning_rate_init=0.01, random_state=0
    ).fit(*iris)


def test_assigning_to_an_entry_writes_it_through(clf, iris):
    clf.coefs_[-1] = np.zeros((4, 3))
    clf.intercepts_[-1] = [1, 2, 3]
    assert_array_equal(clf.decision_function(iris[0]), np.tile([1.0, 2, 3], (150, 1)))


def test_assigning_all_entries_writes_them_through(clf, iris):
    other = MLPSoftmaxClassifier(
        (5, 4), max_iter=300, tol=0.01, learning_rate_init=0.01, random_state=1
    ).fit(*iris)
    clf.coefs_, clf.intercepts_ = other.coefs_, other.intercepts_
    assert_array_equal(clf.predict_proba(iris[0]), other.predict_proba(iris[0]))


def test_a_slice_is_written_through(clf):
    clf.coefs_[1:] = [np.ones((5, 4)), np.full((4, 3), 2.0)]
    assert_array_equal(clf.coefs_[1], 1)
    assert_array_equal(clf.coefs_[2], 2)


def test_two_models_are_averaged_in_place(clf, iris):
    other = MLPSoftmaxClassifier(
        (5, 4), max_iter=300, tol=0.01, learning_rate_init=0.01, random_state=1
    ).fit(*iris)
    mean = (clf.parameters_ + other.parameters_) / 2
    for i in range(3):
        clf.coefs_[i] = (clf.coefs_[i] + other.coefs_[i]) / 2
        clf.intercepts_[i] = (clf.intercepts_[i] + other.intercepts_[i]) / 2
    assert_array_equal(clf.parameters_, mean)


@pytest.mark.parametrize("wrong", [np.zeros((4, 4)), np.zeros((3, 4)), 0.0, np.zeros(4)], ids=str)
def test_a_wrong_shape_is_refused_and_nothing_is_written(clf, wrong):
    before = clf.parameters_.copy()
    with pytest.raises(ValueError, match=r"coefs_\[2\] must have the shape \(4, 3\)"):
        clf.coefs_[-1] = wrong
    with pytest.raises(ValueError, match=r"coefs_\[2\] must have the shape \(4, 3\)"):
        clf.coefs_ = [np.zeros((4, 5)), np.zeros((5, 4)), wrong]
    assert_array_equal(clf.parameters_, before)


def test_all_parameters_are_written_in_place(clf):
    before = clf.parameters_
    clf.parameters_ = np.arange(len(before))
    assert clf.parameters_ is before
    assert_array_equal(clf.intercepts_[-1], before[-3:])
    assert_array_equal(before, np.arange(len(before)))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [(0.0, r"must have the shape \(64,\), got \(\)"), (np.full(64, np.inf), "finite numbers")],
)
def test_parameters_that_are_no_such_vector_are_refused(clf, wrong, words):
    before = clf.parameters_.copy()
    with pytest.raises(ValueError, match=words):
        clf.parameters_ = wrong
    assert_array_equal(clf.parameters_, before)


@pytest.mark.parametrize(
    "assign",
    [
        lambda clf: setattr(clf, "coefs_", [2 * W for W in clf.coefs_]),
        lambda clf: setattr(clf, "intercepts_", [2 * b for b in clf.intercepts_]),
        lambda clf: setattr(clf, "parameters_", 2 * clf.parameters_),
        lambda clf: clf.coefs_.__setitem__(0, 2 * clf.coefs_[0]),
    ],
    ids=["coefs_", "intercepts_", "parameters_", "an entry"],
)
def test_weights_of_a_memory_map_are_assigned_in_a_copy(clf, iris, tmp_path, assign):
    joblib.dump(clf, tmp_path / "model")
    mapped = joblib.load(tmp_path / "model", mmap_mode="r")
    assign(mapped)
    assign(clf)
    assert_array_equal(mapped.parameters_, clf.parameters_)
    again = joblib.load(tmp_path / "model")
    assert not np.array_equal(again.parameters_, clf.parameters_)


def test_a_list_of_views_follows_the_copy(clf, tmp_path):
    joblib.dump(clf, tmp_path / "model")
    views = joblib.load(tmp_path / "model", mmap_mode="r").coefs_
    views[0] = np.ones((4, 5))
    views[0][0, 0] = 3.0
    assert views[0].sum() == 22.0


@pytest.mark.parametrize("name", ["coefs_", "intercepts_", "parameters_", "loss_curve_", "n_iter_"])
def test_before_fit_an_attribute_says_so(name):
    clf = MLPSoftmaxClassifier()
    with pytest.raises(AttributeError, match=f"has no attribute '{name}': it is not fitted yet"):
        getattr(clf, name)
    assert not hasattr(clf, name)


@pytest.mark.parametrize("name", ["coefs_", "intercepts_", "parameters_"])
def test_weights_cannot_be_assigned_before_fit(name):
    with pytest.raises(AttributeError, match=f"has no attribute '{name}': it is not fitted yet"):
        setattr(MLPSoftmaxClassifier(), name, [1.0])


def test_as_many_entries_as_layers(clf):
    with pytest.raises(ValueError, match="intercepts_ must have 3 entries, one per layer, got 2"):
        clf.intercepts_ = clf.intercepts_[:2]


@pytest.mark.parametrize("index", [3, -4])
def test_an_index_out_of_range(clf, index):
    with pytest.raises(IndexError, match=rf"coefs_\[{index}\]: coefs_ has 3 entries"):
        clf.coefs_[index] = 0


@pytest.mark.parametrize(
    "change",
    [
        lambda views: views.append(1),
        lambda views: views.pop(),
        lambda views: views.extend([1]),
        lambda views: views.insert(0, 1),
        lambda views: views.reverse(),
        lambda views: views.clear(),
    ],
)
def test_the_number_of_entries_is_fixed(clf, change):
    with pytest.raises(TypeError, match=r"assign to an entry, coefs_\[i\] = values"):
        change(clf.coefs_)


def test_lists_add_up_and_copy_as_lists(clf):
    assert len(clf.coefs_ + clf.intercepts_) == 6
    for copied in (copy.deepcopy(clf.coefs_), pickle.loads(pickle.dumps(clf.coefs_))):
        copied[0][:] = 0
        copied.append(None)
    assert clf.coefs_[0].any()


@pytest.mark.parametrize(
    "name", ["loss_curve_", "loss_", "n_iter_", "t_", "validation_scores_", "n_layers_"]
)
def test_curves_cannot_be_assigned_to(clf, name):
    with pytest.raises(AttributeError):
        setattr(clf, name, 1)


def test_changing_a_returned_curve_has_no_effect(clf):
    n = len(clf.loss_curve_)
    clf.loss_curve_.append(0.0)
    clf.learning_rates_.clear()
    assert len(clf.loss_curve_) == len(clf.learning_rates_) == n


def test_the_activations_cannot_be_assigned_to(clf):
    with pytest.raises(TypeError):
        clf.activations_[0] = "tanh"


def test_entries_may_be_exchanged(iris):
    clf = MLPSoftmaxClassifier((3,), max_iter=300, tol=0.01, learning_rate_init=0.01).fit(*iris)
    first, second = (b.copy() for b in clf.intercepts_)
    views = clf.intercepts_
    clf.intercepts_ = [views[1], views[0]]
    assert_array_equal(clf.intercepts_[0], second)
    assert_array_equal(clf.intercepts_[1], first)


def test_nothing_is_written_if_one_entry_is_no_number(clf):
    before = clf.parameters_.copy()
    with pytest.raises(ValueError, match="could not convert string"):
        clf.coefs_ = [np.zeros((4, 5)), [["a"]], np.zeros((4, 3))]
    assert_array_equal(clf.parameters_, before)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["coefs_", "intercepts_"])
def test_numbers_that_are_not_finite_are_refused_and_nothing_is_written(clf, name, value):
    before = clf.parameters_.copy()
    views = getattr(clf, name)
    entries = [np.ones_like(view) for view in views]
    entries[-1].flat[-1] = value
    with pytest.raises(ValueError, match=rf"{name}\[2\] must have finite numbers"):
        setattr(clf, name, entries)
    with pytest.raises(ValueError, match=rf"{name}\[2\] must have finite numbers"):
        views[-1] = entries[-1]
    with pytest.raises(ValueError, match=rf"{name}\[2\] must have finite numbers"):
        views[1:] = entries[1:]
    assert_array_equal(clf.parameters_, before)


NOT_REAL = {
    "complex": lambda shape: np.ones(shape) + 1j,
    "strings of numbers": lambda shape: np.ones(shape).astype(str),
    "objects": lambda shape: np.ones(shape).astype(object),
    "dates": lambda shape: np.ones(shape).astype("datetime64[s]"),
    "None": lambda shape: None,
    "ragged": lambda shape: [[1.0, 2.0], [1.0]],
    "an integer of any size": lambda shape: [10**400] * shape[0],
    "sparse": lambda shape: sparse.csr_array(np.ones((4, 5))),
}


@pytest.mark.parametrize("values", NOT_REAL.values(), ids=NOT_REAL)
@pytest.mark.parametrize(
    ("name", "assign"),
    [
        (r"parameters_", lambda clf, of: setattr(clf, "parameters_", of((64,)))),
        (r"coefs_\[0\]", lambda clf, of: clf.coefs_.__setitem__(0, of((4, 5)))),
        (r"coefs_\[1\]", lambda clf, of: clf.coefs_.__setitem__(slice(1, 2), [of((5, 4))])),
        (
            r"intercepts_\[2\]",
            lambda clf, of: setattr(clf, "intercepts_", [np.ones(5), np.ones(4), of((3,))]),
        ),
    ],
    ids=["parameters_", "an entry", "a slice", "all entries"],
)
def test_values_that_are_not_real_are_refused_and_nothing_is_written(clf, name, assign, values):
    before = clf.parameters_.copy()
    with pytest.raises(ValueError, match=rf"^{name} must have real numbers of shape \("):
        assign(clf, values)
    assert_array_equal(clf.parameters_, before)


def test_numbers_too_large_for_the_dtype_are_refused(iris):
    clf = MLPSoftmaxClassifier((3,), dtype="float32", random_state=0).fit(*iris)
    with pytest.raises(ValueError, match=r"intercepts_\[1\] must have finite numbers of dtype flo"):
        clf.intercepts_[1] = [0, 0, 1e300]


def test_masked_values_are_refused(clf):
    with pytest.raises(ValueError, match=r"intercepts_\[2\] must have finite numbers"):
        clf.intercepts_[2] = np.ma.masked_array([1.0, 2, 3], mask=[True, False, False])


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint64", "float16", "float32", "longdouble"])
def test_real_numbers_of_every_dtype_are_written(clf, dtype):
    clf.intercepts_[2] = np.ones(3, dtype)
    assert_array_equal(clf.intercepts_[2], 1)


@pytest.mark.parametrize("value", [None, 1.0])
def test_values_that_are_not_a_list_are_named_in_the_error(clf, value):
    with pytest.raises(TypeError, match=r"^coefs_ must be a list of arrays, one per layer: "):
        clf.coefs_ = value
