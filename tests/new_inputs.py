"""Tables as they come: in any memory, with text or dates in a column, with labels of any kind."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.exceptions import ConvergenceWarning
from sklearn.multioutput import MultiOutputClassifier

from skmlp import MLPSoftmaxClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def make(**parameters):
    return MLPSoftmaxClassifier(
        **{"hidden_layer_sizes": 6, "max_iter": 3, "random_state": 0} | parameters
    )


def unaligned(array):
    """Give the same array a byte off its place."""
    memory = np.empty(array.nbytes + 1, np.uint8)
    moved = memory[1:].view(array.dtype).reshape(array.shape)
    moved[:] = array
    assert not moved.flags.aligned
    return moved


def test_an_unaligned_table_is_aligned_once(iris):
    X, y = iris
    clf = make().fit(unaligned(X), unaligned(y))
    assert_array_equal(clf.parameters_, make().fit(X, y).parameters_)
    assert_array_equal(clf.predict_proba(unaligned(X)), clf.predict_proba(X))


def test_what_is_trained_on_is_aligned(iris, monkeypatch):
    seen = []
    original = MLPSoftmaxClassifier._validation

    def watch(self, p, model, samples, own, scorer):
        seen.append(samples.data.X.flags.aligned)
        return original(self, p, model, samples, own, scorer)

    monkeypatch.setattr(MLPSoftmaxClassifier, "_validation", watch)
    make().fit(unaligned(iris[0]), iris[1])
    assert seen == [True]


@pytest.fixture
def frame():
    pd = pytest.importorskip("pandas")
    return pd.DataFrame({"age": [1.0, 2, 3, 4], "city": ["Rome", "Oslo", "Rome", "Bonn"]})


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_a_column_of_text_is_named(frame, method):
    options = {"classes": [0, 1]} if method == "partial_fit" else {}
    with pytest.raises(ValueError, match=r"Column 'city' of X holds text, such as 'Rome'.*OneHot"):
        getattr(make(), method)(frame, [0, 1, 0, 1], **options)


def test_a_column_of_text_is_named_in_prediction(frame):
    clf = make().fit(frame[["age"]].assign(city=1.0), [0, 1, 0, 1])
    with pytest.raises(ValueError, match="Column 'city' of X holds text"):
        clf.predict(frame)


def test_a_column_of_text_in_an_array_and_in_polars(frame):
    pl = pytest.importorskip("polars")
    with pytest.raises(ValueError, match="Column 1 of X holds text, such as 'Rome'"):
        make().fit(frame.to_numpy(), [0, 1, 0, 1])
    with pytest.raises(ValueError, match="Column 'city' of X holds text"):
        make().fit(pl.DataFrame({"age": [1.0, 2], "city": ["a", "b"]}), [0, 1])


def test_a_column_of_dates_is_named(frame):
    pd = pytest.importorskip("pandas")
    dated = frame[["age"]].assign(day=pd.to_datetime(["2024-01-01"] * 4))
    with pytest.raises(ValueError, match="Column 'day' of X holds dates or times"):
        make().fit(dated, [0, 1, 0, 1])


def test_text_that_is_numbers_is_taken():
    X = np.array([["1", "2"], ["3", "4.5"]], dtype=object)
    assert make().fit(X, [0, 1]).n_features_in_ == 2


# Labels


@pytest.mark.parametrize("labels", [[0, 1, 2], [True, False, True], [1.0, 2.0, 3.0], [0, 1.0, 2]])
def test_labels_in_an_array_of_objects(iris, labels):
    y = np.array(labels, dtype=object)[iris[1]]
    clf = make().fit(iris[0], y)
    assert_array_equal(clf.classes_, np.unique(np.array(y.tolist())))


def test_labels_in_the_last_column_of_a_mixed_frame(iris):
    pd = pytest.importorskip("pandas")
    table = pd.DataFrame(iris[0]).assign(text="a", y=iris[1]).to_numpy()
    assert make().fit(table[:, :4].astype(float), table[:, -1]).score(iris[0], iris[1]) >= 0


@pytest.mark.parametrize("missing", [None, np.nan, float("nan")])
def test_missing_labels_are_called_so(missing):
    y = np.array(["a", missing, "b", "a"], dtype=object)
    with pytest.raises(TypeError, match=r"y has missing labels.*leave out rows without a label"):
        make().fit(np.eye(4), y)


@pytest.mark.parametrize("classes", [{0, 1, 2}, 3, "abc", {0: 1}, [[0, 1, 2]]], ids=str)
def test_classes_that_are_no_list_of_labels(iris, classes):
    with pytest.raises(TypeError, match=r"classes=.* is not allowed: classes must be a list"):
        make().partial_fit(*iris, classes=classes)


def test_missing_classes_are_not_blamed_on_y(iris):
    with pytest.raises(TypeError, match=r"^classes has missing labels"):
        make().partial_fit(*iris, classes=[0, 1, None])


# Classes that are rare


def with_a_lone_member(iris):
    X, y = iris
    return X, np.where(np.arange(150) == 3, 9, y)


def test_a_class_of_one_row_is_trained_on_under_early_stopping(iris):
    X, y = with_a_lone_member(iris)
    seen = []

    def score(clf, X_val, y_val):
        seen.append(y_val)
        return 0.5

    clf = make(early_stopping=True, scoring=score)
    with pytest.warns(UserWarning, match=r"rarest class, 9, has 1\).*drawn at random"):
        clf.fit(X, y)
    assert 9 in clf.classes_
    assert len(seen[0]) == 15
    assert 9 not in seen[0]


@pytest.mark.filterwarnings("ignore:early_stopping=True")
def test_several_labels_of_which_one_is_rare(iris):
    X, y = iris
    Y = np.column_stack([y == 0, np.arange(150) == 3]).astype(int)
    assert MultiOutputClassifier(make(early_stopping=True)).fit(X, Y).predict(X).shape == (150, 2)


def test_fewer_validation_rows_than_classes(iris):
    X, y = (part[::10] for part in iris)
    clf = make(early_stopping=True, validation_fraction=0.2)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        clf.fit(X, y)
    with pytest.warns(UserWarning, match="drawn at random"):
        clf.set_params(validation_fraction=0.13).fit(X, y)


@pytest.mark.parametrize("weight", [None, np.arange(1.0, 51)], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("scoring", [None, "accuracy", "balanced_accuracy"])
def test_validation_rows_of_a_class_not_trained_on_are_left_out(iris, scoring, weight):
    X, y = iris
    own = {"X_val": X[::3], "y_val": y[::3], "sample_weight_val": weight}
    rows = np.flatnonzero(y[::3] != 2)
    known = {"X_val": X[::3][rows], "y_val": y[::3][rows]}
    known["sample_weight_val"] = None if weight is None else weight[rows]
    clf = make(scoring=scoring, class_weight={0: 2.0, 1: 1.0})
    with pytest.warns(UserWarning, match=r"16 rows of the validation.* not in y, \[2\].*left out"):
        clf.fit(X[:100], y[:100], **own)
    expected = make(scoring=scoring, class_weight={0: 2.0, 1: 1.0}).fit(X[:100], y[:100], **known)
    assert clf.validation_scores_ == expected.validation_scores_
    assert clf.validation_loss_curve_ == expected.validation_loss_curve_
