import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from skmlp.estimator.inputs import Samples
from skmlp.network.batches import Batch
from skmlp.tabular.members import KINDS, train

rng = np.random.default_rng(0)
Z = rng.normal(size=(200, 5)).astype(np.float32)
Y = (Z[:, 0] + Z[:, 1] * Z[:, 2] > 0).astype(int) + (Z[:, 3] > 1)
CLASSES = np.array(["a", "b", "c"])
KEPT, LEFT_OUT = np.arange(0, 180), np.arange(180, 200)
QUICK = {
    "hidden_layer_sizes": (20,),
    "depth": None,
    "weight_decay": 0.1,
    "learning_rate_init": 0.01,
    "max_iter": 20,
}


def samples(y=Y, weight=None):
    return Samples(None, Batch(Z, y, weight), CLASSES, None, None)


@pytest.mark.parametrize("kind", KINDS)
def test_training_on_some_rows_is_training_on_a_copy_of_them(kind):
    member = KINDS[kind].make(QUICK, 0)
    alone = clone(member).fit(Z[KEPT], CLASSES[Y[KEPT]])
    train(member, samples(), KEPT, LEFT_OUT)
    np.testing.assert_array_equal(member.parameters_, alone.parameters_)


def test_weights_of_the_rows_kept_count():
    weight = rng.uniform(size=len(Y))
    member = KINDS["wide"].make(QUICK, 0)
    alone = clone(member).fit(Z[KEPT], Y[KEPT], weight[KEPT])
    train(member, samples(weight=weight), KEPT, LEFT_OUT)
    np.testing.assert_array_equal(member.parameters_, alone.parameters_)


def test_rows_left_out_are_predicted():
    member, log_P = train(KINDS["scaled"].make(QUICK, 0), samples(), KEPT, LEFT_OUT)
    np.testing.assert_array_equal(log_P, member.predict_log_proba(Z[LEFT_OUT]))


def test_a_class_that_no_row_kept_is_of_has_a_column():
    y = np.where(np.arange(200) < 180, Y % 2, 2)
    member, log_P = train(KINDS["linear"].make(QUICK, 0), samples(y), KEPT, LEFT_OUT)
    assert log_P.shape == (20, 3)
    assert member.classes_.tolist() == ["a", "b", "c"]


def test_no_rows_left_out_are_no_log_probabilities():
    _, log_P = train(KINDS["linear"].make(QUICK, 0), samples(), KEPT, LEFT_OUT[:0])
    assert log_P.shape == (0, 3)


def test_what_users_set_is_of_the_networks_alone():
    settings = {**QUICK, "dropout": 0.5}
    dropouts = {kind: KINDS[kind].make(settings, 0).dropout for kind in KINDS}
    assert dropouts == {"wide": 0.5, "narrow": 0.5, "scaled": 0.5, "linear": 0}


@pytest.mark.parametrize(
    "settings", [{"depth": 2, "hidden_layer_sizes": 9}, {"hidden_layer_sizes": (9, 9)}]
)
def test_narrow_networks_have_half_the_width_and_are_held_down(settings):
    member = KINDS["narrow"].make({**QUICK, **settings}, 0)
    assert member.fit(Z, Y).layer_sizes_ == (5, 4, 4, 3)
    assert member.weight_decay == pytest.approx(2.0)
    assert member.learning_rate_init == pytest.approx(0.003)


def test_a_member_takes_little_more_memory_than_its_weights():
    member, _ = train(
        KINDS["wide"].make({**QUICK, "hidden_layer_sizes": 500}, 0), samples(), KEPT, LEFT_OUT
    )
    assert len(pickle.dumps(member)) < 1.5 * member.parameters_.nbytes


def test_divergence_is_said():
    member = KINDS["scaled"].make({**QUICK, "learning_rate_init": 1e30}, 0)
    with pytest.warns(ConvergenceWarning, match="diverged"):
        train(member, samples(), KEPT, LEFT_OUT)
