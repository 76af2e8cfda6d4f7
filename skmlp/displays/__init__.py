"""Plots of training, of weights, of a grid search and of an ensemble, with Matplotlib.

They follow scikit-learn's displays: a class method computes what is shown, ``plot`` draws it, and
the axes and the figure are attributes.
"""
