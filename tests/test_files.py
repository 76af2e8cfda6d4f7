import os
import signal
import stat
import subprocess
import sys
import threading
from functools import partial
from multiprocessing import get_context

import joblib
import numpy as np
import pytest

from skmlp.estimator.files import write_whole


def test_an_existing_file_is_replaced(tmp_path):
    path = tmp_path / "model"
    for content in (b"old", b"new"):
        write_whole(path, lambda file, content=content: file.write(content))
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_writing_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "model"
    path.write_bytes(b"old")

    def fail(file):
        file.write(b"ne")
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        write_whole(str(path), fail)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupted_writing_leaves_nothing_behind(tmp_path):
    def interrupt(file):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "model", interrupt)
    assert list(tmp_path.iterdir()) == []


def write_often(path, content, start=None):
    """Write arrays of one number; wait for the other writers first, if there is a barrier."""
    if start is not None:
        start.wait()
    for _ in range(30):
        write_whole(path, partial(joblib.dump, np.full(20_000, content)))


def read_while(path, writers):
    """Read until all writers are done; return the numbers that were read."""
    found = set()
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        if path.exists():
            stored = joblib.load(path)
            assert stored.shape == (20_000,)
            assert (stored == stored[0]).all()
            found.add(int(stored[0]))
    return found


@pytest.mark.skipif(os.name != "posix", reason="files that are read may not be replaced")
def test_threads_that_write_to_one_path(tmp_path):
    path, start = tmp_path / "model", threading.Barrier(3)
    errors = []

    def write(content):
        try:
            write_often(path, content, start)
        except Exception as error:
            errors.append(error)

    found = read_while(path, [threading.Thread(target=write, args=(k,)) for k in range(3)])
    assert errors == []
    assert found <= {0, 1, 2}
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="files that are read may not be replaced")
def test_processes_that_write_to_one_path(tmp_path):
    path, context = tmp_path / "model", get_context("spawn")
    start = context.Barrier(2)
    writers = [context.Process(target=write_often, args=(path, k, start)) for k in range(2)]
    found = read_while(path, writers)
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert found <= {0, 1}
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="permissions")
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_permissions_are_those_of_any_new_file(tmp_path, umask, mode):
    path, before = tmp_path / "model", os.umask(umask)
    try:
        write_whole(path, lambda file: file.write(b"new"))
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
@pytest.mark.parametrize("there", [True, False])
def test_a_symbolic_link_is_followed(tmp_path, there):
    (tmp_path / "models").mkdir()
    target, link = tmp_path / "models" / "v1", tmp_path / "latest"
    if there:
        target.write_bytes(b"old")
    link.symlink_to(target)
    write_whole(link, lambda file: file.write(b"new"))
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.skipif(os.name != "posix", reason="paths of any length")
def test_a_name_of_maximum_length(tmp_path):
    path = tmp_path / ("a" * 255)
    write_whole(path, lambda file: file.write(b"new"))
    assert path.read_bytes() == b"new"


def test_a_relative_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(file):
        file.write(b"new")
        os.chdir(tmp_path.parent)

    write_whole("model", write)
    assert (tmp_path / "model").read_bytes() == b"new"


def test_a_folder_is_not_replaced(tmp_path):
    with pytest.raises(IsADirectoryError) as error:
        write_whole(tmp_path, lambda file: None)
    assert error.value.filename == str(tmp_path)


def test_a_missing_folder_is_named(tmp_path):
    path = tmp_path / "missing" / "model"
    with pytest.raises(FileNotFoundError) as error:
        write_whole(path, lambda file: None)
    assert error.value.filename == str(path)


@pytest.mark.skipif(os.name != "posix", reason="devices")
def test_a_pipe_is_not_replaced(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(OSError, match="pipe"):
        write_whole(path, lambda file: None)
    assert path.is_fifo()


@pytest.mark.parametrize("name", ["model", "."])
def test_a_file_without_write_permission_is_not_replaced(tmp_path, monkeypatch, name):
    path = tmp_path / "model"
    path.write_bytes(b"old")
    protected = (tmp_path / name).resolve()
    # The system is asked, since root can write to any file.
    monkeypatch.setattr(os, "access", lambda path, mode: path != protected)
    with pytest.raises(PermissionError) as error:
        write_whole(path, lambda file: file.write(b"new"))
    assert error.value.filename == str(path)
    assert path.read_bytes() == b"old"


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_a_process_killed_while_writing_leaves_a_complete_file(tmp_path):
    path = tmp_path / "model"
    write_whole(path, partial(joblib.dump, np.zeros(50_000)))
    rng = np.random.default_rng(0)
    for _ in range(2):
        # Fifty forks of one writer, which has already imported everything.
        result = subprocess.run(
            [sys.executable, "-c", KILL_MANY, str(path), str(rng.integers(1000))],
            capture_output=True,
            text=True,
            timeout=100,
        )
        assert result.returncode == 0, result.stderr
        assert result.stdout.strip() == "50 whole"


KILL_MANY = f"""
import itertools, os, signal, sys, time
from functools import partial
from pathlib import Path
import joblib
import numpy as np
from skmlp.estimator.files import write_whole
path, rng = Path(sys.argv[1]), np.random.default_rng(int(sys.argv[2]))
whole = 0
for _ in range(50):
    child = os.fork()
    if child == 0:
        for k in itertools.count():
            write_whole(path, partial(joblib.dump, np.full(50_000, k)))
    time.sleep(rng.uniform(0.0, 0.03))
    os.kill(child, {signal.SIGKILL if os.name == "posix" else 9:d})
    os.waitpid(child, 0)
    stored = joblib.load(path)
    whole += stored.shape == (50_000,) and (stored == stored[0]).all()
print(whole, "whole")
"""
