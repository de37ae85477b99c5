"""Programs that wrap every method of EWrapper, as IB's Testbed does, get the callbacks of their
generation, in its forms.
"""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable
from typing import Any

import pytest

from ibapi_port.commission_and_fees_report import CommissionAndFeesReport
from ibapi_port.compat import GENERATIONS, generation
from ibapi_port.compat.callbacks import Callbacks
from ibapi_port.wrapper import EWrapper

from .helpers import JSON, TIME, Line, Notes

Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]


def plain(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **kwargs: function(*args, **kwargs)


def marked(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapped


def twice(function: Callable[..., Any]) -> Callable[..., Any]:
    return marked(marked(function))


WRAPS = pytest.mark.parametrize("wrap", [plain, marked, twice])


def wrapped_class(wrap: Wrap) -> type[EWrapper]:
    made = type("Testbed", (EWrapper,), {})
    for name, function in inspect.getmembers(EWrapper, inspect.isfunction):
        setattr(made, name, wrap(function))
    return made


def send_report(app: EWrapper) -> None:
    Line(app).send(
        "commissionAndFeesReport",
        commissionAndFeesReport=CommissionAndFeesReport(execId="E", commissionAndFees=1.5),
    )


@WRAPS
@pytest.mark.parametrize("name", ["commissionReport", "commissionAndFeesReport"])
def test_the_more_derived_of_two_names_wins(wrap: Wrap, name: str) -> None:
    notes = Notes()
    app = type(
        "App", (wrapped_class(wrap),), {name: lambda self, report: notes(name, report.execId)}
    )()
    send_report(app)
    assert notes.got == [(name, "E")]
    assert Callbacks(app).generation == ("10.30" if name == "commissionReport" else GENERATIONS[-1])


@WRAPS
@pytest.mark.parametrize(
    ("gen", "name"),
    [
        ("9.81", "commissionReport"),
        ("10.30", "commissionReport"),
        ("10.37", "commissionAndFeesReport"),
    ],
)
def test_of_two_alike_the_generation_decides(wrap: Wrap, gen: str, name: str) -> None:
    notes = Notes()
    methods = {
        each: wrap(lambda self, report, each=each: notes(each))
        for each in ("commissionReport", "commissionAndFeesReport")
    }
    generation(gen)
    send_report(type("App", (EWrapper,), methods)())
    assert notes.got == [(name,)]


def test_one_in_the_object_itself_is_the_most_derived() -> None:
    notes = Notes()
    app = type(
        "App", (EWrapper,), {"commissionAndFeesReport": lambda self, report: notes("class")}
    )()
    app.commissionReport = lambda report: notes("object")
    send_report(app)
    assert notes.got == [("object",)]


@WRAPS
def test_wrapped_callbacks_tell_no_generation(wrap: Wrap) -> None:
    assert Callbacks(wrapped_class(wrap)()).generation == GENERATIONS[-1]


@WRAPS
def test_what_a_program_overrides_itself_tells(wrap: Wrap) -> None:
    class App(wrapped_class(wrap)):  # type: ignore[misc]
        def error(self, reqId: int, errorCode: int, errorString: str) -> None:
            """As in 9.81."""

    assert Callbacks(App()).generation == "9.81"


@WRAPS
@pytest.mark.parametrize(
    ("gen", "given"),
    [
        ("9.81", (7, 201, "text")),
        ("10.30", (7, 201, "text", JSON)),
        ("10.46", (7, TIME, 201, "text", JSON)),
    ],
)
def test_wrapped_callbacks_are_given_what_the_generation_gave(
    wrap: Wrap, gen: str, given: tuple[Any, ...]
) -> None:
    notes = Notes()

    def recording(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def recorded(self: Any, *args: Any) -> Any:
            notes(*args)
            return function(self, *args)

        return recorded

    generation(gen)
    app = type("App", (EWrapper,), {"error": recording(wrap(EWrapper.error))})()
    Line(app).send_error()
    assert notes.got == [given]


def test_a_wrapper_with_parameters_of_its_own_is_taken_at_its_word() -> None:
    notes = Notes()

    @functools.wraps(EWrapper.error)
    def error(self: Any, reqId: int, errorCode: int, errorString: str) -> None:
        notes(reqId, errorCode, errorString)

    app = type("App", (EWrapper,), {"error": error})()
    Line(app).send_error()
    assert notes.got == [(7, 201, "text")]


def test_coroutines_are_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    class App(EWrapper):
        async def tickSize(self, reqId: int, tickType: int, size: Any) -> None: ...  # type: ignore[override]

        async def error(self, *args: Any) -> None: ...

        @marked
        async def tickPrice(self, *args: Any) -> None: ...

        def tickGeneric(self, reqId: int, tickType: int, value: float) -> None: ...

    Callbacks(App())
    Callbacks(App())
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage().startswith("async callbacks never run: error, tickSize. ")
