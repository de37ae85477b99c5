"""News: providers, headlines, articles, and bulletins."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from ...common import NewsProvider
from ..errors import Invalid, Refusal
from ..market.instruments import Instruments
from ..net.clock import Clock
from ..services import NO_REQUEST_ID, ClientSession, Handler, Service, SubscriptionTable, Values
from ..times import ZONE, day, parse
from .newsroom import Newsroom

NEWS, EXCHANGE_CLOSED, EXCHANGE_OPEN = 1, 2, 3  # IB's msgType


class BulletinService(Service):
    """Answers reqNewsBulletins; bulletins come from scripts."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._readers: SubscriptionTable[None] = SubscriptionTable()
        self.tables = (self._readers,)
        self._past: list[tuple[str, dict[str, Any]]] = []  # with their days

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "reqNewsBulletins": self._subscribe,
            "cancelNewsBulletins": lambda client, values: self._readers.end_all(client),
        }

    def publish(self, text: str, exchange: str = "", kind: int = NEWS) -> None:
        """Send it to those who have asked."""
        bulletin = {
            "msgId": len(self._past) + 1,
            "msgType": kind,
            "newsMessage": text,
            "originExch": exchange,
        }
        self._past.append((day(self._clock.now()), bulletin))
        for client, _ in list(self._readers):
            client.send("updateNewsBulletin", **bulletin)

    def _subscribe(self, client: ClientSession, values: Values) -> None:
        """Subscribe a client. With allMsgs those of the day come first."""
        self._readers[client, NO_REQUEST_ID] = None
        today = day(self._clock.now())
        if values["allMsgs"]:
            for date, bulletin in self._past:
                if date == today:
                    client.send("updateNewsBulletin", **bulletin)


MAX_HEADLINES = 300  # headlines of one request
_FORMS = ("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S", "%Y%m%d %H:%M:%S", "%Y%m%d-%H:%M:%S")


class NewsService(Service):
    """Answers the requests for headlines and articles."""

    def __init__(self, instruments: Instruments, newsroom: Newsroom, clock: Clock) -> None:
        self._instruments = instruments
        self._newsroom = newsroom
        self._clock = clock

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "reqNewsProviders": self._providers,
            "reqHistoricalNews": self._historical,
            "reqNewsArticle": self._article,
        }

    def _providers(self, client: ClientSession, values: Values) -> None:
        found = []
        for code, entry in self._newsroom.providers.items():
            provider = NewsProvider()
            provider.code = code
            provider.name = entry["name"]
            found.append(provider)
        client.send("newsProviders", newsProviders=found)

    def _historical(self, client: ClientSession, values: Values) -> None:
        """Send headlines, the newest first, of the time after startDateTime until endDateTime."""
        req_id = values["reqId"]
        instrument = self._instruments.by_con_id(values["conId"])
        if instrument is None:
            raise Refusal(
                200,
                f"No security definition has been found for the request. conId:{values['conId']}",
            )
        codes = [code for code in values["providerCodes"].replace(",", "+").split("+") if code]
        if not codes:
            raise Invalid("Please enter news provider codes")
        if any(code not in self._newsroom.providers for code in codes):
            raise _not_allowed()
        if not 1 <= values["totalResults"] <= MAX_HEADLINES:
            raise Invalid(f"Number of results must be 1 to {MAX_HEADLINES}")
        now = self._clock.now()
        start = _moment(values["startDateTime"], 0.0)
        end = min(now, _moment(values["endDateTime"], now))
        found, more = self._newsroom.latest(
            instrument, list(dict.fromkeys(codes)), start, end, values["totalResults"]
        )
        for article in found:
            time = f"{datetime.fromtimestamp(article.time, timezone.utc):%Y-%m-%d %H:%M:%S}.0"
            client.send(
                "historicalNews",
                requestId=req_id,
                time=time,
                providerCode=article.provider,
                articleId=article.article_id,
                headline="{A:800015:L:en}" + article.headline,
            )
        client.send("historicalNewsEnd", requestId=req_id, hasMore=more)

    def _article(self, client: ClientSession, values: Values) -> None:
        if values["providerCode"] not in self._newsroom.providers:
            raise _not_allowed()
        article = self._newsroom.article(values["providerCode"], values["articleId"])
        if article is None or article.time > self._clock.now():
            raise Refusal(
                10172, f"Failed to request news article:Article {values['articleId']} is not found"
            )
        text = article.text.replace("\n", "&#10;") if article.kind == 0 else article.text
        client.send(
            "newsArticle", requestId=values["reqId"], articleType=article.kind, articleText=text
        )


def _not_allowed() -> Refusal:
    # a new one each time: an exception keeps the frames that it was raised in
    return Refusal(10276, "News feed is not allowed.")


def _moment(text: str, otherwise: float) -> float:
    """Return seconds since 1970; a zone may be named."""
    text = text.strip()
    if not text:
        return otherwise
    when = parse(text)
    if when is not None:
        return when
    bare = text.removesuffix(" UTC").removesuffix(" GMT")
    for form in _FORMS:
        try:
            return (
                datetime.strptime(bare, form)
                .replace(tzinfo=ZONE if bare == text else timezone.utc)
                .timestamp()
            )
        except (ValueError, OverflowError):
            continue
    raise Invalid(
        f"Invalid date and time '{text}': yyyy-MM-dd HH:mm:ss.0 or yyyyMMdd HH:mm:ss zone is "
        "expected"
    )
