"""`python -m ibapi_port tap`, `replay` and `decode`."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path

from .._printable import printable, printable_lines
from .._terminal import Parser, program, until_interrupted
from ..protocol.handshake import NEWEST, OLDEST
from . import dump
from .forward import STOP_TIME, STUCK_TIME, Address, Tap
from .masking import MASKED, Masker
from .printing import as_json, line
from .pump import Pump
from .recording import Event, Recorder, RecordingError, read_recording
from .replay import Replay, ReplayMismatch

# events that may wait to be printed; further ones are counted only, for a slow terminal must not
# cost the memory
WAITING = 100_000
WAITING_BYTES = 64 << 20
_PRINTING = ("tap-printer", "tap-say")  # threads that may stand in a write
SWITCH = 0.0005  # seconds until the thread that prints lets the one that forwards go on


def main(command: str, arguments: Sequence[str]) -> int:
    """Run one of the commands; returns its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # what a terminal cannot show must not end the printing
            stream.reconfigure(errors="backslashreplace")
    terminate = signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends it as Ctrl-C does
    try:
        status = {"tap": tap, "replay": replay, "decode": decode}[command](arguments)
        sys.stdout.flush()
    except (OSError, ValueError, ReplayMismatch, ArithmeticError, MemoryError, RecursionError) as e:
        _say(f"{command}: {str(e) or type(e).__name__}")
        status = 1
        _give_up_output()
    except KeyboardInterrupt:  # before it had begun, or while it was ending
        status = 1
        _give_up_output()
    finally:
        signal.signal(signal.SIGTERM, terminate)
    if any(thread.name in _PRINTING for thread in threading.enumerate()):
        # It stands in a write to an output that nobody reads. Python's own way out would wait for
        # the lock that it holds, and end by an abort.
        os._exit(status or 1)
    return status


def run_tap(arguments: Sequence[str]) -> int:
    """Run `tap`. Return the exit status."""
    return main("tap", arguments)


def run_replay(arguments: Sequence[str]) -> int:
    """Run `replay`. Return the exit status."""
    return main("replay", arguments)


def run_decode(arguments: Sequence[str]) -> int:
    """Run `decode`. Return the exit status."""
    return main("decode", arguments)


def _say(text: str) -> None:
    """Print to stderr. One that nobody reads holds up the end for a second, not for ever."""

    def write() -> None:
        with contextlib.suppress(OSError, ValueError):
            print(printable_lines(text), file=sys.stderr, flush=True)

    thread = threading.Thread(target=write, name=_PRINTING[1], daemon=True)
    thread.start()
    thread.join(1.0)


