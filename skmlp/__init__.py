"""A neural-network classifier for scikit-learn, in NumPy."""

from skmlp.classifier import MLPSoftmaxClassifier
from skmlp.losses import log_softmax, softmax

__version__ = "0.1.0"

__all__ = ["MLPSoftmaxClassifier", "log_softmax", "softmax"]
