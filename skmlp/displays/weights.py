"""Plot of weights."""

import math
from collections.abc import Sequence
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from skmlp.displays.reading import fitted
from skmlp.displays.style import pyplot

__all__ = ["WeightsDisplay"]


class WeightsDisplay:
    """Plot of the weights of the first layer, as images or as a heat map.

    Create it with :meth:`from_estimator`.

    Parameters
    ----------
    weights : ndarray of shape (n_features, n_units)
        Weights of the first layer.
    image_shape : tuple of int, default=None
        Height and width, if the features are the pixels of an image: each unit is then shown as an
        image. None plots a heat map.
    feature_names : sequence of str, default=None
        Names of the features; None numbers them.
    unit_names : sequence of str, default=None
        Names of the units; None numbers them.
    unit_label : str, default="Unit of the first layer"
        Label of the units.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes, or the first of them.
    axes_ : list of matplotlib Axes
        The axes of each image, or those of the heat map.
    figure_ : matplotlib Figure
        The figure.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skmlp import MLPSoftmaxClassifier, WeightsDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = MLPSoftmaxClassifier(20, tol=0.01, random_state=0).fit(X / 16, y)
    >>> display = WeightsDisplay.from_estimator(clf, image_shape=(8, 8))  # doctest: +SKIP
    """

    def __init__(
        self,
        weights: ArrayLike,
        *,
        image_shape: tuple[int, int] | None = None,
        feature_names: Sequence[str] | None = None,
        unit_names: Sequence[str] | None = None,
        unit_label: str = "Unit of the first layer",
    ):
        self.weights = np.asarray(weights)
        self.unit_label = unit_label
        self.image_shape = image_shape
        self.feature_names = feature_names
        self.unit_names = unit_names

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        image_shape: tuple[int, int] | None = None,
        feature_names: Sequence[str] | None = None,
        n_units: int = 20,
        ax: Any = None,
    ) -> Self:
        """Plot the first layer of a fitted classifier.

        Parameters
        ----------
        estimator : MLPSoftmaxClassifier or Pipeline
            The fitted classifier, or a fitted Pipeline that ends in one.
        image_shape : tuple of int, default=None
            Height and width, if the features are the pixels of an image: each unit is then shown as
            an image. None plots a heat map.
        feature_names : sequence of str, default=None
            Names of the features. None uses `feature_names_in_` of the classifier.
        n_units : int, default=20
            Number of units to show, at least 1: those with the largest weights. Without hidden
            layers the units are the classes, and all are shown.
        ax : matplotlib Axes, default=None
            Axes for the heat map. None creates a figure.

        Returns
        -------
        display : WeightsDisplay
            The plot.

        Raises
        ------
        ValueError
            If `image_shape` or `feature_names` do not match the number of features, `n_units` is
            not an integer of at least 1, or `ax` is passed with `image_shape`.
        NotFittedError, TypeError
            If `estimator` is not fitted, or is another estimator.
        ImportError
            If Matplotlib is not installed.
        """
        clf = fitted(estimator, "layer_sizes_", "MLPSoftmaxClassifier")
        W = clf.coefs_[0]
        if feature_names is None:
            feature_names = getattr(clf, "feature_names_in_", None)
        elif len(feature_names) != len(W):
            raise ValueError(
                f"feature_names has {len(feature_names)} names, but there are {len(W)} features."
            )
        if image_shape is not None:
            _check_image_shape(image_shape, len(W))
        if not isinstance(n_units, Integral) or n_units < 1:
            raise ValueError(
                f"n_units={n_units!r} is not allowed: n_units must be an integer of at least 1."
            )
        if clf.n_layers_ == 2:
            classes = list(map(str, clf.classes_))
            names = classes[1:] if len(classes) == 2 else classes  # one unit for two classes
            units = {"unit_names": names, "unit_label": "Class"}
        else:
            largest = np.argsort(-np.linalg.norm(W, axis=0), kind="stable")[:n_units]
            W, units = W[:, largest], {"unit_names": list(map(str, largest))}
        display = cls(W, image_shape=image_shape, feature_names=feature_names, **units)
        return display.plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw the plot.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes for the heat map. None creates a figure.

        Returns
        -------
        display : WeightsDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `ax` is passed, but `image_shape` is not None.
        ImportError
            If Matplotlib is not installed.
        """
        if self.image_shape is not None and ax is not None:
            raise ValueError(
                "ax is for the heat map: for images it must be None, as each needs its own axes."
            )
        limit = np.abs(self.weights).max() or 1.0
        style = {"cmap": "RdBu_r", "vmin": -limit, "vmax": limit}
        if self.image_shape is None:
            image = self._plot_heat_map(ax, style)
        else:
            image = self._plot_images(style)
        self.ax_ = self.axes_[0]
        self.figure_.colorbar(image, ax=self.axes_, label="Weight", shrink=0.8)
        return self

    def _unit_names(self) -> Sequence[str]:
        return self.unit_names or [str(unit) for unit in range(self.weights.shape[1])]

    def _plot_images(self, style: dict[str, Any]) -> Any:
        n_units = self.weights.shape[1]
        n_columns = min(n_units, 5 if n_units <= 10 else 10)
        n_rows = math.ceil(n_units / n_columns)
        self.figure_, axes = pyplot().subplots(
            n_rows,
            n_columns,
            figsize=(1.0 * n_columns + 1.2, 1.15 * n_rows),
            layout="constrained",
            squeeze=False,
        )
        for ax in axes.flat:
            ax.set_axis_off()
        self.axes_ = list(axes.flat)[:n_units]
        for ax, w, name in zip(self.axes_, self.weights.T, self._unit_names(), strict=True):
            image = ax.imshow(w.reshape(self.image_shape), **style)
            ax.set_title(name, fontsize=8, pad=2)
        return image

    def _plot_heat_map(self, ax: Any, style: dict[str, Any]) -> Any:
        n_features, n_units = self.weights.shape
        if ax is None:
            size = 2.5 + 0.3 * n_units, 1.2 + 0.22 * n_features
            self.figure_, ax = pyplot().subplots(
                figsize=(max(4.0, size[0]), min(max(2.5, size[1]), 12)), layout="constrained"
            )
        self.figure_, self.axes_ = ax.figure, [ax]
        image = ax.imshow(self.weights, aspect="auto", **style)
        names = self._unit_names()
        rotation = 90 if max(map(len, names)) > 3 else 0
        ax.set_xticks(range(n_units), names, fontsize=8, rotation=rotation)
        if self.feature_names is not None:
            some = range(0, n_features, math.ceil(n_features / 50))  # more would overlap
            ax.set_yticks(some, [self.feature_names[i] for i in some], fontsize=8)
        ax.set_xlabel(self.unit_label)
        ax.set_ylabel("Feature")
        return image


def _check_image_shape(image_shape: Any, n_features: int) -> None:
    sides = tuple(image_shape) if np.ndim(image_shape) == 1 else ()
    if len(sides) != 2 or not all(isinstance(side, Integral) and int(side) > 0 for side in sides):
        raise ValueError(
            f"image_shape={image_shape!r} is not allowed: image_shape must be a height and a "
            "width, such as (8, 8)."
        )
    if math.prod(sides) != n_features:
        raise ValueError(
            f"image_shape={image_shape} has {math.prod(sides)} pixels, but there are "
            f"{n_features} features."
        )
