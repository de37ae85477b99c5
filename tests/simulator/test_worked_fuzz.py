"""VOL orders, scale orders, algorithms in slices and plain ones together, in families and groups,
changed and cancelled at random: every share is told once, and every order comes to its end.

With RELIABILITY_FULL=1 more seeds.
"""

from __future__ import annotations

import contextlib
import copy
import os
import random
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from ibapi_port.contract import Contract
from ibapi_port.order import Order
from ibapi_port.order_cancel import OrderCancel
from ibapi_port.simulator.errors import Invalid, Refusal
from ibapi_port.tag_value import TagValue

from .helpers import Desk, FakePeer, front_option, order, stock

SEEDS = range(20 if os.environ.get("RELIABILITY_FULL") else 2)
SHARES = ["0.01", "0.1", "0.5"]
ENDS = ("Filled", "Cancelled", "ApiCancelled")


def algorithm(dice: random.Random) -> dict[str, Any]:
    name = dice.choice(["Twap", "Vwap", "AD", "PctVol", "Adaptive", "ArrivalPx", "DarkIce"])
    values: dict[str, str] = {}
    if name in ("Twap", "Vwap", "PctVol") and dice.random() < 0.7:
        values["endTime"] = f"20260414 {dice.choice((9, 10, 16)):02}:{dice.randrange(60):02}:00"
        values["endTime"] += " US/Eastern"
    if name in ("Twap", "Vwap"):
        values["allowPastEndTime"] = dice.choice("01")
    if name in ("Vwap", "PctVol"):
        values["maxPctVol" if name == "Vwap" else "pctVol"] = dice.choice(SHARES)
    if name == "AD":
        values["componentSize"] = dice.choice(["1", "10", "100"])
        values["timeBetweenOrders"] = dice.choice(["1", "30", "600"])
    if name == "Adaptive":
        values["adaptivePriority"] = dice.choice(["Urgent", "Patient"])
    return {
        "algoStrategy": name,
        "algoParams": [TagValue(tag, value) for tag, value in values.items()],
    }


def scale(dice: random.Random) -> dict[str, Any]:
    return {
        "scaleInitLevelSize": dice.choice([1, 2, 10]),
        "scalePriceIncrement": dice.choice([0.01, 0.5]),
    }


def volatility(dice: random.Random) -> dict[str, Any]:
    return {
        "volatility": dice.choice([0.1, 20.0, 45.0, 1e4]),
        "volatilityType": dice.choice([1, 2]),
        "continuousUpdate": dice.choice([0, 1]),
    }


def made(dice: random.Random, desk: Desk, placed: dict[int, Any]) -> tuple[Contract, Order]:
    """An order of a kind or of several, alone, in a group or of a family."""
    contract = stock(dice.choice(["AAPL", "IBM", "KO"]))
    price = float(desk.quote(contract.symbol).last)
    kind, values = dice.choice(["LMT", "LMT", "MKT"]), {}
    worked = dice.choice(["VOL", "scale", "algorithm", "both", ""])
    if worked == "VOL":
        contract = front_option(dice.choice("CP"), dice.choice([220.0, 240.0]))
        kind, values = "VOL", volatility(dice)
    if worked in ("scale", "both"):
        kind, values = "LMT", scale(dice)
    if worked in ("algorithm", "both"):
        values |= algorithm(dice)
    if kind == "LMT":
        values["lmtPrice"] = round(price + dice.choice([-1, -0.1, 0, 0.1, 1]), 2)
    if dice.random() < 0.15:
        values |= {"ocaGroup": dice.choice("ab"), "ocaType": dice.choice([1, 2, 3])}
    if dice.random() < 0.3 and placed:
        values["parentId"] = dice.choice(list(placed))
    values |= {"tif": dice.choice(["DAY", "DAY", "IOC", "FOK"]), "transmit": dice.random() > 0.1}
    size = str(dice.choice([1, 7, 100, 1000]))
    return contract, order(dice.choice(["BUY", "SELL"]), size, kind, **values)


def session(dice: random.Random, desk: Desk, peer: FakePeer) -> None:
    """Place, change and cancel orders until nobody wants to, and let the day end."""
    placed: dict[int, tuple[Contract, Order]] = {}
    ask = peer.world.handlers
    for order_id in range(1, 100):
        act = dice.random()
        with contextlib.suppress(Refusal, Invalid):
            if act < 0.65 or not placed:
                contract, wanted = made(dice, desk, placed)
                values = {"orderId": order_id, "contract": contract, "order": wanted}
                ask["placeOrder"](peer, values)
                placed[order_id] = contract, wanted
            elif act < 0.75:
                values = {"orderId": dice.choice(list(placed)), "orderCancel": OrderCancel()}
                ask["cancelOrder"](peer, values)
            elif act < 0.9:
                changed = dice.choice(list(placed))
                contract, wanted = placed[changed][0], copy.copy(placed[changed][1])
                wanted.totalQuantity = Decimal(dice.choice([1, 5, 500]))
                values = {"orderId": changed, "contract": contract, "order": wanted}
                ask["placeOrder"](peer, values)
            else:
                desk.world.market.halt(desk.instrument("AAPL"), dice.choice([0, 1]))
        if dice.random() < 0.5:
            desk.advance(dice.choice([0.01, 0.2, 5, 60]))
    desk.advance(8 * 3600)  # past the close


@pytest.mark.parametrize("seed", SEEDS)
def test_every_share_is_told_once_and_every_order_ends(
    seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    dice = random.Random(seed)
    desk = Desk(seed, 60.0, profile="gw10.40", check_margin=False)
    peer = desk.client()
    session(dice, desk, peer)
    told: Counter[int] = Counter()
    held: Counter[int] = Counter()
    for values in peer.all("execDetails"):
        execution = values["execution"]
        told[execution.orderId] += execution.shares
        sign = 1 if execution.side == "BOT" else -1
        held[values["contract"].conId] += sign * execution.shares
    last = {values["orderId"]: values for values in peer.all("orderStatus")}
    assert {n: values["filled"] for n, values in last.items()} == {n: told[n] for n in last}
    assert all(shares == int(shares) for shares in told.values())
    positions = desk.world.account.positions
    assert all(positions[con_id].quantity == held[con_id] for con_id in held)
    open_ = [live for live in desk.world.book._all if live.transmitted and not live.done]
    assert [(live.order.orderId, live.status) for live in open_] == []
    assert sum(told.values()) > 100
    assert not caplog.records  # no timer has failed
