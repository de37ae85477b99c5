from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ibapi_port.contract import Contract
from ibapi_port.simulator.errors import Invalid, Refusal
from ibapi_port.simulator.times import parse

from .helpers import NOON, Desk, FakePeer, stock

DAY = 86400
AAPL = 265598


def headlines(peer: FakePeer, **changes: Any) -> list[dict[str, Any]]:
    values = {
        "conId": AAPL,
        "providerCodes": "BRFG+BRFUPDN+DJNL+BZ",
        "startDateTime": "",
        "endDateTime": "",
        "totalResults": 10,
    }
    peer.ask("reqHistoricalNews", reqId=1, historicalNewsOptions=[], **{**values, **changes})
    assert peer.names()[-1] == "historicalNewsEnd"
    return peer.all("historicalNews")


def article(peer: FakePeer, provider: str, article_id: str) -> dict[str, Any]:
    peer.ask(
        "reqNewsArticle",
        reqId=2,
        providerCode=provider,
        articleId=article_id,
        newsArticleOptions=[],
    )
    return peer.last("newsArticle")


def test_providers(peer: FakePeer) -> None:
    peer.ask("reqNewsProviders")
    found = {
        provider.code: provider.name for provider in peer.last("newsProviders")["newsProviders"]
    }
    assert found["BRFG"] == "Briefing.com General Market Columns"


def test_headlines_come_newest_first_and_as_many_as_asked(peer: FakePeer) -> None:
    found = headlines(peer)
    assert len(found) == 10
    assert peer.last("historicalNewsEnd") == {"requestId": 1, "hasMore": True}
    times = [row["time"] for row in found]
    assert times == sorted(times, reverse=True)
    assert all(
        row["headline"].startswith("{A:800015:L:en}")
        and row["articleId"].startswith(row["providerCode"] + "$")
        for row in found
    )
    more = headlines(peer, totalResults=20)
    assert more[:10] == found
    assert len(more) == 20


def test_time_range_and_providers(peer: FakePeer) -> None:
    found = headlines(
        peer,
        startDateTime="2026-03-01 00:00:00.0",
        endDateTime="2026-03-31 23:59:59.0",
        totalResults=300,
        providerCodes="BZ+DJNL",
    )
    assert peer.last("historicalNewsEnd")["hasMore"] is False
    assert {row["providerCode"] for row in found} == {"BZ", "DJNL"}
    assert all("2026-03-01" <= row["time"] < "2026-04-01 05" for row in found)
    assert (
        headlines(
            peer,
            startDateTime="20260301 00:00:00",
            endDateTime="20260331 23:59:59",
            totalResults=300,
            providerCodes="BZ,DJNL",
        )
        == found
    )
    assert (
        headlines(peer, startDateTime="2026-04-01 00:00:00", endDateTime="2026-03-01 00:00:00")
        == []
    )


def test_nothing_is_told_of_the_future(desk: Desk, peer: FakePeer) -> None:
    before = headlines(peer, totalResults=300)
    assert headlines(peer, endDateTime="2027-01-01 00:00:00.0", totalResults=300) == before
    desk.clock.time += 10 * DAY
    after = headlines(peer, totalResults=300)
    assert after[-200:] != before[-200:]
    assert [row for row in after if row in before] == after[after.index(before[0]) :]


def test_articles(peer: FakePeer) -> None:
    kinds = set()
    for row in headlines(peer, totalResults=20):
        text = article(peer, row["providerCode"], row["articleId"])
        kinds.add(text["articleType"])
        assert text["requestId"] == 2
        assert text["articleText"].startswith("<html>") == (text["articleType"] == 1)
        assert "\n" not in text["articleText"]
    assert kinds == {0, 1}


def test_published_articles(desk: Desk, peer: FakePeer) -> None:
    desk.world.reference.newsroom.publish(
        AAPL, "BZ", "Something happened", "Line one\nLine two", NOON - 1
    )
    newest = headlines(peer)[0]
    assert newest["headline"] == "{A:800015:L:en}Something happened"
    assert newest["time"] == "2026-04-14 15:59:59.0"
    assert article(peer, "BZ", newest["articleId"])["articleText"] == "Line one&#10;Line two"
    with pytest.raises(ValueError, match="NOSUCH"):
        desk.world.reference.newsroom.publish(AAPL, "NOSUCH", "", "", NOON)


def test_the_same_seed_writes_the_same(peer: FakePeer) -> None:
    assert (
        headlines(Desk(seed=7).client())
        == headlines(Desk(seed=7).client())
        != headlines(Desk(seed=8).client())
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"conId": 1}, 200),
        ({"providerCodes": "NOSUCH"}, 10276),
        ({"providerCodes": "BZ+NOSUCH"}, 10276),
    ],
)
def test_refused_headlines(peer: FakePeer, changes: dict[str, Any], code: int) -> None:
    with pytest.raises(Refusal) as refused:
        headlines(peer, **changes)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "changes",
    [
        {"providerCodes": ""},
        {"totalResults": 0},
        {"totalResults": 301},
        {"startDateTime": "yesterday"},
    ],
)
def test_invalid_requests(peer: FakePeer, changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        headlines(peer, **changes)


@pytest.mark.parametrize(
    "article_id",
    [
        "BZ$nonsense",
        "BZ$40d7e-ffff0",
        "BZ$40d7e-fffffffffff0",
        "BZ$zz-00000",
        "",
        "DJNL$40d7e-25000",
        "BZ$40d7e-",
    ],
)
def test_articles_that_are_not_there(peer: FakePeer, article_id: str) -> None:
    with pytest.raises(Refusal) as refused:
        article(peer, "BZ", article_id)
    assert refused.value.code == 10172
    with pytest.raises(Refusal) as refused:
        article(peer, "NOSUCH", article_id)
    assert refused.value.code == 10276


def test_a_news_file_of_the_users(tmp_path: Path) -> None:
    data = {
        "providers": [{"code": "ME", "name": "My own", "a_day": 1, "html": False}],
        "headlines": ["{name}!"],
        "paragraphs": [],
        "words": {},
    }
    (tmp_path / "news.json").write_text(json.dumps(data), encoding="utf-8")
    client = Desk(reference_data=str(tmp_path)).client()
    assert headlines(client, providerCodes="ME")[0]["headline"] == "{A:800015:L:en}Apple Inc!"
    (tmp_path / "news.json").write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match=r"news\.json"):
        Desk(reference_data=str(tmp_path))
    with pytest.raises(ValueError, match="there is no folder"):
        Desk(reference_data=str(tmp_path / "other"))


