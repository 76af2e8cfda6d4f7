"""scikit-learn's callbacks: how a fit speaks to them, and one that writes checkpoints.

They came, experimental, with scikit-learn 1.9. Before it there is only a ``set_callbacks``
that says so.
"""

import os
import time
from numbers import Integral, Real
from pathlib import Path

import joblib
import sklearn

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Says what callbacks need."""

        def set_callbacks(self, *callbacks):
            """Raise an ImportError that names the version needed."""
            raise ImportError(
                "set_callbacks needs scikit-learn 1.9 or later: pip install 'scikit-learn>=1.9'. "
                f"This is scikit-learn {sklearn.__version__}."
            )

    def with_callbacks(method):
        """Return the method as it is."""
        return method


__all__ = ["CallbackSupportMixin", "Checkpoint", "FitTask", "with_callbacks"]

# What scikit-learn keeps on an estimator while its callbacks run. It is of this process.
OF_THIS_FIT = ("_callback_fit_ctx", "_parent_callback_ctx", "_skl_callbacks_to_teardown")


class FitTask:
    """A fit as callbacks see it: a task with a subtask for each epoch.

    Parameters
    ----------
    estimator : MLPSoftmaxClassifier
        What is being fitted.
    X, y, sample_weight
        The data, as the user gave them.
    """

    def __init__(self, estimator, X, y, sample_weight):
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self.arguments = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        self.context = estimator._init_callback_context(max_subtasks=estimator.max_iter)
        self.context.call_on_fit_task_begin(**self.arguments)

    def end_epoch(self, attributes):
        """Tell the callbacks of an epoch; answer whether one of them wants to stop.

        ``attributes()`` gives the attributes of the estimator as if training ended here. It is
        called only if a callback asks for a fitted estimator.
        """
        epoch = self.context.subcontext(task_name="epoch")
        epoch.call_on_fit_task_begin(**self.arguments)
        return epoch.call_on_fit_task_end(**self.arguments, reconstruction_attributes=attributes)

    def end(self):
        """Tell the callbacks that the estimator is fitted."""
        self.context.call_on_fit_task_end(**self.arguments, reconstruction_attributes=dict)


class Checkpoint:
    """Callback that writes the model to a file as training goes on, so that a crash loses little.

    The file is replaced in one step, so that at any moment it holds a whole model: the last
    one written. It is read by :func:`joblib.load`. With ``warm_start=True``, the `fit` of that
    model goes on with the training that was cut off, with the state of the solver, and for
    minibatch solvers ends with the same bits as if it had not been.

    Set it on the classifier itself, also where that is a step of a Pipeline. Only one fit at
    a time may write to a path. Needs scikit-learn 1.9 or later.

    Parameters
    ----------
    path : str or path-like
        File to write to. A file of the same name with ".tmp" behind it is used on the way.
    every : int, default=1
        Epochs from one writing to the next, at least 1.
    seconds : float, default=None
        Seconds, from 0 up, that must have passed since the last writing as well; None is 0.

    Raises
    ------
    ValueError
        If `every` or `seconds` is not allowed.

    Examples
    --------
    >>> import joblib
    >>> from sklearn.datasets import load_iris
    >>> from skmlp import Checkpoint, MLPSoftmaxClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = MLPSoftmaxClassifier(random_state=0)
    >>> clf.set_callbacks(Checkpoint("model.joblib", every=10)).fit(X, y)  # doctest: +SKIP
    >>> # after a crash
    >>> clf = joblib.load("model.joblib").set_params(warm_start=True)  # doctest: +SKIP
    >>> clf.fit(X, y)  # doctest: +SKIP
    """

    def __init__(self, path: str | os.PathLike, *, every: int = 1, seconds: float | None = None):
        if isinstance(every, bool) or not isinstance(every, Integral) or every < 1:
            raise ValueError(f"every={every!r} is not allowed: every must be an integer from 1 up.")
        if seconds is not None and not (isinstance(seconds, Real) and seconds >= 0):
            raise ValueError(
                f"seconds={seconds!r} is not allowed: seconds must be None or a number from 0 up."
            )
        self.path = Path(path)
        self.every = every
        self.seconds = seconds

    def setup(self, estimator, context):
        """Begin to count; raise a ValueError where no file can be written."""
        if self.path.is_dir() or not self.path.absolute().parent.is_dir():
            raise ValueError(
                f"path={str(self.path)!r} is not allowed: it must name a file in a folder that is "
                "there."
            )
        self._written_at = time.monotonic()
        self._n_epochs = 0

    def teardown(self, estimator, context):
        """Do nothing: every writing is complete in itself."""

    def on_fit_task_begin(self, estimator, context):
        """Do nothing."""

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        """Write the model at the end of the fit, and of an epoch if it is time."""
        if context.task_name == "epoch":
            self._n_epochs += 1
            waited = time.monotonic() - self._written_at
            if self._n_epochs < self.every or waited < (self.seconds or 0):
                return
        self._n_epochs = 0
        self._written_at = time.monotonic()
        fitted_estimator.set_callbacks()
        for name in OF_THIS_FIT:
            vars(fitted_estimator).pop(name, None)
        write_whole(fitted_estimator, self.path)


def write_whole(model, path):
    """Write a model so that a crash leaves either the old file or the new one."""
    temporary = path.with_name(path.name + ".tmp")
    with open(temporary, "wb") as file:
        joblib.dump(model, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    if os.name == "posix":  # make the renaming itself durable
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
