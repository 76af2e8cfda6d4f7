"""Validation data, held-out rows, and scores."""

import math
import warnings

import numpy as np
import pytest
from conftest import SOLVERS, make
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import (
    balanced_accuracy_score,
    check_scoring,
    f1_score,
    log_loss,
    make_scorer,
)
from sklearn.model_selection import train_test_split
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def scorer_that_sees():
    """Return a scorer with constant score, and the list of the X and y that it is called with."""
    seen = []

    def score(clf, X, y):
        seen.append((X, y))
        return 0.5

    return seen, score


# Held-out rows


@pytest.mark.parametrize("solver", SOLVERS)
def test_early_stopping_restores_the_best_weights(digits, solver):
    X, y = digits
    clf = make(solver=solver, early_stopping=True, max_iter=40, n_iter_no_change=3).fit(X, y)
    assert clf.best_validation_score_ == max(clf.validation_scores_)
    assert len(clf.validation_scores_) == clf.n_iter_
    assert clf.best_loss_ is None
    best = clf.best_epoch_
    assert clf.validation_scores_[best - 1] == clf.best_validation_score_
    replay = make(solver=solver, early_stopping=True, max_iter=best, n_iter_no_change=3).fit(X, y)
    assert_array_equal(clf.parameters_, replay.parameters_)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(
    "scores", [[-math.inf] * 6, [-math.inf, 0.1, -math.inf, 0.1, 0.0, -math.inf]], ids=str
)
def test_the_kept_epoch_has_the_best_score_and_of_these_the_least_loss(iris, solver, scores):
    X, y = iris

    def fit(n_epochs):
        left = iter(scores)
        clf = make(solver=solver, early_stopping=True, learning_rate_init=0.1, max_iter=n_epochs)
        return clf.set_params(scoring=lambda *_: next(left), n_iter_no_change=np.inf).fit(X, y)

    clf = fit(len(scores))
    assert clf.validation_scores_ == scores
    rank = [(s, -loss) for s, loss in zip(scores, clf.validation_loss_curve_, strict=True)]
    assert clf.best_epoch_ == 1 + rank.index(max(rank))
    assert clf.best_validation_score_ == max(scores)
    assert_array_equal(clf.parameters_, fit(clf.best_epoch_).parameters_)


def test_the_best_score_is_recorded_without_early_stopping(iris):
    clf = make(max_iter=2, scoring=lambda *_: -math.inf).fit(*iris, X_val=iris[0], y_val=iris[1])
    assert clf.best_validation_score_ == -math.inf
    assert clf.best_epoch_ is None


def test_early_stopping_needs_two_rows_to_validate_on():
    with pytest.raises(ValueError, match="validation set is too small"):
        make(early_stopping=True).fit(np.eye(5), np.zeros(5))


def test_early_stopping_with_a_lone_class_member():
    message = r"rarest class, b, has 1.*Set early_stopping=False"
    with pytest.raises(ValueError, match=message):
        make(early_stopping=True).fit(np.eye(5), list("aaaab"))


def test_a_validated_row_of_weight_zero_does_not_count(iris):
    X, y = iris
    weight = np.where(y == 1, 0.0, 1.0)
    clf = make(early_stopping=True, max_iter=60, learning_rate_init=0.05)
    clf.fit(X, y, sample_weight=weight)
    assert clf.best_validation_score_ == 1.0


def test_sparse_with_early_stopping(digits):
    X, y = (part[:300] for part in digits)
    clf = make(early_stopping=True).fit(sparse.csr_array(X), y)
    assert_array_equal(
        clf.validation_scores_, make(early_stopping=True).fit(X, y).validation_scores_
    )


def test_warm_start_validates_on_the_same_rows(iris):
    seen, score = scorer_that_sees()
    clf = make(warm_start=True, early_stopping=True, scoring=score, max_iter=1)
    clf.fit(*iris).fit(*iris)
    assert len(seen) == 2
    assert_array_equal(*(X for X, _ in seen))


def test_a_validation_fraction_of_0_holds_out_no_rows(iris):
    with pytest.raises(ValueError, match="validation_fraction=0 holds out none"):
        make(early_stopping=True, validation_fraction=0.0).fit(*iris)


# User-supplied validation data


@pytest.fixture
def split(digits):
    X_train, X_val, y_train, y_val = train_test_split(*digits, random_state=0)
    return X_train, y_train, X_val, y_val


