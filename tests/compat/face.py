"""Describe the public face of the package `ibapi` that this interpreter finds, as JSON. It is run
by the interpreter of an official package's environment, so it needs the standard library alone.
"""

from __future__ import annotations

import contextlib
import enum
import importlib
import inspect
import json
import pkgutil
import sys
from decimal import Decimal
from types import ModuleType
from typing import Any

PACKAGE = "ibapi"
PLAIN = (int, float, str, bool, type(None), Decimal)
MESSAGES = "_pb2"


def parameters(function: Any) -> list[list[Any]] | None:
    """Return the name of each parameter and whether it may be left out; None where nothing is known
    of them.
    """
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    named = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [[one.name, one.default is not one.empty] for one in found if one.kind in named]


def value_of(value: Any) -> str | None:
    """Return a plain value as Python writes it; None for what cannot be compared so."""
    if isinstance(value, enum.Enum):
        return value_of(value.value)
    return repr(value) if isinstance(value, PLAIN) else None


def described(value: Any) -> dict[str, Any]:
    """Describe what a name stands for."""
    if inspect.isclass(value):
        return described_class(value)
    if callable(value):
        return {
            "kind": "function",
            "home": getattr(value, "__module__", ""),
            "parameters": parameters(value),
        }
    if hasattr(value, "idx2name"):  # the API's own kind of enum
        numbers = {name: repr(n) for name, n in vars(value).items() if isinstance(n, int)}
        return {"kind": "numbers", "members": numbers}
    if callable(getattr(value, "code", None)) and callable(getattr(value, "msg", None)):
        return {"kind": "error", "value": f"{value.code()} {value.msg()!r}"}
    return {"kind": "value", "value": value_of(value)}


def described_class(cls: type) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in vars(cls).items():
        if name.startswith("_"):
            continue
        if isinstance(value, (staticmethod, classmethod)) or inspect.isroutine(value):
            members[name] = {"kind": "function", "parameters": parameters(getattr(cls, name))}
        else:
            members[name] = {"kind": "value", "value": value_of(value)}
    attributes: dict[str, str | None] = {}
    if not issubclass(cls, enum.Enum):
        with contextlib.suppress(
            Exception
        ):  # it wants arguments: then its members alone are described
            made = cls()
            attributes = {
                name: value_of(value)
                for name, value in vars(made).items()
                if not name.startswith("_")
            }
    taken = None if issubclass(cls, enum.Enum) else parameters(cls)
    return {
        "kind": "class",
        "home": cls.__module__,
        "parameters": taken,
        "members": members,
        "attributes": attributes,
    }


def described_module(module: ModuleType) -> dict[str, Any]:
    """Describe the public names of a module, less the modules and what other libraries brought."""
    found = {}
    for name, value in vars(module).items():
        home = getattr(value, "__module__", None) if callable(value) else None
        foreign = isinstance(home, str) and home.partition(".")[0] != PACKAGE
        if not name.startswith("_") and not inspect.ismodule(value) and not foreign:
            found[name] = described(value)
    return found


def described_messages(module: ModuleType) -> dict[str, dict[str, list[Any]]]:
    """Describe the Protocol Buffers messages of a module: number and repetition of each field."""
    messages = getattr(module, "DESCRIPTOR", None)
    found = {}
    for name, message in messages.message_types_by_name.items() if messages else ():
        repeated = {
            one.name: bool(getattr(one, "is_repeated", None) or getattr(one, "label", 0) == 3)
            for one in message.fields
        }
        found[name] = {one.name: [one.number, repeated[one.name]] for one in message.fields}
    return found


def main() -> None:
    """Print the description."""
    package = importlib.import_module(PACKAGE)
    names = [
        "",
        *(
            one.name[len(PACKAGE) + 1 :]
            for one in pkgutil.walk_packages(package.__path__, f"{PACKAGE}.")
        ),
    ]
    modules, messages, failed = {}, {}, {}
    for short in names:
        try:
            module = importlib.import_module(f"{PACKAGE}.{short}" if short else PACKAGE)
        except Exception as e:
            failed[short] = repr(e)
            continue
        if short.endswith(MESSAGES):
            messages.update(described_messages(module))
        else:
            modules[short] = described_module(module)
    json.dump({"modules": modules, "messages": messages, "failed": failed}, sys.stdout)


if __name__ == "__main__":
    main()
