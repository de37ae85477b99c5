"""Hundreds of tests start a process. Where PYTHONDONTWRITEBYTECODE is set, as in many containers, each
of these would compile all that it imports, which takes longer than most of the tests: they keep it in
a temporary folder instead, and write nothing beside the sources.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile


def keep_for_children() -> None:
    """Give the processes that are started from now on a folder for their bytecode."""
    if os.environ.get("PYTHONDONTWRITEBYTECODE") and not os.environ.get("PYTHONPYCACHEPREFIX"):
        folder = tempfile.mkdtemp(prefix="ibapi_port-bytecode-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        del os.environ["PYTHONDONTWRITEBYTECODE"]
        os.environ["PYTHONPYCACHEPREFIX"] = folder
