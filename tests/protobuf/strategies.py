"""Values for hypothesis, made from the bindings and shapes themselves: whatever a Protocol Buffers
message may carry.

Left out is only what this wire cannot tell apart, or IB's client does not read; each such spot is
marked LOSSY or UNREAD, and has a test of its own in test_lossy.
"""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from protocol.strategies import ANY_TEXT, DECIMALS, FLOATS, INTS, LONGS, WORDS

from ibapi_port.common import TickAttrib, TickAttribBidAsk, TickAttribLast
from ibapi_port.const import UNSET_DOUBLE, UNSET_INTEGER, UNSET_LONG
from ibapi_port.contract import ContractDetails, FundAssetType, FundDistributionPolicyIndicator
from ibapi_port.execution import OptionExerciseType
from ibapi_port.order import Order, OrderComboLeg
from ibapi_port.order_condition import Create, OrderCondition
from ibapi_port.protocol.protobuf import objects
from ibapi_port.protocol.protobuf.objects import MAPPINGS_BY_MESSAGE, ObjectMapping
from ibapi_port.protocol.schema.messages import REQUESTS
from ibapi_port.protocol.schema.nodes import (
    Field,
    Incoming,
    Message,
    Node,
    Repeated,
    Request,
    new,
)
from ibapi_port.protocol.schema.protobuf_fields import SchemaField, field_at
from ibapi_port.protocol.schema.shared_fields import CONDITION
from ibapi_port.protocol.schema.wire_values import SCALARS
from ibapi_port.scanner import ScanData
from ibapi_port.tag_value import TagValue
from ibapi_port.utils import decimalMaxString

from .helpers import LAST as NEWEST
from .helpers import LATER, REQUEST_PB

Draw = Callable[[Any], Any]

UNSENDABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")  # error 579, to either side
TEXT = ANY_TEXT.map(lambda text: UNSENDABLE.sub("", text))
SOME_TEXT = TEXT.map(lambda text: text or "x")
BOOLS = st.booleans()
MULTIPLIERS = st.sampled_from(
    ["", "100", "1", "0.5", "-5", "1000000", "0.00000001", "12345.678"]
)  # text here, a number on the wire
MARGINS = st.sampled_from(
    ["", *map(decimalMaxString, (0.0, 0.5, -1234.56, 7.0, 1e-7, 1e300, 5e-324))]
)  # likewise
NAMED: dict[tuple[str, str], st.SearchStrategy[Any]] = {
    ("Contract", "multiplier"): MULTIPLIERS,
    **{
        ("ScannerSubscription", name): INTS for name in ("aboveVolume", "averageOptionVolumeAbove")
    },  # as on the text wire
    **{("OrderState", name): MARGINS for name in objects.MARGINS},
    ("ContractDetails", "fundDistributionPolicyIndicator"): st.sampled_from(
        FundDistributionPolicyIndicator
    ),
    # LOSSY: FundAssetType "000" (Others) is read as none, as IB's client does
    ("ContractDetails", "fundAssetType"): st.sampled_from(
        [member for member in FundAssetType if member is not FundAssetType.Others]
    ),
    ("Execution", "optExerciseOrLapseType"): st.sampled_from(OptionExerciseType),
    ("Execution", "liquidation"): st.sampled_from([0, 1]),  # LOSSY: a flag on the wire
    ("CommissionAndFeesReport", "yieldRedemptionDate"): INTS.map(
        lambda x: x if x != UNSET_INTEGER else 20261218
    ),
    # numbers with "unset or not" here, a flag there; 0 and 1 are what is read
    **{
        ("Order", name): st.sampled_from([None, 0, 1])
        for name in ("usePriceMgmtAlgo", "seekPriceImprovement", "routeMarketableToBbo")
    },
}
# what a client does not tell; what stands elsewhere in its message
NOT_ASKED = frozenset(
    {
        "orderId",
        "autoCancelDate",
        "filledQuantity",
        "refFuturesConId",
        "shareholder",
        "parentPermId",
        "lastTradeDate",
    }
)


