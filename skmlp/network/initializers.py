"""Weight initialisation, scaled so that activations keep their variance from layer to layer."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import DTypeLike
from scipy import linalg

from skmlp.network.activations import ACTIVATIONS
from skmlp.network.batches import PIECE, Batch, take
from skmlp.network.layers import layer_views, n_parameters
from skmlp.network.piecewise import PiecewiseTable

__all__ = ["INITIALIZERS", "initial_parameters"]

# Variance of the weights of a layer with n_in inputs and n_out outputs.
VARIANCES: dict[str, Callable] = {
    "he": lambda n_in, n_out: 2 / n_in,
    "glorot": lambda n_in, n_out: 2 / (n_in + n_out),
    "lecun": lambda n_in, n_out: 1 / n_in,
}

# Draw numbers with a mean of 0 and a given variance.
DISTRIBUTIONS: dict[str, Callable] = {
    "normal": lambda rng, variance, shape: rng.normal(0, np.sqrt(variance), shape),
    "uniform": lambda rng, variance, shape: rng.uniform(
        -np.sqrt(3 * variance), np.sqrt(3 * variance), shape
    ),
}

INITIALIZERS = [f"{variance}_{name}" for variance in VARIANCES for name in DISTRIBUTIONS]

# A class not seen yet starts at a thousandth of an equal share.
MIN_SHARE = 1e-3

# Initial output weights are small, so that the initial logits are close to the biases.
OUTPUT_SCALE = 0.3

# Number of rows used for the scale of the features and for the biases.
SAMPLE_ROWS = 10_000

# Relative distance of a unit's zero from the row that it is placed at, towards the origin:
# otherwise rounding would decide the sign of the pre-activation at that row.
RELATIVE_OFFSET = 1e-4


def initial_parameters(
    layer_sizes: Sequence[int],
    activations: Sequence[str],
    class_shares: np.ndarray | None,
    dtype: DTypeLike,
    rng: np.random.Generator,
    initializer: str = "auto",
    batch: Batch | None = None,
) -> np.ndarray:
    """Draw initial weights, with output biases that predict the class frequencies.

    With "auto", the first layer is drawn with glorot_uniform, and divided by the scale of the
    features, the root of their mean variance, if that is above 1. A unit with weights w has the
    bias ``-x @ w`` for a random row x of `batch`, so that its pre-activation is 0 within the data;
    rows are drawn with probabilities proportional to their weights. At most 10,000 rows are used,
    drawn at random. Further hidden layers are orthogonal, times the gain of the activation that
    follows, with biases of 0. With a named initializer, all hidden layers are drawn with it, with
    biases of 0.

    The output layer is drawn with glorot_uniform and multiplied by 0.3; with no hidden layer, where
    the problem is convex, all weights start at 0. Its biases are the logarithms of the class
    frequencies, or for the single unit of two classes their difference. The network therefore
    starts by predicting approximately the class frequencies.

    If the class frequencies are not known, `batch` is the first of a stream and may not be
    representative: only the scale of the features is computed from it. All biases are 0, and the
    output layer is not scaled down.

    Parameters
    ----------
    layer_sizes : sequence of int
        Number of units of the input, of each hidden layer, and of the output.
    activations : sequence of str
        Activation of each hidden layer.
    class_shares : ndarray of shape (n_classes,) or None
        Weighted frequency of each class, in [0, 1]; None if not known.
    dtype : dtype
        float32 or float64.
    rng : numpy.random.Generator
        Source of the random numbers.
    initializer : str, default="auto"
        A name of ``INITIALIZERS`` for the hidden layers, or "auto".
    batch : Batch, default=None
        The training rows. With None, biases are 0, and the scale of the features is 1.

    Returns
    -------
    parameters : ndarray of shape (n_parameters,)
        All weights, then all biases.

    References
    ----------
    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010. He, Zhang, Ren and Sun, "Delving deep into rectifiers", ICCV
    2015, :arxiv:`1502.01852`. LeCun, Bottou, Orr and Müller, "Efficient backprop", 1998.
    Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep
    linear neural networks", ICLR 2014, :arxiv:`1312.6120`, on orthogonal weights. Stewart, "The
    efficient generation of random orthogonal matrices with an application to condition
    estimators", SIAM Journal on Numerical Analysis 17, 1980, on how to draw them. Bishop,
    "Neural Networks for Pattern Recognition", 1995, on biases and prior probabilities.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.network import Batch, initial_parameters, layer_views
    >>> X, y, sizes = np.array([[1.0, 5.0], [2.0, 7.0]]), np.array([0, 1]), (2, 1, 1)
    >>> rng, shares = np.random.default_rng(0), np.array([0.5, 0.5])
    >>> theta = initial_parameters(sizes, ["relu"], shares, float, rng, batch=Batch(X, y))
    >>> W, b = layer_views(theta, sizes)
    >>> abs(X @ W[0] + b[0]).round(2)  # 0 at the second row
    array([[0.91],
           [0.  ]])
    """
    parameters = np.zeros(n_parameters(layer_sizes), dtype)
    W, b = layer_views(parameters, layer_sizes)
    if activations:
        if initializer == "auto":
            if batch is not None:
                batch = _sample(batch, rng)
            with np.errstate(over="ignore", invalid="ignore"):  # for very large numbers
                _first_layer(W[0], b[0], batch, rng, biases=class_shares is not None)
            for W_i, name in zip(W[1:-1], activations[1:], strict=True):
                W_i[:] = ACTIVATIONS[name].gain * _orthogonal(W_i.shape, dtype, rng)
        else:
            for W_i in W[:-1]:
                W_i[:] = _draw(initializer, W_i.shape, rng)
        W[-1][:] = _draw("glorot_uniform", W[-1].shape, rng)
    if class_shares is not None:
        W[-1] *= OUTPUT_SCALE
        b[-1][:] = _output_biases(class_shares, layer_sizes[-1])
    return parameters


def _draw(name, shape, rng):
    """Draw the weights of one layer with the named initializer."""
    variance, distribution = name.split("_")
    return DISTRIBUTIONS[distribution](rng, VARIANCES[variance](*shape), shape)


def _first_layer(W, b, batch, rng, biases):
    """Draw weights for the scale of the features and, if asked for, biases from rows."""
    W[:] = _draw("glorot_uniform", W.shape, rng)
    if batch is None:
        return
    direction = rng.normal(size=len(W)) if biases else np.zeros(len(W))
    scale, projections = _feature_scale_and_projections(batch, direction)
    W /= max(1.0, scale)
    if biases:
        rows = _random_rows(batch, projections, len(b), rng)
        _place_zeros_at_rows(W, b, batch.select(rows).take_X(np.float64))


def _place_zeros_at_rows(W, b, X):
    """Set each bias such that its unit is close to 0 at a row of X."""
    if isinstance(X, np.ndarray):
        along = np.einsum("ji,ij->j", X, W)
    else:
        along = np.ravel(X.multiply(W.T).sum(axis=1))
    b[:] = -(1 - RELATIVE_OFFSET) * along


def _sample(batch, rng):
    """Return at most ``SAMPLE_ROWS`` of the rows as a batch."""
    rows = batch.rows
    if len(rows) > SAMPLE_ROWS:
        places = np.flatnonzero(_weights(batch))  # otherwise all rows drawn could have weight 0
        places = rng.choice(places, min(SAMPLE_ROWS, len(places)), replace=False)
        rows = _at(rows, np.sort(places))
    if isinstance(batch.X, np.ndarray):
        return batch.select(rows)
    # Rows of a sparse table, or on the workers of a cluster, are taken once. What follows needs an
    # array or a sparse table.
    weight = None if batch.weight is None else take(batch.weight, rows)
    X = take(batch.X, rows)
    X = X.toarray() if isinstance(X, PiecewiseTable) else X
    return Batch(X, take(batch.y, rows), weight)


def _at(rows, places):
    """Return the rows at some places of a set of rows."""
    return rows.start + places if isinstance(rows, range) else rows[places]


def _weights(batch):
    weight = batch.relative().take_weight()
    return np.ones(len(batch)) if weight is None else weight


def _blocks(batch):
    """Split the batch into blocks that stay in the inner cache even in float64."""
    if not isinstance(batch.X, np.ndarray):
        return batch.blocks()
    return batch.split(max(1, 2 * PIECE // batch.X.shape[1]))


def _feature_scale_and_projections(batch, direction):
    """Return the root of the mean variance of the features, and X @ direction up to a constant.

    Both in one pass, since reading many rows from memory takes most of the time.
    """
    weight, start = _weights(batch), 0
    sums = squares = 0.0
    projections = []
    centre = batch.select(batch.rows[:1]).take_X(np.float64)
    for block in _blocks(batch):
        w = weight[start : start + len(block)]
        start += len(block)
        if isinstance(batch.X, np.ndarray):
            # In float64, and centred, so that no digits are lost if the mean is large.
            X = block.take_X(batch.X.dtype) - centre
            even = batch.weight is None  # then four times as fast
            squares += np.vdot(X, X) if even else w @ np.einsum("ij,ij->i", X, X)
        else:
            X = block.take_X(np.float64)
            squares += w @ np.ravel(X.multiply(X).sum(axis=1))
        sums += w @ X
        projections.append(X @ direction)
    total = weight.sum()
    variance = (squares / total - (sums / total) @ (sums / total)) / batch.X.shape[1]
    scale = np.sqrt(max(variance, 0.0)) if np.isfinite(variance) else np.finfo(float).max ** 0.5
    return scale, np.concatenate(projections)


def _random_rows(batch, projections, n_rows, rng):
    """Draw rows with probabilities proportional to their weights.

    Rows are first sorted by their projections on a random direction. The result therefore does not
    depend on their order, and is the same for repeated and for weighted rows.
    """
    order = np.argsort(projections)  # ties are copies of one row
    totals = np.cumsum(_weights(batch)[order])
    places = np.searchsorted(totals, rng.random(n_rows) * totals[-1], side="right")
    return _at(batch.rows, order[np.minimum(places, len(order) - 1)])


def _orthogonal(shape, dtype, rng):
    """Draw a matrix with orthogonal rows or columns, whose mean square is 1 / n_in.

    It is the Q of a QR decomposition of normal random numbers with a positive diagonal of R, which
    is uniformly distributed. Its Householder reflections, of random vectors each shorter by one,
    are drawn rather than computed (Stewart).
    """
    n_in, n_out = shape
    n, n_vectors = max(shape), min(shape)
    V = np.zeros((n_vectors, n), dtype)
    for i, v in enumerate(V):
        v[i:] = rng.standard_normal(n - i)
    first, length = np.diag(V).copy(), np.sqrt(np.einsum("ij,ij->i", V, V))
    sign = np.copysign(1, first)
    V /= (first + sign * length)[:, None]
    tau = 1 + np.abs(first) / length
    orgqr = linalg.get_lapack_funcs("orgqr", [V])
    # With a smaller work array, LAPACK would apply one reflection at a time.
    Q, _, _ = orgqr(V.T, tau, lwork=64 * n_vectors, overwrite_a=True)
    Q *= -sign
    return Q if n_in >= n_out else Q.T * np.sqrt(n_out / n_in)


def _output_biases(class_shares, n_outputs):
    log_shares = np.log(np.maximum(class_shares, MIN_SHARE / len(class_shares)))
    if n_outputs < len(class_shares):
        return log_shares[1] - log_shares[0]
    return log_shares - log_shares.mean()
