"""What training minimises, as a function of one flat vector of parameters.

With w the weights of the rows (scaled to mean 1), n the number of rows and W the weights
of the network, but not its biases:

    J = (1/n) sum_i w_i * loss_i  +  l2/2 * ||W||^2

A minibatch estimates J by the same formula over its own rows, so a row's weight counts
alike at every batch size.
"""

import numpy as np

from skmlp.batches import BLOCK_ROWS, BatchMemory, pieces, split, take
from skmlp.losses import softmax_cross_entropy
from skmlp.network import layer_views

__all__ = ["Objective"]


class Objective:
    """Penalised mean cross-entropy of a network, with its gradient.

    Parameters
    ----------
    network : Network
        The network, which holds the parameters.
    l2 : float, default=0.0
        Strength of the penalty ``l2/2 * ||W||^2``, at least 0.
    smoothing : float, default=0.0
        Label smoothing, from 0 up and below 1.

    Attributes
    ----------
    gradient : ndarray of shape (n_parameters,)
        Gradient in the network's parameters, as of the last call.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.network import Network
    >>> from skmlp.objective import Objective
    >>> objective = Objective(Network(np.zeros(4), (1, 2), []))
    >>> round(objective.loss_gradient(np.array([[1.0]]), np.array([0]), rows=range(1)), 4)
    0.6931
    >>> objective.gradient
    array([-0.5,  0.5, -0.5,  0.5])
    """

    def __init__(self, network, l2=0.0, smoothing=0.0):
        self.network = network
        self.l2 = l2
        self.smoothing = smoothing
        self.gradient = np.empty_like(network.parameters)
        self._dW, self._db = layer_views(self.gradient, network.layer_sizes)
        self._batch = BatchMemory(self.gradient.dtype)

    def loss_gradient(self, X, y, weight=None, *, rows):
        """Compute J over some rows and leave its gradient in ``self.gradient``.

        Parameters
        ----------
        X : ndarray or CSR array of shape (n_samples, n_features)
            One sample a row, of any numeric dtype.
        y : ndarray of shape (n_samples,), dtype int
            Column of each row's true class.
        weight : ndarray of shape (n_samples,), default=None
            Weights, of mean 1 over all the rows that are trained on.
        rows : range or ndarray of int
            The rows that count here: a minibatch, or all.

        Returns
        -------
        loss : float
            J at the network's parameters.
        """
        first, *others = split(rows, BLOCK_ROWS)
        loss = self._block(X, y, weight, first, len(rows))
        if others:
            gradient = self.gradient.copy()
            for block in others:
                loss += self._block(X, y, weight, block, len(rows))
                gradient += self.gradient
            self.gradient[:] = gradient
        return loss + self._penalty()

    def _penalty(self):
        n = self.network.n_weights
        penalty = 0.0
        for dW, W in pieces(self.gradient[:n], self.network.parameters[:n]):
            dW += self.l2 * W
            penalty += self.l2 / 2 * float(W @ W)
        return penalty

    def _block(self, X, y, weight, rows, n_samples):
        w = None if weight is None else take(weight, rows)
        O = self.network.forward(self._batch.take(X, rows))
        loss, dO = softmax_cross_entropy(O, take(y, rows), w, 1 / n_samples, self.smoothing)
        self.network.backward(dO, self._dW, self._db)
        return loss
