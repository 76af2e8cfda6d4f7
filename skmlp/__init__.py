"""A neural-network classifier for scikit-learn, in NumPy."""

from skmlp.classifier import MLPSoftmaxClassifier
from skmlp.displays import GridDisplay, TrainingCurveDisplay, WeightsDisplay
from skmlp.estimator.checkpoint import Checkpoint
from skmlp.network import log_softmax, softmax
from skmlp.tabular.encoder import TabularEncoder
from skmlp.version import __version__

__all__ = [
    "Checkpoint",
    "GridDisplay",
    "MLPSoftmaxClassifier",
    "TabularEncoder",
    "TrainingCurveDisplay",
    "WeightsDisplay",
    "__version__",
    "log_softmax",
    "softmax",
]
