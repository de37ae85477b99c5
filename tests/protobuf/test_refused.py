"""Values that cannot be sent as Protocol Buffers, and what a server is too old for: one error that
names why, and nothing is sent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from client.samples import arguments, has_request_id, plain_order, stock
from client.scripted import App
from client.test_refused import changed

from ibapi_port.order import OrderComboLeg
from ibapi_port.order_condition import MarginCondition, PriceCondition, TimeCondition
from ibapi_port.tag_value import TagValue

from . import helpers
from .helpers import LAST, THRESHOLDS, ProtoLink

_links: dict[int, ProtoLink] = {}


@pytest.fixture(scope="module", autouse=True)
def _links_closed() -> Iterator[None]:
    yield
    while _links:
        _links.popitem()[1].close()


def link(version: int = LAST) -> ProtoLink:
    """One program for all tests of a server version."""
    if version not in _links:
        _links[version] = ProtoLink(version)
    _links[version].sent()  # what a test that failed has left
    _links[version].app.forget()
    return _links[version]


@pytest.fixture(autouse=True)
def _nothing_left() -> None:
    """In place of the usual one: the connections last until the module's end."""


def only_error(one: ProtoLink, *request_and_arguments: Any) -> tuple[int, int, str]:
    """Make a request that is refused: its error, which has come before the request returns.

    Nothing was sent; the next request is.
    """
    name, *args = request_and_arguments
    one.app.forget()
    getattr(one.app, name)(*args)
    assert one.app.names() == ["error"], one.app.told()
    assert one.app.threads() == {"MainThread"}
    one.app.cancelMktData(77)
    assert [(received.name, received.values) for received in one.sent()] == [
        ("cancelMktData", {"reqId": 77})
    ]
    return one.app.errors()[0]


def without(condition: Any, **values: Any) -> Any:
    for name, value in values.items():
        setattr(condition, name, value)
    return condition


NAN_PRICE = without(
    PriceCondition(), isMore=True, triggerMethod=0, conId=1, exchange="SMART", price=math.nan
)
NUL_TIME = without(TimeCondition(), isMore=True, time="\0")
HALF_PERCENT = without(MarginCondition(), isMore=True, percent=0.5)

