"""
Calibrated probabilities
========================

Of all the rows that a classifier predicts with a probability of 80 %, about 80 % should be
predicted correctly. A network that is trained for long, with a small penalty on its weights, is
overconfident. Temperature scaling divides its logits by one number, which is fitted on held-out
data. It changes no predicted class and corrects most of the overconfidence.
"""

import matplotlib.pyplot as plt
import numpy as np
import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.utils.fixes import parse_version

from skmlp import MLPSoftmaxClassifier

X, y = load_digits(return_X_y=True)
X = X / 16 + np.random.default_rng(0).normal(0, 0.4, X.shape)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=0)

# %%
# ``CalibratedClassifierCV`` takes the logits from ``decision_function``. The method "temperature"
# needs scikit-learn 1.8; in older versions, "sigmoid" is the closest.

method = "temperature" if parse_version(sklearn.__version__) >= parse_version("1.8") else "sigmoid"
network = MLPSoftmaxClassifier(alpha=0.01, random_state=0)
models = {
    "network": network,
    f"calibrated ({method})": CalibratedClassifierCV(network, method=method, cv=5, ensemble=False),
}

# %%
# A reliability diagram groups the test rows by confidence, the largest probability of a row, and
# shows the accuracy of each group. Below the diagonal, a model is overconfident. The points of the
# network lie far below it, those of the calibrated network close to it. The accuracies are nearly
# the same.

figure, ax = plt.subplots(figsize=(5.4, 4), layout="constrained")
ax.plot([0, 1], [0, 1], ":", color="0.5", label="perfectly calibrated")
edges = np.linspace(0.2, 1, 9)
styles = [{"color": "#D55E00", "marker": "o"}, {"color": "#0072B2", "marker": "s"}]
for (name, clf), style in zip(models.items(), styles, strict=True):
    P = clf.fit(X_train, y_train).predict_proba(X_test)
    confidence, correct = P.max(axis=1), clf.classes_[P.argmax(axis=1)] == y_test
    group = np.digitize(confidence, edges)
    groups = [g for g in np.unique(group) if np.sum(group == g) >= 10]
    loss = log_loss(y_test, P)
    print(f"{name:24s} accuracy {correct.mean():.3f}  log-loss {loss:.3f}")
    ax.plot(
        [confidence[group == g].mean() for g in groups],
        [correct[group == g].mean() for g in groups],
        **style,
        label=f"{name}: log-loss {loss:.2f}",
    )

ax.set(xlabel="Mean confidence", ylabel="Accuracy", xlim=(0.2, 1.02), ylim=(0, 1.15))
ax.legend(frameon=False)
ax.grid(color="0.9")
ax.spines[["top", "right"]].set_visible(False)
plt.show()
