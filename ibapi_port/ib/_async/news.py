"""News, scanners, companies, display groups."""

from __future__ import annotations

from ...common import NewsProvider, WshEventData
from ...contract import Contract
from ...scanner import ScannerSubscription
from .. import converters as made
from ..async_base import AsyncBase
from ..engine import Row, Rows
from ..rows import Headline, NewsArticle, NewsBulletin, ScanRow
from ..streams import LIMIT, AsyncSubscription, Mode
from ..updates import KeptScan


class News(AsyncBase):
    """News, scanners, companies, display groups."""

    async def reqScannerParameters(self, *, timeout: float | None = None) -> str:
        """Return what scanners can be told, as XML (megabytes)."""
        return await self._request("reqScannerParameters", convert=made.only(str), timeout=timeout)

    async def reqScannerSubscription(
        self, subscription: ScannerSubscription, *, timeout: float | None = None
    ) -> Rows[ScanRow]:
        """Return the contracts that a scan ranks now."""
        convert = made.each(ScanRow, "scannerData")
        return await self._request(
            "reqScannerSubscription", subscription, [], None, convert=convert, timeout=timeout
        )

    def reqScannerSubscriptionUpdates(
        self, subscription: ScannerSubscription, *, mode: Mode = "latest"
    ) -> AsyncSubscription[Rows[ScanRow]]:
        """Begin a scan that goes on: each row is the list of all ranks as it then is."""
        stream = AsyncSubscription(self._engine, KeptScan().apply, mode, LIMIT)
        stream.start("reqScannerSubscription", subscription, [], [])
        return stream

    def reqNewsBulletins(
        self, allMsgs: bool = True, *, limit: int = LIMIT
    ) -> AsyncSubscription[NewsBulletin]:
        """Begin IB's bulletins; allMsgs: the day's earlier ones too."""
        stream = AsyncSubscription(self._engine, made.bulletin, "all", limit)
        stream.start("reqNewsBulletins", allMsgs)
        return stream

    async def reqNewsProviders(self, *, timeout: float | None = None) -> Rows[NewsProvider]:
        """Return the news services that the login may use."""
        return await self._request(
            "reqNewsProviders", convert=made.listed(NewsProvider), timeout=timeout
        )

    async def reqNewsArticle(
        self, providerCode: str, articleId: str, *, timeout: float | None = None
    ) -> NewsArticle:
        """Return a news article."""
        return await self._request(
            "reqNewsArticle", providerCode, articleId, [], convert=_article, timeout=timeout
        )

    async def reqHistoricalNews(
        self,
        conId: int,
        providerCodes: str,
        startDateTime: str = "",
        endDateTime: str = "",
        totalResults: int = 10,
        *,
        timeout: float | None = None,
    ) -> Rows[Headline]:
        """Return headlines about a contract, up to 300; providerCodes are joined by "+"."""
        what: tuple[object, ...] = (
            conId,
            providerCodes,
            startDateTime,
            endDateTime,
            totalResults,
            [],
        )
        convert = made.each(Headline, "historicalNews")
        return await self._request("reqHistoricalNews", *what, convert=convert, timeout=timeout)

    async def reqFundamentalData(
        self, contract: Contract, reportType: str, *, timeout: float | None = None
    ) -> str:
        """Return a report on a company as XML ("ReportSnapshot", ...)."""
        return await self._request(
            "reqFundamentalData", contract, reportType, [], convert=made.only(str), timeout=timeout
        )

    async def reqWshMetaData(self, *, timeout: float | None = None) -> str:
        """Return what Wall Street Horizon's calendar holds, as JSON."""
        return await self._request("reqWshMetaData", convert=made.only(str), timeout=timeout)

    async def reqWshEventData(
        self, wshEventData: WshEventData, *, timeout: float | None = None
    ) -> str:
        """Return events of Wall Street Horizon's calendar, as JSON."""
        return await self._request(
            "reqWshEventData", wshEventData, convert=made.only(str), timeout=timeout
        )

    async def queryDisplayGroups(self, *, timeout: float | None = None) -> list[int]:
        """Return the ids of TWS's colour groups."""
        text = await self._request("queryDisplayGroups", convert=made.only(str), timeout=timeout)
        return [int(each) for each in text.split("|") if each]

    def subscribeToGroupEvents(
        self, groupId: int, *, mode: Mode = "latest"
    ) -> AsyncSubscription[str]:
        """Begin what a colour group of TWS shows: "conId@exchange", "none", "combo"."""
        stream = AsyncSubscription(self._engine, made.text, mode, LIMIT)
        stream.start("subscribeToGroupEvents", groupId)
        return stream


def _article(rows: list[Row]) -> NewsArticle:
    return NewsArticle(*rows[-1][1])  # type: ignore[arg-type]


__all__ = ["News"]
