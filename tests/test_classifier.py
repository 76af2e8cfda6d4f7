import itertools
import pickle
import re
import warnings

import joblib
import numpy as np
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning, NotFittedError
from sklearn.metrics import check_scoring, f1_score, log_loss, make_scorer
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.fixes import parse_version

from skmlp import MLPSoftmaxClassifier, log_softmax

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*Maximum iterations:sklearn.exceptions.ConvergenceWarning"
)

SOLVERS = ["adam", "sgd", "lbfgs"]


def make(**parameters):
    return MLPSoftmaxClassifier(
        **{"hidden_layer_sizes": (8,), "max_iter": 15, "random_state": 0, **parameters}
    )


# Parameters


def test_parameters_names_and_defaults_are_those_of_mlp_classifier():
    ours, theirs = MLPSoftmaxClassifier().get_params(), MLPClassifier().get_params()
    assert {name: ours.get(name) for name in theirs} == theirs


def test_depth_repeats_the_width(iris):
    clf = make(hidden_layer_sizes=6, depth=3).fit(*iris)
    assert clf.layer_sizes_ == (4, 6, 6, 6, 3)
    assert clf.n_layers_ == 5


@pytest.mark.parametrize("setting", [{"depth": 0}, {"hidden_layer_sizes": ()}])
def test_no_hidden_layer(iris, setting):
    clf = make(**setting).fit(*iris)
    assert [W.shape for W in clf.coefs_] == [(4, 3)]


def test_sigmoid_is_logistic(iris):
    a, b = (make(activation=name).fit(*iris) for name in ("sigmoid", "logistic"))
    assert_array_equal(a.parameters_, b.parameters_)


def test_a_deep_network_trains(digits):
    X, y = digits
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    clf = MLPSoftmaxClassifier(depth=20, max_iter=60, random_state=0).fit(X_train, y_train)
    assert clf.score(X_test, y_test) > 0.9


# Attributes


@pytest.mark.parametrize("solver", SOLVERS)
def test_fitted_attributes(iris, solver):
    X, y = iris
    clf = make(solver=solver).fit(X, y)
    assert_array_equal(clf.classes_, [0, 1, 2])
    assert len(clf.loss_curve_) == clf.n_iter_ == 15
    assert clf.loss_ == clf.loss_curve_[-1]
    assert clf.best_loss_ == min(clf.loss_curve_)
    assert clf.t_ == 15 * len(X)
    assert (clf.n_layers_, clf.n_outputs_, clf.n_features_in_) == (3, 3, 4)
    assert clf.out_activation_ == "softmax"
    assert clf.validation_scores_ is clf.best_validation_score_ is None


def test_same_fitted_attributes_as_mlp_classifier(iris):
    theirs = MLPClassifier((8,), max_iter=15).fit(*iris)
    ours = make().fit(*iris)
    public = {name for name in vars(theirs) if name.endswith("_") and not name.startswith("_")}
    assert all(hasattr(ours, name) for name in public)


def test_coefs_are_views_also_after_pickling(iris):
    X, y = iris
    clf = pickle.loads(pickle.dumps(make().fit(X, y)))
    for view in clf.coefs_ + clf.intercepts_:
        view[:] = 0
    assert_array_equal(clf.decision_function(X), 0)


@pytest.mark.parametrize("solver", SOLVERS)
def test_early_stopping_restores_the_best_weights(digits, solver):
    X, y = digits
    clf = make(solver=solver, early_stopping=True, max_iter=40, n_iter_no_change=3).fit(X, y)
    assert clf.best_validation_score_ == max(clf.validation_scores_)
    assert len(clf.validation_scores_) == clf.n_iter_
    assert clf.best_loss_ is None
    best = int(np.argmax(clf.validation_scores_)) + 1
    replay = make(solver=solver, early_stopping=True, max_iter=best, n_iter_no_change=3).fit(X, y)
    assert_array_equal(clf.parameters_, replay.parameters_)


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


# Prediction


@pytest.mark.parametrize("n_classes", [1, 2, 3])
def test_prediction_shapes(iris, n_classes):
    X, y = iris
    X, y = X[: 50 * n_classes], y[: 50 * n_classes]
    clf = make().fit(X, y)
    shape = (len(X), n_classes)
    assert clf.predict_proba(X).shape == clf.predict_log_proba(X).shape == shape
    assert clf.decision_function(X).shape == (shape if n_classes != 2 else (len(X),))
    assert clf.predict(X).shape == (len(X),)


def test_prediction_is_the_largest_logit(iris):
    X, y = iris
    clf = make().fit(X, y)
    assert_array_equal(clf.predict(X), clf.decision_function(X).argmax(axis=1))
    assert_array_equal(clf.predict(X), clf.predict_proba(X).argmax(axis=1))