def scalar(kind: str, default: Any) -> st.SearchStrategy[Any]:
    """Values of a field.

    LOSSY: the unset value is not sent; where it is not what is read then, it does not arrive.
    """
    if kind == "bool":
        return BOOLS
    if kind == "string":
        if isinstance(default, Decimal):
            return DECIMALS
        return (
            _without_unset(FLOATS, default)
            if isinstance(default, float)
            else SOME_TEXT
            if default
            else TEXT
        )
    return _without_unset({"int32": INTS, "int64": LONGS, "double": FLOATS}[kind], default)


def _without_unset(values: st.SearchStrategy[Any], default: Any) -> st.SearchStrategy[Any]:
    return values.map(
        lambda x: (
            x - 5
            if x in (UNSET_INTEGER, UNSET_LONG) and x != default
            else x / 2
            if x == UNSET_DOUBLE != default
            else x
        )
    )


# --- objects ---


def _map(draw: Draw) -> list[TagValue]:
    """Each tag once: of two that are alike the wire keeps one."""
    return [
        TagValue(tag, value) for tag, value in draw(st.dictionaries(TEXT, TEXT, max_size=4)).items()
    ]


def _of_field(draw: Draw, one: SchemaField, default: Any, tws: bool) -> Any:
    if one.type_name == "map":
        return _map(draw) or default  # LOSSY: no pairs leave an attribute at its default
    if one.type_name == "OrderCondition":
        return [condition(draw) for _ in range(draw(st.integers(0, 3)))]
    if one.type_name in MAPPINGS_BY_MESSAGE:
        mapping = MAPPINGS_BY_MESSAGE[one.type_name]
        if one.repeated:
            return [made(draw, mapping, tws) for _ in range(draw(st.integers(0, 2)))] or default
        return made(draw, mapping, tws) if default is not None or draw(BOOLS) else None
    if one.repeated:
        return draw(st.lists(scalar(one.type_name, None), max_size=3)) or default
    return draw(scalar(one.type_name, default))


def made(draw: Draw, mapping: ObjectMapping, tws: bool = False) -> Any:
    """An object with all that its message carries: as a client sends it if `tws`, else as TWS."""
    one = new(mapping.cls)
    attributes = {
        name: field
        for name, field in mapping.attributes().items()
        if field.name not in NOT_ASKED
        and (tws or field.name not in mapping.ignored)
        and "." not in name
    }
    full = 2 ** len(attributes) - 1
    chosen = draw(
        st.integers(0, full) | st.just(full)
    )  # those whose bit is not set stay as they are
    for n, (name, field) in enumerate(attributes.items()):
        # a default of 0 arrives as 0.0
        if field.type_name == "double" and type(getattr(one, name)) is int:
            setattr(one, name, float(getattr(one, name)))
        if chosen >> n & 1:
            strategy = NAMED.get((mapping.message, name))
            default = getattr(one, name)
            value = _of_field(draw, field, default, tws) if strategy is None else draw(strategy)
            setattr(one, name, value)
    for name, make in mapping.absent.items():
        if not getattr(one, name):
            setattr(one, name, make())
    return one


def of_message(draw: Draw, message: str, tws: bool = False) -> Any:
    return made(draw, MAPPINGS_BY_MESSAGE[message], tws)


def condition(draw: Draw) -> Any:
    """An order condition; what it lacks stays None."""
    kind = draw(st.sampled_from(list(CONDITION.cases)))
    made = Create(kind)
    assert made is not None
    for node in CONDITION.cases[kind].nodes:
        assert isinstance(node, Field)
        name = node.path
        one = field_at("OrderCondition", name)
        default = getattr(made, name)
        if one.type_name == "bool":
            setattr(made, name, draw(BOOLS))
        elif draw(BOOLS):  # LOSSY: an empty text is not sent, and then it is None
            setattr(
                made,
                name,
                draw(SOME_TEXT if one.type_name == "string" else scalar(one.type_name, default)),
            )
    return made


def with_leg_prices(draw: Draw, contract: Any, order: Any) -> None:
    """LOSSY: prices of legs are the legs' own; there are as many."""
    prices = _without_unset(FLOATS, UNSET_DOUBLE)
    order.orderComboLegs = [OrderComboLeg(price=draw(prices)) for _ in contract.comboLegs] or None


# --- messages from TWS ---


