"""Where the wire cannot tell two values apart: what becomes of them. (The mirror tests leave these
values out; see strategies.)
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ibapi_port.const import UNSET_DECIMAL, UNSET_DOUBLE
from ibapi_port.contract import Contract, ContractDetails, FundAssetType
from ibapi_port.order import Order
from ibapi_port.order_state import OrderState
from ibapi_port.protocol.schema.field_types import UNSET_DECIMAL_TEXTS
from ibapi_port.protocol.select import codec_for
from ibapi_port.tag_value import TagValue

from .helpers import NEWEST, delivered


def through(version: int, name: str, **values: Any) -> tuple[Any, ...]:
    """What the first callback gets of values that TWS sends."""
    ((_, arguments), *_) = delivered(version, codec_for(version).encode_message(name, **values)[4:])
    return arguments


def details(version: int = NEWEST, **values: Any) -> ContractDetails:
    made: ContractDetails = through(
        version, "contractDetails", reqId=1, contractDetails=ContractDetails(**values)
    )[1]
    return made


@pytest.mark.parametrize("text", sorted(UNSET_DECIMAL_TEXTS))
def test_digits_that_are_read_as_an_unset_decimal(text: str) -> None:
    ((_, arguments),) = delivered(187, f"2\0006\0007\0000\0{text}\0".encode())
    assert arguments == (7, 0, UNSET_DECIMAL)


@pytest.mark.parametrize("size", ["2147483647", "9223372036854775807", "-9223372036854775808"])
def test_sizes_that_arrive_as_unset(size: str) -> None:
    assert through(187, "tickSize", reqId=7, tickType=0, size=Decimal(size))[2] == UNSET_DECIMAL


def test_a_float_that_arrives_as_unset() -> None:
    order = Order(lmtPrice=2147483647.0, discretionaryAmt=2147483647.0, usePriceMgmtAlgo=False)
    got = through(
        NEWEST, "openOrder", orderId=1, contract=Contract(), order=order, orderState=OrderState()
    )[2]
    assert (got.lmtPrice, got.discretionaryAmt) == (UNSET_DOUBLE, 2147483647.0)


@pytest.mark.parametrize(
    ("date", "time", "got"),
    [
        ("20261218", "", ("20261218", "")),
        ("20261218", "09:30:00", ("20261218", "09:30:00")),
        ("20261218", "09:30:00 US/Eastern", ("20261218", "09:30:00")),  # more parts than paths
        ("20261218 09:30:00", "", ("20261218", "09:30:00")),
        ("", "09:30:00", ("", "")),
        ("2026-12", "18", ("2026", "12 18")),
        ("", "", ("", "")),
    ],
)
def test_parts_of_a_date(date: str, time: str, got: tuple[str, str]) -> None:
    read = details(contract=Contract(lastTradeDateOrContractMonth=date), lastTradeTime=time)
    assert (read.contract.lastTradeDateOrContractMonth, read.lastTradeTime) == got


@pytest.mark.parametrize("member", FundAssetType)
def test_fund_asset_type_000_arrives_as_none(member: FundAssetType) -> None:
    read = details(contract=Contract(secType="FUND"), fundAssetType=member)
    assert read.fundAssetType is (
        FundAssetType.NoneItem if member is FundAssetType.Others else member
    )


def test_fund_asset_type_000_is_on_the_wire() -> None:
    values = {
        "reqId": 1,
        "contractDetails": ContractDetails(
            contract=Contract(secType="FUND"), fundAssetType=FundAssetType.Others
        ),
    }
    assert b"\x00000\0" in codec_for(NEWEST).encode_message("contractDetails", **values)


GREEKS = ["impliedVol", "delta", "optPrice", "pvDividend", "gamma", "vega", "theta", "undPrice"]


@pytest.mark.parametrize(
    ("sent", "got"),
    [
        ((-0.5, -2.0, -1.0, -1.0, -2.0, -2.0, -2.0, -1.0), (None,) * 8),
        (
            (0.0, -1.0, -2.0, -2.0, -1.0, -1.0, -1.0, -2.0),
            (0.0, -1.0, -2.0, -2.0, -1.0, -1.0, -1.0, -2.0),
        ),
    ],
)
def test_numbers_that_say_not_computed_arrive_as_none(
    sent: tuple[float, ...], got: tuple[float | None, ...]
) -> None:
    values = {"reqId": 1, "tickType": 13, "tickAttrib": 0, **dict(zip(GREEKS, sent, strict=True))}
    assert through(NEWEST, "tickOptionComputation", **values) == (1, 13, 0, *got)


def test_a_tag_with_an_equals_sign_in_it_arrives_divided() -> None:
    frame = codec_for(NEWEST).encode_request(
        "reqMktData", 1, Contract(), "", False, False, [TagValue("a=b", "c"), TagValue("x", "")]
    )
    got = codec_for(NEWEST).decode_request(frame[4:]).values["mktDataOptions"]
    assert got == [TagValue("a", "b=c"), TagValue("x", "")]


def test_an_empty_list_of_an_attribute_arrives_as_its_default() -> None:
    read = details(secIdList=[], ineligibilityReasonList=[])
    assert read.secIdList is None
    assert read.ineligibilityReasonList is None


@pytest.mark.parametrize(
    "text", ["naïve", "日本 🙂", "\\u00e9", "a\\nb\nc", "C:\\new", "\\", "'\"", "\ud7ff\ue000"]
)
def test_text_is_escaped_since_153_and_raw_before(text: str) -> None:
    for version in (152, 153):
        frame = codec_for(version).encode_message("error", reqId=1, errorCode=200, errorString=text)
        assert delivered(version, frame[4:]) == [("error", (1, 0, 200, text, ""))]
        assert frame[8:].isascii() == (version == 153 or text.isascii())
        assert (b"\0" + text.encode() + b"\0" in frame) == (
            version == 152 or (text.isascii() and "\\" not in text and "\n" not in text)
        )
