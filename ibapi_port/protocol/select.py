"""Which codec reads and writes the messages of a server version."""

from __future__ import annotations

from functools import cache
from typing import Any

from .schema.nodes import Request
from .text.codec import RAW_ID_SINCE, Codec
from .text.request_source import write_request_source as write_plain_source


@cache
def codec_for(server_version: int) -> Codec:
    """Return the codec of a server version. It is made once.

    From version 201 on it needs the `protobuf` package.
    """
    if server_version < RAW_ID_SINCE:
        return Codec(server_version, write_request_source)
    from .protobuf.codec import ProtobufCodec  # here: most programs do not need it at once

    return ProtobufCodec(server_version, write_request_source)


def write_request_source(
    request: Request, server_version: int, *, guarded: bool = True
) -> tuple[str, dict[str, Any]]:
    """Return the source of a request's `write(...)`, and its names."""
    if not request.classes:
        return write_plain_source(request, server_version, guarded=guarded)
    # here: it makes an order first, which startApi need not wait for
    from .text import fast_path

    return fast_path.write_request_source(request, server_version, guarded=guarded)
