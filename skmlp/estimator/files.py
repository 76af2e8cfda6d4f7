"""Files that are whole at any moment."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from joblib.backports import concurrency_safe_rename

__all__ = ["check_place", "write_whole"]


def check_place(path: str | os.PathLike) -> None:
    """Raise an OSError that names the path, as `open` does, where no file can be written."""
    place = Path(path).resolve()
    if place.is_dir():
        code = errno.EISDIR
    elif not place.parent.is_dir():
        code = errno.ENOENT
    elif place.exists() and not place.is_file():  # a device, which must not be replaced
        code = errno.EINVAL
    elif not all(os.access(p, os.W_OK) for p in (place, place.parent) if p.exists()):
        code = errno.EACCES
    else:
        return
    raise OSError(code, os.strerror(code), os.fspath(path))


def write_whole(path: str | os.PathLike, write: Callable[[Any], object]) -> None:
    """Write a file by ``write(file)``, so that a crash leaves either the old one or the new one.

    Of several processes and threads that write to one path, the last to finish leaves its file.
    Each writes to a file of its own in the same folder, and renames it. A symbolic link stays one.
    The file gets the permissions of a new one.
    """
    check_place(path)
    place = Path(path).resolve()
    # Unlike the names of `tempfile`, whose files nobody else may read, and unlike its folders,
    # which a forked process removes as it exits.
    temporary = place.with_name(f".skmlp-{uuid4().hex}.tmp")
    try:
        with open(temporary, "xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        concurrency_safe_rename(temporary, place)  # tries again where Windows has the file open
    finally:
        temporary.unlink(missing_ok=True)
    if os.name == "posix":  # make the renaming itself durable
        folder = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
