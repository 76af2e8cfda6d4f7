r"""Stacking of base models of several types, with temperature scaling.

With log-probabilities L_k of the same rows from types k = 1..K, the ensemble predicts

.. math:: P = \sum_k w_k \, \mathrm{softmax}(L_k / T_k), \qquad w_k \ge 0, \quad \sum_k w_k = 1.

Weights w and temperatures T minimise the log-loss on validation rows, regularised towards equal
or other prior weights and T = 1.
"""

import numpy as np
from scipy import special
from scipy.optimize import minimize

from skmlp.network.losses import softmax

__all__ = ["combine", "fit_stacking"]

# Strength of the L2 penalties on the logarithms of weights and temperatures, in number of rows.
PENALTY_ON_WEIGHTS, PENALTY_ON_TEMPERATURES = 0.1, 1.0

# Temperatures are from 1 to 20: probabilities become less extreme, never more.
BOUNDS_OF_LOG_INVERSE_TEMPERATURE = np.log(0.05), 0.0
BOUNDS_OF_LOG_WEIGHT = -6.0, 6.0  # relative to that of the prior

# Added to each probability, so that a row with a probability of 0 from all types does not dominate.
EPSILON = 1e-12


def combine(log_P, weights, temperatures):
    """Compute the weighted mean of the probabilities of all types, after temperature scaling.

    Parameters
    ----------
    log_P : sequence of ndarray of shape (n_samples, n_classes)
        Log-probabilities of each type of base model.
    weights, temperatures : array-like of shape (n_types,)
        The results of `fit_stacking`.

    Returns
    -------
    P : ndarray of shape (n_samples, n_classes)
        Probabilities; each row sums to 1.
    """
    return sum(w * softmax(L / T) for L, w, T in zip(log_P, weights, temperatures, strict=True))


def fit_stacking(log_P, y, sample_weight=None, prior=None):
    """Fit the weights and temperatures on validation rows, to minimise the log-loss.

    Parameters
    ----------
    log_P : sequence of ndarray of shape (n_samples, n_classes)
        Log-probabilities of each type of base model, for rows that it was not trained on.
    y : ndarray of shape (n_samples,), dtype int
        Column of each row's true class.
    sample_weight : ndarray of shape (n_samples,), default=None
        Weight of each row; None counts every row once.
    prior : array-like of shape (n_types,), default=None
        Prior weights to regularise towards, above 0, up to a factor; None is equal weights.

    Returns
    -------
    weights : ndarray of shape (n_types,)
        Weight of each type, above 0; they sum to 1.
    temperatures : ndarray of shape (n_types,)
        Divisor of the log-probabilities of each type, from 1 to 20.

    References
    ----------
    Wolpert, "Stacked generalization", Neural Networks 5, 1992. Guo, Pleiss, Sun and Weinberger,
    "On calibration of modern neural networks", ICML 2017, :arxiv:`1706.04599`.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.tabular.stacking import fit_stacking
    >>> y = np.tile([0, 1], 50)
    >>> informed = np.log(np.where(np.eye(2)[y] > 0, 0.9, 0.1))
    >>> chance = np.log(np.full((100, 2), 0.5))
    >>> weights, temperatures = fit_stacking([informed, chance], y)
    >>> weights.round(1)
    array([1., 0.])
    """
    log_P = [np.asarray(L, np.float64) for L in log_P]
    sample_weight = np.ones(len(y)) if sample_weight is None else sample_weight
    n_types, true = len(log_P), (np.arange(len(y)), y)
    log_prior = np.zeros(n_types) if prior is None else np.log(prior)
    penalty = np.repeat([PENALTY_ON_WEIGHTS, PENALTY_ON_TEMPERATURES], n_types)

    def loss_gradient(theta):
        # c = 1/T; theta contains the logarithms of w / prior, up to a constant, and of c.
        w, c = special.softmax(theta[:n_types] + log_prior), np.exp(theta[n_types:])
        P = [softmax(L * c_k) for L, c_k in zip(log_P, c, strict=True)]
        p = np.array([P_k[true] for P_k in P])
        slope = [L[true] - np.einsum("ij,ij->i", P_k, L) for L, P_k in zip(log_P, P, strict=True)]
        mixed = w @ p + EPSILON
        share = p * (sample_weight / mixed)
        by_weight = w * (share.sum(axis=1) - w @ share.sum(axis=1))
        by_temperature = w * c * np.einsum("ki,ki->k", share, slope)
        loss = -sample_weight @ np.log(mixed) + penalty @ theta**2
        return loss, 2 * penalty * theta - np.concatenate([by_weight, by_temperature])

    theta = minimize(
        loss_gradient,
        np.zeros(2 * n_types),
        jac=True,
        method="L-BFGS-B",
        bounds=[BOUNDS_OF_LOG_WEIGHT] * n_types + [BOUNDS_OF_LOG_INVERSE_TEMPERATURE] * n_types,
    ).x
    return special.softmax(theta[:n_types] + log_prior), np.exp(-theta[n_types:])
