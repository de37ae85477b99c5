"""The Protocol Buffers messages of requests, made from the arguments of the requests:
`createPlaceOrderRequestProto(1, contract, order)`.

Each function returns the message that the client itself sends for the same arguments, as an object
of `ibapi_port.protobuf`. ClientException 588: a value cannot be sent; the text names the field.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any

# says what is missing if `protobuf` is not installed
from . import protobuf as _protobuf  # noqa: F401
from .common import TagValueList, WshEventData
from .contract import ComboLeg, Contract
from .errors import ERROR_ENCODING_PROTOBUF
from .execution import ExecutionFilter
from .order import Order, OrderComboLeg
from .order_cancel import OrderCancel
from .order_condition import (
    ContractCondition,
    ExecutionCondition,
    MarginCondition,
    OperatorCondition,
    OrderCondition,
    PercentChangeCondition,
    PriceCondition,
    TimeCondition,
    VolumeCondition,
)
from .protocol.exceptions import ProtocolError
from .protocol.handshake import NEWEST
from .protocol.protobuf.compiler import encoder
from .protocol.protobuf.public_classes import public_class
from .protocol.schema.messages import REQUESTS
from .scanner import ScannerSubscription
from .utils import ClientException

if TYPE_CHECKING:
    from .protobuf import _all as pb


# Any, as a table says which message a request becomes. The functions below say it for the type
# checker, and a test holds that each of them returns the message that it says.
# mypy: disable-error-code="no-any-return"
def _request(name: str, *arguments: object) -> Any:
    """Return the message of a request."""
    try:
        data = encoder(REQUESTS[name], NEWEST)(*arguments)
    except ProtocolError as e:
        raise ClientException(
            ERROR_ENCODING_PROTOBUF.code(), ERROR_ENCODING_PROTOBUF.msg(), str(e)
        ) from e
    except Exception as e:  # an object of a class that is none of the API's
        text = f"{name}: {type(e).__name__}: {e}"
        raise ClientException(
            ERROR_ENCODING_PROTOBUF.code(), ERROR_ENCODING_PROTOBUF.msg(), text
        ) from e
    message = REQUESTS[name].pb
    assert message is not None
    return public_class(message.message).FromString(data)


def fillTagValueList(
    tagValueList: TagValueList | None, orderProtoMap: MutableMapping[str, str]
) -> None:
    """Put a list of TagValue into a map of a message; of two with one tag the later counts."""
    for one in tagValueList or ():
        orderProtoMap[one.tag] = one.value


# --- parts of messages ---


def createOrderProto(order: Order) -> pb.Order:
    """Return an order's message."""
    return _request("placeOrder", 0, Contract(), order).order


def createContractProto(contract: Contract, order: Order | None) -> pb.Contract:
    """Return a contract's message. The prices of a combo's legs are those of the order given."""
    return _request("placeOrder", 0, contract, Order() if order is None else order).contract


def createComboLegProto(comboLeg: ComboLeg, perLegPrice: float) -> pb.ComboLeg:
    """Return the message of a combo's leg, with its price unless that is unset."""
    order = Order(orderComboLegs=[OrderComboLeg(price=perLegPrice)])
    return createContractProto(Contract(secType="BAG", comboLegs=[comboLeg]), order).comboLegs[0]


def createComboLegProtoList(contract: Contract, order: Order | None) -> list[pb.ComboLeg]:
    """Return the messages of a combo's legs, with the prices that the order has for them."""
    return list(createContractProto(contract, order).comboLegs)


def createDeltaNeutralContractProto(contract: Contract) -> pb.DeltaNeutralContract | None:
    """Return the message of a contract's delta neutral contract; None if it has none."""
    made = createContractProto(contract, None)
    return made.deltaNeutralContract if made.HasField("deltaNeutralContract") else None


def createSoftDollarTierProto(order: Order) -> pb.SoftDollarTier | None:
    """Return the message of an order's soft dollar tier; None if it has none."""
    made = createOrderProto(order)
    return made.softDollarTier if made.HasField("softDollarTier") else None


