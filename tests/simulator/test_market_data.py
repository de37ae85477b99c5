from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ibapi_port.contract import Contract, DeltaNeutralContract
from ibapi_port.simulator.errors import Invalid, Refusal

from .helpers import Desk, FakePeer, order, pair, stock

PRICE, SIZE = "tickPrice", "tickSize"


def subscribe(
    peer: FakePeer,
    req_id: int = 1,
    contract: Contract | None = None,
    snapshot: bool = False,
    generic: str = "",
) -> None:
    peer.ask(
        "reqMktData",
        reqId=req_id,
        contract=contract or stock(),
        genericTickList=generic,
        snapshot=snapshot,
        regulatorySnapshot=False,
        mktDataOptions=[],
    )


def ticks(peer: FakePeer, kind: str) -> dict[int, Any]:
    """Tick type to value."""
    value = {PRICE: "price", SIZE: "size"}.get(kind, "value")
    return {values["tickType"]: values[value] for values in peer.all(kind)}


def test_first_comes_the_whole_picture(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer)
    quote = desk.quote("AAPL")
    assert peer.got[0] == (
        "tickReqParams",
        {"tickerId": 1, "minTick": 0.01, "bboExchange": "9c0001", "snapshotPermissions": 3},
    )
    wanted = {
        1: quote.bid,
        2: quote.ask,
        4: quote.last,
        6: quote.high,
        7: quote.low,
        9: quote.close,
        14: quote.open,
    }
    assert ticks(peer, PRICE) == {tick: float(price) for tick, price in wanted.items()}
    assert {values["tickType"]: values["size"] for values in peer.all(PRICE)[:3]} == {
        1: quote.bid_size,
        2: quote.ask_size,
        4: quote.last_size,
    }
    assert ticks(peer, SIZE) == {8: quote.volume}
    strings = ticks(peer, "tickString")
    assert strings.pop(45) == str(quote.last_time)
    assert strings.keys() == {32, 33, 84}  # letters of exchanges
    assert ticks(peer, "tickGeneric") == {49: 0.0}
    assert "marketDataType" not in peer.names()
    assert {values.get("reqId", 1) for _, values in peer.got} == {1}


def test_then_only_what_changes(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer)
    peer.got.clear()
    before = desk.quote("AAPL")
    desk.move("AAPL", str(before.last))  # same price, other sizes and volume
    after = desk.quote("AAPL")
    assert ticks(peer, PRICE) == {}
    sizes = {
        0: (before.bid_size, after.bid_size),
        3: (before.ask_size, after.ask_size),
        5: (before.last_size, after.last_size),
    }
    assert ticks(peer, SIZE) == {tick: new for tick, (old, new) in sizes.items() if new != old} | {
        8: after.volume
    }
    peer.got.clear()
    desk.move("AAPL", "231.00")
    assert ticks(peer, PRICE) == {1: 230.99, 2: 231.01, 4: 231.0, 6: 231.0}
    assert set(ticks(peer, SIZE)) == {8}  # the others went along with their prices


def test_the_clock_drives_the_stream(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer)
    peer.got.clear()
    desk.advance(60)
    assert len(peer.all(PRICE)) > 10
    assert ticks(peer, "tickString")[45] == str(desk.quote("AAPL").last_time)


def test_only_the_subscribed_instrument_and_only_until_cancelled(
    desk: Desk, peer: FakePeer
) -> None:
    subscribe(peer)
    peer.got.clear()
    desk.move("MSFT", "500.00")
    assert peer.got == []
    peer.ask("cancelMktData", reqId=1)
    desk.move("AAPL", "240.00")
    assert peer.got == []


def test_a_snapshot_ends(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer, snapshot=True)
    assert peer.got[-1] == ("tickSnapshotEnd", {"reqId": 1})
    assert ticks(peer, PRICE)[4] == float(desk.quote("AAPL").last)
    peer.got.clear()
    desk.move("AAPL", "240.00")
    assert peer.got == []
    subscribe(peer, snapshot=True)  # its id is free again
    with pytest.raises(Invalid, match="not applicable to generic ticks"):
        subscribe(peer, snapshot=True, generic="233")


