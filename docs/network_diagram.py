"""Diagrams of small networks with their numbers, for the page on the theory."""

import numpy as np
from matplotlib.patches import Circle

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "0.45"
ACROSS, DOWN = 4, 2.5  # from one layer to the next, and from one unit to the next
RADIUS = 0.62  # of a unit


def heights(n_units):
    """Place units one below the other, the middle at 0."""
    return [DOWN * ((n_units - 1) / 2 - k) for k in range(n_units)]


def draw_arrow(ax, start, end, gap):
    """Draw an arrow to the border of the unit at `end`, from a gap beyond `start`."""
    start, end = np.array(start), np.array(end)
    along = (end - start) / np.linalg.norm(end - start)
    style = {"arrowstyle": "-|>", "color": "0.6", "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end - RADIUS * along, start + gap * along, arrowprops=style)


def draw_units(ax, x, forward, backward):
    """Draw a layer, with the values of the forward pass in its units, and gradients below."""
    for y, inside, below in zip(heights(len(forward)), forward, backward, strict=True):
        ax.add_patch(Circle((x, y), RADIUS, facecolor="white", edgecolor="0.3"))
        ax.text(x, y, inside, ha="center", va="center", color=BLUE)
        ax.text(x, y - RADIUS - 0.08, below, ha="center", va="top", color=ORANGE)


def draw_weights(ax, x, W):
    """Draw an arrow for each weight, from the layer at x to the next."""
    for start, row in zip(heights(len(W)), W, strict=True):
        for end, weight in zip(heights(len(row)), row, strict=True):
            draw_arrow(ax, (x, start), (x + ACROSS, end), gap=RADIUS)
            ax.text(
                *(x + 0.25 * ACROSS, start + 0.25 * (end - start), f"${weight:g}$"),
                **{"ha": "center", "va": "center", "bbox": {"color": "white", "pad": 1}},
            )


def draw_biases(ax, x, b):
    """Draw a short arrow from each bias to its unit in the layer at x."""
    for y, bias in zip(heights(len(b)), b, strict=True):
        place = x - 0.6, y + 1.1
        ax.text(*place, f"${bias:g}$", ha="center", va="center", color=GREY)
        draw_arrow(ax, place, (x, y), gap=0.18)


def draw_network(ax, names, forward, W, b, backward=None):
    """Draw layers from left to right, below the names of the layers and of what is between them.

    `forward` and `backward` hold a text for each unit of each layer, `W` and `b` the numbers of
    each linear layer.
    """
    backward = backward or [[""] * len(layer) for layer in forward]
    top = DOWN * max(len(layer) for layer in forward) / 2
    for i, matrix in enumerate(W):
        draw_weights(ax, ACROSS * i, matrix)
        draw_biases(ax, ACROSS * (i + 1), b[i])
    for i, (inside, below) in enumerate(zip(forward, backward, strict=True)):
        draw_units(ax, ACROSS * i, inside, below)
    for i, name in enumerate(names):
        ax.text(ACROSS / 2 * i, top + 0.45, name, ha="center", va="center")
    ax.set(xlim=(-0.9, ACROSS * len(W) + 0.9), ylim=(-top + 0.2, top + 0.75), aspect="equal")
    ax.axis("off")
