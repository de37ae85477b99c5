"""`python -m ibapi_port simulate`: serve until Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse
import dataclasses
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any

from .._terminal import Parser, program, until_interrupted
from .commands import COMMANDS
from .net.faults import KINDS, Fault
from .options import Options
from .progress import StatusLine
from .server import SimulatedTws
from .settings import REAL, SIMPLE, checked
from .times import stamp
from .views import speed
from .world import World


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status. The first line that it prints says where it
    listens.
    """
    options = _parser().parse_args(argv)
    log: bool = vars(options).pop("log")
    faults: list[dict[str, Any]] = vars(options).pop("fault")
    terminate = signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends it as Ctrl-C does
    try:
        given = vars(options)
        for name, value in given.items():
            if isinstance(value, list):  # of a flag that may stand several times
                given[name] = ",".join(value)
        tws = SimulatedTws(**given)
        for fault in faults:
            tws.faults.add(**fault)
        with tws, StatusLine(lambda: _status(tws)) as status:
            status.print(f"simulated TWS listening on {tws.host}:{tws.port}", sys.stdout)
            if tws.control_port is not None:
                url = f"http://127.0.0.1:{tws.control_port}/"
                status.print(f"control at {url}", sys.stdout)
            if sys.stdout.isatty():  # a program that starts this one reads the lines above
                now, profile = tws.call(lambda world: (world.clock.now(), world.options.profile))
                told = f"its clock says {stamp(now)} (--start: another time); profile {profile}"
                status.print(told, sys.stdout)
            if log:
                tws.call(
                    lambda world: world.log.start(
                        lambda event: status.print(event.line, sys.stdout)
                    )
                )
            until_interrupted()
    except KeyboardInterrupt:
        pass
    except (OSError, ValueError) as e:  # the port is taken, or an option is out of range
        print(f"cannot simulate a TWS: {e}", file=sys.stderr)
        return 1
    finally:
        signal.signal(signal.SIGTERM, terminate)
    return 0


def _status(tws: SimulatedTws) -> str:
    """Return the status line: clock, speed, clients, orders."""

    def look(world: World) -> str:
        clients, orders = len(world.registry), len(world.book.active())
        return (
            f"{stamp(world.clock.now())}, {speed(world)}, {clients} clients, "
            f"{orders} orders under way"
        )

    return tws.call(look)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog=program("simulate"),
        usage="%(prog)s [OPTIONS]",  # the list of all would fill a screen
        description="A simulated TWS: connect to it as to the real one.",
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen at (default %(default)s)"
    )
    parser.add_argument(
        "--port", type=int, default=0, help="port to listen at; 0, the default: any that is free"
    )
    parser.add_argument(
        "--server-version",
        type=int,
        default=187,
        help="newest protocol version to speak (default %(default)s)",
    )
    parser.add_argument(
        "--log",
        action="store_true",
        help="print what happens, an event a line: clients, requests, orders, errors, commands",
    )
    for field in dataclasses.fields(Options):
        _add(parser, field)
    kinds = "; ".join(f"{name}: {kind.text}" for name, kind in KINDS.items())
    parser.add_argument(
        "--fault",
        type=_fault,
        action="append",
        default=[],
        metavar="'KIND SETTING=VALUE ...'",
        help="something that goes wrong, such as 'cut message=openOrder size=20'; "
        "it can be given several times. "
        f"Settings: {', '.join(_FAULT.parameters)}. Kinds: {kinds}",
    )
    return parser


_FAULT = COMMANDS["fault"]


def _fault(text: str) -> dict[str, Any]:
    kind, *settings = text.split() or [""]
    try:
        given = dict(setting.split("=", 1) for setting in settings)
    except ValueError:
        raise argparse.ArgumentTypeError("a setting is written NAME=VALUE") from None
    try:
        values = _FAULT.values({"kind": kind, **given}, is_text=True)
        Fault(**values)
        return values
    except ValueError as e:
        raise argparse.ArgumentTypeError(str(e)) from None


def _add(parser: argparse.ArgumentParser, field: dataclasses.Field[Any]) -> None:
    """Add the flag of a setting. What is not given is left out, so that the defaults are those of
    `Options`.
    """
    rules, flag = field.metadata, f"--{field.name.replace('_', '-')}"
    text = rules["text"].replace("%", "%%")
    default = "" if field.default in (None, "") else f" (default {field.default})"
    if rules["profiles"] is not None:
        default = f" (default {rules['profiles'][REAL]}; in the profile simple "
        default += f"{rules['profiles'][SIMPLE]})"
    if rules["kind"] is bool:
        parser.add_argument(
            flag,
            action=argparse.BooleanOptionalAction,
            default=argparse.SUPPRESS,
            help=text + default,
        )
        return
    unit = rules["unit"] or (
        "{" + ",".join(map(str, rules["choices"])) + "}"
        if rules["choices"]
        else rules["kind"].__name__.upper()
    )
    if rules["kind"] is tuple:
        parser.add_argument(
            flag,
            action="append",
            metavar=rules["unit"],
            default=argparse.SUPPRESS,
            help=f"{text}; several: separated by commas, or the flag again",
        )
        return
    parser.add_argument(
        flag, type=_reader(field), metavar=unit, default=argparse.SUPPRESS, help=text + default
    )


def _reader(field: dataclasses.Field[Any]) -> Callable[[str], Any]:
    def read(text: str) -> object:
        try:
            return checked(field, text)
        except ValueError as e:
            raise argparse.ArgumentTypeError(str(e)) from None

    return read
