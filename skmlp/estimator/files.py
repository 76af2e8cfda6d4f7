"""Atomic replacement of files."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from joblib.backports import concurrency_safe_rename

__all__ = ["check_place", "write_whole"]


def check_place(path: str | os.PathLike) -> None:
    """Raise an OSError with the path, as `open` does, if the file cannot be written."""
    place = Path(path).resolve()
    if place.is_dir():
        code = errno.EISDIR
    elif not place.parent.is_dir():
        code = errno.ENOENT
    elif place.exists() and not place.is_file():  # such as a device, which must not be replaced
        code = errno.EINVAL
    elif not all(os.access(p, os.W_OK) for p in (place, place.parent) if p.exists()):
        code = errno.EACCES
    else:
        return
    raise OSError(code, os.strerror(code), os.fspath(path))


def write_whole(path: str | os.PathLike, write: Callable[[Any], object]) -> None:
    """Write a file with ``write(file)``, so that a crash leaves either the old or the new one.

    If several processes or threads write to one path, the file of the last to finish remains. Each
    writes to a separate file in the same folder, and renames it. Symbolic links are kept. The file
    has the permissions of a new file.
    """
    check_place(path)
    place = Path(path).resolve()
    # Not with `tempfile`: its files cannot be read by other users, and its folders are removed by a
    # forked process when it exits.
    temporary = place.with_name(f".skmlp-{uuid4().hex}.tmp")
    try:
        with open(temporary, "xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        concurrency_safe_rename(temporary, place)  # tries again while the file is open on Windows
    finally:
        temporary.unlink(missing_ok=True)
    if os.name == "posix":  # make the renaming itself durable
        folder = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
