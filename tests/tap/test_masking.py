"""Account numbers are masked wherever they are, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from simulator.helpers import stock

from ibapi_port.order import Order
from ibapi_port.protocol.inspect.decode import decode_frame
from ibapi_port.protocol.select import codec_for
from ibapi_port.tap import Event
from ibapi_port.tap.masking import Masker

VERSIONS = (176, 187, 200, 203, 226)


def event(version: int, data: bytes, direction: str = "in", name: str = "") -> Event:
    return Event(0.0, 1, direction, "frame", data[4:], server_version=version, name=name)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("DU1111111", "DU0000001"),
        ("U7654321,DU1111111;U7654321", "U0000001,DU0000002;U0000001"),
        ("F1234567A DF12345 DUM123456 I99999", "F0000001A DF00002 DUM000003 I00004"),
        ('{"account":"U12345678"}', '{"account":"U00000001"}'),
        ("<Account>U1234567</Account>", "<Account>U0000001</Account>"),
        ("ESU6 265598 AU1234567 U1234 U1234567890 0000e0d5.12345678 U1234567BC", None),
    ],
)
def test_texts(text: str, masked: str | None) -> None:
    assert Masker().text(text) == (masked or text)


@pytest.mark.parametrize("version", VERSIONS)
def test_frames_keep_all_else(version: int) -> None:
    codec, masker = codec_for(version), Masker()
    order = Order()
    order.account, order.action, order.orderType, order.orderRef, order.totalQuantity = (
        "DU1234567",
        "BUY",
        "MKT",
        "for U7654321",
        order.totalQuantity,
    )
    frame = event(
        version, codec.encode_request("placeOrder", 5, stock(), order), "out", "placeOrder"
    )
    values = codec.decode_request(masker.event(frame).data).values
    assert values["order"].account == "DU0000001"
    assert values["order"].orderRef == "for U0000002"
    assert values["orderId"] == 5
    value = codec.encode_message(
        "updateAccountValue",
        key="NetLiquidation",
        val="1000000.00",
        currency="USD",
        accountName="U7654321",
    )
    found = decode_frame(masker.event(event(version, value)).data, version, from_client=False)
    assert {path: shown for path, shown, _ in found.fields if path != "version"} == {
        "key": "NetLiquidation",
        "val" if not found.protobuf else "value": "1000000.00",
        "currency": "USD",
        "accountName": "U0000002",
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_what_managed_accounts_names_is_an_account_whatever_its_length(version: int) -> None:
    codec, masker = codec_for(version), Masker()
    accounts = event(
        version,
        codec.encode_message("managedAccounts", accountsList="DU1234567,Family.Fund"),
        name="managedAccounts",
    )
    assert (
        decode_frame(masker.event(accounts).data, version, from_client=False).get("accountsList")
        == "DU0000001,ACCOUNT2"
    )
    article = codec.encode_message(
        "error",
        reqId=1,
        errorTime=0,
        errorCode=321,
        errorString="no Family.Fund, FamilyxFund",
        advancedOrderRejectJson="",
    )
    text = decode_frame(masker.event(event(version, article)).data, version, from_client=False)
    assert text.get("errorString") or text.get("errorMsg") == "no ACCOUNT2, FamilyxFund"


def test_what_cannot_be_read_is_masked_too() -> None:
    masker = Masker()
    for data in (b"9999\x00U1234567\0", b"U1234567", b"4\0\xffU1234567\0"):
        assert masker.event(event(187, b"\0\0\0\0" + data)).data == data.replace(
            b"1234567", b"0000001"
        )
    broken = (203).to_bytes(4, "big") + b"\x0a\x63U1234567"
    assert b"1234567" not in masker.event(event(226, b"\0\0\0\0" + broken)).data
    raw = Event(0.0, 1, "in", "raw", b"\xff U1234567 \xfe")
    assert masker.event(raw) == replace(raw, data=b"\xff U0000001 \xfe")
    greeted = Event(0.0, 1, "out", "greeting", b"v100..187 U1234567")
    assert masker.event(greeted).data == b"v100..187 U0000001"
