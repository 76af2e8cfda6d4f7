"""The whole classifier; base models and stacking have separate tests."""

import copy
import pickle
import tracemalloc

import numpy as np
import pandas as pd
import pytest
import sklearn
from joblib import Parallel, cpu_count, delayed, parallel_config
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.inspection import permutation_importance
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from skmlp import MLPSoftmaxClassifier, TabularEncoder, TabularMLPClassifier
from skmlp.tabular.base_models import train
from skmlp.tabular.folds import check_groups
from skmlp.tabular.stacking import combine
from skmlp.training.threads import available_threads

QUICK = {"hidden_layer_sizes": (16,), "n_folds": 2, "max_iter": 15, "random_state": 0}


def quick(**parameters):
    return TabularMLPClassifier(**{**QUICK, **parameters})


def make_table(n=300, seed=0):
    """Return a table of all kinds with missing values; text and date determine the class."""
    rng = np.random.default_rng(seed)
    city = rng.choice(["Bern", "Oslo", "Rome"], size=n)
    month = rng.integers(1, 13, size=n)
    day = rng.integers(1, 28, size=n)
    table = pd.DataFrame(
        {
            "city": city,
            "size": pd.Categorical(rng.choice(["small", "large"], size=n)),
            "when": pd.to_datetime({"year": 2020, "month": month, "day": day}),
            "price": np.where(rng.random(n) < 0.1, np.nan, rng.lognormal(size=n)),
        }
    )
    return table, np.where((city == "Oslo") == (month > 6), "warm", "cold")


TABLE, Y = make_table()
NEW, Y_NEW = make_table(seed=1)
FITTED = quick(max_iter=30).fit(TABLE, Y)


def test_a_mixed_type_table_is_learned():
    assert FITTED.score(NEW, Y_NEW) > 0.95


def test_probabilities_are_the_weighted_mean_of_all_base_models():
    Z = FITTED.encoder_.transform(NEW)
    inputs = {"decayed": Z, "scaled": Z[:, : FITTED.encoder_.n_compact_]}
    inputs["linear"] = inputs["scaled"]
    expected = 0
    for name, members in FITTED.members_.items():
        for member in members:
            log_P = member.predict_log_proba(inputs[name]).astype(float)
            expected += combine([log_P], [FITTED.weights_[name]], [FITTED.temperatures_[name]]) / 2
    np.testing.assert_allclose(FITTED.predict_proba(NEW), expected, rtol=1e-5)


def test_probabilities_are_the_same_without_compiled_operations(monkeypatch):
    expected = FITTED.predict_proba(NEW)
    monkeypatch.setattr("skmlp.compiled.COMPILED", False)
    np.testing.assert_allclose(FITTED.predict_proba(NEW), expected, rtol=1e-5)


def test_arrays_of_a_pickle_can_be_unaligned():
    buffers = []
    stored = pickle.dumps(FITTED, protocol=5, buffer_callback=buffers.append)
    moved = [memoryview(b"0" + buffer.raw())[1:] for buffer in buffers]
    read = pickle.loads(stored, buffers=moved)
    np.testing.assert_array_equal(read.predict_proba(NEW), FITTED.predict_proba(NEW))


def test_labels_are_the_most_probable():
    P = FITTED.predict_proba(NEW)
    np.testing.assert_array_equal(FITTED.predict(NEW), FITTED.classes_[P.argmax(axis=1)])


def test_log_probabilities():
    np.testing.assert_allclose(np.exp(FITTED.predict_log_proba(NEW)), FITTED.predict_proba(NEW))


def test_prediction_in_blocks_gives_the_same(monkeypatch):
    expected = FITTED.predict_proba(NEW)
    monkeypatch.setattr("skmlp.tabular.ensemble.ROWS_AT_A_TIME", 7)
    np.testing.assert_allclose(FITTED.predict_proba(NEW), expected, rtol=1e-5)


def test_the_losses_on_validation_rows_are_recorded():
    clf = quick(max_iter=30, n_folds=5).fit(TABLE, Y)
    names = ["decayed", "scaled", "linear"]
    assert list(clf.members_) == list(clf.weights_) == list(clf.validation_losses_) == names
    assert all(len(losses) == 5 for losses in clf.validation_losses_.values())
    assert clf.validation_loss_ < 1.2 * min(map(np.mean, clf.validation_losses_.values()))


