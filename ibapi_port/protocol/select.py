"""Which codec reads and writes the messages of a server version."""

from __future__ import annotations

from functools import cache

from .text.codec import RAW_ID_SINCE, Codec


@cache
def codec_for(server_version: int) -> Codec:
    """Return the codec of a server version. It is made once.

    From version 201 on it needs the `protobuf` package.
    """
    # here: what makes an order's function makes an order first, and takes long to import
    from .text.fast_path import write_request_source

    if server_version < RAW_ID_SINCE:
        return Codec(server_version, write_request_source)
    from .protobuf.codec import ProtobufCodec  # here: most programs do not need it at once

    return ProtobufCodec(server_version, write_request_source)
