"""Validation rows, and how they are scored."""

from functools import partial
from inspect import signature

import numpy as np
from sklearn.metrics import check_scoring
from sklearn.model_selection import train_test_split

from skmlp.estimator.compat import metric_of
from skmlp.estimator.messages import errors_that_say, warn

__all__ = ["find_scorer", "score_on", "training_rows"]


def find_scorer(estimator, scoring):
    """Return what `scoring` means: "accuracy", "loss" or a scorer.

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
                f"scoring={name} is a metric, a function of y_true and y_pred, where a scorer is "
                "needed, a function of estimator, X and y: make one by "
                f"sklearn.metrics.make_scorer({name})."
            ) from error
        raise ValueError(
            f"scoring={scoring!r} is not allowed: scoring must be None, 'loss', the name "
            "of a scorer, of sklearn.metrics.get_scorer_names(), or a callable."
        ) from error


def score_on(inputs, data, classes, scorer):
    """Return what a Validation scores by, ``score()``.

    Parameters
    ----------
    inputs : callable
        ``inputs()`` returns the estimator and the table that the scorer is called with.
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

    return errors_that_say(
        "scoring failed on the validation data: ",
        ". Take scoring='loss', or a scorer for these classes, such as 'roc_auc_ovr' for three or "
        "more, with validation rows of all of them; make a scorer of a metric by "
        "sklearn.metrics.make_scorer.",
    )(score)


def _takes_weights(scorer):
    try:
        return "sample_weight" in signature(metric_of(scorer)).parameters
    except ValueError:  # a function without a signature
        return False


def training_rows(settings, samples, own, seed):
    """Return the rows to train on, and the validation rows; None where there are none.

    Raises
    ------
    ValueError
        If no rows can be held out, or none that is left has a weight.
    """
    data, held_out = samples.data, None if own is None else own.data
    if own is None and settings.early_stopping:
        rows, held_out_rows = hold_out(samples, settings.validation_fraction, seed)
        data, held_out = data.select(rows), data.select(held_out_rows)
    data = data.counted()
    if not len(data):
        raise ValueError(
            "The weights of all rows left for training are zero: give more rows a weight, or "
            "set early_stopping=False."
        )
    return data, held_out


def hold_out(samples, fraction, seed):
    """Draw the rows to train on and those to validate on, stratified by class if possible.

    Raises
    ------
    ValueError
        If the fraction sets no rows aside, or too few.

    Warns
    -----
    UserWarning
        If the classes have too few rows to stratify. The split is then random, but a class of a
        single row is trained on.
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
    split = partial(train_test_split, test_size=fraction, random_state=seed)
    try:
        rows, held_out = split(np.arange(len(y)), stratify=stratify)
    except ValueError as error:
        counts = np.bincount(y, minlength=len(classes))
        rarest = counts.argmin()
        why = (
            f"{len(y)} samples (the rarest class, {classes[rarest]}, has {counts[rarest]}) with "
            f"validation_fraction={fraction} do not suffice for validation rows of every class"
        )
        alone = counts[y] == 1
        rows, held_out = _split_at_random(split, alone)
        if len(held_out) < 2:
            raise ValueError(
                f"early_stopping=True sets stratified validation rows aside, but {why}. Set "
                "early_stopping=False, raise validation_fraction, or give more samples. "
                f"({error})"
            ) from error
        warn(
            f"early_stopping=True: {why}, so that they are drawn at random. Give X_val and y_val, "
            "or raise validation_fraction."
        )
    if len(held_out) < 2:
        raise ValueError(
            f"The validation set is too small: {len(held_out)} of {len(y)} samples. "
            "Increase 'validation_fraction' or the size of your dataset."
        )
    return rows, held_out


def _split_at_random(split, alone):
    """Split rows, but those that are alone in their class are trained on."""
    try:
        rows, held_out = split(np.flatnonzero(~alone))
    except ValueError:  # too few rows for any split
        return np.arange(len(alone)), []
    return np.concatenate([rows, np.flatnonzero(alone)]), held_out
