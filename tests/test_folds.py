import numpy as np
import pytest

from skmlp.tabular.folds import check_groups, folds

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


def test_rows_that_are_two_in_their_class_are_held_out_in_turn():
    y = np.repeat(np.arange(10), 2)
    assert sorted(np.concatenate([rows for _, rows in of(y, 10)])) == list(range(20))


# Groups


def grouped(y, groups, n_folds=4):
    return folds(y, n_folds, np.random.RandomState(0), groups)


SIZES = np.random.default_rng(1).integers(1, 8, 300)
GROUPS = np.random.default_rng(2).permutation(np.repeat(np.arange(300), SIZES))
LABELS = np.random.default_rng(3).integers(0, 3, len(GROUPS))


@pytest.mark.parametrize("n_folds", [1, 4, 10])
def test_no_group_is_split(n_folds):
    for train, validation in grouped(LABELS, GROUPS, n_folds):
        assert not set(GROUPS[train]) & set(GROUPS[validation])
        assert sorted([*train, *validation]) == list(range(len(GROUPS)))


def test_groups_of_one_row_change_nothing():
    groups = np.random.default_rng(0).permutation(len(Y))
    sizes = [len(validation) for _, validation in grouped(Y, groups, 10)]
    assert sizes == [len(validation) for _, validation in of(Y, 10)]


def test_a_tenth_of_the_rows_of_each_class_is_held_out_by_groups_of_a_class():
    y = (np.arange(300) % 3)[GROUPS]
    for _, validation in grouped(y, GROUPS):
        assert (np.abs(np.bincount(y[validation]) - np.bincount(y) / 10) <= 8).all()


def test_a_large_group_is_not_held_out():
    groups = np.append(np.repeat(np.arange(30), 10), np.full(600, 30))
    y = np.arange(900) % 2
    assert [len(validation) for _, validation in grouped(y, groups, 3)] == [30, 30, 30]


@pytest.mark.parametrize("n_groups", [2, 3])
def test_fewer_groups_than_folds_are_held_out_once_each(n_groups):
    groups = np.arange(60) % n_groups
    held_out = [set(groups[validation]) for _, validation in grouped(np.arange(60) // 30, groups)]
    assert sorted(held_out, key=min) == [{group} for group in range(n_groups)]


def test_groups_without_rows_do_not_matter():
    for (_, expected), (_, found) in zip(
        grouped(LABELS, GROUPS), grouped(LABELS, 3 * GROUPS + 1), strict=True
    ):
        assert found.tolist() == expected.tolist()


def test_groups_alone_in_a_class_are_trained_on():
    y = np.where(GROUPS == 7, 3, LABELS)
    rows = np.flatnonzero(GROUPS == 7)
    assert all(set(rows) <= set(train) for train, _ in grouped(y, GROUPS, 10))


def test_labels_of_groups_can_be_of_any_kind():
    for labels in (["b", "a", "b"], [3, "a", 3], np.array(["2020", "2021", "2020"], "M8[ns]")):
        assert check_groups(labels, 3, None).tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([1, 2], r"groups has shape \(2,\), but must have one label per sample: \(4,\)"),
        ([[1, 2]] * 4, r"groups has shape \(4, 2\)"),
        ("abcd", r"groups has shape \(\)"),
        (["a", "b", None, "b"], "groups has a missing label, None in row 2"),
        ([1.0, 2.0, 2.0, np.nan], "groups has a missing label, nan in row 3"),
        (["a", np.nan, "b", "b"], "groups has a missing label, nan in row 1"),
        (np.array(["2020", "NaT", "2020", "2021"], "M8[D]"), "missing label, .*NaT.* in row 1"),
        (
            ["a"] * 4,
            "groups has a single label, 'a', among the samples of weight above 0: at least",
        ),
        (["b", "a", "a", "a"], "groups has a single label, 'a'"),
    ],
)
def test_groups_that_are_refused(groups, message):
    with pytest.raises(ValueError, match=message):
        check_groups(groups, 4, np.array([0, 1, 1, 1]))
