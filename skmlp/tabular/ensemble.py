"""The ensemble in training: members of every kind on every fold, and what they make so far."""

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from skmlp.classifier import MLPSoftmaxClassifier
from skmlp.estimator.inputs import Samples
from skmlp.network.batches import Batch
from skmlp.tabular.folds import folds
from skmlp.tabular.members import KINDS, train
from skmlp.tabular.mixing import mix, mixture

__all__ = ["Ensemble"]

# With fewer rows, those left out say nothing of a member.
ENOUGH_FOR_FOLDS = 50

# With more rows, two folds are nearly as good as three.
MANY = 10_000


class Ensemble:
    """Members of every kind on every fold, trained one after another or side by side.

    Of fewer than 50 rows there is one member, a softmax regression on all of them.

    Parameters
    ----------
    Z : ndarray of shape (n_samples, n_columns), dtype float32
        The table, encoded.
    n_plain : int
        How many columns come before the piecewise ones.
    y : ndarray of shape (n_samples,), dtype int
        Column of each row's true class.
    weight : ndarray of shape (n_samples,) or None
        What each row counts, above 0; None counts every row once.
    classes : ndarray of shape (n_classes,)
        The labels.
    settings : dict
        What users set of the networks.
    n_folds : int or "auto"
        How many folds.
    rng : RandomState
        Source of the folds, and of the members' seeds.
    """

    def __init__(self, Z, n_plain, y, weight, classes, settings, n_folds, rng):
        plain = np.ascontiguousarray(Z[:, :n_plain])
        self.all_columns = Samples(Batch(Z, y, weight), classes, None, None)
        self.plain_columns = Samples(Batch(plain, y, weight), classes, None, None)
        if settings["max_iter"] == "auto":
            settings = {**settings, "max_iter": _epochs_for(len(y))}
        self.settings = settings
        if len(y) < ENOUGH_FOR_FOLDS:
            kinds, self.folds = ["linear"], [(np.arange(len(y)), np.arange(0))]
        else:
            if n_folds == "auto":
                n_folds = 3 if len(y) <= MANY else 2
            kinds, self.folds = list(KINDS), folds(y, n_folds, rng)
        self.tasks = [(kind, fold) for fold in range(len(self.folds)) for kind in kinds]
        self.stopped = False
        self.seeds = rng.randint(2**31, size=len(self.tasks)).tolist()
        self.members: dict[str, list[MLPSoftmaxClassifier]] = {kind: [] for kind in kinds}
        self.log_P: dict[str, list[np.ndarray]] = {kind: [] for kind in kinds}

    def train(self, n_jobs):
        """Train the members; yield the kind and the fold of each, in order, once it is trained."""
        parallel = Parallel(n_jobs, require="sharedmem", return_as="generator")
        with threadpool_limits(1, "blas"):  # more threads would round otherwise
            for task, (member, log_P) in zip(self.tasks, parallel(self._jobs()), strict=False):
                if self.stopped:
                    continue  # it was under way already
                kind, fold = task
                self.members[kind].append(member)
                self.log_P[kind].append(log_P)
                yield kind, fold

    def stop(self):
        """Let the members trained so far be all."""
        self.stopped = True

    def _jobs(self):
        for (kind, fold), seed in zip(self.tasks, self.seeds, strict=True):
            if self.stopped:
                return
            samples = self.all_columns if KINDS[kind].piecewise else self.plain_columns
            member = KINDS[kind].make(self.settings, seed)
            yield delayed(train)(member, samples, *self.folds[fold])

    @property
    def n_trained(self):
        """How many members are trained so far."""
        return sum(map(len, self.members.values()))

    def describe(self, kind, fold):
        """Describe in words the member that was trained last."""
        return (
            f"Member {self.n_trained} of {len(self.tasks)}: {kind}, fold {fold + 1} | "
            f"log-loss on rows left out {self.loss(kind, fold):.4f}"
        )

    def loss(self, kind, fold):
        """Give the log-loss of a member on the rows that it left out; NaN if there are none."""
        y, weight = self._left_out([fold])
        return _log_loss(self.log_P[kind][fold], y, weight)

    def attributes(self):
        """Give the fitted attributes that the members trained so far make."""
        members = {kind: list(trained) for kind, trained in self.members.items() if trained}
        n_folds = min(map(len, members.values()))  # those that all these kinds have left out
        y, weight = self._left_out(range(n_folds))
        log_P = [np.concatenate(self.log_P[kind][:n_folds]) for kind in members]
        weights, temperatures = mix(log_P, y, weight)
        P = mixture(log_P, weights, temperatures)
        return {
            "members_": members,
            "weights_": dict(zip(members, weights.tolist(), strict=True)),
            "temperatures_": dict(zip(members, temperatures.tolist(), strict=True)),
            "left_out_losses_": {
                kind: [self.loss(kind, fold) for fold in range(len(trained))]
                for kind, trained in members.items()
            },
            "left_out_loss_": _log_loss(np.log(P), y, weight),
        }

    def _left_out(self, some_folds):
        rows = np.concatenate([self.folds[fold][1] for fold in some_folds])
        data = self.all_columns.data.select(rows)
        return data.take_y(), data.take_weight()


def _epochs_for(n_rows):
    """Give the epochs that suit members, of fewer rows fewer than suit a single network."""
    ratio = 10_000 / n_rows
    return max(10, round(30 * min(ratio**0.1, ratio**0.2)))


def _log_loss(log_P, y, weight):
    if not len(y):
        return float("nan")
    return float(np.average(-log_P[np.arange(len(y)), y], weights=weight))
