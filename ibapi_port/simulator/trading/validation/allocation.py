"""Which accounts an order is for, and how much of it each gets: advisors' groups and methods."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal

from ....order import Order
from ...account.accounts import Accounts, Group
from ...account.ledger import Account
from ...account.margins import Margins
from ...account.money import ZERO
from ...errors import Invalid, Refusal
from ...market.instruments import Instrument
from ..live import Share

_METHODS = {
    "": "",
    "Equal": "Equal",
    "EqualQuantity": "Equal",
    "NetLiq": "NetLiq",
    "AvailableEquity": "AvailableEquity",
    "PctChange": "PctChange",
    "Ratio": "Ratio",
    "Percent": "Percent",
    "Percentages": "Percent",
    "MonetaryAmount": "MonetaryAmount",
    "ContractsOrShares": "ContractsOrShares",
    "Shares": "ContractsOrShares",
    "Ratios": "Ratio",
}


class Allocator:
    """Splits orders among accounts."""

    def __init__(self, accounts: Accounts, margins: Margins) -> None:
        self._accounts = accounts
        self._margins = margins

    def shares(self, order: Order, instrument: Instrument) -> list[Share]:
        """Return each account's part, together the order's quantity. Invalid, Refusal: the order
        names no accounts that there are.
        """
        if order.faGroup:
            return self._of_group(order, instrument)
        if order.account and order.account != self._accounts.advisor:
            return [Share(self._accounts.one(order.account), order.totalQuantity)]
        if self._accounts.advisor:
            raise Refusal(
                436, "You must specify an allocation (either a single account, group, or profile)."
            )
        if len(self._accounts) > 1:
            raise Refusal(435, "You must specify an account.")
        return [Share(self._accounts.default, order.totalQuantity)]

    def _of_group(self, order: Order, instrument: Instrument) -> list[Share]:
        if not self._accounts.advisor:
            raise Refusal(344, "The account logged into is not a financial advisor account.")
        group = self._accounts.group(order.faGroup)
        if group is None:
            raise Invalid(f"Invalid group name '{order.faGroup}'.")
        if order.faMethod not in _METHODS:
            raise Refusal(333, "Invalid share allocation syntax.")
        accounts = [
            account for code in group.accounts if (account := self._accounts.get(code)) is not None
        ]
        if not accounts:
            raise Refusal(331, "Internal error. FA or STL does not have any managed accounts.")
        method = _METHODS[order.faMethod] or _METHODS.get(group.method, "Equal")
        weights = (
            self._changes(order, instrument, accounts)
            if method == "PctChange"
            else self._weights(method, group, accounts)
        )
        return _split(order.totalQuantity, instrument.size_increment, accounts, weights)

    def _weights(self, method: str, group: Group, accounts: Sequence[Account]) -> list[Decimal]:
        if method == "NetLiq":
            return [max(ZERO, account.net_liquidation()) for account in accounts]
        if method == "AvailableEquity":
            return [max(ZERO, self._margins.free(account)) for account in accounts]
        amounts = dict(zip(group.accounts, group.amounts, strict=False))
        return [
            amounts.get(account.code, Decimal(1)) if method != "Equal" else Decimal(1)
            for account in accounts
        ]

    def _changes(
        self, order: Order, instrument: Instrument, accounts: Sequence[Account]
    ) -> list[Decimal]:
        """Return weights by which each position changes by the same share."""
        try:
            Decimal(order.faPercentage or "0")
        except ArithmeticError:
            raise Refusal(10012, "Invalid allocation percentage") from None
        held = [abs(account.held(instrument)) for account in accounts]
        if not any(held):
            raise Refusal(426, "None of the accounts have enough shares.")
        return held


def _split(
    total: Decimal, step: Decimal, accounts: Sequence[Account], weights: Sequence[Decimal]
) -> list[Share]:
    """Split in proportion, in whole steps; what is left over goes to the first accounts, a step to
    each.
    """
    whole = sum(weights, ZERO)
    if not whole:
        raise Refusal(426, "None of the accounts have enough shares.")
    parts = [
        (total * weight / whole / step).to_integral_value(ROUND_FLOOR) * step for weight in weights
    ]
    left, n = total - sum(parts, ZERO), 0
    while left > 0:
        if weights[n % len(parts)]:
            parts[n % len(parts)] += min(step, left)
            left -= min(step, left)
        n += 1
    return [Share(account, part) for account, part in zip(accounts, parts, strict=True) if part]


def portion(
    shares: Sequence[Share], given: dict[str, Decimal], quantity: Decimal, step: Decimal
) -> list[tuple[Account, Decimal]]:
    """Return what of a fill goes to each account, never more than its share. `given`: what each has
    of the order so far; it is brought up to date.
    """
    if len(shares) == 1:
        return [(shares[0].account, quantity)]
    total = sum((share.quantity for share in shares), ZERO)
    filled = sum(given.values(), ZERO) + quantity
    parts, left = [ZERO] * len(shares), quantity
    for n, share in enumerate(shares):
        lacks = filled * share.quantity / total - given.get(share.account.code, ZERO)
        parts[n] = min(max(ZERO, (lacks / step).to_integral_value(ROUND_FLOOR) * step), left)
        left -= parts[n]
    for n, share in enumerate(shares):
        room = share.quantity - given.get(share.account.code, ZERO) - parts[n]
        more = min(room, left)
        parts[n] += more
        left -= more
    for share, part in zip(shares, parts, strict=True):
        given[share.account.code] = given.get(share.account.code, ZERO) + part
    return [(share.account, part) for share, part in zip(shares, parts, strict=True) if part]
