"""Reads the data file of instruments; users can have one of their own of the same form
(data/instruments.json is the example).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

from ....common import PriceIncrement
from .families import FIRST_ID, Family, Futures, Options
from .holidays import Calendar
from .hours import Schedule, read_schedules
from .instrument import Instrument
from .option_pricing import value

_MARKET = __name__.rpartition(".listings.")[0]  # the package that has the data file

_DECIMALS = (
    "min_tick",
    "min_size",
    "size_increment",
    "suggested_size_increment",
    "price",
    "multiplier",
    "lot",
)
_FUTURE_SPEC = ("expiry", "months", "count", "local")
_OPTION_SPEC = ("daily", "weekly", "monthly", "yearly", "rule", "step", "strikes", "far", "lead")


@dataclass
class Catalogue:
    """The content of a data file."""

    instruments: list[Instrument]  # those that are there on any date
    families: list[Family]
    market_rules: dict[int, list[PriceIncrement]]
    schedules: dict[str, Schedule]
    make: Callable[
        [Mapping[str, Any]], Instrument
    ]  # a further one, of such entries as the file has


def load(path: str | Path | None = None) -> Catalogue:
    """Return the file's content; without a path that of the package's own file. OSError: it cannot
    be read. ValueError: it doesn't hold together.
    """
    text = _own_text() if path is None else Path(path).read_text(encoding="utf-8")
    try:
        return _Reader(json.loads(text)).catalogue()
    except (KeyError, TypeError, ArithmeticError) as e:
        raise ValueError(f"data of instruments: {type(e).__name__}: {e}") from e


def own_schedules() -> dict[str, Schedule]:
    """Return the schedules of the package's own file."""
    return read_schedules(json.loads(_own_text()))


def _own_text() -> str:
    file = resources.files(_MARKET).joinpath("data/instruments.json")
    return file.read_text(encoding="utf-8")


class _Reader:
    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data
        self._schedules = read_schedules(data)
        self._rules = {
            int(rule): [_increment(*row) for row in rows]
            for rule, rows in data["market_rules"].items()
        }
        self._found: dict[str | int, Instrument] = {}  # by local symbol and by contract id

    def catalogue(self) -> Catalogue:
        instruments = [self._static(entry) for entry in self._data["instruments"]]
        futures = [
            self._futures(number, entry)
            for number, entry in enumerate(self._data.get("futures", []))
        ]
        by_class = {family.template.trading_class: family for family in futures}
        options = [
            self._options(len(futures) + n, entry, by_class)
            for n, entry in enumerate(self._data.get("options", []))
        ]
        _check_currencies(instruments, [*futures, *options])
        return Catalogue(
            instruments, [*futures, *options], self._rules, self._schedules, self._static
        )

    def _static(self, entry: Mapping[str, Any]) -> Instrument:
        made = self._instrument(self._with_defaults(entry))
        if not 0 < made.con_id < FIRST_ID or made.con_id in self._found:
            raise ValueError(
                f"con_id {made.con_id} of {made.local_symbol}: it must be the only one, "
                f"and below {FIRST_ID}"
            )
        self._found[made.con_id] = made
        self._found.setdefault(made.local_symbol, made)
        return made

    def _futures(self, number: int, entry: Mapping[str, Any]) -> Futures:
        entry, spec = _parted(self._with_defaults({**entry, "con_id": 0}), _FUTURE_SPEC)
        template = self._instrument(entry)
        return Futures(number, template, self._calendar(template), spec)

    def _options(
        self, number: int, entry: Mapping[str, Any], futures: Mapping[str, Futures]
    ) -> Options:
        future = futures[entry["future"]] if "future" in entry else None
        on = future.template if future is not None else self._found[entry["underlying"]]
        inherited: dict[str, Any] = {
            name: getattr(on, name) for name in ("symbol", "currency", "long_name", "volatility")
        }
        if future is not None:
            inherited |= {
                "hours": on.hours,
                "exchanges": list(on.exchanges),
                "multiplier": str(on.multiplier),
            }
        entry, spec = _parted(
            self._with_defaults({**inherited, **entry, "con_id": 0}), (*_OPTION_SPEC, "future")
        )
        template = replace(
            self._instrument(entry),
            price=on.price,
            parents=() if future else (on.con_id,),
            powers=(1,),
        )
        return Options(number, template, self._calendar(template), spec, future)

    def _calendar(self, instrument: Instrument) -> Calendar:
        return self._schedules[instrument.hours].calendar

    def _with_defaults(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        defaults = self._data["defaults"]
        return {**defaults.get("", {}), **defaults.get(entry["sec_type"], {}), **entry}

    def _instrument(self, entry: Mapping[str, Any]) -> Instrument:
        merged = dict(entry)
        parents = [str(parent) for parent in merged.pop("parents", [])]
        found = [self._parent(parent.removeprefix("/")) for parent in parents]
        powers = tuple(-1 if parent.startswith("/") else 1 for parent in parents)
        underlying = self._found[merged["underlying"]].con_id if merged.get("underlying") else 0
        local_symbol, isin = merged.get("local_symbol", merged["symbol"]), merged.pop("isin", None)
        sec_ids = [("ISIN", isin)] if isin else []
        if isin and isin.startswith("US"):  # the number within it
            sec_ids.insert(0, ("CUSIP", isin[2:11]))
        exact = {name: Decimal(merged[name]) for name in _DECIMALS if name in merged}
        exact.setdefault("price", Decimal(1))
        made = Instrument(
            **{
                **merged,
                **exact,
                "local_symbol": local_symbol,
                "trading_class": merged.get("trading_class", local_symbol),
                "exchanges": tuple(merged["exchanges"]),
                "underlying": underlying,
                "parents": tuple(parent.con_id for parent in found),
                "powers": powers,
                "sec_ids": tuple(sec_ids),
            }
        )
        if made.market_rule not in self._rules or made.hours not in self._schedules:
            raise ValueError(
                f"{local_symbol}: no market rule {made.market_rule}, or no schedule {made.hours!r}"
            )
        rows = self._rules.get(made.smart_rule or made.market_rule, [])
        if len(rows) > 1:
            bands = ((Decimal(repr(r.lowEdge)), Decimal(repr(r.increment))) for r in rows)
            made = replace(made, bands=tuple(bands))
        if found:
            made = replace(
                made, price=made.round(value(made, [float(parent.price) for parent in found], 0.0))
            )
        return made

    def _parent(self, name: str) -> Instrument:
        return self._found[int(name) if name.isdigit() else name]


def _parted(
    entry: Mapping[str, Any], names: tuple[str, ...]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the entries without these names, and these alone."""
    return {name: entry[name] for name in entry if name not in names}, {
        name: entry[name] for name in names if name in entry
    }


def _check_currencies(instruments: list[Instrument], families: list[Family]) -> None:
    """Check that each currency has a pair with the dollar, in which accounts are kept."""
    pairs = [{entry.symbol, entry.currency} for entry in instruments if entry.is_pair]
    used = [entry.currency for entry in instruments] + [
        family.template.currency for family in families
    ]
    used += [entry.symbol for entry in instruments if entry.is_pair]
    lacking = [
        currency
        for currency in dict.fromkeys(used)
        if currency != "USD" and {currency, "USD"} not in pairs
    ]
    if lacking:
        raise ValueError(f"no pair with USD for {', '.join(lacking)}")


def _increment(low_edge: str, increment: str) -> PriceIncrement:
    row = PriceIncrement()
    row.lowEdge = float(low_edge)
    row.increment = float(increment)
    return row
