"""The estimator: what a user calls. The mathematics is in ``skmlp.network``."""

from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags, column_or_1d
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skmlp.estimator import fitting
from skmlp.estimator.backend import LocalBackend
from skmlp.estimator.compat import CallbackSupportMixin, num_samples, with_callbacks
from skmlp.estimator.fitted_attributes import FittedAttributes
from skmlp.estimator.inputs import Table, check_table
from skmlp.estimator.labels import encode_labels
from skmlp.estimator.links import DocumentationLink
from skmlp.estimator.model import Model
from skmlp.estimator.persistence import seal, unseal
from skmlp.estimator.prediction import (
    decision,
    input_gradients_by_block,
    largest,
    logits_by_block,
    positive_softmax,
    predict_by_block,
)
from skmlp.network.losses import log_softmax

__all__ = ["MLPSoftmaxClassifier", "check_classifier", "has_partial_fit"]


def has_partial_fit(estimator: "MLPSoftmaxClassifier") -> bool:
    """Check whether the solver can train further; raise an AttributeError where it cannot."""
    if estimator.solver == "lbfgs":
        raise AttributeError(
            "partial_fit is not available with solver='lbfgs', which needs all rows at once: "
            "use solver='adam' or 'sgd'."
        )
    return True


class MLPSoftmaxClassifier(
    CallbackSupportMixin, ClassifierMixin, FittedAttributes, DocumentationLink, BaseEstimator
):
    r"""Multi-layer perceptron classifier with a softmax output.

    A network of linear layers and activations, trained on the cross-entropy by
    backpropagation [1]_. It takes the parameters of
    :class:`sklearn.neural_network.MLPClassifier`, and more besides.

    By default the training is planned: `fit` chooses the number of epochs and the batch size from
    the number of rows, and the learning rate rises and falls once over these epochs. A number for
    `max_iter` trains as MLPClassifier does, at a constant rate until the loss stops improving.

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
        How the initial weights of hidden layers are drawn. "auto" draws the first layer by
        glorot_uniform, divided by the spread of the features where that is above 1 (the root of
        their mean variance), with biases that lay the bend of each unit through a random row of
        X; in `partial_fit`, whose first rows need not look like the rest, biases are 0. Further
        layers are orthogonal, scaled for the activation. "he_normal", "he_uniform",
        "glorot_normal", "glorot_uniform", "lecun_normal" and "lecun_uniform" draw all hidden
        layers, with biases 0.
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
    alpha : float, default=2.0
        Strength of the L2 penalty on the weights (biases are free), from 0 up: ``1/C`` of
        :class:`~sklearn.linear_model.LogisticRegression`. It weighs against the sum of the
        weights of samples times those of their classes, where these count samples: where the mean
        of those above 0 is from 1 to 10. Other weights are relative, and scaled to a mean of 1.
    batch_size : int or "auto", default="auto"
        Rows in a minibatch, at least 1. "auto" is a hundredth of the rows, from 64 to 1024, with
        the schedules "linear", "cosine" and "onecycle", else 200; no more than there are rows.
        Not used by "lbfgs".
    weight_decay : float, default=0.01
        Shrinkage of the weights by "adamw" a step, as a part of the learning rate; from 0
        up. Not used by the other solvers.
    max_grad_norm : float, default=None
        Euclidean length, above 0, to which a longer gradient is cut before a step. Not used
        by "lbfgs".
    learning_rate : str, default="auto"
        How the learning rate changes. "auto" is "onecycle" in a `fit` with ``max_iter="auto"``
        and a solver other than "sgd" and "lbfgs", else "constant". Over the whole training of
        `max_iter` epochs, step by step, for every minibatch solver: "linear", "cosine" and
        "onecycle" rise over the `warmup_fraction` of it and fall to 0; only `max_time` and
        callbacks end them early. For "sgd" alone: "invscaling" is
        ``learning_rate_init / (t_ + 1) ** power_t`` as each epoch begins; "adaptive" divides
        by 5 each time that training has not improved for `n_iter_no_change` epochs, until
        the rate is 1e-6. As in MLPClassifier, these two are "constant" for "adam".
    learning_rate_init : float or "auto", default="auto"
        The learning rate, above 0: the first, or with a schedule over the whole training
        the highest. "auto" is ``0.02 * sqrt(max(1, batch_size / 64) / max(1, n_hidden))`` with
        such a schedule, for n_hidden hidden layers; 0.002 in `partial_fit`; 0.001 otherwise, and
        for "sgd". Not used by "lbfgs".
    warmup_fraction : float, default=0.1
        Part of the training in which the rate of "linear", "cosine" and "onecycle" rises,
        from 0 up and below 1.
    power_t : float, default=0.5
        Exponent of "invscaling", from 0 up.
    max_iter : int or "auto", default="auto"
        Epochs at most (for "lbfgs", iterations), at least 1. "auto" is 60 with the schedules
        "linear", "cosine" and "onecycle", or as many as make 500 steps, but at most 150; else
        200.
    max_time : float, default=None
        Seconds, above 0, after which training stops at the end of an epoch.
    shuffle : bool, default=True
        Whether each epoch takes the rows in a new random order. Not used by "lbfgs".
    random_state : int, RandomState instance or None, default=None
        Source of the initial weights, the order of rows, dropout and the validation split. An
        int makes a fit repeat bit for bit.
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
        `n_iter_no_change` epochs, and restore the weights of the best epoch, which of equal
        scores has the least validation loss. With a schedule over the whole training it does not
        stop, but the weights of the best epoch are restored. Without `X_val` in `fit`,
        `validation_fraction` of the rows are held out, stratified by class.
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
        "lbfgs" it counts only with `early_stopping`; for "linear", "cosine" and "onecycle" not
        at all.
    max_fun : int, default=15000
        Evaluations of the objective by "lbfgs" at most, at least 1.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, a dict from label to a number from 0 up. "balanced" gives
        every class the same total weight, in `partial_fit` by the rows of all its calls so far.
        None gives every class the weight 1.
    dtype : {"float32", "float64"}, default=None
        What to compute in. None is float32 for X of float32 or a smaller type, and float64
        for all others.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted: the order of the columns of `predict_proba`.
    coefs_ : list of ndarray of shape (n_in, n_out)
        Weights of each layer, as views on `parameters_`: what is assigned to an entry is
        written there.
    intercepts_ : list of ndarray of shape (n_out,)
        Biases of each layer, likewise.
    parameters_ : ndarray of shape (n_parameters,)
        All weights, then all biases.
    activations_ : tuple of str
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
    best_epoch_ : int or None
        Epoch of `loss_curve_`, from 1, whose weights early stopping kept in the last call; None
        without it.
    validation_loss_curve_ : list of float or None
        Cross-entropy on the validation data in each epoch, likewise.
    learning_rates_ : list of float
        Learning rate of the last step of each epoch, NaN for "lbfgs"; empty if there was none.
    max_iter_, batch_size_, learning_rate_, learning_rate_init_ : int, int, str, float
        What these parameters were in the last call, in place of "auto". The last two are not used
        by "lbfgs".
    n_iter_ : int
        Epochs (for "lbfgs", iterations) of the last call.
    t_ : int
        Samples trained on, each counted in every epoch.
    n_layers_ : int
        Number of layers, input and output included.
    n_outputs_ : int
        Units of the output: one a class, or one for two classes.
    out_activation_ : str
        "softmax", or "logistic" for two classes.
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
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str | Sequence[str] = "relu",
        *,
        depth: int | None = None,
        initializer: str = "auto",
        dropout: float | Sequence[float] = 0.0,
        input_dropout: float = 0.0,
        label_smoothing: float = 0.0,
        solver: str = "adam",
        alpha: float = 2.0,
        batch_size: int | str = "auto",
        weight_decay: float = 0.01,
        max_grad_norm: float | None = None,
        learning_rate: str = "auto",
        learning_rate_init: float | str = "auto",
        warmup_fraction: float = 0.1,
        power_t: float = 0.5,
        max_iter: int | str = "auto",
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

    def __getstate__(self) -> dict[str, Any]:
        return seal(super().__getstate__())

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(unseal(state, type(self).__name__))

    def __sklearn_tags__(self) -> Tags:
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
            with `early_stopping` it takes the place of rows set aside. It must be transformed as X
            was, in a Pipeline by ``transform_input``. In a search or a cross-validation it must not
            have as many rows as X: scikit-learn would cut it to the rows of each fold.
        y_val : array-like of shape (n_val,), default=None
            Labels of `X_val`. Rows of labels that are not in `y` are left out.
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
        ValueError, TypeError
            Data, labels or weights that cannot be trained on, with the reason.

        Warns
        -----
        ConvergenceWarning
            If training stopped before it converged, diverged, or ended no better than a
            constant, with what to change.
        UserWarning
            If `batch_size` is larger than the rows, the rows set aside could not be stratified,
            rows of `X_val` are left out, or it seems not to be scaled as X is. Also for parameters
            that MLPClassifier does not have, that were changed from their defaults and have no
            effect, such as `weight_decay` without "adamw" or `dropout` without a hidden layer; but
            not in a search or a cross-validation of scikit-learn, where other candidates may use
            them.
        """
        fitting.fit(
            self,
            X,
            y,
            sample_weight,
            X_val=X_val,
            y_val=y_val,
            sample_weight_val=sample_weight_val,
            backend=LocalBackend(),
        )
        return self

    @available_if(has_partial_fit)
    def partial_fit(
        self,
        X: Table,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        classes: ArrayLike | None = None,
    ) -> Self:
        """Train for one epoch over the rows given, going on from the last call.

        Callbacks are not told of it.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            One sample a row.
        y : array-like of shape (n_samples,)
            Class labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each sample, from 0 up; None counts every sample once. A weight is
            relative to the mean of all so far, and `alpha` to all rows so far: the penalty
            counts once in a stream, however it is cut into calls. Rows that come k times count k
            times, so that k passes over the same rows need k times the `alpha` of `fit`.
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
        ValueError, TypeError
            Data, labels or weights that cannot be trained on, with the reason.
        """
        fitting.partial_fit(self, X, y, sample_weight, classes, backend=LocalBackend())
        return self

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
            Logits, whose softmax gives the probabilities. For two classes, the output z of the
            one unit: the log-odds of ``classes_[1]``.

        Raises
        ------
        ValueError
            If X cannot be computed with.
        NotFittedError
            If the estimator is not fitted.
        """
        model, X = self._checked(X)
        if len(model.classes) == 2:
            return predict_by_block(model, X, decision)
        return predict_by_block(model, X, decision, len(model.classes))

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
        model, X = self._checked(X)
        return predict_by_block(model, X, positive_softmax, len(model.classes))

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
        model, X = self._checked(X)
        return predict_by_block(model, X, log_softmax, len(model.classes))

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
        model, X = self._checked(X)
        return model.classes[predict_by_block(model, X, largest, dtype=np.intp)]

    # Inspection

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
        model, X = self._checked(X)
        n_hidden = len(model.activations)
        if not isinstance(layer, Integral) or not -n_hidden <= layer < n_hidden:
            raise ValueError(
                f"layer={layer!r} does not exist: the network has {n_hidden} hidden layers."
            )
        i, network = layer % n_hidden + 1, model.network()
        H = np.empty((X.shape[0], model.layer_sizes[i]), model.parameters.dtype)
        for rows, _ in logits_by_block(network, X):
            H[rows] = network.H[i]
        return H

    def input_gradients(self, X: Table, target: Any = None) -> np.ndarray:
        """Compute how the outputs change with the features: a gradient for each sample.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            One sample a row.
        target : label, array-like of shape (n_samples,) or None, default=None
            What to take the gradient of: None, each sample's largest logit; one label, the
            logit of that class; an array of labels, the cross-entropy of each sample with
            its label. For two classes, the logits are -z/2 and z/2 of `decision_function`'s z.

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
        given, (model, X) = X, self._checked(X)
        column, y = None, None
        if target is not None:
            of_loss = np.ndim(target) > 0
            labels = column_or_1d(target, warn=True) if of_loss else np.atleast_1d(target)
            _, y = encode_labels(labels, model.classes, name="target", advice="Name one of these.")
            if not of_loss:
                column, y = y[0], None
            elif len(y) != num_samples(given):
                raise ValueError(
                    f"target has {len(y)} labels, but X has {num_samples(given)} samples: give one "
                    "label for each, or one label alone."
                )
        dX = np.empty((X.shape[0], model.layer_sizes[0]), model.parameters.dtype)
        for rows, gradients in input_gradients_by_block(model.network(), X, column, y):
            dX[rows] = gradients
        return dX

    def _checked(self, X: Table) -> tuple[Model, Any]:
        """Return the fitted model, and a table that it can take."""
        model = self._model
        if model is None:  # many times faster than what follows
            check_is_fitted(self)
        return model, check_table(self, X)


def check_classifier(clf: Any) -> None:
    """Raise an error unless this is a classifier of ours, of one machine or a cluster, and fitted.

    Parameters
    ----------
    clf : object
        What a user gave.

    Raises
    ------
    TypeError
        If it is something else.
    NotFittedError
        If it is not fitted.
    """
    if not isinstance(clf, MLPSoftmaxClassifier):
        raise TypeError(f"clf must be an MLPSoftmaxClassifier, got {type(clf).__name__}.")
    check_is_fitted(clf)
