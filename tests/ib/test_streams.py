"""updateEvent of subscriptions: each row to the program's functions, in order, none lost unsaid."""

from __future__ import annotations

import asyncio
import pickle
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from reliability.hostile import HOST, WAIT, Peer, ScriptedTws, accepts

from ibapi_port.common import TickAttrib
from ibapi_port.ib import AsyncIB, RequestTimeout, Ticker
from ibapi_port.ib.rows import Tick

from .helpers import HELLO, VERSION, says, scripted, stock

SIZE = 5  # lastSize; its price comes before it


def price(request_id: int, value: float) -> bytes:
    """A last price: a tick of the price, and one of the size."""
    return says("tickPrice", reqId=request_id, tickType=4, price=value, size=1, attrib=TickAttrib())


def values(ticks: list[Tick]) -> list[object]:
    return [tick.value for tick in ticks if tick.tickType != SIZE]


def test_functions_get_each_tick_in_order() -> None:
    with scripted() as (ib, peer):
        ticks = ib.reqTicks(stock())
        first: list[Tick] = []
        threads: set[str] = set()
        done = threading.Event()
        raised: list[Exception] = []

        def broken(tick: Tick) -> None:
            raise ValueError(str(tick.value))

        def hear(tick: Tick) -> None:
            threads.add(threading.current_thread().name)
            first.append(tick)
            if tick.value == 20.0:
                done.set()

        ib.events.handlerError += raised.append
        ticks.updateEvent += broken
        ticks.updateEvent += hear
        peer.fields()
        peer.send(b"".join(price(ticks.reqId, float(n)) for n in range(21)))
        assert done.wait(WAIT)
        assert values(first) == [float(n) for n in range(21)]
        assert str(raised[0]) == "0.0"
        assert threads == {"ibapi_port.ib"}
        with pytest.raises(RequestTimeout):  # kept for who iterates from now on
            ticks.next(0.0)
        peer.send(price(ticks.reqId, 21.0))
        while ticks.next(WAIT).value != 21.0:
            """The size that came with 20.0."""


def test_a_ticker_that_a_function_keeps_does_not_change() -> None:
    with scripted() as (ib, peer):
        quotes = ib.reqMktData(stock())
        kept: list[Ticker] = []
        done = threading.Event()

        def hear(ticker: Ticker) -> None:
            kept.append(ticker)
            if ticker.last == 2.0 and ticker.lastSize:
                done.set()

        quotes.updateEvent += hear
        peer.fields()
        peer.send(price(quotes.reqId, 1.0) + price(quotes.reqId, 2.0))
        assert done.wait(WAIT)
        assert kept[0].last == 1.0


def test_what_functions_have_got_is_not_dropped() -> None:
    with scripted() as (ib, peer):
        ticks = ib.reqTicks(stock(), limit=2)
        heard: list[Tick] = []
        done = threading.Event()

        def hear(tick: Tick) -> None:
            heard.append(tick)
            if len(heard) == 10:
                done.set()

        ticks.updateEvent += hear
        peer.fields()
        peer.send(b"".join(price(ticks.reqId, float(n)) for n in range(5)))
        assert done.wait(WAIT)
        assert ticks.dropped == 0
        ticks.updateEvent -= hear
        peer.send(price(ticks.reqId, 9.0))
        ticks.wait(lambda tick: tick.value == 9.0, WAIT)
        assert len(heard) == 10


def test_a_coroutine_function_needs_the_loop() -> None:
    async def hear(tick: Tick) -> None:
        """Never run."""

    with scripted() as (ib, peer):
        errors: list[Exception] = []
        told = threading.Event()
        ib.events.handlerError += errors.append
        ib.events.handlerError += lambda error: told.set()
        ticks = ib.reqTicks(stock())
        ticks.updateEvent += hear
        peer.fields()
        peer.send(price(ticks.reqId, 1.0))
        assert told.wait(WAIT)
        assert isinstance(errors[0], TypeError)


@contextmanager
def scripted_tws() -> Iterator[ScriptedTws]:
    with ScriptedTws(accepts(VERSION, HELLO)) as tws:
        yield tws


async def connected(tws: ScriptedTws) -> tuple[AsyncIB, Peer]:
    ib = await AsyncIB.connect(
        HOST, tws.port, 1, timeout=WAIT, positions=False, openOrders=False, fills=False
    )
    peer = tws.peer()
    assert peer.fields()[0] == "71"
    return ib, peer


