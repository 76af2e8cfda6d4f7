import numpy as np
import pytest
from conftest import make
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skmlp import (
    GridDisplay,
    MembersDisplay,
    MLPSoftmaxClassifier,
    TabularMLPClassifier,
    TrainingCurveDisplay,
    WeightsDisplay,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(autouse=True)
def pyplot():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    yield plt
    plt.close("all")


@pytest.fixture(scope="module")
def stopped(iris):
    clf = MLPSoftmaxClassifier(early_stopping=True, learning_rate="cosine", random_state=0)
    return clf.fit(*iris)


@pytest.fixture(scope="module")
def search(iris):
    clf = MLPSoftmaxClassifier(10, max_iter=30, tol=1, random_state=0)
    pipeline = Pipeline([("scale", StandardScaler()), ("mlp", clf)])
    grid = {
        "mlp__depth": [0, 1, 2],
        "mlp__activation": ["relu", "tanh"],
        "mlp__alpha": [1e-4, 1000.0],
    }
    return GridSearchCV(pipeline, grid, cv=3).fit(*iris)


def test_each_recorded_curve_has_axes(stopped):
    display = TrainingCurveDisplay.from_estimator(stopped)
    labels = [ax.get_ylabel() for ax in display.axes_]
    assert labels == ["Loss", "Validation\naccuracy", "Learning rate"]
    assert display.ax_ is display.axes_[0]
    assert display.figure_ is display.ax_.figure


def test_the_curves_are_those_of_the_estimator(stopped):
    training, validation, *_ = TrainingCurveDisplay.from_estimator(stopped).ax_.lines
    assert training.get_ydata().tolist() == stopped.loss_curve_
    assert validation.get_ydata().tolist() == stopped.validation_loss_curve_
    assert training.get_xdata().tolist() == list(range(1, stopped.n_iter_ + 1))


def test_the_loss_is_not_plotted_twice(iris):
    clf = make(early_stopping=True, scoring="loss", n_iter_no_change=1)
    assert len(TrainingCurveDisplay.from_estimator(clf.fit(*iris)).axes_) == 1


def test_the_best_epoch_is_marked(stopped):
    display = TrainingCurveDisplay.from_estimator(stopped)
    assert display.best_epoch == stopped.best_epoch_


def test_no_best_epoch_without_early_stopping(iris):
    X, y = iris
    clf = MLPSoftmaxClassifier(tol=0.1, random_state=0).fit(X, y, X_val=X, y_val=y)
    assert TrainingCurveDisplay.from_estimator(clf).best_epoch is None


def test_a_constant_rate_is_not_plotted(iris):
    clf = make(tol=0.1).fit(*iris)
    assert len(TrainingCurveDisplay.from_estimator(clf).axes_) == 1


def test_losses_on_given_axes(stopped, pyplot):
    ax = pyplot.gca()
    display = TrainingCurveDisplay.from_estimator(stopped, ax=ax)
    assert display.axes_ == [ax]


@pytest.mark.parametrize(
    ("scoring", "name"),
    [
        (None, "Validation accuracy"),
        ("balanced_accuracy", "Validation balanced accuracy"),
        (lambda clf, X, y: 0.5, "Validation score"),
    ],
)
def test_the_score_has_its_name(iris, scoring, name):
    clf = MLPSoftmaxClassifier(early_stopping=True, scoring=scoring, n_iter_no_change=1)
    assert TrainingCurveDisplay.from_estimator(clf.fit(*iris)).score_name == name


@pytest.mark.parametrize("display", [TrainingCurveDisplay, WeightsDisplay])
def test_a_pipeline(search, display):
    assert display.from_estimator(search.best_estimator_).figure_


@pytest.mark.parametrize("display", [TrainingCurveDisplay, WeightsDisplay])
def test_not_fitted(display):
    with pytest.raises(NotFittedError):
        display.from_estimator(MLPSoftmaxClassifier())


@pytest.mark.parametrize("display", [TrainingCurveDisplay, WeightsDisplay])
def test_another_estimator(iris, display):
    with pytest.raises(TypeError, match=r"MLPSoftmaxClassifier, or a Pipeline.*LogisticRegression"):
        display.from_estimator(LogisticRegression().fit(*iris))


def test_weights_as_images(digits):
    clf = MLPSoftmaxClassifier(12, max_iter=5, tol=1, random_state=0).fit(*digits)
    display = WeightsDisplay.from_estimator(clf, image_shape=(8, 8), n_units=7)
    assert len(display.axes_) == 7
    norms = np.linalg.norm(clf.coefs_[0], axis=0)
    strongest = clf.coefs_[0][:, norms.argmax()].reshape(8, 8)
    np.testing.assert_array_equal(display.ax_.images[0].get_array(), strongest)


def test_weights_of_classes_as_images(digits):
    clf = MLPSoftmaxClassifier((), max_iter=5, tol=1, random_state=0).fit(*digits)
    display = WeightsDisplay.from_estimator(clf, image_shape=(8, 8), n_units=3)
    assert [ax.get_title() for ax in display.axes_] == list("0123456789")


def test_weights_by_feature_name(iris):
    pd = pytest.importorskip("pandas")
    X, y = iris
    clf = MLPSoftmaxClassifier(5, max_iter=5, tol=1, random_state=0)
    clf.fit(pd.DataFrame(X, columns=list("abcd")), y)
    display = WeightsDisplay.from_estimator(clf)
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == list("abcd")
    assert display.ax_.images[0].get_array().shape == (4, 5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image_shape": (3, 3)}, "image_shape=.* 9 pixels.* 4 features"),
        ({"feature_names": ["a"]}, "feature_names has 1 names.* 4 features"),
    ],
)
def test_arguments_that_do_not_match_the_number_of_features(stopped, arguments, message):
    with pytest.raises(ValueError, match=message):
        WeightsDisplay.from_estimator(stopped, **arguments)


