"""What a request about an order says, as objects or as a Protocol Buffers message."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from ..const import UNSET_DECIMAL, UNSET_DOUBLE, UNSET_INTEGER

ORDERS = ("placeOrder", "exerciseOptions")  # the requests that make a trade


class Instrument(NamedTuple):
    """What of a contract matters here. `key` is the same for the same instrument."""

    con_id: int
    symbol: str
    kind: str
    currency: str
    multiplier: float | None
    expiry: str
    strike: float | None
    right: str
    local_symbol: str

    @property
    def key(self) -> object:
        """The conId if there is one, else the description; the exchange does not matter."""
        if self.con_id:
            return self.con_id
        return (
            self.symbol,
            self.kind,
            self.currency,
            self.expiry,
            self.strike,
            self.right,
            self.local_symbol,
        )

    def __str__(self) -> str:
        return self.symbol or self.local_symbol or f"conId {self.con_id}"


class Leg(NamedTuple):
    con_id: int
    ratio: float
    sign: int


class Terms(NamedTuple):
    """One order. Numbers that are not set are None, those that cannot be read are NaN."""

    order_id: int
    instrument: Instrument
    legs: tuple[Leg, ...]
    side: str
    quantity: float | None
    cash: float | None
    order_type: str
    limit_price: float | None
    aux_price: float | None
    account: str
    is_what_if: bool
    is_exercise: bool


def terms_of(name: str, arguments: tuple[Any, ...]) -> Terms:
    """Return what a request of ORDERS says."""
    if len(arguments) == 1:  # a Protocol Buffers message
        message = arguments[0]
        fields = _PLACE if name == "placeOrder" else _EXERCISE
        arguments = tuple(_get(message, field) for field in fields)
    elif name != "placeOrder":
        arguments = (arguments[0], arguments[1], arguments[3], arguments[4])
    return _order(*arguments) if name == "placeOrder" else _exercise(*arguments)


_PLACE = ("orderId", "contract", "order")
_EXERCISE = ("orderId", "contract", "exerciseQuantity", "account")


def _order(order_id: Any, contract: Any, order: Any) -> Terms:
    return Terms(
        order_id=_whole(order_id),
        instrument=instrument_of(contract),
        legs=_legs(contract),
        side=_text(_get(order, "action")).upper(),
        quantity=number(_get(order, "totalQuantity")),
        cash=number(_get(order, "cashQty")) or None,
        order_type=_text(_get(order, "orderType")).upper(),
        limit_price=number(_get(order, "lmtPrice")),
        aux_price=number(_get(order, "auxPrice")),
        account=_text(_get(order, "account")),
        # what cannot be read as true is taken for a real order
        is_what_if=_get(order, "whatIf") in (True, "1"),
        is_exercise=False,
    )


def _exercise(request_id: Any, contract: Any, quantity: Any, account: Any) -> Terms:
    """To exercise is to trade the underlying at the strike."""
    instrument = instrument_of(contract)
    return Terms(
        order_id=_whole(request_id),
        instrument=instrument,
        legs=(),
        side="",
        quantity=number(quantity),
        cash=None,
        order_type="EXERCISE",
        limit_price=instrument.strike,
        aux_price=None,
        account=_text(account),
        is_what_if=False,
        is_exercise=True,
    )


def instrument_of(contract: Any) -> Instrument:
    """Return what matters of a contract, as an object or a message."""
    return Instrument(
        con_id=_whole(_get(contract, "conId")),
        symbol=_text(_get(contract, "symbol")).upper(),
        kind=_text(_get(contract, "secType")).upper(),
        currency=_text(_get(contract, "currency")).upper(),
        multiplier=number(_get(contract, "multiplier")) or None,
        expiry=_text(_get(contract, "lastTradeDateOrContractMonth")),
        strike=number(_get(contract, "strike")) or None,
        right=_text(_get(contract, "right")).upper()[:1],
        local_symbol=_text(_get(contract, "localSymbol")),
    )


def _legs(contract: Any) -> tuple[Leg, ...]:
    legs = _get(contract, "comboLegs") or ()
    return tuple(
        Leg(
            _whole(_get(leg, "conId")),
            abs(number(_get(leg, "ratio")) or 0.0),
            -1 if _text(_get(leg, "action")).upper().startswith("S") else 1,
        )
        for leg in legs
    )


def _get(of: Any, name: str) -> Any:
    """Return an attribute, or None; also for a field of a message that is not set."""
    has_field = getattr(of, "HasField", None)
    if has_field is not None:
        try:
            if not has_field(name):
                return None
        except ValueError:  # a repeated field, or one that this message does not have
            pass
    return getattr(of, name, None)


def number(value: Any) -> float | None:
    """Return a number; None if it is not set, NaN if it is none."""
    if value is None or value == "" or value in (UNSET_DOUBLE, UNSET_DECIMAL, UNSET_INTEGER):
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError, ArithmeticError):
        return math.nan


def _whole(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return 0


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


__all__ = ["ORDERS", "Instrument", "Leg", "Terms", "instrument_of", "number", "terms_of"]
