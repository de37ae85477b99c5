"""What the engine keeps in step: accounts, positions, portfolio, account values."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import cast

from ..contract import Contract
from .converters import pnl
from .engine import Stream
from .exceptions import NotConnected
from .rows import AccountValue, PnL, PortfolioItem, Position

logger = logging.getLogger("ibapi_port.ib")
Tell = Callable[[str, tuple[object, ...]], None]


class AccountState:
    """Tables that callbacks fill, in the processing thread; any thread reads them."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._guard = threading.Lock()
        self._positions: dict[tuple[str, int], Position] = {}
        self._portfolio: dict[tuple[str, int], PortfolioItem] = {}
        self._values: dict[tuple[str, str, str], AccountValue] = {}
        self._pnl: dict[tuple[str, str], PnL] = {}
        self.accounts: tuple[str, ...] = ()

    def positions(self, account: str = "") -> list[Position]:
        """Return what is held, of one account or of all."""
        with self._guard:
            return [each for each in self._positions.values() if account in ("", each.account)]

    def portfolio(self, account: str = "") -> list[PortfolioItem]:
        """Return what is held with its value, of one account or of all."""
        with self._guard:
            return [each for each in self._portfolio.values() if account in ("", each.account)]

    def values(self, account: str = "") -> list[AccountValue]:
        """Return the account values, of one account or of all."""
        with self._guard:
            return [each for each in self._values.values() if account in ("", each.account)]

    def pnl(self, account: str = "") -> list[PnL]:
        """Return profit and loss, of one account or of all."""
        with self._guard:
            return [each for each in self._pnl.values() if account in ("", each.account)]

    # --- in the processing thread ---

    def pnl_of(self, row: PnL) -> None:
        with self._guard:
            self._pnl[row.account, row.modelCode] = row
        self._tell("pnl", (row,))

    def receive(self, name: str, arguments: tuple[object, ...]) -> None:
        """Take a callback in, if it is one of accounts."""
        handler = _HANDLERS.get(name)
        if handler is not None:
            handler(self, *arguments)

    def managed_accounts(self, accounts: str) -> None:
        self.accounts = tuple(each for each in accounts.split(",") if each)

    def position(self, account: str, contract: Contract, size: Decimal, cost: float) -> None:
        row = Position(account, contract, size, cost)
        with self._guard:
            if size:
                self._positions[account, contract.conId] = row
            else:
                self._positions.pop((account, contract.conId), None)
        self._tell("position", (row,))

    def portfolio_item(self, contract: Contract, position: Decimal, *values: object) -> None:
        row = PortfolioItem(contract, position, *values)  # type: ignore[arg-type]
        key = (row.account, contract.conId)
        with self._guard:
            if position:
                self._portfolio[key] = row
            else:
                self._portfolio.pop(key, None)
        self._tell("updatePortfolio", (row,))

    def account_value(self, tag: str, value: str, currency: str, account: str) -> None:
        row = AccountValue(account, tag, value, currency)
        with self._guard:
            self._values[account, tag, currency] = row
        self._tell("updateAccountValue", (row,))


class KeptPnL(Stream):
    """The profit and loss of one account, which goes to the state."""

    def __init__(self, state: AccountState, account: str) -> None:
        self._state = state
        self._account = account

    def receive(self, name: str, arguments: tuple[object, ...]) -> None:
        for row in pnl(name, arguments):
            self._state.pnl_of(replace(row, account=self._account))

    def fail(self, error: Exception) -> None:
        if not isinstance(error, NotConnected):  # that is told by `disconnected`
            logger.warning("the profit and loss of %s comes no more: %s", self._account, error)


_HANDLERS: dict[str, Callable[..., None]] = {
    "managedAccounts": AccountState.managed_accounts,
    "position": AccountState.position,
    "updatePortfolio": AccountState.portfolio_item,
    "updateAccountValue": AccountState.account_value,
}


def positions_of(rows: list[tuple[str, tuple[object, ...]]]) -> list[Position]:
    """Return the rows of a reqPositions; a position of nothing is left out."""
    made = [Position(*cast("tuple[str, Contract, Decimal, float]", a)) for n, a in rows
            if n == "position"]  # fmt: skip
    return [each for each in made if each.position]


__all__ = ["AccountState", "KeptPnL", "positions_of"]
