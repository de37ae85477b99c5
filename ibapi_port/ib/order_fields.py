"""Names and types of what can be given by name to the helpers that make orders, for type checkers
and editors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from ibapi_port._conditions import OrderCondition
    from ibapi_port.ib._named import Number
    from ibapi_port.order import OrderComboLeg
    from ibapi_port.softdollartier import SoftDollarTier
    from ibapi_port.tag_value import TagValue

__all__ = ["OrderFields"]


class OrderFields(TypedDict, total=False):
    """The attributes of Order but for action, quantity, type and those that set the price."""

    softDollarTier: SoftDollarTier
    orderId: int
    clientId: int
    permId: int
    tif: str
    activeStartTime: str
    activeStopTime: str
    ocaGroup: str
    ocaType: int
    orderRef: str
    transmit: bool
    parentId: int
    blockOrder: bool
    sweepToFill: bool
    displaySize: int
    triggerMethod: int
    outsideRth: bool
    hidden: bool
    goodAfterTime: str
    goodTillDate: str
    rule80A: str
    allOrNone: bool
    minQty: int
    percentOffset: float
    overridePercentageConstraints: bool
    faGroup: str
    faMethod: str
    faPercentage: str
    designatedLocation: str
    openClose: str
    origin: int
    shortSaleSlot: int
    exemptCode: int
    discretionaryAmt: float
    optOutSmartRouting: bool
    auctionStrategy: int
    startingPrice: float
    stockRefPrice: float
    delta: float
    stockRangeLower: float
    stockRangeUpper: float
    randomizePrice: bool
    randomizeSize: bool
    volatility: float
    volatilityType: int
    deltaNeutralOrderType: str
    deltaNeutralAuxPrice: float
    deltaNeutralConId: int
    deltaNeutralSettlingFirm: str
    deltaNeutralClearingAccount: str
    deltaNeutralClearingIntent: str
    deltaNeutralOpenClose: str
    deltaNeutralShortSale: bool
    deltaNeutralShortSaleSlot: int
    deltaNeutralDesignatedLocation: str
    continuousUpdate: bool
    referencePriceType: int
    basisPoints: float
    basisPointsType: int
    scaleInitLevelSize: int
    scaleSubsLevelSize: int
    scalePriceIncrement: float
    scalePriceAdjustValue: float
    scalePriceAdjustInterval: int
    scaleProfitOffset: float
    scaleAutoReset: bool
    scaleInitPosition: int
    scaleInitFillQty: int
    scaleRandomPercent: bool
    scaleTable: str
    hedgeType: str
    hedgeParam: str
    hedgeMaxSize: int
    account: str
    settlingFirm: str
    clearingAccount: str
    clearingIntent: str
    algoStrategy: str
    algoParams: list[TagValue] | None
    smartComboRoutingParams: list[TagValue] | None
    algoId: str
    whatIf: bool
    notHeld: bool
    solicited: bool
    modelCode: str
    orderComboLegs: list[OrderComboLeg] | None
    orderMiscOptions: list[TagValue] | None
    referenceContractId: int
    peggedChangeAmount: float
    isPeggedChangeAmountDecrease: bool
    referenceChangeAmount: float
    referenceExchangeId: str
    adjustedOrderType: str
    triggerPrice: float
    adjustedStopPrice: float
    adjustedStopLimitPrice: float
    adjustedTrailingAmount: float
    adjustableTrailingUnit: int
    conditions: list[OrderCondition]
    conditionsCancelOrder: bool
    conditionsIgnoreRth: bool
    conditionsIncludeOvernight: bool
    extOperator: str
    cashQty: float
    mifid2DecisionMaker: str
    mifid2DecisionAlgo: str
    mifid2ExecutionTrader: str
    mifid2ExecutionAlgo: str
    dontUseAutoPriceForHedge: bool
    isOmsContainer: bool
    discretionaryUpToLimitPrice: bool
    autoCancelDate: str
    filledQuantity: Number
    refFuturesConId: int
    autoCancelParent: bool
    shareholder: str
    imbalanceOnly: bool
    routeMarketableToBbo: bool | None
    parentPermId: int
    usePriceMgmtAlgo: bool | None
    duration: int
    postToAts: int
    advancedErrorOverride: str
    manualOrderTime: str
    minTradeQty: int
    minCompeteSize: int
    competeAgainstBestOffset: float
    midOffsetAtWhole: float
    midOffsetAtHalf: float
    customerAccount: str
    professionalCustomer: bool
    bondAccruedInterest: str
    includeOvernight: bool
    manualOrderIndicator: int
    submitter: str
    postOnly: bool
    allowPreOpen: bool
    ignoreOpenAuction: bool
    deactivate: bool
    seekPriceImprovement: bool | None
    whatIfType: int
    slOrderId: int
    slOrderType: str
    ptOrderId: int
    ptOrderType: str
