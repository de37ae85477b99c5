"""Three places where what stands on a client joins in: states, requests, messages. They cost
nothing where they are not used.

from ibapi_port.seams import Refused, seams

seams(client).on_state = lambda old, new, end: print(old.name, new.name, end)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .state import OnState

OnRequest = Callable[[str, tuple[object, ...]], None]
OnMessage = Callable[[str], None]


class Refused(Exception):
    """Raised by `on_request`: the request is not sent, and the program gets this error with the
    request's id (321 if not told).
    """

    def __init__(self, text: str, code: int = 321) -> None:
        super().__init__(text)
        self.code = code


class Seams:
    """A client's three seams; each is a function, or None.

    - `on_state(old, new, end)`: the state of a connection has changed, told in the thread that
      changed it, without a lock held. `end` is why the connection ended, None before.
    - `on_request(name, arguments)`: a request is about to be encoded, in the thread that makes it.
      It may wait, or raise `Refused`.
    - `on_message(name)`: a message was delivered to its callbacks, in the thread that processes
      messages.
    """

    def __init__(self, core: Any) -> None:
        self._core = core
        self.on_state: OnState | None = None
        self.on_request: OnRequest | None = None
        self._on_message: OnMessage | None = None

    @property
    def on_message(self) -> OnMessage | None:
        return self._on_message

    @on_message.setter
    def on_message(self, on_message: OnMessage | None) -> None:
        self._on_message = on_message
        session = self._core.session
        if session is not None and session.decoder is not None:
            session.decoder.watch_messages(on_message)


__all__ = ["OnMessage", "OnRequest", "Refused", "Seams"]
