"""A neural-network classifier for scikit-learn, in NumPy."""

from skmlp.classifier import MLPSoftmaxClassifier
from skmlp.displays.grid import GridDisplay
from skmlp.displays.members import MembersDisplay
from skmlp.displays.training import TrainingCurveDisplay
from skmlp.displays.weights import WeightsDisplay
from skmlp.estimator.checkpoint import Checkpoint
from skmlp.network import log_softmax, softmax
from skmlp.tabular.classifier import TabularMLPClassifier
from skmlp.tabular.encoder import TabularEncoder
from skmlp.version import __version__, show_versions

__all__ = [
    "Checkpoint",
    "GridDisplay",
    "MLPSoftmaxClassifier",
    "MembersDisplay",
    "TabularEncoder",
    "TabularMLPClassifier",
    "TrainingCurveDisplay",
    "WeightsDisplay",
    "__version__",
    "log_softmax",
    "show_versions",
    "softmax",
]
