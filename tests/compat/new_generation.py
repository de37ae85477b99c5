"""List what an official `ibapi` package has that this one has not: the first step when IB releases
the next one (CONTRIBUTING.md).

usage: new_generation.py PYTHON [--generation G] [--all]
PYTHON is the interpreter of an environment that the package is installed in. Prints a line a
difference: modules, names, signatures, attributes and their defaults, message ids, server versions,
tick types, error codes, Protocol Buffers messages and their fields. --generation: compare as of a
generation of ours, for defaults (default: the newest). --all: differences that are meant, too. Exit
status 0: nothing is missing; 1: something is.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import inspect
import json
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

import face  # noqa: E402 - beside this script

import ibapi_port  # noqa: E402 - the package of this checkout
from ibapi_port.compat import GENERATIONS, generation  # noqa: E402

Face = dict[str, Any]

# Differences that are meant, as patterns of the lines, and why.
MEANT = {
    r"value .*\.MAX_CLIENT_VER .*": "an older package's is lower; what a newer one's adds is listed as a server version",
    r"signature ibapi\.message\.(IN|OUT)\(.*": "no enum before 10.51",
    r"again .*": "a module that imports a name need not offer it, too",
    r"module ibapi\.(client_utils|decoder_utils|orderdecoder|protobuf)": "inner parts: objects to messages and back",
    r"(method|attribute) ibapi\.decoder\.Decoder\..*": "inner parts: one method a message",
    r"method ibapi\.client\.EClient\.(\w+ProtoBuf|validate\w+|sendMsg|logRequest)": "inner parts: sending",
    r"name ibapi\.utils\.setattr_log|name ibapi\.decoder\.OrderDecoder": "inner parts",
    r"method ibapi\.connection\.Connection\.connect": "inner parts: EClient makes the socket",
    r"signature ibapi\.reader\.EReader\(.*": "inner parts: EReader reads for its client, not into a queue",
}


def face_of(python: str) -> Face:
    """Return the description of the package that an interpreter finds. CalledProcessError: it
    cannot be run.
    """
    done = subprocess.run(
        [python, str(HERE / "face.py")], capture_output=True, text=True, check=True, cwd="/"
    )
    found: Face = json.loads(done.stdout)
    return found


def differences(theirs: Face) -> Iterator[str]:
    """Yield a line for each thing that theirs has and ours has not, or has otherwise."""
    for short, why in theirs["failed"].items():
        yield f"module ibapi.{short} cannot be imported there: {why}"
    for short in theirs["modules"]:  # all of them first: a name may be looked for in another one
        with contextlib.suppress(ImportError):
            importlib.import_module(f"ibapi.{short}" if short else "ibapi")
    for short, names in theirs["modules"].items():
        full = f"ibapi.{short}" if short else "ibapi"
        try:
            ours = importlib.import_module(full)
        except ImportError:
            yield f"module {full}"
            continue
        for name, what in names.items():
            imported = what.get("home", full) != full
            own = getattr(ours, name, _MISSING)
            if own is _MISSING and (imported or _is_elsewhere(theirs, short, name)):
                yield f"again {full}.{name}"
            else:
                yield from _of_name(f"{full}.{name}", own, what, imported)
    yield from _of_messages(theirs["messages"])


_MISSING = object()


def _is_elsewhere(theirs: Face, short: str, name: str) -> bool:
    """Return whether another of their modules has the same name for the same thing, and ours of
    that name has it.
    """
    for other, names in theirs["modules"].items():
        if other != short and names.get(name) == theirs["modules"][short][name]:
            module = sys.modules.get(f"ibapi.{other}")
            if hasattr(module, name):
                return True
    return False


def _of_name(name: str, ours: Any, what: dict[str, Any], imported: bool) -> Iterator[str]:
    if ours is _MISSING:
        yield f"name {name}"
    elif imported:  # it is looked at where it is defined
        return
    elif what["kind"] == "class":
        yield from _of_class(name, ours, what)
    elif what["kind"] == "function":
        yield from _of_parameters(name, ours, what["parameters"])
    elif what["kind"] == "numbers":
        for member, number in what["members"].items():
            yield from _of_value(f"{name}.{member}", getattr(ours, member, _MISSING), number)
    else:
        found = face.described(ours).get("value")
        if what["value"] is not None and found != what["value"]:
            yield f"value {name} is {what['value']}, ours {found}"


def _of_class(name: str, ours: Any, what: dict[str, Any]) -> Iterator[str]:
    if what["parameters"] is not None:
        yield from _of_parameters(name, ours, what["parameters"])
    for member, of in what["members"].items():
        value = getattr(ours, member, _MISSING)
        if of["kind"] == "value":
            yield from _of_value(f"{name}.{member}", value, of["value"])
        elif value is _MISSING:
            yield f"method {name}.{member}"
        else:
            yield from _of_parameters(f"{name}.{member}", value, of["parameters"])
    made = ours() if what["attributes"] else None
    for attribute, default in what["attributes"].items():
        yield from _of_value(f"{name}().{attribute}", getattr(made, attribute, _MISSING), default)


def _of_value(name: str, ours: Any, theirs: str | None) -> Iterator[str]:
    if ours is _MISSING:
        yield f"attribute {name}" + (f" = {theirs}" if theirs is not None else "")
    elif (
        theirs is not None
        and (found := face.value_of(ours)) != theirs
        and not _alike(found, theirs)
    ):
        yield f"value {name} is {theirs}, ours {found}"


def _alike(ours: str | None, theirs: str) -> bool:
    """Whether two values are equal numbers: 0 and 0.0 are."""
    try:
        return ours is not None and float(ours) == float(theirs)
    except ValueError:
        return False


def _of_parameters(name: str, ours: Any, theirs: list[list[Any]] | None) -> Iterator[str]:
    """Theirs' arguments have to fit ours: all and the fewest, by position and by name."""
    try:
        signature = inspect.signature(ours)
    except (TypeError, ValueError):
        return
    every = [one for one, _ in theirs or ()]
    fewest = [one for one, optional in theirs or () if not optional]
    method = every[:1] == ["self"]
    try:
        for names in (every, fewest):
            signature.bind(*names)
            signature.bind(*names[:method], **dict.fromkeys(names[method:]))
    except TypeError:
        yield f"signature {name}({', '.join(every)}), ours {signature}"


