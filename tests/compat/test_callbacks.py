"""Callbacks in the forms of all generations are called in their own form, however they were
written.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import logging
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from unittest.mock import MagicMock, Mock, create_autospec

import pytest

from ibapi_port.client import EClient
from ibapi_port.commission_and_fees_report import CommissionAndFeesReport
from ibapi_port.common import TickAttrib
from ibapi_port.compat import generation
from ibapi_port.compat.callbacks import CALLBACKS, Callbacks
from ibapi_port.protocol.handshake import NEWEST
from ibapi_port.simulator import SimulatedTws
from ibapi_port.utils import iswrapper
from ibapi_port.wrapper import EWrapper

from .helpers import JSON, TIME, Line, Notes

OF_9_81 = (7, 201, "text")
OF_10_30 = (7, 201, "text", JSON)
OF_10_46 = (7, TIME, 201, "text", JSON)

# a program's error(...), and what it is given
ERRORS: list[tuple[str, Callable[..., Any], tuple[Any, ...]]] = [
    ("9.81", lambda reqId, errorCode, errorString: (reqId, errorCode, errorString), OF_9_81),
    ("9.81, its own names", lambda id, code, msg: (id, code, msg), OF_9_81),
    ("9.81, unknown names", lambda a, b, c: (a, b, c), OF_9_81),
    ("9.81, by position only", lambda a, b, c, /: (a, b, c), OF_9_81),
    (
        "9.81, one defaulted",
        lambda reqId, errorCode, errorString="": (reqId, errorCode, errorString),
        OF_9_81,
    ),
    (
        "9.81, by keyword only",
        lambda *, reqId, errorCode, errorString: (reqId, errorCode, errorString),
        OF_9_81,
    ),
    (
        "9.81, partly by keyword",
        lambda reqId, *, errorCode, errorString: (reqId, errorCode, errorString),
        OF_9_81,
    ),
    (
        "10.30",
        lambda reqId, errorCode, errorString, advancedOrderRejectJson="": (
            reqId,
            errorCode,
            errorString,
            advancedOrderRejectJson,
        ),
        OF_10_30,
    ),
    (
        "10.30, none defaulted",
        lambda reqId, errorCode, errorString, advancedOrderRejectJson: (
            reqId,
            errorCode,
            errorString,
            JSON,
        ),
        OF_10_30,
    ),
    ("10.30, its own names", lambda id, code, msg, json: (id, code, msg, json), OF_10_30),
    ("10.30, unknown names", lambda a, b, c, d: (a, b, c, d), OF_10_30),
    ("10.30, unknown names, one defaulted", lambda a, b, c, d=None: (a, b, c, d), OF_10_30),
    (
        "10.30, by keyword only",
        lambda *, reqId, errorCode, errorString, advancedOrderRejectJson: (
            reqId,
            errorCode,
            errorString,
            JSON,
        ),
        OF_10_30,
    ),
    (
        "10.30, and more",
        lambda reqId, errorCode, errorString, advancedOrderRejectJson="", **more: (
            reqId,
            errorCode,
            errorString,
            JSON,
        ),
        OF_10_30,
    ),
    (
        "10.46",
        lambda reqId, errorTime, errorCode, errorString, advancedOrderRejectJson="": (
            reqId,
            errorTime,
            errorCode,
            errorString,
            JSON,
        ),
        OF_10_46,
    ),
    (
        "10.46, none defaulted",
        lambda reqId, errorTime, errorCode, errorString, reject: (
            reqId,
            errorTime,
            errorCode,
            errorString,
            reject,
        ),
        OF_10_46,
    ),
    (
        "10.46, its own names",
        lambda id, time, code, msg, json: (id, time, code, msg, json),
        OF_10_46,
    ),
    ("10.46, unknown names", lambda a, b, c, d, e: (a, b, c, d, e), OF_10_46),
    (
        "10.46, unknown names, defaulted",
        lambda a, b=None, c=None, d=None, e=None: (a, b, c, d, e),
        OF_10_46,
    ),
    (
        "10.46, without the last",
        lambda reqId, errorTime, errorCode, errorString: (reqId, errorTime, errorCode, errorString),
        OF_10_46[:4],
    ),
    (
        "10.46, without the last, its own names",
        lambda id, time, code, msg: (id, time, code, msg),
        OF_10_46[:4],
    ),
    ("any", lambda *args: args, OF_10_46),
    ("any with an id", lambda reqId, *rest: (reqId, *rest), OF_10_46),
    ("any, and keywords", lambda *args, **kwargs: (*args, *kwargs), OF_10_46),
    (
        "by keywords",
        lambda **kw: (
            kw["reqId"],
            kw["errorTime"],
            kw["errorCode"],
            kw["errorString"],
            kw["advancedOrderRejectJson"],
        ),
        OF_10_46,
    ),
]
EACH_ERROR = pytest.mark.parametrize(
    ("function", "given"), [case[1:] for case in ERRORS], ids=[case[0] for case in ERRORS]
)


class Program(EWrapper):
    """Overrides nothing yet; `got` is what its callbacks were given."""

    def __init__(self) -> None:
        self.got: list[Any] = []


def app_with(**callbacks: Callable[..., Any]) -> Program:
    """A program whose class has these callbacks as methods; what they return is noted."""

    def method(function: Callable[..., Any]) -> Callable[..., Any]:
        def noted(self: Program, *args: Any, **kwargs: Any) -> None:
            self.got.append(function(*args, **kwargs))

        signature = inspect.signature(function)
        own = [
            inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY),
            *signature.parameters.values(),
        ]
        noted.__signature__ = signature.replace(parameters=own)  # type: ignore[attr-defined]
        return noted

    made: Program = type(
        "App", (Program,), {name: method(function) for name, function in callbacks.items()}
    )()
    return made


# --- error ---


@pytest.mark.parametrize("version", [200, NEWEST])
@EACH_ERROR
def test_error_of_tws(function: Callable[..., Any], given: tuple[Any, ...], version: int) -> None:
    app = app_with(error=function)
    Line(app, version).send_error()
    assert app.got == [given]


@EACH_ERROR
def test_error_of_the_client_itself(function: Callable[..., Any], given: tuple[Any, ...]) -> None:
    """Those have no JSON."""
    app = app_with(error=function)
    EClient(app).cancelOrder(7)
    (got,) = app.got
    assert got[0] == 7
    assert 504 in got
    assert "Not connected" in got
    assert len(got) >= min(len(given), 4)


@pytest.mark.parametrize(
    ("chosen", "count"),
    [("9.81", 3), ("10.19", 3), ("10.30", 3), ("10.37", 4), ("10.46", 4), (None, 4)],
)
def test_recorder_gets_no_json_with_an_error_of_the_client_itself(
    chosen: str | None, count: int
) -> None:
    """As officially, in each generation; a default of the program's own stays, too."""
    recorder = app_with(error=lambda *args: args)
    with_default = app_with(
        error=lambda reqId, errorCode, errorString, advancedOrderRejectJson=None: (
            advancedOrderRejectJson
        )
    )
    generation(chosen)
    try:
        EClient(recorder).cancelOrder(7)
        EClient(with_default).cancelOrder(7)
        Line(recorder).send_error()
    finally:
        generation(None)
    assert recorder.got[0][0] == 7
    assert recorder.got[0][-2:] == (504, "Not connected")
    assert len(recorder.got[0]) == count
    assert len(recorder.got[1]) == count + (chosen != "9.81")
    assert with_default.got == [None]