def test_the_validation_loss_is_near_that_of_new_rows():
    loss = log_loss(Y_NEW, FITTED.predict_proba(NEW))
    assert FITTED.validation_loss_ == pytest.approx(loss, abs=0.1)


def test_a_seed_repeats_a_fit_bit_for_bit_whatever_n_jobs():
    X = np.random.default_rng(0).normal(size=(1500, 40))
    y = (X[:, 0] > X[:, 1]).astype(int)
    # Wide enough that several threads share a product, and would round it differently.
    clf = TabularMLPClassifier((256,), n_folds=1, max_iter=2, random_state=0)
    one = clf.fit(X, y).predict_proba(X)
    two = clf.set_params(n_jobs=2).fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(one, two)


def test_a_random_state_instance_advances():
    rng = np.random.RandomState(0)
    first, second = (quick(random_state=rng).fit(TABLE, Y).predict_proba(NEW) for _ in range(2))
    assert (first != second).any()


def test_polars_gives_the_same():
    pl = pytest.importorskip("polars")
    clf = quick().fit(pl.from_pandas(TABLE), Y)
    expected = quick().fit(TABLE, Y).predict_proba(NEW)
    np.testing.assert_array_equal(clf.predict_proba(pl.from_pandas(NEW)), expected)


def test_the_user_s_table_and_encoder_are_not_changed():
    table, encoder = TABLE.copy(), TabularEncoder(n_bins=3)
    quick(encoder=encoder).fit(table, Y)
    pd.testing.assert_frame_equal(table, TABLE)
    assert not hasattr(encoder, "n_features_in_")
    assert encoder.random_state is None


def test_the_user_s_encoder_is_used():
    clf = quick(encoder=TabularEncoder(n_bins=0)).fit(TABLE, Y)
    assert not any("_bin" in name for name in clf.encoder_.get_feature_names_out())


def test_a_search_over_parameters_of_an_encoder_that_is_none():
    search = GridSearchCV(quick(), {"encoder__n_bins": [0, 8]}, cv=2)
    with pytest.raises(ValueError, match=r"encoder__n_bins.*encoder=TabularEncoder\(\)"):
        search.fit(TABLE, Y)


def test_an_encoder_is_set_with_its_parameters():
    clf = quick().set_params(encoder=TabularEncoder(), encoder__n_bins=8)
    assert clf.encoder.n_bins == 8


def test_it_fits_where_frames_are_asked_of_transformers():
    from sklearn import config_context

    with config_context(transform_output="pandas"):
        clf = quick().fit(TABLE, Y)
    np.testing.assert_array_equal(clf.predict_proba(NEW), quick().fit(TABLE, Y).predict_proba(NEW))


def test_columns_of_the_table_are_recorded():
    assert FITTED.n_features_in_ == 4
    assert FITTED.feature_names_in_.tolist() == ["city", "size", "when", "price"]


def test_other_columns_are_refused():
    with pytest.raises(ValueError, match="feature names"):
        FITTED.predict(NEW[["size", "city", "when", "price"]])


# The fitted state

FITTED_ATTRIBUTES = [
    "classes_",
    "encoder_",
    "members_",
    "weights_",
    "temperatures_",
    "validation_losses_",
    "validation_loss_",
    "n_iter_",
    "n_features_in_",
    "feature_names_in_",
]


@pytest.mark.parametrize("name", FITTED_ATTRIBUTES)
def test_before_fit_an_error_names_the_attribute(name):
    message = f"TabularMLPClassifier has no attribute '{name}': it is not fitted yet"
    with pytest.raises(AttributeError, match=message):
        getattr(quick(), name)


@pytest.mark.parametrize("name", FITTED_ATTRIBUTES)
def test_fitted_attributes_cannot_be_assigned(name):
    with pytest.raises(AttributeError, match="no setter"):
        setattr(copy.copy(FITTED), name, None)


def test_the_fitted_state_is_one_attribute():
    assert set(vars(FITTED)) == {*FITTED.get_params(deep=False), "_model"}


@pytest.mark.parametrize("attributes", [None, "members_"])
def test_scikit_learn_knows_whether_it_is_fitted(attributes):
    check_is_fitted(FITTED, attributes)
    with pytest.raises(NotFittedError):
        check_is_fitted(quick(), attributes)


def test_a_copy_keeps_its_state_when_the_original_is_fitted_again():
    clf = quick(n_folds=1).fit(TABLE, Y)
    earlier = copy.copy(clf)
    before = earlier.predict_proba(NEW)
    clf.fit(TABLE[:100], Y[:100])
    np.testing.assert_array_equal(earlier.predict_proba(NEW), before)


