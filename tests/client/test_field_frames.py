"""Frames as real ones that broke other clients: fractional sizes, empty fields, several messages in
one frame.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from ibapi_port.const import UNSET_DECIMAL
from ibapi_port.protocol.framing import frame

from .scripted import Link

Links = Callable[..., Link]


def test_of_several_messages_in_one_frame_the_first_is_delivered(link: Links) -> None:
    """As officially: what follows is taken for fields of a newer TWS."""
    one = link(187)
    first, second, third = (
        b"46\x006\x005\x0045\x00" + text + b"\x00" for text in (b"first", b"second", b"third")
    )
    one.peer.send(frame(first + second), frame(third))
    assert one.settle() == [("tickString", 5, 45, "first"), ("tickString", 5, 45, "third")]


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (b"0.5", Decimal("0.5")),
        (b"1E-7", Decimal("1E-7")),
        (b"", UNSET_DECIMAL),
        (b"100.0", Decimal(100)),
    ],
)
def test_sizes_that_are_no_whole_numbers(link: Links, text: bytes, size: Decimal) -> None:
    one = link(187)
    one.peer.send(frame(b"2\x006\x005\x008\x00" + text + b"\x00"))
    assert one.settle() == [("tickSize", 5, 8, size)]


def test_history_without_a_bar(link: Links) -> None:
    one = link(187)
    one.peer.send(frame(b"17\x005\x0020260101\x0020260102\x000\x00"))
    assert one.settle() == [("historicalDataEnd", 5, "20260101", "20260102")]


@pytest.mark.parametrize(
    "date", [b"202612", b"20261218", b"20261218-08:30:00", b"20261218 08:30:00 US/Central", b""]
)
def test_dates_of_contracts_in_every_length(link: Links, date: bytes) -> None:
    one = link(187)
    head = b"61\x003\x00DU1\x0012\x00ES\x00FUT\x00"
    one.peer.send(
        frame(head + date + b"\x000.0\x00\x0050\x00CME\x00USD\x00ESZ6\x00ES\x002\x004000.5\x00")
    )
    ((name, account, contract, position, cost),) = one.settle()
    assert (name, account, contract.lastTradeDateOrContractMonth, position, cost) == (
        "position",
        "DU1",
        date.decode(),
        Decimal(2),
        4000.5,
    )
