"""The pacing of an EClient, at its seams."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any

from .._client.core import id_of
from ..protocol.schema.conversations import is_message
from ..seams import Postponed, Refused, seams
from .limits import DEFAULT, Pacing
from .sender import Clock, PacedSender


class PacedClient:
    """The pacing of a client: each request waits in the thread that makes it until it may go.

    A request of the thread that processes messages does not wait there, as the answers would wait
    with it: the call returns, and the request is sent later, with the values that it has now.
    disconnect() and the end of the connection end all waiting with error 504; a request for data
    that is cancelled while it waits gets error 162.
    """

    def __init__(self, client: Any, pacing: Pacing = DEFAULT, clock: Clock | None = None) -> None:
        self._core = client._ibapi_port
        self._sender = PacedSender(client, pacing, clock)
        self._again = threading.local()  # .now: this thread sends a request that was put off
        seams(client).add_on_request(self._on_request)

    @property
    def waiting(self) -> int:
        """How many requests wait now."""
        return self._sender.waiting

    def _on_request(self, name: str, arguments: tuple[object, ...]) -> None:
        # startApi opens the connection, and nothing can be sent before it
        if name == "startApi" or getattr(self._again, "now", False):
            return
        session = self._core.session
        processes = session is not None and session.processing_thread == threading.get_ident()
        if processes or self._sender.is_in_own_thread:
            self._put_off(name, arguments)
        else:
            self._wait(name, arguments)

    def _wait(self, name: str, arguments: tuple[object, ...]) -> None:
        refused: list[Refused] = []
        # the request itself is sent by this thread, once it has waited: there is nothing to call
        waiting = self._sender.enter(name, arguments, _nothing, refused.append, copies=False)
        if waiting is None:
            return
        try:
            waiting.over.result()
        except BaseException:  # an interrupt
            self._sender.drop(waiting)
            raise
        if refused:
            raise refused[0]

    def _put_off(self, name: str, arguments: tuple[object, ...]) -> None:
        send = partial(self._send, name)
        refuse = partial(self._refuse, name, arguments)
        if self._sender.enter(name, arguments, send, refuse) is not None:
            raise Postponed

    def _send(self, name: str, arguments: tuple[object, ...]) -> None:
        self._again.now = True
        try:
            if is_message(arguments):
                self._core.request_protobuf(name, arguments[0])
            else:
                self._core.request(name, *arguments)
        finally:
            self._again.now = False

    def _refuse(self, name: str, arguments: tuple[object, ...], why: Refused) -> None:
        if is_message(arguments):
            request_id = id_of(arguments[0])
            self._core._report_refused(name, arguments, why.code, str(why), request_id)
        else:
            self._core._refuse(name, arguments, why.code, str(why))


def _nothing(arguments: tuple[object, ...]) -> None:
    """Do nothing for a request that its own thread sends."""


def pace(client: Any, pacing: Pacing = DEFAULT, clock: Clock | None = None) -> PacedClient:
    """Pace a client's requests from now on, and return what tells how many wait.

    Other things at its seams (guards, a ledger) see a request when it has waited, if they have
    joined in before, or joined as the last.
    """
    return PacedClient(client, pacing, clock)


__all__ = ["PacedClient", "pace"]
