"""Detection of Dask collections, and their partitions."""

import sys

__all__ = ["in_partitions", "parts_of", "with_whole_rows"]


def in_partitions(table):
    """Check whether a table is a Dask collection, without importing Dask."""
    dask = sys.modules.get("dask")
    return dask is not None and dask.is_dask_collection(table)


def with_whole_rows(table):
    """Return a collection whose partitions have all columns, as those of DataFrames do."""
    if not hasattr(table, "rechunk"):
        return table
    return table.rechunk(dict.fromkeys(range(1, table.ndim), -1))


def parts_of(table):
    """Return the partitions of a collection, with all columns, as lazy values."""
    parts = with_whole_rows(table).to_delayed()
    return parts if isinstance(parts, list) else parts.ravel().tolist()
