"""The settings of a simulated TWS: one list, from which its keywords, its command line and their checks come.

A setting is a field of `Options`, made by `setting`: its default tells its type. ValueError names the field that is wrong.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from .net.pacing import DELAY, OFF, REJECT


def setting(
    default: Any,
    text: str,
    *,
    least: float = -math.inf,
    most: float = math.inf,
    above: float = -math.inf,
    choices: Sequence[Any] = (),
    unit: str = "",
    kind: Any = None,
    live: bool = False,
    pattern: str = "",
) -> Any:
    """A field. `least`, `most`: the lowest and highest value; `above`: every value is above it. `unit` stands for it on the command line.

    `kind` is the type where the default, None, doesn't tell it: None is taken for such a setting too. `live`: it can be changed while
    TWS runs. `pattern`: what a text has to match, if it is not empty.
    """
    metadata = {
        "text": text,
        "least": least,
        "most": most,
        "above": above,
        "choices": tuple(choices),
        "unit": unit,
    }
    metadata |= {"kind": kind or type(default), "live": live, "pattern": pattern}
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Options:
    """All settings of the simulated world. Times are seconds. Text is taken where a number is meant, as command lines have it."""

    seed: int = setting(1, "the market's course: the same for the same seed")
    virtual: bool = setting(False, "time is virtual, and passes only as a script says (advance)")
    speed: float | None = setting(
        None,
        "time is virtual, and goes that much faster than real time",
        above=0,
        kind=float,
        unit="FACTOR",
    )
    as_fast_as_possible: bool = setting(
        False,
        "time is virtual, and goes as fast as the clients that are connected take what is sent",
    )
    start: str = setting(
        "",
        "when virtual time begins, in place of 20260414 09:30:00 US/Eastern",
        unit="'YYYYMMDD hh:mm:ss ZONE'",
    )
    tick_interval: float = setting(0.25, "between price changes", above=0, unit="SECONDS")
    bar_interval: float = setting(5.0, "between real-time bars", above=0, unit="SECONDS")
    instruments: str = setting(
        "", "a file of instruments in place of the simulator's own", unit="FILE"
    )
    market_hours: str = setting(
        "always",
        "when markets are open: always, or as the exchanges are",
        choices=("always", "exchange"),
    )
    not_subscribed: str = setting(
        "", "exchanges, kinds or symbols without live market data, or ALL", unit="NAMES"
    )
    delayed_data: bool = setting(True, "delayed market data where there is no subscription")
    market_data_lines: int = setting(
        100, "instruments that can be watched at a time", least=1, unit="NUMBER"
    )
    market_depth_limit: int = setting(
        3, "instruments whose order books can be watched at a time", least=0, unit="NUMBER"
    )
    tick_by_tick_limit: int = setting(
        3, "instruments with tick-by-tick data at a time", least=0, unit="NUMBER"
    )
    history_delay: float = setting(
        0.0, "that an answer to a request for history takes", least=0, unit="SECONDS"
    )
    history_pacing: str = setting(
        "off",
        "which requests for history are refused if they come too fast: none, those for ticks and bars of 30 seconds and less, or all",
        choices=("off", "small", "all"),
    )
    account: str = setting(
        "DU1234567",
        "the account's number; several, separated by commas: an advisor's if the first begins with F or DF",
    )
    cash: Decimal = setting(
        Decimal(1_000_000),
        "what the account begins with, in its base currency",
        least=0,
        unit="AMOUNT",
    )
    base_currency: str = setting("USD", "the accounts' currency", unit="CURRENCY")
    master_client_id: int | None = setting(
        None, "the client that sees the orders and executions of all", least=0, unit="ID", kind=int
    )
    partial_fills: bool = setting(
        True, "no more of an order fills at a quote than the quote's size"
    )
    order_delay: float = setting(
        0.0, "until an order has got to the exchange", least=0, unit="SECONDS"
    )
    cancel_delay: float = setting(
        0.0, "until an order is cancelled: so long it is PendingCancel", least=0, unit="SECONDS"
    )
    repeat_status: bool = setting(False, "each orderStatus comes twice")
    late_executions: float = setting(
        0.0, "by which executions and commissions come after the status", least=0, unit="SECONDS"
    )
    hard_to_borrow: str = setting(
        "", "symbols whose short sales wait for shares to borrow", unit="SYMBOLS"
    )
    price_percentage: float = setting(
        0.0,
        "how far a limit may be through the market; 0: as far as it likes",
        least=0,
        unit="PERCENT",
    )
    check_margin: bool = setting(True, "orders that the account has no money for are refused")
    scanner_interval: float = setting(
        30.0, "between the results of a market scanner", above=0, unit="SECONDS"
    )
    horizon: bool = setting(
        True, "whether the user subscribes to Wall Street Horizon's calendar of events"
    )
    reference_data: str = setting(
        "",
        "a folder of JSON files in place of those of the same names in simulator/reference/data",
        unit="FOLDER",
    )
    out_limit: int = setting(
        64 * 1024 * 1024,
        "bytes that may wait for a client that doesn't read; one more and it is dropped",
        least=1,
        unit="BYTES",
    )
    max_clients: int = setting(32, "API clients that may be connected at once", least=1, live=True)
    read_only: bool = setting(
        False, "the API is read-only: requests about orders are refused", live=True
    )
    accept: str = setting(
        "yes",
        "incoming connections: taken, refused, or TWS asks and somebody has to say",
        choices=("yes", "ask", "no"),
        live=True,
    )
    accept_after: float = setting(
        0.0, "how long TWS's dialog waits for that answer", least=0, unit="SECONDS", live=True
    )
    pacing: str = setting(
        "off",
        "clients that send too fast: no matter, are told 100 and then dropped, or wait",
        choices=(OFF, REJECT, DELAY),
        live=True,
    )
    max_rate: int = setting(
        50, "messages that a client may send in a second", least=1, unit="COUNT", live=True
    )
    control_port: int | None = setting(
        None,
        "a port for control over HTTP, on this computer only; 0: any that is free",
        kind=int,
        least=0,
        most=65535,
        unit="PORT",
    )
    gateway: bool = setting(
        False, "an IB Gateway: data farms are inactive until they are asked for something"
    )
    restart_at: str = setting(
        "",
        "when TWS restarts each day, in its time zone",
        unit="HH:MM",
        pattern="([01][0-9]|2[0-3]):[0-5][0-9]",
    )
    restart_seconds: float = setting(60.0, "how long a restart takes", least=0, unit="SECONDS")

    def __post_init__(self) -> None:
        for each in dataclasses.fields(self):
            object.__setattr__(self, each.name, checked(each, getattr(self, each.name)))


def checked(field: dataclasses.Field[Any], value: Any) -> Any:
    """The value as the field's type. ValueError names the field."""
    rules, name = field.metadata, field.name
    if value is None and field.default is None:
        return None
    converted = _convert(name, value, rules["kind"])
    if rules["choices"] and converted not in rules["choices"]:
        raise ValueError(
            f"{name} must be one of {', '.join(map(str, rules['choices']))}, not {value!r}"
        )
    if (
        isinstance(converted, str)
        and converted
        and rules["pattern"]
        and not re.fullmatch(rules["pattern"], converted)
    ):
        raise ValueError(f"{name} must be {rules['unit']}, not {value!r}")
    if isinstance(converted, (int, float, Decimal)):
        if not math.isfinite(converted):
            raise ValueError(f"{name} must be a finite number, not {value!r}")
        if converted < rules["least"]:
            raise ValueError(f"{name} must be {rules['least']:g} or more, not {value!r}")
        if converted > rules["most"]:
            raise ValueError(f"{name} must be {rules['most']:g} or less, not {value!r}")
        if converted <= rules["above"]:
            raise ValueError(f"{name} must be above {rules['above']:g}, not {value!r}")
    return converted


def _convert(name: str, value: Any, kind: Any) -> Any:
    if kind is bool:
        if isinstance(value, bool):
            return value
        raise ValueError(f"{name} must be True or False, not {value!r}")
    if kind is str:
        if isinstance(value, str):
            return value
        raise ValueError(f"{name} must be text, not {value!r}")
    if kind in (int, float, Decimal):
        return _number(name, value, kind)
    if isinstance(value, kind):
        return value
    raise ValueError(f"{name} must be a {kind.__name__}, not {value!r}")


def _number(name: str, value: Any, kind: Any) -> Any:
    words = "whole number" if kind is int else "number"
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float, Decimal, str))
        or (kind is int and isinstance(value, (float, Decimal)))
    ):
        raise ValueError(f"{name} must be a {words}, not {value!r}")
    try:
        return kind(str(value)) if kind is Decimal else kind(value)
    except (ValueError, InvalidOperation):
        raise ValueError(f"{name} must be a {words}, not {value!r}") from None
