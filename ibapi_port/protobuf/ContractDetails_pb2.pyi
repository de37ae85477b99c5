from collections.abc import Iterable, Mapping

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.internal.containers import (
    RepeatedCompositeFieldContainer,
    ScalarMap,
)
from google.protobuf.message import Message

from .IneligibilityReason_pb2 import IneligibilityReason

DESCRIPTOR: FileDescriptor

class ContractDetails(Message):
    marketName: str
    minTick: str
    orderTypes: str
    validExchanges: str
    priceMagnifier: int
    underConId: int
    longName: str
    contractMonth: str
    industry: str
    category: str
    subcategory: str
    timeZoneId: str
    tradingHours: str
    liquidHours: str
    evRule: str
    evMultiplier: float
    @property
    def secIdList(self) -> ScalarMap[str, str]: ...
    aggGroup: int
    underSymbol: str
    underSecType: str
    marketRuleIds: str
    realExpirationDate: str
    stockType: str
    minSize: str
    sizeIncrement: str
    suggestedSizeIncrement: str
    fundName: str
    fundFamily: str
    fundType: str
    fundFrontLoad: str
    fundBackLoad: str
    fundBackLoadTimeInterval: str
    fundManagementFee: str
    fundClosed: bool
    fundClosedForNewInvestors: bool
    fundClosedForNewMoney: bool
    fundNotifyAmount: str
    fundMinimumInitialPurchase: str
    fundMinimumSubsequentPurchase: str
    fundBlueSkyStates: str
    fundBlueSkyTerritories: str
    fundDistributionPolicyIndicator: str
    fundAssetType: str
    cusip: str
    issueDate: str
    ratings: str
    bondType: str
    coupon: float
    couponType: str
    convertible: bool
    callable: bool
    puttable: bool
    descAppend: str
    nextOptionDate: str
    nextOptionType: str
    nextOptionPartial: bool
    bondNotes: str
    @property
    def ineligibilityReasonList(self) -> RepeatedCompositeFieldContainer[IneligibilityReason]: ...
    eventContract1: str
    eventContractDescription1: str
    eventContractDescription2: str
    minAlgoSize: str
    lastPricePrecision: str
    lastSizePrecision: str
    settlementMethod: str
    def __init__(
        self,
        *,
        marketName: str | None = None,
        minTick: str | None = None,
        orderTypes: str | None = None,
        validExchanges: str | None = None,
        priceMagnifier: int | None = None,
        underConId: int | None = None,
        longName: str | None = None,
        contractMonth: str | None = None,
        industry: str | None = None,
        category: str | None = None,
        subcategory: str | None = None,
        timeZoneId: str | None = None,
        tradingHours: str | None = None,
        liquidHours: str | None = None,
        evRule: str | None = None,
        evMultiplier: float | None = None,
        secIdList: Mapping[str, str] | None = None,
        aggGroup: int | None = None,
        underSymbol: str | None = None,
        underSecType: str | None = None,
        marketRuleIds: str | None = None,
        realExpirationDate: str | None = None,
        stockType: str | None = None,
        minSize: str | None = None,
        sizeIncrement: str | None = None,
        suggestedSizeIncrement: str | None = None,
        fundName: str | None = None,
        fundFamily: str | None = None,
        fundType: str | None = None,
        fundFrontLoad: str | None = None,
        fundBackLoad: str | None = None,
        fundBackLoadTimeInterval: str | None = None,
        fundManagementFee: str | None = None,
        fundClosed: bool | None = None,
        fundClosedForNewInvestors: bool | None = None,
        fundClosedForNewMoney: bool | None = None,
        fundNotifyAmount: str | None = None,
        fundMinimumInitialPurchase: str | None = None,
        fundMinimumSubsequentPurchase: str | None = None,
        fundBlueSkyStates: str | None = None,
        fundBlueSkyTerritories: str | None = None,
        fundDistributionPolicyIndicator: str | None = None,
        fundAssetType: str | None = None,
        cusip: str | None = None,
        issueDate: str | None = None,
        ratings: str | None = None,
        bondType: str | None = None,
        coupon: float | None = None,
        couponType: str | None = None,
        convertible: bool | None = None,
        callable: bool | None = None,
        puttable: bool | None = None,
        descAppend: str | None = None,
        nextOptionDate: str | None = None,
        nextOptionType: str | None = None,
        nextOptionPartial: bool | None = None,
        bondNotes: str | None = None,
        ineligibilityReasonList: Iterable[IneligibilityReason] | None = None,
        eventContract1: str | None = None,
        eventContractDescription1: str | None = None,
        eventContractDescription2: str | None = None,
        minAlgoSize: str | None = None,
        lastPricePrecision: str | None = None,
        lastSizePrecision: str | None = None,
        settlementMethod: str | None = None,
    ) -> None: ...
