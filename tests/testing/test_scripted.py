"""A simulated TWS in a test's hands: scripts, requests, messages, time; and the program's side."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from simulator.helpers import order, stock

from ibapi_port.client import EClient
from ibapi_port.common import TickAttrib
from ibapi_port.simulator.net.clock import OPENING
from ibapi_port.testing import CallbackRecorder, ExpectationError, ScriptedTws, connected, watch
from ibapi_port.wrapper import EWrapper


class App(EWrapper, EClient):
    """A program that does nothing by itself."""

    def __init__(self) -> None:
        EClient.__init__(self, self)


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
def callbacks(simulated_tws: ScriptedTws, app: App) -> Iterator[CallbackRecorder]:
    with connected(app, simulated_tws) as callbacks:
        yield callbacks


class TestExpect:
    def test_a_request_with_its_values(
        self, simulated_tws: ScriptedTws, app: App, callbacks: CallbackRecorder
    ) -> None:
        app.placeOrder(5, stock(), order("BUY", "100", "LMT", lmtPrice=0.1, account="DU1234567"))
        got = simulated_tws.expect(
            "placeOrder",
            symbol="AAPL",
            action="BUY",
            totalQuantity=100,
            lmtPrice=lambda price: price < 1,
        )
        assert (got.name, got.client_id, got.time, got.orderId) == ("placeOrder", 1, OPENING, 5)
        assert (got.order.account, got["contract"].symbol, got["order.lmtPrice"]) == (
            "DU1234567",
            "AAPL",
            0.1,
        )
        with pytest.raises(
            AttributeError, match="placeOrder has no nothing; it has orderId, contract, order"
        ):
            _ = got.nothing
        with pytest.raises(KeyError):
            got["contract.nothing.more"]

    def test_it_waits_for_what_is_yet_to_come(
        self, simulated_tws: ScriptedTws, app: App, callbacks: CallbackRecorder
    ) -> None:
        later = threading.Timer(0.05, app.reqPositions)
        later.start()
        assert simulated_tws.expect("reqPositions").values == {}
        later.join()

    def test_each_is_handed_out_once_and_in_order(
        self, simulated_tws: ScriptedTws, app: App, callbacks: CallbackRecorder
    ) -> None:
        for n, symbol in enumerate(("AAPL", "MSFT", "AAPL")):
            app.reqContractDetails(n, stock(symbol))
        assert simulated_tws.expect("reqContractDetails", symbol="AAPL").reqId == 0
        assert simulated_tws.expect("reqContractDetails").reqId == 1
        assert simulated_tws.expect("reqContractDetails").reqId == 2
        with pytest.raises(ExpectationError, match=r"no reqContractDetails came within 0\.01 s"):
            simulated_tws.expect("reqContractDetails", timeout=0.01)
        assert [
            one.reqId for one in simulated_tws.requests.of("reqContractDetails", symbol="AAPL")
        ] == [0, 2]

    def test_what_came_instead_is_shown(
        self, simulated_tws: ScriptedTws, app: App, callbacks: CallbackRecorder
    ) -> None:
        simulated_tws.expect("startApi")
        app.reqMktData(1, stock(), "", False, False, [])
        app.placeOrder(1, stock("MSFT"), order("BUY", "100"))
        simulated_tws.settle()
        with pytest.raises(ExpectationError) as caught:
            simulated_tws.expect(
                "placeOrder", symbol="AAPL", totalQuantity=Decimal(100), timeout=0.01
            )
        first, data, placed, hint = str(caught.value).splitlines()
        assert "stands still" in hint
        assert (
            first
            == "no placeOrder with symbol='AAPL', totalQuantity=100 came within 0.01 s; instead came:"
        )
        assert (
            data.partition(" snapshot")[0]
            == "  reqMktData reqId=1 contract=Contract(symbol='AAPL', secType='STK', exchange='SMART', currency='USD')"
        )
        assert placed.startswith("  placeOrder orderId=1 contract=Contract(symbol='MSFT'")
        assert placed.endswith("  (symbol is 'MSFT')")

    def test_nothing_came(self, simulated_tws: ScriptedTws) -> None:
        with pytest.raises(
            ExpectationError, match=r"no startApi came within 0.01 s; nothing else came"
        ):
            simulated_tws.expect("startApi", timeout=0.01)

    def test_whose(self, simulated_tws: ScriptedTws, app: App, callbacks: CallbackRecorder) -> None:
        other = App()
        with connected(other, simulated_tws, client_id=2):
            assert simulated_tws.clients == [1, 2]
            app.reqPositions()
            other.reqPositions()
            assert simulated_tws.expect("reqPositions", client_id=2).client_id == 2
            assert simulated_tws.expect("reqPositions").client_id == 1

    @pytest.mark.simulated_tws(read_only=True)
    def test_requests_that_are_refused_have_come_too(
        self, simulated_tws: ScriptedTws, app: App, callbacks: CallbackRecorder
    ) -> None:
        app.placeOrder(1, stock(), order("BUY", "100"))
        simulated_tws.expect("placeOrder")
        callbacks.wait("error", reqId=1, errorCode=321)

    def test_mistakes(
        self, simulated_tws: ScriptedTws, app: App, callbacks: CallbackRecorder
    ) -> None:
        with pytest.raises(
            ValueError, match=r"there is no request 'placeorder'; is placeOrder meant\?"
        ):
            simulated_tws.expect("placeorder")
        app.placeOrder(1, stock(), order("BUY", "100"))
        with pytest.raises(KeyError, match="placeOrder has no symbl"):
            simulated_tws.expect("placeOrder", symbl="AAPL")

    def test_requests_are_kept_as_they_came(
        self, simulated_tws: ScriptedTws, app: App, callbacks: CallbackRecorder
    ) -> None:
        app.placeOrder(1, stock(), order("BUY", "100", "LMT", lmtPrice=1.0))
        app.placeOrder(1, stock(), order("BUY", "100", "LMT", lmtPrice=2.0))
        assert [one.lmtPrice for one in simulated_tws.requests.of("placeOrder")] == [1.0, 2.0]


class TestScript:
    def test_numbers_as_one_likes(
        self, simulated_tws: ScriptedTws, app: App, callbacks: CallbackRecorder
    ) -> None:
        app.reqMktData(1, stock(), "", False, False, [])
        simulated_tws.quote("AAPL", bid=99.5, ask="99.7", last=Decimal("99.6"), bid_size=300)
        for tick, price in ((1, 99.5), (2, 99.7), (4, 99.6)):
            callbacks.wait("tickPrice", tickType=tick, price=price)
        callbacks.wait("tickSize", tickType=0, size=300)

    def test_orders(
        self, simulated_tws: ScriptedTws, app: App, callbacks: CallbackRecorder
    ) -> None:
        for n in (1, 2, 3):
            app.placeOrder(n, stock(), order("BUY", "100", "LMT", lmtPrice=1.0))
        simulated_tws.fill(
            1, price=0.9, quantity=40
        )  # no need to wait: what was sent before is served first
        simulated_tws.reject(2, reason="No.")
        simulated_tws.cancel(3)
        assert callbacks.wait("execDetails").execution.shares == 40
        assert callbacks.wait("orderStatus", orderId=1, filled=40).avgFillPrice == 0.9
        callbacks.wait("error", reqId=2, errorCode=201)
        callbacks.wait("orderStatus", orderId=3, status="Cancelled")
        with pytest.raises(ValueError, match="9"):
            simulated_tws.fill(9)

    def test_connections(
        self, simulated_tws: ScriptedTws, app: App, callbacks: CallbackRecorder
    ) -> None:
        assert simulated_tws.drop_connection() == 1
        callbacks.wait("connectionClosed")
        assert simulated_tws.clients == []

    def test_there_are_no_other_commands(self, simulated_tws: ScriptedTws) -> None:
        assert {"quote", "fill", "advance", "expect"} <= set(dir(simulated_tws))
        with pytest.raises(AttributeError, match="ScriptedTws has no attribute fil"):
            simulated_tws.fil(1)
        with pytest.raises(TypeError):
            simulated_tws.fill(1, prize=2)

    def test_any_message(
        self, simulated_tws: ScriptedTws, app: App, callbacks: CallbackRecorder
    ) -> None:
        simulated_tws.send(
            1, "tickPrice", reqId=70, tickType=1, price=1.5, size=Decimal(3), attrib=TickAttrib()
        )
        callbacks.wait("tickPrice", reqId=70, price=1.5)
        callbacks.wait("tickSize", reqId=70, size=3)
        with pytest.raises(
            ValueError, match=r"there is no message 'tickprice'; is tickPrice meant\?"
        ):
            simulated_tws.send(1, "tickprice")
        with pytest.raises(ValueError, match="tickSize cannot be sent"):
            simulated_tws.send(1, "tickSize", reqId=1)
        with pytest.raises(ValueError, match=r"no client 8 is connected; connected are \[1\]"):
            simulated_tws.send(8, "tickSize", reqId=1)


class TestTime:
    def test_it_stands_and_goes_on(
        self, simulated_tws: ScriptedTws, app: App, callbacks: CallbackRecorder
    ) -> None:
        app.reqRealTimeBars(1, stock(), 5, "TRADES", True, [])
        simulated_tws.advance(60)
        callbacks.wait("realtimeBar", time=int(OPENING) + 55)
        assert len(callbacks.of("realtimeBar")) == 12
        app.reqCurrentTime()
        assert callbacks.wait("currentTime").time == OPENING + 60

    def test_prices_stand_unless_it_is_said(
        self, simulated_tws_factory: Callable[..., ScriptedTws], app: App
    ) -> None:
        for interval, moves in ((None, False), (1, True)):
            tws = simulated_tws_factory(**({} if interval is None else {"tick_interval": interval}))
            app = App()
            with connected(app, tws) as callbacks:
                app.reqMktData(1, stock(), "", False, False, [])
                tws.settle()
                app.reqCurrentTime()
                callbacks.wait("currentTime")
                before = len(callbacks.of("tickPrice"))
                tws.advance(60)
                app.reqCurrentTime()
                callbacks.wait("currentTime")
                assert (len(callbacks.of("tickPrice")) > before) == moves

    def test_other_clocks(self, simulated_tws_factory: Callable[..., ScriptedTws]) -> None:
        tws = simulated_tws_factory(speed=50)
        assert tws.call(lambda world: world.clock.speed) == 50  # type: ignore[attr-defined]
        tws = simulated_tws_factory(as_fast_as_possible=True)
        assert tws.call(lambda world: world.clock.speed) == math.inf  # type: ignore[attr-defined]

    @pytest.mark.simulated_tws(server_version=176, cash=5000)
    def test_settings_by_marker(
        self, simulated_tws: ScriptedTws, app: App, callbacks: CallbackRecorder
    ) -> None:
        assert app.serverVersion() == 176
        app.reqAccountUpdates(True, "")
        callbacks.wait(
            "updateAccountValue", key="TotalCashBalance", val=lambda text: float(text) == 5000
        )


class TestHeard:
    def test_what_came_instead_is_shown(
        self, simulated_tws: ScriptedTws, app: App, callbacks: CallbackRecorder
    ) -> None:
        with pytest.raises(ExpectationError) as caught:
            callbacks.wait("error", errorCode=9, timeout=0.01)
        assert str(caught.value).startswith(
            "no error with errorCode=9 came within 0.01 s; instead came:"
        )
        assert "errorCode=2104" in str(caught.value)
        assert "(errorCode is 2104)" in str(caught.value)

    def test_mistakes(self, app: App) -> None:
        callbacks = watch(app)
        with pytest.raises(ValueError, match="there is no callback 'orderstatus'"):
            callbacks.wait("orderstatus")
        app.currentTime(5)
        with pytest.raises(KeyError, match="currentTime has no when"):
            callbacks.wait("currentTime", when=5)

    def test_the_programs_own_method_comes_first(self) -> None:
        class Own(App):
            seen = 0

            def currentTime(self, time: int) -> None:
                self.seen = time

        app = Own()
        callbacks = watch(app)
        thread = threading.Timer(0.02, lambda: app.currentTime(7))
        thread.start()
        callbacks.wait("currentTime")
        assert app.seen == 7
        thread.join()

    def test_programs_of_older_generations(self, simulated_tws: ScriptedTws) -> None:
        class Old(App):
            def error(self, reqId: int, errorCode: int, errorString: str) -> None:  # type: ignore[override]
                self.last = (reqId, errorCode)

        app = Old()
        with connected(app, simulated_tws) as callbacks:
            simulated_tws.notice(1102, "back")
            assert callbacks.wait("error", errorCode=1102).values == {
                "reqId": -1,
                "errorCode": 1102,
                "errorString": "back",
            }
            assert app.last == (-1, 1102)

    def test_what_run_raises_is_raised(self, simulated_tws: ScriptedTws) -> None:
        class Bad(App):
            def run(self) -> None:
                super().run()
                raise ZeroDivisionError

        def session() -> None:
            with connected(Bad(), simulated_tws):
                pass

        with pytest.raises(ZeroDivisionError):
            session()

    def test_who_cannot_connect_has_not_heard(self, simulated_tws: ScriptedTws, app: App) -> None:
        simulated_tws.stop()

        def session() -> None:
            with connected(app, simulated_tws, timeout=0.05):
                pytest.fail("connected")

        with pytest.raises(ExpectationError, match="errorCode=502"):
            session()


def test_values_are_compared_by_what_they_say() -> None:
    from ibapi_port.testing.matching import same

    assert same(Decimal("0.1"), 0.1)
    assert same(0.1, Decimal("0.1"))
    assert not same(Decimal("0.1"), 0.2)
    assert not same(Decimal("NaN"), 0.2)
    assert same("BUY", "BUY")
    assert not same(1, "1")


def test_long_lists_are_cut() -> None:
    from ibapi_port.testing.matching import Values, failure_text

    text: Any = failure_text(
        "x", {}, 1, [Values(f"n{n}", {"text": "a" * 300}) for n in range(20)]
    ).splitlines()
    assert text[1] == "  ... 5 before these"
    assert text[2].startswith("  n5 text='aaa")
    assert len(text[2]) < 250
    assert len(text) == 17


def test_what_comes_too_late_for_one_is_there_for_the_next(simulated_tws: ScriptedTws) -> None:
    app = App()
    with connected(app, simulated_tws):
        with pytest.raises(ExpectationError):
            simulated_tws.expect("reqCurrentTime", timeout=0.01)
        app.reqCurrentTime()
        assert simulated_tws.expect("reqCurrentTime").name == "reqCurrentTime"


@pytest.mark.parametrize("named", [0, 1])
def test_a_callback_that_takes_whatever_comes(simulated_tws: ScriptedTws, named: int) -> None:
    class Nonchalant(App):
        def error(self, *args: Any) -> None:  # type: ignore[override]
            pass

    class Half(App):
        def error(self, reqId: int, *args: Any) -> None:  # type: ignore[override]
            pass

    app = (Nonchalant, Half)[named]()
    with connected(app, simulated_tws) as callbacks:
        app.cancelOrder(77)
        assert callbacks.wait("error", reqId=77, errorCode=10147).errorString.startswith(
            "OrderId 77"
        )
        app.error(5, 200, "as before 10.33")
        assert callbacks.wait("error", reqId=5).errorCode == 200


def test_old_names_are_there_still() -> None:
    from ibapi_port import testing

    assert testing.Heard is testing.CallbackRecorder
    assert testing.NotHeard is testing.ExpectationError
    with testing.ScriptedTws() as tws:
        assert tws.call(lambda world: world.roster is world.registry)
        assert tws.call(lambda world: world.tell == world.notify_all)
