"""The connection to TWS, under the name that programs import."""

from __future__ import annotations

from ._client.transport import ConnectFailed, Connection, Deadline

__all__ = ["ConnectFailed", "Connection", "Deadline"]
