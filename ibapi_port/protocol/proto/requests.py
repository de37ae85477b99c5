"""The requests as Protocol Buffers messages: which one, since when, and which field an argument goes to when its name is another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from ..exceptions import NotSupported
from ..fields import ID_ARGUMENTS
from ..messages import REQUESTS
from ..runs import v
from .classes import FieldType, fields_of, message_class
from .shapes import ATTACHED
from .writing import Refused, Write, as_field_error, write_field, write_object, writer


@dataclass
class RequestBinding:
    """`renamed`: argument -> field; `spread`: an argument whose attributes are the message's own fields."""

    name: str
    message: str
    since: int
    renamed: Mapping[str, str] = field(default_factory=dict)
    spread: str = ""


def _areas() -> dict[int, str]:
    """Server version: requests that turn to Protocol Buffers there, with their messages where the names differ."""
    return {
        v.PROTOBUF: "reqExecutions:ExecutionRequest",
        v.PROTOBUF_PLACE_ORDER: "placeOrder:PlaceOrderRequest cancelOrder:CancelOrderRequest reqGlobalCancel:GlobalCancelRequest",
        v.PROTOBUF_COMPLETED_ORDER: "reqAllOpenOrders:AllOpenOrdersRequest reqAutoOpenOrders:AutoOpenOrdersRequest "
        "reqOpenOrders:OpenOrdersRequest reqCompletedOrders:CompletedOrdersRequest",
        v.PROTOBUF_CONTRACT_DATA: "reqContractDetails:ContractDataRequest",
        v.PROTOBUF_MARKET_DATA: "reqMktData:MarketDataRequest cancelMktData:CancelMarketData reqMktDepth:MarketDepthRequest "
        "cancelMktDepth:CancelMarketDepth reqMarketDataType:MarketDataTypeRequest",
        v.PROTOBUF_ACCOUNTS_POSITIONS: "reqAccountUpdates:AccountDataRequest reqManagedAccts:ManagedAccountsRequest "
        "reqPositions:PositionsRequest cancelPositions:CancelPositions reqAccountSummary:AccountSummaryRequest "
        "cancelAccountSummary:CancelAccountSummary reqPositionsMulti:PositionsMultiRequest cancelPositionsMulti:CancelPositionsMulti "
        "reqAccountUpdatesMulti:AccountUpdatesMultiRequest cancelAccountUpdatesMulti:CancelAccountUpdatesMulti",
        v.PROTOBUF_HISTORICAL_DATA: "reqHistoricalData:HistoricalDataRequest cancelHistoricalData:CancelHistoricalData "
        "reqRealTimeBars:RealTimeBarsRequest cancelRealTimeBars:CancelRealTimeBars reqHeadTimeStamp:HeadTimestampRequest "
        "cancelHeadTimeStamp:CancelHeadTimestamp reqHistogramData:HistogramDataRequest cancelHistogramData:CancelHistogramData "
        "reqHistoricalTicks:HistoricalTicksRequest reqTickByTickData:TickByTickRequest cancelTickByTickData:CancelTickByTick",
        v.PROTOBUF_NEWS_DATA: "reqNewsBulletins:NewsBulletinsRequest cancelNewsBulletins:CancelNewsBulletins "
        "reqNewsArticle:NewsArticleRequest reqNewsProviders:NewsProvidersRequest reqHistoricalNews:HistoricalNewsRequest "
        "reqWshMetaData:WshMetaDataRequest cancelWshMetaData:CancelWshMetaData reqWshEventData:WshEventDataRequest "
        "cancelWshEventData:CancelWshEventData",
        v.PROTOBUF_SCAN_DATA: "reqScannerParameters:ScannerParametersRequest reqScannerSubscription:ScannerSubscriptionRequest "
        "cancelScannerSubscription:CancelScannerSubscription reqFundamentalData:FundamentalsDataRequest "
        "cancelFundamentalData:CancelFundamentalsData reqPnL:PnLRequest cancelPnL:CancelPnL reqPnLSingle:PnLSingleRequest "
        "cancelPnLSingle:CancelPnLSingle",
        v.PROTOBUF_REST_MESSAGES_1: "requestFA:FARequest replaceFA:FAReplace exerciseOptions:ExerciseOptionsRequest "
        "calculateImpliedVolatility:CalculateImpliedVolatilityRequest cancelCalculateImpliedVolatility:CancelCalculateImpliedVolatility "
        "calculateOptionPrice:CalculateOptionPriceRequest cancelCalculateOptionPrice:CancelCalculateOptionPrice",
        v.PROTOBUF_REST_MESSAGES_2: "reqSecDefOptParams:SecDefOptParamsRequest reqSoftDollarTiers:SoftDollarTiersRequest "
        "reqFamilyCodes:FamilyCodesRequest reqMatchingSymbols:MatchingSymbolsRequest reqSmartComponents:SmartComponentsRequest "
        "reqMarketRule:MarketRuleRequest reqUserInfo:UserInfoRequest",
        v.PROTOBUF_REST_MESSAGES_3: "reqIds:IdsRequest reqCurrentTime:CurrentTimeRequest "
        "reqCurrentTimeInMillis:CurrentTimeInMillisRequest startApi:StartApiRequest setServerLogLevel:SetServerLogLevelRequest "
        "verifyRequest:VerifyRequest verifyMessage:VerifyMessageRequest queryDisplayGroups:QueryDisplayGroupsRequest "
        "subscribeToGroupEvents:SubscribeToGroupEventsRequest updateDisplayGroup:UpdateDisplayGroupRequest "
        "unsubscribeFromGroupEvents:UnsubscribeFromGroupEventsRequest reqMktDepthExchanges:MarketDepthExchangesRequest",
        v.CANCEL_CONTRACT_DATA: "cancelContractData:CancelContractData cancelHistoricalTicks:CancelHistoricalTicks",
    }