def test_functions_and_coroutine_functions_in_the_loop() -> None:
    async def main(tws: ScriptedTws) -> None:
        ib, peer = await connected(tws)
        ticks = ib.reqTicks(stock())
        heard: list[Tick] = []
        by_coroutine: list[Tick] = []
        threads: set[int] = set()
        done = asyncio.Event()

        def hear(tick: Tick) -> None:
            threads.add(threading.get_ident())
            heard.append(tick)

        async def hear_later(tick: Tick) -> None:
            await asyncio.sleep(0)
            by_coroutine.append(tick)
            if tick.value == 50.0:
                done.set()

        ticks.updateEvent += hear
        ticks.updateEvent += hear_later
        peer.fields()
        peer.send(b"".join(price(ticks.reqId, float(n)) for n in range(51)))
        await asyncio.wait_for(done.wait(), WAIT)
        assert values(heard) == values(by_coroutine) == [float(n) for n in range(51)]
        assert threads == {threading.get_ident()}
        await ib.disconnect()

    with scripted_tws() as tws:
        asyncio.run(main(tws))


def test_a_function_that_cancels_is_called_no_more() -> None:
    async def main(tws: ScriptedTws) -> None:
        ib, peer = await connected(tws)
        ticks = ib.reqTicks(stock())
        cancelled = asyncio.Event()
        heard: list[Tick] = []

        def hear(tick: Tick) -> None:
            heard.append(tick)
            if tick.value == 3.0:
                ticks.cancel()
                cancelled.set()

        ticks.updateEvent += hear
        peer.fields()
        peer.send(b"".join(price(ticks.reqId, float(n)) for n in range(9)))
        await asyncio.wait_for(cancelled.wait(), WAIT)
        assert values(heard) == [0.0, 1.0, 2.0, 3.0]
        assert [tick async for tick in ticks] == []  # nobody had begun to iterate
        await ib.disconnect()

    with scripted_tws() as tws:
        asyncio.run(main(tws))


def test_functions_of_a_blocked_loop_miss_what_is_too_much_and_it_is_counted() -> None:
    async def main(tws: ScriptedTws) -> None:
        ib, peer = await connected(tws)
        ticks = ib.reqTicks(stock(), limit=4)
        heard: list[Tick] = []
        ticks.updateEvent += heard.append
        peer.fields()
        # The loop stands still, so that all of it is there before the first call.
        came = threading.Event()
        wrapper = ib._engine.client.wrapper
        wrapper.nextValidId = lambda orderId: came.set()  # type: ignore[method-assign]
        peer.send(b"".join(price(ticks.reqId, float(n)) for n in range(5)))
        peer.send(says("nextValidId", orderId=9))
        assert came.wait(WAIT)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert values(heard) == [3.0, 4.0]
        assert ticks.dropped == 6
        await ib.disconnect()

    with scripted_tws() as tws:
        asyncio.run(main(tws))


def test_a_row_that_is_there_needs_no_time() -> None:
    async def main(tws: ScriptedTws) -> None:
        ib, peer = await connected(tws)
        ticks = ib.reqTicks(stock())
        with pytest.raises(RequestTimeout):
            await ticks.next(0)
        peer.fields()
        peer.send(price(ticks.reqId, 1.0))
        assert (await ticks.next(WAIT)).value == 1.0
        assert (await ticks.wait(lambda tick: tick.tickType == SIZE, WAIT)).tickType == SIZE
        peer.send(price(ticks.reqId, 2.0))
        while not ticks._queue:
            await asyncio.sleep(0)
        assert (await ticks.next(0)).tickType in (4, SIZE)
        await ib.disconnect()

    with scripted_tws() as tws:
        asyncio.run(main(tws))


def test_the_loop_is_woken_once_for_all_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main(tws: ScriptedTws) -> None:
        ib, _ = await connected(tws)
        loop = asyncio.get_running_loop()
        called: list[int] = []
        woken: list[object] = []
        wake = loop.call_soon_threadsafe

        def count(callback: object) -> object:
            woken.append(callback)
            return wake(callback)  # type: ignore[arg-type]

        monkeypatch.setattr(loop, "call_soon_threadsafe", count)
        for n in range(100):
            ib._in_loop(lambda n=n: called.append(n))  # type: ignore[misc]
        await asyncio.sleep(0)
        assert called == list(range(100))
        assert len(woken) == 1
        monkeypatch.undo()
        await ib.disconnect()

    with scripted_tws() as tws:
        asyncio.run(main(tws))


def test_a_closed_loop_keeps_nothing() -> None:
    async def main(tws: ScriptedTws) -> AsyncIB:
        return (await connected(tws))[0]

    with scripted_tws() as tws:
        ib = asyncio.run(main(tws))
        for _ in range(3):
            ib._in_loop(lambda: None)
        assert not ib._calls
        ib._engine.disconnect()


def test_a_tick_is_a_value() -> None:
    tick = Tick(4, 1.5)
    assert tick == Tick(tickType=4, value=1.5)
    assert hash(tick) == hash(Tick(4, 1.5))
    assert pickle.loads(pickle.dumps(tick)) == tick
    assert repr(tick) == "Tick(tickType=4, value=1.5)"
    with pytest.raises(AttributeError):
        tick.value = 2.0  # type: ignore[misc]
