from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibapi_port.contract import Contract
from ibapi_port.simulator.errors import Invalid, Refusal
from ibapi_port.simulator.market.feeds.depth_book import DELETE, INSERT, UPDATE, Row, changes

from .helpers import Desk, FakePeer, pair, stock

Books = dict[int, list[tuple[float, str, Decimal]]]


def subscribe(
    peer: FakePeer,
    req_id: int = 1,
    contract: Contract | None = None,
    rows: int = 5,
    smart: bool = False,
) -> None:
    wanted = contract or stock(exchange="NASDAQ")
    peer.ask(
        "reqMktDepth",
        reqId=req_id,
        contract=wanted,
        numRows=rows,
        isSmartDepth=smart,
        mktDepthOptions=[],
    )


def refused(peer: FakePeer, **request: Any) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        subscribe(peer, **request)
    return refusal.value


def follow(books: Books, peer: FakePeer) -> None:
    """Do with the books what the client is told to."""
    for name, values in peer.got:
        if name not in ("updateMktDepth", "updateMktDepthL2"):
            continue
        book, position = books.setdefault(values["side"], []), values["position"]
        row = (values["price"], values.get("marketMaker", ""), values["size"])
        if values["operation"] == INSERT:
            assert position <= len(book)
            book.insert(position, row)
        elif values["operation"] == UPDATE:
            book[position] = row
        else:
            del book[position]
    peer.got.clear()


def test_a_book_with_market_makers_stays_whole(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer)
    books: Books = {}
    assert set(peer.names()) == {"updateMktDepthL2"}
    assert {values["operation"] for values in peer.all("updateMktDepthL2")} == {INSERT}
    for _ in range(60):
        follow(books, peer)
        asks, bids, quote = books[0], books[1], desk.quote("AAPL")
        assert [len(asks), len(bids)] == [5, 5]
        assert (asks[0][0], bids[0][0]) == (float(quote.ask), float(quote.bid))
        assert (asks[0][2], bids[0][2]) == (quote.ask_size, quote.bid_size)
        assert [row[0] for row in asks] == sorted(row[0] for row in asks)
        assert [row[0] for row in bids] == sorted((row[0] for row in bids), reverse=True)
        assert {row[1] for row in asks} == {"NASDAQ"}
        desk.advance(1)


def test_a_book_that_moves_is_updated_in_place(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer)
    assert {values["operation"] for values in peer.all("updateMktDepthL2")} == {INSERT}
    peer.got.clear()
    desk.advance(60)
    assert {values["operation"] for values in peer.all("updateMktDepthL2")} == {UPDATE}


def test_rows_go_at_the_end(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer)
    peer.got.clear()
    desk.move("AAPL", "0.03")  # there is nothing below 0
    desk.advance(1)
    gone = [values for values in peer.all("updateMktDepthL2") if values["operation"] == DELETE]
    assert gone
    assert {(values["price"], values["size"]) for values in gone} == {(0.0, 0)}
    positions = [values["position"] for values in gone]
    assert positions == sorted(positions, reverse=True)


def test_smart_depth_names_exchanges(peer: FakePeer) -> None:
    subscribe(peer, contract=stock(), rows=20, smart=True)
    rows = peer.all("updateMktDepthL2")
    assert len(rows) == 40
    assert all(values["isSmartDepth"] for values in rows)
    assert len({values["marketMaker"] for values in rows}) > 3
    assert "SMART" not in {values["marketMaker"] for values in rows}


def test_smart_depth_without_some_of_the_exchanges() -> None:
    peer = Desk(not_subscribed="IEX,ARCA").client()
    subscribe(peer, contract=stock(), rows=20, smart=True)
    error = peer.all("error")[0]
    assert error["errorCode"] == 2152
    assert error["errorString"].startswith("Exchanges - Depth: AMEX; NYSE; CBOE; ")
    assert error["errorString"].endswith(
        "Need additional market data permissions - Depth: ARCA; IEX; "
    )
    assert not {values["marketMaker"] for values in peer.all("updateMktDepthL2")} & {"IEX", "ARCA"}


