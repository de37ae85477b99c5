"""Requests of AsyncIB that are made in one turn of the loop leave together, and nothing else waits."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Awaitable, Callable

import pytest
from reliability.hostile import HOST, WAIT, Peer, ScriptedTws, accepts

from ibapi_port._client.transport import Connection
from ibapi_port.ib import AsyncIB, NotConnected, RequestFailed

from .helpers import HELLO, VERSION, order, says, stock

Test = Callable[[AsyncIB, Peer], Awaitable[None]]
START, CONTRACT, ORDER = "71", "9", "3"  # requests
NOTHING_KEPT = {"positions": False, "openOrders": False, "fills": False}


def on_a_connection(test: Test) -> None:
    async def main(tws: ScriptedTws) -> None:
        ib = await AsyncIB.connect(HOST, tws.port, 1, timeout=WAIT, pacing=None, **NOTHING_KEPT)
        peer = tws.peer()
        assert peer.fields()[0] == START
        try:
            await test(ib, peer)
        finally:
            await ib.disconnect()

    with ScriptedTws(accepts(VERSION, HELLO)) as tws:
        asyncio.run(asyncio.wait_for(main(tws), WAIT))


def asked(ib: AsyncIB, count: int) -> list[asyncio.Task[object]]:
    """Ask for contracts, each in a task of its own."""
    return [
        asyncio.ensure_future(ib.reqContractDetails(stock(f"S{number}"))) for number in range(count)
    ]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes each call of the system has sent."""
    sizes: list[int] = []
    send = socket.socket.sendall

    def counted(self: socket.socket, data: bytes) -> None:
        if sys._getframe(1).f_globals["__name__"] == Connection.__module__:  # not the TWS's
            sizes.append(len(data))
        send(self, data)

    monkeypatch.setattr(socket.socket, "sendall", counted)
    return sizes


def test_the_requests_of_one_turn_leave_in_one_send(sent: list[int]) -> None:
    async def test(ib: AsyncIB, peer: Peer) -> None:
        sent.clear()
        tasks = asked(ib, 20)
        await asyncio.sleep(0)
        assert len(sent) == 1  # the first one: it was alone
        await asyncio.sleep(0)
        assert len(sent) == 2
        for number in range(20):
            fields = peer.fields()
            assert fields[0] == CONTRACT
            assert fields[4] == f"S{number}"
            peer.send(says("contractDetailsEnd", reqId=int(fields[2])))
        assert await asyncio.gather(*tasks) == [[]] * 20
        assert len(sent) == 2

    on_a_connection(test)


def test_one_at_a_time_leaves_at_once(sent: list[int]) -> None:
    async def test(ib: AsyncIB, peer: Peer) -> None:
        for _ in range(2):
            sent.clear()
            (task,) = asked(ib, 1)
            await asyncio.sleep(0)
            assert len(sent) == 1
            peer.send(says("contractDetailsEnd", reqId=int(peer.fields()[2])))
            await task

    on_a_connection(test)


def test_an_order_is_not_held_back_and_overtakes_nothing() -> None:
    async def test(ib: AsyncIB, peer: Peer) -> None:
        tasks = asked(ib, 3)
        await asyncio.sleep(0)  # two of them wait
        ib.placeOrder(stock(), order())
        assert [peer.fields()[0] for _ in range(4)] == [CONTRACT, CONTRACT, CONTRACT, ORDER]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    on_a_connection(test)


def test_a_bad_one_fails_alone() -> None:
    async def test(ib: AsyncIB, peer: Peer) -> None:
        first, bad, last = stock("A"), stock("B"), stock("C")
        bad.strike = "much"  # type: ignore[assignment]
        tasks = [asyncio.ensure_future(ib.reqContractDetails(each)) for each in (first, bad, last)]
        with pytest.raises(RequestFailed, match="strike"):
            await tasks[1]
        for _ in range(2):
            peer.send(says("contractDetailsEnd", reqId=int(peer.fields()[2])))
        assert await tasks[0] == await tasks[2] == []

    on_a_connection(test)


def test_what_waits_when_the_connection_ends_is_told_so() -> None:
    async def test(ib: AsyncIB, peer: Peer) -> None:
        tasks = asked(ib, 3)
        await asyncio.sleep(0)
        ib._engine.client.disconnect()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(end) for end in ends] == [NotConnected] * 3
        assert len(peer.to_the_end()) == 1

    on_a_connection(test)


def test_one_that_is_given_up_before_it_left_is_cancelled_behind_it() -> None:
    async def test(ib: AsyncIB, peer: Peer) -> None:
        first, second = asked(ib, 2)
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        ids = [peer.fields()[2] for _ in range(2)]
        assert len(set(ids)) == 2
        peer.send(says("contractDetailsEnd", reqId=int(ids[0])))
        assert await first == []

    on_a_connection(test)