@pytest.mark.parametrize(
    ("wanted", "told", "last", "volume", "time", "halted"),
    [(1, 1, 4, 8, 45, 49), (2, 1, 4, 8, 45, 49), (3, 3, 68, 74, 88, 90)],
)
def test_market_data_types(
    wanted: int, told: int, last: int, volume: int, time: int, halted: int
) -> None:
    """Of what is not subscribed: who has live data gets it, whatever is asked for."""
    peer = Desk(not_subscribed="ALL" if wanted > 2 else "").client()
    peer.ask("reqMarketDataType", marketDataType=wanted)
    subscribe(peer)
    if told == 3:
        assert peer.got.pop(0)[1]["errorCode"] == 10167
    assert peer.got[0] == ("marketDataType", {"reqId": 1, "marketDataType": told})
    assert last in ticks(peer, PRICE)
    assert volume in ticks(peer, SIZE)
    assert set(ticks(peer, "tickString")) - {32, 33, 84} == {time}
    assert set(ticks(peer, "tickGeneric")) == {halted}
    with pytest.raises(Invalid):
        peer.ask("reqMarketDataType", marketDataType=5)


def test_delayed_ticks_all_have_delayed_ids() -> None:
    desk = Desk(not_subscribed="STK")
    peer = desk.client()
    peer.ask("reqMarketDataType", marketDataType=4)
    subscribe(peer)
    desk.advance(60)
    assert set(ticks(peer, PRICE)) == {66, 67, 68, 72, 73, 75, 76}
    assert set(ticks(peer, SIZE)) == {69, 70, 71, 74}


def test_a_currency_pair_has_quotes_only(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer, contract=pair())
    assert set(ticks(peer, PRICE)) == {1, 2, 6, 7, 9}
    desk.advance(60)
    assert set(ticks(peer, SIZE)) <= {0, 3}
    assert peer.all("tickString") == []


def test_ids(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer, 5)
    with pytest.raises(Refusal) as refused:
        subscribe(peer, 5)
    assert refused.value.code == 322
    with pytest.raises(Refusal, match="Can't find EId with tickerId:6") as refused:
        peer.ask("cancelMktData", reqId=6)
    assert refused.value.code == 300
    other = desk.client(2)
    subscribe(other, 5)  # another client's ids are its own
    with pytest.raises(Refusal) as refused:
        subscribe(peer, 7, stock("NOSUCH"))
    assert refused.value.code == 200


def test_an_old_client_gets_no_tick_req_params(desk: Desk) -> None:
    old = desk.client(3, server_version=113)
    subscribe(old)
    assert "tickReqParams" not in old.names()


def test_who_has_gone_is_sent_nothing(desk: Desk, peer: FakePeer) -> None:
    peer.ask("reqMarketDataType", marketDataType=3)
    subscribe(peer)
    desk.world.leave(peer)
    peer.got.clear()
    desk.move("AAPL", "240.00")
    assert peer.got == []
    again = desk.client(1)
    subscribe(again)
    assert 4 in ticks(again, PRICE)  # the market data type was of the connection


# --- what the user may see ---


def contract(**attributes: Any) -> Contract:
    made = Contract()
    for name, value in attributes.items():
        assert hasattr(made, name)
        setattr(made, name, value)
    return made


def option(right: str = "C") -> Contract:
    return contract(
        symbol="AAPL",
        secType="OPT",
        exchange="SMART",
        currency="USD",
        lastTradeDateOrContractMonth="20260618",
        strike=230.0,
        right=right,
    )


def refused(peer: FakePeer, **request: Any) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        subscribe(peer, **request)
    return refusal.value


def test_without_a_subscription_there_is_an_error_or_delayed_data() -> None:
    desk = Desk(not_subscribed="NASDAQ, IND")
    peer = desk.client()
    error = refused(peer)
    assert error.code == 354
    assert error.text.startswith("Requested market data is not subscribed. ")
    assert error.text.endswith("Delayed market data is available.AAPL NASDAQ.NMS/TOP/ALL")
    subscribe(peer, 2, stock("IBM"))
    assert 4 in ticks(peer, PRICE)
    peer.ask("reqMarketDataType", marketDataType=3)
    subscribe(peer, 3, stock("IBM"))
    assert 4 in ticks(peer, PRICE)
    subscribe(peer, 4)
    assert peer.all("error") == [
        {
            "reqId": 4,
            "errorCode": 10167,
            "errorString": "Requested market data is not subscribed. Displaying delayed market data.",
        }
    ]
    assert 68 in ticks(peer, PRICE)


def test_delayed_data_can_be_off_and_somebody_else_can_be_looking() -> None:
    desk = Desk(not_subscribed="AAPL", delayed_data=False)
    peer = desk.client()
    assert refused(peer).code == 10168
    peer.ask("reqMarketDataType", marketDataType=3)
    assert refused(peer).code == 10168
    desk.world.feeds.permissions.competing_session = True
    assert refused(peer, contract=stock("IBM")).code == 10197


