"""What the simulated TWS, the tap and a replay have in common: start, stop, and errors at the
start.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ibapi_port._server_thread import ServerThread
from ibapi_port.simulator import SimulatedTws
from ibapi_port.tap import Replay, Tap

RECORDING = Path(__file__).parents[1] / "samples" / "testing_example" / "session.jsonl"
MAKERS: dict[str, Callable[[int], Any]] = {
    "simulator": lambda port: SimulatedTws(port=port),
    "control": lambda port: SimulatedTws(control_port=port),
    "tap": lambda port: Tap(("127.0.0.1", 9), listen=("127.0.0.1", port)),
    "replay": lambda port: Replay(RECORDING, port=port),
}


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another listens at."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


@pytest.mark.parametrize("kind", ["simulator", "tap", "replay"])
def test_it_starts_again_at_the_same_port(kind: str) -> None:
    server = MAKERS[kind](0)
    server.stop()  # it does not run: nothing happens
    with server:
        port = server.port
        with pytest.raises(RuntimeError, match="is running"):
            server.start()
    server.stop()
    with server:
        assert server.port == port
        with contextlib.suppress(ConnectionResetError):  # by the tap, whose TWS is not there
            socket.create_connection(server.address, timeout=5).close()


@pytest.mark.parametrize("kind", MAKERS)
def test_an_error_at_the_start_leaves_nothing_running(kind: str, taken: int) -> None:
    before = set(threading.enumerate())
    server = MAKERS[kind](taken)
    with pytest.raises(OSError, match="in use"):
        server.start()
    assert set(threading.enumerate()) == before
    server.stop()


def test_a_recording_that_cannot_be_written_ends_the_tap(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    path = tmp_path / "there.jsonl"
    path.write_text("")
    tap = Tap(("127.0.0.1", 9), record=path)
    with pytest.raises(FileExistsError):
        tap.start()
    assert set(threading.enumerate()) == before


def test_what_is_raised_in_the_last_step_ends_the_thread() -> None:
    ended = threading.Event()
    steps: list[str] = []

    class Failing(ServerThread):
        def _open(self) -> None:
            steps.append("open")

        def _serve(self) -> None:
            assert ended.wait(5)

        def _started(self) -> None:
            raise KeyboardInterrupt

        def _interrupt(self) -> None:
            ended.set()

        def _stopped(self) -> None:
            steps.append("stopped")

    with pytest.raises(KeyboardInterrupt):
        Failing().start()
    assert steps == ["open", "stopped"]
