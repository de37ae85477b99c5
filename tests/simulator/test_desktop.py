"""What belongs to the one TWS: time, log, exchanges, display groups, verification."""

from __future__ import annotations

from typing import Any

import pytest

from ibapi_port.simulator import SimulatedTws
from ibapi_port.simulator.errors import Invalid, Refusal
from ibapi_port.simulator.reference.desktop import answer_to

from .helpers import NOON, Desk, FakePeer, RawClient, stock


def test_time_and_user(peer: FakePeer) -> None:
    assert peer.ask("reqCurrentTime") == [("currentTime", {"time": int(NOON)})]
    assert peer.ask("reqCurrentTimeInMillis") == [
        ("currentTimeInMillis", {"timeInMillis": int(NOON) * 1000})
    ]
    assert peer.ask("reqUserInfo", reqId=1) == [("userInfo", {"reqId": 1, "whiteBrandingId": ""})]
    assert peer.ask("reqSoftDollarTiers", reqId=1) == [
        ("softDollarTiers", {"reqId": 1, "tiers": []})
    ]


def test_log_level(peer: FakePeer) -> None:
    assert peer.ask("setServerLogLevel", logLevel=5) == []
    with pytest.raises(Refusal) as refused:
        peer.ask("setServerLogLevel", logLevel=9)
    assert refused.value.code == 319


class TestVenues:
    def test_market_rule(self, peer: FakePeer) -> None:
        peer.ask("reqMarketRule", marketRuleId=239)
        (row,) = peer.last("marketRule")["priceIncrements"]
        assert (row.lowEdge, row.increment) == (0.0, 0.00005)
        with pytest.raises(Invalid, match="7"):
            peer.ask("reqMarketRule", marketRuleId=7)

    def test_every_rule_that_details_name_is_there(self, desk: Desk, peer: FakePeer) -> None:
        instruments = desk.world.instruments
        for instrument in [*instruments.all, *(family.template for family in instruments.families)]:
            for rule in dict.fromkeys(instrument.rules):
                assert peer.ask("reqMarketRule", marketRuleId=rule)

    def test_smart_components_of_a_quote(self, peer: FakePeer) -> None:
        peer.ask(
            "reqMktData",
            reqId=1,
            contract=stock(),
            genericTickList="",
            snapshot=False,
            regulatorySnapshot=False,
            mktDataOptions=[],
        )
        code = peer.last("tickReqParams")["bboExchange"]
        peer.ask("reqSmartComponents", reqId=2, bboExchange=code)
        found = {
            one.exchange: one.exchangeLetter
            for one in peer.last("smartComponents")["smartComponentMap"]
        }
        assert found["NASDAQ"] == "T"
        with pytest.raises(Invalid):
            peer.ask("reqSmartComponents", reqId=2, bboExchange="")

    def test_depth_exchanges(self, peer: FakePeer) -> None:
        peer.ask("reqMktDepthExchanges")
        rows = peer.last("mktDepthExchanges")["depthMktDataDescriptions"]
        assert ("NASDAQ", "STK", "Deep2") in [
            (row.exchange, row.secType, row.serviceDataType) for row in rows
        ]


