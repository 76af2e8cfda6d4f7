"""`fit` and `partial_fit` of an estimator: check parameters and data, then train a model."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from skmlp.estimator.auto import resolve_auto
from skmlp.estimator.backend import LocalBackend
from skmlp.estimator.compat import begin_task
from skmlp.estimator.inputs import check_own_validation, check_samples
from skmlp.estimator.labels import check_classes
from skmlp.estimator.learning import learn
from skmlp.estimator.model import Model, first_state
from skmlp.estimator.reports import EpochPrinter, conclude, shortfall
from skmlp.estimator.scoring import find_scorer, score_on, training_rows
from skmlp.estimator.settings import read_settings
from skmlp.estimator.unused import warn_of_unused
from skmlp.training.monitor import Stop

__all__ = ["fit", "partial_fit"]


def fit(
    estimator: Any,
    X: Any,
    y: Any,
    sample_weight: Any,
    *,
    X_val: Any,
    y_val: Any,
    sample_weight_val: Any,
    backend: LocalBackend,
) -> None:
    """Fit an estimator; the arguments are those of :meth:`~skmlp.MLPSoftmaxClassifier.fit`.

    Parameters
    ----------
    backend : LocalBackend
        Access to the rows.
    """
    settings = read_settings(estimator)
    scorer = find_scorer(estimator, settings.scoring)  # also checked without validation data
    given = X, y, sample_weight
    y, sample_weight, y_val, sample_weight_val = backend.collect(
        y, sample_weight, y_val, sample_weight_val
    )
    before = estimator._model if settings.warm_start else None
    table = backend.check(estimator, X, y, reset=before is None)
    samples = check_samples(table, sample_weight, settings.class_weight)
    if before is not None:
        _check_same_classes(samples.classes, before.classes)
    own = check_own_validation(
        partial(backend.check, estimator, reset=True),
        X_val,
        y_val,
        sample_weight_val,
        settings.class_weight,
        samples,
    )
    state = first_state(settings.random_state) if before is None else before.state.for_fit()
    data, held_out = training_rows(settings, samples, own, state.split_seed)
    settings = resolve_auto(settings, len(data), backend.auto_batch_size)
    warn_of_unused(estimator, settings, validated=held_out is not None)
    if before is None:
        model = Model.initial(
            settings, samples.classes, data, state, feature_names=samples.feature_names
        )
    else:
        model = before.continued(settings, state)
    source = samples if own is None else own
    validation = _validation(backend, estimator, model, source, held_out, scorer)
    task = begin_task(estimator, *given, "epoch", settings.max_iter)
    report = _reporter(settings, model, task)
    stop = _train(
        estimator, model, settings, data, validation=validation, report=report, backend=backend
    )
    cross_entropy = partial(_cross_entropy, backend, model, data)
    conclude(stop, settings, model, shortfall(settings, model, data, validation, cross_entropy))
    if task is not None:
        task.end()


def partial_fit(
    estimator: Any, X: Any, y: Any, sample_weight: Any, classes: Any, *, backend: LocalBackend
) -> None:
    """Train for one epoch; the arguments are those of `MLPSoftmaxClassifier.partial_fit`.

    Parameters
    ----------
    backend : LocalBackend
        Access to the rows.
    """
    settings = read_settings(estimator)
    _check_streaming(settings)
    y, sample_weight = backend.collect(y, sample_weight)
    before = estimator._model
    classes = _classes_of_stream(classes, before)
    table = backend.check(estimator, X, y, reset=before is None)
    totals = None if before is None else before.state.class_totals
    samples = check_samples(
        table,
        sample_weight,
        settings.class_weight,
        classes=classes,
        totals=np.zeros(len(classes)) if totals is None else totals,
    )
    data = samples.data.counted()
    settings = resolve_auto(settings, len(data), backend.auto_batch_size, of_stream=True)
    if before is None:
        state = first_state(settings.random_state)
        names = samples.feature_names
        model = Model.initial(settings, classes, data, state, feature_names=names, of_stream=True)
    else:
        model = before.continued(settings, before.state.for_partial_fit())
    model.state.class_totals = samples.totals
    report = _reporter(settings, model, None)
    stop = _train(estimator, model, settings, data, report=report, backend=backend)
    if stop is Stop.DIVERGED:
        conclude(stop, settings, model)


def _validation(backend, estimator, model, samples, held_out, scorer):
    """Return the validation of a model after each epoch; None without validation rows."""
    if held_out is None:
        return None
    if not isinstance(scorer, str):
        inputs = backend.scorer_inputs(estimator, model, samples, held_out)
        scorer = score_on(inputs, held_out, samples.classes, scorer)
    return backend.validation(model.network(), held_out.relative(), scorer)


def _cross_entropy(backend, model, data):
    """Compute the mean cross-entropy of a model, without the penalty."""
    with np.errstate(over="ignore", invalid="ignore"):
        _, loss = backend.validation(model.network(), data.relative(), "loss")()
    return loss


def _train(estimator, model, settings, data, **options):
    """Train the model of the estimator, which scorers and callbacks use during training.

    An error in the first epoch leaves the estimator as it was.
    """
    before, n_epochs = vars(estimator).get("_model"), model.state.progress.n_epochs
    estimator._model = model
    try:
        return learn(settings, model, data, **options)
    except Exception:
        if model.state.progress.n_epochs == n_epochs:
            if before is None:
                del estimator._model
            else:
                estimator._model = before
        raise


def _reporter(settings, model, task):
    """Return the function to call after each epoch, which prints and calls the callbacks."""
    reports: list[Callable[[], object]] = []
    if settings.verbose:
        reports.append(EpochPrinter(model.state))
    if task is not None:
        reports.append(partial(task.end_part, lambda: {"_model": model.snapshot()}))

    def report():
        answers = [tell() for tell in reports]
        return any(answers)

    return report if reports else None


def _check_streaming(settings):
    """Raise a ValueError for settings that `partial_fit` does not support."""
    if settings.early_stopping:
        raise ValueError(
            "partial_fit does not support early_stopping=True: each call has only a part of the "
            "data. Set early_stopping=False and monitor score(X_val, y_val) yourself."
        )
    if settings.fixed_length:
        raise ValueError(
            f"partial_fit does not support learning_rate={settings.learning_rate!r}, a schedule "
            "of fixed length: use 'constant', and set learning_rate_init between the calls."
        )


def _classes_of_stream(classes, before):
    """Return all classes of a stream; check the `classes` of this call."""
    if classes is None:
        if before is None:
            raise ValueError(
                "The first call to partial_fit needs classes: all labels that can occur in any "
                "call, such as numpy.unique(y)."
            )
        return before.classes
    named = check_classes(classes)
    if before is not None and named.tolist() != before.classes.tolist():
        raise ValueError(
            f"classes={named} differ from those of the network, {before.classes}. Omit classes, "
            "or call fit to start again."
        )
    return named


def _check_same_classes(classes, before):
    if classes.tolist() != before.tolist():
        raise ValueError(
            "warm_start can only be used where `y` has the same classes as in the previous "
            f"call to fit. Previously got {before}, `y` has {classes}"
        )
