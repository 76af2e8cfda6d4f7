"""A callback that saves checkpoints."""

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
    """Callback that saves the model to a file during training, to resume from after a crash.

    The file is replaced atomically, so that at any time it contains a complete model: the last
    one saved. It is loaded with :func:`joblib.load`. With ``warm_start=True``, the `fit` of that
    model resumes the interrupted training with the state of the solver. With a minibatch solver,
    the result is the same, bit for bit, as without the interruption.

    Set it on the classifier itself, even if that is a step of a Pipeline. In a search or a
    cross-validation, all fits, including those in other processes, save to the same file: it
    contains the model of the fit that saved last, with the parameters of that fit. After a search
    with ``refit=True``, this is the best estimator; after an interrupted search, it may have been
    trained on the rows of a fold. Needs scikit-learn 1.9 or later.

    Parameters
    ----------
    path : str or path-like
        File to save to. A relative path is made absolute at once, so that it is the same in every
        process. A temporary file ``.skmlp-*.tmp`` is written in the same folder; it is left behind
        only if the process is killed.
    every : int, default=1
        Number of epochs between checkpoints, at least 1.
    seconds : float, default=None
        Minimum time between checkpoints in seconds, at least 0; None is 0.

    Raises
    ------
    ValueError
        If `every` or `seconds` is not allowed; in `fit`, if the file cannot be written.

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
            raise ValueError(
                f"every={every!r} is not allowed: every must be an integer of at least 1."
            )
        if seconds is not None and not (isinstance(seconds, Real) and seconds >= 0):
            raise ValueError(
                f"seconds={seconds!r} is not allowed: seconds must be None or a number of at least "
                "0."
            )
        self.path = Path(path).absolute()
        self.every = every
        self.seconds = seconds
        # Epoch and time of the last checkpoint of each running fit: clones share callbacks.
        self._last: dict[int, tuple[int, float]] = {}

    def setup(self, estimator: Any, context: Any) -> None:
        """Start counting epochs; raise a ValueError if the file cannot be written."""
        try:
            check_place(self.path)
        except OSError as error:
            raise ValueError(
                f"path={str(self.path)!r} is not allowed: path must be a file in an existing "
                f"folder with write permission ({error.strerror})."
            ) from error
        self._last[id(estimator)] = 0, time.monotonic()

    def teardown(self, estimator: Any, context: Any) -> None:
        """Forget the fit: every checkpoint is complete in itself."""
        self._last.pop(id(estimator), None)

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Do nothing."""

    def on_fit_task_end(
        self, estimator: Any, context: Any, *, fitted_estimator: Any = None
    ) -> None:
        """Save the model at the end of the fit, and after an epoch if it is due."""
        if context.task_name == "epoch":
            n_epochs, now = context.task_id + 1, time.monotonic()
            last_epoch, last_time = self._last[id(estimator)]
            if n_epochs - last_epoch < self.every or now - last_time < (self.seconds or 0):
                return
            self._last[id(estimator)] = n_epochs, now
        forget_callbacks(fitted_estimator)
        write_whole(self.path, partial(joblib.dump, fitted_estimator))
