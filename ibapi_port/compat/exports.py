"""What each module of `ibapi` gives beside what it defines: who imports from it gets these names
too.

`from ibapi.client import *` gives Decimal, queue and logging in one generation or another, and
programs use them. Here is what any generation from 9.81 to 10.51 gives, by module and by where the
names come from:

- "" modules of the standard library, and `ibapi` itself; "." modules of this package; "logging" the
  module's own logger
- "decimal", "google.protobuf", ...: names of that module
- ".errors", ...: names of that module of this package; "*" are all that it defines itself
- ".protobuf": messages, given with "Proto" after their names, as in `ContractProto`; "A=B" is B by
  the name `AProto`; they need the `protobuf` package
"""

from __future__ import annotations

from collections.abc import Mapping

REQUESTS = (
    "AccountDataRequest AccountSummaryRequest AccountUpdatesMultiRequest AllOpenOrdersRequest "
    "AttachedOrders AutoOpenOrdersRequest CalculateImpliedVolatilityRequest "
    "CalculateOptionPriceRequest CancelAccountSummary CancelAccountUpdatesMulti "
    "CancelCalculateImpliedVolatility CancelCalculateOptionPrice CancelContractData "
    "CancelFundamentalsData CancelHeadTimestamp CancelHistogramData CancelHistoricalData "
    "CancelHistoricalTicks CancelMarketData CancelMarketDepth CancelNewsBulletins "
    "CancelOrderRequest CancelPnL CancelPnLSingle CancelPositionsMulti CancelPositions "
    "CancelRealTimeBars CancelScannerSubscription CancelTickByTick CancelWshEventData "
    "CancelWshMetaData ComboLeg CompletedOrdersRequest ConfigRequest ContractDataRequest "
    "CurrentTimeInMillisRequest CurrentTimeRequest ExecutionFilter ExecutionRequest "
    "ExerciseOptionsRequest FAReplace FARequest FamilyCodesRequest FundamentalsDataRequest "
    "GlobalCancelRequest HeadTimestampRequest HistogramDataRequest HistoricalDataRequest "
    "HistoricalNewsRequest HistoricalTicksRequest IdsRequest ManagedAccountsRequest "
    "MarketDataRequest MarketDataTypeRequest MarketDepthExchangesRequest MarketDepthRequest "
    "MarketRuleRequest MatchingSymbolsRequest NewsArticleRequest NewsBulletinsRequest "
    "NewsProvidersRequest OpenOrdersRequest PlaceOrderRequest PnLRequest PnLSingleRequest "
    "PositionsMultiRequest PositionsRequest QueryDisplayGroupsRequest RealTimeBarsRequest "
    "ScannerParametersRequest ScannerSubscription ScannerSubscriptionRequest "
    "SecDefOptParamsRequest SetServerLogLevelRequest SmartComponentsRequest SoftDollarTiersRequest "
    "StartApiRequest SubscribeToGroupEventsRequest TickByTickRequest "
    "UnsubscribeFromGroupEventsRequest UpdateConfigRequest UpdateDisplayGroupRequest "
    "UserInfoRequest VerifyMessageRequest VerifyRequest WshEventDataRequest WshMetaDataRequest"
)  # messages that a client sends
MESSAGES = (
    "AccountDataEnd AccountSummaryEnd AccountSummary AccountUpdateMultiEnd AccountUpdateMulti "
    "AccountUpdateTime AccountValue CommissionAndFeesReport CompletedOrder CompletedOrdersEnd "
    "ConfigResponse ContractDataEnd ContractData CurrentTimeInMillis CurrentTime DisplayGroupList "
    "DisplayGroupUpdated ErrorMessage ExecutionDetailsEnd ExecutionDetails FamilyCodes "
    "FundamentalsData HeadTimestamp HistogramData HistoricalDataEnd HistoricalData "
    "HistoricalDataUpdate HistoricalNewsEnd HistoricalNews HistoricalSchedule "
    "HistoricalTicksBidAsk HistoricalTicksLast HistoricalTicks ManagedAccounts MarketDataType "
    "MarketDepthExchanges MarketDepthL2 MarketDepth MarketRule NewsArticle NewsBulletin "
    "NewsProviders NextValidId OpenOrder OpenOrdersEnd OrderBound OrderStatus PnL PnLSingle "
    "PortfolioValue PositionEnd PositionMultiEnd PositionMulti Position RealTimeBarTick ReceiveFA "
    "ReplaceFAEnd RerouteMarketDataRequest RerouteMarketDepthRequest ScannerData ScannerParameters "
    "SecDefOptParameterEnd SecDefOptParameter SmartComponents SoftDollarTiers SymbolSamples "
    "TickByTickData TickGeneric TickNews TickOptionComputation TickPrice TickReqParams TickSize "
    "TickSnapshotEnd TickString UpdateConfigResponse UserInfo VerifyCompleted VerifyMessageApi "
    "WshEventData WshMetaData"
)  # messages that TWS sends

