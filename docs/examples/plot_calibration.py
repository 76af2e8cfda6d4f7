"""
Calibrated probabilities
========================

Of all the rows for which a classifier says "80 % sure", about 80 % should be right. A network
that is trained for long, with little penalty on its weights, is overconfident. Temperature scaling
divides its logits by one number, found on held-out data, which changes no prediction and corrects
most of that. Use it wherever somebody acts on the probabilities and not on the classes alone.
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
# ``CalibratedClassifierCV`` reads the logits from ``decision_function``. The method "temperature"
# came with scikit-learn 1.8; before, "sigmoid" is the nearest.

method = "temperature" if parse_version(sklearn.__version__) >= parse_version("1.8") else "sigmoid"
network = MLPSoftmaxClassifier(alpha=0.01, random_state=0)
models = {
    "network": network,
    f"calibrated ({method})": CalibratedClassifierCV(network, method=method, cv=5, ensemble=False),
}

# %%
# A reliability diagram groups the test rows by how sure the model is, and draws how often it is
# right. Below the diagonal it is overconfident. Look how far the points of the network lie
# below the dotted line, how near to it those of the calibrated one, and that the accuracies are
# all but the same.

figure, ax = plt.subplots(figsize=(5.4, 5), layout="constrained")
ax.plot([0, 1], [0, 1], ":", color="0.5", label="perfect")
edges = np.linspace(0.2, 1, 9)
for (name, clf), style in zip(models.items(), ["o-", "s-"], strict=True):
    P = clf.fit(X_train, y_train).predict_proba(X_test)
    confidence, right = P.max(axis=1), clf.classes_[P.argmax(axis=1)] == y_test
    group = np.digitize(confidence, edges)
    groups = [g for g in np.unique(group) if np.sum(group == g) >= 10]
    loss = log_loss(y_test, P)
    print(f"{name:24s} accuracy {right.mean():.3f}  log-loss {loss:.3f}")
    ax.plot(
        [confidence[group == g].mean() for g in groups],
        [right[group == g].mean() for g in groups],
        style,
        label=f"{name}: log-loss {loss:.2f}",
    )

ax.set(xlabel="Mean confidence", ylabel="Accuracy", xlim=(0.2, 1.02), ylim=(0, 1.02))
ax.legend(frameon=False)
ax.grid(color="0.9")
ax.spines[["top", "right"]].set_visible(False)
plt.show()
