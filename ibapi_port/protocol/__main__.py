"""python -m ibapi_port.protocol: look at the wire protocol."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path

from .._printable import printable
from .._terminal import Parser, program, without_pipe_errors
from .exceptions import ProtocolError
from .handshake import NEWEST, NEWEST_TEXT, OLDEST
from .inspect import show
from .reference import dissector, pages, write


def version(text: str) -> int:
    """Return the server version that a text gives; argparse shows what is wrong with others."""
    number = int(text)
    if not OLDEST <= number <= NEWEST:
        raise argparse.ArgumentTypeError(f"server versions go from {OLDEST} to {NEWEST}")
    return number


def parser() -> argparse.ArgumentParser:
    top = Parser(prog=program("protocol"), description="Look at TWS's wire protocol.")
    commands = top.add_subparsers(dest="command", required=True)
    shown = commands.add_parser("show", help="the compiled functions of a message")
    shown.add_argument("message", help="a callback or request, such as tickPrice or placeOrder")
    shown.add_argument("version", type=version)
    commands.add_parser("list", help="all messages")
    diff = commands.add_parser("diff", help="what changed on the wire between two server versions")
    diff.add_argument("older", type=version)
    diff.add_argument("newer", type=version)
    decode = commands.add_parser("decode", help="a frame, field by field with names")
    decode.add_argument("hex", help="the frame's bytes, with or without its length")
    decode.add_argument(
        "--version", type=version, default=NEWEST_TEXT, help="server version (default %(default)s)"
    )
    decode.add_argument(
        "--from-client", action="store_true", help="the frame is a request (default: from TWS)"
    )
    reference = commands.add_parser(
        "reference", help="fields, versions, conversation and changes of a message; all as Markdown"
    )
    reference.add_argument("message", nargs="?", help="a callback or request")
    reference.add_argument("--version", type=version, help="the fields at this server version")
    reference.add_argument("--write", metavar="FOLDER", help="write the pages of all messages")
    lua = commands.add_parser(
        "dissector",
        help="a dissector for Wireshark: tshark -X lua_script:FILE, or its plugin folder",
    )
    lua.add_argument(
        "--write",
        metavar="FILE",
        help="write it (PowerShell's > writes what Wireshark cannot read)",
    )
    return top


def lines(options: argparse.Namespace) -> Iterable[str]:
    """Return what a command prints.

    KeyError is raised for an unknown message, ValueError for bad hex, ProtocolError for a bad
    frame.
    """
    if options.command == "list":
        return show.all_messages()
    if options.command == "diff":
        return show.differences(options.older, options.newer)
    if options.command == "reference":
        return reference_lines(options)
    if options.command == "dissector":
        return dissector_lines(options.write)
    if options.command == "decode":
        return list(
            show.frame_lines(_bytes(options.hex), options.version, from_client=options.from_client)
        )
    return show.sources(show.find(options.message), options.version)


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise ValueError(
            "a frame is given as hex digits, two for each byte, such as 3439003100 (49, 1)"
        ) from None


def _unknown(name: str) -> str:
    """Return a line for a message that does not exist, with the one most like it."""
    near = get_close_matches(name, show.names(), n=1, cutoff=0.6)
    meant = f"; did you mean {near[0]}?" if near else ""
    return f"no message is called {name!r}{meant} ({program('protocol list')} lists them)"


def dissector_lines(path: str | None) -> Iterable[str]:
    """Return the dissector, or the name of the file that it was written to."""
    text = dissector.lua()
    if path is None:
        return text.splitlines()
    Path(path).write_text(text, encoding="utf-8")
    return [path]


def reference_lines(options: argparse.Namespace) -> Iterable[str]:
    """Return the reference of a message, or the names of the pages that were written."""
    if options.message and options.version:
        return pages.message_at(show.find(options.message), options.version)
    if options.message:
        return pages.message_page(show.find(options.message), plain=True)
    if options.write is None:
        raise ValueError("name a message, or a folder with --write")
    return write.write_pages(options.write)


def _start(options: argparse.Namespace) -> str:
    return f"{program('protocol')} {options.command}: "


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        for line in lines(options):
            for part in line.split("\n"):  # a compiled function's source is a text of many lines
                print(printable(part))
    except KeyError as e:
        print(f"{_start(options)}{printable(_unknown(e.args[0]))}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        raise  # who reads has gone: without_pipe_errors
    except (OSError, ValueError, ProtocolError) as e:
        print(f"{_start(options)}{printable(e)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(without_pipe_errors(main))
