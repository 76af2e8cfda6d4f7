"""The network: linear layers with an activation between them.

Rows are samples. From ``H[0] = X``, layer i computes ``Z[i] = H[i] W[i] + b[i]`` and,
but for the last layer, ``H[i+1] = sigma(Z[i])``. The last Z are the logits ``O``.

Backpropagation is the chain rule over what the forward pass kept. Writing dA for the
gradient of the loss in A, and starting from dO:

    dW[i] = H[i]^T dZ[i]        db[i] = column sums of dZ[i]
    dH[i] = dZ[i] W[i]^T        dZ[i-1] = dH[i] * sigma'(Z[i-1])

In training, dropout may stand between H[i] and its layer; A[i] is what is left of H[i].

All W, then all b, lie in one flat vector of parameters, so that an optimiser or a
penalty is a few operations on one array.
"""

from itertools import pairwise

import numpy as np

from skmlp.activations import ACTIVATIONS
from skmlp.batches import BLOCK_ROWS, split, take
from skmlp.dropout import KeepAll

__all__ = ["Network", "layer_views", "linear", "n_parameters", "n_weights"]


def linear(X, W, b, out=None):
    """Linear layer, ``O = X W + b``.

    Parameters
    ----------
    X : ndarray or sparse array of shape (n_samples, n_in)
        One sample a row.
    W : ndarray of shape (n_in, n_out)
        Weights.
    b : ndarray of shape (n_out,)
        Biases.
    out : ndarray of shape (n_samples, n_out), default=None
        Where to write a product of dense arrays; None makes a new array.

    Returns
    -------
    O : ndarray of shape (n_samples, n_out)
        One row of outputs a sample.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.network import linear
    >>> X = np.array([[1.0, 2.0]])
    >>> W = np.array([[1.0, 0.0], [0.0, 3.0]])
    >>> b = np.array([0.5, 0.5])
    >>> linear(X, W, b)
    array([[1.5, 6.5]])
    """
    O = np.matmul(X, W, out=out) if isinstance(X, np.ndarray) else X @ W
    O += b
    return O


def n_weights(layer_sizes):
    """Count the entries of all W of a network with these layer sizes."""
    return sum(n_in * n_out for n_in, n_out in pairwise(layer_sizes))


def n_parameters(layer_sizes):
    """Count the entries of all W and b of a network with these layer sizes."""
    return n_weights(layer_sizes) + sum(layer_sizes[1:])


def layer_views(vector, layer_sizes):
    """See a flat vector as the weights and biases of each layer, without a copy.

    Parameters
    ----------
    vector : ndarray of shape (n_parameters,)
        All weights, layer by layer, then all biases.
    layer_sizes : sequence of int
        Units of the input, of each hidden layer, and of the output.

    Returns
    -------
    W : list of ndarray of shape (layer_sizes[i], layer_sizes[i + 1])
        Views on the weights.
    b : list of ndarray of shape (layer_sizes[i + 1],)
        Views on the biases.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.network import layer_views
    >>> W, b = layer_views(np.arange(9), (2, 2, 1))
    >>> W
    [array([[0, 1],
           [2, 3]]), array([[4],
           [5]])]
    >>> b
    [array([6, 7]), array([8])]
    """
    W, b = [], []
    start = 0
    for n_in, n_out in pairwise(layer_sizes):
        W.append(vector[start : start + n_in * n_out].reshape(n_in, n_out))
        start += n_in * n_out
    for n_out in layer_sizes[1:]:
        b.append(vector[start : start + n_out])
        start += n_out
    return W, b


