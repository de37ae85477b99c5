"""Instruments: Contract and its parts, and what reqContractDetails and reqMatchingSymbols bring."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum

from ibapi_port._record import Ignored, field, record
from ibapi_port.const import UNSET_DECIMAL, UNSET_DOUBLE
from ibapi_port.ineligibility_reason import IneligibilityReason
from ibapi_port.object_implem import Object
from ibapi_port.tag_value import TagValue
from ibapi_port.utils import (
    decimalMaxString,
    floatMaxString,
    getEnumTypeFromString,
    getEnumTypeName,
    intMaxString,
    listOfValues,
)

__all__ = [
    "CLOSE_POS",
    "OPEN_POS",
    "SAME_POS",
    "UNKNOWN_POS",
    "UNSET_DECIMAL",
    "UNSET_DOUBLE",
    "ComboLeg",
    "Contract",
    "ContractDescription",
    "ContractDetails",
    "DeltaNeutralContract",
    "FundAssetType",
    "FundDistributionPolicyIndicator",
    "Object",
    "decimalMaxString",
    "floatMaxString",
    "getEnumTypeFromString",
    "getEnumTypeName",
    "intMaxString",
    "listOfValues",
]

# ComboLeg.openClose: whether the leg opens or closes a position, or does as the combo does
SAME_POS, OPEN_POS, CLOSE_POS, UNKNOWN_POS = range(4)


class FundAssetType(Enum):
    """What a fund invests in: (code of TWS, label)."""

    NoneItem = ("None", "None")
    Others = ("000", "Others")
    MoneyMarket = ("001", "Money Market")
    FixedIncome = ("002", "Fixed Income")
    MultiAsset = ("003", "Multi-asset")
    Equity = ("004", "Equity")
    Sector = ("005", "Sector")
    Guaranteed = ("006", "Guaranteed")
    Alternative = ("007", "Alternative")


class FundDistributionPolicyIndicator(Enum):
    """Whether a fund pays out: (code of TWS, label)."""

    NoneItem = ("None", "None")
    AccumulationFund = ("N", "Accumulation Fund")
    IncomeFund = ("Y", "Income Fund")


@record
class ComboLeg(Object):
    """One leg of a combination (a Contract with secType BAG)."""

    _text = (
        "{conId:i},{ratio:i},{action},{exchange},{openClose:i},{shortSaleSlot:i},"
        "{designatedLocation},{exemptCode:i}"
    )

    conId: int = 0
    ratio: int = 0  # units of the leg in one unit of the combo
    action: str = ""  # BUY, SELL or SSHORT
    exchange: str = ""
    openClose: int = SAME_POS
    # short sale of a stock leg by an institution
    # 1: held by the clearing broker, 2: from elsewhere, then with designatedLocation
    shortSaleSlot: int = 0
    designatedLocation: str = ""
    exemptCode: int = -1


@record
class DeltaNeutralContract(Object):
    """The hedge that a delta neutral combination trades along with its option."""

    _text = "{conId},{delta:f},{price:f}"

    conId: int = 0
    delta: float = 0.0
    price: float = 0.0


@record
class Contract(Object):
    """An instrument: either ``conId`` and ``exchange``, or as many of the other fields as make it
    the only one.
    """

    _text = (
        "ConId: {conId:i}, Symbol: {symbol}, SecType: {secType}, LastTradeDateOrContractMonth: "
        "{lastTradeDateOrContractMonth}, "
        "Strike: {strike:f}, Right: {right}, Multiplier: {multiplier}, Exchange: {exchange}, "
        "PrimaryExchange: {primaryExchange}, "
        "Currency: {currency}, LocalSymbol: {localSymbol}, TradingClass: {tradingClass}, "
        "IncludeExpired: {includeExpired}, "
        "SecIdType: {secIdType}, SecId: {secId}, Description: {description}, IssuerId: "
        "{issuerId}Combo:{comboLegsDescrip}"
    )

    conId: int = 0  # IB's number of the instrument, the same on all exchanges
    symbol: str = ""  # of the underlying
    # STK, OPT, FUT, FOP, CASH, IND, CFD, BOND, FUND, CMDTY, CRYPTO, WAR, BAG, NEWS
    secType: str = ""
    lastTradeDateOrContractMonth: str = ""  # YYYYMMDD or YYYYMM
    lastTradeDate: str = ""  # YYYYMMDD, only in what TWS sends
    strike: float = UNSET_DOUBLE
    right: str = ""  # C or P (CALL and PUT are understood)
    multiplier: str = ""
    exchange: str = ""
    primaryExchange: str = ""  # where a stock is listed, to tell instruments on SMART apart
    currency: str = ""
    localSymbol: str = ""  # the exchange's own symbol; for options the OCC symbol
    tradingClass: str = ""
    includeExpired: bool = False  # in requests: futures that have expired are found too
    secIdType: str = ""  # CUSIP, SEDOL, ISIN, RIC or FIGI
    secId: str = ""
    description: str = ""
    issuerId: str = ""  # of bonds
    # combinations
    comboLegsDescrip: str = ""  # TWS's text of the legs
    comboLegs: list[ComboLeg] = field(default_factory=list)
    deltaNeutralContract: DeltaNeutralContract | None = None

    def __str__(self) -> str:
        parts: list[object] = [super().__str__(), *(self.comboLegs or ())]
        if self.deltaNeutralContract:
            parts.append(self.deltaNeutralContract)
        return ";".join(map(str, parts))


@record
class ContractDetails(Object):
    """What TWS tells about an instrument (contractDetails, bondContractDetails, scannerData)."""

    _text = (
        "{contract},{marketName},{minTick:f},{orderTypes},{validExchanges},{priceMagnifier:i},"
        "{underConId:i},{longName},"
        "{contractMonth},{industry},{category},{subcategory},{timeZoneId},{tradingHours},"
        "{liquidHours},{evRule},{evMultiplier:i},"
        "{underSymbol},{underSecType},{marketRuleIds},{aggGroup:i},{secIdList},"
        "{realExpirationDate},{stockType},{cusip},{ratings},"
        "{descAppend},{bondType},{couponType},{callable},{putable},{coupon},{convertible},"
        "{maturity},{issueDate},{nextOptionDate},"
        "{nextOptionType},{nextOptionPartial},{notes},{minSize:m},{sizeIncrement:m},"
        "{suggestedSizeIncrement:m},{minAlgoSize:m},"
        "{lastPricePrecision:m},{lastSizePrecision:m},{ineligibilityReasonList},{eventContract1},"
        "{eventContractDescription1},"
        "{eventContractDescription2},{settlementMethod}"
    )

    contract: Contract = field(default_factory=Contract)
    marketName: str = ""
    minTick: float = 0.0
    orderTypes: str = ""  # separated by commas, as is validExchanges
    validExchanges: str = ""
    priceMagnifier: int = 0  # prices divided by this are in the contract's currency
    underConId: int = 0
    longName: str = ""
    contractMonth: str = ""  # YYYYMM
    industry: str = ""
    category: str = ""
    subcategory: str = ""
    timeZoneId: str = ""  # of tradingHours and liquidHours, as TWS spells it
    tradingHours: str = ""  # like 20250131:0930-20250131:1600;20250201:CLOSED
    liquidHours: str = ""
    evRule: str = ""  # how IB values the position ("aussieBond:YearsToExpiration=3")
    evMultiplier: float = 0
    aggGroup: int = 0  # of the smart-routing exchanges that have market data together
    underSymbol: str = ""
    underSecType: str = ""
    marketRuleIds: str = ""  # one for each of validExchanges, for reqMarketRule
    secIdList: list[TagValue] | None = None  # tag: CUSIP, ISIN, ...
    realExpirationDate: str = ""
    lastTradeTime: str = ""
    stockType: str = ""
    minSize: Decimal = UNSET_DECIMAL
    sizeIncrement: Decimal = UNSET_DECIMAL
    suggestedSizeIncrement: Decimal = UNSET_DECIMAL
    minAlgoSize: Decimal = UNSET_DECIMAL
    lastPricePrecision: Decimal = UNSET_DECIMAL
    lastSizePrecision: Decimal = UNSET_DECIMAL
    # bonds
    cusip: str = ""
    ratings: str = ""
    descAppend: str = ""
    bondType: str = ""
    couponType: str = ""
    callable: bool = False
    putable: bool = False
    coupon: float = 0  # percent a year
    convertible: bool = False
    maturity: str = ""  # YYYYMMDD, as issueDate and nextOptionDate
    issueDate: str = ""
    nextOptionDate: str = ""
    nextOptionType: str = ""
    nextOptionPartial: bool = False
    notes: str = ""
    # funds
    fundName: str = ""
    fundFamily: str = ""
    fundType: str = ""
    fundFrontLoad: str = ""
    fundBackLoad: str = ""
    fundBackLoadTimeInterval: str = ""
    fundManagementFee: str = ""
    fundClosed: bool = False
    fundClosedForNewInvestors: bool = False
    fundClosedForNewMoney: bool = False
    fundNotifyAmount: str = ""
    fundMinimumInitialPurchase: str = ""
    fundSubsequentMinimumPurchase: str = ""
    fundBlueSkyStates: str = ""
    fundBlueSkyTerritories: str = ""
    fundDistributionPolicyIndicator: FundDistributionPolicyIndicator = (
        FundDistributionPolicyIndicator.NoneItem
    )
    fundAssetType: FundAssetType = FundAssetType.NoneItem
    ineligibilityReasonList: list[IneligibilityReason] | None = None
    # event contracts
    eventContract1: str = ""
    eventContractDescription1: str = ""
    eventContractDescription2: str = ""
    settlementMethod: str = ""

    # names and fields of older generations
    mdSizeMultiplier = Ignored(0)

    @property
    def _mdSizeMultiplier(self) -> object:
        return self.__dict__.get("mdSizeMultiplier", 0)


@record
class ContractDescription(Object):
    """An underlying that reqMatchingSymbols found, and the types of derivatives on it ("OPT",
    "CFD", ...).
    """

    contract: Contract = field(default_factory=Contract)
    derivativeSecTypes: list[str] = field(default_factory=list)
