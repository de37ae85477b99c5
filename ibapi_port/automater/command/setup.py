"""`gateway setup`: asks what has to be known, and writes the settings."""

from __future__ import annotations

import argparse
import getpass
import os
from collections.abc import Callable
from pathlib import Path

from ..credentials import CredentialsError, store_in_keyring
from ..dumps import keep
from ..install import find_installs
from .settings_file import load

Ask = Callable[[str], str]
SERVICE = "ibapi_port"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare what may be given instead of being asked."""
    parser.add_argument("--directory", help="where IB Gateway is, such as ~/Jts")
    parser.add_argument("--version", help="its version, such as 1030")
    parser.add_argument("--user", help="the user's name")
    parser.add_argument("--mode", choices=("paper", "live"))
    parser.add_argument("--port", type=int, help="of the API (default: 4002 paper, 4001 live)")
    parser.add_argument(
        "--password",
        metavar="WHERE",
        help="keyring, or where it is: env:NAME, fd:N, file:/path. Never the password itself",
    )
    parser.add_argument("--yes-live", action="store_true", help="do not ask whether live is meant")
    parser.add_argument("--force", action="store_true", help="replace settings that are there")


def set_up(
    path: Path,
    options: argparse.Namespace,
    ask: Ask = input,
    ask_secret: Ask = getpass.getpass,
    say: Callable[[str], None] = print,
) -> int:
    """Write the settings; return the exit status."""
    if path.exists() and not options.force:
        say(f"{path} is there already; --force replaces it")
        return 1
    directory, version = _install(options, ask, say)
    user = options.user or _answer(ask, "User name: ")
    mode = options.mode or _answer(ask, "paper or live [paper]: ", "paper")
    if mode not in ("paper", "live"):
        say(f"{mode!r} is neither paper nor live")
        return 1
    if mode == "live" and not options.yes_live:
        typed = ask("This is an account with real money. Type live to go on: ")
        if typed.strip() != "live":
            say("Nothing was written.")
            return 1
    try:
        password = _password(path, user, options.password, ask_secret, say)
    except CredentialsError as e:
        say(str(e))
        return 1
    lines = [
        "# docs/automater.md explains each setting",
        "[gateway]",
        f"directory = {_quoted(directory)}",
        f"version = {_quoted(version)}",
        f"user = {_quoted(user)}",
        f"password = {_quoted(password)}",
        f"mode = {_quoted(mode)}",
    ]
    if options.port:
        lines.append(f"port = {options.port}")
    keep(path.parent, path.name, ("\n".join(lines) + "\n").encode())
    load(path)
    say(f"The settings are in {path}. Next: python -m ibapi_port gateway doctor")
    return 0


def _install(options: argparse.Namespace, ask: Ask, say: Callable[[str], None]) -> tuple[str, str]:
    found = find_installs([Path(options.directory).expanduser()] if options.directory else None)
    if options.version:
        found = [i for i in found if i.version == options.version] or found[:0]
    for install in found:
        say(f"Found: IB Gateway {install.version} in {install.ib_directory}")
    if found:
        return str(found[0].ib_directory), found[0].version
    directory = options.directory or _answer(ask, "Directory of IB Gateway [~/Jts]: ", "~/Jts")
    version = options.version or _answer(ask, "Its version, such as 1030: ")
    return directory, version


def _password(
    path: Path, user: str, where: str | None, ask_secret: Ask, say: Callable[[str], None]
) -> str:
    """Return the reference to the password, which is asked for and kept where need be."""
    if where and where.startswith(("env:", "fd:", "file:")):
        return where
    if where and where.partition(":")[0] != "keyring":
        raise CredentialsError("--password says where it is: keyring, env:NAME, fd:N or file:/path")
    service = (where or "").partition(":")[2] or SERVICE
    text = ask_secret(f"Password of {user}: ")
    if not text:
        raise CredentialsError("the password is empty; nothing was written")
    try:
        store_in_keyring(service, user, text)
        return f"keyring:{service}"
    except CredentialsError as e:
        if where:  # the keyring was asked for
            raise
        say(f"{e}. The password goes into a file that only you may read.")
    file = path.with_suffix(".password")
    if os.name != "posix":
        raise CredentialsError("install the keyring: pip install 'ibapi_port[keyring]'")
    keep(file.parent, file.name, text.encode() + b"\n")
    return f"file:{file}"


def _answer(ask: Ask, question: str, default: str = "") -> str:
    while True:
        text = ask(question).strip() or default
        if text:
            return text


def _quoted(text: str) -> str:
    """Return a text as TOML has it."""
    escaped = "".join(
        f"\\{c}" if c in '"\\' else c if c.isprintable() else f"\\U{ord(c):08x}" for c in text
    )
    return f'"{escaped}"'


__all__ = ["add_options", "set_up"]