def test_an_option_whose_underlying_is_not_subscribed_has_no_greeks() -> None:
    desk = Desk(not_subscribed="STK")
    peer = desk.client()
    subscribe(peer, contract=option())
    (error,) = peer.all("error")
    assert error["errorCode"] == 10090
    assert error["errorString"].endswith("AAPL NASDAQ.NMS/TOP/ALL")
    assert 1 in ticks(peer, PRICE)
    assert "tickOptionComputation" not in peer.names()


def test_market_data_lines() -> None:
    desk = Desk(market_data_lines=2)
    one, other = desk.client(1), desk.client(2)
    subscribe(one, 1)
    subscribe(other, 1)  # the same instrument: no line more
    subscribe(other, 2, stock("MSFT"))
    error = refused(one, req_id=2, contract=stock("IBM"))
    assert (error.code, error.text) == (101, "Max number of tickers has been reached.")
    assert refused(one, req_id=2, contract=stock("IBM")).code == 322  # it waits for a line
    one.got.clear()
    desk.world.leave(other)
    assert ticks(one, PRICE) == {}
    desk.advance(0)
    assert {values["reqId"] for values in one.all("tickPrice")} == {2}
    assert refused(one, req_id=2, contract=stock("IBM")).code == 322


def test_a_request_that_waits_for_a_line_can_be_cancelled() -> None:
    desk = Desk(market_data_lines=1)
    one, other = desk.client(1), desk.client(2)
    subscribe(one, 1)
    assert refused(other, req_id=1, contract=stock("IBM")).code == 101
    assert refused(other, req_id=2, contract=stock("IBM")).code == 101
    other.ask("cancelMktData", reqId=1)
    one.ask("cancelMktData", reqId=1)
    other.got.clear()
    desk.advance(0)
    assert {values["reqId"] for values in other.all("tickPrice")} == {2}
    subscribe(other, 1, stock("IBM"))  # the id is free, and the instrument has its line


def test_who_has_gone_waits_for_no_line() -> None:
    desk = Desk(market_data_lines=1)
    one, other = desk.client(1), desk.client(2)
    subscribe(one, 1)
    assert refused(other, req_id=1, contract=stock("IBM")).code == 101
    desk.world.leave(other)
    one.ask("cancelMktData", reqId=1)
    other.got.clear()
    desk.advance(1)
    assert other.got == []


# --- options ---


def computations(peer: FakePeer) -> dict[int, dict[str, Any]]:
    return {values["tickType"]: values for values in peer.all("tickOptionComputation")}


def test_options_have_greeks(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer, 1, option("C"))
    found = computations(peer)
    assert set(found) == {10, 11, 12, 13}
    model, bid, ask = found[13], found[10], found[11]
    assert 0 < bid["impliedVol"] < model["impliedVol"] < ask["impliedVol"]
    assert 0.4 < model["delta"] < 0.7
    assert model["gamma"] > 0 > model["theta"]
    assert model["undPrice"] == float(desk.quote("AAPL").last)
    assert bid["optPrice"] == ticks(peer, PRICE)[1]
    peer.got.clear()
    desk.move("AAPL", "240.00")
    assert computations(peer)[13]["undPrice"] == 240.0
    assert computations(peer)[13]["delta"] > model["delta"]
    subscribe(peer, 2, option("P"))
    assert -0.6 < computations(peer)[13]["delta"] < 0


def test_delayed_options_have_delayed_greeks() -> None:
    desk = Desk(not_subscribed="ALL")
    peer = desk.client()
    peer.ask("reqMarketDataType", marketDataType=3)
    subscribe(peer, contract=option())
    assert set(computations(peer)) == {80, 81, 82, 83}


# --- kinds ---


def test_an_index_has_values_only(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer, contract=contract(symbol="SPX", secType="IND", exchange="CBOE"))
    assert set(ticks(peer, PRICE)) == {4, 6, 7, 9, 14}
    assert ticks(peer, SIZE) == {}
    peer.got.clear()
    desk.move("SPY", "600.00")
    assert ticks(peer, PRICE)[4] == 6018.0


def test_a_stocks_cfd_is_rerouted(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer, 9, contract(symbol="AAPL", secType="CFD", exchange="SMART"))
    assert peer.got == [("rerouteMktDataReq", {"reqId": 9, "conId": 265598, "exchange": "SMART"})]
    subscribe(peer, 9, contract(symbol="IBUS500", secType="CFD", exchange="SMART"))
    assert {1, 2} <= set(ticks(peer, PRICE))


def test_a_delta_neutral_contract_is_confirmed(peer: FakePeer) -> None:
    wanted, hedge = stock(), DeltaNeutralContract()
    hedge.conId, hedge.delta, hedge.price = 8314, 0.5, 225.0
    wanted.deltaNeutralContract = hedge
    subscribe(peer, contract=wanted)
    assert peer.last("deltaNeutralValidation") == {"reqId": 1, "deltaNeutralContract": hedge}


