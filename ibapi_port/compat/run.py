"""python -m ibapi_port run: an unedited program of the official client, on this package.

As with plain python: sys.argv, sys.path[0], `__main__`, exit status, and tracebacks that begin in
the program.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import importlib.util
import io
import os
import sys
import tokenize
import traceback
from collections.abc import Sequence
from importlib.machinery import BuiltinImporter, PathFinder, SourceFileLoader
from types import CodeType, ModuleType, TracebackType

from .._terminal import Parser, program
from .generations import GENERATIONS, generation
from .install import install
from .pools import prepare_children

# What Python 3.13 prints a traceback with. If it has to import that then, it forgets that an
# interrupt ended the program.
_FOR_TRACEBACKS = (ast, tokenize)


def parser() -> argparse.ArgumentParser:
    made = Parser(
        prog=program("run"),
        usage="%(prog)s [--generation G] (SCRIPT.py | FOLDER | - | -m MODULE) [ARGS ...]",
        description="Run a program written for ibapi on ibapi_port, as it is.",
    )
    made.add_argument(
        "--generation",
        choices=GENERATIONS,
        help="what it was written for (default: what its callbacks tell)",
    )
    made.add_argument("-m", dest="module", action="store_true", help="PROGRAM is a module's name")
    made.add_argument(
        "program",
        metavar="PROGRAM",
        help=(
            "a script, a folder or archive with a __main__.py, - for the standard input, "
            "or with -m a module"
        ),
    )
    made.add_argument("arguments", nargs=argparse.REMAINDER, metavar="ARGS").required = False
    return made


def main(arguments: Sequence[str]) -> int:
    options = parser().parse_args(arguments)
    install()
    generation(options.generation)
    prepare_children()
    module = ModuleType("__main__")
    module.__dict__.update(__builtins__=builtins, __annotations__={})
    sys.argv = [options.program, *options.arguments]
    try:
        code = (
            _of_module(options.program, module)
            if options.module
            else _of_path(options.program, module)
        )
    except (OSError, ImportError) as e:
        print(f"{sys.executable}: can't run {options.program!r}: {e}", file=sys.stderr)
        return 1 if options.module else 2
    except SyntaxError as e:
        traceback.print_exception(e, limit=0)
        return 1
    sys.modules["__main__"] = module
    sys.excepthook = _without_our_frames
    # an exception goes up to the interpreter, which ends the process as it does with any program
    exec(code, module.__dict__)
    return 0


def _of_path(path: str, module: ModuleType) -> CodeType:
    """What plain python runs for a path: a script, the standard input, or the `__main__` in a
    folder or an archive.
    """
    if path == "-":
        return _of_stdin(module)
    whole = os.path.join(os.getcwd(), path)
    found = PathFinder.find_spec("__main__", [whole]) if not path.endswith(".py") else None
    if found is None or found.origin is None or found.loader is None:
        return _of_script(path, module)
    sys.path[0] = whole
    code: CodeType | None = (
        found.loader.get_code("__main__") if hasattr(found.loader, "get_code") else None
    )
    if code is None:
        raise ImportError("it has no code")
    module.__spec__, module.__loader__, module.__package__ = found, found.loader, ""
    module.__file__, module.__dict__["__cached__"] = found.origin, found.cached
    return code


def _of_stdin(module: ModuleType) -> CodeType:
    sys.path[0] = ""
    module.__file__ = "<stdin>"
    module.__spec__, module.__loader__, module.__dict__["__cached__"] = None, BuiltinImporter, None
    return compile(sys.stdin.buffer.read(), "<stdin>", "exec", dont_inherit=True)


def _of_script(path: str, module: ModuleType) -> CodeType:
    whole = os.path.join(os.getcwd(), path)
    module.__file__, module.__spec__, module.__loader__ = (
        whole,
        None,
        SourceFileLoader("__main__", whole),
    )
    module.__dict__["__cached__"] = None
    sys.path[0] = os.path.dirname(os.path.realpath(path))
    with io.open_code(whole) as file:
        return compile(file.read(), whole, "exec", dont_inherit=True)


def _of_module(name: str, module: ModuleType) -> CodeType:
    sys.path[0] = os.getcwd()
    spec = importlib.util.find_spec(name)
    if spec is not None and spec.submodule_search_locations is not None:
        spec = importlib.util.find_spec(f"{name}.__main__")
    if spec is None or spec.loader is None:
        raise ImportError(f"no module named {name}")
    code: CodeType | None = (
        spec.loader.get_code(spec.name) if hasattr(spec.loader, "get_code") else None
    )
    if code is None:
        raise ImportError("it has no code")
    module.__spec__, module.__loader__, module.__package__ = spec, spec.loader, spec.parent
    module.__file__ = sys.argv[0] = spec.origin or name
    module.__dict__["__cached__"] = spec.cached
    return code


def _without_our_frames(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Print a traceback as plain python does: beginning in the program."""
    first = trace
    while first is not None and first.tb_frame.f_globals is not sys.modules["__main__"].__dict__:
        first = first.tb_next
    traceback.print_exception(kind, error, first or trace)
