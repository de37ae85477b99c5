"""One table for both encodings: a value of a program means the same in text and in Protocol
Buffers, or is refused in both by name.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from ibapi_port.const import UNSET_DECIMAL, UNSET_DOUBLE, UNSET_INTEGER
from ibapi_port.contract import ComboLeg, Contract, DeltaNeutralContract, FundAssetType
from ibapi_port.execution import ExecutionFilter
from ibapi_port.order import Order, OrderComboLeg
from ibapi_port.order_cancel import OrderCancel
from ibapi_port.order_condition import MarginCondition, PriceCondition
from ibapi_port.protocol.exceptions import FieldError
from ibapi_port.protocol.protobuf import available
from ibapi_port.protocol.schema.field_types import request_id_of
from ibapi_port.protocol.select import codec_for
from ibapi_port.scanner import ScannerSubscription
from ibapi_port.softdollartier import SoftDollarTier
from ibapi_port.tag_value import TagValue

TEXT, NEWEST_TEXT, PROTOBUF = 187, 200, 225
needs_protobuf = pytest.mark.skipif(not available(), reason="the protobuf package is not installed")


# --- values ---


class Tif(str, enum.Enum):
    GTC = "GTC"


class Shown(str):
    def __str__(self) -> str:
        return "something else"


class Number(enum.IntEnum):
    ONE = 1


class Plain(enum.Enum):
    GTC = "GTC"


class MyInt(int):
    pass


class bool_:  # numpy's bool is known by this name
    def __init__(self, value: bool) -> None:
        self.value = value

    def __int__(self) -> int:
        return int(self.value)


class Index:
    """An int of another library."""

    def __index__(self) -> int:
        return 1

    def __repr__(self) -> str:
        return "Index()"  # it names a test, in each process alike


class Float32:
    """A float of fewer bits, as another library has it."""

    def __init__(self, shown: str, held: float) -> None:
        self.shown, self.held = shown, held

    def __str__(self) -> str:
        return self.shown

    def __float__(self) -> float:
        return self.held

    def item(self) -> float:
        return self.held


class Tensor(Float32):
    """One that does not show its number."""

    dtype = "torch.float32"


REFUSED: Any = object()


@dataclass
class Case:
    """A value, and what it means for each type of field."""

    name: str
    value: Any
    int: Any = REFUSED
    float: Any = REFUSED
    size: Any = REFUSED
    flag: Any = REFUSED
    text: Any = REFUSED


def number(name: str, value: Any, means: Any, text: str) -> Case:
    exact = Decimal(str(means))
    whole = int(exact) if exact == int(exact) else REFUSED
    return Case(
        name, value, whole, float(exact), exact, bool(whole) if whole in (0, 1) else REFUSED, text
    )


UNSET: Any = object()  # as it was made
CASES = [
    Case("text enum", Tif.GTC, text="GTC"),
    Case("str subclass", Shown("GTC"), text="GTC"),
    Case("plain enum", Plain.GTC),
    Case("IB's own enum", FundAssetType.Others),
    number("int enum", Number.ONE, 1, "1"),
    number("int subclass", MyInt(7), 7, "7"),
    number("True", True, 1, "1"),
    number("False", False, 0, "0"),
    number("one", 1, 1, "1"),
    number("two", 2, 2, "2"),
    number("minus one", -1, -1, "-1"),
    number("half", 0.5, 0.5, "0.5"),
    number("1.0", 1.0, 1, "1.0"),
    number("text 0", "0", 0, "0"),
    number("text 1", "1", 1, "1"),
    number("blanks", " 7 ", 7, " 7 "),
    Case("text 1.5", "1.5", float=1.5, size=Decimal("1.5"), text="1.5"),
    Case("text False", "False", text="False"),
    Case("text true", "true", text="true"),
    Case("words", "a b", text="a b"),
    Case("empty", "", UNSET, UNSET, UNSET, text=""),
    Case("None", None),
    Case("NaN", math.nan),
    Case("infinity", math.inf),
    Case("minus infinity", -math.inf),
    Case("text 1e999", "1e999", text="1e999"),
    Case("text NaN", "NaN", text="NaN"),
    Case("10**400", 10**400),
    number("2**31", 2**31, 2**31, "2147483648"),
    number("1e22", 1e22, Decimal("1e22"), "1e+22"),
    number("Decimal", Decimal("0.70"), "0.70", "0.70"),
    number("Decimal 1E+2", Decimal("1E+2"), 100, "100"),
    number("Decimal 1E-7", Decimal("1E-7"), "1E-7", "0.0000001"),
    Case("Decimal 1E+1000000", Decimal("1E+1000000")),
    Case("Decimal 1E-1000000", Decimal("1E-1000000")),
    Case("Decimal infinity", Decimal("Infinity")),
    Case("Decimal NaN", Decimal("NaN")),
    Case("Decimal sNaN", Decimal("sNaN")),
    number("Fraction", Fraction(1, 2), 0.5, "0.5"),
    Case("complex", 1j),
    number("foreign int", Index(), 1, "1"),
    number("foreign bool", bool_(True), 1, "1"),
    number("foreign no", bool_(False), 0, "0"),
    number("float32", Float32("1.1", 1.100000023841858), "1.1", "1.1"),
    number("float32 0.7", Float32("0.7", 0.699999988079071), "0.7", "0.7"),
    number("tensor", Tensor("tensor(1.1000)", 1.100000023841858), "1.1", "1.1"),
    Case("list", [1]),
    Case("empty list", []),
    Case("dict", {}),
    Case("tuple", (1,)),
    Case("set", set()),
    Case("object", object()),
    Case("class", int),
    Case("bytes", b"1"),
    Case(
        "other digits", "\u0667", text=UNSET
    ),  # text in other scripts is for Protocol Buffers alone: see below
    Case("underscore", "7_0", text="7_0"),
    Case("comma", "1,5", text="1,5"),
]


def numpy_cases() -> list[Case]:
    np = pytest.importorskip("numpy")
    wide = [
        getattr(np, name)
        for name in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
    ]
    floats = [getattr(np, name) for name in ("float16", "float32", "float64", "longdouble")]
    return [
        *(number(f"numpy {made.__name__}", made(7), 7, "7") for made in wide),
        *(number(f"numpy {made.__name__}", made("1.1"), "1.1", "1.1") for made in floats),
        number("numpy 0.7", np.float32(0.7), "0.7", "0.7"),
        number("numpy True", np.bool_(True), 1, "1"),
        number("numpy False", np.bool_(False), 0, "0"),
        Case("numpy str", np.str_("GTC"), text="GTC"),
        Case("numpy NaN", np.float32("nan")),
        Case("numpy infinity", np.float64("inf")),
        Case("numpy date", np.datetime64("2026-11-20")),
        Case("numpy span", np.timedelta64(5, "s")),
        Case("numpy bytes", np.bytes_(b"1")),
        Case("numpy array", np.array([1])),
    ]


# --- fields ---


@dataclass
class Place:
    """Where a value is put, and of which type the field is.

    `default`: what it is when nothing is set; REFUSED: it must be given.
    """

    request: str
    path: str
    type: str
    put: Callable[[Any], list[Any]]
    get: Callable[[dict[str, Any]], Any]
    default: Any = REFUSED
    sent: bool = True  # by text too


def stock(**values: Any) -> Contract:
    made = Contract(symbol="AAPL", secType="STK", exchange="SMART", currency="USD")
    vars(made).update(values)
    return made


def limit(**values: Any) -> Order:
    made = Order(action="BUY", orderType="LMT", totalQuantity=Decimal(1), lmtPrice=1.5)
    vars(made).update(values)
    return made


def type_of(default: Any) -> str:
    kinds = {bool: "flag", int: "int", float: "float", Decimal: "size", str: "text"}
    return kinds[type(default)]


PROTOBUF_ONLY = {  # sent by one of the encodings, or later than 187 or 200
    *(
        "clientId",
        "permId",
        "auctionStrategy",
        "hedgeMaxSize",
        "bondAccruedInterest",
        "postOnly",
        "allowPreOpen",
        "ignoreOpenAuction",
    ),
    *(
        "deactivate",
        "whatIfType",
        "slOrderId",
        "slOrderType",
        "ptOrderId",
        "ptOrderType",
        "includeOvernight",
        "imbalanceOnly",
    ),
    *(
        "manualOrderIndicator",
        "submitter",
        "description",
        "comboLegsDescrip",
        "conditionsIncludeOvernight",
    ),
}
TOLD = {
    "orderId",
    "autoCancelDate",
    "filledQuantity",
    "refFuturesConId",
    "shareholder",
    "parentPermId",
    "basisPoints",
    "basisPointsType",
}
# what makes an attribute go on the text wire
CONTEXT: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    (
        (
            "scalePriceAdjust",
            "scaleProfit",
            "scaleAuto",
            "scaleInitPosition",
            "scaleInitFill",
            "scaleRandom",
        ),
        {"scalePriceIncrement": 1.0},
    ),
    (("hedgeParam",), {"hedgeType": "D"}),
    (("deltaNeutral",), {"deltaNeutralOrderType": "LMT"}),
    (("pegged", "referenceC", "referenceE", "isPegged"), {"orderType": "PEG BENCH"}),
    (("minCompete", "competeAgainst"), {"orderType": "PEG BEST"}),
    (("midOffset",), {"orderType": "PEG MID"}),
]
INFINITE = {"competeAgainstBestOffset", "peggedChangeAmount", "referenceChangeAmount"}


def order_places() -> Iterator[Place]:
    for name, default in Order().__dict__.items():
        if name in TOLD or default is None or isinstance(default, (list, SoftDollarTier)):
            continue
        context = {
            key: one
            for starts, values in CONTEXT
            if name.startswith(starts)
            for key, one in values.items()
            if key != name
        }
        if name.startswith("conditions"):
            context["conditions"] = [price_condition()]
        contract = stock(exchange="IBKRATS") if name == "minTradeQty" else stock()

        def put(
            value: Any, name: str = name, context: Any = context, contract: Contract = contract
        ) -> list[Any]:
            return [7, contract, limit(**{**context, name: value})]

        kind = "float" if name == "discretionaryAmt" else type_of(default)
        yield Place(
            "placeOrder",
            f"order.{name}",
            kind,
            put,
            lambda v, name=name: getattr(v["order"], name),
            default,
            name not in PROTOBUF_ONLY,
        )  # type: ignore[misc]


def contract_places() -> Iterator[Place]:
    for name, default in Contract().__dict__.items():
        if name in ("lastTradeDate", "multiplier") or default is None or isinstance(default, list):
            continue

        def put(value: Any, name: str = name) -> list[Any]:
            return [7, stock(**{name: value})]

        yield Place(
            "reqContractDetails",
            f"contract.{name}",
            type_of(default),
            put,
            lambda v, name=name: getattr(v["contract"], name),  # type: ignore[misc]
            default,
            name not in PROTOBUF_ONLY,
        )


def price_condition(**values: Any) -> PriceCondition:
    made = PriceCondition(0, 265598, "SMART", True, 1.5)
    vars(made).update(values)
    return made


def nested_places() -> Iterator[Place]:
    def leg(name: str, kind: str) -> Place:
        return Place(
            "placeOrder",
            f"contract.comboLegs[0].{name}",
            kind,
            lambda x: [
                7,
                stock(secType="BAG", comboLegs=[vars_of(ComboLeg(), **{name: x})]),
                limit(),
            ],
            lambda v: getattr(v["contract"].comboLegs[0], name),
            getattr(ComboLeg(), name),
        )

    def on_order(
        attribute: str,
        make: Callable[[Any], Any],
        name: str,
        kind: str,
        default: Any = REFUSED,
        **more: Any,
    ) -> Place:
        at = f"order.{attribute}" if attribute == "softDollarTier" else f"order.{attribute}[0]"
        return Place(
            "placeOrder",
            f"{at}.{name}",
            kind,
            lambda x: [
                7,
                more.get("contract", stock()),
                limit(**{**more.get("context", {}), attribute: make(x)}),
            ],
            lambda v: getattr(
                one[0] if isinstance(one := getattr(v["order"], attribute), list) else one, name
            ),
            default,
        )

    for name in ("conId", "ratio", "openClose", "shortSaleSlot", "exemptCode"):
        yield leg(name, "int")
    for name in ("action", "exchange", "designatedLocation"):
        yield leg(name, "text")
    bag = stock(
        secType="BAG", comboLegs=[ComboLeg(conId=1, ratio=1, action="BUY", exchange="SMART")]
    )
    yield on_order(
        "orderComboLegs",
        lambda x: [vars_of(OrderComboLeg(), price=x)],
        "price",
        "float",
        UNSET_DOUBLE,
        contract=bag,
    )
    yield on_order(
        "softDollarTier", lambda x: vars_of(SoftDollarTier(), name=x), "name", "text", ""
    )
    yield on_order("softDollarTier", lambda x: vars_of(SoftDollarTier(), val=x), "val", "text", "")
    twap = {"algoStrategy": "Twap"}
    yield on_order(
        "algoParams", lambda x: [vars_of(TagValue("a", "b"), tag=x)], "tag", "text", context=twap
    )
    yield on_order(
        "algoParams",
        lambda x: [vars_of(TagValue("a", "b"), value=x)],
        "value",
        "text",
        context=twap,
    )
    for name, kind in (
        ("price", "float"),
        ("conId", "int"),
        ("triggerMethod", "int"),
        ("exchange", "text"),
        ("isMore", "flag"),
    ):
        yield on_order(
            "conditions", lambda x, name=name: [price_condition(**{name: x})], name, kind
        )  # type: ignore[misc]
    yield on_order(
        "conditions",
        lambda x: [price_condition(isConjunctionConnection=x)],
        "isConjunctionConnection",
        "flag",
    )
    yield Place(
        "placeOrder",
        "contract.deltaNeutralContract.conId",
        "int",
        lambda x: [
            7,
            stock(deltaNeutralContract=vars_of(DeltaNeutralContract(), conId=x)),
            limit(),
        ],
        lambda v: v["contract"].deltaNeutralContract.conId,
        0,
    )


def vars_of(made: Any, **values: Any) -> Any:
    vars(made).update(values)
    return made


REQUESTS: list[tuple[str, list[Any], dict[int, tuple[str, str]]]] = [
    ("cancelMktData", [1], {0: ("reqId", "int")}),
    (
        "reqMktData", [1, stock(), "", False, False, []],
        {0: ("reqId", "int"), 2: ("genericTickList", "text"), 3: ("snapshot", "flag"),
        4: ("regulatorySnapshot", "flag")},
    ),
    ("calculateOptionPrice", [1, stock(), 1.5, 2.5, []], {2: ("volatility", "float"),
    3: ("underPrice", "float")}),
    ("reqPnLSingle", [1, "DU1", "", 3], {1: ("account", "text"), 3: ("conid", "int")}),
    ("reqAccountUpdates", [True, "DU1"], {0: ("subscribe", "flag")}),
    (
        "reqHistoricalData", [1, stock(), "", "1 D", "1 hour", "TRADES", 1, 1, False, []],
        {2: ("endDateTime", "text"), 7: ("formatDate", "int"), 8: ("keepUpToDate", "flag")},
    ),
    ("cancelOrder", [1, OrderCancel()], {0: ("orderId", "int")}),
]  # fmt: skip


def argument_places() -> Iterator[Place]:
    for request, usual, given in REQUESTS:
        for at, (name, kind) in given.items():

            def put(value: Any, usual: list[Any] = usual, at: int = at) -> list[Any]:
                return [*usual[:at], value, *usual[at + 1 :]]

            yield Place(request, name, kind, put, lambda v, name=name: v[name])  # type: ignore[misc]
    filters: list[tuple[str, str, Any, type, str]] = [
        ("reqExecutions", "execFilter", 0, ExecutionFilter, "clientId"),
        ("reqExecutions", "execFilter", "", ExecutionFilter, "side"),
        ("reqScannerSubscription", "subscription", UNSET_DOUBLE, ScannerSubscription, "abovePrice"),
        (
            "reqScannerSubscription",
            "subscription",
            UNSET_INTEGER,
            ScannerSubscription,
            "aboveVolume",
        ),
        (
            "reqScannerSubscription",
            "subscription",
            False,
            ScannerSubscription,
            "excludeConvertible",
        ),
    ]
    for request, argument, default, cls, name in filters:
        more: list[Any] = [[], []] if cls is ScannerSubscription else []

        def fill(
            value: Any, cls: type = cls, name: str = name, more: list[Any] = more
        ) -> list[Any]:
            return [1, vars_of(cls(), **{name: value}), *more]

        yield Place(
            request,
            f"{argument}.{name}",
            type_of(default),
            fill,
            lambda v, argument=argument, name=name: getattr(v[argument], name),  # type: ignore[misc]
            default,
        )


PLACES = [*order_places(), *contract_places(), *nested_places(), *argument_places()]


# --- the table ---


def outcome(version: int, place: Place, value: Any) -> Any:
    """What TWS reads, or REFUSED. A refusal names the field."""
    codec = codec_for(version)
    refused = None
    try:
        frame = codec.encode_request(place.request, *place.put(value))
    except FieldError as e:
        refused = e
    if refused is not None:
        assert refused.field == place.path
        assert len(str(refused)) < 200
        return REFUSED
    assert len(frame) < 2000
    return place.get(codec.decode_request(frame[4:]).values)


def expected(place: Place, case: Case) -> Any:
    means = getattr(case, place.type)
    if means is REFUSED:
        infinite = place.path.partition(".")[2] in INFINITE and case.name in (
            "infinity",
            "Decimal infinity",
            "numpy infinity",
        )
        return math.inf if infinite else REFUSED
    if is_empty(case.value) and place.type != "text":
        return REFUSED if "conditions[0]" in place.path else place.default
    if place.type == "int" and not -(2**31) <= means < 2**31 and place.path != "order.permId":
        return REFUSED
    return means


def is_empty(value: Any) -> bool:
    return isinstance(value, str) and not value


def same(got: Any, means: Any) -> bool:
    if got is REFUSED or means is REFUSED:
        return got is means
    if isinstance(means, Decimal):
        return Decimal(str(got)) == means
    return bool(got == means) or (got in (None, "") and means in (None, ""))


def check(place: Place, cases: list[Case]) -> None:
    versions = [TEXT, NEWEST_TEXT, *([PROTOBUF] if available() else [])]
    wrong = []
    for case in cases:
        if case.name == "other digits" and place.type == "text":
            continue
        means = expected(place, case)
        for version in versions:
            if means is not REFUSED and not place.sent:
                continue  # below: it is taken
            got = outcome(version, place, case.value)
            if not same(got, means):
                wrong.append(
                    (
                        case.name,
                        version,
                        "refused" if got is REFUSED else got,
                        "refused" if means is REFUSED else means,
                    )
                )
    assert wrong == []


@pytest.mark.parametrize("place", PLACES, ids=[f"{place.request}-{place.path}" for place in PLACES])
def test_every_value_means_one_thing(place: Place) -> None:
    check(place, CASES)


@pytest.mark.parametrize("place", PLACES, ids=[f"{place.request}-{place.path}" for place in PLACES])
def test_numbers_of_numpy_too(place: Place) -> None:
    check(place, numpy_cases())


def test_the_table_is_large() -> None:
    assert len(PLACES) > 180
    assert len(CASES) > 45


# --- what is not one value ---

LISTS = [
    "order.algoParams",
    "order.smartComboRoutingParams",
    "order.orderMiscOptions",
    "order.conditions",
    "order.orderComboLegs",
]


@needs_protobuf
@pytest.mark.parametrize("version", [TEXT, NEWEST_TEXT, PROTOBUF])
@pytest.mark.parametrize("path", [*LISTS, "contract.comboLegs", "mktDataOptions"])
def test_lists(path: str, version: int) -> None:
    def encode(value: Any) -> bytes:
        if path == "mktDataOptions":
            return codec_for(version).encode_request(
                "reqMktData", 1, stock(), "", False, False, value
            )
        made = {"order": limit(), "contract": stock()}
        holder, attribute = path.split(".")
        setattr(made[holder], attribute, value)
        return codec_for(version).encode_request("placeOrder", 1, made["contract"], made["order"])

    usual = encode([])
    assert [encode(value) for value in (None, "", ())] == [usual] * 3
    for bad in ("a=b", b"a", 5, {"a": 1}, {1}, [5], [None], ["a"], [("a", "1")], object()):
        with pytest.raises(FieldError) as refused:
            encode(bad)
        assert refused.value.field.startswith(path)


@needs_protobuf
@pytest.mark.parametrize("version", [TEXT, NEWEST_TEXT, PROTOBUF])
@pytest.mark.parametrize(
    "options",
    [
        [TagValue("a", "1;whatIf=1")],
        [TagValue("a;b", "1")],
        [TagValue("a", None)],
        [TagValue()],
        [TagValue("a", "1"), ("b", "2")],
    ],
)
def test_options_that_would_be_others(options: Any, version: int) -> None:
    for request, field, args in (
        ("reqMktData", "mktDataOptions", [1, stock(), "", False, False, options]),
        ("placeOrder", "order.orderMiscOptions", [1, stock(), limit(orderMiscOptions=options)]),
    ):
        with pytest.raises(FieldError) as refused:
            codec_for(version).encode_request(request, *args)
        assert refused.value.field == field


@needs_protobuf
@pytest.mark.parametrize("version", [TEXT, PROTOBUF])
def test_a_list_that_can_be_gone_through_once_is_sent_whole(version: int) -> None:
    codec = codec_for(version)
    options = (TagValue(tag, "1") for tag in "ab")
    legs = iter([ComboLeg(conId=1, action=Tif.GTC)])
    frame = codec.encode_request(
        "reqMktData", "1", stock(secType="BAG", comboLegs=legs), "", False, "0", options
    )
    values = codec.decode_request(frame[4:]).values
    assert [one.tag for one in values["mktDataOptions"]] == ["a", "b"]
    assert [leg.action for leg in values["contract"].comboLegs] == ["GTC"]


@needs_protobuf
@pytest.mark.parametrize("version", [TEXT, PROTOBUF])
def test_a_condition_on_a_value_looks_at_what_it_means(version: int) -> None:
    codec = codec_for(version)
    order = limit(
        scalePriceIncrement="0.5",
        scaleProfitOffset=2.5,
        hedgeType=Shown("D"),
        hedgeParam=Float32("1.1", 1.100000023841858),
    )
    frame = codec.encode_request("placeOrder", 1, stock(), order)
    got = codec.decode_request(frame[4:]).values["order"]
    assert (got.scalePriceIncrement, got.scaleProfitOffset, got.hedgeType, got.hedgeParam) == (
        0.5,
        2.5,
        "D",
        "1.1",
    )
    assert order.scalePriceIncrement == "0.5"  # the program's object is as it was


@needs_protobuf
def test_text_in_other_scripts_is_for_protocol_buffers_alone() -> None:
    args = [7, stock(), limit(orderRef="\u0667")]
    frame = codec_for(PROTOBUF).encode_request("placeOrder", *args)
    assert codec_for(PROTOBUF).decode_request(frame[4:]).values["order"].orderRef == "\u0667"
    with pytest.raises(FieldError) as refused:
        codec_for(TEXT).encode_request("placeOrder", *args)
    assert refused.value.bad_symbol


@pytest.mark.parametrize("version", [TEXT, NEWEST_TEXT, *([PROTOBUF] if available() else [])])
def test_up_to_the_middle_is_infinity(version: int) -> None:
    codec = codec_for(version)
    frame = codec.encode_request(
        "placeOrder", 1, stock(), limit(orderType="PEG BEST", competeAgainstBestOffset=math.inf)
    )
    assert codec.decode_request(frame[4:]).values["order"].competeAgainstBestOffset == math.inf


def test_the_unset_size_is_unset_as_a_float_too() -> None:
    for version in (TEXT, *([PROTOBUF] if available() else [])):
        codec = codec_for(version)
        frame = codec.encode_request(
            "placeOrder", 1, stock(), limit(totalQuantity=UNSET_DOUBLE, cashQty=100.0)
        )
        assert codec.decode_request(frame[4:]).values["order"].totalQuantity == UNSET_DECIMAL


@pytest.mark.parametrize(
    ("value", "means"),
    [
        (9, 9),
        (MyInt(9), 9),
        (Number.ONE, 1),
        (Index(), 1),
        (2**40, 2**40),
        (None, -1),
        (1.5, -1),
        ("x", -1),
        ([1], -1),
        (math.nan, -1),
    ],
    ids=repr,
)
def test_the_id_of_an_error(value: Any, means: int) -> None:
    got = request_id_of(value)
    assert (got, type(got)) == (means, int)


@needs_protobuf
def test_what_protocol_buffers_cannot_carry_is_refused_by_name() -> None:
    """A multiplier is a number there, and the percent of a margin condition a whole one."""
    fraction = [7, stock(), limit(conditions=[MarginCondition(True, 7.5)])]
    assert (
        codec_for(TEXT)
        .decode_request(codec_for(TEXT).encode_request("placeOrder", *fraction)[4:])
        .values["order"]
        .conditions[0]
        .percent
        == 7.5
    )
    with pytest.raises(FieldError) as of_percent:
        codec_for(PROTOBUF).encode_request("placeOrder", *fraction)
    with pytest.raises(FieldError) as of_multiplier:
        codec_for(PROTOBUF).encode_request("reqContractDetails", 7, stock(multiplier="a lot"))
    assert of_percent.value.field == "order.conditions[0].percent"
    assert of_multiplier.value.field == "contract.multiplier"