def test_binary_decision_is_the_log_odds(binary):
    X, y = binary
    clf = make().fit(X, y)
    P = clf.predict_proba(X)
    assert_allclose(clf.decision_function(X), np.log(P[:, 1] / P[:, 0]))


def test_probabilities_are_never_zero(iris):
    X, y = iris
    clf = make().fit(X, y)
    clf.parameters_ *= 1e4
    P, O = clf.predict_proba(X), clf.decision_function(X)
    assert (P > 0).all()
    assert_array_equal(P.argsort(axis=1), O.argsort(axis=1))
    assert_allclose(clf.predict_log_proba(X), log_softmax(O))
    assert np.isfinite(clf.predict_log_proba(X)).all()


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr("skmlp.network.batches.BLOCK_ROWS", 40)


PREDICTIONS = {
    "predict": lambda clf, X, y: clf.predict(X),
    "predict_proba": lambda clf, X, y: clf.predict_proba(X),
    "predict_log_proba": lambda clf, X, y: clf.predict_log_proba(X),
    "decision_function": lambda clf, X, y: clf.decision_function(X),
    "hidden_activations": lambda clf, X, y: clf.hidden_activations(X, 0),
    "gradients of the largest logit": lambda clf, X, y: clf.input_gradients(X),
    "gradients of a logit": lambda clf, X, y: clf.input_gradients(X, 1),
    "gradients of the loss": lambda clf, X, y: clf.input_gradients(X, y),
}


@pytest.mark.parametrize("predict", PREDICTIONS.values(), ids=PREDICTIONS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-5), (np.float64, 1e-12)])
def test_rows_are_predicted_alike_in_every_block(iris, predict, dtype, tolerance, small_blocks):
    """150 rows are three blocks of 40 and one of 30; each row alone is a block of 1."""
    X, y = iris[0].astype(dtype), iris[1]
    clf = make().fit(X, y)
    alone = np.concatenate([predict(clf, X[i : i + 1], y[i : i + 1]) for i in range(len(X))])
    assert_allclose(predict(clf, X, y), alone, atol=tolerance)


@pytest.mark.parametrize(
    "method", ["predict", "predict_proba", "predict_log_proba", "decision_function"]
)
def test_not_fitted(method):
    with pytest.raises(NotFittedError):
        getattr(make(), method)([[0.0]])


def test_outputs_that_overflow_are_refused(iris):
    clf = make().fit(iris[0].astype(np.float32), iris[1])
    with (
        np.errstate(all="ignore"),
        pytest.raises(ValueError, match="outputs are not finite for some rows"),
    ):
        clf.predict_proba(np.full((1, 4), 3e38, np.float32))


# Inputs


@pytest.mark.parametrize(
    ("given", "computed"),
    [
        (np.float64, np.float64),
        (np.float32, np.float32),
        (np.float16, np.float32),
        (np.uint8, np.float32),
        (np.int16, np.float32),
        (bool, np.float32),
        (np.int64, np.float64),
        (object, np.float64),
    ],
)
def test_dtype(iris, given, computed):
    X = (iris[0] > 0).astype(given)
    clf = make().fit(X, iris[1])
    assert clf.parameters_.dtype == clf.coefs_[0].dtype == computed
    assert clf.predict_proba(X).dtype == clf.decision_function(X).dtype == computed


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(
    "container", ["csr_array", "csc_array", "coo_array", "csr_matrix", "lil_array"]
)
def test_sparse_equals_dense(digits, solver, container):
    X, y = (part[:300] for part in digits)
    X = X.astype(np.float64)
    S = getattr(sparse, container)(X)
    dense, by_sparse = make(solver=solver).fit(X, y), make(solver=solver).fit(S, y)
    assert_allclose(dense.predict_proba(X), by_sparse.predict_proba(S), atol=1e-8)


def test_sparse_with_early_stopping(digits):
    X, y = (part[:300] for part in digits)
    clf = make(early_stopping=True).fit(sparse.csr_array(X), y)
    assert_array_equal(
        clf.validation_scores_, make(early_stopping=True).fit(X, y).validation_scores_
    )


def test_a_sparse_table_is_never_made_dense(digits, monkeypatch):
    S = sparse.csr_array(digits[0])
    for name in ("toarray", "todense"):
        monkeypatch.setattr(sparse.csr_array, name, None)
    make(max_iter=2, early_stopping=True).fit(S, digits[1]).predict_proba(S)


@pytest.mark.parametrize("labels", [["b", "a", "c"], [10, -5, 7], [2.0, 1.0, 3.0]], ids=str)
def test_labels_of_any_sortable_type(iris, labels):
    X, codes = iris
    y = np.array(labels)[codes]
    clf = make(solver="lbfgs", max_iter=50).fit(X, y)
    assert_array_equal(clf.classes_, np.sort(labels))
    assert clf.predict(X).dtype == y.dtype
    assert clf.score(X, y) > 0.9


