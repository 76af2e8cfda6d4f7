import pickle

import numpy as np
import pytest
from conftest import make
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import make_multilabel_classification
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from skmlp.export import from_sklearn, to_sklearn

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
def test_from_sklearn_has_the_same_probabilities(iris, activation, solver, n_classes):
    X, y = (part[: 50 * n_classes] for part in iris)
    mlp = MLPClassifier((7, 5), activation, solver=solver, max_iter=30, random_state=0).fit(X, y)
    clf = from_sklearn(mlp)
    assert_allclose(clf.predict_proba(X), mlp.predict_proba(X), rtol=1e-12, atol=1e-12)
    assert_array_equal(clf.predict(X), mlp.predict(X))


def test_from_sklearn_carries_parameters_and_attributes(iris):
    pd = pytest.importorskip("pandas")
    X = pd.DataFrame(iris[0], columns=list("abcd"))
    mlp = MLPClassifier((7,), alpha=0.3, early_stopping=True, max_iter=20).fit(X, iris[1])
    clf = from_sklearn(mlp)
    assert mlp.get_params().items() <= clf.get_params().items()
    for name in ("n_iter_", "t_", "loss_curve_", "loss_", "validation_scores_", "n_layers_"):
        assert getattr(clf, name) == getattr(mlp, name)
    assert_array_equal(clf.feature_names_in_, mlp.feature_names_in_)


def test_training_continues_from_sklearn(iris):
    X, y = iris
    mlp = MLPClassifier((7,), max_iter=5, random_state=0).fit(X, y)
    clf = from_sklearn(mlp)
    for _ in range(20):
        clf.partial_fit(X, y)
    assert clf.loss_ < mlp.loss_
    assert_allclose(mlp.coefs_[0], from_sklearn(mlp).coefs_[0])


def test_from_sklearn_keeps_float32(iris):
    mlp = MLPClassifier((7,), max_iter=5).fit(iris[0].astype(np.float32), iris[1])
    assert from_sklearn(mlp).parameters_.dtype == np.float32


def test_from_sklearn_of_another_estimator(iris):
    with pytest.raises(TypeError, match="must be an MLPClassifier, got LogisticRegression"):
        from_sklearn(LogisticRegression())


def test_from_sklearn_of_several_labels():
    X, Y = make_multilabel_classification(random_state=0)
    with pytest.raises(ValueError, match="one label per sample"):
        from_sklearn(MLPClassifier(max_iter=2).fit(X, Y))


def test_a_subclass_with_parameters_of_its_own(iris):
    class Extended(MLPClassifier):
        def __init__(self, max_iter=200, random_state=None, extra=1):
            super().__init__(max_iter=max_iter, random_state=random_state)
            self.extra = extra

    source = Extended(max_iter=500, random_state=np.random.RandomState(0)).fit(*iris)
    position = source.random_state.get_state()[2]
    clf = from_sklearn(source)
    assert clf.max_iter == 500
    assert source.random_state.get_state()[2] == position


