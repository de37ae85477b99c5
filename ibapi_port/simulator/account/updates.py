"""The requests about account values: updates of an account with its portfolio, summaries, updates
of several accounts.

Those who have subscribed get after each trade what it changed, and all else that has changed each
three minutes, as TWS does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...common import FamilyCode
from ..errors import Invalid, Refusal
from ..net.timers import OnDemandTimer, Timers
from ..services import NO_REQUEST_ID, ClientSession, Handler, Service, SubscriptionTable, Values
from ..times import local
from .accounts import Accounts
from .gateway_values import gateway_values
from .ledger import Account, Position
from .margins import Margins
from .money import cents
from .values import WHOLE, AccountValue, all_values, ledger_values, summary_values, tagged_values

_PROCESSING = "Error processing request.-'reqAccountSummary' : cause - "
INTERVAL = 180.0  # seconds between updates without a trade
MAX_SUMMARIES = 2  # at a time, of one client


class _Moment(dict[Account, Account]):
    """Accounts as they are now, `standing`: for all who are told of them at once."""

    def __missing__(self, account: Account) -> Account:
        made = self[account] = account.standing()
        return made


@dataclass
class _Feed:
    """A stream of the values of some accounts; only what the client doesn't know yet is sent."""

    accounts: list[Account]
    values: Callable[[Account], list[AccountValue]]
    send: Callable[[Account, AccountValue], None]
    known: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def flow(self, now: _Moment) -> None:
        known = self.known
        for account in self.accounts:
            code = account.code
            for row in self.values(now[account]):
                key, value, currency = row
                if known.get((code, key, currency)) != value:
                    known[code, key, currency] = value
                    self.send(account, row)


@dataclass
class _Download:
    """A subscription to an account's updates, with the portfolio rows that were sent, by account
    and contract id.
    """

    feed: _Feed
    rows: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)


