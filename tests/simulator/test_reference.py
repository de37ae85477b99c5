from __future__ import annotations

import pytest

from ibapi_port.contract import Contract
from ibapi_port.simulator.peer import Invalid, Refusal

from .helpers import NOON, FakePeer, stock


def test_contract_details(peer: FakePeer) -> None:
    peer.ask("reqContractDetails", reqId=2, contract=stock())
    assert peer.names() == ["contractDetails", "contractDetailsEnd"]
    assert peer.last("contractDetails")["contractDetails"].contract.conId == 265598


def test_details_of_all_that_fit(peer: FakePeer) -> None:
    wanted = Contract()
    wanted.secType, wanted.localSymbol = "CASH", "EUR.USD"
    peer.ask("reqContractDetails", reqId=2, contract=wanted)
    assert peer.names() == ["contractDetails", "contractDetailsEnd"]


def test_details_of_nothing(peer: FakePeer) -> None:
    with pytest.raises(Refusal) as refused:
        peer.ask("reqContractDetails", reqId=2, contract=stock("NOSUCH"))
    assert refused.value.code == 200
    wanted = Contract()
    wanted.symbol = "AAPL"
    with pytest.raises(Invalid, match="Please enter a valid security type"):
        peer.ask("reqContractDetails", reqId=2, contract=wanted)


def test_matching_symbols(peer: FakePeer) -> None:
    peer.ask("reqMatchingSymbols", reqId=3, pattern="ALPHABET INC-CL C")
    (found,) = peer.last("symbolSamples")["contractDescriptions"]
    assert (found.contract.symbol, found.contract.primaryExchange) == ("GOOG", "NASDAQ")
    peer.ask("reqMatchingSymbols", reqId=3, pattern="zzz")
    assert peer.last("symbolSamples")["contractDescriptions"] == []


def test_market_rule(peer: FakePeer) -> None:
    peer.ask("reqMarketRule", marketRuleId=239)
    (row,) = peer.last("marketRule")["priceIncrements"]
    assert (row.lowEdge, row.increment) == (0.0, 0.00005)
    with pytest.raises(Invalid, match="7"):
        peer.ask("reqMarketRule", marketRuleId=7)


def test_time_and_user(peer: FakePeer) -> None:
    assert peer.ask("reqCurrentTime") == [("currentTime", {"time": int(NOON)})]
    assert peer.ask("reqCurrentTimeInMillis") == [("currentTimeInMillis", {"timeInMillis": int(NOON) * 1000})]
    assert peer.ask("reqUserInfo", reqId=1) == [("userInfo", {"reqId": 1, "whiteBrandingId": ""})]
    assert peer.ask("setServerLogLevel", logLevel=5) == []
    with pytest.raises(Refusal) as refused:
        peer.ask("setServerLogLevel", logLevel=9)
    assert refused.value.code == 319
