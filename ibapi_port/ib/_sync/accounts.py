"""Positions, account values, profit and loss, advisors' configuration.

This file is made from _async/accounts.py by .ci/async_to_sync.py: change that one, then run it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from ...common import FamilyCode
from ...contract import Contract
from ...softdollartier import SoftDollarTier
from .. import converters as made
from ..engine import Rows
from ..rows import AccountValue, PnL, PnLSingle, Position
from ..state import positions_of
from ..streams import Subscription
from ..sync_base import SyncBase


class Accounts(SyncBase):
    """Positions, account values, profit and loss, advisors' configuration."""

    def reqPositions(self, *, timeout: float | None = None) -> list[Position]:
        """Return the positions of all accounts."""
        return self._request("reqPositions", convert=positions_of, timeout=timeout)

    def reqPositionsMulti(
        self, account: str, modelCode: str = "", *, timeout: float | None = None
    ) -> Rows[Position]:
        """Return the positions of an account or model."""

        def row(
            account: str, model: str, contract: Contract, position: object, cost: float
        ) -> Position:
            return Position(account, contract, position, cost, model)  # type: ignore[arg-type]

        convert = made.each(row, "positionMulti")
        return self._request(
            "reqPositionsMulti", account, modelCode, convert=convert, timeout=timeout
        )

    def reqAccountSummary(
        self,
        tags: str = "NetLiquidation,TotalCashValue,BuyingPower,AvailableFunds",
        groupName: str = "All",
        *,
        timeout: float | None = None,
    ) -> Rows[AccountValue]:
        """Return values of all accounts; tags: see AccountSummaryTags."""
        convert = made.each(AccountValue, "accountSummary")
        return self._request("reqAccountSummary", groupName, tags, convert=convert, timeout=timeout)

    def reqAccountUpdatesMulti(
        self,
        account: str,
        modelCode: str = "",
        ledgerAndNLV: bool = False,
        *,
        timeout: float | None = None,
    ) -> Rows[AccountValue]:
        """Return the values of an account or model."""

        def row(account: str, model: str, key: str, value: str, currency: str) -> AccountValue:
            return AccountValue(account, key, value, currency, model)

        convert = made.each(row, "accountUpdateMulti")
        return self._request(
            "reqAccountUpdatesMulti",
            account,
            modelCode,
            ledgerAndNLV,
            convert=convert,
            timeout=timeout,
        )

    def reqPnL(self, account: str, modelCode: str = "") -> Subscription[PnL]:
        """Begin the profit and loss of an account."""

        def receive(name: str, arguments: tuple[object, ...]) -> tuple[PnL, ...]:
            return tuple(
                replace(row, account=account, modelCode=modelCode)
                for row in made.pnl(name, arguments)
            )

        stream = Subscription(self._engine, receive, "latest", 1)
        stream.start("reqPnL", account, modelCode)
        return stream

    def reqPnLSingle(
        self, account: str, conId: int, modelCode: str = ""
    ) -> Subscription[PnLSingle]:
        """Begin the profit and loss of one position."""
        stream = Subscription(self._engine, made.pnl_single, "latest", 1)
        stream.start("reqPnLSingle", account, modelCode, conId)
        return stream

    def reqFamilyCodes(self, *, timeout: float | None = None) -> Rows[FamilyCode]:
        """Return the family codes of the accounts."""
        return self._request("reqFamilyCodes", convert=made.listed(FamilyCode), timeout=timeout)

    def reqSoftDollarTiers(self, *, timeout: float | None = None) -> Rows[SoftDollarTier]:
        """Return the soft dollar tiers that orders may name."""
        return self._request(
            "reqSoftDollarTiers", convert=made.listed(SoftDollarTier), timeout=timeout
        )

    def requestFA(self, faData: Literal[1, 2, 3], *, timeout: float | None = None) -> str:
        """Return an advisor's configuration as XML: 1 groups, 3 aliases."""
        return self._request("requestFA", faData, convert=made.only(str), timeout=timeout)

    def replaceFA(
        self, faData: Literal[1, 2, 3], cxml: str, *, timeout: float | None = None
    ) -> str:
        """Replace an advisor's configuration. Return TWS's words. Server version 157."""
        return self._request("replaceFA", faData, cxml, convert=made.only(str), timeout=timeout)


__all__ = ["Accounts"]
