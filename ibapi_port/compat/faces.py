"""The modules as a program sees them under the name `ibapi`: with all names that any generation
gives.

A module stays one object under both names. `complete` adds to it what `exports` lists: as
attributes, in `dir()`, and for `from ibapi.client import *`. Names that need the `protobuf` package
are made when they are asked for.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import Any

from .exports import EXPORTS

OFFICIAL, OURS = "ibapi", "ibapi_port"
_NEED_PROTOBUF = (
    ".protobuf",
    ".client_utils",
    ".decoder_utils",
    "google.protobuf",
    "google.protobuf.message",
)


class Face(ModuleType):
    """A module of this package with the names that the module of `ibapi` has."""

    def __getattr__(self, name: str) -> Any:
        """Make a name that was not made yet; AttributeError: no generation has it."""
        if not name.startswith("__") and _has_protobuf():
            source = _sources(self.__name__, protobuf=True).get(name)
            if source is not None:
                value = _made(self.__name__, source, name)
                self.__dict__[name] = value
                return value
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")

    def __dir__(self) -> list[str]:
        return sorted({*self.__dict__, *self.__all__})

    @property
    def __all__(self) -> list[str]:
        """What `import *` gives. A property: reloading the module does not take its place."""
        given = [*own_names(self), *_sources(self.__name__, protobuf=False)]
        if _has_protobuf():
            given += _sources(self.__name__, protobuf=True)
        return list(dict.fromkeys(given))

    @__all__.setter
    def __all__(self, names: list[str]) -> None:
        self.__dict__["__all__"] = names


def complete() -> None:
    """Add the names to every module of this package that is loaded by now."""
    for short in EXPORTS:
        module = sys.modules.get(f"{OURS}.{short}")
        spec = getattr(module, "__spec__", None)
        # one that another thread is importing right now is completed by that thread's own import
        if (
            module is not None
            and type(module) is ModuleType
            and not getattr(spec, "_initializing", False)
        ):
            _complete(module)


def _complete(module: ModuleType) -> None:
    for name, source in _sources(module.__name__, protobuf=False).items():
        if name not in module.__dict__:
            module.__dict__[name] = _made(module.__name__, source, name)
    module.__class__ = Face


def own_names(module: ModuleType) -> list[str]:
    """The names that a module of this package gives by itself."""
    stated: list[str] | None = module.__dict__.get("__all__")
    return (
        stated
        if stated is not None
        else [name for name in module.__dict__ if not name.startswith("_")]
    )


def _has_protobuf() -> bool:
    from ..protocol.protobuf import available

    return available()


@cache
def _sources(module: str, *, protobuf: bool) -> dict[str, str]:
    """Where the names come from that a module has beside its own: name, key of `exports`; of those
    that need protobuf, or the others.
    """
    found: dict[str, str] = {}
    for source, names in EXPORTS.get(module.removeprefix(f"{OURS}."), {}).items():
        if (source in _NEED_PROTOBUF) is protobuf:
            for name in _named(source, names):
                found.setdefault(name, source)
    return found


def _named(source: str, names: str) -> Iterator[str]:
    if names == "*":
        yield from own_names(importlib.import_module(OURS + source))
    elif source == ".protobuf":
        for name in names.split():
            yield f"{name.partition('=')[0]}Proto"
    else:
        yield from names.split()


def _made(module: str, source: str, name: str) -> Any:
    if source == "":
        return importlib.import_module(name)
    if source == ".":
        return importlib.import_module(f"{OURS}.{name}")
    if source == "logging":
        import logging

        return logging.getLogger(OFFICIAL + module.removeprefix(OURS))
    if source == ".protobuf":
        from ..protocol.protobuf.public_classes import public_class

        return public_class(_message(module, name))
    if source.startswith("."):
        return getattr(importlib.import_module(OURS + source), name)
    home = importlib.import_module(source)
    return (
        getattr(home, name) if hasattr(home, name) else importlib.import_module(f"{source}.{name}")
    )


def _message(module: str, name: str) -> str:
    short = name.removesuffix("Proto")
    for entry in EXPORTS[module.removeprefix(f"{OURS}.")][".protobuf"].split():
        alias, _, message = entry.partition("=")
        if alias == short and message:
            return message
    return short
