"""What early stopping and records go by: rows to validate on, and how they are scored."""

from functools import partial
from inspect import signature

import numpy as np
from scipy import sparse
from sklearn.metrics import check_scoring
from sklearn.model_selection import train_test_split

from skmlp.estimator.compat import metric_of, safe_indexing
from skmlp.estimator.reports import errors_that_say

__all__ = ["find_scorer", "hold_out", "score_on"]


def find_scorer(estimator):
    """Give what `scoring` means: "accuracy", "loss" or a scorer.

    Raises
    ------
    ValueError
        If there is no such scorer.
    """
    scoring = estimator.scoring
    if scoring is None:
        return "accuracy"
    if isinstance(scoring, str) and scoring in ("accuracy", "loss"):
        return scoring
    try:
        return check_scoring(estimator, scoring=scoring)
    except ValueError as error:
        raise ValueError(
            f"scoring={scoring!r} is not allowed: scoring must be None, 'loss', the name "
            "of a scorer, of sklearn.metrics.get_scorer_names(), or a callable."
        ) from error


def score_on(samples, rows, scorer, estimator):
    """Give what Validation scores by: a scorer without the arguments that stay the same."""
    if isinstance(scorer, str):
        return scorer
    given = samples.data.X if sparse.issparse(samples.given) else samples.given
    X = given if isinstance(rows, range) else safe_indexing(given, rows)
    data = samples.data.select(rows)
    score = partial(scorer, estimator, X, samples.classes[data.take_y()])
    if data.weight is not None and _takes_weights(scorer):
        score = partial(score, sample_weight=data.take_weight())
    return errors_that_say(
        "scoring failed on the validation data: ",
        " Take a scorer for these classes, such as 'roc_auc_ovr' for three or more; make a "
        "scorer of a metric by sklearn.metrics.make_scorer.",
    )(score)


def _takes_weights(scorer):
    try:
        return "sample_weight" in signature(metric_of(scorer)).parameters
    except ValueError:  # a function without a signature
        return False


def hold_out(samples, fraction, seed):
    """Choose the rows to train on and those to validate on, stratified by class.

    Raises
    ------
    ValueError
        If the fraction sets no rows aside, or too few.
    """
    y, classes = samples.data.y, samples.classes
    if fraction == 0:
        raise ValueError(
            "early_stopping=True needs validation data, but validation_fraction=0 sets none "
            "aside: give a fraction above 0 and below 1, such as 0.1, or X_val and y_val."
        )
    # Two classes are a column of truth values, so that scikit-learn says of them what it
    # says when MLPClassifier asks.
    stratify = y.astype(bool)[:, None] if len(classes) == 2 else y
    try:
        rows, validation_rows = train_test_split(
            np.arange(len(y)), test_size=fraction, stratify=stratify, random_state=seed
        )
    except ValueError as error:
        counts = np.bincount(y, minlength=len(classes))
        rarest = counts.argmin()
        raise ValueError(
            "early_stopping=True sets stratified validation rows aside, for which "
            f"{len(y)} samples (the rarest class, {classes[rarest]}, has {counts[rarest]}) with "
            f"validation_fraction={fraction} do not suffice. Set early_stopping=False, raise "
            f"validation_fraction, or give more samples. ({error})"
        ) from error
    if len(validation_rows) < 2:
        raise ValueError(
            f"The validation set is too small: {len(validation_rows)} of {len(y)} samples. "
            "Increase 'validation_fraction' or the size of your dataset."
        )
    return rows, validation_rows
