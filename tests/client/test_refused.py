"""Requests that cannot be sent as they are: an error that names why, nothing on the wire, and the
next request unharmed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from ibapi_port.contract import Contract
from ibapi_port.execution import ExecutionFilter
from ibapi_port.order import Order
from ibapi_port.order_cancel import OrderCancel
from ibapi_port.order_condition import PriceCondition
from ibapi_port.tag_value import TagValue

from .samples import arguments, has_request_id, parameters, plain_order, stock
from .scripted import Link

Links = Callable[..., Link]
Change = Callable[[dict[str, Any]], None]


def only_error(one: Link, *request_and_arguments: Any) -> tuple[int, int, str]:
    """Make a request that is refused: its error, which has come before the request returns. Nothing
    was sent; the next request is.
    """
    name, *args = request_and_arguments
    one.app.forget()
    getattr(one.app, name)(*args)
    assert one.app.names() == ["error"], one.app.told()
    assert one.app.threads() == {"MainThread"}
    one.app.cancelMktData(77)
    assert one.sent() == [["2", "2", "77"]]
    assert one.app.isConnected()
    return one.app.errors()[0]


def changed(name: str, path: str, value: Any) -> list[Any]:
    """Sensible arguments for a request, but for one: "order.lmtPrice"."""
    args = dict(zip([p.name for p in parameters(name)], arguments(name), strict=True))
    target, _, attribute = path.rpartition(".")
    if target:
        holder = args[target]
        assert hasattr(holder, attribute)
        setattr(holder, attribute, value)
    else:
        assert path in args
        args[path] = value
    return list(args.values())


# --- the server is too old ---

# request, argument, its value, last server version that cannot carry it, what it is called
UNSENT = [
    ("reqMktDepth", "isSmartDepth", True, 145, "SMART depth request"),
    (
        "reqMktDepth",
        "contract.primaryExchange",
        "ISLAND",
        145,
        "primaryExchange parameter in reqMktDepth",
    ),
    ("cancelMktDepth", "isSmartDepth", True, 145, "SMART depth cancel"),
    ("reqHistoricalData", "whatToShow", "SCHEDULE", 164, "requesting of historical schedule"),
    (
        "reqContractDetails",
        "contract.issuerId",
        "e123",
        175,
        "issuerId parameter in reqContractDetails",
    ),
    (
        "exerciseOptions",
        "manualOrderTime",
        "20261120 10:00:00",
        179,
        "manual order time parameter in exerciseOptions",
    ),
    (
        "cancelOrder",
        "orderCancel",
        OrderCancel(manualOrderCancelTime="20261120 10:00:00"),
        168,
        "manual order cancel time attribute",
    ),
    (
        "cancelOrder",
        "orderCancel",
        OrderCancel(extOperator="x"),
        191,
        "ext operator and manual order indicator parameters",
    ),
    (
        "reqGlobalCancel",
        "orderCancel",
        OrderCancel(manualOrderIndicator=1),
        191,
        "ext operator and manual order indicator parameters",
    ),
    (
        "reqExecutions",
        "execFilter",
        ExecutionFilter(lastNDays=3),
        199,
        "last N days and specific dates parameters",
    ),
    (
        "reqExecutions",
        "execFilter",
        ExecutionFilter(specificDates=[20261120]),
        199,
        "last N days and specific dates parameters",
    ),
    ("placeOrder", "order.modelCode", "M", 102, "model code parameter"),
    ("placeOrder", "order.extOperator", "x", 104, "ext operator parameter"),
    ("placeOrder", "order.cashQty", 100.0, 110, "cash quantity parameter"),
    ("placeOrder", "order.mifid2DecisionMaker", "x", 137, "MIFID II decision maker parameters"),
    ("placeOrder", "order.isOmsContainer", True, 144, "oms container parameter"),
    ("placeOrder", "order.usePriceMgmtAlgo", True, 150, "Use price management algo requests"),
    ("placeOrder", "order.duration", 60, 157, "duration attribute"),
    ("placeOrder", "order.autoCancelParent", True, 161, "autoCancelParent attribute"),
    (
        "placeOrder",
        "order.manualOrderTime",
        "20261120 10:00:00",
        168,
        "manual order time attribute",
    ),
    ("placeOrder", "order.minCompeteSize", 100, 169, "PEG BEST / PEG MID order parameters"),
    ("placeOrder", "order.customerAccount", "x", 182, "customer account parameter"),
    ("placeOrder", "order.professionalCustomer", True, 183, "professional customer parameter"),
    ("placeOrder", "order.includeOvernight", True, 188, "include overnight parameter"),
    ("placeOrder", "order.imbalanceOnly", True, 198, "imbalance only parameter"),
]


@pytest.mark.parametrize(
    ("name", "path", "value", "version", "feature"),
    UNSENT,
    ids=[f"{u[0]}-{u[1]}-{u[3]}" for u in UNSENT],
)
def test_an_argument_that_the_server_cannot_carry(
    link: Links, name: str, path: str, value: Any, version: int, feature: str
) -> None:
    args = changed(name, path, value)
    for part in args:
        if isinstance(part, Contract) and "primaryExchange" not in path:
            part.primaryExchange = ""
    if name == "exerciseOptions":
        args[-2:] = ["", False]  # they need newer servers still
    request, code, text = only_error(link(version), name, *args)
    assert (request, code) == (has_request_id(name), 503)
    assert text == f"The TWS is out of date and must be upgraded. It does not support {feature}."


WHOLE = [  # requests that IB's client refuses without their own id
    ("reqPnL", 126, "PnL request"),
    ("reqMatchingSymbols", 107, "matching symbols request"),
    ("reqHistogramData", 118, "histogram requests"),
    ("reqMarketRule", 125, "market rule requests"),
    ("reqTickByTickData", 139, "tick-by-tick data requests with numberOfTicks and ignoreSize"),
    ("reqWshMetaData", 160, "WSHE Calendar API"),
    ("reqFamilyCodes", 106, "family codes request"),
    ("reqCurrentTimeInMillis", 196, "current time in millis requests"),
]


@pytest.mark.parametrize(("name", "version", "feature"), WHOLE, ids=[w[0] for w in WHOLE])
def test_a_request_that_the_server_does_not_know(
    link: Links, name: str, version: int, feature: str
) -> None:
    one = link(version)
    text = f"The TWS is out of date and must be upgraded. It does not support {feature}."
    assert only_error(one, name, *arguments(name)) == (-1, 503, text)


@pytest.mark.parametrize(
    ("name", "version"),
    [("reqHeadTimeStamp", 117), ("cancelHeadTimeStamp", 122), ("cancelContractData", 200)],
)
def test_and_those_that_it_refuses_with_their_id(link: Links, name: str, version: int) -> None:
    request, code, _ = only_error(link(version), name, *arguments(name))
    assert (request, code) == (has_request_id(name), 503)
    assert request > 0


@pytest.mark.parametrize("version", [100, 151, 200])
def test_unset_arguments_are_no_reason_to_refuse(link: Links, version: int) -> None:
    one = link(version)
    one.app.placeOrder(5, Contract(), plain_order())
    one.app.reqMktDepth(5, stock(), 3, False, [])
    one.app.cancelOrder(5)
    one.app.reqGlobalCancel()
    assert [fields[0] for fields in one.sent()] == ["3", "10", "4", "58"]
    assert one.app.log == []


@pytest.mark.parametrize(("name", "args"), [("requestFA", (2,)), ("replaceFA", (9, 2, "<x/>"))])
def test_advisors_profiles_are_no_more(link: Links, name: str, args: tuple[Any, ...]) -> None:
    _, code, text = only_error(link(177), name, *args)
    assert code == 585
    assert text.startswith("FA Profile is not supported anymore")


@pytest.mark.parametrize(("name", "code"), [("verifyRequest", 545), ("verifyAndAuthRequest", 551)])
def test_verification_that_was_not_announced(link: Links, name: str, code: int) -> None:
    one = link()
    request, got, text = only_error(one, name, *arguments(name))
    assert (request, got) == (-1, code)
    assert "extraAuth" in text
    one.app.extraAuth = True
    getattr(one.app, name)(*arguments(name))
    assert len(one.sent()) == 1


# --- values that cannot be sent ---

BAD_CONDITION = PriceCondition()
BAD_CONDITION.isMore, BAD_CONDITION.triggerMethod, BAD_CONDITION.conId, BAD_CONDITION.exchange = (
    True,
    0,
    1,
    "SMART",
)
BAD_CONDITION.price = math.nan

BAD_VALUES = [  # request, argument, its value, a part of the text
    ("placeOrder", "order.lmtPrice", math.nan, "NaN cannot be sent"),
    ("placeOrder", "order.lmtPrice", "abc", "'abc' is not a number"),
    ("placeOrder", "order.lmtPrice", Decimal("NaN"), "NaN cannot be sent"),
    ("placeOrder", "order.lmtPrice", Decimal("sNaN"), ""),
    ("placeOrder", "order.lmtPrice", [1.5], "not a number"),
    ("placeOrder", "order.totalQuantity", Decimal("NaN"), "NaN cannot be sent"),
    ("placeOrder", "order.totalQuantity", None, "None is not a number"),
    ("placeOrder", "order.parentId", 1.5, "1.5 is not a whole number"),
    ("placeOrder", "order.parentId", "7; 8", "'7; 8' is not a whole number"),
    ("placeOrder", "order.parentId", 2**70, "out of range for a 32-bit int"),
    ("placeOrder", "order.minQty", math.inf, "not a whole number"),
    ("placeOrder", "order.transmit", None, "None is not a whole number"),
    ("placeOrder", "order.account", ["DU1"], "['DU1'] is not text"),
    ("placeOrder", "order.account", None, "None is not text"),
    ("placeOrder", "order.softDollarTier", None, "missing"),
    ("placeOrder", "order.conditions", 5, "5 is not a list"),
    ("placeOrder", "order.conditions", [BAD_CONDITION], "NaN cannot be sent"),
    ("placeOrder", "contract", None, "missing"),
    ("placeOrder", "order", "buy", "missing"),
    ("reqMktData", "contract.strike", math.nan, "NaN cannot be sent"),
    ("reqMktData", "contract.symbol", None, "None is not text"),
    ("reqMktData", "contract.symbol", ["AAPL"], "is not text"),
    ("reqMktData", "contract.conId", "x", "'x' is not a whole number"),
    ("reqMktData", "snapshot", "yes", "'yes' is not a whole number"),
    ("reqMktData", "mktDataOptions", "a=b;", "is not a list of TagValue"),
    ("reqMktData", "mktDataOptions", 5, "is not a list of TagValue"),
    ("reqMktData", "mktDataOptions", [None], "is not a list of TagValue"),
    ("reqMktData", "mktDataOptions", {"a": "b"}, "is not a list of TagValue"),
    ("reqPnL", "account", {"DU1"}, "is not text"),
    ("reqHistoricalData", "useRTH", None, "None is not a whole number"),
    ("calculateOptionPrice", "volatility", "high", "'high' is not a number"),
    ("reqScannerSubscription", "subscription", None, "missing"),
    ("replaceFA", "cxml", b"<x/>", "is not text"),
]


@pytest.mark.parametrize(
    ("name", "path", "value", "part"),
    BAD_VALUES,
    ids=[f"{b[0]}-{b[1]}-{str(b[2])[:12]}" for b in BAD_VALUES],
)
def test_a_value_that_cannot_be_sent(
    link: Links, name: str, path: str, value: Any, part: str
) -> None:
    request, code, text = only_error(link(), name, *changed(name, path, value))
    assert (request, code) == (has_request_id(name), 321)
    assert text.startswith(f"Error validating request: {name}: {path}")
    assert part in text


BAD_TEXTS = ["a\0b", "a\nb", "a\tb", "M\u00fcller", "\u20ac", "\ud800", "\x7f"]


@pytest.mark.parametrize("text", BAD_TEXTS, ids=[repr(text) for text in BAD_TEXTS])
@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("placeOrder", "order.orderRef"),
        ("reqMktData", "contract.symbol"),
        ("reqMatchingSymbols", "pattern"),
    ],
)
def test_a_character_that_cannot_be_sent(link: Links, name: str, path: str, text: str) -> None:
    request, code, told = only_error(link(), name, *changed(name, path, text))
    assert (request, code) == (has_request_id(name), 579)
    assert told.startswith(f"Invalid symbol in string - {name}: {path}: ")
    assert "\0" not in told
    assert "\n" not in told


def test_in_a_list_of_options(link: Links) -> None:
    one = link()
    request, code, text = only_error(
        one, *["reqMktData", *changed("reqMktData", "mktDataOptions", [TagValue("a", "\0")])]
    )
    assert (request, code) == (has_request_id("reqMktData"), 579)
    assert "mktDataOptions" in text


def test_text_in_place_of_a_list(link: Links) -> None:
    """Its characters do not go as the list's items."""
    request, code, text = only_error(
        link(200), "reqExecutions", 4711, ExecutionFilter(specificDates="20261120")
    )
    assert (request, code) == (4711, 321)
    assert text.endswith("execFilter.specificDates: '20261120' is not a list")