def createAttachedOrdersProto(order: Order) -> pb.AttachedOrders:
    """Return the message of the orders that are attached to an order."""
    return _request("placeOrder", 0, Contract(), order).attachedOrders


def createOrderCancelProto(orderCancel: OrderCancel | None) -> pb.OrderCancel | None:
    """Return the message of an OrderCancel; None for None."""
    return None if orderCancel is None else _request("cancelOrder", 0, orderCancel).orderCancel


def createScannerSubscriptionProto(
    subscription: ScannerSubscription,
    scannerSubscriptionOptionsList: TagValueList | None,
    scannerSubscriptionFilterOptionsList: TagValueList | None,
) -> pb.ScannerSubscription:
    """Return the message of a scanner's settings."""
    return createScannerSubscriptionRequestProto(
        0, subscription, scannerSubscriptionOptionsList, scannerSubscriptionFilterOptionsList
    ).scannerSubscription


def createConditionsProto(order: Order) -> list[pb.OrderCondition]:
    """Return the messages of an order's conditions."""
    return list(createOrderProto(order).conditions)


def createOrderConditionProto(orderCondition: OrderCondition) -> pb.OrderCondition:
    """Return the message of what every condition has: its type, and whether it is joined to the
    next one by "and".
    """
    return _condition(orderCondition, "type isConjunctionConnection")


def createOperatorConditionProto(operatorCondition: OperatorCondition) -> pb.OrderCondition:
    """Return the message of what a condition with a limit has: as for every one, and whether it is
    above the limit.
    """
    return _condition(operatorCondition, "type isConjunctionConnection isMore")


def createContractConditionProto(contractCondition: ContractCondition) -> pb.OrderCondition:
    """Return the message of what a condition on a contract has: as for one with a limit, and the
    contract.
    """
    return _condition(contractCondition, "type isConjunctionConnection isMore conId exchange")


def createPriceConditionProto(priceCondition: PriceCondition) -> pb.OrderCondition:
    """Return the message of a condition on a price."""
    return _condition(priceCondition)


def createTimeConditionProto(timeCondition: TimeCondition) -> pb.OrderCondition:
    """Return the message of a condition on a time."""
    return _condition(timeCondition)


def createMarginConditionProto(marginCondition: MarginCondition) -> pb.OrderCondition:
    """Return the message of a condition on a margin."""
    return _condition(marginCondition)


def createExecutionConditionProto(executionCondition: ExecutionCondition) -> pb.OrderCondition:
    """Return the message of a condition on an execution."""
    return _condition(executionCondition)


def createVolumeConditionProto(volumeCondition: VolumeCondition) -> pb.OrderCondition:
    """Return the message of a condition on a volume."""
    return _condition(volumeCondition)


def createPercentChangeConditionProto(
    percentChangeCondition: PercentChangeCondition,
) -> pb.OrderCondition:
    """Return the message of a condition on a change in percent."""
    return _condition(percentChangeCondition)


def _condition(condition: OrderCondition, fields: str = "") -> pb.OrderCondition:
    """Return a condition's message, with these fields alone if they are given."""
    (made,) = createConditionsProto(Order(conditions=[condition]))
    for one in made.DESCRIPTOR.fields if fields else ():
        if one.name not in fields.split():
            made.ClearField(one.name)
    return made


# --- whole messages, one for each request ---


def createExecutionRequestProto(reqId: int, execFilter: ExecutionFilter) -> pb.ExecutionRequest:
    """Return the message of `reqExecutions`."""
    return _request("reqExecutions", reqId, execFilter)


def createPlaceOrderRequestProto(
    orderId: int, contract: Contract, order: Order
) -> pb.PlaceOrderRequest:
    """Return the message of `placeOrder`."""
    return _request("placeOrder", orderId, contract, order)


def createCancelOrderRequestProto(orderId: int, orderCancel: OrderCancel) -> pb.CancelOrderRequest:
    """Return the message of `cancelOrder`."""
    return _request("cancelOrder", orderId, orderCancel)


