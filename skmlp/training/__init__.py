"""Minimisation of the objective: solvers, learning-rate schedules, epochs, early stopping."""

from skmlp.training.epochs import Minibatches, train_minibatches
from skmlp.training.lbfgs import train_lbfgs
from skmlp.training.monitor import Monitor, Stop
from skmlp.training.optimizers import OPTIMIZERS, SGD, Adam, AdamW, NAdam, RMSprop, clip_norm
from skmlp.training.schedules import (
    SCHEDULES,
    Adaptive,
    Constant,
    Cosine,
    InverseScaling,
    Linear,
    OneCycle,
)
from skmlp.training.state import History, Progress, TrainingState
from skmlp.training.validation import Validation

__all__ = [
    "OPTIMIZERS",
    "SCHEDULES",
    "SGD",
    "Adam",
    "AdamW",
    "Adaptive",
    "Constant",
    "Cosine",
    "History",
    "InverseScaling",
    "Linear",
    "Minibatches",
    "Monitor",
    "NAdam",
    "OneCycle",
    "Progress",
    "RMSprop",
    "Stop",
    "TrainingState",
    "Validation",
    "clip_norm",
    "train_lbfgs",
    "train_minibatches",
]