LABELS = {
    "numbers": np.array([3, 5, 9]),
    "floats": np.array([0.0, 1.0, 2.0]),
    "strings": np.array(["a", "bb", "c"]),
    "objects": np.array(["a", "bb", "c"], dtype=object),
    "booleans": np.array([False, True]),
}


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("labels", sorted(LABELS))
def test_to_sklearn_predicts_the_same(iris, labels, n_classes):
    names = LABELS[labels][:n_classes]
    X, y = iris[0], names[iris[1] % len(names)]
    clf = make(hidden_layer_sizes=(7, 5), activation="tanh").fit(X, y)
    mlp = to_sklearn(clf)
    assert_allclose(mlp.predict_proba(X), clf.predict_proba(X), rtol=0, atol=1e-12)
    assert_array_equal(mlp.predict(X), clf.predict(X))
    assert_array_equal(mlp.classes_, clf.classes_)
    assert mlp.score(X, y) == clf.score(X, y)


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "sigmoid", "identity"])
def test_to_sklearn_has_the_activation(iris, activation):
    clf = make(depth=2, activation=[activation] * 2).fit(*iris)
    mlp = to_sklearn(clf)
    assert mlp.activation == activation.replace("sigmoid", "logistic")
    assert mlp.hidden_layer_sizes == (8, 8)
    assert_allclose(mlp.predict_proba(iris[0]), clf.predict_proba(iris[0]), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"hidden_layer_sizes": (), "activation": "tanh"},
        {"solver": "sgd", "learning_rate": "adaptive", "alpha": 0.1, "batch_size": 20},
        {"solver": "lbfgs", "max_fun": 500},
        {"early_stopping": True, "n_iter_no_change": np.inf, "random_state": None},
    ],
)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_to_sklearn_and_back_is_the_same(iris, parameters, n_classes):
    X, y = (part[: 50 * n_classes] for part in iris)
    clf = make(**{"learning_rate": "constant", "learning_rate_init": 0.01, **parameters}).fit(X, y)
    again = from_sklearn(to_sklearn(clf))
    assert again.get_params() == clf.get_params()
    assert_array_equal(again.parameters_, clf.parameters_)
    assert_array_equal(again.classes_, clf.classes_)
    assert_array_equal(again.predict_proba(X), clf.predict_proba(X))
    for name in ("loss_curve_", "validation_scores_", "best_loss_", "best_validation_score_"):
        assert getattr(again, name) == getattr(clf, name)
    assert (again.n_iter_, again.t_, again.loss_) == (clf.n_iter_, clf.t_, clf.loss_)


def attributes(mlp):
    """Return the attributes that do not depend on the course of training."""
    return {
        name: np.ndim(value) if isinstance(value, float) else type(value)
        for name, value in vars(mlp).items()
        if name != "_optimizer"
    }


@pytest.mark.parametrize("early_stopping", [True, False])
def test_to_sklearn_has_the_attributes_of_its_own_fit(iris, early_stopping):
    parameters = {"early_stopping": early_stopping, "max_iter": 15, "random_state": 0}
    pd = pytest.importorskip("pandas")
    X = pd.DataFrame(iris[0], columns=list("abcd"))
    own = MLPClassifier((8,), **parameters).fit(X, iris[1])
    mlp = to_sklearn(make(**parameters).fit(X, iris[1]))
    assert attributes(mlp) == attributes(own)
    assert mlp._label_binarizer.y_type_ == own._label_binarizer.y_type_
    assert mlp.out_activation_ == own.out_activation_
    assert_array_equal(mlp.feature_names_in_, own.feature_names_in_)


@pytest.mark.parametrize("parameters", [{}, {"solver": "sgd"}, {"random_state": None}])
@pytest.mark.parametrize("copied", [lambda mlp: mlp, lambda mlp: pickle.loads(pickle.dumps(mlp))])
def test_training_continues_in_sklearn(iris, parameters, copied):
    clf = make(**parameters).fit(*iris)
    before = clf.parameters_.copy()
    mlp = copied(to_sklearn(clf))
    for _ in range(20):
        mlp.partial_fit(*iris)
    assert mlp.loss_ < clf.loss_
    assert len(mlp.loss_curve_) == 35
    assert_array_equal(clf.parameters_, before)


@pytest.mark.parametrize("parameters", [{}, {"solver": "lbfgs"}, {"early_stopping": True}])
def test_a_warm_start_in_sklearn(iris, parameters):
    clf = make(warm_start=True, **parameters).fit(*iris)
    mlp = to_sklearn(clf).fit(*iris)
    assert mlp.loss_ < clf.loss_


