"""AsyncIB: the same answers, on an event loop that is never blocked."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from reliability.hostile import HOST, TIME, WAIT, Peer, ScriptedTws, accepts, answer_to_hello

from ibapi_port.ib import IB, AsyncIB, NotConnected, RequestFailed, RequestTimeout, WouldBlock
from ibapi_port.simulator import SimulatedTws

from .helpers import HELLO, VERSION, order, stock


def test_requests_at_once(tws: SimulatedTws) -> None:
    async def main() -> None:
        async with AsyncIB.connect(tws.host, tws.port, 1) as ib:
            answers = await asyncio.gather(
                ib.reqContractDetails(stock()),
                ib.reqContractDetails(stock("NOSUCH")),
                ib.reqCurrentTime(),
                ib.reqHistoricalData(stock(), durationStr="5 D", barSizeSetting="1 day"),
                return_exceptions=True,
            )
            found, none, now, bars = answers
            assert not isinstance(found, BaseException)
            assert found[0].contract.symbol == "AAPL"
            assert isinstance(none, RequestFailed)
            assert not isinstance(now, BaseException)
            assert not isinstance(bars, BaseException)
            assert len(bars) == 5
        assert not ib.isConnected

    asyncio.run(main())


def test_connect_may_be_awaited(tws: SimulatedTws) -> None:
    async def main() -> None:
        ib = await AsyncIB.connect(tws.host, tws.port, 1)
        assert await ib.reqManagedAccts() == ["DU1234567"]
        await ib.disconnect()
        with pytest.raises(NotConnected, match="502"):
            await AsyncIB.connect(HOST, 1, 1)

    asyncio.run(main())


def test_a_connect_that_is_given_up_leaves_no_connection() -> None:
    """It goes on in a thread: nobody would know of it, and TWS would hold the client id in use."""
    greeted, answers = threading.Event(), threading.Event()

    def slow(peer: Peer) -> None:
        peer.greet()
        greeted.set()
        answers.wait(WAIT)
        with contextlib.suppress(OSError):  # it has gone
            peer.send(answer_to_hello(VERSION, TIME))

    async def main(port: int) -> None:
        async def connect() -> None:
            await AsyncIB.connect(HOST, port, 1, connectTimeout=WAIT)

        task = asyncio.create_task(connect())
        await asyncio.to_thread(greeted.wait, WAIT)
        task.cancel()
        await asyncio.sleep(0)
        answers.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    with ScriptedTws(slow) as tws:
        asyncio.run(main(tws.port))
        peer = tws.peer()
        peer.sock.settimeout(1)
        assert peer.to_the_end() in ([], [b"71\x002\x001\x00\x00"])  # startApi may have been sent
    assert not [each for each in threading.enumerate() if each.name == "ibapi_port.ib"]


def test_a_disconnect_that_is_given_up_is_done_all_the_same() -> None:
    async def main(tws: ScriptedTws) -> None:
        ib = await AsyncIB.connect(
            HOST, tws.port, 1, timeout=WAIT, positions=False, openOrders=False, fills=False
        )
        ended = asyncio.Event()
        ib.events.disconnected += lambda end: ended.set()
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        busy = threading.Event()
        loop.run_in_executor(None, busy.wait, WAIT)  # it has not begun when it is given up
        task = asyncio.create_task(ib.disconnect())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        busy.set()
        await asyncio.wait_for(ended.wait(), WAIT)
        assert not ib.isConnected

    with ScriptedTws(accepts(VERSION, HELLO)) as tws:
        asyncio.run(main(tws))


def test_an_await_that_was_forgotten_is_said() -> None:
    connecting = AsyncIB.connect(HOST, 1, 1)
    with pytest.raises(AttributeError, match=r"ib = await AsyncIB.connect"):
        connecting.accounts()  # type: ignore[attr-defined]
    connecting._connection.close()


def test_two_streams_and_a_fill(tws: SimulatedTws) -> None:
    async def main() -> None:
        async with AsyncIB.connect(tws.host, tws.port, 1) as ib:

            async def first_price(symbol: str) -> float:
                async with ib.reqMktData(stock(symbol)) as quotes:
                    async for ticker in quotes:
                        if ticker.last is not None:
                            return ticker.last
                raise AssertionError("the stream has ended")

            prices = await asyncio.wait_for(
                asyncio.gather(first_price("AAPL"), first_price("MSFT")), WAIT
            )
            assert all(price > 0 for price in prices)
            heard: list[str] = []

            async def on_status(trade: object) -> None:
                heard.append(str(trade))

            ib.events.orderStatus += on_status
            trade = ib.placeOrder(stock(), order())
            await trade.wait("Filled", WAIT)
            while not heard:
                await asyncio.sleep(0)
            assert "AAPL" in heard[0]

    asyncio.run(main())


def test_a_stream_ends_with_its_block(tws: SimulatedTws) -> None:
    async def main() -> list[float | None]:
        async with AsyncIB.connect(tws.host, tws.port, 1) as ib:
            async with ib.reqMktData(stock()) as quotes:
                await quotes.__anext__()
            return [ticker.last async for ticker in quotes][:1]

    assert len(asyncio.run(main())) <= 1


def test_a_cancelled_task_gives_its_request_up(tws: SimulatedTws) -> None:
    async def main() -> None:
        async with AsyncIB.connect(tws.host, tws.port, 1) as ib:
            with pytest.raises(RequestTimeout):
                await ib.reqHistoricalData(stock(), timeout=0)
            task = asyncio.create_task(ib.reqContractDetails(stock()))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert not ib._engine._open
            assert (await ib.reqContractDetails(stock()))[0].contract.symbol == "AAPL"

    asyncio.run(main())


def test_the_blocking_face_refuses_to_hold_up_a_loop(tws: SimulatedTws) -> None:
    async def main() -> None:
        with pytest.raises(WouldBlock, match="AsyncIB"):
            IB.connect(tws.host, tws.port, 1)

    asyncio.run(main())


def test_a_handler_that_raises_is_told_and_nothing_else_suffers(tws: SimulatedTws) -> None:
    async def main() -> None:
        async with AsyncIB.connect(tws.host, tws.port, 1) as ib:
            told: asyncio.Queue[Exception] = asyncio.Queue()

            async def fails(*_: object) -> None:
                raise ValueError("mine")

            ib.events.error += fails
            ib.events.handlerError += told.put_nowait
            with pytest.raises(RequestFailed):
                await ib.reqContractDetails(stock("NOSUCH"))
            error = await asyncio.wait_for(told.get(), WAIT)
            assert str(error) == "mine"

    asyncio.run(main())
