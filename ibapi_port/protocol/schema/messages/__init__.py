"""All declarations, by area; found by message id or name.

An area is imported when a message of its own is asked for.

To import them all takes as long as half of the rest of the client, and most programs need two or
three.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Generic, TypeVar

from ..nodes import Incoming, Message, Request

M = TypeVar("M", bound=Message)

# The messages that each area declares, from TWS and to it: an index, which a test holds to the
# declarations.
AREAS: dict[str, tuple[str, str]] = {
    "session": (
        "9:nextValidId 4:error 49:currentTime 109:currentTimeInMillis 65:verifyMessageAPI "
        "66:verifyCompleted "
        "69:verifyAndAuthMessageAPI 70:verifyAndAuthCompleted 67:displayGroupList "
        "68:displayGroupUpdated ",
        "71:startApi 8:reqIds 49:reqCurrentTime 105:reqCurrentTimeInMillis 14:setServerLogLevel "
        "65:verifyRequest 66:verifyMessage "
        "72:verifyAndAuthRequest 73:verifyAndAuthMessage 67:queryDisplayGroups "
        "68:subscribeToGroupEvents 69:updateDisplayGroup "
        "70:unsubscribeFromGroupEvents ",
    ),
    "market_data": (
        "1:tickPrice 2:tickSize 45:tickGeneric 46:tickString 47:tickEFP 21:tickOptionComputation "
        "57:tickSnapshotEnd "
        "58:marketDataType 81:tickReqParams 56:deltaNeutralValidation 12:updateMktDepth "
        "13:updateMktDepthL2 80:mktDepthExchanges "
        "82:smartComponents 91:rerouteMktDataReq 92:rerouteMktDepthReq 99:tickByTick ",
        "1:reqMktData 2:cancelMktData 59:reqMarketDataType 83:reqSmartComponents "
        "82:reqMktDepthExchanges 10:reqMktDepth "
        "11:cancelMktDepth 97:reqTickByTickData 98:cancelTickByTickData "
        "54:calculateImpliedVolatility "
        "56:cancelCalculateImpliedVolatility 55:calculateOptionPrice "
        "57:cancelCalculateOptionPrice ",
    ),
    "contracts": (
        "10:contractDetails 18:bondContractDetails 52:contractDetailsEnd 79:symbolSamples "
        "75:securityDefinitionOptionParameter "
        "76:securityDefinitionOptionParameterEnd 93:marketRule ",
        "9:reqContractDetails 106:cancelContractData 81:reqMatchingSymbols 78:reqSecDefOptParams "
        "91:reqMarketRule ",
    ),
    "orders": (
        "3:orderStatus 5:openOrder 53:openOrderEnd 101:completedOrder 102:completedOrdersEnd "
        "100:orderBound 11:execDetails "
        "55:execDetailsEnd 59:commissionAndFeesReport ",
        "3:placeOrder 4:cancelOrder 58:reqGlobalCancel 5:reqOpenOrders 15:reqAutoOpenOrders "
        "16:reqAllOpenOrders "
        "99:reqCompletedOrders 21:exerciseOptions 7:reqExecutions ",
    ),
    "account": (
        "15:managedAccounts 6:updateAccountValue 7:updatePortfolio 8:updateAccountTime "
        "54:accountDownloadEnd 61:position "
        "62:positionEnd 71:positionMulti 72:positionMultiEnd 63:accountSummary "
        "64:accountSummaryEnd 73:accountUpdateMulti "
        "74:accountUpdateMultiEnd 94:pnl 95:pnlSingle 16:receiveFA 103:replaceFAEnd "
        "78:familyCodes 77:softDollarTiers "
        "107:userInfo ",
        "6:reqAccountUpdates 62:reqAccountSummary 63:cancelAccountSummary 61:reqPositions "
        "64:cancelPositions 74:reqPositionsMulti "
        "75:cancelPositionsMulti 76:reqAccountUpdatesMulti 77:cancelAccountUpdatesMulti 92:reqPnL "
        "93:cancelPnL 94:reqPnLSingle "
        "95:cancelPnLSingle 17:reqManagedAccts 18:requestFA 19:replaceFA 80:reqFamilyCodes "
        "79:reqSoftDollarTiers 104:reqUserInfo ",
    ),
    "history": (
        "17:historicalData 108:historicalDataEnd 90:historicalDataUpdate 50:realtimeBar "
        "88:headTimestamp 89:histogramData "
        "96:historicalTicks 97:historicalTicksBidAsk 98:historicalTicksLast "
        "106:historicalSchedule ",
        "20:reqHistoricalData 25:cancelHistoricalData 50:reqRealTimeBars 51:cancelRealTimeBars "
        "87:reqHeadTimeStamp "
        "90:cancelHeadTimeStamp 88:reqHistogramData 89:cancelHistogramData 96:reqHistoricalTicks "
        "107:cancelHistoricalTicks ",
    ),
    "news": (
        "14:updateNewsBulletin 85:newsProviders 83:newsArticle 86:historicalNews "
        "87:historicalNewsEnd 84:tickNews 104:wshMetaData "
        "105:wshEventData 51:fundamentalData ",
        "12:reqNewsBulletins 13:cancelNewsBulletins 85:reqNewsProviders 84:reqNewsArticle "
        "86:reqHistoricalNews 100:reqWshMetaData "
        "101:cancelWshMetaData 102:reqWshEventData 103:cancelWshEventData 52:reqFundamentalData "
        "53:cancelFundamentalData ",
    ),
    "scanner": (
        "19:scannerParameters 20:scannerData ",
        "24:reqScannerParameters 22:reqScannerSubscription 23:cancelScannerSubscription ",
    ),
}


class Catalogue(Mapping[str, M], Generic[M]):
    """Messages by id (as text) or name."""

    def __init__(self, side: int, attribute: str) -> None:
        self._side = side
        self._attribute = attribute
        self._made: dict[str, M] = {}
        self._areas = {
            entry.split(":")[attribute == "name"]: area
            for area, sides in AREAS.items()
            for entry in sides[side].split()
        }

    def __getitem__(self, key: str) -> M:
        made = self._made.get(key)
        if made is None:
            area = import_module(f".{self._areas[key]}", __name__)
            for message in (area.MESSAGES, area.REQUESTS)[self._side]:
                self._made[str(getattr(message, self._attribute))] = message
            made = self._made[key]
        return made

    def __contains__(self, key: object) -> bool:
        return key in self._areas

    def __iter__(self) -> Iterator[str]:
        return iter(self._areas)

    def __len__(self) -> int:
        return len(self._areas)


def load_all() -> None:
    """Import every area now: later the process may be at its limit of descriptors, or the package
    may be gone from the disk.
    """
    for area in AREAS:
        import_module(f".{area}", __name__)


INCOMING: Mapping[str, Incoming] = Catalogue(0, "msg_id")
INCOMING_BY_NAME: Mapping[str, Incoming] = Catalogue(0, "name")
REQUESTS: Mapping[str, Request] = Catalogue(1, "name")
REQUESTS_BY_ID: Mapping[str, Request] = Catalogue(1, "msg_id")
