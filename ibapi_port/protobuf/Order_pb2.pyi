from collections.abc import Iterable, Mapping

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import (
    RepeatedCompositeFieldContainer,
    ScalarMap,
)
from google.protobuf.message import Message

from .OrderCondition_pb2 import OrderCondition
from .SoftDollarTier_pb2 import SoftDollarTier

DESCRIPTOR: FileDescriptor

class Order(Message):
    clientId: int
    orderId: int
    permId: int
    parentId: int
    action: str
    totalQuantity: str
    displaySize: int
    orderType: str
    lmtPrice: float
    auxPrice: float
    tif: str
    account: str
    settlingFirm: str
    clearingAccount: str
    clearingIntent: str
    allOrNone: bool
    blockOrder: bool
    hidden: bool
    outsideRth: bool
    sweepToFill: bool
    percentOffset: float
    trailingPercent: float
    trailStopPrice: float
    minQty: int
    goodAfterTime: str
    goodTillDate: str
    ocaGroup: str
    orderRef: str
    rule80A: str
    ocaType: int
    triggerMethod: int
    activeStartTime: str
    activeStopTime: str
    faGroup: str
    faMethod: str
    faPercentage: str
    volatility: float
    volatilityType: int
    continuousUpdate: bool
    referencePriceType: int
    deltaNeutralOrderType: str
    deltaNeutralAuxPrice: float
    deltaNeutralConId: int
    deltaNeutralOpenClose: str
    deltaNeutralShortSale: bool
    deltaNeutralShortSaleSlot: int
    deltaNeutralDesignatedLocation: str
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
    algoStrategy: str
    @property
    def algoParams(self) -> ScalarMap[str, str]: ...
    algoId: str
    @property
    def smartComboRoutingParams(self) -> ScalarMap[str, str]: ...
    whatIf: bool
    transmit: bool
    overridePercentageConstraints: bool
    openClose: str
    origin: int
    shortSaleSlot: int
    designatedLocation: str
    exemptCode: int
    deltaNeutralSettlingFirm: str
    deltaNeutralClearingAccount: str
    deltaNeutralClearingIntent: str
    discretionaryAmt: float
    optOutSmartRouting: bool
    startingPrice: float
    stockRefPrice: float
    delta: float
    stockRangeLower: float
    stockRangeUpper: float
    notHeld: bool
    @property
    def orderMiscOptions(self) -> ScalarMap[str, str]: ...
    solicited: bool
    randomizeSize: bool
    randomizePrice: bool
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
    lmtPriceOffset: float
    @property
    def conditions(self) -> RepeatedCompositeFieldContainer[OrderCondition]: ...
    conditionsCancelOrder: bool
    conditionsIgnoreRth: bool
    modelCode: str
    extOperator: str
    @property
    def softDollarTier(self) -> SoftDollarTier: ...
    cashQty: float
    mifid2DecisionMaker: str
    mifid2DecisionAlgo: str
    mifid2ExecutionTrader: str
    mifid2ExecutionAlgo: str
    dontUseAutoPriceForHedge: bool
    isOmsContainer: bool
    discretionaryUpToLimitPrice: bool
    autoCancelDate: str
    filledQuantity: str
    refFuturesConId: int
    autoCancelParent: bool
    shareholder: str
    imbalanceOnly: bool
    routeMarketableToBbo: int
    parentPermId: int
    usePriceMgmtAlgo: int
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
    deactivate: bool
    postOnly: bool
    allowPreOpen: bool
    ignoreOpenAuction: bool
    seekPriceImprovement: int
    whatIfType: int
    hedgeMaxSize: int
    conditionsIncludeOvernight: bool
    def __init__(
        self,
        *,
        clientId: int | None = None,
        orderId: int | None = None,
        permId: int | None = None,
        parentId: int | None = None,
        action: str | None = None,
        totalQuantity: str | None = None,
        displaySize: int | None = None,
        orderType: str | None = None,
        lmtPrice: float | None = None,
        auxPrice: float | None = None,
        tif: str | None = None,
        account: str | None = None,
        settlingFirm: str | None = None,
        clearingAccount: str | None = None,
        clearingIntent: str | None = None,
        allOrNone: bool | None = None,
        blockOrder: bool | None = None,
        hidden: bool | None = None,
        outsideRth: bool | None = None,
        sweepToFill: bool | None = None,
        percentOffset: float | None = None,
        trailingPercent: float | None = None,
        trailStopPrice: float | None = None,
        minQty: int | None = None,
        goodAfterTime: str | None = None,
        goodTillDate: str | None = None,
        ocaGroup: str | None = None,
        orderRef: str | None = None,
        rule80A: str | None = None,
        ocaType: int | None = None,
        triggerMethod: int | None = None,
        activeStartTime: str | None = None,
        activeStopTime: str | None = None,
        faGroup: str | None = None,
        faMethod: str | None = None,
        faPercentage: str | None = None,
        volatility: float | None = None,
        volatilityType: int | None = None,
        continuousUpdate: bool | None = None,
        referencePriceType: int | None = None,
        deltaNeutralOrderType: str | None = None,
        deltaNeutralAuxPrice: float | None = None,
        deltaNeutralConId: int | None = None,
        deltaNeutralOpenClose: str | None = None,
        deltaNeutralShortSale: bool | None = None,
        deltaNeutralShortSaleSlot: int | None = None,
        deltaNeutralDesignatedLocation: str | None = None,
        scaleInitLevelSize: int | None = None,
        scaleSubsLevelSize: int | None = None,
        scalePriceIncrement: float | None = None,
        scalePriceAdjustValue: float | None = None,
        scalePriceAdjustInterval: int | None = None,
        scaleProfitOffset: float | None = None,
        scaleAutoReset: bool | None = None,
        scaleInitPosition: int | None = None,
        scaleInitFillQty: int | None = None,
        scaleRandomPercent: bool | None = None,
        scaleTable: str | None = None,
        hedgeType: str | None = None,
        hedgeParam: str | None = None,
        algoStrategy: str | None = None,
        algoParams: Mapping[str, str] | None = None,
        algoId: str | None = None,
        smartComboRoutingParams: Mapping[str, str] | None = None,
        whatIf: bool | None = None,
        transmit: bool | None = None,
        overridePercentageConstraints: bool | None = None,
        openClose: str | None = None,
        origin: int | None = None,
        shortSaleSlot: int | None = None,
        designatedLocation: str | None = None,
        exemptCode: int | None = None,
        deltaNeutralSettlingFirm: str | None = None,
        deltaNeutralClearingAccount: str | None = None,
        deltaNeutralClearingIntent: str | None = None,
        discretionaryAmt: float | None = None,
        optOutSmartRouting: bool | None = None,
        startingPrice: float | None = None,
        stockRefPrice: float | None = None,
        delta: float | None = None,
        stockRangeLower: float | None = None,
        stockRangeUpper: float | None = None,
        notHeld: bool | None = None,
        orderMiscOptions: Mapping[str, str] | None = None,
        solicited: bool | None = None,
        randomizeSize: bool | None = None,
        randomizePrice: bool | None = None,
        referenceContractId: int | None = None,
        peggedChangeAmount: float | None = None,
        isPeggedChangeAmountDecrease: bool | None = None,
        referenceChangeAmount: float | None = None,
        referenceExchangeId: str | None = None,
        adjustedOrderType: str | None = None,
        triggerPrice: float | None = None,
        adjustedStopPrice: float | None = None,
        adjustedStopLimitPrice: float | None = None,
        adjustedTrailingAmount: float | None = None,
        adjustableTrailingUnit: int | None = None,
        lmtPriceOffset: float | None = None,
        conditions: Iterable[OrderCondition] | None = None,
        conditionsCancelOrder: bool | None = None,
        conditionsIgnoreRth: bool | None = None,
        modelCode: str | None = None,
        extOperator: str | None = None,
        softDollarTier: SoftDollarTier | None = None,
        cashQty: float | None = None,
        mifid2DecisionMaker: str | None = None,
        mifid2DecisionAlgo: str | None = None,
        mifid2ExecutionTrader: str | None = None,
        mifid2ExecutionAlgo: str | None = None,
        dontUseAutoPriceForHedge: bool | None = None,
        isOmsContainer: bool | None = None,
        discretionaryUpToLimitPrice: bool | None = None,
        autoCancelDate: str | None = None,
        filledQuantity: str | None = None,
        refFuturesConId: int | None = None,
        autoCancelParent: bool | None = None,
        shareholder: str | None = None,
        imbalanceOnly: bool | None = None,
        routeMarketableToBbo: int | None = None,
        parentPermId: int | None = None,
        usePriceMgmtAlgo: int | None = None,
        duration: int | None = None,
        postToAts: int | None = None,
        advancedErrorOverride: str | None = None,
        manualOrderTime: str | None = None,
        minTradeQty: int | None = None,
        minCompeteSize: int | None = None,
        competeAgainstBestOffset: float | None = None,
        midOffsetAtWhole: float | None = None,
        midOffsetAtHalf: float | None = None,
        customerAccount: str | None = None,
        professionalCustomer: bool | None = None,
        bondAccruedInterest: str | None = None,
        includeOvernight: bool | None = None,
        manualOrderIndicator: int | None = None,
        submitter: str | None = None,
        deactivate: bool | None = None,
        postOnly: bool | None = None,
        allowPreOpen: bool | None = None,
        ignoreOpenAuction: bool | None = None,
        seekPriceImprovement: int | None = None,
        whatIfType: int | None = None,
        hedgeMaxSize: int | None = None,
        conditionsIncludeOvernight: bool | None = None,
    ) -> None: ...
