"""EWrapper: every callback can be called as it stands, logs when somebody listens, and costs
nothing when nobody does.
"""

import inspect
import logging
from decimal import Decimal
from typing import Any

import pytest
from tables import for_each

from ibapi_port import wrapper
from ibapi_port.common import BarData, TickAttrib
from ibapi_port.contract import Contract
from ibapi_port.wrapper import EWrapper

LOGGER = "ibapi_port.wrapper"
ALL = {
    name: member
    for name, member in vars(EWrapper).items()
    if inspect.isfunction(member) and not name.startswith("_")
}
PROTOBUF = sorted(name for name in ALL if name.endswith("ProtoBuf"))
CALLBACKS = sorted(set(ALL) - set(PROTOBUF) - {"logAnswer"})


def arguments(name: str) -> dict[str, str]:
    return {
        parameter: f"<{parameter}>"
        for parameter in list(inspect.signature(ALL[name]).parameters)[1:]
    }


def test_their_number() -> None:
    assert (len(CALLBACKS), len(PROTOBUF)) == (91, 82)


@pytest.mark.parametrize("name", CALLBACKS)
def test_callback_logs_its_arguments(name: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, LOGGER):
        assert getattr(EWrapper(), name)(**arguments(name)) is None
    answer = caplog.records[0]
    assert (answer.name, answer.levelno, answer.getMessage()) == (
        LOGGER,
        logging.DEBUG,
        f"ANSWER {name} {arguments(name)}",
    )
    assert len(caplog.records) == (2 if name in ("error", "winError") else 1)


@pytest.mark.parametrize("name", CALLBACKS)
def test_callback_is_silent_by_default(name: str, caplog: pytest.LogCaptureFixture) -> None:
    getattr(EWrapper(), name)(*arguments(name).values())
    assert [r.levelname for r in caplog.records] == (
        ["ERROR"] if name in ("error", "winError") else []
    )


@pytest.mark.parametrize("name", PROTOBUF)
def test_protobuf_callbacks_do_nothing(name: str, caplog: pytest.LogCaptureFixture) -> None:
    (parameter,) = arguments(name)
    with caplog.at_level(logging.DEBUG, LOGGER):
        assert getattr(EWrapper(), name)(**{parameter: b""}) is None
    assert caplog.records == []
    assert parameter.endswith("Proto")


@for_each([*CALLBACKS, *PROTOBUF])
def test_callback_is_described_and_typed(name: str) -> None:
    signature = inspect.signature(ALL[name])
    doc = (inspect.getdoc(ALL[name]) or "").splitlines()
    assert 1 <= len(doc) <= 5
    assert doc[0].rstrip().endswith((".", ":")) or len(doc) > 1
    assert signature.return_annotation is None
    assert all(
        p.annotation is not inspect.Parameter.empty for p in list(signature.parameters.values())[1:]
    )


def test_errors_are_logged_as_errors(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, LOGGER)
    EWrapper().error(7, 1738333800123, 200, "No security definition", "")
    EWrapper().error(8, 0, 201, "Rejected", '{"a": 1}')
    EWrapper().error(-1, 0, 2104, "Market data farm connection is OK")
    EWrapper().winError("refused", 111)
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [
        ("ERROR", "ERROR 7 1738333800123 200 No security definition"),
        ("ERROR", 'ERROR 8 0 201 Rejected {"a": 1}'),
        ("INFO", "ERROR -1 0 2104 Market data farm connection is OK"),
        ("ERROR", "WINERROR 111 refused"),
    ]


def test_log_shows_objects(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, LOGGER):
        EWrapper().tickPrice(1, 2, 3.5, TickAttrib(preOpen=True))
        EWrapper().position("DU1", Contract(symbol="A"), Decimal(2), 1.5)
    assert caplog.messages == [
        "ANSWER tickPrice {'reqId': 1, 'tickType': 2, 'price': 3.5, 'attrib': TickAttrib(preOpen=True)}",
        "ANSWER position {'account': 'DU1', 'contract': Contract(symbol='A'), 'position': Decimal('2'), 'avgCost': 1.5}",
    ]


def test_arguments_are_not_looked_at_when_nobody_listens() -> None:
    class Unprintable:
        def __repr__(self) -> str:
            raise AssertionError("was printed")

    class App(EWrapper):
        def logAnswer(self, fnName: str, fnParams: dict[str, Any]) -> None:
            raise AssertionError("was called")

    App().historicalData(1, Unprintable())  # type: ignore[arg-type]


def test_log_answer_can_be_overridden() -> None:
    heard = []

    class App(EWrapper):
        def logAnswer(self, fnName: str, fnParams: dict[str, Any]) -> None:
            heard.append((fnName, fnParams["bar"]))

        def historicalData(self, reqId: int, bar: BarData) -> None:
            super().historicalData(reqId, bar)

    logger = logging.getLogger(LOGGER)
    logger.setLevel(logging.DEBUG)
    try:
        App().historicalData(1, BarData(close=2.0))
    finally:
        logger.setLevel(logging.NOTSET)
    assert heard == [("historicalData", BarData(close=2.0))]


def test_log_answer_of_the_module(caplog: pytest.LogCaptureFixture) -> None:
    wrapper.logAnswer("f", {"self": 0, "a": 1})
    with caplog.at_level(logging.DEBUG, LOGGER):
        wrapper.logAnswer("f", {"self": 0, "a": 1})
    assert caplog.messages == ["ANSWER f {'a': 1}"]


def test_the_constructor_ends_the_chain() -> None:
    class NeedsArgument:
        def __init__(self, wrapper: object) -> None:
            self.wrapper = wrapper

    class App(EWrapper, NeedsArgument):
        def __init__(self) -> None:
            super().__init__()
            NeedsArgument.__init__(self, self)

    app = App()
    assert app.wrapper is app


def test_no_handler_was_added() -> None:
    for name in ("ibapi_port", LOGGER, "ibapi_port.utils"):
        assert logging.getLogger(name).handlers == []