# Weights


def test_rows_of_weight_zero_are_ignored():
    weight = np.r_[np.ones(250), np.zeros(50)]
    some = quick().fit(TABLE, Y, weight).predict_proba(NEW)
    alone = quick().fit(TABLE[:250], Y[:250], np.ones(250)).predict_proba(NEW)
    np.testing.assert_array_equal(some, alone)


def test_a_class_of_weight_zero_keeps_its_column():
    clf = quick(class_weight={"cold": 0, "warm": 1}).fit(TABLE, Y)
    assert clf.classes_.tolist() == ["cold", "warm"]
    assert clf.predict_proba(NEW)[:, 0].mean() < 0.05


def test_balanced_classes_are_predicted_as_often():
    rare = np.where((Y == "warm") & (np.arange(300) % 5 > 0), "cold", Y)
    shares = [
        quick(class_weight=weight).fit(TABLE, rare).predict_proba(NEW)[:, 1].mean()
        for weight in (None, "balanced")
    ]
    assert shares[0] < 0.2 < 0.35 < shares[1]


@pytest.mark.parametrize("weight", [1e-308, 1e-6, 1e5, 1e308])
def test_weights_that_are_no_counts_are_relative(weight):
    clf = quick().fit(TABLE, Y, np.full(300, weight))
    ones = quick().fit(TABLE, Y, np.ones(300))
    np.testing.assert_allclose(clf.predict_proba(NEW), ones.predict_proba(NEW), atol=0.05)
    assert clf.weights_["linear"] == pytest.approx(ones.weights_["linear"], abs=0.05)


def test_weights_reach_the_encoder():
    clf = quick().fit(TABLE, Y, np.where(TABLE.price > 2, 3.0, 1.0))
    price = FITTED.encoder_.get_feature_names_out().tolist().index("price")
    assert (
        clf.encoder_.transform(TABLE)[:, price].mean()
        < FITTED.encoder_.transform(TABLE)[:, price].mean()
    )


def test_target_encoding_does_not_leak_the_labels():
    X = [[f"id{i % 100}", i] for i in np.random.default_rng(0).permutation(300)]
    assert quick().fit(X, Y).validation_loss_ > 0.65


def test_more_base_models_take_no_more_memory():
    X = np.random.default_rng(0).normal(size=(3000, 30))
    y = (X[:, 0] > 0).astype(int)
    peaks = []
    for n_folds in (1, 4):
        tracemalloc.start()
        quick(hidden_layer_sizes=(4,), n_folds=n_folds, max_iter=1).fit(X, y)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0]  # encoding the table again for each would need twice as much


# Few rows and rare classes


def test_few_rows_get_a_softmax_regression_on_all():
    clf = quick().fit(TABLE[:40], Y[:40])
    assert {name: len(members) for name, members in clf.members_.items()} == {"linear": 1}
    assert clf.weights_ == {"linear": 1.0}
    assert np.isnan(clf.validation_loss_)


def test_two_rows():
    assert quick().fit([[0.0, "a"], [1.0, "b"]], [0, 1]).predict([[1.0, "b"]]) == [1]


@pytest.mark.parametrize("n_rows", [10, 100])
def test_one_class(n_rows):
    clf = quick().fit(TABLE[:n_rows], np.full(n_rows, "only"))
    np.testing.assert_allclose(clf.predict_proba(NEW), 1)


def test_a_class_of_one_row_has_a_column():
    y = np.where(np.arange(300) == 7, "rare", Y)
    clf = quick().fit(TABLE, y)
    P = clf.predict_proba(NEW)
    assert P.shape == (300, 3)
    assert log_loss(Y_NEW, P, labels=clf.classes_) < 0.69


def test_each_row_a_class_of_its_own():
    clf = quick(max_iter=2).fit(TABLE[:60], np.arange(60))
    assert clf.weights_ == pytest.approx({"decayed": 1 / 22, "scaled": 1 / 22, "linear": 20 / 22})


