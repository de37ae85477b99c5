"""Fields that several messages share, and the short names that declarations are written with."""

from __future__ import annotations

from typing import Any

from ... import server_versions
from ..._conditions import (
    ExecutionCondition,
    MarginCondition,
    OrderCondition,
    PercentChangeCondition,
    PriceCondition,
    TimeCondition,
    VolumeCondition,
)
from ...contract import ComboLeg, Contract, ContractDetails, DeltaNeutralContract
from ...execution import Execution, ExecutionFilter
from ...order import Order, OrderComboLeg
from ...order_cancel import OrderCancel
from ...order_state import OrderState
from ...tag_value import TagValue
from . import field_types
from .nodes import (
    HOLDS,
    IS_SET,
    Field,
    LegPrices,
    Node,
    Present,
    Repeated,
    Row,
    Variant,
    When,
    maker,
    many,
    since,
    since_message_version,
)


class _Versions:
    """`v.PAST_LIMIT` for server_versions.MIN_SERVER_VER_PAST_LIMIT, or for
    UNIFIED_VERSION_PAST_LIMIT, as newer names begin.
    """

    def __getattr__(self, name: str) -> int:
        version: int | None = getattr(server_versions, f"MIN_SERVER_VER_{name}", None)
        if version is None:
            version = getattr(server_versions, f"UNIFIED_VERSION_{name}")
        return version


v = _Versions()

INT = maker(field_types.INT)
FEW_INTS = maker(field_types.FEW_INTS)
LONG = maker(field_types.LONG)
INT_UNSET = maker(field_types.INT_UNSET)
INT_DIGITS = maker(field_types.INT_DIGITS)
FLOAT = maker(field_types.FLOAT)
FLOAT_UNSET = maker(field_types.FLOAT_UNSET)
DECIMAL = maker(field_types.DECIMAL)
WHOLE = maker(field_types.WHOLE)
INFINITE = maker(field_types.INFINITE)
INFINITE_UNSET = maker(field_types.INFINITE_UNSET)
BOOL = maker(field_types.BOOL)
TRISTATE = maker(field_types.TRISTATE)
TRUTH = maker(field_types.TRUTH)
CONNECTOR = maker(field_types.CONNECTOR)
STR = maker(field_types.STR)
BLOCK = maker(field_types.BLOCK)
ESCAPED = maker(field_types.ESCAPED)
OPTIONS = maker(field_types.OPTIONS)

CLASSES: dict[str, type] = {
    "contract": Contract,
    "order": Order,
    "orderState": OrderState,
    "orderCancel": OrderCancel,
    "execution": Execution,
    "execFilter": ExecutionFilter,
    "contractDetails": ContractDetails,
}  # the arguments that are objects


def escaped(path: str, **options: Any) -> tuple[Field, Field]:
    """Return the field for a text that TWS escapes since server version 153, and its older form."""
    return (
        STR(path, until=v.ENCODE_MSG_ASCII7, **options),
        ESCAPED(path, since=v.ENCODE_MSG_ASCII7, **options),
    )


def tag_values(path: str, *, message_version: int = 0) -> Repeated:
    """Return a count and that many tags with their values."""
    return Repeated(
        path, Row(TagValue, (STR("tag"), STR("value"))), message_version=message_version
    )


def contract_head(prefix: str = "contract") -> tuple[Node, ...]:
    """Return conId to right: what every message begins a contract with."""
    names = many(STR, prefix, "symbol secType lastTradeDateOrContractMonth")
    return (INT(f"{prefix}.conId"), *names, FLOAT(f"{prefix}.strike"), STR(f"{prefix}.right"))


# --- contracts in requests ---

CONTRACT_TERMS: tuple[Node, ...] = (
    *many(STR, "contract", "symbol secType lastTradeDateOrContractMonth"),
    FLOAT_UNSET("contract.strike"),
    *many(STR, "contract", "right multiplier"),
)
CONTRACT_BEFORE_EXCHANGE: tuple[Node, ...] = (INT("contract.conId"), *CONTRACT_TERMS)
CONTRACT_AFTER_EXCHANGE: tuple[Node, ...] = many(
    STR, "contract", "currency localSymbol tradingClass"
)
CONTRACT: tuple[Node, ...] = (
    *CONTRACT_BEFORE_EXCHANGE,
    *many(STR, "contract", "exchange primaryExchange"),
    *CONTRACT_AFTER_EXCHANGE,
)
EXPIRED_CONTRACT: tuple[Node, ...] = (*CONTRACT, BOOL("contract.includeExpired"))

IS_COMBO = "contract.secType == 'BAG'"
LEG: tuple[Node, ...] = (*many(INT, "", "conId ratio"), *many(STR, "", "action exchange"))
QUOTED_LEGS = When(IS_COMBO, (Repeated("contract.comboLegs", Row(ComboLeg, LEG)),))
TRADED_LEGS = Repeated(
    "contract.comboLegs",
    Row(
        ComboLeg,
        (
            *LEG,
            *many(INT, "", "openClose shortSaleSlot"),
            STR("designatedLocation"),
            INT("exemptCode"),
        ),
    ),
)
DELTA_NEUTRAL = Present(
    "contract.deltaNeutralContract",
    DeltaNeutralContract,
    (INT("conId"), *many(INFINITE, "", "delta price")),
    message_version=20,
)

