"""Predictions of a network, one block of rows at a time."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from skmlp.estimator.model import Model
from skmlp.network.batches import BLOCK_ROWS, all_finite, blocks, take
from skmlp.network.losses import log_softmax, softmax
from skmlp.training.threads import threads_for_products

__all__ = [
    "decision",
    "input_gradients_by_block",
    "largest",
    "logits_by_block",
    "positive_softmax",
    "predict_by_block",
]


def logits_by_block(network, X):
    """Compute the logits of a validated table, block by block.

    Yields
    ------
    rows : slice
        The rows of a block.
    O : ndarray of shape (n_rows, n_classes)
        Their logits, in memory that is reused for the next block.

    Raises
    ------
    ValueError
        If a logit is not finite.
    """
    n_samples = X.shape[0]
    for rows in blocks(range(n_samples)):
        with (
            threads_for_products(min(n_samples, BLOCK_ROWS), network.layer_sizes),
            np.errstate(over="ignore", invalid="ignore"),  # an error is raised below
        ):
            O = network.forward(take(X, rows, network.parameters.dtype))
            finite = all_finite(O)
        if not finite:
            raise ValueError(
                "The network's outputs are not finite for some rows of X: X has values "
                "far larger than in training, or the weights are not finite. Scale "
                "the features, for example with StandardScaler in a Pipeline."
            )
        yield slice(rows.start, rows.stop), O


def predict_by_block(
    model: Model,
    X: Any,
    of_logits: Callable[[np.ndarray], np.ndarray],
    *width: int,
    dtype: DTypeLike | None = None,
) -> np.ndarray:
    """Compute a function of the logits, block by block.

    Parameters
    ----------
    model : Model
        The model.
    X : ndarray, CSR array or PiecewiseTable of shape (n_samples, n_features)
        A validated table.
    of_logits : callable
        ``of_logits(O)`` returns the predictions for a block.
    *width : int
        Number of columns of the predictions; omitted for one value per row.
    dtype : dtype, default=None
        Dtype of the predictions; None is that of the parameters.

    Returns
    -------
    predictions : ndarray of shape (n_samples, *width)
        The predictions.
    """
    predictions = np.empty((X.shape[0], *width), dtype or model.parameters.dtype)
    for rows, O in logits_by_block(model.network(), X):
        predictions[rows] = of_logits(O)
    return predictions


def input_gradients_by_block(network, X, columns=None, y=None):
    """Compute the gradient of a logit or of the loss with respect to the features, block by block.

    Parameters
    ----------
    network : Network
        The network.
    X : ndarray or CSR array of shape (n_samples, n_features)
        A validated table.
    columns : int or None
        Index of the logit; None for the largest of each row.
    y : ndarray of shape (n_samples,), dtype int, or None
        True classes, for the gradient of the cross-entropy instead.

    Yields
    ------
    rows : slice
        The rows of a block.
    dX : ndarray of shape (n_rows, n_features)
        Their gradients.
    """
    for rows, O in logits_by_block(network, X):
        if y is None:
            dO = np.zeros_like(O)
            dO[np.arange(len(O)), O.argmax(axis=1) if columns is None else columns] = 1
        else:
            dO = softmax(O)
            dO[np.arange(len(O)), y[rows]] -= 1
        with threads_for_products(min(X.shape[0], BLOCK_ROWS), network.layer_sizes):
            dX = network.input_gradient(dO)
        yield rows, dX


def decision(O: np.ndarray) -> np.ndarray:
    """Return the logits, or for two classes the log-odds of the second."""
    return O[:, 1] - O[:, 0] if O.shape[1] == 2 else O


def largest(O: np.ndarray) -> np.ndarray:
    """Return the index of the largest logit of each row."""
    return O.argmax(axis=1)


def positive_softmax(O):
    """Compute a softmax without zeros: probabilities that underflow keep their order."""
    P = softmax(O)
    tiny = np.finfo(P.dtype).tiny
    if np.minimum.reduce(P, axis=None) < tiny:
        underflow = tiny > P
        rank = tiny / (1 + np.log(tiny) - log_softmax(O)[underflow])
        P[underflow] = np.maximum(rank, np.finfo(P.dtype).smallest_subnormal)
    return P
