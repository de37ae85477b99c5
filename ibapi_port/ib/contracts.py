"""Helpers that make a Contract of each kind: ``Stock("AAPL")``, ``Option("SPY", "20261218", 600,
"C")``.

Each is a function and returns a plain `ibapi_port.contract.Contract`, the same class that TWS's
answers have. Such contracts are equal to those of TWS when their attributes are, can be pickled,
copied and changed, and every request takes them. What kind a contract is of, its ``secType`` says.

Further attributes of Contract are given by name. A name that Contract does not have is a TypeError,
a value that cannot be right is a ValueError which names the attribute.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, TypedDict

from ibapi_port.contract import ComboLeg, Contract, DeltaNeutralContract
from ibapi_port.ib._named import check_names, price

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Unpack

    from ibapi_port.ib._named import Number

__all__ = [
    "CFD",
    "Bond",
    "Combo",
    "Commodity",
    "ContFuture",
    "Crypto",
    "Forex",
    "Future",
    "FuturesOption",
    "Index",
    "MutualFund",
    "Option",
    "Stock",
    "Warrant",
    "leg",
]


class _Common(TypedDict, total=False):
    """What can be given by name for every kind of contract."""

    conId: int
    lastTradeDate: str
    primaryExchange: str
    tradingClass: str
    includeExpired: bool
    secIdType: str
    secId: str
    description: str
    issuerId: str
    comboLegsDescrip: str
    deltaNeutralContract: DeltaNeutralContract | None


class _Local(_Common, total=False):
    """Likewise, for kinds that have no parameter for the exchange's own symbol."""

    localSymbol: str


class _Plain(_Local, total=False):
    """Likewise, for kinds that do not expire."""

    multiplier: str


def Stock(
    symbol: str,
    exchange: str = "SMART",
    currency: str = "USD",
    **more: Unpack[_Plain],
) -> Contract:
    """Return a stock or an ETF. ``primaryExchange`` tells stocks of the same symbol apart."""
    return _contract("Stock", "STK", more, symbol=symbol, exchange=exchange, currency=currency)


def Option(
    symbol: str = "",
    lastTradeDateOrContractMonth: str | dt.date = "",
    strike: Number | None = None,
    right: str = "",
    exchange: str = "SMART",
    multiplier: str | int = "",
    currency: str = "USD",
    **more: Unpack[_Local],
) -> Contract:
    """Return an option on a stock or an index: "20261218" or a date, its strike, "C" or "P".

    What is left out does not restrict: `reqContractDetails` answers with every option that fits.
    """
    return _contract(
        "Option",
        "OPT",
        more,
        symbol=symbol,
        lastTradeDateOrContractMonth=lastTradeDateOrContractMonth,
        strike=strike,
        right=right,
        exchange=exchange,
        multiplier=multiplier,
        currency=currency,
    )


def Future(
    symbol: str = "",
    lastTradeDateOrContractMonth: str | dt.date = "",
    exchange: str = "",
    localSymbol: str = "",
    multiplier: str | int = "",
    currency: str = "",
    **more: Unpack[_Common],
) -> Contract:
    """Return a future: ``Future("ES", "202612", "CME")`` or ``Future(localSymbol="ESZ6",
    exchange="CME")``.
    """
    return _contract(
        "Future",
        "FUT",
        more,
        symbol=symbol,
        lastTradeDateOrContractMonth=lastTradeDateOrContractMonth,
        exchange=exchange,
        localSymbol=localSymbol,
        multiplier=multiplier,
        currency=currency,
    )


def ContFuture(
    symbol: str = "",
    exchange: str = "",
    localSymbol: str = "",
    multiplier: str | int = "",
    currency: str = "",
    **more: Unpack[_Common],
) -> Contract:
    """Return a continuous future, for history alone: TWS takes no orders for it."""
    return _contract(
        "ContFuture",
        "CONTFUT",
        more,
        symbol=symbol,
        exchange=exchange,
        localSymbol=localSymbol,
        multiplier=multiplier,
        currency=currency,
    )


def FuturesOption(
    symbol: str = "",
    lastTradeDateOrContractMonth: str | dt.date = "",
    strike: Number | None = None,
    right: str = "",
    exchange: str = "",
    multiplier: str | int = "",
    currency: str = "",
    **more: Unpack[_Local],
) -> Contract:
    """Return an option on a future. ``tradingClass`` tells weekly ones from the others."""
    return _contract(
        "FuturesOption",
        "FOP",
        more,
        symbol=symbol,
        lastTradeDateOrContractMonth=lastTradeDateOrContractMonth,
        strike=strike,
        right=right,
        exchange=exchange,
        multiplier=multiplier,
        currency=currency,
    )


