"""What one side writes the other reads: every message and request, at each server version where
anything becomes different.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protocol.helpers import BY_NAME, delivered, differences, dispatched, latest_message_version
from protocol.strategies import examples, values_of

from ibapi_port.protocol.exceptions import NotSupported
from ibapi_port.protocol.protobuf.codec import PROTOBUF_ID_OFFSET
from ibapi_port.protocol.schema.messages import REQUESTS
from ibapi_port.protocol.schema.nodes import Request
from ibapi_port.protocol.select import codec_for

from .helpers import (
    LAST,
    MESSAGE_IDS,
    MESSAGE_PB,
    REQUEST_PB,
    THRESHOLDS,
    VERSIONS,
    by_tag,
    id_of,
    thresholds,
)
from .strategies import BOUND, at_version, message_values, request_values

NEVER = LAST + 1
MESSAGE_SINCE = {name: MESSAGE_PB[name].since if name in MESSAGE_PB else NEVER for name in BY_NAME}
REQUEST_SINCE = {name: REQUEST_PB[name].since if name in REQUEST_PB else NEVER for name in REQUESTS}


@pytest.mark.parametrize("name", MESSAGE_PB)
@given(data=st.data())
@examples(12)
def test_what_tws_sends_arrives(name: str, data: Any) -> None:
    message = BY_NAME[name]
    values = data.draw(message_values(message))
    for version in thresholds(MESSAGE_SINCE[name]):
        frame = codec_for(version).encode_message(name, **values)
        assert id_of(frame) == message.msg_id + PROTOBUF_ID_OFFSET
        assert not differences(
            by_tag(dispatched(message, version, values)), by_tag(delivered(version, frame[4:]))
        )


@pytest.mark.parametrize("request_", BOUND, ids=lambda request: request.name)
@given(data=st.data())
@examples(12)
def test_what_a_client_asks_arrives(request_: Request, data: Any) -> None:
    drawn = data.draw(request_values(request_))
    for version in thresholds(REQUEST_SINCE[request_.name]):
        values = at_version(drawn, version)
        frame = codec_for(version).encode_request(request_.name, *values.values())
        assert id_of(frame) == request_.msg_id + PROTOBUF_ID_OFFSET
        received = codec_for(version).decode_request(frame[4:])
        assert received.name == request_.name
        values.pop("extraAuth", None)
        assert not differences(by_tag(values), by_tag(received.values))


# --- which of the two wires ---


@pytest.mark.parametrize(
    "name", [name for name, since in MESSAGE_SINCE.items() if since > THRESHOLDS[0]]
)
@given(data=st.data())
@examples(4)
def test_until_then_a_message_is_text_with_a_binary_id(name: str, data: Any) -> None:
    message = BY_NAME[name]
    for version in [v for v in THRESHOLDS if v < MESSAGE_SINCE[name]]:
        values = data.draw(values_of(message, version, latest_message_version(message, version)))
        frame = codec_for(version).encode_message(name, **values)
        assert id_of(frame) == message.msg_id
        assert frame[8:] == b"" or frame.endswith(b"\0")
        assert not differences(dispatched(message, version, values), delivered(version, frame[4:]))


@pytest.mark.parametrize(
    "name", [name for name, since in REQUEST_SINCE.items() if since > THRESHOLDS[0]]
)
@given(data=st.data())
@examples(4)
def test_until_then_a_request_is_text_with_a_binary_id(name: str, data: Any) -> None:
    request = REQUESTS[name]
    for version in [v for v in THRESHOLDS if request.since <= v < REQUEST_SINCE[name]]:
        values = data.draw(values_of(request, version))
        if "extraAuth" in values:
            values["extraAuth"] = True
        if values.get("faData") == 2:  # profiles, which are refused
            values["faData"] = 3
        frame = codec_for(version).encode_request(name, *values.values())
        assert id_of(frame) == request.msg_id
        assert frame[8:] == b"" or frame.endswith(b"\0")
        received = codec_for(version).decode_request(frame[4:])
        assert received.name == name
        values.update(dict.fromkeys({"extraAuth"} & values.keys()))
        assert not differences(values, received.values)


SINCE_OF_MESSAGES = {  # as IB's client has it: the first server version of each area
    "execDetails": 201, "execDetailsEnd": 201, "orderStatus": 203, "openOrder": 203,
    "error": 203, "completedOrder": 204,
    "orderBound": 204, "contractDetails": 205, "bondContractDetails": 205, "tickPrice": 206,
    "updateMktDepthL2": 206,
    "tickReqParams": 206, "position": 207, "managedAccounts": 207, "updateAccountValue": 207,
    "historicalData": 208, "tickByTick": 208,
    "realtimeBar": 208, "updateNewsBulletin": 209, "wshEventData": 209, "scannerData": 210,
    "pnl": 210, "receiveFA": 211,
    "commissionAndFeesReport": 211, "historicalSchedule": 211, "marketRule": 212,
    "smartComponents": 212, "userInfo": 212,
    "nextValidId": 213, "currentTime": 213, "mktDepthExchanges": 213, "tickEFP": NEVER,
    "deltaNeutralValidation": NEVER,
}  # fmt: skip
SINCE_OF_REQUESTS = {
    "reqExecutions": 201, "placeOrder": 203, "cancelOrder": 203, "reqGlobalCancel": 203,
    "reqOpenOrders": 204, "reqCompletedOrders": 204,
    "reqContractDetails": 205, "reqMktData": 206, "cancelMktDepth": 206, "reqPositions": 207,
    "reqAccountSummary": 207,
    "reqHistoricalData": 208, "cancelTickByTickData": 208, "reqNewsArticle": 209,
    "reqWshEventData": 209, "reqPnL": 210,
    "reqScannerSubscription": 210, "requestFA": 211, "exerciseOptions": 211,
    "reqMarketRule": 212, "reqMatchingSymbols": 212,
    "startApi": 213, "reqIds": 213, "verifyRequest": 213, "cancelContractData": 215,
    "cancelHistoricalTicks": 215,
    "verifyAndAuthRequest": NEVER,
}  # fmt: skip


@pytest.mark.parametrize(
    ("have", "want"), [(MESSAGE_SINCE, SINCE_OF_MESSAGES), (REQUEST_SINCE, SINCE_OF_REQUESTS)]
)
def test_since_when_a_message_is_protocol_buffers(
    have: dict[str, int], want: dict[str, int]
) -> None:
    assert {name: have[name] for name in want} == want


def test_only_what_has_no_message_stays_text() -> None:
    assert {name for name, since in MESSAGE_SINCE.items() if since == NEVER} == {
        "tickEFP", "deltaNeutralValidation", "verifyAndAuthMessageAPI", "verifyAndAuthCompleted",
    }  # fmt: skip
    assert {name for name, since in REQUEST_SINCE.items() if since == NEVER} == {
        "verifyAndAuthRequest",
        "verifyAndAuthMessage",
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_the_id_says_which_wire_it_is(version: int) -> None:
    """At every version, for the messages that need no values."""
    codec = codec_for(version)
    for name in ("openOrderEnd", "completedOrdersEnd", "positionEnd"):
        assert codec.encode_message(name)[4:] in (
            [(MESSAGE_IDS[name] + PROTOBUF_ID_OFFSET).to_bytes(4, "big")]
            if version >= MESSAGE_SINCE[name]
            else [
                MESSAGE_IDS[name].to_bytes(4, "big") + b"1\0",
                MESSAGE_IDS[name].to_bytes(4, "big"),
            ]
        )
    for name, request in REQUESTS.items():
        if not request.arguments and version >= request.since:
            frame = codec.encode_request(name)
            proto = version >= REQUEST_SINCE[name]
            assert id_of(frame) == request.msg_id + PROTOBUF_ID_OFFSET * proto
            assert frame[8:] in ((b"",) if proto else (b"", b"1\0"))
            assert codec.decode_request(frame[4:]).name == name


@pytest.mark.parametrize("name", ["cancelContractData", "cancelHistoricalTicks"])
@pytest.mark.parametrize("version", [201, 213, 214])
def test_requests_that_are_newer_than_the_wire(name: str, version: int) -> None:
    with pytest.raises(NotSupported) as refused:
        codec_for(version).encode_request(name, 7)
    assert (refused.value.code, refused.value.has_request_id) == (503, True)
