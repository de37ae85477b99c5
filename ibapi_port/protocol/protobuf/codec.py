"""The codec of server versions that speak Protocol Buffers; some messages are still text there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from ..exceptions import (
    BadFrame,
    DecodeFailed,
    FieldError,
    NotSupported,
    ProtocolError,
    UnknownMessage,
)
from ..framing import frame
from ..schema.canonical import canonical
from ..schema.messages import (
    INCOMING,
    INCOMING_BY_NAME,
    PROTOBUF_ONLY,
    PROTOBUF_ONLY_BY_NAME,
    PROTOBUF_ONLY_REQUESTS,
    PROTOBUF_ONLY_REQUESTS_BY_ID,
    REQUESTS,
    REQUESTS_BY_ID,
)
from ..schema.nodes import Call, Incoming, Message, Pb, Request
from ..schema.source import load
from ..text.codec import Codec, CompileOnDemand, Deliver, Received, RequestSource
from ..text.fallback import logger
from . import compiler, plain_values
from .classes import parse
from .fast_path import plain_writer

if TYPE_CHECKING:
    from google.protobuf.message import Message as ProtobufMessage

# a message id above this is a Protocol Buffers message, with this much added
PROTOBUF_ID_OFFSET = 200
PROTOBUF_PREFIX = "p"  # before an id: a Protocol Buffers message, as a key of `deliverers`


class ProtobufCodec(Codec):
    """As Codec; a Protocol Buffers message's fields are its key ("p5") and its bytes."""

    def __init__(self, server_version: int, write_request_source: RequestSource) -> None:
        super().__init__(server_version, write_request_source)
        self._encoders = CompileOnDemand(self._encoder)

    def fields(self, payload: bytes, known: Mapping[str, Message] = INCOMING) -> list[Any]:
        key = self.protobuf_id(payload[:4])
        return [key, payload[4:]] if key else super().fields(payload, known)

    def protobuf_id(self, head: bytes) -> str:
        msg_id = int.from_bytes(head, "big")
        return (
            f"{PROTOBUF_PREFIX}{msg_id - PROTOBUF_ID_OFFSET}"
            if msg_id > PROTOBUF_ID_OFFSET and len(head) == 4
            else ""
        )

    # --- client ---

    def calls(self, msg_id: str) -> tuple[Call, ...]:
        only = _only(msg_id)
        return super().calls(msg_id.removeprefix(PROTOBUF_PREFIX)) if only is None else only.calls

    def raw_callback(self, msg_id: str) -> str:
        return (
            self._incoming(msg_id)[1].callback
            if msg_id.startswith(PROTOBUF_PREFIX) and _only(msg_id) is None
            else ""
        )

    def with_raw_callback(self, msg_id: str) -> Deliver:
        """Return what delivers a message, with the callback of `raw_callback` made first."""
        return self._compile(msg_id, raw=True)

    def _compile_request(self, name: str) -> None:
        if self._encoders[name] is None:
            super()._compile_request(name)
        else:
            self._checks[name]
            compiler.encoder(REQUESTS[name], self.server_version)

    def _compile_message(self, name: str) -> None:
        message = INCOMING_BY_NAME[name]
        if message.pb_at(self.server_version) is None:
            super()._compile_message(name)
        else:
            self.deliverers[f"{PROTOBUF_PREFIX}{message.msg_id}"]

    def _deliverer(self, msg_id: str) -> Deliver:
        return (
            self._compile(msg_id, raw=False)
            if msg_id.startswith(PROTOBUF_PREFIX)
            else super()._deliverer(msg_id)
        )

    def _compile(self, msg_id: str, *, raw: bool) -> Deliver:
        message = _only(msg_id)
        if message is not None:
            source, names = compiler.raw_callback_source(message)
        else:
            message, _ = self._incoming(msg_id)
            source, names = compiler.deliver_source(message, self.server_version, raw=raw)
        kind = "protobuf raw" if raw else "protobuf"
        title = f"ibapi_port decode {message.name} {self.server_version} {kind}"
        return load(source, "deliver", names, title)

    def _incoming(self, msg_id: str) -> tuple[Incoming, Pb]:
        """Return a message from TWS by its key, with its Protocol Buffers message."""
        message = INCOMING.get(msg_id.removeprefix(PROTOBUF_PREFIX))
        if message is None or message.pb is None:
            raise UnknownMessage(int(msg_id.removeprefix(PROTOBUF_PREFIX)) + PROTOBUF_ID_OFFSET)
        return message, message.pb

    def renumbered(self, fields: list[Any], number: int) -> list[Any]:
        key = fields[0]
        if not key.startswith(PROTOBUF_PREFIX):
            return super().renumbered(fields, number)
        message = parse(self._incoming(key)[1].message, fields[1])
        setattr(message, "reqId" if hasattr(message, "reqId") else "orderId", number)
        return [key, message.SerializeToString()]

    def message_name(self, msg_id: str) -> str:
        number = msg_id.removeprefix(PROTOBUF_PREFIX)
        only = _only(msg_id)
        return super().message_name(number) if only is None else only.name

    def encode(self, name: str, arguments: tuple[object, ...]) -> bytes:
        made = self._encoders[name]
        if made is None:
            return super().encode(name, arguments)
        write_plain, head = made
        try:
            body = write_plain(*arguments)
        except Exception:  # a value is not plain, or an object of the program's raises anything
            body = None
        return frame(head + (self._write_any(name, arguments) if body is None else body))

    def _write_any(self, name: str, arguments: tuple[object, ...]) -> bytes:
        """Return the message of a request, whatever its values are.

        FieldError or NotSupported is raised if it cannot be sent.
        """
        check = self._checks[name]
        encode = compiler.encoder(REQUESTS[name], self.server_version)
        try:
            check(*arguments)
            return encode(*arguments)
        except Exception:
            # A value is not as it should be, and an object of the program's may raise anything. It
            # may still be one that can be sent: look at all values one by one.
            meant = canonical(REQUESTS[name], self.server_version, arguments)
        check(*meant)
        try:
            return encode(*meant)
        except ProtocolError:
            raise
        except Exception as e:  # all values were looked at: whatever it is, it is an error of ours
            logger.exception("ibapi_port failed to write %s; this is an error of ibapi_port", name)
            raise FieldError(name, "arguments", f"{type(e).__name__}: {e}") from e

    def _encoder(self, name: str) -> tuple[Callable[..., bytes | None], bytes] | None:
        """Return what writes a request whose values are plain, else returns None or raises, and the
        request's id; None if it is text here.
        """
        request = REQUESTS[name]
        if request.pb_at(self.server_version) is None:
            return None
        return plain_writer(request, self.server_version), _head(request.msg_id)

    def encode_protobuf_request(self, name: str, message: object) -> bytes:
        msg_id, pb = _protobuf_request(name)
        if self.server_version < pb.since:
            raise NotSupported(
                503, f"It does not support {_needs(name, self.server_version)}.", True
            )
        given = getattr(getattr(message, "DESCRIPTOR", None), "name", type(message).__name__)
        if given != pb.message:
            text = f"it must be the Protocol Buffers message {pb.message}, not {given}"
            raise FieldError(name, "message", text)
        try:
            return frame(_head(msg_id) + cast("ProtobufMessage", message).SerializeToString())
        except ProtocolError:
            raise
        except Exception as e:
            # the message is an object of the program's, which may raise anything
            raise FieldError(name, "message", f"{type(e).__name__}: {e}") from e

    # --- simulated TWS ---

    def encode_message(self, name: str, **values: object) -> bytes:
        try:
            message = INCOMING_BY_NAME[name]
        except KeyError:
            return _encode_only(PROTOBUF_ONLY_BY_NAME[name], values)
        if message.pb_at(self.server_version) is None:
            return super().encode_message(name, **values)
        return _frame(message.msg_id, compiler.encoder(message, self.server_version)(**values))

    def decode_request(self, payload: bytes) -> Received:
        fields = self.fields(payload, REQUESTS_BY_ID)
        if not fields[0].startswith(PROTOBUF_PREFIX):
            return super().decode_request(payload)
        number = fields[0].removeprefix(PROTOBUF_PREFIX)
        request = REQUESTS_BY_ID.get(number)
        if request is None or request.pb is None:
            return self._decode_only(number, fields[1])
        try:
            read = compiler.decoder(request, self.server_version)
            return Received(request.name, read(fields))
        except DecodeFailed as failed:
            raise failed.bad_frame from failed

    def _decode_only(self, number: str, data: bytes) -> Received:
        """Return a request that is Protocol Buffers alone. UnknownMessage: there is none."""
        request = PROTOBUF_ONLY_REQUESTS_BY_ID.get(number)
        if request is None or self.server_version < request.since:
            raise UnknownMessage(int(number) + PROTOBUF_ID_OFFSET)
        try:
            values = plain_values.to_values(parse(_pb_of(request).message, data))
        except ValueError as e:
            text = f"it cannot be read ({type(e).__name__}: {e})"
            raise BadFrame(request.name, "message", text) from e
        return Received(request.name, {"reqId": -1, **values})


