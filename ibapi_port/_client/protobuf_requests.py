"""Requests by Protocol Buffers messages: `placeOrderProtoBuf(placeOrderRequestProto)` and its kin.

A program makes the message itself (`ibapi_port.protobuf` has the classes, `ibapi_port.client_utils`
fills them); it is sent as it is. Nothing is sent, and an error comes with the message's own reqId
or orderId, where the client is not connected (504), the server version does not know the request as
such a message (503), or the message is another one (321).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..common import PROTOBUF_MSG_IDS
from .requests import Requests

if TYPE_CHECKING:
    from ..protobuf import _all as pb


class ProtobufRequests(Requests):
    """The requests of a client, and the same by messages."""

    serverVersion_: int | None

    def useProtoBuf(self, msgId: int) -> bool:
        """Return whether the request of that id goes out as a Protocol Buffers message, at the
        server version of the connection.
        """
        since = PROTOBUF_MSG_IDS.get(msgId)
        return (
            since is not None and self.serverVersion_ is not None and since <= self.serverVersion_
        )

    def reqExecutionsProtoBuf(self, executionRequestProto: pb.ExecutionRequest) -> None:
        """As `reqExecutions`, by an ExecutionRequest."""
        self._ibapi_port.request_protobuf(
            "reqExecutions", executionRequestProto, "reqExecutionsProtoBuf", "executionRequestProto"
        )

    def placeOrderProtoBuf(self, placeOrderRequestProto: pb.PlaceOrderRequest) -> None:
        """As `placeOrder`, by a PlaceOrderRequest."""
        self._ibapi_port.request_protobuf(
            "placeOrder", placeOrderRequestProto, "placeOrderProtoBuf", "placeOrderRequestProto"
        )

    def cancelOrderProtoBuf(self, cancelOrderRequestProto: pb.CancelOrderRequest) -> None:
        """As `cancelOrder`, by a CancelOrderRequest."""
        self._ibapi_port.request_protobuf(
            "cancelOrder", cancelOrderRequestProto, "cancelOrderProtoBuf", "cancelOrderRequestProto"
        )

    def reqGlobalCancelProtoBuf(self, globalCancelRequestProto: pb.GlobalCancelRequest) -> None:
        """As `reqGlobalCancel`, by a GlobalCancelRequest."""
        self._ibapi_port.request_protobuf(
            "reqGlobalCancel",
            globalCancelRequestProto,
            "reqGlobalCancelProtoBuf",
            "globalCancelRequestProto",
        )

    def reqAllOpenOrdersProtoBuf(self, allOpenOrdersRequestProto: pb.AllOpenOrdersRequest) -> None:
        """As `reqAllOpenOrders`, by an AllOpenOrdersRequest."""
        self._ibapi_port.request_protobuf(
            "reqAllOpenOrders",
            allOpenOrdersRequestProto,
            "reqAllOpenOrdersProtoBuf",
            "allOpenOrdersRequestProto",
        )

    def reqAutoOpenOrdersProtoBuf(
        self, autoOpenOrdersRequestProto: pb.AutoOpenOrdersRequest
    ) -> None:
        """As `reqAutoOpenOrders`, by an AutoOpenOrdersRequest."""
        self._ibapi_port.request_protobuf(
            "reqAutoOpenOrders",
            autoOpenOrdersRequestProto,
            "reqAutoOpenOrdersProtoBuf",
            "autoOpenOrdersRequestProto",
        )

    def reqOpenOrdersProtoBuf(self, openOrdersRequestProto: pb.OpenOrdersRequest) -> None:
        """As `reqOpenOrders`, by an OpenOrdersRequest."""
        self._ibapi_port.request_protobuf(
            "reqOpenOrders",
            openOrdersRequestProto,
            "reqOpenOrdersProtoBuf",
            "openOrdersRequestProto",
        )

    def reqCompletedOrdersProtoBuf(
        self, completedOrdersRequestProto: pb.CompletedOrdersRequest
    ) -> None:
        """As `reqCompletedOrders`, by a CompletedOrdersRequest."""
        self._ibapi_port.request_protobuf(
            "reqCompletedOrders",
            completedOrdersRequestProto,
            "reqCompletedOrdersProtoBuf",
            "completedOrdersRequestProto",
        )

    def reqContractDataProtoBuf(self, contractDataRequestProto: pb.ContractDataRequest) -> None:
        """As `reqContractDetails`, by a ContractDataRequest."""
        self._ibapi_port.request_protobuf(
            "reqContractDetails",
            contractDataRequestProto,
            "reqContractDataProtoBuf",
            "contractDataRequestProto",
        )

    def reqMarketDataProtoBuf(self, marketDataRequestProto: pb.MarketDataRequest) -> None:
        """As `reqMktData`, by a MarketDataRequest."""
        self._ibapi_port.request_protobuf(
            "reqMktData", marketDataRequestProto, "reqMarketDataProtoBuf", "marketDataRequestProto"
        )

    def cancelMarketDataProtoBuf(self, cancelMarketDataProto: pb.CancelMarketData) -> None:
        """As `cancelMktData`, by a CancelMarketData."""
        self._ibapi_port.request_protobuf(
            "cancelMktData",
            cancelMarketDataProto,
            "cancelMarketDataProtoBuf",
            "cancelMarketDataProto",
        )

    def reqMarketDepthProtoBuf(self, marketDepthRequestProto: pb.MarketDepthRequest) -> None:
        """As `reqMktDepth`, by a MarketDepthRequest."""
        self._ibapi_port.request_protobuf(
            "reqMktDepth",
            marketDepthRequestProto,
            "reqMarketDepthProtoBuf",
            "marketDepthRequestProto",
        )

    def cancelMarketDepthProtoBuf(self, cancelMarketDepthProto: pb.CancelMarketDepth) -> None:
        """As `cancelMktDepth`, by a CancelMarketDepth."""
        self._ibapi_port.request_protobuf(
            "cancelMktDepth",
            cancelMarketDepthProto,
            "cancelMarketDepthProtoBuf",
            "cancelMarketDepthProto",
        )

    def reqMarketDataTypeProtoBuf(
        self, marketDataTypeRequestProto: pb.MarketDataTypeRequest
    ) -> None:
        """As `reqMarketDataType`, by a MarketDataTypeRequest."""
        self._ibapi_port.request_protobuf(
            "reqMarketDataType",
            marketDataTypeRequestProto,
            "reqMarketDataTypeProtoBuf",
            "marketDataTypeRequestProto",
        )

    def reqAccountUpdatesProtoBuf(self, accountDataRequestProto: pb.AccountDataRequest) -> None:
        """As `reqAccountUpdates`, by an AccountDataRequest."""
        self._ibapi_port.request_protobuf(
            "reqAccountUpdates",
            accountDataRequestProto,
            "reqAccountUpdatesProtoBuf",
            "accountDataRequestProto",
        )

    def reqManagedAcctsProtoBuf(
        self, managedAccountsRequestProto: pb.ManagedAccountsRequest
    ) -> None:
        """As `reqManagedAccts`, by a ManagedAccountsRequest."""
        self._ibapi_port.request_protobuf(
            "reqManagedAccts",
            managedAccountsRequestProto,
            "reqManagedAcctsProtoBuf",
            "managedAccountsRequestProto",
        )

    def reqPositionsProtoBuf(self, positionsRequestProto: pb.PositionsRequest) -> None:
        """As `reqPositions`, by a PositionsRequest."""
        self._ibapi_port.request_protobuf(
            "reqPositions", positionsRequestProto, "reqPositionsProtoBuf", "positionsRequestProto"
        )

    def cancelPositionsProtoBuf(self, cancelPositionsProto: pb.CancelPositions) -> None:
        """As `cancelPositions`, by a CancelPositions."""
        self._ibapi_port.request_protobuf(
            "cancelPositions",
            cancelPositionsProto,
            "cancelPositionsProtoBuf",
            "cancelPositionsProto",
        )

    def reqAccountSummaryProtoBuf(
        self, accountSummaryRequestProto: pb.AccountSummaryRequest
    ) -> None:
        """As `reqAccountSummary`, by an AccountSummaryRequest."""
        self._ibapi_port.request_protobuf(
            "reqAccountSummary",
            accountSummaryRequestProto,
            "reqAccountSummaryProtoBuf",
            "accountSummaryRequestProto",
        )

    def cancelAccountSummaryProtoBuf(
        self, cancelAccountSummaryProto: pb.CancelAccountSummary
    ) -> None:
        """As `cancelAccountSummary`, by a CancelAccountSummary."""
        self._ibapi_port.request_protobuf(
            "cancelAccountSummary",
            cancelAccountSummaryProto,
            "cancelAccountSummaryProtoBuf",
            "cancelAccountSummaryProto",
        )

    def reqPositionsMultiProtoBuf(
        self, positionsMultiRequestProto: pb.PositionsMultiRequest
    ) -> None:
        """As `reqPositionsMulti`, by a PositionsMultiRequest."""
        self._ibapi_port.request_protobuf(
            "reqPositionsMulti",
            positionsMultiRequestProto,
            "reqPositionsMultiProtoBuf",
            "positionsMultiRequestProto",
        )

    def cancelPositionsMultiProtoBuf(
        self, cancelPositionsMultiProto: pb.CancelPositionsMulti
    ) -> None:
        """As `cancelPositionsMulti`, by a CancelPositionsMulti."""
        self._ibapi_port.request_protobuf(
            "cancelPositionsMulti",
            cancelPositionsMultiProto,
            "cancelPositionsMultiProtoBuf",
            "cancelPositionsMultiProto",
        )

    def reqAccountUpdatesMultiProtoBuf(
        self, accountUpdatesMultiRequestProto: pb.AccountUpdatesMultiRequest
    ) -> None:
        """As `reqAccountUpdatesMulti`, by an AccountUpdatesMultiRequest."""
        self._ibapi_port.request_protobuf(
            "reqAccountUpdatesMulti",
            accountUpdatesMultiRequestProto,
            "reqAccountUpdatesMultiProtoBuf",
            "accountUpdatesMultiRequestProto",
        )

    def cancelAccountUpdatesMultiProtoBuf(
        self, cancelAccountUpdatesMultiProto: pb.CancelAccountUpdatesMulti
    ) -> None:
        """As `cancelAccountUpdatesMulti`, by a CancelAccountUpdatesMulti."""
        self._ibapi_port.request_protobuf(
            "cancelAccountUpdatesMulti",
            cancelAccountUpdatesMultiProto,
            "cancelAccountUpdatesMultiProtoBuf",
            "cancelAccountUpdatesMultiProto",
        )

    def reqHistoricalDataProtoBuf(
        self, historicalDataRequestProto: pb.HistoricalDataRequest
    ) -> None:
        """As `reqHistoricalData`, by a HistoricalDataRequest."""
        self._ibapi_port.request_protobuf(
            "reqHistoricalData",
            historicalDataRequestProto,
            "reqHistoricalDataProtoBuf",
            "historicalDataRequestProto",
        )

    def cancelHistoricalDataProtoBuf(
        self, cancelHistoricalDataProto: pb.CancelHistoricalData
    ) -> None:
        """As `cancelHistoricalData`, by a CancelHistoricalData."""
        self._ibapi_port.request_protobuf(
            "cancelHistoricalData",
            cancelHistoricalDataProto,
            "cancelHistoricalDataProtoBuf",
            "cancelHistoricalDataProto",
        )

    def reqRealTimeBarsProtoBuf(self, realTimeBarsRequestProto: pb.RealTimeBarsRequest) -> None:
        """As `reqRealTimeBars`, by a RealTimeBarsRequest."""
        self._ibapi_port.request_protobuf(
            "reqRealTimeBars",
            realTimeBarsRequestProto,
            "reqRealTimeBarsProtoBuf",
            "realTimeBarsRequestProto",
        )

    def cancelRealTimeBarsProtoBuf(self, cancelRealTimeBarsProto: pb.CancelRealTimeBars) -> None:
        """As `cancelRealTimeBars`, by a CancelRealTimeBars."""
        self._ibapi_port.request_protobuf(
            "cancelRealTimeBars",
            cancelRealTimeBarsProto,
            "cancelRealTimeBarsProtoBuf",
            "cancelRealTimeBarsProto",
        )

    def reqHeadTimestampProtoBuf(self, headTimestampRequestProto: pb.HeadTimestampRequest) -> None:
        """As `reqHeadTimeStamp`, by a HeadTimestampRequest."""
        self._ibapi_port.request_protobuf(
            "reqHeadTimeStamp",
            headTimestampRequestProto,
            "reqHeadTimestampProtoBuf",
            "headTimestampRequestProto",
        )

    def cancelHeadTimestampProtoBuf(self, cancelHeadTimestampProto: pb.CancelHeadTimestamp) -> None:
        """As `cancelHeadTimeStamp`, by a CancelHeadTimestamp."""
        self._ibapi_port.request_protobuf(
            "cancelHeadTimeStamp",
            cancelHeadTimestampProto,
            "cancelHeadTimestampProtoBuf",
            "cancelHeadTimestampProto",
        )

    def reqHistogramDataProtoBuf(self, histogramDataRequestProto: pb.HistogramDataRequest) -> None:
        """As `reqHistogramData`, by a HistogramDataRequest."""
        self._ibapi_port.request_protobuf(
            "reqHistogramData",
            histogramDataRequestProto,
            "reqHistogramDataProtoBuf",
            "histogramDataRequestProto",
        )

    def cancelHistogramDataProtoBuf(self, cancelHistogramDataProto: pb.CancelHistogramData) -> None:
        """As `cancelHistogramData`, by a CancelHistogramData."""
        self._ibapi_port.request_protobuf(
            "cancelHistogramData",
            cancelHistogramDataProto,
            "cancelHistogramDataProtoBuf",
            "cancelHistogramDataProto",
        )

    def reqHistoricalTicksProtoBuf(
        self, historicalTicksRequestProto: pb.HistoricalTicksRequest
    ) -> None:
        """As `reqHistoricalTicks`, by a HistoricalTicksRequest."""
        self._ibapi_port.request_protobuf(
            "reqHistoricalTicks",
            historicalTicksRequestProto,
            "reqHistoricalTicksProtoBuf",
            "historicalTicksRequestProto",
        )

    def reqTickByTickDataProtoBuf(self, tickByTickRequestProto: pb.TickByTickRequest) -> None:
        """As `reqTickByTickData`, by a TickByTickRequest."""
        self._ibapi_port.request_protobuf(
            "reqTickByTickData",
            tickByTickRequestProto,
            "reqTickByTickDataProtoBuf",
            "tickByTickRequestProto",
        )

    def cancelTickByTickProtoBuf(self, cancelTickByTickProto: pb.CancelTickByTick) -> None:
        """As `cancelTickByTickData`, by a CancelTickByTick."""
        self._ibapi_port.request_protobuf(
            "cancelTickByTickData",
            cancelTickByTickProto,
            "cancelTickByTickProtoBuf",
            "cancelTickByTickProto",
        )

    def reqNewsBulletinsProtoBuf(self, newsBulletinsRequestProto: pb.NewsBulletinsRequest) -> None:
        """As `reqNewsBulletins`, by a NewsBulletinsRequest."""
        self._ibapi_port.request_protobuf(
            "reqNewsBulletins",
            newsBulletinsRequestProto,
            "reqNewsBulletinsProtoBuf",
            "newsBulletinsRequestProto",
        )

    def cancelNewsBulletinsProtoBuf(self, cancelNewsBulletinsProto: pb.CancelNewsBulletins) -> None:
        """As `cancelNewsBulletins`, by a CancelNewsBulletins."""
        self._ibapi_port.request_protobuf(
            "cancelNewsBulletins",
            cancelNewsBulletinsProto,
            "cancelNewsBulletinsProtoBuf",
            "cancelNewsBulletinsProto",
        )

    def reqNewsArticleProtoBuf(self, newsArticleRequestProto: pb.NewsArticleRequest) -> None:
        """As `reqNewsArticle`, by a NewsArticleRequest."""
        self._ibapi_port.request_protobuf(
            "reqNewsArticle",
            newsArticleRequestProto,
            "reqNewsArticleProtoBuf",
            "newsArticleRequestProto",
        )

    def reqNewsProvidersProtoBuf(self, newsProvidersRequestProto: pb.NewsProvidersRequest) -> None:
        """As `reqNewsProviders`, by a NewsProvidersRequest."""
        self._ibapi_port.request_protobuf(
            "reqNewsProviders",
            newsProvidersRequestProto,
            "reqNewsProvidersProtoBuf",
            "newsProvidersRequestProto",
        )

    def reqHistoricalNewsProtoBuf(
        self, historicalNewsRequestProto: pb.HistoricalNewsRequest
    ) -> None:
        """As `reqHistoricalNews`, by a HistoricalNewsRequest."""
        self._ibapi_port.request_protobuf(
            "reqHistoricalNews",
            historicalNewsRequestProto,
            "reqHistoricalNewsProtoBuf",
            "historicalNewsRequestProto",
        )

    def reqWshMetaDataProtoBuf(self, wshMetaDataRequestProto: pb.WshMetaDataRequest) -> None:
        """As `reqWshMetaData`, by a WshMetaDataRequest."""
        self._ibapi_port.request_protobuf(
            "reqWshMetaData",
            wshMetaDataRequestProto,
            "reqWshMetaDataProtoBuf",
            "wshMetaDataRequestProto",
        )

    def cancelWshMetaDataProtoBuf(self, cancelWshMetaDataProto: pb.CancelWshMetaData) -> None:
        """As `cancelWshMetaData`, by a CancelWshMetaData."""
        self._ibapi_port.request_protobuf(
            "cancelWshMetaData",
            cancelWshMetaDataProto,
            "cancelWshMetaDataProtoBuf",
            "cancelWshMetaDataProto",
        )

    def reqWshEventDataProtoBuf(self, wshEventDataRequestProto: pb.WshEventDataRequest) -> None:
        """As `reqWshEventData`, by a WshEventDataRequest."""
        self._ibapi_port.request_protobuf(
            "reqWshEventData",
            wshEventDataRequestProto,
            "reqWshEventDataProtoBuf",
            "wshEventDataRequestProto",
        )

    def cancelWshEventDataProtoBuf(self, cancelWshEventDataProto: pb.CancelWshEventData) -> None:
        """As `cancelWshEventData`, by a CancelWshEventData."""
        self._ibapi_port.request_protobuf(
            "cancelWshEventData",
            cancelWshEventDataProto,
            "cancelWshEventDataProtoBuf",
            "cancelWshEventDataProto",
        )

    def reqScannerParametersProtoBuf(
        self, scannerParametersRequestProto: pb.ScannerParametersRequest
    ) -> None:
        """As `reqScannerParameters`, by a ScannerParametersRequest."""
        self._ibapi_port.request_protobuf(
            "reqScannerParameters",
            scannerParametersRequestProto,
            "reqScannerParametersProtoBuf",
            "scannerParametersRequestProto",
        )

    def reqScannerSubscriptionProtoBuf(
        self, scannerSubscriptionRequestProto: pb.ScannerSubscriptionRequest
    ) -> None:
        """As `reqScannerSubscription`, by a ScannerSubscriptionRequest."""
        self._ibapi_port.request_protobuf(
            "reqScannerSubscription",
            scannerSubscriptionRequestProto,
            "reqScannerSubscriptionProtoBuf",
            "scannerSubscriptionRequestProto",
        )

    def cancelScannerSubscriptionProtoBuf(
        self, cancelScannerSubscriptionProto: pb.CancelScannerSubscription
    ) -> None:
        """As `cancelScannerSubscription`, by a CancelScannerSubscription."""
        self._ibapi_port.request_protobuf(
            "cancelScannerSubscription",
            cancelScannerSubscriptionProto,
            "cancelScannerSubscriptionProtoBuf",
            "cancelScannerSubscriptionProto",
        )

    def reqFundamentalsDataProtoBuf(
        self, fundamentalsDataRequestProto: pb.FundamentalsDataRequest
    ) -> None:
        """As `reqFundamentalData`, by a FundamentalsDataRequest."""
        self._ibapi_port.request_protobuf(
            "reqFundamentalData",
            fundamentalsDataRequestProto,
            "reqFundamentalsDataProtoBuf",
            "fundamentalsDataRequestProto",
        )

    def cancelFundamentalsDataProtoBuf(
        self, cancelFundamentalsDataProto: pb.CancelFundamentalsData
    ) -> None:
        """As `cancelFundamentalData`, by a CancelFundamentalsData."""
        self._ibapi_port.request_protobuf(
            "cancelFundamentalData",
            cancelFundamentalsDataProto,
            "cancelFundamentalsDataProtoBuf",
            "cancelFundamentalsDataProto",
        )

    def reqPnLProtoBuf(self, pnlRequestProto: pb.PnLRequest) -> None:
        """As `reqPnL`, by a PnLRequest."""
        self._ibapi_port.request_protobuf(
            "reqPnL", pnlRequestProto, "reqPnLProtoBuf", "pnlRequestProto"
        )

    def cancelPnLProtoBuf(self, cancelPnLProto: pb.CancelPnL) -> None:
        """As `cancelPnL`, by a CancelPnL."""
        self._ibapi_port.request_protobuf(
            "cancelPnL", cancelPnLProto, "cancelPnLProtoBuf", "cancelPnLProto"
        )

    def reqPnLSingleProtoBuf(self, pnlSingleRequestProto: pb.PnLSingleRequest) -> None:
        """As `reqPnLSingle`, by a PnLSingleRequest."""
        self._ibapi_port.request_protobuf(
            "reqPnLSingle", pnlSingleRequestProto, "reqPnLSingleProtoBuf", "pnlSingleRequestProto"
        )

    def cancelPnLSingleProtoBuf(self, cancelPnLSingleProto: pb.CancelPnLSingle) -> None:
        """As `cancelPnLSingle`, by a CancelPnLSingle."""
        self._ibapi_port.request_protobuf(
            "cancelPnLSingle",
            cancelPnLSingleProto,
            "cancelPnLSingleProtoBuf",
            "cancelPnLSingleProto",
        )

    def reqFAProtoBuf(self, faRequestProto: pb.FARequest) -> None:
        """As `requestFA`, by a FARequest."""
        self._ibapi_port.request_protobuf(
            "requestFA", faRequestProto, "reqFAProtoBuf", "faRequestProto"
        )

    def replaceFAProtoBuf(self, faReplaceProto: pb.FAReplace) -> None:
        """As `replaceFA`, by a FAReplace."""
        self._ibapi_port.request_protobuf(
            "replaceFA", faReplaceProto, "replaceFAProtoBuf", "faReplaceProto"
        )

    def exerciseOptionsProtoBuf(
        self, exerciseOptionsRequestProto: pb.ExerciseOptionsRequest
    ) -> None:
        """As `exerciseOptions`, by an ExerciseOptionsRequest."""
        self._ibapi_port.request_protobuf(
            "exerciseOptions",
            exerciseOptionsRequestProto,
            "exerciseOptionsProtoBuf",
            "exerciseOptionsRequestProto",
        )

    def calculateImpliedVolatilityProtoBuf(
        self, calculateImpliedVolatilityRequestProto: pb.CalculateImpliedVolatilityRequest
    ) -> None:
        """As `calculateImpliedVolatility`, by a CalculateImpliedVolatilityRequest."""
        self._ibapi_port.request_protobuf(
            "calculateImpliedVolatility",
            calculateImpliedVolatilityRequestProto,
            "calculateImpliedVolatilityProtoBuf",
            "calculateImpliedVolatilityRequestProto",
        )

    def cancelCalculateImpliedVolatilityProtoBuf(
        self, cancelCalculateImpliedVolatilityProto: pb.CancelCalculateImpliedVolatility
    ) -> None:
        """As `cancelCalculateImpliedVolatility`, by a CancelCalculateImpliedVolatility."""
        self._ibapi_port.request_protobuf(
            "cancelCalculateImpliedVolatility",
            cancelCalculateImpliedVolatilityProto,
            "cancelCalculateImpliedVolatilityProtoBuf",
            "cancelCalculateImpliedVolatilityProto",
        )

    def calculateOptionPriceProtoBuf(
        self, calculateOptionPriceRequestProto: pb.CalculateOptionPriceRequest
    ) -> None:
        """As `calculateOptionPrice`, by a CalculateOptionPriceRequest."""
        self._ibapi_port.request_protobuf(
            "calculateOptionPrice",
            calculateOptionPriceRequestProto,
            "calculateOptionPriceProtoBuf",
            "calculateOptionPriceRequestProto",
        )

    def cancelCalculateOptionPriceProtoBuf(
        self, cancelCalculateOptionPriceProto: pb.CancelCalculateOptionPrice
    ) -> None:
        """As `cancelCalculateOptionPrice`, by a CancelCalculateOptionPrice."""
        self._ibapi_port.request_protobuf(
            "cancelCalculateOptionPrice",
            cancelCalculateOptionPriceProto,
            "cancelCalculateOptionPriceProtoBuf",
            "cancelCalculateOptionPriceProto",
        )

    def reqSecDefOptParamsProtoBuf(
        self, secDefOptParamsRequestProto: pb.SecDefOptParamsRequest
    ) -> None:
        """As `reqSecDefOptParams`, by a SecDefOptParamsRequest."""
        self._ibapi_port.request_protobuf(
            "reqSecDefOptParams",
            secDefOptParamsRequestProto,
            "reqSecDefOptParamsProtoBuf",
            "secDefOptParamsRequestProto",
        )

    def reqSoftDollarTiersProtoBuf(
        self, softDollarTiersRequestProto: pb.SoftDollarTiersRequest
    ) -> None:
        """As `reqSoftDollarTiers`, by a SoftDollarTiersRequest."""
        self._ibapi_port.request_protobuf(
            "reqSoftDollarTiers",
            softDollarTiersRequestProto,
            "reqSoftDollarTiersProtoBuf",
            "softDollarTiersRequestProto",
        )

    def reqFamilyCodesProtoBuf(self, familyCodesRequestProto: pb.FamilyCodesRequest) -> None:
        """As `reqFamilyCodes`, by a FamilyCodesRequest."""
        self._ibapi_port.request_protobuf(
            "reqFamilyCodes",
            familyCodesRequestProto,
            "reqFamilyCodesProtoBuf",
            "familyCodesRequestProto",
        )

    def reqMatchingSymbolsProtoBuf(
        self, matchingSymbolsRequestProto: pb.MatchingSymbolsRequest
    ) -> None:
        """As `reqMatchingSymbols`, by a MatchingSymbolsRequest."""
        self._ibapi_port.request_protobuf(
            "reqMatchingSymbols",
            matchingSymbolsRequestProto,
            "reqMatchingSymbolsProtoBuf",
            "matchingSymbolsRequestProto",
        )

    def reqSmartComponentsProtoBuf(
        self, smartComponentsRequestProto: pb.SmartComponentsRequest
    ) -> None:
        """As `reqSmartComponents`, by a SmartComponentsRequest."""
        self._ibapi_port.request_protobuf(
            "reqSmartComponents",
            smartComponentsRequestProto,
            "reqSmartComponentsProtoBuf",
            "smartComponentsRequestProto",
        )

    def reqMarketRuleProtoBuf(self, marketRuleRequestProto: pb.MarketRuleRequest) -> None:
        """As `reqMarketRule`, by a MarketRuleRequest."""
        self._ibapi_port.request_protobuf(
            "reqMarketRule",
            marketRuleRequestProto,
            "reqMarketRuleProtoBuf",
            "marketRuleRequestProto",
        )

    def reqUserInfoProtoBuf(self, userInfoRequestProto: pb.UserInfoRequest) -> None:
        """As `reqUserInfo`, by an UserInfoRequest."""
        self._ibapi_port.request_protobuf(
            "reqUserInfo", userInfoRequestProto, "reqUserInfoProtoBuf", "userInfoRequestProto"
        )

    def reqIdsProtoBuf(self, idsRequestProto: pb.IdsRequest) -> None:
        """As `reqIds`, by an IdsRequest."""
        self._ibapi_port.request_protobuf(
            "reqIds", idsRequestProto, "reqIdsProtoBuf", "idsRequestProto"
        )

    def reqCurrentTimeProtoBuf(self, currentTimeRequestProto: pb.CurrentTimeRequest) -> None:
        """As `reqCurrentTime`, by a CurrentTimeRequest."""
        self._ibapi_port.request_protobuf(
            "reqCurrentTime",
            currentTimeRequestProto,
            "reqCurrentTimeProtoBuf",
            "currentTimeRequestProto",
        )

    def reqCurrentTimeInMillisProtoBuf(
        self, currentTimeInMillisRequestProto: pb.CurrentTimeInMillisRequest
    ) -> None:
        """As `reqCurrentTimeInMillis`, by a CurrentTimeInMillisRequest."""
        self._ibapi_port.request_protobuf(
            "reqCurrentTimeInMillis",
            currentTimeInMillisRequestProto,
            "reqCurrentTimeInMillisProtoBuf",
            "currentTimeInMillisRequestProto",
        )

    def startApiProtoBuf(self, startApiRequestProto: pb.StartApiRequest) -> None:
        """As `startApi`, by a StartApiRequest."""
        self._ibapi_port.request_protobuf(
            "startApi", startApiRequestProto, "startApiProtoBuf", "startApiRequestProto"
        )

    def setServerLogLevelProtoBuf(
        self, setServerLogLevelRequestProto: pb.SetServerLogLevelRequest
    ) -> None:
        """As `setServerLogLevel`, by a SetServerLogLevelRequest."""
        self._ibapi_port.request_protobuf(
            "setServerLogLevel",
            setServerLogLevelRequestProto,
            "setServerLogLevelProtoBuf",
            "setServerLogLevelRequestProto",
        )

    def verifyRequestProtoBuf(self, verifyRequestProto: pb.VerifyRequest) -> None:
        """As `verifyRequest`, by a VerifyRequest.

        Error 545 unless `extraAuth` was set before connecting.
        """
        if not self.extraAuth:
            self.verifyRequest("", "")  # tells the error
            return
        self._ibapi_port.request_protobuf(
            "verifyRequest", verifyRequestProto, "verifyRequestProtoBuf", "verifyRequestProto"
        )

    def verifyMessageProtoBuf(self, verifyMessageRequestProto: pb.VerifyMessageRequest) -> None:
        """As `verifyMessage`, by a VerifyMessageRequest."""
        self._ibapi_port.request_protobuf(
            "verifyMessage",
            verifyMessageRequestProto,
            "verifyMessageProtoBuf",
            "verifyMessageRequestProto",
        )

    def queryDisplayGroupsProtoBuf(
        self, queryDisplayGroupsRequestProto: pb.QueryDisplayGroupsRequest
    ) -> None:
        """As `queryDisplayGroups`, by a QueryDisplayGroupsRequest."""
        self._ibapi_port.request_protobuf(
            "queryDisplayGroups",
            queryDisplayGroupsRequestProto,
            "queryDisplayGroupsProtoBuf",
            "queryDisplayGroupsRequestProto",
        )

    def subscribeToGroupEventsProtoBuf(
        self, subscribeToGroupEventsRequestProto: pb.SubscribeToGroupEventsRequest
    ) -> None:
        """As `subscribeToGroupEvents`, by a SubscribeToGroupEventsRequest."""
        self._ibapi_port.request_protobuf(
            "subscribeToGroupEvents",
            subscribeToGroupEventsRequestProto,
            "subscribeToGroupEventsProtoBuf",
            "subscribeToGroupEventsRequestProto",
        )

    def updateDisplayGroupProtoBuf(
        self, updateDisplayGroupRequestProto: pb.UpdateDisplayGroupRequest
    ) -> None:
        """As `updateDisplayGroup`, by an UpdateDisplayGroupRequest."""
        self._ibapi_port.request_protobuf(
            "updateDisplayGroup",
            updateDisplayGroupRequestProto,
            "updateDisplayGroupProtoBuf",
            "updateDisplayGroupRequestProto",
        )

    def unsubscribeFromGroupEventsProtoBuf(
        self, unsubscribeFromGroupEventsRequestProto: pb.UnsubscribeFromGroupEventsRequest
    ) -> None:
        """As `unsubscribeFromGroupEvents`, by an UnsubscribeFromGroupEventsRequest."""
        self._ibapi_port.request_protobuf(
            "unsubscribeFromGroupEvents",
            unsubscribeFromGroupEventsRequestProto,
            "unsubscribeFromGroupEventsProtoBuf",
            "unsubscribeFromGroupEventsRequestProto",
        )

    def reqMarketDepthExchangesProtoBuf(
        self, marketDepthExchangesRequestProto: pb.MarketDepthExchangesRequest
    ) -> None:
        """As `reqMktDepthExchanges`, by a MarketDepthExchangesRequest."""
        self._ibapi_port.request_protobuf(
            "reqMktDepthExchanges",
            marketDepthExchangesRequestProto,
            "reqMarketDepthExchangesProtoBuf",
            "marketDepthExchangesRequestProto",
        )

    def cancelContractDataProtoBuf(self, cancelContractDataProto: pb.CancelContractData) -> None:
        """As `cancelContractData`, by a CancelContractData."""
        self._ibapi_port.request_protobuf(
            "cancelContractData",
            cancelContractDataProto,
            "cancelContractDataProtoBuf",
            "cancelContractDataProto",
        )

    def cancelHistoricalTicksProtoBuf(
        self, cancelHistoricalTicksProto: pb.CancelHistoricalTicks
    ) -> None:
        """As `cancelHistoricalTicks`, by a CancelHistoricalTicks."""
        self._ibapi_port.request_protobuf(
            "cancelHistoricalTicks",
            cancelHistoricalTicksProto,
            "cancelHistoricalTicksProtoBuf",
            "cancelHistoricalTicksProto",
        )

    def reqConfigProtoBuf(self, configRequestProto: pb.ConfigRequest) -> None:
        """Ask for TWS's configuration, by a ConfigRequest: `configResponseProtoBuf`."""
        self._ibapi_port.request_protobuf(
            "reqConfig", configRequestProto, "reqConfigProtoBuf", "configRequestProto"
        )

    def updateConfigProtoBuf(self, updateConfigRequestProto: pb.UpdateConfigRequest) -> None:
        """Change TWS's configuration, by an UpdateConfigRequest: `updateConfigResponseProtoBuf`."""
        self._ibapi_port.request_protobuf(
            "updateConfig",
            updateConfigRequestProto,
            "updateConfigProtoBuf",
            "updateConfigRequestProto",
        )
