"""reqFundamentalData: reports about the company behind a stock."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import Refusal
from ..market.instruments import Instruments
from ..market.quotes.market import Market
from ..net.clock import Clock
from ..services import ClientSession, Handler, Service, SubscriptionTable, Values
from ..times import local
from .companies import company_of
from .reports import REPORTS

_UNAVAILABLE = "The fundamentals data for the security specified is not available."


class FundamentalsService(Service):
    """Answers reqFundamentalData and cancelFundamentalData."""

    def __init__(self, instruments: Instruments, market: Market, clock: Clock, seed: int) -> None:
        self._instruments = instruments
        self._market = market
        self._clock = clock
        self._seed = seed
        self._asked: SubscriptionTable[None] = SubscriptionTable()
        self.tables = (self._asked,)

    def handlers(self) -> Mapping[str, Handler]:
        return {"reqFundamentalData": self._request, "cancelFundamentalData": self._cancel}

    def _request(self, client: ClientSession, values: Values) -> None:
        req_id = values["reqId"]
        report = REPORTS.get(values["reportType"])
        if report is None:
            raise Refusal(
                430, f"{_UNAVAILABLE}{'Unknown' if values['reportType'] else 'Missing'} reportType"
            )
        instrument = self._instruments.one(values["contract"])
        company = company_of(instrument, self._seed)
        if company is None:
            raise Refusal(430, f"{_UNAVAILABLE}Not allowed")
        self._asked[client, req_id] = None
        price = float(self._market.mark(instrument))
        client.send(
            "fundamentalData",
            reqId=req_id,
            data=report(company, local(self._clock.now()).date(), price),
        )

    def _cancel(self, client: ClientSession, values: Values) -> None:
        if not self._asked.end((client, values["reqId"])):
            raise Refusal(300, f"Can't find EId with tickerId:{values['reqId']}")
