"""The classifier for a table as it comes: a scikit-learn estimator around encoder and ensemble."""

import time
from collections.abc import Sequence
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils import Tags, check_array, check_consistent_length, check_random_state
from sklearn.utils.validation import check_is_fitted

from skmlp.estimator.compat import (
    CallbackSupportMixin,
    begin_task,
    num_samples,
    safe_indexing,
    with_callbacks,
)
from skmlp.estimator.inputs import Table
from skmlp.estimator.labels import check_given, check_label_types, check_labels, encode_labels
from skmlp.estimator.rules import (
    COUNT,
    RULES,
    Rule,
    auto_or,
    none_or,
    read_by,
)
from skmlp.estimator.settings import read_settings
from skmlp.estimator.weights import check_weights, rows_that_count
from skmlp.network.batches import split
from skmlp.network.losses import softmax
from skmlp.tabular.encoder import TabularEncoder
from skmlp.tabular.ensemble import Ensemble
from skmlp.tabular.folds import TENTHS
from skmlp.tabular.members import KINDS, SETTINGS
from skmlp.tabular.partitions import refuse_partitions

__all__ = ["TabularMLPClassifier"]

# Weights of a mean from 1 up to this are taken for counts of rows.
LARGEST_COUNT = 10.0

# Rows that are encoded at a time for prediction, so that memory does not grow with the table.
ROWS_AT_A_TIME = 8192

OWN_RULES = {
    "n_folds": auto_or(
        Rule(lambda v: COUNT.allows(v) and v <= TENTHS, f"an integer from 1 to {TENTHS}", int)
    ),
    "encoder": none_or(Rule(lambda v: isinstance(v, TabularEncoder), "a TabularEncoder")),
    "class_weight": RULES["class_weight"],
    "random_state": RULES["random_state"],
    "n_jobs": none_or(
        Rule(lambda v: isinstance(v, Integral) and v != 0, "an integer other than 0", int)
    ),
    "verbose": RULES["verbose"],
}


