"""Plot of training."""

import math
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from skmlp.displays.reading import fitted, name_of_score
from skmlp.displays.style import COLOURS, pyplot, style_axes

__all__ = ["TrainingCurveDisplay"]


class TrainingCurveDisplay:
    """Plot of training: losses, validation scores and learning rate by epoch.

    Create it with :meth:`from_estimator`.

    Parameters
    ----------
    loss_curve : array-like of shape (n_epochs,)
        Training loss in each epoch, including the penalty on the weights.
    validation_loss_curve : array-like of shape (n_epochs,), default=None
        Validation loss in each epoch, without the penalty, so that it may be smaller than the
        training loss.
    validation_scores : array-like of shape (n_epochs,), default=None
        Validation score in each epoch.
    learning_rates : array-like of shape (n_epochs,), default=None
        Learning rate in each epoch. It is plotted if it changes.
    best_epoch : int, default=None
        The epoch, counted from 1, whose weights were kept.
    score_name : str, default="Validation score"
        Label of the scores.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes of the losses.
    axes_ : list of matplotlib Axes
        All axes: losses, then validation scores and learning rates if they are plotted.
    figure_ : matplotlib Figure
        The figure.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skmlp import MLPSoftmaxClassifier, TrainingCurveDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = MLPSoftmaxClassifier(early_stopping=True, random_state=0).fit(X, y)
    >>> display = TrainingCurveDisplay.from_estimator(clf)  # doctest: +SKIP
    """

    def __init__(
        self,
        loss_curve: Sequence[float],
        *,
        validation_loss_curve: Sequence[float] | None = None,
        validation_scores: Sequence[float] | None = None,
        learning_rates: Sequence[float] | None = None,
        best_epoch: int | None = None,
        score_name: str = "Validation score",
    ):
        self.loss_curve = loss_curve
        self.validation_loss_curve = validation_loss_curve
        self.validation_scores = validation_scores
        self.learning_rates = learning_rates
        self.best_epoch = best_epoch
        self.score_name = score_name

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Any = None) -> Self:
        """Plot the training of a fitted classifier.

        Parameters
        ----------
        estimator : MLPSoftmaxClassifier or Pipeline
            The fitted classifier, or a fitted Pipeline that ends in one.
        ax : matplotlib Axes, default=None
            Axes for the losses; nothing else is plotted then. None creates a figure, with axes for
            the losses, for the validation scores if there are any, and for the learning rate if it
            changes.

        Returns
        -------
        display : TrainingCurveDisplay
            The plot.

        Raises
        ------
        NotFittedError, TypeError
            If `estimator` is not fitted, or is another estimator.
        ValueError
            If no epoch was completed, so that there is nothing to plot.
        ImportError
            If Matplotlib is not installed.
        """
        clf = fitted(estimator, "layer_sizes_", "MLPSoftmaxClassifier")
        scores = clf.validation_scores_
        if not clf.loss_curve_:
            raise ValueError(
                "There is no training to plot: it ended in its first epoch. If it diverged, scale "
                "the features or lower learning_rate_init."
            )
        name = "accuracy" if clf.scoring is None else name_of_score(clf.scoring)
        display = cls(
            clf.loss_curve_,
            validation_loss_curve=clf.validation_loss_curve_,
            validation_scores=None if name == "loss" else scores,  # the loss is plotted already
            learning_rates=clf.learning_rates_,
            best_epoch=clf.best_epoch_,
            score_name=f"Validation {name}",
        )
        return display.plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw the plot.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes for the losses; nothing else is plotted then. None creates a figure, as in
            :meth:`from_estimator`.

        Returns
        -------
        display : TrainingCurveDisplay
            The display itself.

        Raises
        ------
        ImportError
            If Matplotlib is not installed.
        """
        panels = [self._plot_losses]
        if ax is None:
            panels += [self._plot_scores] * (self.validation_scores is not None)
            panels += [self._plot_rates] * self._rate_changes()
            height = 2.6 + 1.6 * (len(panels) - 1)
            self.figure_, axes = pyplot().subplots(
                len(panels),
                figsize=(6.4, height),
                layout="constrained",
                sharex=True,
                squeeze=False,
                height_ratios=[1.6] + [1.0] * (len(panels) - 1),
            )
            self.axes_ = list(axes[:, 0])
        else:
            self.figure_, self.axes_ = ax.figure, [ax]
        self.ax_ = self.axes_[0]
        for panel_ax, panel in zip(self.axes_, panels, strict=True):
            panel(panel_ax)
            style_axes(panel_ax)
            if self.best_epoch is not None:
                panel_ax.axvline(self.best_epoch, color="0.4", linewidth=1, linestyle=":")
        self.axes_[-1].set_xlabel("Epoch")
        self.axes_[-1].xaxis.set_major_locator(pyplot().MaxNLocator(integer=True))
        return self

    def _rate_changes(self) -> bool:
        rates = () if self.learning_rates is None else self.learning_rates
        return len({rate for rate in rates if not math.isnan(rate)}) > 1

    def _plot_losses(self, ax: Any) -> None:
        _plot_epochs(ax, self.loss_curve, COLOURS[0], label="training, with penalty")
        if self.validation_loss_curve is not None:
            _plot_epochs(ax, self.validation_loss_curve, COLOURS[1], "--", label="validation")
        if self.best_epoch is not None:
            ax.plot([], [], color="0.4", linestyle=":", label=f"weights kept ({self.best_epoch})")
        if min(self.loss_curve) > 0:
            ax.set_yscale("log")
        ax.set_ylabel("Loss")
        ax.legend(frameon=False)

    def _plot_scores(self, ax: Any) -> None:
        _plot_epochs(ax, self.validation_scores, COLOURS[2])
        ax.set_ylabel(self.score_name.replace(" ", "\n", 1))

    def _plot_rates(self, ax: Any) -> None:
        _plot_epochs(ax, self.learning_rates, COLOURS[3])
        ax.set_ylabel("Learning rate")


def _plot_epochs(
    ax: Any,
    values: Sequence[float] | None,
    colour: str,
    linestyle: str = "-",
    label: str | None = None,
) -> None:
    values = values or []
    epochs = np.arange(1, len(values) + 1)
    style: dict[str, Any] = {
        "color": colour,
        "linestyle": linestyle,
        "linewidth": 1.6,
        "label": label,
    }
    if len(values) == 1:
        style["marker"] = "o"  # a line of one point cannot be seen
    ax.plot(epochs, values, **style)