def as_float64(P):
    """Return probabilities in float64, which scikit-learn does not clip."""
    P = P.astype(np.float64)
    return P / P.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_own_validation_data_is_recorded_and_nothing_stops(split, solver):
    X, y, X_val, y_val = split
    clf = make(solver=solver, n_iter_no_change=1).fit(X, y, X_val=X_val, y_val=y_val)
    assert len(clf.validation_scores_) == len(clf.validation_loss_curve_) == clf.n_iter_ == 15
    assert clf.validation_scores_[-1] == clf.score(X_val, y_val)
    P = clf.predict_proba(X_val)
    assert clf.validation_loss_curve_[-1] == pytest.approx(log_loss(y_val, as_float64(P)), rel=1e-5)
    reference = make(solver=solver, n_iter_no_change=1).fit(X, y)
    assert_array_equal(clf.parameters_, reference.parameters_)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_own_validation_data_stops_early(split, solver):
    X, y, X_val, y_val = split
    clf = make(
        solver=solver,
        max_iter=500,
        learning_rate_init=0.01,
        early_stopping=True,
        scoring="loss",
        n_iter_no_change=3,
    )
    clf.fit(X, y, X_val=X_val, y_val=y_val)
    assert clf.n_iter_ < 500
    best = min(clf.validation_loss_curve_)
    assert clf.best_validation_score_ == -best
    P = as_float64(clf.predict_proba(X_val))
    assert log_loss(y_val, P) == pytest.approx(best, rel=1e-4)


def test_own_validation_data_sparse_with_string_labels(split):
    X, y, X_val, y_val = split
    names = np.array([f"digit {i}" for i in range(10)])
    clf = make().fit(
        sparse.csr_array(X), names[y], X_val=sparse.csc_array(X_val), y_val=names[y_val]
    )
    assert clf.validation_scores_[-1] == clf.score(X_val, names[y_val])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"X_val": np.eye(4)}, "X_val and y_val belong together"),
        ({"y_val": [0, 1, 2, 0]}, "X_val and y_val belong together"),
        (
            {"X_val": np.eye(4), "y_val": [7, 7, 8, 9]},
            r"In the validation data, X_val.*none of the labels, \[7 8 9\], is in y",
        ),
        ({"X_val": np.eye(3), "y_val": [0, 1, 2]}, "3 features"),
        (
            {"X_val": np.eye(4), "y_val": [0, 1, 2, 0], "sample_weight_val": [1, 1]},
            r"sample_weight has shape \(2,\)",
        ),
    ],
)
def test_own_validation_data_refused(iris, given, message):
    with pytest.raises(ValueError, match=message):
        make().fit(*iris, **given)


def test_own_validation_data_with_a_validation_fraction_of_0(split):
    X, y, X_val, y_val = split
    clf = make(early_stopping=True, validation_fraction=0.0)
    assert len(clf.fit(X, y, X_val=X_val, y_val=y_val).validation_scores_) > 0


def test_validation_data_through_a_pipeline(split):
    X, y, X_val, y_val = split
    with config_context(enable_metadata_routing=True):
        clf = make().set_fit_request(X_val=True, y_val=True)
        pipeline = make_pipeline(StandardScaler(), clf, transform_input=["X_val"])
        pipeline.fit(X, y, X_val=X_val, y_val=y_val)
    assert pipeline[-1].validation_scores_[-1] == pipeline.score(X_val, y_val)


# Scoring


def test_a_scorer_that_does_not_suit_the_classes(iris):
    with pytest.raises(ValueError, match=r"scoring failed on the validation data.*roc_auc_ovr"):
        make(early_stopping=True, scoring="roc_auc").fit(*iris)


@pytest.mark.parametrize("early_stopping", [True, False])
def test_an_unknown_scorer(iris, early_stopping):
    with pytest.raises(ValueError, match=r"scoring='accuracies' is not allowed"):
        make(early_stopping=early_stopping, scoring="accuracies").fit(*iris)


@pytest.mark.parametrize(
    "scoring", ["balanced_accuracy", "neg_log_loss", lambda est, X, y: est.score(X, y)]
)
def test_scoring_by_scikit_learn(split, scoring):
    X, y, X_val, y_val = split
    clf = make(scoring=scoring).fit(X, y, X_val=X_val, y_val=y_val)
    scorer = check_scoring(clf, scoring)
    assert clf.validation_scores_[-1] == pytest.approx(scorer(clf, X_val, y_val))


