"""What the engine keeps in step: accounts, positions, portfolio, account values."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import cast

from ..contract import Contract
from .rows import AccountValue, PortfolioItem, Position

Tell = Callable[[str, tuple[object, ...]], None]


class AccountState:
    """Tables that callbacks fill, in the processing thread; any thread reads them."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._guard = threading.Lock()
        self._positions: dict[tuple[str, int], Position] = {}
        self._portfolio: dict[tuple[str, int], PortfolioItem] = {}
        self._values: dict[tuple[str, str, str], AccountValue] = {}
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

    # --- in the processing thread ---

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


__all__ = ["AccountState", "positions_of"]
