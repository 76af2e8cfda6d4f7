"""Dot plots of the benchmarks: a row for each data set, a dot for each model."""

import matplotlib.pyplot as plt
import numpy as np
from ratio_bars import read

STYLES = {
    "TabularMLPClassifier": ("#D55E00", "*"),
    "LightGBM": ("#0072B2", "o"),
    "LightGBM, tuned": ("#0072B2", "D"),
    "XGBoost": ("#56B4E9", "s"),
    "CatBoost": ("#009E73", "^"),
    "HistGradientBoosting": ("#E69F00", "v"),
    "RealMLP": ("#D55E00", "P"),
    "MLPClassifier": ("#CC79A7", "X"),
    "MLPSoftmaxClassifier": ("#0072B2", "o"),
    "wide": ("#D55E00", "s"),
    "LogisticRegression": ("0.45", "d"),
    "skrub, MLPSoftmaxClassifier": ("#CC79A7", "P"),
    "skrub, LogisticRegression": ("0.45", "<"),
}
TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]


def style(model):
    colour, marker = STYLES[model]
    return {"color": colour, "marker": marker, "linestyle": "none", "label": model}


def in_order(models):
    return sorted(set(models), key=list(STYLES).index)


def scale_logarithmically(ax, values, ticks=TICKS):
    """Make the x-axis logarithmic, with plain numbers at its ticks."""
    low, high = min([*values, 1]), max([*values, 1])
    margin = 1.05 * (high / low) ** 0.03
    low, high = low / margin, high * margin
    ax.set(xscale="log", xlim=(low, high))
    ticks = [tick for tick in ticks if low <= tick <= high]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set_xticks([], minor=True)


def draw_dots(ax, names, values):
    """Draw a row for each name, and for each model the values of those names that have one.

    `values` maps each model to a dict of names and ratios. The dots of a row differ a little in
    height, so that dots of equal values are distinguishable.
    """
    models = in_order(values)
    offsets = np.linspace(-0.25, 0.25, len(models))
    for model, offset in zip(models, offsets, strict=True):
        rows = [i for i, name in enumerate(names) if name in values[model]]
        ratios = [values[model][names[i]] for i in rows]
        ax.plot(ratios, np.add(rows, offset), markersize=5, alpha=0.9, **style(model))
    ax.axvline(1, color="0.2", linewidth=1)
    for edge in np.arange(0.5, len(names) - 1):
        ax.axhline(edge, color="0.93", linewidth=0.8, zorder=0)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_yticks(range(len(names)), names)
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right"]].set_visible(False)


def add_legend(figure, axes):
    handles = {}
    for ax in axes:
        handles |= {handle.get_label(): handle for handle in ax.get_legend_handles_labels()[0]}
    models = in_order(handles)
    figure.legend(
        [handles[model] for model in models],
        models,
        loc="outside upper center",
        ncols=4,
        frameon=False,
        fontsize=8.5,
    )


KINDS = {"numeric": "Numeric tables", "raw": "Mixed-type tables"}


def draw_measure(measure, label):
    """Draw the ratio of a measure to that of TabularMLPClassifier, for both kinds of tables."""
    rows = [row for row in read("benchmarks/table_ratios.csv") if row[f"{measure} ratio"]]
    names = {
        kind: list(dict.fromkeys(name(row) for row in rows if row["kind"] == kind))
        for kind in KINDS
    }
    figure, axes = plt.subplots(
        2,
        figsize=(8, 9.5),
        layout="constrained",
        sharex=True,
        height_ratios=[len(names[kind]) for kind in KINDS],
    )
    for ax, (kind, title) in zip(axes, KINDS.items(), strict=True):
        values = {}
        for row in rows:
            if row["kind"] == kind:
                values.setdefault(row["model"], {})[name(row)] = float(row[f"{measure} ratio"])
        draw_dots(ax, names[kind], values)
        ax.set_title(title, fontsize=10)
    scale_logarithmically(axes[0], [float(row[f"{measure} ratio"]) for row in rows])
    axes[1].set_xlabel(f"{label} / that of TabularMLPClassifier")
    add_legend(figure, axes)


def name(row):
    return f"{row['data']}, {int(row['rows']):,} rows"


def draw_errors_against_time():
    """Draw each model's errors against its time, both relative to TabularMLPClassifier."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 4.2), layout="constrained", sharey=True)
    for ax, (kind, title) in zip(axes, KINDS.items(), strict=True):
        ax.axhline(1, color="0.85", zorder=0)
        ax.axvline(1, color="0.85", zorder=0)
        ax.plot(1, 1, markersize=13, **style("TabularMLPClassifier"))
        rows = [row for row in read(f"benchmarks/{kind}_summary.csv") if row["time ratio"]]
        for row in rows:
            point = float(row["time ratio"]), float(row["error ratio"])
            ax.plot(*point, markersize=8, **style(row["model"]))
        scale_logarithmically(ax, [float(row["time ratio"]) for row in rows])
        ax.set(yscale="log", title=title, xlabel="Time of a fit / that of TabularMLPClassifier")
    axes[0].set_yticks([1, 1.2, 1.5, 2, 3], ["1", "1.2", "1.5", "2", "3"])
    axes[0].set_yticks([], minor=True)
    axes[0].set_ylabel("Errors / those of TabularMLPClassifier")
    add_legend(figure, axes)


def draw_networks():
    """Draw errors, log-loss and time of the networks, relative to MLPClassifier."""
    columns = {"MLPSoftmaxClassifier": "network", "wide": "wide", "LogisticRegression": "LogReg"}
    accuracy, losses, seconds = (
        read(f"benchmarks/{file}.csv") for file in ("accuracy", "log_loss", "seconds")
    )
    names = [name(row) for row in accuracy]
    # Half an error is added, as in the summary, for tables without errors.
    half = [50 / (3 * round(0.3 * int(row["rows"]))) for row in accuracy]
    measures = {
        "Errors": lambda i, column: 100 - number(accuracy[i][column]) + half[i],
        "Log-loss": lambda i, column: number(losses[i][column]),
        "Time of a fit": lambda i, column: number(seconds[i][column]),
    }
    figure, axes = plt.subplots(1, 3, figsize=(9, 7.5), layout="constrained", sharey=True)
    for ax, (label, measure) in zip(axes, measures.items(), strict=True):
        values = {
            model: {
                row: measure(i, column) / measure(i, "MLPClassifier") for i, row in enumerate(names)
            }
            for model, column in columns.items()
        }
        draw_dots(ax, names, values)
        ratios = [ratio for of_model in values.values() for ratio in of_model.values()]
        scale_logarithmically(ax, ratios, [0.01, 0.1, 0.2, 0.5, 1, 2, 5])
        ax.set_xlabel(label)
    figure.supxlabel("divided by that of MLPClassifier; left of 1 is better", fontsize=9)
    add_legend(figure, axes)


def number(cell):
    """Read a number, which may be in bold."""
    return float(cell.strip("*"))
