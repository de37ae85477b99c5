"""A recording served to programs again, as TWS said it then.

A program's requests are compared with the recorded ones. TWS's messages come in their recorded
order, each as soon as the requests before it in the recording have been made. A request is the
recorded one of its name that differs least. Its ids may be others, for requests, orders and
clients: then TWS's messages carry the program's ids. On a mismatch:

- A request made in another order than recorded is held until its turn comes. If the one that the
  recording waits for has not come `patience` seconds later, the recording goes on without it, and
  without TWS's answers to it.
- A request with other values (a date, a price) is taken, and noted.
- A request that is not in the recording at all gets no answer, and that is noted.
- With `strict` the requests must be the recorded ones in their order. The first that is not ends
  the connection, and is a ReplayMismatch.

Programs are given the recorded connections in their order. A program that says the client id of
another recorded connection gets that one. When all have been given, it begins with the first again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
from collections.abc import Callable
from types import TracebackType

from .._printable import PrintableLog, printable
from .background import AsyncServerThread
from .player import PlayEnded, Player, recorded_answer, recorded_client_id
from .recording import RecordingError, read_recording

MOST_NOTES = 10_000
_log = logging.getLogger(__name__)
_log.addFilter(PrintableLog())


class ReplayMismatch(AssertionError):
    """The program did not ask what the recording has."""


class Replay(AsyncServerThread):
    """Serves a recording at `host` and `port` (0: any free one); inside a `with` it runs.

    `speed`: how much faster than recorded; None, the default: as fast as it can. `strict` and
    `patience`: see above; in strict mode the end of the `with` raises ReplayMismatch if there was
    one. `notes` says what did not fit. OSError, RecordingError.
    """

    _what = "the replay"
    _thread_name = "replay"

    def __init__(
        self,
        path: str | os.PathLike[str],
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        speed: float | None = None,
        strict: bool = False,
        patience: float = 2.0,
    ) -> None:
        if speed is not None and speed <= 0:
            raise ValueError("the speed must be above 0")
        if not 0 <= port < 1 << 16:
            raise ValueError(f"port must be 0 to 65535, not {port}")
        super().__init__(host, port)
        self.speed = speed
        self.strict = strict
        self.patience = patience
        connections = read_recording(path).connections().values()
        self.recorded = [
            events
            for events in connections
            if any(event.kind == "answer" and event.server_version for event in events)
        ]
        if not self.recorded:
            raise RecordingError(f"{printable(path)} has no connection that TWS answered")
        self.notes: list[str] = []
        self.on_note: Callable[[str], object] = lambda text: None  # is told each as it comes
        self.mismatch: str = ""
        self._players: list[Player] = []
        self._left = list(range(len(self.recorded)))
        self._played: set[int] = set()
        self._all_played = threading.Event()  # set in the loop's thread; `wait` waits for it

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, traceback)
        if kind is None or not issubclass(kind, (KeyboardInterrupt, SystemExit, GeneratorExit)):
            self._raise_mismatch(error)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until every recorded connection has been played to its end; False: it took longer.
        ReplayMismatch if strict.
        """
        done = self._all_played.wait(timeout)
        self.check()
        return done

    def settle(self, timeout: float | None = None) -> bool:
        """Wait until the programs have closed."""
        return self._run(self._until_closed(timeout))

    def check(self) -> None:
        """Raise ReplayMismatch if `strict` and there was one."""
        self._raise_mismatch(None)

    def _raise_mismatch(self, error: BaseException | None) -> None:
        """Raise it; what the `with` has raised, which may follow from it, is its cause."""
        if self.strict and self.mismatch and not isinstance(error, ReplayMismatch):
            raise ReplayMismatch(self.mismatch) from error

    # --- in the loop's thread ---

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve_client, self.host, self.port)

    async def _end_connections(self) -> None:
        for player in self._players:  # one that does not read would never take what waits for it
            player.abort()

    async def _until_closed(self, timeout: float | None) -> bool:
        serving = [player.served for player in self._players]
        if not serving:
            return True
        _, left = await asyncio.wait(serving, timeout=timeout)
        return not left

    async def _serve_client(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        player = Player(self, reader, writer)
        self._players.append(player)
        try:
            await player.play()
        except (PlayEnded, ConnectionError):
            pass
        except Exception as e:  # a recording may hold anything; the next program is served
            _log.exception("the replay failed at a program")
            self.note(f"the replay failed at a program: {type(e).__name__}: {printable(e)}")
        finally:
            player.listener.cancel()
            self._players.remove(player)
            if not player.served.done():
                player.served.set_result(None)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    def note(self, text: str) -> None:
        if len(self.notes) >= MOST_NOTES:
            return
        if len(self.notes) == MOST_NOTES - 1:
            text = f"{MOST_NOTES} notes: further ones are left out"
        self.notes.append(text)
        try:
            self.on_note(text)
        except Exception:  # it is the user's
            _log.exception("on_note raised")

    def fail(self, text: str) -> None:
        """Note something that must not be in a strict replay."""
        self.mismatch = self.mismatch or text
        self.note(text)
        self._all_played.set()

    def take(self, client_id: object = None, like: int | None = None) -> int:
        """Return the next recorded connection, or that of a client id, if it is still to be had;
        `like`: the one given so far.
        """
        if not self._left:
            self._left = list(range(len(self.recorded)))
        for n in self._left:
            if like is None or (
                recorded_client_id(self.recorded[n]) == client_id
                and recorded_answer(self.recorded[n]) == recorded_answer(self.recorded[like])
            ):
                self._left.remove(n)
                if like is not None:
                    self._left = sorted([*self._left, like])
                return n
        assert like is not None
        return like

    def played(self, n: int) -> None:
        """Note that a recorded connection has been played to its end."""
        self._played.add(n)
        if len(self._played) == len(self.recorded):
            self._all_played.set()