def test_xml_may_have_lines_but_no_nul(link: Links) -> None:
    one = link()
    assert only_error(one, "replaceFA", 9, 1, "<x>\0</x>")[:2] == (9, 579)
    one.app.replaceFA(9, 1, "<x>\r\n\t</x>")
    assert one.sent() == [["19", "1", "1", "<x>\r\n\t</x>", "9"]]


BAD_IDS = {
    "1.5": 1.5,
    "list of commands": "7; 8",
    "None": None,
    "too large": 2**70,
    "NaN": math.nan,
    "text": "one",
    "a list": [1],
}


@pytest.mark.parametrize("what", BAD_IDS)
@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("cancelMktData", "reqId"),
        ("placeOrder", "orderId"),
        ("reqHistogramData", "tickerId"),
        ("reqIds", "numIds"),
    ],
)
def test_an_id_that_is_none(link: Links, name: str, path: str, what: str) -> None:
    """The error goes to the id where it is a number at all, to -1 where the program could not find
    it again.
    """
    value = BAD_IDS[what]
    request, code, text = only_error(link(), name, *changed(name, path, value))
    assert request == (value if value == 2**70 and path != "numIds" else -1)
    assert code == 321
    assert text.startswith(f"Error validating request: {name}: {path}: ")


def test_what_fits_after_all_is_sent(link: Links) -> None:
    """Whole numbers of other types, and numbers where text is."""
    one = link()
    one.app.cancelMktData(7.0)  # type: ignore[arg-type]
    one.app.cancelMktData(" 8 ")  # type: ignore[arg-type]
    one.app.cancelMktData(True)
    one.app.reqMatchingSymbols(3, 600519)  # type: ignore[arg-type]
    assert one.sent() == [["2", "2", "7"], ["2", "2", "8"], ["2", "2", "1"], ["81", "3", "600519"]]
    assert one.app.log == []


def scaled(price: Any) -> Order:
    order = plain_order()
    order.scalePriceIncrement = price
    return order


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("reqFundamentalData", (4711, stock(), "x", 5)),
        ("placeOrder", (4711, stock(), scaled("half"))),
    ],
    ids=["a number for a list that is counted", "text that a condition compares"],
)
def test_never_an_exception_out_of_a_request(link: Links, name: str, args: tuple[Any, ...]) -> None:
    """Values that fail where the request is put together, not where one field is written."""
    request, code, text = only_error(link(), name, *args)
    assert (request, code) == (4711, 321)
    assert text.startswith(f"Error validating request: {name}: ")