def test_the_best_epoch_of_several_fits_of_sklearn(iris):
    mlp = MLPClassifier((5,), early_stopping=True, warm_start=True, max_iter=20, random_state=0)
    clf = from_sklearn(mlp.fit(*iris).fit(*iris))
    assert clf.validation_scores_[clf.best_epoch_ - 1] == clf.best_validation_score_
    assert clf.best_validation_score_ == mlp.best_validation_score_


def test_training_in_sklearn_gives_the_same_weights(iris):
    X, y = iris
    parameters = {"solver": "sgd", "momentum": 0, "shuffle": False, "alpha": 0.0}
    clf = make(**parameters).partial_fit(X, y, classes=[0, 1, 2])
    mlp = to_sklearn(clf)
    for _ in range(5):
        mlp.partial_fit(X, y)
        clf.partial_fit(X, y)
    assert_allclose(mlp.coefs_[0], clf.coefs_[0], rtol=1e-12)
    assert_allclose(mlp.loss_curve_, clf.loss_curve_, rtol=1e-12)


def test_the_count_of_epochs_without_improvement_continues(iris):
    clf = make(max_iter=5, tol=1e6).fit(*iris)
    mlp = to_sklearn(clf.set_params(n_iter_no_change=7))
    for _ in range(2):
        mlp.partial_fit(*iris)
    assert mlp._no_improvement_count == 4 + 2  # the first epoch is better than none


def test_to_sklearn_replaces_parameters_that_mlp_classifier_lacks(iris):
    clf = make(solver="adamw", learning_rate="cosine", max_iter="auto", dropout=0.1)
    clf.class_weight = "balanced"
    mlp = to_sklearn(clf.fit(*iris))
    assert (mlp.solver, mlp.learning_rate, mlp.max_iter) == ("adam", "constant", 200)
    assert_allclose(mlp.predict_proba(iris[0]), clf.predict_proba(iris[0]), rtol=0, atol=1e-12)


def test_early_stopping_begins_in_sklearn(iris):
    clf = make(warm_start=True).fit(*iris).set_params(early_stopping=True)
    mlp = to_sklearn(clf).fit(*iris)
    assert len(mlp.validation_scores_) == mlp.n_iter_
    assert mlp.best_validation_score_ == max(mlp.validation_scores_)


def test_to_sklearn_copies_the_random_state(iris):
    clf = make(random_state=np.random.RandomState(0)).fit(*iris)
    position = clf.random_state.get_state()[2]
    to_sklearn(clf).partial_fit(*iris)
    assert clf.random_state.get_state()[2] == position


def test_to_sklearn_can_be_cloned_and_fitted(iris):
    mlp = clone(to_sklearn(make().fit(*iris)).set_params(max_iter=200))
    assert mlp.fit(*iris).score(*iris) > 0.8


def test_to_sklearn_keeps_float32(iris):
    clf = make(dtype="float32").fit(*iris)
    mlp = to_sklearn(clf)
    assert mlp.coefs_[0].dtype == np.float32
    X = iris[0].astype(np.float32)
    assert_allclose(mlp.predict_proba(X), clf.predict_proba(X), rtol=1e-5)


@pytest.mark.parametrize("activation", ["gelu", ["relu", "tanh"]])
def test_to_sklearn_of_other_activations(iris, activation):
    clf = make(depth=2, activation=activation).fit(*iris)
    with pytest.raises(ValueError, match=r"one activation .*'tanh', 'relu'.*are \("):
        to_sklearn(clf)


def test_to_sklearn_of_one_class(iris):
    clf = make().fit(iris[0], np.zeros(150))
    with pytest.raises(ValueError, match="two classes or more, but this network has"):
        to_sklearn(clf)


@pytest.mark.parametrize("something_else", [make, MLPClassifier()])
def test_to_sklearn_of_another_estimator(something_else):
    with pytest.raises(TypeError, match="clf must be an MLPSoftmaxClassifier, got "):
        to_sklearn(something_else)


def test_to_sklearn_before_fit():
    with pytest.raises(NotFittedError):
        to_sklearn(make())