# --- orders: what openOrder, completedOrder and placeOrder share ---

ORDERED_CONTRACT: tuple[Node, ...] = (
    *contract_head(),
    *since_message_version(32, STR("contract.multiplier")),
    *many(STR, "contract", "exchange currency localSymbol"),
    *since_message_version(32, STR("contract.tradingClass")),
)
ORDER_PRICES: tuple[Node, ...] = (
    FLOAT("order.lmtPrice", message_version=-29),
    FLOAT_UNSET("order.lmtPrice", message_version=29),
    FLOAT("order.auxPrice", message_version=-30),
    FLOAT_UNSET("order.auxPrice", message_version=30),
)
ORDER_TERMS: tuple[Node, ...] = (
    STR("order.orderType"),
    *ORDER_PRICES,
    *many(STR, "order", "tif ocaGroup account openClose"),
    INT("order.origin"),
    STR("order.orderRef"),
)
ORDER_FLAGS: tuple[Node, ...] = (
    *many(BOOL, "order", "outsideRth hidden"),
    FLOAT("order.discretionaryAmt"),
    STR("order.goodAfterTime"),
)
BOX: tuple[Node, ...] = many(
    FLOAT_UNSET, "order", "startingPrice stockRefPrice delta stockRangeLower stockRangeUpper"
)
COMBO_PRICES = Repeated(
    "order.orderComboLegs", Row(OrderComboLeg, (FLOAT_UNSET("price"),)), message_version=29
)
LEG_PRICES = LegPrices()  # the same, as Protocol Buffers
SMART_COMBO_ROUTING = tag_values("order.smartComboRoutingParams", message_version=26)
SCALE: tuple[Node, ...] = (
    INT_UNSET("order.scaleInitLevelSize"),
    INT_UNSET("order.scaleSubsLevelSize"),
    FLOAT_UNSET("order.scalePriceIncrement"),
    When(
        "order.scalePriceIncrement != UNSET_DOUBLE and order.scalePriceIncrement > 0",
        (
            FLOAT_UNSET("order.scalePriceAdjustValue"),
            INT_UNSET("order.scalePriceAdjustInterval"),
            FLOAT_UNSET("order.scaleProfitOffset"),
            BOOL("order.scaleAutoReset"),
            *many(INT_UNSET, "order", "scaleInitPosition scaleInitFillQty"),
            BOOL("order.scaleRandomPercent"),
        ),
        message_version=28,
    ),
)
HEDGE: tuple[Node, ...] = since_message_version(
    24,
    STR("order.hedgeType"),
    When("order.hedgeType", (STR("order.hedgeParam"),), in_protobuf=HOLDS),
    When(
        "order.hedgeType",
        (INT_UNSET("order.hedgeMaxSize", text=False),),
        in_protobuf=IS_SET,
        text=False,
    ),
)
CLEARING: tuple[Node, ...] = many(STR, "order", "clearingAccount clearingIntent")
NOT_HELD = BOOL("order.notHeld", message_version=22)
ALGO: tuple[Node, ...] = since_message_version(
    21,
    STR("order.algoStrategy"),
    When("order.algoStrategy", (tag_values("order.algoParams"),), in_protobuf=IS_SET),
)
RANDOMIZE: tuple[Node, ...] = since_message_version(
    34, *many(BOOL, "order", "randomizeSize randomizePrice")
)
PEG_BENCH = When(
    "order.orderType in ('PEG BENCH', 'PEGBENCH')",
    (
        INT("order.referenceContractId"),
        BOOL("order.isPeggedChangeAmountDecrease"),
        *many(INFINITE, "order", "peggedChangeAmount referenceChangeAmount"),
        STR("order.referenceExchangeId"),
    ),
    since=v.PEGGED_TO_BENCHMARK,
)

MORE: tuple[Node, ...] = (CONNECTOR("isConjunctionConnection"), BOOL("isMore"))
ON_CONTRACT: tuple[Node, ...] = (INT("conId"), STR("exchange"))
CONDITION = Variant(
    field_types.INT,
    "condType",
    {
        OrderCondition.Price: Row(
            PriceCondition, (*MORE, FLOAT("price"), *ON_CONTRACT, INT("triggerMethod"))
        ),
        OrderCondition.Time: Row(TimeCondition, (*MORE, STR("time"))),
        OrderCondition.Margin: Row(MarginCondition, (*MORE, FLOAT("percent"))),
        OrderCondition.Execution: Row(
            ExecutionCondition, (MORE[0], *many(STR, "", "secType exchange symbol"))
        ),
        OrderCondition.Volume: Row(VolumeCondition, (*MORE, INT("volume"), *ON_CONTRACT)),
        OrderCondition.PercentChange: Row(
            PercentChangeCondition, (*MORE, FLOAT("changePercent"), *ON_CONTRACT)
        ),
    },
)
CONDITIONS: tuple[Node, ...] = since(
    v.PEGGED_TO_BENCHMARK,
    Repeated("order.conditions", CONDITION),
    When("order.conditions", many(BOOL, "order", "conditionsIgnoreRth conditionsCancelOrder")),
)