def test_boolean_labels(binary):
    X, y = binary
    assert make().fit(X, y == 1).predict(X).dtype == bool


def test_pandas(iris):
    pd = pytest.importorskip("pandas")
    X = pd.DataFrame(iris[0], columns=list("abcd"))
    y = pd.Series(np.array(["x", "y", "z"])[iris[1]], dtype="category")
    clf = make().fit(X, y)
    assert_array_equal(clf.feature_names_in_, list("abcd"))
    assert_array_equal(clf.parameters_, make().fit(iris[0], iris[1]).parameters_)
    with pytest.raises(ValueError, match="feature names"):
        clf.predict(X[list("bacd")])


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_polars(iris):
    pl = pytest.importorskip("polars")
    X = pl.DataFrame(dict(zip("abcd", iris[0].T, strict=True)))
    clf = make().fit(X, pl.Series(iris[1]))
    assert_array_equal(clf.feature_names_in_, list("abcd"))
    assert_array_equal(clf.predict(X), clf.predict(iris[0]))


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("solver", SOLVERS)
def test_inputs_are_never_changed(iris, order, solver):
    X, y = np.array(iris[0], order=order), iris[1].copy()
    weight = np.linspace(0, 2, len(y))
    copies = X.copy(), y.copy(), weight.copy()
    clf = make(solver=solver, class_weight="balanced").fit(X, y, sample_weight=weight)
    clf.predict_proba(X)
    for given, before in zip((X, y, weight), copies, strict=True):
        assert_array_equal(given, before)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_data_that_is_not_finite(iris, bad):
    X = iris[0].copy()
    X[3, 1] = bad
    with pytest.raises(ValueError, match="Input X contains"):
        make().fit(X, iris[1])


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_several_labels_a_sample(method):
    clf = make().fit(np.eye(3), [0, 1, 0])
    with pytest.raises(ValueError, match="MultiOutputClassifier"):
        getattr(clf, method)(np.eye(3), np.array([[0, 1], [1, 1], [1, 0]]))


@pytest.mark.parametrize(
    ("weight", "message"),
    [(0, "weight is zero"), (-1, "negative"), (np.nan, "contains NaN")],
)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_weights_refused(iris, method, weight, message):
    X, y = iris
    with pytest.raises(ValueError, match=message):
        getattr(make().fit(X, y), method)(X, y, sample_weight=np.full(len(y), weight, float))


def test_huge_and_tiny_weights(iris):
    X, y = iris
    expected = make(alpha=0).fit(X, y, sample_weight=np.ones(len(y)))
    for scale in (1e-300, 1e300):
        clf = make(alpha=0).fit(X, y, sample_weight=np.full(len(y), scale))
        assert_allclose(clf.predict_proba(X), expected.predict_proba(X), rtol=1e-9)


# Reproducibility


@pytest.mark.parametrize(
    "setting", [{}, {"solver": "sgd"}, {"solver": "lbfgs"}, {"early_stopping": True}]
)
def test_same_random_state_same_bits(iris, setting):
    a, b = (make(**setting).fit(*iris) for _ in range(2))
    assert_array_equal(a.parameters_, b.parameters_)


def test_another_random_state_differs(iris):
    a, b = (make(random_state=seed).fit(*iris) for seed in (0, 1))
    assert not np.array_equal(a.parameters_, b.parameters_)


def test_a_random_state_instance_goes_on(iris):
    rng = np.random.RandomState(0)
    a, b = (make(random_state=rng).fit(*iris) for _ in range(2))
    assert not np.array_equal(a.parameters_, b.parameters_)


def test_memory_order_does_not_matter(iris):
    X, y = iris
    a, b = (make().fit(np.array(X, order=order), y) for order in "CF")
    assert_array_equal(a.parameters_, b.parameters_)


def test_round_trips(iris, tmp_path):
    X, y = iris
    pipeline = make_pipeline(StandardScaler(), make()).fit(X, y)
    P = pipeline.predict_proba(X)
    joblib.dump(pipeline, tmp_path / "pipeline.joblib")
    for copy in (
        pickle.loads(pickle.dumps(pipeline)),
        joblib.load(tmp_path / "pipeline.joblib"),
        clone(pipeline).fit(X, y),
    ):
        assert_array_equal(copy.predict_proba(X), P)


def test_training_goes_on_after_pickling(iris):
    X, y = iris
    clf = make().fit(X, y)
    copy = pickle.loads(pickle.dumps(clf))
    for estimator in (clf, copy):
        estimator.partial_fit(X, y)
    assert_array_equal(clf.parameters_, copy.parameters_)


