"""Diagrams of small networks with their numbers, for the page on the theory."""

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "0.45"
ACROSS, DOWN = 3, 2.4  # from one layer to the next, and from one unit to the next


def heights(n_units):
    """Place units one below the other, the middle at 0."""
    return [DOWN * ((n_units - 1) / 2 - k) for k in range(n_units)]


def draw_units(ax, x, forward, backward):
    """Draw a layer, with numbers of the pass forwards in its units, and backwards below."""
    for y, inside, below in zip(heights(len(forward)), forward, backward, strict=True):
        ax.plot(x, y, "o", markersize=52, color="white", markeredgecolor="0.3")
        ax.text(x, y, inside, ha="center", va="center", color=BLUE)
        ax.text(x, y - 0.78, below, ha="center", va="center", color=ORANGE)


def draw_weights(ax, x, W):
    """Draw an arrow for each weight, from the layer at x to the next."""
    for start, row in zip(heights(len(W)), W, strict=True):
        for end, weight in zip(heights(len(row)), row, strict=True):
            arrow = {"arrowstyle": "-|>", "color": "0.6", "shrinkA": 26, "shrinkB": 26}
            ax.annotate("", (x + ACROSS, end), (x, start), arrowprops=arrow)
            ax.text(
                *(x + 0.27 * ACROSS, start + 0.27 * (end - start), f"${weight:g}$"),
                **{"ha": "center", "va": "center", "bbox": {"color": "white", "pad": 1}},
            )


def draw_biases(ax, x, b):
    """Draw a short arrow from each bias to its unit in the layer at x."""
    for y, bias in zip(heights(len(b)), b, strict=True):
        arrow = {"arrowstyle": "-|>", "color": "0.6", "shrinkA": 0, "shrinkB": 26}
        ax.annotate(
            *(f"${bias:g}$", (x, y), (x - 0.55, y + 1.02)),
            **{"ha": "center", "va": "center", "color": GREY, "arrowprops": arrow},
        )


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
        ax.text(ACROSS / 2 * i, top + 0.6, name, ha="center", va="center")
    ax.set(xlim=(-0.9, ACROSS * len(W) + 0.9), ylim=(-top - 0.1, top + 0.9))
    ax.axis("off")