def _order(draw: Draw, values: dict[str, Any]) -> None:
    """What IB's client makes of an order whose parts hang together."""
    order = values["order"]
    with_leg_prices(draw, values["contract"], order)
    order.algoParams = (order.algoParams or []) if order.algoStrategy else None
    if not order.hedgeType:
        order.hedgeParam, order.hedgeMaxSize = "", UNSET_INTEGER
    order.autoCancelDate, order.shareholder = draw(TEXT), draw(TEXT)
    order.refFuturesConId, order.parentPermId = draw(INTS), draw(LONGS)
    order.filledQuantity = draw(DECIMALS)
    order.orderId = values.get("orderId", 0)


def _details(draw: Draw, values: dict[str, Any]) -> None:
    details = values["contractDetails"]
    details.contract = of_message(draw, "Contract")
    details.contract.lastTradeDateOrContractMonth, details.lastTradeTime = draw(WORDS), draw(WORDS)


def _expiring(draw: Draw, values: dict[str, Any]) -> None:
    _details(draw, values)
    values["contractDetails"].contract.lastTradeDate = draw(TEXT)


def _maturing(draw: Draw, values: dict[str, Any]) -> None:
    _details(draw, values)
    details = values["contractDetails"]
    details.maturity = details.contract.lastTradeDateOrContractMonth
    details.timeZoneId = draw(WORDS)
    # IB's client leaves all of it there
    details.contract.lastTradeDateOrContractMonth += (
        f" {details.lastTradeTime} {details.timeZoneId}"
    )


def _computation(draw: Draw, values: dict[str, Any]) -> None:
    marks = {"impliedVol": None, "optPrice": -1, "pvDividend": -1, "undPrice": -1}
    for name in (
        "impliedVol",
        "delta",
        "optPrice",
        "pvDividend",
        "gamma",
        "vega",
        "theta",
        "undPrice",
    ):
        mark = marks.get(name, -2)
        # LOSSY: TWS's marks are read as None
        numbers = FLOATS.map(
            lambda x, mark=mark: abs(x) if mark is None else x / 2 if x == mark else x
        )
        values[name] = draw(st.none() | numbers)


def _tick_by_tick(draw: Draw, values: dict[str, Any]) -> None:
    kind = values["tickType"] = draw(st.sampled_from([1, 2, 3, 4]))
    values["time"] = draw(LONGS)
    names = {
        "price": FLOATS, "size": DECIMALS, "exchange": TEXT, "specialConditions": TEXT,
        "tickAttribLast": st.builds(TickAttribLast, pastLimit=BOOLS, unreported=BOOLS),
    } if kind < 3 else {
        "bidPrice": FLOATS, "askPrice": FLOATS, "bidSize": DECIMALS, "askSize": DECIMALS,
        "tickAttribBidAsk": st.builds(TickAttribBidAsk, bidPastLow=BOOLS, askPastHigh=BOOLS),
    } if kind == 3 else {"midPoint": FLOATS}  # fmt: skip
    for name, strategy in names.items():
        values[name] = draw(strategy)
    for name in (
        "price",
        "size",
        "tickAttribLast",
        "exchange",
        "specialConditions",
        "bidPrice",
        "askPrice",
        "bidSize",
        "askSize",
    ):
        values.setdefault(name, None)


def _components(draw: Draw, values: dict[str, Any]) -> None:
    values["smartComponentMap"] = draw(st.dictionaries(INTS, st.tuples(TEXT, TEXT), max_size=3))


def _scanned(draw: Draw, values: dict[str, Any]) -> None:
    values["rows"] = []
    for _ in range(draw(st.integers(0, 3))):
        details = ContractDetails(contract=of_message(draw, "Contract"), marketName=draw(TEXT))
        values["rows"].append(
            ScanData(details, draw(INTS), draw(TEXT), draw(TEXT), draw(TEXT), draw(TEXT))
        )


def _price(draw: Draw, values: dict[str, Any]) -> None:
    values["attrib"] = draw(
        st.builds(TickAttrib, canAutoExecute=BOOLS, pastLimit=BOOLS, preOpen=BOOLS)
    )


def _parameters(draw: Draw, values: dict[str, Any]) -> None:
    values["minTick"] = draw(FLOATS)


