import os
import signal
import subprocess
import sys
from functools import partial

import joblib
import numpy as np
import pytest

from skmlp.estimator.files import write_whole


def test_a_file_takes_the_place_of_another(tmp_path):
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


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_a_process_killed_in_writing_leaves_a_whole_file(tmp_path):
    path = tmp_path / "model"
    write_whole(path, partial(joblib.dump, np.zeros(50_000)))
    rng = np.random.default_rng(0)
    for _ in range(2):
        # Fifty forks of one writer that has its imports behind it.
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
