r"""
The network in one file
=======================

A multilayer perceptron in plain NumPy: forward propagation, softmax, cross-entropy, backpropagation
and gradient descent on minibatches, trained on the digits. Read it from top to bottom. Each
function has the name of its counterpart in ``skmlp.network`` or ``skmlp.training``, which computes
the same; the table at the end says where each of them is. :doc:`/theory` derives every formula.

Rows are samples, and columns are features or units. Comments at the ends of lines are shapes.
"""

from itertools import pairwise

import numpy as np

# %%
# A linear layer and its activation
# ---------------------------------
# A linear layer computes :math:`O = XW + b`. An activation :math:`\sigma` acts on each entry of a
# matrix alone. Each has a second function, its step of the chain rule,
# :math:`dZ = dH \odot \sigma'(Z)`, where :math:`dZ` is short for
# :math:`\partial\,\mathrm{loss} / \partial Z`.


def linear(X, W, b):
    """Return O = XW + b."""
    return X @ W + b  # (n_samples, n_in) @ (n_in, n_out) + (n_out,)


def relu(Z):
    return np.maximum(Z, 0)


def relu_chain(dH, Z, H):
    return dH * (Z > 0)


def tanh(Z):
    return np.tanh(Z)


def tanh_chain(dH, Z, H):
    return dH * (1 - H**2)


def logistic(Z):
    return 1 / (1 + np.exp(-Z))


def logistic_chain(dH, Z, H):
    return dH * H * (1 - H)


ACTIVATIONS = {
    "relu": (relu, relu_chain),
    "tanh": (tanh, tanh_chain),
    "logistic": (logistic, logistic_chain),
}

# %%
# Softmax and cross-entropy
# -------------------------
# The softmax turns each row of logits into probabilities. The maximum of the row is subtracted
# first, which changes no probability and keeps ``exp`` from overflowing. The gradient of the
# cross-entropy with respect to the logits is :math:`P - \mathrm{onehot}(y)`, divided by the
# number of rows, since the loss is the mean over the rows.


def softmax(O):
    """Turn logits into probabilities, row by row."""
    E = np.exp(O - O.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


def softmax_cross_entropy(O, y):
    """Return the mean cross-entropy of the rows, and its gradient with respect to the logits."""
    P = softmax(O)  # (n_samples, n_classes)
    onehot = np.eye(O.shape[1])[y]
    loss = -np.log(P[np.arange(len(y)), y]).mean()
    return loss, (P - onehot) / len(y)


# %%
# Forward propagation and backpropagation
# ---------------------------------------
# The forward pass computes :math:`Z_i = H_i W_i + b_i` and :math:`H_{i+1} = \sigma(Z_i)`, from
# :math:`H_0 = X` to the logits, and keeps every :math:`H` and :math:`Z`. The backward pass goes
# from the last layer to the first, and turns the gradient at the outputs of a layer into those of
# its weights, biases and inputs.


def forward(X, W, b, activation):
    """Return the inputs H and the outputs Z of every linear layer; the last Z are the logits."""
    apply, _ = ACTIVATIONS[activation]
    H, Z = [X], [linear(X, W[0], b[0])]
    for i in range(1, len(W)):
        H.append(apply(Z[i - 1]))  # (n_samples, n_units)
        Z.append(linear(H[i], W[i], b[i]))
    return H, Z


def backward(dO, H, Z, W, activation):
    """Return the gradients of the loss with respect to every W and b."""
    _, chain = ACTIVATIONS[activation]
    dW, db = [], []
    dZ = dO
    for i in reversed(range(len(W))):
        dW.insert(0, H[i].T @ dZ)  # (n_in, n_samples) @ (n_samples, n_out)
        db.insert(0, dZ.sum(axis=0))
        if i > 0:
            dH = dZ @ W[i].T
            dZ = chain(dH, Z[i - 1], H[i])
    return dW, db


# %%
# Gradient descent on minibatches
# -------------------------------
# The initial weights are random numbers, which are smaller where a layer is wider (Glorot's
# initialisation), and the biases are 0. Each step of gradient descent subtracts the gradient
# times the learning rate. An epoch shuffles the rows and takes a step for each minibatch.


def initial_parameters(layer_sizes, rng):
    """Draw the weights of each layer from a uniform distribution about 0; return W and b."""
    W, b = [], []
    for n_in, n_out in pairwise(layer_sizes):
        limit = np.sqrt(6 / (n_in + n_out))
        W.append(rng.uniform(-limit, limit, (n_in, n_out)))
        b.append(np.zeros(n_out))
    return W, b


def sgd(parameters, gradients, rate):
    """Take a step of gradient descent, in place."""
    for theta, gradient in zip(parameters, gradients, strict=True):
        theta -= rate * gradient


def train_minibatches(X, y, W, b, activation, *, rate, batch_size, n_epochs, rng):
    """Train W and b in place; return the mean loss of each epoch."""
    losses = []
    for _ in range(n_epochs):
        rows = rng.permutation(len(y))
        total = 0.0
        for start in range(0, len(y), batch_size):
            batch = rows[start : start + batch_size]
            H, Z = forward(X[batch], W, b, activation)
            loss, dO = softmax_cross_entropy(Z[-1], y[batch])
            dW, db = backward(dO, H, Z, W, activation)
            sgd(W + b, dW + db, rate)
            total += loss * len(batch)
        losses.append(total / len(y))
    return losses


# %%
# Training on the digits
# ----------------------
# The images have 64 pixels, there are ten classes, and the network has one hidden layer of 32
# units. In lecture notes it is often called a 2-layer network, since it has two linear layers.

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X / 16, y, random_state=0)
rng = np.random.default_rng(0)
W, b = initial_parameters((64, 32, 10), rng)
losses = train_minibatches(
    X_train, y_train, W, b, "relu", rate=0.1, batch_size=32, n_epochs=50, rng=rng
)
_, Z = forward(X_test, W, b, "relu")
accuracy = (Z[-1].argmax(axis=1) == y_test).mean()
print(f"Loss from {losses[0]:.2f} to {losses[-1]:.3f}, accuracy on the test rows {accuracy:.3f}")

