"""The estimator: parameters, labels, messages. The mathematics is in the other modules."""

import time
import warnings
from functools import partial

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from skmlp.batches import take
from skmlp.initializers import initial_parameters
from skmlp.inputs import check_labels, check_weights, encode_labels, unique_labels
from skmlp.losses import log_softmax, softmax
from skmlp.network import Network, layer_views
from skmlp.objective import Objective
from skmlp.optimizers import SGD, Adam
from skmlp.parameters import check_parameters, hidden_layer_sizes
from skmlp.schedules import Adaptive, Constant, InverseScaling
from skmlp.training import (
    History,
    Monitor,
    Stop,
    TrainingData,
    train_lbfgs,
    train_minibatches,
)

__all__ = ["MLPSoftmaxClassifier"]


def _has_partial_fit(estimator):
    if estimator.solver == "lbfgs":
        raise AttributeError(
            "partial_fit is not available with solver='lbfgs', which needs all rows at once: "
            "use solver='adam' or 'sgd'."
        )
    return True


class MLPSoftmaxClassifier(ClassifierMixin, BaseEstimator):
    r"""Multi-layer perceptron classifier with a softmax output.

    A network of linear layers and activations, trained on the cross-entropy by
    backpropagation [1]_. It takes the parameters of
    :class:`sklearn.neural_network.MLPClassifier`, and `depth` and `class_weight` besides.

    It minimises, with w the weights of the samples times those of their classes,

    .. math:: J = \frac{\sum_i w_i \, \mathrm{loss}_i
              + \frac{\alpha}{2} \sum_l \lVert W_l \rVert^2}{\sum_i w_i}

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(100,)
        Units of each hidden layer, at least 1; ``()`` is softmax regression.
    activation : {"relu", "tanh", "logistic", "sigmoid", "identity"}, default="relu"
        Activation of the hidden layers. "sigmoid" is another name for "logistic".
    depth : int, default=None
        Number of hidden layers, from 0 up, each of the one width that
        `hidden_layer_sizes` must then hold. None takes the layers from
        `hidden_layer_sizes`.
    solver : {"adam", "sgd", "lbfgs"}, default="adam"
        "adam" and "sgd" take a step for each minibatch; "lbfgs", a quasi-Newton method,
        uses all rows at once and suits small data.
    alpha : float, default=0.0001
        Strength of the L2 penalty on the weights (biases are free), from 0 up. For three
        classes or more it is ``1/C`` of :class:`~sklearn.linear_model.LogisticRegression`;
        for two it is ``2/C``, since the weights are shared between two output units.
    batch_size : int or "auto", default="auto"
        Rows in a minibatch, at least 1. "auto" is ``min(200, n_samples)``. Not used by
        "lbfgs".
    learning_rate : {"constant", "invscaling", "adaptive"}, default="constant"
        How the rate of "sgd" changes: not at all; to
        ``learning_rate_init / (t_ + 1) ** power_t`` as each epoch begins; or to a fifth each
        time that training has not improved for `n_iter_no_change` epochs, until it is 1e-6.
        Not used by "adam" and "lbfgs".
    learning_rate_init : float, default=0.001
        The first learning rate, above 0. Not used by "lbfgs".
    power_t : float, default=0.5
        Exponent of "invscaling", from 0 up.
    max_iter : int, default=200
        Epochs at most (for "lbfgs", iterations), at least 1.
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
        Whether `fit` goes on from the weights of the last call rather than from new ones.
    momentum : float, default=0.9
        Momentum of "sgd", from 0 to 1.
    nesterovs_momentum : bool, default=True
        Whether the momentum of "sgd" is Nesterov's.
    early_stopping : bool, default=False
        Whether to set `validation_fraction` of the rows aside, stratified by class, stop
        when the accuracy on them has not improved by `tol` for `n_iter_no_change` epochs,
        and restore the weights of the best epoch. Weights count in that accuracy.
    validation_fraction : float, default=0.1
        Fraction of the rows for early stopping, from 0 up and below 1.
    beta_1 : float, default=0.9
        Decay of Adam's mean of the gradient, from 0 up and below 1.
    beta_2 : float, default=0.999
        Decay of Adam's mean of the squared gradient, from 0 up and below 1.
    epsilon : float, default=1e-8
        Keeps Adam's division from zero, above 0.
    n_iter_no_change : int or numpy.inf, default=10
        Epochs without an improvement of `tol` that are waited for, at least 1. For
        "lbfgs" it counts only with `early_stopping`.
    max_fun : int, default=15000
        Evaluations of the objective by "lbfgs" at most, at least 1.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, a dict from label to a number from 0 up. "balanced" gives
        every class the same total weight, in `partial_fit` within the rows of each call.
        None gives every class the weight 1.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted: the order of the columns of `predict_proba`.
    coefs_ : list of ndarray of shape (n_in, n_out)
        Weights of each layer, as views on `parameters_`.
    intercepts_ : list of ndarray of shape (n_out,)
        Biases of each layer, as views on `parameters_`.
    parameters_ : ndarray of shape (n_parameters,)
        All weights, then all biases. float32 where X was float32 or a smaller type,
        float64 otherwise.
    layer_sizes_ : tuple of int
        Units of the input, of each hidden layer, and of the output.
    loss_ : float
        J in the last epoch, averaged over its minibatches.
    best_loss_ : float or None
        The least of `loss_curve_`; None with `early_stopping`.
    loss_curve_ : list of float
        J in each epoch, over all calls that went on from each other.
    validation_scores_ : list of float or None
        Accuracy on the validation rows in each epoch; None without `early_stopping`.
    best_validation_score_ : float or None
        The greatest of them; None without `early_stopping`.
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

    def __init__(
        self,
        hidden_layer_sizes=(100,),
        activation="relu",
        *,
        depth=None,
        solver="adam",
        alpha=0.0001,
        batch_size="auto",
        learning_rate="constant",
        learning_rate_init=0.001,
        power_t=0.5,
        max_iter=200,
        shuffle=True,
        random_state=None,
        tol=1e-4,
        verbose=False,
        warm_start=False,
        momentum=0.9,
        nesterovs_momentum=True,
        early_stopping=False,
        validation_fraction=0.1,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        n_iter_no_change=10,
        max_fun=15000,
        class_weight=None,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.depth = depth
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.class_weight = class_weight

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    # Training

    def fit(self, X, y, sample_weight=None):
        """Train the network.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            One sample a row. float32 (and smaller types) are computed in float32, all
            others in float64. A sparse X is never made dense as a whole.
        y : array-like of shape (n_samples,)
            Class labels, of any type that sorts.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each sample, from 0 up; None counts every sample once.

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
        proceed = self.warm_start and hasattr(self, "parameters_")
        X, y = self._check_X_y(X, y, reset=not proceed)
        if proceed:
            labels = unique_labels(y)[0]
            if labels.tolist() != self.classes_.tolist():
                raise ValueError(
                    "warm_start can only be used where `y` has the same classes as in the "
                    f"previous call to fit. Previously got {self.classes_}, `y` has {labels}"
                )
            codes = encode_labels(y, self.classes_)
            self._check_architecture()
        else:
            classes, codes = unique_labels(y)
        weight = check_weights(
            sample_weight, self.class_weight, self.classes_ if proceed else classes, codes
        )
        if not proceed:
            self._initialize(X, classes, codes, weight)
        self._history.n_stalled = 0
        self._optimizer = self._schedule = None
        stop = self._train(X, codes, weight, *self._split(codes), max_iter=self.max_iter)
        self._warn_of(stop)
        return self

    @available_if(_has_partial_fit)
    def partial_fit(self, X, y, sample_weight=None, classes=None):
        """Train for one epoch over the rows given, going on from the last call.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            One sample a row.
        y : array-like of shape (n_samples,)
            Class labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each sample, from 0 up; None counts every sample once.
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
        proceed = hasattr(self, "parameters_")
        X, y = self._check_X_y(X, y, reset=not proceed)
        known = self._check_classes(classes)
        codes = encode_labels(y, known)
        weight = check_weights(sample_weight, self.class_weight, known, codes)
        if proceed:
            self._check_architecture()
        else:
            self._initialize(X, known, codes, weight)
        stop = self._train(X, codes, weight, range(X.shape[0]), None, max_iter=1)
        if stop is Stop.DIVERGED:
            self._warn_of(stop)
        return self

    def _check_X_y(self, X, y, *, reset):
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse="csr",
            dtype="numeric",
            order="C",
            multi_output=True,
            reset=reset,
        )
        return X, check_labels(y)

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
                f"classes={classes} differ from those of the first call to partial_fit, "
                f"{known}. Leave classes out, or call fit to start anew."
            )
        return classes

    def _layer_sizes(self, n_features, n_classes):
        hidden = hidden_layer_sizes(self.hidden_layer_sizes, self.depth)
        return (n_features, *hidden, n_classes)

    def _check_architecture(self):
        sizes = self._layer_sizes(self.n_features_in_, len(self.classes_))
        if sizes != self.layer_sizes_:
            raise ValueError(
                f"hidden_layer_sizes={self.hidden_layer_sizes!r} with depth={self.depth} now ask "
                f"for layers of {sizes} units, but training goes on from a network of "
                f"{self.layer_sizes_}: restore these parameters, or train anew with "
                "warm_start=False."
            )

    def _initialize(self, X, classes, codes, weight):
        self.classes_ = classes
        self.layer_sizes_ = self._layer_sizes(X.shape[1], len(classes))
        self.n_layers_ = len(self.layer_sizes_)
        self.n_outputs_ = len(classes)
        self.out_activation_ = "softmax"
        seed = check_random_state(self.random_state).randint(2**32, size=4, dtype=np.uint32)
        self._rng = np.random.default_rng(seed)
        self._split_seed = int(seed[0])  # kept: going on must not train on rows held out
        totals = np.bincount(codes, weights=weight, minlength=len(classes))
        self.parameters_ = initial_parameters(
            self.layer_sizes_,
            self.activation,
            totals / totals.sum(),
            _float_dtype(X.dtype),
            self._rng,
        )
        self._history = History()
        self._optimizer = self._schedule = None

    def _network(self):
        activations = [self.activation] * (len(self.layer_sizes_) - 2)
        return Network(self.parameters_, self.layer_sizes_, activations)

    def _split(self, codes):
        """Choose the rows to train on and, for early stopping, those to validate on."""
        n_samples = len(codes)
        if not self.early_stopping:
            return range(n_samples), None
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

    def _train(self, X, codes, weight, rows, validation_rows, *, max_iter):
        """Run the solver; whatever ends it, leave the attributes as they then stand."""
        total = len(rows)
        if weight is not None:
            weight, total = _scale_to_mean_1(weight, rows, self.parameters_.dtype)
        objective = Objective(self._network(), l2=self.alpha / total)
        data = TrainingData(X, codes, weight, rows)
        monitor = Monitor(
            self.parameters_,
            self._history,
            tol=self.tol,
            n_iter_no_change=self.n_iter_no_change,
            report=_EpochPrinter() if self.verbose else None,
        )
        if validation_rows is not None:
            monitor.validate = partial(
                _accuracy, objective.network, X, codes, weight, validation_rows
            )
        self._history.n_epochs = 0
        try:
            stop = self._solve(objective, data, monitor, max_iter)
        finally:
            if validation_rows is not None:
                monitor.restore()
            self._publish_history()
        if self.verbose:
            print(f"Stopped after {self.n_iter_} iterations: {stop.value}.")
        return stop

    def _solve(self, objective, data, monitor, max_iter):
        if self.solver == "lbfgs":
            return train_lbfgs(
                objective,
                data,
                monitor,
                max_iter=max_iter,
                max_fun=self.max_fun,
                gradient_tol=self.tol,
            )
        self._optimizer = _resumed(self._new_optimizer(), self._optimizer)
        self._schedule = _resumed(self._new_schedule(), self._schedule)
        return train_minibatches(
            objective,
            self._optimizer,
            self._schedule,
            data,
            monitor,
            batch_size=self._rows_a_batch(len(data.rows)),
            shuffle=self.shuffle,
            rng=self._rng,
            max_iter=max_iter,
        )

    def _new_optimizer(self):
        if self.solver == "sgd":
            return SGD(self.momentum, self.nesterovs_momentum)
        return Adam(self.beta_1, self.beta_2, self.epsilon)

    def _new_schedule(self):
        if self.solver == "adam" or self.learning_rate == "constant":
            return Constant(self.learning_rate_init)
        if self.learning_rate == "invscaling":
            return InverseScaling(self.learning_rate_init, self.power_t)
        return Adaptive(self.learning_rate_init)

    def _rows_a_batch(self, n_samples):
        if isinstance(self.batch_size, str):  # "auto"
            return min(200, n_samples)
        if self.batch_size > n_samples:
            warnings.warn(
                f"batch_size={self.batch_size} is larger than the {n_samples} samples to train "
                "on: each epoch is one step over all of them.",
                stacklevel=5,
            )
        return min(self.batch_size, n_samples)

    def _publish_history(self):
        history = self._history
        self.loss_curve_ = history.loss_curve
        self.loss_ = history.loss_curve[-1] if history.loss_curve else np.nan
        self.n_iter_ = history.n_epochs
        self.t_ = history.n_seen
        validated = self.early_stopping
        self.best_loss_ = None if validated else history.best_loss
        self.validation_scores_ = history.validation_scores if validated else None
        self.best_validation_score_ = history.best_score if validated else None

    def _warn_of(self, stop):
        advice = {
            Stop.MAX_ITER: f"Maximum iterations (max_iter={self.max_iter}) reached and the "
            "optimization hasn't converged yet. Raise max_iter, or scale the features to similar "
            "ranges.",
            Stop.MAX_FUN: f"Maximum evaluations (max_fun={self.max_fun}) reached and the "
            "optimization hasn't converged yet. Raise max_fun, or scale the features to similar "
            "ranges.",
            Stop.LINE_SEARCH: "L-BFGS stopped where it found no better point, with a gradient "
            f"above tol={self.tol}. Raise tol, scale the features to similar ranges, or train in "
            "float64.",
            Stop.DIVERGED: "Training diverged: the loss was not finite in epoch "
            f"{self.n_iter_ + 1}. The estimator keeps the last weights with a finite loss. Lower "
            f"learning_rate_init={self.learning_rate_init}, or scale the features to similar "
            "ranges.",
        }
        if stop in advice:
            warnings.warn(advice[stop], ConvergenceWarning, stacklevel=3)

    # What was learned

    @property
    def coefs_(self):
        """Weights of each layer, as views on ``parameters_``."""
        return layer_views(self.parameters_, self.layer_sizes_)[0]

    @property
    def intercepts_(self):
        """Biases of each layer, as views on ``parameters_``."""
        return layer_views(self.parameters_, self.layer_sizes_)[1]

    # Prediction

    def decision_function(self, X):
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

    def predict_proba(self, X):
        """Compute the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            One sample a row.

        Returns
        -------
        P : ndarray of shape (n_samples, n_classes)
            Probabilities in the order of ``classes_``; each row sums to 1. None is
            exactly 0, so that their logarithms are finite and their ranks those of the
            logits.

        Raises
        ------
        ValueError
            If X cannot be computed with.
        NotFittedError
            If the estimator is not fitted.
        """
        return self._map_logits(X, _positive_softmax, self._n_classes())

    def predict_log_proba(self, X):
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

    def predict(self, X):
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

    def _n_classes(self):
        check_is_fitted(self, "parameters_")
        return self.n_outputs_

    def _map_logits(self, X, function, *width, dtype=None):
        """Apply a function to the logits, block by block of rows."""
        X = validate_data(self, X, accept_sparse="csr", dtype="numeric", reset=False)
        results = np.empty((X.shape[0], *width), dtype or self.parameters_.dtype)
        for rows, O in self._network().forward_by_block(X, range(X.shape[0])):
            if not np.isfinite(O).all():
                raise ValueError(
                    "The network's outputs are not finite for some rows of X: X has values far "
                    "larger than those trained on, or the weights are not finite. Scale the "
                    "features, for example with StandardScaler in a Pipeline."
                )
            results[rows.start : rows.stop] = function(O)
        return results


def _positive_softmax(O):
    """Softmax without a 0: a probability that underflows is tiny, and keeps its rank."""
    P = softmax(O)
    tiny = np.finfo(P.dtype).tiny
    underflow = tiny > P
    if underflow.any():
        P[underflow] = tiny / (1 + np.log(tiny) - log_softmax(O)[underflow])
    return P


def _float_dtype(dtype):
    """Choose the dtype to compute in: float32 for what it holds exactly, else float64."""
    return np.float32 if np.can_cast(dtype, np.float32) else np.float64


def _scale_to_mean_1(weight, rows, dtype):
    """Scale weights to mean 1 over the rows trained on; give their total there, too."""
    largest = weight.max()
    weight = weight / largest  # so that the sum cannot overflow
    total = take(weight, rows).sum()
    if total == 0:
        raise ValueError(
            "The weights of all rows left for training are zero: give more rows a weight, or "
            "set early_stopping=False."
        )
    return (weight * (len(rows) / total)).astype(dtype), total * largest


def _accuracy(network, X, codes, weight, rows):
    """Accuracy on some rows, by their weights; NaN where outputs are not finite."""
    correct = []
    for block, O in network.forward_by_block(X, rows):
        if not np.isfinite(O).all():
            return np.nan
        correct.append(O.argmax(axis=1) == take(codes, block))
    weight = None if weight is None else take(weight, rows)
    return float(np.average(np.concatenate(correct), weights=weight))


def _resumed(new, previous):
    """Give `new` the state of `previous`, where that is one of its class."""
    if type(previous) is type(new):
        new.resume(previous)
    return new


class _EpochPrinter:
    """Prints an aligned line an epoch."""

    def __init__(self):
        self.epoch = 0
        self.start = time.perf_counter()

    def __call__(self, loss, score, rate):
        self.epoch += 1
        columns = [f"Iteration {self.epoch:4d}", f"loss {loss:.6f}"]
        if score is not None:
            columns.append(f"validation score {score:.4f}")
        if rate is not None:
            columns.append(f"learning rate {rate:.2e}")
        columns.append(f"{time.perf_counter() - self.start:.1f} s")
        print(" | ".join(columns))
