"""What can go wrong between the two ends, and whose fault it was.

ProtocolError
  LocalProtocolError        we were asked to send what cannot be sent; nothing was sent
    FieldError              a value does not fit its field                     (error 321 / 579)
    NotSupported            the server is too old for what is asked            (error 503 / 585)
  RemoteProtocolError       the peer broke the rules
    BadFrame                a frame that does not fit its declaration          (error 508)
    DecodeFailed            a frame that could not be read; it has the BadFrame
    UnknownMessage          a message id that no declaration has               (error 505)
    FrameTooLong            a frame announced longer than the limit            (error 507)
    BadHandshake            the greeting or its answer is no TWS API handshake (error 502 / 503)
"""

from __future__ import annotations

QUOTED = 40  # characters of a bad value that an error text repeats


def quote(value: object) -> str:
    """Return a value as an error text may repeat it: short, and on one line."""
    try:
        text = repr(value)
    except Exception:
        # An object of the program's may raise anything; an int of more than 4,300 digits does, too.
        text = f"<{type(value).__name__}>"
    return text if len(text) <= QUOTED + 2 else text[: QUOTED + 1] + "..."


class ProtocolError(Exception):
    """Base of all of them."""


class LocalProtocolError(ProtocolError):
    """Nothing was sent: the caller's values cannot go on the wire."""


class FieldError(LocalProtocolError):
    """A value does not fit its field: which field of which message, and why."""

    def __init__(self, message: str, field: str, reason: str, *, bad_symbol: bool = False) -> None:
        super().__init__(f"{message}: {field}: {reason}")
        self.message = message
        self.field = field
        self.reason = reason
        self.bad_symbol = bad_symbol


class NotSupported(LocalProtocolError):
    """The server cannot take what is asked: IB's error code, its text, and the id that the error
    goes to.

    `path` is the argument or attribute that it cannot take; "" if it is the whole request.
    """

    def __init__(self, code: int, text: str, has_request_id: bool, path: str = "") -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.has_request_id = has_request_id
        self.path = path

    @property
    def own_id(self) -> bool:
        """The older name of `has_request_id`."""
        return self.has_request_id


class RemoteProtocolError(ProtocolError):
    """The peer sent what it must not send."""


class BadFrame(RemoteProtocolError):
    """A frame does not fit its declaration: message name, field, reason, and the field's text where
    there is one.
    """

    def __init__(self, message: str, field: str, reason: str) -> None:
        super().__init__(f"{message}: {field}: {reason}")
        self.message = message
        self.field = field
        self.reason = reason


class DecodeFailed(RemoteProtocolError):
    """A frame cannot be read; `bad_frame` says which message, field and reason.

    Only functions that read frames raise it. So it is never taken for a callback's exception, which
    may be any other of this module.
    """

    def __init__(self, bad_frame: BadFrame) -> None:
        super().__init__(str(bad_frame))
        self.bad_frame = bad_frame


class UnknownMessage(RemoteProtocolError):
    """No message has this id."""

    def __init__(self, msg_id: int) -> None:
        super().__init__(f"unknown message id {msg_id}")
        self.msg_id = msg_id


class FrameTooLong(RemoteProtocolError):
    """A frame was announced that is longer than the limit. It is no use to wait for its end."""

    def __init__(self, length: int, limit: int) -> None:
        super().__init__(f"frame of {length} bytes announced, the limit is {limit}")
        self.length = length
        self.limit = limit


class BadHandshake(RemoteProtocolError):
    """What came is no TWS API handshake, or one for a version that is not supported."""