BAD_VALUES = [  # request, argument, its value, a part of the text
    ("placeOrder", "order.lmtPrice", math.nan, "NaN cannot be sent"),
    ("placeOrder", "order.lmtPrice", "abc", "'abc' is not a number"),
    ("placeOrder", "order.lmtPrice", Decimal("NaN"), "NaN cannot be sent"),
    ("placeOrder", "order.lmtPrice", Decimal("sNaN"), ""),
    ("placeOrder", "order.lmtPrice", [1.5], "not a number"),
    ("placeOrder", "order.auxPrice", "1,5", "'1,5' is not a number"),
    ("placeOrder", "order.totalQuantity", Decimal("NaN"), "NaN cannot be sent"),
    ("placeOrder", "order.totalQuantity", Decimal("-NaN"), "NaN cannot be sent"),
    ("placeOrder", "order.totalQuantity", Decimal("sNaN"), ""),
    ("placeOrder", "order.totalQuantity", math.nan, "NaN cannot be sent"),
    ("placeOrder", "order.totalQuantity", "abc", "'abc' is not a number"),
    ("placeOrder", "order.totalQuantity", "nan", "NaN cannot be sent"),
    ("placeOrder", "order.totalQuantity", [5], "is not a number"),
    ("placeOrder", "order.totalQuantity", None, "None is not a number"),
    ("placeOrder", "order.lmtPrice", None, "None is not a number"),
    ("placeOrder", "order.transmit", None, "None is not a whole number"),
    ("placeOrder", "order.account", None, "None is not text"),
    ("reqMktData", "genericTickList", None, "None is not text"),
    ("placeOrder", "order.parentId", 1.5, "1.5 is not a whole number"),
    ("placeOrder", "order.parentId", "7; 8", "'7; 8' is not a whole number"),
    ("placeOrder", "order.parentId", 2**70, "out of range for a 32-bit int"),
    ("placeOrder", "order.permId", 2**63, "out of range for a 64-bit long"),
    ("placeOrder", "order.minQty", math.inf, "not a whole number"),
    ("placeOrder", "order.account", ["DU1"], "['DU1'] is not text"),
    ("placeOrder", "order.orderRef", b"x", "is not text"),
    ("placeOrder", "order.conditions", 5, ""),
    ("placeOrder", "order.conditions", [NAN_PRICE], "NaN cannot be sent"),
    ("placeOrder", "order.conditions", [HALF_PERCENT], "0.5 is not a whole number"),
    ("placeOrder", "order.conditions", ["soon"], "is no order condition"),
    ("placeOrder", "order.algoParams", "a=b", "is not a list of TagValue"),
    ("placeOrder", "order.algoParams", 5, ""),
    ("placeOrder", "order.slOrderId", "x", "'x' is not a whole number"),
    ("placeOrder", "order.ptOrderType", ["LMT"], "is not text"),
    ("placeOrder", "order", "buy", ""),
    ("reqMktData", "contract.strike", math.nan, "NaN cannot be sent"),
    ("reqMktData", "contract.multiplier", "many", "'many' is not a number"),
    ("reqMktData", "contract.multiplier", "NaN", "NaN cannot be sent"),
    ("reqMktData", "contract.symbol", ["AAPL"], "is not text"),
    ("reqMktData", "contract.conId", "x", "'x' is not a whole number"),
    ("reqMktData", "contract.comboLegs", 5, ""),
    ("reqMktData", "contract", "AAPL", ""),
    ("reqMktData", "mktDataOptions", "a=b;", "is not a list of TagValue"),
    ("reqMktData", "mktDataOptions", 5, ""),
    ("reqPnL", "account", {"DU1"}, "is not text"),
    ("calculateOptionPrice", "volatility", "high", "'high' is not a number"),
    ("calculateOptionPrice", "underPrice", math.nan, "NaN cannot be sent"),
    ("reqExecutions", "execFilter.specificDates", ["today"], "'today' is not a whole number"),
    ("reqExecutions", "execFilter.lastNDays", 0.5, "0.5 is not a whole number"),
    ("reqScannerSubscription", "subscription.aboveVolume", "x", "'x' is not a whole number"),
    ("reqWshEventData", "wshEventData.conId", 1.5, "1.5 is not a whole number"),
    ("replaceFA", "cxml", b"<x/>", "is not text"),
]


@pytest.mark.parametrize(
    ("name", "path", "value", "part"),
    BAD_VALUES,
    ids=[f"{b[0]}-{b[1]}-{str(b[2])[:12]}" for b in BAD_VALUES],
)
def test_a_value_that_cannot_be_sent(name: str, path: str, value: Any, part: str) -> None:
    request, code, text = only_error(link(), name, *changed(name, path, value))
    assert (request, code) == (has_request_id(name), 321)
    assert text.startswith(f"Error validating request: {name}: {path}")
    assert part in text


BAD_TEXTS = ["a\0b", "\x1b[0m", "\x7f", "\ud800"]


@pytest.mark.parametrize("text", BAD_TEXTS, ids=[repr(text) for text in BAD_TEXTS])
@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("placeOrder", "order.orderRef"),
        ("reqMktData", "contract.symbol"),
        ("reqMatchingSymbols", "pattern"),
        ("replaceFA", "cxml"),
    ],
)
def test_a_character_that_cannot_be_sent(name: str, path: str, text: str) -> None:
    request, code, told = only_error(link(), name, *changed(name, path, text))
    assert (request, code) == (has_request_id(name), 579)
    assert told.startswith(f"Invalid symbol in string - {name}: {path}: ")
    assert "\0" not in told


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("reqMktData", "mktDataOptions", [TagValue("a", "\0")]),
        ("placeOrder", "order.algoParams", [TagValue("\0", "a")]),
        ("placeOrder", "order.conditions", [NUL_TIME]),
    ],
)
def test_a_character_deep_inside(name: str, path: str, value: Any) -> None:
    request, code, text = only_error(link(), name, *changed(name, path, value))
    assert (request, code) == (has_request_id(name), 579)
    assert text.startswith(f"Invalid symbol in string - {name}: {path}")