def Warrant(
    symbol: str = "",
    lastTradeDateOrContractMonth: str | dt.date = "",
    strike: Number | None = None,
    right: str = "",
    exchange: str = "",
    multiplier: str | int = "",
    currency: str = "",
    **more: Unpack[_Local],
) -> Contract:
    """Return a warrant or another structured product."""
    return _contract(
        "Warrant",
        "WAR",
        more,
        symbol=symbol,
        lastTradeDateOrContractMonth=lastTradeDateOrContractMonth,
        strike=strike,
        right=right,
        exchange=exchange,
        multiplier=multiplier,
        currency=currency,
    )


def Forex(
    pair: str = "",
    exchange: str = "IDEALPRO",
    symbol: str = "",
    currency: str = "",
    **more: Unpack[_Plain],
) -> Contract:
    """Return a pair of currencies: ``Forex("EURUSD")``, ``Forex("EUR", "USD")`` or
    ``Forex(symbol="EUR", currency="USD")``.

    A dot or a slash between the two is allowed. An order buys or sells the first one.
    """
    if len(pair) == 3 and len(exchange) == 3 and not symbol and not currency:
        pair, exchange = (
            pair + exchange,
            "IDEALPRO",
        )  # two currencies, in place of pair and exchange
    if pair:
        letters = pair.replace(".", "").replace("/", "").upper()
        if len(letters) != 6 or not letters.isalpha():
            raise ValueError(f"pair: {pair!r} does not consist of two currencies, like EURUSD")
        first, second = letters[:3], letters[3:]
        if symbol not in ("", first) or currency not in ("", second):
            raise ValueError(
                f"pair: {pair!r} contradicts symbol={symbol!r}, currency={currency!r}; give either"
            )
        symbol, currency = first, second
    for name, value in (("symbol", symbol), ("currency", currency)):
        if len(value) != 3 or not value.isalpha():
            raise ValueError(f"{name}: {value!r} is not a currency of three letters")
    return _contract("Forex", "CASH", more, symbol=symbol, exchange=exchange, currency=currency)


def Index(symbol: str, exchange: str = "", currency: str = "", **more: Unpack[_Plain]) -> Contract:
    """Return an index: ``Index("SPX", "CBOE")``. It takes no orders."""
    return _contract("Index", "IND", more, symbol=symbol, exchange=exchange, currency=currency)


def CFD(
    symbol: str,
    exchange: str = "SMART",
    currency: str = "USD",
    **more: Unpack[_Plain],
) -> Contract:
    """Return a contract for difference."""
    return _contract("CFD", "CFD", more, symbol=symbol, exchange=exchange, currency=currency)


def Commodity(
    symbol: str,
    exchange: str = "SMART",
    currency: str = "USD",
    **more: Unpack[_Plain],
) -> Contract:
    """Return a commodity, as ``Commodity("XAUUSD")``."""
    return _contract(
        "Commodity", "CMDTY", more, symbol=symbol, exchange=exchange, currency=currency
    )


def Crypto(
    symbol: str,
    exchange: str = "PAXOS",
    currency: str = "USD",
    **more: Unpack[_Plain],
) -> Contract:
    """Return a cryptocurrency, as ``Crypto("BTC")``."""
    return _contract("Crypto", "CRYPTO", more, symbol=symbol, exchange=exchange, currency=currency)


def Bond(
    symbol: str = "",
    exchange: str = "SMART",
    currency: str = "USD",
    **more: Unpack[_Plain],
) -> Contract:
    """Return a bond: by its CUSIP in place of a symbol, by ``secIdType`` and ``secId``, or by its
    ``issuerId``.
    """
    return _contract("Bond", "BOND", more, symbol=symbol, exchange=exchange, currency=currency)


def MutualFund(
    symbol: str,
    exchange: str = "FUNDSERV",
    currency: str = "USD",
    **more: Unpack[_Plain],
) -> Contract:
    """Return a mutual fund."""
    return _contract(
        "MutualFund", "FUND", more, symbol=symbol, exchange=exchange, currency=currency
    )


def Combo(
    symbol: str,
    *legs: ComboLeg,
    exchange: str = "SMART",
    currency: str = "USD",
    **more: Unpack[_Plain],
) -> Contract:
    """Return a combination of two or more legs, each made by `leg`.

    The symbol is that of the underlying. For a spread of two stocks it is both: "IBKR,MCD".
    """
    if len(legs) < 2:
        raise ValueError(
            f"legs: a combination has two or more, not {len(legs)}; make each by leg()"
        )
    for one in legs:
        if not isinstance(one, ComboLeg):
            raise TypeError(f"legs: {one!r} is not a ComboLeg; make it by leg()")
    combo = _contract("Combo", "BAG", more, symbol=symbol, exchange=exchange, currency=currency)
    combo.comboLegs = list(legs)
    return combo