figure, ax = plt.subplots(figsize=(5.4, 3.6), layout="constrained")
ax.plot(range(1, 51), losses)
ax.set(xlabel="Epoch", ylabel="Training loss (mean cross-entropy)", yscale="log")
ax.grid(color="0.9", which="both")
plt.show()

# %%
# The same with skmlp
# -------------------
# With these parameters :class:`~skmlp.MLPSoftmaxClassifier` takes the same steps. A test of skmlp
# compares the two: from the same initial weights, and with the rows in the same order, their
# trained weights differ by less than 1e-12. Here the initial weights and the order differ. A
# warning that the loss was still falling at the last epoch is ignored.

import warnings

from sklearn.exceptions import ConvergenceWarning

from skmlp import MLPSoftmaxClassifier

clf = MLPSoftmaxClassifier(
    hidden_layer_sizes=32,
    activation="relu",
    solver="sgd",
    momentum=0,
    alpha=0,
    learning_rate_init=0.1,
    batch_size=32,
    max_iter=50,
    n_iter_no_change=50,
    initializer="glorot_uniform",
    random_state=0,
)
with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
    clf.fit(X_train, y_train)

print(f"Loss {clf.loss_curve_[-1]:.3f}, accuracy {clf.score(X_test, y_test):.3f}")

# %%
# Here, and in skmlp
# ------------------
#
# .. list-table::
#    :header-rows: 1
#    :widths: 32 34 34
#
#    * - Here
#      - In skmlp
#      - What it does besides
#    * - ``linear``
#      - ``linear`` of :mod:`skmlp.network.layers`
#      - takes sparse ``X``
#    * - ``relu``, ``relu_chain``, ``tanh``, ...
#      - the same names, in the table ``ACTIVATIONS`` of :mod:`skmlp.network.activations`
#      - eleven activations; the results are written into existing arrays
#    * - ``softmax``, ``softmax_cross_entropy``
#      - the same names, in :mod:`skmlp.network.losses`
#      - a sum over rows, not a mean; sample weights, label smoothing; exact where a probability
#        is 0 in floating point; the gradient overwrites ``O``
#    * - ``forward``, ``backward``
#      - ``Network.forward``, ``Network.backward`` of :mod:`skmlp.network.layers`
#      - dropout: ``A[i]`` is ``H[i]`` after it; one output unit for two classes; all ``W`` and
#        ``b`` are views of one vector
#    * - ``forward``, ``softmax_cross_entropy`` and ``backward``, one after the other
#      - ``Objective.loss_gradient`` of :mod:`skmlp.network.objective`
#      - the penalty ``alpha``
#    * - ``initial_parameters``
#      - ``initial_parameters`` of :mod:`skmlp.network.initializers`
#      - other distributions; biases from the rows and from the class frequencies
#    * - ``sgd``
#      - ``SGD`` of :mod:`skmlp.training.optimizers`
#      - momentum; Adam and other solvers
#    * - ``train_minibatches``
#      - ``train_minibatches`` of :mod:`skmlp.training.epochs`
#      - learning-rate schedules, validation data, early stopping, callbacks
