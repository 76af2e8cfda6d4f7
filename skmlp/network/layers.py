"""The network: linear layers with an activation between them.

Rows are samples. From ``H[0] = X``, layer i computes::

    A[i] = dropout of H[i]      Z[i] = A[i] W[i] + b[i]      H[i+1] = sigma(Z[i])

except that the last layer has no activation: its Z are the logits ``O``. For two classes it may
have a single unit, whose output z gives the logits ``O = z C`` with ``C = (-1/2, 1/2)``: their
softmax is the logistic function of z. In prediction nothing is dropped, and A is H.

Backpropagation applies the chain rule to the arrays that the forward pass stored. With dA for the
gradient of the loss with respect to A, it starts from dO, which is the last dZ (or from
``dz = dO C^T``)::

    dW[i] = A[i]^T dZ[i]        db[i] = column sums of dZ[i]
    dA[i] = dZ[i] W[i]^T        dH[i] = dA[i], but 0 if A[i] was dropped, and scaled as A[i] was
    dZ[i-1] = dH[i] * sigma'(Z[i-1])

All W, then all b, are stored in one flat vector of parameters, so that a solver or a
penalty is a few operations on one array.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from skmlp.network.activations import activate, chain
from skmlp.network.batches import Matrix
from skmlp.network.dropout import Dropout, KeepAll
from skmlp.network.memory import LayerMemory
from skmlp.network.piecewise import PiecewiseTable, TransposedPiecewiseTable

__all__ = ["Network", "layer_views", "linear", "n_parameters", "n_weights"]


def linear(X: Matrix, W: np.ndarray, b: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Compute a linear layer, ``O = X W + b``.

    Parameters
    ----------
    X : ndarray, sparse array or PiecewiseTable of shape (n_samples, n_in)
        One sample per row.
    W : ndarray of shape (n_in, n_out)
        Weights.
    b : ndarray of shape (n_out,)
        Biases.
    out : ndarray of shape (n_samples, n_out), default=None
        Where to write O, in C or Fortran order; None creates a new array.

    Returns
    -------
    O : ndarray of shape (n_samples, n_out)
        Outputs, one row per sample.

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
    O = X @ W if out is None else _product(X, W, out)
    O += b
    return O


# Types whose ``dot(W, out)`` writes a product into an array in C order.
_WITH_DOT = np.ndarray, PiecewiseTable, TransposedPiecewiseTable


def _product(X, W, out):
    """Multiply a table and a matrix, into an array in C or Fortran order."""
    # The method has less overhead than np.dot and np.matmul; it writes in C order.
    if isinstance(X, np.ndarray) and not out.flags.c_contiguous:
        W.T.dot(X.T, out.T)
    elif isinstance(X, _WITH_DOT) and out.flags.c_contiguous:
        X.dot(W, out)
    else:
        out[:] = X @ W
    return out


def n_weights(layer_sizes: Sequence[int]) -> int:
    """Count the entries of all W of a network with these layer sizes."""
    return sum(n_in * n_out for n_in, n_out in pairwise(layer_sizes))


def n_parameters(layer_sizes: Sequence[int]) -> int:
    """Count the entries of all W and b of a network with these layer sizes."""
    return n_weights(layer_sizes) + sum(layer_sizes[1:])


def layer_views(
    vector: np.ndarray, layer_sizes: Sequence[int]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return the weights and biases of each layer as views of a flat vector.

    Parameters
    ----------
    vector : ndarray of shape (n_parameters,)
        All weights, layer by layer, then all biases.
    layer_sizes : sequence of int
        Number of units of the input, of each hidden layer, and of the output.

    Returns
    -------
    W : list of ndarray of shape (layer_sizes[i], layer_sizes[i + 1])
        Views of the weights.
    b : list of ndarray of shape (layer_sizes[i + 1],)
        Views of the biases.

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
    """A sequence of linear layers, each except the last followed by an activation.

    Parameters
    ----------
    parameters : ndarray of shape (n_parameters,), dtype float32 or float64
        All weights, then all biases. It is not copied: changing the array changes the network.
    layer_sizes : sequence of int
        Number of units of the input, of each hidden layer, and of the output.
    activations : sequence of str
        A name of ``ACTIVATIONS`` for each hidden layer.
    dropouts : sequence of Dropout or KeepAll, default=None
        Dropout of each layer's input, including X; None is no dropout.
    n_classes : int, default=None
        Number of columns of the logits, 2 for an output of one unit; None is the number of output
        units.

    Attributes
    ----------
    W, b : list of ndarray
        Views of `parameters`, a matrix and a vector per layer.
    H, A, Z : list of ndarray
        The arrays of the last forward pass, as in the equations above. The loss replaces the last
        Z by its gradient, the last dZ.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.network import Network, layer_views
    >>> network = Network(np.full(9, 0.5), (2, 2, 1), ["relu"])
    >>> network.forward(np.array([[1.0, 3.0], [-3.0, 1.0]]))
    array([[3. ],
           [0.5]])
    >>> gradient = np.empty(9)
    >>> dW, db = layer_views(gradient, (2, 2, 1))
    >>> dZ = np.array([[1.0], [1.0]])
    >>> db[-1][:] = dZ.sum(axis=0)
    >>> network.backward(dZ, dW, db)
    >>> gradient
    array([0.5, 0.5, 1.5, 1.5, 2.5, 2.5, 0.5, 0.5, 2. ])
    """

    def __init__(
        self,
        parameters: np.ndarray,
        layer_sizes: Sequence[int],
        activations: Sequence[str],
        dropouts: Sequence[Dropout | KeepAll] | None = None,
        n_classes: int | None = None,
    ):
        self.layer_sizes = tuple(layer_sizes)
        self.n_classes = n_classes or self.layer_sizes[-1]
        one_for_two = self.layer_sizes[-1] == 1 and self.n_classes == 2
        self.C = np.array([[-0.5, 0.5]], parameters.dtype) if one_for_two else None
        self.activations = list(activations)
        self.dropouts = dropouts or [KeepAll()] * (len(self.layer_sizes) - 1)
        self._memory = LayerMemory(self.layer_sizes, parameters.dtype)
        self._see(parameters)

    def __reduce__(self) -> tuple:  # the views of a copy are of its own parameters
        network = self.parameters, self.layer_sizes, self.activations
        return Network, (*network, self.dropouts, self.n_classes)

    def _see(self, parameters: np.ndarray) -> None:
        self.parameters = parameters
        self.W, self.b = layer_views(parameters, self.layer_sizes)

    def see(self, parameters: np.ndarray) -> None:
        """Use another vector of parameters, of the same dtype, from now on."""
        if parameters is not self.parameters:
            self._see(parameters)

    def new_batch(self) -> None:
        """Draw new dropout masks: the next rows are the first of a batch."""
        for dropout in self.dropouts:
            dropout.new_batch()

    def forward(self, X: Matrix) -> np.ndarray:
        """Compute the logits, and store every H, A and Z.

        Parameters
        ----------
        X : ndarray, sparse array or PiecewiseTable of shape (n_samples, layer_sizes[0])
            One sample per row, in the dtype of the parameters.

        Returns
        -------
        O : ndarray of shape (n_samples, n_classes)
            Logits, in memory that the next forward pass reuses.
        """
        A = self._last_layer_inputs(X)
        z = linear(A, self.W[-1], self.b[-1], self._memory.Z[-1])
        self.Z.append(z)
        return z if self.C is None else (self.C.T * z.T).T  # column by column, as z is

    def last_product(self, X: Matrix) -> np.ndarray:
        """Compute A W of the output layer, and keep every H, A and Z.

        Its biases are not added yet: `output_loss` adds them and computes the loss.
        """
        A = self._last_layer_inputs(X)
        self.Z.append(_product(A, self.W[-1], self._memory.Z[-1]))
        return self.Z[-1]

    def _last_layer_inputs(self, X):
        """Pass X through the hidden layers, and return the A of the output layer."""
        memory = self._memory.for_rows(X.shape[0])
        H, A, Z = [X], [], []
        for i, name in enumerate(self.activations):
            A.append(self.dropouts[i].apply(H[i]))  # (n_samples, n_in)
            Z.append(_product(A[i], self.W[i], memory.Z[i]))  # (n_samples, n_out)
            H.append(activate(name, Z[i], self.b[i], memory.H[i + 1]))
        A.append(self.dropouts[-1].apply(H[-1]))
        self.H, self.A, self.Z = H, A, Z
        return A[-1]

    def backward(self, dZ: np.ndarray, dW: list[np.ndarray], db: list[np.ndarray]) -> None:
        """Backpropagate through the last forward pass.

        Parameters
        ----------
        dZ : ndarray of shape (n_samples, layer_sizes[-1])
            Gradient of the loss with respect to the last Z.
        dW, db : list of ndarray
            Where to write the gradients with respect to each W and b. That of the last b is not
            written: `output_loss` has done so.
        """
        self._memory.for_gradients()
        for i in reversed(range(len(self.W))):
            _product(self.A[i].T, dZ, out=dW[i])
            if i > 0:
                dZ = self._one_layer_back(i, dZ, db[i - 1])

    def input_gradient(self, dO: np.ndarray) -> np.ndarray:
        """Backpropagate to the inputs of the last forward pass.

        Parameters
        ----------
        dO : ndarray of shape (n_samples, n_classes)
            Gradient with respect to the logits.

        Returns
        -------
        dX : ndarray of shape (n_samples, layer_sizes[0])
            Gradient with respect to X.
        """
        dZ = dO if self.C is None else np.dot(dO, self.C.T)
        self._memory.for_gradients()
        for i in reversed(range(1, len(self.W))):
            dZ = self._one_layer_back(i, dZ, np.empty_like(self.b[i - 1]))
        return self.dropouts[0].backward(dZ @ self.W[0].T)

    def _one_layer_back(self, i, dZ, db):
        """Compute dZ[i-1], whose column sums are db[i-1], from dZ[i]."""
        dA = dZ.dot(self.W[i].T, self._memory.dH[i])
        dH = self.dropouts[i].backward(dA)
        return chain(self.activations[i - 1], dH, self.Z[i - 1], self.H[i], db)
