"""reqPnL and reqPnLSingle: profit and loss, each second if it has changed. All figures are in the
account's currency.

An account's figures are the sums of its positions' ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...const import UNSET_DOUBLE
from ..errors import Invalid, Refusal
from ..market.instruments import NOT_FOUND, Instrument, Instruments
from ..net.timers import OnDemandTimer, Timers
from ..services import ClientSession, Handler, Service, SubscriptionTable, Values
from .accounts import Accounts
from .ledger import Account, Position
from .money import ZERO

INTERVAL = 1.0  # seconds


@dataclass
class _Feed:
    message: str
    figures: Callable[[], dict[str, Any]]
    again: int = 0  # how often the same figures are sent once more, as prices come in
    sent: dict[str, Any] | None = None


class ProfitService(Service):
    """Answers reqPnL, reqPnLSingle and their cancels."""

    def __init__(
        self,
        instruments: Instruments,
        accounts: Accounts,
        timers: Timers,
        as_gateway: bool = False,
    ) -> None:
        self._as_gateway = as_gateway
        self._instruments = instruments
        self._accounts = accounts
        self._feeds = SubscriptionTable[_Feed](self._ended)
        self.tables = (self._feeds,)
        self._timer = OnDemandTimer(timers, INTERVAL, self._send_all)

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "reqPnL": self._account_profit,
            "cancelPnL": lambda client, values: self._cancel(client, values, 10185),
            "reqPnLSingle": self._position_profit,
            "cancelPnLSingle": lambda client, values: self._cancel(client, values, 10186),
        }

    def _account_profit(self, client: ClientSession, values: Values) -> None:
        accounts = self._selected(values)
        again = 1 if self._as_gateway else 0
        self._begin(client, values, _Feed("pnl", lambda: _account_figures(accounts), again))

    def _position_profit(self, client: ClientSession, values: Values) -> None:
        accounts = self._selected(values)
        instrument = self._instruments.by_con_id(values["conid"])
        if instrument is None:
            raise Refusal(200, NOT_FOUND)
        if not any(_holds(account, instrument) for account in accounts):
            client.error(values["reqId"], 2150, "Invalid position trade derived value")
        self._begin(
            client, values, _Feed("pnlSingle", lambda: _position_figures(accounts, instrument))
        )

    def _selected(self, values: Values) -> list[Account]:
        if not values["account"]:
            raise Invalid("Invalid account code ''.")
        return self._accounts.selected(values["account"])

    def _begin(self, client: ClientSession, values: Values, feed: _Feed) -> None:
        if (client, values["reqId"]) in self._feeds:
            raise Invalid("Duplicate request id")
        self._feeds[client, values["reqId"]] = feed
        self._send(client, values["reqId"], feed)
        self._timer.start()

    def _cancel(self, client: ClientSession, values: Values, code: int) -> None:
        if not self._feeds.end((client, values["reqId"])):
            raise Refusal(code, "Failed to cancel PnL (not subscribed)")

    def _ended(self, feed: _Feed) -> None:
        """Stop the timer if that was the last subscription."""
        if not self._feeds:
            self._timer.stop()

    def _send_all(self) -> None:
        for (client, req_id), feed in self._feeds.items():
            self._send(client, req_id, feed)

    def _send(self, client: ClientSession, req_id: int, feed: _Feed) -> None:
        figures = feed.figures()
        if figures == feed.sent and feed.again:
            feed.again -= 1
            client.send(feed.message, reqId=req_id, **figures)
        elif figures != feed.sent:
            feed.again -= 0 if feed.sent is None else min(1, feed.again)
            feed.sent = figures
            client.send(feed.message, reqId=req_id, **figures)


def _holds(account: Account, instrument: Instrument) -> bool:
    position = account.positions.get(instrument.con_id)
    return position is not None and position.quantity != 0


def _account_figures(accounts: list[Account]) -> dict[str, Any]:
    return {
        "dailyPnL": float(sum((account.daily_total() for account in accounts), ZERO)),
        "unrealizedPnL": float(sum((account.unrealized_total() for account in accounts), ZERO)),
        "realizedPnL": float(sum((account.realized_today_total() for account in accounts), ZERO)),
    }


def _position_figures(accounts: list[Account], instrument: Instrument) -> dict[str, Any]:
    nothing = Position(instrument)
    held = [(account, account.positions.get(instrument.con_id, nothing)) for account in accounts]
    if not any(_holds(account, instrument) for account in accounts):
        return {
            "pos": ZERO,
            "dailyPnL": float(sum((account.daily(each) for account, each in held), ZERO)),
            "unrealizedPnL": UNSET_DOUBLE,
            "realizedPnL": float(
                sum((account.realized_today(each) for account, each in held), ZERO)
            ),
            "value": UNSET_DOUBLE,
        }
    return {
        "pos": sum((position.quantity for _, position in held), ZERO),
        "dailyPnL": float(sum((account.daily(position) for account, position in held), ZERO)),
        "unrealizedPnL": float(
            sum(
                (
                    account.in_base(position, account.unrealized(position))
                    for account, position in held
                ),
                ZERO,
            )
        ),
        "realizedPnL": float(
            sum((account.realized_today(position) for account, position in held), ZERO)
        ),
        "value": float(
            sum(
                (
                    account.in_base(position, account.market_value(position))
                    for account, position in held
                ),
                ZERO,
            )
        ),
    }
