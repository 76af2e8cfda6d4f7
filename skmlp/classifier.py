"""MLPSoftmaxClassifier: the scikit-learn estimator of a single network."""

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
    """Check whether the solver supports `partial_fit`; raise an AttributeError if it does not."""
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

    A network of linear layers and activations, trained with backpropagation to minimise the
    cross-entropy [1]_. It has all parameters of :class:`sklearn.neural_network.MLPClassifier`, and
    some more.

    By default, `fit` chooses the number of epochs and the batch size from the number of rows, and
    the learning rate follows a one-cycle schedule over these epochs. If `max_iter` is a number,
    the learning rate is constant and training stops when the loss no longer improves, as in
    MLPClassifier.

    The objective is, with w the product of sample weight and class weight,

    .. math:: J = \frac{\sum_i w_i \, \mathrm{loss}_i
              + \frac{\alpha}{2} \sum_l \lVert W_l \rVert^2}{\sum_i w_i}

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(100,)
        Number of units in each hidden layer, at least 1; ``()`` is softmax regression.
    activation : str or list of str, default="relu"
        Activation of the hidden layers, either one for all or a list with one for each:
        "identity", "logistic" (also called "sigmoid"), "tanh", "relu", "leaky_relu", "elu",
        "selu", "gelu", "silu", "softplus" or "mish".
    depth : int, default=None
        Number of hidden layers, at least 0, all of the same width, which must be the only entry
        of `hidden_layer_sizes`. If None, `hidden_layer_sizes` has one entry per hidden layer.
    initializer : str, default="auto"
        Initialisation of the weights of hidden layers. "auto" draws the first layer with
        glorot_uniform, divided by the root mean variance of the features if that is above 1. Its
        biases are such that the pre-activation of each unit is 0 at a random row of X; in
        `partial_fit`, where the first rows may not be representative, they are 0. Further layers
        are orthogonal, scaled for the activation. "he_normal", "he_uniform", "glorot_normal",
        "glorot_uniform", "lecun_normal" and "lecun_uniform" are used for all hidden layers, with
        biases of 0.
    dropout : float or list of float, default=0.0
        Dropout rate of the hidden layers, in [0, 1): the probability that a unit is dropped in a
        training step. Either one for all hidden layers or a list with one for each. Not
        supported by "lbfgs".
    input_dropout : float, default=0.0
        Dropout rate of the features, in [0, 1). Not supported by "lbfgs".
    label_smoothing : float, default=0.0
        Fraction of each training target that is distributed equally over all classes, in [0, 1).
        It is not applied to the validation loss.
    solver : {"adam", "adamw", "nadam", "rmsprop", "sgd", "lbfgs"}, default="adam"
        Optimizer. "adam" [2]_, "adamw" (Adam with decoupled `weight_decay` [3]_), "nadam" (Adam
        with Nesterov momentum), "rmsprop" and "sgd" take one step per minibatch. "lbfgs" is a
        quasi-Newton method, which uses all rows in each iteration and suits small data.
    alpha : float, default=2.0
        Strength of the L2 penalty on the weights, at least 0: ``1/C`` of
        :class:`~sklearn.linear_model.LogisticRegression`. Biases are not penalised. In J, a weight
        is the sample weight times the class weight. If the mean of the nonzero weights is from 1 to
        10, they are the number of times that each sample occurs; otherwise they are scaled to a
        mean of 1.
    batch_size : int or "auto", default="auto"
        Size of the minibatches, at least 1. "auto" is a hundredth of the rows, from 64 to 1024,
        with the schedules "linear", "cosine" and "onecycle", else 200; never more than the number
        of rows. Not used by "lbfgs".
    weight_decay : float, default=0.01
        Decoupled weight decay of "adamw", at least 0: each step shrinks the weights by this
        fraction of themselves times the learning rate. Not used by the other solvers.
    max_grad_norm : float, default=None
        Maximum Euclidean norm of the gradient, above 0; longer gradients are clipped before a
        step. Not used by "lbfgs".
    learning_rate : str, default="auto"
        Learning-rate schedule. Not used by "lbfgs".

        - "auto": "onecycle" in a `fit` with ``max_iter="auto"`` and a solver other than "sgd" and
          "lbfgs", else "constant".
        - "constant": the rate is `learning_rate_init`.
        - "linear", "cosine" and "onecycle" [4]_: schedules of fixed length. The rate changes with
          each step: it rises to `learning_rate_init` during the `warmup_fraction` of the `max_iter`
          epochs, then falls to 0 at their end. Only `max_time` and callbacks stop training earlier.
        - "invscaling": ``learning_rate_init / (t_ + 1) ** power_t`` at the start of each epoch.
        - "adaptive": the rate is divided by 5 each time that training has not improved for
          `n_iter_no_change` epochs, until it is at most 1e-6.

        "invscaling" and "adaptive" are for "sgd". With "adam" the rate is then constant, as in
        MLPClassifier; with other minibatch solvers an error is raised.
    learning_rate_init : float or "auto", default="auto"
        Initial learning rate, above 0; with a schedule of fixed length, the highest rate. "auto" is
        0.001 for "sgd". For the other minibatch solvers, it is
        ``0.02 * sqrt(max(1, batch_size / 64) / max(1, n_hidden))`` with a schedule of fixed length,
        where n_hidden is the number of hidden layers; 0.002 in `partial_fit`; otherwise 0.001. Not
        used by "lbfgs".
    warmup_fraction : float, default=0.1
        Fraction of the training during which the rate of "linear", "cosine" and "onecycle" rises,
        in [0, 1).
    power_t : float, default=0.5
        Exponent of "invscaling", at least 0.
    max_iter : int or "auto", default="auto"
        Maximum number of epochs (for "lbfgs", of iterations), at least 1. "auto" is 60 with the
        schedules "linear", "cosine" and "onecycle", or more if that is needed for 500 steps, up
        to 150; otherwise 200.
    max_time : float, default=None
        Maximum training time in seconds, above 0: training stops at the end of the epoch in which
        it is reached.
    shuffle : bool, default=True
        Whether to shuffle the rows in each epoch. Not used by "lbfgs".
    random_state : int, RandomState instance or None, default=None
        Random numbers for the initial weights, the order of rows, dropout and the validation
        split. Pass an int for results that are the same, bit for bit, in every call.
    tol : float, default=1e-4
        Smallest decrease of the training loss (with `early_stopping`, increase of the validation
        score) that counts as an improvement, at least 0. For "lbfgs", training has converged when
        no entry of the gradient is larger than `tol` in magnitude.
    verbose : bool or int, default=False
        Whether to print one line per epoch.
    warm_start : bool, default=False
        Whether `fit` continues from the weights of the previous call instead of initialising them
        again; with a model loaded from a :class:`~skmlp.Checkpoint`, it resumes the interrupted
        training.
    momentum : float, default=0.9
        Momentum of "sgd", in [0, 1].
    nesterovs_momentum : bool, default=True
        Whether "sgd" uses Nesterov momentum.
    early_stopping : bool, default=False
        Whether to stop when the validation score has not improved by `tol` for
        `n_iter_no_change` epochs, and to restore the weights of the epoch with the best score; of
        several such epochs, the one with the lowest validation loss. With a schedule of fixed
        length, training does not stop early, but the weights of the best epoch are restored.
        Without `X_val` in `fit`, `validation_fraction` of the rows are held out, stratified by
        class. The score uses the weights of samples and classes.
    validation_fraction : float, default=0.1
        Fraction of the rows to hold out for early stopping, in [0, 1); above 0 if rows are held
        out.
    scoring : str, callable or None, default=None
        The validation score: None is the accuracy, "loss" the negative of the cross-entropy;
        or the name of a scikit-learn scorer, or a callable ``scoring(estimator, X, y)``.
    beta_1 : float, default=0.9
        Decay rate of the moving average of the gradient in "adam", "adamw" and "nadam", in [0, 1).
    beta_2 : float, default=0.999
        Decay rate of the moving average of the squared gradient in "adam", "adamw", "nadam" and
        "rmsprop", in [0, 1).
    epsilon : float, default=1e-8
        Constant that these four solvers add to the denominator of a step for numerical stability,
        above 0.
    n_iter_no_change : int or numpy.inf, default=10
        Number of epochs without an improvement of `tol` after which training stops, at least 1.
        For "lbfgs" only with `early_stopping`; not used by the schedules "linear", "cosine" and
        "onecycle".
    max_fun : int, default=15000
        Maximum number of evaluations of the objective by "lbfgs", at least 1.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, a dict from label to a number of at least 0; classes that are not in
        it have the weight 1. "balanced" gives every class the same total weight, in `partial_fit`
        based on the rows of all calls so far. None gives every class the weight 1.
    dtype : {"float32", "float64"} or None, default=None
        Floating-point type of the computation. None is float32 if X has float32 or a smaller type,
        else float64.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted: the order of the columns of `predict_proba`.
    coefs_ : list of ndarray of shape (n_in, n_out)
        Weights of each layer, as views of `parameters_`: assigning to an entry changes the
        network.
    intercepts_ : list of ndarray of shape (n_out,)
        Biases of each layer, also as views.
    parameters_ : ndarray of shape (n_parameters,)
        All weights, then all biases.
    activations_ : tuple of str
        Activation of each hidden layer.
    layer_sizes_ : tuple of int
        Number of units of the input, of each hidden layer, and of the output.
    loss_ : float
        J in the last epoch, averaged over its minibatches.
    best_loss_ : float or None
        Minimum of `loss_curve_`; None with `early_stopping`.
    loss_curve_ : list of float
        J in each epoch, also of the calls that the last one continued.
    validation_scores_ : list of float or None
        Validation score in each epoch of the same calls, NaN for epochs without validation data;
        None if no epoch had any.
    best_validation_score_ : float or None
        Maximum validation score of the last training; None without validation data.
    best_epoch_ : int or None
        Epoch whose weights early stopping kept in the last call, counted in `loss_curve_` from 1;
        None without early stopping.
    validation_loss_curve_ : list of float or None
        Cross-entropy on the validation data in each epoch, as `validation_scores_`.
    learning_rates_ : list of float
        Learning rate of the last step of each epoch, NaN for "lbfgs"; empty if there was none.
    max_iter_, batch_size_, learning_rate_, learning_rate_init_ : int, int, str, float
        Values of these parameters in the last call, with each "auto" replaced. The last two are
        not used by "lbfgs".
    n_iter_ : int
        Number of epochs (for "lbfgs", of iterations) of the last call.
    t_ : int
        Number of samples seen in training, counted in every epoch.
    n_layers_ : int
        Number of layers, including input and output.
    n_outputs_ : int
        Number of output units: one per class, or one for two classes.
    out_activation_ : str
        "softmax", or "logistic" for two classes.
    n_features_in_ : int
        Number of features of X.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if X has names that are all strings.

    See Also
    --------
    sklearn.neural_network.MLPClassifier : scikit-learn's classifier, which this one can replace.
    sklearn.linear_model.LogisticRegression : The same model with no hidden layer.

    Notes
    -----
    Scale the features first, for example with
    :class:`~sklearn.preprocessing.StandardScaler` in a Pipeline.

    When `fit` is interrupted with Ctrl-C, the estimator keeps the weights so far, and
    KeyboardInterrupt is raised.

    References
    ----------
    .. [1] Goodfellow, Bengio and Courville, "Deep Learning", MIT Press, 2016, chapter 6.
    .. [2] Kingma and Ba, "Adam: A method for stochastic optimization", 2014, :arxiv:`1412.6980`.
    .. [3] Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019,
        :arxiv:`1711.05101`.
    .. [4] Smith and Topin, "Super-convergence: very fast training of neural networks using large
        learning rates", 2018, :arxiv:`1708.07120`.

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
        """Fit the network to data.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data. A sparse X is never converted to a dense array as a whole.
        y : array-like of shape (n_samples,)
            Class labels: numbers, strings or booleans.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each sample, at least 0; None gives every sample the weight 1. The description
            of `alpha` says how the scale of the weights is used.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            Validation data. Its score and loss are recorded in each epoch; with `early_stopping`
            it is used instead of held-out rows. It must be transformed in the same way as X; a
            Pipeline does this with ``transform_input=["X_val"]`` and metadata routing. In a search
            or a cross-validation it must not have the same number of rows as X: scikit-learn would
            select the rows of each fold from it.
        y_val : array-like of shape (n_val,), default=None
            Labels of `X_val`, which must be passed with it. Rows whose label is not in `y` are
            ignored.
        sample_weight_val : array-like of shape (n_val,), default=None
            Weight of each sample of `X_val`, at least 0; None gives every sample the weight 1.

        Returns
        -------
        self : MLPSoftmaxClassifier
            The fitted estimator.

        Raises
        ------
        InvalidParameterError
            If a parameter has a value that is not allowed. It is a ValueError and a TypeError.
        ValueError, TypeError
            If the data, labels or weights are not valid.

        Warns
        -----
        ConvergenceWarning
            If training stopped before it converged, diverged, or ended with a model no better than
            a constant prediction. The message says what to change.
        UserWarning
            If `batch_size` is larger than the number of rows, the held-out rows could not be
            stratified, rows of `X_val` are ignored, or `X_val` does not seem to be scaled as X is.
            Also if a parameter that MLPClassifier does not have was changed from its default and
            has no effect, such as `weight_decay` without "adamw" or `dropout` without a hidden
            layer; but not in a search or a cross-validation of scikit-learn, where other candidates
            may use it.
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
        """Train for one epoch on a batch of rows, continuing from the last call.

        Callbacks are not called.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples,)
            Class labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each sample, at least 0; None gives every sample the weight 1. Weights are
            relative to the mean over all calls so far, and `alpha` to the number of rows of all
            calls so far: the total penalty does not depend on how the data are split into calls.
            Rows passed k times count k times, so that k passes over the same rows need k times
            the `alpha` of `fit`.
        classes : array-like of shape (n_classes,), default=None
            All labels that can occur in any call. Must be passed in the first call.

        Returns
        -------
        self : MLPSoftmaxClassifier
            The estimator, trained for one more epoch. Parameters that were changed since
            the last call, such as `learning_rate_init`, take effect.

        Raises
        ------
        InvalidParameterError
            If a parameter has a value that is not allowed. It is a ValueError and a TypeError.
        ValueError, TypeError
            If the data, labels or weights are not valid, `classes` is missing in the first call, or
            `early_stopping` is True or the schedule is of fixed length.
        AttributeError
            If `solver` is "lbfgs".

        Warns
        -----
        ConvergenceWarning
            If training diverged.
        UserWarning
            If `batch_size` is larger than the number of rows.

        Examples
        --------
        >>> from sklearn.datasets import load_digits
        >>> from skmlp import MLPSoftmaxClassifier
        >>> X, y = load_digits(return_X_y=True)
        >>> clf = MLPSoftmaxClassifier(random_state=0)
        >>> for start in range(0, 1500, 300):
        ...     rows = slice(start, start + 300)
        ...     clf = clf.partial_fit(X[rows] / 16, y[rows], classes=range(10))
        >>> clf.t_
        1500
        """
        fitting.partial_fit(self, X, y, sample_weight, classes, backend=LocalBackend())
        return self

    # Prediction

    def decision_function(self, X: Table) -> np.ndarray:
        """Compute the logits.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        O : ndarray of shape (n_samples, n_classes) or (n_samples,)
            Logits, in the dtype of ``parameters_``; their softmax gives the probabilities. For two
            classes, the output z of the single unit: the log-odds of ``classes_[1]``.

        Raises
        ------
        ValueError, TypeError
            If X is not valid.
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
            Samples.

        Returns
        -------
        P : ndarray of shape (n_samples, n_classes)
            Probabilities in the order of ``classes_``, in the dtype of ``parameters_``; each row
            sums to 1. They are never exactly 0, so that their logarithms are finite. To rank
            samples whose probabilities are very close to 0 or 1, use `decision_function`, which
            does not round them to equal values.

        Raises
        ------
        ValueError, TypeError
            If X is not valid.
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
            Samples.

        Returns
        -------
        log_P : ndarray of shape (n_samples, n_classes)
            Log-probabilities in the order of ``classes_``, in the dtype of ``parameters_``, finite
            even if the probability underflows.

        Raises
        ------
        ValueError, TypeError
            If X is not valid.
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
            Samples.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            Predicted labels.

        Raises
        ------
        ValueError, TypeError
            If X is not valid.
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
            Samples.
        layer : int, default=-1
            Index of the hidden layer, counted from 0; negative indices count from the last one.

        Returns
        -------
        H : ndarray of shape (n_samples, n_units)
            Outputs of the layer's activation, in the dtype of ``parameters_``.

        Raises
        ------
        ValueError, TypeError
            If there is no such layer, or X is not valid.
        NotFittedError
            If the estimator is not fitted.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from skmlp import MLPSoftmaxClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> clf = MLPSoftmaxClassifier((20, 5), random_state=0).fit(X, y)
        >>> clf.hidden_activations(X, layer=0).shape, clf.hidden_activations(X).shape
        ((150, 20), (150, 5))
        """
        model, X = self._checked(X)
        n_hidden = len(model.activations)
        if not isinstance(layer, Integral) or not -n_hidden <= layer < n_hidden:
            raise ValueError(
                f"layer={layer!r} does not exist: the network has {n_hidden} hidden layers, with "
                "indices from 0."
            )
        i, network = layer % n_hidden + 1, model.network()
        H = np.empty((X.shape[0], model.layer_sizes[i]), model.parameters.dtype)
        for rows, _ in logits_by_block(network, X):
            H[rows] = network.H[i]
        return H

    def input_gradients(self, X: Table, target: Any = None) -> np.ndarray:
        """Compute the gradient of an output or of the loss with respect to each sample's features.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.
        target : label, array-like of shape (n_samples,) or None, default=None
            Function to differentiate: with None, each sample's largest logit; with one label, the
            logit of that class; with an array of labels, the cross-entropy of each sample with
            its label. For two classes, the logits are -z/2 and z/2, with z from
            `decision_function`.

        Returns
        -------
        dX : ndarray of shape (n_samples, n_features)
            Gradient of that function at each sample, in the dtype of ``parameters_``.

        Raises
        ------
        ValueError, TypeError
            If a label of `target` is not in ``classes_``, `target` and X have different lengths, or
            X is not valid.
        NotFittedError
            If the estimator is not fitted.

        References
        ----------
        Simonyan, Vedaldi and Zisserman, "Deep inside convolutional networks: visualising
        image classification models and saliency maps", 2013, :arxiv:`1312.6034`.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from skmlp import MLPSoftmaxClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> clf = MLPSoftmaxClassifier(20, random_state=0).fit(X, y)
        >>> clf.input_gradients(X).shape, clf.input_gradients(X, target=y).shape
        ((150, 4), (150, 4))
        """
        given, (model, X) = X, self._checked(X)
        column, y = None, None
        if target is not None:
            of_loss = np.ndim(target) > 0
            labels = column_or_1d(target, warn=True) if of_loss else np.atleast_1d(target)
            _, y = encode_labels(labels, model.classes, name="target", advice="Use one of these.")
            if not of_loss:
                column, y = y[0], None
            elif len(y) != num_samples(given):
                raise ValueError(
                    f"target has {len(y)} labels, but X has {num_samples(given)} samples: pass one "
                    "label for each, or a single label."
                )
        dX = np.empty((X.shape[0], model.layer_sizes[0]), model.parameters.dtype)
        for rows, gradients in input_gradients_by_block(model.network(), X, column, y):
            dX[rows] = gradients
        return dX

    def _checked(self, X: Table) -> tuple[Model, Any]:
        """Return the fitted model, and the validated X."""
        model = self._model
        if model is None:  # many times faster than check_is_fitted
            check_is_fitted(self)
        return model, check_table(self, X)


def check_classifier(clf: Any) -> None:
    """Raise an error unless the argument is a fitted MLPSoftmaxClassifier or a subclass of it.

    Parameters
    ----------
    clf : object
        The argument to check.

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
