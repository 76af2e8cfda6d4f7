import warnings
from contextlib import suppress

import joblib
import numpy as np
import pytest
import sklearn
from numpy.testing import assert_array_equal
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.fixes import parse_version

from skmlp import Checkpoint, MLPSoftmaxClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
HAS_CALLBACKS = parse_version(sklearn.__version__) >= parse_version("1.9")
needs_callbacks = pytest.mark.skipif(not HAS_CALLBACKS, reason="scikit-learn >= 1.9")


class Recorder:
    """A callback that records its calls; it stops training, or fails, in a given epoch."""

    def __init__(self, stop_in=None, fail_in=None):
        self.stop_in, self.fail_in = stop_in, fail_in

    def setup(self, estimator, context):
        self.epochs, self.models, self.arguments, self.ends = 0, [], [], 0

    def teardown(self, estimator, context):
        self.torn_down = True

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(
        self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None
    ):
        self.models.append(fitted_estimator)
        self.arguments.append((X, y, metadata))
        if context.task_name != "epoch":
            self.ends += 1
            return None
        self.epochs += 1
        if self.epochs == self.fail_in:
            raise RuntimeError("the callback failed")
        return self.epochs == self.stop_in


def make(**parameters):
    return MLPSoftmaxClassifier(**{"max_iter": 6, "random_state": 0} | parameters)


@pytest.mark.skipif(HAS_CALLBACKS, reason="scikit-learn < 1.9")
def test_callbacks_need_a_recent_scikit_learn():
    with pytest.raises(ImportError, match=r"scikit-learn 1\.9 or later.*This is scikit-learn 1\."):
        make().set_callbacks()


@needs_callbacks
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_callback_is_called_after_every_epoch(iris, solver):
    recorder = Recorder()
    clf = make(solver=solver, tol=0).set_callbacks(recorder).fit(*iris)
    assert (recorder.epochs, recorder.ends) == (clf.n_iter_, 1)
    assert recorder.torn_down


@needs_callbacks
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_callback_can_stop_the_fit(iris, solver):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clf = make(solver=solver).set_callbacks(Recorder(stop_in=2)).fit(*iris)
    assert clf.n_iter_ == 2


@needs_callbacks
def test_each_epoch_has_its_own_model(iris):
    X, y = iris
    recorder = Recorder()
    make().set_callbacks(recorder).fit(X, y)
    lengths = [len(model.loss_curve_) for model in recorder.models]
    assert lengths == [1, 2, 3, 4, 5, 6, 6]
    scores = [model.predict_proba(X)[0, 0] for model in recorder.models]
    assert len(set(scores)) == 6


@needs_callbacks
def test_a_callback_receives_the_data_as_passed_to_fit(iris):
    pd = pytest.importorskip("pandas")
    X, y = pd.DataFrame(iris[0], columns=list("abcd")), iris[1]
    weight = np.ones(len(y))
    recorder = Recorder()
    make().set_callbacks(recorder).fit(X, y, sample_weight=weight)
    X_told, y_told, metadata = recorder.arguments[0]
    assert X_told is X
    assert y_told is y
    assert metadata["sample_weight"] is weight
    recorder.models[0].predict(X)  # warns if the names of the features are lost


@needs_callbacks
def test_callbacks_do_not_change_the_fit(iris):
    reference = make(dropout=0.2).fit(*iris)
    watched = make(dropout=0.2).set_callbacks(Recorder()).fit(*iris)
    assert_array_equal(reference.parameters_, watched.parameters_)


@needs_callbacks
def test_a_callback_that_fails_leaves_a_usable_estimator(iris):
    clf = make().set_callbacks(Recorder(fail_in=3))
    with pytest.raises(RuntimeError, match="the callback failed"):
        clf.fit(*iris)
    assert len(clf.loss_curve_) == 3
    assert np.isfinite(clf.predict_proba(iris[0])).all()


@needs_callbacks
def test_scoring_monitor_records_a_score_per_epoch(iris):
    from sklearn.callback import ScoringMonitor

    monitor = ScoringMonitor(scoring="accuracy")
    make().set_callbacks(monitor).fit(*iris)
    scores = [row["accuracy"] for row in monitor.get_logs().data if row["task_name"] == "epoch"]
    assert len(scores) == 6