def test_scoring_by_accuracy_is_the_default(split):
    X, y, X_val, y_val = split
    weight = np.linspace(0, 1, len(y_val))
    by_name, default = (
        make(scoring=scoring).fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=weight)
        for scoring in ("accuracy", None)
    )
    assert by_name.validation_scores_ == default.validation_scores_
    assert by_name.validation_scores_[-1] == pytest.approx(by_name.score(X_val, y_val, weight))


def test_scoring_counts_weights(split):
    X, y, X_val, y_val = split
    weight = np.where(y_val < 5, 1.0, 0.0)
    clf = make(scoring="f1_micro", max_iter=3)
    clf.fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=weight)
    expected = f1_score(y_val, clf.predict(X_val), average="micro", sample_weight=weight)
    assert clf.validation_scores_[-1] == pytest.approx(expected)


def test_an_unknown_scorer_is_refused(split):
    X, y, X_val, y_val = split
    with pytest.raises(ValueError, match="scoring"):
        make(scoring="beauty").fit(X, y, X_val=X_val, y_val=y_val)


def test_scoring_of_held_out_rows_in_pandas(iris):
    pd = pytest.importorskip("pandas")
    X = pd.DataFrame(iris[0], columns=list("abcd"))
    y = np.array(["x", "y", "z"])[iris[1]]
    clf = make(early_stopping=True, scoring="neg_log_loss", validation_fraction=0.3).fit(X, y)
    assert len(clf.validation_scores_) == clf.n_iter_
    assert_allclose(clf.validation_scores_, np.negative(clf.validation_loss_curve_))


def test_a_metric_that_takes_no_weights(iris):
    scoring = make_scorer(lambda y, predicted: (y == predicted).mean())
    clf = make(early_stopping=True, scoring=scoring, class_weight="balanced", max_iter=3)
    assert len(clf.fit(*iris).validation_scores_) == 3


@pytest.mark.parametrize("score", [np.nan, None, {"accuracy": 1.0}], ids=str)
def test_a_score_that_is_no_number(iris, score):
    with pytest.raises(ValueError, match=r"scoring returned .* but must return a number"):
        make(early_stopping=True, scoring=lambda clf, X, y: score).fit(*iris)


@pytest.mark.parametrize("container", ["coo_matrix", "bsr_matrix"])
def test_a_scorer_on_rows_of_any_sparse_table(iris, container):
    X, y = iris
    clf = make(early_stopping=True, scoring="balanced_accuracy", max_iter=2)
    clf.fit(getattr(sparse, container)(X), y)
    dense = clone(clf).fit(X, y)
    assert_allclose(clf.validation_scores_, dense.validation_scores_)


# Classes that are rare


def with_a_lone_member(iris):
    X, y = iris
    return X, np.where(np.arange(150) == 3, 9, y)


def test_a_class_of_one_row_is_trained_on_under_early_stopping(iris):
    X, y = with_a_lone_member(iris)
    seen, score = scorer_that_sees()
    clf = make(early_stopping=True, scoring=score)
    with pytest.warns(UserWarning, match=r"rarest class, 9, has 1\).*not stratified"):
        clf.fit(X, y)
    assert 9 in clf.classes_
    _, y_val = seen[0]
    assert len(y_val) == 15
    assert 9 not in y_val


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
    with pytest.warns(UserWarning, match="not stratified"):
        clf.set_params(validation_fraction=0.13).fit(X, y)


