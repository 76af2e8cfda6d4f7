"""What a fit prints, and what it warns of."""

import re
import warnings

import numpy as np
import pytest
from conftest import make
from sklearn.exceptions import ConvergenceWarning

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*Maximum iterations:sklearn.exceptions.ConvergenceWarning"
)


# Warnings


def test_a_loss_that_rose_is_no_convergence(iris):
    clf = make(solver="sgd", activation="identity", learning_rate_init=1e3)
    with pytest.warns(ConvergenceWarning, match="above that of its first epoch"):
        clf.fit(iris[0] * 100, iris[1])


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


def test_max_time(digits):
    clf = make(max_time=1e-9, max_iter=10_000)
    with pytest.warns(ConvergenceWarning, match="was up after 1 epochs"):
        clf.fit(*digits)


# Printing


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
