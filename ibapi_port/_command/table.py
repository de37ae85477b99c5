"""The commands as data: a new one is one line here."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple


class Command(NamedTuple):
    """A command.

    `target`: module and function below ibapi_port; the function takes the arguments after the
    command's name and returns the exit status. `runs_program`: it runs a program of the user's,
    whose errors are left alone.
    """

    name: str
    arguments: str
    text: str
    target: str
    runs_program: bool = False


GROUPS: dict[str, tuple[Command, ...]] = {
    "Find your way": (
        Command("demo", "", "watch a trading session on a simulated TWS", "demo:main"),
        Command("doctor", "[HOST [PORT]]", "why a program gets no connection or no data", "doctor.cli:main"),
        Command("errors", "[CODE | WORDS]", "what the codes of TWS mean, and what helps", "error_codes.cli:main"),
    ),
    "Programs": (
        Command("run", "SCRIPT.py", "run a program written for ibapi, as it is", "compat.run:main", True),
        Command("simulate", "", "serve a simulated TWS to clients of any language", "simulator.cli:main"),
    ),
    "Around TWS": (
        Command("rest", "", "serve TWS over HTTP: JSON, streams, orders, a page", "rest.cli:main"),
        Command("gateway", "...", "start IB Gateway, log in, keep it running", "automater.command.cli:main"),
    ),
    "On the wire": (
        Command("tap", "", "stand between client and TWS: show, record, mask", "tap.cli:run_tap"),
        Command("decode", "FILE", "print a recording, or a dump of bytes", "tap.cli:run_decode"),
        Command("replay", "FILE", "serve a recording to a client again", "tap.cli:run_replay"),
        Command("protocol", "...", "reference of the wire protocol, Wireshark dissector", "protocol.__main__:main"),
    ),
    "Your shell": (
        Command("completion", "SHELL", "completion for bash, zsh or fish", "_command.completion:main"),
    ),
}  # fmt: skip

COMMANDS: dict[str, Command] = {
    command.name: command for commands in GROUPS.values() for command in commands
}


def load(command: Command) -> Callable[[list[str]], int]:
    """Return what runs a command. It is imported now: the others cost nothing."""
    module, _, function = command.target.partition(":")
    loaded: Callable[[list[str]], int] = getattr(import_module(f"ibapi_port.{module}"), function)
    return loaded
