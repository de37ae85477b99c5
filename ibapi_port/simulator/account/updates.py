"""The requests about the account: values, portfolio, positions, summary. Who has subscribed is told after each trade what it changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import TypeVar

from ...common import FamilyCode
from ..clock import Clock
from ..market.quotes import Market
from ..peer import Handler, Invalid, Key, Peer, Refusal, Values, forget
from ..times import local
from .ledger import Account, Position, cents
from .values import AccountValue, all_values, ledger_values, summary_values, tagged_values

_K = TypeVar("_K")
_V = TypeVar("_V")
_PROCESSING = "Error processing request.-'reqAccountSummary' : cause - "
MAX_SUMMARIES = 2  # at a time, of one client


@dataclass
class _Feed:
    """A stream of account values; only what the client doesn't know yet is sent."""

    values: Callable[[], list[AccountValue]]
    send: Callable[[AccountValue], None]
    known: dict[tuple[str, str], str] = field(default_factory=dict)

    def flow(self) -> None:
        for key, value, currency in self.values():
            if self.known.get((key, currency)) != value:
                self.known[key, currency] = value
                self.send((key, value, currency))


class AccountService:
    """Answers the requests about account values, summaries and positions."""

    def __init__(self, account: Account, market: Market, clock: Clock) -> None:
        self._account, self._market, self._clock = account, market, clock
        self._downloads: dict[Peer, _Feed] = {}
        self._summaries: dict[Key, _Feed] = {}
        self._multi: dict[Key, _Feed] = {}
        self._positions: dict[Peer, None] = {}  # a set that keeps its order
        self._positions_multi: dict[Key, str] = {}  # model codes

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "reqManagedAccts": lambda peer, values: self.greet(peer),
            "reqFamilyCodes": self._family_codes,
            "reqAccountUpdates": self._updates,
            "reqAccountSummary": self._summary,
            "cancelAccountSummary": lambda peer, values: _drop(self._summaries, (peer, values["reqId"])),
            "reqPositions": self._request_positions,
            "cancelPositions": lambda peer, values: _drop(self._positions, peer),
            "reqAccountUpdatesMulti": self._updates_multi,
            "cancelAccountUpdatesMulti": lambda peer, values: _drop(self._multi, (peer, values["reqId"])),
            "reqPositionsMulti": self._request_positions_multi,
            "cancelPositionsMulti": lambda peer, values: _drop(self._positions_multi, (peer, values["reqId"])),
        }

    def greet(self, peer: Peer) -> None:
        """Tell the client which accounts there are."""
        peer.send("managedAccounts", accountsList=self._account.code)

    def forget(self, peer: Peer) -> None:
        self._downloads.pop(peer, None)
        self._positions.pop(peer, None)
        forget(self._summaries, peer)
        forget(self._multi, peer)
        forget(self._positions_multi, peer)

    def after_trade(self, con_id: int) -> None:
        """A trade has changed the position and the cash: tell those who have subscribed."""
        position = self._account.positions[con_id]
        for peer in self._positions:
            self._send_position(peer, position)
        for (peer, req_id), model in self._positions_multi.items():
            self._send_position_multi(peer, req_id, model, position)
        for peer, feed in self._downloads.items():
            self._send_portfolio(peer, position)
            feed.flow()
            self._send_time(peer)
        for feed in (*self._summaries.values(), *self._multi.values()):
            feed.flow()

    # --- account values ---

    def _family_codes(self, peer: Peer, values: Values) -> None:
        code = FamilyCode()
        code.accountID = self._account.code
        peer.send("familyCodes", familyCodes=[code])

    def _check_code(self, code: str) -> None:
        if code not in ("", self._account.code):
            raise Invalid(f"Invalid account code '{code}'.")

    def _updates(self, peer: Peer, values: Values) -> None:
        self._check_code(values["acctCode"])
        if not values["subscribe"]:
            _drop(self._downloads, peer)
            return
        name = self._account.code

        def send(value: AccountValue) -> None:
            peer.send("updateAccountValue", key=value[0], val=value[1], currency=value[2], accountName=name)

        self._downloads[peer] = feed = _Feed(lambda: all_values(self._account), send)
        feed.flow()
        for position in self._account.positions.values():
            self._send_portfolio(peer, position)
        self._send_time(peer)
        peer.send("accountDownloadEnd", accountName=name)

    def _send_time(self, peer: Peer) -> None:
        peer.send("updateAccountTime", timeStamp=f"{local(self._clock.now()):%H:%M}")

    def _send_portfolio(self, peer: Peer, position: Position) -> None:
        instrument = position.instrument
        peer.send(
            "updatePortfolio",
            contract=instrument.contract(instrument.venue),
            position=position.quantity,
            marketPrice=float(self._market.mark(instrument)),
            marketValue=float(cents(self._account.market_value(position))),
            averageCost=float(position.average_cost),
            unrealizedPNL=float(cents(self._account.unrealized(position))),
            realizedPNL=float(cents(position.realized)),
            accountName=self._account.code,
        )

    def _summary(self, peer: Peer, values: Values) -> None:
        req_id, tags = values["reqId"], [tag.strip() for tag in values["tags"].split(",")]
        if values["groupName"] not in ("All", self._account.code):
            raise Invalid(f"Invalid group name '{values['groupName']}'.")
        if sum(key[0] is peer for key in self._summaries if key != (peer, req_id)) >= MAX_SUMMARIES:
            raise Refusal(322, f"{_PROCESSING}Maximum number of account summary requests exceeded")
        name = self._account.code

        def send(value: AccountValue) -> None:
            peer.send("accountSummary", reqId=req_id, account=name, tag=value[0], value=value[1], currency=value[2])

        self._summaries[peer, req_id] = feed = _Feed(lambda: tagged_values(self._account, tags), send)
        feed.flow()
        peer.send("accountSummaryEnd", reqId=req_id)

    def _updates_multi(self, peer: Peer, values: Values) -> None:
        req_id, model = values["reqId"], values["modelCode"]
        self._check_code(values["account"])
        name = self._account.code

        def current() -> list[AccountValue]:
            if not values["ledgerAndNLV"]:
                return all_values(self._account)
            net = [value for value in summary_values(self._account) if value[0] == "NetLiquidation"]
            return net + [row for currency in ("BASE", *sorted(self._account.cash)) for row in ledger_values(self._account, currency)]

        def send(value: AccountValue) -> None:
            key, text, currency = value
            peer.send("accountUpdateMulti", reqId=req_id, account=name, modelCode=model, key=key, value=text, currency=currency)

        self._multi[peer, req_id] = feed = _Feed(current, send)
        feed.flow()
        peer.send("accountUpdateMultiEnd", reqId=req_id)

    # --- positions ---

    def _held(self) -> list[Position]:
        return [position for position in self._account.positions.values() if position.quantity]

    def _request_positions(self, peer: Peer, values: Values) -> None:
        self._positions[peer] = None
        for position in self._held():
            self._send_position(peer, position)
        peer.send("positionEnd")

    def _request_positions_multi(self, peer: Peer, values: Values) -> None:
        req_id, model = values["reqId"], values["modelCode"]
        self._check_code(values["account"])
        self._positions_multi[peer, req_id] = model
        for position in self._held():
            self._send_position_multi(peer, req_id, model, position)
        peer.send("positionMultiEnd", reqId=req_id)

    def _send_position(self, peer: Peer, position: Position) -> None:
        contract = position.instrument.contract(position.instrument.venue)
        cost = float(position.average_cost)
        peer.send("position", account=self._account.code, contract=contract, position=position.quantity, avgCost=cost)

    def _send_position_multi(self, peer: Peer, req_id: int, model: str, position: Position) -> None:
        peer.send(
            "positionMulti",
            reqId=req_id,
            account=self._account.code,
            modelCode=model,
            contract=position.instrument.contract(position.instrument.venue),
            pos=position.quantity,
            avgCost=float(position.average_cost),
        )


def _drop(table: MutableMapping[_K, _V], key: _K) -> None:
    """TWS says nothing when what is cancelled was not there."""
    table.pop(key, None)
