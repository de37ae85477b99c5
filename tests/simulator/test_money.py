"""Money adds up: whatever is ordered, changed, cancelled and quoted, in whatever kind of
instrument.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ibapi_port.const import UNSET_DOUBLE
from ibapi_port.contract import ComboLeg, Contract
from ibapi_port.order_cancel import OrderCancel
from ibapi_port.simulator.account.ledger import Account
from ibapi_port.simulator.account.money import is_marked
from ibapi_port.simulator.errors import Invalid, Refusal
from ibapi_port.simulator.market.instruments import Instrument, Instruments

from .helpers import NOON, Desk, FakePeer, order, realized_total

D = Decimal
CENT = D("0.01")
NEARLY = D("1e-9")  # exchange rates are quotients
AMOUNTS = {"CASH": 20000, "CRYPTO": D("0.01"), "BOND": 5, "CFD": 5, "CMDTY": 1}
DAY = 86400


def _contracts() -> list[Contract]:
    """One of each kind, in several currencies, and combinations. By contract id: to search chains
    takes time.
    """
    instruments = Instruments(lambda: NOON)
    by_name = {
        entry.local_symbol: entry
        for entry in instruments.all
        if entry.sec_type not in ("CFD", "BOND")
    }
    chosen = [
        by_name[name]
        for name in ("AAPL", "SAP", "7203", "EUR.USD", "USD.JPY", "EUR.GBP", "BTC.USD", "XAUUSD")
    ]
    chosen += [
        next(entry for entry in instruments.all if entry.sec_type == kind)
        for kind in ("BOND", "CFD")
    ]
    for kind, symbol, right, strike in (
        *(
            ("FUT", "ES", "", None),
            ("FUT", "DAX", "", None),
            ("OPT", "AAPL", "C", 230.0),
            ("OPT", "AAPL", "P", 230.0),
        ),
        *(("OPT", "SPX", "C", 5750.0), ("FOP", "ES", "P", 5750.0)),
    ):
        wanted = Contract()
        wanted.secType, wanted.symbol, wanted.right = kind, symbol, right
        wanted.strike = strike or UNSET_DOUBLE
        chosen.append(instruments.find(wanted)[0])
    return [
        *(each.contract() for each in chosen),
        spread(chosen[12], chosen[13]),
        spread(chosen[12], chosen[0], 100),
    ]


def spread(first: Instrument, second: Instrument, ratio: int = 1) -> Contract:
    contract = Contract()
    contract.symbol, contract.secType, contract.exchange, contract.currency = (
        first.symbol,
        "BAG",
        "SMART",
        first.currency,
    )
    for instrument, action, units in (
        (first, "BUY", 1),
        (second, "SELL" if ratio == 1 else "BUY", ratio),
    ):
        leg = ComboLeg()
        leg.conId, leg.ratio, leg.action, leg.exchange = instrument.con_id, units, action, "SMART"
        contract.comboLegs.append(leg)
    return contract


CONTRACTS = _contracts()


class Bank:
    """A desk with a client that trades, and the books of what it should have."""

    def __init__(self, **options: Any) -> None:
        self.desk = Desk(tick_interval=1e9, **options)
        self.world = self.desk.world
        self.world.executions.kept = 10**9
        self.peer: FakePeer = self.desk.client()
        self.contracts = CONTRACTS
        self.next_id = 1

    # --- what can happen ---

    def place(
        self,
        n: int,
        action: str,
        amount: int,
        kind: str,
        ticks: int,
        tif: str,
        group: int,
        parent: bool,
        order_id: int = 0,
    ) -> None:
        contract = self.contracts[n % len(self.contracts)]
        if (instrument := self.alive(contract)) is None:
            return
        quote = self.world.market.quote(instrument)
        price = float(
            quote.midpoint // instrument.min_tick * instrument.min_tick
            + ticks * instrument.min_tick
        )
        wanted = order(action, str(AMOUNTS.get(instrument.sec_type, 1) * amount), kind, tif=tif)
        if "LMT" in kind or kind in ("LIT", "LOC"):
            wanted.lmtPrice = price
        if "STP" in kind or kind in ("MIT", "LIT"):
            wanted.auxPrice = price
        if "TRAIL" in kind:
            wanted.auxPrice = float(3 * instrument.min_tick)
            wanted.lmtPriceOffset = (
                float(2 * instrument.min_tick) if kind == "TRAIL LIMIT" else wanted.lmtPriceOffset
            )
        if len(self.world.accounts) > 1:
            wanted.faGroup = "All"
        if group:
            wanted.ocaGroup, wanted.ocaType = "group", group
        if parent and self.next_id > 1:
            wanted.parentId = self.next_id - 1
        self.try_to(
            lambda: self.peer.ask(
                "placeOrder", orderId=order_id or self.next_id, contract=contract, order=wanted
            )
        )
        self.next_id = max(self.next_id, self.world.book.next_id(1))

    def alive(self, contract: Contract) -> Instrument | None:
        """None: it has expired."""
        try:
            return self.world.instruments.one(contract)
        except Refusal:
            return None

    def cancel(self, order_id: int) -> None:
        self.try_to(
            lambda: self.peer.ask("cancelOrder", orderId=order_id, orderCancel=OrderCancel())
        )

    def cancel_all(self) -> None:
        self.peer.ask("reqGlobalCancel", orderCancel=OrderCancel())

    def quote(self, n: int, ticks: int, size: int) -> None:
        instrument = self.alive(self.contracts[n % len(self.contracts)])
        if instrument is None:
            return
        if instrument.legs:
            instrument = instrument.legs[0].instrument
        last = (
            max(self.world.market.mark(instrument) // instrument.min_tick + ticks, D(5))
            * instrument.min_tick
        )
        tick, sizes = instrument.min_tick, instrument.size_increment * size
        self.world.market.set_quote(
            instrument, bid=last - tick, ask=last + tick, last=last, bid_size=sizes, ask_size=sizes
        )

    def correct(self, n: int, ticks: int) -> None:
        fills = [fill for fill in self.world.executions.current() if fill.report]
        if fills:
            fill = fills[n % len(fills)]
            price = D(repr(fill.execution.price)) + ticks * fill.instrument.min_tick
            self.world.correct(fill.execution.execId, price)

    def wait(self, seconds: float) -> None:
        self.desk.advance(seconds)

    def try_to(self, action: Callable[[], object]) -> None:
        with contextlib.suppress(Refusal, Invalid):
            action()

    # --- what must be so ---

    def check(self) -> None:
        for account in self.world.accounts:
            self.check_account(account)
        self.check_orders()

    def check_account(self, account: Account) -> None:
        net = account.net_liquidation()
        assert (
            abs(net - account.initial - realized_total(account) - account.unrealized_total())
            < NEARLY
        )
        cash = sum(
            (amount * account.rate(currency) for currency, amount in account.cash.items()), D(0)
        )
        worth = D(0)
        for position in account.positions.values():
            instrument = position.instrument
            value = (
                position.quantity
                * account.mark(instrument)
                * instrument.multiplier
                * account.rate(instrument.currency)
            )
            if is_marked(instrument):
                worth += value - position.settled * account.rate(instrument.currency)
            elif not instrument.is_pair:
                worth += value
            if not position.quantity:
                assert position.cost == 0
        assert abs(net - cash - worth) < NEARLY
        assert (
            abs(
                account.daily_total()
                - sum((account.daily(each) for each in account.positions.values()), D(0))
            )
            < NEARLY
        )
        for currency, amount in account.cash.items():
            assert abs(amount - self.money_in(account, currency)) < NEARLY
        for con_id, position in account.positions.items():
            fills = [
                fill
                for fill in self.world.executions.current()
                if fill.account is account and fill.instrument.con_id == con_id
            ]
            assert sum((fill.signed for fill in fills), D(0)) == position.quantity

    def check_orders(self) -> None:
        for live in self.world.book._all:
            assert 0 <= live.filled <= live.order.totalQuantity
            fills = [
                fill
                for fill in self.world.executions.current()
                if fill.live is live and fill.instrument is live.instrument
            ]
            assert sum((fill.execution.shares for fill in fills), D(0)) == live.filled
            assert sum(live.allocated.values(), D(0)) in (0, live.filled)
            assert all(
                live.allocated.get(share.account.code, 0) <= share.quantity for share in live.shares
            )
            assert (live.status == "Filled") == (live.filled == live.order.totalQuantity)
            assert not (live.done and live.end_timer)

    def money_in(self, account: Account, currency: str) -> Decimal:
        """The cash as it follows from executions and commission reports, and from what futures were
        settled at.
        """
        cash = account.initial if currency == account.base else D(0)
        marked = (
            each
            for each in account.positions.values()
            if is_marked(each.instrument) and each.instrument.currency == currency
        )
        cash += sum((each.settled for each in marked), D(0))
        for fill in self.world.executions.current():
            if fill.report is None or fill.account is not account:
                continue
            price = D(repr(fill.execution.price))
            if fill.instrument.currency == currency:
                cash -= fill.signed * price * fill.instrument.multiplier
            if fill.instrument.is_pair and fill.instrument.symbol == currency:
                cash += fill.signed
            if fill.report.currency == currency:
                cash -= D(repr(fill.report.commissionAndFees))
        return cash


PHASES = [phase for phase in Phase if phase is not Phase.explain]  # which takes minutes
KINDS = [
    "MKT",
    "MKT",
    "LMT",
    "LMT",
    "STP",
    "STP LMT",
    "TRAIL",
    "TRAIL LIMIT",
    "MIT",
    "LIT",
    "MTL",
    "REL",
    "PEG MID",
    "MOC",
    "LOC",
]
number = st.integers(0, 17)
placing = st.tuples(
    st.just("place"),
    number,
    st.sampled_from(["BUY", "SELL"]),
    st.integers(1, 400),
    st.sampled_from(KINDS),
    st.integers(-20, 20),
    st.sampled_from(["DAY", "GTC", "IOC", "FOK"]),
    st.sampled_from([0, 0, 1, 2, 3]),
    st.booleans(),
    st.sampled_from([0, 0, 0, 1, 2]),
)
happening = st.one_of(
    placing,
    placing,
    placing,
    st.tuples(st.just("cancel"), st.integers(1, 12)),
    st.tuples(st.just("cancel_all")),
    st.tuples(st.just("quote"), number, st.integers(-60, 60), st.integers(1, 500)),
    st.tuples(st.just("quote"), number, st.integers(-60, 60), st.integers(1, 500)),
    st.tuples(st.just("correct"), number, st.integers(-30, 30)),
    st.tuples(st.just("wait"), st.sampled_from([1, 3600, DAY, 4 * DAY, 70 * DAY])),
)


knobs = st.fixed_dictionaries(
    {
        "base_currency": st.sampled_from(["USD", "EUR"]),
        "check_margin": st.booleans(),
        "market_hours": st.sampled_from(["always", "exchange"]),
        "cancel_delay": st.sampled_from([0.0, 0.5]),
        "order_delay": st.sampled_from([0.0, 0.5]),
        "account": st.sampled_from(["DU1234567", "DF1,DU1,DU2"]),
    }
)


@settings(
    max_examples=40, deadline=None, phases=PHASES, suppress_health_check=[HealthCheck.too_slow]
)
@given(st.lists(happening, max_size=25), knobs)
def test_money_adds_up(events: list[tuple[Any, ...]], options: dict[str, Any]) -> None:
    bank = Bank(**options)
    for name, *values in events:
        getattr(bank, name)(*values)
        bank.check()