@needs_callbacks
def test_progress_bar_through_a_grid_search(iris, capsys):
    pytest.importorskip("rich")
    from sklearn.callback import ProgressBar

    pipeline = Pipeline([("scale", StandardScaler()), ("mlp", make(max_iter=3))])
    search = GridSearchCV(pipeline, {"mlp__depth": [0, 1]}, cv=2, n_jobs=2)
    search.set_callbacks(ProgressBar(max_propagation_depth=None)).fit(*iris)
    assert "MLPSoftmaxClassifier" in capsys.readouterr().out


# Checkpoints


class Crash(Checkpoint):
    """A checkpoint that crashes after some number of saves."""

    def __init__(self, path, n_writings, **keywords):
        super().__init__(path, **keywords)
        self.left = n_writings

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        super().on_fit_task_end(estimator, context, fitted_estimator=fitted_estimator)
        self.left -= 1
        if not self.left:
            raise RuntimeError("crash")


@needs_callbacks
@pytest.mark.parametrize(
    "setting",
    [
        {},
        {"solver": "sgd", "learning_rate": "adaptive", "tol": 0.05, "n_iter_no_change": 1},
        {"solver": "sgd", "learning_rate": "invscaling"},
        {"solver": "adamw", "learning_rate": "onecycle", "dropout": 0.3, "input_dropout": 0.1},
        {"solver": "nadam", "batch_size": 32, "class_weight": "balanced"},
        {"solver": "rmsprop"},
        {"early_stopping": True, "n_iter_no_change": 2},
    ],
    ids=str,
)
@pytest.mark.parametrize("cut", [1, 5])
def test_a_resumed_fit_equals_one_without_a_crash(iris, tmp_path, setting, cut):
    setting = {"learning_rate_init": 0.01, "max_iter": 10} | setting
    whole = make(**setting).fit(*iris)
    with pytest.raises(RuntimeError, match="crash"):
        make(**setting).set_callbacks(Crash(tmp_path / "model", cut)).fit(*iris)
    resumed = joblib.load(tmp_path / "model").set_params(warm_start=True).fit(*iris)
    assert_array_equal(resumed.parameters_, whole.parameters_)
    assert resumed.loss_curve_ == whole.loss_curve_
    assert resumed.n_iter_ == whole.n_iter_


@needs_callbacks
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_a_fit_that_fails_as_it_is_resumed_can_be_resumed_again(iris, tmp_path, solver):
    setting = {"solver": solver, "early_stopping": True, "learning_rate_init": 0.05, "dropout": 0.1}
    whole = make(**setting, scoring="balanced_accuracy").fit(*iris)
    clf = make(**setting, scoring="balanced_accuracy").set_callbacks(Crash(tmp_path / "model", 3))
    with pytest.raises(RuntimeError, match="crash"):
        clf.fit(*iris)
    resumed = joblib.load(tmp_path / "model").set_params(warm_start=True)
    before = resumed.parameters_.copy()

    def fail(*_):
        raise RuntimeError("no score today")

    with pytest.raises(RuntimeError, match="no score today"):
        resumed.set_params(scoring=fail).fit(*iris)
    assert_array_equal(resumed.parameters_, before)
    resumed.set_params(scoring="balanced_accuracy").fit(*iris)
    assert_array_equal(resumed.parameters_, whole.parameters_)
    assert resumed.validation_scores_ == whole.validation_scores_


class ScoresInOrder:
    """A scorer that returns given numbers, one after the other."""

    def __init__(self, *scores):
        self.left = list(scores)

    def __call__(self, estimator, X, y):
        return self.left.pop(0)


@needs_callbacks
def test_early_stopping_after_a_checkpoint_ignores_earlier_scores(iris, tmp_path):
    own = {"X_val": iris[0], "y_val": iris[1]}
    clf = make(scoring=ScoresInOrder(0.9, 0.8)).set_callbacks(Crash(tmp_path / "model", 2))
    with pytest.raises(RuntimeError, match="crash"):
        clf.fit(*iris, **own)
    setting = {
        "early_stopping": True,
        "warm_start": True,
        "scoring": ScoresInOrder(0.1, 0.3, 0.2, 0.2),
    }
    resumed = joblib.load(tmp_path / "model").set_params(**setting).fit(*iris, **own)
    assert resumed.validation_scores_ == [0.9, 0.8, 0.1, 0.3, 0.2, 0.2]
    assert (resumed.best_epoch_, resumed.best_validation_score_) == (4, 0.3)


