"""The ensemble: training of base models of each type on each fold, and the fitted model."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from joblib import Parallel, delayed
from joblib.parallel import get_active_backend

from skmlp.classifier import MLPSoftmaxClassifier
from skmlp.estimator.compat import num_samples
from skmlp.estimator.prediction import predict_by_block
from skmlp.estimator.settings import hidden_layer_sizes
from skmlp.network.batches import Batch
from skmlp.network.losses import log_softmax, softmax
from skmlp.tabular.base_models import BASE_MODELS, choose_alpha, log_loss, train
from skmlp.tabular.encoder import TabularEncoder
from skmlp.tabular.folds import folds
from skmlp.tabular.stacking import combine, fit_stacking
from skmlp.training.threads import OneThread, available_threads

__all__ = ["Ensemble", "EnsembleModel"]

# With fewer rows, the log-loss on validation rows is too noisy to fit weights on.
ENOUGH_FOR_FOLDS = 50

# Number of rows to encode at a time in prediction, so that memory use does not grow with the table.
ROWS_AT_A_TIME = 8192

# Up to this number of rows, a linear model is often the best: its penalty is cross-validated, and
# the weights are regularised towards it.
VERY_FEW = 200

LINEAR_AMONG_FEW = 20.0  # prior weight of "linear", relative to 1 for each other type


class EnsemblePlan(NamedTuple):
    """The base models for a table of at most `n_rows` rows."""

    most_rows: float
    names: tuple[str, ...]  # the types of base models
    n_folds: int
    scaled_width: float = 1.0  # width of "scaled" networks, relative to the others
    piecewise_epochs: float = 1.0  # epochs of "piecewise" networks, relative to the others


# Tuned together on real tables of 250 to 34,000 rows. On small tables, a larger number of small
# networks is better than a few flexible ones.
PLANS = (
    EnsemblePlan(600, ("decayed", "scaled", "linear"), n_folds=5),
    EnsemblePlan(2_200, tuple(BASE_MODELS), n_folds=4),
    EnsemblePlan(10_000, tuple(BASE_MODELS), n_folds=3, scaled_width=1.5),
    EnsemblePlan(np.inf, tuple(BASE_MODELS), n_folds=2, scaled_width=2.0, piecewise_epochs=2.5),
)


def in_threads(n_jobs):
    """Return a joblib Parallel that runs tasks in threads and yields the results in order.

    With None, there are as many threads as BLAS may use.
    """
    if n_jobs is None and get_active_backend()[1] is None:
        n_jobs = available_threads()
    return Parallel(n_jobs, require="sharedmem", return_as="generator")


@dataclass(frozen=True)
class EnsembleModel:
    """A fitted ensemble.

    Parameters
    ----------
    encoder : TabularEncoder
        The fitted encoder.
    classes : ndarray of shape (n_classes,)
        The labels.
    members : dict of str to list of MLPSoftmaxClassifier
        The fitted base models of each type.
    weights, temperatures : dict of str to float
        Weight and temperature of each type.
    validation_losses : dict of str to list of float
        Log-loss of each base model on its validation rows.
    validation_loss : float
        Log-loss of the ensemble on all validation rows.
    """

    encoder: TabularEncoder
    classes: np.ndarray
    members: dict[str, list[MLPSoftmaxClassifier]]
    weights: dict[str, float]
    temperatures: dict[str, float]
    validation_losses: dict[str, list[float]]
    validation_loss: float

    def predict_proba(self, X, n_jobs):
        """Return the probability of each class, for blocks of rows in parallel."""
        blocks = self.encoder._encode_blocks(X, ROWS_AT_A_TIME)
        if num_samples(X) <= ROWS_AT_A_TIME:
            return self._probabilities(*blocks)
        parallel = in_threads(n_jobs)
        with OneThread():  # as in training
            return np.concatenate([*parallel(map(delayed(self._probabilities), blocks))])

    def _probabilities(self, table):
        compact, Z = np.ascontiguousarray(table.dense), table.for_products()
        P = np.zeros((len(Z), len(self.classes)))
        for name, members in self.members.items():
            inputs = Z if BASE_MODELS[name].piecewise else compact
            for member in members:
                L = predict_by_block(member._model, inputs, log_softmax, P.shape[1])
                L = L.astype(np.float64)
                P += self.weights[name] / len(members) * softmax(L / self.temperatures[name])
        return P


class Ensemble:
    """Training of base models of each type on each fold, sequentially or in parallel.

    With fewer than 50 rows there is one base model, a softmax regression on all of them.

    Parameters
    ----------
    table : PiecewiseTable of shape (n_samples, n_columns), dtype float32
        The encoded table; the dense columns are the compact encoding.
    y : ndarray of shape (n_samples,), dtype int
        Column of each row's true class.
    weight : ndarray of shape (n_samples,) or None
        Weight of each row, above 0; None gives every row the weight 1.
    classes : ndarray of shape (n_classes,)
        The labels.
    settings : dict
        The users' parameters of the networks.
    n_folds : int or "auto"
        Number of folds.
    rng : RandomState
        Random numbers for the folds and the base models' seeds.
    groups : ndarray of shape (n_samples,), dtype int, default=None
        Groups of rows that no fold splits; with None, each row is a group.
    """

    def __init__(self, table, y, weight, classes, settings, n_folds, rng, groups=None):
        compact = np.ascontiguousarray(table.dense)
        self.classes = classes
        self.all_columns = Batch(table.for_products(), y, weight)
        self.compact_columns = Batch(compact, y, weight)
        self.very_few = len(y) <= VERY_FEW
        plan = next(plan for plan in PLANS if len(y) <= plan.most_rows)
        names = plan.names
        if len(y) < ENOUGH_FOR_FOLDS:
            names, self.folds = ("linear",), [(np.arange(len(y)), np.arange(0))]
        else:
            n_folds = plan.n_folds if n_folds == "auto" else n_folds
            self.folds = folds(y, n_folds, rng, groups)
        self.settings = _resolve_auto(settings, plan, len(y), len(self.folds[0][0]))
        self.tasks = [(name, fold) for fold in range(len(self.folds)) for name in names]
        self.stopped = False
        self.seeds = rng.randint(2**31, size=len(self.tasks)).tolist()
        self.members: dict[str, list[MLPSoftmaxClassifier]] = {name: [] for name in names}
        self.log_P: dict[str, list[np.ndarray]] = {name: [] for name in names}

    def train(self, n_jobs):
        """Train the base models; yield the type and fold of each, in order, when it is trained."""
        parallel = in_threads(n_jobs)
        with OneThread():  # otherwise the last digits would depend on n_jobs
            if self.very_few:
                alpha = choose_alpha(self.compact_columns, self.classes)
                self.settings["linear"]["alpha"] = alpha
            for task, (member, log_P) in zip(self.tasks, parallel(self._jobs()), strict=False):
                if self.stopped:
                    continue  # its training had already started
                name, fold = task
                self.members[name].append(member)
                self.log_P[name].append(log_P)
                yield name, fold

    def stop(self):
        """Stop training further base models."""
        self.stopped = True

    def _jobs(self):
        for (name, fold), seed in zip(self.tasks, self.seeds, strict=True):
            if self.stopped:
                return
            base_model = BASE_MODELS[name]
            table = self.all_columns if base_model.piecewise else self.compact_columns
            data, held_out = map(table.select, self.folds[fold])
            member = base_model.make(self.settings[name], seed)
            yield delayed(train)(member, self.classes, data, held_out)

    @property
    def n_trained(self):
        """Number of base models trained so far."""
        return sum(map(len, self.members.values()))

    def describe(self, name, fold):
        """Return a line about a base model that has just been trained."""
        return (
            f"Member {self.n_trained} of {len(self.tasks)}: {name}, fold {fold + 1} | "
            f"validation log-loss {self.loss(name, fold):.4f}"
        )

    def loss(self, name, fold):
        """Compute the log-loss of a base model on its validation rows; NaN if there are none."""
        y, weight = self._validation([fold])
        return log_loss(self.log_P[name][fold], y, weight)

    def model(self, encoder):
        """Return the fitted ensemble of the base models trained so far."""
        members = {name: list(trained) for name, trained in self.members.items() if trained}
        n_folds = min(map(len, members.values()))  # for which all types are trained
        y, weight = self._validation(range(n_folds))
        log_P = [np.concatenate(self.log_P[name][:n_folds]) for name in members]
        prior = [LINEAR_AMONG_FEW if name == "linear" else 1.0 for name in members]
        weights, temperatures = fit_stacking(log_P, y, weight, prior if self.very_few else None)
        P = combine(log_P, weights, temperatures)
        return EnsembleModel(
            encoder,
            self.classes,
            members,
            weights=dict(zip(members, weights.tolist(), strict=True)),
            temperatures=dict(zip(members, temperatures.tolist(), strict=True)),
            validation_losses={
                name: [self.loss(name, fold) for fold in range(len(trained))]
                for name, trained in members.items()
            },
            validation_loss=log_loss(np.log(P), y, weight),
        )

    def _validation(self, some_folds):
        rows = np.concatenate([self.folds[fold][1] for fold in some_folds])
        data = self.all_columns.select(rows)
        return data.take_y(), data.take_weight()


def _resolve_auto(settings, plan, n_rows, n_trained_on):
    """Return the settings of each type, with "auto" replaced.

    An ensemble of networks needs fewer epochs than a single network, and epochs are faster with
    larger minibatches.
    """
    ratio = 10_000 / n_rows
    epochs = max(10, round(30 * min(ratio**0.1, ratio**0.2)))
    auto = {
        "max_iter": epochs,
        "batch_size": int(np.clip(2 ** round(np.log2(n_trained_on / 20)), 32, 256)),
    }
    resolved = {**settings, **{name: auto[name] for name in auto if settings[name] == "auto"}}
    by_type = {name: dict(resolved) for name in BASE_MODELS}
    if settings["max_iter"] == "auto":
        by_type["piecewise"]["max_iter"] = round(plan.piecewise_epochs * epochs)
    widths = hidden_layer_sizes(settings["hidden_layer_sizes"], settings["depth"])
    widths = [round(plan.scaled_width * width) for width in widths]
    by_type["scaled"] |= {"hidden_layer_sizes": widths, "depth": None}
    return by_type