@EACH_ERROR
def test_error_on_the_instance_before_connecting(
    function: Callable[..., Any], given: tuple[Any, ...]
) -> None:
    app, notes = Program(), Notes()
    app.error = inspect_as(function, lambda *a, **k: notes(*function(*a, **k)))  # type: ignore[method-assign]
    Line(app).send_error()
    assert notes.got == [given]


@EACH_ERROR
def test_error_put_in_place_after_connecting(
    function: Callable[..., Any], given: tuple[Any, ...]
) -> None:
    app, notes = Program(), Notes()
    line = Line(app)
    line.send_error()

    app.error = lambda_like(function, notes)  # type: ignore[method-assign]
    line.send_error()
    line.send_error()
    assert notes.got == [given, given]


@pytest.mark.parametrize("first", [0, 7, 14], ids=lambda n: ERRORS[n][0])
@pytest.mark.parametrize(
    ("function", "given"),
    [
        case[1:]
        for case in ERRORS
        if "any" not in case[0] and "defaulted" not in case[0] and "keywords" not in case[0]
    ],
)
def test_error_replaced_by_one_of_another_generation(
    first: int, function: Callable[..., Any], given: tuple[Any, ...]
) -> None:
    app, notes, earlier = Program(), Notes(), Notes()
    app.error = lambda_like(ERRORS[first][1], earlier)  # type: ignore[method-assign]
    line = Line(app)
    line.send_error()
    app.error = lambda_like(function, notes)  # type: ignore[method-assign]
    line.send_error()
    line.send_error()
    assert earlier.got == [ERRORS[first][2]]
    assert notes.got == [given, given]