def _of_messages(theirs: dict[str, dict[str, list[Any]]]) -> Iterator[str]:
    from ibapi_port.protocol.protobuf.classes import schema

    for message, fields in theirs.items():
        if message not in schema():
            yield f"protobuf message {message}"
            continue
        ours = {
            one.name: [one.number, one.repeated or one.type_name == "map"]
            for one in schema()[message]
        }
        for name, of in fields.items():
            if name not in ours:
                yield f"protobuf field {message}.{name} = {of[0]}"
            elif ours[name] != of:
                yield f"protobuf field {message}.{name} is {of}, ours {ours[name]}"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("python", metavar="PYTHON")
    parser.add_argument("--generation", choices=GENERATIONS)
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    try:
        theirs = face_of(options.python)
    except (OSError, subprocess.CalledProcessError) as e:
        parser.error(
            f"{options.python} cannot describe its ibapi: {getattr(e, 'stderr', None) or e}"
        )
    warnings.simplefilter("ignore", DeprecationWarning)
    ibapi_port.install()
    generation(options.generation)
    lines = list(dict.fromkeys(differences(theirs)))
    meant = [line for line in lines if any(re.fullmatch(pattern, line) for pattern in MEANT)]
    if options.all:
        shown = list(lines)
        idle = [
            pattern for pattern in MEANT if not any(re.fullmatch(pattern, line) for line in meant)
        ]
        shown += [f"meant, but not found: {pattern}" for pattern in idle]
    else:
        shown = [line for line in lines if line not in meant]
    missing = len(set(lines) - set(meant))
    print(*shown, f"{missing} missing or other, {len(meant)} on purpose", sep="\n")
    return int(missing > 0)


if __name__ == "__main__":
    sys.exit(main())
