"""Tables in partitions, as Dask gives them: how they are told, and what they consist of."""

import sys

__all__ = ["in_partitions", "parts_of", "with_whole_rows"]


def in_partitions(table):
    """Answer whether a table is a collection of Dask, of which there is none before its import."""
    dask = sys.modules.get("dask")
    return dask is not None and dask.is_dask_collection(table)


def with_whole_rows(table):
    """Give a collection of which each partition has all columns, as those of frames have."""
    if not hasattr(table, "rechunk"):
        return table
    return table.rechunk(dict.fromkeys(range(1, table.ndim), -1))


def parts_of(table):
    """Give each partition of a collection, with all columns, as a lazy value."""
    parts = with_whole_rows(table).to_delayed()
    return parts if isinstance(parts, list) else parts.ravel().tolist()