# Going on


def test_partial_fit_is_fit_in_pieces(iris):
    X, y = iris
    whole = make(max_iter=5, tol=0).fit(X, y)
    pieces = make(max_iter=1, tol=0).fit(X, y)
    for _ in range(4):
        pieces.partial_fit(X, y)
    assert_array_equal(whole.parameters_, pieces.parameters_)
    assert whole.loss_curve_ == pieces.loss_curve_


def test_partial_fit_learns_classes_that_come_later(iris):
    X, y = iris
    clf = make(learning_rate_init=0.01).partial_fit(X[:100], y[:100], classes=[0, 1, 2])
    for _ in range(100):
        clf.partial_fit(X, y)
    assert clf.score(X, y) > 0.9


def test_partial_fit_needs_classes_first(iris):
    with pytest.raises(ValueError, match="first call to partial_fit needs classes"):
        make().partial_fit(*iris)


def test_partial_fit_with_other_classes(iris):
    clf = make().partial_fit(*iris, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="differ from those of the network"):
        clf.partial_fit(*iris, classes=[0, 1])


def test_partial_fit_with_an_unseen_label(iris):
    X, y = iris
    clf = make().fit(X[:100], y[:100])
    with pytest.raises(ValueError, match=r"\[2\] are new"):
        clf.partial_fit(X, y)


@pytest.mark.parametrize(
    "changed",
    [{"learning_rate_init": 0.1}, {"alpha": 100.0}, {"momentum": 0.1}, {"batch_size": 10}],
)
def test_parameters_changed_between_calls_take_effect(iris, changed):
    X, y = iris
    a, b = (make(solver="sgd").partial_fit(X, y, classes=[0, 1, 2]) for _ in range(2))
    b.set_params(**changed)
    for clf in (a, b):
        clf.partial_fit(X, y)
    assert not np.allclose(a.parameters_, b.parameters_, rtol=1e-6)


def test_the_solver_may_change_between_calls(iris):
    X, y = iris
    clf = make().partial_fit(X, y, classes=[0, 1, 2]).set_params(solver="sgd").partial_fit(X, y)
    assert np.isfinite(clf.parameters_).all()


def test_partial_fit_balances_the_rows_of_each_call(iris):
    X, y = iris
    X, y = X[:70], y[:70]
    weight = np.where(y == 0, 0.7, 1.75)
    a = make(class_weight="balanced").partial_fit(X, y, classes=[0, 1, 2])
    b = make().partial_fit(X, y, classes=[0, 1, 2], sample_weight=weight)
    assert_allclose(a.parameters_, b.parameters_, rtol=1e-10)


def test_partial_fit_does_not_exist_for_lbfgs():
    with pytest.raises(AttributeError, match="has no attribute 'partial_fit'"):
        make(solver="lbfgs").partial_fit  # noqa: B018


def test_warm_start_goes_on(iris):
    X, y = iris
    clf = make(warm_start=True).fit(X, y)
    first = clf.loss_
    clf.fit(X, y)
    assert clf.loss_ < first
    assert clf.n_iter_ == 15
    assert len(clf.loss_curve_) == 30


def test_warm_start_validates_on_the_same_rows(iris):
    seen = []

    def score(clf, X, y):
        seen.append(X)
        return 0.5

    clf = make(warm_start=True, early_stopping=True, scoring=score, max_iter=1)
    clf.fit(*iris).fit(*iris)
    assert len(seen) == 2
    assert_array_equal(*seen)


@pytest.mark.parametrize("changed", [{"hidden_layer_sizes": (9,)}, {"depth": 2}])
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_a_changed_architecture_is_refused(iris, changed, method):
    clf = make(warm_start=True).fit(*iris).set_params(**changed)
    message = r"now ask for layers of \(4, .*warm_start=False"
    with pytest.raises(ValueError, match=message):
        getattr(clf, method)(*iris)


def test_warm_start_with_other_classes(iris):
    X, y = iris
    clf = make(warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match="same classes as in the previous call"):
        clf.fit(X[:100], y[:100])


@pytest.mark.parametrize("change", [{"alpha": 100.0}, {"early_stopping": True, "scoring": "loss"}])
def test_warm_start_does_not_compare_with_another_objective(iris, change):
    clf = make(warm_start=True, learning_rate_init=0.01, early_stopping=True, max_iter=50)
    clf.fit(*iris)
    before = clf.parameters_.copy()
    clf.set_params(**{"early_stopping": False, "n_iter_no_change": 30} | change).fit(*iris)
    assert clf.n_iter_ > 31
    assert (clf.parameters_ != before).any()


