"""TabularMLPClassifier: the scikit-learn estimator of an encoder and an ensemble of networks."""

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

    A :class:`TabularEncoder` encodes the columns as numbers; missing values are allowed. Base
    models of four types are trained on the encoded columns:

    - "piecewise": networks on all columns;
    - "decayed": the same, with 0.3 times the learning rate and 20 times the weight decay;
    - "scaled": networks on the compact encoding, without the piecewise linear columns, with twice
      the learning rate;
    - "linear": softmax regressions on the compact encoding.

    For each fold, a tenth of the rows is held out for validation, and one base model of each type
    is trained on the others. Weights w and temperatures T of the types minimise the log-loss on the
    validation rows, regularised towards equal weights and T = 1 (stacking [1]_ with temperature
    scaling [2]_):

    .. math:: P = \sum_k w_k \; \mathrm{mean}_{m} \, \mathrm{softmax}(L_{km} / T_k)

    with L the log-probabilities of base model m of type k. The weights select the types that suit
    the table, from linear models to large networks, and the probabilities are well calibrated.

    The base models depend on the number of rows. Up to 600 rows there are 5 folds, and no
    "piecewise" networks. Up to 2,200 rows there are 4 folds. Up to 10,000 rows there are 3 folds,
    and "scaled" networks are 1.5 times as wide as the others. Beyond that there are 2 folds,
    "scaled" networks are twice as wide, and "piecewise" networks have 2.5 times as many epochs. Up
    to 200 rows, the penalty `alpha` of the softmax regressions is 0.5, 2 or 10, whichever has the
    least log-loss in a 10-fold cross-validation, otherwise 3; and the prior weight of "linear" is
    20 times that of each other type. For fewer than 50 rows there are no folds: one softmax
    regression is trained on all rows.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(128, 128)
        Number of units in each hidden layer, at least 1. "scaled" networks have 1.5 times as many
        for more than 2,200 rows, and twice as many for more than 10,000.
    activation : str or list of str, default="relu"
        Activation of the hidden layers, as in :class:`MLPSoftmaxClassifier`.
    depth : int, default=None
        Number of hidden layers, at least 0, all of the same width, which must be the only entry of
        `hidden_layer_sizes`. If None, `hidden_layer_sizes` has one entry per hidden layer.
    n_folds : int or "auto", default="auto"
        Number of folds, and of base models of each type, from 1 to 10. Each fold holds out another
        tenth of the rows for validation. More folds take more time and are slightly more accurate.
        "auto" is 5 up to 600 rows, 4 up to 2,200, 3 up to 10,000, and 2 for more. It is ignored for
        fewer than 50 rows. With fewer groups than folds, each group is a fold.
    encoder : TabularEncoder, default=None
        Encoder of the columns; None is ``TabularEncoder()``. It is cloned before it is fitted.
    dropout : float or list of float, default=0.15
        Dropout rate of the hidden layers, in [0, 1). Either one for all hidden layers or a list
        with one for each.
    weight_decay : float, default=0.1
        Decoupled weight decay of the networks, at least 0: each AdamW step shrinks the weights by
        this fraction of themselves times the learning rate. "decayed" networks have 20 times as
        much.
    learning_rate_init : float, default=0.01
        Highest rate of the one-cycle learning-rate schedule of "piecewise" networks, above 0.
        "scaled" networks have twice this rate, "decayed" ones 0.3 times.
    max_iter : int or "auto", default="auto"
        Number of epochs of the networks, at least 1. "auto" is 30 for 10,000 rows, times
        ``(10000 / n) ** 0.1`` for n rows if n is smaller and ``(10000 / n) ** 0.2`` if it is
        larger, but at least 10; and 2.5 times that for "piecewise" networks on more than 10,000
        rows.
    batch_size : int or "auto", default="auto"
        Size of the minibatches, at least 1. "auto" is the power of 2 nearest to a twentieth of the
        number of training rows, from 32 to 256.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, a dict from label to a number of at least 0; classes that are not in
        it have the weight 1. "balanced" gives every class the same total weight. None gives every
        class the weight 1.
    random_state : int, RandomState instance or None, default=None
        Random numbers for the folds, the initial weights, the order of rows and dropout, and for
        the encoder if its `random_state` is None. Pass an int for results that are the same, bit
        for bit, in every call and for any `n_jobs`.
    n_jobs : int or None, default=None
        Number of threads, each with one BLAS thread, that train base models or predict blocks of
        rows in parallel and share the table; an integer other than 0, where -1 uses all processors.
        None is the number of threads that BLAS may use. It respects ``OMP_NUM_THREADS``,
        :func:`threadpoolctl.threadpool_limits`, :func:`joblib.parallel_config`, and the workers of
        a search, which share the processors. The results do not depend on it, bit for bit.
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
        Temperature of each type, from 1 to 20: above 1 if the type is overconfident.
    validation_losses_ : dict of str to list of float
        Log-loss of each base model, before temperature scaling, on the validation rows of its
        fold; NaN without folds.
    validation_loss_ : float
        Log-loss of the ensemble on the validation rows of all folds; NaN without folds. It is
        slightly optimistic, since weights and temperatures are fitted on these rows, and with
        several folds slightly pessimistic, since each row is predicted by one base model of each
        type.
    n_iter_ : int
        Number of epochs of each network of the first type; without networks, number of iterations
        of the softmax regression.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if X has names that are all strings.

    See Also
    --------
    MLPSoftmaxClassifier : A single network, for numeric features.
    MembersDisplay : Plot of the base models, their weights and temperatures.
    sklearn.ensemble.HistGradientBoostingClassifier : Often better if classes depend on single
        columns crossing thresholds, and faster on many rows.

    Notes
    -----
    Rows that are equal in all columns and in the label are treated as copies of one, unless the
    columns have so few values that equal rows are to be expected, a row occurs more than ten times
    on average, some rows occur much more often than others of their class, or equal rows often
    have different labels.

    The encoded table is stored once, in float32, for all base models. Training time grows slightly
    less than linearly with the number of rows.

    When `fit` is interrupted with Ctrl-C, the estimator keeps the ensemble of the base models
    trained so far, and KeyboardInterrupt is raised.

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

    # The fitted state, None before fit. All fitted attributes are properties of it.
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
        """Set parameters of this estimator, or of its encoder, such as ``encoder__n_bins``.

        Parameters
        ----------
        **params : dict
            Parameter values.

        Returns
        -------
        self : TabularMLPClassifier
            The estimator.

        Raises
        ------
        ValueError
            If there is no such parameter, or a parameter of the encoder is set while `encoder` is
            None.
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
            Training data: numbers, booleans, text, categories and dates, with or without missing
            values, in a pandas or polars DataFrame, a pyarrow table, an array or nested lists (see
            :class:`TabularEncoder`).
        y : array-like of shape (n_samples,)
            Class labels: numbers, strings or booleans.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each sample, at least 0; None gives every sample the weight 1. If the mean of
            the nonzero weights is between 1 and 10, they are the number of times that each sample
            occurs; otherwise they are scaled to a mean of 1.
        groups : array-like of shape (n_samples,), default=None
            Group label of each sample, such as the patient that it is from; at least two groups. No
            fold splits a group, so that `validation_loss_` estimates the loss on new groups. With
            None, copies of a row are merged into one row with the sum of their weights (see Notes).

        Returns
        -------
        self : TabularMLPClassifier
            The fitted estimator.

        Raises
        ------
        InvalidParameterError
            If a parameter has a value that is not allowed. It is a ValueError and a TypeError.
        ValueError, TypeError
            If a column, the labels, weights or groups are not valid, or X is in partitions.

        Warns
        -----
        ConvergenceWarning
            If the training of a network diverged.
        UserWarning
            If `batch_size` is larger than the number of rows, or for a column, as in
            :class:`TabularEncoder`.
        """
        refuse_partitions(self, X)
        X = as_table(X)
        parameters = read_by(OWN_RULES, self)
        settings = {name: getattr(self, name) for name in SETTINGS}
        read_settings(BASE_MODELS["piecewise"].make(settings, None))  # checks them
        start = time.perf_counter()
        rng = check_random_state(parameters["random_state"])
        classes, labels, weight = self._check_y(X, y, sample_weight)
        groups = check_groups(groups, len(labels), weight)
        _, weight, counted, labels, groups = rows_that_count(weight, X, labels, groups)
        encoder = _encoder(parameters["encoder"], rng)
        table, hashes = encoder._fit_transform(counted, classes[labels], as_counts(weight), groups)
        if groups is None:
            table, labels, weight = merge_copies(hashes, table, labels, weight)
        ensemble = Ensemble(
            table,
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
        """Number of epochs of the first network, or of iterations of the softmax regression."""
        return next(iter(self._model.members.values()))[0].n_iter_

    @fitted_property
    def n_features_in_(self) -> int:
        """Number of columns of X."""
        return self._model.encoder.n_features_in_

    @fitted_property
    def feature_names_in_(self) -> np.ndarray:
        """Names of the columns of X, if it has names that are all strings."""
        return self._model.encoder.feature_names_in_

    # Prediction

    def predict(self, X: Table) -> np.ndarray:
        """Predict the class of each sample: the one with the highest probability.

        Parameters
        ----------
        X : {array-like, DataFrame} of shape (n_samples, n_features)
            Samples, with the same columns as in `fit`.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            Predicted labels.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError, TypeError
            If X has other columns than in `fit`, or a column has values of another kind.
        """
        P = self.predict_proba(X)
        return self.classes_[P.argmax(axis=1)]

    def predict_proba(self, X: Table) -> np.ndarray:
        """Predict the probability of each class.

        Parameters
        ----------
        X : {array-like, DataFrame} of shape (n_samples, n_features)
            Samples, with the same columns as in `fit`.

        Returns
        -------
        P : ndarray of shape (n_samples, n_classes), dtype float64
            Probabilities in the order of `classes_`; each row sums to 1.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError, TypeError
            If X has other columns than in `fit`, or a column has values of another kind.
        """
        check_is_fitted(self)
        refuse_partitions(self, X)
        return self._model.predict_proba(X, self.n_jobs)

    def predict_log_proba(self, X: Table) -> np.ndarray:
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : {array-like, DataFrame} of shape (n_samples, n_features)
            Samples, with the same columns as in `fit`.

        Returns
        -------
        log_P : ndarray of shape (n_samples, n_classes), dtype float64
            Log-probabilities in the order of `classes_`.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError, TypeError
            If X has other columns than in `fit`, or a column has values of another kind.
        """
        return np.log(self.predict_proba(X))


def _encoder(encoder: TabularEncoder | None, rng: np.random.RandomState) -> TabularEncoder:
    """Return an unfitted encoder, the user's or the default, with a seed if it has none."""
    encoder = TabularEncoder() if encoder is None else clone(encoder)
    encoder.set_output(transform="default")
    if encoder.random_state is None:
        encoder.set_params(random_state=rng.randint(2**31))
    return encoder
