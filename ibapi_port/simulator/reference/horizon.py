"""reqWshMetaData and reqWshEventData: the Wall Street Horizon calendar of corporate events."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from ...common import WshEventData
from ...const import UNSET_INTEGER
from ..errors import Refusal
from ..market.instruments import Instruments
from ..net.clock import Clock
from ..services import ClientSession, Handler, Service, SubscriptionTable, Values
from ..times import local
from .companies import Company, company_of
from .corporate_events import EVENT_TYPES, events_of

MAX_EVENTS = 100  # events of one answer
_PAST, _FUTURE = timedelta(days=365), timedelta(days=365)
_FILTERS = {
    "country": "Country",
    "watchlist": "Watchlist",
    "portfolio": "Portfolio",
    "limit": "Limit",
    "limit_region": "Limit by region",
}
_TRUE = ("true", True)


class HorizonService(Service):
    """Answers the WSH requests. `portfolio`: the contract ids that the accounts hold; `allowed`:
    whether the user subscribes to WSH.

    Meta data has to be asked for first; TWS keeps it for all clients.
    """

    def __init__(
        self,
        instruments: Instruments,
        clock: Clock,
        seed: int,
        portfolio: Callable[[], Iterable[int]],
        allowed: bool = True,
    ) -> None:
        self._instruments = instruments
        self._clock = clock
        self._portfolio = portfolio
        self._allowed = allowed
        found = ((entry.con_id, company_of(entry, seed)) for entry in instruments.all)
        self._companies = {con_id: company for con_id, company in found if company is not None}
        self.watchlist = list(self._companies)
        self._metadata: SubscriptionTable[None] = SubscriptionTable()
        self._events: SubscriptionTable[None] = SubscriptionTable()
        self.tables = (self._metadata, self._events)
        self._has_metadata = False

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "reqWshMetaData": self._request_metadata,
            "cancelWshMetaData": self._cancel_metadata,
            "reqWshEventData": self._request_events,
            "cancelWshEventData": self._cancel_events,
        }

    def _request_metadata(self, client: ClientSession, values: Values) -> None:
        key = client, values["reqId"]
        if not self._allowed:
            raise Refusal(10276, "News feed is not allowed.")
        if key in self._metadata:
            raise Refusal(10278, "Duplicate WSH metadata request.")
        self._metadata[key] = None
        self._has_metadata = True
        client.send("wshMetaData", reqId=values["reqId"], dataJson=_metadata())

    def _cancel_metadata(self, client: ClientSession, values: Values) -> None:
        if not self._metadata.end((client, values["reqId"])):
            raise Refusal(10280, "Failed cancel WSH metadata.")

    def _request_events(self, client: ClientSession, values: Values) -> None:
        key = client, values["reqId"]
        if not self._allowed:
            raise Refusal(10276, "News feed is not allowed.")
        if key in self._events:
            raise Refusal(10281, "Duplicate WSH event data request.")
        if not self._has_metadata:
            raise Refusal(10282, "WSH metadata not requested.")
        text = self._found(values["wshEventData"])
        self._events[key] = None
        client.send("wshEventData", reqId=values["reqId"], dataJson=text)

    def _cancel_events(self, client: ClientSession, values: Values) -> None:
        if not self._events.end((client, values["reqId"])):
            raise Refusal(10284, "Failed cancel WSH event data.")

    def _found(self, wanted: WshEventData) -> str:
        chosen = _filter(wanted.filter)
        companies = self._companies_of(wanted, chosen)
        today = local(self._clock.now()).date()
        first, last = _day(wanted.startDate, today - _PAST), _day(wanted.endDate, today + _FUTURE)
        if first > last:
            raise _failure("startDate is after endDate")
        kinds = [kind for kind in EVENT_TYPES if chosen.get(kind) in _TRUE] or list(EVENT_TYPES)
        found = [
            event
            for company in companies
            for event in events_of(company, first, last, today)
            if event.kind in kinds
        ]
        found.sort(key=lambda event: (event.day, event.company.instrument.con_id, event.kind))
        return json.dumps(
            [event.as_json(n) for n, event in enumerate(found[: _limit(wanted, chosen)])]
        )

    def _companies_of(self, wanted: WshEventData, chosen: Mapping[str, Any]) -> list[Company]:
        """Return the companies in the order in which they are named; those that have no events are
        left out. 10283: none is named.
        """
        ids: list[int] = []
        if wanted.conId not in (0, UNSET_INTEGER):
            if wanted.filter:
                raise _failure("conId and filter cannot be given both")
            instrument = self._instruments.by_con_id(wanted.conId)
            if instrument is None:
                raise _failure(f"No security definition has been found for conId {wanted.conId}")
            ids.append(instrument.con_id)
        named = chosen.get("watchlist", [])
        try:
            ids += [int(con_id) for con_id in (named if isinstance(named, list) else [named])]
        except (TypeError, ValueError):
            raise _failure("watchlist has to list contract ids") from None
        if wanted.fillWatchlist:
            ids += self.watchlist
        if wanted.fillPortfolio or chosen.get("portfolio") in _TRUE:
            ids += self._portfolio()
        if not (ids or chosen or wanted.fillPortfolio or wanted.fillCompetitors):
            raise _failure("Neither conId nor filter is given")
        if wanted.fillCompetitors:
            ids += self._competitors(ids)
        if not ids and chosen and not wanted.fillPortfolio and chosen.get("portfolio") not in _TRUE:
            ids = list(self._companies)
        return [
            self._companies[con_id] for con_id in dict.fromkeys(ids) if con_id in self._companies
        ]

    def _competitors(self, ids: list[int]) -> list[int]:
        industries = {
            self._companies[con_id].instrument.industry
            for con_id in ids
            if con_id in self._companies
        }
        return [
            con_id
            for con_id, company in self._companies.items()
            if company.instrument.industry in industries
        ]


def _metadata() -> str:
    kinds = [{"name": name, "tag": tag} for tag, name in EVENT_TYPES.items()]
    filters = [{"name": name, "tag": tag} for tag, name in _FILTERS.items()]
    return json.dumps({"meta_data": {"event_types": kinds, "filters": filters}})


def _filter(text: str) -> dict[str, Any]:
    if not text:
        return {}
    try:
        chosen = json.loads(text)
    except ValueError as e:
        raise _failure(f"filter is no JSON: {e}") from None
    if not isinstance(chosen, dict):
        raise _failure("filter has to be a JSON object")
    unknown = [name for name in chosen if name not in EVENT_TYPES and name not in _FILTERS]
    if unknown:
        raise _failure(f"Unknown filter {unknown[0]!r}")
    return chosen


def _limit(wanted: WshEventData, chosen: Mapping[str, Any]) -> int:
    limits = [MAX_EVENTS]
    if wanted.totalLimit not in (0, UNSET_INTEGER):
        limits.append(wanted.totalLimit)
    try:
        limits += [int(chosen[name]) for name in ("limit",) if name in chosen]
    except (TypeError, ValueError):
        raise _failure("limit has to be a number") from None
    if min(limits) < 1:
        raise _failure("limit has to be 1 or more")
    return min(limits)


def _day(text: str, otherwise: date) -> date:
    if not text:
        return otherwise
    try:
        return datetime.strptime(text, "%Y%m%d").date()
    except ValueError:
        raise _failure(f"Invalid date '{text}': YYYYMMDD is expected") from None


def _failure(cause: str) -> Refusal:
    return Refusal(10283, f"Fail request WSH event data.{cause}")
