import numpy as np
import pytest

from skmlp.tabular.folds import folds

Y = np.random.default_rng(0).choice(4, p=[0.6, 0.3, 0.08, 0.02], size=997)


def of(y, n_folds=4, seed=0):
    return folds(y, n_folds, np.random.RandomState(seed))


@pytest.mark.parametrize("n_folds", [1, 4, 10])
def test_each_row_is_trained_on_or_held_out(n_folds):
    for train, validation in of(Y, n_folds):
        assert sorted([*train, *validation]) == list(range(len(Y)))


def test_no_row_is_held_out_twice():
    validation = np.concatenate([rows for _, rows in of(Y, 10)])
    assert len(set(validation)) == len(validation) == len(Y)


def test_a_tenth_of_each_class_is_held_out():
    for _, validation in of(Y):
        counts = np.bincount(Y[validation], minlength=4)
        assert (np.abs(counts - np.bincount(Y) / 10) < 1).all()


def test_rows_alone_in_their_class_are_trained_on():
    y = np.append(Y, 4)
    assert all(len(y) - 1 in train for train, _ in of(y, 10))


def test_the_choice_is_random():
    assert (of(Y)[0][1][:20] != of(Y, seed=1)[0][1][:20]).any()


def test_a_seed_repeats_it():
    np.testing.assert_array_equal(of(Y)[3][1], of(Y)[3][1])


def test_rows_that_are_two_in_their_class_are_left_out_in_turn():
    y = np.repeat(np.arange(10), 2)
    assert sorted(np.concatenate([rows for _, rows in of(y, 10)])) == list(range(20))