def test_warm_start_with_another_dtype(iris):
    clf = make(warm_start=True).fit(*iris)
    with pytest.raises(ValueError, match=r"dtype='float32' is not that of the network"):
        clf.set_params(dtype="float32").fit(*iris)


def test_warm_start_knows_both_names_of_the_logistic(iris):
    clf = make(warm_start=True, activation="sigmoid", max_iter=2).fit(*iris)
    assert clf.set_params(activation="logistic").fit(*iris).n_iter_ == 2


def test_a_weight_counts_in_calls_of_one_row(binary):
    X, y = binary
    weight = np.where(y == 1, 9.0, 1.0)

    def stream(weight):
        clf = make(depth=0, solver="sgd", learning_rate_init=0.05)
        for _ in range(3):
            for i in range(len(y)):
                w = None if weight is None else weight[i : i + 1]
                clf.partial_fit(X[i : i + 1], y[i : i + 1], w, classes=[0, 1])
        return clf.predict_proba(X)[:, 1].mean()

    assert stream(weight) > stream(None) + 0.01


def test_a_call_without_weights_follows_one_with_them(iris):
    X, y = iris
    halved, plain = make(), make()
    for weight in (np.full(len(y), 3.0), None):
        halved.partial_fit(X, y, weight, classes=[0, 1, 2])
    plain.partial_fit(X, y, classes=[0, 1, 2]).partial_fit(X, y, np.full(len(y), 1.0))
    assert halved.loss_curve_[0] == pytest.approx(plain.loss_curve_[0], rel=1e-4)
    assert halved.loss_curve_[1] == pytest.approx(plain.loss_curve_[1] / 2, rel=1e-2)


@pytest.mark.parametrize(
    "parameters",
    [
        {"max_iter": np.int8(100), "batch_size": np.int8(10), "learning_rate": "linear"},
        {"alpha": np.float64(0.1), "beta_1": np.float64(0.9), "label_smoothing": np.float64(0.1)},
        {"solver": "lbfgs", "max_fun": np.int8(100), "tol": np.float32(1e-3)},
        {"hidden_layer_sizes": np.array([np.int8(100), np.int8(100)])},
    ],
    ids=str,
)
def test_numbers_of_numpy_are_like_those_of_python(iris, parameters):
    X, y = iris[0].astype(np.float32), iris[1]
    plain = {
        name: value.tolist() if hasattr(value, "tolist") else value
        for name, value in parameters.items()
    }
    assert_array_equal(
        make(**parameters).fit(X, y).parameters_, make(**plain).fit(X, y).parameters_
    )


@pytest.mark.parametrize("dtype", ["M8[D]", "m8[s]"])
def test_dates_and_times_are_not_numbers(dtype):
    X = np.array([[1], [2]]).astype(dtype)
    with pytest.raises(ValueError, match=r"X has dtype (datetime|timedelta)64.*into numbers"):
        make().fit(X, [0, 1])


# Warnings, interruptions, messages


def test_a_loss_that_rose_is_no_convergence(iris):
    clf = make(solver="sgd", activation="identity", learning_rate_init=1e3)
    with pytest.warns(ConvergenceWarning, match="above that of its first epoch"):
        clf.fit(iris[0] * 100, iris[1])


def test_a_scorer_that_does_not_suit_the_classes(iris):
    with pytest.raises(ValueError, match=r"scoring failed on the validation data.*roc_auc_ovr"):
        make(early_stopping=True, scoring="roc_auc").fit(*iris)


@pytest.mark.parametrize("early_stopping", [True, False])
def test_an_unknown_scorer(iris, early_stopping):
    with pytest.raises(ValueError, match=r"scoring='accuracies' is not allowed"):
        make(early_stopping=early_stopping, scoring="accuracies").fit(*iris)


def test_messages_of_lbfgs_name_what_it_uses(iris):
    with pytest.warns(ConvergenceWarning) as caught:
        make(solver="lbfgs", max_time=1e-9).fit(*iris)
    assert "1 iterations" in str(caught[0].message)
    assert "batch_size" not in str(caught[0].message)
    assert "iterations" in make(solver="lbfgs", max_iter=200, tol=0.1).fit(*iris).summary()


def test_max_iter_is_said_once_with_advice(iris):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        make(max_iter=2).fit(*iris)
    (warning,) = caught
    assert warning.category is ConvergenceWarning
    assert re.search(r"max_iter=2\) reached .* Raise max_iter", str(warning.message))
    assert warning.filename == __file__


def test_a_warning_where_code_has_no_module(iris):
    X, y = iris
    with pytest.warns(ConvergenceWarning):
        exec("clf.fit(X, y)", {"clf": make(max_iter=2), "X": X, "y": y})


