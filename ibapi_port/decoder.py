"""From a payload to the callbacks of the user's wrapper, and what becomes of payloads that fit nothing and of callbacks that raise."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from .const import NO_VALID_ID
from .errors import BAD_MESSAGE, UNKNOWN_ID
from .protocol.codec import Deliver, Lazy, codec_for
from .protocol.codegen import Unfit
from .protocol.exceptions import BadFrame, UnknownMessage
from .utils import currentTimeMillis

logger = logging.getLogger("ibapi_port.decoder")
NEXT_VALID_ID = "9"


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
    ) -> None:
        self.wrapper = wrapper
        self.serverVersion = serverVersion
        self._codec = codec_for(serverVersion)
        self._on_exception = on_exception or log_exception
        self._on_ready = on_ready
        self._deliverers: dict[str, Deliver] = Lazy(self._deliverer)

    def _deliverer(self, msg_id: str) -> Deliver:
        deliver = self._codec.deliverers[msg_id]
        if msg_id != NEXT_VALID_ID or self._on_ready is None:
            return deliver
        ready = self._on_ready

        def deliver_and_tell(fields: list[str], wrapper: Any, fault: Callable[[BaseException], None]) -> None:
            ready()
            deliver(fields, wrapper, fault)

        return deliver_and_tell

    def process(self, payload: bytes) -> None:
        """Make the callbacks of one message."""
        try:
            fields = self._codec.fields(payload)
            deliver = self._deliverers[fields[0]]
        except BadFrame as e:
            self._bad_frame(e)
            return
        except UnknownMessage as e:
            self._error(UNKNOWN_ID.code(), f"{UNKNOWN_ID.msg()} {e.msg_id}")
            return
        try:
            deliver(fields, self.wrapper, self._on_exception)
        except Unfit:
            self._bad_frame(self._codec.why_unfit(fields))
        except Exception as e:
            self._on_exception(e)

    def _bad_frame(self, e: BadFrame) -> None:
        self._error(BAD_MESSAGE.code(), f"{BAD_MESSAGE.msg()}: {e}")

    def _error(self, code: int, text: str) -> None:
        try:
            self.wrapper.error(NO_VALID_ID, currentTimeMillis(), code, text)
        except Exception as e:
            self._on_exception(e)


def log_exception(e: BaseException) -> None:
    """What becomes of a callback's exception by default."""
    logger.error("a callback raised", exc_info=e)


__all__ = ["Decoder"]
