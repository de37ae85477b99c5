"""Help that fits a screen, the version, and what an unknown command may have meant."""

from __future__ import annotations

import platform
from difflib import get_close_matches

from .._terminal import program
from .._version import __version__, get_version_string
from .table import COMMANDS, GROUPS

WIDTH = 24  # of a command with its arguments


def help_text() -> str:
    """Return the commands by group."""
    lines = [f"usage: {program()} COMMAND [OPTIONS]"]
    for title, commands in GROUPS.items():
        lines += ["", f"{title}:"]
        lines += [
            f"  {f'{command.name} {command.arguments}':<{WIDTH}}{command.text}"
            for command in commands
        ]
    lines += ["", "COMMAND --help tells more of one; --version prints the versions."]
    return "\n".join(lines)


def version_text() -> str:
    """Return the versions of package, interface and protocol on one line."""
    from ..protocol.handshake import NEWEST, OLDEST

    return (
        f"ibapi-port {__version__} (interface of ibapi {get_version_string()}, "
        f"server versions {OLDEST} to {NEWEST}, Python {platform.python_version()})"
    )


def unknown(name: str) -> str:
    """Return a line for a command or option that does not exist, with the one most like it."""
    known = ["--help", "--version"] if name.startswith("-") else list(COMMANDS)
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    meant = f"; did you mean {near[0]}?" if near else ""
    kind = "option" if name.startswith("-") else "command"
    return f"{program()}: there is no {kind} {name!r}{meant} ({program()} --help lists all)"