def test_a_batch_larger_than_the_data(iris):
    with pytest.warns(UserWarning, match="batch_size=1000 is larger than the 150 samples"):
        make(batch_size=1000).fit(*iris)


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_divergence_warns_and_keeps_finite_weights(iris, dtype, early_stopping):
    X, y = iris[0].astype(dtype), iris[1]
    clf = make(
        solver="sgd",
        activation="identity",
        learning_rate_init=1e6,
        early_stopping=early_stopping,
        depth=3,
    )
    with np.errstate(all="ignore"), pytest.warns(ConvergenceWarning, match="Training diverged"):
        clf.fit(X, y)
    assert np.isfinite(clf.predict_proba(X)).all()


class Interrupt:
    """Raise KeyboardInterrupt at the n-th step of any optimiser."""

    def __init__(self, monkeypatch, step):
        from skmlp.training.optimizers import Adam

        counter, original = itertools.count(), Adam.step

        def interrupted(*args, **kwargs):
            if next(counter) == step:
                raise KeyboardInterrupt
            original(*args, **kwargs)

        monkeypatch.setattr(Adam, "step", interrupted)


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("step", [0, 20])
def test_ctrl_c_leaves_a_usable_estimator(iris, monkeypatch, step, early_stopping):
    X, y = iris
    Interrupt(monkeypatch, step)
    clf = make(batch_size=50, max_iter=50, early_stopping=early_stopping)
    with pytest.raises(KeyboardInterrupt):
        clf.fit(X, y)
    assert np.isfinite(clf.predict_proba(X)).all()
    assert clf.n_iter_ == len(clf.loss_curve_) == step // 3


def test_ctrl_c_stops_a_grid_search(iris, monkeypatch):
    from sklearn.model_selection import GridSearchCV

    Interrupt(monkeypatch, 20)
    with pytest.raises(KeyboardInterrupt):
        GridSearchCV(make(), {"alpha": [0, 1]}).fit(*iris)


def test_verbose_prints_aligned_lines(iris, capsys):
    make(verbose=True, max_iter=11, learning_rate_init=0.1).fit(iris[0] * 10, iris[1])
    *epochs, last = capsys.readouterr().out.splitlines()
    assert len(epochs) == 11
    assert len({line.index("| learning") for line in epochs}) == 1
    assert len({line.index(".") for line in epochs}) == 1
    assert all(
        re.match(r"Iteration +\d+ \| loss +\d+\.\d+ \| learning rate .* s$", line)
        for line in epochs
    )
    assert last == "Stopped after 11 epochs: all epochs done."


def test_verbose_prints_the_validation_score(iris, capsys):
    make(verbose=True, early_stopping=True, max_iter=2).fit(*iris)
    assert "| validation score   0." in capsys.readouterr().out


def test_silent_by_default(iris, capsys):
    make().fit(*iris)
    assert capsys.readouterr().out == ""


# Regularisation, solvers, schedules


def test_an_activation_for_each_layer(iris):
    X, y = iris
    clf = make(hidden_layer_sizes=(6, 5), activation=["relu", "tanh"]).fit(X, y)
    (W0, W1, W2), (b0, b1, b2) = clf.coefs_, clf.intercepts_
    expected = np.tanh(np.maximum(X @ W0 + b0, 0) @ W1 + b1) @ W2 + b2
    assert_allclose(clf.decision_function(X), expected)


def test_a_changed_activation_is_refused(iris):
    clf = make().fit(*iris).set_params(activation="tanh")
    with pytest.raises(ValueError, match="activation='tanh' is not that of the network"):
        clf.partial_fit(*iris)


def test_prediction_keeps_the_activation_of_the_fit(iris):
    X, y = iris
    clf = make().fit(X, y)
    P = clf.predict_proba(X)
    assert_array_equal(clf.set_params(activation="tanh").predict_proba(X), P)


@pytest.mark.parametrize("setting", [{"dropout": 0.3}, {"input_dropout": 0.3}, {"dropout": [0.3]}])
def test_dropout_changes_training_and_not_prediction(iris, setting):
    X, y = iris
    clf, plain = make(**setting).fit(X, y), make().fit(X, y)
    assert not np.allclose(clf.parameters_, plain.parameters_)
    assert_array_equal(clf.predict_proba(X), clf.predict_proba(X))


def test_dropout_is_ignored_where_there_is_no_hidden_layer(iris):
    a, b = (make(depth=0, dropout=rate).fit(*iris) for rate in (0.0, 0.5))
    assert_array_equal(a.parameters_, b.parameters_)


def test_input_dropout_of_a_sparse_table(digits):
    X, y = (part[:300] for part in digits)
    clf = make(input_dropout=0.2, learning_rate_init=0.02, max_iter=40).fit(sparse.csr_array(X), y)
    assert clf.score(X, y) > 0.8


