"""TabularMLPClassifier: the scikit-learn estimator around encoder and ensemble."""

import time
from collections.abc import Sequence
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils import Tags, check_array, check_consistent_length, check_random_state
from sklearn.utils.validation import check_is_fitted

from skmlp.classifier import MLPSoftmaxClassifier
from skmlp.estimator.compat import (
    CallbackSupportMixin,
    begin_task,
    with_callbacks,
)
from skmlp.estimator.fitted_attributes import fitted_property
from skmlp.estimator.inputs import Table
from skmlp.estimator.labels import check_given, check_label_types, check_labels, encode_labels
from skmlp.estimator.links import DocumentationLink
from skmlp.estimator.rules import (
    COUNT,
    RULES,
    Rule,
    auto_or,
    none_or,
    read_by,
)
from skmlp.estimator.sample_weights import as_counts, check_weights, rows_that_count
from skmlp.estimator.settings import read_settings
from skmlp.estimator.tables import as_table
from skmlp.tabular.base_models import BASE_MODELS, SETTINGS
from skmlp.tabular.copies import merge_copies
from skmlp.tabular.encoder import TabularEncoder
from skmlp.tabular.ensemble import Ensemble, EnsembleModel
from skmlp.tabular.folds import TENTHS, check_groups
from skmlp.tabular.partitions import refuse_partitions

__all__ = ["TabularMLPClassifier"]

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


