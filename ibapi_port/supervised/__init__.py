"""A connection to TWS that comes back by itself: it connects again after a loss, requests again
what stood, and finds out what became of the orders.

from ibapi_port.supervised import Policy, SupervisedClient

client = SupervisedClient(wrapper, "127.0.0.1", 7497, clientId=1)
client.start()
"""

from __future__ import annotations

from .client import SupervisedClient
from .clock import Clock
from .events import Phase
from .kinds import CUT
from .policy import Policy
from .reconcile import Fate, OrderReport, Report
from .restoring import Gap

__all__ = [
    "CUT",
    "Clock",
    "Fate",
    "Gap",
    "OrderReport",
    "Phase",
    "Policy",
    "Report",
    "SupervisedClient",
]
