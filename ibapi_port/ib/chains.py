"""Which contract is meant, and which options of a chain: the choices of qualify and optionChain."""

from __future__ import annotations

from collections.abc import Sequence

from ..contract import Contract, ContractDetails
from .exceptions import AmbiguousContract
from .rows import Greeks, OptionParameters, OptionQuote
from .ticker import Ticker

NO_GREEKS = Greeks(None, None, None, None, None, None, None, None)


def the_only(asked: Contract, details: Sequence[ContractDetails]) -> Contract:
    """Return the contract of the only answer; AmbiguousContract if there are several.

    TWS lists a contract once for each exchange where none was named: these are one, on SMART.
    """
    found = [each.contract for each in details]
    if len({each.conId for each in found}) > 1:
        raise AmbiguousContract(asked, found)
    if len(found) > 1:
        smart = [each for each in found if each.exchange == "SMART"]
        return (smart or found)[0]
    return found[0]


def choose_class(
    params: Sequence[OptionParameters], underlying: Contract, exchange: str, trading_class: str
) -> OptionParameters:
    """Return the parameters of one exchange and trading class.

    ValueError names what there is, if the choice is none of it, or not clear.
    """
    there = [each for each in params if each.exchange == exchange]
    if not there:
        known = ", ".join(sorted({each.exchange for each in params})) or "none at all"
        raise ValueError(f"exchange: there are no options on {exchange!r}, but on {known}")
    wanted = trading_class or underlying.symbol
    fitting = [each for each in there if each.tradingClass == wanted]
    if not fitting and not trading_class and len(there) == 1:
        return there[0]
    if not fitting:
        known = ", ".join(sorted({each.tradingClass for each in there}))
        raise ValueError(f"tradingClass: {wanted!r} is none of {known}")
    return fitting[0]


def choose_expirations(there: Sequence[str], wanted: int | Sequence[str]) -> list[str]:
    """Return the first n dates, or those that are wanted; ValueError names what there is not."""
    if isinstance(wanted, int):
        return list(there[:wanted])
    chosen = [wanted] if isinstance(wanted, str) else list(wanted)
    missing = [each for each in chosen if each not in there]
    if missing:
        raise ValueError(
            f"expirations: {', '.join(missing)}: not among {', '.join(there[:12])}"
            + (", ..." if len(there) > 12 else "")
        )
    return chosen


def chain_pattern(underlying: Contract, chosen: OptionParameters, expiration: str) -> Contract:
    """Return a contract that all options of one date fit."""
    return Contract(
        symbol=underlying.symbol,
        secType="FOP" if underlying.secType == "FUT" else "OPT",
        exchange=chosen.exchange,
        currency=underlying.currency,
        lastTradeDateOrContractMonth=expiration,
        tradingClass=chosen.tradingClass,
        multiplier=chosen.multiplier,
    )


def choose_strikes(
    found: Sequence[Contract],
    wanted: int | Sequence[float],
    price: float | None,
    underlying: Contract,
) -> list[Contract]:
    """Return the options with the n strikes nearest to the price, or with these strikes, sorted by
    date, strike and right. ValueError if no price is known, or nothing is left.
    """
    if isinstance(wanted, int):
        if price is None:
            raise ValueError(
                f"strikes: {underlying.symbol} has no price to choose the nearest ones by; name "
                "the strikes, or ask for delayed data (reqMarketDataType)"
            )
        middle = price
        strikes = sorted({each.strike for each in found}, key=lambda one: abs(one - middle))
        chosen = set(strikes[:wanted])
    else:
        chosen = set(wanted)
    left = [each for each in found if each.strike in chosen]
    if not left:
        known = sorted({each.strike for each in found})
        raise ValueError(f"strikes: there are none of these; there are {known}")
    return sorted(left, key=lambda c: (c.lastTradeDateOrContractMonth, c.strike, c.right))


def option_quote(ticker: Ticker) -> OptionQuote:
    """Return an option's quotes and greeks in one row."""
    contract = ticker.contract
    greeks = ticker.modelGreeks or NO_GREEKS
    return OptionQuote(
        expiration=contract.lastTradeDateOrContractMonth,
        strike=contract.strike,
        right=contract.right,
        bid=ticker.bid,
        ask=ticker.ask,
        last=ticker.last,
        volume=ticker.volume,
        impliedVol=greeks.impliedVol,
        delta=greeks.delta,
        gamma=greeks.gamma,
        vega=greeks.vega,
        theta=greeks.theta,
        optPrice=greeks.optPrice,
        undPrice=greeks.undPrice,
        contract=contract,
    )


__all__ = [
    "chain_pattern",
    "choose_class",
    "choose_expirations",
    "choose_strikes",
    "option_quote",
    "the_only",
]