class TestDisplayGroups:
    def test_all_that_watch_a_group_see_it_move(self, desk: Desk, peer: FakePeer) -> None:
        other, third = desk.client(2), desk.client(3)
        assert peer.ask("queryDisplayGroups", reqId=1) == [
            ("displayGroupList", {"reqId": 1, "groups": "1|2|3|4|5|6|7"})
        ]
        assert peer.ask("subscribeToGroupEvents", reqId=2, groupId=1) == [
            ("displayGroupUpdated", {"reqId": 2, "contractInfo": "none"})
        ]
        other.ask("subscribeToGroupEvents", reqId=9, groupId=1)
        third.ask("subscribeToGroupEvents", reqId=9, groupId=2)
        third.got.clear()
        peer.ask("updateDisplayGroup", reqId=2, contractInfo="265598@SMART")
        assert peer.last("displayGroupUpdated") == {"reqId": 2, "contractInfo": "265598@SMART"}
        assert other.last("displayGroupUpdated") == {"reqId": 9, "contractInfo": "265598@SMART"}
        assert third.got == []
        third.ask("subscribeToGroupEvents", reqId=10, groupId=1)
        assert third.last("displayGroupUpdated") == {"reqId": 10, "contractInfo": "265598@SMART"}

    def test_the_user_moves_it(self, desk: Desk, peer: FakePeer) -> None:
        peer.ask("subscribeToGroupEvents", reqId=2, groupId=3)
        desk.world.reference.display_groups.show(3, "combo")
        assert peer.last("displayGroupUpdated") == {"reqId": 2, "contractInfo": "combo"}
        peer.ask("unsubscribeFromGroupEvents", reqId=2)
        desk.world.reference.display_groups.show(3, "none")
        assert peer.got == []

    @pytest.mark.parametrize(
        ("name", "values"),
        [
            ("subscribeToGroupEvents", {"groupId": 8}),
            ("updateDisplayGroup", {"contractInfo": "none"}),
            ("unsubscribeFromGroupEvents", {}),
        ],
    )
    def test_what_is_wrong(self, peer: FakePeer, name: str, values: dict[str, Any]) -> None:
        with pytest.raises(Invalid):
            peer.ask(name, reqId=5, **values)

    def test_contract_info_has_a_form(self, peer: FakePeer) -> None:
        peer.ask("subscribeToGroupEvents", reqId=2, groupId=1)
        for info in ("", "AAPL", "265598", "265598@", "x@SMART"):
            with pytest.raises(Invalid):
                peer.ask("updateDisplayGroup", reqId=2, contractInfo=info)
        with pytest.raises(Refusal):
            peer.ask("subscribeToGroupEvents", reqId=2, groupId=1)


class TestVerification:
    def test_the_right_answer(self, peer: FakePeer) -> None:
        peer.ask("verifyRequest", apiName="program", apiVersion="1")
        challenge = peer.last("verifyMessageAPI")["apiData"]
        assert peer.ask("verifyMessage", apiData=answer_to(challenge)) == [
            ("verifyCompleted", {"isSuccessful": True, "errorText": ""})
        ]

    def test_the_right_answer_with_authentication(self, peer: FakePeer) -> None:
        peer.ask("verifyAndAuthRequest", apiName="program", apiVersion="1", opaqueIsvKey="key")
        told = peer.last("verifyAndAuthMessageAPI")
        assert told["xyzChallange"]
        peer.ask("verifyAndAuthMessage", apiData=answer_to(told["apiData"]), xyzResponse="response")
        assert peer.last("verifyAndAuthCompleted")["isSuccessful"] is True
        peer.ask("verifyAndAuthRequest", apiName="program", apiVersion="1", opaqueIsvKey="key")
        peer.ask("verifyAndAuthMessage", apiData=answer_to(told["apiData"]), xyzResponse="")
        assert peer.last("verifyAndAuthCompleted")["isSuccessful"] is False

    def test_a_wrong_answer_or_none_asked_for(self, peer: FakePeer) -> None:
        peer.ask("verifyMessage", apiData="x")
        assert peer.last("verifyCompleted") == {
            "isSuccessful": False,
            "errorText": "Verification has not been requested",
        }
        peer.ask("verifyRequest", apiName="program", apiVersion="1")
        peer.ask("verifyMessage", apiData="x")
        assert peer.last("verifyCompleted")["isSuccessful"] is False
        with pytest.raises(Invalid):
            peer.ask("verifyRequest", apiName="", apiVersion="1")

    def test_it_comes_before_the_api_is_started(self) -> None:
        with SimulatedTws(tick_interval=3600) as tws, RawClient(tws.address) as client:
            client.ask("verifyRequest", "program", "1.0", True)
            challenge = client.until("verifyMessageAPI")[-1][1][0]
            client.ask("verifyMessage", answer_to(challenge))
            assert client.until("verifyCompleted")[-1][1] == (True, "")
            assert client.start()[0][0] == "managedAccounts"
