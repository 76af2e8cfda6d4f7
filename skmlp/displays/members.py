"""Plot of the base models of an ensemble."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from skmlp.displays.reading import fitted
from skmlp.displays.style import COLOURS, pyplot, style_axes

__all__ = ["MembersDisplay"]


class MembersDisplay:
    """Plot of the base models of a TabularMLPClassifier: losses, weights and temperatures.

    The left axes show the log-loss of each base model on its validation rows, and that of the
    ensemble as a line; the right axes show the weight of each type, with its temperature. Create it
    with :meth:`from_estimator`.

    Parameters
    ----------
    validation_losses : dict of str to array-like of shape (n_folds,)
        Log-losses of the base models of each type.
    weights : dict of str to float
        Weight of each type.
    temperatures : dict of str to float
        Temperature of each type, by which its log-probabilities are divided.
    validation_loss : float
        Log-loss of the ensemble.

    Attributes
    ----------
    axes_ : list of matplotlib Axes
        The axes of the losses and of the weights.
    figure_ : matplotlib Figure
        The figure.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skmlp import MembersDisplay, TabularMLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = TabularMLPClassifier(n_folds=2, random_state=0).fit(X, y)
    >>> display = MembersDisplay.from_estimator(clf)  # doctest: +SKIP
    """

    def __init__(
        self,
        validation_losses: Mapping[str, Sequence[float]],
        weights: Mapping[str, float],
        temperatures: Mapping[str, float],
        validation_loss: float,
    ):
        self.validation_losses = validation_losses
        self.weights = weights
        self.temperatures = temperatures
        self.validation_loss = validation_loss

    @classmethod
    def from_estimator(cls, estimator: Any, *, axes: Sequence[Any] | None = None) -> Self:
        """Plot the base models of a fitted classifier.

        Parameters
        ----------
        estimator : TabularMLPClassifier or Pipeline
            The fitted classifier, or a fitted Pipeline that ends in one.
        axes : sequence of two matplotlib Axes, default=None
            Axes for the losses and for the weights. None creates a figure.

        Returns
        -------
        display : MembersDisplay
            The plot.

        Raises
        ------
        NotFittedError, TypeError
            If `estimator` is not fitted, or is another estimator.
        ValueError
            If `axes` does not contain two axes.
        ImportError
            If Matplotlib is not installed.
        """
        clf = fitted(estimator, "members_", "TabularMLPClassifier")
        display = cls(clf.validation_losses_, clf.weights_, clf.temperatures_, clf.validation_loss_)
        return display.plot(axes)

    def plot(self, axes: Sequence[Any] | None = None) -> Self:
        """Draw the plot.

        Parameters
        ----------
        axes : sequence of two matplotlib Axes, default=None
            Axes for the losses and for the weights. None creates a figure.

        Returns
        -------
        display : MembersDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `axes` does not contain two axes.
        ImportError
            If Matplotlib is not installed.
        """
        names = list(self.weights)
        if axes is None:
            _, axes = pyplot().subplots(
                1, 2, sharey=True, figsize=(7, 1 + 0.6 * len(names)), layout="constrained"
            )
        self.axes_ = list(axes)
        if len(self.axes_) != 2:
            raise ValueError(
                "axes must be a sequence of two axes, for the losses and for the weights, got "
                f"{len(self.axes_)}."
            )
        self.figure_ = self.axes_[0].figure
        self._plot_losses(self.axes_[0], names)
        self._plot_weights(self.axes_[1], names)
        for ax in self.axes_:
            ax.set_yticks(range(len(names)), names)
            ax.set_ylim(len(names) - 0.5, -0.5)  # the first on top
            style_axes(ax)
        return self

    def _plot_losses(self, ax: Any, names: Sequence[str]) -> None:
        for place, name in enumerate(names):
            losses = self.validation_losses[name]
            ax.plot(losses, [place] * len(losses), "o", color=COLOURS[0], alpha=0.7)
        ax.axvline(self.validation_loss, color=COLOURS[1], label="ensemble")
        ax.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1))
        ax.set_xlim(left=0)
        ax.set_xlabel("Log-loss on validation rows")

    def _plot_weights(self, ax: Any, names: Sequence[str]) -> None:
        ax.barh(range(len(names)), [self.weights[name] for name in names], color=COLOURS[2])
        for place, name in enumerate(names):
            inside = self.weights[name] > 0.6  # beside a longer bar, the text would not fit
            ax.annotate(
                f"T = {self.temperatures[name]:.2f}",
                (self.weights[name], place),
                xytext=(-4 if inside else 4, 0),
                textcoords="offset points",
                ha="right" if inside else "left",
                va="center",
                color="white" if inside else "black",
            )
        ax.set_xlim(0, 1)
        ax.set_xlabel("Weight and temperature")
