"""Softmax, log-softmax and cross-entropy, all computed from the logits.

Subtracting the row maximum first does not change the probabilities, and prevents overflow in
``exp``.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from skmlp.compiled import twin
from skmlp.network.memory import column_sums

__all__ = ["cross_entropy", "log_softmax", "output_loss", "softmax", "softmax_cross_entropy"]


def _float_logits(O):
    O = np.asarray(O)
    if O.ndim != 2:
        raise ValueError(
            f"O must have shape (n_samples, n_outputs), got an array of shape {O.shape}."
        )
    return O if O.dtype.kind == "f" else O.astype(np.float64)


def _subtract_row_maximum(O, out=None):
    return np.subtract(O, np.maximum.reduce(O, axis=1, keepdims=True), out=out)


# With at least this many columns, a sum in float32 would lose more than a few digits.
MANY = 32


def _row_sums(A):
    """Compute the sum of each row, accurate to the last digits for any number of columns."""
    if A.shape[1] > MANY:
        return np.add.reduce(A, axis=1, dtype=np.float64).astype(A.dtype, copy=False)
    return np.add.reduce(A, axis=1)


def softmax(O: ArrayLike) -> np.ndarray:
    """Compute the softmax of logits, row by row.

    ``softmax(O)[i, j] = exp(O[i, j]) / sum_k exp(O[i, k])``, see [1]_, section 6.2.2.3.

    Parameters
    ----------
    O : array-like of shape (n_samples, n_outputs)
        Logits, which must be finite. Integers are converted to float64.

    Returns
    -------
    P : ndarray of shape (n_samples, n_outputs), dtype of `O`
        Probabilities in [0, 1]; each row sums to 1.

    Raises
    ------
    ValueError
        If `O` does not have two dimensions.

    See Also
    --------
    log_softmax : Their logarithm, accurate even if a probability underflows to 0.

    References
    ----------
    .. [1] Goodfellow, Bengio and Courville, "Deep Learning", MIT Press, 2016.

    Examples
    --------
    >>> from skmlp import softmax
    >>> softmax([[1, 2, 0], [-1, 0, 1], [-10, 0, 10]]).round(4)
    array([[0.2447, 0.6652, 0.09  ],
           [0.09  , 0.2447, 0.6652],
           [0.    , 0.    , 1.    ]])
    """
    with np.errstate(over="ignore"):  # difference of two very large logits
        P = np.exp(_subtract_row_maximum(_float_logits(O)))
    P /= _row_sums(P)[:, None]
    return P


def log_softmax(O: ArrayLike) -> np.ndarray:
    """Compute the logarithm of the softmax, without computing the probabilities.

    ``log_softmax(O) = O - logsumexp(O)``: finite for every finite logit, even if
    the probability itself underflows to 0.

    Parameters
    ----------
    O : array-like of shape (n_samples, n_outputs)
        Logits, which must be finite. Integers are converted to float64.

    Returns
    -------
    log_P : ndarray of shape (n_samples, n_outputs), dtype of `O`
        Log-probabilities, at most 0.

    Raises
    ------
    ValueError
        If `O` does not have two dimensions.

    See Also
    --------
    softmax : The probabilities themselves.

    Examples
    --------
    >>> from skmlp import log_softmax
    >>> log_softmax([[0.0, 0.0], [1000.0, 0.0]]).round(4)
    array([[-6.931e-01, -6.931e-01],
           [ 0.000e+00, -1.000e+03]])
    """
    with np.errstate(over="ignore"):  # difference of two very large logits
        log_P = _subtract_row_maximum(_float_logits(O))
    log_P -= np.log(_row_sums(np.exp(log_P)))[:, None]
    return np.maximum(log_P, np.finfo(log_P.dtype).min, out=log_P)


def cross_entropy(O: ArrayLike, y: Sequence[int] | np.ndarray) -> np.ndarray:
    """Compute the cross-entropy of each row's true class: ``logsumexp(O[i]) - O[i, y[i]]``.

    Parameters
    ----------
    O : array-like of shape (n_samples, n_outputs)
        Logits, which must be finite.
    y : array-like of shape (n_samples,), dtype int
        Column of each row's true class, from 0 to n_outputs - 1.

    Returns
    -------
    losses : ndarray of shape (n_samples,), dtype of `O`
        Loss of each row in nats, at least 0.

    Examples
    --------
    >>> from skmlp.network import cross_entropy
    >>> cross_entropy([[0.0, 0.0], [0.0, 3.0]], [0, 1]).round(4)
    array([0.6931, 0.0486])
    """
    with np.errstate(over="ignore"):  # difference of two very large logits
        below = _subtract_row_maximum(_float_logits(O))
    targeted = below[np.arange(len(below)), y]
    losses = np.log(_row_sums(np.exp(below, out=below))) - targeted
    return np.minimum(losses, np.finfo(losses.dtype).max, out=losses)


def softmax_cross_entropy(
    O: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray | None = None,
    scale: float = 1.0,
    smoothing: float = 0.0,
) -> tuple[float, np.ndarray]:
    """Compute the cross-entropy summed over the rows, and its gradient with respect to the logits.

    With T the target, 1 for the true class and 0 for the others, the loss of row i is
    ``-sum_j T[i, j] log P[i, j]``, which is ``logsumexp(O[i]) - sum_j T[i, j] O[i, j]`` for
    any T whose rows sum to 1. Its gradient is ``P - T``: prediction minus target. See [1]_,
    section 4.3.4. Label smoothing replaces T by ``(1 - smoothing) T + smoothing / n_outputs``.

    Parameters
    ----------
    O : ndarray of shape (n_samples, n_outputs), dtype float32 or float64
        Logits. **Overwritten** by the gradient, which is also returned.
    y : ndarray of shape (n_samples,), dtype int64
        Column of each row's true class.
    weight : ndarray of shape (n_samples,), dtype float64, default=None
        Weight of each row; None gives every row the weight 1.
    scale : float, default=1.0
        Factor on both loss and gradient, such as ``1 / n_samples`` for a mean.
    smoothing : float, default=0.0
        Label smoothing [2]_, in [0, 1): the fraction of each target that is distributed equally
        over all classes.

    Returns
    -------
    loss : float
        ``scale * sum_i weight[i] * losses[i]``.
    dO : ndarray of shape (n_samples, n_outputs)
        Gradient of `loss` with respect to the logits.

    References
    ----------
    .. [1] Bishop, "Pattern Recognition and Machine Learning", Springer, 2006.
    .. [2] Szegedy et al., "Rethinking the Inception architecture for computer vision",
       CVPR 2016, :arxiv:`1512.00567`.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.network import softmax_cross_entropy
    >>> loss, dO = softmax_cross_entropy(np.zeros((1, 2)), np.array([0]))
    >>> round(loss, 4)
    0.6931
    >>> dO
    array([[-0.5,  0.5]])
    """
    true_class = np.arange(len(y)), y
    _subtract_row_maximum(O, out=O)
    targeted = O[true_class]
    if smoothing:
        targeted += smoothing * (_row_sums(O) / O.shape[1] - targeted)
    dO = np.exp(O, out=O)
    sums = _row_sums(dO)
    losses = np.log(sums)
    losses -= targeted

    row_scale = scale if weight is None else weight * scale
    dO *= (row_scale / sums)[:, None]
    dO[true_class] -= (1 - smoothing) * row_scale
    if smoothing:
        dO -= np.reshape(smoothing / dO.shape[1] * row_scale, (-1, 1))
    loss = losses.sum() * scale if weight is None else losses @ row_scale
    return float(loss), dO


@twin
def output_loss(
    Z: np.ndarray,
    b: np.ndarray,
    n_classes: int,
    y: np.ndarray,
    weight: np.ndarray | None,
    scale: float,
    smoothing: float,
    db: np.ndarray,
    /,
) -> tuple[float, np.ndarray]:
    """Add biases, then compute the loss and go back: ``Z += b``, the loss, dZ and db.

    The logits are Z, or for one unit of two classes ``(-Z/2, Z/2)``.

    Parameters
    ----------
    Z : ndarray of shape (n_samples, n_units), dtype float32 or float64
        Products of inputs and weights of the output layer, in Fortran order. **Overwritten** by
        dZ.
    b : ndarray of shape (n_units,)
        Biases.
    n_classes : int
        Number of classes: `n_units`, or 2 for one unit.
    y, weight, scale, smoothing
        As in `softmax_cross_entropy`.
    db : ndarray of shape (n_units,)
        Where to write the gradient at the biases, the column sums of dZ.

    Returns
    -------
    loss : float
        As of `softmax_cross_entropy`.
    dZ : ndarray of shape (n_samples, n_units)
        Gradient of `loss` at Z: the array Z.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.network import output_loss
    >>> Z, y, db = np.array([[0.0], [0.0]]), np.array([1, 1]), np.empty(1)
    >>> loss, dZ = output_loss(Z, np.array([0.0]), 2, y, None, 0.5, 0.0, db)
    >>> round(loss, 4)
    0.6931
    >>> dZ
    array([[-0.25],
           [-0.25]])
    >>> db
    array([-0.5])
    """
    Z += b
    if Z.shape[1] == n_classes:
        loss, _ = softmax_cross_entropy(Z, y, weight, scale, smoothing)
    else:
        O = np.stack([-Z[:, 0] / 2, Z[:, 0] / 2]).T
        loss, dO = softmax_cross_entropy(O, y, weight, scale, smoothing)
        Z[:, 0] = (dO[:, 1] - dO[:, 0]) / 2
    column_sums(Z, out=db)
    return loss, Z
