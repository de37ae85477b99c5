"""The command `ibapi-port`, which is also `python -m ibapi_port`: one name for all programs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from .._terminal import program, without_pipe_errors
from .table import COMMANDS, Command, load
from .texts import help_text, unknown, version_text

INTERRUPTED = 130  # what a shell reports for a program that Ctrl-C ended
SHOW_TRACEBACKS = "IBAPI_PORT_TRACEBACK"  # set, errors that were not expected show where they arose


def main(arguments: Sequence[str]) -> int:
    """Run a command. Return its exit status: 2 for wrong arguments."""
    return without_pipe_errors(lambda: _main(list(arguments)))


def console() -> None:
    """Run as `ibapi-port`."""
    sys.exit(main(sys.argv[1:]))


def _main(arguments: list[str]) -> int:
    name = arguments[0] if arguments else ""
    if name in ("-V", "--version"):
        print(version_text())
        return 0
    if name == "help" and len(arguments) > 1:
        name = arguments[1]
        arguments = [name, "--help"]
    if name in ("-h", "--help", "help"):
        print(help_text())
        return 0
    if not name:
        print(help_text(), file=sys.stderr)
        return 2
    command = COMMANDS.get(name)
    if command is None:
        print(unknown(name), file=sys.stderr)
        return 2
    return _run(command, arguments[1:])


def _run(command: Command, arguments: list[str]) -> int:
    function = load(command)
    if command.runs_program:
        return function(arguments)  # its errors, interrupts and pipes are the program's own
    try:
        return function(arguments)
    except BrokenPipeError:
        raise
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as e:
        if os.environ.get(SHOW_TRACEBACKS):
            raise
        print(_one_line(command, e), file=sys.stderr)
        return 1


def _one_line(command: Command, error: Exception) -> str:
    text = " ".join(str(error).split())
    start = f"{program(command.name)}: "
    if isinstance(error, (OSError, ValueError, ImportError)) and text:
        return start + text
    return f"{start}{type(error).__name__}: {text} ({SHOW_TRACEBACKS}=1 shows where)"


__all__ = ["console", "main"]
