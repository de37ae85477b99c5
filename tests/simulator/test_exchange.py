from __future__ import annotations

from decimal import Decimal

import pytest

from ibapi_port.simulator.market.instruments import Instruments
from ibapi_port.simulator.market.quotes.market import Market
from ibapi_port.simulator.trading.matching.exchange import Exchange
from ibapi_port.simulator.trading.matching.fills import QUEUE, UNLIMITED, FillModel
from ibapi_port.simulator.trading.matching.terms import at_limit, at_market, pegged
from ibapi_port.simulator.trading.matching.ticket import Ticket
from ibapi_port.simulator.trading.matching.triggers import Stop, Watch

from .helpers import NOON

INSTRUMENTS = Instruments(lambda: NOON)
AAPL = INSTRUMENTS.all[0]


class Floor:
    """An exchange with its market at 100 (bid 99.99, ask 100.01), and what it told."""

    def __init__(self, fills: FillModel | None = None) -> None:
        self.market = Market(INSTRUMENTS, 1, lambda: NOON)
        self.told: list[tuple[str, int, Decimal | None]] = []
        self.sizes: list[Decimal] = []
        self.exchange = Exchange(self.market, self._elected, self._filled, fills)
        self.go("100.00")

    def _elected(self, ticket: Ticket) -> None:
        self.told.append(("elected", ticket.perm_id, None))

    def _filled(self, ticket: Ticket, quantity: Decimal, price: Decimal) -> None:
        self.sizes.append(quantity)
        self.told.append(("filled", ticket.perm_id, price))

    def go(self, last: str) -> None:
        self.market.move(AAPL, Decimal(last))

    def enter(
        self,
        action: str,
        limit: str | None = None,
        stop: str | None = None,
        perm_id: int = 1,
        size: int = 100,
    ) -> Ticket:
        buys, terms = action == "BUY", at_limit(Decimal(limit)) if limit else at_market()
        trigger = Stop(Watch(AAPL, 0, buys), Decimal(stop)) if stop else None
        ticket = Ticket(perm_id, AAPL, buys, Decimal(size), terms, trigger)
        self.exchange.enter(ticket)
        return ticket


@pytest.fixture
def floor() -> Floor:
    return Floor()


@pytest.mark.parametrize(
    ("action", "limit", "price"),
    [
        ("BUY", None, "100.01"),
        ("SELL", None, "99.99"),
        ("BUY", "100.01", "100.01"),
        ("BUY", "105.00", "100.01"),  # better than its limit
        ("SELL", "99.99", "99.99"),
        ("SELL", "95.00", "99.99"),
    ],
)
def test_what_can_be_filled_is_filled_at_once_at_the_quote(
    floor: Floor, action: str, limit: str | None, price: str
) -> None:
    floor.enter(action, limit)
    assert floor.told == [("filled", 1, Decimal(price))]
    floor.go("50.00")
    floor.go("150.00")
    assert len(floor.told) == 1


@pytest.mark.parametrize(
    ("action", "limit", "not_yet", "crosses"),
    [("BUY", "99.00", "99.00", "98.99"), ("SELL", "101.00", "101.00", "101.01")],
)
def test_a_resting_limit_fills_at_its_limit_when_the_quote_crosses(
    floor: Floor, action: str, limit: str, not_yet: str, crosses: str
) -> None:
    floor.enter(action, limit)
    floor.go(not_yet)
    assert floor.told == []
    floor.go(crosses)
    assert floor.told == [("filled", 1, Decimal(limit))]


@pytest.mark.parametrize(
    ("action", "stop", "not_yet", "reached", "price"),
    [("BUY", "102.00", "101.99", "102.50", "102.51"), ("SELL", "98.00", "98.01", "97.00", "96.99")],
)
def test_a_stop_becomes_a_market_order(
    floor: Floor, action: str, stop: str, not_yet: str, reached: str, price: str
) -> None:
    floor.enter(action, stop=stop)
    floor.go(not_yet)
    assert floor.told == []
    floor.go(reached)
    assert floor.told == [("elected", 1, None), ("filled", 1, Decimal(price))]


def test_a_stop_beyond_the_market_is_elected_at_once(floor: Floor) -> None:
    floor.enter("BUY", stop="99.00")
    assert [what for what, *_ in floor.told] == ["elected", "filled"]


