"""AsyncIB's loop reads and processes messages itself while it is free, and threads do while it is
kept: nobody can tell the difference, but for the time that it takes.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import select
import threading
import time
from collections.abc import Awaitable, Callable

import pytest
from reliability.hostile import HOST, WAIT, Peer, ScriptedTws, accepts

from ibapi_port._client.frame_source import FrameSource
from ibapi_port.client import EClient
from ibapi_port.ib import AsyncIB, AsyncSubscription, NotConnected
from ibapi_port.ib.rows import Tick

from .helpers import HELLO, VERSION, says, stock
from .test_streams import connected

pytestmark = pytest.mark.skipif(not hasattr(select, "epoll"), reason="threads alone read there")
LONG = min(WAIT, 20.0)
KIND = 49  # of a generic tick: its value is its number here
Test = Callable[[ScriptedTws], Awaitable[None]]


def on_a_tws(test: Test) -> None:
    with ScriptedTws(accepts(VERSION, HELLO)) as tws:
        asyncio.run(asyncio.wait_for(test(tws), LONG))  # type: ignore[arg-type]


def tick(request_id: int, number: int) -> bytes:
    return says("tickGeneric", reqId=request_id, tickType=KIND, value=float(number))


def source_of(ib: AsyncIB) -> FrameSource:
    source = ib._engine.client._ibapi_port.session.source
    assert isinstance(source, FrameSource)
    return source


async def until(holds: Callable[[], object]) -> None:
    while not holds():
        await asyncio.sleep(0.001)


async def leading(tws: ScriptedTws) -> tuple[AsyncIB, Peer]:
    """A connection that the loop reads by now: what comes first may be the EReader thread's."""
    ib, peer = await connected(tws)
    source = source_of(ib)
    while source._leader != threading.get_ident():
        turn = source._turn
        peer.send(says("managedAccounts", accountsList="DU1"))
        await asyncio.sleep(0.001)
        assert turn < 1000
    return ib, peer


def sends(peer: Peer, data: bytes) -> threading.Thread:
    """Send without waiting until the program has taken it."""
    thread = threading.Thread(target=peer.send, args=(data,))
    thread.start()
    return thread


def threads_of_ticks(ib: AsyncIB, peer: Peer) -> tuple[int, list[tuple[int, int]]]:
    """Subscribe. Return the id, and which thread has processed which tick, as they come."""
    ticks = ib.reqTicks(stock(), limit=10**6)
    peer.fields()
    by: list[tuple[int, int]] = []
    receive = ticks._receive

    def note(name: str, arguments: tuple[object, ...]) -> tuple[Tick, ...]:
        by.append((int(arguments[1]), threading.get_ident()))  # type: ignore[call-overload]
        return receive(name, arguments)

    ticks._receive = note
    return ticks.reqId, by


def test_a_loop_that_is_run_within_itself_is_left_to_the_threads() -> None:
    """As nest_asyncio marks it: a handler that runs the loop again could not be served by it."""

    async def test(tws: ScriptedTws) -> None:
        asyncio.get_running_loop()._nest_patched = True  # type: ignore[attr-defined]
        ib, peer = await connected(tws)
        own = threading.get_ident()
        request_id, by = threads_of_ticks(ib, peer)
        for number in range(5):
            peer.send(tick(request_id, number))
            await until(lambda number=number: len(by) > number)  # type: ignore[misc]
        assert ib._leader is None
        assert own not in {thread for _, thread in by}
        await ib.disconnect()

    on_a_tws(test)


def test_the_loop_processes_while_it_is_free_and_a_thread_while_it_is_kept() -> None:
    async def test(tws: ScriptedTws) -> None:
        ib, peer = await connected(tws)
        own = threading.get_ident()
        request_id, by = threads_of_ticks(ib, peer)

        async def by_the_loop() -> None:
            """Send until the loop processes, which takes it over from the threads."""
            for _ in range(10):
                count = len(by)
                peer.send(tick(request_id, count))
                await until(lambda count=count: len(by) > count)  # type: ignore[misc]
                if by[-1][1] == own:
                    return
            raise AssertionError("the loop does not process")

        await by_the_loop()
        before = len(by)
        peer.send(tick(request_id, before))
        end = time.monotonic() + WAIT
        while len(by) == before and time.monotonic() < end:
            time.sleep(0.01)  # the loop is kept
        assert by[-1][1] != own
        await asyncio.sleep(0)
        await by_the_loop()
        assert [number for number, _ in by] == list(range(len(by)))
        await ib.disconnect()

    on_a_tws(test)


