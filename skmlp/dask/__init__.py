"""The classifier on a Dask cluster: trained where the rows lie.

The loop of training runs where `fit` is called, with the solver, the schedule, early stopping and
callbacks. Only sums over rows are taken elsewhere: an actor on each worker holds some of the rows
(``rows``), is sent the parameters of each step, and gives the loss and the gradient over its rows
of the minibatch. The client knows which worker has which rows (``table``) and adds the sums up
(``sums``). Dask places and loads the rows, moves the numbers, and finds another worker for the
rows of one that is lost.
"""

try:
    import dask.array  # noqa: F401
    import distributed  # noqa: F401
except ImportError as error:
    raise ImportError("skmlp.dask needs Dask: pip install 'skmlp[dask]'.") from error

from skmlp.dask.classifier import DaskMLPSoftmaxClassifier

__all__ = ["DaskMLPSoftmaxClassifier"]