@needs_callbacks
def test_a_resumed_lbfgs_ends_at_the_same_minimum(iris, tmp_path):
    setting = {"solver": "lbfgs", "depth": 0, "alpha": 1.0, "max_iter": 200, "tol": 1e-6}
    whole = make(**setting).fit(*iris)
    with suppress(RuntimeError):
        make(**setting).set_callbacks(Crash(tmp_path / "model", 5)).fit(*iris)
    resumed = joblib.load(tmp_path / "model").set_params(warm_start=True).fit(*iris)
    assert resumed.n_iter_ < 200
    np.testing.assert_allclose(
        resumed.predict_proba(iris[0]), whole.predict_proba(iris[0]), atol=1e-4
    )


@needs_callbacks
def test_a_finished_fit_is_written_and_starts_again_on_warm_start(iris, tmp_path):
    clf = make().set_callbacks(Checkpoint(tmp_path / "model", every=100)).fit(*iris)
    stored = joblib.load(tmp_path / "model")
    assert_array_equal(stored.parameters_, clf.parameters_)
    assert stored.set_params(warm_start=True).fit(*iris).n_iter_ == 6


@needs_callbacks
@pytest.mark.parametrize(
    ("keywords", "n_writings"), [({}, 7), ({"every": 4}, 2), ({"seconds": 1000}, 1)]
)
def test_how_often_a_checkpoint_is_written(iris, tmp_path, monkeypatch, keywords, n_writings):
    written = []
    monkeypatch.setattr(
        "skmlp.estimator.checkpoint.write_whole", lambda path, write: written.append(path)
    )
    make().set_callbacks(Checkpoint(tmp_path / "model", **keywords)).fit(*iris)
    assert len(written) == n_writings


@needs_callbacks
def test_a_path_that_cannot_be_written_is_refused_before_training(iris, tmp_path):
    clf = make().fit(*iris)
    before = clf.predict_proba(iris[0])
    for path in (tmp_path, tmp_path / "missing" / "model"):
        with pytest.raises(ValueError, match=r"path=.* must be a file in an existing folder"):
            clf.set_callbacks(Checkpoint(path, every=100)).fit(*iris)
    assert_array_equal(clf.predict_proba(iris[0]), before)


@needs_callbacks
def test_a_resumed_fit_counts_its_weights_once(iris, tmp_path):
    X, y = iris
    weight = np.linspace(1, 9, len(y))
    whole = make().fit(X, y, sample_weight=weight)
    with pytest.raises(RuntimeError, match="crash"):
        make().set_callbacks(Crash(tmp_path / "model", 3)).fit(X, y, sample_weight=weight)
    resumed = joblib.load(tmp_path / "model").set_params(warm_start=True)
    resumed.fit(X, y, sample_weight=weight)
    for clf in (whole, resumed):
        clf.partial_fit(X[:9], y[:9], weight[:9])
    assert_array_equal(resumed.parameters_, whole.parameters_)


@needs_callbacks
def test_partial_fit_of_a_checkpoint_that_diverges_falls_back_to_its_start(iris, tmp_path):
    X, y = iris
    with suppress(RuntimeError):
        make(dtype="float32").set_callbacks(Crash(tmp_path / "model", 3)).fit(X, y)
    clf = joblib.load(tmp_path / "model")
    before = clf.parameters_.copy()
    with pytest.warns(UserWarning, match="diverged"):
        clf.partial_fit(X * 1e200, y)
    assert_array_equal(clf.parameters_, before)


@needs_callbacks
def test_a_resumed_lbfgs_that_had_converged_runs_no_iterations(iris, tmp_path):
    clf = make(solver="lbfgs", tol=0, max_iter=4)
    clf.set_callbacks(Crash(tmp_path / "model", 4))
    with pytest.raises(RuntimeError, match="crash"):
        clf.fit(*iris)
    stored = joblib.load(tmp_path / "model").set_params(warm_start=True)
    assert stored.fit(*iris).n_iter_ == 4