def test_images_need_their_own_axes(stopped, pyplot):
    with pytest.raises(ValueError, match="ax is for the heat map"):
        WeightsDisplay.from_estimator(stopped, image_shape=(2, 2), ax=pyplot.gca())


def test_grid_shows_the_best_of_each_pair(search):
    display = GridDisplay.from_search(search)
    assert display.mean.shape == (2, 3)
    results = search.cv_results_
    for candidate, mean in zip(results["params"], results["mean_test_score"], strict=True):
        line = display.line_values.index(candidate["mlp__activation"])
        x = display.x_values.index(candidate["mlp__depth"])
        assert display.mean[line, x] >= mean
    assert display.mean.max() == search.best_score_


def test_grid_over_other_parameters(search):
    display = GridDisplay.from_search(search, x="mlp__alpha", line="depth")
    assert (display.x_name, display.line_name) == ("alpha", "depth")
    assert display.x_values == [1e-4, 1000.0]


def test_grid_on_given_axes(search, pyplot):
    ax = pyplot.gca()
    assert GridDisplay.from_search(search, ax=ax).ax_ is ax


def test_grid_with_a_parameter_that_was_not_searched(search):
    with pytest.raises(ValueError, match=r"'width' must name one of .* mlp__activation"):
        GridDisplay.from_search(search, x="width")


def test_grid_with_several_scores(iris):
    clf = MLPSoftmaxClassifier(tol=1, max_iter=20)
    search = GridSearchCV(
        clf, {"depth": [0, 1]}, cv=2, scoring=["accuracy", "neg_log_loss"], refit=False
    )
    with pytest.raises(ValueError, match="several scores"):
        GridDisplay.from_search(search.fit(*iris))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("first", [True, False])
def test_a_partial_curve_is_plotted_at_its_epochs(iris, first):
    clf = MLPSoftmaxClassifier(warm_start=True, max_iter=3, random_state=0)
    for early_stopping in (first, not first):
        clf.set_params(early_stopping=early_stopping).fit(*iris)
    display = TrainingCurveDisplay.from_estimator(clf)
    shown = np.isfinite(display.ax_.lines[1].get_ydata())
    assert shown.tolist() == [first] * 3 + [not first] * 3


def test_no_epoch_to_plot(iris):
    X, y = iris
    with pytest.warns(UserWarning, match="diverged"):
        clf = MLPSoftmaxClassifier(dtype="float32", random_state=0).fit(X * 1e200, y)
    assert clf.best_loss_ is None
    with pytest.raises(ValueError, match="There is no training to plot"):
        TrainingCurveDisplay.from_estimator(clf)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n_units": 0}, "n_units=0"),
        ({"n_units": 2.5}, r"n_units=2\.5"),
        ({"image_shape": 4}, "image_shape=4 is not allowed"),
        ({"image_shape": (-2, -2)}, "image_shape=.* is not allowed"),
        ({"image_shape": (4,)}, "image_shape=.* is not allowed"),
    ],
    ids=str,
)
def test_arguments_of_weights_that_are_refused(stopped, wrong, message):
    with pytest.raises(ValueError, match=message):
        WeightsDisplay.from_estimator(stopped, **wrong)


class Searched(BaseEstimator):
    """A fitted search."""

    def __init__(self, params, scores):
        self.params, self.scores = params, scores
        names = {f"param_{name}": None for candidate in params for name in candidate}
        self.cv_results_ = {
            "params": params,
            "mean_test_score": np.array(scores),
            "std_test_score": np.zeros(len(scores)),
            **names,
        }

    def fit(self):
        pass


def test_a_search_over_several_grids():
    params = [{"depth": 0}, {"depth": 1, "activation": "relu"}, {"depth": 1, "activation": "tanh"}]
    display = GridDisplay.from_search(Searched(params, [0.1, 0.2, 0.3]))
    assert display.line_values == ["default", "relu", "tanh"]
    assert display.mean[0, 0] == 0.1


