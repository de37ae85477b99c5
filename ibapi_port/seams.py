"""The seams of a client: where a supervisor, a recorder or a guard joins in without overriding
anything.
"""

from __future__ import annotations

from typing import Any

from ._client.seams import (
    HIDE,
    NotNeeded,
    OnMessage,
    OnRefused,
    OnRequest,
    Postponed,
    Refused,
    Renumber,
    Seams,
    Supervisor,
)
from ._client.state import End, EndReason, OnState, State


def seams(client: Any) -> Seams:
    """Return the seams of a client."""
    found: Seams = client._ibapi_port.seams
    return found


__all__ = [
    "HIDE",
    "End",
    "EndReason",
    "NotNeeded",
    "OnMessage",
    "OnRefused",
    "OnRequest",
    "OnState",
    "Postponed",
    "Refused",
    "Renumber",
    "Seams",
    "State",
    "Supervisor",
    "seams",
]