class AccountService(Service):
    """Answers the requests about account values and summaries."""

    def __init__(
        self, accounts: Accounts, margins: Margins, timers: Timers, as_gateway: bool = False
    ) -> None:
        self._as_gateway = as_gateway
        self._accounts = accounts
        self._margins = margins
        self._clock = timers.clock
        self._downloads = SubscriptionTable[_Download](self._ended)
        self._summaries = SubscriptionTable[_Feed](self._ended)
        self._multi = SubscriptionTable[_Feed](self._ended)
        self.tables = (self._downloads, self._summaries, self._multi)
        self._timer = OnDemandTimer(timers, INTERVAL, self._update)

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "reqManagedAccts": lambda client, values: self.greet(client),
            "reqFamilyCodes": self._family_codes,
            "reqAccountUpdates": self._updates,
            "reqAccountSummary": self._summary,
            "cancelAccountSummary": lambda client, values: self._cancel(
                self._summaries, client, values
            ),
            "reqAccountUpdatesMulti": self._updates_multi,
            "cancelAccountUpdatesMulti": lambda client, values: self._cancel(
                self._multi, client, values
            ),
        }

    def greet(self, client: ClientSession) -> None:
        """Send the client which accounts there are."""
        client.send("managedAccounts", accountsList=",".join(self._accounts.codes))

    def after_trade(self, account: Account, position: Position) -> None:
        """Send subscribers what a trade has changed in the position and the cash."""
        now = _Moment()
        for (client, _), download in self._downloads.items():
            feed = download.feed
            if account in feed.accounts:
                self._send_portfolio(client, download, now[account], position)
                feed.flow(now)
                self._send_time(client)
        for feed in self._requested():
            if account in feed.accounts:
                feed.flow(now)

    # --- subscriptions ---

    def _requested(self) -> Iterable[_Feed]:
        return (*self._summaries.values(), *self._multi.values())

    def _update(self) -> None:
        """Send everybody what has changed, each three minutes."""
        now = _Moment()
        for (client, _), download in self._downloads.items():
            feed = download.feed
            for account in feed.accounts:
                for position in account.positions.values():
                    self._send_portfolio(client, download, now[account], position)
            feed.flow(now)
            self._send_time(client)
        for feed in self._requested():
            feed.flow(now)

    def _ended(self, feed: object) -> None:
        """Stop the timer if that was the last subscription."""
        if not (self._downloads or self._summaries or self._multi):
            self._timer.stop()

    # --- requests ---

    def _cancel(
        self, table: SubscriptionTable[_Feed], client: ClientSession, values: Values
    ) -> None:
        """End a subscription. TWS says nothing when there was none."""
        table.end((client, values["reqId"]))

    def _family_codes(self, client: ClientSession, values: Values) -> None:
        codes = []
        for name in self._accounts.codes:
            code = FamilyCode()
            code.accountID = name
            codes.append(code)
        client.send("familyCodes", familyCodes=codes)

    def _updates(self, client: ClientSession, values: Values) -> None:
        if not values["subscribe"]:
            self._downloads.end((client, NO_REQUEST_ID))
            client.error(-1, 2100, "API client has been unsubscribed from account data.")
            return
        code = values["acctCode"]
        accounts = self._accounts.selected(code) if code else [self._accounts.default]
        known = self._downloads.get((client, NO_REQUEST_ID))
        if known is not None and known.feed.accounts == accounts:
            return  # it is subscribed to these already

        def send(account: Account, value: AccountValue) -> None:
            client.send(
                "updateAccountValue",
                key=value[0],
                val=value[1],
                currency=value[2],
                accountName=account.code,
            )

        feed = _Feed(accounts, lambda account: self._all_values(account), send)
        self._downloads[client, NO_REQUEST_ID] = download = _Download(feed)
        self._timer.start()
        now = _Moment()
        feed.flow(now)
        for account in accounts:
            for position in sorted(
                account.positions.values(), key=lambda each: each.instrument.con_id
            ):
                sent = self._send_portfolio(client, download, now[account], position)
                if sent and self._as_gateway:
                    self._send_time(client)
        self._send_time(client)
        for account in accounts:
            client.send("accountDownloadEnd", accountName=account.code)

    def _all_values(self, account: Account) -> list[AccountValue]:
        if self._as_gateway:
            return account.once(
                "gateway values",
                lambda: gateway_values(account, self._margins, self._clock.now()),
            )
        return all_values(account, self._margins)

    def _send_time(self, client: ClientSession) -> None:
        client.send("updateAccountTime", timeStamp=f"{local(self._clock.now()):%H:%M}")

    def _send_portfolio(
        self, client: ClientSession, download: _Download, account: Account, position: Position
    ) -> bool:
        """Send a row of the portfolio if it is news, and return whether it is. A position closed on
        an earlier day is none.
        """
        instrument, key = position.instrument, (account.code, position.instrument.con_id)
        if not (position.quantity or position.realized_today or key in download.rows):
            return False
        row: dict[str, Any] = {
            "position": position.quantity,
            "marketPrice": float(account.mark(instrument)) if position.quantity else 0.0,
            "marketValue": float(cents(account.market_value(position))),
            "averageCost": float(position.average_cost),
            "unrealizedPNL": float(cents(account.unrealized(position))),
            "realizedPNL": float(cents(position.realized_today)),
        }
        sent = download.rows
        if sent.get(key) == row:
            return False
        sent[key] = row
        client.send(
            "updatePortfolio",
            contract=instrument.contract(instrument.venue),
            **row,
            accountName=account.code,
        )
        return True

    def _summary(self, client: ClientSession, values: Values) -> None:
        req_id, tags = values["reqId"], [tag.strip() for tag in values["tags"].split(",")]
        try:
            accounts = self._accounts.selected(values["groupName"] or "-")
        except Invalid:
            raise Invalid(f"Invalid group name '{values['groupName']}'.") from None
        others = self._summaries.count(client) - ((client, req_id) in self._summaries)
        if others >= MAX_SUMMARIES:
            raise Refusal(322, f"{_PROCESSING}Maximum number of account summary requests exceeded")

        def send(account: Account, value: AccountValue) -> None:
            client.send(
                "accountSummary",
                reqId=req_id,
                account=account.code,
                tag=value[0],
                value=value[1],
                currency=value[2],
            )

        self._summaries[client, req_id] = feed = _Feed(
            accounts, lambda account: tagged_values(account, self._margins, tags), send
        )
        self._timer.start()
        feed.flow(_Moment())
        client.send("accountSummaryEnd", reqId=req_id)

    def _updates_multi(self, client: ClientSession, values: Values) -> None:
        req_id, model = values["reqId"], values["modelCode"]
        accounts = self._accounts.selected(values["account"])

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
            client.send(
                "accountUpdateMulti",
                reqId=req_id,
                account=account.code,
                modelCode=model,
                key=key,
                value=text,
                currency=currency,
            )

        self._multi[client, req_id] = feed = _Feed(accounts, current, send)
        self._timer.start()
        feed.flow(_Moment())
        client.send("accountUpdateMultiEnd", reqId=req_id)
