"""The estimator: parameters, labels, messages. The mathematics is in the other modules."""

import copy
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from functools import partial
from inspect import signature
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import check_scoring
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.utils import _safe_indexing, check_random_state, column_or_1d
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import _num_samples, check_is_fitted, validate_data

from skmlp.activations import ACTIVATIONS
from skmlp.batches import BLOCK_ROWS
from skmlp.callbacks import CallbackSupportMixin, FitTask, with_callbacks
from skmlp.dropout import Dropout, KeepAll
from skmlp.export import binary_as_softmax, to_torch
from skmlp.initializers import initial_parameters
from skmlp.inputs import (
    Samples,
    check_indices,
    check_label_types,
    check_labels,
    check_numbers,
    check_weights,
    encode_labels,
    is_plain,
    mean_weight,
    unique_labels,
)
from skmlp.losses import log_softmax, softmax
from skmlp.network import Network, layer_views
from skmlp.objective import Objective
from skmlp.optimizers import OPTIMIZERS
from skmlp.parameters import check_parameters, hidden_layer_sizes, per_hidden_layer
from skmlp.persistence import seal, unseal
from skmlp.reports import EpochPrinter, advice_on, unit, warn
from skmlp.schedules import SCHEDULES, Constant
from skmlp.threads import threads_for
from skmlp.training import (
    History,
    Monitor,
    Stop,
    TrainingData,
    train_lbfgs,
    train_minibatches,
)
from skmlp.validation import Validation

__all__ = ["MLPSoftmaxClassifier"]


# A table: an array, nested sequences, a frame of pandas or polars, a sparse matrix.
Table = Any

# What scikit-learn's validation learns of X.
SEEN = ("n_features_in_", "feature_names_in_")

# What changes as training goes on, besides the parameters.
IN_TRAINING = ("_history", "_optimizer", "_schedule", "_rng")


def _has_partial_fit(estimator):
    if estimator.solver == "lbfgs":
        raise AttributeError(
            "partial_fit is not available with solver='lbfgs', which needs all rows at once: "
            "use solver='adam' or 'sgd'."
        )
    return True


