from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibapi_port.simulator.account.ledger import Account, Position
from ibapi_port.simulator.account.margins import Margins
from ibapi_port.simulator.account.money import Rates, cents
from ibapi_port.simulator.market.instruments import Instrument, Instruments
from ibapi_port.simulator.market.quotes.market import Market, Quote

from .helpers import CASH, NOON, realized_total

INSTRUMENTS = Instruments(lambda: NOON)
BY_SYMBOL = {entry.local_symbol: entry for entry in INSTRUMENTS.all}


def D(text: str | int) -> Decimal:
    return Decimal(text)


class Book:
    def __init__(self) -> None:
        self.market = Market(INSTRUMENTS, 1, lambda: NOON)
        self.account = Account("DU1", CASH, Rates(INSTRUMENTS.all, self.market), self.market)
        self.margins = Margins(INSTRUMENTS, self.market)

    def go(self, symbol: str, last: str) -> None:
        self.market.move(BY_SYMBOL[symbol], D(last))

    def trade(self, symbol: str, quantity: str, price: str) -> Decimal | None:
        instrument = BY_SYMBOL[symbol]
        commission = self.account.commissions.total(instrument, abs(D(quantity)), D(price))
        return self.account.trade(instrument, D(quantity), D(price), commission)

    def position(self, symbol: str) -> Position:
        return self.account.positions[BY_SYMBOL[symbol].con_id]

    def adds_up(self) -> bool:
        account = self.account
        whole = account.initial + realized_total(account) + account.unrealized_total()
        return abs(account.net_liquidation() - whole) < D("1e-12")


@pytest.fixture
def book() -> Book:
    return Book()


def test_buying_stock(book: Book) -> None:
    assert book.trade("AAPL", "100", "230.00") is None
    position = book.position("AAPL")
    assert (position.quantity, position.cost, position.average_cost) == (
        D(100),
        D("23001.00"),
        D("230.01"),
    )
    assert book.account.cash == {"USD": D("976999.00")}
    book.go("AAPL", "231.00")
    assert book.account.unrealized(position) == D("99.00")
    assert book.account.net_liquidation() == D("1000099.00")
    assert book.account.gross_value() == D("23100.00")
    assert book.margins.of(book.account).initial == D("5775.00")
    assert book.adds_up()


def test_selling_realizes(book: Book) -> None:
    book.trade("AAPL", "100", "230.00")
    assert book.trade("AAPL", "-40", "235.00") == D("198.60")  # 40 * 235 - 9200.40 - 1.00
    position = book.position("AAPL")
    assert (position.quantity, position.cost, position.realized) == (
        D(60),
        D("13800.60"),
        D("198.60"),
    )
    assert book.trade("AAPL", "-60", "229.00") == D("-61.60")
    assert (position.quantity, position.cost, position.average_cost) == (D(0), D(0), D(0))
    assert book.account.net_liquidation() == CASH + D("137.00") == book.account.cash["USD"]
    assert book.adds_up()


def test_a_short_position(book: Book) -> None:
    assert book.trade("IBM", "-10", "225.00") is None
    position = book.position("IBM")
    assert (position.quantity, position.cost) == (D(-10), D("-2249.00"))
    assert position.average_cost == D("224.90")
    book.go("IBM", "220.00")
    assert book.account.unrealized(position) == D("49.00")
    assert book.account.position_value() == D("-2200.00")
    assert book.account.gross_value() == D("2200.00")
    assert book.trade("IBM", "10", "220.00") == D("48.00")
    assert book.adds_up()


def test_a_trade_through_zero_closes_and_opens(book: Book) -> None:
    book.trade("AAPL", "100", "230.00")
    assert book.trade("AAPL", "-150", "232.00") == D(
        "198.33"
    )  # 23200 - 23001 - 100/150 of the commission of 1.00
    position = book.position("AAPL")
    assert (position.quantity, position.cost) == (D(-50), D("-11599.67"))
    assert book.adds_up()


def test_a_currency_pair_changes_two_cash_balances(book: Book) -> None:
    book.trade("EUR.USD", "100000", "1.08500")
    assert book.account.cash == {"USD": CASH - D("108500") - D("2.17"), "EUR": D(100000)}
    assert book.account.position_value() == 0
    book.go("EUR.USD", "1.09000")
    assert book.account.unrealized_total() == 500
    assert book.account.net_liquidation() == CASH + 500 - D("2.17")
    assert book.trade("EUR.USD", "-100000", "1.09000") == 500
    assert book.account.cash["EUR"] == 0
    assert book.adds_up()


def test_a_pair_that_is_not_priced_in_the_accounts_currency(book: Book) -> None:
    book.go("USD.JPY", "150.000")
    book.trade("USD.JPY", "10000", "150.000")
    assert book.account.cash == {"USD": CASH + 10000 - 2, "JPY": D(-1_500_000)}
    assert cents(book.account.net_liquidation()) == CASH - 2
    book.go("USD.JPY", "160.000")
    assert cents(book.account.unrealized_total()) == D("625.00")  # 100,000 yen
    assert book.adds_up()


