"""reqPnL and reqPnLSingle: profit and loss, each second if it has changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..clock import Timer, Timers
from ..market.instruments import NOT_FOUND, Instruments
from ..peer import Handler, Invalid, Key, Peer, Refusal, Values, forget
from .ledger import Account, Position

INTERVAL = 1.0  # seconds


@dataclass
class _Feed:
    message: str
    figures: Callable[[], dict[str, Any]]
    sent: dict[str, Any] | None = None


class ProfitService:
    """Answers reqPnL, reqPnLSingle and their cancels."""

    def __init__(self, instruments: Instruments, account: Account, timers: Timers) -> None:
        self._instruments, self._account, self._timers = instruments, account, timers
        self._feeds: dict[Key, _Feed] = {}
        self._timer: Timer | None = None

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "reqPnL": self._account_profit,
            "cancelPnL": self._cancel,
            "reqPnLSingle": self._position_profit,
            "cancelPnLSingle": self._cancel,
        }

    def forget(self, peer: Peer) -> None:
        forget(self._feeds, peer)
        self._rest()

    def _account_profit(self, peer: Peer, values: Values) -> None:
        self._begin(peer, values, _Feed("pnl", self._account_figures))

    def _position_profit(self, peer: Peer, values: Values) -> None:
        instrument = self._instruments.by_con_id(values["conid"])
        if instrument is None:
            raise Refusal(200, NOT_FOUND)
        nothing = Position(instrument)
        held = self._account.positions
        self._begin(peer, values, _Feed("pnlSingle", lambda: self._position_figures(held.get(instrument.con_id, nothing))))

    def _begin(self, peer: Peer, values: Values, feed: _Feed) -> None:
        if values["account"] != self._account.code:
            raise Invalid(f"Invalid account code '{values['account']}'.")
        if (peer, values["reqId"]) in self._feeds:
            raise Invalid("Duplicate request id")
        self._feeds[peer, values["reqId"]] = feed
        self._send(peer, values["reqId"], feed)
        if self._timer is None:
            self._timer = self._timers.every(INTERVAL, self._send_all)

    def _cancel(self, peer: Peer, values: Values) -> None:
        if self._feeds.pop((peer, values["reqId"]), None) is None:
            raise Invalid(f"No PnL subscription found for request id {values['reqId']}")
        self._rest()

    def _rest(self) -> None:
        """No timer while nobody is subscribed."""
        if self._timer is not None and not self._feeds:
            self._timer.cancel()
            self._timer = None

    def _send_all(self) -> None:
        for (peer, req_id), feed in self._feeds.items():
            self._send(peer, req_id, feed)

    def _send(self, peer: Peer, req_id: int, feed: _Feed) -> None:
        figures = feed.figures()
        if figures != feed.sent:
            feed.sent = figures
            peer.send(feed.message, reqId=req_id, **figures)

    def _account_figures(self) -> dict[str, Any]:
        account = self._account
        return {
            "dailyPnL": float(account.net_liquidation() - account.initial),
            "unrealizedPnL": float(account.unrealized_total()),
            "realizedPnL": float(account.realized_total()),
        }

    def _position_figures(self, position: Position) -> dict[str, Any]:
        """In the account's currency."""
        rate = self._account.rate(position.instrument.currency)
        unrealized, realized = self._account.unrealized(position) * rate, position.realized * rate
        return {
            "pos": position.quantity,
            "dailyPnL": float(unrealized + realized),
            "unrealizedPnL": float(unrealized),
            "realizedPnL": float(realized),
            "value": float(self._account.market_value(position) * rate),
        }
