"""Values for hypothesis, made from the bindings and shapes themselves: whatever a Protocol Buffers
message may carry.

Left out is only what this wire cannot tell apart, or IB's client does not read; each such spot is
marked LOSSY or UNREAD, and has a test of its own in test_lossy.
"""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from protocol.strategies import ANY_TEXT, DECIMALS, FLOATS, INTS, LONGS, WORDS

from ibapi_port.common import TickAttrib, TickAttribBidAsk, TickAttribLast
from ibapi_port.const import UNSET_DECIMAL, UNSET_DOUBLE, UNSET_INTEGER, UNSET_LONG
from ibapi_port.contract import ContractDetails, FundAssetType, FundDistributionPolicyIndicator
from ibapi_port.execution import OptionExerciseType
from ibapi_port.order import Order, OrderComboLeg
from ibapi_port.order_condition import Create, OrderCondition
from ibapi_port.protocol.protobuf import object_mapping, requests
from ibapi_port.protocol.protobuf.bindings import Binding, Rows, Scalars, SubMessage
from ibapi_port.protocol.protobuf.classes import SchemaField, schema
from ibapi_port.protocol.protobuf.field_writers import CONDITION_FIELDS
from ibapi_port.protocol.protobuf.incoming import field_of, scalars
from ibapi_port.protocol.protobuf.object_mapping import (
    MAPPINGS_BY_MESSAGE,
    ObjectMapping,
    mapping_of,
)
from ibapi_port.protocol.schema.messages import REQUESTS
from ibapi_port.protocol.schema.nodes import Request
from ibapi_port.scanner import ScanData
from ibapi_port.tag_value import TagValue
from ibapi_port.utils import decimalMaxString

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
    **{("OrderState", name): MARGINS for name in object_mapping.MARGINS},
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
ELSEWHERE = frozenset({"scannerSubscriptionOptions", "scannerSubscriptionFilterOptions"})


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


DEFAULTS: dict[str, Any] = {
    "": None, "UNSET_INTEGER": UNSET_INTEGER, "UNSET_LONG": UNSET_LONG,
    "UNSET_DOUBLE": UNSET_DOUBLE, "UNSET_DECIMAL": UNSET_DECIMAL,
    "''": "", "0": 0, "0.0": 0.0, "-1": -1, "False": False,
}  # fmt: skip


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
    new = object_mapping.new(mapping.cls)
    attributes = [
        one
        for one in object_mapping._attributes(mapping, tws).values()
        if one.field.name not in NOT_ASKED
    ]
    full = 2 ** len(attributes) - 1
    chosen = draw(
        st.integers(0, full) | st.just(full)
    )  # those whose bit is not set stay as they are
    for n, attribute in enumerate(attributes):
        if (
            attribute.field.type_name == "double" and type(getattr(new, attribute.name)) is int
        ):  # a default of 0 arrives as 0.0
            setattr(new, attribute.name, float(getattr(new, attribute.name)))
        if not chosen >> n & 1:
            continue
        strategy = NAMED.get((mapping.message, attribute.name))
        default = getattr(new, attribute.name)
        setattr(
            new,
            attribute.name,
            draw(strategy)
            if strategy is not None
            else _of_field(draw, attribute.field, default, tws),
        )
    for name in mapping.always_lists:
        if getattr(new, name) is None:
            setattr(new, name, [])
    return new


def condition(draw: Draw) -> Any:
    """An order condition; what it lacks stays None."""
    kind = draw(st.sampled_from(list(CONDITION_FIELDS)))
    new = Create(kind)
    assert new is not None
    new.isConjunctionConnection = draw(BOOLS)
    for name in CONDITION_FIELDS[kind].split():
        one = field_of("OrderCondition", name)
        default = getattr(new, name)
        if one.type_name == "bool":
            setattr(new, name, draw(BOOLS))
        elif draw(BOOLS):  # LOSSY: an empty text is not sent, and then it is None
            setattr(
                new,
                name,
                draw(SOME_TEXT if one.type_name == "string" else scalar(one.type_name, default)),
            )
    return new


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
    details = values["contractDetails"] = made(draw, mapping_of(ContractDetails))
    details.contract = values.pop("contract")
    details.contract.lastTradeDateOrContractMonth, details.lastTradeTime = draw(WORDS), draw(WORDS)