def inspect_as(function: Callable[..., Any], stand_in: Callable[..., Any]) -> Callable[..., Any]:
    return functools.wraps(function)(stand_in)


def lambda_like(function: Callable[..., Any], notes: Notes) -> Callable[..., Any]:
    """A function that truly takes these parameters and no others, and notes them."""
    signature = inspect.signature(function)
    words, seen_keyword = [], False
    for p in signature.parameters.values():
        if p.kind is p.KEYWORD_ONLY and not seen_keyword:
            words.append("*")
            seen_keyword = True
        star = "*" if p.kind is p.VAR_POSITIONAL else "**" if p.kind is p.VAR_KEYWORD else ""
        words.append(star + p.name + ("" if p.default is p.empty else f"={p.default!r}"))
        if p.kind is p.POSITIONAL_ONLY and p.name == "c":
            words.append("/")
    passed = [
        {
            p.VAR_POSITIONAL: f"*{p.name}",
            p.VAR_KEYWORD: f"**{p.name}",
            p.KEYWORD_ONLY: f"{p.name}={p.name}",
        }.get(p.kind, p.name)
        for p in signature.parameters.values()
    ]
    made: Callable[..., Any] = eval(
        f"lambda {', '.join(words)}: notes(*function({', '.join(passed)}))",
        {"notes": notes, "function": function},
    )
    assert inspect.signature(made).parameters.keys() == signature.parameters.keys()
    return made


def test_a_replaced_error_is_noticed_by_the_client_too() -> None:
    app = Program()
    client, notes = EClient(app), Notes()
    client.cancelOrder(7)
    app.error = lambda reqId, errorCode, errorString: notes(reqId, errorCode, errorString)  # type: ignore[method-assign]
    client.cancelOrder(8)
    app.error = lambda reqId, errorTime, errorCode, errorString, reject: notes(
        reqId, errorCode, reject
    )  # type: ignore[method-assign]
    client.cancelOrder(9)
    assert notes.got == [(8, 504, "Not connected"), (9, 504, "")]


# --- how callbacks are written ---