# Errors


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hidden_layer_sizes", (0,)),
        ("activation", "relux"),
        ("depth", -1),
        ("n_folds", 0),
        ("n_folds", 11),
        ("n_folds", 2.0),
        ("n_folds", "many"),
        ("n_folds", True),
        ("encoder", "onehot"),
        ("dropout", 1.0),
        ("weight_decay", -1),
        ("weight_decay", "much"),
        ("learning_rate_init", 0),
        ("max_iter", 0),
        ("batch_size", 0),
        ("class_weight", "balancd"),
        ("random_state", "seed"),
        ("n_jobs", 0),
        ("n_jobs", 1.5),
        ("verbose", None),
    ],
)
def test_a_wrong_parameter_is_named(name, value):
    with pytest.raises(ValueError, match=f"{name}=.*is not allowed"):
        quick(**{name: value}).fit(TABLE, Y)


def test_a_wrong_parameter_of_the_encoder_is_named():
    with pytest.raises(ValueError, match=r"n_bins=.*is not allowed"):
        quick(encoder=TabularEncoder(n_bins=-1)).fit(TABLE, Y)


def test_missing_labels_are_refused():
    with pytest.raises(TypeError, match="missing labels"):
        quick().fit(TABLE, np.where(np.arange(300) == 3, None, Y))


def test_several_labels_per_row_are_refused_by_name():
    with pytest.raises(ValueError, match=r"MultiOutputClassifier\(TabularMLPClassifier\(\)\)"):
        quick().fit(TABLE, np.ones((300, 2), int))


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        quick().fit(TABLE, Y[:-1])


def test_a_sparse_table_is_refused():
    from scipy import sparse

    with pytest.raises(TypeError, match=r"[Ss]parse"):
        quick().fit(sparse.eye(300, format="csr"), Y)


def test_a_failed_fit_keeps_the_previous_model():
    clf = clone(FITTED).fit(TABLE, Y)
    before = clf.predict_proba(NEW)
    with pytest.raises(ValueError, match="infinity"):
        clf.fit(TABLE.assign(price=np.inf), Y)
    np.testing.assert_array_equal(clf.predict_proba(NEW), before)


def fail_after(n_members, error, monkeypatch):
    """Make the training of base models fail after `n_members`."""
    trained = []

    def failing(member, *rows):
        trained.append(member)
        if len(trained) > n_members:
            raise error
        return train(member, *rows)

    monkeypatch.setattr("skmlp.tabular.ensemble.train", failing)


def test_a_fit_that_fails_in_training_keeps_the_previous_model(monkeypatch):
    clf = clone(FITTED).fit(TABLE, Y)
    before = clf.predict_proba(NEW)
    fail_after(1, MemoryError, monkeypatch)
    with pytest.raises(MemoryError):
        clf.fit(TABLE, Y)
    np.testing.assert_array_equal(clf.predict_proba(NEW), before)


def test_an_interrupted_fit_keeps_the_base_models_trained(monkeypatch):
    fail_after(3, KeyboardInterrupt, monkeypatch)
    clf = quick(n_jobs=1)
    with pytest.raises(KeyboardInterrupt):
        clf.fit(TABLE, Y)
    assert list(clf.members_) == ["decayed", "scaled", "linear"]
    assert clf.predict_proba(NEW).shape == (300, 2)


# With the tools of scikit-learn


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda clf: pickle.loads(pickle.dumps(clf))])
def test_deepcopy_and_pickle(copied):
    np.testing.assert_array_equal(copied(FITTED).predict_proba(NEW), FITTED.predict_proba(NEW))


def test_clone():
    assert clone(FITTED).get_params() == FITTED.get_params()
    assert not hasattr(clone(FITTED), "members_")


