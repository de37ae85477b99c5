"""What orders are worked with: one value in place of a list of collaborators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...market.instruments import Instruments
from ...market.quotes.market import Market
from ...net.timers import Timers
from ...options import BrokerBehaviour
from ..live import OrderEvents
from ..validation.buying_power import BuyingPower
from ..validation.conditions import Conditions
from ..validation.intake import OrderFactory
from .executions import Executions


@dataclass(frozen=True)
class OrderEnvironment:
    """The market, the accounts' money, and whoever makes, books and reports orders."""

    market: Market
    instruments: Instruments
    factory: OrderFactory
    buying_power: BuyingPower
    conditions: Conditions
    executions: Executions
    events: OrderEvents
    timers: Timers
    behaviour: BrokerBehaviour
    connected: Callable[[], bool]  # whether the line to IB is up
