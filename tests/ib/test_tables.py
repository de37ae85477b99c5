"""Rows as plain dicts, as text and as HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from decimal import Decimal
from enum import IntEnum
from typing import NamedTuple

import pytest

from ibapi_port import common, contract, execution, order, order_state, scanner
from ibapi_port.commission_and_fees_report import CommissionAndFeesReport
from ibapi_port.common import BarData, HistoricalTickLast, TickAttribLast
from ibapi_port.const import UNSET_DECIMAL, UNSET_DOUBLE, UNSET_INTEGER, UNSET_LONG
from ibapi_port.contract import ComboLeg, Contract, ContractDetails, FundAssetType
from ibapi_port.execution import Execution
from ibapi_port.ib.contracts import Stock
from ibapi_port.ib.plain import columns, plain
from ibapi_port.ib.tables import html_table, table
from ibapi_port.object_implem import Object
from ibapi_port.order_condition import OrderCondition
from ibapi_port.scanner import ScanData
from ibapi_port.tag_value import TagValue


@dataclass(frozen=True)
class Fill:
    contract: Contract
    execution: Execution
    report: CommissionAndFeesReport | None
    time: datetime | None = None


@dataclass(frozen=True)
class Chain:
    exchange: str
    strikes: frozenset[float]
    expirations: set[str] = field(default_factory=set)


class Level(NamedTuple):
    price: float
    size: Decimal
    note: str = ""


class Side(IntEnum):
    BUY = 1


class Ticker:
    """An object that declares no fields."""

    __slots__ = ("__dict__", "_lock", "bid", "contract")

    def __init__(self) -> None:
        self.contract = Stock("AAPL")
        self.bid = 1.5
        self.ask = UNSET_DOUBLE
        self._lock = object()

    def close(self) -> None: ...


ROW_CLASSES = [
    cls
    for module in (common, contract, execution, order, order_state, scanner)
    for cls in vars(module).values()
    if isinstance(cls, type) and issubclass(cls, Object)
    if cls not in (Object, OrderCondition)  # which no object is of itself
]


@pytest.mark.parametrize("cls", ROW_CLASSES, ids=lambda cls: cls.__name__)
def test_columns_are_those_of_a_row(cls: type) -> None:
    """An empty frame has the columns that a frame of rows has."""
    row = plain(cls())
    kinds = columns(cls)
    assert list(kinds) == list(row)
    for name, value in row.items():
        assert kinds[name] != "other" or value is None or isinstance(value, list), name


@pytest.mark.parametrize(
    "value", [UNSET_INTEGER, UNSET_LONG, UNSET_DOUBLE, UNSET_DECIMAL, float("nan"), Decimal("NaN")]
)
def test_unset_values_are_none(value: object) -> None:
    assert plain({"a": value, "b": [value]}) == {"a": None, "b": [None]}


def test_values_keep_their_type() -> None:
    row = {"a": Decimal("0.10"), "b": True, "c": float("inf"), "d": Side.BUY, "e": -1}
    assert plain(row) == {"a": Decimal("0.10"), "b": True, "c": float("inf"), "d": "BUY", "e": -1}
    assert str(plain(row)["a"]) == "0.10"
    assert plain(row)["b"] is True


def test_nested_rows_are_flattened() -> None:
    fill = Fill(Stock("AAPL"), Execution(shares=Decimal(5)), None)
    found = plain(fill)
    assert found["contract.symbol"] == "AAPL"
    assert found["contract.strike"] is None
    assert found["execution.shares"] == 5
    assert found["execution.optExerciseOrLapseType"] is None
    assert found["report.commissionAndFees"] is None
    assert found["time"] is None
    assert list(found) == list(columns(Fill)) == list(plain(Fill(Contract(), Execution(), CommissionAndFeesReport())))  # fmt: skip


def test_lists_sets_and_enumerations() -> None:
    assert plain(Chain("CBOE", frozenset([2.5, 1.0]), {"b", "a"})) == {
        "exchange": "CBOE",
        "strikes": [1.0, 2.5],
        "expirations": ["a", "b"],
    }
    details = ContractDetails(
        fundAssetType=FundAssetType.Equity,
        secIdList=[TagValue("ISIN", "X")],
        contract=Contract(comboLegs=[ComboLeg(conId=7)]),
    )
    found = plain(details)
    assert found["fundAssetType"] == "Equity"
    assert found["fundDistributionPolicyIndicator"] is None
    assert found["secIdList"] == [{"tag": "ISIN", "value": "X"}]
    legs = found["contract.comboLegs"]
    assert isinstance(legs, list)
    assert legs[0]["conId"] == 7


def test_other_kinds_of_rows() -> None:
    assert plain(Level(1.5, Decimal(2))) == {"price": 1.5, "size": Decimal(2), "note": ""}
    assert plain({"a": {"b": 1}, 2: "x"}) == {"a.b": 1, "2": "x"}
    ticker = plain(Ticker())
    assert ticker["bid"] == 1.5
    assert ticker["ask"] is None
    assert ticker["contract.symbol"] == "AAPL"
    assert not {"_lock", "close"} & set(ticker)
    assert plain(ScanData(ContractDetails(marketName="NMS"), 3))["contract.marketName"] == "NMS"


def test_an_object_that_holds_itself() -> None:
    row: dict[str, object] = {"a": 1}
    row["self"] = row
    row["list"] = [row]
    assert plain(row) == {"a": 1, "list": [None]}


@pytest.mark.parametrize("row", [5, "text", None, datetime.now(timezone.utc), [1], Decimal(1)])
def test_what_is_no_row(row: object) -> None:
    with pytest.raises(TypeError, match="has no fields"):
        plain(row)


def test_what_are_no_rows() -> None:
    with pytest.raises(TypeError, match="neither a row nor a list"):
        table("text")
    with pytest.raises(TypeError, match="number 1 is int"):
        table([Level(1, Decimal(1)), 5])


def bars() -> Iterator[BarData]:
    for day, close in ((19, 9.5), (20, 10.25)):
        yield BarData(date=f"202611{day}", close=close, volume=Decimal("1000"))


def test_a_table() -> None:
    assert table(bars()).splitlines() == [
        "date      open  high  low  close  volume  wap  barCount",
        "20261119     0     0    0    9.5    1000              0",
        "20261120     0     0    0  10.25    1000              0",
    ]
    assert table(bars(), limit=1).splitlines()[2] == "... 1 more"
    assert table([], of=Level).split() == ["price", "size", "note"]
    assert table([]) == ""


def test_a_wide_table_leaves_out_what_says_nothing() -> None:
    head = table([Stock("AAPL"), Stock("MSFT")]).splitlines()[0]
    assert head.split() == ["symbol", "secType", "exchange", "currency"]


def test_a_single_row_stands_upright() -> None:
    assert table(Stock("AAPL")).splitlines()[1:3] == ["symbol    AAPL", "secType   STK"]


def test_control_characters_do_not_reach_a_terminal() -> None:
    shown = table([{"a\x1b": "x\x1b[2J\ny\u202e"}])
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert len(shown.splitlines()) == 2


def test_html_is_escaped() -> None:
    shown = html_table([{"<b>": "<script>alert('x')</script>&"}])
    assert "<script" not in shown
    assert "<b>" not in shown
    assert "&lt;script&gt;" in shown
    assert "&#x27;" in shown


def test_html() -> None:
    shown = html_table(bars(), limit=1)
    assert shown.count("<tr>") == 2
    assert '<td style="text-align:right">9.5</td>' in shown
    assert "<p>... 1 more</p>" in shown
    assert html_table(Stock("AAPL")).count("<tr>") == 5


def test_flags_of_a_tick() -> None:
    tick = HistoricalTickLast(tickAttribLast=TickAttribLast(pastLimit=True))
    assert plain(tick)["tickAttribLast.pastLimit"] is True
