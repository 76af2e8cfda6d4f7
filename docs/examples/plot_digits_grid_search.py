"""
Choosing depth and activation for handwritten digits
====================================================

How many hidden layers does a problem need, and which activation between them?
Cross-validation answers both. This example searches over four depths and three
activations on scikit-learn's handwritten digits: 1797 images of 8 by 8 pixels,
ten classes. It takes some ten seconds on two cores, half a minute without a C compiler.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from joblib import parallel_config
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, StratifiedKFold, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skmlp import MLPSoftmaxClassifier

# %%
# The data
# --------
# A quarter of the images is put aside for the test at the end, and plays no part in
# any choice. The pixels are made float32: then the network computes in float32, which is
# faster than float64 and precise enough here.

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X.astype(np.float32), y, test_size=0.25, stratify=y, random_state=0
)

# %%
# The model and the search
# ------------------------
# The scaler is a step of the pipeline, so that each fold is scaled by its own training
# rows. With ``depth``, ``hidden_layer_sizes`` is the one width that every hidden layer
# gets, and the number of layers becomes a parameter that can be searched over like any
# other. At depth 0 there is no hidden layer, hence no activation: this softmax
# regression is a grid of its own, so that it is fitted once and not for each activation.

DEPTHS = [1, 2, 3]
ACTIVATIONS = ["relu", "tanh", "logistic"]

pipeline = Pipeline(
    [
        ("scale", StandardScaler()),
        ("mlp", MLPSoftmaxClassifier(hidden_layer_sizes=100, random_state=0)),
    ]
)
search = GridSearchCV(
    pipeline,
    [{"mlp__depth": [0]}, {"mlp__depth": DEPTHS, "mlp__activation": ACTIVATIONS}],
    cv=StratifiedKFold(5, shuffle=True, random_state=0),
    n_jobs=2,
    verbose=1,
)
with parallel_config(verbose=10):  # prints how far it is
    search.fit(X_train, y_train)

# %%
# The results
# -----------
# The mean and the standard deviation are over the five folds; the time is that of one
# fit.

results = search.cv_results_
row_of = {
    (parameters["mlp__depth"], parameters.get("mlp__activation", "none")): row
    for row, parameters in enumerate(results["params"])
}
print("depth  activation  accuracy    std   fit (s)")
for (depth, activation), row in sorted(row_of.items()):
    print(
        f"{depth:5d}  {activation:10s}  {results['mean_test_score'][row]:8.4f}"
        f"  {results['std_test_score'][row]:.4f}  {results['mean_fit_time'][row]:6.2f}"
    )

# %%
# The best of them was trained again on all training rows. The test images say how well
# it does on digits it has never seen.

best = search.best_estimator_["mlp"]
print(f"Best parameters: {search.best_params_}")
print(f"Cross-validation accuracy: {search.best_score_:.4f}")
print(f"Test accuracy: {search.score(X_test, y_test):.4f}")
print(f"Epochs trained: {best.n_iter_}")

# %%
# The figure
# ----------
# On the left, look at the bars before the points: one hidden layer of relu units does best,
# but more layers gain nothing on images this small, and most differences are no larger than
# those between folds. On the right is the training loss of the best model, epoch by epoch. It
# levels off above 0 because it includes the penalty on the weights.

STYLE = {"relu": ("#0072B2", "o"), "tanh": ("#D55E00", "s"), "logistic": ("#009E73", "^")}

figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 4.4), layout="constrained")

for k, activation in enumerate(ACTIVATIONS):
    rows = [row_of[0, "none"], *(row_of[depth, activation] for depth in DEPTHS)]
    colour, marker = STYLE[activation]
    left.errorbar(
        np.array([0, *DEPTHS]) + 0.08 * (k - 1),  # side by side, so that no bar hides another
        results["mean_test_score"][rows],
        yerr=results["std_test_score"][rows],
        color=colour,
        marker=marker,
        markersize=7,
        linewidth=1.6,
        elinewidth=1.2,
        capsize=3,
        label=activation,
    )

left.set_title("Five-fold cross-validation (mean ± standard deviation)", fontsize=11, pad=30)
left.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False)
left.set_xticks([0, *DEPTHS])
left.set_xlabel("Depth (hidden layers of 100 units)")
left.set_ylabel("Validation accuracy")

epochs = np.arange(1, len(best.loss_curve_) + 1)
right.plot(epochs, best.loss_curve_, color=STYLE[best.activation][0], linewidth=1.8)
right.set_title(
    f"Best model: depth {best.depth}, {best.activation}\n"
    f"test accuracy {search.score(X_test, y_test):.3f}",
    fontsize=11,
    pad=18,
)
right.set_yscale("log")
right.set_yticks([0.05, 0.1, 0.2, 0.5, 1.0])
right.yaxis.set_major_formatter("{x:g}")
right.yaxis.set_minor_formatter("")
right.set_xlabel("Epoch")
right.set_ylabel("Training loss $J$ (log scale)")

for axes in (left, right):
    axes.grid(color="0.9", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)

figure.get_layout_engine().set(wspace=0.06)
picture = Path("digits_grid_search.png").resolve()
figure.savefig(picture, dpi=150)
print(f"The picture is in {picture}")
plt.show()
