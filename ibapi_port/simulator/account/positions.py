"""reqPositions and reqPositionsMulti: what is held in all accounts, and each change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...server_versions import MIN_SERVER_VER_PROTOBUF_ACCOUNTS_POSITIONS as PROTOBUF
from ..services import NO_REQUEST_ID, ClientSession, Handler, Service, SubscriptionTable, Values
from .accounts import Accounts
from .ledger import Account, Position


@dataclass(frozen=True)
class _Multi:
    accounts: list[Account]
    model: str


class PositionService(Service):
    """Answers the requests about positions."""

    def __init__(self, accounts: Accounts, as_gateway: bool = False) -> None:
        self._accounts = accounts
        self._as_gateway = as_gateway
        self._all: SubscriptionTable[None] = SubscriptionTable()
        self._multi: SubscriptionTable[_Multi] = SubscriptionTable()
        self.tables = (self._all, self._multi)

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "reqPositions": self._request,
            "cancelPositions": self._cancel,
            "reqPositionsMulti": self._request_multi,
            "cancelPositionsMulti": self._cancel_multi,
        }

    def after_trade(self, account: Account, position: Position) -> None:
        """Send it to those who have subscribed; a closed position too."""
        for client, _ in self._all:
            self._send(client, account, position)
        for (client, req_id), wanted in self._multi.items():
            if account in wanted.accounts:
                _send_multi(client, req_id, wanted.model, account, position)

    def _request(self, client: ClientSession, values: Values) -> None:
        self._all[client, NO_REQUEST_ID] = None
        for account in self._accounts:
            for position in self._held(account):
                self._send(client, account, position)
        client.send("positionEnd")

    def _cancel(self, client: ClientSession, values: Values) -> None:
        self._all.end((client, NO_REQUEST_ID))

    def _cancel_multi(self, client: ClientSession, values: Values) -> None:
        self._multi.end((client, values["reqId"]))

    def _request_multi(self, client: ClientSession, values: Values) -> None:
        req_id = values["reqId"]
        wanted = _Multi(self._accounts.selected(values["account"]), values["modelCode"])
        self._multi[client, req_id] = wanted
        for account in wanted.accounts:
            for position in self._held(account):
                _send_multi(client, req_id, wanted.model, account, position)
        client.send("positionMultiEnd", reqId=req_id)

    def _held(self, account: Account) -> list[Position]:
        """Return what there is to report: as a Gateway does, with what was closed today."""
        return [
            position
            for position in account.positions.values()
            if position.quantity or (self._as_gateway and position.traded_today)
        ]

    def _send(self, client: ClientSession, account: Account, position: Position) -> None:
        instrument = position.instrument
        contract = instrument.contract(instrument.venue)
        if self._as_gateway:
            if client.server_version >= PROTOBUF:
                contract.currency = ""
            if instrument.is_pair:
                contract.exchange = ""
        client.send(
            "position",
            account=account.code,
            contract=contract,
            position=position.quantity,
            avgCost=float(position.average_cost),
        )


def _send_multi(
    client: ClientSession, req_id: int, model: str, account: Account, position: Position
) -> None:
    client.send(
        "positionMulti",
        reqId=req_id,
        account=account.code,
        modelCode=model,
        contract=position.instrument.contract(position.instrument.venue),
        pos=position.quantity,
        avgCost=float(position.average_cost),
    )
