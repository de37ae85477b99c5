"""The news: written when it is asked for, the same for the same seed, instrument, provider and day,
whoever asks and how often.
"""

from __future__ import annotations

import html
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from ..market.instruments import Instrument, Instruments
from ..times import ZONE, local

_EPOCH = date(2000, 1, 1)
_OPENING, _CLOSING = 7 * 3600, 20 * 3600  # seconds of the day between which articles appear
_MAX_ARTICLES = 3  # articles of a provider about an instrument on a day
TEXT, HTML = 0, 1  # IB's articleType


@dataclass(frozen=True)
class Article:
    """A news article. `time` is in seconds since 1970."""

    time: float
    provider: str
    article_id: str
    headline: str
    kind: int
    text: str


class Newsroom:
    """All articles. `data`: news.json. Articles that were published by hand come before those that
    are made.
    """

    def __init__(self, instruments: Instruments, seed: int, data: Mapping[str, Any]) -> None:
        self._instruments = instruments
        self._seed = seed
        self._data = data
        self.providers: dict[str, Mapping[str, Any]] = {
            entry["code"]: entry for entry in data["providers"]
        }
        self._published: dict[str, tuple[int, Article]] = {}  # by article id, with the contract id

    def publish(self, con_id: int, provider: str, headline: str, text: str, time: float) -> Article:
        """Add an article of the user's own. ValueError: there is no such provider."""
        if provider not in self.providers:
            raise ValueError(
                f"no news provider {provider!r}; there are {', '.join(self.providers)}"
            )
        kind = HTML if text.lstrip().startswith("<") else TEXT
        article = Article(
            time, provider, f"{provider}$x{len(self._published):06x}", headline, kind, text
        )
        self._published[article.article_id] = con_id, article
        return article

    def latest(
        self,
        instrument: Instrument,
        providers: list[str],
        start: float,
        end: float,
        limit: int,
        written: bool = True,
    ) -> tuple[list[Article], bool]:
        """Return the articles in (start, end], the newest first, at most `limit`; and whether there
        are more. `written`: those of the user's too.
        """
        own = [
            article
            for con_id, article in self._published.values()
            if con_id == instrument.con_id and article.provider in providers
        ]
        found = [article for article in own if start < article.time <= end] if written else []
        day = local(end).date()
        first = max(local(start).date(), date(int(instrument.listed[:4]), 1, 1))
        while (
            day >= first
            and sum(article.time >= _midnight(day + timedelta(1)) for article in found) <= limit
        ):
            for provider in providers:
                found += [
                    article
                    for article in self._of_day(instrument, provider, day)
                    if start < article.time <= end
                ]
            day -= timedelta(1)
        found.sort(key=lambda article: (-article.time, article.article_id))
        return found[:limit], len(found) > limit

    def article(self, provider: str, article_id: str) -> Article | None:
        """Return an article, or None if there is none of that id."""
        if article_id in self._published:
            return self._published[article_id][1]
        head, _, number = article_id.partition("$")
        parts = number.split("-")
        if head != provider or provider not in self.providers or len(parts) != 2:
            return None
        try:
            instrument = self._instruments.by_con_id(int(parts[0], 16))
            day = _EPOCH + timedelta(int(parts[1][:-1], 16))
        except (ValueError, OverflowError):
            return None
        if instrument is None:
            return None
        return next(
            (
                article
                for article in self._of_day(instrument, provider, day)
                if article.article_id == article_id
            ),
            None,
        )

    def _of_day(self, instrument: Instrument, provider: str, day: date) -> list[Article]:
        """Return the articles of a day, in order of time."""
        rng = random.Random(f"news {self._seed} {instrument.con_id} {provider} {day}")
        odds = self.providers[provider]["a_day"] / _MAX_ARTICLES
        moments = sorted(
            rng.uniform(_OPENING, _CLOSING) for _ in range(_MAX_ARTICLES) if rng.random() < odds
        )
        return [
            self._write(instrument, provider, day, int(moment), n, rng)
            for n, moment in enumerate(moments)
        ]

    def _write(
        self,
        instrument: Instrument,
        provider: str,
        day: date,
        moment: int,
        number: int,
        rng: random.Random,
    ) -> Article:
        words = {
            "name": instrument.long_name.title(),
            "symbol": instrument.symbol,
            "currency": instrument.currency,
            "industry": instrument.industry or "its market",
            "target": round(float(instrument.price) * rng.uniform(0.8, 1.4)),
            "move": f"{rng.uniform(1, 5):.1f}",
            **{word: rng.choice(choices) for word, choices in self._data["words"].items()},
        }
        headline = rng.choice(self._data["headlines"]).format(**words)
        paragraphs = [text.format(**words) for text in self._data["paragraphs"]]
        kind = HTML if self.providers[provider]["html"] else TEXT
        article_id = f"{provider}${instrument.con_id:x}-{(day - _EPOCH).days:04x}{number}"
        return Article(
            _midnight(day) + moment,
            provider,
            article_id,
            headline,
            kind,
            _body(kind, headline, paragraphs),
        )


def _midnight(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).timestamp()


def _body(kind: int, headline: str, paragraphs: list[str]) -> str:
    if kind == TEXT:
        return "\n\n".join([headline, *paragraphs])
    lines = "".join(f"<p>{html.escape(text)}</p>" for text in paragraphs)
    title = html.escape(headline)
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{lines}</body></html>"
