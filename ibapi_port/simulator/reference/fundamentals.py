"""reqFundamentalData: reports about the company behind a stock."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import Refusal
from ..market.instruments import Instruments
from ..market.quotes.market import Market
from ..net.clock import Clock
from ..services import Handler, Key, Peer, Values, forget
from ..times import local
from .companies import company_of
from .reports import REPORTS

_UNAVAILABLE = "The fundamentals data for the security specified is not available."


class FundamentalsService:
    """Answers reqFundamentalData and cancelFundamentalData."""

    def __init__(self, instruments: Instruments, market: Market, clock: Clock, seed: int) -> None:
        self._instruments = instruments
        self._market = market
        self._clock = clock
        self._seed = seed
        self._asked: dict[Key, None] = {}  # a set that keeps its order

    def handlers(self) -> Mapping[str, Handler]:
        return {"reqFundamentalData": self._request, "cancelFundamentalData": self._cancel}

    def forget(self, peer: Peer) -> None:
        forget(self._asked, peer)

    def _request(self, peer: Peer, values: Values) -> None:
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
        self._asked[peer, req_id] = None
        price = float(self._market.mark(instrument))
        peer.send(
            "fundamentalData",
            reqId=req_id,
            data=report(company, local(self._clock.now()).date(), price),
        )

    def _cancel(self, peer: Peer, values: Values) -> None:
        if (peer, values["reqId"]) not in self._asked:
            raise Refusal(300, f"Can't find EId with tickerId:{values['reqId']}")
        del self._asked[peer, values["reqId"]]