def _expiring(draw: Draw, values: dict[str, Any]) -> None:
    _details(draw, values)
    values["contractDetails"].contract.lastTradeDate = draw(TEXT)


def _maturing(draw: Draw, values: dict[str, Any]) -> None:
    _details(draw, values)
    details = values["contractDetails"]
    details.maturity = details.contract.lastTradeDateOrContractMonth
    details.contract.lastTradeDateOrContractMonth += (
        f" {details.lastTradeTime}"  # IB's client leaves both there
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
    for name in ("last", "quote", "middle"):
        values.pop(name, None)
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
        details = ContractDetails(
            contract=made(draw, MAPPINGS_BY_MESSAGE["Contract"]), marketName=draw(TEXT)
        )
        values["rows"].append(
            ScanData(details, draw(INTS), draw(TEXT), draw(TEXT), draw(TEXT), draw(TEXT))
        )


def _price(draw: Draw, values: dict[str, Any]) -> None:
    del values["mask"]
    values["attrib"] = draw(
        st.builds(TickAttrib, canAutoExecute=BOOLS, pastLimit=BOOLS, preOpen=BOOLS)
    )


def _parameters(draw: Draw, values: dict[str, Any]) -> None:
    values["minTick"] = draw(FLOATS)


def _commission(draw: Draw, values: dict[str, Any]) -> None:
    values["commissionAndFeesReport"] = made(draw, MAPPINGS_BY_MESSAGE["CommissionAndFeesReport"])


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
    "commissionAndFeesReport": _commission,
}


@st.composite
def message_values(draw: Draw, binding: Binding) -> dict[str, Any]:
    """The values of a message from TWS."""
    values: dict[str, Any] = {}
    for part in binding.parts:
        if isinstance(part, Scalars):
            for name, at, default in scalars(part):
                kind = field_of(binding.message, at).type_name
                values[name] = draw(
                    DECIMALS if default == "UNSET_DECIMAL" else scalar(kind, DEFAULTS[default])
                )
        elif isinstance(part, SubMessage):
            if part.argument != "contractDetails":
                values[part.argument] = made(draw, mapping_of(part.cls))
        elif isinstance(part, Rows):
            one = field_of(binding.message, part.field)
            rows = [
                draw(scalar(one.type_name, None))
                if part.cls is None
                else made(draw, mapping_of(part.cls))
                for _ in range(draw(st.integers(0, 3)))
            ]
            values[part.argument] = part.container(rows)
    if binding.name in SPECIAL:
        SPECIAL[binding.name](draw, values)
    return values


# --- requests ---


@st.composite
def request_values(draw: Draw, request: Request) -> dict[str, Any]:
    """The arguments of a request, as the newest server takes them."""
    binding = requests.BINDINGS[request.name]
    fields: Mapping[str, SchemaField] = {one.name: one for one in schema()[binding.message]}
    values: dict[str, Any] = {}
    for argument in request.arguments:
        one = fields.get(binding.renamed.get(argument, argument))
        if argument == binding.spread:
            values[argument] = made(draw, MAPPINGS_BY_MESSAGE[binding.message], tws=True)
        elif argument == "extraAuth":  # said before connecting, never on the wire
            values[argument] = True
        elif argument in ELSEWHERE:
            values[argument] = _map(draw)
        else:
            assert one is not None
            values[argument] = _argument(draw, one)
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


def _argument(draw: Draw, one: SchemaField) -> Any:
    if one.type_name == "map":
        return _map(draw)
    if one.type_name in MAPPINGS_BY_MESSAGE:
        return made(draw, MAPPINGS_BY_MESSAGE[one.type_name], tws=True)
    return draw(scalar(one.type_name, UNSET_DOUBLE if one.type_name == "double" else None))


def _placed(draw: Draw, values: dict[str, Any]) -> None:
    order = values["order"]
    with_leg_prices(draw, values["contract"], order)
    order.slOrderId, order.ptOrderId = draw(INTS), draw(INTS)
    order.slOrderType, order.ptOrderType = draw(TEXT), draw(TEXT)


def at_version(values: dict[str, Any], version: int) -> dict[str, Any]:
    """The same without what a server of that version would not take."""
    values = copy.deepcopy(values)
    for since, _, names in requests.LATER_PARAMETERS if "order" in values else ():
        for name in names.split() if version < since else ():
            setattr(values["order"], name, getattr(Order(), name))
    return values


BOUND = [REQUESTS[name] for name in requests.BINDINGS]
