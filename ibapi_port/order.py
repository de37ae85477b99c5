"""Orders (placeOrder, openOrder, completedOrder)."""

from __future__ import annotations

from decimal import Decimal

from ibapi_port._conditions import OrderCondition
from ibapi_port._record import Ignored, field, record
from ibapi_port.const import DOUBLE_INFINITY, UNSET_DECIMAL, UNSET_DOUBLE, UNSET_INTEGER
from ibapi_port.object_implem import Object
from ibapi_port.softdollartier import SoftDollarTier
from ibapi_port.tag_value import TagValue
from ibapi_port.utils import decimalMaxString, floatMaxString, intMaxString, longMaxString

__all__ = [
    "AUCTION_IMPROVEMENT",
    "AUCTION_MATCH",
    "AUCTION_TRANSPARENT",
    "AUCTION_UNSET",
    "COMPETE_AGAINST_BEST_OFFSET_UP_TO_MID",
    "CUSTOMER",
    "DOUBLE_INFINITY",
    "FIRM",
    "UNKNOWN",
    "UNSET_DECIMAL",
    "UNSET_DOUBLE",
    "UNSET_INTEGER",
    "Object",
    "Order",
    "OrderComboLeg",
    "SoftDollarTier",
    "decimalMaxString",
    "floatMaxString",
    "intMaxString",
    "longMaxString",
]

CUSTOMER, FIRM, UNKNOWN = range(3)  # Order.origin

# Order.auctionStrategy
AUCTION_UNSET, AUCTION_MATCH, AUCTION_IMPROVEMENT, AUCTION_TRANSPARENT = range(4)

COMPETE_AGAINST_BEST_OFFSET_UP_TO_MID = DOUBLE_INFINITY  # a value of Order.competeAgainstBestOffset

# flags of Order that are None when unset, and were False in the generation in use
FALSE_IS_UNSET: set[str] = set()


@record
class OrderComboLeg(Object):
    """The price of one leg of a combination, in the order of Contract.comboLegs."""

    _text = "{price:f}"

    price: float = UNSET_DOUBLE