def test_grid_search_over_its_own_and_the_encoder_s_parameters():
    grid = {"depth": [1, 2], "activation": ["tanh"], "encoder__n_bins": [0, 4]}
    clf = quick(hidden_layer_sizes=8, max_iter=3, encoder=TabularEncoder())
    search = GridSearchCV(clf, grid, cv=2, scoring="neg_log_loss").fit(TABLE, Y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_cross_validation_in_a_pipeline():
    scores = cross_val_score(make_pipeline("passthrough", quick()), TABLE, Y, cv=2)
    assert scores.min() > 0.6


def test_calibration():
    clf = CalibratedClassifierCV(quick(), cv=2).fit(TABLE, Y)
    assert clf.predict_proba(NEW).shape == (300, 2)


def test_permutation_importance_finds_the_columns_that_decide():
    importance = permutation_importance(FITTED, NEW, Y_NEW, n_repeats=2, random_state=0)
    assert set(importance.importances_mean.argsort()[2:]) == {0, 2}


def test_a_misspelt_parameter_is_refused_at_once():
    with pytest.raises(TypeError, match="dropuot"):
        TabularMLPClassifier(dropuot=0.1)
    with pytest.raises(ValueError, match="dropuot"):
        quick().set_params(dropuot=0.1)


# Progress


def test_verbose_prints_a_line_for_each_base_model(capsys):
    quick(verbose=True).fit(TABLE, Y)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert lines[1].startswith("Member 2 of 6: scaled, fold 1 | validation log-loss 0.")


class Members:
    """A callback that stores the model after each base model, and may stop the fit."""

    def __init__(self, stop_after=None):
        self.stop_after = stop_after

    def setup(self, estimator, context):
        self.models = []

    def teardown(self, estimator, context): ...

    def on_fit_task_begin(self, estimator, context): ...

    def on_fit_task_end(
        self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None
    ):
        if context.task_name != "member":
            return False
        self.models.append(fitted_estimator)
        return len(self.models) == self.stop_after


def test_callbacks_are_given_the_ensemble_so_far():
    pytest.importorskip("sklearn.callback")
    members = Members()
    clf = quick().set_callbacks(members).fit(TABLE, Y)
    counts = [sum(map(len, model.members_.values())) for model in members.models]
    assert counts == list(range(1, 7))
    last = members.models[-1].predict_proba(NEW)
    np.testing.assert_array_equal(last, clf.predict_proba(NEW))


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_callback_can_stop_the_fit(n_jobs):
    pytest.importorskip("sklearn.callback")
    clf = quick(n_jobs=n_jobs).set_callbacks(Members(stop_after=4)).fit(TABLE, Y)
    counts = {name: len(members) for name, members in clf.members_.items()}
    assert counts == {"decayed": 2, "scaled": 1, "linear": 1}
    assert clf.predict_proba(NEW).shape == (300, 2)


# Compared with a single network


def test_iris_compared_with_a_single_network():
    X, y = load_iris(return_X_y=True)
    clf = quick(hidden_layer_sizes=(32,), max_iter="auto")
    ours = cross_val_score(clf, X, y, cv=3, scoring="neg_log_loss").mean()
    single = cross_val_score(
        MLPSoftmaxClassifier(tol=1e-3, random_state=0), X, y, cv=3, scoring="neg_log_loss"
    ).mean()
    assert ours > single - 0.05


# Common and separate state of base models


def test_no_two_networks_begin_with_the_same_weights():
    still = {"max_iter": 1, "learning_rate_init": 1e-300, "weight_decay": 0.0}
    clf = quick(hidden_layer_sizes=(6, 6), n_folds=3, **still).fit(TABLE, Y)
    # Between hidden layers they depend only on the seed.
    networks = [network for kind in ("decayed", "scaled") for network in clf.members_[kind]]
    weights = {network.coefs_[1].tobytes() for network in networks}
    assert len(weights) == len(networks) == 6


# Weights as counts


FEW = np.random.default_rng(0).normal(size=(40, 3))
Y_FEW = (FEW[:, 0] + FEW[::-1, 1] > 0).astype(int)


def fitted_on_few(weight):
    return quick().fit(FEW, Y_FEW, weight).predict_proba(FEW)


@pytest.mark.parametrize("weight", [1.5, 9.9])
def test_weights_of_a_mean_from_1_to_10_count_as_rows(weight):
    P, of_ones = fitted_on_few(np.full(40, weight)), fitted_on_few(None)
    assert np.abs(P - 0.5).mean() > 1.01 * np.abs(of_ones - 0.5).mean()


@pytest.mark.parametrize("weight", [0.5, 0.9, 11.0, 100.0])
def test_weights_of_another_mean_are_scaled_to_a_mean_of_1(weight):
    np.testing.assert_allclose(fitted_on_few(np.full(40, weight)), fitted_on_few(None), rtol=1e-6)
    uneven = np.linspace(0.5, 1.5, 40)
    np.testing.assert_allclose(fitted_on_few(weight * uneven), fitted_on_few(uneven), rtol=1e-6)


def test_the_mean_weight_is_that_of_the_rows_that_count():
    weight = np.where(np.arange(40) < 4, 9.0, 0.0)
    P = fitted_on_few(weight)
    assert not np.allclose(P, fitted_on_few(weight / 9), rtol=0.01)
    np.testing.assert_allclose(P, quick().fit(FEW[:4], Y_FEW[:4], weight[:4]).predict_proba(FEW))


def test_a_weight_of_2_is_a_row_twice():
    twice = quick().fit(np.repeat(FEW[:20], 2, axis=0), np.repeat(Y_FEW[:20], 2))
    weighted = quick().fit(FEW[:20], Y_FEW[:20], np.full(20, 2.0))
    np.testing.assert_allclose(
        weighted.predict_proba(FEW), twice.predict_proba(FEW), rtol=1e-4, atol=1e-6
    )


# Copies of rows, and groups


def noisy_table(n, seed):
    """Return a table as from `make_table`, with noisy labels."""
    table, y = make_table(n, seed)
    return table, np.where(np.random.default_rng(seed).random(n) < 0.25, "warm", y)


NOISY, Y_NOISY = noisy_table(200, 2)
NOISY_NEW, Y_NOISY_NEW = noisy_table(1000, 3)


def repeated(rows):
    return NOISY.iloc[rows].reset_index(drop=True), Y_NOISY[rows]


@pytest.mark.parametrize("n_copies", [2, 3, 10])
def test_copies_are_as_a_weight(n_copies):
    copies = quick().fit(*repeated(np.tile(np.arange(200), n_copies)))
    weighted = quick().fit(NOISY, Y_NOISY, np.full(200, n_copies))
    np.testing.assert_array_equal(copies.predict_proba(NEW), weighted.predict_proba(NEW))
    assert copies.validation_losses_ == weighted.validation_losses_


@pytest.mark.parametrize("kind", ["thrice", "bootstrap", "some twice"])
def test_copies_do_not_make_the_validation_loss_optimistic(kind):
    rng = np.random.default_rng(0)
    rows = {
        "thrice": np.tile(np.arange(200), 3),
        "bootstrap": rng.integers(0, 200, 200),
        "some twice": np.append(np.arange(200), np.arange(100)),
    }[kind]
    copies = quick(n_folds=10).fit(*repeated(rng.permutation(rows)))
    loss_of_new_rows = log_loss(Y_NOISY_NEW, copies.predict_proba(NOISY_NEW))
    assert copies.validation_loss_ > 0.8 * loss_of_new_rows


def test_copies_count_once_for_the_size_of_the_table():
    X, y = repeated(np.tile(np.arange(40), 2))
    assert list(quick().fit(X, y).members_) == ["linear"]


def test_rows_of_few_columns_are_no_copies():
    X = np.random.default_rng(0).choice(["a", "b"], (200, 3)).astype(object)
    clf = quick().fit(X, X[:, 0] == X[:, 1])
    assert set(clf.members_) == {"decayed", "scaled", "linear"}


def visits(n_patients):
    """Return three rows per patient, which identify the patient but not the label."""
    rng = np.random.default_rng(0)
    patient = np.repeat(np.arange(n_patients), 3)
    X = rng.normal(size=(n_patients, 4))[patient] + rng.normal(scale=0.01, size=(len(patient), 4))
    return X, rng.integers(0, 2, n_patients)[patient], patient


def test_the_validation_loss_is_that_of_new_groups():
    X, y, patient = visits(100)
    parameters = {"hidden_layer_sizes": (64,), "max_iter": 60}
    assert quick(**parameters).fit(X, y).validation_loss_ < 0.5
    assert quick(**parameters).fit(X, y, groups=patient).validation_loss_ > 0.65


def test_with_groups_copies_are_not_merged():
    X, y = repeated(np.tile(np.arange(40), 2))
    assert len(quick().fit(X, y, groups=np.arange(80)).members_) == 3


def test_two_groups_make_two_folds():
    clf = quick(n_folds=3).fit(TABLE, Y, groups=np.arange(300) % 2)
    assert [len(members) for members in clf.members_.values()] == [2] * 3


def test_groups_that_are_classes_are_all_trained_on():
    clf = quick(max_iter=2).fit(TABLE, Y, groups=Y)
    assert np.isnan(clf.validation_loss_)
    assert set(clf.weights_.values()) == {1 / 3}


def test_groups_reach_the_encoder(monkeypatch):
    found = []
    monkeypatch.setattr(
        "skmlp.tabular.encoder.check_groups",
        lambda groups, *others: found.append(list(groups)) or groups,
    )
    weight = np.arange(300) % 2
    quick(max_iter=1).fit(TABLE, Y, weight, groups=np.arange(300) // 2)
    assert found == [list(range(150))]


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([1, 2], r"groups has shape \(2,\)"),
        ([None] * 300, "groups has a missing label"),
        (["a"] * 300, "groups has a single label, 'a'"),
    ],
)
def test_groups_that_are_refused(groups, message):
    with pytest.raises(ValueError, match=message):
        quick().fit(TABLE, Y, groups=groups)


