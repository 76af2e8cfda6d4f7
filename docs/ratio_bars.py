"""Bar plots of ratios, for the pages of the benchmarks."""

import csv
import textwrap

import matplotlib.pyplot as plt
import numpy as np

BLUE, PALE = "#0072B2", "#CBE3F2"
TICKS = [0.25, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 20, 50]


def read(path):
    with open(path) as file:
        header, *rows = csv.reader(file)
    return [dict(zip(header, row, strict=True)) for row in rows]


def fold(name):
    """Break a name into lines, only after commas."""
    parts = name.replace(" ", "\N{NO-BREAK SPACE}").replace(",\N{NO-BREAK SPACE}", ", ")
    return textwrap.fill(parts, 34, break_long_words=False, break_on_hyphens=False)


def draw_bars(ax, ratios, middle, height, **style):
    """Draw a bar from 1 to each finite ratio, with the ratio at its end."""
    known = np.flatnonzero(np.isfinite(ratios))
    ratios = ratios[known]
    bars = ax.barh(known + middle, ratios - 1, height, left=1, edgecolor=BLUE, **style)
    ax.bar_label(bars, [f"{ratio:.2f}" for ratio in ratios], padding=3, fontsize=8)


def draw_column(ax, title, ratios):
    """Draw the bars of one column, or of two, the second in a pale colour."""
    height = 0.76 / len(ratios)
    for k, (column, values) in enumerate(ratios.items()):
        middle = (k - (len(ratios) - 1) / 2) * height
        label = f"ours, {column.split(' / ')[1]}"
        draw_bars(ax, values, middle, height, color=(BLUE, PALE)[k], label=label)
    ax.axvline(1, color="0.2", linewidth=1)
    ax.set_title(title, fontsize=10)
    ax.set_axisbelow(True)
    ax.grid(axis="x", color="0.9")
    ax.tick_params(axis="y", length=0)


def draw(path, panels):
    """Draw axes for each title, with the ratios of one or two columns of a CSV file.

    Rows without any ratio are omitted.
    """
    columns = [column for panel in panels.values() for column in panel]
    rows = [row for row in read(path) if any(row[column] for column in columns)]
    ratios = {c: np.array([float(row[c] or "nan") for row in rows]) for c in columns}
    size = (8.5, 1.2 + 0.44 * len(rows))
    figure, axes = plt.subplots(
        1, len(panels), figsize=size, sharex=True, sharey=True, layout="constrained"
    )
    for ax, (title, panel) in zip(axes, panels.items(), strict=True):
        draw_column(ax, title, {column: ratios[column] for column in panel})
    names = [fold(next(iter(row.values()))) for row in rows]
    axes[0].set_yticks(range(len(rows)), names, fontsize=8.5)
    axes[0].set_ylim(len(rows) - 0.5, -0.5)
    scale_logarithmically(axes, np.concatenate(list(ratios.values())))
    handles = axes[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=2, frameon=False)
    figure.supxlabel("Ratio of times: above 1, the first takes longer than the second", fontsize=9)


def scale_logarithmically(axes, ratios):
    """Make the axis logarithmic, with space for the numbers at the ends of the bars."""
    axes[0].set_xscale("log")
    low, high = min(np.nanmin(ratios), 1), max(np.nanmax(ratios), 1)
    margin = (high / low) ** 0.2
    limits = low / (margin if low < 0.98 else 1.05), high * margin
    for ax in axes:
        ticks = [tick for tick in TICKS if limits[0] <= tick <= limits[1]]
        ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks], minor=False, fontsize=8.5)
        ax.set_xticks([], minor=True)
    axes[0].set_xlim(limits)
