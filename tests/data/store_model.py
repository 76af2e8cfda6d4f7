"""Write stored_model.joblib. Run it with the oldest supported versions (.ci/oldest.txt)."""

from pathlib import Path

import joblib
import numpy as np

from skmlp import MLPSoftmaxClassifier

if __name__ == "__main__":
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 3)).astype(np.float32)
    y = np.array(["left", "right", "straight"])[(X[:, 0] > 0).astype(int) + (X[:, 1] > 0.5)]
    clf = MLPSoftmaxClassifier(
        (5, 4), activation=["tanh", "gelu"], max_iter=20, tol=0.1, random_state=0
    ).fit(X, y)
    stored = {"model": clf, "X": X, "P": clf.predict_proba(X)}
    joblib.dump(stored, Path(__file__).with_name("stored_model.joblib"), compress=3)
