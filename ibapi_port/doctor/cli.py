"""python -m ibapi_port doctor: why a program cannot connect, or gets no data."""

from __future__ import annotations

import json
import logging
import textwrap
from collections.abc import Sequence

from .._terminal import Parser, program
from .examination import TIMEOUT, examine
from .findings import STATUSES, Finding

WIDTH = 96
_MARKS = {"ok": "ok", "note": "note", "warning": "WARNING", "problem": "PROBLEM"}
_INDENT = " " * 10


def main(arguments: Sequence[str]) -> int:
    """Examine, print each finding as it comes, and return the exit status."""
    statuses = ", ".join(f"{status} {name}" for name, status in STATUSES.items())
    parser = Parser(
        prog=program("doctor"),
        description="Find out why a program cannot connect to TWS, or gets no data. "
        "Nothing is changed, and no order is sent.",
        epilog="The exit status is 0 if all is well, else that of the gravest finding: "
        f"{statuses}; 1 for any other warning or problem, 2 for wrong arguments.",
    )
    parser.add_argument(
        "place", nargs="*", metavar="HOST PORT", help="where TWS is; also PORT or HOST:PORT alone"
    )
    parser.add_argument("--host", metavar="HOST", help="the same as HOST (default: 127.0.0.1)")
    parser.add_argument(
        "--port",
        metavar="PORT",
        help="the same as PORT (default: 7496, 7497, 4001 and 4002 are tried)",
    )
    parser.add_argument("--client-id", type=int, metavar="N", help="the id that the program uses")
    parser.add_argument(
        "--symbol", default="AAPL", help="a US stock, or a pair of currencies such as EUR.USD"
    )
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.add_argument(
        "--timeout",
        type=float,
        default=TIMEOUT,
        metavar="S",
        help="of each step (default: %(default)g)",
    )
    options = parser.parse_args(list(arguments))
    if not options.timeout > 0:
        parser.error("--timeout: must be above 0")
    try:
        host, port = place_of(options.place, options.host, options.port)
    except ValueError as e:
        parser.error(str(e))
    log = logging.getLogger("ibapi_port")
    level = log.level
    log.setLevel(logging.CRITICAL)  # the findings say it
    try:
        report = examine(
            host,
            port,
            client_id=options.client_id,
            symbol=options.symbol,
            timeout=options.timeout,
            progress=None if options.json else show,
        )
    except ValueError as e:
        parser.error(str(e))
    finally:
        log.setLevel(level)
    if options.json:
        print(json.dumps(report.as_dict(), indent=2))
    else:
        print(f"\n{summary(len(report.problems))}")
    return report.status


def place_of(place: Sequence[str], host: str | None, port: str | None) -> tuple[str, int | None]:
    """Return host and port of what stands on the command line: HOST PORT, HOST, PORT or HOST:PORT,
    and the options of these names. No port: None. ValueError says what is wrong.
    """
    if len(place) > 2:
        raise ValueError(f"HOST PORT: {' '.join(place)!r} is more than a host and a port")
    first, second = (*place, "", "")[:2]
    if not second:
        if first.isdecimal():  # no host has such a name
            first, second = "", first
        elif first.count(":") == 1 or "]:" in first:
            first, _, second = first.rpartition(":")
    for name, given, option in (("host", first, host), ("port", second, port)):
        if given and option:
            raise ValueError(f"--{name}: {given!r} and {option!r} are given; one is enough")
    number = second or port
    if number and not number.isdecimal():
        raise ValueError(f"PORT: {number!r} is no whole number")
    return (first or host or "127.0.0.1").strip("[]"), int(number) if number else None


def show(finding: Finding) -> None:
    """Print a finding, with its cure."""
    lines = textwrap.wrap(
        f"{_MARKS[finding.level]:<8}  {finding.text}", WIDTH, subsequent_indent=_INDENT
    )
    if finding.cure:
        lines += textwrap.wrap(
            f"-> {finding.cure}", WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT + "   "
        )
    print("\n".join(lines), flush=True)


def summary(problems: int) -> str:
    """Return the last line of a report."""
    if not problems:
        return "All is well."
    return "One thing needs a look." if problems == 1 else f"{problems} things need a look."


__all__ = ["main", "place_of", "show", "summary"]
