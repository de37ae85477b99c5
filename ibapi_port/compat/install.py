"""The name `ibapi` for this package: `import ibapi` and every `ibapi.*` module give the modules of ibapi_port themselves.

They are the same module objects under two names, so isinstance, pickling and type hints do not tell the names apart.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any, cast

OFFICIAL, OURS = "ibapi", "ibapi_port"


class _Alias:
    """Loads `ibapi.x` as the module `ibapi_port.x`. Not an importlib.abc.Loader: importing that module takes long."""

    def __init__(self, ours: str) -> None:
        self._ours = ours
        self._spec: importlib.machinery.ModuleSpec | None = None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        module = importlib.import_module(self._ours)
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec  # the import system has put the alias's in its place


class _Finder:
    """Finds `ibapi` and what is below it."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> importlib.machinery.ModuleSpec | None:
        if name != OFFICIAL and not name.startswith(OFFICIAL + "."):
            return None
        ours = OURS + name[len(OFFICIAL) :]
        found = importlib.util.find_spec(ours)
        if found is None:
            return None
        return importlib.machinery.ModuleSpec(name, cast(Any, _Alias(ours)), is_package=found.submodule_search_locations is not None)


def installed() -> bool:
    """Whether `import ibapi` gives this package."""
    return any(isinstance(finder, _Finder) for finder in sys.meta_path)


def install() -> None:
    """Let `import ibapi` give this package, in this process and from now on; any number of times.

    ImportError: the official package has been imported already. Call this before it is.
    """
    loaded = sys.modules.get(OFFICIAL)
    if loaded is not None and loaded is not sys.modules[OURS]:
        where = getattr(loaded, "__file__", None) or "an unknown place"
        raise ImportError(f"ibapi has been imported already, from {where}: call ibapi_port.install() before anything imports it")
    if not installed():
        sys.meta_path.insert(0, _Finder())