def test_label_smoothing_keeps_probabilities_from_the_extremes(iris):
    X, y = iris
    plain, smooth = (
        make(learning_rate_init=0.05, max_iter=100, label_smoothing=s).fit(X, y) for s in (0, 0.3)
    )
    assert smooth.predict_proba(X).max() < 0.97 < 0.99 < plain.predict_proba(X).max()


@pytest.mark.parametrize("solver", ["adamw", "nadam", "rmsprop"])
def test_further_solvers_train(digits, solver):
    X, y = digits
    clf = make(solver=solver, hidden_layer_sizes=(50,), max_iter=20, tol=0).fit(X, y)
    assert clf.score(X, y) > 0.9


def test_weight_decay_shrinks_weights(iris):
    small, large = (make(solver="adamw", weight_decay=d).fit(*iris) for d in (0.0, 10.0))
    norms = [sum(np.sum(W**2) for W in clf.coefs_) for clf in (small, large)]
    assert norms[1] < 0.8 * norms[0]


def test_max_grad_norm_keeps_a_wild_fit_in_bounds(iris):
    X, y = iris
    setting = {"solver": "sgd", "activation": "identity", "depth": 3, "learning_rate_init": 1.0}
    clf = make(max_grad_norm=0.1, **setting).fit(X, y)
    assert np.isfinite(clf.loss_curve_).all()