def test_a_stop_limit_becomes_a_limit_order(floor: Floor) -> None:
    ticket = floor.enter("BUY", limit="102.00", stop="101.00")
    floor.go("103.00")
    assert floor.told == [("elected", 1, None)]
    assert ticket.trigger is None
    floor.go("101.50")
    assert floor.told[1:] == [("filled", 1, Decimal("102.00"))]


def test_what_is_withdrawn_does_not_fill(floor: Floor) -> None:
    ticket = floor.enter("BUY", "99.00")
    floor.exchange.withdraw(ticket)
    floor.exchange.withdraw(ticket)
    floor.go("50.00")
    assert floor.told == []


def test_what_a_fill_withdraws_does_not_fill_at_the_same_quote() -> None:
    floor = Floor()
    filled: list[int] = []

    def on_fill(ticket: Ticket, quantity: Decimal, price: Decimal) -> None:
        filled.append(ticket.perm_id)
        exchange.withdraw(tickets[2 - ticket.perm_id])

    exchange = Exchange(floor.market, lambda ticket: None, on_fill)
    tickets = [
        Ticket(perm_id, AAPL, True, Decimal(10), at_limit(Decimal("99.00"))) for perm_id in (1, 2)
    ]
    for ticket in tickets:
        exchange.enter(ticket)
    floor.go("90.00")
    assert filled == [1]


class TestSizes:
    def quote(self, floor: Floor, bid_size: int, ask_size: int) -> None:
        floor.market.set_quote(AAPL, bid_size=Decimal(bid_size), ask_size=Decimal(ask_size))

    def test_no_more_than_the_quote_has(self, floor: Floor) -> None:
        self.quote(floor, 500, 300)
        ticket = floor.enter("BUY", size=1000)
        assert (floor.sizes, ticket.remaining) == ([300], 700)
        self.quote(floor, 500, 200)
        self.quote(floor, 500, 900)
        assert floor.sizes == [300, 200, 500]
        assert not floor.exchange.works(ticket)

    def test_two_orders_share_a_quote(self, floor: Floor) -> None:
        self.quote(floor, 500, 300)
        floor.enter("BUY", size=200, perm_id=1)
        floor.enter("BUY", size=200, perm_id=2)
        floor.enter("SELL", size=200, perm_id=3)
        assert floor.sizes == [200, 100, 200]

    def test_all_or_none_waits_for_enough(self, floor: Floor) -> None:
        self.quote(floor, 500, 300)
        ticket = Ticket(1, AAPL, True, Decimal(400), at_market(), whole=True)
        floor.exchange.enter(ticket)
        assert floor.sizes == []
        self.quote(floor, 500, 400)
        assert floor.sizes == [400]

    def test_a_least_size_counts_once(self, floor: Floor) -> None:
        self.quote(floor, 500, 100)
        floor.exchange.enter(
            Ticket(1, AAPL, True, Decimal(400), at_market(), smallest=Decimal(200))
        )
        assert floor.sizes == []
        self.quote(floor, 500, 200)
        self.quote(floor, 500, 50)
        assert floor.sizes == [200, 50]

    def test_sizes_can_be_left_out(self) -> None:
        floor = Floor()
        exchange = Exchange(floor.market, lambda ticket: None, floor._filled, FillModel(UNLIMITED))
        exchange.enter(Ticket(1, AAPL, True, Decimal(1_000_000), at_market()))
        assert floor.sizes == [1_000_000]

    def test_nothing_fills_while_trading_is_halted(self, floor: Floor) -> None:
        floor.market.halt(AAPL)
        floor.enter("BUY")
        assert floor.told == []
        floor.market.halt(AAPL, 0)
        assert floor.sizes == [100]


def test_a_pegged_order_goes_with_the_market_and_waits_for_a_trade_at_its_price(
    floor: Floor,
) -> None:
    ticket = Ticket(
        1, AAPL, True, Decimal(10), pegged(True, lambda quote: quote.bid, Decimal("100.50"))
    )
    floor.exchange.enter(ticket)
    floor.market.set_quote(AAPL, bid=Decimal("100.20"), ask=Decimal("100.40"))
    assert floor.told == []
    floor.market.set_quote(
        AAPL, bid=Decimal("100.70"), ask=Decimal("100.90"), last=Decimal("100.60")
    )
    assert floor.told == []  # it goes no higher than 100.50
    floor.market.set_quote(
        AAPL, bid=Decimal("100.30"), ask=Decimal("100.40"), last=Decimal("100.30")
    )
    assert floor.told == [("filled", 1, Decimal("100.30"))]


