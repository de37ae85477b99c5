"""The accounts behind one login: one, several that are linked, or an advisor's with its groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ..errors import Invalid
from .ledger import Account

ALL = "All"  # IB's name for the group of all accounts
_ADVISOR = ("F", "DF")  # how the codes of advisors' accounts begin


@dataclass(frozen=True)
class Group:
    """An advisor's group. `method`: IB's defaultMethod (Equal, NetLiq, AvailableEquity, PctChange,
    Ratio, Percent, MonetaryAmount, ContractsOrShares). `amounts`: for methods that the user fills
    in, of each account.
    """

    name: str
    accounts: tuple[str, ...]
    method: str = "Equal"
    amounts: tuple[Decimal, ...] = ()


class Accounts:
    """All accounts. The first is the one that is used where a request names none. An advisor's own
    account holds no positions.
    """

    def __init__(self, accounts: Sequence[Account]) -> None:
        self.advisor = next(
            (
                each.code
                for each in accounts
                if len(accounts) > 1 and each.code.startswith(_ADVISOR)
            ),
            "",
        )
        self._accounts = {each.code: each for each in accounts}
        self._groups: dict[str, Group] = {}
        self.default = next(each for each in accounts if each.code != self.advisor)

    def __iter__(self) -> Iterator[Account]:
        """Return those that can hold positions, in order."""
        return (each for each in self._accounts.values() if each.code != self.advisor)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @property
    def codes(self) -> list[str]:
        """Return the codes as managedAccounts lists them: the advisor's own one first."""
        return list(self._accounts)

    def get(self, code: str) -> Account | None:
        """Return the account, or None if there is no such account or it is the advisor's."""
        return None if code == self.advisor else self._accounts.get(code)

    def selected(self, code: str) -> list[Account]:
        """Return the accounts that a request names: one, a group's, or all ("", "All", the
        advisor's code). Invalid: there are none.
        """
        if code in ("", ALL, f"{self.advisor}A") or (self.advisor and code == self.advisor):
            return list(self)
        if (account := self.get(code)) is not None:
            return [account]
        if (group := self._groups.get(code)) is not None:
            return [account for name in group.accounts if (account := self.get(name)) is not None]
        raise Invalid(f"Invalid account code '{code}'.")

    def one(self, code: str) -> Account:
        """Return the account that a request names, or the first for "". Invalid: there is none."""
        if not code:
            return self.default
        account = self.get(code)
        if account is None:
            raise Invalid(f"Invalid account code '{code}'.")
        return account

    # --- advisors ---

    @property
    def groups(self) -> list[Group]:
        """Return the advisor's groups."""
        return list(self._groups.values())

    def group(self, name: str) -> Group | None:
        """Return a group, or None if there is none. "All" is always there, and shares in equal
        parts.
        """
        if name == ALL and self.advisor:
            return Group(ALL, tuple(each.code for each in self))
        return self._groups.get(name)

    def set_groups(self, groups: Sequence[Group]) -> None:
        """Set the groups, in place of all that there were."""
        self._groups = {group.name: group for group in groups}