# --- snapshots, halts, hours ---


def test_a_snapshot_that_lacks_something_ends_after_a_while(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer, 1, contract(symbol="SPX", secType="IND", exchange="CBOE"), snapshot=True)
    assert "tickSnapshotEnd" not in peer.names()
    desk.advance(10.9)
    assert "tickSnapshotEnd" not in peer.names()
    desk.advance(0.2)
    assert peer.got[-1] == ("tickSnapshotEnd", {"reqId": 1})
    peer.got.clear()
    desk.advance(20)
    assert peer.got == []
    subscribe(peer, 1, contract(symbol="SPX", secType="IND", exchange="CBOE"), snapshot=True)
    peer.ask("cancelMktData", reqId=1)
    desk.advance(20)
    assert peer.got == []


def test_halts_are_told(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer)
    peer.got.clear()
    desk.world.market.halt(desk.instrument("AAPL"))
    assert peer.got == [("tickGeneric", {"reqId": 1, "tickType": 49, "value": 1.0})]


def test_a_stock_is_halted_at_its_price_limits() -> None:
    desk = Desk(tick_interval=1e9, price_limits=5, order_delay=0.0, market_hours="exchange")
    peer = desk.client()
    subscribe(peer)
    desk.move("AAPL", "230")
    desk.move("AAPL", "235")  # the mean is 232.5
    assert desk.quote("AAPL").halted == 0
    desk.world.market.set_quote(desk.instrument("AAPL"), bid=Decimal(200))  # no trade
    assert desk.quote("AAPL").halted == 0
    desk.move("AAPL", "250")
    assert ticks(peer, "tickGeneric")[49] == 2.0
    peer.ask("placeOrder", orderId=5, contract=stock(), order=order("BUY", "1", tif="DAY"))
    desk.advance(299)
    assert peer.last("orderStatus")["status"] != "Filled"
    assert desk.quote("MSFT").halted == 0
    desk.advance(2)
    assert peer.last("orderStatus")["status"] == "Filled"
    assert ticks(peer, "tickGeneric")[49] == 0.0
    desk.move("AAPL", "255")  # the limits go by the price after the halt
    assert desk.quote("AAPL").halted == 0
    desk.move("AAPL", "200")
    desk.world.market.halt(desk.instrument("AAPL"), 1)  # for news, meanwhile
    desk.advance(400)
    assert desk.quote("AAPL").halted == 1
    desk.world.market.halt(desk.instrument("AAPL"), 0)
    desk.advance(24 * 3600)
    desk.move("AAPL", "300")  # a gap over night is none
    assert desk.quote("AAPL").halted == 0


def test_a_closed_market_is_frozen_for_who_wants_it_so() -> None:
    desk = Desk(market_hours="exchange")
    desk.clock.time += 9 * 3600 - 30
    desk.advance(1)  # 20:59:31, closed
    plain, frozen = desk.client(1), desk.client(2)
    subscribe(plain)
    assert (ticks(plain, PRICE)[1], ticks(plain, PRICE)[2]) == (-1.0, -1.0)
    assert ticks(plain, PRICE)[4] == 230.0
    frozen.ask("reqMarketDataType", marketDataType=2)
    subscribe(frozen)
    assert frozen.got[0] == ("marketDataType", {"reqId": 1, "marketDataType": 2})
    assert ticks(frozen, PRICE)[1] == 229.99
    frozen.got.clear()
    desk.clock.time += 12 * 3600
    desk.advance(10)
    assert frozen.got[0] == ("marketDataType", {"reqId": 1, "marketDataType": 1})
    assert frozen.names().count("marketDataType") == 1


def test_closing_while_somebody_looks() -> None:
    desk = Desk(market_hours="exchange")
    desk.clock.time += 8 * 3600 - 30  # 19:59:30
    plain, keeping = desk.client(1), desk.client(2)
    keeping.ask("reqMarketDataType", marketDataType=2)
    for peer in (plain, keeping):
        subscribe(peer)
        peer.got.clear()
    desk.advance(60)
    assert [values["price"] for values in plain.all(PRICE)[-2:]] == [-1.0, -1.0]
    assert keeping.got[-1] == ("marketDataType", {"reqId": 1, "marketDataType": 2})
    assert -1.0 not in {values["price"] for values in keeping.all(PRICE)}
    for peer in (plain, keeping):
        peer.got.clear()
    desk.clock.time += 9 * 3600
    desk.advance(10)
    assert {1, 2, 4} <= set(ticks(plain, PRICE))  # the whole picture again
    assert keeping.got[0] == ("marketDataType", {"reqId": 1, "marketDataType": 1})


