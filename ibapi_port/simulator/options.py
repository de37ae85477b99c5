"""The settings of a simulated TWS, from which its keywords, its command line and their checks come.

A setting is a field made by `setting`; its default shows its type. The settings stand in groups. A
part of the simulator takes the group that it needs; `Options` has them all, so it can be handed
down as any of them.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .net.pacing import DELAY, OFF, REJECT
from .settings import PROFILES, REAL, by_profile, checked, setting

DEFAULT_PROFILE = REAL  # of those who name none


@dataclass(frozen=True)
class SeedOption:
    """The seed of everything that is random."""

    seed: int = setting(1, "the market's course: the same for the same seed")


@dataclass(frozen=True)
class ZoneOption:
    """How strict TWS is with times that clients write."""

    time_warnings: bool = by_profile(
        True,
        False,
        "a time without a zone is warned of (2174), one that cannot be read is refused (10314)",
    )


@dataclass(frozen=True)
class ProfileOption:
    """The profile: what settings are that nobody has set."""

    profile: str = setting(
        None,
        "gw10.40: as an IB Gateway 10.40 was seen to behave (the default); simple: tidy, "
        "everything once and at once, markets always open. Each setting of a profile can be set "
        "by itself too",
        kind=str,
        choices=PROFILES,
    )


@dataclass(frozen=True)
class TimeOptions:
    """How time passes."""

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
        "when time begins; now: the computer's own time. Without it virtual time begins at "
        "20260414 09:30:00 US/Eastern; other time at 10:00 US/Eastern of the latest trading day, "
        "so that markets are open at any hour (with market hours always: now)",
        unit="'YYYYMMDD hh:mm:ss ZONE'",
    )


@dataclass(frozen=True)
class MarketOptions(SeedOption):
    """The instruments and their prices."""

    tick_interval: float = setting(0.25, "between price changes", above=0, unit="SECONDS")
    instruments: str = setting(
        "", "a file of instruments in place of the simulator's own", unit="FILE"
    )
    market_hours: str = by_profile(
        "exchange",
        "always",
        "when markets are open: always, or as the exchanges are",
        choices=("always", "exchange"),
    )
    price_limits: float = setting(
        0.0,
        "US stocks that trade further than this from their price of the last five minutes are "
        "halted for five minutes; 0: none is",
        minimum=0,
        unit="PERCENT",
    )
    all_listings: bool = by_profile(
        True,
        False,
        "a stock without its exchange or currency is ambiguous: contract details bring each "
        "exchange and listing",
    )


@dataclass(frozen=True)
class DataOptions:
    """The user's own data, by which the market moves."""

    history: tuple[str, ...] = setting(
        (),
        "bars of your own (CSV, Parquet): files or folders, SYMBOL=FILE where the file does not "
        "tell the symbol; the market moves by them, and time is virtual",
        unit="FILES",
    )
    quotes: tuple[str, ...] = setting((), "quotes of your own: bid, ask, sizes", unit="FILES")
    trades: tuple[str, ...] = setting((), "trades of your own: price and size", unit="FILES")
    actions: tuple[str, ...] = setting(
        (), "splits and dividends of the symbols in these files", unit="FILES"
    )
    bar_spread: int = setting(
        2, "between bid and ask where only bars or trades are known", minimum=0, unit="TICKS"
    )
    others: str = setting(
        "still",
        "what instruments do that are in none of these files: stand still, or walk at random",
        choices=("still", "walk"),
    )
    instrument: tuple[str, ...] = setting(
        (), "further stocks to list, such as PLTR,GE=170", unit="SYMBOL[=PRICE]"
    )


@dataclass(frozen=True)
class FeedOptions:
    """Which market data clients get, and how much of it."""

    bar_interval: float = setting(5.0, "between real-time bars", above=0, unit="SECONDS")
    not_subscribed: str = setting(
        "", "exchanges, kinds or symbols without live market data, or ALL", unit="NAMES"
    )
    type_first: bool = by_profile(
        True, False, "marketDataType comes before tickReqParams, whether it was asked for or not"
    )
    real_ticks: bool = by_profile(
        True,
        False,
        "ticks come in TWS's order: the last trade before the quote, each size again by itself",
    )
    depth_notice: bool = by_profile(
        True, False, "a SMART order book begins with 2152, which names the exchanges in it"
    )
    volume_in_hundreds: bool = by_profile(
        True, False, "the volume tick of US stocks counts hundreds of shares"
    )
    data_delay: float = by_profile(
        900.0, 0.0, "by which delayed data is late", minimum=0, unit="SECONDS"
    )
    delayed_data: bool = setting(True, "delayed market data where there is no subscription")
    market_data_lines: int = setting(
        100, "instruments that can be watched at a time", minimum=1, unit="NUMBER"
    )
    market_depth_limit: int = setting(
        3, "instruments whose order books can be watched at a time", minimum=0, unit="NUMBER"
    )
    tick_by_tick_limit: int = setting(
        3, "instruments with tick-by-tick data at a time", minimum=0, unit="NUMBER"
    )


