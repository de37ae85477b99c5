"""Contracts: which there are, option chains, price increments."""

from __future__ import annotations

from collections.abc import Sequence

from ...common import PriceIncrement
from ...contract import Contract, ContractDescription, ContractDetails
from .. import converters as made
from ..chains import (
    chain_pattern,
    choose_class,
    choose_expirations,
    choose_strikes,
    option_quote,
    the_only,
)
from ..engine import Rows
from ..rows import OptionParameters, OptionQuote
from ..ticker import has_greeks, has_price
from .quotes import Quotes


class Instruments(Quotes):
    """Contracts: which there are, option chains, price increments."""

    async def reqContractDetails(
        self, contract: Contract, *, timeout: float | None = None
    ) -> Rows[ContractDetails]:
        """Return all contracts that fit, bonds included."""
        convert = made.values(ContractDetails, "contractDetails", "bondContractDetails")
        return await self._request("reqContractDetails", contract, convert=convert, timeout=timeout)

    async def qualify(self, contract: Contract, *, timeout: float | None = None) -> Contract:
        """Return the only contract that fits, whole: with conId, exchange and multiplier.

        AmbiguousContract lists the candidates if there are several; RequestFailed (200): there is
        none.
        """
        details = await self.reqContractDetails(contract, timeout=timeout)
        return the_only(contract, details)

    async def reqMatchingSymbols(
        self, pattern: str, *, timeout: float | None = None
    ) -> Rows[ContractDescription]:
        """Return stocks by the beginning of the symbol, or by a part of the name."""
        return await self._request(
            "reqMatchingSymbols", pattern, convert=made.listed(ContractDescription), timeout=timeout
        )

    async def reqSecDefOptParams(
        self,
        underlyingSymbol: str,
        futFopExchange: str = "",
        underlyingSecType: str = "STK",
        underlyingConId: int = 0,
        *,
        timeout: float | None = None,
    ) -> Rows[OptionParameters]:
        """Return the expirations and strikes of an underlying's options, for each exchange."""
        return await self._request(
            "reqSecDefOptParams",
            underlyingSymbol,
            futFopExchange,
            underlyingSecType,
            underlyingConId,
            convert=made.each(made.option_parameters, "securityDefinitionOptionParameter"),
            timeout=timeout,
        )

    async def optionChain(
        self,
        underlying: Contract,
        *,
        exchange: str = "SMART",
        tradingClass: str = "",
        expirations: int | Sequence[str] = 1,
        strikes: int | Sequence[float] = 20,
        rights: str = "CP",
        genericTickList: str = "",
        wait: float = 15.0,
        timeout: float | None = None,
    ) -> Rows[OptionQuote]:
        """Return options of an underlying with their quotes and greeks.

        expirations: the first n ones, or these ("20261218"). strikes: the n nearest to the price of
        the underlying, or these. tradingClass: "" is that of the underlying's symbol, or the only
        one. wait: seconds for the quotes; an option whose greeks have not come by then has None.
        """
        whole = await self.qualify(underlying, timeout=timeout)
        params = await self.reqSecDefOptParams(
            whole.symbol,
            "" if whole.secType != "FUT" else whole.exchange,
            whole.secType,
            whole.conId,
            timeout=timeout,
        )
        chosen = choose_class(params, whole, exchange, tradingClass)
        found: list[Contract] = []
        for expiration in choose_expirations(chosen.expirations, expirations):
            pattern = chain_pattern(whole, chosen, expiration)
            details = await self.reqContractDetails(pattern, timeout=timeout)
            found += [each.contract for each in details if each.contract.right in rights]
        price = None
        if isinstance(strikes, int):
            (ticker,) = await self.reqTickers(whole, condition=has_price, wait=wait)
            price = ticker.price
        contracts = choose_strikes(found, strikes, price, whole)
        tickers = await self.reqTickers(
            *contracts, genericTickList=genericTickList, condition=has_greeks, wait=wait
        )
        return Rows(option_quote(each) for each in tickers)

    async def reqMarketRule(
        self, marketRuleId: int, *, timeout: float | None = None
    ) -> Rows[PriceIncrement]:
        """Return the price increments of a market rule (ids in ContractDetails.marketRuleIds)."""
        return await self._request(
            "reqMarketRule", marketRuleId, convert=made.listed(PriceIncrement), timeout=timeout
        )


__all__ = ["Instruments"]
