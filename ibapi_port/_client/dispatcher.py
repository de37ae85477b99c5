"""From a payload to the callbacks of the user's wrapper, and what becomes of payloads that fit
nothing and of callbacks that raise.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from ..const import NO_VALID_ID
from ..errors import BAD_MESSAGE, UNKNOWN_ID
from ..protocol.exceptions import BadFrame, DecodeFailed, UnknownMessage
from ..protocol.handshake import OLDEST
from ..protocol.schema.messages import INCOMING
from ..protocol.select import codec_for
from ..protocol.text.codec import RAW_ID_SINCE, CompileOnDemand, Deliver
from ..protocol.text.interpreter import left_over
from ..utils import currentTimeMillis
from ..wrapper import EWrapper
from .callbacks import CallbackAdapter, adapter_of, callbacks_of, can_take, newest_count
from .log_limit import RateLimit
from .seams import Renumber
from .signal_handlers import codes_of_handlers

logger = logging.getLogger("ibapi_port.decoder")
logger.addFilter(RateLimit())
# its failures may come with each message
logging.getLogger("ibapi_port.protocol").addFilter(RateLimit())
NEXT_VALID_ID = ("9", "p9")  # as text, and as Protocol Buffers
ERROR = ("4", "p4")
PROTOBUF_IDS = 200  # a message id above this is a Protocol Buffers message, with this much added
OURS = os.path.dirname(os.path.dirname(__file__)) + os.sep
# of ours, what is called to tell
TELLS = (
    os.path.join(OURS, "wrapper.py"),
    os.path.join(OURS, "compat"),
    os.path.join(OURS, "_sync"),
)
# what a program may override to see each message
THROUGH = ("interpret", "processProtoBuf")
# what ends the processing; everything else of a callback's is logged
ENDING = (
    KeyboardInterrupt,
    SystemExit,
)


class Decoder:
    """Decodes one connection's messages at its server version.

    A message that fits nothing is an error (505, 508) and harms no other. An exception of a
    callback goes to `on_exception`.
    """

    def __init__(
        self,
        wrapper: object,
        serverVersion: int | None,
        on_exception: Callable[[BaseException], None] | None = None,
    ) -> None:
        self._wrapper = wrapper
        self._rebound = False  # the program has put another wrapper in its place
        self._callbacks = callbacks_of(wrapper)
        self._on_exception = on_exception or log_exception
        self._on_ready: Callable[[], None] | None = None
        self._on_error: Callable[[int], None] | None = None
        self._on_message: Callable[[str], None] | None = None
        self._listeners: tuple[Any, ...] = ()
        self._filter: Any = None
        self._is_overridden = self.is_changed()
        self._has_told = False  # of a message that a program's `interpret` has
        self._deliverers: dict[str, Deliver] = {}  # by `_deliver_of`
        self._heads: dict[bytes, tuple[str, Deliver]] = CompileOnDemand(self._head)
        self.serverVersion = serverVersion

    def serve(
        self,
        wrapper: object,
        callbacks: CallbackAdapter,
        on_exception: Callable[[BaseException], None],
        on_ready: Callable[[], None],
        on_error: Callable[[int], None],
    ) -> None:
        """Work for a client. `on_ready` is called with nextValidId, `on_error` with each error's
        code, both before the callback. A subclass that has taken another wrapper than the client's
        keeps it.
        """
        if self._wrapper is wrapper and not self._rebound:
            self._callbacks = callbacks
        self._on_exception = on_exception
        self._on_ready = on_ready
        self._on_error = on_error
        self._forget_deliverers()

    def _forget_deliverers(self) -> None:
        self._deliverers.clear()
        self._heads.clear()

    @classmethod
    def is_changed(cls) -> bool:
        """Return whether a program has overridden what sees each message."""
        return (cls.interpret, cls.processProtoBuf) != _OWN

    def __setattr__(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)
        if name in THROUGH:
            object.__setattr__(self, "_is_overridden", True)

    @property
    def wrapper(self) -> Any:
        """The object whose callbacks are called. A program may put another one in its place."""
        return self._wrapper

    @wrapper.setter
    def wrapper(self, wrapper: object) -> None:
        self._wrapper = wrapper
        self._rebound = True
        self._callbacks = callbacks_of(wrapper)
        self._forget_deliverers()

    @property
    def serverVersion(self) -> int | None:
        """The version whose messages are decoded. A program with a connection of its own may set it
        when TWS has told it.
        """
        return self._server_version

    @serverVersion.setter
    def serverVersion(self, version: int | None) -> None:
        self._server_version = version
        self._codec = codec_for(OLDEST if version is None else version)
        self._forget_deliverers()

    def _head(self, head: bytes) -> tuple[str, Deliver | None]:
        """The Protocol Buffers message that a frame's first bytes tell, and what delivers it; ""
        for others.
        """
        msg_id = self._codec.protobuf_id(head)
        return msg_id, self._deliver_of(msg_id) if msg_id else None

    def _deliver_of(self, msg_id: str) -> Deliver:
        """Return what delivers a message, by its key in the codec's `deliverers`."""
        deliver = self._deliverers.get(msg_id)
        if deliver is None:
            deliver = self._deliverers[msg_id] = self._deliverer(msg_id)
        return deliver

    def _deliverer(self, msg_id: str) -> Deliver:
        told = self._codec.raw_callback(msg_id)
        # no EWrapper: may lack it
        wanted = told and getattr(type(self.wrapper), told, None) not in (
            None,
            getattr(EWrapper, told),
        )
        deliver = self._adapted(
            msg_id,
            self._codec.with_raw_callback(msg_id) if wanted else self._codec.deliverers[msg_id],
        )
        if msg_id in ERROR and self._on_error is not None:
            deliver = self._watched(deliver, self._codec.deliverers[msg_id], self._on_error)
        names = [call.name for call in self._codec.calls(msg_id)]
        for listener in reversed(self._listeners):
            if any(hasattr(listener, name) for name in names):
                deliver = self._heard(deliver, self._codec.deliverers[msg_id], listener)
        if self._on_message is not None:
            deliver = self._announced(deliver, self._on_message, self._codec.message_name(msg_id))
        if self._filter is not None and any(hasattr(self._filter, name) for name in names):
            deliver = self._filtered(msg_id, deliver, self._filter)
        if logger.isEnabledFor(logging.DEBUG) and msg_id in INCOMING:
            deliver = self._looked_at_once(msg_id, deliver)
        if msg_id not in NEXT_VALID_ID or self._on_ready is None:
            return deliver
        ready = self._on_ready

        def deliver_and_tell(
            fields: list[str], wrapper: object, callback_raised: Callable[[BaseException], None]
        ) -> None:
            ready()
            deliver(fields, wrapper, callback_raised)

        return deliver_and_tell

    def watch_messages(self, on_message: Callable[[str], None] | None) -> None:
        """Call this with the name of each message, after its callbacks. None: no more. It costs
        nothing where it is not used.
        """
        self._on_message = on_message
        self._forget_deliverers()

    def set_listeners(self, listeners: tuple[Any, ...]) -> None:
        """Let these objects hear the messages for which they have a method."""
        self._listeners = listeners
        self._forget_deliverers()

    def set_filter(self, filter: Any) -> None:
        """Let this object say what becomes of the messages for which it has a method."""
        self._filter = filter
        self._forget_deliverers()

    def _filtered(self, msg_id: str, deliver: Deliver, filter: Any) -> Deliver:
        """Return what asks a filter what becomes of a message, and does so."""
        asked, read, codec = _Asked(filter), self._codec.deliverers[msg_id], self._codec

        def ask_and_deliver(
            fields: list[str], wrapper: object, callback_raised: Callable[[BaseException], None]
        ) -> None:
            asked.answer = None
            # A frame that does not fit fails when it is delivered, too, and is told then.
            with contextlib.suppress(DecodeFailed):
                read(fields, asked, _listener_raised)
            answer = asked.answer
            if isinstance(answer, Renumber):
                fields = codec.renumbered(fields, answer.request_id)
            elif answer is not None:
                return
            deliver(fields, wrapper, callback_raised)

        return ask_and_deliver

    @staticmethod
    def _heard(deliver: Deliver, read: Deliver, listener: Any) -> Deliver:
        """Return what lets a listener hear a message before it is delivered."""
        heard = _Heard(listener)

        def hear_and_deliver(
            fields: list[str], wrapper: object, callback_raised: Callable[[BaseException], None]
        ) -> None:
            # A frame that does not fit fails when it is delivered, too, and is told then.
            with contextlib.suppress(DecodeFailed):
                read(fields, heard, _listener_raised)
            deliver(fields, wrapper, callback_raised)

        return hear_and_deliver

    @staticmethod
    def _watched(deliver: Deliver, read: Deliver, on_error: Callable[[int], None]) -> Deliver:
        """Return what notes an error's code and delivers it. Errors are rare: reading one twice
        does not matter.
        """
        codes = _ErrorCodes(on_error)

        def note_and_deliver(
            fields: list[str], wrapper: object, callback_raised: Callable[[BaseException], None]
        ) -> None:
            read(fields, codes, callback_raised)
            deliver(fields, wrapper, callback_raised)

        return note_and_deliver

    @staticmethod
    def _announced(deliver: Deliver, on_message: Callable[[str], None], name: str) -> Deliver:
        def deliver_and_announce(
            fields: list[str], wrapper: object, callback_raised: Callable[[BaseException], None]
        ) -> None:
            try:
                deliver(fields, wrapper, callback_raised)
            finally:
                on_message(name)

        return deliver_and_announce

    def _looked_at_once(self, msg_id: str, deliver: Deliver) -> Deliver:
        """The same; of the first such message it is logged if it has more fields than are known:
        TWS may be newer than this client.
        """
        seen = False

        def look(
            fields: list[str], wrapper: object, callback_raised: Callable[[BaseException], None]
        ) -> None:
            nonlocal seen
            message, first, seen = INCOMING[msg_id], not seen, True
            left = left_over(message, self._codec.server_version, fields) if first else 0
            if left:
                logger.debug("%s has %d fields more than are known", message.name, left)
            deliver(fields, wrapper, callback_raised)

        return look

    def _adapted(self, msg_id: str, deliver: Deliver) -> Deliver:
        """The same, for callbacks that are of an older form; what fits costs nothing."""
        target = self._callbacks.target(call.name for call in self._codec.calls(msg_id))
        # A batch that is being processed goes on with the wrapper that it began with.
        if target is self._wrapper and not self._rebound:
            return deliver
        return lambda fields, wrapper, callback_raised: deliver(fields, target, callback_raised)

    def process(self, payload: bytes) -> None:
        """Make the callbacks of one message."""
        try:
            fields = self._codec.fields(payload)
            deliver = self._deliver_of(fields[0])
        except BadFrame as e:
            self._bad_frame(e)
            return
        except UnknownMessage as e:
            logger.warning("unknown message id %d", e.msg_id)
            self._error(UNKNOWN_ID.code(), f"{UNKNOWN_ID.msg()} {e.msg_id}")
            return
        except Exception:
            # Ours, not TWS's: a declaration that cannot be imported or compiled now. The other
            # messages go on.
            logger.exception("a message cannot be prepared for")
            self._bad_frame(
                BadFrame(
                    "frame", "message", "this client failed to read it; the log has the reason"
                )
            )
            return
        try:
            deliver(fields, self._wrapper, self._on_exception)
        except BaseException as e:  # a callback may raise anything
            self._failed(fields, e)
        if self._is_overridden:
            # no call: an interrupt that comes in one would have the message told again
            self.__dict__["_has_told"] = True

    def process_queued(self, queue: deque[Any], after: Callable[[], None] | None = None) -> object:
        """`process` for each payload at the head of a queue. Return the first thing that is none,
        or None where the queue is empty.

        `after` is called after each. What is done for every message is written out here, for texts
        and for message ids before the fields: at hundreds of thousands a second calls count.
        """
        if self._is_overridden:
            return self._process_queued_through_program(queue, after)
        take = queue.popleft
        wrapper = self._wrapper
        callback_raised = self._on_exception
        fields: list[Any]
        if self._codec.server_version < RAW_ID_SINCE:
            deliverers = self._deliverers
            while queue:
                try:
                    payload = take()
                except IndexError:  # another thread has emptied it
                    return None
                try:
                    fields = payload.decode().split("\0")
                    deliver = deliverers[fields[0]]
                    is_plain = not fields.pop()  # it must be the nothing after the last NUL
                except Exception:
                    if payload.__class__ is not bytes:
                        return payload
                    is_plain = False
                if is_plain:
                    try:
                        deliver(fields, wrapper, callback_raised)
                    except BaseException as e:  # a callback may raise anything
                        self._failed(fields, e)
                else:  # the first one with this id, or it does not fit: process() tells why
                    self.process(payload)
                if after is not None:
                    after()
            return None
        heads = self._heads
        while queue:
            try:
                payload = take()
            except IndexError:
                return None
            try:
                msg_id, deliver = heads[payload[:4]]
            except Exception:
                if payload.__class__ is not bytes:
                    return payload
                msg_id = ""
            if msg_id:
                fields = [msg_id, payload[4:]]
                try:
                    deliver(fields, wrapper, callback_raised)
                except BaseException as e:  # a callback may raise anything
                    self._failed(fields, e)
            else:  # a text, or it does not fit
                self.process(payload)
            if after is not None:
                after()
        return None

    def process_resumably(
        self, queue: deque[Any], after: Callable[[], None] | None = None
    ) -> object:
        """As `process_queued`, for a program that goes on after an interrupt: a message that was
        not told yet is put back then.
        """
        while True:
            try:
                payload = queue[0]
            except IndexError:
                return None
            try:
                taken = queue.popleft()
                if taken.__class__ is not bytes:
                    return taken
                self.take(taken)
                payload = None
            except KeyboardInterrupt as e:
                still_there = bool(queue) and queue[0] is payload
                if payload is not None and not still_there and not self._was_told(payload, e):
                    queue.appendleft(payload)
                raise
            if after is not None:
                after()

    # --- a program's own interpret ---

    def take(self, payload: bytes) -> None:
        """`process`, through the `interpret` that the program has overridden."""
        if self._is_overridden:
            self._hand_over(payload)
        else:
            self.process(payload)

    def _process_queued_through_program(
        self, queue: deque[Any], after: Callable[[], None] | None
    ) -> object:
        while queue:
            try:
                payload = queue.popleft()
            except IndexError:  # another thread has emptied it
                return None
            if payload.__class__ is not bytes:
                return payload
            self._hand_over(payload)
            if after is not None:
                after()
        return None

    def _hand_over(self, payload: bytes) -> None:
        """Call `interpret` or `processProtoBuf`, of which the program has overridden one, as the
        official client does; what they inherit makes the callbacks.
        """
        self._has_told = False
        try:
            raw = self._codec.server_version >= RAW_ID_SINCE
            if len(payload) < 4 if raw else not payload.endswith(b"\0"):
                self.process(payload)  # which tells what is wrong
                return
            if raw:
                msg_id, body = int.from_bytes(payload[:4], "big"), payload[4:]
                if msg_id > PROTOBUF_IDS:
                    self.processProtoBuf(body, msg_id - PROTOBUF_IDS)
                    return
            else:
                head, _, body = payload.partition(b"\0")
                if not head.isdigit():
                    self.process(payload)  # which tells what is wrong
                    return
                msg_id = int(head)
            fields = tuple(body.split(b"\0")[:-1])
            one = not can_take(self.interpret, 2) or self._callbacks.takes_one_text
            if one and can_take(self.interpret, 1):
                self.interpret((b"%d" % msg_id, *fields))
            else:
                self.interpret(fields, msg_id)
        except BaseException as e:  # the program's method may raise anything
            if isinstance(e, ENDING):
                raise
            self._on_exception(e)

    def _was_told(self, payload: bytes, e: BaseException) -> bool:
        """Return whether an interrupt came in a message's callback, or in between several of them,
        and not before.
        """
        if self._is_overridden and self._has_told:
            return True  # the rest of the program's `interpret` was interrupted
        delivering = False
        handlers = codes_of_handlers()
        trace = e.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            if code in handlers:
                break  # the program's own handler of the signal has raised it, wherever it came
            where = code.co_filename
            is_ours = where.startswith((OURS, "<ibapi_port")) and not where.startswith(TELLS)
            # a data class's constructor
            is_made = where == "<string>" and code.co_name == "__init__"
            if delivering and not is_ours and not is_made:
                return True  # the callback, or what stands before it
            delivering = delivering or where.startswith("<ibapi_port decode")
            trace = trace.tb_next
        if not delivering:
            return False
        try:
            calls = self._codec.calls(self._codec.fields(payload)[0])
        except Exception:  # bytes that fit nothing
            return True
        return len(calls) != 1 or bool(calls[0].each)

    # --- for a loop of the program's own ---

    def interpret(self, fields: Iterable[bytes | str], msgId: int | None = None) -> None:
        """Make the callbacks of a message whose fields are cut (`comm.read_fields`): its id is the
        first field, or `msgId`.
        """
        texts = [field if isinstance(field, bytes) else str(field).encode() for field in fields]
        if msgId is None:
            try:
                msgId, texts = int(texts[0]), texts[1:]
            except (IndexError, ValueError):
                self._bad_frame(BadFrame("frame", "message id", "the first field is not a number"))
                return
        raw = self._codec.server_version >= RAW_ID_SINCE
        head = msgId.to_bytes(4, "big") if raw else b"%d\0" % msgId
        self.process(head + b"".join(text + b"\0" for text in texts))

    def processProtoBuf(self, protoBuf: bytes, msgId: int) -> None:
        """Make the callbacks of a Protocol Buffers message: its bytes, and its id without the 200
        that is added on the wire.
        """
        self.process((msgId + PROTOBUF_IDS).to_bytes(4, "big") + protoBuf)

    # --- what went wrong ---

    def _failed(self, fields: list[Any], e: BaseException) -> None:
        """What a message's delivery raised."""
        if isinstance(e, ENDING):
            raise e
        if isinstance(e, DecodeFailed):
            self._bad_frame(e.bad_frame)
        elif isinstance(e, TypeError) and self._has_older_form_by_now(fields[0]):
            self._again(fields)
        else:
            self._on_exception(e)

    def _has_older_form_by_now(self, msg_id: str) -> bool:
        """Return whether a message is to be delivered again, to a callback of an older form.

        Such a callback may have been put in place after connecting. Its parameters tell: if it
        cannot take the newest arguments, it was never entered, and the TypeError is not its own.
        """
        names = [call.name for call in self._codec.calls(msg_id)]
        if all(self._fits(name) for name in names):
            return False
        self._callbacks = adapter_of(self.wrapper)
        self._forget_deliverers()
        # of several callbacks some have been made
        return len(names) == 1 and names[0] in self._callbacks.adapted

    def _fits(self, name: str) -> bool:
        """Return whether a callback takes the newest arguments, or has an adapter already."""
        if name in self._callbacks.adapted:
            return True
        return can_take(getattr(self.wrapper, name, None), newest_count(name))

    def _again(self, fields: list[str]) -> None:
        try:
            self._deliver_of(fields[0])(fields, self.wrapper, self._on_exception)
        except BaseException as e:  # a callback may raise anything
            self._on_exception(e)

    def _bad_frame(self, e: BadFrame) -> None:
        # its contents are not for the log
        logger.warning("a message that fits nothing: %s: %s", e.message, e.field)
        self._error(BAD_MESSAGE.code(), f"{BAD_MESSAGE.msg()}: {e}")

    def _error(self, code: int, text: str) -> None:
        try:
            self._callbacks.error(NO_VALID_ID, currentTimeMillis(), code, text)
        except BaseException as e:  # a callback may raise anything
            self._on_exception(e)