def _only(key: str) -> Incoming | None:
    """Return the message of a key ("p110") that is Protocol Buffers alone, or None."""
    if not key.startswith(PROTOBUF_PREFIX):
        return None
    return PROTOBUF_ONLY.get(key.removeprefix(PROTOBUF_PREFIX))


def _encode_only(message: Incoming, values: Mapping[str, object]) -> bytes:
    """Return the frame of a message that is Protocol Buffers alone."""
    try:
        made = plain_values.to_message(_pb_of(message).message, values)
        return _frame(message.msg_id, made.SerializeToString())
    except (KeyError, TypeError, ValueError) as e:
        raise FieldError(message.name, "values", f"{type(e).__name__}: {e}") from e


def _request(name: str) -> Request:
    return PROTOBUF_ONLY_REQUESTS[name] if name in PROTOBUF_ONLY_REQUESTS else REQUESTS[name]


@cache
def _protobuf_request(name: str) -> tuple[int, Pb]:
    """Return a request's id, and its Protocol Buffers message. KeyError: it has none."""
    request = _request(name)
    return request.msg_id, _pb_of(request)


def _pb_of(message: Message) -> Pb:
    if message.pb is None:
        raise KeyError(message.name)
    return message.pb


def _needs(name: str, server_version: int) -> str:
    """Return what an older server does not support: the request, or only its message."""
    request = _request(name)
    if server_version < request.since:
        return request.needs
    return f"{name} as a Protocol Buffers message"


def _head(msg_id: int) -> bytes:
    return (msg_id + PROTOBUF_ID_OFFSET).to_bytes(4, "big")


def _frame(msg_id: int, data: bytes) -> bytes:
    return frame(_head(msg_id) + data)
