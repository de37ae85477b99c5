"""Orders, their state, and executions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ....commission_and_fees_report import CommissionAndFeesReport
from ....const import UNSET_DOUBLE, UNSET_INTEGER, UNSET_LONG
from ....message import IN, OUT
from ....order import COMPETE_AGAINST_BEST_OFFSET_UP_TO_MID, FALSE_IS_UNSET
from ....order_state import OrderAllocation
from ..nodes import (
    Call,
    Field,
    Fixed,
    Gate,
    Incoming,
    MessageVersion,
    Node,
    Pb,
    Repeated,
    Request,
    Row,
    SubMessage,
    When,
    incoming,
    many,
    request,
    since_message_version,
)
from ..shared_fields import (
    ALGO,
    BOOL,
    BOX,
    CLASSES,
    CLEARING,
    COMBO_PRICES,
    CONDITIONS,
    CONTRACT,
    CONTRACT_AFTER_EXCHANGE,
    CONTRACT_BEFORE_EXCHANGE,
    DECIMAL,
    DELTA_NEUTRAL,
    FLOAT,
    FLOAT_UNSET,
    HEDGE,
    INFINITE_UNSET,
    INT,
    INT_DIGITS,
    INT_UNSET,
    IS_COMBO,
    LEG_PRICES,
    LONG,
    NOT_HELD,
    OPTIONS,
    ORDER_FLAGS,
    ORDER_TERMS,
    ORDERED_CONTRACT,
    PEG_BENCH,
    RANDOMIZE,
    SCALE,
    SMART_COMBO_ROUTING,
    STR,
    TRADED_LEGS,
    TRISTATE,
    WHOLE,
    contract_head,
    v,
)

# --- what openOrder and completedOrder share ---

TERMS: tuple[Node, ...] = (
    *ORDERED_CONTRACT,
    STR("order.action"),
    DECIMAL("order.totalQuantity"),
    *ORDER_TERMS,
)
ALLOCATION: tuple[Node, ...] = (
    *many(STR, "order", "faGroup faMethod faPercentage"), Fixed("''", until=v.FA_PROFILE_DESUPPORT),
    STR("order.modelCode", since=v.MODELS_SUPPORT), *many(STR, "order", "goodTillDate rule80A"),
    FLOAT_UNSET("order.percentOffset"),
    STR("order.settlingFirm"), INT("order.shortSaleSlot"), STR("order.designatedLocation"),
    INT("order.exemptCode", message_version=23),
)  # fmt: skip
QUANTITIES: tuple[Node, ...] = (
    *many(BOOL, "order", "sweepToFill allOrNone"),
    INT_UNSET("order.minQty"),
    INT("order.ocaType"),
)
VOLATILITY: tuple[Node, ...] = (
    FLOAT_UNSET("order.volatility"), INT("order.volatilityType"),
    STR("order.deltaNeutralOrderType"),
    FLOAT_UNSET("order.deltaNeutralAuxPrice"),
)  # fmt: skip
HAS_DELTA_NEUTRAL = "order.deltaNeutralOrderType"
SHORT_SALE: tuple[Node, ...] = (
    BOOL("order.deltaNeutralShortSale"), INT("order.deltaNeutralShortSaleSlot"),
    STR("order.deltaNeutralDesignatedLocation"),
)  # fmt: skip
TRAIL: tuple[Node, ...] = (
    BOOL("order.continuousUpdate"), INT("order.referencePriceType"),
    FLOAT_UNSET("order.trailStopPrice"),
    FLOAT_UNSET("order.trailingPercent", message_version=30),
)  # fmt: skip
COMBO: tuple[Node, ...] = (
    STR("contract.comboLegsDescrip"), *since_message_version(29, TRADED_LEGS), COMBO_PRICES,
    SMART_COMBO_ROUTING,
    INT_UNSET("order.notSuppScaleNumComponents", message_version=-20),
    INT_UNSET("order.scaleInitLevelSize", message_version=-20),
    FLOAT_UNSET("order.scalePriceIncrement", message_version=-20),
    *since_message_version(20, *SCALE[:3]), SCALE[3], *HEDGE,
)  # fmt: skip
ALGO_AND_DELTA: tuple[Node, ...] = (
    NOT_HELD,
    DELTA_NEUTRAL,
    *ALGO,
    BOOL("order.solicited", message_version=33),
)
STOP_OFFSET: tuple[Node, ...] = many(FLOAT, "order", "trailStopPrice lmtPriceOffset")
CASH: tuple[Node, ...] = (
    FLOAT("order.cashQty", since=v.CASH_QTY),
    BOOL("order.dontUseAutoPriceForHedge", since=v.AUTO_PRICE_FOR_HEDGE),
    BOOL("order.isOmsContainer", since=v.ORDER_CONTAINER),
)  # fmt: skip
PEG_OFFSETS: tuple[Node, ...] = (
    *many(INT_UNSET, "order", "minTradeQty minCompeteSize", since=v.PEGBEST_PEGMID_OFFSETS),
    *many(
        FLOAT_UNSET, "order", "competeAgainstBestOffset midOffsetAtWhole midOffsetAtHalf",
        since=v.PEGBEST_PEGMID_OFFSETS
    ),
    STR("order.customerAccount", since=v.CUSTOMER_ACCOUNT),
    BOOL("order.professionalCustomer", since=v.PROFESSIONAL_CUSTOMER),
)  # fmt: skip

# --- openOrder alone ---

OUTSIDE_RTH = "MarginBeforeOutsideRTH MarginChangeOutsideRTH MarginAfterOutsideRTH"
MARGINS_OUTSIDE_RTH = " ".join(
    f"init{m} maint{m} {m.replace('Margin', 'equityWithLoan')}" for m in OUTSIDE_RTH.split()
)
WHAT_IF: tuple[Node, ...] = (
    BOOL("order.whatIf"), STR("orderState.status"),
    *many(
        STR, "orderState", "initMarginBefore maintMarginBefore equityWithLoanBefore",
        since=v.WHAT_IF_EXT_FIELDS
    ),
    *many(
        STR, "orderState", "initMarginChange maintMarginChange equityWithLoanChange",
        since=v.WHAT_IF_EXT_FIELDS
    ),
    *many(STR, "orderState", "initMarginAfter maintMarginAfter equityWithLoanAfter"),
    *many(FLOAT_UNSET, "orderState", "commissionAndFees minCommissionAndFees maxCommissionAndFees"),
    STR("orderState.commissionAndFeesCurrency"),
    STR("orderState.marginCurrency", since=v.FULL_ORDER_PREVIEW_FIELDS),
    *many(FLOAT_UNSET, "orderState", MARGINS_OUTSIDE_RTH, since=v.FULL_ORDER_PREVIEW_FIELDS),
    DECIMAL("orderState.suggestedSize", since=v.FULL_ORDER_PREVIEW_FIELDS),
    STR("orderState.rejectReason", since=v.FULL_ORDER_PREVIEW_FIELDS),
    Repeated("orderState.orderAllocations", Row(OrderAllocation, (
        STR("account"),
        *many(
            DECIMAL, "", "position positionDesired positionAfter desiredAllocQty allowedAllocQty"
        ),
        BOOL("isMonetary"),
    )), since=v.FULL_ORDER_PREVIEW_FIELDS),
    STR("orderState.warningText"),
)  # fmt: skip
ADJUSTED: tuple[Node, ...] = (
    STR("order.adjustedOrderType", since=v.PEGGED_TO_BENCHMARK),
    *many(
        FLOAT, "order", "triggerPrice trailStopPrice lmtPriceOffset", since=v.PEGGED_TO_BENCHMARK
    ),
    *many(
        FLOAT, "order", "adjustedStopPrice adjustedStopLimitPrice adjustedTrailingAmount",
        since=v.PEGGED_TO_BENCHMARK
    ),
    INT("order.adjustableTrailingUnit", since=v.PEGGED_TO_BENCHMARK),
    *many(STR, "order.softDollarTier", "name val displayName", since=v.SOFT_DOLLAR_TIER),
)  # fmt: skip
LATEST: tuple[Node, ...] = (
    STR("order.bondAccruedInterest", since=v.BOND_ACCRUED_INTEREST),
    BOOL("order.includeOvernight", since=v.INCLUDE_OVERNIGHT),
    STR("order.extOperator", since=v.CME_TAGGING_FIELDS_IN_OPEN_ORDER),
    INT_UNSET("order.manualOrderIndicator", since=v.CME_TAGGING_FIELDS_IN_OPEN_ORDER),
    STR("order.submitter", since=v.SUBMITTER), BOOL("order.imbalanceOnly", since=v.IMBALANCE_ONLY),
)  # fmt: skip

MESSAGES: tuple[Incoming, ...] = (
    incoming(
        "orderStatus", IN.ORDER_STATUS, MessageVersion(6, until=v.MARKET_CAP_PRICE),
        INT("orderId", absent=UNSET_INTEGER), STR("status"), *many(DECIMAL, "", "filled remaining"),
        FLOAT("avgFillPrice", absent=UNSET_DOUBLE), LONG("permId", absent=UNSET_LONG),
        INT("parentId", absent=UNSET_INTEGER), FLOAT("lastFillPrice", absent=UNSET_DOUBLE),
        INT("clientId", absent=UNSET_INTEGER), STR("whyHeld"),
        FLOAT(
            "mktCapPrice", since=v.MARKET_CAP_PRICE, default=None, absent=UNSET_DOUBLE
        ),
        pb=Pb("OrderStatus", v.PROTOBUF_PLACE_ORDER),
    ),
    incoming(
        "openOrder", IN.OPEN_ORDER, MessageVersion(34, until=v.ORDER_CONTAINER),
        INT("orderId", also="order.orderId"), LEG_PRICES, *TERMS, INT("order.clientId"),
        LONG("order.permId"), *ORDER_FLAGS, Fixed(), *ALLOCATION, INT("order.auctionStrategy"),
        *BOX, INT_UNSET("order.displaySize"), BOOL("order.blockOrder"), *QUANTITIES, Fixed("'0'"),
        Fixed("'0'"), Fixed(), INT("order.parentId"), INT("order.triggerMethod"), *VOLATILITY,
        When(HAS_DELTA_NEUTRAL, (
            INT("order.deltaNeutralConId"),
            *many(
                STR, "order",
                "deltaNeutralSettlingFirm deltaNeutralClearingAccount deltaNeutralClearingIntent"
            ),
        ), message_version=27),
        When(
            HAS_DELTA_NEUTRAL, (STR("order.deltaNeutralOpenClose"), *SHORT_SALE), message_version=31
        ),
        *TRAIL, FLOAT_UNSET("order.basisPoints"), INT_UNSET("order.basisPointsType"), *COMBO,
        BOOL("order.optOutSmartRouting", message_version=25), *CLEARING, *ALGO_AND_DELTA, *WHAT_IF,
        *RANDOMIZE, PEG_BENCH, *CONDITIONS, *ADJUSTED, *CASH,
        BOOL("order.discretionaryUpToLimitPrice", since=v.D_PEG_ORDERS),
        BOOL("order.usePriceMgmtAlgo", since=v.PRICE_MGMT_ALGO),
        INT_UNSET("order.duration", since=v.DURATION),
        INT_UNSET("order.postToAts", since=v.POST_TO_ATS),
        BOOL("order.autoCancelParent", since=v.AUTO_CANCEL_PARENT), *PEG_OFFSETS, *LATEST,
        classes=CLASSES, pb=Pb("OpenOrder", v.PROTOBUF_PLACE_ORDER),
    ),
    incoming(
        "openOrderEnd", IN.OPEN_ORDER_END, MessageVersion(1),
        pb=Pb("OpenOrdersEnd", v.PROTOBUF_PLACE_ORDER)
    ),
    incoming(
        "completedOrder", IN.COMPLETED_ORDER, LEG_PRICES, *TERMS, LONG("order.permId"),
        *ORDER_FLAGS, *ALLOCATION, *BOX, INT_UNSET("order.displaySize"), *QUANTITIES,
        INT("order.triggerMethod"), *VOLATILITY,
        When(HAS_DELTA_NEUTRAL, (INT("order.deltaNeutralConId"), *SHORT_SALE)), *TRAIL, *COMBO,
        *CLEARING, *ALGO_AND_DELTA, STR("orderState.status"), *RANDOMIZE, PEG_BENCH, *CONDITIONS,
        *STOP_OFFSET, *CASH, STR("order.autoCancelDate"), DECIMAL("order.filledQuantity"),
        INT("order.refFuturesConId"), BOOL("order.autoCancelParent"), STR("order.shareholder"),
        *many(BOOL, "order", "imbalanceOnly routeMarketableToBbo"), LONG("order.parentPermId"),
        *many(STR, "orderState", "completedTime completedStatus"), *PEG_OFFSETS,
        STR("order.submitter", since=v.SUBMITTER), classes=CLASSES,
        pb=Pb("CompletedOrder", v.PROTOBUF_COMPLETED_ORDER),
    ),
    incoming(
        "completedOrdersEnd", IN.COMPLETED_ORDERS_END,
        pb=Pb("CompletedOrdersEnd", v.PROTOBUF_COMPLETED_ORDER)
    ),
    incoming(
        "orderBound", IN.ORDER_BOUND, LONG("permId", absent=UNSET_LONG),
        *many(INT, "", "clientId orderId", absent=UNSET_INTEGER),
        pb=Pb("OrderBound", v.PROTOBUF_COMPLETED_ORDER)
    ),
    incoming(
        "execDetails", IN.EXECUTION_DATA, MessageVersion(10, until=v.LAST_LIQUIDITY),
        INT("reqId", message_version=7, default=-1), INT("execution.orderId"), *contract_head(),
        STR("contract.multiplier", message_version=9),
        *many(STR, "contract", "exchange currency localSymbol"),
        STR("contract.tradingClass", message_version=10),
        *many(STR, "execution", "execId time acctNumber exchange side"),
        DECIMAL("execution.shares"), FLOAT("execution.price"), LONG("execution.permId"),
        *many(INT, "execution", "clientId liquidation"),
        *since_message_version(6, DECIMAL("execution.cumQty"), FLOAT("execution.avgPrice")),
        STR("execution.orderRef", message_version=8),
        *since_message_version(9, STR("execution.evRule"), FLOAT("execution.evMultiplier")),
        STR("execution.modelCode", since=v.MODELS_SUPPORT),
        INT("execution.lastLiquidity", since=v.LAST_LIQUIDITY),
        BOOL("execution.pendingPriceRevision", since=v.PENDING_PRICE_REVISION),
        STR("execution.submitter", since=v.SUBMITTER), classes=CLASSES,
        calls=(Call("execDetails", "reqId, contract, execution"),),
        pb=Pb("ExecutionDetails", v.PROTOBUF),
    ),
    incoming(
        "execDetailsEnd", IN.EXECUTION_DATA_END, MessageVersion(1), INT("reqId"),
        pb=Pb("ExecutionDetailsEnd", v.PROTOBUF)
    ),
    incoming(
        "commissionAndFeesReport", IN.COMMISSION_AND_FEES_REPORT, MessageVersion(1),
        STR("commissionAndFeesReport.execId"),
        FLOAT("commissionAndFeesReport.commissionAndFees"), STR("commissionAndFeesReport.currency"),
        *many(FLOAT, "commissionAndFeesReport", "realizedPNL yield_"),
        INT("commissionAndFeesReport.yieldRedemptionDate"),
        classes={"commissionAndFeesReport": CommissionAndFeesReport},
        pb=Pb(
            "CommissionAndFeesReport", v.PROTOBUF_REST_MESSAGES_1,
            objects={"commissionAndFeesReport": ""},
        ),
    ),
)  # fmt: skip

TAGGING = "ext operator and manual order indicator parameters"
MANUAL_ORDER: tuple[Node, ...] = (
    STR("orderCancel.extOperator", since=v.CME_TAGGING_FIELDS, needs=TAGGING),
    INT_DIGITS("orderCancel.manualOrderIndicator", since=v.CME_TAGGING_FIELDS, needs=TAGGING),
)

# --- placeOrder, in four runs ---

PLACED: tuple[Node, ...] = (
    Fixed("45", until=v.ORDER_CONTAINER), INT("orderId"), *CONTRACT,
    *many(STR, "contract", "secIdType secId"), STR("order.action"),
    WHOLE("order.totalQuantity", until=v.FRACTIONAL_POSITIONS),
    DECIMAL("order.totalQuantity", since=v.FRACTIONAL_POSITIONS), *ORDER_TERMS,
    BOOL("order.transmit"), INT("order.parentId"), *many(BOOL, "order", "blockOrder sweepToFill"),
    *many(INT, "order", "displaySize triggerMethod"), *many(BOOL, "order", "outsideRth hidden"),
    When(IS_COMBO, (TRADED_LEGS, COMBO_PRICES, SMART_COMBO_ROUTING)), Fixed(),
    FLOAT("order.discretionaryAmt"),
    *many(STR, "order", "goodAfterTime goodTillDate faGroup faMethod faPercentage"),
    Fixed(until=v.FA_PROFILE_DESUPPORT),
    STR("order.modelCode", since=v.MODELS_SUPPORT, needs="model code parameter"),
    INT("order.shortSaleSlot"), STR("order.designatedLocation"),
    *many(INT, "order", "exemptCode ocaType"),
    *many(STR, "order", "rule80A settlingFirm"), BOOL("order.allOrNone"), INT_UNSET("order.minQty"),
    FLOAT_UNSET("order.percentOffset"),
    Fixed("0", flag="order.eTradeOnly"), Fixed("0", flag="order.firmQuoteOnly"), Fixed(),
    INT("order.auctionStrategy"), *BOX,
)  # fmt: skip
PLACED_VOLATILITY: tuple[Node, ...] = (
    BOOL("order.overridePercentageConstraints"), FLOAT_UNSET("order.volatility"),
    INT_UNSET("order.volatilityType"),
    STR("order.deltaNeutralOrderType"), FLOAT_UNSET("order.deltaNeutralAuxPrice"),
    When(HAS_DELTA_NEUTRAL, (
        INT("order.deltaNeutralConId"),
        *many(
            STR, "order",
            "deltaNeutralSettlingFirm deltaNeutralClearingAccount deltaNeutralClearingIntent "
            "deltaNeutralOpenClose"
        ),
        *SHORT_SALE,
    )),
    BOOL("order.continuousUpdate"), INT_UNSET("order.referencePriceType"),
    *many(FLOAT_UNSET, "order", "trailStopPrice trailingPercent"),
    *SCALE, *many(STR, "order", "scaleTable activeStartTime activeStopTime"), *HEDGE,
    BOOL("order.optOutSmartRouting"), *CLEARING,
    NOT_HELD, DELTA_NEUTRAL, *ALGO, STR("order.algoId"), BOOL("order.whatIf"),
    OPTIONS("order.orderMiscOptions"), BOOL("order.solicited"),
    *RANDOMIZE, PEG_BENCH, *CONDITIONS,
)  # fmt: skip
PLACED_ADJUSTED: tuple[Node, ...] = (
    STR("order.adjustedOrderType", since=v.PEGGED_TO_BENCHMARK),
    *many(
        FLOAT, "order", "triggerPrice lmtPriceOffset adjustedStopPrice", since=v.PEGGED_TO_BENCHMARK
    ),
    *many(
        FLOAT, "order", "adjustedStopLimitPrice adjustedTrailingAmount", since=v.PEGGED_TO_BENCHMARK
    ),
    INT("order.adjustableTrailingUnit", since=v.PEGGED_TO_BENCHMARK),
    STR("order.extOperator", since=v.EXT_OPERATOR, needs="ext operator parameter"),
    *many(
        STR, "order.softDollarTier", "name val", since=v.SOFT_DOLLAR_TIER, needs="soft dollar tier"
    ),
    # any cash quantity but 0 counts as set, the unset value too: that is how IB's client refuses it
    FLOAT("order.cashQty", since=v.CASH_QTY, needs="cash quantity parameter"),
    *many(
        STR, "order", "mifid2DecisionMaker mifid2DecisionAlgo", since=v.DECISION_MAKER,
        needs="MIFID II decision maker parameters"
    ),
    *many(
        STR, "order", "mifid2ExecutionTrader mifid2ExecutionAlgo", since=v.MIFID_EXECUTION,
        needs="MIFID II execution parameters"
    ),
    BOOL(
        "order.dontUseAutoPriceForHedge", since=v.AUTO_PRICE_FOR_HEDGE,
        needs="dontUseAutoPriceForHedge parameter"
    ),
    BOOL("order.isOmsContainer", since=v.ORDER_CONTAINER, needs="oms container parameter"),
    BOOL("order.discretionaryUpToLimitPrice", since=v.D_PEG_ORDERS),
    TRISTATE(
        "order.usePriceMgmtAlgo", since=v.PRICE_MGMT_ALGO,
        needs="Use price management algo requests"
    ),
    INT_DIGITS("order.duration", since=v.DURATION, needs="duration attribute"),
    INT_DIGITS("order.postToAts", since=v.POST_TO_ATS, needs="postToAts attribute"),
    BOOL("order.autoCancelParent", since=v.AUTO_CANCEL_PARENT, needs="autoCancelParent attribute"),
    STR(
        "order.advancedErrorOverride", since=v.ADVANCED_ORDER_REJECT,
        needs="advanced error override attribute"
    ),
    STR("order.manualOrderTime", since=v.MANUAL_ORDER_TIME, needs="manual order time attribute"),
)  # fmt: skip
PEG_PARAMETERS = "PEG BEST / PEG MID order parameters"
PEG_NEEDS: dict[str, Any] = {"since": v.PEGBEST_PEGMID_OFFSETS, "needs": PEG_PARAMETERS}
PLACED_LATEST: tuple[Node, ...] = (
    When(
        "contract.exchange == 'IBKRATS'", (INT_UNSET("order.minTradeQty", **PEG_NEEDS),),
        since=v.PEGBEST_PEGMID_OFFSETS
    ),
    When("order.orderType in ('PEG BEST', 'PEGBEST')", (
        INT_UNSET("order.minCompeteSize", **PEG_NEEDS),
        INFINITE_UNSET("order.competeAgainstBestOffset", **PEG_NEEDS),
    ), since=v.PEGBEST_PEGMID_OFFSETS),
    When(
        "order.orderType in ('PEG MID', 'PEGMID') or order.orderType in ('PEG BEST', 'PEGBEST') "
        "and order.competeAgainstBestOffset == UP_TO_MID",
        many(FLOAT_UNSET, "order", "midOffsetAtWhole midOffsetAtHalf", **PEG_NEEDS),
        since=v.PEGBEST_PEGMID_OFFSETS,
    ),
    STR("order.customerAccount", since=v.CUSTOMER_ACCOUNT, needs="customer account parameter"),
    BOOL(
        "order.professionalCustomer", since=v.PROFESSIONAL_CUSTOMER,
        needs="professional customer parameter"
    ),
    Fixed(since=v.RFQ_FIELDS, until=v.UNDO_RFQ_FIELDS),
    Fixed("UNSET_INTEGER", since=v.RFQ_FIELDS, until=v.UNDO_RFQ_FIELDS),
    BOOL("order.includeOvernight", since=v.INCLUDE_OVERNIGHT, needs="include overnight parameter"),
    INT_DIGITS(
        "order.manualOrderIndicator", since=v.CME_TAGGING_FIELDS,
        needs="manual order indicator parameters", has_request_id=False
    ),
    BOOL("order.imbalanceOnly", since=v.IMBALANCE_ONLY, needs="imbalance only parameter"),
)  # fmt: skip

# a False counts too, but in a generation where it stands for "not set"
TRISTATE_SET = "order.{name} is not None and (order.{name} or {name!r} not in FALSE_IS_UNSET)"


def later(since: int, make: Callable[..., Field], names: str) -> tuple[Field, ...]:
    """Return attributes of an order that Protocol Buffers alone have, each with what is said of it
    to a program whose server is too old for it.
    """
    return tuple(
        make(
            f"order.{name}", since=since, needs=f"the order parameter {name}", text=False,
            when_set=TRISTATE_SET.format(name=name) if make is TRISTATE else ""
        )
        for name in names.split()
    )  # fmt: skip


PLACED_IN_PROTOBUF: tuple[Node, ...] = (
    LEG_PRICES,
    SubMessage("order", pb="attachedOrders"),
    *later(v.ADDITIONAL_ORDER_PARAMS_1, BOOL, "deactivate postOnly allowPreOpen ignoreOpenAuction"),
    *later(v.ADDITIONAL_ORDER_PARAMS_2, TRISTATE, "routeMarketableToBbo seekPriceImprovement"),
    *later(v.ADDITIONAL_ORDER_PARAMS_2, INT_UNSET, "whatIfType"),
    *later(v.HEDGE_MAX_SIZE, INT_UNSET, "hedgeMaxSize"),
    *later(v.COND_ORDER_WITH_OVERNIGHT_PARAM, BOOL, "conditionsIncludeOvernight"),
    *later(v.ATTACHED_ORDERS, INT_UNSET, "slOrderId"),
    *later(v.ATTACHED_ORDERS, STR, "slOrderType"),
    *later(v.ATTACHED_ORDERS, INT_UNSET, "ptOrderId"),
    *later(v.ATTACHED_ORDERS, STR, "ptOrderType"),
)

REQUESTS: tuple[Request, ...] = (
    request(
        "placeOrder", OUT.PLACE_ORDER, "orderId contract order", *PLACED, *PLACED_VOLATILITY,
        *PLACED_ADJUSTED, *PLACED_LATEST, *PLACED_IN_PROTOBUF, classes=CLASSES,
        constants={
            "UP_TO_MID": COMPETE_AGAINST_BEST_OFFSET_UP_TO_MID, "FALSE_IS_UNSET": FALSE_IS_UNSET
        },
        pb=Pb("PlaceOrderRequest", v.PROTOBUF_PLACE_ORDER),
    ),
    request(
        "cancelOrder", OUT.CANCEL_ORDER, "orderId orderCancel",
        Fixed("1", until=v.CME_TAGGING_FIELDS), INT("orderId"),
        STR(
            "orderCancel.manualOrderCancelTime", since=v.MANUAL_ORDER_TIME,
            needs="manual order cancel time attribute"
        ),
        *(
        Fixed(written, since=v.RFQ_FIELDS, until=v.UNDO_RFQ_FIELDS)
        for written in ("''", "''", "UNSET_INTEGER")
    ),
        *MANUAL_ORDER, classes=CLASSES, pb=Pb("CancelOrderRequest", v.PROTOBUF_PLACE_ORDER),
    ),
    request(
        "reqGlobalCancel", OUT.REQ_GLOBAL_CANCEL, "orderCancel",
        Fixed("1", until=v.CME_TAGGING_FIELDS), *MANUAL_ORDER, classes=CLASSES,
        pb=Pb("GlobalCancelRequest", v.PROTOBUF_PLACE_ORDER),
    ),
    request(
        "reqOpenOrders", OUT.REQ_OPEN_ORDERS, "", Fixed("1"),
        pb=Pb("OpenOrdersRequest", v.PROTOBUF_COMPLETED_ORDER)
    ),
    request(
        "reqAutoOpenOrders", OUT.REQ_AUTO_OPEN_ORDERS, "bAutoBind", Fixed("1"),
        BOOL("bAutoBind", pb="autoBind"),
        pb=Pb("AutoOpenOrdersRequest", v.PROTOBUF_COMPLETED_ORDER),
    ),
    request(
        "reqAllOpenOrders", OUT.REQ_ALL_OPEN_ORDERS, "", Fixed("1"),
        pb=Pb("AllOpenOrdersRequest", v.PROTOBUF_COMPLETED_ORDER)
    ),
    request(
        "reqCompletedOrders", OUT.REQ_COMPLETED_ORDERS, "apiOnly", BOOL("apiOnly"),
        pb=Pb("CompletedOrdersRequest", v.PROTOBUF_COMPLETED_ORDER)
    ),
    request(
        "exerciseOptions", OUT.EXERCISE_OPTIONS,
        "reqId contract exerciseAction exerciseQuantity account override manualOrderTime "
        "customerAccount professionalCustomer",
        Fixed("2"), INT("reqId", pb="orderId"), *CONTRACT_BEFORE_EXCHANGE, STR("contract.exchange"),
        *CONTRACT_AFTER_EXCHANGE, *many(INT, "", "exerciseAction exerciseQuantity"), STR("account"),
        INT("override"),
        STR(
            "manualOrderTime", since=v.MANUAL_ORDER_TIME_EXERCISE_OPTIONS,
            needs="manual order time parameter in exerciseOptions"
        ),
        STR(
            "customerAccount", since=v.CUSTOMER_ACCOUNT,
            needs="customer account parameter in exerciseOptions"
        ),
        BOOL(
            "professionalCustomer", since=v.PROFESSIONAL_CUSTOMER,
            needs="professional customer parameter in exerciseOptions"
        ),
        classes=CLASSES, pb=Pb("ExerciseOptionsRequest", v.PROTOBUF_REST_MESSAGES_1),
    ),
    request(
        "reqExecutions", OUT.REQ_EXECUTIONS, "reqId execFilter", Fixed("3"), INT("reqId"),
        INT("execFilter.clientId"),
        *many(STR, "execFilter", "acctCode time symbol secType exchange side"),
        INT_DIGITS(
            "execFilter.lastNDays", since=v.PARAMETRIZED_DAYS_OF_EXECUTIONS,
            needs="last N days and specific dates parameters"
        ),
        Repeated(
            "execFilter.specificDates", Row(None, (INT(),)), since=v.PARAMETRIZED_DAYS_OF_EXECUTIONS
        ),
        gates=(
            Gate(
                "execFilter.specificDates is not None",
                "It does not support last N days and specific dates parameters.",
                below=v.PARAMETRIZED_DAYS_OF_EXECUTIONS,
            ),
        ),
        classes=CLASSES,
        pb=Pb("ExecutionRequest", v.PROTOBUF, objects={"execFilter": "executionFilter"}),
    ),
)  # fmt: skip