RENAMED: dict[str, dict[str, str]] = {
    "startApi": {"optCapab": "optionalCapabilities"},
    "reqExecutions": {"execFilter": "executionFilter"},
    "reqAutoOpenOrders": {"bAutoBind": "autoBind"},
    "reqMktData": {"mktDataOptions": "marketDataOptions"},
    "reqMktDepth": {"mktDepthOptions": "marketDepthOptions"},
    "reqAccountSummary": {"groupName": "group"},
    "reqHistoricalData": {"durationStr": "duration"},
    "reqHistogramData": {"tickerId": "reqId"},
    "cancelHistogramData": {"tickerId": "reqId"},
    "reqHistoricalTicks": {"useRth": "useRTH"},
    "reqNewsBulletins": {"allMsgs": "allMessages"},
    "reqPnLSingle": {"conid": "conId"},
    "reqFundamentalData": {"fundamentalDataOptions": "fundamentalsDataOptions"},
    "requestFA": {"faData": "faDataType"},
    "replaceFA": {"faData": "faDataType", "cxml": "xml"},
    "exerciseOptions": {"reqId": "orderId"},
    "calculateImpliedVolatility": {"implVolOptions": "impliedVolatilityOptions"},
    "calculateOptionPrice": {"optPrcOptions": "optionPriceOptions"},
    "reqScannerSubscription": {"subscription": "scannerSubscription"},
}
SPREAD = {"reqWshEventData": "wshEventData"}

BINDINGS: dict[str, RequestBinding] = {
    name: RequestBinding(name, message, since, RENAMED.get(name, {}), SPREAD.get(name, ""))
    for since, area in _areas().items()
    for name, message in (entry.split(":") for entry in area.split())
}

# Parameters of an order that only later versions know, and what they are called in the error.
LATER_PARAMETERS: tuple[tuple[int, str, str], ...] = (
    (v.ADDITIONAL_ORDER_PARAMS_1, "order", "deactivate postOnly allowPreOpen ignoreOpenAuction"),
    (v.ADDITIONAL_ORDER_PARAMS_2, "order", "routeMarketableToBbo seekPriceImprovement whatIfType"),
    (v.HEDGE_MAX_SIZE, "order", "hedgeMaxSize"),
    (v.ATTACHED_ORDERS, "attachedOrders", "slOrderId slOrderType ptOrderId ptOrderType"),
)


@cache
def _writers(name: str) -> dict[str, Write]:
    """By argument, what writes it into the request's message; an argument that has no field there is not among them."""
    binding = BINDINGS[name]
    fields = fields_of(binding.message)
    placed = {argument: fields.get(binding.renamed.get(argument, argument)) for argument in REQUESTS[name].arguments}
    writers = {argument: writer(one, argument) for argument, one in placed.items() if one is not None}
    if binding.spread:
        writers[binding.spread] = partial(_spread, fields, binding.spread)
    return writers


def encode(binding: RequestBinding, server_version: int, arguments: Mapping[str, Any]) -> bytes:
    """The message of a request. FieldError: a value cannot be sent; NotSupported: the server is too old for one."""
    message = message_class(binding.message)()
    writers = _writers(binding.name)
    try:
        for argument, value in arguments.items():
            if value is None and argument in ID_ARGUMENTS:
                raise Refused(argument, "None is not a whole number", False)
            if argument in writers:
                writers[argument](message, value, "")
        if binding.name in BESIDE:
            BESIDE[binding.name](message, arguments)
    except Refused as refused:
        raise as_field_error(binding.name, refused) from None
    if binding.name == "placeOrder":
        _check_later(message, server_version)
    data: bytes = message.SerializeToString()
    return data


def _spread(fields: Mapping[str, FieldType], argument: str, message: Any, value: Any, path: str) -> None:
    for name, one in fields.items():
        if hasattr(value, name):
            write_field(message, one, getattr(value, name), f"{path}{argument}.{name}")


def _beside_order(message: Any, arguments: Mapping[str, Any]) -> None:
    order, attached = arguments["order"], message.attachedOrders
    attached.SetInParent()
    write_object(attached, order, ATTACHED, "order")
    if order.orderComboLegs:
        for n, (leg, price) in enumerate(zip(message.contract.comboLegs, order.orderComboLegs, strict=False)):
            write_field(leg, fields_of("ComboLeg")["perLegPrice"], price.price, f"order.orderComboLegs[{n}].price")


def _beside_scanner(message: Any, arguments: Mapping[str, Any]) -> None:
    one = fields_of("ScannerSubscription")
    for options in ("scannerSubscriptionOptions", "scannerSubscriptionFilterOptions"):
        write_field(message.scannerSubscription, one[options], arguments[options], options)


BESIDE: dict[str, Callable[[Any, Mapping[str, Any]], None]] = {
    "placeOrder": _beside_order,
    "reqScannerSubscription": _beside_scanner,
}  # what stands elsewhere in the message than in the arguments


def _check_later(message: Any, server_version: int) -> None:
    for part, name in _too_late(server_version):
        if getattr(message, part).HasField(name):
            raise NotSupported(503, f"It does not support the order parameter {name}.", True)


@cache
def _too_late(server_version: int) -> list[tuple[str, str]]:
    return [(part, name) for since, part, names in LATER_PARAMETERS if server_version < since for name in names.split()]