@dataclass(frozen=True)
class HistoryOptions(ZoneOption, SeedOption):
    """Requests for history."""

    history_delay: float = setting(
        0.0, "that an answer to a request for history takes", minimum=0, unit="SECONDS"
    )
    history_needs_data: bool = by_profile(True, False, "history needs a subscription to live data")
    history_pacing: str = setting(
        "off",
        "which requests for history are refused if they come too fast: none, "
        "those for ticks and bars of 30 seconds and less, or all",
        choices=("off", "small", "all"),
    )


@dataclass(frozen=True)
class AccountOptions:
    """The accounts and their money."""

    account: str = setting(
        "DU1234567",
        "the account's number; several, separated by commas: "
        "an advisor's if the first begins with F or DF",
    )
    cash: Decimal = setting(
        Decimal(1_000_000),
        "what the account begins with, in its base currency",
        minimum=0,
        unit="AMOUNT",
    )
    gateway_values: bool = by_profile(
        True,
        False,
        "account values have the keys, the order and the digits of a Gateway's; positions that "
        "were closed today are reported as 0",
    )
    pattern_day_trader: bool = setting(
        False,
        "accounts below 25,000 USD may open no position after three day trades in five days (201)",
    )
    credit_interest: float = setting(
        0.0, "interest on cash, accrued each day, paid each month", minimum=0, unit="PERCENT"
    )
    debit_interest: float = setting(
        0.0, "interest on borrowed cash, likewise", minimum=0, unit="PERCENT"
    )
    borrow_fee: float = setting(
        0.0, "for shares that are sold short, a year, of their value", minimum=0, unit="PERCENT"
    )
    base_currency: str = setting("USD", "the accounts' currency", unit="CURRENCY")


@dataclass(frozen=True)
class BrokerBehaviour(ZoneOption, SeedOption):
    """How the broker treats orders, where real ones differ from day to day."""

    master_client_id: int | None = setting(
        None,
        "the client that sees the orders and executions of all",
        minimum=0,
        unit="ID",
        kind=int,
    )
    partial_fills: bool = setting(
        True,
        "no more of an order fills at a quote than the quote's size (no: fill_model unlimited)",
    )
    fill_model: str = setting(
        "quote",
        "quote: orders fill at the quote and its size; queue: a limit order that rests waits "
        "behind those at its price, and fills when others trade there; unlimited: whatever the "
        "size",
        choices=("quote", "queue", "unlimited"),
    )
    slippage: int = setting(
        0, "by which orders without a limit fill worse than the quote", minimum=0, unit="TICKS"
    )
    order_delay: float = by_profile(
        0.05,
        0.0,
        "until TWS has answered an order, and again until it has got to the exchange",
        minimum=0,
        unit="SECONDS",
    )
    order_delay_most: float = by_profile(
        0.3,
        0.0,
        "the longest of these times, which are random then; 0, or an order_delay without it: all "
        "are as long as order_delay",
        minimum=0,
        unit="SECONDS",
    )
    cancel_delay: float = by_profile(
        0.05, 0.0, "until an order is cancelled", minimum=0, unit="SECONDS"
    )
    cancel_delay_most: float = by_profile(
        0.3, 0.0, "the longest of these times, likewise", minimum=0, unit="SECONDS"
    )
    pre_submitted: bool = by_profile(
        True, False, "an order is PreSubmitted before it is Submitted or Filled"
    )
    repeat_pairs: bool = by_profile(
        True,
        False,
        "openOrder and orderStatus come again, and after a fill once more with the commission",
    )
    pending_cancel: str = by_profile(
        "soon",
        "always",
        "which orders are PendingCancel while cancel_delay lasts: those that TWS has not yet "
        "answered in full, or all",
        choices=("soon", "always"),
    )
    order_defaults: bool = by_profile(
        True, False, "openOrder shows what TWS has filled in, such as ocaType 3"
    )
    tif_warning: bool = by_profile(True, False, "an order without a time in force brings 10349")
    tif_changes: bool = by_profile(
        False, True, "an order's time in force may be changed (else 462)"
    )
    fractions: bool = by_profile(False, True, "fractions of shares may be ordered (else 10243)")
    etrade_flags: bool = by_profile(
        False, True, "orders may have eTradeOnly and firmQuoteOnly (else 10268, 10269)"
    )
    market_outside: bool = by_profile(
        False,
        True,
        "MKT, STP and TRAIL orders may work outside of regular hours (else 2109, and they wait)",
    )
    algo_slices: bool = by_profile(
        True,
        False,
        "algorithms (Twap, Vwap, AD, PctVol ...) send an order in slices; no: as a whole",
    )
    direct_routing: bool = setting(
        True, "orders for stocks may name another exchange than SMART (else 10311)"
    )
    size_limit: float = setting(
        0.0, "the largest size of an order (else 383); 0: any", minimum=0, unit="SIZE"
    )
    value_limit: float = setting(
        0.0,
        "the largest value of an order, in the contract's currency (else 451); 0: any",
        minimum=0,
        unit="MONEY",
    )
    ticks_limit: int = setting(
        0, "how far a limit may be through the market (else 382); 0: any", minimum=0, unit="TICKS"
    )
    not_permitted: str = setting(
        "", "kinds, currencies or symbols that the account may not trade (460)", unit="NAMES"
    )
    repeat_status: bool = setting(False, "each orderStatus comes twice")
    late_executions: float = setting(
        0.0, "by which executions and commissions come after the status", minimum=0, unit="SECONDS"
    )
    hard_to_borrow: str = setting(
        "", "symbols whose short sales wait for shares to borrow", unit="SYMBOLS"
    )
    price_percentage: float = setting(
        0.0,
        "how far a limit may be through the market; 0: as far as it likes",
        minimum=0,
        unit="PERCENT",
    )
    check_margin: bool = setting(True, "orders that the account has no money for are refused")


