"""Messages for several clients are the same bytes as if each had been encoded by itself."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ibapi_port.common import TickAttrib
from ibapi_port.protocol.select import codec_for
from ibapi_port.simulator.net.shared_messages import SharedMessages

COMPUTED = {"impliedVol": 0.2, "delta": 0.1, "optPrice": 1.5, "pvDividend": 0.0}
GREEKS = {"gamma": 0.1, "vega": 0.2, "theta": -0.1, "undPrice": 100.25}
MESSAGES: list[tuple[str, dict[str, Any]]] = [
    ("marketDataType", {"marketDataType": 1}),
    ("tickPrice", {"tickType": 1, "price": 1.25, "size": Decimal(7), "attrib": TickAttrib()}),
    ("tickSize", {"tickType": 0, "size": Decimal("0.5")}),
    ("tickString", {"tickType": 45, "value": "M\u00e4rz 17"}),
    ("tickGeneric", {"tickType": 49, "value": 0.0}),
    ("tickOptionComputation", {"tickType": 10, "tickAttrib": 1, **COMPUTED, **GREEKS}),
]
UNSET = 2**31 - 1
IDS = (7, 9, 0, 12, 127, 128, 99_999, UNSET - 1, UNSET, -1)  # of several lengths in both encodings


@pytest.mark.parametrize("version", [100, 157, 187, 200, 201, 205, 206, 210, 225])
def test_the_bytes_are_those_of_each_by_itself(version: int) -> None:
    codec = codec_for(version)
    shared = SharedMessages(MESSAGES)
    for req_id in IDS:
        each = (codec.encode_message(name, reqId=req_id, **values) for name, values in MESSAGES)
        assert shared.frames(codec, req_id) == b"".join(each)


def test_versions_are_kept_apart() -> None:
    shared = SharedMessages(MESSAGES)
    for version in (100, 187, 201, 225, 187, 100):
        codec = codec_for(version)
        assert shared.frames(codec, 5) == SharedMessages(MESSAGES).frames(codec, 5)