BAD_IDS = {
    "1.5": 1.5,
    "list of commands": "7; 8",
    "too large": 2**70,
    "NaN": math.nan,
    "text": "one",
    "a list": [1],
    "None": None,
}


@pytest.mark.parametrize("what", BAD_IDS)
@pytest.mark.parametrize(
    ("name", "path"),
    [("cancelMktData", "reqId"), ("placeOrder", "orderId"), ("reqHistogramData", "tickerId")],
)
def test_an_id_that_is_none(name: str, path: str, what: str) -> None:
    value = BAD_IDS[what]
    request, code, text = only_error(link(), name, *changed(name, path, value))
    assert request == (value if value == 2**70 else -1)
    assert code == 321
    assert text.startswith(f"Error validating request: {name}: {path}: ")


@pytest.mark.parametrize("price", [math.nan, "abc", [1]])
def test_a_leg_price_that_cannot_be_sent(price: Any) -> None:
    args = changed("placeOrder", "order.orderComboLegs", [OrderComboLeg(price=price)])
    args[1].secType, args[1].comboLegs = "BAG", [type_of_leg()]
    request, code, _ = only_error(link(), "placeOrder", *args)
    assert (request, code) == (has_request_id("placeOrder"), 321)


def type_of_leg() -> Any:
    from ibapi_port.contract import ComboLeg

    return ComboLeg(conId=1, ratio=1, action="BUY", exchange="SMART")


def test_what_this_wire_can_carry_and_text_cannot() -> None:
    """Text in any script, tabs and line ends."""
    one = link()
    one.app.forget()
    one.app.reqMatchingSymbols(3, "Müller 日本 🙂\t\n")
    one.app.reqMktData(4, stock("\u20ac"), "", False, False, None)  # type: ignore[arg-type]
    one.app.placeOrder(*changed("placeOrder", "order.orderRef", "\u20ac"))
    matching, quotes, order = one.sent()
    assert matching.values == {"reqId": 3, "pattern": "Müller 日本 🙂\t\n"}
    assert (
        quotes.values["contract"].symbol,
        quotes.values["genericTickList"],
        quotes.values["mktDataOptions"],
    ) == ("\u20ac", "", [])
    assert order.values["order"].orderRef == "\u20ac"
    assert one.app.errors() == []


def test_what_fits_after_all_is_sent() -> None:
    """Whole numbers of other types, and numbers where text is."""
    one = link()
    one.app.forget()
    one.app.cancelMktData(7.0)  # type: ignore[arg-type]
    one.app.cancelMktData(" 8 ")  # type: ignore[arg-type]
    one.app.cancelMktData(Decimal(9))  # type: ignore[arg-type]
    one.app.reqMatchingSymbols(3, 600519)  # type: ignore[arg-type]
    assert [list(received.values.values()) for received in one.sent()] == [
        [7],
        [8],
        [9],
        [3, "600519"],
    ]
    for quantity in (5, 5.0, "5", " 5 ", Decimal(5), Decimal("5.0")):
        one.app.placeOrder(*changed("placeOrder", "order.totalQuantity", quantity))
    assert [received.values["order"].totalQuantity for received in one.sent()] == [5] * 6
    assert one.app.log == []


@pytest.mark.parametrize("version", [203, 205, LAST])
def test_the_same_errors_where_the_next_request_is_text(version: int) -> None:
    request, code, text = only_error(
        link(version), "placeOrder", *changed("placeOrder", "order.lmtPrice", math.nan)
    )
    assert (request, code) == (has_request_id("placeOrder"), 321)
    assert text == "Error validating request: placeOrder: order.lmtPrice: NaN cannot be sent"


# --- the server is too old ---

