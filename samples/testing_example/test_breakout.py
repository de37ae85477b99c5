"""Tests of breakout.py, its bad days included. Run them with `pytest`: the fixture comes with
ibapi_port.

No test sleeps: what the program asks is awaited with `expect`, what it is told with `wait`, and
time and prices stand still until the test moves them.
"""

from __future__ import annotations

import pytest
from breakout import Breakout

from ibapi_port.testing import connected


@pytest.fixture
def app():
    return Breakout("AAPL", level=100, quantity=10)


def test_it_buys_and_guards(simulated_tws, app):
    simulated_tws.quote("AAPL", bid=99.97, ask=99.99, last=99.98)
    with connected(app, simulated_tws) as callbacks:
        callbacks.wait("tickPrice", tickType=4, price=99.98)
        assert not simulated_tws.requests.of("placeOrder")  # below the level: nothing yet

        simulated_tws.quote("AAPL", bid=100.19, ask=100.21, last=100.2)
        entry = simulated_tws.expect("placeOrder", action="BUY", symbol="AAPL", totalQuantity=10)
        assert entry.lmtPrice == 100.3

        simulated_tws.advance(1)  # TWS and the exchange take their time, and time stands still
        # the limit was above the ask
        callbacks.wait("orderStatus", orderId=entry.orderId, status="Filled")
        stop = simulated_tws.expect("placeOrder", action="SELL", orderType="STP", totalQuantity=10)
        assert stop.auxPrice == 98.21
        simulated_tws.advance(1)

        simulated_tws.quote("AAPL", bid=98, ask=98.02, last=98.01)
        callbacks.wait("execDetails", side="SLD", shares=10)
        assert app.state == "out"


def test_a_fill_in_parts(simulated_tws, app):
    simulated_tws.quote("AAPL", bid=100.98, ask=102, last=101)
    with connected(app, simulated_tws) as callbacks:
        entry = simulated_tws.expect("placeOrder", action="BUY")
        simulated_tws.fill(entry.orderId, price=101, quantity=4)
        callbacks.wait("orderStatus", status="Submitted", filled=4)
        assert not simulated_tws.requests.of("placeOrder", action="SELL")
        simulated_tws.fill(entry.orderId, price=101.1)
        assert simulated_tws.expect("placeOrder", action="SELL").auxPrice == 99.04


def test_a_refused_order_is_not_tried_again(simulated_tws, app):
    simulated_tws.quote("AAPL", bid=100.98, ask=102, last=101)
    with connected(app, simulated_tws) as callbacks:
        simulated_tws.reject(
            simulated_tws.expect("placeOrder").orderId, reason="No trading permission"
        )
        callbacks.wait(
            "error", errorCode=201, errorString=lambda text: "No trading permission" in text
        )
        assert app.state == "refused"
        simulated_tws.quote("AAPL", last=105)
        callbacks.wait("tickPrice", price=105)
        assert len(simulated_tws.requests.of("placeOrder")) == 1


def test_a_lost_connection(simulated_tws, app):
    with connected(app, simulated_tws) as callbacks:
        simulated_tws.drop_connection()
        callbacks.wait("error", errorCode=507)
        callbacks.wait("connectionClosed")
        assert not app.isConnected()
    app = Breakout("AAPL", level=100, quantity=10)
    with connected(app, simulated_tws):  # it can come again
        simulated_tws.expect("reqMktData", symbol="AAPL", timeout=5)


@pytest.mark.simulated_tws(server_version=176, tick_interval=30)
def test_an_hour_of_an_older_tws(simulated_tws, app):
    app.level = 1_000_000
    with connected(app, simulated_tws) as callbacks:
        simulated_tws.expect("reqMktData")
        simulated_tws.advance(3600)
        assert app.serverVersion() == 176
        app.reqCurrentTime()
        callbacks.wait("currentTime", time=1776173400 + 3600)
        assert len(callbacks.of("tickPrice", tickType=4)) > 50
        assert app.state == "waiting"