class TabularMLPClassifier(CallbackSupportMixin, ClassifierMixin, DocumentationLink, BaseEstimator):
    r"""Ensemble of networks for mixed-type tabular data: numbers, text, categories and dates.

    A :class:`TabularEncoder` encodes the columns as numbers, with missing values allowed. Base
    models of four types are trained on them: networks on all encoded columns, "piecewise"; the
    same with three tenths of the learning rate and twenty times the weight decay, "decayed";
    networks on the compact encoding, without the piecewise linear columns, with twice the learning
    rate, "scaled"; and softmax regressions on the compact encoding, "linear". Each fold holds out
    a tenth of the rows for validation, and trains one base model of each type on the others.
    Weights w and temperatures T of the types minimise the log-loss on the validation rows,
    regularised towards equal weights and T = 1 (stacking [1]_ with temperature scaling [2]_):

    .. math:: P = \sum_k w_k \; \mathrm{mean}_{m} \, \mathrm{softmax}(L_{km} / T_k)

    with L the log-probabilities by base model m of type k. So each table gets the types that suit
    it, from linear to large networks, and well-calibrated probabilities.

    The number of rows decides what is trained. Up to 600 rows there are 5 folds, and no "piecewise"
    networks; up to 10,000 there are 3 folds, and with more than 2,200 rows "scaled" networks are
    half as wide again as the others; beyond that there are 2 folds, "scaled" networks are twice as
    wide, and "piecewise" ones have half as many epochs again. Up to 200 rows the penalty of the
    softmax regressions, `alpha`, is that of .5, 2 and 10 which has the least log-loss in a 10-fold
    cross-validation, else 3, and the weights are regularised towards "linear" with 20 times
    the weight of each other type. A table of fewer than 50 rows has no folds: one softmax
    regression is trained on all of it.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(128, 128)
        Units of each hidden layer, at least 1. "scaled" networks have half as many again for more
        than 2,200 rows, and twice as many for more than 10,000.
    activation : str or list of str, default="relu"
        Activation of the hidden layers, as in :class:`MLPSoftmaxClassifier`.
    depth : int, default=None
        Number of hidden layers, each of the one width that `hidden_layer_sizes` must then hold.
    n_folds : int or "auto", default="auto"
        Base models of each type, from 1 to 10; each has another tenth of the rows for validation.
        Time grows with it, and quality a little. "auto" is 5 up to 600 rows, 3 up to 10,000, and 2
        for more. It is ignored for fewer than 50 rows. With fewer groups than folds, each group
        is a fold.
    encoder : TabularEncoder, default=None
        Encoder of the columns; None is ``TabularEncoder()``. It is cloned, not changed.
    dropout : float or list of float, default=0.15
        Probability, from 0 up and below 1, that a unit of a hidden layer is dropped in a step.
    weight_decay : float, default=0.1
        Shrinkage of the weights of networks by AdamW a step, as a part of the learning rate; from
        0 up. For "decayed" ones it is twenty times as much.
    learning_rate_init : float, default=0.01
        The highest learning rate of "piecewise" networks, above 0; it rises to it and falls to 0
        over the training. For "scaled" ones it is twice, for "decayed" ones three tenths of it.
    max_iter : int or "auto", default="auto"
        Epochs of the networks, at least 1. "auto" is 30 for 10,000 rows, times ``(10000 / n) **
        0.1`` for n rows that are fewer and ``(10000 / n) ** 0.2`` for more, but at least 10; and
        half as many again for "piecewise" networks on more than 10,000 rows.
    batch_size : int or "auto", default="auto"
        Rows in a minibatch, at least 1. "auto" is the power of 2 nearest to a twentieth of the
        rows trained on, from 32 to 256.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, a dict from label to a number from 0 up. "balanced" gives every
        class the same total weight. None gives every class the weight 1.
    random_state : int, RandomState instance or None, default=None
        Source of the folds, the initial weights, the order of rows and dropout. An int makes a
        fit repeat bit for bit, whatever `n_jobs`.
    n_jobs : int or None, default=None
        Number of base models trained at the same time, and of blocks of rows predicted, in threads
        that share the table, each with one BLAS thread; -1 for as many as there are processors.
        None is as many as BLAS may use threads: it follows ``OMP_NUM_THREADS``,
        :func:`threadpoolctl.threadpool_limits`, the workers of a search, which share the
        processors, and :func:`joblib.parallel_config`. The results are the same bit for bit.
    verbose : bool or int, default=False
        Whether to print a line for each base model.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted: the order of the columns of `predict_proba`.
    encoder_ : TabularEncoder
        The encoder, fitted on all rows.
    members_ : dict of str to list of MLPSoftmaxClassifier
        The base models of each type, one for each fold, in the order of the folds.
    weights_ : dict of str to float
        Weight of each type in the ensemble; they sum to 1.
    temperatures_ : dict of str to float
        Temperature of each type, from 1 to 20: above 1 where it was overconfident.
    validation_losses_ : dict of str to list of float
        Log-loss of each base model, before temperature scaling, on the validation rows of its
        fold; NaN where there are none.
    validation_loss_ : float
        Log-loss of the ensemble on the validation rows of all folds, NaN likewise. It is slightly
        optimistic, since weights and temperatures are fitted on these rows, and with several folds
        slightly pessimistic, since each row is predicted by one base model of each type.
    n_iter_ : int
        Epochs of each network of the first type; where there is none, iterations of the softmax
        regression.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, where X has names that are all strings.

    See Also
    --------
    MLPSoftmaxClassifier : A single network, on numbers.
    MembersDisplay : Plot of the base models, their weights and temperatures.
    sklearn.ensemble.HistGradientBoostingClassifier : Often better where classes depend on single
        columns crossing thresholds, and faster on many rows.

    Notes
    -----
    Rows that are equal in all columns and in the label are copies, unless the columns have so few
    values that rows must coincide, a row occurs more than ten times on average, some rows occur
    much more often than others of their class, or equal rows often have different labels.

    The encoded table is held once, in float32, whatever the number of base models. Time grows a
    little less than in proportion to the rows.

    A Ctrl-C in `fit` leaves the estimator with the ensemble of the base models trained so far, and
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

    # The fitted state, None before fit. All fitted attributes are read from it.
    _model: EnsembleModel = None  # type: ignore[assignment]

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (128, 128),
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

    def set_params(self, **params: Any) -> Self:
        """Set parameters of this estimator, or as ``encoder__n_bins`` those of its encoder.

        Parameters
        ----------
        **params : dict
            Their values.

        Returns
        -------
        self : TabularMLPClassifier
            The estimator.

        Raises
        ------
        ValueError
            If there is no such parameter, or `encoder` is None and one of its is set.
        """
        nested = [name for name in params if name.startswith("encoder__")]
        if nested and params.get("encoder", self.encoder) is None:
            raise ValueError(
                f"{nested[0]} is a parameter of the encoder, and encoder=None: set it to one, "
                "TabularMLPClassifier(encoder=TabularEncoder())."
            )
        return super().set_params(**params)

    # Training

    @with_callbacks
    def fit(
        self,
        X: Table,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> Self:
        """Fit the encoder and the base models, then the weights and temperatures.

        Parameters
        ----------
        X : {array-like, DataFrame} of shape (n_samples, n_features)
            The table, one sample a row, as :class:`TabularEncoder` takes it: numbers, booleans,
            text, categories and dates, with missing values. A frame of pandas or polars, a table of
            pyarrow, an array or nested lists.
        y : array-like of shape (n_samples,)
            Class labels: numbers, strings or booleans.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each sample, from 0 up; None counts every sample once. A whole number counts
            a sample as often, where the mean of those above 0 is from 1 to 10; other weights are
            scaled to a mean of 1.
        groups : array-like of shape (n_samples,), default=None
            Label of the group of each sample, such as a patient. No fold splits a group, so that
            `validation_loss_` is that of new groups. With None, copies of a row count as one row
            with the sum of their weights (see Notes).

        Returns
        -------
        self : TabularMLPClassifier
            The fitted estimator.

        Raises
        ------
        InvalidParameterError
            A ValueError and TypeError: a parameter is not allowed.
        ValueError, TypeError
            A column, labels, weights or groups that cannot be trained on, with the reason.

        Warns
        -----
        ConvergenceWarning
            If the training of a network diverged.
        UserWarning
            If `batch_size` is larger than the rows.
        """
        refuse_partitions(self, X)
        X = as_table(X)
        parameters = read_by(OWN_RULES, self)
        settings = {name: getattr(self, name) for name in SETTINGS}
        read_settings(BASE_MODELS["piecewise"].make(settings, None))  # refuses what is not allowed
        start = time.perf_counter()
        rng = check_random_state(parameters["random_state"])
        classes, labels, weight = self._check_y(X, y, sample_weight)
        groups = check_groups(groups, len(labels), weight)
        _, weight, counted, labels, groups = rows_that_count(weight, X, labels, groups)
        encoder = _encoder(parameters["encoder"], rng)
        Z, hashes = encoder._fit_transform(counted, classes[labels], as_counts(weight), groups)
        if groups is None:
            Z, labels, weight = merge_copies(hashes, Z, labels, weight)
        ensemble = Ensemble(
            Z,
            encoder.n_compact_,
            labels,
            as_counts(weight),
            classes,
            settings=settings,
            n_folds=parameters["n_folds"],
            rng=rng,
            groups=groups,
        )
        task = begin_task(self, X, y, sample_weight, "member", len(ensemble.tasks))
        try:
            for name, fold in ensemble.train(parameters["n_jobs"]):
                if parameters["verbose"]:
                    seconds = time.perf_counter() - start
                    print(f"{ensemble.describe(name, fold)} | {seconds:.1f} s", flush=True)
                if task is not None and task.end_part(lambda: {"_model": ensemble.model(encoder)}):
                    ensemble.stop()
        except KeyboardInterrupt:
            if ensemble.n_trained:
                self._model = ensemble.model(encoder)
            raise
        self._model = ensemble.model(encoder)
        if task is not None:
            task.end()
        return self

    def _check_y(
        self, X: Table, y: ArrayLike, sample_weight: ArrayLike | None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Return the classes, the index of each row's class, and the weight of each row."""
        check_given(self, y)
        check_label_types(y)
        y = check_array(y, ensure_2d=False, dtype=None, input_name="y", estimator=self)
        classes, labels = encode_labels(check_labels(y, type(self).__name__))
        check_consistent_length(X, labels)
        weight, _ = check_weights(sample_weight, self.class_weight, classes, labels)
        return classes, labels, weight

    # Fitted attributes

    def __sklearn_is_fitted__(self) -> bool:
        return self._model is not None

    @fitted_property
    def classes_(self) -> np.ndarray:
        """The labels, sorted."""
        return self._model.classes

    @fitted_property
    def encoder_(self) -> TabularEncoder:
        """The encoder, fitted on all rows."""
        return self._model.encoder

    @fitted_property
    def members_(self) -> dict[str, list[MLPSoftmaxClassifier]]:
        """The base models of each type, one for each fold."""
        return self._model.members

    @fitted_property
    def weights_(self) -> dict[str, float]:
        """Weight of each type in the ensemble."""
        return self._model.weights

    @fitted_property
    def temperatures_(self) -> dict[str, float]:
        """Temperature of each type."""
        return self._model.temperatures

    @fitted_property
    def validation_losses_(self) -> dict[str, list[float]]:
        """Log-loss of each base model on the validation rows of its fold."""
        return self._model.validation_losses

    @fitted_property
    def validation_loss_(self) -> float:
        """Log-loss of the ensemble on the validation rows of all folds."""
        return self._model.validation_loss

    @fitted_property
    def n_iter_(self) -> int:
        """Epochs of the first network; with few rows, iterations of the softmax regression."""
        return next(iter(self._model.members.values()))[0].n_iter_

    @fitted_property
    def n_features_in_(self) -> int:
        """Number of columns of X."""
        return self._model.encoder.n_features_in_

    @fitted_property
    def feature_names_in_(self) -> np.ndarray:
        """Names of the columns of X, where it has names that are all strings."""
        return self._model.encoder.feature_names_in_

    # Prediction

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
            If X has other columns, or a column holds values of another kind than in `fit`.
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
            If X has other columns, or a column holds values of another kind than in `fit`.
        """
        check_is_fitted(self)
        refuse_partitions(self, X)
        return self._model.predict_proba(X, self.n_jobs)

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
            If X has other columns, or a column holds values of another kind than in `fit`.
        """
        return np.log(self.predict_proba(X))


def _encoder(encoder: TabularEncoder | None, rng: np.random.RandomState) -> TabularEncoder:
    """Return an encoder to fit: the user's or the default, with a seed where it has none."""
    encoder = TabularEncoder() if encoder is None else clone(encoder)
    encoder.set_output(transform="default")
    if encoder.random_state is None:
        encoder.set_params(random_state=rng.randint(2**31))
    return encoder
