"""The seams of a client: where a supervisor, a recorder or a guard joins in without overriding
anything.
"""

from __future__ import annotations

from typing import Any

from ._client.seams import OnMessage, OnRefused, OnRequest, Refused, Seams
from ._client.state import End, EndReason, OnState, State


def seams(client: Any) -> Seams:
    """Return the seams of a client."""
    found: Seams = client._ibapi_port.seams
    return found


__all__ = [
    "End",
    "EndReason",
    "OnMessage",
    "OnRefused",
    "OnRequest",
    "OnState",
    "Refused",
    "Seams",
    "State",
    "seams",
]
