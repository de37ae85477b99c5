"""The requests about account values: updates of an account with its portfolio, summaries, updates of several accounts.

Who has subscribed is told after each trade what it changed, and all else that has changed each three minutes, as TWS does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ...common import FamilyCode
from ..errors import Invalid, Refusal
from ..net.clock import Clock
from ..net.timers import Timer, Timers
from ..services import Handler, Key, Peer, Values, forget
from ..times import local
from .accounts import Accounts
from .ledger import Account, Position
from .margins import Margins
from .money import cents
from .values import WHOLE, AccountValue, all_values, ledger_values, summary_values, tagged_values

_K = TypeVar("_K")
_V = TypeVar("_V")
_PROCESSING = "Error processing request.-'reqAccountSummary' : cause - "
INTERVAL = 180.0  # seconds between updates without a trade
MAX_SUMMARIES = 2  # at a time, of one client


@dataclass
class _Feed:
    """A stream of the values of some accounts; only what the client doesn't know yet is sent."""

    accounts: list[Account]
    values: Callable[[Account], list[AccountValue]]
    send: Callable[[Account, AccountValue], None]
    known: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def flow(self) -> None:
        for account in self.accounts:
            for row in self.values(account):
                key, value, currency = row
                if self.known.get((account.code, key, currency)) != value:
                    self.known[account.code, key, currency] = value
                    self.send(account, row)


