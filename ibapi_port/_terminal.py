"""What the commands share at a terminal: their name, errors on one line, closed pipes."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from typing import NoReturn

_PIECE = 0.5  # seconds
CLOSED_PIPE = 141  # what a shell reports for a program that SIGPIPE ended


class Parser(argparse.ArgumentParser):
    """An argument parser that says on one line what is wrong: some commands have pages of usage."""

    def error(self, message: str) -> NoReturn:
        text = " ".join(message.split())
        self.exit(2, f"{self.prog}: {text} ({self.prog} --help tells more)\n")


def program(command: str = "") -> str:
    """Return the name that the user has typed: "ibapi-port run" or "python -m ibapi_port run"."""
    typed = os.path.basename(sys.argv[0]) if sys.argv else ""
    name = "ibapi-port" if typed.startswith("ibapi-port") else "python -m ibapi_port"
    return f"{name} {command}".rstrip()


def until_interrupted() -> None:
    """Wait until Ctrl-C, or a signal that raises KeyboardInterrupt.

    In short pieces: a signal that comes just before a sleep begins does not end that sleep, and
    Python's handler runs after it. (An event's wait would not be interrupted on Windows.)
    """
    while True:
        time.sleep(_PIECE)


def without_pipe_errors(function: Callable[[], int]) -> int:
    """Return what a command returns, or CLOSED_PIPE if who reads its output (`| head`) has gone."""
    try:
        status = function()
        sys.stdout.flush()
    except BrokenPipeError:
        # Python writes what is left at its end: to where nothing can fail
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED_PIPE
    return status
