from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from ibapi_port.contract import Contract
from ibapi_port.simulator.errors import Invalid

from .helpers import Desk, FakePeer

AAPL = 265598


def samples(peer: FakePeer, pattern: str) -> list[Any]:
    peer.ask("reqMatchingSymbols", reqId=3, pattern=pattern)
    found: list[Any] = peer.last("symbolSamples")["contractDescriptions"]
    return found


def chains(peer: FakePeer, **changes: Any) -> list[dict[str, Any]]:
    values = {
        "underlyingSymbol": "AAPL",
        "futFopExchange": "",
        "underlyingSecType": "STK",
        "underlyingConId": AAPL,
    }
    peer.ask("reqSecDefOptParams", reqId=4, **{**values, **changes})
    assert peer.names()[-1] == "securityDefinitionOptionParameterEnd"
    return peer.all("securityDefinitionOptionParameter")


class TestMatching:
    def test_the_nearest_comes_first_with_what_derives_from_it(self, peer: FakePeer) -> None:
        first = samples(peer, "aapl")[0]
        assert (first.contract.conId, first.contract.symbol, first.contract.primaryExchange) == (
            AAPL,
            "AAPL",
            "NASDAQ",
        )
        assert {"OPT", "CFD", "BAG"} <= set(first.derivativeSecTypes)
        assert samples(peer, "V")[0].contract.symbol == "V"

    def test_by_name(self, peer: FakePeer) -> None:
        assert "MSFT" in [one.contract.symbol for one in samples(peer, "microsoft")]
        assert samples(peer, "zzz") == []

    def test_bonds_are_found_by_their_issuers(self, desk: Desk, peer: FakePeer) -> None:
        bond = next(entry for entry in desk.world.instruments.all if entry.sec_type == "BOND")
        issuer = next(
            one.contract for one in samples(peer, bond.symbol) if one.contract.secType == "BOND"
        )
        assert (issuer.symbol, issuer.conId) == (bond.symbol, 0)
        wanted = Contract()
        wanted.issuerId = issuer.issuerId
        peer.ask("reqContractDetails", reqId=5, contract=wanted)
        assert peer.names() == ["bondContractDetails", "contractDetailsEnd"]
        assert peer.last("bondContractDetails")["contractDetails"].contract.conId == bond.con_id

    def test_an_empty_pattern(self, peer: FakePeer) -> None:
        with pytest.raises(Invalid, match="Failed to request matching symbols"):
            samples(peer, " ")


class TestOptionParameters:
    def test_each_exchange_of_a_chain(self, desk: Desk, peer: FakePeer) -> None:
        found = chains(peer)
        assert "SMART" in [one["exchange"] for one in found]
        chain = found[0]
        assert (chain["underlyingConId"], chain["tradingClass"], chain["multiplier"]) == (
            AAPL,
            "AAPL",
            "100",
        )
        assert min(chain["expirations"]) >= "20260414"
        # What is listed can be asked for.
        wanted = Contract()
        wanted.symbol, wanted.secType, wanted.currency, wanted.exchange = (
            "AAPL",
            "OPT",
            "USD",
            chain["exchange"],
        )
        wanted.lastTradeDateOrContractMonth, wanted.strike, wanted.right = (
            max(chain["expirations"]),
            max(chain["strikes"]),
            "P",
        )
        assert desk.world.instruments.one(wanted).right == "P"

    def test_options_on_futures(self, desk: Desk, peer: FakePeer) -> None:
        wanted = Contract()
        wanted.symbol, wanted.secType, wanted.exchange = "ES", "FUT", "CME"
        future = desk.world.instruments.find(wanted)[0]
        values = {
            "underlyingSymbol": "ES",
            "underlyingSecType": "FUT",
            "underlyingConId": future.con_id,
        }
        (chain,) = chains(peer, **values, futFopExchange="CME")
        assert all(expiry <= future.expiry for expiry in chain["expirations"])
        assert chains(peer, **values, futFopExchange="EUREX") == []

    def test_what_has_no_options(self, peer: FakePeer) -> None:
        assert (
            chains(peer, underlyingSymbol="EUR", underlyingSecType="CASH", underlyingConId=12087792)
            == []
        )

    @pytest.mark.parametrize(
        ("changes", "cause"),
        [
            ({"underlyingConId": 1}, "Invalid contract id"),
            ({"underlyingSymbol": "MSFT"}, "Invalid contract id"),
            ({"underlyingSecType": ""}, "Please enter a valid security type"),
            ({"underlyingSecType": "FUT"}, "Please enter a valid security type"),
            ({"futFopExchange": "CME"}, "Exchange is valid only for options on futures"),
        ],
    )
    def test_what_is_wrong(self, peer: FakePeer, changes: dict[str, Any], cause: str) -> None:
        with pytest.raises(Invalid, match=cause):
            chains(peer, **changes)


@pytest.mark.parametrize("version", [187, 226])
def test_sets_go_out_in_order_in_every_process(version: int) -> None:
    """Hashes of strings differ from process to process; frames must not."""
    program = f"""
from ibapi_port.protocol.select import codec_for
days = {{f"2026{{month:02d}}{{day:02d}}" for month in range(1, 13) for day in range(1, 29)}}
frame = codec_for({version}).encode_message(
    "securityDefinitionOptionParameter", reqId=1, exchange="CBOE", underlyingConId=2, tradingClass="X", multiplier="100",
    expirations=days, strikes={{5.0 * n for n in range(99, 0, -1)}})
import hashlib
print(hashlib.sha256(frame).hexdigest())
"""
    told = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1
