"""What the official client of an older generation left out for a TWS that is too old for it is left
out, and the request is sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ibapi_port.compat import generation
from ibapi_port.contract import Contract
from ibapi_port.order import Order
from ibapi_port.order_cancel import OrderCancel
from ibapi_port.protocol.exceptions import NotSupported
from ibapi_port.protocol.select import codec_for


@pytest.fixture(autouse=True)
def no_generation_afterwards() -> Iterator[None]:
    yield
    generation(None)


def order_with(**values: Any) -> list[Any]:
    made = Order(action="BUY", orderType="LMT", lmtPrice=1.5)
    vars(made).update(values)
    return [7, Contract(symbol="AAPL"), made]


def cancel_with(**values: Any) -> list[Any]:
    made = OrderCancel()
    vars(made).update(values)
    return [7, made]


CASES: list[
    tuple[str, int, str, list[Any], list[Any]]
] = [  # generation, server version, request, arguments, what is sent
    ("10.30", 187, "placeOrder", order_with(manualOrderIndicator=1), order_with()),
    (
        "10.30",
        191,
        "placeOrder",
        order_with(manualOrderIndicator=0, imbalanceOnly=True),
        order_with(),
    ),
    ("10.19", 151, "placeOrder", order_with(imbalanceOnly=True), order_with()),
    ("10.30", 187, "cancelOrder", cancel_with(extOperator="X"), cancel_with()),
    (
        "10.30",
        187,
        "cancelOrder",
        cancel_with(extOperator="X", manualOrderIndicator=1),
        cancel_with(),
    ),
    ("9.81", 151, "placeOrder", order_with(autoCancelParent=True), order_with()),
]


@pytest.mark.parametrize(("name", "version", "request_name", "given", "sent"), CASES)
def test_what_an_older_generation_left_out_is_left_out(
    name: str, version: int, request_name: str, given: list[Any], sent: list[Any]
) -> None:
    codec = codec_for(version)
    generation(name)
    held = dict(vars(given[-1]))
    frame = codec.encode_request(request_name, *given)
    assert frame == codec.encode_request(request_name, *sent)
    assert vars(given[-1]) == held
    for other in (None, "10.37"):
        generation(other)
        with pytest.raises(NotSupported):
            codec.encode_request(request_name, *given)


@pytest.mark.parametrize(
    ("name", "version", "request_name", "given"),
    [
        ("10.30", 186, "placeOrder", order_with(manualOrderIndicator=1)),  # as 10.30 itself
        ("10.30", 186, "cancelOrder", cancel_with(extOperator="X")),
        ("10.19", 151, "placeOrder", order_with(autoCancelParent=True)),
        ("10.30", 188, "placeOrder", order_with(includeOvernight=True)),
        ("9.81", 100, "placeOrder", order_with(cashQty=5.0)),
    ],
)
def test_what_it_refused_is_refused(
    name: str, version: int, request_name: str, given: list[Any]
) -> None:
    generation(name)
    with pytest.raises(NotSupported):
        codec_for(version).encode_request(request_name, *given)


def test_what_a_newer_server_takes_is_sent() -> None:
    generation("10.30")
    received = codec_for(200).decode_request(
        codec_for(200).encode_request("placeOrder", *order_with(manualOrderIndicator=1))[4:]
    )
    assert received.values["order"].manualOrderIndicator == 1
