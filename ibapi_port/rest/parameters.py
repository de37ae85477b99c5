"""The parameters of routes, which come from the methods of AsyncIB and the fields of Contract."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from ..contract import Contract
from ..scanner import ScannerSubscription
from ..tag_value import TagValue
from .problems import Problem, unknown_name
from .structs import UNSET, build, field_names, struct_of
from .words import plain_words

REQUIRED: Any = object()
_SCALARS = (str, int, float, bool, Decimal)
# where an instrument is traded if the request does not say it
_EXCHANGES = {"CASH": "IDEALPRO", "CRYPTO": "PAXOS"}
_SMART = frozenset({"STK", "OPT", "CFD", "WAR", "FUND", "BOND", "BAG", "CMDTY"})
ALIASES = {"expiry": "lastTradeDateOrContractMonth"}  # IBREST's names


MOST = (1 << 63) - 1  # of a number
# A value of the query is a text always: to say that it is one would say nothing.
_EXPECTED = {
    int: "a whole number is expected",
    float: "a number is expected",
    Decimal: "a number is expected",
    bool: "true or false is expected",
}


@dataclass(frozen=True)
class Parameter:
    """A parameter in the query: its name, its type, its default (REQUIRED: it has to be given)."""

    name: str
    type: Any
    default: Any = REQUIRED
    text: str = ""
    low: int | None = None
    high: int | None = None
    many: bool = False

    def take(self, texts: list[str]) -> Any:
        """Return the value of what the query has. Problem (400): it is none."""
        if self.many:
            return [each for text in texts for each in text.split(",") if each]
        if len(texts) > 1:
            raise Problem(400, f"{self.name}: it is given {len(texts)} times", parameter=self.name)
        try:
            value = msgspec.convert(texts[0], self.type, strict=False)
        except msgspec.ValidationError as e:
            what = _EXPECTED.get(self.type) or plain_words(str(e))
            raise Problem(400, f"{self.name}: {texts[0]!r}: {what}", parameter=self.name) from None
        if isinstance(value, (int, float)) and not -MOST <= value <= MOST:  # nor is NaN
            raise Problem(400, f"{self.name}: {texts[0]!r} is too large, or no number",
                          parameter=self.name)  # fmt: skip
        outside = (self.low is not None and value < self.low) or (
            self.high is not None and value > self.high
        )
        if outside:
            raise Problem(
                400, f"{self.name}: {value} is not within {self.low} and {self.high}",
                parameter=self.name,
            )  # fmt: skip
        return value


def of_method(
    method: Callable[..., Any], drop: Iterable[str] = ("timeout",), **defaults: Any
) -> tuple[Parameter, ...]:
    """Return the parameters of a method of AsyncIB, but for those dropped and `timeout`. One that
    takes a Contract or a ScannerSubscription stands for all of its fields (see `take`).
    """
    hints = typing.get_type_hints(method)
    left_out = {*drop, "self", "timeout"}
    found = []
    for parameter in inspect.signature(method).parameters.values():
        if parameter.name in left_out:
            continue
        default = defaults.get(parameter.name, parameter.default)
        if default is inspect.Parameter.empty:
            default = REQUIRED
        found.append(Parameter(parameter.name, hints[parameter.name], default))
    return tuple(found)


@lru_cache(maxsize=8)
def fields_of(cls: type) -> tuple[Parameter, ...]:
    """Return the parameters that stand for the fields of a data class: those of simple types."""
    from ..ib.plain import _hints

    hints = _hints(cls)
    return tuple(
        Parameter(name, hints[name], None) for name in field_names(cls) if hints[name] in _SCALARS
    )


NESTED = (Contract, ScannerSubscription)


def flat(parameters: Iterable[Parameter]) -> list[Parameter]:
    """Return parameters as the query has them: the fields of a contract in its place."""
    found: list[Parameter] = []
    for parameter in parameters:
        if parameter.type in NESTED:
            found += fields_of(parameter.type)
            if parameter.type is ScannerSubscription:
                found.append(Parameter("filters", str, (), "tag=value, repeatable", many=True))
        else:
            found.append(parameter)
    return found


def take(
    parameters: Iterable[Parameter],
    query: Mapping[str, list[str]],
    fixed: Mapping[str, Any] | None = None,
    more: Iterable[str] = (),
) -> dict[str, Any]:
    """Return the values of all parameters. `fixed` are given already (by the path), `more` are
    names that others read.

    Problem (400): a name is not known, a value is none, or one is missing.
    """
    query = {ALIASES.get(name, name): texts for name, texts in query.items()}
    wanted = {each.name: each for each in flat(parameters)}
    allowed = (*wanted, *more)
    for name in query:
        if name not in allowed:
            raise unknown_name(name, allowed)
    given = {name: wanted[name].take(texts) for name, texts in query.items() if name in wanted}
    given.update(fixed or {})
    values: dict[str, Any] = {}
    for parameter in parameters:
        if parameter.type is Contract:
            values[parameter.name] = contract_of(given)
        elif parameter.type is ScannerSubscription:
            values[parameter.name] = _from_fields(ScannerSubscription, given)
            values["filters"] = [TagValue(*each.partition("=")[::2]) for each in
                                 given.get("filters", ())]  # fmt: skip
        elif parameter.name == "symbol":
            continue  # of the path: it is a part of the contract
        elif parameter.name in given:
            values[parameter.name] = given[parameter.name]
        elif parameter.default is REQUIRED:
            raise Problem(400, f"{parameter.name}: it is missing", parameter=parameter.name)
        else:
            values[parameter.name] = parameter.default
    return values


def _from_fields(cls: type, given: Mapping[str, Any]) -> Any:
    made = cls()
    for field in fields_of(cls):
        if field.name in given:
            setattr(made, field.name, given[field.name])
    return made


def contract_of(given: Mapping[str, Any]) -> Contract:
    """Return the contract that parameters describe. Problem (400): they describe none."""
    contract: Contract = _from_fields(Contract, given)
    described = (contract.conId, contract.symbol, contract.localSymbol, contract.secId)
    if not any((*described, contract.tradingClass, contract.issuerId)):
        raise Problem(400, "symbol: it is missing; give symbol, conId or localSymbol",
                      parameter="symbol")  # fmt: skip
    complete(contract)
    return contract


def complete(contract: Contract) -> None:
    """Fill in what goes without saying: a stock, on SMART, in dollars."""
    if not contract.secType and not contract.conId:
        contract.secType = "STK"
    if not contract.exchange:
        smart = not contract.secType or contract.secType in _SMART
        contract.exchange = "SMART" if smart else _EXCHANGES.get(contract.secType, "")
    if not contract.currency and not contract.conId and not contract.localSymbol:
        contract.currency = "USD"


def contract_from_json(made: msgspec.Struct) -> Contract:
    """Return the contract of a body."""
    contract: Contract = build(made)
    complete(contract)
    return contract


CONTRACT = struct_of(Contract)

__all__ = [
    "ALIASES",
    "CONTRACT",
    "NESTED",
    "REQUIRED",
    "UNSET",
    "Parameter",
    "complete",
    "contract_from_json",
    "contract_of",
    "fields_of",
    "flat",
    "of_method",
    "take",
]