@record
class Order(Object):
    """An order. What is left at its default is not sent, or is sent as "not set"."""

    _text = (
        "{orderId:i},{clientId:i},{permId:l}: {orderType} {action} {totalQuantity:m}@{lmtPrice:f} "
        "{tif}"
    )

    softDollarTier: SoftDollarTier = field(default_factory=SoftDollarTier)

    # who the order is
    orderId: int = 0  # the client's number
    clientId: int = 0
    permId: int = 0  # TWS's number, the same for all clients and for good

    # what is asked for
    action: str = ""  # BUY, SELL, SSHORT
    totalQuantity: Decimal = UNSET_DECIMAL
    orderType: str = ""  # LMT, MKT, STP, ...
    lmtPrice: float = UNSET_DOUBLE
    auxPrice: float = UNSET_DOUBLE  # stop price, trailing amount or offset, by type

    # when and how
    tif: str = ""  # DAY, GTC, IOC, GTD, OPG, FOK, DTC
    activeStartTime: str = ""  # of GTC orders
    activeStopTime: str = ""
    ocaGroup: str = ""  # orders of a group cancel or reduce each other
    ocaType: int = 0  # 1: cancel with block, 2: reduce with block, 3: reduce without
    orderRef: str = ""  # free text of the client
    transmit: bool = True  # False: TWS keeps the order until it or its child is transmitted
    parentId: int = 0  # orderId of the order that this one waits for
    blockOrder: bool = False
    sweepToFill: bool = False
    displaySize: int = 0  # of iceberg orders
    triggerMethod: int = 0  # which price triggers a stop: PriceCondition.TriggerMethodEnum
    outsideRth: bool = False
    hidden: bool = False
    goodAfterTime: str = ""  # YYYYMMDD hh:mm:ss zone
    goodTillDate: str = ""  # likewise, for tif GTD
    # I individual, A agency, W other member; J, U, M the same with index arbitrage, K, Y, N program
    # trades
    rule80A: str = ""
    allOrNone: bool = False
    minQty: int = UNSET_INTEGER
    percentOffset: float = UNSET_DOUBLE  # REL orders, as a fraction
    overridePercentageConstraints: bool = False
    trailStopPrice: float = UNSET_DOUBLE
    trailingPercent: float = UNSET_DOUBLE  # TRAIL orders: 1.5 is 1.5 %

    # advisors: how the order is spread over accounts
    faGroup: str = ""
    faMethod: str = ""
    faPercentage: str = ""

    # institutions with clearing elsewhere
    designatedLocation: str = ""  # for shortSaleSlot 2
    openClose: str = ""  # O, C
    origin: int = CUSTOMER
    shortSaleSlot: int = 0  # 1: shares are held, 2: shares come from elsewhere
    exemptCode: int = -1

    # smart routing
    discretionaryAmt: float = 0  # how far the price may go beyond lmtPrice
    optOutSmartRouting: bool = False

    # BOX
    auctionStrategy: int = AUCTION_UNSET
    startingPrice: float = UNSET_DOUBLE
    stockRefPrice: float = UNSET_DOUBLE
    delta: float = UNSET_DOUBLE

    # pegged to stock, and volatility orders
    stockRangeLower: float = UNSET_DOUBLE
    stockRangeUpper: float = UNSET_DOUBLE

    randomizePrice: bool = False
    randomizeSize: bool = False

    # volatility orders
    volatility: float = UNSET_DOUBLE  # percent
    volatilityType: int = UNSET_INTEGER  # 1: of a day, 2: of a year
    deltaNeutralOrderType: str = ""
    deltaNeutralAuxPrice: float = UNSET_DOUBLE
    deltaNeutralConId: int = 0
    deltaNeutralSettlingFirm: str = ""
    deltaNeutralClearingAccount: str = ""
    deltaNeutralClearingIntent: str = ""
    deltaNeutralOpenClose: str = ""
    deltaNeutralShortSale: bool = False
    deltaNeutralShortSaleSlot: int = 0
    deltaNeutralDesignatedLocation: str = ""
    continuousUpdate: bool = False
    referencePriceType: int = UNSET_INTEGER  # 1: midpoint, 2: bid or ask

    # combinations traded as EFP
    basisPoints: float = UNSET_DOUBLE
    basisPointsType: int = UNSET_INTEGER

    # scale orders
    scaleInitLevelSize: int = UNSET_INTEGER
    scaleSubsLevelSize: int = UNSET_INTEGER
    scalePriceIncrement: float = UNSET_DOUBLE
    scalePriceAdjustValue: float = UNSET_DOUBLE
    scalePriceAdjustInterval: int = UNSET_INTEGER
    scaleProfitOffset: float = UNSET_DOUBLE
    scaleAutoReset: bool = False
    scaleInitPosition: int = UNSET_INTEGER
    scaleInitFillQty: int = UNSET_INTEGER
    scaleRandomPercent: bool = False
    scaleTable: str = ""

    # hedges
    hedgeType: str = ""  # D delta, B beta, F currency, P pair
    hedgeParam: str = ""  # the beta or the ratio
    hedgeMaxSize: int = UNSET_INTEGER

    # account and clearing
    account: str = ""
    settlingFirm: str = ""
    clearingAccount: str = ""
    clearingIntent: str = ""  # IB, Away or PTA

    # algorithms of IB
    algoStrategy: str = ""
    algoParams: list[TagValue] | None = None
    smartComboRoutingParams: list[TagValue] | None = None

    algoId: str = ""

    whatIf: bool = False  # ask for margin and fees only; the answer is in OrderState

    notHeld: bool = False
    solicited: bool = False

    modelCode: str = ""

    orderComboLegs: list[OrderComboLeg] | None = None

    orderMiscOptions: list[TagValue] | None = None

    # pegged to benchmark
    referenceContractId: int = 0
    peggedChangeAmount: float = 0.0
    isPeggedChangeAmountDecrease: bool = False
    referenceChangeAmount: float = 0.0
    referenceExchangeId: str = ""

    # adjustable stops: at triggerPrice the order becomes one of adjustedOrderType
    adjustedOrderType: str = ""
    triggerPrice: float = UNSET_DOUBLE
    adjustedStopPrice: float = UNSET_DOUBLE
    adjustedStopLimitPrice: float = UNSET_DOUBLE
    adjustedTrailingAmount: float = UNSET_DOUBLE
    adjustableTrailingUnit: int = 0  # 0: amount, 1: percent
    lmtPriceOffset: float = UNSET_DOUBLE

    conditions: list[OrderCondition] = field(default_factory=list)
    conditionsCancelOrder: bool = False  # True: when met the order is cancelled, not sent
    conditionsIgnoreRth: bool = False
    conditionsIncludeOvernight: bool = False  # they are looked at in the overnight session too

    extOperator: str = ""

    cashQty: float = UNSET_DOUBLE  # amount of money in place of totalQuantity

    mifid2DecisionMaker: str = ""
    mifid2DecisionAlgo: str = ""
    mifid2ExecutionTrader: str = ""
    mifid2ExecutionAlgo: str = ""

    dontUseAutoPriceForHedge: bool = False
    isOmsContainer: bool = False
    discretionaryUpToLimitPrice: bool = False

    # told by TWS (completedOrder)
    autoCancelDate: str = ""
    filledQuantity: Decimal = UNSET_DECIMAL
    refFuturesConId: int = 0
    autoCancelParent: bool = False
    shareholder: str = ""
    imbalanceOnly: bool = False
    routeMarketableToBbo: bool | None = None
    parentPermId: int = 0

    usePriceMgmtAlgo: bool | None = None  # None: as the account is set
    duration: int = UNSET_INTEGER
    postToAts: int = UNSET_INTEGER
    advancedErrorOverride: str = ""  # codes of order warnings to be ignored, separated by commas
    manualOrderTime: str = ""
    minTradeQty: int = UNSET_INTEGER
    minCompeteSize: int = UNSET_INTEGER
    competeAgainstBestOffset: float = UNSET_DOUBLE
    midOffsetAtWhole: float = UNSET_DOUBLE
    midOffsetAtHalf: float = UNSET_DOUBLE
    customerAccount: str = ""
    professionalCustomer: bool = False
    bondAccruedInterest: str = ""
    includeOvernight: bool = False
    manualOrderIndicator: int = UNSET_INTEGER
    submitter: str = ""
    postOnly: bool = False
    allowPreOpen: bool = False
    ignoreOpenAuction: bool = False
    deactivate: bool = False
    seekPriceImprovement: bool | None = None
    whatIfType: int = UNSET_INTEGER

    # stop loss and profit taker that TWS attaches
    slOrderId: int = UNSET_INTEGER
    slOrderType: str = ""
    ptOrderId: int = UNSET_INTEGER
    ptOrderType: str = ""

    def __str__(self) -> str:
        return (
            super().__str__()
            + _bracketed("CMB", self.orderComboLegs)
            + _bracketed("COND", self.conditions)
        )

    # names and fields of older generations
    eTradeOnly = Ignored(True)
    firmQuoteOnly = Ignored(True)
    nbboPriceCap = Ignored(UNSET_DOUBLE)
    faProfile = Ignored("")
    externalUserId = Ignored("")


def _bracketed(label: str, items: list[OrderComboLeg] | list[OrderCondition] | None) -> str:
    return f" {label}({''.join(f'{item},' for item in items)})" if items else ""