@needs_callbacks
def test_training_a_model_of_an_epoch_does_not_disturb_the_fit(iris):
    class Trainer(Recorder):
        def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
            if context.task_name == "epoch":
                fitted_estimator.set_callbacks().partial_fit(*iris)

    reference = make(dropout=0.2).fit(*iris)
    disturbed = make(dropout=0.2).set_callbacks(Trainer()).fit(*iris)
    assert_array_equal(reference.parameters_, disturbed.parameters_)


# Several fits with one checkpoint


def search_with(clf, X, y, **options):
    return GridSearchCV(clf, {"alpha": [0.1, 10.0]}, cv=2, error_score="raise", **options).fit(X, y)


@needs_callbacks
@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_a_checkpoint_in_a_parallel_search_changes_nothing(iris, tmp_path, backend):
    X, y = iris
    without = search_with(make(), X, y)
    path = tmp_path / "model"
    with joblib.parallel_backend(backend):
        search = search_with(make().set_callbacks(Checkpoint(path)), X, y, n_jobs=2)
    assert_array_equal(
        search.cv_results_["mean_test_score"], without.cv_results_["mean_test_score"]
    )
    assert search.best_params_ == without.best_params_
    assert list(tmp_path.iterdir()) == [path]


@needs_callbacks
def test_after_a_search_a_checkpoint_holds_the_best_estimator(iris, tmp_path):
    clf = make().set_callbacks(Checkpoint(tmp_path / "model"))
    best = search_with(clf, *iris, n_jobs=2).best_estimator_
    stored = joblib.load(tmp_path / "model")
    assert stored.get_params() == best.get_params()
    assert_array_equal(stored.parameters_, best.parameters_)


@needs_callbacks
def test_an_interrupted_refit_is_resumed(iris, tmp_path):
    class CrashInRefit(Checkpoint):
        def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
            super().on_fit_task_end(estimator, context, fitted_estimator=fitted_estimator)
            if len(fitted_estimator._model.state.history.loss_curve) == 3 and not left:
                raise RuntimeError("crash")

    left = list(range(4))  # the fits of the candidates

    def score(estimator, X, y):
        left.pop()
        return estimator.score(X, y)

    whole = search_with(make(), *iris).best_estimator_
    clf = make().set_callbacks(CrashInRefit(tmp_path / "model"))
    with pytest.raises(RuntimeError, match="crash"):
        search_with(clf, *iris, scoring=score)
    resumed = joblib.load(tmp_path / "model").set_params(warm_start=True).fit(*iris)
    assert_array_equal(resumed.parameters_, whole.parameters_)


@needs_callbacks
def test_concurrent_fits_count_their_own_epochs(iris, tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr(
        "skmlp.estimator.checkpoint.write_whole",
        lambda path, write: written.append(len(write.args[0].loss_curve_)),
    )
    checkpoint = Checkpoint(tmp_path / "model", every=4)

    class FitsAnother(Recorder):
        """A callback that starts another fit with the same checkpoint in the third epoch."""

        def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
            if context.task_name == "epoch" and len(fitted_estimator.loss_curve_) == 3:
                make(max_iter=1).set_callbacks(checkpoint).fit(*iris)

    make().set_callbacks(FitsAnother(), checkpoint).fit(*iris)
    assert written == [1, 4, 6]


@needs_callbacks
def test_two_checkpoints_with_one_path(iris, tmp_path):
    path = tmp_path / "model"
    clf = make().set_callbacks(Checkpoint(path), Checkpoint(path, every=4)).fit(*iris)
    assert_array_equal(joblib.load(path).parameters_, clf.parameters_)
    assert list(tmp_path.iterdir()) == [path]


@needs_callbacks
def test_a_relative_path_is_made_absolute(iris, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    clf = make().set_callbacks(Checkpoint("model"))
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    clf.fit(*iris)
    assert (tmp_path / "model").exists()


@pytest.mark.parametrize("wrong", [{"every": 0}, {"every": 1.5}, {"seconds": -1}, {"seconds": "a"}])
def test_wrong_intervals_are_refused(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))}=.* is not allowed"):
        Checkpoint("model", **wrong)
