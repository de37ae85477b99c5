"""Callbacks that are not overridden: super() in every older form, and what is logged, under either
name of the package.
"""

from __future__ import annotations

import inspect
import logging
from typing import Any

import pytest

from ibapi_port._client.members import own_members
from ibapi_port.client import EClient
from ibapi_port.compat import generation
from ibapi_port.compat.callbacks import Callbacks
from ibapi_port.compat.forms import use_forms
from ibapi_port.wrapper import Answers, EWrapper

from .helpers import TIME, Line, Notes, python

# callback, arguments, keywords: what is logged of it in the newest generation
SUPER: list[tuple[str, tuple[Any, ...], dict[str, Any], dict[str, Any]]] = [
    ("orderStatus", tuple(range(10)), {}, {"orderId": 0, "whyHeld": 9, "mktCapPrice": 0.0}),
    (
        "orderStatus",
        tuple(range(9)),
        {"whyHeld": "w"},
        {"clientId": 8, "whyHeld": "w", "mktCapPrice": 0.0},
    ),
    (
        "orderBound",
        (),
        {"reqId": 1, "apiClientId": 2, "apiOrderId": 3},
        {"permId": 1, "clientId": 2, "orderId": 3},
    ),
    (
        "orderBound",
        (1,),
        {"apiClientId": 2, "orderId": 3},
        {"permId": 1, "clientId": 2, "orderId": 3},
    ),
    ("updateMktDepthL2", tuple(range(7)), {}, {"reqId": 0, "size": 6, "isSmartDepth": False}),
    (
        "realtimeBar",
        (1, 2),
        dict.fromkeys(("open", "high", "low", "close", "volume", "wap", "count"), 3),
        {"time": 2, "open_": 3},
    ),
    ("pnl", (1, 2.0), {}, {"dailyPnL": 2.0, "unrealizedPnL": 0.0, "realizedPnL": 0.0}),
    ("pnl", (1, 2.0, 3.0), {}, {"unrealizedPnL": 3.0, "realizedPnL": 0.0}),
    (
        "tickOptionComputation",
        tuple(range(10)),
        {},
        {"tickType": 1, "tickAttrib": 0, "impliedVol": 2, "undPrice": 9},
    ),
    (
        "tickOptionComputation",
        (0, 1, 2),
        {
            "delta": 3,
            "optPrice": 4,
            "pvDividend": 5,
            "gamma": 6,
            "vega": 7,
            "theta": 8,
            "undPrice": 9,
        },
        {"tickAttrib": 0, "impliedVol": 2, "delta": 3, "undPrice": 9},
    ),
    (
        "tickOptionComputation",
        tuple(range(11)),
        {},
        {"tickAttrib": 2, "impliedVol": 3, "undPrice": 10},
    ),
    ("commissionReport", ("r",), {}, {"commissionReport": "r"}),
]


@pytest.mark.parametrize(("name", "arguments", "keywords", "logged"), SUPER)
def test_super_in_older_forms(
    name: str,
    arguments: tuple[Any, ...],
    keywords: dict[str, Any],
    logged: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "ibapi_port.wrapper")
    getattr(EWrapper(), name)(*arguments, **keywords)
    (record,) = caplog.records
    assert isinstance(record.args, tuple)
    callback, values = record.args
    assert callback == name
    assert isinstance(values, dict)
    assert {each: values[each] for each in logged} == logged


@pytest.mark.parametrize(
    ("arguments", "keywords"),
    [
        ((7, 201, "text"), {}),
        ((7, 201), {"errorString": "text"}),
        ((7,), {"errorCode": 201, "errorString": "text"}),
        ((), {"reqId": 7, "errorCode": 201, "errorString": "text"}),
    ],
)
def test_super_error_by_position_and_keyword(
    arguments: tuple[Any, ...], keywords: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    EWrapper().error(*arguments, **keywords)
    EWrapper().error(*arguments, **keywords, advancedOrderRejectJson="why")
    assert caplog.messages == ["ERROR 7 201 text", "ERROR 7 201 text why"]


@pytest.mark.parametrize(
    ("name", "arguments"), [("error", (7,)), ("tickOptionComputation", (1, 2, 3))]
)
def test_a_form_of_no_generation(name: str, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError, match="arguments are missing"):
        getattr(EWrapper(), name)(*arguments)


@pytest.mark.parametrize(
    ("code", "level"),
    [
        (2100, "INFO"),
        (2104, "INFO"),
        (2169, "INFO"),
        (2099, "ERROR"),
        (2170, "ERROR"),
        (201, "ERROR"),
    ],
)
def test_notices_are_no_errors(code: int, level: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "ibapi_port.wrapper")
    EWrapper().error(-1, TIME, code, "text")
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        (level, f"ERROR -1 {TIME} {code} text")
    ]


