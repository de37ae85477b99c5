"""reqConfig and updateConfig, which are Protocol Buffers only."""

from __future__ import annotations

from typing import Any

import pytest

from ibapi_port.protocol.framing import frame
from ibapi_port.protocol.inspect.decode import decode_frame
from ibapi_port.protocol.protobuf.plain_values import to_message, to_values
from ibapi_port.simulator import SimulatedTws

from .helpers import Desk, FakePeer, RawClient, order, stock

VERSION = 226


@pytest.fixture
def peer(desk: Desk) -> FakePeer:
    return desk.client(1, VERSION)


def config(peer: FakePeer) -> dict[str, Any]:
    peer.ask("reqConfig", reqId=7)
    return peer.last("configResponse")


def update(peer: FakePeer, **values: Any) -> dict[str, Any]:
    peer.ask("updateConfig", reqId=8, **values)
    return peer.last("updateConfigResponse")


class TestConfig:
    def test_what_is_set_is_told(self, peer: FakePeer) -> None:
        told = config(peer)
        assert told["reqId"] == 7
        assert told["api"]["settings"]["readOnlyApi"] is False
        assert told["lockAndExit"]["autoLogoffType"] == "restart"
        assert to_values(to_message("ConfigResponse", told)) == told

    def test_options_of_the_world_are_among_it(self) -> None:
        told = config(Desk(read_only=True, pacing="reject", master_client_id=5).client(1, VERSION))[
            "api"
        ]["settings"]
        assert (
            told["readOnlyApi"],
            told["rejectMessagesAboveMaxRate"],
            told["masterClientId"],
        ) == (True, True, 5)

    def test_changes_are_kept_and_named(self, desk: Desk, peer: FakePeer) -> None:
        told = update(
            peer,
            lockAndExit={"autoLogoffTime": "11:45", "autoLogoffPeriod": "AM"},
            api={"settings": {"readOnlyApi": True, "trustedIPs": ["127.0.0.1", "10.0.0.1"]}},
            messages=[{"id": 131, "enabled": True}],
        )
        assert (told["status"], told["reqId"]) == ("success", 8)
        changed = [
            "lockAndExit.autoLogoffPeriod",
            "api.settings.readOnlyApi",
            "api.settings.trustedIPs",
            "messages.131.enabled",
        ]
        assert told["changedFields"] == changed
        assert desk.world.options.read_only is True
        now = config(peer)
        assert now["lockAndExit"]["autoLogoffPeriod"] == "AM"
        assert now["api"]["settings"]["trustedIPs"] == ["127.0.0.1", "10.0.0.1"]
        assert update(peer, api={"settings": {"readOnlyApi": True}})["changedFields"] == []

    def test_rates_are_the_worlds(self, desk: Desk, peer: FakePeer) -> None:
        update(peer, api={"settings": {"rejectMessagesAboveMaxRate": True}})
        assert desk.world.options.pacing == "reject"
        update(peer, api={"settings": {"rejectMessagesAboveMaxRate": False}})
        assert desk.world.options.pacing == "off"

    @pytest.mark.parametrize(
        ("values", "error"),
        [
            (
                {"lockAndExit": {"autoLogoffTime": "25:00"}},
                "lockAndExit.autoLogoffTime: '25:00' is no time",
            ),
            (
                {"lockAndExit": {"autoLogoffPeriod": "noon"}},
                "lockAndExit.autoLogoffPeriod: 'noon' is none of AM, PM",
            ),
            ({"api": {"settings": {"socketPort": 0}}}, "api.settings.socketPort: 0 is no port"),
            (
                {"api": {"settings": {"masterClientId": 3}}},
                "api.settings.masterClientId: it can be changed only by a restart",
            ),
            ({"messages": [{"id": 1, "enabled": True}]}, "messages: there is no message 1"),
            ({"resetAPIOrderSequence": True}, "resetAPIOrderSequence"),
        ],
    )
    def test_what_is_wrong_changes_nothing(
        self, desk: Desk, peer: FakePeer, values: dict[str, Any], error: str
    ) -> None:
        before = config(peer)
        merged = {
            **values,
            "api": {"settings": {"readOnlyApi": True, **values.get("api", {}).get("settings", {})}},
        }
        told = update(peer, **merged)
        assert told["status"] == "error"
        assert told["changedFields"] == []
        assert [text for text in told["errors"] if error in text]
        assert config(peer) == before
        assert not desk.world.options.read_only


def ask(client: RawClient, msg_id: int, message: str, **values: Any) -> None:
    client.sock.sendall(
        frame((200 + msg_id).to_bytes(4, "big") + to_message(message, values).SerializeToString())
    )


class TestOnTheWire:
    def test_a_read_only_api(self) -> None:
        with (
            SimulatedTws(server_version=VERSION, tick_interval=3600) as tws,
            RawClient(tws.address, VERSION) as client,
        ):
            client.start()
            ask(client, 108, "ConfigRequest", reqId=3)
            (told,) = client.until("configResponseProtoBuf")[-1][1]
            assert told.reqId == 3
            assert told.api.settings.HasField("readOnlyApi")
            ask(
                client, 109, "UpdateConfigRequest", reqId=4, api={"settings": {"readOnlyApi": True}}
            )
            (told,) = client.until("updateConfigResponseProtoBuf")[-1][1]
            assert (told.status, list(told.changedFields)) == (
                "success",
                ["api.settings.readOnlyApi"],
            )
            client.ask("placeOrder", 1, stock(), order("BUY", "1"))
            assert "Read-Only" in client.until("error")[-1][1][3]

    @pytest.mark.parametrize(("version", "msg_id"), [(218, 108), (220, 109)])
    def test_older_versions_do_not_know_it(self, version: int, msg_id: int) -> None:
        with (
            SimulatedTws(server_version=version, tick_interval=3600) as tws,
            RawClient(tws.address, version) as client,
        ):
            client.start()
            ask(client, msg_id, "ConfigRequest", reqId=3)
            assert client.until("error")[-1][1][2] == 320

    def test_it_has_a_name_for_those_who_look_on(self) -> None:
        payload = (308).to_bytes(4, "big") + to_message(
            "ConfigRequest", {"reqId": 3}
        ).SerializeToString()
        found = decode_frame(payload, VERSION, from_client=True)
        assert (found.name, found.get("reqId"), found.failure) == ("reqConfig", 3, "")
