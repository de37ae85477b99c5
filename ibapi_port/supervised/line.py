"""The line to TWS at hand: what the supervisor itself sends over it, past the program."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..protocol.exceptions import ProtocolError
from .books import Books
from .clock import Clock

if TYPE_CHECKING:
    from .._client.session import Session

logger = logging.getLogger("ibapi_port.supervised")


class Line:
    """Sends over the connection with a certain number, and over no other: a request that was meant
    for one that has ended is dropped.
    """

    def __init__(self, books: Books, clock: Clock) -> None:
        self._books = books
        self._clock = clock
        self.session: Session | None = None  # that of the connection at hand
        self.heard_at = clock.monotonic()
        self.on_bytes: Callable[[], None] | None = None  # called by who waits for a byte

    @property
    def number(self) -> int:
        """The number of the connection at hand."""
        return self._books.registry.connection

    def bytes_came(self) -> None:
        """Called by the thread that reads, whenever something came."""
        self.heard_at = self._clock.monotonic()
        on_bytes = self.on_bytes
        if on_bytes is not None:
            on_bytes()

    @property
    def silence(self) -> float:
        """The seconds since the last byte."""
        return max(self._clock.monotonic() - self.heard_at, 0.0)

    def send(self, number: int, request: str, arguments: tuple[Any, ...], is_protobuf: bool) -> str:
        """Send a request. Return what is wrong with it, "" if nothing is, or if the connection has
        ended.
        """
        with self._books.lock:
            session = self.session
            if session is None or session.codec is None or number != self.number:
                return ""
            self._books.pacer.sent(self._clock.monotonic())
        try:
            if is_protobuf:
                frame = session.codec.encode_protobuf_request(request, arguments[0])
            else:
                frame = session.codec.encode_request(request, *arguments)
        except ProtocolError as e:  # the server is older than it was
            return str(e)
        with contextlib.suppress(OSError):  # the connection has ended: the supervisor sees it
            session.connection.sendMsg(frame)
            logger.debug("SENDING again %s", request)
        return ""

    def ask_time(self) -> None:
        """Ask TWS for the time, without waiting."""
        session = self.session
        if session is None or session.codec is None:
            return
        frame = session.codec.encode_request("reqCurrentTime")
        with self._books.lock:
            asked = self._books.registry.ask("reqCurrentTime")
            self._books.pacer.sent(self._clock.monotonic())
        if not session.connection.send_without_waiting(frame):
            with self._books.lock:
                self._books.registry.take_back(asked)

    def give_up(self, why: str) -> None:
        """End the connection at once; all that came by now is still processed."""
        session = self.session
        if session is not None:
            session.connection.abort(why)


__all__ = ["Line"]
