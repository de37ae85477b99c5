"""How the simulated broker behaves where real ones differ from day to day."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Knobs:
    """Times are seconds."""

    partial_fills: bool = True  # no more fills at a quote than its size
    order_delay: float = 0.0  # until an order has got to the exchange; it is PreSubmitted so long
    cancel_delay: float = 0.0  # until it is cancelled; PendingCancel so long, and it may still fill
    repeat_status: bool = False  # each orderStatus comes twice
    late_executions: float = (
        0.0  # by which execDetails and commission reports come after the status
    )
    hard_to_borrow: str = (
        ""  # symbols, separated by commas: short sales wait until shares are found
    )
    price_percentage: float = (
        0.0  # how far a limit may be through the market, in percent; 0: as far as it likes
    )
    check_margin: bool = True  # orders that the account has no money for are refused
