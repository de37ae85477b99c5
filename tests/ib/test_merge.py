"""Several subscriptions as one."""

from __future__ import annotations

import asyncio
import threading

import pytest
from reliability.hostile import WAIT

from ibapi_port.ib import IB, AsyncIB, RequestFailed, RequestTimeout, Stock, merge
from ibapi_port.simulator import SimulatedTws

SYMBOLS = ("AAPL", "MSFT", "NVDA")


@pytest.fixture
def quick() -> SimulatedTws:
    return SimulatedTws(tick_interval=0.02)


def test_the_rows_of_all_come(quick: SimulatedTws) -> None:
    with quick as tws, IB.connect(tws.host, tws.port, 1) as ib:
        quotes = [ib.reqMktData(Stock(symbol)) for symbol in SYMBOLS]
        seen = dict.fromkeys(SYMBOLS, 0)
        with merge(*quotes) as rows:
            while min(seen.values()) < 5:
                seen[rows.next(WAIT).contract.symbol] += 1
        assert not any(each.active for each in quotes)
        assert len(list(rows)) <= len(SYMBOLS)  # what waited, and then the end


def test_a_quiet_one_holds_up_nobody(ib: IB) -> None:
    quiet, other = (ib.reqTickByTickMidPoint(Stock(symbol)) for symbol in ("AAPL", "MSFT"))
    rows = merge(quiet, other)
    with pytest.raises(RequestTimeout, match=r"no row has come in 0\.01 s"):
        rows.next(0.01)
    other.receive("tickByTickMidPoint", (1_700_000_000, 5.0))
    assert rows.next(0).midPoint == 5.0


def test_the_end_wakes_who_waits(ib: IB) -> None:
    rows = merge(ib.reqNewsBulletins(False))
    ended = threading.Thread(target=lambda: list(rows))
    ended.start()
    rows.cancel()
    ended.join(WAIT)
    assert not ended.is_alive()


def test_an_error_is_raised_once_and_the_others_go_on(ib: IB) -> None:
    rows = merge(ib.reqMktData(Stock("NOSUCH")), ib.reqMktData(Stock("AAPL")))
    seen: list[str] = []
    failed: list[int] = []
    while not (seen and failed):
        try:
            seen.append(rows.next(WAIT).contract.symbol)
        except RequestFailed as e:
            failed.append(e.code)
    assert failed == [200]
    assert set(seen) == {"AAPL"}


def test_on_a_loop(quick: SimulatedTws) -> None:
    async def main(host: str, port: int) -> None:
        async with AsyncIB.connect(host, port, 1) as ib:
            quotes = [ib.reqMktData(Stock(symbol)) for symbol in SYMBOLS]
            seen = dict.fromkeys(SYMBOLS, 0)
            async with merge(*quotes) as rows:
                async for ticker in rows:
                    seen[ticker.contract.symbol] += 1
                    if min(seen.values()) >= 5:
                        break
                else:
                    raise AssertionError("the rows have ended")
            assert len([row async for row in rows]) <= len(SYMBOLS)
            silent = merge(ib.reqNewsBulletins(False))
            with pytest.raises(RequestTimeout, match=r"no row has come in 0\.01 s"):
                await silent.next(0.01)
            asyncio.get_running_loop().call_soon(silent.cancel)
            assert [row async for row in silent] == []

    with quick as tws:
        asyncio.run(asyncio.wait_for(main(tws.host, tws.port), WAIT))


def test_what_cannot_be_merged(ib: IB) -> None:
    with pytest.raises(ValueError, match="subscriptions: at least one"):
        merge()
    with pytest.raises(TypeError, match="subscriptions: all of them must be of IB"):
        merge(ib.reqMktData(Stock("AAPL")), [])  # type: ignore[call-overload]