@pytest.mark.parametrize("learning_rate", ["linear", "cosine", "onecycle"])
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_schedules_over_the_whole_training(iris, learning_rate, solver):
    clf = make(learning_rate=learning_rate, solver=solver, learning_rate_init=0.01, tol=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # it has run its course: nothing to warn of
        clf.fit(*iris)
    rates = np.array(clf.learning_rates_)
    assert len(rates) == clf.n_iter_ == 15
    assert 0.007 < rates.max() <= 0.01
    assert (np.diff(rates[2:]) < 0).all()


def test_learning_rates_are_recorded(iris):
    assert make().fit(*iris).learning_rates_ == [0.001] * 15
    assert make(solver="lbfgs").fit(*iris).learning_rates_ == []


def test_schedules_over_the_whole_training_are_not_for_partial_fit(iris):
    with pytest.raises(ValueError, match="must know how long training lasts"):
        make(learning_rate="cosine").partial_fit(*iris, classes=[0, 1, 2])


def test_max_time(digits):
    clf = make(max_time=1e-9, max_iter=10_000)
    with pytest.warns(ConvergenceWarning, match="was up after 1 epochs"):
        clf.fit(*digits)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("given", [np.float32, np.float64])
def test_dtype_of_ones_choice(iris, given, dtype):
    X = iris[0].astype(given)
    clf = make(dtype=dtype).fit(X, iris[1])
    assert clf.parameters_.dtype == clf.predict_proba(X).dtype == dtype


# Validation data


@pytest.fixture
def split(digits):
    X_train, X_val, y_train, y_val = train_test_split(*digits, random_state=0)
    return X_train, y_train, X_val, y_val


def as_float64(P):
    """Give probabilities of which scikit-learn cuts off none."""
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
    plain = make(solver=solver, n_iter_no_change=1).fit(X, y)
    assert_array_equal(clf.parameters_, plain.parameters_)


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


def test_scoring_of_rows_set_aside_in_pandas(iris):
    pd = pytest.importorskip("pandas")
    X = pd.DataFrame(iris[0], columns=list("abcd"))
    y = np.array(["x", "y", "z"])[iris[1]]
    clf = make(early_stopping=True, scoring="neg_log_loss", validation_fraction=0.3).fit(X, y)
    assert len(clf.validation_scores_) == clf.n_iter_
    assert_allclose(clf.validation_scores_, np.negative(clf.validation_loss_curve_))


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
            r"In the validation data, X_val.*none of the labels, \[7 8 9\], is among those of y",
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


def test_a_validation_fraction_of_0_sets_no_rows_aside(iris):
    with pytest.raises(ValueError, match="validation_fraction=0 sets none aside"):
        make(early_stopping=True, validation_fraction=0.0).fit(*iris)


def test_a_metric_that_takes_no_weights(iris):
    scoring = make_scorer(lambda y, predicted: (y == predicted).mean())
    clf = make(early_stopping=True, scoring=scoring, class_weight="balanced", max_iter=3)
    assert len(clf.fit(*iris).validation_scores_) == 3


@pytest.mark.parametrize("score", [np.nan, None, {"accuracy": 1.0}], ids=str)
def test_a_score_that_is_no_number(iris, score):
    with pytest.raises(ValueError, match=r"scoring gave .* where it must give a number"):
        make(early_stopping=True, scoring=lambda clf, X, y: score).fit(*iris)


@pytest.mark.parametrize("container", ["coo_matrix", "bsr_matrix"])
def test_a_scorer_on_rows_of_any_sparse_table(iris, container):
    X, y = iris
    clf = make(early_stopping=True, scoring="balanced_accuracy", max_iter=2)
    clf.fit(getattr(sparse, container)(X), y)
    dense = clone(clf).fit(X, y)
    assert_allclose(clf.validation_scores_, dense.validation_scores_)


def test_validation_data_through_a_pipeline(split):
    X, y, X_val, y_val = split
    with config_context(enable_metadata_routing=True):
        clf = make().set_fit_request(X_val=True, y_val=True)
        pipeline = make_pipeline(StandardScaler(), clf, transform_input=["X_val"])
        pipeline.fit(X, y, X_val=X_val, y_val=y_val)
    assert pipeline[-1].validation_scores_[-1] == pipeline.score(X_val, y_val)


# Seeing inside


@pytest.mark.parametrize(("layer", "width"), [(0, 6), (1, 5), (-1, 5), (-2, 6)])
def test_hidden_activations(iris, layer, width):
    X, y = iris
    clf = make(hidden_layer_sizes=(6, 5), activation="tanh").fit(X, y)
    H = clf.hidden_activations(X, layer)
    (W0, W1, _), (b0, b1, _) = clf.coefs_, clf.intercepts_
    expected = np.tanh(X @ W0 + b0)
    if width == 5:
        expected = np.tanh(expected @ W1 + b1)
    assert_allclose(H, expected)


@pytest.mark.parametrize("layer", [2, -3, 0.0, "first"])
def test_hidden_activations_of_no_such_layer(iris, layer):
    clf = make(hidden_layer_sizes=(6, 5)).fit(*iris)
    with pytest.raises(ValueError, match=f"layer={layer!r} does not exist"):
        clf.hidden_activations(iris[0], layer)


@pytest.mark.parametrize("shape", ["column", "table"])
def test_input_gradients_of_labels_in_a_column(iris, shape):
    X, y = iris
    clf = make(max_iter=5).fit(X, y)
    column = pytest.importorskip("pandas").DataFrame({"y": y}) if shape == "table" else y[:, None]
    with pytest.warns(DataConversionWarning):
        found = clf.input_gradients(X, column)
    assert_array_equal(found, clf.input_gradients(X, y))


def numerical_input_gradients(function, X, step=1e-6):
    dX = np.empty_like(X)
    for j in range(X.shape[1]):
        E = np.zeros_like(X)
        E[:, j] = step
        dX[:, j] = (function(X + E) - function(X - E)) / (2 * step)
    return dX


@pytest.mark.parametrize("depth", [0, 2])
@pytest.mark.parametrize("target", [None, "b", "labels"])
def test_input_gradients(iris, depth, target):
    X, codes = (part[::5].copy() for part in iris)
    y = np.array(["a", "b", "c"])[codes]
    clf = make(activation="tanh", depth=depth).fit(X, y)
    if target == "labels":
        target = y

        def function(X):
            return -clf.predict_log_proba(X)[np.arange(len(X)), codes]
    else:
        largest = clf.decision_function(X).argmax(axis=1)
        column = largest if target is None else 1

        def function(X):
            return clf.decision_function(X)[np.arange(len(X)), column]

    expected = numerical_input_gradients(function, X)
    assert_allclose(clf.input_gradients(X, target), expected, atol=1e-7)


def test_input_gradients_of_a_wrong_target(iris):
    X, y = iris
    clf = make().fit(X, y)
    with pytest.raises(ValueError, match=r"\[9\] are new"):
        clf.input_gradients(X, 9)
    with pytest.raises(ValueError, match="target has 3 labels, but X has 150"):
        clf.input_gradients(X, [0, 1, 2])


def test_summary_in_one_line(iris):
    clf = make(hidden_layer_sizes=(7,), activation="tanh", tol=1).fit(*iris)
    assert clf.summary() == (
        f"layers 4-7-3 (tanh), 59 parameters, {clf.n_iter_} epochs, loss {clf.loss_:.4f}"
    )


def test_summary_without_a_hidden_layer(iris):
    assert make(depth=0, tol=1).fit(*iris).summary().startswith("layers 4-3, 15 parameters, ")


def test_parameters_are_explained_in_a_notebook():
    html = make_pipeline(StandardScaler(), MLPSoftmaxClassifier())._repr_html_()
    assert "MLPSoftmaxClassifier" in html
    if parse_version(sklearn.__version__) >= parse_version("1.8"):
        assert "Number of hidden layers, from 0 up" in html
        assert "skmlp.readthedocs.io" in html
