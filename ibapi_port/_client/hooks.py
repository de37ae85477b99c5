"""What programs override in the official client between a request and the socket: `logRequest` and
`sendMsg`.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection
from typing import Any, TypeVar

from .. import _stand_in
from ..protocol.schema.messages import REQUESTS
from ..protocol.text.codec import RAW_ID_SINCE
from .callbacks import can_take
from .dispatcher import PROTOBUF_IDS
from .session import Session

Method = TypeVar("Method", bound=Callable[..., object])
OVERRIDABLE = ("logRequest", "sendMsg", "sendMsgProtoBuf")
LOOP = ("msgLoopRec", "msgLoopTmo", "keyboardInterrupt", "keyboardInterruptHard")


class Hooks:
    """Finds whether a client has methods of its own by these names, in its class or on itself, and
    calls them in their form.
    """

    def __init__(self, client: Any, core: Any) -> None:
        self._client: Callable[[], Any] = weakref.ref(client)
        self._core = core
        kind = type(client)
        self._in_class = frozenset(
            name
            for name in OVERRIDABLE
            if not getattr(getattr(kind, name, None), "is_default", False)
        )

    def to_call(self) -> Collection[str]:
        """Return which methods a request is to call, mostly none: those that are overridden, in the
        class or on the object; `logRequest` also where this package stands in for `ibapi`, which
        logs.
        """
        try:
            own: Collection[str] = self._client().__dict__
        except AttributeError:  # it has none, or is no more
            own = ()
        found = self._in_class
        if "logRequest" in own or "sendMsg" in own or "sendMsgProtoBuf" in own:
            found = found.union(name for name in OVERRIDABLE if name in own)
        return found.union(("logRequest",)) if _stand_in.installed else found

    def log_request(self, name: str, arguments: tuple[object, ...]) -> None:
        """Call `logRequest(name, parameters)` as the official client does, `self` among the
        parameters.
        """
        # startApi is called without arguments: those on the wire are the client's own
        given = (
            {}
            if name == "startApi"
            else dict(zip(REQUESTS[name].arguments, arguments, strict=False))
        )
        self.log_call(name, given)

    def log_call(self, method: str, parameters: dict[str, object]) -> None:
        """Call `logRequest` for a method that was called with these parameters."""
        client = self._client()
        try:
            client.logRequest(method, {"self": client, **parameters})
        except BaseException as e:  # logRequest of the program may raise anything
            self._core.callback_raised(e)

    def send(self, session: Session, frame: bytes) -> None:
        """Hand a frame to the program's method, in the form of its generation: its text, or id and
        text; bytes for Protocol Buffers.
        """
        client = self._client()
        payload = frame[4:]
        version = session.codec.server_version if session.codec is not None else 0
        if version >= RAW_ID_SINCE:
            msg_id, body = int.from_bytes(payload[:4], "big"), payload[4:]
            if msg_id > PROTOBUF_IDS:
                client.sendMsgProtoBuf(msg_id, body)
                return
        else:
            head, _, body = payload.partition(b"\0")
            msg_id = int(head)
        if self._takes_id(client.sendMsg):
            client.sendMsg(msg_id, body.decode())
        else:
            client.sendMsg(f"{msg_id}\0{body.decode()}")

    def _takes_id(self, method: Callable[..., object]) -> bool:
        """Return whether a method has the newer form, `sendMsg(msgId, msg)`.

        One that takes any arguments gets those of the program's generation.
        """
        if not can_take(method, 1):
            return True
        callbacks = self._core.callbacks
        one_text = callbacks is not None and callbacks.takes_one_text
        return can_take(method, 2) and not one_text

    def loop_hooks(self) -> frozenset[str]:
        """Return which hooks of run() the program overrides, in its class or on its object."""
        client = self._client()
        methods = {
            name: getattr(client, name, None) for name in LOOP
        }  # an EClientSocket has no run(), and none of them
        return frozenset(
            name
            for name, method in methods.items()
            if method is not None and not getattr(method, "is_default", False)
        )

    def after_message(self) -> Callable[[], None] | None:
        """Return the program's msgLoopRec, called as a callback is; None where it has none."""
        if "msgLoopRec" not in self.loop_hooks():
            return None
        client = self._client

        def call() -> None:
            try:
                client().msgLoopRec()
            except BaseException as e:  # a hook of the program may raise anything
                self._core.callback_raised(e)

        return call


def default(method: Method) -> Method:
    """Mark a method as what a program would override: as it is, it need not be called."""
    method.is_default = True  # type: ignore[attr-defined]
    return method


__all__ = ["Hooks", "default"]
