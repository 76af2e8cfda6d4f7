"""The objective of training, as a function of one flat vector of parameters.

With w the weights of the rows (scaled to a mean of 1), n the number of rows and W the weights
of the network, without its biases::

    J = (1/n) sum_i w_i * loss_i  +  l2/2 * ||W||^2

The first part is the data term. For a minibatch, J is estimated with the same formula over its
rows, so that a row's weight has the same effect at every batch size.
"""

import numpy as np

from skmlp.network.batches import Batch, pieces
from skmlp.network.layers import Network, layer_views, n_weights
from skmlp.network.losses import output_loss
from skmlp.network.memory import BatchMemory

__all__ = ["Objective", "penalise"]


def penalise(W: np.ndarray, dW: np.ndarray, l2: float) -> float:
    """Add the gradient of the penalty on some weights to `dW`, in place; return the penalty.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.network.objective import penalise
    >>> dW = np.zeros(2)
    >>> penalise(np.array([3.0, 4.0]), dW, l2=2.0)
    25.0
    >>> dW
    array([6., 8.])
    """
    if l2 == 0:
        return 0.0
    dW += l2 * W
    return l2 / 2 * float(W @ W)


class Objective:
    """The penalised mean cross-entropy of a network, and its gradient.

    Parameters
    ----------
    network : Network
        The network, whose parameters are passed in each call.
    l2 : float, default=0.0
        Strength of the penalty ``l2/2 * ||W||^2``, at least 0.
    smoothing : float, default=0.0
        Label smoothing, in [0, 1).

    Attributes
    ----------
    n_weights : int
        Number of weights among the parameters, where they come before the biases.
    gradient : ndarray of shape (n_parameters,)
        Memory for the gradient, which each call overwrites and returns.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.network import Batch, Network, Objective
    >>> parameters = np.zeros(4)
    >>> objective = Objective(Network(parameters, (1, 2), []))
    >>> batch = Batch(np.array([[1.0]]), np.array([0]))
    >>> loss, gradient = objective.loss_gradient(parameters, batch)
    >>> round(loss, 4)
    0.6931
    >>> gradient
    array([-0.5,  0.5, -0.5,  0.5])
    """

    def __init__(self, network: Network, l2: float = 0.0, smoothing: float = 0.0):
        self.network = network
        self.l2 = l2
        self.smoothing = smoothing
        self.n_weights = n_weights(network.layer_sizes)
        self.gradient = np.empty_like(network.parameters)
        self._dW, self._db = layer_views(self.gradient, network.layer_sizes)
        self._memory = BatchMemory(self.gradient.dtype)

    def loss_gradient(self, parameters: np.ndarray, batch: Batch) -> tuple[float, np.ndarray]:
        """Compute J over a batch.

        Parameters
        ----------
        parameters : ndarray of shape (n_parameters,)
            All weights, then all biases.
        batch : Batch
            A minibatch, or all rows; weights have a mean of 1 over all training rows.

        Returns
        -------
        loss : float
            J.
        gradient : ndarray of shape (n_parameters,)
            Its gradient, in memory that the next call reuses.
        """
        loss, gradient = self.data_term(parameters, batch, 1 / len(batch))
        return loss + self.penalise(parameters, gradient), gradient

    def data_term(
        self, parameters: np.ndarray, batch: Batch, scale: float = 1.0
    ) -> tuple[float, np.ndarray]:
        """Compute the sum of weight times loss over a batch.

        The sums over parts of a batch, for example on several machines, add up to the sum over the
        batch.

        Parameters
        ----------
        parameters : ndarray of shape (n_parameters,)
            All weights, then all biases.
        batch : Batch
            The rows to sum over.
        scale : float, default=1.0
            Factor on the sum, such as ``1 / n_samples``.

        Returns
        -------
        loss : float
            ``scale * sum_i w_i * loss_i``.
        gradient : ndarray of shape (n_parameters,)
            Its gradient, in memory that the next call reuses.
        """
        self.network.see(parameters)
        self.network.new_batch()
        first, *others = batch.blocks()
        loss = self._block(first, scale)
        if others:
            gradient = self.gradient.astype(np.float64)  # a sum of many blocks
            for block in others:
                loss += self._block(block, scale)
                gradient += self.gradient
            self.gradient[:] = gradient
        return loss, self.gradient

    def penalise(self, parameters: np.ndarray, gradient: np.ndarray) -> float:
        """Add the gradient of the penalty, in place; return the penalty."""
        n = self.n_weights
        return sum(penalise(W, dW, self.l2) for W, dW in pieces(parameters[:n], gradient[:n]))

    def _block(self, block, scale):
        network, y, weight = self.network, block.take_y(), block.take_weight()
        dW, db = self._dW, self._db
        Z = network.last_product(self._memory.take(block.X, block.rows))
        loss, dZ = output_loss(
            Z, network.b[-1], network.n_classes, y, weight, scale, self.smoothing, db[-1]
        )
        network.backward(dZ, dW, db)
        return loss
