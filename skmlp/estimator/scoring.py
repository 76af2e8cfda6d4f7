"""Held-out validation rows, and scorers."""

from functools import partial
from inspect import signature

import numpy as np
from sklearn.metrics import check_scoring
from sklearn.model_selection import train_test_split

from skmlp.estimator.compat import metric_of
from skmlp.estimator.messages import errors_with_context, warn

__all__ = ["find_scorer", "score_on", "training_rows"]


def find_scorer(estimator, scoring):
    """Return "accuracy", "loss" or the scorer that `scoring` specifies.

    Raises
    ------
    ValueError
        If there is no such scorer.
    """
    if scoring is None:
        return "accuracy"
    if isinstance(scoring, str) and scoring in ("accuracy", "loss"):
        return scoring
    try:
        return check_scoring(estimator, scoring=scoring)
    except ValueError as error:
        if callable(scoring):
            name = getattr(scoring, "__name__", scoring)
            raise ValueError(
                f"scoring={name} is a metric, a function of y_true and y_pred, but must be a "
                "scorer, a function of estimator, X and y: create one with "
                f"sklearn.metrics.make_scorer({name})."
            ) from error
        raise ValueError(
            f"scoring={scoring!r} is not allowed: scoring must be None, 'loss', the name "
            "of a scorer in sklearn.metrics.get_scorer_names(), or a callable."
        ) from error


def score_on(inputs, data, classes, scorer):
    """Return the function ``score()`` of a Validation, which calls a scorer.

    Parameters
    ----------
    inputs : callable
        ``inputs()`` returns the estimator and the table to call the scorer with.
    data : Batch
        The rows of the table, with their labels and weights.
    classes : ndarray of shape (n_classes,)
        The labels, sorted.
    scorer : callable
        ``scorer(estimator, X, y)`` returns the score.
    """
    y, options = classes[data.take_y()], {}
    if data.weight is not None and _takes_weights(scorer):
        options["sample_weight"] = data.take_weight()

    def score():
        return scorer(*inputs(), y, **options)

    return errors_with_context(
        "scoring failed on the validation data: ",
        ". Use scoring='loss', or a scorer for these classes, such as 'roc_auc_ovr' for three or "
        "more, with validation rows of all of them; create a scorer from a metric with "
        "sklearn.metrics.make_scorer.",
    )(score)


def _takes_weights(scorer):
    try:
        return "sample_weight" in signature(metric_of(scorer)).parameters
    except ValueError:  # a function without a signature
        return False


def training_rows(settings, samples, own, seed):
    """Return the training rows, and the validation rows; None if there are none.

    Raises
    ------
    ValueError
        If no rows can be held out, or all training rows have weight 0.
    """
    data, held_out = samples.data, None if own is None else own.data
    if own is None and settings.early_stopping:
        rows, held_out_rows = hold_out(samples, settings.validation_fraction, seed)
        data, held_out = data.select(rows), data.select(held_out_rows)
    data = data.counted()
    if not len(data):
        raise ValueError(
            "The weights of all remaining training rows are zero, as early_stopping=True holds out "
            "the others: give more rows a weight above 0, or set early_stopping=False."
        )
    return data, held_out


def hold_out(samples, fraction, seed):
    """Split rows randomly into training and validation rows, stratified by class if possible.

    Raises
    ------
    ValueError
        If the fraction gives no validation rows, or too few.

    Warns
    -----
    UserWarning
        If the classes have too few rows to stratify. The split is then random, but rows that are
        alone in their class are training rows.
    """
    y, classes = samples.data.y, samples.classes
    if fraction == 0:
        raise ValueError(
            "early_stopping=True needs validation data, but validation_fraction=0 holds out "
            "none: pass a fraction above 0 and below 1, such as 0.1, or X_val and y_val."
        )
    # Two classes are a column of booleans, so that scikit-learn raises the same errors as for
    # MLPClassifier.
    stratify = y.astype(bool)[:, None] if len(classes) == 2 else y
    split = partial(train_test_split, test_size=fraction, random_state=seed)
    try:
        rows, held_out = split(np.arange(len(y)), stratify=stratify)
    except ValueError as error:
        counts = np.bincount(y, minlength=len(classes))
        rarest = counts.argmin()
        why = (
            f"{len(y)} samples (the rarest class, {classes[rarest]}, has {counts[rarest]}) with "
            f"validation_fraction={fraction} are too few for validation rows of every class"
        )
        alone = counts[y] == 1
        rows, held_out = _split_at_random(split, alone)
        if len(held_out) < 2:
            raise ValueError(
                f"early_stopping=True holds out stratified validation rows, but {why}. Set "
                "early_stopping=False, raise validation_fraction, or use more samples. "
                f"({error})"
            ) from error
        warn(
            f"early_stopping=True: {why}, so that they are not stratified. Pass X_val and y_val, "
            "or raise validation_fraction."
        )
    if len(held_out) < 2:
        raise ValueError(
            f"The validation set is too small: {len(held_out)} of {len(y)} samples. "
            "Increase 'validation_fraction' or the size of your dataset."
        )
    return rows, held_out


def _split_at_random(split, alone):
    """Split rows without stratification; those alone in their class are training rows."""
    try:
        rows, held_out = split(np.flatnonzero(~alone))
    except ValueError:  # too few rows for any split
        return np.arange(len(alone)), []
    return np.concatenate([rows, np.flatnonzero(alone)]), held_out