def createGlobalCancelRequestProto(orderCancel: OrderCancel) -> pb.GlobalCancelRequest:
    """Return the message of `reqGlobalCancel`."""
    return _request("reqGlobalCancel", orderCancel)


def createAllOpenOrdersRequestProto() -> pb.AllOpenOrdersRequest:
    """Return the message of `reqAllOpenOrders`."""
    return _request("reqAllOpenOrders")


def createAutoOpenOrdersRequestProto(autoBind: bool) -> pb.AutoOpenOrdersRequest:
    """Return the message of `reqAutoOpenOrders`."""
    return _request("reqAutoOpenOrders", autoBind)


def createOpenOrdersRequestProto() -> pb.OpenOrdersRequest:
    """Return the message of `reqOpenOrders`."""
    return _request("reqOpenOrders")


def createCompletedOrdersRequestProto(apiOnly: bool) -> pb.CompletedOrdersRequest:
    """Return the message of `reqCompletedOrders`."""
    return _request("reqCompletedOrders", apiOnly)


def createContractDataRequestProto(reqId: int, contract: Contract) -> pb.ContractDataRequest:
    """Return the message of `reqContractDetails`."""
    return _request("reqContractDetails", reqId, contract)


def createMarketDataRequestProto(
    reqId: int,
    contract: Contract,
    genericTickList: str,
    snapshot: bool,
    regulatorySnapshot: bool,
    marketDataOptionsList: TagValueList | None,
) -> pb.MarketDataRequest:
    """Return the message of `reqMktData`."""
    return _request(
        "reqMktData",
        reqId,
        contract,
        genericTickList,
        snapshot,
        regulatorySnapshot,
        marketDataOptionsList,
    )


def createCancelMarketDataProto(reqId: int) -> pb.CancelMarketData:
    """Return the message of `cancelMktData`."""
    return _request("cancelMktData", reqId)


def createMarketDepthRequestProto(
    reqId: int,
    contract: Contract,
    numRows: int,
    isSmartDepth: bool,
    marketDepthOptionsList: TagValueList | None,
) -> pb.MarketDepthRequest:
    """Return the message of `reqMktDepth`."""
    return _request("reqMktDepth", reqId, contract, numRows, isSmartDepth, marketDepthOptionsList)


def createCancelMarketDepthProto(reqId: int, isSmartDepth: bool) -> pb.CancelMarketDepth:
    """Return the message of `cancelMktDepth`."""
    return _request("cancelMktDepth", reqId, isSmartDepth)


def createMarketDataTypeRequestProto(marketDataType: int) -> pb.MarketDataTypeRequest:
    """Return the message of `reqMarketDataType`."""
    return _request("reqMarketDataType", marketDataType)


def createAccountDataRequestProto(subscribe: bool, acctCode: str) -> pb.AccountDataRequest:
    """Return the message of `reqAccountUpdates`."""
    return _request("reqAccountUpdates", subscribe, acctCode)


def createManagedAccountsRequestProto() -> pb.ManagedAccountsRequest:
    """Return the message of `reqManagedAccts`."""
    return _request("reqManagedAccts")


def createPositionsRequestProto() -> pb.PositionsRequest:
    """Return the message of `reqPositions`."""
    return _request("reqPositions")


def createCancelPositionsRequestProto() -> pb.CancelPositions:
    """Return the message of `cancelPositions`."""
    return _request("cancelPositions")


def createAccountSummaryRequestProto(reqId: int, group: str, tags: str) -> pb.AccountSummaryRequest:
    """Return the message of `reqAccountSummary`."""
    return _request("reqAccountSummary", reqId, group, tags)


def createCancelAccountSummaryRequestProto(reqId: int) -> pb.CancelAccountSummary:
    """Return the message of `cancelAccountSummary`."""
    return _request("cancelAccountSummary", reqId)


def createPositionsMultiRequestProto(
    reqId: int, account: str, modelCode: str
) -> pb.PositionsMultiRequest:
    """Return the message of `reqPositionsMulti`."""
    return _request("reqPositionsMulti", reqId, account, modelCode)


