"""Rows as DataFrames; skipped where pandas is not installed."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import NamedTuple

import pytest

from ibapi_port.common import (
    BarData,
    HistogramData,
    HistoricalSession,
    HistoricalTick,
    HistoricalTickBidAsk,
    HistoricalTickLast,
    PriceIncrement,
    RealTimeBar,
)
from ibapi_port.const import UNSET_DOUBLE
from ibapi_port.contract import Contract, ContractDescription, ContractDetails
from ibapi_port.execution import Execution
from ibapi_port.ib.contracts import Stock
from ibapi_port.ib.frames import frame, pivot
from ibapi_port.order import Order

pd = pytest.importorskip("pandas", reason="pandas, of the extra ibapi_port[pandas], is missing")

UTC = timezone.utc


@dataclass(frozen=True)
class Position:
    account: str
    contract: Contract
    position: Decimal
    avgCost: float


@dataclass(frozen=True)
class AccountValue:
    account: str
    tag: str
    value: str
    currency: str
    modelCode: str = ""


class Pnl(NamedTuple):
    dailyPnL: float
    permId: int = 0
    when: datetime | None = None


def bar(date: str, **more: object) -> BarData:
    return BarData(date=date, open=1.0, volume=Decimal("5.5"), **more)  # type: ignore[arg-type]


def test_bars() -> None:
    made = frame([bar("20261120 15:59:00 US/Eastern"), bar("20261120 16:00:00 US/Eastern")])
    assert list(made.columns) == ["open", "high", "low", "close", "volume", "wap", "barCount"]
    assert str(made.index.tz) in ("US/Eastern", "America/New_York")
    assert made.index.name == "date"
    assert made.index[1] == datetime(2026, 11, 20, 21, tzinfo=UTC)
    assert [str(kind) for kind in made.dtypes] == ["float64"] * 6 + ["int64"]
    assert made.volume.tolist() == [5.5, 5.5]
    assert made.wap.isna().all()


@pytest.mark.parametrize(
    "text",
    ["20261120-21:00:00", "1795208400", "20261120 16:00:00 US/Eastern", "20261120  16:00:00"],
)
def test_the_zone_that_is_asked_for(text: str) -> None:
    made = frame([bar(text)], zone="US/Eastern")
    assert made.index[0] == datetime(2026, 11, 20, 21, tzinfo=UTC)
    assert made.index[0].hour == 16


def test_zones_of_texts() -> None:
    assert str(frame([bar("1795208400")]).index.tz) == "UTC"
    assert str(frame([bar("20261120-21:00:00")]).index.tz) == "UTC"


def test_times_without_zone_are_naive() -> None:
    made = frame([bar("20261119  16:00:00"), bar("20261120  16:00:00")])
    assert made.index.tz is None
    assert made.index[1] == datetime(2026, 11, 20, 16)


def test_dates_are_naive_and_are_not_moved() -> None:
    for zone in (None, "Japan"):
        made = frame([bar("20261119"), bar("20261120")], zone=zone)
        assert made.index.tz is None
        assert list(made.index) == [datetime(2026, 11, 19), datetime(2026, 11, 20)]
    assert made.loc["2026-11-20"].open == 1.0


def test_bars_of_the_hour_that_comes_twice() -> None:
    clock = ["00:30", "01:00", "01:30", "01:00", "01:30", "02:00"]
    made = frame([bar(f"20261101 {time}:00 US/Eastern") for time in clock])
    first = datetime(2026, 11, 1, 4, 30, tzinfo=UTC)
    # in UTC: Python calls moments of such an hour unequal to those of another zone
    found = list(made.index.tz_convert("UTC"))
    assert found == [first + number * timedelta(minutes=30) for number in range(6)]
    hours = frame([bar(f"20261101 {time}:00:00 US/Eastern") for time in ("01", "01", "02")])
    assert hours.index.is_monotonic_increasing
    assert hours.index.is_unique


def test_ticks_of_the_same_second_and_not_in_order_stay_where_they_are() -> None:
    made = frame([HistoricalTick(time=5), HistoricalTick(time=5), HistoricalTick(time=4)])
    assert [one.second for one in made.index] == [5, 5, 4]


def test_a_bad_time_names_the_row() -> None:
    with pytest.raises(ValueError, match="date: time: 'finished' has no form"):
        frame([bar("20261120"), bar("finished")])
    with pytest.raises(ValueError, match="names no time zone, and others do"):
        frame([bar("20261120 16:00:00 US/Eastern"), bar("20261120 16:00:00")])


def test_a_time_that_is_no_index_stays_text_if_it_cannot_be_read() -> None:
    assert frame([Execution(time="soon")]).time.tolist() == ["soon"]


def test_executions() -> None:
    made = frame(
        [
            Execution(execId="1", time="20261120 16:00:00 US/Eastern", shares=Decimal("0.5")),
            Execution(execId="2", time="20261120-21:00:00"),
            Execution(execId="3"),
        ]
    )
    assert made.time[0] == made.time[1] == datetime(2026, 11, 20, 21, tzinfo=UTC)
    assert pd.isna(made.time[2])
    assert made.shares[0] == 0.5
    assert pd.isna(made.shares[1])
    assert list(made.index) == [0, 1, 2]


def test_schedules_are_in_the_zone_of_the_exchange() -> None:
    session = HistoricalSession(
        startDateTime="20261120-09:30:00", endDateTime="20261120-16:00:00", refDate="20261120"
    )
    naive = frame([session])
    assert naive.endDateTime[0] == datetime(2026, 11, 20, 16)
    made = frame([session], zone="US/Eastern")
    assert made.endDateTime[0] == datetime(2026, 11, 20, 21, tzinfo=UTC)
    assert made.refDate[0] == datetime(2026, 11, 20)


def test_real_time_bars() -> None:
    made = frame([RealTimeBar(1795208400, -1, 1.0, volume=Decimal(3))])
    assert made.index[0] == datetime(2026, 11, 20, 21, tzinfo=UTC)
    assert pd.isna(made.endTime.iloc[0])
    assert made.open_.iloc[0] == 1.0


def test_positions() -> None:
    made = frame([Position("DU1", Stock("AAPL"), Decimal(-5), 190.25)])
    assert made["contract.symbol"].tolist() == ["AAPL"]
    assert made.position.tolist() == [-5.0]
    assert pd.isna(made["contract.strike"][0])


def test_whole_numbers_keep_their_digits_beside_gaps() -> None:
    large = 2**62 + 1
    made = frame([{"a": large, "b": True}, {"a": None, "b": None}, {"a": 3}])
    assert str(made.a.dtype) == "Int64"
    assert made.a[0] == large
    assert str(made.b.dtype) == "boolean"
    huge = frame([{"a": 2**70}])
    assert huge.a[0] == 2**70


def test_mixed_rows() -> None:
    made = frame([{"a": 1, "c": None}, {"a": 2.5, "c": {"x": 1}}])
    assert made.a.tolist() == [1.0, 2.5]
    assert list(made.columns) == ["a", "c.x"]
    assert frame([{"a": 1}, {"a": "x"}]).a.tolist() == [1, "x"]


def test_datetimes_of_several_zones() -> None:
    east = datetime(2026, 11, 20, 16, tzinfo=timezone(timedelta(hours=-5)))
    made = frame([Pnl(1.0, when=east), Pnl(UNSET_DOUBLE, when=east.astimezone(UTC)), Pnl(2.0)])
    assert made.when[0] == made.when[1] == east
    assert pd.isna(made.when[2])
    assert pd.isna(made.dailyPnL[1])


GIVEN: dict[type, object] = {
    BarData: BarData(date="20261120"),
    Position: Position("", Contract(), Decimal(0), 0.0),
    Pnl: Pnl(1.0),
}
EMPTY: list[type] = [
    *(BarData, RealTimeBar, HistoricalTick, HistoricalTickBidAsk, HistoricalTickLast),
    *(ContractDetails, ContractDescription, Execution, Position, Pnl, Order),
    *(PriceIncrement, HistogramData, HistoricalSession),
]


@pytest.mark.parametrize("cls", EMPTY, ids=lambda cls: cls.__name__)
def test_an_empty_list_has_the_columns(cls: type) -> None:
    row = GIVEN[cls] if cls in GIVEN else cls()
    full = frame([row])
    made = frame([], of=cls)
    assert len(made) == 0
    assert list(made.columns) == list(full.columns)
    assert made.index.name == full.index.name
    numeric = {"float64": "float64", "int64": "int64", "Int64": "int64", "bool": "bool"}
    for name, kind, other in zip(made.columns, made.dtypes, full.dtypes, strict=True):
        assert str(kind) == numeric.get(str(other), str(kind)), name


def test_nothing_at_all() -> None:
    assert frame([]).empty
    assert frame(iter(())).empty


def test_a_single_row_and_a_generator() -> None:
    assert len(frame(Stock("AAPL"))) == 1
    assert len(frame(bar(f"202611{day}") for day in (18, 19))) == 2


def test_the_index_can_be_chosen() -> None:
    rows = [bar("20261119", barCount=3)]
    assert frame(rows, index="").index.tolist() == [0]
    assert frame(rows, index="barCount").index.tolist() == [3]
    with pytest.raises(ValueError, match="index: 'x' is none of the columns: date"):
        frame(rows, index="x")


def test_account_values_by_tag() -> None:
    rows = [
        AccountValue("DU1", "NetLiquidation", "1000.5", "USD"),
        AccountValue("DU1", "AccountType", "INDIVIDUAL", ""),
        AccountValue("DU1", "NetLiquidation", "7", "EUR"),
        AccountValue("DU2", "NetLiquidation", "9", "USD"),
    ]
    made = pivot(rows)
    assert made.loc[("DU1", "USD"), "NetLiquidation"] == 1000.5
    assert made.loc[("DU1", ""), "AccountType"] == "INDIVIDUAL"
    assert made.NetLiquidation.dtype == float
    assert made.index.names == ["account", "currency"]
    with_model = pivot([*rows, AccountValue("DU1", "NetLiquidation", "3", "USD", "M")])
    assert with_model.loc[("DU1", "M", "USD"), "NetLiquidation"] == 3.0
    assert pivot([]).empty
    with pytest.raises(ValueError, match="has no 'account'"):
        pivot([bar("20261120")])


def test_without_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., object] = builtins.__import__

    def without(name: str, *rest: object) -> object:
        if name == "pandas":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.delitem(sys.modules, "pandas")
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"pip install 'ibapi_port\[pandas\]'"):
        frame([])
