"""Orders that are worked: VOL orders, scale orders, algorithms in slices."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import pytest

from ibapi_port.contract import Contract
from ibapi_port.simulator.errors import Refusal
from ibapi_port.simulator.market.listings.option_pricing import greeks, smile
from ibapi_port.simulator.trading.matching.volatility import volatility_terms
from ibapi_port.tag_value import TagValue

from .helpers import NOON, Desk, FakePeer, front_option, order, stock


@pytest.fixture
def desk() -> Desk:
    return Desk(tick_interval=1e9, order_delay=0.0, cancel_delay=0.0, algo_slices=True)


@pytest.fixture
def peer(desk: Desk) -> FakePeer:
    return desk.client()


def place(
    peer: FakePeer, order_id: int, contract: Contract, quantity: str = "10", **attributes: Any
) -> None:
    kind, action = attributes.pop("kind", "LMT"), attributes.pop("action", "BUY")
    made = order(action, quantity, kind, **{"tif": "DAY", **attributes})
    peer.ask("placeOrder", orderId=order_id, contract=contract, order=made)


def code_of(peer: FakePeer, contract: Contract, **attributes: Any) -> int:
    with pytest.raises(Refusal) as refused:
        place(peer, 99, contract, **attributes)
    return refused.value.code


def filled(peer: FakePeer, order_id: int = 1) -> Decimal:
    return sum(
        (
            each["execution"].shares
            for each in peer.all("execDetails")
            if each["execution"].orderId == order_id
        ),
        Decimal(0),
    )


def algorithm(name: str, **values: str) -> dict[str, Any]:
    return {
        "algoStrategy": name,
        "algoParams": [TagValue(tag, value) for tag, value in values.items()],
    }


def at(clock: str) -> str:
    return f"20260414 {clock} US/Eastern"


def plenty(desk: Desk, symbol: str = "AAPL", **changes: Any) -> None:
    """Quote a size at which everything fills."""
    quote = desk.quote(symbol)
    changes = {"bid": quote.bid, "ask": quote.ask, **changes}
    sizes = {"bid_size": Decimal(100_000), "ask_size": Decimal(100_000)}
    desk.world.market.set_quote(desk.instrument(symbol), **changes, **sizes)


class TestVolatility:
    def option(self, desk: Desk) -> Any:
        return desk.world.instruments.one(front_option())

    def worth(self, desk: Desk, option: Any, percent: float) -> float:
        spot = float(desk.quote("AAPL").midpoint)
        return greeks(option, spot, desk.clock.now(), percent / 100).price

    def market_volatility(self, desk: Desk, option: Any) -> float:
        return 100 * smile(option, float(desk.quote("AAPL").midpoint))

    def test_a_high_volatility_buys_at_once(self, desk: Desk, peer: FakePeer) -> None:
        option = self.option(desk)
        high = 2 * self.market_volatility(desk, option)
        place(peer, 1, option.contract("SMART"), "1", kind="VOL", volatility=high)
        assert filled(peer) == 1
        (done,) = peer.all("execDetails")
        assert done["execution"].price <= self.worth(desk, option, high)

    def test_one_below_the_market_waits_at_its_price(self, desk: Desk, peer: FakePeer) -> None:
        option = self.option(desk)
        low = 0.8 * self.market_volatility(desk, option)
        place(peer, 1, option.contract("SMART"), "1", kind="VOL", volatility=low)
        limit = self.worth(desk, option, low)
        assert filled(peer) == 0
        for price, fills in ((limit + 0.05, 0), (limit - 0.05, 1)):
            ask = Decimal(str(round(price, 2)))
            desk.world.market.set_quote(option, bid=ask - Decimal("0.05"), ask=ask)
            assert filled(peer) == fills

    @pytest.mark.parametrize("continuous", [False, True])
    def test_its_limit_goes_with_the_underlying_if_it_is_to(
        self, desk: Desk, peer: FakePeer, continuous: bool
    ) -> None:
        option = self.option(desk)
        low = 0.8 * self.market_volatility(desk, option)
        place(
            peer,
            1,
            option.contract("SMART"),
            "1",
            kind="VOL",
            volatility=low,
            volatilityType=2,
            continuousUpdate=continuous,
            referencePriceType=1,
        )
        before = self.worth(desk, option, low)
        desk.move("AAPL", "240.00")
        after = self.worth(desk, option, low)
        assert after > before + 2
        ask = Decimal(str(round(after - 0.5, 2)))  # too dear for the old limit
        desk.world.market.set_quote(option, bid=ask - Decimal("0.05"), ask=ask)
        assert filled(peer) == continuous

    def test_a_daily_volatility(self, desk: Desk, peer: FakePeer) -> None:
        option = self.option(desk)
        daily = 2 * self.market_volatility(desk, option) / 252**0.5
        attributes = {"kind": "VOL", "volatility": daily, "volatilityType": 1}
        place(peer, 1, option.contract("SMART"), "1", **attributes)
        assert filled(peer) == 1

    def test_a_seller_takes_no_less(self, desk: Desk, peer: FakePeer) -> None:
        option = self.option(desk)
        volatility = self.market_volatility(desk, option) * 0.5
        contract = option.contract("SMART")
        place(peer, 1, contract, "1", kind="VOL", action="SELL", volatility=volatility)
        (done,) = peer.all("execDetails")
        assert done["execution"].price >= self.worth(desk, option, volatility)

    @pytest.mark.parametrize(
        ("attributes", "code"),
        [
            ({"kind": "VOL"}, 371),
            ({"kind": "VOL", "volatility": -1.0}, 371),
            ({"kind": "VOL", "volatility": float("nan")}, 371),
            ({"kind": "VOL", "volatility": 30.0, "volatilityType": 3}, 367),
            ({"kind": "VOL", "volatility": 30.0, "continuousUpdate": True}, 368),
            ({"kind": "VOL", "volatility": 30.0, "referencePriceType": 7}, 368),
            ({"kind": "VOL", "volatility": 30.0, "deltaNeutralOrderType": "MKT"}, 387),
            ({"lmtPrice": 1.0, "volatility": 30.0}, 371),
            ({"lmtPrice": 1.0, "volatilityType": 2}, 367),
            ({"lmtPrice": 1.0, "referencePriceType": 1}, 368),
        ],
    )
    def test_what_is_wrong_is_refused(
        self, desk: Desk, peer: FakePeer, attributes: dict[str, Any], code: int
    ) -> None:
        assert code_of(peer, self.option(desk).contract("SMART"), **attributes) == code

    def test_it_is_for_options_alone(self, peer: FakePeer) -> None:
        assert code_of(peer, stock(), kind="VOL", volatility=30.0) == 369


class TestScale:
    def scale(self, peer: FakePeer, **attributes: Any) -> None:
        usual = {"scaleInitLevelSize": 100, "scaleSubsLevelSize": 50, "scalePriceIncrement": 0.5}
        place(peer, 1, stock(), "250", **{"lmtPrice": 220.0, **usual, **attributes})

    def test_each_component_waits_for_a_better_price(self, desk: Desk, peer: FakePeer) -> None:
        plenty(desk)
        self.scale(peer)
        asks = {"220.01": 0, "220.00": 100, "219.99": 100, "219.50": 150, "218.90": 200}
        for ask, total in asks.items():
            price = Decimal(ask)
            plenty(desk, bid=price - Decimal("0.02"), ask=price)
            assert filled(peer) == total, ask
        plenty(desk, bid=Decimal("200"), ask=Decimal("200.02"))
        assert filled(peer) == 250

    def test_a_market_that_falls_far_fills_many(self, desk: Desk, peer: FakePeer) -> None:
        plenty(desk)
        self.scale(peer)
        plenty(desk, bid=Decimal("219.40"), ask=Decimal("219.45"))
        sizes = [each["execution"].shares for each in peer.all("execDetails")]
        assert sizes == [100, 50]

    def test_a_seller_goes_up(self, desk: Desk, peer: FakePeer) -> None:
        plenty(desk)
        self.scale(peer, action="SELL", lmtPrice=240.0)
        for bid, total in (("240.00", 100), ("240.49", 100), ("240.50", 150)):
            plenty(desk, bid=Decimal(bid), ask=Decimal(bid) + Decimal("0.02"))
            assert filled(peer) == total

    @pytest.mark.parametrize(
        ("attributes", "code"),
        [
            ({"scaleInitLevelSize": 100}, 408),
            ({"scaleInitLevelSize": 100, "scalePriceIncrement": -1.0}, 408),
            ({"scaleInitLevelSize": 100, "scalePriceIncrement": float("nan")}, 408),
            ({"scalePriceIncrement": 0.5}, 409),
            (
                {
                    "scaleInitLevelSize": 100,
                    "scalePriceIncrement": 0.5,
                    "scaleSubsLevelSize": -5,
                },
                410,
            ),
        ],
    )
    def test_what_is_wrong_is_refused(
        self, peer: FakePeer, attributes: dict[str, Any], code: int
    ) -> None:
        assert code_of(peer, stock(), lmtPrice=220.0, **attributes) == code


class TestSlices:
    def test_twap_trades_evenly(self, desk: Desk, peer: FakePeer) -> None:
        plenty(desk)
        values = {"startTime": at("12:10:00"), "endTime": at("13:10:00")}
        place(peer, 1, stock(), "1200", kind="MKT", **algorithm("Twap", **values))
        desk.advance(599)
        assert filled(peer) == 0
        seen = []
        for _ in range(6):
            desk.advance(601 if not seen else 600)
            plenty(desk)
            seen.append(int(filled(peer)))
        assert seen == sorted(seen)
        assert seen[-1] == 1200
        assert 580 <= seen[2] <= 630

    def test_vwap_trades_more_at_the_ends(self, desk: Desk, peer: FakePeer) -> None:
        plenty(desk)
        values = {"startTime": at("12:00:00"), "endTime": at("13:00:00")}
        place(peer, 1, stock(), "1200", kind="MKT", **algorithm("Vwap", **values))
        seen = [0]
        for _ in range(6):
            desk.advance(600)
            plenty(desk)
            seen.append(int(filled(peer)))
        parts = [after - before for before, after in itertools.pairwise(seen)]
        assert sum(parts) == 1200
        assert parts[0] > 2 * parts[2]
        assert parts[4] > 1.5 * parts[3]

    def test_what_is_left_at_the_end_is_cancelled(self, desk: Desk, peer: FakePeer) -> None:
        for order_id, more in ((1, {}), (2, {"allowPastEndTime": "1"})):
            values = {"endTime": at("12:30:00"), **more}
            twap = algorithm("Twap", **values)
            place(peer, order_id, stock(), "100", lmtPrice=1.0, **twap)
        desk.advance(1801)
        last = {each["orderId"]: each["status"] for each in peer.all("orderStatus")}
        assert last == {1: "Cancelled", 2: "Submitted"}

    def test_components_by_accumulate_distribute(self, desk: Desk, peer: FakePeer) -> None:
        plenty(desk)
        values = {"componentSize": "40", "timeBetweenOrders": "60"}
        place(peer, 1, stock(), "100", kind="MKT", **algorithm("AD", **values))
        seen = [int(filled(peer))]
        for _ in range(3):
            desk.advance(60)
            plenty(desk)
            seen.append(int(filled(peer)))
        assert seen == [40, 80, 100, 100]

    def test_a_share_of_the_volume(self, desk: Desk, peer: FakePeer) -> None:
        plenty(desk)
        place(peer, 1, stock(), "1000", kind="MKT", **algorithm("PctVol", pctVol="0.1"))
        assert filled(peer) == 0
        quote = desk.quote("AAPL")
        plenty(desk, last=quote.ask, last_size=Decimal(2000))
        assert filled(peer) == 200

    def test_a_change_begins_anew_with_the_rest(self, desk: Desk, peer: FakePeer) -> None:
        plenty(desk)
        values = {"componentSize": "40", "timeBetweenOrders": "60"}
        attributes = {"kind": "MKT", **algorithm("AD", **values)}
        place(peer, 1, stock(), "100", **attributes)
        assert filled(peer) == 40
        desk.advance(1)
        place(peer, 1, stock(), "200", **attributes)
        plenty(desk)
        assert filled(peer) == 40  # since it was changed
        desk.advance(60)
        assert filled(peer) == 80
        assert peer.last("orderStatus")["remaining"] == 80

    def test_it_sleeps_over_the_night_and_goes_on(self, desk: Desk, peer: FakePeer) -> None:
        plenty(desk)
        values = {"componentSize": "10", "timeBetweenOrders": "7200"}
        place(peer, 1, stock(), "1000", kind="MKT", tif="GTC", **algorithm("AD", **values))
        desk.advance(86_400)
        plenty(desk)
        assert 0 < filled(peer) < 1000
        assert peer.last("orderStatus")["remaining"] == 1000 - filled(peer)

    def test_the_setting(self) -> None:
        desk = Desk(tick_interval=1e9, order_delay=0.0, algo_slices=False)
        plenty(desk)
        peer = desk.client()
        place(peer, 1, stock(), "100", kind="MKT", **algorithm("Twap"))
        assert filled(peer) == 100


def test_prices_of_a_rule_with_bands(desk: Desk, peer: FakePeer) -> None:
    """From 3 points on options on the SPX have ticks of ten cents."""
    wanted = Contract(symbol="SPX", secType="OPT", exchange="SMART", currency="USD", right="C")
    wanted.lastTradeDateOrContractMonth, wanted.tradingClass = "202605", "SPX"
    found = desk.world.instruments.find(wanted)
    for option in found[:: len(found) // 8]:
        quote = desk.quote_of(option)
        for price in (quote.bid, quote.ask, quote.last):
            assert price % (Decimal("0.1") if price >= 3 else Decimal("0.05")) == 0
        assert quote.bid < quote.ask
    contract = found[0].contract("SMART")
    assert code_of(peer, contract, quantity="1", lmtPrice=3.05) == 110
    place(peer, 1, contract, "1", lmtPrice=2.95)
    place(peer, 2, contract, "1", lmtPrice=3.10)
    assert desk.clock.now() == NOON


class _Still:
    """A market in which every quote is this one."""

    def __init__(self, quote: Any) -> None:
        self._quote = quote

    def quote(self, instrument: object) -> Any:
        return self._quote


@pytest.mark.parametrize("action", ["BUY", "SELL"])
def test_a_vol_order_whose_underlying_nobody_quotes(desk: Desk, action: str) -> None:
    option, nobody = desk.world.instruments.one(front_option()), desk.quote("AAPL")
    made = order(action, "1", "VOL", volatility=30.0, continuousUpdate=True, referencePriceType=2)
    limits = []
    for changes in ({}, {"bid": Decimal(-1), "ask": Decimal(-1)}, {"bid": 0, "ask": 0, "last": 0}):
        market: Any = _Still(nobody._replace(**{n: Decimal(v) for n, v in changes.items()}))
        terms = volatility_terms(made, option, option, market, desk.clock.now)
        limits.append(terms.limit(nobody))
    quoted, last, nothing = limits
    assert quoted is not None
    assert last is not None
    assert abs(quoted - last) < 1
    assert nothing == (option.min_tick if action == "BUY" else 10**9)