@pytest.mark.parametrize("weight", [None, np.arange(1.0, 51)], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("scoring", [None, "accuracy", "balanced_accuracy"])
def test_validation_rows_of_a_class_not_trained_on_are_ignored(iris, scoring, weight):
    X, y = iris
    own = {"X_val": X[::3], "y_val": y[::3], "sample_weight_val": weight}
    rows = np.flatnonzero(y[::3] != 2)
    known = {"X_val": X[::3][rows], "y_val": y[::3][rows]}
    known["sample_weight_val"] = None if weight is None else weight[rows]
    clf = make(scoring=scoring, class_weight={0: 2.0, 1: 1.0})
    with pytest.warns(UserWarning, match=r"16 rows of the validation.* not in y, \[2\].*ignored"):
        clf.fit(X[:100], y[:100], **own)
    expected = make(scoring=scoring, class_weight={0: 2.0, 1: 1.0}).fit(X[:100], y[:100], **known)
    assert clf.validation_scores_ == expected.validation_scores_
    assert clf.validation_loss_curve_ == expected.validation_loss_curve_


@pytest.mark.parametrize("warm_start", [False, True])
@pytest.mark.parametrize(
    "scoring", ["roc_auc", lambda clf, X, y: "good"], ids=["for two classes", "a string"]
)
def test_a_failing_scorer_keeps_the_previous_model(iris, scoring, warm_start):
    X, y = iris
    clf = make(warm_start=warm_start).fit(X, y)
    before, n_epochs = clf.parameters_.copy(), clf.n_iter_
    with pytest.raises(ValueError, match="scoring"):
        clf.set_params(scoring=scoring).fit(X, y, X_val=X, y_val=y)
    assert_array_equal(clf.parameters_, before)
    assert clf.n_iter_ == n_epochs


def test_a_failing_scorer_leaves_the_estimator_unfitted(iris):
    clf = make(scoring="roc_auc", early_stopping=True)
    with pytest.raises(ValueError, match="scoring"):
        clf.fit(*iris)
    assert not hasattr(clf, "classes_")


def test_held_out_rows_have_no_part_in_the_initial_weights(iris):
    X, y = iris
    seen, score = scorer_that_sees()
    still = {"solver": "sgd", "learning_rate_init": 1e-300, "early_stopping": True, "max_iter": 1}
    named = np.column_stack([X, np.arange(150) / 1e9])
    first = make(scoring=score, **still).fit(named, y)
    X_val, _ = seen[0]
    rows = np.isin(named[:, -1], X_val[:, -1])
    wild = named.copy()
    wild[rows] *= 1000
    assert 0 < rows.sum() < 150
    assert_array_equal(make(**still).fit(wild, y).parameters_, first.parameters_)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_huge_weights_of_validation_rows(iris, early_stopping):
    X, y = iris
    huge = np.full(150, 1e308)
    clf = make(early_stopping=early_stopping)
    clf.fit(X, y, huge, X_val=X, y_val=y, sample_weight_val=huge)
    reference = make(early_stopping=early_stopping).fit(X, y, X_val=X, y_val=y)
    assert_allclose(clf.validation_loss_curve_, reference.validation_loss_curve_, rtol=1e-6)


def test_weights_of_held_out_rows_that_overflow_beside_those_of_others(iris):
    X, y = iris
    X = np.column_stack([X, np.arange(150) / 1e9]).astype(np.float32)  # no two rows are the same
    seen, score = scorer_that_sees()
    still = {"early_stopping": True, "max_iter": 2, "dtype": "float32"}
    reference = make(scoring=score, **still).fit(X, y)
    held_out = np.isin(X[:, -1], seen[0][0][:, -1])
    weight = np.where(held_out, 1e300, 1.0)
    weighted = make(**still).fit(X, y, weight)
    assert_allclose(weighted.parameters_, reference.parameters_, rtol=1e-6)


@pytest.mark.parametrize("container", ["coo_matrix", "bsr_matrix", "csr_array"])
def test_sparse_validation_rows_that_are_ignored(iris, container):
    X, y = iris
    with pytest.warns(UserWarning, match="they are ignored"):
        clf = make(scoring="balanced_accuracy").fit(
            X[:100], y[:100], X_val=getattr(sparse, container)(X), y_val=y
        )
    assert len(clf.validation_scores_) == clf.n_iter_


def test_held_out_rows_that_all_have_weight_zero(iris):
    X, y = iris
    seen, score = scorer_that_sees()
    named = np.column_stack([X, np.arange(150) / 150])
    make(early_stopping=True, scoring=score, max_iter=1).fit(named, y)
    X_val, _ = seen[0]
    weight = 1.0 - np.isin(named[:, -1], X_val[:, -1])
    with pytest.raises(ValueError, match="Every validation row has weight zero"):
        make(early_stopping=True).fit(named, y, weight)


def test_a_class_of_weight_zero_is_still_scored(iris):
    """A scorer receives labels of all classes, which log-loss scorers need."""
    clf = make(class_weight={0: 0, 1: 1, 2: 1}, early_stopping=True, scoring="neg_log_loss")
    assert np.isfinite(clf.fit(*iris).best_validation_score_)


# Weights in the validation score and loss


CLASS_WEIGHT = {i: 1.0 + i for i in range(10)}


def weighted_loss(clf, X, y, weight=None):
    return pytest.approx(log_loss(y, as_float64(clf.predict_proba(X)), sample_weight=weight), 1e-5)


def test_class_weights_count_on_own_validation_data(split):
    X, y, X_val, y_val = split
    own = np.linspace(0, 1, len(y_val))
    for sample_weight in (None, own):
        clf = make(class_weight=CLASS_WEIGHT, max_iter=3)
        clf.fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=sample_weight)
        weight = (1.0 + y_val) * (1.0 if sample_weight is None else sample_weight)
        assert clf.validation_scores_[-1] == pytest.approx(clf.score(X_val, y_val, weight))
        assert clf.validation_loss_curve_[-1] == weighted_loss(clf, X_val, y_val, weight)