@pytest.mark.parametrize(
    ("method", "quotes", "reached"),
    [
        (2, [("100.20", "100.40", "100.90"), ("100.20", "100.40", "101.00")], 2),
        (
            3,
            [
                ("100.20", "100.40", "101.00"),
                ("100.20", "100.40", "100.90"),
                ("100.2", "100.4", "101"),
                ("100.2", "100.4", "101"),
            ],
            4,
        ),
        (4, [("100.90", "101.10", "101.10"), ("101.00", "101.10", "100.50")], 2),
        (1, [("101.00", "101.10", "100.50"), ("101.00", "101.10", "100.50")], 2),
        (7, [("100.90", "101.10", "100.50"), ("100.90", "101.10", "101.00")], 2),
        (8, [("100.80", "101.10", "101.10"), ("100.90", "101.10", "100.50")], 2),
    ],
)
def test_trigger_methods(
    floor: Floor, method: int, quotes: list[tuple[str, str, str]], reached: int
) -> None:
    stop = Stop(Watch(AAPL, method, True), Decimal("101.00"))
    hits = [
        stop.reached(
            floor.market.quote(AAPL)._replace(bid=Decimal(b), ask=Decimal(a), last=Decimal(last))
        )
        for b, a, last in quotes
    ]
    assert hits.index(True) + 1 == reached


class TestFillModels:
    def quoted(self, floor: Floor, bid_size: int) -> None:
        floor.market.set_quote(
            AAPL, bid=Decimal("99.99"), ask=Decimal("100.01"), bid_size=Decimal(bid_size)
        )

    def test_in_a_queue_others_come_first(self) -> None:
        floor = Floor(FillModel(QUEUE))
        self.quoted(floor, 300)
        floor.enter("BUY", "99.99", size=400)
        floor.market.trade(AAPL, Decimal("99.99"), Decimal(200))
        assert floor.sizes == []  # a hundred still stand before it
        floor.market.trade(AAPL, Decimal("99.99"), Decimal(250))
        self.quoted(floor, 900)  # that the quote changes is no trade
        assert floor.sizes == [150]
        floor.market.trade(AAPL, Decimal("99.98"), Decimal(1))  # the market goes through it
        assert floor.sizes == [150, 250]
        assert {price for _, _, price in floor.told} == {Decimal("99.99")}

    def test_a_limit_that_is_better_than_the_quote_is_first(self) -> None:
        floor = Floor(FillModel(QUEUE))
        self.quoted(floor, 300)
        floor.enter("BUY", "100.00", size=100)
        floor.market.trade(AAPL, Decimal("100.00"), Decimal(60))
        assert floor.sizes == [60]

    def test_one_behind_the_quote_waits_until_the_market_gets_there(self) -> None:
        floor = Floor(FillModel(QUEUE))
        self.quoted(floor, 300)
        floor.enter("BUY", "99.90", size=100)
        floor.market.trade(AAPL, Decimal("99.99"), Decimal(5000))
        floor.market.set_quote(
            AAPL, bid=Decimal("99.90"), ask=Decimal("99.92"), bid_size=Decimal(50)
        )
        floor.market.trade(AAPL, Decimal("99.90"), Decimal(80))
        assert floor.sizes == [30]

    def test_without_a_queue_a_trade_at_its_price_fills_nothing(self, floor: Floor) -> None:
        self.quoted(floor, 300)
        floor.enter("BUY", "99.99", size=100)
        floor.market.trade(AAPL, Decimal("99.99"), Decimal(5000))
        assert floor.sizes == []

    @pytest.mark.parametrize(
        ("action", "limit", "price"),
        [("BUY", None, "100.04"), ("SELL", None, "99.96"), ("BUY", "100.02", "100.01")],
    )
    def test_slippage_is_of_orders_without_a_limit(
        self, action: str, limit: str | None, price: str
    ) -> None:
        floor = Floor(FillModel(slippage=3))
        floor.enter(action, limit)
        assert floor.told == [("filled", 1, Decimal(price))]
