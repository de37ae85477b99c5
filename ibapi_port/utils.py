"""Small helpers that programs import: unset values, numbers as text, reading of fields, logging."""

from __future__ import annotations

import functools
import importlib
import logging
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar

from ibapi_port._printable import PrintableLog
from ibapi_port.const import (
    DOUBLE_INFINITY,
    INFINITY_STR,
    UNSET_DECIMAL,
    UNSET_DOUBLE,
    UNSET_INTEGER,
    UNSET_LONG,
)

__all__ = [
    "DOUBLE_INFINITY",
    "INFINITY_STR",
    "SHOW_UNSET",
    "UNSET_DECIMAL",
    "UNSET_DOUBLE",
    "UNSET_INTEGER",
    "UNSET_LONG",
    "BadMessage",
    "ClientException",
    "ExerciseStaticMethods",
    "LogFunction",
    "currentTimeMillis",
    "current_fn_name",
    "decimalMaxString",
    "decode",
    "floatMaxString",
    "floatToStr",
    "getEnumTypeFromString",
    "getEnumTypeName",
    "getTimeStrFromMillis",
    "intMaxString",
    "isAsciiPrintable",
    "isPegBenchOrder",
    "isPegBestOrder",
    "isPegMidOrder",
    "isValidDecimalValue",
    "isValidFloatValue",
    "isValidIntValue",
    "isValidLongValue",
    "iswrapper",
    "listOfValues",
    "log_",
    "longMaxString",
    "longToStr",
    "printProtoSingleLine",
    "setattr_log",
]

_logger = logging.getLogger(__name__)
_logger.addFilter(PrintableLog())

_F = TypeVar("_F", bound=Callable[..., Any])
_E = TypeVar("_E", bound=Enum)

SHOW_UNSET = True  # reads better than True as an argument of decode()

# How TWS spells an unset Decimal, besides leaving the field empty: the largest int, long and
# double, and the smallest long.
_UNSET_DECIMAL_TEXTS = frozenset(
    {"", "2147483647", "9223372036854775807", "1.7976931348623157E308", "-9223372036854775808"}
)


class BadMessage(Exception):
    """A message that does not have the fields that it should have."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class ClientException(Exception):
    """A request that cannot be sent: ``code`` and ``msg`` of the error, and ``text``, what was
    wrong.
    """

    def __init__(self, code: int, msg: str, text: str) -> None:
        super().__init__(code, msg, text)
        self.code = code
        self.msg = msg
        self.text = text


# ---- unset values and numbers as text


def isValidFloatValue(val: float) -> bool:
    return val != UNSET_DOUBLE


def isValidIntValue(val: int) -> bool:
    return val != UNSET_INTEGER


def isValidLongValue(val: int) -> bool:
    return val != UNSET_LONG


def isValidDecimalValue(val: Decimal) -> bool:
    return val != UNSET_DECIMAL


def floatMaxString(val: float | None) -> str:
    """Up to eight decimals without the zeros at the end; empty for None and for an unset value."""
    if val is None or val == UNSET_DOUBLE:
        return ""
    return f"{val:.8f}".rstrip("0").rstrip(".")


def intMaxString(val: object) -> str:
    """``str(val)``, empty for an unset int."""
    return "" if val == UNSET_INTEGER else str(val)


def longMaxString(val: object) -> str:
    """``str(val)``, empty for an unset long."""
    return "" if val == UNSET_LONG else str(val)


def decimalMaxString(val: Decimal | float | str) -> str:
    """Plain digits, never an exponent; empty for an unset value."""
    # A float goes through its text: Decimal(0.1) would show the binary fraction.
    number = Decimal(str(val)) if isinstance(val, float) else Decimal(val)
    return "" if number == UNSET_DECIMAL else f"{number:f}"


def floatToStr(val: float) -> str:
    """``str(val)``, empty for an unset float (of 9.81)."""
    return "" if val == UNSET_DOUBLE else str(val)


longToStr = longMaxString  # its name in 9.81


# ---- reading and checking of fields


def isAsciiPrintable(val: str) -> bool:
    """Whether TWS takes the text: ASCII from the space on, tab, line feed and carriage return."""
    return all(" " <= c <= "~" or c in "\t\n\r" for c in val)


def decode(
    the_type: type[Any],
    fields: Iterator[bytes],
    show_unset: bool = False,
    use_unicode: bool = False,
) -> Any:
    """The next field as ``the_type``: str, int, float, bool or Decimal.

    An empty number is 0, or with ``show_unset`` the unset value of its type; an empty Decimal is
    always unset. ``use_unicode`` resolves the ``\\uXXXX`` escapes that TWS sends in some texts.
    """
    raw: Any = next(fields, _NO_FIELD)
    if raw is _NO_FIELD:
        raise BadMessage("no more fields")
    if _logger.isEnabledFor(logging.DEBUG):
        _logger.debug("decode %s %s", the_type, raw)
    if the_type is str:
        return _text(raw, use_unicode)
    text = "" if raw is None else raw if isinstance(raw, str) else raw.decode()
    if the_type is Decimal:
        return UNSET_DECIMAL if text in _UNSET_DECIMAL_TEXTS else Decimal(text)
    if the_type is float and text == INFINITY_STR:
        return DOUBLE_INFINITY
    if not text:
        number: Any = _unset(the_type) if show_unset else 0
        return the_type(number)
    return int(text) != 0 if the_type is bool else the_type(text)


_NO_FIELD = object()


def _text(raw: str | bytes, use_unicode: bool) -> str:
    if isinstance(raw, str):
        return raw
    if not isinstance(raw, bytes):
        raise TypeError(f"cannot read a {type(raw).__name__} as text")
    return raw.decode("unicode-escape" if use_unicode else "utf-8", errors="backslashreplace")


def _unset(the_type: type[Any]) -> float:
    if the_type is float:
        return UNSET_DOUBLE
    if the_type in (int, bool):
        return UNSET_INTEGER
    raise TypeError(f"{the_type} has no unset value")


# ---- kinds of orders, by Order.orderType


def isPegBenchOrder(orderType: str) -> bool:
    return orderType in {"PEGBENCH", "PEG BENCH"}


def isPegMidOrder(orderType: str) -> bool:
    return orderType in {"PEGMID", "PEG MID"}


def isPegBestOrder(orderType: str) -> bool:
    return orderType in {"PEGBEST", "PEG BEST"}


# ---- enumerations whose values are (code, label)


def listOfValues(cls: Iterable[_E]) -> list[_E]:
    """The members in the order of their definition."""
    return list(cls)


def getEnumTypeFromString(cls: Iterable[_E], stringIn: object) -> _E:
    """The member with this code; the first member, which stands for none, when there is no such
    code.
    """
    members = list(cls)
    return next((member for member in members if member.value[0] == stringIn), members[0])


def getEnumTypeName(cls: Iterable[_E], valueIn: object) -> str:
    """The label of a member; the first member's for what is not a member."""
    members = list(cls)
    label: str = next((member for member in members if member == valueIn), members[0]).value[1]
    return label


