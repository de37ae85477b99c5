"""From a payload to the callbacks of the user's wrapper, and what becomes of payloads that fit nothing and of callbacks that raise."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Any

from .compat.callbacks import Callbacks, never_entered
from .const import NO_VALID_ID
from .errors import BAD_MESSAGE, UNKNOWN_ID
from .limited_log import RateLimit
from .protocol.codec import RAW_ID_SINCE, Deliver, Lazy, codec_for
from .protocol.codegen import Unfit
from .protocol.exceptions import BadFrame, ProtocolError, UnknownMessage
from .protocol.interpret import left_over
from .protocol.messages import INCOMING
from .utils import currentTimeMillis
from .wrapper import EWrapper

logger = logging.getLogger("ibapi_port.decoder")
logger.addFilter(RateLimit())
NEXT_VALID_ID = ("9", "p9")  # as text, and as Protocol Buffers


class Decoder:
    """Decodes one connection's messages at its server version.

    A message that fits nothing is an error (505, 508) and harms no other. An exception of a callback goes to `on_exception`.
    """

    def __init__(
        self,
        wrapper: Any,
        serverVersion: int,
        on_exception: Callable[[BaseException], None] | None = None,
        on_ready: Callable[[], None] | None = None,
        callbacks: Callbacks | None = None,
    ) -> None:
        self.wrapper = wrapper
        self._callbacks = callbacks or Callbacks(wrapper)
        self.serverVersion = serverVersion
        self._codec = codec_for(serverVersion)
        self._on_exception = on_exception or log_exception
        self._on_ready = on_ready
        self._deliverers: dict[str, Deliver] = Lazy(self._deliverer)
        self._heads: dict[bytes, tuple[str, Deliver]] = Lazy(self._head)

    def _head(self, head: bytes) -> tuple[str, Deliver | None]:
        """The Protocol Buffers message that a frame's first bytes tell, and what delivers it; "" for others."""
        msg_id = self._codec.protobuf_id(head)
        return msg_id, self._deliverers[msg_id] if msg_id else None

    def _deliverer(self, msg_id: str) -> Deliver:
        told = self._codec.told_in(msg_id)
        wanted = told and getattr(type(self.wrapper), told, None) not in (None, getattr(EWrapper, told))  # no EWrapper: may lack it
        deliver = self._adapted(msg_id, self._codec.telling(msg_id) if wanted else self._codec.deliverers[msg_id])
        if logger.isEnabledFor(logging.DEBUG) and msg_id in INCOMING:
            deliver = self._looked_at_once(msg_id, deliver)
        if msg_id not in NEXT_VALID_ID or self._on_ready is None:
            return deliver
        ready = self._on_ready

        def deliver_and_tell(fields: list[str], wrapper: Any, fault: Callable[[BaseException], None]) -> None:
            ready()
            deliver(fields, wrapper, fault)

        return deliver_and_tell

    def _looked_at_once(self, msg_id: str, deliver: Deliver) -> Deliver:
        """The same; of the first such message it is logged if it has more fields than are known: TWS may be newer than this client."""
        seen = False

        def look(fields: list[str], wrapper: Any, fault: Callable[[BaseException], None]) -> None:
            nonlocal seen
            message, first, seen = INCOMING[msg_id], not seen, True
            left = left_over(message, self.serverVersion, fields) if first else 0
            if left:
                logger.debug("%s has %d fields more than are known", message.name, left)
            deliver(fields, wrapper, fault)

        return look

    def _adapted(self, msg_id: str, deliver: Deliver) -> Deliver:
        """The same, for callbacks that are of an older form; what fits costs nothing."""
        target = self._callbacks.target(call.name for call in self._codec.calls(msg_id))
        if target is self.wrapper:
            return deliver
        return lambda fields, wrapper, fault: deliver(fields, target, fault)

    def process(self, payload: bytes) -> None:
        """Make the callbacks of one message."""
        try:
            fields = self._codec.fields(payload)
            deliver = self._deliverers[fields[0]]
        except BadFrame as e:
            self._bad_frame(e)
            return
        except UnknownMessage as e:
            logger.warning("unknown message id %d", e.msg_id)
            self._error(UNKNOWN_ID.code(), f"{UNKNOWN_ID.msg()} {e.msg_id}")
            return
        try:
            deliver(fields, self.wrapper, self._on_exception)
        except Exception as e:
            self._failed(fields, e)

    def process_queued(self, queue: deque[Any], client: Any, conn: Any, after: Callable[[], None] | None = None) -> Any:
        """`process` for each payload at the head of a queue; returns the first thing that is none, None where the queue is empty.

        Payloads that are left of a connection are dropped once the client has begun the next one; `after` is called after each of the
        others. What is done for every message of a text version is written out here: at hundreds of thousands a second calls count.
        """
        take, deliverers, wrapper, fault = queue.popleft, self._deliverers, self.wrapper, self._on_exception
        fields: list[Any]
        text, heads = self.serverVersion < RAW_ID_SINCE, self._heads
        while True:
            try:
                payload = take()
            except IndexError:
                return None
            if payload.__class__ is not bytes:
                return payload
            if client.conn is not conn and client.conn is not None:
                continue
            if text:
                try:
                    fields = payload.decode().split("\0")
                    deliver = deliverers[fields[0]]
                except (ProtocolError, UnicodeDecodeError):
                    self.process(payload)
                else:
                    if fields.pop():  # it must be the nothing after the last NUL
                        self.process(payload)
                    else:
                        try:
                            deliver(fields, wrapper, fault)
                        except Exception as e:
                            self._failed(fields, e)
            else:
                try:
                    msg_id, deliver = heads[payload[:4]]
                except ProtocolError:
                    msg_id = ""
                if msg_id:
                    fields = [msg_id, payload[4:]]
                    try:
                        deliver(fields, wrapper, fault)
                    except Exception as e:
                        self._failed(fields, e)
                else:
                    self.process(payload)
            if after is not None:
                after()

    def _failed(self, fields: list[Any], e: Exception) -> None:
        """What a message's delivery raised."""
        if isinstance(e, Unfit):
            self._bad_frame(self._codec.why_unfit(fields))
        elif isinstance(e, TypeError) and never_entered(e) and self._put_in_place_later(fields[0]):
            self._again(fields)
        else:
            self._on_exception(e)

    def _put_in_place_later(self, msg_id: str) -> bool:
        """Look at the callbacks again: one of an older form may have been put in place after connecting. Whether to call it again."""
        self._callbacks = Callbacks(self.wrapper)
        self._deliverers.clear()
        self._heads.clear()
        calls = self._codec.calls(msg_id)
        return len(calls) == 1 and calls[0].name in self._callbacks.adapted  # of several, some have been made

    def _again(self, fields: list[str]) -> None:
        try:
            self._deliverers[fields[0]](fields, self.wrapper, self._on_exception)
        except Exception as e:
            self._on_exception(e)

    def _bad_frame(self, e: BadFrame) -> None:
        logger.warning("a message that fits nothing: %s: %s", e.message, e.field)  # its contents are not for the log
        self._error(BAD_MESSAGE.code(), f"{BAD_MESSAGE.msg()}: {e}")

    def _error(self, code: int, text: str) -> None:
        try:
            self._callbacks.error(NO_VALID_ID, currentTimeMillis(), code, text)
        except Exception as e:
            self._on_exception(e)


def log_exception(e: BaseException) -> None:
    """What becomes of a callback's exception by default."""
    logger.error("a callback raised", exc_info=e)


class HandleInfo:
    """How a message was handled in the official decoder: a name that programs may import."""

    def __init__(self, wrap: Any = None, proc: Any = None) -> None:
        if wrap is None and proc is None:
            raise ValueError("neither a wrapper's method nor a processing one")
        self.wrapperMeth, self.wrapperParams, self.processMeth = wrap, None, proc

    def __str__(self) -> str:
        return f"wrap:{self.wrapperMeth} meth:{self.processMeth} prms:{self.wrapperParams}"


__all__ = ["Decoder", "HandleInfo"]
