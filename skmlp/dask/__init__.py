"""The classifier on a Dask cluster: trained where the rows lie.

The loop of training runs where `fit` is called, with the solver, the schedule, early stopping and
callbacks. Only sums over rows are taken elsewhere: an actor on each worker holds some of the rows
(``rows``), is sent the parameters of each step, and gives the loss and the gradient over its rows
of the minibatch. The client knows which worker has which rows (``table``) and adds the sums up
(``sums``). Dask places and loads the rows, moves the numbers, and finds another worker for the
rows of one that is lost.
"""

from skmlp.estimator.extras import import_extra

import_extra("dask.array", "dask", "skmlp.dask")
import_extra("distributed", "dask", "skmlp.dask")

from skmlp.dask.classifier import DaskMLPSoftmaxClassifier  # noqa: E402

__all__ = ["DaskMLPSoftmaxClassifier"]