@pytest.mark.parametrize(
    ("symbol", "quantity", "price", "commission"),
    [
        ("AAPL", "100", "230.00", "1.00"),
        ("AAPL", "1000", "230.00", "5.00"),
        ("AAPL", "10", "2.00", "0.20"),  # never more than 1 % of the trade
        ("EUR.USD", "20000", "1.08500", "2.00"),
        ("EUR.USD", "1000000", "1.08500", "21.70"),
    ],
)
def test_commissions(book: Book, symbol: str, quantity: str, price: str, commission: str) -> None:
    assert book.account.commissions.total(BY_SYMBOL[symbol], D(quantity), D(price)) == D(commission)


def test_margins_of_stocks_and_currencies(book: Book) -> None:
    book.trade("AAPL", "100", "230.00")
    assert (
        book.margins.of(book.account).initial == book.margins.of(book.account).maintenance == 5750
    )
    book.trade("AAPL", "-200", "230.00")
    assert book.margins.of(book.account).securities == 5750
    book.go("EUR.USD", "1.08500")
    book.trade("EUR.USD", "10000", "1.08500")
    assert book.margins.of(book.account).initial == 5750 + D("271.25")


trades = st.tuples(
    st.sampled_from(["AAPL", "IBM", "EUR.USD", "USD.JPY"]),
    st.integers(-500, 500).filter(bool),
    st.integers(-200, 200),
    st.integers(-200, 200),
)


@given(st.lists(trades, max_size=30))
def test_money_adds_up_whatever_is_traded(done: list[tuple[str, int, int, int]]) -> None:
    book = Book()
    realized = D(0)
    for symbol, quantity, price_ticks, mark_ticks in done:
        instrument = BY_SYMBOL[symbol]
        price = instrument.price + price_ticks * instrument.min_tick
        made = book.trade(symbol, str(quantity), str(price))
        realized += (made or 0) * (instrument.currency == "USD")
        book.market.move(instrument, instrument.price + mark_ticks * instrument.min_tick)
        assert book.adds_up()
    held = book.account.positions.values()
    assert realized == sum(each.realized for each in held if each.instrument.currency == "USD")
    for symbol in ("AAPL", "IBM", "EUR.USD", "USD.JPY"):
        quantity = sum(quantity for traded, quantity, *_ in done if traded == symbol)
        position = book.account.positions.get(BY_SYMBOL[symbol].con_id)
        assert (position.quantity if position else 0) == quantity
        if position and not quantity:
            assert position.cost == 0


def worked_out_anew(account: Account) -> list[tuple[int, Decimal]]:
    return [
        (con_id, account.market_value(each) * account.rate(each.instrument.currency))
        for con_id, each in account.positions.items()
        if not each.instrument.is_pair
    ]


def told(account: Account) -> list[tuple[int, Decimal]]:
    return [(each.instrument.con_id, each.worth) for each in account.valued()]


def test_positions_are_valued_at_the_latest_quotes_whatever_has_moved_them(book: Book) -> None:
    for symbol, size in (("AAPL", "10"), ("MSFT", "-5"), ("EUR.USD", "20000"), ("SIE", "7")):
        book.trade(symbol, size, "100.00")
    apple, account, market = BY_SYMBOL["AAPL"], book.account, book.market

    def moved(act: Callable[[], object]) -> bool:
        before = told(account)
        act()
        assert told(account) == worked_out_anew(account)
        return told(account) != before

    assert moved(lambda: book.go("AAPL", "151.00"))
    assert moved(lambda: market.trade(apple, D("152.00")))
    assert moved(lambda: market.split(apple, D(2)))
    assert moved(lambda: book.go("EUR.USD", "1.50000"))  # what the euro is worth
    assert moved(lambda: book.trade("AAPL", "-3", "90.00"))
    ticks = [moved(market.tick) for _ in range(20)]
    assert any(ticks)
    assert not moved(market.look)


def test_figures_are_right_for_who_looks_in_the_middle_of_a_tick(book: Book) -> None:
    for symbol in ("AAPL", "MSFT", "SPY", "QQQ"):
        book.trade(symbol, "10", "100.00")
    seen = []

    def look(instrument: Instrument, quote: Quote) -> None:
        seen.append(told(book.account) == worked_out_anew(book.account))

    book.market.listen(look)
    for _ in range(5):
        book.market.tick()
    assert seen
    assert all(seen)


def test_an_account_that_stands_is_worked_out_once_and_the_account_itself_goes_on(
    book: Book,
) -> None:
    book.trade("AAPL", "100", "230.00")
    standing = book.account.standing()
    before = standing.net_liquidation()
    book.go("AAPL", "240.00")
    assert standing.net_liquidation() == before
    assert book.account.net_liquidation() == CASH - 1 + 1000 == before + 1000
    assert standing.standing() is standing


def test_what_a_trade_would_leave_changes_nothing(book: Book) -> None:
    book.trade("AAPL", "100", "230.00")
    apple, before = BY_SYMBOL["AAPL"], book.account.net_liquidation()
    would = book.account.after([(apple, D(-100), D("231.00"), D(1))])
    assert would.held(apple) == 0
    assert would.net_liquidation() == would.cash["USD"]
    assert book.account.held(apple) == 100
    assert book.account.net_liquidation() == before
    assert book.margins.of(book.account).initial == 5750
