"""No request of the protocol is left without the answer or the error that TWS gives."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import pytest

from ibapi_port.common import WshEventData
from ibapi_port.contract import Contract
from ibapi_port.execution import ExecutionFilter
from ibapi_port.order_cancel import OrderCancel
from ibapi_port.protocol.exceptions import NotSupported
from ibapi_port.protocol.schema.conversations import Kind, conversation_of
from ibapi_port.protocol.schema.messages import PROTOBUF_ONLY_REQUESTS, REQUESTS
from ibapi_port.scanner import ScannerSubscription
from ibapi_port.simulator import SimulatedTws
from ibapi_port.simulator.world import World

from .helpers import ACCOUNT, RawClient, order, stock

VERSIONS = (100, 151, 187, 200, 213, 226)
MARK = 999_999
Call = tuple[str, tuple[Any, ...]]


class Silence(NamedTuple):
    """TWS answers nothing, because..."""

    why: str


STOPS = Silence("it stops what is being sent, and says nothing")
STARTED = Silence("it has been sent when the session began; tested by its own")
NOTES = Silence("TWS only notes it")
TOO_LATE = Silence("the answer went out at once, so there is nothing to stop")
Answer = str | Silence | int  # a callback's name, or an error's code


def scan(**changes: Any) -> ScannerSubscription:
    made = ScannerSubscription()
    made.instrument, made.locationCode, made.scanCode = "STK", "STK.US.MAJOR", "TOP_PERC_GAIN"
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def events(con_id: int) -> WshEventData:
    made = WshEventData()
    made.conId = con_id
    return made


def made(contract: Contract, **changes: Any) -> Contract:
    changed = copy.copy(contract)
    for name, value in changes.items():
        assert hasattr(changed, name)
        setattr(changed, name, value)
    return changed


OPTION = Contract()  # stands for an option of the chain
NONSENSE = stock("NOSUCH")
FA_GROUPS = '<?xml version="1.0"?><ListOfGroups></ListOfGroups>'

# In the order in which they are sent; "#" stands for the request's own id.
GOOD: dict[str, tuple[tuple[Any, ...], Answer]] = {
    "startApi": ((1, ""), STARTED),
    "reqIds": ((1,), "nextValidId"),
    "reqCurrentTime": ((), "currentTime"),
    "reqCurrentTimeInMillis": ((), "currentTimeInMillis"),
    "setServerLogLevel": ((5,), NOTES),
    "verifyRequest": (("program", "1.0", True), "verifyMessageAPI"),
    "verifyMessage": (("answer",), "verifyCompleted"),
    "verifyAndAuthRequest": (("program", "1.0", "key", True), "verifyAndAuthMessageAPI"),
    "verifyAndAuthMessage": (("answer", "response"), "verifyAndAuthCompleted"),
    "queryDisplayGroups": ((101,), "displayGroupList"),
    "subscribeToGroupEvents": ((102, 1), "displayGroupUpdated"),
    "updateDisplayGroup": ((102, "265598@SMART"), "displayGroupUpdated"),
    "unsubscribeFromGroupEvents": ((102,), STOPS),
    "reqMarketDataType": ((1,), NOTES),
    "reqMktData": ((103, stock(), "", False, False, []), "tickPrice"),
    "cancelMktData": ((103,), STOPS),
    "reqSmartComponents": ((104, "9c0001"), "smartComponents"),
    "reqMktDepthExchanges": ((), "mktDepthExchanges"),
    "reqMktDepth": ((105, stock(exchange="NASDAQ"), 5, False, []), "updateMktDepthL2"),
    "cancelMktDepth": ((105, False), STOPS),
    "reqTickByTickData": (
        (106, stock(), "BidAsk", 0, False),
        Silence("a tick comes when the market moves"),
    ),
    "cancelTickByTickData": ((106,), STOPS),
    "calculateImpliedVolatility": ((107, OPTION, 12.0, 190.0, []), "tickOptionComputation"),
    "cancelCalculateImpliedVolatility": ((107,), TOO_LATE),
    "calculateOptionPrice": ((108, OPTION, 0.3, 190.0, []), "tickOptionComputation"),
    "cancelCalculateOptionPrice": ((108,), TOO_LATE),
    "reqContractDetails": ((109, stock()), "contractDetailsEnd"),
    "cancelContractData": ((109,), TOO_LATE),
    "reqMatchingSymbols": ((110, "AA"), "symbolSamples"),
    "reqSecDefOptParams": (
        (111, "AAPL", "", "STK", 265598),
        "securityDefinitionOptionParameterEnd",
    ),
    "reqMarketRule": ((26,), "marketRule"),
    "reqManagedAccts": ((), "managedAccounts"),
    "reqAccountUpdates": ((True, ACCOUNT), "accountDownloadEnd"),
    "reqAccountSummary": ((112, "All", "NetLiquidation"), "accountSummaryEnd"),
    "cancelAccountSummary": ((112,), STOPS),
    "reqPositions": ((), "positionEnd"),
    "cancelPositions": ((), STOPS),
    "reqPositionsMulti": ((113, ACCOUNT, ""), "positionMultiEnd"),
    "cancelPositionsMulti": ((113,), STOPS),
    "reqAccountUpdatesMulti": ((114, ACCOUNT, "", True), "accountUpdateMultiEnd"),
    "cancelAccountUpdatesMulti": ((114,), STOPS),
    "reqPnL": ((115, ACCOUNT, ""), "pnl"),
    "cancelPnL": ((115,), STOPS),
    "reqPnLSingle": ((116, ACCOUNT, "", 265598), "pnlSingle"),
    "cancelPnLSingle": ((116,), STOPS),
    "requestFA": ((1,), 321),  # the account is no advisor's
    "replaceFA": ((117, 1, FA_GROUPS), 321),
    "reqFamilyCodes": ((), "familyCodes"),
    "reqSoftDollarTiers": ((118,), "softDollarTiers"),
    "reqUserInfo": ((119,), "userInfo"),
    "placeOrder": (
        (1, stock(), order("BUY", "10", "LMT", lmtPrice=1.0, cashQty=0.0)),
        "orderStatus",
    ),
    "reqOpenOrders": ((), "openOrderEnd"),
    "reqAllOpenOrders": ((), "openOrderEnd"),
    "cancelOrder": ((1, OrderCancel()), "orderStatus"),
    "reqGlobalCancel": ((OrderCancel(),), NOTES),  # there is no order left
    "reqCompletedOrders": ((False,), "completedOrdersEnd"),
    "reqAutoOpenOrders": ((True,), 327),  # the client's id is not 0
    "exerciseOptions": ((120, OPTION, 1, 1, ACCOUNT, 0, "", "", False), 321),  # nothing is held
    "reqExecutions": ((121, ExecutionFilter()), "execDetailsEnd"),
    "reqHistoricalData": (
        (122, stock(), "", "1 D", "1 hour", "TRADES", 1, 1, False, []),
        "historicalDataEnd",
    ),
    "cancelHistoricalData": ((122,), 366),  # it has ended
    "reqRealTimeBars": (
        (123, stock(), 5, "TRADES", True, []),
        Silence("a bar comes after five seconds"),
    ),
    "cancelRealTimeBars": ((123,), STOPS),
    "reqHeadTimeStamp": ((124, stock(), "TRADES", 1, 1), "headTimestamp"),
    "cancelHeadTimeStamp": ((124,), TOO_LATE),
    "reqHistogramData": ((125, stock(), True, "1 day"), "histogramData"),
    "cancelHistogramData": ((125,), TOO_LATE),
    "reqHistoricalTicks": (
        (126, stock(), "20260413 10:00:00 US/Eastern", "", 10, "TRADES", 1, False, []),
        "historicalTicksLast",
    ),
    "cancelHistoricalTicks": ((126,), TOO_LATE),
    "reqNewsBulletins": ((True,), "updateNewsBulletin"),
    "cancelNewsBulletins": ((), STOPS),
    "reqNewsProviders": ((), "newsProviders"),
    "reqNewsArticle": ((127, "BRFG", "BRFG$x000000", []), "newsArticle"),
    "reqHistoricalNews": ((128, 265598, "BRFG+DJNL", "", "", 5, []), "historicalNewsEnd"),
    "reqWshMetaData": ((129,), "wshMetaData"),
    "cancelWshMetaData": ((129,), STOPS),
    "reqWshEventData": ((130, events(265598)), "wshEventData"),
    "cancelWshEventData": ((130,), STOPS),
    "reqFundamentalData": ((131, stock(), "ReportSnapshot", []), "fundamentalData"),
    "cancelFundamentalData": ((131,), STOPS),
    "reqScannerParameters": ((), "scannerParameters"),
    "reqScannerSubscription": ((132, scan(), [], None), "scannerData"),
    "cancelScannerSubscription": ((132,), 162),  # so TWS confirms it
}

# Each with values that TWS cannot take, and the error that it gives.
BAD: dict[str, tuple[tuple[Any, ...], int]] = {
    "startApi": ((1, ""), 321),  # a second time
    "setServerLogLevel": ((9,), 319),
    "verifyRequest": (("", "", True), 321),
    "verifyAndAuthRequest": (("", "", "", True), 321),
    "subscribeToGroupEvents": ((202, 99), 321),
    "updateDisplayGroup": ((203, "none"), 321),
    "unsubscribeFromGroupEvents": ((204,), 321),
    "reqMarketDataType": ((9,), 321),
    "reqMktData": ((205, NONSENSE, "", False, False, []), 200),
    "cancelMktData": ((206,), 300),
    "reqSmartComponents": ((207, "nonsense"), 321),
    "reqMktDepth": ((208, NONSENSE, 5, False, []), 200),
    "cancelMktDepth": ((209, False), 310),
    "reqTickByTickData": ((210, NONSENSE, "Last", 0, False), 200),
    "cancelTickByTickData": ((211,), 300),
    "calculateImpliedVolatility": ((212, NONSENSE, 12.0, 190.0, []), 200),
    "calculateOptionPrice": ((213, NONSENSE, 0.3, 190.0, []), 200),
    "reqContractDetails": ((214, NONSENSE), 200),
    "reqMatchingSymbols": ((215, ""), 321),
    "reqSecDefOptParams": ((216, "AAPL", "", "STK", 1), 321),
    "reqMarketRule": ((99999,), 321),
    "reqAccountUpdates": ((True, "U1"), 321),
    "reqAccountSummary": ((217, "Nonsense", "NetLiquidation"), 321),
    "reqPositionsMulti": ((219, "U1", ""), 321),
    "reqAccountUpdatesMulti": ((221, "U1", "", True), 321),
    "reqPnL": ((223, "U1", ""), 321),
    "reqPnLSingle": ((225, "U1", "", 265598), 321),
    "requestFA": ((9,), 321),
    "replaceFA": ((227, 9, "nonsense"), 321),
    "placeOrder": ((50, stock(), order("BUY", "1", "FEELINGS", cashQty=0.0)), 10051),
    "cancelOrder": ((51, OrderCancel()), 10147),
    "reqAutoOpenOrders": ((True,), 327),
    "exerciseOptions": ((228, NONSENSE, 1, 1, ACCOUNT, 0, "", "", False), 200),
    "reqHistoricalData": ((230, NONSENSE, "", "1 D", "1 hour", "TRADES", 1, 1, False, []), 200),
    "cancelHistoricalData": ((231,), 366),
    "reqRealTimeBars": ((232, NONSENSE, 5, "TRADES", True, []), 200),
    "cancelRealTimeBars": ((233,), 300),
    "reqHeadTimeStamp": ((234, NONSENSE, "TRADES", 1, 1), 200),
    "reqHistogramData": ((236, NONSENSE, True, "1 day"), 200),
    "reqHistoricalTicks": (
        (238, NONSENSE, "20260413 10:00:00 US/Eastern", "", 10, "TRADES", 1, False, []),
        200,
    ),
    "reqNewsArticle": ((239, "BRFG", "BRFG$nonsense", []), 10172),
    "reqHistoricalNews": ((240, 265598, "NOSUCH", "", "", 5, []), 10276),
    "cancelWshMetaData": ((241,), 10280),
    "reqWshEventData": ((242, events(265598)), 10282),
    "cancelWshEventData": ((243,), 10284),
    "reqFundamentalData": ((244, stock(), "Nonsense", []), 430),
    "cancelFundamentalData": ((245,), 300),
    "reqScannerSubscription": ((246, scan(scanCode="NONSENSE"), [], None), 162),
    "cancelScannerSubscription": ((247,), 365),
}
# Nothing can be wrong with them, because...
CANNOT_BE_BAD = {
    **dict.fromkeys(
        (
            "reqCurrentTime",
            "reqCurrentTimeInMillis",
            "reqMktDepthExchanges",
            "reqManagedAccts",
            "reqFamilyCodes",
        ),
        "they say nothing",
    ),
    **dict.fromkeys(
        (
            "reqNewsProviders",
            "reqScannerParameters",
            "reqPositions",
            "cancelPositions",
            "reqOpenOrders",
        ),
        "they say nothing",
    ),
    **dict.fromkeys(("reqAllOpenOrders", "cancelNewsBulletins"), "they say nothing"),
    **dict.fromkeys(
        ("queryDisplayGroups", "reqUserInfo", "reqSoftDollarTiers", "reqWshMetaData"),
        "they say nothing but an id",
    ),
    **dict.fromkeys(("reqNewsBulletins", "reqCompletedOrders"), "they say nothing but yes or no"),
    **dict.fromkeys(
        ("verifyMessage", "verifyAndAuthMessage"), "a wrong answer is answered, by verifyCompleted"
    ),
    **dict.fromkeys(("reqIds",), "TWS does not look at the number"),
    **dict.fromkeys(("reqGlobalCancel", "reqExecutions"), "what nothing fits is no error"),
    **dict.fromkeys(
        (
            "cancelContractData",
            "cancelHistoricalTicks",
            "cancelHeadTimeStamp",
            "cancelHistogramData",
        ),
        TOO_LATE.why,
    ),
    **dict.fromkeys(
        ("cancelCalculateImpliedVolatility", "cancelCalculateOptionPrice"), TOO_LATE.why
    ),
    **dict.fromkeys(
        ("cancelAccountSummary", "cancelPositionsMulti", "cancelAccountUpdatesMulti"),
        "TWS ignores ids that it does not know",
    ),
    **dict.fromkeys(("cancelPnL", "cancelPnLSingle"), "TWS ignores ids that it does not know"),
}


def prepare(world: World) -> Contract:
    """Publish what is asked for below; an option of AAPL."""
    world.reference.bulletins.publish("Good morning")
    world.reference.newsroom.publish(265598, "BRFG", "A headline", "A text", world.clock.now() - 60)
    instrument = world.instruments.by_con_id(265598)
    assert instrument is not None
    return world.instruments.chains(instrument)[0].members(date.today())[0].contract("SMART")


@pytest.fixture(params=VERSIONS)
def session(request: pytest.FixtureRequest) -> Iterator[tuple[RawClient, Contract]]:
    with (
        SimulatedTws(server_version=request.param, tick_interval=3600) as tws,
        RawClient(tws.address, request.param) as client,
    ):
        option = tws.call(prepare)
        client.start()
        yield client, option


def told_of(client: RawClient, name: str, arguments: tuple[Any, ...]) -> list[Call] | None:
    """All that the request brought; None: the server is too old to know it."""
    try:
        client.ask(name, *arguments)
    except NotSupported:
        assert client.server_version < REQUESTS[name].since
        return None
    client.ask("cancelMktData", MARK)
    told: list[Call] = []
    while not told or told[-1][1][0] != MARK:
        told += client.until("error")
    return told[:-1]


def errors(told: list[Call]) -> list[tuple[int, int, str]]:
    return [
        (arguments[0], arguments[2], arguments[3]) for name, arguments in told if name == "error"
    ]


def filled(arguments: tuple[Any, ...], option: Contract) -> tuple[Any, ...]:
    return tuple(option if argument is OPTION else argument for argument in arguments)


def own_id(name: str, arguments: tuple[Any, ...], version: int) -> int:
    """The id that an error about it has to carry."""
    if name in ("requestFA", "reqAccountUpdates") and version < 203:
        return 2**31 - 1  # so TWS has it
    if name == "replaceFA" and version < 157:
        return -1  # the id is not sent
    ids = [
        value
        for place, value in zip(REQUESTS[name].arguments, arguments, strict=False)
        if place in ("reqId", "orderId", "tickerId")
    ]
    return ids[0] if ids else -1


def test_every_request_is_here() -> None:
    assert set(GOOD) == set(REQUESTS)
    assert set(BAD) | set(CANNOT_BE_BAD) == set(REQUESTS)
    assert not set(BAD) & set(CANNOT_BE_BAD)


def test_every_request_has_a_handler(tws: SimulatedTws) -> None:
    handled = tws.call(lambda world: set(world.handlers))
    alone = set(PROTOBUF_ONLY_REQUESTS)  # tested by their own
    assert handled == {*REQUESTS, *alone} - {"startApi"}


def test_every_request_is_answered(session: tuple[RawClient, Contract]) -> None:
    client, option = session
    wrong = {}
    for name, (arguments, answer) in GOOD.items():
        if answer is STARTED:
            continue
        told = told_of(client, name, filled(arguments, option))
        if told is None:
            continue
        own = own_id(name, arguments, client.server_version)
        complaints = [
            (number, code)
            for number, code, _ in errors(told)
            if (number == own and code not in (202, 2150)) or code in (320, 321, 322)
        ]
        missed = isinstance(answer, str) and answer not in [called for called, _ in told]
        if missed or complaints != ([(own, answer)] if isinstance(answer, int) else []):
            wrong[name] = told
    assert wrong == {}


def test_the_answers_are_those_of_the_conversation(session: tuple[RawClient, Contract]) -> None:
    """What comes belongs to the request, or to a stream that an earlier one has begun."""
    client, option = session
    begun: set[str] = set()
    wrong = {}
    for name, (given, answer) in GOOD.items():
        if answer is STARTED:
            continue
        arguments = filled(given, option)
        told = told_of(client, name, arguments)
        if told is None:
            continue
        conversation = conversation_of(name, arguments)
        came = {called for called, _ in told} - {"error"}
        strange = came - begun - set(conversation.answers)
        ended = any(conversation.ends_with(called) for called in came)
        if strange or (conversation.end and isinstance(answer, str) and not ended):
            wrong[name] = (strange, conversation.end, came)
        if conversation.kind in (Kind.STANDING, Kind.STATE, Kind.ORDER):
            begun |= set(conversation.answers)
    assert wrong == {}


def test_every_bad_request_gets_its_error(session: tuple[RawClient, Contract]) -> None:
    client, option = session
    wrong = {}
    for name, (arguments, code) in BAD.items():
        told = told_of(client, name, filled(arguments, option))
        if told is None:
            continue
        if name == "cancelOrder" and client.server_version < 151:
            code = 135  # as old ones say it
        if [(number, found) for number, found, _ in errors(told)] != [
            (own_id(name, arguments, client.server_version), code)
        ]:
            wrong[name] = errors(told)
    assert wrong == {}
