"""Contracts, orders, and an IB on a TWS that does what a test says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from reliability.hostile import HOST, WAIT, Peer, ScriptedTws, accepts

from ibapi_port.contract import Contract
from ibapi_port.ib import IB
from ibapi_port.order import Order
from ibapi_port.protocol.select import codec_for

VERSION = 187


def stock(symbol: str = "AAPL") -> Contract:
    return Contract(symbol=symbol, secType="STK", exchange="SMART", currency="USD")


def order(action: str = "BUY", quantity: int = 10, limit: float | None = None) -> Order:
    made = Order(action=action, orderType="MKT", totalQuantity=Decimal(quantity), tif="DAY")
    if limit is not None:
        made.orderType, made.lmtPrice = "LMT", limit
    return made


def says(name: str, **values: object) -> bytes:
    """The frame of a message from TWS."""
    return codec_for(VERSION).encode_message(name, **values)


HELLO = says("managedAccounts", accountsList="DU1") + says("nextValidId", orderId=1)


@contextmanager
def scripted() -> Iterator[tuple[IB, Peer]]:
    """An IB, and the other end of its connection, from which startApi was read."""
    with ScriptedTws(accepts(VERSION, HELLO)) as tws:
        ib = IB.connect(
            HOST, tws.port, 1, timeout=WAIT, positions=False, openOrders=False, fills=False
        )
        try:
            peer = tws.peer()
            assert peer.fields()[0] == "71"
            yield ib, peer
        finally:
            ib.disconnect()
