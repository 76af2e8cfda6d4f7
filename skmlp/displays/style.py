"""What all pictures share: colours, calm axes, and Matplotlib, imported where it is used."""

from typing import Any

from skmlp.estimator.extras import import_extra

__all__ = ["COLOURS", "MARKERS", "calm", "pyplot"]

# Okabe and Ito's colours, which colour-blind readers can tell apart.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
MARKERS = "os^DvPX"


def pyplot() -> Any:
    """Import Matplotlib, or say how to install it."""
    return import_extra("matplotlib.pyplot", "plot", "A picture")


def calm(ax: Any) -> None:
    """Take from the axes what distracts."""
    ax.grid(color="0.9", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
