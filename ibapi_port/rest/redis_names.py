"""What publisher and consumer agree on."""

from __future__ import annotations

PREFIX = "ibapi_port:"


def stream_name(channel: str) -> str:
    """Return the name of the Redis Stream of a channel."""
    return f"{PREFIX}{channel.strip('/')}"


__all__ = ["PREFIX", "stream_name"]
