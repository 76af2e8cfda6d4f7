"""Dask collections: how they are recognised, and their partitions."""

import sys

__all__ = ["in_partitions", "parts_of", "with_whole_rows"]


def in_partitions(table):
    """Check whether a table is a Dask collection; without Dask imported, there is none."""
    dask = sys.modules.get("dask")
    return dask is not None and dask.is_dask_collection(table)


def with_whole_rows(table):
    """Return a collection of which each partition has all columns, as those of frames have."""
    if not hasattr(table, "rechunk"):
        return table
    return table.rechunk(dict.fromkeys(range(1, table.ndim), -1))


def parts_of(table):
    """Return each partition of a collection, with all columns, as a lazy value."""
    parts = with_whole_rows(table).to_delayed()
    return parts if isinstance(parts, list) else parts.ravel().tolist()
