"""Margins of each kind of position, commissions, and the account values that follow from them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ibapi_port.const import UNSET_DOUBLE
from ibapi_port.simulator.account.margins import Margin, Margins
from ibapi_port.simulator.market.instruments import Instrument

from .helpers import ACCOUNT, Desk, FakePeer, order, stock
from .test_clearing import contract, found

D = Decimal


class Book:
    """An account that trades at given prices, without orders."""

    def __init__(self) -> None:
        self.desk = Desk(tick_interval=1e9, partial_fills=False)
        self.desk.move("AAPL", "230.00")
        self.account, self.market = self.desk.world.account, self.desk.world.market
        self.margins = Margins(self.desk.world.instruments, self.market)

    def option(self, right: str, strike: float, expiry: str = "") -> Instrument:
        return found(self.desk, contract("OPT", "AAPL", right, strike, expiry))

    def hold(self, instrument: Instrument, quantity: int) -> Decimal:
        price = self.market.mark(instrument)
        self.account.trade(instrument, D(quantity), price, D(0))
        return price

    def bound(self) -> Margin:
        return self.margins.of(self.account)


@pytest.fixture
def book() -> Book:
    return Book()


class TestOptions:
    def test_long_ones_are_paid_in_full(self, book: Book) -> None:
        price = book.hold(book.option("C", 230.0), 2)
        assert book.bound() == Margin()
        assert book.account.equity_with_loan() == 1_000_000 - 200 * price
        assert book.account.net_liquidation() == 1_000_000

    def test_a_written_one_binds_its_price_and_a_share(self, book: Book) -> None:
        price = book.hold(book.option("C", 240.0), -1)
        assert book.bound().securities == 100 * (price + D("0.20") * 230 - 10)
        assert book.margins.free(book.account) == 1_000_000 - 100 * (D("0.20") * 230 - 10)

    def test_far_out_of_the_money_the_least_counts(self, book: Book) -> None:
        option = book.option("P", 180.0)
        price = book.hold(option, -1)
        assert book.bound().securities == 100 * (price + D("0.10") * 180)

    def test_stock_covers_a_written_call(self, book: Book) -> None:
        book.hold(book.option("C", 240.0), -2)
        naked = book.bound().securities
        book.hold(book.desk.instrument("AAPL"), 150)
        assert book.bound().securities == naked / 2 + D("0.25") * 150 * 230

    @pytest.mark.parametrize(
        ("right", "short", "long", "loss"),
        [("C", 240.0, 250.0, 10), ("C", 250.0, 240.0, 0), ("P", 220.0, 210.0, 10)],
    )
    def test_a_spread_binds_what_it_can_lose(
        self, book: Book, right: str, short: float, long: float, loss: int
    ) -> None:
        book.hold(book.option(right, short), -3)
        book.hold(book.option(right, long), 3)
        assert book.bound().securities == 300 * loss

    def test_a_long_one_that_ends_before_does_not_cover(self, book: Book) -> None:
        later, sooner = book.option("C", 240.0, "20260515"), book.option("C", 250.0, "20260417")
        book.hold(later, -1)
        naked = book.bound()
        book.hold(sooner, 1)
        assert book.bound() == naked


def test_futures_bind_less_to_hold_than_to_begin(book: Book) -> None:
    future = found(book.desk, contract("FUT", "ES"))
    price = book.hold(future, -1)
    bound = book.bound()
    assert (bound.securities, bound.commodities, bound.commodities_initial) == (
        0,
        price * 3,
        price * D("3.75"),
    )
    assert (bound.initial, bound.maintenance) == (price * D("3.75"), price * 3)


def instrument_of(book: Book, name: str) -> Instrument:
    """By its symbol, or a bond."""
    return next(
        entry
        for entry in book.desk.world.instruments.all
        if name in (entry.symbol, entry.local_symbol, entry.sec_type)
    )


@pytest.mark.parametrize(("symbol", "share"), [("BTC.USD", "1"), ("BOND", "0.10"), ("SAP", "0.25")])
def test_others_bind_a_share_of_their_value(book: Book, symbol: str, share: str) -> None:
    instrument = instrument_of(book, symbol)
    price = book.hold(instrument, 2)
    value = 2 * price * instrument.multiplier * book.account.rate(instrument.currency)
    assert book.bound().securities == pytest.approx(value * D(share))


@pytest.mark.parametrize(
    ("name", "quantity", "price", "commission", "currency"),
    [
        (("OPT", "AAPL", "C", 230.0), "1", "5.00", "1.00", "USD"),
        (("OPT", "AAPL", "C", 230.0), "10", "5.00", "6.50", "USD"),
        (("FUT", "ES"), "2", "5800", "4.50", "USD"),
        (("FUT", "MES"), "1", "5800", "0.62", "USD"),
        ("BTC.USD", "1", "67000", "120.60", "USD"),
        ("BTC.USD", "0.001", "67000", "0.67", "USD"),  # never more than 1 % of the trade
        ("SAP", "100", "205.00", "10.25", "EUR"),
        ("SAP", "1", "205.00", "3.00", "EUR"),
        ("7203", "100", "2700", "216.00", "JPY"),
        ("BOND", "10", "87.5", "8.75", "USD"),
        ("XAUUSD", "1", "2650", "2.00", "USD"),
    ],
)
def test_commissions(
    book: Book, name: Any, quantity: str, price: str, commission: str, currency: str
) -> None:
    instrument = (
        instrument_of(book, name) if isinstance(name, str) else found(book.desk, contract(*name))
    )
    commissions = book.account.commissions
    assert (
        commissions.total(instrument, D(quantity), D(price)),
        commissions.currency(instrument),
    ) == (D(commission), currency)


def test_currency_pairs_get_cheaper_with_the_volume(book: Book) -> None:
    pair, commissions = book.desk.instrument("EUR.USD"), book.account.commissions
    book.market.move(pair, D("1.08500"))
    assert commissions.total(pair, D(1_000_000), D("1.085")) == D("21.70")
    commissions.note(pair, D(1_000_000_000))
    assert commissions.total(pair, D(1_000_000), D("1.085")) == D("16.28")
    commissions.note(pair, D(1_000_000_000))
    assert commissions.total(pair, D(1_000_000), D("1.085")) == D("10.85")
    commissions.new_month()
    assert commissions.total(pair, D(1_000), D("1.085")) == D("2.00")


class TestValues:
    def values(self, peer: FakePeer) -> dict[tuple[str, str], str]:
        peer.ask("reqAccountUpdates", subscribe=True, acctCode=ACCOUNT)
        return {
            (values["key"], values["currency"]): values["val"]
            for values in peer.all("updateAccountValue")
        }

    def test_segments_make_up_the_whole(self) -> None:
        book = Book()
        book.hold(found(book.desk, contract("FUT", "ES")), 1)
        book.hold(found(book.desk, contract("FOP", "ES", "C", 5800.0)), 1)
        book.hold(book.desk.instrument("AAPL"), 100)
        book.hold(book.option("C", 230.0), 1)
        book.market.set_quote(book.desk.instrument("SPX"), last=D("5800.00"))
        values = self.values(book.desk.client())
        for key in (
            "NetLiquidation",
            "InitMarginReq",
            "MaintMarginReq",
            "EquityWithLoanValue",
            "AvailableFunds",
            "FullExcessLiquidity",
        ):
            parts = [D(values[f"{key}{side}", "USD"]) for side in ("-S", "-C")]
            assert sum(parts) == D(values[key, "USD"]), key
        assert D(values["FullInitMarginReq-C", "USD"]) > 0

    def test_ledgers_by_kind(self) -> None:
        book = Book()
        sap, option, future = (
            book.desk.instrument("SAP"),
            book.option("C", 230.0),
            found(book.desk, contract("FUT", "ES")),
        )
        prices = [
            book.hold(each, 1) for each in (sap, option, future, book.desk.instrument("BTC.USD"))
        ]
        book.market.set_quote(future, last=prices[2] + 10)
        values = self.values(book.desk.client())
        assert D(values["StockMarketValue", "EUR"]) == prices[0]
        assert D(values["OptionMarketValue", "USD"]) == 100 * prices[1]
        assert D(values["Cryptocurrency", "USD"]) == prices[3]
        assert D(values["FuturesPNL", "USD"]) == D(values["FuturesPNL", "BASE"]) == 500
        assert D(values["TotalCashBalance", "USD"]) - D(values["CashBalance", "USD"]) == 500
        assert values["CashBalance", "EUR"] == f"{-prices[0]:.2f}"
        by_currency = D(values["NetLiquidationByCurrency", "BASE"])
        assert by_currency == D(values["NetLiquidation", "USD"])

    def test_what_has_changed_comes_each_three_minutes(self) -> None:
        book = Book()
        peer = book.desk.client()
        peer.ask(
            "placeOrder",
            orderId=1,
            contract=book.desk.instrument("AAPL").contract("SMART"),
            order=order("BUY", "100"),
        )
        self.values(peer)
        peer.ask("reqAccountSummary", reqId=1, groupName="All", tags="NetLiquidation,AccountType")
        peer.got.clear()
        book.desk.move("AAPL", "231.00")
        book.desk.advance(179)
        assert peer.got == []
        book.desk.advance(1)
        assert peer.last("updatePortfolio")["marketPrice"] == 231.0
        assert ("NetLiquidation", "USD") in {
            (values["key"], values["currency"]) for values in peer.all("updateAccountValue")
        }
        assert [values["tag"] for values in peer.all("accountSummary")] == ["NetLiquidation"]
        peer.got.clear()
        book.desk.advance(180)
        assert peer.names() == ["updateAccountTime"]

    def test_in_another_currency(self) -> None:
        desk = Desk(tick_interval=1e9, base_currency="EUR")
        peer = desk.client()
        peer.ask(
            "placeOrder",
            orderId=1,
            contract=desk.instrument("AAPL").contract("SMART"),
            order=order("BUY", "100"),
        )
        values = self.values(peer)
        assert values["ExchangeRate", "EUR"] == "1.000000"
        rate = D(values["ExchangeRate", "USD"])
        assert float(rate) == pytest.approx(1 / float(desk.quote("EUR.USD").midpoint), abs=1e-5)
        assert ("NetLiquidation", "EUR") in values
        assert ("NetLiquidation", "USD") not in values


def test_what_an_order_would_bind(book: Book) -> None:
    peer = book.desk.client()
    future = found(book.desk, contract("FUT", "ES"))
    peer.ask(
        "placeOrder", orderId=1, contract=future.contract(), order=order("BUY", "1", whatIf=True)
    )
    state = peer.last("openOrder")["orderState"]
    mark = book.market.mark(future)
    assert (D(state.initMarginChange), D(state.maintMarginChange)) == (
        round(mark * D("3.75"), 2),
        round(mark * 3, 2),
    )
    assert state.commissionAndFees == 2.25
    peer.ask(
        "placeOrder", orderId=1, contract=future.contract(), order=order("BUY", "100", whatIf=True)
    )
    state = peer.last("openOrder")["orderState"]
    assert state.commissionAndFees == UNSET_DOUBLE
    assert 0 < state.suggestedSize < 100
    assert peer.last("error")["errorCode"] == 201
    assert "MUST EXCEED THE INITIAL MARGIN" in peer.last("error")["errorString"]
    assert D(state.initMarginAfter) > D(state.equityWithLoanAfter)


@pytest.mark.parametrize(("action", "limit"), [("BUY", 1.0), ("SELL", 10_000.0)])
def test_a_limit_beside_the_market_is_no_gain(action: str, limit: float) -> None:
    peer = Desk().client()
    peer.ask(
        "placeOrder",
        orderId=1,
        contract=stock(),
        order=order(action, "1000000", "LMT", lmtPrice=limit),
    )
    assert peer.last("error")["errorCode"] == 201
