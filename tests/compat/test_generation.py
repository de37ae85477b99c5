"""generation(): values and defaults as a generation had them; what a program's callbacks tell of
it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from ibapi_port.common import (
    BarData,
    HistogramData,
    HistoricalTick,
    HistoricalTickBidAsk,
    HistoricalTickLast,
)
from ibapi_port.compat import GENERATIONS, generation
from ibapi_port.compat.callbacks import OLDER, Callbacks
from ibapi_port.compat.generations import NEWEST
from ibapi_port.compat.values import as_float, as_int, conversions
from ibapi_port.const import UNSET_DECIMAL, UNSET_DOUBLE
from ibapi_port.contract import Contract, ContractDescription
from ibapi_port.execution import Execution
from ibapi_port.order import Order
from ibapi_port.ticktype import TickTypeEnum
from ibapi_port.wrapper import EWrapper

from .helpers import Line

D = Decimal
# callback: the arguments that carry sizes and quantities; what 9.81 gives is an int ("i") or a
# float ("f")
PLACES: dict[str, dict[int, str]] = {
    "tickSize": {2: "i"},
    "orderStatus": {2: "f", 3: "f"},
    "updatePortfolio": {1: "f"},
    "position": {2: "f"},
    "positionMulti": {4: "f"},
    "pnlSingle": {1: "i"},
    "updateMktDepth": {5: "i"},
    "updateMktDepthL2": {6: "i"},
    "realtimeBar": {6: "i", 7: "f"},
    "tickByTickAllLast": {4: "i"},
    "tickByTickBidAsk": {4: "i", 5: "i"},
}
# callback: the argument that has attributes which do, the class, and these ("u": a float that is
# the largest one when unset)
ATTRIBUTES: dict[str, tuple[int, type[Any], dict[str, str]]] = {
    "openOrder": (2, Order, {"totalQuantity": "f", "filledQuantity": "u"}),
    "completedOrder": (1, Order, {"totalQuantity": "f", "filledQuantity": "f"}),
    "execDetails": (2, Execution, {"shares": "f", "cumQty": "f"}),
    "historicalData": (1, BarData, {"volume": "i", "wap": "f"}),
    "historicalDataUpdate": (1, BarData, {"volume": "i", "wap": "f"}),
}
LISTS: dict[str, tuple[int, type[Any], dict[str, str]]] = {
    "histogramData": (1, HistogramData, {"size": "i"}),
    "historicalTicks": (1, HistoricalTick, {"size": "i"}),
    "historicalTicksBidAsk": (1, HistoricalTickBidAsk, {"sizeBid": "i", "sizeAsk": "i"}),
    "historicalTicksLast": (1, HistoricalTickLast, {"size": "i"}),
}
# what TWS sent: what 9.81 gives for an int, for a float
VALUES: list[tuple[Decimal, Any, Any]] = [
    (D(300), 300, 300.0),
    (D("300.000"), 300, 300.0),
    (D(0), 0, 0.0),
    (D(-5), -5, -5.0),
    (D("0.25"), 0.25, 0.25),
    (D("1E+6"), 1_000_000, 1_000_000.0),
    (UNSET_DECIMAL, 0, 0.0),
]
EACH_VALUE = pytest.mark.parametrize(("value", "as_i", "as_f"), VALUES)


def given_in_9_81(name: str, arguments: list[Any]) -> tuple[Any, ...]:
    """What the callback of a program of 9.81 is given."""
    got: list[tuple[Any, ...]] = []
    app = EWrapper()
    setattr(app, name, lambda *given: got.append(given))
    generation("9.81")
    getattr(Callbacks(app).target([name]), name)(*arguments)
    return got[0]


def same(got: Any, wanted: Any) -> None:
    assert (type(got), got) == (type(wanted), wanted)


def test_these_are_all_that_change() -> None:
    assert {name for name, _ in conversions("9.81")} == {
        *PLACES,
        *ATTRIBUTES,
        *LISTS,
        "symbolSamples",
    }
    assert [name for name, _ in conversions("10.19")] == ["symbolSamples"]
    decimals = {
        name
        for name, function in inspect.getmembers(EWrapper, inspect.isfunction)
        if any(
            "Decimal" in str(annotation)
            for annotation in inspect.get_annotations(function).values()
        )
    }
    assert decimals == set(PLACES)


@EACH_VALUE
@pytest.mark.parametrize("name", PLACES)
def test_sizes_as_arguments(name: str, value: Decimal, as_i: Any, as_f: Any) -> None:
    count = len(inspect.signature(getattr(EWrapper, name)).parameters) - 1
    given = given_in_9_81(
        name, [value if n in PLACES[name] else f"argument {n}" for n in range(count)]
    )
    for n, got in enumerate(given):
        same(
            got,
            {"i": as_i, "f": as_f, "u": UNSET_DOUBLE if value == UNSET_DECIMAL else as_f}[
                PLACES[name][n]
            ]
            if n in PLACES[name]
            else f"argument {n}",
        )


@EACH_VALUE
@pytest.mark.parametrize("name", ATTRIBUTES)
def test_sizes_as_attributes(name: str, value: Decimal, as_i: Any, as_f: Any) -> None:
    place, cls, kinds = ATTRIBUTES[name]
    made = cls()
    for attribute in kinds:
        setattr(made, attribute, value)
    before = dict(vars(made))
    count = len(inspect.signature(getattr(EWrapper, name)).parameters) - 1
    given = given_in_9_81(name, [made if n == place else n for n in range(count)])
    assert given[place] is made
    for attribute, untouched in before.items():
        same(
            getattr(made, attribute),
            {"i": as_i, "f": as_f, "u": UNSET_DOUBLE if value == UNSET_DECIMAL else as_f}[
                kinds[attribute]
            ]
            if attribute in kinds
            else untouched,
        )


@EACH_VALUE
@pytest.mark.parametrize("name", LISTS)
def test_sizes_in_lists(name: str, value: Decimal, as_i: Any, as_f: Any) -> None:
    place, cls, kinds = LISTS[name]
    items = [cls(), cls()]
    for item in items:
        for attribute in kinds:
            setattr(item, attribute, value)
    count = len(inspect.signature(getattr(EWrapper, name)).parameters) - 1
    given = given_in_9_81(name, [items if n == place else n for n in range(count)])
    assert given[place] == items
    for item in given[place]:
        for attribute in kinds:
            same(getattr(item, attribute), as_i)


@EACH_VALUE
def test_single_values(value: Decimal, as_i: Any, as_f: Any) -> None:
    same(as_int(value), as_i)
    same(as_float(value), as_f)


def test_infinite_sizes_become_floats() -> None:
    same(as_int(D("Infinity")), float("inf"))
    assert as_int(D("NaN")) != as_int(D("NaN"))


@pytest.mark.parametrize(
    ("gen", "kind"),
    [
        ("9.73", int),
        ("9.76", int),
        ("9.81", int),
        ("10.19", D),
        ("10.30", D),
        ("10.46", D),
        ("10.51", D),
        (None, D),
    ],
)
def test_sizes_of_each_generation(gen: str | None, kind: type) -> None:
    class App(EWrapper):
        def tickSize(self, reqId: int, tickType: int, size: Any) -> None:
            kinds.append(type(size))

    kinds: list[type] = []
    generation(gen)
    Line(App(), 187).send("tickSize", reqId=1, tickType=0, size=D(300))
    assert kinds == [kind]


def test_a_size_prints_by_the_format_for_whole_numbers() -> None:
    class App(EWrapper):
        def error(self, reqId: int, errorCode: int, errorString: str) -> None:
            """Of 9.81."""

        def tickSize(self, reqId: int, tickType: int, size: Any) -> None:
            shown.append("%d %s" % (size, size))  # noqa: UP031 - as programs do

    shown: list[str] = []
    Line(App(), 187).send("tickSize", reqId=1, tickType=0, size=D("300.0"))
    assert shown == ["300 300"]


@pytest.mark.parametrize("gen", [None, *GENERATIONS])
def test_an_empty_list_from_tws_is_a_list(gen: str | None) -> None:
    """Whatever a new object has."""
    got: list[ContractDescription] = []
    app = EWrapper()
    app.symbolSamples = lambda reqId, contractDescriptions: got.extend(contractDescriptions)  # type: ignore[method-assign]
    sent = [
        ContractDescription(derivativeSecTypes=[]),
        ContractDescription(derivativeSecTypes=["OPT", "CFD"]),
    ]
    generation(gen)
    Line(app, 187).send("symbolSamples", reqId=1, contractDescriptions=sent)
    assert [description.derivativeSecTypes for description in got] == [[], ["OPT", "CFD"]]


# --- defaults ---


def defaults() -> SimpleNamespace:
    return SimpleNamespace(
        strike=Contract().strike,
        legs=Contract().comboLegs,
        types=ContractDescription().derivativeSecTypes,
        shown=repr(Contract()),
    )


@pytest.mark.parametrize(
    ("gen", "strike", "lists"),
    [
        ("9.73", 0.0, None),
        ("9.76", 0.0, None),
        ("9.81", 0.0, None),
        ("10.19", 0.0, None),
        ("10.30", 0.0, []),
        ("10.37", UNSET_DOUBLE, []),
        ("10.46", UNSET_DOUBLE, []),
        ("10.51", UNSET_DOUBLE, []),
        (None, UNSET_DOUBLE, []),
    ],
)
def test_defaults(gen: str | None, strike: float, lists: Any) -> None:
    generation(gen)
    got = defaults()
    assert (got.strike, got.legs, got.types) == (strike, lists, lists)
    assert got.shown == "Contract()"
    assert Contract(strike=5.0, comboLegs=[]).strike == 5.0


@pytest.mark.parametrize("gen", GENERATIONS)
def test_none_restores(gen: str) -> None:
    before = defaults()
    generation(gen)
    generation(None)
    assert defaults() == before
    assert Contract().comboLegs is not Contract().comboLegs


def test_the_last_choice_holds() -> None:
    generation("9.81")
    generation("10.30")
    assert defaults().legs == []
    assert defaults().strike == 0.0
    assert not list(conversions("10.30"))


@pytest.mark.parametrize("unknown", ["10.31", "9.8", "", "newest", "10"])
def test_unknown_generations(unknown: str) -> None:
    generation("10.30")
    with pytest.raises(
        ValueError,
        match=f"no generation '{unknown}'.*9.73, 9.76, 9.81, 10.19, 10.30, 10.37, 10.46, 10.51",
    ):
        generation(unknown)
    assert defaults().strike == 0.0  # as before


@pytest.mark.parametrize("gen", [None, *GENERATIONS])
def test_the_name_of_tick_type_47(gen: str | None) -> None:
    """What TWS sends as it, if anything, are the ratios: a program knows them by that name, unless
    it was written for 10.51.
    """
    generation(gen)
    assert TickTypeEnum.toStr(47) == ("NOT_USED" if gen == "10.51" else "FUNDAMENTAL_RATIOS")
    assert (TickTypeEnum.FUNDAMENTAL_RATIOS, TickTypeEnum.NOT_USED) == (47, 47)


# --- what the callbacks tell ---

STATUS = "orderId, status, filled, remaining, avgFillPrice, permId, parentId, lastFillPrice, clientId, whyHeld"
TOLD = [
    ({}, NEWEST),
    ({"error": "reqId, errorTime, errorCode, errorString, advancedOrderRejectJson=''"}, NEWEST),
    ({"error": "*args"}, NEWEST),
    ({"error": "**kwargs"}, NEWEST),
    ({"error": "reqId, errorCode, errorString, advancedOrderRejectJson=''"}, "10.30"),
    ({"error": "a, b, c, d"}, "10.30"),
    ({"commissionReport": "report"}, "10.30"),
    ({"commissionReport": "report", "commissionAndFeesReport": "report"}, NEWEST),
    ({"error": "reqId, errorCode, errorString"}, "9.81"),
    ({"error": "a, b, c"}, "9.81"),
    ({"error": "reqId, errorCode, errorString", "commissionReport": "report"}, "9.81"),
    ({"tickOptionComputation": "a, b, c, d, e, f, g, h, i, j"}, "9.76"),
    ({"orderStatus": STATUS}, "9.73"),
    ({"orderStatus": f"{STATUS}, mktCapPrice"}, NEWEST),
    (
        {"error": "reqId, errorCode, errorString", "tickSize": "reqId, tickType, size: Decimal"},
        "10.19",
    ),
    (
        {
            "error": "reqId, errorCode, errorString",
            "position": "account, contract, position: 'decimal.Decimal', avgCost",
        },
        "10.19",
    ),
    # other names for the newest arguments tell nothing
    ({"realtimeBar": "reqId, time, open, high, low, close, volume, wap, count"}, NEWEST),
    ({"orderBound": "reqId, apiClientId, apiOrderId"}, NEWEST),
]


@pytest.mark.parametrize(("callbacks", "told"), TOLD)
def test_told_by_callbacks(callbacks: dict[str, str], told: str) -> None:
    app = EWrapper()
    for name, parameters in callbacks.items():
        setattr(app, name, _defined(parameters))
    assert Callbacks(app).generation == told
    for chosen in GENERATIONS:
        generation(chosen)
        assert Callbacks(app).generation == chosen


def _defined(parameters: str) -> Callable[..., None]:
    made: dict[str, Any] = {"Decimal": D}
    exec(f"def callback({parameters}): pass", made)
    function: Callable[..., None] = made["callback"]
    return function


@pytest.mark.parametrize(
    ("gen", "given"),
    [
        ("9.73", (7, 201, "text")),
        ("9.76", (7, 201, "text")),
        ("9.81", (7, 201, "text")),
        ("10.19", (7, 201, "text", "{}")),
        ("10.30", (7, 201, "text", "{}")),
        ("10.37", (7, 5, 201, "text", "{}")),
        ("10.46", (7, 5, 201, "text", "{}")),
        ("10.51", (7, 5, 201, "text", "{}")),
    ],
)
def test_a_callback_that_takes_anything_is_given_what_the_generation_gave(
    gen: str, given: tuple[Any, ...]
) -> None:
    got: list[tuple[Any, ...]] = []
    app = EWrapper()
    app.error = lambda *args: got.append(args)  # type: ignore[method-assign]
    generation(gen)
    Line(app).send(
        "error",
        reqId=7,
        errorTime=5,
        errorCode=201,
        errorString="text",
        advancedOrderRejectJson="{}",
    )
    assert got == [given]


def test_older_forms_are_of_known_generations_and_callbacks() -> None:
    for name, forms in OLDER.items():
        newest = len(inspect.signature(getattr(EWrapper, name)).parameters) - 1
        for form in forms:
            assert form.generation in GENERATIONS
            assert len(form.names) == len(form.picks)
            assert all(pick < newest for pick in form.picks)