EXPORTS: Mapping[str, Mapping[str, str]] = {
    "client": {
        "": "ibapi logging math queue socket sys",
        ".": "comm decoder reader",
        ".client_utils": "*",
        ".comm": "make_field make_field_handle_empty",
        ".common": "*",
        ".connection": "Connection",
        ".const": "*",
        ".contract": "Contract",
        ".enum_implem": "Enum",
        ".errors": "*",
        ".execution": "ExecutionFilter",
        ".message": "OUT",
        ".object_implem": "Object",
        ".order": "Order",
        ".order_cancel": "OrderCancel",
        ".protobuf": REQUESTS,
        ".scanner": "ScannerSubscription",
        ".server_versions": "*",
        ".utils": "*",
        "decimal": "Decimal",
        "logging": "logger",
    },
    "client_utils": {
        ".common": "TagValueList WshEventData",
        ".const": "UNSET_DOUBLE",
        ".contract": "ComboLeg Contract DeltaNeutralContract",
        ".errors": "ERROR_ENCODING_PROTOBUF",
        ".execution": "ExecutionFilter",
        ".order": "Order",
        ".order_cancel": "OrderCancel",
        ".order_condition": (
            "ContractCondition Create ExecutionCondition MarginCondition OperatorCondition "
            "OrderCondition PercentChangeCondition PriceCondition TimeCondition VolumeCondition"
        ),
        ".protobuf": (
            REQUESTS
            + " Contract DeltaNeutralContract OrderCancel OrderCondition Order SoftDollarTier"
        ),
        ".scanner": "ScannerSubscription",
        ".tag_value": "TagValue",
        ".utils": (
            "ClientException decimalMaxString isValidDecimalValue isValidFloatValue "
            "isValidIntValue isValidLongValue"
        ),
    },
    "comm": {
        "": "logging struct sys",
        ".errors": "INVALID_SYMBOL",
        ".utils": "ClientException isAsciiPrintable",
        "logging": "logger",
    },
    "commission_and_fees_report": {
        ".object_implem": "Object",
        ".utils": "floatMaxString intMaxString",
    },
    "commission_report": {
        ".": "utils",
        ".object_implem": "Object",
        ".utils": "floatMaxString intMaxString",
    },
    "common": {
        "": "ibapi math sys",
        ".enum_implem": "Enum",
        ".message": "OUT",
        ".object_implem": "Object",
        ".server_versions": "*",
        ".utils": "decimalMaxString floatMaxString intMaxString",
        "decimal": "Decimal",
    },
    "connection": {
        "": "logging socket sys threading",
        ".common": "*",
        ".const": "*",
        ".enum_implem": "Enum",
        ".errors": "*",
        ".object_implem": "Object",
        ".utils": "currentTimeMillis",
        "logging": "logger",
    },
    "const": {
        "": "math sys",
        "decimal": "Decimal",
    },
    "contract": {
        ".object_implem": "Object",
        ".utils": "decimalMaxString floatMaxString intMaxString",
        "enum": "Enum",
    },
    "decoder": {
        "": "datetime ibapi inspect logging math sys time",
        ".commission_and_fees_report": "CommissionAndFeesReport",
        ".common": "*",
        ".const": "*",
        ".contract": (
            "Contract ContractDescription ContractDetails DeltaNeutralContract FundAssetType "
            "FundDistributionPolicyIndicator"
        ),
        ".decoder_utils": "*",
        ".enum_implem": "Enum",
        ".errors": "BAD_MESSAGE UNKNOWN_ID",
        ".execution": "Execution",
        ".ineligibility_reason": "IneligibilityReason",
        ".message": "IN OUT",
        ".object_implem": "Object",
        ".order": "Order",
        ".order_state": "OrderState",
        ".orderdecoder": "OrderDecoder",
        ".protobuf": MESSAGES,
        ".scanner": "ScanData",
        ".server_versions": "*",
        ".softdollartier": "SoftDollarTier",
        ".tag_value": "TagValue",
        ".ticktype": "TickType TickTypeEnum",
        ".utils": "*",
        ".wrapper": "CommissionReport EWrapper logAnswer",
        "decimal": "Decimal",
        "google.protobuf": "text_format",
        "google.protobuf.message": "Message",
        "logging": "logger",
    },
    "decoder_utils": {
        ".common": "*",
        ".contract": (
            "ComboLeg Contract ContractDetails DeltaNeutralContract FundAssetType "
            "FundDistributionPolicyIndicator"
        ),
        ".execution": "Execution OptionExerciseType",
        ".ineligibility_reason": "IneligibilityReason",
        ".order": "Order OrderComboLeg",
        ".order_condition": (
            "ContractCondition ExecutionCondition MarginCondition OperatorCondition "
            "OrderCondition PercentChangeCondition PriceCondition TimeCondition VolumeCondition"
        ),
        ".order_state": "OrderAllocation OrderState",
        ".protobuf": (
            "ContractDetails Contract DeltaNeutralContract "
            "DepthMarketDataDescription Execution FamilyCode "
            "HistogramDataEntry HistoricalDataBar HistoricalTickBidAsk "
            "HistoricalTickLast HistoricalTick OrderAllocatiion=OrderAllocation "
            "OrderCondition Order OrderState PriceIncrement "
            "SmartComponent SmartComponents SoftDollarTier"
        ),
        ".softdollartier": "SoftDollarTier",
        ".tag_value": "TagValue",
        ".utils": "decimalMaxString floatMaxString getEnumTypeFromString isValidIntValue",
        "decimal": "Decimal",
    },
    "execution": {
        ".object_implem": "Object",
        ".utils": "decimalMaxString floatMaxString getEnumTypeName intMaxString longMaxString",
        "enum": "Enum",
    },
    "ineligibility_reason": {
        ".object_implem": "Object",
    },
    "message": {
        "enum": "IntEnum",
    },
    "order": {
        ".object_implem": "Object",
        ".softdollartier": "SoftDollarTier",
        ".utils": "decimalMaxString floatMaxString intMaxString longMaxString",
    },
    "order_cancel": {
        ".object_implem": "Object",
        ".utils": "intMaxString",
    },
    "order_condition": {
        ".": "comm",
        ".enum_implem": "Enum",
        ".object_implem": "Object",
        ".utils": "decode",
    },
    "order_state": {
        ".object_implem": "Object",
        ".utils": "decimalMaxString floatMaxString",
    },
    "order_status": {
        "enum": "Enum",
    },
    "orderdecoder": {
        "": "inspect logging sys",
        ".": "order_condition",
        ".const": (
            "DOUBLE_INFINITY INFINITY_STR UNSET_DECIMAL UNSET_DOUBLE UNSET_INTEGER UNSET_LONG"
        ),
        ".contract": "ComboLeg DeltaNeutralContract",
        ".object_implem": "Object",
        ".order": "OrderComboLeg",
        ".order_state": "OrderAllocation",
        ".server_versions": "*",
        ".softdollartier": "SoftDollarTier",
        ".tag_value": "TagValue",
        ".utils": "*",
        "decimal": "Decimal",
        "logging": "logger",
    },
    "reader": {
        "": "logging",
        ".": "comm",
        "logging": "logger",
        "threading": "Thread",
    },
    "scanner": {
        ".object_implem": "Object",
    },
    "softdollartier": {
        ".object_implem": "Object",
    },
    "sync_wrapper": {
        "": "threading time",
        ".account_summary_tags": "AccountSummaryTags",
        ".client": "EClient",
        ".common": "BarData",
        ".contract": "Contract ContractDetails",
        ".execution": "Execution ExecutionFilter",
        ".order": "Order",
        ".order_cancel": "OrderCancel",
        ".order_state": "OrderState",
        ".wrapper": "EWrapper",
        "decimal": "Decimal",
    },
    "tag_value": {
        ".object_implem": "Object",
    },
    "ticktype": {
        ".enum_implem": "Enum",
    },
    "utils": {
        "": "datetime inspect logging sys time",
        "decimal": "Decimal",
        "google.protobuf": "text_format",
        "google.protobuf.message": "Message",
        "logging": "logger",
    },
    "wrapper": {
        "": "ibapi inspect logging math sys",
        ".commission_and_fees_report": "CommissionAndFeesReport",
        ".common": "*",
        ".const": "*",
        ".contract": "Contract ContractDetails DeltaNeutralContract",
        ".enum_implem": "Enum",
        ".execution": "Execution",
        ".object_implem": "Object",
        ".order": "Order",
        ".order_state": "OrderState",
        ".protobuf": MESSAGES,
        ".utils": "*",
        "decimal": "Decimal",
        "logging": "logger",
    },
}