class AccountService:
    """Answers the requests about account values and summaries."""

    def __init__(self, accounts: Accounts, margins: Margins, timers: Timers, clock: Clock) -> None:
        self._accounts = accounts
        self._margins = margins
        self._timers = timers
        self._clock = clock
        self._downloads: dict[Peer, _Feed] = {}
        self._portfolios: dict[
            Peer, dict[tuple[str, int], dict[str, Any]]
        ] = {}  # what was sent, by account and contract id
        self._summaries: dict[Key, _Feed] = {}
        self._multi: dict[Key, _Feed] = {}
        self._timer: Timer | None = None

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "reqManagedAccts": lambda peer, values: self.greet(peer),
            "reqFamilyCodes": self._family_codes,
            "reqAccountUpdates": self._updates,
            "reqAccountSummary": self._summary,
            "cancelAccountSummary": lambda peer, values: self._drop(
                self._summaries, (peer, values["reqId"])
            ),
            "reqAccountUpdatesMulti": self._updates_multi,
            "cancelAccountUpdatesMulti": lambda peer, values: self._drop(
                self._multi, (peer, values["reqId"])
            ),
        }

    def greet(self, peer: Peer) -> None:
        """Tell the client which accounts there are."""
        peer.send("managedAccounts", accountsList=",".join(self._accounts.codes))

    def forget(self, peer: Peer) -> None:
        self._downloads.pop(peer, None)
        self._portfolios.pop(peer, None)
        forget(self._summaries, peer)
        forget(self._multi, peer)
        self._rest()

    def after_trade(self, account: Account, position: Position) -> None:
        """A trade has changed the position and the cash: tell those who have subscribed."""
        for peer, feed in self._downloads.items():
            if account in feed.accounts:
                self._send_portfolio(peer, account, position)
                feed.flow()
                self._send_time(peer)
        for feed in self._requested():
            if account in feed.accounts:
                feed.flow()

    # --- subscriptions ---

    def _requested(self) -> Iterable[_Feed]:
        return (*self._summaries.values(), *self._multi.values())

    def _update(self) -> None:
        """The turn of each three minutes."""
        for peer, feed in self._downloads.items():
            for account in feed.accounts:
                for position in account.positions.values():
                    self._send_portfolio(peer, account, position)
            feed.flow()
            self._send_time(peer)
        for feed in self._requested():
            feed.flow()

    def _begin(self) -> None:
        if self._timer is None:
            self._timer = self._timers.every(INTERVAL, self._update)

    def _rest(self) -> None:
        """No timer while nobody is subscribed."""
        if self._timer is not None and not (self._downloads or self._summaries or self._multi):
            self._timer.cancel()
            self._timer = None

    def _drop(self, table: MutableMapping[_K, _V], key: _K) -> None:
        """TWS says nothing when what is cancelled was not there."""
        table.pop(key, None)
        self._rest()

    # --- requests ---

    def _family_codes(self, peer: Peer, values: Values) -> None:
        codes = []
        for name in self._accounts.codes:
            code = FamilyCode()
            code.accountID = name
            codes.append(code)
        peer.send("familyCodes", familyCodes=codes)

    def _updates(self, peer: Peer, values: Values) -> None:
        if not values["subscribe"]:
            self._portfolios.pop(peer, None)
            self._drop(self._downloads, peer)
            return
        code = values["acctCode"]
        accounts = self._accounts.meant(code) if code else [self._accounts.default]

        def send(account: Account, value: AccountValue) -> None:
            peer.send(
                "updateAccountValue",
                key=value[0],
                val=value[1],
                currency=value[2],
                accountName=account.code,
            )

        self._downloads[peer] = feed = _Feed(
            accounts, lambda account: all_values(account, self._margins), send
        )
        self._portfolios[peer] = {}
        self._begin()
        feed.flow()
        for account in accounts:
            for position in account.positions.values():
                self._send_portfolio(peer, account, position)
        self._send_time(peer)
        for account in accounts:
            peer.send("accountDownloadEnd", accountName=account.code)

    def _send_time(self, peer: Peer) -> None:
        peer.send("updateAccountTime", timeStamp=f"{local(self._clock.now()):%H:%M}")

    def _send_portfolio(self, peer: Peer, account: Account, position: Position) -> None:
        """If it is news. A position closed on a day before is none."""
        instrument, key = position.instrument, (account.code, position.instrument.con_id)
        if not (position.quantity or position.realized_today or key in self._portfolios[peer]):
            return
        row: dict[str, Any] = {
            "position": position.quantity,
            "marketPrice": float(account.mark(instrument)) if position.quantity else 0.0,
            "marketValue": float(cents(account.market_value(position))),
            "averageCost": float(position.average_cost),
            "unrealizedPNL": float(cents(account.unrealized(position))),
            "realizedPNL": float(cents(position.realized_today)),
        }
        sent = self._portfolios[peer]
        if sent.get(key) != row:
            sent[key] = row
            peer.send(
                "updatePortfolio",
                contract=instrument.contract(instrument.venue),
                **row,
                accountName=account.code,
            )

    def _summary(self, peer: Peer, values: Values) -> None:
        req_id, tags = values["reqId"], [tag.strip() for tag in values["tags"].split(",")]
        try:
            accounts = self._accounts.meant(values["groupName"] or "-")
        except Invalid:
            raise Invalid(f"Invalid group name '{values['groupName']}'.") from None
        if sum(key[0] is peer for key in self._summaries if key != (peer, req_id)) >= MAX_SUMMARIES:
            raise Refusal(322, f"{_PROCESSING}Maximum number of account summary requests exceeded")

        def send(account: Account, value: AccountValue) -> None:
            peer.send(
                "accountSummary",
                reqId=req_id,
                account=account.code,
                tag=value[0],
                value=value[1],
                currency=value[2],
            )

        self._summaries[peer, req_id] = feed = _Feed(
            accounts, lambda account: tagged_values(account, self._margins, tags), send
        )
        self._begin()
        feed.flow()
        peer.send("accountSummaryEnd", reqId=req_id)

    def _updates_multi(self, peer: Peer, values: Values) -> None:
        req_id, model = values["reqId"], values["modelCode"]
        accounts = self._accounts.meant(values["account"])

        def current(account: Account) -> list[AccountValue]:
            if not values["ledgerAndNLV"]:
                return all_values(account, self._margins)
            net = [
                value
                for value in summary_values(account, self._margins)
                if value[0] == "NetLiquidation"
            ]
            return net + [
                row
                for currency in (WHOLE, *sorted(account.cash))
                for row in ledger_values(account, currency)
            ]

        def send(account: Account, value: AccountValue) -> None:
            key, text, currency = value
            peer.send(
                "accountUpdateMulti",
                reqId=req_id,
                account=account.code,
                modelCode=model,
                key=key,
                value=text,
                currency=currency,
            )

        self._multi[peer, req_id] = feed = _Feed(accounts, current, send)
        self._begin()
        feed.flow()
        peer.send("accountUpdateMultiEnd", reqId=req_id)
