"""What a program gets wrong at first: each mistake is said in words that help."""

from __future__ import annotations

import asyncio
import logging

import pytest
from reliability.hostile import WAIT

from ibapi_port.ib import IB, AsyncIB, LimitOrder, RequestFailed, RequestTimeout, bracket
from ibapi_port.simulator import SimulatedTws

from .helpers import order, stock


def test_a_status_that_there_is_not(tws: SimulatedTws) -> None:
    with IB.connect(tws.host, tws.port, 1, timeout=WAIT) as ib:
        trade = ib.placeOrder(stock(), order(limit=1.0))
        with pytest.raises(ValueError, match=r"status: 'filled' is none of .*Filled"):
            trade.wait("filled", WAIT)


def test_a_trade_says_why_it_was_refused(tws: SimulatedTws) -> None:
    with IB.connect(tws.host, tws.port, 1, timeout=WAIT) as ib:
        trade = ib.placeOrder(stock("NOSUCH"), LimitOrder("BUY", 1, 10))
        trade.wait(timeout=WAIT)
        assert trade.isDone
        assert "refused (error 200: No security definition" in repr(trade)


def test_one_order_and_several(tws: SimulatedTws) -> None:
    with IB.connect(tws.host, tws.port, 1, timeout=WAIT) as ib:
        with pytest.raises(TypeError, match="use placeOrders"):
            ib.placeOrder(
                stock(),
                bracket("BUY", 1, limit=10, profit=11, stop=9),  # type: ignore[arg-type]
            )
        with pytest.raises(TypeError, match=r"use placeOrder$"):
            ib.placeOrders(stock(), order())  # type: ignore[arg-type]
        assert not ib.trades()


def test_a_condition_that_does_not_hold(tws: SimulatedTws) -> None:
    with (
        IB.connect(tws.host, tws.port, 1, timeout=WAIT) as ib,
        ib.reqMktData(stock()) as quotes,
        pytest.raises(RequestTimeout, match=r"for which the condition holds has come in 0\.1 s"),
    ):
        quotes.wait(lambda ticker: False, timeout=0.1)

    async def main() -> None:
        async with (
            AsyncIB.connect(tws.host, tws.port, 1) as ib,
            ib.reqMktData(stock()) as quotes,
        ):
            with pytest.raises(RequestTimeout, match="for which the condition holds"):
                await quotes.wait(lambda ticker: False, timeout=0.1)

    asyncio.run(main())


def test_the_end_of_a_connection_is_no_warning(
    tws: SimulatedTws, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "ibapi_port"):
        IB.connect(tws.host, tws.port, 1, pnl=True).disconnect()
    assert not caplog.records


def test_a_text_is_no_contract_and_a_refusal_says_what_helps(tws: SimulatedTws) -> None:
    with IB.connect(tws.host, tws.port, 1, timeout=WAIT) as ib:
        with pytest.raises(RequestFailed, match="an object of Contract is expected, not 'AAPL'"):
            ib.reqContractDetails("AAPL")  # type: ignore[arg-type]
        with pytest.raises(RequestFailed, match="-> Check symbol, secType, exchange"):
            ib.reqContractDetails(stock("NOSUCH"))
        assert str(RequestFailed("reqX", 0, "text")) == "reqX: error 0: text"