class TabularMLPClassifier(CallbackSupportMixin, ClassifierMixin, BaseEstimator):
    r"""Ensemble of networks for a table as it comes: text, categories, dates and holes.

    A :class:`TabularEncoder` makes numbers of the columns. Members of four kinds learn from them:
    networks on all encoded columns, "wide" ones, and "narrow" ones of half the width, three tenths
    of the learning rate and twenty times the weight decay; networks on the columns before the
    piecewise ones, "scaled"; and softmax regressions on these, "linear". Each fold trains one of
    each kind on all rows but a tenth. The rows left out say what each kind weighs in the mixture
    of probabilities, and by which temperature it is cooled where it is too sure [1]_ [2]_:

    .. math:: P = \sum_k w_k \; \mathrm{mean}_{m} \, \mathrm{softmax}(L_{km} / T_k)

    with L the log-probabilities by member m of kind k. So a table that a straight line fits gets
    one, a table that a network solves gets networks, and probabilities can be taken at their word.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(256, 256)
        Units of each hidden layer of "wide" and "scaled" networks, at least 1; "narrow" ones have
        half as many.
    activation : str or list of str, default="relu"
        Activation of the hidden layers, as in :class:`MLPSoftmaxClassifier`.
    depth : int, default=None
        Number of hidden layers, each of the one width that `hidden_layer_sizes` must then hold.
    n_folds : int or "auto", default="auto"
        Members of each kind, from 1 to 10; each leaves out another tenth of the rows. Time grows
        with it, and quality a little. "auto" is 3, and 2 for more than 10,000 rows. A table of
        fewer than 50 rows has no folds: one softmax regression is trained on all of it.
    encoder : TabularEncoder, default=None
        How columns become numbers; None is ``TabularEncoder()``. It is cloned, not changed.
    dropout : float or list of float, default=0.15
        Probability, from 0 up and below 1, that a unit of a hidden layer is left out of a step.
    weight_decay : float, default=0.1
        Shrinkage of the weights of "wide" and "scaled" networks by AdamW a step, as a part of the
        learning rate; from 0 up. For "narrow" ones it is twenty times as much.
    learning_rate_init : float, default=0.01
        The highest learning rate of "wide" and "scaled" networks, above 0; it rises to it and
        falls to 0 over the training. For "narrow" ones it is three tenths of it.
    max_iter : int or "auto", default="auto"
        Epochs of the networks, at least 1. "auto" is 30 for 10,000 rows, times ``(10000 / n) **
        0.1`` for n rows that are fewer and ``(10000 / n) ** 0.2`` for more, but at least 10.
    batch_size : int or "auto", default="auto"
        Rows in a minibatch, at least 1. "auto" is the power of 2 nearest to a twentieth of the
        rows trained on, from 32 to 256.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, a dict from label to a number from 0 up. "balanced" gives every
        class the same total weight. None gives every class the weight 1.
    random_state : int, RandomState instance or None, default=None
        Source of the folds, the members' first weights, the order of rows and dropout. An int
        makes a fit repeat bit for bit, whatever `n_jobs`.
    n_jobs : int or None, default=None
        Members trained side by side, in threads that share the table, each with one thread for
        its matrix products; -1 for as many as there are processors. None is 1 unless
        :func:`joblib.parallel_config` says otherwise.
    verbose : bool or int, default=False
        Whether to print a line a member.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted: the order of the columns of `predict_proba`.
    encoder_ : TabularEncoder
        The encoder, fitted on all rows.
    members_ : dict of str to list of MLPSoftmaxClassifier
        The members of each kind, one a fold, in the order of the folds.
    weights_ : dict of str to float
        Weight of each kind in the mixture; they sum to 1.
    temperatures_ : dict of str to float
        Temperature of each kind, from 1 to 20: above 1 where it was too sure.
    left_out_losses_ : dict of str to list of float
        Log-loss of each member, not cooled, on the rows that it left out; NaN where it left out
        none.
    left_out_loss_ : float
        Log-loss of the mixture on all rows left out, NaN likewise. Weights and temperatures are
        chosen on these rows, so that on new ones it is a little larger; and each row is seen by
        one member of a kind, so that it is a little smaller with several folds.
    n_iter_ : int
        Epochs of each network; where there is none, iterations of the softmax regression.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, where X has names that are all strings.

    See Also
    --------
    MLPSoftmaxClassifier : A single network, on numbers.
    MembersDisplay : A picture of the members.
    sklearn.ensemble.HistGradientBoostingClassifier : Often better where classes depend on single
        columns crossing thresholds, and faster on many rows.

    Notes
    -----
    The encoded table is held once, in float32, whatever the number of members. Time grows a little
    less than in proportion to the rows.

    A Ctrl-C in `fit` leaves the estimator with the mixture of the members trained so far, and
    raises KeyboardInterrupt.

    References
    ----------
    .. [1] Wolpert, "Stacked generalization", Neural Networks 5, 1992.
    .. [2] Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", ICML 2017,
        :arxiv:`1706.04599`.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp import TabularMLPClassifier
    >>> rng = np.random.default_rng(0)
    >>> age, city = rng.integers(18, 80, size=300), rng.choice(["Bern", "Oslo"], size=300)
    >>> X = np.column_stack([age.astype(object), city])
    >>> y = np.where((age > 40) == (city == "Oslo"), "buys", "looks")
    >>> clf = TabularMLPClassifier(n_folds=2, random_state=0).fit(X[:200], y[:200])
    >>> print(f"{clf.score(X[200:], y[200:]):.1f}")
    1.0
    """

    # Where the parameters' names lead in a notebook.
    _doc_link_module = "skmlp"
    _doc_link_template = (
        "https://skmlp.readthedocs.io/en/stable/generated/skmlp.{estimator_name}.html"
    )

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (256, 256),
        activation: str | Sequence[str] = "relu",
        *,
        depth: int | None = None,
        n_folds: int | str = "auto",
        encoder: TabularEncoder | None = None,
        dropout: float | Sequence[float] = 0.15,
        weight_decay: float = 0.1,
        learning_rate_init: float = 0.01,
        max_iter: int | str = "auto",
        batch_size: int | str = "auto",
        class_weight: dict | str | None = None,
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
        verbose: bool | int = False,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.depth = depth
        self.n_folds = n_folds
        self.encoder = encoder
        self.dropout = dropout
        self.weight_decay = weight_decay
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.class_weight = class_weight
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags

    # Training

    @with_callbacks
    def fit(self, X: Table, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Encode the table, train the members, and weigh and cool them.

        Parameters
        ----------
        X : {array-like, DataFrame} of shape (n_samples, n_features)
            The table, one sample a row, as :class:`TabularEncoder` takes it: numbers, booleans,
            text, categories, dates, with values missing. A frame of pandas or polars, an array or
            nested lists.
        y : array-like of shape (n_samples,)
            Class labels: numbers, strings or booleans.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each sample, from 0 up; None counts every sample once. A whole number counts
            a sample as often, where the mean of those above 0 is from 1 to 10; other weights are
            scaled to a mean of 1.

        Returns
        -------
        self : TabularMLPClassifier
            The estimator, trained.

        Raises
        ------
        InvalidParameterError
            A ValueError and TypeError: a parameter is not allowed.
        ValueError, TypeError
            A column, labels or weights that cannot be trained on, with the reason.

        Warns
        -----
        ConvergenceWarning
            If the training of a network diverged.
        UserWarning
            If `batch_size` is larger than the rows.
        """
        refuse_partitions(self, X)
        p = read_by(OWN_RULES, self)
        settings = {name: getattr(self, name) for name in SETTINGS}
        read_settings(KINDS["wide"].make(settings, None))
        start = time.perf_counter()
        rng = check_random_state(p.random_state)
        classes, labels, weight = self._check_y(X, y, sample_weight)
        _, weight, counted, labels = rows_that_count(weight, X, labels)
        encoder = _encoder(p.encoder, rng)
        Z = encoder.fit_transform(counted, classes[labels], sample_weight=weight)
        ensemble = Ensemble(Z, encoder.n_plain_, labels, weight, classes, settings, p.n_folds, rng)

        def attributes() -> dict[str, Any]:
            return {"encoder_": encoder, "classes_": classes, **ensemble.attributes()}

        task = begin_task(self, X, y, sample_weight, "member", len(ensemble.tasks))
        try:
            for kind, fold in ensemble.train(self.n_jobs):
                if p.verbose:
                    seconds = time.perf_counter() - start
                    print(f"{ensemble.describe(kind, fold)} | {seconds:.1f} s", flush=True)
                if task is not None and task.end_part(attributes):
                    ensemble.stop()
        except KeyboardInterrupt:
            if ensemble.n_trained:
                self.__dict__ = {**vars(self), **attributes()}
            raise
        self.__dict__ = {**vars(self), **attributes()}
        if task is not None:
            task.end()
        return self

    def _check_y(
        self, X: Table, y: ArrayLike, sample_weight: ArrayLike | None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Give the classes, each row's place among them, and what it counts."""
        check_given(self, y)
        check_label_types(y)
        y = check_array(y, ensure_2d=False, dtype=None, input_name="y", estimator=self)
        classes, labels = encode_labels(check_labels(y, type(self).__name__))
        check_consistent_length(X, labels)
        weight, _ = check_weights(sample_weight, self.class_weight, classes, labels)
        return classes, labels, None if weight is None else _comparable(weight)

    # Prediction

    @property
    def n_iter_(self) -> int:
        """Epochs of the networks; of few rows, iterations of the softmax regression."""
        return next(iter(self.members_.values()))[0].n_iter_

    @property
    def n_features_in_(self) -> int:
        """Number of columns of X."""
        return self.encoder_.n_features_in_

    @property
    def feature_names_in_(self) -> np.ndarray:
        """Names of the columns of X, where it has names that are all strings."""
        return self.encoder_.feature_names_in_

    def predict(self, X: Table) -> np.ndarray:
        """Predict the most probable class.

        Parameters
        ----------
        X : {array-like, DataFrame} of shape (n_samples, n_features)
            The table, with the columns of `fit`.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            The labels.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError, TypeError
            If X has other columns, or a column holds what it did not in `fit`.
        """
        P = self.predict_proba(X)
        return self.classes_[P.argmax(axis=1)]

    def predict_proba(self, X: Table) -> np.ndarray:
        """Predict the probability of each class.

        Parameters
        ----------
        X : {array-like, DataFrame} of shape (n_samples, n_features)
            The table, with the columns of `fit`.

        Returns
        -------
        P : ndarray of shape (n_samples, n_classes), dtype float64
            Probabilities in the order of `classes_`; each row sums to 1.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError, TypeError
            If X has other columns, or a column holds what it did not in `fit`.
        """
        check_is_fitted(self, "members_")
        refuse_partitions(self, X)
        n_samples = num_samples(X)
        if n_samples <= ROWS_AT_A_TIME:
            return self._mixture(X)
        return np.concatenate(
            [
                self._mixture(safe_indexing(X, np.asarray(rows)))
                for rows in split(range(n_samples), ROWS_AT_A_TIME)
            ]
        )

    def predict_log_proba(self, X: Table) -> np.ndarray:
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : {array-like, DataFrame} of shape (n_samples, n_features)
            The table, with the columns of `fit`.

        Returns
        -------
        log_P : ndarray of shape (n_samples, n_classes), dtype float64
            Log-probabilities in the order of `classes_`.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError, TypeError
            If X has other columns, or a column holds what it did not in `fit`.
        """
        return np.log(self.predict_proba(X))

    def _mixture(self, X: Table) -> np.ndarray:
        """Encode some rows, and mix what all members say of them."""
        Z = self.encoder_.transform(X)
        plain = np.ascontiguousarray(Z[:, : self.encoder_.n_plain_])
        P = np.zeros((len(Z), len(self.classes_)))
        for kind, members in self.members_.items():
            seen = Z if KINDS[kind].piecewise else plain
            for member in members:
                L = member.predict_log_proba(seen).astype(np.float64)
                P += self.weights_[kind] / len(members) * softmax(L / self.temperatures_[kind])
        return P


def _comparable(weight: np.ndarray) -> np.ndarray:
    """Give weights that can be counted as rows are, where only their ratios mean something.

    Else weights that sum to 1 would count less than the penalties, and those of a survey, of which
    each stands for thousands, so much that nothing is penalised.
    """
    relative = weight / weight.max()
    mean = float(relative[relative > 0].mean())
    return weight if 1 <= mean * float(weight.max()) <= LARGEST_COUNT else relative / mean


def _encoder(encoder: TabularEncoder | None, rng: np.random.RandomState) -> TabularEncoder:
    """Give an encoder to fit: the user's or the default, with a seed where it has none."""
    encoder = TabularEncoder() if encoder is None else clone(encoder)
    encoder.set_output(transform="default")
    if encoder.random_state is None:
        encoder.set_params(random_state=rng.randint(2**31))
    return encoder