def _give_up_output() -> None:
    """Throw away what could not be printed: Python would try again at its end, and fail or wait."""
    if sys.stdout is sys.__stdout__ and sys.stdout is not None:
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Printer:
    """Prints events in a thread of its own, so that a slow terminal holds up nothing but itself.

    `missed`: events that were not printed since too many waited. `failure`: why printing has ended.
    """

    def __init__(self, shown: Callable[[Event], str]) -> None:
        self.missed = 0
        self.failure = ""
        self._shown = shown
        self._waiting: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._put = self._taken = 0  # bytes; each is counted by one thread only
        self._told = 0  # of those that were missed
        self._thread = threading.Thread(target=self._print, name=_PRINTING[0], daemon=True)
        self._thread.start()

    def __call__(self, event: Event) -> None:
        if self._waiting.qsize() < WAITING and self._put - self._taken < WAITING_BYTES:
            self._put += len(event.data)
            self._waiting.put(event)
        else:
            self.missed += 1

    def close(self) -> None:
        """Wait until all is printed, or nobody reads what is printed."""
        self._waiting.put(None)
        end, left = time.monotonic() + STOP_TIME, self._waiting.qsize()
        stuck = time.monotonic() + STUCK_TIME
        while self._thread.is_alive():
            self._thread.join(0.02)
            now = time.monotonic()
            if self._waiting.qsize() != left:
                left, stuck = self._waiting.qsize(), now + STUCK_TIME
            if now >= min(end, stuck) and self._thread.is_alive():
                self.failure = f"the output is too slow: {left or 1} events were left"
                _say(f"tap: printing ends here: {self.failure}")
                return

    def _print(self) -> None:
        while (event := self._waiting.get()) is not None:
            self._taken += len(event.data)
            if self.failure:
                continue
            self._tell_missed()
            try:
                print(self._shown(event), flush=self._waiting.empty())
            except Exception as e:  # the output has ended, or is full
                self.failure = printable(e)
                self._note(f"printing ends here: {self.failure}")
        self._tell_missed()

    def _tell_missed(self) -> None:
        if missed := self.missed - self._told:
            self._told += missed
            self._note(f"{missed} events not printed: the output is too slow")

    def _note(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            print(f"tap: {text}", file=sys.stderr)


def tap(arguments: Sequence[str]) -> int:
    """Run `python -m ibapi_port tap`. Return the exit status."""
    parser = Parser(
        prog=program("tap"), description="Sit between clients and a TWS and print what they say."
    )
    parser.add_argument(
        "--listen",
        type=_address,
        required=True,
        metavar="[HOST:]PORT",
        help="where clients connect (0: any free port)",
    )
    parser.add_argument("--to", type=_address, required=True, metavar="HOST:PORT", help="the TWS")
    parser.add_argument(
        "--record", metavar="FILE", help="write a recording; the file must not exist"
    )
    parser.add_argument("--mask-accounts", action="store_true", help=f"mask {MASKED}")
    parser.add_argument("--quiet", action="store_true", help="print no messages")
    _add_printing(parser)
    options = parser.parse_args(arguments)
    sys.setswitchinterval(SWITCH)
    printer = Printer(lambda event: _shown(event, tapped.started, options))
    tapped = Tap(
        options.to,
        options.listen,
        record=options.record,
        mask_accounts=options.mask_accounts,
        on_event=None if options.quiet else printer,
    )
    try:
        with tapped:
            masked = f"\nmasked: {MASKED}" if options.mask_accounts else ""
            print(
                f"tap listening on {tapped.host}:{tapped.port}, "
                f"to {options.to[0]}:{options.to[1]}{masked}",
                flush=True,
            )
            until_interrupted()
    except KeyboardInterrupt:
        pass
    finally:
        printer.close()
    if tapped.dropped:
        _say(f"tap: {tapped.dropped} events not printed: looking at them is too slow")
    failed = tapped.failure or printer.failure or printer.missed or tapped.dropped
    return 1 if failed else 0


def replay(arguments: Sequence[str]) -> int:
    """Run `python -m ibapi_port replay`. Return the exit status."""
    parser = Parser(prog=program("replay"), description="Serve a recording to a program again.")
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--port", type=int, default=0, help="port to listen at; 0, the default: any that is free"
    )
    pace = parser.add_mutually_exclusive_group()
    pace.add_argument(
        "--speed",
        type=float,
        default=1.0,
        help="how much faster than recorded (default %(default)g)",
    )
    pace.add_argument(
        "--as-fast-as-possible", action="store_true", help="wait for the program's requests only"
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="end at the first request that is not the recorded one, and say what differs",
    )
    parser.add_argument(
        "--once", action="store_true", help="end when every recorded connection has been played"
    )
    parser.add_argument(
        "--patience",
        type=float,
        default=2.0,
        metavar="SECONDS",
        help="for a request while others came (default %(default)g)",
    )
    options = parser.parse_args(arguments)
    speed = None if options.as_fast_as_possible else options.speed
    served = Replay(
        options.file,
        options.host,
        options.port,
        speed=speed,
        strict=options.strict,
        patience=options.patience,
    )
    notes: Pump[str] = Pump(_print_note, _PRINTING[0], WAITING_BYTES)
    served.on_note = lambda text: notes.put(text, len(text))
    status = 0
    try:
        with served:
            print(f"replay listening on {served.host}:{served.port}", flush=True)
            if not (options.once or options.strict):
                until_interrupted()
            while not served.wait(0.2):
                pass
            # in pieces: one long wait would hear no Ctrl-C on Windows
            while not served.settle(0.2):
                pass
    except KeyboardInterrupt:
        if options.once or options.strict:
            _say("replay: ended before every recorded connection has been played")
            status = 1
    finally:
        notes.close(STUCK_TIME, STOP_TIME)
    return status