def createCancelPositionsMultiRequestProto(reqId: int) -> pb.CancelPositionsMulti:
    """Return the message of `cancelPositionsMulti`."""
    return _request("cancelPositionsMulti", reqId)


def createAccountUpdatesMultiRequestProto(
    reqId: int, account: str, modelCode: str, ledgerAndNLV: bool
) -> pb.AccountUpdatesMultiRequest:
    """Return the message of `reqAccountUpdatesMulti`."""
    return _request("reqAccountUpdatesMulti", reqId, account, modelCode, ledgerAndNLV)


def createCancelAccountUpdatesMultiRequestProto(reqId: int) -> pb.CancelAccountUpdatesMulti:
    """Return the message of `cancelAccountUpdatesMulti`."""
    return _request("cancelAccountUpdatesMulti", reqId)


def createHistoricalDataRequestProto(
    reqId: int,
    contract: Contract,
    endDateTime: str,
    duration: str,
    barSizeSetting: str,
    whatToShow: str,
    useRTH: bool,
    formatDate: int,
    keepUpToDate: bool,
    chartOptionsList: TagValueList | None,
) -> pb.HistoricalDataRequest:
    """Return the message of `reqHistoricalData`."""
    return _request(
        "reqHistoricalData",
        reqId,
        contract,
        endDateTime,
        duration,
        barSizeSetting,
        whatToShow,
        useRTH,
        formatDate,
        keepUpToDate,
        chartOptionsList,
    )


def createCancelHistoricalDataProto(reqId: int) -> pb.CancelHistoricalData:
    """Return the message of `cancelHistoricalData`."""
    return _request("cancelHistoricalData", reqId)


def createRealTimeBarsRequestProto(
    reqId: int,
    contract: Contract,
    barSize: int,
    whatToShow: str,
    useRTH: bool,
    realTimeBarsOptionsList: TagValueList | None,
) -> pb.RealTimeBarsRequest:
    """Return the message of `reqRealTimeBars`."""
    return _request(
        "reqRealTimeBars", reqId, contract, barSize, whatToShow, useRTH, realTimeBarsOptionsList
    )


def createCancelRealTimeBarsProto(reqId: int) -> pb.CancelRealTimeBars:
    """Return the message of `cancelRealTimeBars`."""
    return _request("cancelRealTimeBars", reqId)


def createHeadTimestampRequestProto(
    reqId: int, contract: Contract, whatToShow: str, useRTH: bool, formatDate: int
) -> pb.HeadTimestampRequest:
    """Return the message of `reqHeadTimeStamp`."""
    return _request("reqHeadTimeStamp", reqId, contract, whatToShow, useRTH, formatDate)


def createCancelHeadTimestampProto(reqId: int) -> pb.CancelHeadTimestamp:
    """Return the message of `cancelHeadTimeStamp`."""
    return _request("cancelHeadTimeStamp", reqId)


def createHistogramDataRequestProto(
    reqId: int, contract: Contract, useRTH: bool, timePeriod: str
) -> pb.HistogramDataRequest:
    """Return the message of `reqHistogramData`."""
    return _request("reqHistogramData", reqId, contract, useRTH, timePeriod)


def createCancelHistogramDataProto(reqId: int) -> pb.CancelHistogramData:
    """Return the message of `cancelHistogramData`."""
    return _request("cancelHistogramData", reqId)


def createHistoricalTicksRequestProto(
    reqId: int,
    contract: Contract,
    startDateTime: str,
    endDateTime: str,
    numberOfTicks: int,
    whatToShow: str,
    useRTH: bool,
    ignoreSize: bool,
    miscOptionsList: TagValueList | None,
) -> pb.HistoricalTicksRequest:
    """Return the message of `reqHistoricalTicks`."""
    return _request(
        "reqHistoricalTicks",
        reqId,
        contract,
        startDateTime,
        endDateTime,
        numberOfTicks,
        whatToShow,
        useRTH,
        ignoreSize,
        miscOptionsList,
    )


