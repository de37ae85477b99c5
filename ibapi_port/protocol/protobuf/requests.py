"""The requests as Protocol Buffers messages: which one, since when, and which field an argument
goes to when its name is another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from ...const import UNSET_DOUBLE
from ...order import Order
from ..exceptions import NotSupported
from ..schema import canonical, field_types
from ..schema.canonical import Refused, argument_type, attribute_types, new
from ..schema.messages import REQUESTS
from ..schema.shared_fields import v
from ..text import compiler
from .classes import ProtoMessage, fields_of, message_class
from .field_writers import (
    INLINE_CONSTANTS,
    Write,
    as_field_error,
    inline_write,
    listed,
    write_object,
    writer,
)
from .object_mapping import ATTACHED_ORDERS, mapping_of


@dataclass
class RequestBinding:
    """`renamed`: argument -> field; `spread`: an argument whose attributes are the message's own
    fields.
    """

    name: str
    message: str
    since: int
    renamed: Mapping[str, str] = field(default_factory=dict)
    spread: str = ""


def _areas() -> dict[int, str]:
    """Return, by server version, the requests that turn to Protocol Buffers there, with their
    messages.
    """
    return {
        v.PROTOBUF: "reqExecutions:ExecutionRequest",
        v.PROTOBUF_PLACE_ORDER: (
            "placeOrder:PlaceOrderRequest cancelOrder:CancelOrderRequest "
            "reqGlobalCancel:GlobalCancelRequest"
        ),
        v.PROTOBUF_COMPLETED_ORDER: (
            "reqAllOpenOrders:AllOpenOrdersRequest reqAutoOpenOrders:AutoOpenOrdersRequest "
            "reqOpenOrders:OpenOrdersRequest reqCompletedOrders:CompletedOrdersRequest"
        ),
        v.PROTOBUF_CONTRACT_DATA: "reqContractDetails:ContractDataRequest",
        v.PROTOBUF_MARKET_DATA: (
            "reqMktData:MarketDataRequest cancelMktData:CancelMarketData "
            "reqMktDepth:MarketDepthRequest cancelMktDepth:CancelMarketDepth "
            "reqMarketDataType:MarketDataTypeRequest"
        ),
        v.PROTOBUF_ACCOUNTS_POSITIONS: (
            "reqAccountUpdates:AccountDataRequest reqManagedAccts:ManagedAccountsRequest "
            "reqPositions:PositionsRequest cancelPositions:CancelPositions "
            "reqAccountSummary:AccountSummaryRequest cancelAccountSummary:CancelAccountSummary "
            "reqPositionsMulti:PositionsMultiRequest cancelPositionsMulti:CancelPositionsMulti "
            "reqAccountUpdatesMulti:AccountUpdatesMultiRequest "
            "cancelAccountUpdatesMulti:CancelAccountUpdatesMulti"
        ),
        v.PROTOBUF_HISTORICAL_DATA: (
            "reqHistoricalData:HistoricalDataRequest cancelHistoricalData:CancelHistoricalData "
            "reqRealTimeBars:RealTimeBarsRequest cancelRealTimeBars:CancelRealTimeBars "
            "reqHeadTimeStamp:HeadTimestampRequest cancelHeadTimeStamp:CancelHeadTimestamp "
            "reqHistogramData:HistogramDataRequest cancelHistogramData:CancelHistogramData "
            "reqHistoricalTicks:HistoricalTicksRequest reqTickByTickData:TickByTickRequest "
            "cancelTickByTickData:CancelTickByTick"
        ),
        v.PROTOBUF_NEWS_DATA: (
            "reqNewsBulletins:NewsBulletinsRequest cancelNewsBulletins:CancelNewsBulletins "
            "reqNewsArticle:NewsArticleRequest reqNewsProviders:NewsProvidersRequest "
            "reqHistoricalNews:HistoricalNewsRequest reqWshMetaData:WshMetaDataRequest "
            "cancelWshMetaData:CancelWshMetaData reqWshEventData:WshEventDataRequest "
            "cancelWshEventData:CancelWshEventData"
        ),
        v.PROTOBUF_SCAN_DATA: (
            "reqScannerParameters:ScannerParametersRequest "
            "reqScannerSubscription:ScannerSubscriptionRequest "
            "cancelScannerSubscription:CancelScannerSubscription "
            "reqFundamentalData:FundamentalsDataRequest "
            "cancelFundamentalData:CancelFundamentalsData reqPnL:PnLRequest cancelPnL:CancelPnL "
            "reqPnLSingle:PnLSingleRequest cancelPnLSingle:CancelPnLSingle"
        ),
        v.PROTOBUF_REST_MESSAGES_1: (
            "requestFA:FARequest replaceFA:FAReplace exerciseOptions:ExerciseOptionsRequest "
            "calculateImpliedVolatility:CalculateImpliedVolatilityRequest "
            "cancelCalculateImpliedVolatility:CancelCalculateImpliedVolatility "
            "calculateOptionPrice:CalculateOptionPriceRequest "
            "cancelCalculateOptionPrice:CancelCalculateOptionPrice"
        ),
        v.PROTOBUF_REST_MESSAGES_2: (
            "reqSecDefOptParams:SecDefOptParamsRequest reqSoftDollarTiers:SoftDollarTiersRequest "
            "reqFamilyCodes:FamilyCodesRequest reqMatchingSymbols:MatchingSymbolsRequest "
            "reqSmartComponents:SmartComponentsRequest reqMarketRule:MarketRuleRequest "
            "reqUserInfo:UserInfoRequest"
        ),
        v.PROTOBUF_REST_MESSAGES_3: (
            "reqIds:IdsRequest reqCurrentTime:CurrentTimeRequest "
            "reqCurrentTimeInMillis:CurrentTimeInMillisRequest startApi:StartApiRequest "
            "setServerLogLevel:SetServerLogLevelRequest verifyRequest:VerifyRequest "
            "verifyMessage:VerifyMessageRequest queryDisplayGroups:QueryDisplayGroupsRequest "
            "subscribeToGroupEvents:SubscribeToGroupEventsRequest "
            "updateDisplayGroup:UpdateDisplayGroupRequest "
            "unsubscribeFromGroupEvents:UnsubscribeFromGroupEventsRequest "
            "reqMktDepthExchanges:MarketDepthExchangesRequest"
        ),
        v.CANCEL_CONTRACT_DATA: (
            "cancelContractData:CancelContractData cancelHistoricalTicks:CancelHistoricalTicks"
        ),
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
SPREAD_ARGUMENTS = {"reqWshEventData": "wshEventData"}

BINDINGS: dict[str, RequestBinding] = {
    name: RequestBinding(
        name, message, since, RENAMED.get(name, {}), SPREAD_ARGUMENTS.get(name, "")
    )
    for since, area in _areas().items()
    for name, message in (entry.split(":") for entry in area.split())
}

# Parameters of an order that only later versions know, and what they are called in the error.
LATER_PARAMETERS: tuple[tuple[int, str, str], ...] = (
    (v.ADDITIONAL_ORDER_PARAMS_1, "order", "deactivate postOnly allowPreOpen ignoreOpenAuction"),
    (v.ADDITIONAL_ORDER_PARAMS_2, "order", "routeMarketableToBbo seekPriceImprovement whatIfType"),
    (v.HEDGE_MAX_SIZE, "order", "hedgeMaxSize"),
    (v.COND_ORDER_WITH_OVERNIGHT_PARAM, "order", "conditionsIncludeOvernight"),
    (v.ATTACHED_ORDERS, "attachedOrders", "slOrderId slOrderType ptOrderId ptOrderType"),
)


@cache
def encoder(name: str, server_version: int) -> Callable[..., bytes]:
    """Return the compiled function that makes the message of a request from its arguments.

    It raises FieldError for a value that cannot be sent, and NotSupported if the server is too old
    for one.
    """
    binding = BINDINGS[name]
    arguments = REQUESTS[name].arguments
    fields = fields_of(binding.message)
    names: dict[str, Any] = {
        "new": message_class(binding.message),
        "Refused": Refused,
        "as_field_error": as_field_error,
        **INLINE_CONSTANTS,
    }
    body: list[str] = []
    for argument in arguments:
        one = fields.get(binding.renamed.get(argument, argument))
        inline: list[str] = []
        if argument == binding.spread:
            names[f"write_{argument}"] = partial(
                _spread, REQUESTS[name].classes[argument], argument
            )
        elif one is not None:
            field_type = argument_type(REQUESTS[name], argument)
            names[f"write_{argument}"] = writer(one, argument, field_type)
            inline = inline_write(one, field_type, None)
        else:
            continue
        general_write = f"write_{argument}(message, {argument}, '')"
        body += [f"x = {argument}", *inline, f"    {general_write}"] if inline else [general_write]
    if name in WRITTEN_BESIDE:
        names["beside"], taken = WRITTEN_BESIDE[name]
        body.append(f"beside(message, {', '.join(taken)})")
    lines = [f"def encode({', '.join(arguments)}):", "    message = new()"]
    if body:
        lines += ["    try:", *(f"        {line}" for line in body)]
        lines += [
            "    except Refused as refused:",
            f"        raise as_field_error({name!r}, refused) from refused",
        ]
    if name == "placeOrder" and _too_late(server_version):
        names["check_later"] = partial(_check_later, server_version)
        lines.append("    check_later(message)")
    lines.append("    return message.SerializeToString()")
    compiled: Callable[..., bytes] = compiler.load(
        "\n".join(lines), "encode", names, f"ibapi_port encode {name} {server_version} protobuf"
    )
    return compiled


def _spread(cls: type, argument: str, message: ProtoMessage, value: object, path: str) -> None:
    for attribute, write in _spread_writers(cls, argument):
        write(message, getattr(value, attribute), path)


@cache
def _spread_writers(cls: type, argument: str) -> list[tuple[str, Write]]:
    fields = fields_of(mapping_of(cls).message)
    made = new(cls)
    attributes = [
        (name, field_type) for name, field_type in attribute_types(cls).items() if name in fields
    ]
    return [
        (name, writer(fields[name], f"{argument}.{name}", field_type, getattr(made, name)))
        for name, field_type in attributes
    ]


def _beside_order(message: ProtoMessage, order: Any) -> None:
    attached = message.attachedOrders
    attached.SetInParent()
    write_object(attached, order, ATTACHED_ORDERS, "order")
    path = "order.orderComboLegs"
    prices = listed(order.orderComboLegs, path)
    if prices:
        prices = canonical.attribute_convert(Order, "orderComboLegs")(prices, path)
        for leg, one in zip(message.contract.comboLegs, prices, strict=False):
            if one.price != UNSET_DOUBLE:
                leg.perLegPrice = one.price


_SCANNER_OPTIONS = ("scannerSubscriptionOptions", "scannerSubscriptionFilterOptions")


def _beside_scanner(message: ProtoMessage, *both: Any) -> None:
    fields = fields_of("ScannerSubscription")
    for name, options in zip(_SCANNER_OPTIONS, both, strict=True):
        writer(fields[name], name, field_types.OPTIONS)(message.scannerSubscription, options, "")


WRITTEN_BESIDE: dict[str, tuple[Callable[..., None], tuple[str, ...]]] = {
    "placeOrder": (_beside_order, ("order",)),
    "reqScannerSubscription": (_beside_scanner, _SCANNER_OPTIONS),
}  # what stands elsewhere in the message than in the arguments, and those arguments


def _check_later(server_version: int, message: ProtoMessage) -> None:
    for part, name in _too_late(server_version):
        if getattr(message, part).HasField(name):
            raise NotSupported(503, f"It does not support the order parameter {name}.", True)


@cache
def _too_late(server_version: int) -> list[tuple[str, str]]:
    return [
        (part, name)
        for since, part, names in LATER_PARAMETERS
        if server_version < since
        for name in names.split()
    ]
