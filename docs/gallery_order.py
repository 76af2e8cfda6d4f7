"""The order of the examples in the gallery, which its configuration names."""

ORDER = [
    "plot_network_in_one_file.py",
    "plot_tutorial.py",
    "plot_digits_grid_search.py",
    "plot_table.py",
    "plot_explain.py",
    "plot_sparse_text.py",
    "plot_imbalanced.py",
    "plot_own_validation.py",
    "plot_dropout_early_stopping.py",
    "plot_calibration.py",
    "plot_schedule.py",
    "plot_out_of_core.py",
    "plot_importance.py",
    "plot_hidden_activations.py",
    "plot_decision_boundaries.py",
    "plot_depth_needs_activation.py",
    "plot_depth_against_width.py",
]


def place(filename):
    """Return the position of an example; raise a ValueError if it is not listed."""
    return ORDER.index(filename)