def createTickByTickRequestProto(
    reqId: int, contract: Contract, tickType: str, numberOfTicks: int, ignoreSize: bool
) -> pb.TickByTickRequest:
    """Return the message of `reqTickByTickData`."""
    return _request("reqTickByTickData", reqId, contract, tickType, numberOfTicks, ignoreSize)


def createCancelTickByTickProto(reqId: int) -> pb.CancelTickByTick:
    """Return the message of `cancelTickByTickData`."""
    return _request("cancelTickByTickData", reqId)


def createNewsBulletinsRequestProto(allMessages: bool) -> pb.NewsBulletinsRequest:
    """Return the message of `reqNewsBulletins`."""
    return _request("reqNewsBulletins", allMessages)


def createCancelNewsBulletinsProto() -> pb.CancelNewsBulletins:
    """Return the message of `cancelNewsBulletins`."""
    return _request("cancelNewsBulletins")


def createNewsArticleRequestProto(
    reqId: int, providerCode: str, articleId: str, newsArticleOptionsList: TagValueList | None
) -> pb.NewsArticleRequest:
    """Return the message of `reqNewsArticle`."""
    return _request("reqNewsArticle", reqId, providerCode, articleId, newsArticleOptionsList)


def createNewsProvidersRequestProto() -> pb.NewsProvidersRequest:
    """Return the message of `reqNewsProviders`."""
    return _request("reqNewsProviders")


def createHistoricalNewsRequestProto(
    reqId: int,
    conId: int,
    providerCodes: str,
    startDateTime: str,
    endDateTime: str,
    totalResults: int,
    historicalNewsOptionsList: TagValueList | None,
) -> pb.HistoricalNewsRequest:
    """Return the message of `reqHistoricalNews`."""
    return _request(
        "reqHistoricalNews",
        reqId,
        conId,
        providerCodes,
        startDateTime,
        endDateTime,
        totalResults,
        historicalNewsOptionsList,
    )


def createWshMetaDataRequestProto(reqId: int) -> pb.WshMetaDataRequest:
    """Return the message of `reqWshMetaData`."""
    return _request("reqWshMetaData", reqId)


def createCancelWshMetaDataProto(reqId: int) -> pb.CancelWshMetaData:
    """Return the message of `cancelWshMetaData`."""
    return _request("cancelWshMetaData", reqId)


def createWshEventDataRequestProto(
    reqId: int, wshEventData: WshEventData
) -> pb.WshEventDataRequest:
    """Return the message of `reqWshEventData`."""
    return _request("reqWshEventData", reqId, wshEventData)


def createCancelWshEventDataProto(reqId: int) -> pb.CancelWshEventData:
    """Return the message of `cancelWshEventData`."""
    return _request("cancelWshEventData", reqId)


def createScannerParametersRequestProto() -> pb.ScannerParametersRequest:
    """Return the message of `reqScannerParameters`."""
    return _request("reqScannerParameters")


def createScannerSubscriptionRequestProto(
    reqId: int,
    subscription: ScannerSubscription,
    scannerSubscriptionOptionsList: TagValueList | None,
    scannerSubscriptionFilterOptionsList: TagValueList | None,
) -> pb.ScannerSubscriptionRequest:
    """Return the message of `reqScannerSubscription`."""
    return _request(
        "reqScannerSubscription",
        reqId,
        subscription,
        scannerSubscriptionOptionsList,
        scannerSubscriptionFilterOptionsList,
    )


def createCancelScannerSubscriptionProto(reqId: int) -> pb.CancelScannerSubscription:
    """Return the message of `cancelScannerSubscription`."""
    return _request("cancelScannerSubscription", reqId)


def createFundamentalsDataRequestProto(
    reqId: int,
    contract: Contract,
    reportType: str,
    fundamentalsDataOptionsList: TagValueList | None,
) -> pb.FundamentalsDataRequest:
    """Return the message of `reqFundamentalData`."""
    return _request("reqFundamentalData", reqId, contract, reportType, fundamentalsDataOptionsList)


