r"""The mixture: what each kind of member weighs, and how far it is cooled.

With log-probabilities L_k of the same rows by kinds k = 1..K, the mixture is

.. math:: P = \sum_k w_k \, \mathrm{softmax}(L_k / T_k), \qquad w_k \ge 0, \quad \sum_k w_k = 1.

Weights w and temperatures T are those under which rows left out of training are likeliest.
"""

import numpy as np
from scipy import special
from scipy.optimize import minimize

from skmlp.network.losses import softmax

__all__ = ["mix", "mixture"]

# Strength of the pull to equal weights, and to temperatures of 1, in rows: as if so many said so.
PULL_ON_WEIGHTS, PULL_ON_TEMPERATURES = 0.1, 1.0

# Temperatures are from 1 to 20: kinds are cooled, and never made surer than they are.
BOUNDS_OF_LOG_COOLING = np.log(0.05), 0.0
BOUNDS_OF_LOG_WEIGHT = -6.0, 6.0

# The least probability that counts: one row that all kinds hold impossible does not decide alone.
LEAST = 1e-12


def mixture(log_P, weights, temperatures):
    """Mix the kinds.

    Parameters
    ----------
    log_P : sequence of ndarray of shape (n_samples, n_classes)
        Log-probabilities by each kind.
    weights, temperatures : array-like of shape (n_kinds,)
        As `mix` gives them.

    Returns
    -------
    P : ndarray of shape (n_samples, n_classes)
        Probabilities; each row sums to 1.
    """
    return sum(w * softmax(L / T) for L, w, T in zip(log_P, weights, temperatures, strict=True))


def mix(log_P, y, weight=None):
    """Weigh and cool the kinds so that rows left out of training are likeliest.

    Parameters
    ----------
    log_P : sequence of ndarray of shape (n_samples, n_classes)
        Log-probabilities by each kind, of rows that its members were not trained on.
    y : ndarray of shape (n_samples,), dtype int
        Column of each row's true class.
    weight : ndarray of shape (n_samples,), default=None
        What each row counts; None counts every row once.

    Returns
    -------
    weights : ndarray of shape (n_kinds,)
        Weight of each kind, above 0; they sum to 1.
    temperatures : ndarray of shape (n_kinds,)
        What the log-probabilities of each kind are divided by, from 1 to 20.

    References
    ----------
    Wolpert, "Stacked generalization", Neural Networks 5, 1992. Guo, Pleiss, Sun and Weinberger,
    "On calibration of modern neural networks", ICML 2017, :arxiv:`1706.04599`.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.tabular.mixing import mix
    >>> y = np.tile([0, 1], 50)
    >>> knows = np.log(np.where(np.eye(2)[y] > 0, 0.9, 0.1))
    >>> guesses = np.log(np.full((100, 2), 0.5))
    >>> weights, temperatures = mix([knows, guesses], y)
    >>> weights.round(1)
    array([1., 0.])
    """
    log_P = [np.asarray(L, np.float64) for L in log_P]
    weight = np.ones(len(y)) if weight is None else weight
    n_kinds, true = len(log_P), (np.arange(len(y)), y)
    pull = np.repeat([PULL_ON_WEIGHTS, PULL_ON_TEMPERATURES], n_kinds)

    def loss_gradient(theta):
        w, cooling = special.softmax(theta[:n_kinds]), np.exp(theta[n_kinds:])
        P = [softmax(L * c) for L, c in zip(log_P, cooling, strict=True)]
        p = np.array([P_k[true] for P_k in P])
        slope = [L[true] - np.einsum("ij,ij->i", P_k, L) for L, P_k in zip(log_P, P, strict=True)]
        mixed = w @ p + LEAST
        share = p * (weight / mixed)
        by_weight = w * (share.sum(axis=1) - w @ share.sum(axis=1))
        by_cooling = w * cooling * np.einsum("ki,ki->k", share, slope)
        loss = -weight @ np.log(mixed) + pull @ theta**2
        return loss, 2 * pull * theta - np.concatenate([by_weight, by_cooling])

    theta = minimize(
        loss_gradient,
        np.zeros(2 * n_kinds),
        jac=True,
        method="L-BFGS-B",
        bounds=[BOUNDS_OF_LOG_WEIGHT] * n_kinds + [BOUNDS_OF_LOG_COOLING] * n_kinds,
    ).x
    return special.softmax(theta[:n_kinds]), np.exp(-theta[n_kinds:])
