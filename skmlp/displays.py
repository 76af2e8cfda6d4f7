"""Pictures of training, of weights and of a grid search, in Matplotlib.

They follow scikit-learn's displays: a class method computes what is shown, ``plot`` draws it,
and the axes and the figure are kept as attributes.
"""

import math
from collections.abc import Sequence
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

__all__ = ["GridDisplay", "TrainingCurveDisplay", "WeightsDisplay"]

# Okabe and Ito's colours, which colour-blind readers can tell apart.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
MARKERS = "os^DvPX"


def _pyplot() -> Any:
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("Pictures need Matplotlib: pip install 'skmlp[plot]'") from error
    return plt


def _fitted_network(estimator: Any) -> Any:
    """Give the fitted classifier, which may be the last step of a Pipeline."""
    if hasattr(estimator, "steps"):
        estimator = estimator[-1]
    check_is_fitted(estimator)
    if not hasattr(estimator, "layer_sizes_"):
        raise TypeError(
            "estimator must be a fitted MLPSoftmaxClassifier, or a Pipeline that ends in one, "
            f"got {type(estimator).__name__}. Of a search, give its best_estimator_."
        )
    return estimator


def _calm(ax: Any) -> None:
    ax.grid(color="0.9", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)


class TrainingCurveDisplay:
    """Training as a picture: losses, validation scores and learning rate by epoch.

    Use :meth:`from_estimator`.

    Parameters
    ----------
    loss_curve : array-like of shape (n_epochs,)
        Training loss.
    validation_loss_curve : array-like of shape (n_epochs,), default=None
        Validation loss.
    validation_scores : array-like of shape (n_epochs,), default=None
        Validation score.
    learning_rates : array-like of shape (n_epochs,), default=None
        Learning rate.
    best_epoch : int, default=None
        The epoch, from 1, whose weights were kept.
    score_name : str, default="Validation score"
        Label of the scores.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes of the losses.
    axes_ : list of matplotlib Axes
        All axes: losses, then scores and learning rate where there is something to show.
    figure_ : matplotlib Figure
        Their figure.

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
        """Draw the training of a fitted classifier.

        Parameters
        ----------
        estimator : MLPSoftmaxClassifier or Pipeline
            Fitted; a Pipeline must end in the classifier.
        ax : matplotlib Axes, default=None
            Where to draw the losses, and nothing else. None makes a figure with a panel for
            each kind of curve that was recorded.

        Returns
        -------
        display : TrainingCurveDisplay
            The picture.

        Raises
        ------
        NotFittedError, TypeError
            If `estimator` is not fitted, or is another estimator.
        ValueError
            If training ended in its first epoch.
        ImportError
            If Matplotlib is not installed.
        """
        clf = _fitted_network(estimator)
        scores = clf.validation_scores_
        if not clf.loss_curve_:
            raise ValueError(
                "There is no training to draw: it ended in its first epoch. If it diverged, scale "
                "the features or lower learning_rate_init."
            )
        name = "accuracy" if clf.scoring is None else _score_name(clf.scoring)
        display = cls(
            clf.loss_curve_,
            validation_loss_curve=clf.validation_loss_curve_,
            validation_scores=None if name == "loss" else scores,  # the loss is drawn already
            learning_rates=clf.learning_rates_,
            best_epoch=clf.best_epoch_,
            score_name=f"Validation {name}",
        )
        return display.plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw the losses, and nothing else; None makes a figure with a panel for
            each kind of curve.

        Returns
        -------
        self : TrainingCurveDisplay
            With `ax_`, `axes_` and `figure_` set.
        """
        panels = [self._plot_losses]
        if ax is None:
            panels += [self._plot_scores] * (self.validation_scores is not None)
            panels += [self._plot_rates] * self._rate_changes()
            height = 2.6 + 1.6 * (len(panels) - 1)
            self.figure_, axes = _pyplot().subplots(
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
            _calm(panel_ax)
            if self.best_epoch is not None:
                panel_ax.axvline(self.best_epoch, color="0.4", linewidth=1, linestyle=":")
        self.axes_[-1].set_xlabel("Epoch")
        self.axes_[-1].xaxis.set_major_locator(_pyplot().MaxNLocator(integer=True))
        return self

    def _rate_changes(self) -> bool:
        rates = () if self.learning_rates is None else self.learning_rates
        return len({rate for rate in rates if not math.isnan(rate)}) > 1

    def _plot_losses(self, ax: Any) -> None:
        _plot_epochs(ax, self.loss_curve, COLOURS[0], label="training")
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


class WeightsDisplay:
    """The weights of the first layer, as images or as a heat map.

    Use :meth:`from_estimator`.

    Parameters
    ----------
    weights : ndarray of shape (n_features, n_units)
        Weights of the first layer.
    image_shape : tuple of int, default=None
        Height and width, where the features are the pixels of an image.
    feature_names : sequence of str, default=None
        Names of the features; None numbers them.
    unit_names : sequence of str, default=None
        Names of the units; None numbers them.
    unit_label : str, default="Unit of the first layer"
        What the units are.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes, or the first of them.
    axes_ : list of matplotlib Axes
        An axes an image, or that of the heat map.
    figure_ : matplotlib Figure
        Their figure.

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
        """Draw the first layer of a fitted classifier.

        Parameters
        ----------
        estimator : MLPSoftmaxClassifier or Pipeline
            Fitted; a Pipeline must end in the classifier.
        image_shape : tuple of int, default=None
            Height and width, where the features are the pixels of an image. None draws a heat
            map.
        feature_names : sequence of str, default=None
            Names of the features; None takes those that the classifier has seen.
        n_units : int, default=20
            How many units to show: those with the largest weights, at least 1. With no hidden
            layer the units are the classes, and all are shown.
        ax : matplotlib Axes, default=None
            Where to draw the heat map; None makes a figure.

        Returns
        -------
        display : WeightsDisplay
            The picture.

        Raises
        ------
        ValueError
            If `image_shape` or `feature_names` do not fit the number of features, or `ax` is
            given for images.
        NotFittedError, TypeError
            If `estimator` is not fitted, or is another estimator.
        ImportError
            If Matplotlib is not installed.
        """
        clf = _fitted_network(estimator)
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
                f"n_units={n_units!r} is not allowed: it must be an integer from 1 up."
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
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw the heat map; None makes a figure.

        Returns
        -------
        self : WeightsDisplay
            With `ax_`, `axes_` and `figure_` set.
        """
        if self.image_shape is not None and ax is not None:
            raise ValueError("ax is for the heat map: images need axes of their own, ax=None.")
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
        self.figure_, axes = _pyplot().subplots(
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
            self.figure_, ax = _pyplot().subplots(
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
            f"image_shape={image_shape!r} is not allowed: it must be a height and a width, such as "
            "(8, 8)."
        )
    if math.prod(sides) != n_features:
        raise ValueError(
            f"image_shape={image_shape} has {math.prod(sides)} pixels, but there are "
            f"{n_features} features."
        )


class GridDisplay:
    """A grid search over two parameters: the validation score, a line a value of the second.

    Use :meth:`from_search`.

    Parameters
    ----------
    x_values : list
        Values of the parameter along the x-axis.
    line_values : list
        Values of the parameter that has a line for each.
    mean : ndarray of shape (len(line_values), len(x_values))
        Mean score over the folds; NaN where a pair was not tried.
    std : ndarray of the same shape
        Its standard deviation over the folds.
    x_name, line_name : str
        Names of the two parameters; None for `line_name` if there is but one.
    score_name : str, default="Validation score"
        Label of the scores.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        Its figure.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from skmlp import GridDisplay, MLPSoftmaxClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = MLPSoftmaxClassifier(10, solver="lbfgs", max_iter=1000, random_state=0)
    >>> grid = {"depth": [0, 1, 2], "activation": ["relu", "tanh"]}
    >>> search = GridSearchCV(clf, grid, cv=3).fit(X, y)
    >>> display = GridDisplay.from_search(search)  # doctest: +SKIP
    """

    def __init__(
        self,
        x_values: list,
        line_values: list,
        mean: np.ndarray,
        std: np.ndarray,
        *,
        x_name: str,
        line_name: str | None,
        score_name: str = "Validation score",
    ):
        self.x_values = x_values
        self.line_values = line_values
        self.mean = mean
        self.std = std
        self.x_name = x_name
        self.line_name = line_name
        self.score_name = score_name

    @classmethod
    def from_search(
        cls, search: Any, *, x: str = "depth", line: str | None = "activation", ax: Any = None
    ) -> Self:
        """Draw a fitted grid search.

        Parameters
        ----------
        search : GridSearchCV, RandomizedSearchCV or another with `cv_results_`
            Fitted, with one score.
        x, line : str, default="depth" and "activation"
            The parameters to draw, with or without the name of the Pipeline's step
            (``"mlp__depth"``). Of several candidates with the same two values, the best is
            drawn. Where a part of the search leaves one out, its value is called "default".
            None for `line` draws a single line.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : GridDisplay
            The picture.

        Raises
        ------
        ValueError
            If a parameter was not searched over, or there are several scores.
        NotFittedError, TypeError
            If `search` is not fitted, or is no search.
        ImportError
            If Matplotlib is not installed.
        """
        if not hasattr(search, "cv_results_"):
            check_is_fitted(search)
            raise TypeError(
                f"search must be a GridSearchCV or the like, got {type(search).__name__}."
            )
        results = search.cv_results_
        if "mean_test_score" not in results:
            raise ValueError("search has several scores: fit it with one, such as 'accuracy'.")
        x = _searched_parameter(results, x)
        line = None if line is None else _searched_parameter(results, line)
        scores = results["mean_test_score"]
        # A parameter that some grids of a search leave out has its default there.
        pairs = [(grid.get(x, "default"), grid.get(line, "default")) for grid in results["params"]]
        x_values, line_values = (
            {repr(value): value for value in values} for values in zip(*pairs, strict=True)
        )
        rows, columns = list(line_values), list(x_values)
        mean = np.full((len(line_values), len(x_values)), np.nan)
        std = mean.copy()
        worst_first = np.argsort(np.nan_to_num(scores, nan=-np.inf), kind="stable")
        for candidate in worst_first:
            x_value, line_value = map(repr, pairs[candidate])
            cell = rows.index(line_value), columns.index(x_value)
            mean[cell] = scores[candidate]
            std[cell] = results["std_test_score"][candidate]
        name = _score_name(getattr(search, "scoring", None))
        display = cls(
            list(x_values.values()),
            list(line_values.values()),
            mean,
            std,
            x_name=x.rpartition("__")[2],
            line_name=None if line is None else line.rpartition("__")[2],
            score_name=f"Validation {name}",
        )
        return display.plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        self : GridDisplay
            With `ax_` and `figure_` set.
        """
        if ax is None:
            _, ax = _pyplot().subplots(figsize=(6.0, 4.2), layout="constrained")
        self.ax_, self.figure_ = ax, ax.figure
        place = np.arange(len(self.x_values))
        n_lines = len(self.line_values)
        for k, value in enumerate(self.line_values):
            ax.errorbar(
                place + 0.08 * (k - (n_lines - 1) / 2),  # side by side: no bar hides another
                self.mean[k],
                yerr=self.std[k],
                color=COLOURS[k % len(COLOURS)],
                marker=MARKERS[k % len(MARKERS)],
                linewidth=1.6,
                elinewidth=1.2,
                capsize=3,
                label=str(value),
            )
        ax.set_xticks(place, [str(value) for value in self.x_values])
        ax.set_xlabel(self.x_name)
        ax.set_ylabel(self.score_name)
        if self.line_name is not None:
            ax.legend(
                frameon=False,
                ncols=4,
                loc="lower center",
                bbox_to_anchor=(0.5, 1),
                title=self.line_name,
            )
        _calm(ax)
        return self


def _score_name(scoring: Any) -> str:
    return scoring.replace("_", " ") if isinstance(scoring, str) else "score"


def _searched_parameter(results: dict, name: str) -> str:
    """Find a parameter among those searched over, by its name in or outside a Pipeline."""
    searched = [key.removeprefix("param_") for key in results if key.startswith("param_")]
    matches = [key for key in searched if key == name or key.endswith(f"__{name}")]
    if len(matches) != 1:
        raise ValueError(
            f"{name!r} must name one of the parameters that were searched over: "
            f"{', '.join(searched)}."
        )
    return matches[0]
