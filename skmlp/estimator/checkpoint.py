"""A callback that writes checkpoints."""

import os
import time
from functools import partial
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import joblib

from skmlp.estimator.compat import forget_callbacks
from skmlp.estimator.files import check_place, write_whole

__all__ = ["Checkpoint"]


class Checkpoint:
    """Callback that writes the model to a file as training goes on, so that a crash loses little.

    The file is replaced in one step, so that at any moment it holds a whole model: the last
    one written. It is read by :func:`joblib.load`. With ``warm_start=True``, the `fit` of that
    model goes on with the training that was cut off, with the state of the solver, and for
    minibatch solvers ends with the same bits as if it had not been.

    Set it on the classifier itself, also where that is a step of a Pipeline. In a search or a
    cross-validation, all fits write to the one file, those of other processes as well: it holds
    the model of the fit that wrote last, which has the parameters of that fit. After a search
    that ends with ``refit=True``, this is the best estimator; after one that was cut off, it may
    have been trained on the rows of a fold. Needs scikit-learn 1.9 or later.

    Parameters
    ----------
    path : str or path-like
        File to write to. A relative path is taken from the current folder at once, so that it
        is the same in every process. A file ``.skmlp-*.tmp`` beside it is used on the way, which
        stays only where the process is killed.
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

    path: Path
    every: int
    seconds: float | None

    def __init__(self, path: str | os.PathLike, *, every: int = 1, seconds: float | None = None):
        if isinstance(every, bool) or not isinstance(every, Integral) or every < 1:
            raise ValueError(f"every={every!r} is not allowed: every must be an integer from 1 up.")
        if seconds is not None and not (isinstance(seconds, Real) and seconds >= 0):
            raise ValueError(
                f"seconds={seconds!r} is not allowed: seconds must be None or a number from 0 up."
            )
        self.path = Path(path).absolute()
        self.every = every
        self.seconds = seconds
        # The epoch and the time of the last writing of each fit under way: clones share callbacks.
        self._last: dict[int, tuple[int, float]] = {}

    def setup(self, estimator: Any, context: Any) -> None:
        """Begin to count; raise a ValueError where no file can be written."""
        try:
            check_place(self.path)
        except OSError as error:
            raise ValueError(
                f"path={str(self.path)!r} is not allowed: it must name a file in a folder that is "
                f"there, and which may be written to ({error.strerror})."
            ) from error
        self._last[id(estimator)] = 0, time.monotonic()

    def teardown(self, estimator: Any, context: Any) -> None:
        """Forget the fit: every writing is complete in itself."""
        self._last.pop(id(estimator), None)

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Do nothing."""

    def on_fit_task_end(
        self, estimator: Any, context: Any, *, fitted_estimator: Any = None
    ) -> None:
        """Write the model at the end of the fit, and of an epoch if it is time."""
        if context.task_name == "epoch":
            n_epochs, now = context.task_id + 1, time.monotonic()
            last_epoch, last_time = self._last[id(estimator)]
            if n_epochs - last_epoch < self.every or now - last_time < (self.seconds or 0):
                return
            self._last[id(estimator)] = n_epochs, now
        forget_callbacks(fitted_estimator)
        write_whole(self.path, partial(joblib.dump, fitted_estimator))
