"""The public data classes as Protocol Buffers messages: which field fills which attribute.

Unless a mapping says otherwise a field fills the attribute of its own name, as it is; a size is a
Decimal on our side and text on the wire. Fields that have no attribute are left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any

from ..._conditions import Create, OrderCondition
from ..._value_class import new_value
from ...commission_and_fees_report import CommissionAndFeesReport
from ...common import (
    BarData,
    DepthMktDataDescription,
    FamilyCode,
    HistogramData,
    HistoricalSession,
    HistoricalTick,
    HistoricalTickBidAsk,
    HistoricalTickLast,
    NewsProvider,
    PriceIncrement,
    TickAttribBidAsk,
    TickAttribLast,
    WshEventData,
)
from ...const import UNSET_DECIMAL
from ...contract import (
    ComboLeg,
    Contract,
    ContractDescription,
    ContractDetails,
    DeltaNeutralContract,
    FundAssetType,
    FundDistributionPolicyIndicator,
)
from ...execution import Execution, ExecutionFilter, OptionExerciseType
from ...ineligibility_reason import IneligibilityReason
from ...order import Order
from ...order_cancel import OrderCancel
from ...order_state import OrderAllocation, OrderState
from ...scanner import ScannerSubscription
from ...softdollartier import SoftDollarTier
from ...tag_value import TagValue
from ...utils import decimalMaxString, floatMaxString, getEnumTypeFromString
from ..schema.canonical import new
from ..schema.field_types import UNSET_DECIMAL_TEXTS
from .classes import ProtoMessage, SchemaField, schema
from .map_order import in_order

Convert = Callable[[Any], Any]


@dataclass
class AttributeMapping:
    """How one field stands for one attribute: `read` turns a field's value into the attribute's;
    it is None if the value is taken as it is.
    """

    field: SchemaField
    name: str
    read: Convert | None


@dataclass
class ObjectMapping:
    """A class and its message.

    `renamed`: fields whose attribute has another name; `converters`: by attribute, what a field's
    value becomes; `ignored`: fields that IB's client does not take into the object; `always_lists`:
    lists that are made even when they are empty.
    """

    cls: type
    message: str
    renamed: Mapping[str, str] = field(default_factory=dict)
    converters: Mapping[str, Convert] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    always_lists: tuple[str, ...] = ()


def _attributes(mapping: ObjectMapping, server_side: bool) -> dict[int, AttributeMapping]:
    made = {}
    newest = _newest_values(mapping.cls)
    for one in schema()[mapping.message]:
        name = mapping.renamed.get(one.name, one.name)
        if name in newest and (server_side or one.name not in mapping.ignored):
            made[one.number] = AttributeMapping(
                one, name, mapping.converters.get(name) or _usual(one, newest[name])
            )
    return made


def _newest_values(cls: type) -> dict[str, Any]:
    """Return the attributes of a new object as the newest generation has them: an older one may be
    in use.
    """
    return {one.name: new_value(one) for one in fields(cls)}


def _usual(one: SchemaField, default: object) -> Convert | None:
    """Return what converts a field's value, by its type and the attribute's default; None if
    nothing does.
    """
    if one.type_name == "map":
        return tag_values
    if one.type_name in MAPPINGS_BY_MESSAGE:
        mapping = MAPPINGS_BY_MESSAGE[one.type_name]
        return each(object_reader(mapping)) if one.repeated else object_reader(mapping)
    if one.repeated:
        return list
    if one.type_name == "string" and isinstance(default, Decimal):
        return size
    return float if one.type_name == "string" and isinstance(default, float) else None


def size(text: str) -> Decimal:
    return UNSET_DECIMAL if text in UNSET_DECIMAL_TEXTS else Decimal(text)


def tag_values(pairs: Iterable[Any]) -> list[TagValue]:
    """Return a map as a list. Of two pairs with one key the later counts."""
    values = {pair.key: pair.value for pair in pairs}
    return [TagValue(tag, values[tag]) for tag in in_order(values)]


def each(read: Convert) -> Convert:
    return lambda values: [read(value) for value in values]


def member_of(enum: Any) -> Convert:
    return lambda code: getEnumTypeFromString(enum, code)


def money(number: float) -> str:
    """Return a margin as text, which it is on the text wire."""
    return decimalMaxString(number)


def object_reader(mapping: ObjectMapping, *, server_side: bool = False) -> Convert:
    """Return a function from a message to a new object.

    Its table is made when it is first used, for mappings refer to each other. If `server_side`, it
    reads all that a client sends, as the simulated TWS does.
    """
    table: dict[int, AttributeMapping] = {}

    def read(message: object) -> Any:
        if not table:
            table.update(_attributes(mapping, server_side))
        made = new(mapping.cls)
        fill(made, message, table)
        for name in mapping.always_lists:
            if getattr(made, name) is None:
                setattr(made, name, [])
        return made

    return read


def fill(made: object, message: ProtoMessage, table: Mapping[int, AttributeMapping]) -> None:
    """Set the attributes that a message has fields for."""
    for described, value in message.ListFields():
        attribute = table.get(described.number)
        if attribute is not None:
            setattr(
                made, attribute.name, value if attribute.read is None else attribute.read(value)
            )


def conditions(messages: Iterable[Any]) -> list[OrderCondition]:
    """Return an order's conditions.

    One of an unknown type stands for the one before it, as in IB's client (the vectors hold it).
    ValueError is raised if there is none before it.
    """
    made: list[OrderCondition] = []
    for message in messages:
        condition = Create(message.type)
        if condition is None:
            if not made:
                raise ValueError(f"order condition {message.type} is not known")
            condition = made[-1]
        else:
            for described, value in message.ListFields():
                if described.name != "type" and hasattr(condition, described.name):
                    setattr(condition, described.name, value)
        made.append(condition)
    return made


SENT_ONLY = (
    *("transmit", "scaleTable", "algoId", "orderMiscOptions"),
    *("overridePercentageConstraints", "advancedErrorOverride", "manualOrderTime"),
)
MIFID2 = (
    "mifid2DecisionMaker",
    "mifid2DecisionAlgo",
    "mifid2ExecutionTrader",
    "mifid2ExecutionAlgo",
)
MARGINS = [
    f"{kind}{when}"
    for when in ("Before", "Change", "After")
    for kind in ("initMargin", "maintMargin", "equityWithLoan")
]

OBJECT_MAPPINGS: tuple[ObjectMapping, ...] = (
    ObjectMapping(
        Contract,
        "Contract",
        {"primaryExch": "primaryExchange"},
        {"multiplier": floatMaxString},
        frozenset({"includeExpired", "secIdType", "secId"}),
    ),
    ObjectMapping(ComboLeg, "ComboLeg", {"shortSalesSlot": "shortSaleSlot"}),
    ObjectMapping(DeltaNeutralContract, "DeltaNeutralContract"),
    ObjectMapping(
        Order,
        "Order",
        converters={"conditions": conditions},
        ignored=frozenset((*SENT_ONLY, *MIFID2)),
        always_lists=("smartComboRoutingParams",),
    ),
    ObjectMapping(OrderState, "OrderState", converters=dict.fromkeys(MARGINS, money)),
    ObjectMapping(OrderAllocation, "OrderAllocation"),
    ObjectMapping(SoftDollarTier, "SoftDollarTier", {"value": "val"}),
    ObjectMapping(
        ContractDetails,
        "ContractDetails",
        {
            "puttable": "putable",
            "bondNotes": "notes",
            "fundMinimumSubsequentPurchase": "fundSubsequentMinimumPurchase",
        },
        {
            "fundDistributionPolicyIndicator": member_of(FundDistributionPolicyIndicator),
            # as on the text wire
            "fundAssetType": lambda code: member_of(FundAssetType)("" if code == "000" else code),
        },
        always_lists=("secIdList",),
    ),
    ObjectMapping(IneligibilityReason, "IneligibilityReason", {"id": "id_"}),
    ObjectMapping(
        Execution,
        "Execution",
        {"isLiquidation": "liquidation", "isPriceRevisionPending": "pendingPriceRevision"},
        {"liquidation": int, "optExerciseOrLapseType": member_of(OptionExerciseType)},
    ),
    ObjectMapping(ExecutionFilter, "ExecutionFilter"),
    ObjectMapping(OrderCancel, "OrderCancel"),
    ObjectMapping(BarData, "HistoricalDataBar", {"WAP": "wap"}),
    ObjectMapping(HistoricalTick, "HistoricalTick"),
    ObjectMapping(HistoricalTickBidAsk, "HistoricalTickBidAsk"),
    ObjectMapping(HistoricalTickLast, "HistoricalTickLast"),
    ObjectMapping(TickAttribBidAsk, "TickAttribBidAsk"),
    ObjectMapping(TickAttribLast, "TickAttribLast"),
    ObjectMapping(HistogramData, "HistogramDataEntry"),
    ObjectMapping(
        FamilyCode, "FamilyCode", {"accountId": "accountID", "familyCode": "familyCodeStr"}
    ),
    ObjectMapping(PriceIncrement, "PriceIncrement"),
    ObjectMapping(DepthMktDataDescription, "DepthMarketDataDescription"),
    ObjectMapping(ContractDescription, "ContractDescription"),
    ObjectMapping(NewsProvider, "NewsProvider", {"providerCode": "code", "providerName": "name"}),
    ObjectMapping(HistoricalSession, "HistoricalSession"),
    ObjectMapping(
        CommissionAndFeesReport,
        "CommissionAndFeesReport",
        {"bondYield": "yield_"},
        {"yieldRedemptionDate": int},
    ),
    ObjectMapping(WshEventData, "WshEventDataRequest"),
    ObjectMapping(ScannerSubscription, "ScannerSubscription"),
)
# attributes of an order that go beside the others
ATTACHED_ORDERS = ObjectMapping(Order, "AttachedOrders")
MAPPINGS_BY_MESSAGE: dict[str, ObjectMapping] = {
    mapping.message: mapping for mapping in (*OBJECT_MAPPINGS, ATTACHED_ORDERS)
}


_BY_CLASS = {mapping.cls: mapping for mapping in OBJECT_MAPPINGS}


def mapping_of(cls: type) -> ObjectMapping:
    return _BY_CLASS[cls]