SPECIAL: dict[str, Callable[[Draw, dict[str, Any]], None]] = {
    "openOrder": _order,
    "completedOrder": _order,
    "contractDetails": _expiring,
    "bondContractDetails": _maturing,
    "tickOptionComputation": _computation,
    "tickByTick": _tick_by_tick,
    "smartComponents": _components,
    "scannerData": _scanned,
    "tickPrice": _price,
    "tickReqParams": _parameters,
}


def _objects(draw: Draw, message: Message, tws: bool) -> Iterator[tuple[str, Any]]:
    assert message.pb is not None
    for name, field in message.object_fields().items():
        inner = field_at(message.pb.message, field).type_name if field else message.pb.message
        yield name, of_message(draw, inner, tws)


def _value(draw: Draw, message: Message, node: Node) -> Any:
    """A value of a node that is no object."""
    assert message.pb is not None
    one = field_at(message.pb.message, node.wire_path())
    if isinstance(node, Repeated):
        rows = [
            draw(scalar(one.type_name, None))
            if one.type_name in SCALARS
            else of_message(draw, one.type_name)
            for _ in range(draw(st.integers(0, 3)))
        ]
        return node.container(rows)
    assert isinstance(node, Field)
    if one.type_name == "map":
        return _map(draw)
    if isinstance(message, Request):
        return draw(scalar(one.type_name, UNSET_DOUBLE if one.type_name == "double" else None))
    absent = node.if_absent()
    return draw(DECIMALS if isinstance(absent, Decimal) else scalar(one.type_name, absent))


@st.composite
def message_values(draw: Draw, message: Incoming) -> dict[str, Any]:
    """The values of a message from TWS."""
    values = dict(_objects(draw, message, tws=False))
    for node in message.wire_nodes(NEWEST):
        if isinstance(node, (Field, Repeated)) and "." not in node.path:
            values[node.path] = _value(draw, message, node)
    if message.name in SPECIAL:
        SPECIAL[message.name](draw, values)
    return values


# --- requests ---


@st.composite
def request_values(draw: Draw, request: Request) -> dict[str, Any]:
    """The arguments of a request, as the newest server takes them."""
    drawn = dict(_objects(draw, request, tws=True))
    for node in request.wire_nodes(NEWEST):
        if isinstance(node, Field) and "." not in node.path:
            drawn[node.path] = _value(draw, request, node)
    drawn.setdefault("extraAuth", True)  # said before connecting, never on the wire
    values = {name: drawn[name] for name in request.arguments}
    if request.name in ("requestFA", "replaceFA"):
        values["faData"] = draw(st.sampled_from([1, 3]))  # 2, profiles, is refused below 211
    if request.name == "placeOrder":
        _placed(draw, values)
    return {name: asked(value) for name, value in values.items()}


def asked(value: Any) -> Any:
    """A value as a program may give it: finite, options without what ends one, conditions with all
    that they need.
    """
    if isinstance(value, float):
        return value if math.isfinite(value) else 1.5
    if isinstance(value, Decimal):
        return value if value.is_finite() else Decimal(3)
    if isinstance(value, list):
        return [asked(item) for item in value]
    if isinstance(value, TagValue):
        return TagValue(value.tag.replace(";", ","), value.value.replace(";", ","))
    if hasattr(value, "__dict__") and not isinstance(value, str):
        for name, one in vars(value).items():
            needed = isinstance(value, OrderCondition) and one is None
            setattr(value, name, NEEDED.get(name, 1) if needed else asked(one))
    return value


NEEDED: dict[str, Any] = {
    "isMore": False,
    "exchange": "x",
    "secType": "x",
    "symbol": "x",
    "time": "x",
    "price": 1.0,
}


def _placed(draw: Draw, values: dict[str, Any]) -> None:
    order = values["order"]
    with_leg_prices(draw, values["contract"], order)
    order.slOrderId, order.ptOrderId = draw(INTS), draw(INTS)
    order.slOrderType, order.ptOrderType = draw(TEXT), draw(TEXT)


def at_version(values: dict[str, Any], version: int) -> dict[str, Any]:
    """The same without what a server of that version would not take."""
    values = copy.deepcopy(values)
    for name, since in LATER.items() if "order" in values else ():
        if version < since:
            setattr(values["order"], name, getattr(Order(), name))
    return values


BOUND = [REQUESTS[name] for name in REQUEST_PB]
