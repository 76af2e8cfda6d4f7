"""
Choosing depth and activation for handwritten digits
====================================================

This example chooses the number of hidden layers and their activation by cross-validation:
a grid search over four depths and three activations on scikit-learn's handwritten digits,
1797 images of 8 by 8 pixels in ten classes.
"""

import matplotlib.pyplot as plt
import numpy as np
from joblib import parallel_config
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, StratifiedKFold, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skmlp import GridDisplay, MLPSoftmaxClassifier, TrainingCurveDisplay

# %%
# The data
# --------
# A quarter of the images are the test set, which is not used in the search. With pixels of
# float32 the network computes in float32, which is faster than float64 and precise enough
# here.

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X.astype(np.float32), y, test_size=0.25, stratify=y, random_state=0
)

# %%
# The model and the search
# ------------------------
# The scaler is a step of the pipeline, so that it is fitted on the training rows of each
# fold. With ``depth``, ``hidden_layer_sizes`` is the width of every hidden layer, and the
# number of layers is one parameter of the search. At depth 0 there is no hidden layer and no
# activation: this is softmax regression. It has a separate grid, so that it is fitted once and
# not once for each activation.

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
    scoring="accuracy",
    cv=StratifiedKFold(5, shuffle=True, random_state=0),
    n_jobs=2,
    verbose=1,
)
with parallel_config(verbose=10):  # prints the progress
    search.fit(X_train, y_train)

# %%
# The results
# -----------
# Mean and standard deviation over the five folds, and the time of one fit.

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
# The best model is trained again on all training rows, and evaluated on the test images.

best = search.best_estimator_["mlp"]
print(f"Best parameters: {search.best_params_}")
print(f"Cross-validation accuracy: {search.best_score_:.4f}")
print(f"Test accuracy: {search.score(X_test, y_test):.4f}")
print(f"Epochs trained: {best.n_iter_}")

# %%
# The figures
# -----------
# The error bars are standard deviations over the folds. One hidden layer of relu units is best, but
# most differences are smaller than those between folds: on images this small, more layers are no
# better. The point "default" is softmax regression, for which no activation was searched.

display = GridDisplay.from_search(search)
display.ax_.set_xlabel("depth (hidden layers of 100 units)")
display.figure_.savefig("digits_grid_search.png", dpi=150)
print("Figure saved as digits_grid_search.png")

# %%
# The training loss of the best model does not approach 0, because it includes the penalty on the
# weights. The learning rate rises and then falls to 0.

TrainingCurveDisplay.from_estimator(best)
plt.show()
