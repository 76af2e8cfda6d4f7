"""A neural-network classifier for scikit-learn, in NumPy."""

from skmlp.classifier import MLPSoftmaxClassifier
from skmlp.displays import GridDisplay, TrainingCurveDisplay, WeightsDisplay
from skmlp.losses import log_softmax, softmax

__version__ = "0.1.0"

__all__ = [
    "GridDisplay",
    "MLPSoftmaxClassifier",
    "TrainingCurveDisplay",
    "WeightsDisplay",
    "log_softmax",
    "softmax",
]
