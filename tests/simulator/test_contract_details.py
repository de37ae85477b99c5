from __future__ import annotations

import pytest

from ibapi_port.contract import Contract
from ibapi_port.simulator.errors import Invalid, Refusal

from .helpers import FakePeer, stock


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
