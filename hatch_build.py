"""Compile the passes in skmlp/compiled; without a compiler the wheel is pure Python.

``SKMLP_PURE=1`` asks for the pure wheel. In an editable install the extension lies in the source.
"""

import os
import re
import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = "skmlp/compiled"
FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))  # has no stable ABI yet
# No fused multiply-add: the solvers' results are NumPy's bit for bit, on every processor.
FLAGS = [
    "-O3",
    "-g0",
    "-fopenmp-simd",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-ffp-contract=off",
]
MSVC_FLAGS = ["/O2", "/std:c11"]


class CustomBuildHook(BuildHookInterface):
    """Adds ``skmlp.compiled.passes`` to the wheel."""

    def initialize(self, version, build_data):
        """Compile the extension, and name the wheel after what it runs on."""
        if self.target_name != "wheel":
            return
        source, editable = Path(self.root, FOLDER), version == "editable"
        if editable:  # what is compiled there may be of older source
            for library in [*source.glob("*.so"), *source.glob("*.pyd")]:
                library.unlink()
        if os.environ.get("SKMLP_PURE", "0") not in ("", "0"):
            return
        self.work = tempfile.TemporaryDirectory()  # until the wheel is written
        library = compile_passes(source, self.work.name)
        if library is None:
            self.app.display_warning("skmlp: without a C compiler, this is the pure wheel.")
            return
        build_data["pure_python"] = False
        if FREE_THREADED:
            build_data["infer_tag"] = True
        else:
            build_data["tag"] = f"cp311-abi3-{platform_tag()}"
        if editable:
            shutil.copy(library, source)
        else:
            build_data["force_include"][str(library)] = f"{FOLDER}/{library.name}"


def platform_tag():
    """Name the platform as wheels do."""
    tag = re.sub(r"[-.]", "_", sysconfig.get_platform())
    return re.sub(r"^(macosx_\d+)_(?!\d)", r"\1_0_", tag)  # some builds of Python say macosx-14


def compile_passes(source, folder):
    """Compile into a folder; give the path of the extension, or None where that failed."""
    from setuptools import Distribution, Extension

    extension = Extension(
        "skmlp.compiled.passes",
        [str(source / "passes.c")],
        extra_compile_args=MSVC_FLAGS if sys.platform == "win32" else FLAGS,
        libraries=[] if sys.platform == "win32" else ["m"],
        define_macros=[] if FREE_THREADED else [("Py_LIMITED_API", "0x030B0000")],
        py_limited_api=not FREE_THREADED,
        optional=True,
    )
    command = Distribution({"ext_modules": [extension]}).get_command_obj("build_ext")
    command.build_lib = command.build_temp = folder
    command.ensure_finalized()
    command.run()
    library = Path(command.get_outputs()[0])
    return library if library.exists() else None
