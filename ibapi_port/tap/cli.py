"""`python -m ibapi_port tap`, `replay` and `decode`."""

from __future__ import annotations

import argparse
import io
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path

from ..protocol.handshake import NEWEST, OLDEST
from . import dump
from .forward import Address, Tap
from .masking import MASKED, Masker
from .printing import as_json, line
from .recording import Event, Recorder, RecordingError, read_recording
from .replay import Replay, ReplayMismatch

# events that may wait to be printed; further ones are counted only, for a slow terminal must not
# cost the memory
WAITING = 100_000
SWITCH = 0.0005  # seconds until the thread that prints lets the one that forwards go on


def main(command: str, arguments: Sequence[str]) -> int:
    """Run one of the commands; returns its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # what a terminal cannot show must not end the printing
            stream.reconfigure(errors="backslashreplace")
    terminate = signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends it as Ctrl-C does
    try:
        return {"tap": tap, "replay": replay, "decode": decode}[command](arguments)
    except (OSError, ValueError, ReplayMismatch) as e:
        print(f"{command}: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        signal.signal(signal.SIGTERM, terminate)


class Printer:
    """Prints events in a thread of its own, so that a slow terminal holds up nothing but itself."""

    def __init__(self, shown: Callable[[Event], str]) -> None:
        self._shown = shown
        self._waiting: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._missed = 0
        self._thread = threading.Thread(target=self._print, name="tap-printer", daemon=True)
        self._thread.start()

    def __call__(self, event: Event) -> None:
        if self._waiting.qsize() < WAITING:
            self._waiting.put(event)
        else:
            self._missed += 1

    def close(self) -> None:
        self._waiting.put(None)
        self._thread.join()

    def _print(self) -> None:
        broken = False
        while (event := self._waiting.get()) is not None:
            if broken:
                continue
            try:
                if self._missed:
                    print(
                        f"tap: {self._missed} events not printed: the output is too slow",
                        file=sys.stderr,
                    )
                    self._missed = 0
                print(self._shown(event), flush=self._waiting.empty())
            except OSError as e:
                broken = True
                print(f"tap: printing ends here: {e}", file=sys.stderr)


def tap(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="ibapi_port tap", description="Sit between clients and a TWS and print what they say."
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
    ignore: Callable[[Event], None] = lambda event: None  # noqa: E731 - short is clear here
    tapped = Tap(
        options.to,
        options.listen,
        record=options.record,
        mask_accounts=options.mask_accounts,
        on_event=ignore if options.quiet else printer,
    )
    try:
        with tapped:
            masked = f"\nmasked: {MASKED}" if options.mask_accounts else ""
            print(
                f"tap listening on {tapped.host}:{tapped.port}, to "
                f"{options.to[0]}:{options.to[1]}{masked}",
                flush=True,
            )
            _until_interrupted()
    finally:
        printer.close()
    return 1 if tapped.failure else 0


def replay(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="ibapi_port replay", description="Serve a recording to a program again."
    )
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
    served.on_note = lambda text: print(text, file=sys.stderr, flush=True)
    with served:
        print(f"replay listening on {served.host}:{served.port}", flush=True)
        if options.once or options.strict:
            while not served.wait(0.2):
                pass
            served.settle()
        else:
            _until_interrupted()
    return 0


def decode(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="ibapi_port decode",
        description=(
            "Print a recording, or a dump of one side of a connection: its bytes, or "
            "their hex digits."
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
    recorder = None
    if options.write is not None:
        recorder = Recorder(options.write, to, MASKED if masker else masked, started)
    for event in events:
        if options.connection not in (None, event.connection) or (
            options.message and event.name not in options.message
        ):
            continue
        if masker is not None:
            event = masker.event(event)
        if recorder is not None:
            recorder.write(event)
        else:
            print(_shown(event, started, options))
    if recorder is not None:
        recorder.close()
    return 0


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


def _until_interrupted() -> None:
    """Wait until Ctrl-C or SIGTERM."""
    while True:
        time.sleep(3600)  # an event's wait would not be interrupted on Windows
