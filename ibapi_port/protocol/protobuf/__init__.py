"""The Protocol Buffers wire, server versions 201 to 226: the same messages, by field numbers."""

from __future__ import annotations


def available() -> bool:
    """Return whether `protobuf` is installed."""
    try:
        import google.protobuf  # noqa: F401 - only whether it can be imported counts
    except ImportError:
        return False
    return True