@pytest.mark.parametrize(
    ("gen", "line"),
    [
        ("9.81", "ERROR 7 201 text"),
        ("10.30", "ERROR 7 201 text"),
        ("10.37", f"ERROR 7 {TIME} 201 text"),
    ],
)
def test_the_line_of_an_error_is_the_generations(
    gen: str, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    generation(gen)
    Line(EWrapper()).send_error()
    assert caplog.messages[0].startswith(line)


def test_nothing_older_is_left_over() -> None:
    generation("9.81")
    Callbacks(EWrapper())
    assert "error" in Answers.older
    generation(None)
    Callbacks(EWrapper())
    assert (Answers.older, Answers.level, Answers.asked) == ({}, logging.DEBUG, False)


def test_an_override_of_log_answer_outside_the_name_ibapi(caplog: pytest.LogCaptureFixture) -> None:
    notes = Notes()

    class App(EWrapper):
        def logAnswer(self, fnName: str, fnParams: dict[str, Any]) -> None:
            notes(fnName, fnParams["reqId"])

    app = App()
    app.tickSnapshotEnd(3)
    assert notes.got == []
    caplog.set_level(logging.DEBUG, "ibapi_port.wrapper")
    app.tickSnapshotEnd(4)
    assert notes.got == [("tickSnapshotEnd", 4)]


STAND_IN = """
import logging, sys, inspect
import ibapi_port
from ibapi_port.compat import generation
ibapi_port.install()
generation({gen!r})
logging.basicConfig(level=logging.INFO, format="%(name)s %(levelname)s %(message)s", stream=sys.stdout)
from ibapi.client import EClient
from ibapi.wrapper import EWrapper
from ibapi.contract import Contract
heard = []
class App(EWrapper, EClient):
    def __init__(self): EClient.__init__(self, self)
    {own}
app = App()
app.tickSnapshotEnd(5)
app.cancelOrder(7)
print("heard", heard)
print(inspect.signature(EWrapper.error).replace(return_annotation=inspect.Signature.empty).parameters.keys() - {{"self"}})
contract = Contract()
print(repr([contract]) == f"[{{id(contract)}}: {{contract}}]")
"""
HEARS = "def logAnswer(self, name, values): heard.append((name, list(values)))"


@pytest.mark.parametrize(
    ("gen", "module", "parameters"),
    [("9.81", "wrapper", 3), ("10.19", "wrapper", 4), ("10.30", "utils", 4), ("10.37", "utils", 5)],
)
def test_where_it_stands_in_for_ibapi(gen: str, module: str, parameters: int) -> None:
    done = python("-c", STAND_IN.format(gen=gen, own="pass"))
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert lines[0] == f"ibapi.{module} INFO ANSWER tickSnapshotEnd {{'reqId': 5}}"
    assert lines[1].startswith(
        f"ibapi.{module.replace('wrapper', 'client')} INFO REQUEST cancelOrder {{'orderId': 7, "
    )
    assert lines[2].startswith(f"ibapi.{module} INFO ANSWER error {{'reqId': 7, ")
    assert lines[3].startswith("ibapi.wrapper ERROR ERROR 7 ")
    assert ("'errorTime'" in lines[2]) is (parameters == 5)
    assert lines[3].endswith(" 504 Not connected")
    assert len(lines[5].split(",")) == parameters
    assert lines[6] == "True"


@pytest.mark.parametrize(("gen", "heard"), [("9.81", True), ("10.19", True), ("10.30", False)])
def test_log_answer_is_called_where_it_was(gen: str, heard: bool) -> None:
    done = python(
        "-c",
        STAND_IN.format(gen=gen, own=HEARS).replace("level=logging.INFO", "level=logging.CRITICAL"),
    )
    assert done.returncode == 0, done.stderr
    assert (
        "heard [('tickSnapshotEnd', ['self', 'reqId']), ('error', ['self', 'reqId', 'errorCode'"
        in done.stdout
    ) is heard


def test_forms_are_shown_only_where_it_stands_in() -> None:
    before = inspect.signature(EWrapper.orderBound)
    use_forms("9.81")
    assert inspect.signature(EWrapper.orderBound) == before
    assert list(before.parameters) == ["self", "permId", "clientId", "orderId"]


def test_own_members() -> None:
    class Client(EClient):
        def run(self) -> None:
            """Stays."""

    run = Client.run
    assert own_members(Client) is Client
    assert vars(Client)["placeOrder"] is EClient.placeOrder
    assert vars(Client)["__init__"] is EClient.__init__
    assert Client.run is run
    assert not [name for name in vars(Client) if name.startswith("_") and not name.startswith("__")]
    assert all(name in vars(Client) for name in dir(EClient) if not name.startswith("_"))


@pytest.mark.parametrize("arguments", [(-1, TIME, 508, "a frame"), (-1, 508, "a frame")])
def test_errors_of_frames_are_limited(
    arguments: tuple[Any, ...], caplog: pytest.LogCaptureFixture
) -> None:
    Answers.error_logger.filters[0].forget()  # type: ignore[union-attr]
    for _ in range(20):
        EWrapper().error(*arguments)
        EWrapper().error(-1, TIME, 201, "refused")
    assert len([text for text in caplog.messages if "refused" in text]) == 20
    assert len([text for text in caplog.messages if "a frame" in text]) < 20
