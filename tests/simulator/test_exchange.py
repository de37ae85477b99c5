from __future__ import annotations

from decimal import Decimal

import pytest

from ibapi_port.simulator.market.instruments import Instruments
from ibapi_port.simulator.market.quotes import Market
from ibapi_port.simulator.trading.exchange import Exchange, Ticket

from .helpers import NOON

INSTRUMENTS = Instruments(lambda: NOON)
AAPL = INSTRUMENTS.all[0]


class Floor:
    """An exchange with its market at 100 (bid 99.99, ask 100.01), and what it told."""

    def __init__(self) -> None:
        self.market = Market(INSTRUMENTS, 1, lambda: NOON)
        self.told: list[tuple[str, int, Decimal | None]] = []
        self.exchange = Exchange(self.market, self._elected, self._filled)
        self.go("100.00")

    def _elected(self, ticket: Ticket) -> None:
        self.told.append(("elected", ticket.perm_id, None))

    def _filled(self, ticket: Ticket, price: Decimal) -> None:
        self.told.append(("filled", ticket.perm_id, price))

    def go(self, last: str) -> None:
        self.market.move(AAPL, Decimal(last))

    def enter(self, action: str, order_type: str, limit: str | None = None, stop: str | None = None, perm_id: int = 1) -> Ticket:
        ticket = Ticket(
            perm_id,
            AAPL,
            action == "BUY",
            order_type,
            Decimal(limit) if limit else None,
            Decimal(stop) if stop else None,
            elected=stop is None,
        )
        self.exchange.enter(ticket)
        return ticket


@pytest.fixture
def floor() -> Floor:
    return Floor()


@pytest.mark.parametrize(
    ("action", "order_type", "limit", "price"),
    [
        ("BUY", "MKT", None, "100.01"),
        ("SELL", "MKT", None, "99.99"),
        ("BUY", "LMT", "100.01", "100.01"),
        ("BUY", "LMT", "105.00", "100.01"),  # better than its limit
        ("SELL", "LMT", "99.99", "99.99"),
        ("SELL", "LMT", "95.00", "99.99"),
    ],
)
def test_what_can_be_filled_is_filled_at_once_at_the_quote(
    floor: Floor, action: str, order_type: str, limit: str | None, price: str
) -> None:
    floor.enter(action, order_type, limit)
    assert floor.told == [("filled", 1, Decimal(price))]
    floor.go("50.00")
    floor.go("150.00")
    assert len(floor.told) == 1


@pytest.mark.parametrize(
    ("action", "limit", "not_yet", "crosses"), [("BUY", "99.00", "99.00", "98.99"), ("SELL", "101.00", "101.00", "101.01")]
)
def test_a_resting_limit_fills_at_its_limit_when_the_quote_crosses(
    floor: Floor, action: str, limit: str, not_yet: str, crosses: str
) -> None:
    floor.enter(action, "LMT", limit)
    floor.go(not_yet)
    assert floor.told == []
    floor.go(crosses)
    assert floor.told == [("filled", 1, Decimal(limit))]


@pytest.mark.parametrize(
    ("action", "stop", "not_yet", "reached", "price"),
    [("BUY", "102.00", "101.99", "102.50", "102.51"), ("SELL", "98.00", "98.01", "97.00", "96.99")],
)
def test_a_stop_becomes_a_market_order(floor: Floor, action: str, stop: str, not_yet: str, reached: str, price: str) -> None:
    floor.enter(action, "STP", stop=stop)
    floor.go(not_yet)
    assert floor.told == []
    floor.go(reached)
    assert floor.told == [("elected", 1, None), ("filled", 1, Decimal(price))]


def test_a_stop_beyond_the_market_is_elected_at_once(floor: Floor) -> None:
    floor.enter("BUY", "STP", stop="99.00")
    assert [what for what, *_ in floor.told] == ["elected", "filled"]


def test_a_stop_limit_becomes_a_limit_order(floor: Floor) -> None:
    ticket = floor.enter("BUY", "STP LMT", limit="102.00", stop="101.00")
    floor.go("103.00")
    assert floor.told == [("elected", 1, None)]
    assert ticket.elected
    floor.go("101.50")
    assert floor.told[1:] == [("filled", 1, Decimal("102.00"))]


def test_what_is_withdrawn_does_not_fill(floor: Floor) -> None:
    floor.enter("BUY", "LMT", "99.00")
    floor.exchange.withdraw(1)
    floor.exchange.withdraw(2)
    floor.go("50.00")
    assert floor.told == []


def test_what_a_fill_withdraws_does_not_fill_at_the_same_quote() -> None:
    floor = Floor()
    filled: list[int] = []

    def on_fill(ticket: Ticket, price: Decimal) -> None:
        filled.append(ticket.perm_id)
        exchange.withdraw(3 - ticket.perm_id)

    exchange = Exchange(floor.market, lambda ticket: None, on_fill)
    for perm_id in (1, 2):
        exchange.enter(Ticket(perm_id, AAPL, True, "LMT", Decimal("99.00"), None, True))
    floor.go("90.00")
    assert filled == [1]
