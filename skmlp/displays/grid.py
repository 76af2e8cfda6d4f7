"""Plot of a grid search."""

from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skmlp.displays.reading import name_of_score
from skmlp.displays.style import COLOURS, MARKERS, pyplot, style_axes

__all__ = ["GridDisplay"]


class GridDisplay:
    """Plot of a grid search over one or two parameters.

    It shows the mean validation scores against the first parameter, with error bars of one standard
    deviation over the folds, and a line for each value of the second parameter. Create it with
    :meth:`from_search`.

    Parameters
    ----------
    x_values : list
        Values of the parameter along the x-axis.
    line_values : list
        Values of the parameter that has a line for each value.
    mean : ndarray of shape (len(line_values), len(x_values))
        Mean score over the folds; NaN for pairs of values that were not searched.
    std : ndarray of shape (len(line_values), len(x_values))
        Standard deviation of the score over the folds.
    x_name : str
        Name of the parameter along the x-axis.
    line_name : str or None
        Name of the other parameter; None if there is only one.
    score_name : str, default="Validation score"
        Label of the scores.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.

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
        """Plot a fitted grid search.

        Parameters
        ----------
        search : GridSearchCV, RandomizedSearchCV or another search with `cv_results_`
            The fitted search, with a single score.
        x : str, default="depth"
            Parameter along the x-axis, with or without the name of the Pipeline's step
            (``"mlp__depth"``). Of several candidates with the same values of both parameters, the
            best is shown. Candidates that do not set a parameter are labelled "default".
        line : str or None, default="activation"
            Parameter that has a line for each value; None plots a single line.
        ax : matplotlib Axes, default=None
            Axes to plot on. None creates a figure.

        Returns
        -------
        display : GridDisplay
            The plot.

        Raises
        ------
        ValueError
            If a parameter was not searched over, or there are several scores.
        NotFittedError, TypeError
            If `search` is not fitted, or is not a search.
        ImportError
            If Matplotlib is not installed.
        """
        if not hasattr(search, "cv_results_"):
            check_is_fitted(search)
            raise TypeError(
                f"search must be a GridSearchCV or a similar search, got {type(search).__name__}."
            )
        results = search.cv_results_
        if "mean_test_score" not in results:
            raise ValueError(
                "search has several scores: fit it with a single one, such as 'accuracy'."
            )
        x = _searched_parameter(results, x)
        line = None if line is None else _searched_parameter(results, line)
        scores = results["mean_test_score"]
        # A parameter that a grid does not set has its default value.
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
        name = name_of_score(getattr(search, "scoring", None))
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
        """Draw the plot.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on. None creates a figure.

        Returns
        -------
        display : GridDisplay
            The display itself.

        Raises
        ------
        ImportError
            If Matplotlib is not installed.
        """
        if ax is None:
            _, ax = pyplot().subplots(figsize=(6.0, 4.2), layout="constrained")
        self.ax_, self.figure_ = ax, ax.figure
        place = np.arange(len(self.x_values))
        n_lines = len(self.line_values)
        for k, value in enumerate(self.line_values):
            ax.errorbar(
                place + 0.08 * (k - (n_lines - 1) / 2),  # side by side: no error bar hides another
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
        style_axes(ax)
        return self


def _searched_parameter(results: dict, name: str) -> str:
    """Return the full name of a parameter that was searched over."""
    searched = [key.removeprefix("param_") for key in results if key.startswith("param_")]
    matches = [key for key in searched if key == name or key.endswith(f"__{name}")]
    if len(matches) != 1:
        raise ValueError(
            f"{name!r} must name one of the parameters that were searched over: "
            f"{', '.join(searched)}."
        )
    return matches[0]
