"""Pacing: a client sends no more than TWS takes. What comes too fast waits, and shows how long.

from ibapi_port.pacing import Pacing, pace

pace(client)  # before it connects
pace(client, Pacing(lines=200, history="all", on_wait=print))

IB and AsyncIB are paced from the start: `IB.connect(pacing=Pacing(...))`, None for no pacing.
"""

from __future__ import annotations

from .client import PacedClient, pace
from .limits import DEFAULT, HISTORY_RULES, TICK_RULES, Pacing, Per, Rule
from .progress import Progress
from .sender import PacedSender

__all__ = [
    "DEFAULT",
    "HISTORY_RULES",
    "TICK_RULES",
    "PacedClient",
    "PacedSender",
    "Pacing",
    "Per",
    "Progress",
    "Rule",
    "pace",
]