def createCancelFundamentalsDataProto(reqId: int) -> pb.CancelFundamentalsData:
    """Return the message of `cancelFundamentalData`."""
    return _request("cancelFundamentalData", reqId)


def createPnLRequestProto(reqId: int, account: str, modelCode: str) -> pb.PnLRequest:
    """Return the message of `reqPnL`."""
    return _request("reqPnL", reqId, account, modelCode)


def createCancelPnLProto(reqId: int) -> pb.CancelPnL:
    """Return the message of `cancelPnL`."""
    return _request("cancelPnL", reqId)


def createPnLSingleRequestProto(
    reqId: int, account: str, modelCode: str, conId: int
) -> pb.PnLSingleRequest:
    """Return the message of `reqPnLSingle`."""
    return _request("reqPnLSingle", reqId, account, modelCode, conId)


def createCancelPnLSingleProto(reqId: int) -> pb.CancelPnLSingle:
    """Return the message of `cancelPnLSingle`."""
    return _request("cancelPnLSingle", reqId)


def createFARequestProto(faDataType: int) -> pb.FARequest:
    """Return the message of `requestFA`."""
    return _request("requestFA", faDataType)


def createFAReplaceProto(reqId: int, faDataType: int, xml: str) -> pb.FAReplace:
    """Return the message of `replaceFA`."""
    return _request("replaceFA", reqId, faDataType, xml)


def createExerciseOptionsRequestProto(
    orderId: int,
    contract: Contract,
    exerciseAction: int,
    exerciseQuantity: int,
    account: str,
    override: bool,
    manualOrderTime: str,
    customerAccount: str,
    professionalCustomer: bool,
) -> pb.ExerciseOptionsRequest:
    """Return the message of `exerciseOptions`."""
    return _request(
        "exerciseOptions",
        orderId,
        contract,
        exerciseAction,
        exerciseQuantity,
        account,
        override,
        manualOrderTime,
        customerAccount,
        professionalCustomer,
    )


def createCalculateImpliedVolatilityRequestProto(
    reqId: int,
    contract: Contract,
    optionPrice: float,
    underPrice: float,
    impliedVolatilityOptionsList: TagValueList | None,
) -> pb.CalculateImpliedVolatilityRequest:
    """Return the message of `calculateImpliedVolatility`."""
    return _request(
        "calculateImpliedVolatility",
        reqId,
        contract,
        optionPrice,
        underPrice,
        impliedVolatilityOptionsList,
    )


def createCancelCalculateImpliedVolatilityProto(reqId: int) -> pb.CancelCalculateImpliedVolatility:
    """Return the message of `cancelCalculateImpliedVolatility`."""
    return _request("cancelCalculateImpliedVolatility", reqId)


def createCalculateOptionPriceRequestProto(
    reqId: int,
    contract: Contract,
    volatility: float,
    underPrice: float,
    optionPriceOptionsList: TagValueList | None,
) -> pb.CalculateOptionPriceRequest:
    """Return the message of `calculateOptionPrice`."""
    return _request(
        "calculateOptionPrice", reqId, contract, volatility, underPrice, optionPriceOptionsList
    )


def createCancelCalculateOptionPriceProto(reqId: int) -> pb.CancelCalculateOptionPrice:
    """Return the message of `cancelCalculateOptionPrice`."""
    return _request("cancelCalculateOptionPrice", reqId)


def createSecDefOptParamsRequestProto(
    reqId: int,
    underlyingSymbol: str,
    futFopExchange: str,
    underlyingSecType: str,
    underlyingConId: int,
) -> pb.SecDefOptParamsRequest:
    """Return the message of `reqSecDefOptParams`."""
    return _request(
        "reqSecDefOptParams",
        reqId,
        underlyingSymbol,
        futFopExchange,
        underlyingSecType,
        underlyingConId,
    )


def createSoftDollarTiersRequestProto(reqId: int) -> pb.SoftDollarTiersRequest:
    """Return the message of `reqSoftDollarTiers`."""
    return _request("reqSoftDollarTiers", reqId)


