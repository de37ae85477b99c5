"""What happens when a compiled function cannot read a frame: the interpreter reads it again.

Mostly the frame is bad, and the interpreter names the field. If the interpreter can read the frame,
then the compiler of ibapi_port has an error: that is logged, and the message is not lost.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from ..exceptions import BadFrame, DecodeFailed
from ..schema.nodes import Message
from . import interpreter

logger = logging.getLogger("ibapi_port.protocol")
OUR_FAILURE = "this client failed to read it; the log has the reason"


def read_again(
    message: Message, server_version: int, fields: Sequence[str], failure: Exception
) -> tuple[Any, ...]:
    """Return the values that the interpreter reads, in the order of the message's arguments.

    `failure` is what the compiled function raised. DecodeFailed is raised if the interpreter
    cannot read the frame either.
    """
    try:
        interpreter.check(message, server_version, fields)  # a frame may have very many rows
        values = interpreter.read(message, server_version, fields)
    except BadFrame as bad:
        raise DecodeFailed(bad) from failure
    except Exception as error:  # whatever it is, it is an error of ours: the connection goes on
        log_failure(message.name, server_version, error)
        raise DecodeFailed(BadFrame(message.name, "frame", OUR_FAILURE)) from failure
    log_failure(message.name, server_version, failure)
    return tuple(values[name] for name in message.arguments)


def log_failure(name: str, server_version: int, failure: Exception) -> None:
    """Log that a frame could not be read because of an error in ibapi_port."""
    logger.error(
        "ibapi_port failed to read %s at server version %d; this is an error of ibapi_port",
        name,
        server_version,
        exc_info=failure,
    )
