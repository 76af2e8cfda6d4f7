"""Write scikit-learn.inv, by which the pages link to those of scikit-learn without a network.

    python docs/inventories/scikit_learn.py FILE

FILE is `doc/api_reference.py` of scikit-learn's source distribution, of the installed version. It
lists the classes and functions that have a page of their own.
"""

import runpy
import sys
import zlib
from itertools import chain
from pathlib import Path

import sklearn


def entries(reference):
    """Yield a line of the inventory for each object."""
    for module, page in reference.items():
        if module == "sklearn.experimental":  # has modules
            continue
        for name in chain.from_iterable(part["autosummary"] for part in page["sections"]):
            role = "class" if name.split(".")[-1][0].isupper() else "function"
            full = f"{module}.{name}"
            yield f"{full} py:{role} 1 modules/generated/{full}.html#{full} -\n"


reference = runpy.run_path(sys.argv[1])["API_REFERENCE"]
header = (
    "# Sphinx inventory version 2\n"
    "# Project: scikit-learn\n"
    f"# Version: {sklearn.__version__}\n"
    "# The remainder of this file is compressed using zlib.\n"
)
body = "".join(sorted(entries(reference)))
Path(__file__).with_name("scikit-learn.inv").write_bytes(
    header.encode() + zlib.compress(body.encode(), 9)
)
