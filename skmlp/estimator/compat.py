"""All names of scikit-learn in use that are private or missing in some supported versions.

Callbacks are experimental since scikit-learn 1.9. In earlier versions, ``set_callbacks`` raises an
ImportError.
"""

import numpy as np
import sklearn
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import _safe_indexing as safe_indexing
from sklearn.utils import check_random_state
from sklearn.utils._set_output import _get_output_config
from sklearn.utils.validation import _check_feature_names_in as feature_names_in
from sklearn.utils.validation import _get_feature_names
from sklearn.utils.validation import _num_samples as num_samples

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Placeholder for scikit-learn's mixin, which needs version 1.9."""

        def set_callbacks(self, *callbacks):
            """Raise an ImportError with the version that is needed."""
            raise ImportError(
                "set_callbacks needs scikit-learn 1.9 or later: pip install 'scikit-learn>=1.9'. "
                f"This is scikit-learn {sklearn.__version__}."
            )

    def with_callbacks(method):
        """Return the method unchanged."""
        return method


__all__ = [
    "CallbackSupportMixin",
    "FitTask",
    "begin_task",
    "complete_mlp",
    "feature_names",
    "feature_names_in",
    "forget_callbacks",
    "is_foreign",
    "metric_of",
    "num_samples",
    "output_container",
    "safe_indexing",
    "with_callbacks",
]

# Attributes that scikit-learn sets on an estimator while its callbacks run, in this process only.
OF_THIS_FIT = ("_callback_fit_ctx", "_parent_callback_ctx", "_skl_callbacks_to_teardown")


class FitTask:
    """A fit from the point of view of callbacks: a task with subtasks, such as epochs.

    Parameters
    ----------
    estimator : estimator
        The estimator to fit.
    X, y, sample_weight
        The data, as the user passed them.
    part : str
        Name of a subtask.
    n_parts : int
        Maximum number of subtasks.
    """

    def __init__(self, estimator, X, y, sample_weight, part, n_parts):
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self.arguments = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        self.part = part
        self.context = estimator._init_callback_context(max_subtasks=n_parts)
        self.context.call_on_fit_task_begin(**self.arguments)

    def end_part(self, attributes):
        """Call the callbacks after a subtask; return whether one of them requests to stop.

        ``attributes()`` returns the attributes of the estimator as if training ended now. It is
        called only if a callback needs a fitted estimator.
        """
        part = self.context.subcontext(task_name=self.part)
        part.call_on_fit_task_begin(**self.arguments)
        return part.call_on_fit_task_end(**self.arguments, reconstruction_attributes=attributes)

    def end(self):
        """Call the callbacks after the fit."""
        self.context.call_on_fit_task_end(**self.arguments, reconstruction_attributes=dict)


def feature_names(X):
    """Return the column names of a DataFrame if all are strings, else None."""
    if isinstance(X, np.ndarray):  # scikit-learn would check for many DataFrame libraries
        return None
    return _get_feature_names(X)


def output_container(estimator):
    """Return the library of the DataFrames that `transform` is set to return, or "default"."""
    return _get_output_config("transform", estimator)["dense"]


def begin_task(estimator, X, y, sample_weight, part, n_parts):
    """Begin a fit for callbacks; return None if the estimator has none."""
    if not hasattr(estimator, "_skl_callbacks"):
        return None
    return FitTask(estimator, X, y, sample_weight, part, n_parts)


def forget_callbacks(estimator):
    """Remove all attributes that callbacks have set on an estimator."""
    estimator.set_callbacks()
    for name in OF_THIS_FIT:
        vars(estimator).pop(name, None)


def metric_of(scorer):
    """Return the metric of a scorer: every scorer accepts weights, but some metrics do not."""
    return getattr(scorer, "_score_func", scorer)


def is_foreign(module):
    """Check whether a module is neither part of skmlp nor a wrapper of its methods."""
    return not module.startswith(("skmlp.", "sklearn.callback.", "sklearn.utils._set_output"))


def complete_mlp(mlp, classes, n_stalled):
    """Return an MLPClassifier that has weights, with its classes and private fitted attributes.

    It creates a new state of the solver when training continues.
    """
    mlp._label_binarizer = LabelBinarizer().fit(classes)
    mlp.classes_ = mlp._label_binarizer.classes_
    mlp._random_state = check_random_state(mlp.random_state)
    mlp._no_improvement_count = n_stalled
    mlp._best_coefs = [W.copy() for W in mlp.coefs_]
    mlp._best_intercepts = [b.copy() for b in mlp.intercepts_]
    return mlp