class TestBulletins:
    def test_all_of_the_day_or_new_ones_only(self, desk: Desk, peer: FakePeer) -> None:
        bulletins = desk.world.reference.bulletins
        bulletins.publish("of yesterday")
        desk.clock.time += DAY
        bulletins.publish("of this morning", "NYSE", 2)
        peer.ask("reqNewsBulletins", allMsgs=True)
        assert peer.got == [
            (
                "updateNewsBulletin",
                {"msgId": 2, "msgType": 2, "newsMessage": "of this morning", "originExch": "NYSE"},
            )
        ]
        other = desk.client(2)
        assert other.ask("reqNewsBulletins", allMsgs=False) == []
        bulletins.publish("now")
        assert peer.last("updateNewsBulletin") == other.last("updateNewsBulletin")
        peer.ask("cancelNewsBulletins")
        desk.world.leave(other)
        other.got.clear()
        bulletins.publish("later")
        assert peer.got == other.got == []


def test_times_are_utc(desk: Desk, peer: FakePeer) -> None:
    when = parse("20260413 10:00:00 US/Eastern")
    assert when is not None
    desk.world.reference.newsroom.publish(AAPL, "BZ", "x", "y", when)
    assert "2026-04-13 14:00:00.0" in [row["time"] for row in headlines(peer, totalResults=300)]


class TestWire:
    def ask(self, peer: FakePeer, contract: Any, ticks: str = "mdoff,292") -> None:
        peer.ask(
            "reqMktData",
            reqId=9,
            contract=contract,
            genericTickList=ticks,
            snapshot=False,
            regulatorySnapshot=False,
            mktDataOptions=[],
        )

    def hours(self, desk: Desk, count: int) -> None:
        """Let hours pass, without the ticks of the market."""
        for _ in range(count):
            desk.clock.time += 3600
            desk.world.timers.run_due()

    def test_what_comes_is_what_history_tells_then(self, peer: FakePeer, desk: Desk) -> None:
        desk.world.market.tick = lambda: None  # type: ignore[method-assign]
        self.ask(peer, stock(), "292")
        peer.got.clear()
        self.hours(desk, 24 * 10)
        told = peer.all("tickNews")
        assert len(told) > 5
        assert {one["tickerId"] for one in told} == {9}
        assert all(NOON * 1000 < one["timeStamp"] <= desk.clock.time * 1000 for one in told)
        codes = "+".join(desk.world.reference.newsroom.providers)
        start = "2026-04-14 12:00:00"
        past = headlines(peer, providerCodes=codes, startDateTime=start, totalResults=300)
        assert [one["articleId"] for one in reversed(past)] == [one["articleId"] for one in told]

    def test_a_providers_tape(self, peer: FakePeer, desk: Desk) -> None:
        tape = Contract()
        tape.symbol, tape.secType, tape.exchange = "BZ:BZ_ALL", "NEWS", "BZ"
        self.ask(peer, tape)
        self.hours(desk, 24)
        assert {one["providerCode"] for one in peer.all("tickNews")} == {"BZ"}
        assert (
            len({one["articleId"].split("-")[0] for one in peer.all("tickNews")}) > 5
        )  # about many companies

    def test_an_article_of_ones_own(self, peer: FakePeer, desk: Desk) -> None:
        self.ask(peer, stock(), "292:BZ")
        peer.got.clear()
        wire = desk.world.reference.wire
        wire.publish(desk.instrument("AAPL"), "BRFG", "Not this", "x")
        wire.publish(desk.instrument("MSFT"), "BZ", "Nor this", "x")
        made = wire.publish(desk.instrument("AAPL"), "BZ", "But this", "x")
        desk.advance(30)
        (told,) = peer.all("tickNews")
        assert (told["headline"], told["articleId"], told["timeStamp"]) == (
            "But this",
            made.article_id,
            int(NOON * 1000),
        )

    def test_nobody_looks_when_nobody_wants_any(self, peer: FakePeer, desk: Desk) -> None:
        desk.world.market.tick = lambda: None  # type: ignore[method-assign]
        self.ask(peer, stock(), "292")
        peer.ask("cancelMktData", reqId=9)
        self.hours(desk, 24)
        self.ask(peer, stock(), "292")
        peer.got.clear()
        self.hours(desk, 48)
        assert peer.all("tickNews")
        assert all(one["timeStamp"] > (NOON + 24 * 3600) * 1000 for one in peer.all("tickNews"))


def test_a_refusal_keeps_nothing_of_those_before_it(peer: FakePeer) -> None:
    seen = []
    for _ in range(3):
        with pytest.raises(Refusal) as refused:
            article(peer, "NONE", "NONE$1")
        seen.append((refused.value, len(refused.traceback)))
    assert len({id(error) for error, _ in seen}) == 3
    assert len({depth for _, depth in seen}) == 1
