"""What all plots share: colours, the style of axes, and Matplotlib, imported when needed."""

from typing import Any

from skmlp.estimator.extras import import_extra

__all__ = ["COLOURS", "MARKERS", "pyplot", "style_axes"]

# Okabe and Ito's colours, which colour-blind readers can tell apart.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
MARKERS = "os^DvPX"


def pyplot() -> Any:
    """Import Matplotlib, or raise an error that says how to install it."""
    return import_extra("matplotlib.pyplot", "plot", "A plot")


def style_axes(ax: Any) -> None:
    """Add a pale grid behind the data, and remove the upper and right spines."""
    ax.grid(color="0.9", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
