"""The places where what stands on a client joins in: states, requests and what becomes of them,
messages and what they say. They cost nothing where they are not used.

from ibapi_port.seams import Refused, seams

seams(client).on_state = lambda old, new, end: print(old.name, new.name, end)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from .state import End, OnState, State

OnRequest = Callable[[str, tuple[object, ...]], None]
OnMessage = Callable[[str], None]
OnRefused = Callable[[str, tuple[Any, ...], int, str], None]


class Refused(Exception):
    """Raised by `on_request`: the request is not sent, and the program gets this error with the
    request's id (321 if not told).
    """

    def __init__(self, text: str, code: int = 321) -> None:
        super().__init__(text)
        self.code = code


class Postponed(Exception):
    """Raised by `on_request`: the request is not sent now. Who raises it makes it again later."""


class NotNeeded(Exception):
    """Raised by a supervisor's `admit`: the request is not sent, and no error is made of it, as TWS
    has it already.
    """


HIDE = "hide"  # a filter's answer: neither listeners nor the program hear of the message


class Renumber(NamedTuple):
    """A filter's answer: the message is delivered with another id."""

    request_id: int


class Supervisor(Protocol):
    """What a supervised connection does at a client's seams; see `ibapi_port.supervised`."""

    # Its methods, named as callbacks in their newest form, say what becomes of a message: None
    # (it is delivered as ever), HIDE, or Renumber. They are called before listeners and program.
    filter: Any

    def state_changed(self, old: State, new: State, end: End | None) -> None:
        """The state of a connection has changed."""

    def admit(self, name: str, arguments: tuple[Any, ...]) -> None:
        """A request is about to be encoded; all others have let it pass. It may wait, or raise
        `Refused` or `NotNeeded`.
        """

    def not_sent(self, name: str, arguments: tuple[Any, ...], code: int, text: str) -> None:
        """A request was not sent, or perhaps in part (504)."""

    def has_turns(self) -> bool:
        """Return whether this thread leaves its callbacks to the one that processes messages."""

    def in_turn(self, call: Callable[[], None]) -> None:
        """Let the thread that processes messages make a callback of connecting."""

    def attached(self, connection: Any) -> None:
        """A connection has been made, and is about to be read."""


class Seams:
    """A client's seams; each is a function, or None.

    - `on_state(old, new, end)`: the state of a connection has changed, told in the thread that
      changed it, without a lock held. `end` is why the connection ended, None before.
    - `on_request(name, arguments)`: a request is about to be encoded, in the thread that makes it.
      It may wait, or raise `Refused` or `Postponed`.
    - `on_refused(name, arguments, code, text)`: a request was not sent, by `on_request`, for a
      value that cannot be sent, or without a connection (504: then a part of it may have gone out).
      It is called before the program's `error`.
    - `on_message(name)`: a message was delivered to its callbacks, in the thread that processes
      messages.

    Where several join in, `add_on_state`, `add_on_request` and `add_on_refused` keep what is there.
    `listen` lets an object hear what messages say.
    """

    def __init__(self, core: Any) -> None:
        self._core = core
        self.on_state: OnState | None = None
        self.on_request: OnRequest | None = None
        self.on_refused: OnRefused | None = None
        self._on_message: OnMessage | None = None
        self.listeners: tuple[Any, ...] = ()
        self.supervisor: Supervisor | None = None

    def add_on_state(self, on_state: OnState) -> None:
        """Call this function at each change of state, after those that are there."""
        there = self.on_state
        if there is None:
            self.on_state = on_state
            return

        def both(old: State, new: State, end: End | None) -> None:
            try:
                there(old, new, end)
            finally:
                on_state(old, new, end)

        self.on_state = both

    def add_on_request(self, on_request: OnRequest, last: bool = False) -> None:
        """Call this function for each request before those that are there, or `last`, after them.
        What one refuses the others behind it do not see.
        """
        there = self.on_request
        if there is None:
            self.on_request = on_request
            return
        first, second = (there, on_request) if last else (on_request, there)

        def both(name: str, arguments: tuple[Any, ...]) -> None:
            first(name, arguments)
            second(name, arguments)

        self.on_request = both

    def add_on_refused(self, on_refused: OnRefused) -> None:
        """Call this function for each request that is not sent, after those that are there."""
        there = self.on_refused
        if there is None:
            self.on_refused = on_refused
            return

        def both(name: str, arguments: tuple[Any, ...], code: int, text: str) -> None:
            there(name, arguments, code, text)
            on_refused(name, arguments, code, text)

        self.on_refused = both

    def listen(self, listener: Any) -> None:
        """Let an object hear messages: its methods that are named as callbacks of EWrapper, in
        their newest form, are called before the program's, in the thread that processes messages.
        What they raise is logged. Messages for which it has no method cost nothing.
        """
        self.listeners = (*self.listeners, listener)
        session = self._core.session
        if session is not None and session.decoder is not None:
            session.decoder.set_listeners(self.listeners)

    @property
    def on_message(self) -> OnMessage | None:
        return self._on_message

    @on_message.setter
    def on_message(self, on_message: OnMessage | None) -> None:
        self._on_message = on_message
        session = self._core.session
        if session is not None and session.decoder is not None:
            session.decoder.watch_messages(on_message)


__all__ = [
    "HIDE",
    "NotNeeded",
    "OnMessage",
    "OnRefused",
    "OnRequest",
    "Postponed",
    "Refused",
    "Renumber",
    "Seams",
    "Supervisor",
]
