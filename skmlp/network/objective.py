"""What training minimises, as a function of one flat vector of parameters.

With w the weights of the rows (scaled to mean 1), n the number of rows and W the weights
of the network, but not its biases::

    J = (1/n) sum_i w_i * loss_i  +  l2/2 * ||W||^2

The first part is the data term. A minibatch estimates J by the same formula over its own
rows, so a row's weight counts alike at every batch size.
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
    """Penalised mean cross-entropy of a network, with its gradient.

    Parameters
    ----------
    network : Network
        The network, whose parameters are handed over with each call.
    l2 : float, default=0.0
        Strength of the penalty ``l2/2 * ||W||^2``, at least 0.
    smoothing : float, default=0.0
        Label smoothing, from 0 up and below 1.

    Attributes
    ----------
    n_weights : int
        How many of the parameters are weights; they stand before the biases.
    gradient : ndarray of shape (n_parameters,)
        Where each call writes the gradient that it returns.

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
            A minibatch, or all rows; weights have mean 1 over all that are trained on.

        Returns
        -------
        loss : float
            J.
        gradient : ndarray of shape (n_parameters,)
            Its gradient, in memory that the next call will use again.
        """
        loss, gradient = self.data_term(parameters, batch, 1 / len(batch))
        return loss + self.penalise(parameters, gradient), gradient

    def data_term(
        self, parameters: np.ndarray, batch: Batch, scale: float = 1.0
    ) -> tuple[float, np.ndarray]:
        """Sum weight times loss over a batch.

        Sums over parts of a batch, such as those that lie on other machines, add up to the
        sum over the batch.

        Parameters
        ----------
        parameters : ndarray of shape (n_parameters,)
            All weights, then all biases.
        batch : Batch
            The rows that are summed over.
        scale : float, default=1.0
            Factor on the sum, such as one by the number of rows.

        Returns
        -------
        loss : float
            ``scale * sum_i w_i * loss_i``.
        gradient : ndarray of shape (n_parameters,)
            Its gradient, in memory that the next call will use again.
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