def test_balanced_classes_count_alike_on_own_validation_data(split):
    X, y, X_val, y_val = split
    rows = np.flatnonzero((y_val < 5) | (np.arange(len(y_val)) % 4 == 0))
    X_val, y_val = X_val[rows], y_val[rows]
    clf = make(class_weight="balanced", max_iter=3).fit(X, y, X_val=X_val, y_val=y_val)
    expected = balanced_accuracy_score(y_val, clf.predict(X_val))
    assert clf.validation_scores_[-1] == pytest.approx(expected)


def test_weights_of_samples_and_classes_count_on_held_out_rows(digits):
    X, y = digits
    sample_weight = np.linspace(0.1, 1, len(y)).astype(np.float32)
    seen = []

    def scoring(clf, X, y):
        seen.append((X, y))
        return 0.5

    clf = make(class_weight=CLASS_WEIGHT, early_stopping=True, max_iter=1, scoring=scoring)
    marked = np.column_stack([X, sample_weight])  # identifies the held-out rows
    clf.fit(marked, y, sample_weight)
    X_val, y_val = seen[0]
    assert 0 < len(y_val) < len(y)
    weight = (1.0 + y_val) * X_val[:, -1]
    assert clf.validation_loss_curve_[-1] == weighted_loss(clf, X_val, y_val, weight)


@pytest.mark.parametrize(
    "of_training",
    [
        {"label_smoothing": 0.3},
        {"alpha": 1000.0},
        {"dropout": 0.5, "input_dropout": 0.3},
        {"solver": "adamw", "weight_decay": 10.0},
    ],
    ids=lambda parameters: "-".join(parameters),
)
@pytest.mark.parametrize("early_stopping", [False, True])
def test_the_validation_loss_is_that_of_the_predictions(split, early_stopping, of_training):
    X, y, X_val, y_val = split
    clf = make(max_iter=3, early_stopping=early_stopping, scoring="loss", **of_training)
    clf.fit(X, y, X_val=X_val, y_val=y_val)
    loss = min(clf.validation_loss_curve_) if early_stopping else clf.validation_loss_curve_[-1]
    assert loss == weighted_loss(clf, X_val, y_val)


# The smallest splits


@pytest.mark.parametrize("n_classes", [2, 3])
def test_two_rows_of_each_class_can_be_stratified(n_classes):
    X, y = np.eye(2 * n_classes), np.repeat(np.arange(n_classes), 2)
    seen, score = scorer_that_sees()
    clf = make(early_stopping=True, validation_fraction=0.5, scoring=score, max_iter=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        clf.fit(X, y)
    assert sorted(seen[0][1]) == list(range(n_classes))


@pytest.mark.filterwarnings("ignore:early_stopping=True")
def test_two_rows_drawn_at_random_are_enough_to_validate_on():
    seen, score = scorer_that_sees()
    y = np.arange(12) // 2 + (np.arange(12) == 0) * 9  # a class of one row, and small classes
    make(early_stopping=True, scoring=score, max_iter=1, validation_fraction=0.15).fit(
        np.eye(12), y
    )
    assert len(seen[0][1]) == 2


def test_only_classes_of_one_row_are_trained_on_in_any_case():
    y = np.arange(1, 22) // 2  # one row of class 0, two of each other
    seen, score = scorer_that_sees()
    clf = make(early_stopping=True, validation_fraction=0.3, scoring=score, max_iter=1)
    with pytest.warns(UserWarning, match="not stratified"):
        clf.fit(np.eye(21), y)
    _, y_val = seen[0]
    assert len(y_val) == 6
    assert 0 not in y_val