def createFamilyCodesRequestProto() -> pb.FamilyCodesRequest:
    """Return the message of `reqFamilyCodes`."""
    return _request("reqFamilyCodes")


def createMatchingSymbolsRequestProto(reqId: int, pattern: str) -> pb.MatchingSymbolsRequest:
    """Return the message of `reqMatchingSymbols`."""
    return _request("reqMatchingSymbols", reqId, pattern)


def createSmartComponentsRequestProto(reqId: int, bboExchange: str) -> pb.SmartComponentsRequest:
    """Return the message of `reqSmartComponents`."""
    return _request("reqSmartComponents", reqId, bboExchange)


def createMarketRuleRequestProto(marketRuleId: int) -> pb.MarketRuleRequest:
    """Return the message of `reqMarketRule`."""
    return _request("reqMarketRule", marketRuleId)


def createUserInfoRequestProto(reqId: int) -> pb.UserInfoRequest:
    """Return the message of `reqUserInfo`."""
    return _request("reqUserInfo", reqId)


def createIdsRequestProto(numIds: int) -> pb.IdsRequest:
    """Return the message of `reqIds`."""
    return _request("reqIds", numIds)


def createCurrentTimeRequestProto() -> pb.CurrentTimeRequest:
    """Return the message of `reqCurrentTime`."""
    return _request("reqCurrentTime")


def createCurrentTimeInMillisRequestProto() -> pb.CurrentTimeInMillisRequest:
    """Return the message of `reqCurrentTimeInMillis`."""
    return _request("reqCurrentTimeInMillis")


def createStartApiRequestProto(clientId: int, optionalCapabilities: str) -> pb.StartApiRequest:
    """Return the message of `startApi`."""
    return _request("startApi", clientId, optionalCapabilities)


def createSetServerLogLevelRequestProto(logLevel: int) -> pb.SetServerLogLevelRequest:
    """Return the message of `setServerLogLevel`."""
    return _request("setServerLogLevel", logLevel)


def createVerifyRequestProto(apiName: str, apiVersion: str) -> pb.VerifyRequest:
    """Return the message of `verifyRequest`."""
    return _request("verifyRequest", apiName, apiVersion, True)


def createVerifyMessageRequestProto(apiData: str) -> pb.VerifyMessageRequest:
    """Return the message of `verifyMessage`."""
    return _request("verifyMessage", apiData)


def createQueryDisplayGroupsRequestProto(reqId: int) -> pb.QueryDisplayGroupsRequest:
    """Return the message of `queryDisplayGroups`."""
    return _request("queryDisplayGroups", reqId)


def createSubscribeToGroupEventsRequestProto(
    reqId: int, groupId: int
) -> pb.SubscribeToGroupEventsRequest:
    """Return the message of `subscribeToGroupEvents`."""
    return _request("subscribeToGroupEvents", reqId, groupId)


def createUpdateDisplayGroupRequestProto(
    reqId: int, contractInfo: str
) -> pb.UpdateDisplayGroupRequest:
    """Return the message of `updateDisplayGroup`."""
    return _request("updateDisplayGroup", reqId, contractInfo)


def createUnsubscribeFromGroupEventsRequestProto(
    reqId: int,
) -> pb.UnsubscribeFromGroupEventsRequest:
    """Return the message of `unsubscribeFromGroupEvents`."""
    return _request("unsubscribeFromGroupEvents", reqId)


def createMarketDepthExchangesRequestProto() -> pb.MarketDepthExchangesRequest:
    """Return the message of `reqMktDepthExchanges`."""
    return _request("reqMktDepthExchanges")


def createCancelContractDataProto(reqId: int) -> pb.CancelContractData:
    """Return the message of `cancelContractData`."""
    return _request("cancelContractData", reqId)


def createCancelHistoricalTicksProto(reqId: int) -> pb.CancelHistoricalTicks:
    """Return the message of `cancelHistoricalTicks`."""
    return _request("cancelHistoricalTicks", reqId)
