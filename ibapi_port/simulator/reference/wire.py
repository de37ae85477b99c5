"""The news as it comes: headlines to those who have asked for them with generic tick 292."""

from __future__ import annotations

from ..market.feeds.market_data import MarketDataService
from ..market.instruments import Instruments
from ..market.listings.instrument import Instrument
from ..net.clock import Clock
from ..net.timers import Timer, Timers
from .companies import company_of
from .newsroom import Article, Newsroom

INTERVAL = 10.0  # seconds between looks at what has been written
_MAX_HEADLINES = 1000  # headlines at a time
EXTRA = "A:800015:L:en"  # what TWS adds: provider's account of it, language


class NewsWire:
    """Looks in the newsroom, as long as somebody wants its news."""

    def __init__(
        self,
        instruments: Instruments,
        newsroom: Newsroom,
        market_data: MarketDataService,
        timers: Timers,
        clock: Clock,
        seed: int,
    ) -> None:
        self._instruments = instruments
        self._newsroom = newsroom
        self._market_data = market_data
        self._seed = seed
        self._timers = timers
        self._clock = clock
        self._timer: Timer | None = None
        self._until = 0.0
        market_data.on_news_wanted = self._begin

    def publish(self, instrument: Instrument, provider: str, headline: str, text: str) -> Article:
        """Publish an article of the user's own, now. ValueError: there is no such provider."""
        article = self._newsroom.publish(
            instrument.con_id, provider, headline, text, self._clock.now()
        )
        self._send(instrument, article)
        return article

    def _begin(self) -> None:
        if self._timer is None:
            self._until = self._clock.now()
            self._timer = self._timers.every(INTERVAL, self._look)

    def _look(self) -> None:
        since = self._until
        self._until = self._clock.now()
        wanted = self._market_data.news_wanted()
        if not wanted and self._timer is not None:
            self._timer.cancel()
            self._timer = None
        # a provider's tape has news of all companies
        if any(instrument.sec_type == "NEWS" for instrument in wanted):
            wanted = [
                entry
                for entry in self._instruments.all
                if company_of(entry, self._seed) is not None
            ]
        found = []
        for instrument in wanted:
            articles, _ = self._newsroom.latest(
                instrument,
                list(self._newsroom.providers),
                since,
                self._until,
                _MAX_HEADLINES,
                written=False,
            )
            found += [
                (article.time, instrument.con_id, article.article_id, instrument, article)
                for article in articles
            ]
        for _, _, _, instrument, article in sorted(found, key=lambda each: each[:3]):
            self._send(instrument, article)

    def _send(self, instrument: Instrument, article: Article) -> None:
        time = int(article.time * 1000)
        self._market_data.publish_news(
            article.provider,
            time,
            article.article_id,
            article.headline,
            EXTRA,
            (instrument.symbol,),
        )