_OWN = (Decoder.interpret, Decoder.processProtoBuf)


class _ErrorCodes:
    """A wrapper for error messages alone, which hands on each code."""

    def __init__(self, note: Callable[[int], None]) -> None:
        self._note = note

    def error(self, request_id: int, time: int, code: int, *rest: object) -> None:
        """As EWrapper.error, in its newest form."""
        self._note(code)


class _Heard:
    """A listener as a wrapper: what it has no method for is not called."""

    def __init__(self, listener: Any) -> None:
        self._listener = listener

    def __getattr__(self, name: str) -> Any:
        return getattr(self._listener, name, _nothing)


class _Asked:
    """A filter as a wrapper: it keeps what its method has answered."""

    def __init__(self, filter: Any) -> None:
        self._filter = filter
        self.answer: Any = None

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._filter, name, None)
        if method is None:
            return _nothing

        def ask(*arguments: Any) -> None:
            answer = method(*arguments)
            if answer is not None:
                self.answer = answer

        return ask


def _nothing(*_: Any) -> None:
    """A callback that a listener does not have."""


def _listener_raised(e: BaseException) -> None:
    if isinstance(e, ENDING):
        raise e
    logger.error("what listens to messages raised", exc_info=e)


def log_exception(e: BaseException) -> None:
    """Log a callback's exception; one that ends the program is raised again."""
    if isinstance(e, ENDING):
        raise e
    logger.error("a callback raised", exc_info=e)


__all__ = ["ENDING", "Decoder", "log_exception"]
