"""What the blocking calls collect, and how it is called; what belongs to a request is said by its
conversation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..protocol.schema.conversations import CONVERSATIONS, Key

# What the answers to a request are called here: the attribute that collects them, or the event that
# brings them.
NAMES = {
    "startApi": "next_valid_id",
    "reqIds": "next_valid_id",
    "reqCurrentTime": "current_time",
    "reqContractDetails": "contract_details",
    "reqExecutions": "executions",
    "reqHistoricalData": "historical_data",
    "reqMktData": "market_data",
    "reqAccountSummary": "account_summary",
    "reqOpenOrders": "open_orders",
    "reqAllOpenOrders": "open_orders",
    "reqAccountUpdates": "portfolio",
    "reqPositions": "positions",
}
# What an answer without rows is; a list where nothing is said.
NEW: dict[str, Callable[[], Any]] = {"market_data": dict, "account_summary": dict}
# What is answered without an id.
SHARED = frozenset(
    name for request, name in NAMES.items() if CONVERSATIONS[request][0].key is Key.NONE
)
# The callbacks that end an answer of several rows, and what that is called.
END_MARKERS = {
    entry.end: name
    for request, name in NAMES.items()
    for entry in CONVERSATIONS[request]
    if entry.end and len(entry.answers) > 1
}
NO_ID = 0  # stands for the id of an answer without

__all__ = ["END_MARKERS", "NAMES", "NEW", "NO_ID", "SHARED"]