class MLPSoftmaxClassifier(CallbackSupportMixin, ClassifierMixin, BaseEstimator):
    r"""Multi-layer perceptron classifier with a softmax output.

    A network of linear layers and activations, trained on the cross-entropy by
    backpropagation [1]_. It takes the parameters of
    :class:`sklearn.neural_network.MLPClassifier`, and more besides.

    It minimises, with w the weights of the samples times those of their classes,

    .. math:: J = \frac{\sum_i w_i \, \mathrm{loss}_i
              + \frac{\alpha}{2} \sum_l \lVert W_l \rVert^2}{\sum_i w_i}

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(100,)
        Units of each hidden layer, at least 1; ``()`` is softmax regression.
    activation : str or list of str, default="relu"
        Activation of the hidden layers, one for all or one for each: "identity", "logistic"
        (also called "sigmoid"), "tanh", "relu", "leaky_relu", "elu", "selu", "gelu", "silu",
        "softplus" or "mish".
    depth : int, default=None
        Number of hidden layers, from 0 up, each of the one width that
        `hidden_layer_sizes` must then hold. None takes the layers from
        `hidden_layer_sizes`.
    initializer : str, default="auto"
        How first weights of hidden layers are drawn: "he_normal", "he_uniform",
        "glorot_normal", "glorot_uniform", "lecun_normal" or "lecun_uniform". "auto" takes
        he_uniform for relu and its relatives, lecun_normal for selu, glorot_uniform for the
        others.
    dropout : float or list of float, default=0.0
        Probability, from 0 up and below 1, that a unit of a hidden layer is left out of a
        training step; one for all hidden layers or one for each. None are left out at
        prediction. Not for "lbfgs".
    input_dropout : float, default=0.0
        The same for the features.
    label_smoothing : float, default=0.0
        Part of each training target that is shared equally by all classes, from 0 up and
        below 1. The validation loss is taken without it.
    solver : {"adam", "adamw", "nadam", "rmsprop", "sgd", "lbfgs"}, default="adam"
        All but the last take a step for each minibatch: "adam"; "adamw", which also shrinks
        the weights by `weight_decay`; "nadam", with Nesterov's momentum; "rmsprop"; "sgd".
        "lbfgs", a quasi-Newton method, uses all rows at once and suits small data.
    alpha : float, default=0.0001
        Strength of the L2 penalty on the weights (biases are free), from 0 up. For three
        classes or more it is ``1/C`` of :class:`~sklearn.linear_model.LogisticRegression`;
        for two it is ``2/C``, since the weights are shared between two output units.
    batch_size : int or "auto", default="auto"
        Rows in a minibatch, at least 1. "auto" is ``min(200, n_samples)``. Not used by
        "lbfgs".
    weight_decay : float, default=0.01
        Shrinkage of the weights by "adamw" a step, as a part of the learning rate; from 0
        up. Not used by the other solvers.
    max_grad_norm : float, default=None
        Euclidean length, above 0, to which a longer gradient is cut before a step. Not used
        by "lbfgs".
    learning_rate : str, default="constant"
        How the learning rate changes. Over the whole training of `max_iter` epochs, step by
        step, for every minibatch solver: "linear", "cosine" and "onecycle" rise over the
        `warmup_fraction` of it and fall to 0. For "sgd" alone: "invscaling" is
        ``learning_rate_init / (t_ + 1) ** power_t`` as each epoch begins; "adaptive" divides
        by 5 each time that training has not improved for `n_iter_no_change` epochs, until
        the rate is 1e-6. As in MLPClassifier, these two are "constant" for "adam".
    learning_rate_init : float, default=0.001
        The learning rate, above 0: the first, or with a schedule over the whole training
        the highest. Not used by "lbfgs".
    warmup_fraction : float, default=0.1
        Part of the training in which the rate of "linear", "cosine" and "onecycle" rises,
        from 0 up and below 1.
    power_t : float, default=0.5
        Exponent of "invscaling", from 0 up.
    max_iter : int, default=200
        Epochs at most (for "lbfgs", iterations), at least 1.
    max_time : float, default=None
        Seconds, above 0, after which training stops at the end of an epoch.
    shuffle : bool, default=True
        Whether each epoch takes the rows in a new random order. Not used by "lbfgs".
    random_state : int, RandomState instance or None, default=None
        Source of the first weights, the order of rows and the validation split. An int
        makes a fit repeat bit for bit.
    tol : float, default=1e-4
        Least improvement of the training loss (with `early_stopping`, of the validation
        score) that counts as one, from 0 up. For "lbfgs", the largest entry of the
        gradient at which the solution is good enough.
    verbose : bool or int, default=False
        Whether to print a line an epoch.
    warm_start : bool, default=False
        Whether `fit` goes on from the weights of the last call rather than from new ones; for a
        model read from a :class:`~skmlp.Checkpoint`, with the training that was cut off.
    momentum : float, default=0.9
        Momentum of "sgd", from 0 to 1.
    nesterovs_momentum : bool, default=True
        Whether the momentum of "sgd" is Nesterov's.
    early_stopping : bool, default=False
        Whether to stop when the validation score has not improved by `tol` for
        `n_iter_no_change` epochs, and restore the weights of the best epoch. Without `X_val`
        in `fit`, `validation_fraction` of the rows are set aside, stratified by class.
        Weights of samples and classes count in the score.
    validation_fraction : float, default=0.1
        Fraction of the rows for early stopping, from 0 up and below 1.
    scoring : str, callable or None, default=None
        The validation score: None is the accuracy, "loss" the negative of the cross-entropy;
        or the name of a scikit-learn scorer, or a callable ``scoring(estimator, X, y)``.
    beta_1 : float, default=0.9
        Decay of the mean of the gradient in the adam solvers, from 0 up and below 1.
    beta_2 : float, default=0.999
        Decay of the mean of the squared gradient in the adam solvers and "rmsprop", from 0
        up and below 1.
    epsilon : float, default=1e-8
        Keeps the division by its root from zero, above 0.
    n_iter_no_change : int or numpy.inf, default=10
        Epochs without an improvement of `tol` that are waited for, at least 1. For
        "lbfgs" it counts only with `early_stopping`.
    max_fun : int, default=15000
        Evaluations of the objective by "lbfgs" at most, at least 1.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, a dict from label to a number from 0 up. "balanced" gives
        every class the same total weight, in `partial_fit` within the rows of each call.
        None gives every class the weight 1.
    dtype : {"float32", "float64"}, default=None
        What to compute in. None is float32 for X of float32 or a smaller type, and float64
        for all others.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted: the order of the columns of `predict_proba`.
    coefs_ : list of ndarray of shape (n_in, n_out)
        Weights of each layer, as views on `parameters_`.
    intercepts_ : list of ndarray of shape (n_out,)
        Biases of each layer, as views on `parameters_`.
    parameters_ : ndarray of shape (n_parameters,)
        All weights, then all biases.
    activations_ : list of str
        Activation of each hidden layer.
    layer_sizes_ : tuple of int
        Units of the input, of each hidden layer, and of the output.
    loss_ : float
        J in the last epoch, averaged over its minibatches.
    best_loss_ : float or None
        The least of `loss_curve_`; None with `early_stopping`.
    loss_curve_ : list of float
        J in each epoch, over all calls that went on from each other.
    validation_scores_ : list of float or None
        Validation score in each epoch, over all calls that went on from each other, NaN where
        there was no validation data; None if there never was.
    best_validation_score_ : float or None
        The greatest of the last training; None without validation data.
    validation_loss_curve_ : list of float or None
        Cross-entropy on the validation data in each epoch, likewise.
    learning_rates_ : list of float
        Learning rate of the last step of each epoch, NaN for "lbfgs"; empty if there was none.
    n_iter_ : int
        Epochs (for "lbfgs", iterations) of the last call.
    t_ : int
        Samples trained on, each counted in every epoch.
    n_layers_ : int
        Number of layers, input and output included.
    n_outputs_ : int
        Units of the output, one a class.
    out_activation_ : str
        "softmax".
    n_features_in_ : int
        Number of features of X.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, where X has names that are all strings.

    See Also
    --------
    sklearn.neural_network.MLPClassifier : What this class can take the place of.
    sklearn.linear_model.LogisticRegression : The same model with no hidden layer.

    Notes
    -----
    Scale the features first, for example with
    :class:`~sklearn.preprocessing.StandardScaler` in a Pipeline.

    A Ctrl-C in `fit` leaves the estimator with the weights so far and raises
    KeyboardInterrupt.

    References
    ----------
    .. [1] Goodfellow, Bengio and Courville, "Deep Learning", MIT Press, 2016, chapter 6.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skmlp import MLPSoftmaxClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = make_pipeline(
    ...     StandardScaler(), MLPSoftmaxClassifier(solver="lbfgs", alpha=1.0, random_state=0)
    ... )
    >>> round(clf.fit(X, y).score(X, y), 2)
    0.98
    >>> clf.predict_proba(X[:1]).round(2)
    array([[1., 0., 0.]])
    """

    # Where the parameters' names lead in a notebook.
    _doc_link_module = "skmlp"
    _doc_link_template = "https://skmlp.readthedocs.io/en/stable/api.html"

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str | Sequence[str] = "relu",
        *,
        depth: int | None = None,
        initializer: str = "auto",
        dropout: float | Sequence[float] = 0.0,
        input_dropout: float = 0.0,
        label_smoothing: float = 0.0,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        weight_decay: float = 0.01,
        max_grad_norm: float | None = None,
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        warmup_fraction: float = 0.1,
        power_t: float = 0.5,
        max_iter: int = 200,
        max_time: float | None = None,
        shuffle: bool = True,
        random_state: int | np.random.RandomState | None = None,
        tol: float = 1e-4,
        verbose: bool | int = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        scoring: str | Callable | None = None,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        class_weight: dict | str | None = None,
        dtype: str | None = None,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.depth = depth
        self.initializer = initializer
        self.dropout = dropout
        self.input_dropout = input_dropout
        self.label_smoothing = label_smoothing
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.weight_decay = weight_decay
        self.max_grad_norm = max_grad_norm
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.warmup_fraction = warmup_fraction
        self.power_t = power_t
        self.max_iter = max_iter
        self.max_time = max_time
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.scoring = scoring
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.class_weight = class_weight
        self.dtype = dtype

    def __getstate__(self):
        return seal(super().__getstate__())

    def __setstate__(self, state):
        super().__setstate__(unseal(state, type(self).__name__))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    # Training

    @with_callbacks
    def fit(
        self,
        X: Table,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: Table | None = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
    ) -> Self:
        """Train the network.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            One sample a row. A sparse X is never made dense as a whole.
        y : array-like of shape (n_samples,)
            Class labels: numbers, strings or booleans.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each sample, from 0 up; None counts every sample once.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            Validation data of your own. Score and loss on it are recorded in each epoch;
            with `early_stopping` it takes the place of rows set aside.
        y_val : array-like of shape (n_val,), default=None
            Labels of `X_val`, all of them also in `y`.
        sample_weight_val : array-like of shape (n_val,), default=None
            Weights of the samples of `X_val`.

        Returns
        -------
        self : MLPSoftmaxClassifier
            The estimator, trained.

        Raises
        ------
        InvalidParameterError
            A ValueError and TypeError: a parameter is not allowed.
        ValueError
            Data, labels or weights that cannot be trained on, with the reason.

        Warns
        -----
        ConvergenceWarning
            If training stopped before it converged, or diverged, with what to change.
        """
        check_parameters(self)
        scorer = self._scorer()  # a wrong name is refused also where nothing will be validated
        proceed = self.warm_start and hasattr(self, "parameters_")
        checker = self if proceed else MLPSoftmaxClassifier()  # what it learns is not ours yet
        samples = self._check_samples(checker, X, y, sample_weight, reset=not proceed)
        if proceed:
            self._check_same_classes(samples.classes)
            self._check_architecture()
        own_validation = self._check_own_validation(
            checker, X_val, y_val, sample_weight_val, samples.classes
        )
        task = FitTask(self, X, y, sample_weight) if hasattr(self, "_skl_callbacks") else None
        with _unchanged_by_an_error(self):
            if not proceed:
                self._initialize(samples, checker)
            if self._kept is None:  # else training goes on from a checkpoint
                self._begin_training()
            self._history.forget_weights()
            self._own_parameters()
            rows, validation = range(len(samples.codes)), None
            if own_validation is not None:
                own_rows = range(len(own_validation.codes))
                validation = self._validation(own_validation, own_rows, scorer)
            elif self.early_stopping:
                rows, validation_rows = self._split(samples.codes)
                validation = self._validation(samples, validation_rows, scorer)
            data, l2, batch_size = self._prepare(samples, rows)
        stop = self._train(data, l2, batch_size, validation, max_iter=int(self.max_iter), task=task)
        self._warn_of(stop)
        if task is not None:
            task.end()
        return self

    @available_if(_has_partial_fit)
    def partial_fit(
        self,
        X: Table,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        classes: ArrayLike | None = None,
    ) -> Self:
        """Train for one epoch over the rows given, going on from the last call.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            One sample a row.
        y : array-like of shape (n_samples,)
            Class labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each sample, from 0 up; None counts every sample once. A weight is
            relative to the mean of all so far, and `alpha` to the rows of each call.
        classes : array-like of shape (n_classes,), default=None
            All labels that any call will bring; needed in the first call.

        Returns
        -------
        self : MLPSoftmaxClassifier
            The estimator, trained one epoch further. Parameters that were changed since
            the last call, such as `learning_rate_init`, take effect.

        Raises
        ------
        InvalidParameterError
            A ValueError and TypeError: a parameter is not allowed.
        ValueError
            Data, labels or weights that cannot be trained on, with the reason.
        """
        check_parameters(self)
        if self.early_stopping:
            raise ValueError(
                "partial_fit does not support early_stopping=True: it sees a part of the data "
                "at a time. Set early_stopping=False and watch score(X_val, y_val) yourself."
            )
        if SCHEDULES[self.learning_rate].planned:
            raise ValueError(
                f"partial_fit does not support learning_rate={self.learning_rate!r}, which must "
                "know how long training lasts: use 'constant', and set learning_rate_init "
                "between the calls."
            )
        proceed = hasattr(self, "parameters_")
        checker = self if proceed else MLPSoftmaxClassifier()
        samples = self._check_samples(
            checker,
            X,
            y,
            sample_weight,
            reset=not proceed,
            encode=lambda y: encode_labels(y, self._check_classes(classes)),
        )
        if proceed:
            self._check_architecture()
        with _unchanged_by_an_error(self):
            if not proceed:
                self._initialize(samples, checker)
            self._own_parameters()
            self._history.n_epochs, self._kept = 0, None
            data, l2, batch_size = self._prepare(samples, range(len(samples.codes)))
        stop = self._train(data, l2, batch_size, None, max_iter=1)
        if stop is Stop.DIVERGED:
            self._warn_of(stop)
        return self

    def _check_samples(self, checker, X, y, sample_weight, *, reset, encode=unique_labels):
        """Check the data; what `checker` knows of the features must hold, or with reset is set."""
        check_indices(X)
        if y is not None:
            check_label_types(y)
        checked, y = validate_data(
            checker,
            X,
            y,
            accept_sparse="csr",
            dtype="numeric",
            order="C",
            multi_output=True,
            reset=reset,
        )
        check_numbers(checked)
        classes, codes = encode(check_labels(y))
        weight = check_weights(sample_weight, self.class_weight, classes, codes)
        return Samples(X, checked, codes, weight, classes)

    def _check_own_validation(self, checker, X_val, y_val, sample_weight_val, classes):
        if X_val is not None and y_val is not None:
            with _errors_that_say("In the validation data, X_val, y_val and sample_weight_val: "):
                return self._check_samples(
                    checker,
                    X_val,
                    y_val,
                    sample_weight_val,
                    reset=False,
                    encode=partial(encode_labels, classes=classes, cure="Leave their rows out."),
                )
        if not (X_val is y_val is sample_weight_val is None):
            raise ValueError("X_val and y_val belong together: give both, or neither.")
        return None

    def _check_classes(self, classes):
        """Return the classes of the first call to partial_fit, checking those named now."""
        known = getattr(self, "classes_", None)
        if classes is None:
            if known is None:
                raise ValueError(
                    "The first call to partial_fit needs classes: all labels that any call "
                    "will bring, such as numpy.unique(y)."
                )
            return known
        classes = unique_labels(np.asarray(classes))[0]
        if known is not None and classes.tolist() != known.tolist():
            raise ValueError(
                f"classes={classes} differ from those of the network, {known}. Leave classes "
                "out, or call fit to start anew."
            )
        return classes

    def _check_same_classes(self, classes):
        if classes.tolist() != self.classes_.tolist():
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in the previous "
                f"call to fit. Previously got {self.classes_}, `y` has {classes}"
            )

    def _check_architecture(self):
        widths, activations = self._hidden_layers()
        asked = (self.n_features_in_, *widths, len(self.classes_))
        if asked != self.layer_sizes_:
            raise ValueError(
                f"hidden_layer_sizes={self.hidden_layer_sizes!r} with depth={self.depth} now ask "
                f"for layers of {asked} units, but training goes on from a network of "
                f"{self.layer_sizes_}: restore these parameters, or train anew with "
                "warm_start=False."
            )
        functions, known = (
            [ACTIVATIONS[name] for name in names] for names in (activations, self.activations_)
        )
        if functions != known:
            raise ValueError(
                f"activation={self.activation!r} is not that of the network from which training "
                f"goes on, {self.activations_}: restore it, or train anew with warm_start=False."
            )
        if self.dtype not in (None, self.parameters_.dtype.name):
            raise ValueError(
                f"dtype={self.dtype!r} is not that of the network from which training goes on, "
                f"{self.parameters_.dtype.name!r}: restore it, or train anew with warm_start=False."
            )

    def _hidden_layers(self):
        """Give the width and the activation of each hidden layer."""
        widths = hidden_layer_sizes(self.hidden_layer_sizes, self.depth)
        return widths, list(map(str, self._per_hidden_layer("activation", len(widths))))

    def _per_hidden_layer(self, name, n_hidden):
        return per_hidden_layer(name, self.get_params(deep=False), n_hidden)

    def _initialize(self, samples, checker):
        widths, activations = self._hidden_layers()
        layer_sizes = (samples.X.shape[1], *widths, len(samples.classes))
        seed = self._seed()
        rng = np.random.default_rng(seed)
        weight = samples.weight
        if weight is not None:
            weight = weight / weight.max()  # so that no sum overflows
        totals = np.bincount(samples.codes, weight, minlength=len(samples.classes))
        parameters = initial_parameters(
            layer_sizes,
            activations,
            totals / totals.sum(),
            self.dtype or _float_dtype(samples.X.dtype),
            rng,
            self.initializer,
        )
        self._set_network(
            checker, samples.classes, layer_sizes, activations, parameters, History(), seed, rng
        )

    def _seed(self):
        return check_random_state(self.random_state).randint(2**32, size=4, dtype=np.uint32)

    def _set_network(
        self, checker, classes, layer_sizes, activations, parameters, history, seed, rng
    ):
        """Become another fitted estimator, in one step that nothing can interrupt."""
        seen = {name: vars(checker)[name] for name in SEEN if name in vars(checker)}
        state = {
            **seen,
            "classes_": classes,
            "layer_sizes_": layer_sizes,
            "activations_": activations,
            "parameters_": parameters,
            "n_layers_": len(layer_sizes),
            "n_outputs_": len(classes),
            "out_activation_": "softmax",
            "_history": history,
            "_optimizer": None,
            "_schedule": None,
            "_kept": None,
            "_rng": rng,
            "_split_seed": int(seed[0]),  # kept: going on must not train on rows held out
            **self._recorded(history),
        }
        vars(self).pop("feature_names_in_", None)
        vars(self).update(state)

    def _begin_training(self):
        self._history.begin()
        self._optimizer = self._schedule = self._kept = None

    def _own_parameters(self):
        """Copy the parameters of a model that was read as a memory map."""
        if not self.parameters_.flags.writeable:
            self.parameters_ = np.array(self.parameters_)

    def _network(self, dropouts=None):
        return Network(self.parameters_, self.layer_sizes_, self.activations_, dropouts)

    def _dropouts(self):
        hidden = self._per_hidden_layer("dropout", self.n_layers_ - 2)
        return [
            Dropout(rate, self._rng) if rate else KeepAll()
            for rate in (self.input_dropout, *hidden)
        ]

    def _split(self, codes):
        """Choose the rows to train on and, for early stopping, those to validate on."""
        n_samples = len(codes)
        if self.validation_fraction == 0:
            raise ValueError(
                "early_stopping=True needs validation data, but validation_fraction=0 sets none "
                "aside: give a fraction above 0 and below 1, such as 0.1, or X_val and y_val."
            )
        # Two classes are a column of truth values, so that scikit-learn says of them what it
        # says when MLPClassifier asks.
        stratify = codes.astype(bool)[:, None] if len(self.classes_) == 2 else codes
        try:
            rows, validation_rows = train_test_split(
                np.arange(n_samples),
                test_size=self.validation_fraction,
                stratify=stratify,
                random_state=self._split_seed,
            )
        except ValueError as error:
            counts = np.bincount(codes, minlength=len(self.classes_))
            rarest = counts.argmin()
            raise ValueError(
                "early_stopping=True sets stratified validation rows aside, for which "
                f"{n_samples} samples (the rarest class, {self.classes_[rarest]}, has "
                f"{counts[rarest]}) with validation_fraction={self.validation_fraction} do not "
                "suffice. Set early_stopping=False, raise validation_fraction, or give more "
                f"samples. ({error})"
            ) from error
        if len(validation_rows) < 2:
            raise ValueError(
                f"The validation set is too small: {len(validation_rows)} of {n_samples} samples. "
                "Increase 'validation_fraction' or the size of your dataset."
            )
        return rows, validation_rows

    def _validation(self, samples, rows, scorer):
        return Validation(
            self._network(),
            samples.X,
            samples.codes,
            samples.weight,
            rows,
            self._score_by(scorer, samples, rows),
        )

    def _score_by(self, scorer, samples, rows):
        """Turn a scorer into what Validation takes."""
        if isinstance(scorer, str):
            return scorer
        given = samples.X if sparse.issparse(samples.given) else samples.given
        X = given if isinstance(rows, range) else _safe_indexing(given, rows)
        y = self.classes_[samples.codes[rows]]
        score = partial(scorer, self, X, y)
        if samples.weight is not None and _takes_weights(scorer):
            score = partial(score, sample_weight=samples.weight[rows])
        return _errors_that_say(
            "scoring failed on the validation data: ",
            " Take a scorer for these classes, such as 'roc_auc_ovr' for three or more; make a "
            "scorer of a metric by sklearn.metrics.make_scorer.",
        )(score)

    def _scorer(self):
        """Give what `scoring` means: "accuracy", "loss" or a scorer."""
        if self.scoring is None:
            return "accuracy"
        if isinstance(self.scoring, str) and self.scoring == "loss":
            return "loss"
        try:
            return check_scoring(self, scoring=self.scoring)
        except ValueError as error:
            raise ValueError(
                f"scoring={self.scoring!r} is not allowed: scoring must be None, 'loss', the name "
                "of a scorer, of sklearn.metrics.get_scorer_names(), or a callable."
            ) from error

    def _prepare(self, samples, rows):
        """Say what to train on, with what penalty, and in batches of how many rows."""
        weight, history, n_rows = samples.weight, self._history, len(rows)
        history.weigh(1.0 if weight is None else mean_weight(weight, rows), n_rows)
        mean = history.mean_weight
        if weight is not None or mean != 1.0:
            weight = np.ones(len(samples.codes)) if weight is None else weight
            with np.errstate(over="ignore"):  # of rows for validation, which do not count here
                weight = (weight / mean).astype(self.parameters_.dtype)
        data = TrainingData(samples.X, samples.codes, weight, rows)
        batch_size = n_rows if self.solver == "lbfgs" else self._rows_a_batch(n_rows)
        return data, float(self.alpha) / (mean * n_rows), batch_size

    def _train(self, data, l2, batch_size, validation, *, max_iter, task=None):
        """Run the solver; whatever ends it, leave the attributes as they then stand."""
        objective = Objective(self._network(self._dropouts()), l2, float(self.label_smoothing))
        early_stopping = self.early_stopping and validation is not None
        monitor = Monitor(
            self.parameters_,
            self._history,
            tol=self.tol,
            n_iter_no_change=self.n_iter_no_change,
            max_time=self.max_time or np.inf,
            validate=validation,
            early_stopping=early_stopping,
            report=self._reporter(task),
            kept=self._kept,
        )
        self._kept = None
        try:
            with np.errstate(over="ignore", invalid="ignore"):  # divergence is noticed, and said
                stop = self._solve(objective, data, batch_size, monitor, max_iter)
        finally:
            if early_stopping or not np.isfinite(self.parameters_).all():  # cut off in mid-epoch
                monitor.restore()
            vars(self).update(self._recorded(self._history))
        return stop

    def _reporter(self, task):
        """Give what is called as each epoch ends: it prints, and asks callbacks whether to stop."""
        if task is None and not self.verbose:
            return None
        printer = EpochPrinter() if self.verbose else None

        def report(monitor):
            if printer is not None:
                printer(monitor.history)
            return task is not None and task.end_epoch(partial(self._as_it_stands, monitor))

        return report

    def _as_it_stands(self, monitor):
        """Give the attributes of an estimator as if training were cut off here."""
        return {
            "parameters_": self.parameters_.copy(),
            "_kept": monitor.kept.copy(),
            **copy.deepcopy({name: vars(self)[name] for name in IN_TRAINING}),
            **copy.deepcopy(self._recorded(self._history)),
        }

    def _solve(self, objective, data, batch_size, monitor, max_iter):
        with threads_for(min(batch_size, BLOCK_ROWS), self.layer_sizes_):
            if self.solver == "lbfgs":
                return train_lbfgs(
                    objective,
                    data,
                    monitor,
                    max_iter=max_iter,
                    max_fun=int(self.max_fun),
                    gradient_tol=float(self.tol),
                )
            self._optimizer = _resumed(self._build(OPTIMIZERS[self.solver]), self._optimizer)
            self._schedule = _resumed(self._build(self._schedule_class()), self._schedule)
            return train_minibatches(
                objective,
                self._optimizer,
                self._schedule,
                data,
                monitor,
                batch_size=batch_size,
                shuffle=self.shuffle,
                rng=self._rng,
                max_iter=max_iter,
                max_grad_norm=_plain(self.max_grad_norm),
            )

    def _build(self, piece):
        """Build an optimiser or a schedule, whose arguments have the names of parameters."""
        names = signature(piece).parameters
        return piece(**{name: _plain(getattr(self, name)) for name in names})

    def _schedule_class(self):
        # As MLPClassifier has it, these two are heeded by "sgd" alone.
        if self.solver == "adam" and self.learning_rate in ("invscaling", "adaptive"):
            return Constant
        return SCHEDULES[self.learning_rate]

    def _rows_a_batch(self, n_samples):
        if isinstance(self.batch_size, str):  # "auto"
            return min(200, n_samples)
        if self.batch_size > n_samples:
            warn(
                f"batch_size={self.batch_size} is larger than the {n_samples} samples to train "
                "on: each epoch is one step over all of them."
            )
        return int(min(self.batch_size, n_samples))

    def _recorded(self, history):
        """Give the fitted attributes that record the training."""
        losses = history.loss_curve
        validated = not np.isnan(history.validation_scores).all()
        by_rate = not np.isnan(history.rates).all()
        return {
            "loss_curve_": losses,
            "loss_": losses[-1] if losses else np.nan,
            "n_iter_": history.n_epochs,
            "t_": history.n_seen,
            "learning_rates_": history.rates if by_rate else [],
            "best_loss_": None if self.early_stopping else min(losses, default=None),
            "validation_scores_": history.validation_scores if validated else None,
            "validation_loss_curve_": history.validation_losses if validated else None,
            "best_validation_score_": history.best_score if history.best_score > -np.inf else None,
        }

    def _warn_of(self, stop):
        if self.verbose:
            print(f"Stopped after {self.n_iter_} {unit(self.solver)}: {stop.value}.")
        advice = advice_on(stop, self)
        if advice is not None:
            warn(advice, ConvergenceWarning)

    # What was learned

    @property
    def coefs_(self) -> list[np.ndarray]:
        """Weights of each layer, as views on ``parameters_``."""
        return layer_views(self.parameters_, self.layer_sizes_)[0]

    @property
    def intercepts_(self) -> list[np.ndarray]:
        """Biases of each layer, as views on ``parameters_``."""
        return layer_views(self.parameters_, self.layer_sizes_)[1]

    def summary(self) -> str:
        """Describe the network in one line: layers, parameters, epochs, loss.

        Returns
        -------
        line : str
            The line.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from skmlp import MLPSoftmaxClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> clf = MLPSoftmaxClassifier((50, 20), tol=0.01, random_state=0).fit(X, y)
        >>> clf.summary()  # doctest: +ELLIPSIS
        'layers 4-50-20-3 (relu, relu), 1,333 parameters, ... epochs, loss 0...'
        """
        self._n_classes()
        layers = "-".join(map(str, self.layer_sizes_))
        activations = f" ({', '.join(self.activations_)})" if self.activations_ else ""
        return (
            f"layers {layers}{activations}, {self.parameters_.size:,} parameters, "
            f"{self.n_iter_} {unit(self.solver)}, loss {self.loss_:.4f}"
        )

    @classmethod
    def from_sklearn(cls, mlp: MLPClassifier) -> Self:
        """Make an estimator from a fitted MLPClassifier.

        Parameters
        ----------
        mlp : sklearn.neural_network.MLPClassifier
            Fitted, for two classes or more, with one label a sample.

        Returns
        -------
        clf : MLPSoftmaxClassifier
            Fitted, with the same parameters and probabilities. The one logistic output of a
            binary `mlp` becomes two softmax outputs. Training can go on with `partial_fit` or
            `warm_start`, with a new state of the solver.

        Raises
        ------
        TypeError
            If `mlp` is not an MLPClassifier.
        ValueError
            If it was fitted on several labels a sample, or on one class.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.neural_network import MLPClassifier
        >>> from skmlp import MLPSoftmaxClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> mlp = MLPClassifier(max_iter=500, random_state=0).fit(X, y)
        >>> clf = MLPSoftmaxClassifier.from_sklearn(mlp)
        >>> bool(np.allclose(clf.predict_proba(X), mlp.predict_proba(X)))
        True
        """
        if not isinstance(mlp, MLPClassifier):
            raise TypeError(f"mlp must be an MLPClassifier, got {type(mlp).__name__}.")
        check_is_fitted(mlp)
        W, b = list(mlp.coefs_), list(mlp.intercepts_)
        if mlp.out_activation_ == "logistic":
            if mlp.n_outputs_ > 1 or len(mlp.classes_) != 2:
                raise ValueError(
                    "mlp must have been fitted on one label a sample, of two classes or more; "
                    f"its classes_ are {mlp.classes_} and its n_outputs_ is {mlp.n_outputs_}."
                )
            W[-1], b[-1] = binary_as_softmax(W[-1], b[-1])
        ours = signature(cls).parameters.keys()
        parameters = clone(mlp).get_params(deep=False)  # a random_state of its own
        clf = cls(**{name: parameters[name] for name in parameters.keys() & ours})
        layer_sizes = (*(W_i.shape[0] for W_i in W), W[-1].shape[1])
        activations = [mlp.activation] * (len(W) - 1)
        parameters = np.concatenate([A.ravel() for A in (*W, *b)])
        history = History()
        history.loss_curve = list(getattr(mlp, "loss_curve_", [mlp.loss_]))
        n_epochs = len(history.loss_curve)
        scores = list(getattr(mlp, "validation_scores_", None) or [])
        history.validation_scores = scores or [np.nan] * n_epochs
        history.best_score = max(scores, default=-np.inf)
        history.validation_losses, history.rates = [np.nan] * n_epochs, [np.nan] * n_epochs
        history.n_seen, history.n_epochs = mlp.t_, mlp.n_iter_
        seed = clf._seed()
        clf._set_network(
            mlp,
            mlp.classes_,
            layer_sizes,
            activations,
            parameters,
            history,
            seed,
            np.random.default_rng(seed),
        )
        return clf

    def to_torch(self) -> Any:
        """Build the same network in PyTorch.

        Returns
        -------
        module : torch.nn.Sequential
            Gives the logits, one column a class, in the dtype of ``parameters_``.

        Raises
        ------
        ImportError
            If PyTorch is not installed: ``pip install 'skmlp[torch]'``.
        NotFittedError
            If the estimator is not fitted.
        """
        check_is_fitted(self, "parameters_")
        return to_torch(self.coefs_, self.intercepts_, self.activations_)

    # Prediction

    def decision_function(self, X: Table) -> np.ndarray:
        """Compute the logits.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            One sample a row.

        Returns
        -------
        O : ndarray of shape (n_samples, n_classes) or (n_samples,)
            Logits, whose softmax gives the probabilities. For two classes, the logit of
            ``classes_[1]`` less that of ``classes_[0]``: the log-odds of ``classes_[1]``.

        Raises
        ------
        ValueError
            If X cannot be computed with.
        NotFittedError
            If the estimator is not fitted.
        """
        if self._n_classes() == 2:
            return self._map_logits(X, lambda O: O[:, 1] - O[:, 0])
        return self._map_logits(X, lambda O: O, self.n_outputs_)

    def predict_proba(self, X: Table) -> np.ndarray:
        """Compute the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            One sample a row.

        Returns
        -------
        P : ndarray of shape (n_samples, n_classes)
            Probabilities in the order of ``classes_``; each row sums to 1. None is
            exactly 0, so that their logarithms are finite. Where they are very near to 0 or 1,
            rank by `decision_function`, which rounding does not make equal.

        Raises
        ------
        ValueError
            If X cannot be computed with.
        NotFittedError
            If the estimator is not fitted.
        """
        return self._map_logits(X, _positive_softmax, self._n_classes())

    def predict_log_proba(self, X: Table) -> np.ndarray:
        """Compute the logarithm of the probability of each class, from the logits.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            One sample a row.

        Returns
        -------
        log_P : ndarray of shape (n_samples, n_classes)
            Log-probabilities in the order of ``classes_``, finite also where the
            probability is 0 in floating point.

        Raises
        ------
        ValueError
            If X cannot be computed with.
        NotFittedError
            If the estimator is not fitted.
        """
        return self._map_logits(X, log_softmax, self._n_classes())

    def predict(self, X: Table) -> np.ndarray:
        """Predict the class of each sample: the one with the largest logit.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            One sample a row.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            Labels, of ``classes_``.

        Raises
        ------
        ValueError
            If X cannot be computed with.
        NotFittedError
            If the estimator is not fitted.
        """
        self._n_classes()
        return self.classes_[self._map_logits(X, lambda O: O.argmax(axis=1), dtype=np.intp)]

    def hidden_activations(self, X: Table, layer: int = -1) -> np.ndarray:
        """Compute the outputs of a hidden layer: the features that the network has learned.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            One sample a row.
        layer : int, default=-1
            Which hidden layer, from 0; from the last one backwards if negative.

        Returns
        -------
        H : ndarray of shape (n_samples, width)
            Outputs of the layer's activation.

        Raises
        ------
        ValueError
            If there is no such layer, or X cannot be computed with.
        NotFittedError
            If the estimator is not fitted.
        """
        self._n_classes()
        n_hidden = self.n_layers_ - 2
        if not isinstance(layer, Integral) or not -n_hidden <= layer < n_hidden:
            raise ValueError(
                f"layer={layer!r} does not exist: the network has {n_hidden} hidden layers."
            )
        layer %= n_hidden
        network = self._network()
        return self._map_logits(
            X, lambda O: network.H[layer + 1], self.layer_sizes_[layer + 1], network=network
        )

    def input_gradients(self, X: Table, target: Any = None) -> np.ndarray:
        """Compute how the outputs change with the features: a gradient for each sample.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            One sample a row.
        target : label, array-like of shape (n_samples,) or None, default=None
            What to take the gradient of: None, each sample's largest logit; one label, the
            logit of that class; an array of labels, the cross-entropy of each sample with
            its label.

        Returns
        -------
        dX : ndarray of shape (n_samples, n_features)
            Gradient of the target in each feature, per sample.

        Raises
        ------
        ValueError
            If a label of `target` is not in ``classes_``, or X cannot be computed with.
        NotFittedError
            If the estimator is not fitted.

        References
        ----------
        Simonyan, Vedaldi and Zisserman, "Deep inside convolutional networks: visualising
        image classification models and saliency maps", 2013, :arxiv:`1312.6034`.
        """
        self._n_classes()
        codes: Any = None
        of_loss = target is not None and np.ndim(target) > 0
        if target is not None:
            labels = column_or_1d(target, warn=True) if of_loss else np.atleast_1d(target)
            _, codes = encode_labels(
                labels, self.classes_, name="target", cure="Name one of these."
            )
        if of_loss and len(codes) != _num_samples(X):
            raise ValueError(
                f"target has {len(codes)} labels, but X has {_num_samples(X)} samples: give one "
                "label for each, or one label alone."
            )
        network = self._network()
        start = 0

        def gradient(O):
            nonlocal start
            rows = np.arange(len(O))
            if of_loss:
                y = codes[start : start + len(O)]
                start += len(O)
                dO = softmax(O)
                dO[rows, y] -= 1
            else:
                dO = np.zeros_like(O)
                dO[rows, O.argmax(axis=1) if codes is None else codes[0]] = 1
            return network.input_gradient(dO)

        return self._map_logits(X, gradient, self.layer_sizes_[0], network=network)

    def _n_classes(self):
        if not hasattr(self, "parameters_"):
            check_is_fitted(self, "parameters_")
        return self.n_outputs_

    def _check_table(self, X):
        """Return a table to predict as a float or integer array, or a CSR matrix."""
        if is_plain(X, self.n_features_in_) and not hasattr(self, "feature_names_in_"):
            return X
        check_indices(X)
        return check_numbers(
            validate_data(self, X, accept_sparse="csr", dtype="numeric", reset=False)
        )

    def _map_logits(self, X, function, *width, dtype=None, network=None):
        """Apply a function to the logits, block by block of rows."""
        X = self._check_table(X)
        network = network or self._network()
        results = np.empty((X.shape[0], *width), dtype or self.parameters_.dtype)
        with (
            threads_for(min(X.shape[0], BLOCK_ROWS), self.layer_sizes_),
            np.errstate(over="ignore", invalid="ignore"),  # what is not finite is refused
        ):
            for rows, O in network.forward_by_block(X, range(X.shape[0])):
                if not np.isfinite(O).all():
                    raise ValueError(
                        "The network's outputs are not finite for some rows of X: X has values "
                        "far larger than those trained on, or the weights are not finite. Scale "
                        "the features, for example with StandardScaler in a Pipeline."
                    )
                results[rows.start : rows.stop] = function(O)
        return results