@dataclass(frozen=True)
class ReferenceOptions(SeedOption):
    """Everything beside the market and the accounts."""

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


@dataclass(frozen=True)
class ConnectionOptions:
    """Clients and their connections."""

    out_limit: int = setting(
        64 * 1024 * 1024,
        "bytes that may wait for a client that doesn't read; one more and it is dropped",
        minimum=1,
        unit="BYTES",
    )
    max_clients: int = setting(
        32, "API clients that may be connected at once", minimum=1, live=True
    )
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
        0.0, "how long TWS's dialog waits for that answer", minimum=0, unit="SECONDS", live=True
    )
    pacing: str = setting(
        "off",
        "clients that send too fast: no matter, get error 100 and then dropped, or wait",
        choices=(OFF, REJECT, DELAY),
        live=True,
    )
    max_rate: int = setting(
        50, "messages that a client may send in a second", minimum=1, unit="COUNT", live=True
    )


@dataclass(frozen=True)
class ServerOptions:
    """The program itself."""

    control_port: int | None = setting(
        None,
        "a port for control over HTTP, on this computer only; 0: any that is free",
        kind=int,
        minimum=0,
        maximum=65535,
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
    restart_seconds: float = setting(60.0, "how long a restart takes", minimum=0, unit="SECONDS")


@dataclass(frozen=True)
class Options(  # dataclasses collect fields from the last base to the first: this keeps their order
    ServerOptions,
    ConnectionOptions,
    ReferenceOptions,
    BrokerBehaviour,
    AccountOptions,
    HistoryOptions,
    FeedOptions,
    DataOptions,
    MarketOptions,
    TimeOptions,
    ProfileOption,
    ZoneOption,
    SeedOption,
):
    """All settings. Times are seconds. Text is taken where a number is meant, as command lines have
    it.
    """

    def __post_init__(self) -> None:
        values = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        if values["profile"] is None:
            values["profile"] = DEFAULT_PROFILE
        profile = next(each for each in dataclasses.fields(self) if each.name == "profile")
        chosen = str(checked(profile, values["profile"]))
        for name in ("order_delay", "cancel_delay"):  # a time that was set is meant exactly
            if values[name] is not None and values[f"{name}_most"] is None:
                values[f"{name}_most"] = 0.0
        for each in dataclasses.fields(self):
            value = checked(each, values[each.name])
            profiles = each.metadata["profiles"]
            if value is None and profiles is not None:
                value = profiles[chosen]
            object.__setattr__(self, each.name, value)


def options_of(values: Mapping[str, Any]) -> Options:
    """Return settings by their names. TypeError: there is no setting of a name; it says which may
    have been meant.
    """
    known = [each.name for each in dataclasses.fields(Options)]
    for name in values:
        if name not in known:
            alike = difflib.get_close_matches(name, known, n=1)
            hint = f": is {alike[0]} meant?" if alike else ""
            raise TypeError(f"there is no setting {name!r}{hint}")
    return Options(**values)