LATER = [  # parameter, a value, first server version that takes it
    ("deactivate", True, 216), ("postOnly", True, 216), ("allowPreOpen", True, 216),
    ("ignoreOpenAuction", True, 216),
    ("routeMarketableToBbo", True, 217), ("routeMarketableToBbo", False, 217),
    ("seekPriceImprovement", False, 217), ("whatIfType", 1, 217),
    ("hedgeMaxSize", 0, 223), ("hedgeMaxSize", 100, 223), ("slOrderId", 8, 218),
    ("slOrderType", "PRESET", 218), ("ptOrderId", 9, 218),
    ("ptOrderType", "PRESET", 218), ("conditionsIncludeOvernight", True, 226),
]  # fmt: skip


def test_all_later_parameters_are_here() -> None:
    assert {(name, since) for name, _, since in LATER} == set(helpers.LATER.items())


@pytest.mark.parametrize(("name", "value", "since"), LATER)
def test_a_parameter_that_the_server_does_not_know(name: str, value: Any, since: int) -> None:
    args = changed("placeOrder", f"order.{name}", value)
    for version in [v for v in THRESHOLDS if 203 <= v < since]:
        request, code, text = only_error(link(version), "placeOrder", *args)
        assert (request, code) == (has_request_id("placeOrder"), 503)
        assert (
            text == "The TWS is out of date and must be upgraded. "
            f"It does not support the order parameter {name}."
        )
    for version in [v for v in THRESHOLDS if v >= since]:
        one = link(version)
        one.app.forget()
        one.app.placeOrder(*args)
        (received,) = one.sent()
        assert getattr(received.values["order"], name) == value
        assert one.app.errors() == []


@pytest.mark.parametrize("version", [201, 202])
def test_where_orders_are_text_they_are_left_out(version: int) -> None:
    one = link(version)
    one.app.forget()
    order = plain_order()
    for name, value, _ in LATER:
        setattr(order, name, value)
    one.app.placeOrder(5, stock(), order)
    (received,) = one.sent()
    assert received.values["order"].postOnly is False
    assert one.app.errors() == []


@pytest.mark.parametrize("version", THRESHOLDS)
def test_unset_parameters_are_no_reason_to_refuse(version: int) -> None:
    one = link(version)
    one.app.forget()
    one.app.placeOrder(5, stock(), plain_order())
    assert [received.name for received in one.sent()] == ["placeOrder"]
    assert one.app.errors() == []


@pytest.mark.parametrize(("version", "code"), [(201, 545), (212, 545), (213, 544), (LAST, 544)])
def test_verification_that_was_not_announced(version: int, code: int) -> None:
    one = link(version)
    request, got, text = only_error(one, "verifyRequest", *arguments("verifyRequest"))
    assert (request, got) == (-1, code)
    assert "extraAuth" in text
    one.app.extraAuth = True
    try:
        one.app.forget()
        one.app.verifyRequest("name", "1.0")
        (received,) = one.sent()
        assert (received.values["apiName"], received.values["apiVersion"]) == ("name", "1.0")
    finally:
        one.app.extraAuth = False


PROFILES: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("requestFA", (2,)),
    ("replaceFA", (9, 2, "<x/>")),
)


@pytest.mark.parametrize("version", [201, 210])
def test_advisors_profiles_are_no_more(version: int) -> None:
    for name, args in PROFILES:
        assert only_error(link(version), name, *args)[1] == 585


@pytest.mark.parametrize("version", [211, LAST])
def test_request_for_profiles_goes_to_tws_as_protobuf(version: int) -> None:
    """As with IB's clients: TWS says why not."""
    for name, args in PROFILES:
        one = link(version)
        getattr(one.app, name)(*args)
        (received,) = one.sent()
        assert (received.name, received.values["faData"]) == (name, 2)
        assert one.app.log == []


@pytest.mark.parametrize(
    ("name", "version"), [("cancelContractData", 214), ("cancelHistoricalTicks", 214)]
)
def test_requests_that_the_server_does_not_know(name: str, version: int) -> None:
    assert only_error(link(version), name, 7)[:2] == (7, 503)
    one = link(215)
    one.app.forget()
    getattr(one.app, name)(7)
    assert [(received.name, received.values) for received in one.sent()] == [(name, {"reqId": 7})]


def test_not_connected() -> None:
    app = App()
    app.placeOrder(5, stock(), plain_order())
    assert app.told() == [("error", 5, 504, "Not connected")]