def leg(contract: Contract | int, action: str, ratio: int = 1, exchange: str = "") -> ComboLeg:
    """Return one leg of a `Combo`: a contract that is qualified (has a ``conId``), or a conId.

    `ratio` is how many units of it are in one unit of the combination. Without an `exchange` it is
    the contract's own, or SMART.
    """
    con_id = contract if isinstance(contract, int) else contract.conId
    if isinstance(con_id, bool) or con_id <= 0:
        raise ValueError(
            f"conId: {con_id!r} is no contract's number; a leg needs one, so qualify the contract "
            "first"
        )
    if action.upper() not in ("BUY", "SELL", "SSHORT"):
        raise ValueError(f"action: {action!r} is neither BUY, SELL nor SSHORT")
    if isinstance(ratio, bool) or not isinstance(ratio, int) or ratio < 1:
        raise ValueError(f"ratio: {ratio!r} is not a whole number of 1 or more")
    own = "" if isinstance(contract, int) else contract.exchange
    return ComboLeg(
        conId=con_id, ratio=ratio, action=action.upper(), exchange=exchange or own or "SMART"
    )


_IDENTIFIERS = ("conId", "localSymbol", "secId", "tradingClass", "issuerId")
_RIGHTS = {"": "", "C": "C", "P": "P", "CALL": "C", "PUT": "P"}


def _contract(helper: str, sec_type: str, more: Mapping[str, object], **own: object) -> Contract:
    """Return the contract, if all names and values can be right."""
    check_names(helper, Contract, more, {*own, "secType", "comboLegs", *_EXPIRY_FIELDS})
    if own.get("strike", 0) is None:
        del own["strike"]  # it stays unset
    values = {"secType": sec_type, **own, **more}
    if not any(values.get(name) for name in ("symbol", *_IDENTIFIERS)):
        raise ValueError(f"symbol: {helper}() needs one, or localSymbol, conId or secId")
    for name, value in values.items():
        check = _CHECKS.get(name)
        values[name] = value if check is None else check(name, value)
        if name in _TEXTS and not isinstance(values[name], str):
            raise ValueError(f"{name}: {value!r} is not a text")
    contract = Contract()
    for name, value in values.items():
        setattr(contract, name, value)
    return contract


def _date(name: str, value: object) -> str:
    """Return "YYYYMMDD", "YYYYMM" or "", from a text or a date."""
    if isinstance(value, dt.date):
        return f"{value:%Y%m%d}"
    if isinstance(value, str) and value.isascii():
        if not value:
            return value
        day = value.replace("-", "")  # 2026-12-18 means the same, and TWS does not read it
        if day.isdigit() and len(day) in (6, 8):
            try:
                dt.date(int(day[:4]), int(day[4:6]), int(day[6:] or 1))
            except ValueError:
                pass
            else:
                return day
    raise ValueError(f"{name}: {value!r} is not a date, like 20261218, or a month, like 202612")


def _strike(name: str, value: object) -> float:
    strike = price(name, value)
    if strike < 0:
        raise ValueError(f"{name}: {value!r} is negative")
    return strike


def _right(name: str, value: object) -> str:
    right = _RIGHTS.get(value.upper()) if isinstance(value, str) else None
    if right is None:
        raise ValueError(f"{name}: {value!r} is neither C (call) nor P (put)")
    return right


def _multiplier(name: str, value: object) -> str:
    """Return the multiplier as text: Contract has it so, programs have it as a number too."""
    if value == "" or value is None:
        return ""
    try:
        factor = float(value) if isinstance(value, str) else price(name, value)
    except ValueError:
        factor = 0
    if not 0 < factor < math.inf:
        raise ValueError(f"{name}: {value!r} is not a positive number")
    return str(value)


def _con_id(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{name}: {value!r} is not a contract's number")
    return value


_EXPIRY_FIELDS = ("strike", "right", "lastTradeDateOrContractMonth")
_TEXTS = {name for name, value in Contract._defaults.items() if isinstance(value, str)}
_CHECKS = {
    "lastTradeDateOrContractMonth": _date,
    "strike": _strike,
    "right": _right,
    "multiplier": _multiplier,
    "conId": _con_id,
}
