"""What the market did."""

from __future__ import annotations

import itertools

from checks import check
from contracts import stock


def bars(tws, size="1 hour", duration="2 D", show="TRADES", keep=False):
    request = tws.id()
    tws.ask("reqHistoricalData", request, stock(), "", duration, size, show, 1, 1, keep, [])
    tws.until("historicalDataEnd", reqId=request)
    return request, [told.bar for told in tws.all("historicalData", reqId=request)]


@check("bars")
def history(tws):
    _request, found = bars(tws)
    assert len(found) >= 8
    for bar in found:
        assert bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high
        assert bar.low > 10
        assert bar.volume > 0
        assert bar.barCount > 0
    dates = [bar.date for bar in found]
    assert dates == sorted(set(dates))
    assert dates[0].startswith("2026")
    days = bars(tws, "1 day", "1 M", "BID_ASK")[1]
    assert 15 <= len(days) <= 31
    assert all(len(bar.date) == 8 for bar in days)
    tws.allow(162, 200)
    tws.ask("reqHistoricalData", 5, stock("NOSUCH"), "", "1 D", "1 hour", "TRADES", 1, 1, False, [])
    tws.until("error", errorCode=200)


@check("keep_up_to_date")
def keep_up_to_date(tws):
    request, found = bars(tws, "5 secs", "600 S", keep=True)
    last = tws.until(
        "historicalDataUpdate", reqId=request, where=lambda told: told.bar.date > found[-1].date
    ).bar
    assert last.low <= last.close <= last.high
    assert abs(last.open / found[-1].close - 1) < 0.5
    tws.ask("cancelHistoricalData", request)
    tws.allow(162)


@check("historical_ticks")
def historical_ticks(tws):
    start = "20260413 11:00:00 US/Eastern"
    for show, callback in (
        ("TRADES", "historicalTicksLast"),
        ("BID_ASK", "historicalTicksBidAsk"),
        ("MIDPOINT", "historicalTicks"),
    ):
        request = tws.id()
        tws.ask("reqHistoricalTicks", request, stock(), start, "", 20, show, 1, False, [])
        tws.until(callback, reqId=request, done=True)
        ticks = [tick for told in tws.all(callback, reqId=request) for tick in told.ticks]
        assert len(ticks) >= 20
        assert all(a.time <= b.time for a, b in itertools.pairwise(ticks))
        if show == "BID_ASK":
            assert all(0 < tick.priceBid <= tick.priceAsk and tick.sizeBid > 0 for tick in ticks)
        else:
            assert all(tick.price > 0 for tick in ticks)
        if show == "TRADES":
            assert all(tick.size > 0 and tick.exchange for tick in ticks)


@check("head")
def head(tws):
    tws.ask("reqHeadTimeStamp", 5, stock(), "TRADES", 1, 1)
    assert tws.until("headTimestamp", reqId=5).headTimestamp[:4] < "2020"


@check("histogram")
def histogram(tws):
    tws.ask("reqHistogramData", 5, stock(), True, "1 week")
    items = tws.until("histogramData", reqId=5).items
    prices = [item.price for item in items]
    assert len(prices) > 3
    assert len(set(prices)) == len(prices)
    assert min(prices) > 10
    assert all(getattr(item, "count", getattr(item, "size", 0)) > 0 for item in items)


@check("schedule", at="closed")
def schedule(tws):
    tws.needs("historicalSchedule")
    tws.ask(
        "reqHistoricalData",
        5,
        stock(),
        "20260410 16:00:00 US/Eastern",
        "4 D",
        "1 day",
        "SCHEDULE",
        1,
        1,
        False,
        [],
    )
    told = tws.until("historicalSchedule", reqId=5)
    assert told.timeZone == "US/Eastern"
    assert len(told.sessions) == 4
    assert told.sessions[-1].startDateTime == "20260410-09:30:00"
    assert told.sessions[-1].endDateTime == "20260410-16:00:00"
    assert told.sessions[-1].refDate == "20260410"