def _positive_softmax(O):
    """Softmax without a 0: a probability that underflows is tiny, and keeps its rank."""
    P = softmax(O)
    tiny = np.finfo(P.dtype).tiny
    underflow = tiny > P
    if underflow.any():
        rank = tiny / (1 + np.log(tiny) - log_softmax(O)[underflow])
        P[underflow] = np.maximum(rank, np.finfo(P.dtype).smallest_subnormal)
    return P


@contextmanager
def _unchanged_by_an_error(estimator):
    """Give the estimator its attributes back if what is done in between fails."""
    before = dict(vars(estimator))
    if "_history" in before:
        before["_history"] = copy.copy(before["_history"])
    try:
        yield
    except BaseException:
        estimator.__dict__ = before
        raise


@contextmanager
def _errors_that_say(before, after=""):
    """Add to a TypeError or ValueError what it is about and what to do; also a decorator."""
    try:
        yield
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{before}{error}{after}") from error


def _takes_weights(scorer):
    metric = getattr(scorer, "_score_func", scorer)  # every scorer takes weights, some metrics not
    try:
        return "sample_weight" in signature(metric).parameters
    except ValueError:  # a function without a signature
        return False


def _plain(value):
    """Give a number as Python's own float, since one of NumPy's would set the dtype of vectors."""
    return float(value) if isinstance(value, Real) and not isinstance(value, bool) else value


def _float_dtype(dtype):
    """Choose the dtype to compute in: float32 for what it holds exactly, else float64."""
    return np.float32 if np.can_cast(dtype, np.float32) else np.float64


def _resumed(new, previous):
    """Give `new` the state of `previous`, where that is one of its class."""
    if type(previous) is type(new):
        new.resume(previous)
    return new
