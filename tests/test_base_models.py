import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from skmlp.network.batches import Batch
from skmlp.tabular.base_models import (
    ALPHAS,
    BASE_MODELS,
    _folds_of_distinct_rows,
    choose_alpha,
    train,
)

rng = np.random.default_rng(0)
Z = rng.normal(size=(200, 5)).astype(np.float32)
Y = (Z[:, 0] + Z[:, 1] * Z[:, 2] > 0).astype(int) + (Z[:, 3] > 1)
CLASSES = np.array(["a", "b", "c"])
TRAIN, VALIDATION = np.arange(0, 180), np.arange(180, 200)
QUICK = {
    "hidden_layer_sizes": (20,),
    "depth": None,
    "weight_decay": 0.1,
    "learning_rate_init": 0.01,
    "max_iter": 20,
}


def trained(member, y=Y, weight=None, held_out=VALIDATION):
    """Return the results of `train` for a base model and some rows of a table."""
    table = Batch(Z, y, weight)
    return train(member, CLASSES, table.select(TRAIN), table.select(held_out))


@pytest.mark.parametrize("name", BASE_MODELS)
def test_training_on_some_rows_is_training_on_a_copy_of_them(name):
    member = BASE_MODELS[name].make(QUICK, 0)
    alone = clone(member).fit(Z[TRAIN], CLASSES[Y[TRAIN]])
    trained(member)
    np.testing.assert_array_equal(member.parameters_, alone.parameters_)


def test_weights_of_the_training_rows_count():
    weight = rng.uniform(size=len(Y))
    member = BASE_MODELS["piecewise"].make(QUICK, 0)
    alone = clone(member).fit(Z[TRAIN], Y[TRAIN], weight[TRAIN])
    trained(member, weight=weight)
    np.testing.assert_array_equal(member.parameters_, alone.parameters_)


def test_validation_rows_are_predicted():
    member, log_P = trained(BASE_MODELS["scaled"].make(QUICK, 0))
    np.testing.assert_array_equal(log_P, member.predict_log_proba(Z[VALIDATION]))


def test_a_class_without_training_rows_has_a_column():
    y = np.where(np.arange(200) < 180, Y % 2, 2)
    member, log_P = trained(BASE_MODELS["linear"].make(QUICK, 0), y)
    assert log_P.shape == (20, 3)
    assert member.classes_.tolist() == ["a", "b", "c"]


def test_without_validation_rows_there_are_no_log_probabilities():
    _, log_P = trained(BASE_MODELS["linear"].make(QUICK, 0), held_out=VALIDATION[:0])
    assert log_P.shape == (0, 3)


def test_settings_of_users_are_for_the_networks_alone():
    settings = {**QUICK, "dropout": 0.5}
    dropouts = {name: BASE_MODELS[name].make(settings, 0).dropout for name in BASE_MODELS}
    assert dropouts == {"piecewise": 0.5, "decayed": 0.5, "scaled": 0.5, "linear": 0}


def test_decayed_networks_have_small_steps_and_strong_weight_decay():
    member = BASE_MODELS["decayed"].make(QUICK, 0)
    assert member.weight_decay == pytest.approx(2.0)
    assert member.learning_rate_init == pytest.approx(0.003)


def test_scaled_networks_have_large_steps():
    assert BASE_MODELS["scaled"].make(QUICK, 0).learning_rate_init == pytest.approx(0.02)


def test_a_base_model_takes_little_more_memory_than_its_weights():
    member, _ = trained(BASE_MODELS["piecewise"].make({**QUICK, "hidden_layer_sizes": 500}, 0))
    assert len(pickle.dumps(member)) < 1.5 * member.parameters_.nbytes


def test_divergence_is_a_warning():
    member = BASE_MODELS["scaled"].make({**QUICK, "learning_rate_init": 1e30}, 0)
    with pytest.warns(ConvergenceWarning, match="diverged"):
        trained(member)


# The penalty of softmax regressions


def chosen(y, weight=None, rows=slice(None)):
    return choose_alpha(Batch(Z[rows], y[rows], weight), CLASSES)


NOISE = np.random.default_rng(1).integers(3, size=200)


def test_the_penalty_is_small_where_the_classes_are_separable():
    assert chosen((Z[:, 0] > 0).astype(int)) == min(ALPHAS)


def test_the_penalty_is_large_where_there_is_nothing_to_learn():
    assert chosen(NOISE) == max(ALPHAS)


def test_the_penalty_is_large_where_no_class_has_two_rows():
    assert chosen(np.arange(200), rows=slice(3)) == max(ALPHAS)


def test_the_penalty_is_chosen_by_weighted_losses():
    even = np.arange(200) % 2 == 0
    y = np.where(even, NOISE, Z[:, 0] > 0)
    assert chosen(y, np.where(even, 1e-3, 1.0)) == min(ALPHAS)
    assert chosen(y, np.where(even, 1.0, 1e-3)) == max(ALPHAS)


def test_equal_rows_are_held_out_together():
    folds = _folds_of_distinct_rows(np.tile(Z, (2, 1)), np.tile(Y, 2))
    np.testing.assert_array_equal(folds[:200], folds[200:])
    assert set(folds) == set(range(10))


def test_a_row_alone_in_its_class_is_never_held_out():
    folds = _folds_of_distinct_rows(Z[[0, 0, 1, 2]], np.array([0, 0, 1, 1]))
    assert folds.tolist()[:2] == [10, 10]
    assert set(folds[2:]) < set(range(10))
