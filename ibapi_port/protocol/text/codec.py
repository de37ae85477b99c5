"""All messages of one server version: frames to callbacks and back, requests to frames and back.

Everything is compiled on first use and kept: a program pays for the messages that it gets and
sends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from ..._value_class import Comparable, value_class
from ..exceptions import BadFrame, DecodeFailed, FieldError, NotSupported, UnknownMessage, quote
from ..framing import frame
from ..handshake import decode_text
from ..schema import left_out
from ..schema.canonical import canonical
from ..schema.messages import INCOMING, INCOMING_BY_NAME, REQUESTS, REQUESTS_BY_ID, load_all
from ..schema.nodes import Call, Incoming, Message, MessageVersion, Request
from ..schema.source import load
from . import compiler, interpreter
from .fallback import logger

RAW_ID_SINCE = 201  # from this server version on a message id is a 4-byte int before the fields
# clients in Java and C#, and those made after them, send its options without their count
_WITHOUT_COUNT = "reqFundamentalData"
Found = TypeVar("Found")
RequestSource = Callable[..., "tuple[str, dict[str, Any]]"]
Deliver = Callable[[list[str], Any, Callable[[BaseException], None]], None]


@value_class
class Received(Comparable):
    """A request as the simulated TWS got it."""

    name: str
    values: dict[str, Any]


class CompileOnDemand(dict[Any, Any]):
    """A dict that makes what it lacks."""

    def __init__(self, make: Callable[[Any], Any]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: object) -> Any:
        made = self[key] = self._make(key)
        return made


class Codec:
    """The messages of one server version.

    `deliverers` is keyed by the message id as it stands in the frame ("1"). `write_request_source`
    gives the source of what writes a request (`select`).
    """

    def __init__(self, server_version: int, write_request_source: RequestSource) -> None:
        self.server_version = server_version
        self._write_request_source = write_request_source
        self.deliverers: dict[str, Deliver] = CompileOnDemand(self._deliverer)
        self._checks = CompileOnDemand(self._check)
        self._requests = CompileOnDemand(self._request)
        self._unguarded_writers = CompileOnDemand(self._unguarded_writer)
        self._writers = CompileOnDemand(self._writer)
        self._readers = CompileOnDemand(self._reader)

    # --- client ---

    def prepare(self) -> None:
        """Import all declarations and compile what an order needs, so that none of it is left for
        the moment of the first order.
        """
        load_all()  # again: when the client was made, some of it may have failed to be imported
        for name in ("placeOrder", "cancelOrder"):
            self._compile_request(name)
        for name in ("orderStatus", "openOrder", "execDetails", "commissionAndFeesReport", "error"):
            self._compile_message(name)

    def _compile_request(self, name: str) -> None:
        self._requests[name]

    def _compile_message(self, name: str) -> None:
        self.deliverers[str(INCOMING_BY_NAME[name].msg_id)]

    def fields(self, payload: bytes, known: Mapping[str, Message] = INCOMING) -> list[str]:
        """Return a payload's texts, the message id first.

        BadFrame is raised if it has no id or its last field has no end. `known` are the messages by
        id: they give the name of the one that has no end.
        """
        head: list[str] = []
        if self.server_version >= RAW_ID_SINCE:
            if len(payload) < 4:
                raise BadFrame("frame", "message id", f"{len(payload)} bytes are none")
            head = [str(int.from_bytes(payload[:4], "big"))]
            payload = payload[4:]
            if not payload:
                return head
        try:
            fields = payload.decode().split("\0")
        except UnicodeDecodeError:
            fields = [decode_text(field) for field in payload.split(b"\0")]
        if fields.pop():
            name = next(
                (known[msg_id].name for msg_id in (head or fields)[:1] if msg_id in known), "frame"
            )
            raise BadFrame(name, "last field", "its NUL is missing" if payload else "empty frame")
        if not head and not fields:
            raise BadFrame("frame", "message id", "the frame is empty")
        return head + fields

    def encode_request(self, name: str, *arguments: object) -> bytes:
        """Return a request's frame. NotSupported or FieldError is raised if it cannot be sent."""
        return self.encode(name, arguments)

    def encode(self, name: str, arguments: tuple[object, ...]) -> bytes:
        """As `encode_request`; to hand a tuple on is quicker than to spread it out each time."""
        write, head = self._requests[name]
        try:
            text = write(*arguments)
        except Exception:
            # A value is not as it should be, if only in a condition, and an object of the program's
            # may raise anything. It may still be one that can be sent: look at all one by one.
            text = None
        if text is None:
            text = self._write_canonical(name, arguments)
        return frame(head + text.encode())

    def _write_canonical(self, name: str, arguments: tuple[object, ...]) -> str:
        """Return the text of a request, all of whose values are looked at one by one.

        FieldError or NotSupported is raised if it cannot be sent.
        """
        meant = canonical(REQUESTS[name], self.server_version, arguments)
        while True:
            try:
                self._checks[name](*meant)
                break
            except NotSupported as e:
                meant = left_out.without(REQUESTS[name], self.server_version, meant, e)
        try:
            text: str = self._unguarded_writers[name](*meant)
        except Exception as e:
            # a value of the program's may raise anything: the interpreter says which one it was
            interpreter.write(
                REQUESTS[name],
                self.server_version,
                dict(zip(REQUESTS[name].arguments, meant, strict=True)),
                server_side=False,
            )
            # The interpreter can write it: it is an error of ours. Nothing is sent by halves.
            logger.exception("ibapi_port failed to write %s; this is an error of ibapi_port", name)
            raise FieldError(name, "arguments", f"{type(e).__name__}: {e}") from e
        return text

    def encode_protobuf_request(self, name: str, message: object) -> bytes:
        """Return a request's frame from its Protocol Buffers message, as it is.

        NotSupported is raised if the server takes none, FieldError if it is another message.
        """
        raise NotSupported(503, f"It does not support {name} as a Protocol Buffers message.", True)

    # --- simulated TWS ---

    def encode_message(self, name: str, **values: object) -> bytes:
        """Return the frame of a message from TWS, from the values that its callback brings.

        FieldError names what cannot be sent.
        """
        message, write = self._writers[name]
        try:
            return frame(self._head(message) + write(**values).encode())
        except Exception:
            # whatever a value raises: the interpreter raises FieldError with its name
            interpreter.write(message, self.server_version, values, server_side=True)
            raise

    def decode_request(self, payload: bytes) -> Received:
        """Return what a client's frame asks.

        BadFrame or UnknownMessage is raised if it asks nothing.
        """
        fields = self.fields(payload, REQUESTS_BY_ID)
        request, read = self._readers[fields[0]]
        try:
            return Received(request.name, read(fields))
        except DecodeFailed as failed:
            if request.name == _WITHOUT_COUNT:
                with suppress(DecodeFailed):
                    return Received(request.name, read([*fields, ""]))
            raise failed.bad_frame from failed

    # --- making ---

    def _head(self, message: Message) -> bytes:
        """Return the message id as it stands in the frame, before the texts."""
        if self.server_version >= RAW_ID_SINCE:
            return message.msg_id.to_bytes(4, "big")
        return b"%d\0" % message.msg_id

    def calls(self, msg_id: str) -> tuple[Call, ...]:
        """Return the callbacks that a message makes."""
        return INCOMING[msg_id].calls_at(self.server_version)

    def message_name(self, msg_id: str) -> str:
        """Return the name of a message from TWS, by its key in `deliverers`."""
        return INCOMING[msg_id].name

    def renumbered(self, fields: list[Any], number: int) -> list[Any]:
        """Return a message's fields with another number in its first field after the version, which
        is its id.
        """
        first = INCOMING[fields[0]].nodes[0]
        is_versioned = isinstance(first, MessageVersion) and first.at(self.server_version)
        place = 2 if is_versioned else 1
        return [*fields[:place], str(number), *fields[place + 1 :]]

    def raw_callback(self, msg_id: str) -> str:
        """Return the callback that gets a message as it came, or "": only Protocol Buffers messages
        have one.
        """
        return ""

    def protobuf_id(self, head: bytes) -> str:
        """Return the key in `deliverers` of a Protocol Buffers message that begins so, or "" for
        texts.
        """
        return ""

    def with_raw_callback(self, msg_id: str) -> Deliver:
        """Return what delivers a message, with the callback of `raw_callback` made first."""
        return self.deliverers[msg_id]

    def _title(self, verb: str, message: Message) -> str:
        return f"ibapi_port {verb} {message.name} {self.server_version}"

    def _deliverer(self, msg_id: str) -> Deliver:
        message = _find(INCOMING, msg_id)
        source, names = compiler.deliver_source(message, self.server_version)
        return load(source, "deliver", names, self._title("decode", message))

    def _reader(self, msg_id: str) -> tuple[Request, Callable[[list[str]], dict[str, Any]]]:
        message = _find(REQUESTS_BY_ID, msg_id)
        source, names = compiler.read_source(message, self.server_version)
        return message, load(source, "read", names, self._title("read", message))

    def _check(self, name: str) -> Callable[..., None]:
        """Return what raises NotSupported for values that the server is too old for."""
        source, names = compiler.check_source(REQUESTS[name], self.server_version)
        return load(source, "check", names, self._title("check", REQUESTS[name]))

    def _request(self, name: str) -> tuple[Callable[..., str | None], bytes]:
        """Return what writes a request whose values are as they should be, else returns None or
        raises; and what stands before its texts.
        """
        message = REQUESTS[name]
        source, names = self._write_request_source(message, self.server_version)
        return load(source, "write", names, self._title("encode", message)), self._head(message)

    def _unguarded_writer(self, name: str) -> Callable[..., str]:
        """Return what writes a request whose arguments are canonical, whatever they are."""
        source, names = self._write_request_source(
            REQUESTS[name], self.server_version, guarded=False
        )
        return load(source, "write", names, self._title("encode all of", REQUESTS[name]))

    def _writer(self, name: str) -> tuple[Incoming, Callable[..., str]]:
        message = INCOMING_BY_NAME[name]
        source, names = compiler.write_source(message, self.server_version, server_side=True)
        return message, load(source, "write", names, self._title("write", message))


def _find(table: Mapping[str, Found], msg_id: str) -> Found:
    message = table.get(msg_id)
    if message is not None:
        return message
    try:
        number = int(msg_id)
    except ValueError as e:
        raise BadFrame("frame", "message id", f"{quote(msg_id)} is not a number") from e
    raise UnknownMessage(number)
