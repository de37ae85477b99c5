"""Own data: the market moves by files of bars, quotes and trades, and history tells the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ibapi_port.simulator import SimulatedTws
from ibapi_port.simulator.account.values import all_values

from .helpers import RawClient, order, stock

DAILY = """date,open,high,low,close,volume,average,barCount
20260105,100,105,99,104,1000,102.5,50
20260106,104,106,101,102,2000,103.25,60
20260107,102,103,98,99,3000,100.5,70
20260108,99,101,97,100.5,4000,99.25,80
"""
MINUTES = """date,open,high,low,close,volume
20260105 09:30:00,10,10.5,9.9,10.2,400
20260105 09:31:00,10.2,10.3,10.1,10.1,200
20260105 09:33:00,10.1,10.6,10.1,10.6,801
"""


def write(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


@contextmanager
def serving(**options: Any) -> Iterator[tuple[SimulatedTws, RawClient]]:
    with SimulatedTws(virtual=True, **options) as tws, RawClient(tws.address) as client:
        client.start()
        yield tws, client


def bars(client: RawClient, symbol: str, size: str, duration: str = "1 W", **changes: Any) -> Any:
    values = {
        "reqId": 7,
        "contract": stock(symbol),
        "endDateTime": "",
        "durationStr": duration,
        "barSizeSetting": size,
        "whatToShow": "TRADES",
        "useRTH": 1,
        "formatDate": 1,
        "keepUpToDate": False,
        "chartOptions": [],
        **changes,
    }
    client.ask("reqHistoricalData", *values.values())
    heard = client.until("historicalDataEnd", "error")
    return [arguments[1] for name, arguments in heard if name == "historicalData"] or heard[-1][1]


def row(bar: Any) -> tuple[Any, ...]:
    return bar.date, bar.open, bar.high, bar.low, bar.close, int(bar.volume), bar.barCount


class TestDailyBars:
    def test_history_is_the_file_to_the_letter(self, tmp_path: Path) -> None:
        with serving(history=write(tmp_path, "XYZ.csv", DAILY)) as (tws, client):
            tws.advance_to("20260107 18:00:00 US/Eastern")
            found = bars(client, "XYZ", "1 day")
            assert [row(bar) for bar in found] == [
                ("20260105", 100, 105, 99, 104, 1000, 50),
                ("20260106", 104, 106, 101, 102, 2000, 60),
                ("20260107", 102, 103, 98, 99, 3000, 70),
            ]
            assert [float(bar.wap) for bar in found] == [102.5, 103.25, 100.5]

    @pytest.mark.parametrize("size", ["1 min", "5 mins", "1 hour", "4 hours"])
    def test_shorter_bars_add_up_to_it(self, tmp_path: Path, size: str) -> None:
        with serving(history=write(tmp_path, "XYZ.csv", DAILY)) as (tws, client):
            tws.advance_to("20260106 18:00:00 US/Eastern")
            found = bars(client, "XYZ", size, "1 D")
            assert (found[0].open, found[-1].close) == (104, 102)
            assert (max(bar.high for bar in found), min(bar.low for bar in found)) == (106, 101)
            assert sum(int(bar.volume) for bar in found) == 2000

    def test_a_day_under_way_is_told_as_far_as_it_has_come(self, tmp_path: Path) -> None:
        with serving(history=write(tmp_path, "XYZ.csv", DAILY)) as (tws, client):
            tws.advance_to("20260106 10:00:00 US/Eastern")
            assert row(bars(client, "XYZ", "1 day")[-1])[:5] == ("20260106", 104, 104, 104, 104)

    def test_before_the_file_nothing_is_invented(self, tmp_path: Path) -> None:
        with serving(history=write(tmp_path, "XYZ.csv", DAILY)) as (tws, client):
            tws.advance_to("20260107 18:00:00 US/Eastern")
            assert len(bars(client, "XYZ", "1 day", "1 Y")) == 3
            end = "20260102 18:00:00 US/Eastern"
            assert bars(client, "XYZ", "1 day", endDateTime=end)[2] == 162
            assert bars(client, "MSFT", "1 day")[2] == 162

    def test_after_the_file_nobody_bids(self, tmp_path: Path) -> None:
        with serving(history=write(tmp_path, "XYZ.csv", DAILY)) as (tws, client):
            tws.advance_to("20260112 10:00:00 US/Eastern")
            quote = tws.do("quote", symbol="XYZ")
            assert (quote["bid"], quote["ask"], quote["last"]) == ("0", "0", "100.5")
            client.ask("placeOrder", 1, stock("XYZ"), order("BUY", "1"))
            client.until("orderStatus")
            tws.advance(3600)
            assert tws.do("state")["orders"][0]["filled"] == "0"
            assert bars(client, "XYZ", "1 hour", "1 D")[2] == 162

    def test_the_day_s_prices_are_those_of_the_bar(self, tmp_path: Path) -> None:
        with serving(history=write(tmp_path, "XYZ.csv", DAILY)) as (tws, _):
            tws.advance_to("20260107 15:59:59 US/Eastern")
            quote = tws.do("quote", symbol="XYZ")
            names = ("last", "open", "high", "low", "close", "volume", "bid", "ask")
            told = ["99", "102", "103", "98", "102", "3000", "98.99", "99.01"]
            assert [quote[name] for name in names] == told

    def test_a_start_within_the_file_shows_what_was_before(self, tmp_path: Path) -> None:
        files = write(tmp_path, "XYZ.csv", DAILY)
        with serving(history=files, start="20260107 12:00:00 US/Eastern") as (tws, client):
            quote = tws.do("quote", symbol="XYZ")
            assert (quote["open"], quote["close"], quote["last"]) == ("102", "102", "103")
            assert len(bars(client, "XYZ", "1 day")) == 3

    def test_orders_fill_at_its_prices(self, tmp_path: Path) -> None:
        with serving(history=write(tmp_path, "XYZ.csv", DAILY), bar_spread=0) as (tws, client):
            tws.advance_to("20260106 16:30:00 US/Eastern")
            limit = order("BUY", "100", "LMT", lmtPrice=98.5)
            client.ask("placeOrder", 1, stock("XYZ"), limit)
            client.until("orderStatus")
            while tws.do("state")["orders"][0]["status"] != "Filled":
                assert tws.advance_to_next("order") is not None
            made = tws.do("state")["orders"][0]
            assert (made["status"], made["average_price"]) == ("Filled", "98.5")


class TestMinuteBars:
    def test_real_time_bars_and_history_agree(self, tmp_path: Path) -> None:
        with serving(history=write(tmp_path, "XYZ.csv", MINUTES)) as (tws, client):
            client.ask("reqRealTimeBars", 3, stock("XYZ"), 5, "TRADES", True, [])
            tws.settle()
            tws.advance_to("20260105 09:34:00 US/Eastern")
            client.ask("reqCurrentTime")
            heard = client.until("currentTime")
            live = [arguments for name, arguments in heard if name == "realtimeBar"]
            found = bars(client, "XYZ", "5 secs", "300 S")
            assert len(live) == len(found) == 48
            assert [each[2:6] for each in live] == [
                (bar.open, bar.high, bar.low, bar.close) for bar in found
            ]
            assert [int(each[6]) for each in live] == [int(bar.volume) for bar in found]

    def test_a_minute_without_a_row_has_no_trades(self, tmp_path: Path) -> None:
        with serving(history=write(tmp_path, "XYZ.csv", MINUTES)) as (tws, client):
            tws.advance_to("20260105 09:34:00 US/Eastern")
            found = bars(client, "XYZ", "1 min", "1 D")
            assert [int(bar.volume) for bar in found] == [400, 200, 0, 801]
            assert [bar.close for bar in found] == [10.2, 10.1, 10.1, 10.6]

    def test_one_goes_from_bar_to_bar(self, tmp_path: Path) -> None:
        with serving(history=write(tmp_path, "XYZ.csv", MINUTES)) as (tws, _):
            ends = [tws.advance_to_next("bar") for _ in range(4)]
            start = 1767623400.0  # 09:30
            assert ends == [start + 60, start + 120, start + 240, None]


class TestQuotesAndTrades:
    QUOTES = (
        "time,bid,ask,bidSize,askSize\n2026-01-05 09:30:00-05:00,9.9,10,100,200\n"
        "2026-01-05 09:30:10.5-05:00,9.8,10.1,300,400\n"
    )
    TRADES = "time,price,size\n1767623405,10,50\n1767623406,9.95,60\n"

    def test_a_quote_moves_no_last_price(self, tmp_path: Path) -> None:
        files = {
            "quotes": write(tmp_path, "q.csv", self.QUOTES),
            "trades": write(tmp_path, "t.csv", self.TRADES),
        }
        files = {kind: f"XYZ={path}" for kind, path in files.items()}
        with serving(**files) as (tws, client):
            tws.advance(1)
            first = tws.do("quote", symbol="XYZ")
            assert (first["bid"], first["ask"], first["last"]) == ("9.9", "10", "0")
            assert tws.advance_to_next("trade") == 1767623405
            assert tws.advance_to_next("quote") == 1767623410.5
            quote = tws.do("quote", symbol="XYZ")
            names = ("bid", "ask_size", "last", "volume", "low")
            assert [quote[name] for name in names] == ["9.8", "400", "9.95", "110", "9.95"]
            start = "20260105 09:30:00 US/Eastern"
            client.ask(
                "reqHistoricalTicks", 4, stock("XYZ"), start, "", 10, "BID_ASK", 1, False, []
            )
            ticks = client.until("historicalTicksBidAsk")[-1][1][1]
            assert [(tick.priceBid, int(tick.sizeAsk)) for tick in ticks][-1] == (9.8, 400)


class TestSplitsAndDividends:
    ACTIONS = "symbol,date,type,value\nXYZ,20260107,split,2:1\nXYZ,20260108,dividend,0.99\n"
    BARS = (
        "date,open,high,low,close,volume\n20260106,200,210,190,198,1000\n"
        "20260107,99,100,98,99,3000\n20260108,98,99,97,98,3000\n"
    )

    def test_history_is_adjusted_and_positions_too(self, tmp_path: Path) -> None:
        files = {
            "history": write(tmp_path, "XYZ.csv", self.BARS),
            "actions": write(tmp_path, "actions.csv", self.ACTIONS),
        }
        with serving(bar_spread=0, **files) as (tws, client):
            tws.advance(1)
            client.ask("placeOrder", 1, stock("XYZ"), order("BUY", "10"))
            client.until("execDetails")
            cash = float(tws.do("state")["accounts"][0]["cash"])
            tws.advance_to("20260106 18:00:00 US/Eastern")
            assert row(bars(client, "XYZ", "1 day")[0])[1:6] == (200, 210, 190, 198, 1000)
            tws.advance_to("20260108 18:00:00 US/Eastern")
            found = bars(client, "XYZ", "1 day")
            assert row(found[0])[1:6] == (100, 105, 95, 99, 2000)
            adjusted = bars(client, "XYZ", "1 day", whatToShow="ADJUSTED_LAST")
            assert adjusted[1].close == pytest.approx(99 * 0.99)
            assert adjusted[2].close == 98
            position = tws.do("state")["positions"][0]
            assert (float(position["quantity"]), float(position["average_cost"])) == (
                20,
                pytest.approx(100, abs=0.1),
            )
            assert float(tws.do("state")["accounts"][0]["cash"]) == pytest.approx(cash + 20 * 0.99)

    def test_a_dividend_is_owed_before_it_is_paid(self, tmp_path: Path) -> None:
        actions = "symbol,date,type,value,pay date\nXYZ,20260107,dividend,0.50,20260110\n"
        bars_ = "date,open,high,low,close\n20260106,50,50,50,50\n20260107,49.5,49.5,49.5,49.5\n"
        files = {
            "history": write(tmp_path, "XYZ.csv", bars_ + "20260113,49.5,49.5,49.5,49.5\n"),
            "actions": write(tmp_path, "actions.csv", actions),
        }

        def values(tws: SimulatedTws) -> list[float]:
            found = tws.call(
                lambda w: {key: v for key, v, _ in all_values(w.account, w._bank.margins)}
            )
            keys = ("TotalCashValue", "AccruedDividend", "NetLiquidation", "NetDividend")
            return [round(float(found[key]), 2) for key in keys]

        with serving(bar_spread=0, **files) as (tws, client):
            tws.advance(1)
            client.ask("placeOrder", 1, stock("XYZ"), order("SELL", "10"))
            client.until("execDetails")
            cash, _, worth, _ = values(tws)
            tws.advance_to("20260109 18:00:00 US/Eastern")
            assert values(tws) == [cash, -5, worth, -5]
            tws.advance_to("20260111 18:00:00 US/Eastern")  # the 10th is a Saturday
            assert values(tws) == [cash, -5, worth, -5]
            tws.advance_to("20260112 18:00:00 US/Eastern")
            assert values(tws) == [round(cash - 5, 2), 0, worth, 0]

    @pytest.mark.parametrize(
        ("row_", "said"),
        [
            ("20260107,dividend,1,20260106", "pay_date.*before"),
            ("20260107,dividend,1,soon", "pay_date.*must be a date"),
            ("20260107,split,2,20260109", "pay_date.*a split"),
        ],
    )
    def test_a_wrong_day_of_payment(self, tmp_path: Path, row_: str, said: str) -> None:
        actions = write(tmp_path, "a.csv", f"symbol,date,type,value,pay_date\nXYZ,{row_}\n")
        with pytest.raises(ValueError, match=said):
            SimulatedTws(
                virtual=True, history=write(tmp_path, "XYZ.csv", self.BARS), actions=actions
            )


class TestFiles:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("date,open,high,low\n20260105,1,2,1\n", "no column 'close'"),
            ("date,open,high,low,close\n20260105,1,x,1,1\n", "line 2.*must be a number, not 'x'"),
            ("date,open,high,low,close\n20260105,1,2,1.5,1.2\n", "open.*from low to high"),
            ("date,open,high,low,close\n20260105,1,1,2,1\n", "high.*below the low"),
            ("date,open,high,low,close\nMonday,1,1,1,1\n", "must be a date"),
            ("date,open,high,low,close\n20260105,1,1,1,1\n20260105,1,1,1,1\n", "another bar"),
            ("date,open,high,low,close\n20260104,1,1,1,1\n", "no row lies in the hours"),
            ("date,open,high,low,close\n2026-01-05 09:30:00,1,1,1,1\n", "bar_size"),
            ("date,open,high,low,close\n", "no rows"),
            ("date,open,high,low,close\n20260105,nan,1,1,1\n", "open.*empty or NaN"),
            ("date,open,high,low,close\n20260105,1,1,1\n", "close.*line 2.*empty"),
            ("date,open,high,low,close\n20260105,inf,inf,1,1\n", "must be a number, not 'inf'"),
            ("date,open,high,low,close,volume\n20260105,1,1,1,1,-7\n", "volume.*0 or more"),
            ("date,open,high,low,close,volume\n20260105,1,1,1,1,1e300\n", "volume.*at most"),
            ("date,open,high,low,close\n20260105,1_0,1_0,1_0,1_0\n", "must be a number, not '1_0'"),
            ("date,open,high,low,close,close\n20260105,1,1,1,1,2\n", "several columns 'close'"),
            ("date,open,high,low,close\n00010105,1,1,1,1\n", "time.*line 2.*of the years"),
            ("date,open,high,low,close\n99991231,1,1,1,1\n", "time.*line 2.*of the years"),
            ("date,open,high,low,close,bar_size\n20260105,1,1,1,1,\u00b2 min\n", "bar_size.*like"),
            (f"date,open,high,low,close,bar_size\n20260105,1,1,1,1,{'1' * 5000} min\n", "bar_size"),
        ],
    )
    def test_what_is_wrong_is_named(self, tmp_path: Path, text: str, said: str) -> None:
        with pytest.raises(ValueError, match=said):
            SimulatedTws(history=write(tmp_path, "XYZ.csv", text))

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="cannot be read"):
            SimulatedTws(history=str(tmp_path / "none.csv"))

    @pytest.mark.parametrize(
        "text",
        [
            "Date,Open,High,Low,Close,Adj Close,Volume\n2026-01-05,10,12,9,11,8,500\n",
            ",open,high,low,close,volume\n2026-01-05 00:00:00-05:00,10,12,9,11,500\n",
            "date;open;high;low;close;volume\n05,1\n20260105;10;12;9;11;500\n".replace(
                "05,1\n", ""
            ),
            "date;open;high;low;close;volume\n20260105;10,0;12,0;9,0;11,00;500\n",
            "date\topen\thigh\tlow\tclose\tvolume\n20260105\t10\t12\t9\t11\t500\n",
            "\ufeffDate,Open,High,Low,Close,Volume\r\n2026-01-05,10,12,9,11,500\r\n",
            "symbol,date,open,high,low,close,volume,wap,barCount\nXYZ,20260105,10,12,9,11,500,10.5,3\n",
            ",date,open,high,low,close,volume,average,barCount\n0,2026-01-05,10,12,9,11,500.0,10.5,3\n",
        ],
    )
    def test_what_others_write_is_read(self, tmp_path: Path, text: str) -> None:
        with serving(history=[f"XYZ={write(tmp_path, 'a.csv', text)}"]) as (tws, client):
            tws.advance_to("20260105 18:00:00 US/Eastern")
            assert row(bars(client, "XYZ", "1 day")[0])[:6] == ("20260105", 10, 12, 9, 11, 500)

    def test_bars_with_a_gap_have_the_size_of_the_shortest(self, tmp_path: Path) -> None:
        text = "date,open,high,low,close\n20260105 09:30:00,1,1,1,1\n20260106 09:30:00,1,1,1,1\n"
        text += "20260106 09:31:00,2,2,2,2\n"
        with serving(history=write(tmp_path, "XYZ.csv", text)) as (tws, client):
            tws.advance_to("20260106 18:00:00 US/Eastern")
            found = bars(client, "XYZ", "1 min", "1 D")
            first = [(bar.date[9:14], bar.close) for bar in found[:2]]
            assert first == [("09:30", 1), ("09:31", 2)]

    def test_a_price_below_the_spread_has_no_spread(self, tmp_path: Path) -> None:
        text = "date,open,high,low,close\n20260105,0.005,0.005,0.005,0.005\n"
        with serving(history=write(tmp_path, "XYZ.csv", text)) as (tws, _client):
            tws.advance_to("20260105 12:00:00 US/Eastern")
            quote = tws.do("quote", symbol="XYZ")
            assert (quote["bid"], quote["ask"], quote["last"]) == ("0.005", "0.005", "0.005")

    def test_a_file_in_another_encoding(self, tmp_path: Path) -> None:
        path = tmp_path / "XYZ.csv"
        path.write_bytes("date,open,high,low,close\n20260105,1,1,1,1\n".encode("utf-16"))
        with pytest.raises(ValueError, match="UTF-8"):
            SimulatedTws(history=str(path))


class TestParquet:
    @pytest.fixture
    def write_table(self, tmp_path: Path) -> Callable[[dict[str, Any]], None]:
        pyarrow = pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
        import pyarrow.parquet as parquet

        return lambda columns: parquet.write_table(pyarrow.table(columns), tmp_path / "XYZ.parquet")

    def test_a_file_is_read(self, tmp_path: Path, write_table: Callable[..., None]) -> None:
        write_table({"date": ["20260105"], "open": [10], "high": [12], "low": [9], "close": [11.0]})
        with serving(history=tmp_path) as (tws, client):
            tws.advance_to("20260105 18:00:00 US/Eastern")
            assert row(bars(client, "XYZ", "1 day")[0])[:5] == ("20260105", 10, 12, 9, 11)

    def test_times_and_decimals(self, tmp_path: Path, write_table: Callable[..., None]) -> None:
        opening = datetime(2026, 1, 5, 14, 30, tzinfo=timezone.utc)
        prices = [Decimal("10.25"), Decimal("11.50")]
        columns = {"time": [opening, opening + timedelta(minutes=1)]}
        write_table(columns | dict.fromkeys(("open", "high", "low", "close"), prices))
        with serving(history=tmp_path / "XYZ.parquet") as (tws, client):
            tws.advance_to("20260105 18:00:00 US/Eastern")
            found = [(bar.date[9:14], bar.close) for bar in bars(client, "XYZ", "1 min", "1 D")]
            assert found[:2] == [("09:30", 10.25), ("09:31", 11.5)]

    def test_what_is_wrong_is_named(self, tmp_path: Path, write_table: Callable[..., None]) -> None:
        columns: dict[str, Any] = {key: [1, None] for key in ("open", "high", "low", "close")}
        write_table(columns | {"date": ["20260105", "20260106"]})
        with pytest.raises(ValueError, match="empty or NaN"):
            SimulatedTws(history=str(tmp_path / "XYZ.parquet"))
        (tmp_path / "XYZ.parquet").write_bytes(b"PAR1 is not enough")
        with pytest.raises(ValueError, match="cannot be read"):
            SimulatedTws(history=str(tmp_path / "XYZ.parquet"))


class TestOneWord:
    def test_an_instrument_is_added(self) -> None:
        with SimulatedTws(virtual=True, instrument="GE2=170") as tws:
            con_id = tws.instrument("PLTR2", last=30, long_name="PALANTIR")
            with RawClient(tws.address) as client:
                client.start()
                client.ask("reqContractDetails", 1, stock("PLTR2"))
                details = client.until("contractDetails")[-1][1][1]
                assert (details.contract.conId, details.longName) == (con_id, "PALANTIR")
            assert tws.do("quote", symbol="PLTR2")["last"] == "30"
            assert tws.do("quote", symbol="GE2")["last"] == "170"
            with pytest.raises(ValueError, match="listed already"):
                tws.instrument("AAPL")

    def test_one_of_the_most_traded_gets_another_price(self) -> None:
        with SimulatedTws(virtual=True, instrument="PLTR,GE=170") as tws:
            assert tws.do("quote", symbol="GE")["last"] == "170"
            assert float(tws.do("quote", symbol="PLTR")["last"]) > 0
            con_id = tws.instrument("ORCL", last=30)
            assert tws.do("quote", symbol="ORCL")["last"] == "30"
            found = tws.call(lambda world: world.instruments.by_con_id(con_id))
            assert found.long_name.startswith("ORACLE")
            with pytest.raises(ValueError, match="listed already"):
                tws.instrument("ORCL", last=31)

    def test_the_most_traded_are_there(self) -> None:
        with serving() as (tws, client):
            client.ask("reqContractDetails", 1, stock("PLTR"))
            details = client.until("contractDetails")[-1][1][1]
            assert details.longName.startswith("PALANTIR")
            tws.advance(600)
            found = bars(client, "XOM", "1 hour", "2 D")
            assert len(found) > 10
            found = bars(client, "COST", "1 hour", "2 D")  # listed as it was asked for
            quote = tws.do("quote", symbol="COST")
            assert len(found) > 10
            assert abs(found[-1].close / float(quote["last"]) - 1) < 0.05
            assert tws.call(lambda world: world.instruments.by_con_id(details.contract.conId))

    def test_what_is_unknown_is_suggested(self) -> None:
        with SimulatedTws(virtual=True) as tws:
            with pytest.raises(ValueError, match="did you mean AAPL"):
                tws.do("quote", symbol="APPL")
            with pytest.raises(ValueError, match="no instrument 'NVDAA': did you mean NVDA"):
                tws.do("trade", symbol="NVDAA")


class TestTrades:
    def test_a_quote_alone_triggers_no_stop(self) -> None:
        with serving(tick_interval=1e9) as (tws, client):
            tws.do("quote", symbol="AAPL", bid=479.9, ask=480.1, last=480)
            volume = tws.do("quote", symbol="AAPL")["volume"]
            stop = order("SELL", "1", "STP", auxPrice=470)
            client.ask("placeOrder", 1, stock(), stop)
            client.until("orderStatus")
            quote = tws.do("quote", symbol="AAPL", bid=469, ask=469.2)
            assert (quote["last"], quote["volume"]) == ("480", volume)
            assert tws.do("state")["orders"][0]["filled"] == "0"
            quote = tws.do("trade", symbol="AAPL", price=469.5, size=300)
            assert (quote["last"], quote["bid"]) == ("469.5", "469")
            assert int(quote["volume"]) == int(volume) + 300
            assert tws.do("state")["orders"][0]["average_price"] == "469"