def test_markets_without_market_makers_have_one_level(peer: FakePeer) -> None:
    subscribe(peer, contract=pair(), rows=100)
    assert len(peer.all("updateMktDepth")) == 40  # no more than twenty rows on a side
    assert set(peer.names()) == {"updateMktDepth"}


@pytest.mark.parametrize(
    ("kind", "exchange", "smart"),
    [("STK", "SMART", False), ("STK", "NASDAQ", True), ("IND", "CBOE", False)],
)
def test_where_there_is_no_book(peer: FakePeer, kind: str, exchange: str, smart: bool) -> None:
    wanted = stock("SPX" if kind == "IND" else "AAPL", exchange)
    wanted.secType = kind
    assert refused(peer, contract=wanted, smart=smart).code == 10092


def test_a_cfds_book_is_its_underlyings(peer: FakePeer) -> None:
    wanted = stock()
    wanted.secType = "CFD"
    subscribe(peer, contract=wanted)
    assert peer.got == [("rerouteMktDepthReq", {"reqId": 1, "conId": 265598, "exchange": "NASDAQ"})]


def test_ids_and_limits(desk: Desk, peer: FakePeer) -> None:
    for n, symbol in enumerate(("AAPL", "MSFT", "INTC")):
        subscribe(peer, n, stock(symbol, "NASDAQ"))
    subscribe(peer, 3, stock("AAPL", "ARCA"))  # the same instrument as often as one likes
    assert refused(peer, req_id=3).code == 322
    error = refused(peer, req_id=4, contract=stock("AMZN", "NASDAQ"))
    assert error.code == 309
    assert error.text.startswith("Max number (3) of market depth requests has been reached.")
    peer.ask("cancelMktDepth", reqId=1, isSmartDepth=False)
    subscribe(peer, 4, stock("AMZN", "NASDAQ"))
    with pytest.raises(
        Refusal, match="Can't find the subscribed market depth with tickerId:1"
    ) as refusal:
        peer.ask("cancelMktDepth", reqId=1, isSmartDepth=False)
    assert refusal.value.code == 310
    with pytest.raises(Invalid):
        subscribe(peer, 9, rows=0)
    desk.world.leave(peer)
    peer.got.clear()
    desk.advance(10)
    assert peer.got == []
    assert refused(Desk(not_subscribed="AAPL").client()).code == 354


def test_halts_and_resets(desk: Desk, peer: FakePeer) -> None:
    subscribe(peer)
    books: Books = {}
    follow(books, peer)
    desk.world.feeds.depth.reset(desk.instrument("AAPL"))
    assert (peer.got[0][0], peer.got[0][1]["errorCode"]) == ("error", 317)
    anew: Books = {}
    follow(anew, peer)
    assert anew == books
    desk.world.market.halt(desk.instrument("AAPL"))
    assert (peer.names(), peer.last("error")["errorCode"]) == (["error"], 316)
    subscribe(peer)  # its id is free again
    assert "updateMktDepthL2" in peer.names()


rows = st.lists(
    st.tuples(st.integers(1, 8), st.sampled_from("AB"), st.integers(1, 3)),
    max_size=8,
    unique_by=lambda row: row[:2],
).map(
    lambda made: [Row(Decimal(price), maker, Decimal(size)) for price, maker, size in sorted(made)]
)


@given(rows, rows)
def test_steps_lead_from_one_book_to_the_other(old: list[Row], new: list[Row]) -> None:
    work = list(old)
    for position, operation, row in changes(old, new):
        if operation == INSERT:
            assert position == len(work)
            work.append(row)
        elif operation == UPDATE:
            assert work[position] != row
            work[position] = row
        else:
            assert position == len(work) - 1
            assert work.pop() == row
    assert work == new
    assert len(changes(old, old)) == 0
