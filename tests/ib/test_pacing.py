"""IB and AsyncIB keep to TWS's limits: in virtual time, or with rules of a fraction of a second."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pacing.clock import VirtualClock
from reliability.hostile import HOST, WAIT, Peer, ScriptedTws, accepts

from ibapi_port.ib import IB, AsyncIB, NotConnected, RequestFailed, RequestTimeout, WouldBlock
from ibapi_port.pacing import PacedSender, Pacing, Per, Rule, sender
from ibapi_port.simulator import SimulatedTws

from .helpers import HELLO, VERSION, order, says, stock

# three requests for history in a sixth of a second
QUICK = Pacing(history="all", history_rules=(Rule("quick", 3, 0.15, Per.ALL),))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> VirtualClock:
    """A clock that stands still, in place of the one of all connections that are made."""
    made = VirtualClock(goes=False)
    monkeypatch.setattr(sender, "Clock", lambda: made)
    return made


@contextmanager
def scripted(pacing: Pacing) -> Iterator[tuple[IB, Peer, PacedSender]]:
    with ScriptedTws(accepts(VERSION, HELLO)) as tws:
        nothing = {"positions": False, "openOrders": False, "fills": False}
        ib = IB.connect(HOST, tws.port, 1, timeout=WAIT, pacing=pacing, **nothing)  # type: ignore[arg-type]
        peer = tws.peer()
        assert peer.fields()[0] == "71"
        assert ib._engine._paced is not None
        try:
            yield ib, peer, ib._engine._paced
        finally:
            ib.disconnect()


def use_up(ib: IB, peer: Peer) -> None:
    """Send the one message that may go at once."""
    ib.setServerLogLevel(1)
    assert peer.fields()[0] == "14"


def sent(ib: IB, peer: Peer, count: int) -> list[list[str]]:
    return [peer.fields() for _ in range(count)]


def test_a_row_of_histories_waits_where_it_has_to(tws: SimulatedTws) -> None:
    with IB.connect(tws.host, tws.port, 1, pacing=QUICK) as ib:
        began = time.monotonic()
        for _ in range(7):
            assert len(ib.reqHistoricalData(stock(), timeout=5)) > 1
        assert time.monotonic() - began >= 0.3
        ib.reqCurrentTime()


def test_coroutines_wait_and_the_loop_goes_on(tws: SimulatedTws) -> None:
    async def main() -> None:
        async with AsyncIB.connect(tws.host, tws.port, 1, pacing=QUICK) as ib:
            asked = asyncio.gather(*(ib.reqHistoricalData(stock()) for _ in range(7)))
            longest = 0.0
            while not asked.done():
                began = time.monotonic()
                await asyncio.sleep(0.005)
                longest = max(longest, time.monotonic() - began)
                assert await ib.reqCurrentTime()  # it passes those that wait
            assert [len(bars) > 1 for bars in await asked] == [True] * 7
            assert longest < 0.14

    asyncio.run(asyncio.wait_for(main(), WAIT))


def test_a_coroutine_that_is_cancelled_while_it_waits_sends_nothing(tws: SimulatedTws) -> None:
    async def main() -> None:
        async with AsyncIB.connect(tws.host, tws.port, 1, pacing=Pacing()) as ib:
            what = {"durationStr": "60 S", "barSizeSetting": "5 secs"}
            await ib.reqHistoricalData(stock(), **what)  # type: ignore[arg-type]
            names = []
            for name in ("reqHistoricalData", "cancelHistoricalData"):
                call = getattr(ib._engine.client, name)
                setattr(ib._engine.client, name, lambda *_, name=name: names.append(name))
                assert call
            task = asyncio.ensure_future(ib.reqHistoricalData(stock(), **what))  # type: ignore[arg-type]
            await asyncio.sleep(0)
            paced = ib._engine._paced
            assert paced is not None
            assert paced.waiting == 1
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert (paced.waiting, names) == (0, [])
            assert not ib._engine._open

    asyncio.run(asyncio.wait_for(main(), WAIT))


def test_orders_that_wait_go_as_they_were_given(clock: VirtualClock) -> None:
    with scripted(Pacing(messages=3)) as (ib, peer, paced):
        shared = order()
        for n in range(8):
            shared.orderId = 0
            shared.totalQuantity = n + 1  # type: ignore[assignment]
            ib.placeOrder(stock(), shared)
        assert paced.waiting == 5
        clock.goes = True
        clock.advance(paced, 0)
        paced.join(WAIT)
        orders = sent(ib, peer, 8)
        assert [fields[1] for fields in orders] == [str(n) for n in range(1, 9)]
        assert [fields[fields.index("BUY") + 1] for fields in orders] == [
            str(n) for n in range(1, 9)
        ]


def test_the_time_for_the_answer_begins_when_the_request_goes(clock: VirtualClock) -> None:
    with scripted(Pacing(messages=1)) as (ib, peer, paced):
        use_up(ib, peer)
        failures: list[BaseException] = []

        def ask() -> None:
            try:
                ib.reqCurrentTime(timeout=0.05)
            except RequestTimeout as e:
                failures.append(e)

        thread = threading.Thread(target=ask)
        thread.start()
        clock.until_waiting(paced)
        thread.join(0.15)
        assert thread.is_alive()
        clock.advance(paced, 1)
        thread.join(WAIT)
        assert len(failures) == 1
        assert peer.fields() == ["49", "1"]


def test_a_lost_connection_ends_the_waiting(clock: VirtualClock) -> None:
    with scripted(Pacing(messages=1)) as (ib, peer, paced):
        use_up(ib, peer)
        stream = ib.reqMktData(stock())
        trade = ib.placeOrder(stock(), order())
        threads = []
        failures: list[BaseException] = []

        def ask() -> None:
            try:
                ib.reqContractDetails(stock())
            except NotConnected as e:
                failures.append(e)

        for _ in range(2):
            threads.append(threading.Thread(target=ask))
            threads[-1].start()
        clock.until_waiting(paced, 4)
        peer.close()
        for thread in threads:
            thread.join(WAIT)
        assert [type(each) for each in failures] == [NotConnected, NotConnected]
        with pytest.raises(NotConnected):
            next(stream)
        assert trade.error is not None
        assert "nothing was sent" in trade.error.text


def test_a_stream_that_ends_while_it_waits_is_not_sent(clock: VirtualClock) -> None:
    with scripted(Pacing()) as (ib, peer, paced):
        first = ib.reqRealTimeBars(stock())
        second = ib.reqRealTimeBars(stock())
        assert paced.waiting == 1
        second.cancel()
        assert paced.waiting == 0
        first.cancel()
        assert [fields[0] for fields in sent(ib, peer, 2)] == ["50", "51"]


def test_a_line_too_many_is_an_error_of_its_subscription(clock: VirtualClock) -> None:
    with scripted(Pacing(lines=1, messages=0)) as (ib, peer, _):
        first = ib.reqMktData(stock())
        with pytest.raises(RequestFailed, match="market data lines") as caught:
            next(ib.reqMktData(stock("MSFT")))
        assert caught.value.code == 101
        first.cancel()
        third = ib.reqMktData(stock("IBM"))
        assert third.active
        assert [fields[0] for fields in sent(ib, peer, 3)] == ["1", "2", "1"]


def test_a_request_without_an_id_that_is_given_up_while_it_waits(clock: VirtualClock) -> None:
    """Its answer is not waited for: the next one takes its own."""
    with scripted(Pacing(messages=1)) as (ib, peer, paced):
        use_up(ib, peer)
        future = ib._ask("reqCurrentTime", convert=len)
        assert paced.waiting == 1
        future.cancel()
        assert paced.waiting == 0
        again = ib._ask("reqCurrentTime", convert=len)
        clock.advance(paced, 1)
        assert peer.fields() == ["49", "1"]
        peer.send(says("currentTime", time=5))
        assert again.result(WAIT) == 1


def test_the_thread_that_sends_cannot_wait_for_itself(clock: VirtualClock) -> None:
    caught: list[BaseException] = []
    with scripted(Pacing(messages=1)) as (ib, peer, paced):
        use_up(ib, peer)

        def on_error(*_: object) -> None:
            try:
                ib.reqCurrentTime()
            except WouldBlock as e:
                caught.append(e)

        ib.events.error += on_error
        bad = order()
        bad.totalQuantity = "many"  # type: ignore[assignment]
        ib.placeOrder(stock(), bad)
        clock.advance(paced, 1)
        paced.join(WAIT)
    assert [type(each) for each in caught] == [WouldBlock]


def test_without_pacing_nothing_waits(tws: SimulatedTws) -> None:
    with IB.connect(tws.host, tws.port, 1, pacing=None) as ib:
        for _ in range(120):
            ib.reqCurrentTime()
        assert ib._engine._paced is None