def test_decorated_methods() -> None:
    def logged(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        return wrapped

    class App(Program):
        @iswrapper
        def error(self, reqId: int, errorCode: int, errorString: str) -> None:
            self.got.append((reqId, errorCode, errorString))

        @iswrapper
        @logged
        def tickOptionComputation(  # type: ignore[no-untyped-def,override]
            self,
            reqId,
            tickType,
            impliedVol,
            delta,
            optPrice,
            pvDividend,
            gamma,
            vega,
            theta,
            undPrice,
        ):
            self.got.append((reqId, tickType, impliedVol, delta, undPrice))

        @logged
        @iswrapper
        def commissionReport(self, commissionReport: Any) -> None:
            self.got.append(commissionReport.execId)

    app = App()
    line = Line(app)
    line.send_error()
    send_option(line)
    line.send(
        "commissionAndFeesReport", commissionAndFeesReport=CommissionAndFeesReport(execId="E1")
    )
    assert app.got == [OF_9_81, (1, 10, 0.25, 0.5, 100.0), "E1"]


def send_option(line: Line) -> None:
    values = {"pvDividend": 0.0, "gamma": 0.1, "vega": 0.2, "theta": -0.1, "undPrice": 100.0}
    line.send(
        "tickOptionComputation",
        reqId=1,
        tickType=10,
        tickAttrib=1,
        impliedVol=0.25,
        delta=0.5,
        optPrice=3.0,
        **values,
    )


def test_static_and_class_methods_and_inherited_ones() -> None:
    got: list[Any] = []

    class Base(EWrapper):
        @staticmethod
        def error(reqId: int, errorCode: int, errorString: str) -> None:  # type: ignore[override]
            got.append((reqId, errorCode, errorString))

        @classmethod
        def commissionReport(cls, report: Any) -> None:  # type: ignore[override]
            got.append(report.execId)

    class App(Base):
        pass

    line = Line(App())
    line.send_error()
    line.send(
        "commissionAndFeesReport", commissionAndFeesReport=CommissionAndFeesReport(execId="E1")
    )
    assert got == [OF_9_81, "E1"]


def test_partials() -> None:
    app, notes = Program(), Notes()
    app.error = functools.partial(
        lambda log, reqId, errorCode, errorString: log(reqId, errorCode, errorString), notes
    )  # type: ignore[method-assign]
    Line(app).send_error()
    assert notes.got == [OF_9_81]


def test_callable_objects() -> None:
    class Handler:
        def __init__(self) -> None:
            self.got: list[Any] = []

        def __call__(self, reqId: int, errorCode: int, errorString: str) -> None:
            self.got.append((reqId, errorCode, errorString))

    app = Program()
    app.error = handler = Handler()  # type: ignore[method-assign,assignment]
    Line(app).send_error()
    assert handler.got == [OF_9_81]


def test_functions_of_c_whose_parameters_nobody_knows() -> None:
    class App(EWrapper):
        nextValidId = print

    app, got = App(), list[Any]()
    app.currentTime = got.append  # type: ignore[method-assign]
    line = Line(app)
    line.send("currentTime", time=5)
    assert got == [5]
    assert line.decoder._callbacks.target(["currentTime", "nextValidId"]) is app


@pytest.mark.parametrize("make", [Mock, MagicMock])
def test_mocks_in_place_of_callbacks(make: type[Mock]) -> None:
    app = Program()
    app.error = mock = make()  # type: ignore[method-assign]
    Line(app).send_error()
    mock.assert_called_once_with(*OF_10_46)


def test_a_mock_that_is_as_strict_as_the_method_in_whose_place_it_is() -> None:
    class App(EWrapper):
        def error(self, reqId: int, errorCode: int, errorString: str) -> None:
            """Of 9.81."""

    app = App()
    app.error = mock = create_autospec(app.error)  # type: ignore[method-assign]
    Line(app).send_error()
    mock.assert_called_once_with(*OF_9_81)


@pytest.mark.parametrize(
    "wrapper", [Mock(), MagicMock(), Mock(spec=EWrapper), create_autospec(EWrapper, instance=True)]
)
def test_a_mock_as_the_wrapper(wrapper: Any) -> None:
    line = Line(wrapper)
    line.send_error()
    line.send("currentTime", time=5)
    line.send(
        "commissionAndFeesReport", commissionAndFeesReport=CommissionAndFeesReport(execId="E1")
    )
    wrapper.error.assert_called_once_with(*OF_10_46)
    wrapper.currentTime.assert_called_once_with(5)
    assert wrapper.commissionAndFeesReport.call_args.args[0].execId == "E1"
    wrapper.commissionReport.assert_not_called()


# --- other callbacks ---


@pytest.mark.parametrize("name", ["commissionReport", "commissionAndFeesReport"])
def test_the_name_of_the_commission_report(name: str) -> None:
    app = app_with(**{name: lambda report: report})
    Line(app).send(
        "commissionAndFeesReport",
        commissionAndFeesReport=CommissionAndFeesReport(execId="E1", commissionAndFees=1.25),
    )
    (report,) = app.got
    assert (report.execId, report.commissionAndFees) == ("E1", 1.25)
    with pytest.deprecated_call():
        assert report.commission == 1.25


def test_the_newer_name_of_the_commission_report_wins() -> None:
    app = app_with(
        commissionReport=lambda report: "older", commissionAndFeesReport=lambda report: "newer"
    )
    Line(app).send("commissionAndFeesReport", commissionAndFeesReport=CommissionAndFeesReport())
    assert app.got == ["newer"]


@pytest.mark.parametrize("name", ["commissionReport", "commissionAndFeesReport"])
def test_a_commission_report_put_in_place_after_connecting(name: str) -> None:
    app, notes = Program(), Notes()
    line = Line(app)
    line.send("commissionAndFeesReport", commissionAndFeesReport=CommissionAndFeesReport())
    setattr(app, name, lambda report: notes(report.execId))
    line.send(
        "commissionAndFeesReport", commissionAndFeesReport=CommissionAndFeesReport(execId="E2")
    )
    assert notes.got == [("E2",)]


@pytest.mark.parametrize(
    "function",
    [
        lambda reqId, apiClientId, apiOrderId: (reqId, apiClientId, apiOrderId),
        lambda permId, clientId, orderId: (permId, clientId, orderId),
        lambda *, reqId, apiClientId, apiOrderId: (reqId, apiClientId, apiOrderId),
        lambda *, permId, clientId, orderId: (permId, clientId, orderId),
        lambda a, b, c: (a, b, c),
        lambda *args: args,
    ],
)
def test_order_bound(function: Callable[..., Any]) -> None:
    app = app_with(orderBound=function)
    Line(app).send("orderBound", permId=9, clientId=2, orderId=3)
    assert app.got == [(9, 2, 3)]


STATUS = {
    "orderId": 5, "status": "Filled", "filled": Decimal(2), "remaining": Decimal(0), "avgFillPrice": 3.5, "permId": 9, "parentId": 0,
    "lastFillPrice": 3.5, "clientId": 1, "whyHeld": "", "mktCapPrice": 0.0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("function", "count"),
    [
        (
            lambda orderId, status, filled, remaining, avgFillPrice, permId, parentId, lastFillPrice, clientId, whyHeld: (
                10
            ),
            10,
        ),
        (
            lambda orderId, status, filled, remaining, avgFillPrice, permId, parentId, lastFillPrice, clientId, whyHeld, mktCapPrice: (
                11
            ),
            11,
        ),
        (
            lambda orderId, status, filled, remaining, avgFillPrice, permId, parentId, lastFillPrice, clientId, whyHeld, mktCapPrice=1: (
                11
            ),
            11,
        ),
        (lambda orderId, status, *rest: 2 + len(rest), 11),
        (lambda *, orderId, status, **rest: 2 + len(rest), 11),
    ],
)
def test_order_status(function: Callable[..., Any], count: int) -> None:
    app = app_with(orderStatus=function)
    Line(app).send("orderStatus", **STATUS)
    assert app.got == [count]


def test_tick_option_computation_without_attributes() -> None:
    app = app_with(tickOptionComputation=lambda a, b, c, d, e, f, g, h, i, j: (a, b, c, d, e, j))
    send_option(Line(app))
    assert app.got == [(1, 10, 0.25, 0.5, 3.0, 100.0)]


def test_tick_option_computation_with_attributes() -> None:
    app = app_with(
        tickOptionComputation=lambda reqId, tickType, tickAttrib, *rest: (
            reqId,
            tickType,
            tickAttrib,
            *rest[:2],
        )
    )
    send_option(Line(app))
    assert app.got == [(1, 10, 1, 0.25, 0.5)]


def test_other_callbacks_of_9_73() -> None:
    app = app_with(
        updateMktDepthL2=lambda reqId, position, marketMaker, operation, side, price, size: (
            position,
            marketMaker,
            float(size),
        ),
        pnl=lambda reqId, dailyPnL: (reqId, dailyPnL),
    )
    line = Line(app)
    depth = {"operation": 0, "side": 1, "price": 2.5, "size": Decimal(3), "isSmartDepth": True}
    line.send("updateMktDepthL2", reqId=1, position=2, marketMaker="ISLAND", **depth)
    line.send("pnl", reqId=1, dailyPnL=2.5, unrealizedPnL=1.0, realizedPnL=0.5)
    assert app.got == [(2, "ISLAND", 3.0), (1, 2.5)]


def test_one_message_with_two_callbacks_of_which_one_is_older() -> None:
    """tickPrice and tickSize come in one message."""
    generation("9.81")
    app = app_with(
        tickPrice=lambda reqId, tickType, price, attrib: price,
        tickSize=lambda reqId, tickType, size: size,
    )
    Line(app, 187).send(
        "tickPrice", reqId=1, tickType=1, price=2.5, attrib=TickAttrib(), size=Decimal(300)
    )
    assert app.got == [2.5, 300]
    assert [type(value) for value in app.got] == [float, int]


# --- wrappers that are no EWrapper ---


def test_a_wrapper_of_its_own_kind() -> None:
    class Own:
        def __init__(self) -> None:
            self.got: list[Any] = []

        def error(self, reqId: int, errorCode: int, errorString: str) -> None:
            self.got.append((reqId, errorCode, errorString))

        def commissionReport(self, report: Any) -> None:
            self.got.append(report.execId)

    own = Own()
    line = Line(own)
    line.send_error()
    line.send("currentTime", time=5)  # which it has not
    line.send("tickSize", reqId=1, tickType=0, size=Decimal(300))
    line.send(
        "commissionAndFeesReport", commissionAndFeesReport=CommissionAndFeesReport(execId="E1")
    )
    assert own.got == [OF_9_81, "E1"]


@pytest.mark.parametrize("gen", [None, "9.73", "9.81", "10.19", "10.30", "10.37", "10.46", "10.51"])
def test_a_wrapper_without_any_callback(gen: str | None) -> None:
    generation(gen)
    line = Line(object())
    line.send_error()
    line.send("currentTime", time=5)
    line.send("tickSize", reqId=1, tickType=0, size=Decimal(300))
    line.send("commissionAndFeesReport", commissionAndFeesReport=CommissionAndFeesReport())


def test_a_wrapper_that_makes_its_callbacks_when_asked() -> None:
    class Proxy:
        def __init__(self, to: Any) -> None:
            self.to = to

        def __getattr__(self, name: str) -> Any:
            return getattr(self.to, name)

    app = app_with(error=lambda reqId, errorCode, errorString: (reqId, errorCode, errorString))
    Line(Proxy(app)).send_error()
    assert app.got == [OF_9_81]


def test_a_session_with_a_wrapper_that_lacks_callbacks() -> None:
    class Own:
        def __init__(self) -> None:
            self.ids: list[int] = []

        def nextValidId(self, orderId: int) -> None:
            self.ids.append(orderId)
            client.disconnect()

    own = Own()
    client = EClient(own)
    with SimulatedTws() as tws:
        try:
            client.connect(tws.host, tws.port, 1)
            client.run()
        finally:
            with contextlib.suppress(AttributeError):
                client.disconnect()
    assert own.ids == [1]


# --- super().error(...) ---


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((7, 201, "text"), "ERROR 7 201 text"),
        ((7, 201, "text", ""), "ERROR 7 201 text"),
        ((7, 201, "text", JSON), f"ERROR 7 201 text {JSON}"),
        ((7, TIME, 201, "text"), f"ERROR 7 {TIME} 201 text"),
        ((7, TIME, 201, "text", JSON), f"ERROR 7 {TIME} 201 text {JSON}"),
    ],
)
def test_super_error_in_every_form(
    arguments: tuple[Any, ...], text: str, caplog: pytest.LogCaptureFixture
) -> None:
    class App(EWrapper):
        def error(self, *given: Any) -> None:
            super().error(*arguments)

    Line(App()).send_error()
    assert caplog.messages == [text]


