"""orderdecoder.OrderDecoder: the groups of fields, a group at a time, give what the compiled
functions give for the whole message.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from ibapi_port.contract import Contract
from ibapi_port.order import Order
from ibapi_port.order_state import OrderState
from ibapi_port.orderdecoder import OrderDecoder
from ibapi_port.server_versions import (
    MIN_SERVER_VER_AUTO_CANCEL_PARENT,
    MIN_SERVER_VER_IMBALANCE_ONLY,
    MIN_SERVER_VER_ORDER_CONTAINER,
)
from ibapi_port.utils import BadMessage

from .helpers import DATA, Vector, agrees, vectors

METHODS: dict[str, list[str]] = json.loads((DATA / "star_names.json").read_text())["functions"][
    "orderdecoder"
]
OLDER = {  # by the names of 9.81
    "decodeETradeOnly": "skipETradeOnly",
    "decodeFirmQuoteOnly": "skipFirmQuoteOnly",
    "decodeNbboPriceCap": "skipNbboPriceCap",
    "decodeWhatIfInfoAndCommission": "decodeWhatIfInfoAndCommissionAndFees",
}
NO_VERSION = 2**31 - 1  # of completed orders

HEAD = (
    "Action TotalQuantity OrderType LmtPrice AuxPrice TIF OcaGroup Account OpenClose Origin "
    "OrderRef"
)
FLAGS = "OutsideRth Hidden DiscretionaryAmt GoodAfterTime"
ALLOCATION = "FAParams ModelCode GoodTillDate Rule80A PercentOffset SettlingFirm ShortSaleParams"
BOX = "BoxOrderParams PegToStkOrVolOrderParams DisplaySize"
COMBO = (
    "TrailParams {} ComboLegs SmartComboRoutingParams ScaleOrderParams HedgeParams {} "
    "ClearingParams NotHeld DeltaNeutral AlgoParams "
    "Solicited"
)
BENCH = "VolRandomizeFlags PegToBenchParams Conditions"
CASH = "CashQty DontUseAutoPriceForHedge IsOmsContainers"
PEG = "PegBestPegMidOrderAttributes CustomerAccount ProfessionalCustomer"
OPEN = (
    f"OrderId ContractFields {HEAD} ClientId PermId {FLAGS} skipSharesAllocation {ALLOCATION} "
    f"AuctionStrategy {BOX} BlockOrder SweepToFill "
    f"AllOrNone MinQty OcaType skipETradeOnly skipFirmQuoteOnly skipNbboPriceCap ParentId "
    f"TriggerMethod VolOrderParams:True "
    f"{COMBO.format('BasisPoints', 'OptOutSmartRouting')} WhatIfInfoAndCommissionAndFees {BENCH} "
    f"AdjustedOrderParams SoftDollarTier {CASH} "
    f"DiscretionaryUpToLimitPrice UsePriceMgmtAlgo Duration PostToAts "
    f"AutoCancelParent:{MIN_SERVER_VER_AUTO_CANCEL_PARENT} {PEG} "
    f"BondAccruedInterest IncludeOvernight CMETaggingFields Submitter "
    f"ImbalanceOnly:{MIN_SERVER_VER_IMBALANCE_ONLY}"
)
COMPLETED = (
    f"ContractFields {HEAD} PermId {FLAGS} {ALLOCATION} {BOX} SweepToFill AllOrNone MinQty "
    f"OcaType TriggerMethod VolOrderParams:False "
    f"{COMBO.format('', '')} OrderStatus {BENCH} StopPriceAndLmtPriceOffset {CASH} AutoCancelDate "
    f"FilledQuantity RefFuturesConId "
    f"AutoCancelParent Shareholder ImbalanceOnly RouteMarketableToBbo ParentPermId CompletedTime "
    f"CompletedStatus {PEG} Submitter"
)


@cache
def recorded(msg_id: int) -> list[Vector]:
    return [
        row
        for rows in vectors("decode").values()
        for row in rows
        if row["id"] == msg_id and row["calls"]
    ]


def read(
    groups: str, fields: Iterator[Any], version: int, server_version: int
) -> tuple[Contract, Order, OrderState]:
    contract, order, state = Contract(), Order(), OrderState()
    decoder = OrderDecoder(contract, order, state, version, server_version)
    for group in groups.split():
        name, _, argument = group.partition(":")
        method = getattr(decoder, name if name.startswith("skip") else f"decode{name}")
        method(fields, *([json.loads(argument.lower())] if argument else []))
    return contract, order, state


@pytest.mark.parametrize("as_bytes", [True, False], ids=["bytes", "text"])
def test_open_orders_are_read_as_recorded(as_bytes: bool) -> None:
    rows = recorded(5)
    assert len(rows) > 100
    for row in rows:
        fields = iter([field.encode() if as_bytes else field for field in row["fields"]])
        own = row["v"] if row["v"] >= MIN_SERVER_VER_ORDER_CONTAINER else int(next(fields))
        contract, order, state = read(OPEN, fields, own, row["v"])
        assert list(fields) == []
        ((_, (order_id, *want)),) = row["calls"]
        assert order.orderId == order_id
        assert all(map(agrees, want, (contract, order, state))), row


def test_completed_orders_are_read_as_recorded() -> None:
    rows = recorded(101)
    assert len(rows) > 50
    for row in rows:
        fields = iter(row["fields"])
        got = read(COMPLETED, fields, NO_VERSION, row["v"])
        assert list(fields) == []
        ((_, want),) = row["calls"]
        assert all(map(agrees, want, got)), row


def test_every_method_is_there() -> None:
    for name, parameters in METHODS.items():
        assert list(inspect.signature(getattr(OrderDecoder, name)).parameters) == [
            "self",
            *parameters,
        ], name
        assert inspect.getdoc(getattr(OrderDecoder, name))
    for older, newer in OLDER.items():
        assert getattr(OrderDecoder, older) is getattr(OrderDecoder, newer)


def decoder() -> OrderDecoder:
    return OrderDecoder(Contract(), Order(), OrderState(), NO_VERSION, 200)


def test_a_field_that_does_not_fit_is_named() -> None:
    with pytest.raises(BadMessage, match=r"order\.ocaType: 'x' is no"):
        decoder().decodeOcaType(iter(["x"]))
    with pytest.raises(BadMessage, match=r"order\.action: missing"):
        decoder().decodeAction(iter([]))
    with pytest.raises(BadMessage, match=r"contract\.comboLegs"):
        decoder().decodeComboLegs(iter(["", "1000000", "1"]))
    with pytest.raises(BadMessage, match=r"contract\.comboLegs\.count"):
        decoder().decodeComboLegs(iter(["", "-2"]))


def test_no_field_is_taken_that_an_older_server_does_not_send() -> None:
    older = OrderDecoder(Contract(), Order(), OrderState(), NO_VERSION, 100)
    fields = iter(["left"])
    for name in (
        "CashQty",
        "SoftDollarTier",
        "Duration",
        "PostToAts",
        "Submitter",
        "IncludeOvernight",
        "UsePriceMgmtAlgo",
    ):
        getattr(older, f"decode{name}")(fields)
    older.decodeAutoCancelParent(fields, 168)
    older.decodeImbalanceOnly(fields, 199)
    assert list(fields) == ["left"]