def test_nothing_is_lost_doubled_or_reordered_while_the_loop_is_kept_at_random() -> None:
    count = 100_000

    async def test(tws: ScriptedTws) -> None:
        ib, peer = await leading(tws)
        chance = random.Random(15)
        ticks = ib.reqTicks(stock(), limit=10**6)
        iterated = ib.reqTicks(stock(), limit=10**6)
        for _ in range(2):
            peer.fields()
        heard: list[object] = []
        ticks.updateEvent += lambda each: heard.append(each.value)
        requests = (ticks.reqId, iterated.reqId)
        sending = sends(peer, b"".join(tick(requests[n % 2], n) for n in range(count)))
        taken = []
        kept = 0
        while len(taken) < count // 2:
            taken.append((await iterated.next(WAIT)).value)
            if kept < 5 and chance.random() < 0.001:
                kept += 1
                time.sleep(chance.choice((0.01, 0.05, 0.2)))  # the loop is kept
        await until(lambda: len(heard) == count // 2)
        sending.join(WAIT)
        assert heard == list(map(float, range(0, count, 2)))
        assert taken == list(map(float, range(1, count, 2)))
        assert ticks.dropped == iterated.dropped == 0
        await ib.disconnect()

    on_a_tws(test)


def test_a_backlog_leaves_time_for_others() -> None:
    async def test(tws: ScriptedTws) -> None:
        ib, peer = await leading(tws)
        ticks = ib.reqTicks(stock(), limit=10**6)
        peer.fields()
        heard: list[Tick] = []
        ticks.updateEvent += heard.append
        assert ib._leader is not None
        source = source_of(ib)
        source.queue.extend([tick(ticks.reqId, n)[4:] for n in range(2500)])  # a thread has read
        ib._leader._turn()
        assert len(heard) == 1000
        await until(lambda: len(heard) == 2500)
        assert [each.value for each in heard] == list(map(float, range(2500)))
        await ib.disconnect()

    on_a_tws(test)


@pytest.mark.parametrize("phase", ["free", "kept", "back"])
def test_the_end_of_the_stream_comes_last_in_each_phase(phase: str) -> None:
    async def test(tws: ScriptedTws) -> None:
        ib, peer = await leading(tws)
        told: list[object] = []
        ib.events.disconnected += lambda end: told.append("disconnected")
        ticks = ib.reqTicks(stock())
        ticks.updateEvent += lambda each: told.append(each.value)
        open_request = asyncio.create_task(ib.reqMatchingSymbols("A"))
        await asyncio.sleep(0)
        for _ in range(2):
            peer.fields()
        peer.send(tick(ticks.reqId, 0))
        await until(lambda: told)
        if phase == "back":
            peer.send(tick(ticks.reqId, 1))
            time.sleep(0.25)
            await until(lambda: len(told) == 2)
        peer.send(b"".join(tick(ticks.reqId, n) for n in range(2, 50)))
        peer.close()
        if phase == "kept":
            time.sleep(0.25)
        with pytest.raises(NotConnected):
            await open_request
        await until(lambda: "disconnected" in told)
        first = 1 if phase == "back" else 2
        assert told == [0.0, *map(float, range(first, 50)), "disconnected"]
        assert ib._leader is None
        await ib.disconnect()

    on_a_tws(test)


@pytest.mark.parametrize("phase", ["free", "kept", "handler", "thread"])
def test_disconnect_in_each_phase(phase: str) -> None:
    async def test(tws: ScriptedTws) -> None:
        ib, peer = await leading(tws)
        ticks = ib.reqTicks(stock())
        peer.fields()
        told: list[str] = []
        ib.events.disconnected += lambda end: told.append("disconnected")
        ending: list[asyncio.Task[None]] = []

        def end(each: Tick) -> None:
            ending.append(asyncio.create_task(ib.disconnect()))

        closing = threading.Thread(target=lambda: (peer.to_the_end(), peer.close()))
        closing.start()
        if phase == "handler":
            ticks.updateEvent += end
            peer.send(tick(ticks.reqId, 1))
            await until(lambda: ending)
            await ending[0]
        elif phase == "thread":
            await asyncio.get_running_loop().run_in_executor(None, ib._engine.disconnect)
        else:
            peer.send(tick(ticks.reqId, 1))
            if phase == "kept":
                time.sleep(0.25)
            await ib.disconnect()
        await until(lambda: told)
        assert told == ["disconnected"]
        assert not ib.isConnected
        assert ib._leader is None
        closing.join(WAIT)

    on_a_tws(test)


def test_a_loop_that_was_closed_leaves_it_to_the_threads() -> None:
    async def test(tws: ScriptedTws) -> tuple[AsyncIB, Peer]:
        return await connected(tws)

    with ScriptedTws(accepts(VERSION, HELLO)) as tws:
        ib, peer = asyncio.run(test(tws))
        peer.send(says("managedAccounts", accountsList="DU7,DU8"))
        end = time.monotonic() + WAIT
        while ib.accounts() != ["DU7", "DU8"]:
            assert time.monotonic() < end
            time.sleep(0.005)
        ib._engine.disconnect()
        assert not ib.isConnected


def test_a_loop_that_runs_again_goes_on() -> None:
    with ScriptedTws(accepts(VERSION, HELLO)) as tws:
        loop = asyncio.new_event_loop()
        try:
            ib, peer = loop.run_until_complete(connected(tws))

            async def subscribe() -> object:
                return ib.reqTicks(stock())

            ticks = loop.run_until_complete(subscribe())
            peer.fields()
            peer.send(b"".join(tick(ticks.reqId, n) for n in range(9)))  # type: ignore[attr-defined]

            async def take() -> list[object]:
                return [(await ticks.next(WAIT)).value for _ in range(9)]  # type: ignore[attr-defined]

            time.sleep(0.15)  # the loop stands still
            assert loop.run_until_complete(take()) == list(map(float, range(9)))
            loop.run_until_complete(ib.disconnect())
        finally:
            loop.close()


def test_a_loop_that_cannot_watch_a_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(tws: ScriptedTws) -> None:
        def refuse(fd: int, callback: object) -> None:
            raise NotImplementedError

        loop = asyncio.get_running_loop()
        monkeypatch.setattr(loop, "add_reader", refuse)
        ib, peer = await connected(tws)
        assert ib._leader is None
        request_id, by = threads_of_ticks(ib, peer)
        peer.send(tick(request_id, 0))
        await until(lambda: by)
        assert by[0][1] != threading.get_ident()
        source = source_of(ib)
        while not source._in_turn:  # the thread in run() reads for itself
            peer.send(tick(request_id, len(by)))
            await asyncio.sleep(0.001)
        assert source._leader != threading.get_ident()
        monkeypatch.undo()
        await ib.disconnect()

    on_a_tws(test)


def test_what_a_handler_brings_about_comes_after_it() -> None:
    """An error of a request that was refused at once, too."""

    async def test(tws: ScriptedTws) -> None:
        ib, peer = await leading(tws)
        ticks = ib.reqTicks(stock())
        peer.fields()
        told: list[str] = []

        def hear(each: Tick) -> None:
            told.append(f"begins {each.value:g}")
            if each.value == 1.0:
                ib._engine.client.reqCurrentTimeInMillis()  # this TWS is too old
            told.append(f"ends {each.value:g}")

        ticks.updateEvent += hear
        ib.events.error += lambda request_id, code, text: told.append(f"error {code}")
        peer.send(tick(ticks.reqId, 1), tick(ticks.reqId, 2))
        await until(lambda: len(told) == 5)
        assert told[:2] == ["begins 1", "ends 1"]
        assert sorted(told[2:]) == ["begins 2", "ends 2", "error 503"]
        await ib.disconnect()

    on_a_tws(test)


def test_an_interrupt_in_a_handler_ends_the_connection() -> None:
    """It might as well have come in the middle of a message, which nobody would hear of."""

    async def main(tws: ScriptedTws) -> None:
        ib, peer = await leading(tws)
        ibs.append(ib)
        ticks = ib.reqTicks(stock())
        peer.fields()

        def interrupt(each: Tick) -> None:
            raise KeyboardInterrupt

        ticks.updateEvent += interrupt
        others = ib.reqTicks(stock("MSFT"))
        peer.fields()
        rows.append(asyncio.ensure_future(all_of(others)))
        await asyncio.sleep(0)
        peer.send(tick(ticks.reqId, 1), tick(others.reqId, 2))
        await asyncio.sleep(WAIT)

    async def all_of(ticks: AsyncSubscription[Tick]) -> list[object]:
        found: list[object] = []
        try:
            async for each in ticks:
                found.append(each.value)
        except NotConnected as e:
            found.append(type(e))
        return found

    ibs: list[AsyncIB] = []
    rows: list[asyncio.Future[list[object]]] = []
    loop = asyncio.new_event_loop()
    with ScriptedTws(accepts(VERSION, HELLO)) as tws, contextlib.closing(loop):
        with pytest.raises(KeyboardInterrupt):
            loop.run_until_complete(main(tws))
        assert not ibs[0].isConnected
        # the rows that came besides, and then the end
        assert loop.run_until_complete(asyncio.wait_for(rows[0], LONG)) == [2.0, NotConnected]


def test_a_handler_that_raises_what_is_no_exception_loses_nothing() -> None:
    async def test(tws: ScriptedTws) -> None:
        ib, peer = await leading(tws)
        ticks = ib.reqTicks(stock())
        peer.fields()
        cancelled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        cancelled.cancel()
        heard: list[float] = []
        errors: list[Exception] = []

        def looks(each: Tick) -> None:
            heard.append(each.value)  # type: ignore[arg-type]
            cancelled.result()

        ticks.updateEvent += looks
        ib.events.handlerError += errors.append
        peer.send(*(tick(ticks.reqId, number) for number in range(3000)))  # of several turns
        await until(lambda: len(errors) == 3000)
        assert heard == [float(number) for number in range(3000)]
        assert isinstance(errors[0].__cause__, asyncio.CancelledError)
        await ib.disconnect()

    on_a_tws(test)


def test_a_silent_tws_is_noticed_by_the_watchdog(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(tws: ScriptedTws) -> None:
        ib, peer = await leading(tws)
        lost = asyncio.Event()
        ib.events.disconnected += lambda end: lost.set()
        await lost.wait()
        assert peer.fields()[0] == "49"  # TWS was asked for the time before

    monkeypatch.setattr(EClient, "watchdogSeconds", 0.2)
    on_a_tws(test)


def test_two_in_one_loop() -> None:
    async def test(tws: ScriptedTws) -> None:
        with ScriptedTws(accepts(VERSION, HELLO)) as other:
            both = [await connected(tws), await connected(other)]
            asked = [asyncio.create_task(ib.reqCurrentTime()) for ib, _ in both]
            await asyncio.sleep(0)
            for n, (_, peer) in enumerate(both):
                peer.fields()
                peer.send(says("currentTime", time=n + 1))
            assert [int((await each).timestamp()) for each in asked] == [1, 2]
            await both[0][0].disconnect()
            again = asyncio.create_task(both[1][0].reqCurrentTime())
            await asyncio.sleep(0)
            both[1][1].fields()
            both[1][1].send(says("currentTime", time=3))
            assert int((await again).timestamp()) == 3
            await both[1][0].disconnect()

    on_a_tws(test)


def test_a_server_of_the_program_is_not_held_up_by_a_closed_socket() -> None:
    """The number of a closed socket is given to the next one: the loop must not know it still."""

    async def test(tws: ScriptedTws) -> None:
        ib, peer = await leading(tws)
        lost = asyncio.Event()
        ib.events.disconnected += lambda end: lost.set()
        peer.close()
        time.sleep(0.25)  # a thread closes the socket while the loop is kept
        served = asyncio.Event()

        def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()
            served.set()

        server = await asyncio.start_server(serve, HOST, 0)
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        await served.wait()
        await lost.wait()
        writer.close()
        await writer.wait_closed()
        server.close()
        await ib.disconnect()

    on_a_tws(test)


def test_handlers_get_each_row_of_a_turn_whatever_the_limit_is_and_the_newest_state_once() -> None:
    async def test(tws: ScriptedTws) -> None:
        ib, peer = await leading(tws)
        ticks = ib.reqTicks(stock(), limit=2)
        quotes = ib.reqMktData(stock())
        peer.fields()
        peer.fields()
        rows: list[float] = []
        states: list[object] = []
        order: list[str] = []

        def hears(tick: Tick) -> None:
            rows.append(tick.value)  # type: ignore[arg-type]
            order.append("tick")

        ticks.updateEvent += hears
        quotes.updateEvent += lambda ticker: states.append(ticker["SHORTABLE"])
        ib.events.error += lambda *_: order.append("error")
        error = says("error", reqId=-1, errorCode=2104, errorString="farm", errorTime=0)
        peer.send(
            *(tick(ticks.reqId, number) for number in range(50)),
            error,
            *(
                says("tickGeneric", reqId=quotes.reqId, tickType=46, value=float(number))
                for number in range(50)
            ),
        )
        await until(lambda: states and states[-1] == 49.0)
        assert rows == [float(number) for number in range(50)]
        assert ticks.dropped == 0
        assert order == ["tick"] * 50 + ["error"]
        assert len(states) < 5
        await ib.disconnect()

    on_a_tws(test)