@pytest.mark.parametrize(
    "names",
    [
        pytest.param({"reqId": 7, "errorCode": 201, "errorString": "text"}),
        pytest.param(
            {"reqId": 7, "errorCode": 201, "errorString": "text", "advancedOrderRejectJson": JSON}
        ),
        {
            "reqId": 7,
            "errorTime": TIME,
            "errorCode": 201,
            "errorString": "text",
            "advancedOrderRejectJson": JSON,
        },
    ],
)
def test_super_error_by_keywords(names: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    class App(EWrapper):
        def error(self, *given: Any) -> None:
            super().error(**names)

    Line(App()).send_error()
    (message,) = caplog.messages
    assert "201 text" in message


# --- what fits no generation, and what fits the newest ---


def test_one_that_fits_no_generation_is_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    class App(EWrapper):
        def tickPrice(self, only: int) -> None:  # type: ignore[override]
            raise AssertionError("never called")

    app = App()
    line = Line(app)
    Line(app)
    for _ in range(3):
        with pytest.raises(TypeError):
            line.send(
                "tickPrice", reqId=1, tickType=1, price=2.5, attrib=TickAttrib(), size=Decimal(300)
            )
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    (warning,) = warnings
    assert warning.name == "ibapi_port.compat"
    text = warning.getMessage()
    assert text.startswith("tickPrice(only: ")
    assert "tickPrice(self, reqId, tickType, price, attrib)" in text


def test_callbacks_that_fit_are_called_directly(caplog: pytest.LogCaptureFixture) -> None:
    app = Program()
    for name in CALLBACKS:
        words = list(inspect.signature(getattr(EWrapper, name)).parameters)[1:]
        setattr(
            app, name, eval(f"lambda {', '.join(words)}{'=None' if name == 'error' else ''}: None")
        )
    made = Callbacks(app)
    assert made.adapted == {}
    assert all(made.target([name]) is app for name in CALLBACKS)
    assert caplog.messages == []


def test_a_plain_wrapper_is_called_directly() -> None:
    app = EWrapper()
    made = Callbacks(app)
    renamed = {"commissionAndFeesReport"}  # its older name may be overridden later
    assert all(made.target([name]) is app for name in CALLBACKS if name not in renamed)


def test_an_exception_of_the_callback_itself_is_no_sign_of_another_form() -> None:
    calls = Notes()

    class App(EWrapper):
        def error(
            self,
            reqId: int,
            errorTime: int,
            errorCode: int,
            errorString: str,
            advancedOrderRejectJson: str = "",
        ) -> None:
            calls(reqId)
            int(None)  # type: ignore[call-overload]

    with pytest.raises(TypeError, match="int"):
        Line(App()).send_error()
    assert calls.got == [(7,)]