# ---- time


def currentTimeMillis() -> int:
    """Milliseconds since 1970."""
    return round(time.time() * 1000)


def getTimeStrFromMillis(time: int) -> str:
    """Local time like ``Jan 31, 2025 09:30:00.123``; empty for 0 and less."""
    if time <= 0:
        return ""
    from datetime import datetime

    moment = datetime.fromtimestamp(time / 1000)
    return f"{moment:%b %d, %Y %H:%M:%S}.{moment.microsecond // 1000:03}"


# ---- logging and debugging


def iswrapper(fn: _F) -> _F:
    """Marks a method that overrides one of EWrapper's, for the reader of a program."""
    return fn


def current_fn_name(parent_idx: int = 0) -> str:
    """The name of the function that calls this, or of its ``parent_idx``-th caller."""
    return sys._getframe(1 + parent_idx).f_code.co_name


def log_(func: str, params: dict[str, Any], action: str) -> None:
    """Log at INFO that ``func`` was called with ``params`` (its ``vars()``); ``action`` is REQUEST
    or ANSWER.
    """
    if _logger.isEnabledFor(logging.INFO):
        _logger.info(
            "%s %s %s",
            action,
            func,
            {name: value for name, value in params.items() if name != "self"},
        )


class LogFunction:
    """Decorator for methods: logs name and arguments of each call at ``logLevel``."""

    def __init__(self, text: str, logLevel: int) -> None:
        self.text = text
        self.logLevel = logLevel

    def __call__(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        import inspect

        names = list(inspect.signature(fn).parameters)[1:]

        @functools.wraps(fn)
        def logged(origSelf: Any, *args: Any, **kwargs: Any) -> Any:
            if _logger.isEnabledFor(self.logLevel):
                _logger.log(
                    self.logLevel,
                    "%s %s %s kw:%s",
                    self.text,
                    fn.__name__,
                    list(zip(names, args, strict=False)),
                    kwargs,
                )
            return fn(origSelf, *args, **kwargs)

        return logged


def setattr_log(self: object, var_name: str, var_value: object) -> None:
    """Set an attribute and log it at DEBUG: a ``__setattr__`` for a class while debugging it."""
    _logger.debug("%s %s %s=|%s|", type(self), id(self), var_name, var_value)
    object.__setattr__(self, var_name, var_value)


def ExerciseStaticMethods(klass: type) -> None:
    """Call all functions of a class without arguments and print what they return (for classes of
    samples).
    """
    import inspect

    for _, member in inspect.getmembers(klass, inspect.isfunction):
        print(f"Exercising: {member}:")
        print(member())
        print()


def printProtoSingleLine(header: str, message: Any) -> None:
    """Print a protobuf message (of the ``protobuf`` package, which only this function needs) on one
    line.
    """
    text_format = importlib.import_module("google.protobuf.text_format")
    print(header, text_format.MessageToString(message, as_one_line=True))
