"""The modules `Contract_pb2`, ...: found at a place of the package's `__path__` that is no folder,
and made from the table of messages.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, cast

from ..protocol.protobuf.classes import schema
from ..protocol.protobuf.public_classes import file_of, inner_messages, public_class

ENDING = "_pb2"
PLACE = os.path.join(os.path.dirname(__file__), "messages of the table")


class _Finder:
    """Finds the modules, for import and for pkgutil."""

    def find_spec(self, fullname: str, target: ModuleType | None = None) -> ModuleSpec | None:
        module = fullname.rpartition(".")[2]
        message = module.removesuffix(ENDING)
        if message == module or message not in schema():
            return None
        return ModuleSpec(fullname, cast(Any, _Loader(message)), origin=f"{message}.proto")

    def iter_modules(self, prefix: str = "") -> Iterator[tuple[str, bool]]:
        """The names of all modules, and that none is a package."""
        for message in schema():
            yield f"{prefix}{message}{ENDING}", False


class _Loader:
    def __init__(self, message: str) -> None:
        self._message = message

    def create_module(self, spec: ModuleSpec) -> None:
        """As usual."""

    def exec_module(self, module: ModuleType) -> None:
        package = module.__name__.rpartition(".")[0]
        for inner in inner_messages(self._message):
            setattr(module, f"{inner}__pb2", importlib.import_module(f"{package}.{inner}{ENDING}"))
        vars(module)["DESCRIPTOR"] = file_of(self._message)
        setattr(module, self._message, public_class(self._message))


def _hook(place: str) -> _Finder:
    if place != PLACE:
        raise ImportError(f"{place!r} is not the place of the messages")
    return _Finder()


# before the one of zip files, which takes any place within a file
sys.path_hooks.insert(0, cast(Any, _hook))