def recorded_groups(monkeypatch):
    """Return a list to which each fit of a classifier appends its groups."""
    found = []

    def recording(groups, *others):
        found.append(groups)
        return check_groups(groups, *others)

    monkeypatch.setattr("skmlp.tabular.classifier.check_groups", recording)
    return found


def test_groups_are_routed_by_a_search(monkeypatch):
    X, y, patient = visits(40)
    found = recorded_groups(monkeypatch)
    with sklearn.config_context(enable_metadata_routing=True):
        clf = quick(max_iter=1).set_fit_request(groups=True)
        search = GridSearchCV(clf, {"dropout": [0.1]}, cv=GroupKFold(2))
        search.fit(X, y, groups=patient)
    assert [len(groups) for groups in found] == [60, 60, 120]
    assert not set(found[0]) & set(found[1])


def test_groups_are_routed_by_a_pipeline(monkeypatch):
    X, y, patient = visits(20)
    found = recorded_groups(monkeypatch)
    with sklearn.config_context(enable_metadata_routing=True):
        clf = quick(max_iter=1).set_fit_request(groups=True)
        make_pipeline(StandardScaler(), clf).fit(X, y, groups=patient)
    np.testing.assert_array_equal(found[0], patient)


def test_callbacks_take_groups():
    pytest.importorskip("sklearn.callback")
    members = Members()
    quick().set_callbacks(members).fit(TABLE, Y, groups=np.arange(300) // 2)
    assert len(members.models) == 6


# Names of columns


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
def test_names_of_columns_must_agree(method):
    X = pd.DataFrame(FEW, columns=list("abc"))
    clf, unnamed = quick().fit(X, Y_FEW), quick().fit(FEW, Y_FEW)
    with pytest.raises(ValueError, match="feature names should match"):
        getattr(clf, method)(X[list("bca")])
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        predicted = getattr(clf, method)(FEW)
    with pytest.warns(UserWarning, match="X has feature names"):
        of_unnamed = getattr(unnamed, method)(X)
    np.testing.assert_array_equal(predicted, getattr(clf, method)(X))
    np.testing.assert_array_equal(of_unnamed, predicted)


# Threads


def threads_of(monkeypatch, clf):
    """Return the numbers of threads of a fit and of a prediction of two blocks."""
    found = []

    class Recorder(Parallel):
        def __init__(self, n_jobs, **parameters):
            found.append(n_jobs)
            super().__init__(n_jobs, **parameters)

    monkeypatch.setattr("skmlp.tabular.ensemble.Parallel", Recorder)
    monkeypatch.setattr("skmlp.tabular.ensemble.ROWS_AT_A_TIME", 150)
    clf.fit(TABLE, Y).predict(TABLE)
    return found


@pytest.mark.parametrize("limit", [1, 2])
def test_by_default_there_are_as_many_threads_as_blas_may_use(monkeypatch, limit):
    with threadpool_limits(limit, user_api="blas"):
        assert threads_of(monkeypatch, quick()) == [available_threads()] * 2
        assert available_threads() <= limit


def test_n_jobs_is_used_where_it_is_set(monkeypatch):
    assert threads_of(monkeypatch, quick(n_jobs=1)) == [1, 1]


def test_joblibs_own_setting_is_used(monkeypatch):
    with parallel_config(n_jobs=2):
        assert threads_of(monkeypatch, quick()) == [None, None]


def threads_available(_):
    return available_threads()


def test_the_workers_of_a_search_share_the_cores():
    n_workers = 2
    found = Parallel(n_workers)(delayed(threads_available)(i) for i in range(4))
    assert max(found) <= max(1, cpu_count() // n_workers)


def test_many_rows_are_predicted_the_same_with_any_number_of_threads(monkeypatch):
    monkeypatch.setattr("skmlp.tabular.ensemble.ROWS_AT_A_TIME", 50)
    one, two = (FITTED.set_params(n_jobs=n).predict_proba(NEW) for n in (1, 2))
    FITTED.set_params(n_jobs=None)
    np.testing.assert_array_equal(one, two)