def _print_note(text: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        print(printable_lines(text), file=sys.stderr, flush=True)


def decode(arguments: Sequence[str]) -> int:
    """Run `python -m ibapi_port decode`. Return the exit status."""
    parser = Parser(
        prog=program("decode"),
        description=(
            "Print a recording, or a dump of one side of a connection: "
            "its bytes, or their hex digits."
        ),
    )
    parser.add_argument("file", metavar="FILE", help="- for standard input")
    parser.add_argument(
        "--server-version",
        type=int,
        metavar="N",
        help="of a dump that does not begin with TWS's answer to the greeting",
    )
    parser.add_argument(
        "--from-client",
        action="store_true",
        help="the dump is of the client's side (default: of TWS's)",
    )
    parser.add_argument(
        "--connection", type=int, metavar="N", help="only this connection of a recording"
    )
    parser.add_argument(
        "--message", action="append", metavar="NAME", help="only messages of this name"
    )
    parser.add_argument("--mask-accounts", action="store_true", help=f"mask {MASKED}")
    parser.add_argument(
        "--write", metavar="FILE", help="write what is left as a recording instead of printing it"
    )
    _add_printing(parser)
    options = parser.parse_args(arguments)
    if options.server_version is not None and not OLDEST <= options.server_version <= NEWEST:
        parser.error(f"server versions go from {OLDEST} to {NEWEST}")
    data = sys.stdin.buffer.read() if options.file == "-" else Path(options.file).read_bytes()
    if not data.startswith(b"{"):
        return _print_all(
            dump.events(data, options.server_version or 0, from_client=options.from_client),
            dump.NO_TIME,
            options,
            "",
            None,
        )
    if options.file == "-":
        raise RecordingError("a recording is read from a file")
    recording = read_recording(options.file)
    status = _print_all(
        recording.events, recording.started, options, recording.to, recording.masked
    )
    if recording.torn:
        print(
            "decode: the last line is not whole: the recording was cut off there", file=sys.stderr
        )
    return status


def _print_all(
    events: Iterable[Event],
    started: datetime,
    options: argparse.Namespace,
    to: str,
    masked: str | None,
) -> int:
    masker = Masker() if options.mask_accounts else None
    if masker is not None:
        events = list(events)
        for event in events:  # first: what comes before managedAccounts may name accounts too
            masker.learn(event)
        to = masker.text(to)
    wanted = (event for event in events if _is_wanted(event, options))
    chosen = wanted if masker is None else map(masker.event, wanted)
    if options.write is None:
        for event in chosen:
            print(_shown(event, started, options))
        return 0
    with Recorder(options.write, to, MASKED if masker else masked, started) as recorder:
        for event in chosen:
            recorder.write(event)
    return 0


def _is_wanted(event: Event, options: argparse.Namespace) -> bool:
    return options.connection in (None, event.connection) and (
        not options.message or event.name in options.message
    )


def _add_printing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="a JSON object a line")
    parser.add_argument("--all-fields", action="store_true", help="empty fields too")


def _shown(event: Event, started: datetime, options: argparse.Namespace) -> str:
    return as_json(event, started) if options.json else line(event, started, options.all_fields)


def _address(text: str) -> Address:
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is no HOST:PORT")
    return host.strip("[]") or "127.0.0.1", int(port)
