"""The classifier for data on a Dask cluster.

The training loop runs in the process that calls `fit`, with the solver, the schedule, early
stopping and callbacks. Only sums over rows are computed on the workers: an actor on each holds a
shard of the table (``shard``), receives the parameters of each step, and returns the loss and the
gradient over its rows of the minibatch. The client knows which worker has which rows (``table``)
and adds up the results (``sums``); ``backend`` passes this to the training function. Dask assigns
and loads the partitions, transfers the arrays, and reassigns the rows of workers that are lost.
"""

from skmlp.estimator.extras import import_extra

import_extra("dask.array", "dask", "skmlp.dask")
import_extra("distributed", "dask", "skmlp.dask")

from skmlp.dask.classifier import DaskMLPSoftmaxClassifier  # noqa: E402

__all__ = ["DaskMLPSoftmaxClassifier"]
