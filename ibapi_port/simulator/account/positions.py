"""reqPositions and reqPositionsMulti: what is held in all accounts, and each change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..services import Handler, Key, Peer, Values, forget
from .accounts import Accounts
from .ledger import Account, Position


@dataclass(frozen=True)
class _Multi:
    accounts: list[Account]
    model: str


class PositionService:
    """Answers the requests about positions."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._all: dict[Peer, None] = {}  # a set that keeps its order
        self._multi: dict[Key, _Multi] = {}

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "reqPositions": self._request,
            "cancelPositions": self._cancel,
            "reqPositionsMulti": self._request_multi,
            "cancelPositionsMulti": self._cancel_multi,
        }

    def forget(self, peer: Peer) -> None:
        self._all.pop(peer, None)
        forget(self._multi, peer)

    def after_trade(self, account: Account, position: Position) -> None:
        """Tell those who have subscribed; that a position is closed too."""
        for peer in self._all:
            _send(peer, account, position)
        for (peer, req_id), wanted in self._multi.items():
            if account in wanted.accounts:
                _send_multi(peer, req_id, wanted.model, account, position)

    def _request(self, peer: Peer, values: Values) -> None:
        self._all[peer] = None
        for account in self._accounts:
            for position in _held(account):
                _send(peer, account, position)
        peer.send("positionEnd")

    def _cancel(self, peer: Peer, values: Values) -> None:
        self._all.pop(peer, None)

    def _cancel_multi(self, peer: Peer, values: Values) -> None:
        self._multi.pop((peer, values["reqId"]), None)

    def _request_multi(self, peer: Peer, values: Values) -> None:
        req_id = values["reqId"]
        wanted = _Multi(self._accounts.meant(values["account"]), values["modelCode"])
        self._multi[peer, req_id] = wanted
        for account in wanted.accounts:
            for position in _held(account):
                _send_multi(peer, req_id, wanted.model, account, position)
        peer.send("positionMultiEnd", reqId=req_id)


def _held(account: Account) -> list[Position]:
    return [position for position in account.positions.values() if position.quantity]


def _send(peer: Peer, account: Account, position: Position) -> None:
    contract = position.instrument.contract(position.instrument.venue)
    cost = float(position.average_cost)
    peer.send(
        "position",
        account=account.code,
        contract=contract,
        position=position.quantity,
        avgCost=cost,
    )


def _send_multi(peer: Peer, req_id: int, model: str, account: Account, position: Position) -> None:
    peer.send(
        "positionMulti",
        reqId=req_id,
        account=account.code,
        modelCode=model,
        contract=position.instrument.contract(position.instrument.venue),
        pos=position.quantity,
        avgCost=float(position.average_cost),
    )