def test_a_grid_over_lists_and_a_candidate_that_failed():
    params = [{"hidden_layer_sizes": [5], "activation": ["relu"]}] * 2
    display = GridDisplay.from_search(Searched(params, [0.4, np.nan]), x="hidden_layer_sizes")
    assert display.mean.tolist() == [[0.4]]


def test_one_parameter_alone():
    search = Searched([{"depth": 0}, {"depth": 1}], [0.5, 0.6])
    display = GridDisplay.from_search(search, line=None)
    assert display.mean.tolist() == [[0.5, 0.6]]
    assert display.ax_.get_legend() is None


def test_a_classifier_is_not_a_search(stopped):
    with pytest.raises(TypeError, match="search must be a GridSearchCV"):
        GridDisplay.from_search(stopped)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_best_epoch_is_of_the_last_fit(iris):
    X, y = iris
    clf = MLPSoftmaxClassifier(early_stopping=True, warm_start=True, max_iter=4, random_state=0)
    clf.fit(X, y).fit(X, y)
    display = TrainingCurveDisplay.from_estimator(clf)
    scores, losses = clf.validation_scores_[-4:], clf.validation_loss_curve_[-4:]
    best = min(range(4), key=lambda i: (-scores[i], losses[i]))
    assert display.best_epoch == 5 + best


def test_many_feature_names_do_not_overlap():
    names = [f"feature {i}" for i in range(120)]
    display = WeightsDisplay(np.ones((120, 2)), feature_names=names).plot()
    assert len(display.ax_.get_yticks()) <= 50


def test_the_units_of_softmax_regression_are_classes(iris):
    X, y = iris
    clf = MLPSoftmaxClassifier(depth=0, solver="lbfgs", alpha=1.0, tol=0.01, random_state=0)
    display = WeightsDisplay.from_estimator(clf.fit(X, np.array(["a", "b", "ccccc"])[y]))
    assert display.ax_.get_xlabel() == "Class"


@pytest.fixture(scope="module")
def ensemble(iris):
    return TabularMLPClassifier(8, n_folds=2, max_iter=5, random_state=0).fit(*iris)


def test_each_base_model_is_a_point(ensemble):
    losses, _ = MembersDisplay.from_estimator(ensemble).axes_
    points = {tuple(line.get_xdata()) for line in losses.lines if line.get_marker() == "o"}
    assert points == set(map(tuple, ensemble.validation_losses_.values()))


def test_the_loss_of_the_ensemble_is_a_line(ensemble):
    losses, _ = MembersDisplay.from_estimator(ensemble).axes_
    assert losses.lines[-1].get_xdata() == [ensemble.validation_loss_] * 2


def test_weights_are_bars_with_the_temperature_beside(ensemble):
    _, weights = MembersDisplay.from_estimator(ensemble).axes_
    assert [bar.get_width() for bar in weights.patches] == list(ensemble.weights_.values())
    temperatures = [f"T = {T:.2f}" for T in ensemble.temperatures_.values()]
    assert [text.get_text() for text in weights.texts] == temperatures


def test_the_axis_of_the_weights_ends_at_their_sum(ensemble):
    _, weights = MembersDisplay.from_estimator(ensemble).axes_
    assert weights.get_xlim() == (0, 1)


@pytest.mark.parametrize("weight", [0.0, 0.5, 0.6, 0.61, 1.0])
def test_temperatures_are_within_the_axes(weight):
    losses, temperatures = {"a": [1.0], "b": [1.0]}, {"a": 10.0, "b": 10.0}
    display = MembersDisplay(losses, {"a": weight, "b": 1 - weight}, temperatures, 1.0).plot()
    display.figure_.canvas.draw()
    ax = display.axes_[1]
    assert all(text.get_window_extent().x1 <= ax.bbox.x1 for text in ax.texts)


def test_types_are_named_from_the_top(ensemble):
    ax, _ = MembersDisplay.from_estimator(ensemble).axes_
    assert [tick.get_text() for tick in ax.get_yticklabels()] == list(ensemble.weights_)
    assert ax.yaxis_inverted()


def test_members_on_given_axes(ensemble, pyplot):
    figure, axes = pyplot.subplots(1, 2)
    display = MembersDisplay.from_estimator(ensemble, axes=axes)
    assert display.figure_ is figure
    assert display.axes_ == list(axes)


def test_a_single_member(iris):
    X, y = iris
    clf = TabularMLPClassifier().fit(X[::5], y[::5])
    display = MembersDisplay.from_estimator(clf)
    display.figure_.canvas.draw()
    assert [bar.get_width() for bar in display.axes_[1].patches] == [1]


def test_a_single_network_has_no_members(stopped):
    with pytest.raises(TypeError, match="a fitted TabularMLPClassifier"):
        MembersDisplay.from_estimator(stopped)


def test_members_need_two_axes(ensemble, pyplot):
    with pytest.raises(ValueError, match=r"axes must be a sequence of two axes, .* got 1"):
        MembersDisplay.from_estimator(ensemble, axes=[pyplot.gca()])