class Network:
    """A chain of linear layers, each but the last followed by an activation.

    Parameters
    ----------
    parameters : ndarray of shape (n_parameters,), dtype float32 or float64
        All weights, then all biases. The network sees this very array: whoever
        changes it, changes the network.
    layer_sizes : sequence of int
        Units of the input, of each hidden layer, and of the output.
    activations : sequence of str
        A name of ``skmlp.activations.ACTIVATIONS`` for each hidden layer.
    dropouts : sequence of Dropout or KeepAll, default=None
        What each layer's input goes through, X included; None keeps all.

    Attributes
    ----------
    W, b : list of ndarray
        Views on `parameters`, a matrix and a vector a layer.
    n_weights : int
        How many of the parameters are weights; they stand before the biases.
    Z, H : list of ndarray
        What the last forward pass kept: linear outputs, and layers from ``H[0] = X``.
    A : list of ndarray
        The inputs of the layers, which are the H after dropout.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.network import Network, layer_views
    >>> network = Network(np.full(9, 0.5), (2, 2, 1), ["relu"])
    >>> network.forward(np.array([[1.0, 3.0], [-3.0, 1.0]]))
    array([[3. ],
           [0.5]])
    >>> gradient = np.empty(9)
    >>> network.backward(np.array([[1.0], [1.0]]), *layer_views(gradient, (2, 2, 1)))
    >>> gradient
    array([0.5, 0.5, 1.5, 1.5, 2.5, 2.5, 0.5, 0.5, 2. ])
    """

    def __init__(self, parameters, layer_sizes, activations, dropouts=None):
        self.parameters = parameters
        self.layer_sizes = tuple(layer_sizes)
        self.activations = [ACTIVATIONS[name] for name in activations]
        self.dropouts = dropouts or [KeepAll()] * (len(layer_sizes) - 1)
        self.W, self.b = layer_views(parameters, layer_sizes)
        self.n_weights = n_weights(layer_sizes)
        self._buffers = Buffers(self.layer_sizes[1:], parameters.dtype)

    def forward(self, X):
        """Compute the logits, keeping every Z and H.

        Parameters
        ----------
        X : ndarray or sparse array of shape (n_samples, layer_sizes[0])
            One sample a row, in the dtype of the parameters.

        Returns
        -------
        O : ndarray of shape (n_samples, layer_sizes[-1])
            Logits, in memory that the next forward pass will use again.
        """
        buffers = self._buffers.for_rows(X.shape[0])
        self.H, self.A, self.Z = [X], [], []
        for i, (W, b) in enumerate(zip(self.W, self.b, strict=True)):
            self.A.append(self.dropouts[i].apply(self.H[i]))  # (n_samples, n_in)
            self.Z.append(linear(self.A[i], W, b, out=buffers.Z[i]))  # (n_samples, n_out)
            if i < len(self.activations):
                self.H.append(self.activations[i].apply(self.Z[i], buffers.H[i]))
        return self.Z[-1]

    def forward_by_block(self, X, rows, size=BLOCK_ROWS):
        """Compute the logits of many rows, a block at a time.

        Parameters
        ----------
        X : ndarray or CSR array of shape (n_samples, layer_sizes[0])
            One sample a row, of any numeric dtype.
        rows : range or ndarray of int
            The rows wanted.
        size : int, default=BLOCK_ROWS
            Rows a block, at least 1.

        Yields
        ------
        block : range or ndarray of int
            The next of the rows.
        O : ndarray of shape (n_block, layer_sizes[-1])
            Their logits, to be used before the next block is asked for.
        """
        for block in split(rows, size):
            yield block, self.forward(take(X, block, self.parameters.dtype))

    def backward(self, dO, dW, db):
        """Backpropagate through what the last forward pass kept.

        Parameters
        ----------
        dO : ndarray of shape (n_samples, layer_sizes[-1])
            Gradient of the loss at the logits.
        dW, db : list of ndarray
            Where to write the gradients of each W and b.
        """
        for i, dZ in self._chain(dO):
            if isinstance(self.A[i], np.ndarray):
                np.matmul(self.A[i].T, dZ, out=dW[i])
            else:
                dW[i][:] = self.A[i].T @ dZ
            np.matmul(self._buffers.ones, dZ, out=db[i])

    def input_gradient(self, dO):
        """Backpropagate to the inputs of the last forward pass.

        Parameters
        ----------
        dO : ndarray of shape (n_samples, layer_sizes[-1])
            Gradient at the logits.

        Returns
        -------
        dX : ndarray of shape (n_samples, layer_sizes[0])
            Gradient at X.
        """
        *_, (_, dZ) = self._chain(dO)
        return self.dropouts[0].chain(dZ @ self.W[0].T)

    def _chain(self, dO):
        """Yield i and dZ[i] from the last layer to the first: the chain rule."""
        dZ = dO
        yield len(self.W) - 1, dZ
        for i in reversed(range(1, len(self.W))):
            dH = np.matmul(dZ, self.W[i].T, out=self._buffers.dH[i - 1])
            self.dropouts[i].chain(dH)
            dZ = self.activations[i - 1].chain(dH, self.Z[i - 1], self.H[i])
            yield i - 1, dZ


class Buffers:
    """Memory for Z, H and dH of each layer, used again for every batch."""

    def __init__(self, widths, dtype):
        self.widths = widths
        self.dtype = dtype
        self.n_rows = 0
        self._memory = [np.empty(0, dtype)] * (3 * len(widths) - 2)

    def for_rows(self, n_rows):
        """Shape the memory for batches of so many rows, growing it where it is too small."""
        if n_rows != self.n_rows:
            self._shape(n_rows)
        return self

    def _shape(self, n_rows):
        hidden = self.widths[:-1]
        arrays = []
        for k, width in enumerate(hidden * 3 + self.widths[-1:]):
            if self._memory[k].size < n_rows * width:
                self._memory[k] = np.empty(n_rows * width, self.dtype)
            arrays.append(self._memory[k][: n_rows * width])
        *arrays, O = arrays
        arrays = [a.reshape(n_rows, -1) for a in arrays]
        L = len(hidden)
        # Logits lie column by column: there are few classes and many rows, and NumPy
        # reduces over long columns several times faster than over short rows.
        self.Z = [*arrays[:L], O.reshape(self.widths[-1], n_rows).T]
        self.H = arrays[L : 2 * L]
        self.dH = arrays[2 * L :]
        self.ones = np.ones(n_rows, self.dtype)
        self.n_rows = n_rows