# --- generic ticks ---

ALL_OF_STOCKS = "100,101,104,105,106,165,221,225,232,233,236,258,292,293,294,295,318,375,411,456,460,576,577,578,586,587,588,595,614,619,623"


def test_every_generic_tick_of_stocks_is_taken(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer, contract=stock("SPY"), generic=ALL_OF_STOCKS)
    seen = (
        set(ticks(peer, PRICE))
        | set(ticks(peer, SIZE))
        | set(ticks(peer, "tickString"))
        | set(ticks(peer, "tickGeneric"))
    )
    assert seen >= {
        *(
            15,
            16,
            17,
            18,
            19,
            20,
            21,
            23,
            24,
            27,
            28,
            29,
            30,
            34,
            35,
            36,
            37,
            46,
            47,
            48,
            54,
            55,
            56,
            57,
            58,
            59,
            61,
            63,
            64,
            65,
            77,
            78,
        ),
        *(79, 87, 89, 92, 93, 94, 95, 96, 97, 98, 99),
    }
    prices = ticks(peer, PRICE)
    assert (
        prices[19]
        <= prices[17]
        <= prices[15]
        <= prices[7]
        <= prices[6]
        <= prices[16]
        <= prices[18]
        <= prices[20]
    )
    first = list(peer.got)
    again = desk.client(2)
    subscribe(again, contract=stock("SPY"), generic=ALL_OF_STOCKS)
    assert again.got == first


def test_rt_volume_comes_with_each_trade(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer, generic="233")
    peer.got.clear()
    desk.move("AAPL", "231.00")
    quote = desk.quote("AAPL")
    price, size, time, volume, average, single = ticks(peer, "tickString")[48].split(";")
    assert (price, size, time, volume) == (
        "231.00",
        str(quote.last_size),
        str(quote.last_time * 1000),
        str(quote.volume),
    )
    assert 230 <= float(average) <= 231
    assert single == "true"
    peer.got.clear()
    desk.world.market.set_quote(desk.instrument("AAPL"), bid=quote.bid + quote.ask - quote.last)
    assert "tickString" not in peer.names()


def test_a_generic_tick_that_is_not_to_be_had(peer: FakePeer) -> None:
    with pytest.raises(Invalid) as invalid:
        subscribe(peer, contract=pair(), generic="233,236,x")
    assert str(invalid.value).startswith(
        "Incorrect generic tick list of 233,236,x.  Legal ones for (CASH) are: 165(Misc. Stats),221("
    )
    with pytest.raises(Invalid, match=r"for \(NEWS\) are: 292"):
        subscribe(
            peer,
            contract=contract(symbol="BZ:BZ_ALL", secType="NEWS", exchange="BZ"),
            generic="mdoff,233",
        )


def test_news(desk: Desk, peer: FakePeer) -> None:
    news = desk.world.feeds.market_data.publish_news
    subscribe(peer, 1, generic="mdoff,292:BRFG+BZ")
    subscribe(
        peer, 2, contract(symbol="BZ:BZ_ALL", secType="NEWS", exchange="BZ"), generic="mdoff,292"
    )
    subscribe(peer, 3, generic="292")
    subscribe(peer, 4)
    assert {values["reqId"] for name, values in peer.got if name == "tickPrice"} == {4}
    peer.got.clear()
    news("BZ", 1_776_182_400_000, "BZ$1", "Apple does something", symbols=("AAPL",))
    news("DJNL", 1_776_182_400_000, "DJNL$1", "Apple again", symbols=("AAPL",))
    news("BZ", 1_776_182_400_000, "BZ$2", "The weather")
    assert [(values["tickerId"], values["articleId"]) for values in peer.all("tickNews")] == [
        (1, "BZ$1"), (2, "BZ$1"), (3, "BZ$1"), (3, "DJNL$1"), (2, "BZ$2"),
    ]  # fmt: skip


def test_what_is_refused_leaves_no_feed_behind() -> None:
    desk = Desk(market_data_lines=1)
    peer = desk.client()
    values = {
        "genericTickList": "",
        "snapshot": False,
        "regulatorySnapshot": False,
        "mktDataOptions": [],
    }
    peer.ask("reqMktData", reqId=1, contract=stock(), **values)
    with pytest.raises(Refusal) as refused:
        peer.ask("reqMktData", reqId=2, contract=stock("MSFT"), **values)
    assert refused.value.code == 101
    assert len(desk.world.feeds.market_data._feeds) == 1
