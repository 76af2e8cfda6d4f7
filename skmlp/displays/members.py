"""The members of an ensemble as a picture."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from skmlp.displays.reading import fitted
from skmlp.displays.style import COLOURS, calm, pyplot

__all__ = ["MembersDisplay"]


class MembersDisplay:
    """The members of a tabular classifier as a picture: how good, how heavy, how far cooled.

    On the left the log-loss of each member on the rows that it left out, and as a line that of
    their mixture; on the right the weight of each kind, with its temperature. Use
    :meth:`from_estimator`.

    Parameters
    ----------
    losses : dict of str to array-like of shape (n_folds,)
        Log-losses of the members of each kind.
    weights : dict of str to float
        Weight of each kind.
    temperatures : dict of str to float
        Temperature of each kind.
    mixture_loss : float
        Log-loss of the mixture.

    Attributes
    ----------
    axes_ : list of matplotlib Axes
        The axes of the losses and of the weights.
    figure_ : matplotlib Figure
        Their figure.

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
        losses: Mapping[str, Sequence[float]],
        weights: Mapping[str, float],
        temperatures: Mapping[str, float],
        mixture_loss: float,
    ):
        self.losses = losses
        self.weights = weights
        self.temperatures = temperatures
        self.mixture_loss = mixture_loss

    @classmethod
    def from_estimator(cls, estimator: Any, *, axes: Sequence[Any] | None = None) -> Self:
        """Draw the members of a fitted classifier.

        Parameters
        ----------
        estimator : TabularMLPClassifier or Pipeline
            Fitted; a Pipeline must end in the classifier.
        axes : sequence of two matplotlib Axes, default=None
            Where to draw the losses and the weights. None makes a figure.

        Returns
        -------
        display : MembersDisplay
            The picture.

        Raises
        ------
        NotFittedError, TypeError
            If `estimator` is not fitted, or is another estimator.
        ValueError
            If `axes` are not two.
        ImportError
            If Matplotlib is not installed.
        """
        clf = fitted(estimator, "members_", "TabularMLPClassifier")
        display = cls(clf.left_out_losses_, clf.weights_, clf.temperatures_, clf.left_out_loss_)
        return display.plot(axes)

    def plot(self, axes: Sequence[Any] | None = None) -> Self:
        """Draw.

        Parameters
        ----------
        axes : sequence of two matplotlib Axes, default=None
            Where to draw the losses and the weights. None makes a figure.

        Returns
        -------
        display : MembersDisplay
            Itself.
        """
        kinds = list(self.weights)
        if axes is None:
            _, axes = pyplot().subplots(
                1, 2, sharey=True, figsize=(7, 1 + 0.6 * len(kinds)), layout="constrained"
            )
        self.axes_ = list(axes)
        if len(self.axes_) != 2:
            raise ValueError(f"axes must be two, for losses and weights, got {len(self.axes_)}.")
        self.figure_ = self.axes_[0].figure
        self._plot_losses(self.axes_[0], kinds)
        self._plot_weights(self.axes_[1], kinds)
        for ax in self.axes_:
            ax.set_yticks(range(len(kinds)), kinds)
            ax.set_ylim(len(kinds) - 0.5, -0.5)  # the first on top
            calm(ax)
        return self

    def _plot_losses(self, ax: Any, kinds: Sequence[str]) -> None:
        for place, kind in enumerate(kinds):
            losses = self.losses[kind]
            ax.plot(losses, [place] * len(losses), "o", color=COLOURS[0], alpha=0.7)
        ax.axvline(self.mixture_loss, color=COLOURS[1], label="mixture")
        ax.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1))
        ax.set_xlim(left=0)
        ax.set_xlabel("Log-loss on rows left out")

    def _plot_weights(self, ax: Any, kinds: Sequence[str]) -> None:
        ax.barh(range(len(kinds)), [self.weights[kind] for kind in kinds], color=COLOURS[2])
        for place, kind in enumerate(kinds):
            ax.annotate(
                f"T = {self.temperatures[kind]:.2f}",
                (self.weights[kind], place),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
            )
        ax.set_xlim(0, 1.25)
        ax.set_xlabel("Weight in the mixture, and temperature")
