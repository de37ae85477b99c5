"""What a program's value means for a field: a plain int, float, Decimal, bool or str, or ValueError
with the reason.

Both encodings, text and Protocol Buffers, take values through these functions, so that they take
and refuse the same ones. Members of enums that are texts or numbers, other subclasses of `str`,
`int` and `float`, and the scalars of numpy and its like mean what they hold.
"""

from __future__ import annotations

import math
import operator
import re
import struct
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, cast

from ...const import NO_VALID_ID, UNSET_DECIMAL, UNSET_DOUBLE, UNSET_INTEGER
from ...tag_value import Missing, TagValue
from ..exceptions import quote

INT_RANGE = 2**31
LONG_RANGE = 2**63
LONGEST_NUMBER = 400  # characters of a number given as text; a float has some 330 at most
# characters of a price that goes as it is; a longer one is rounded to the float that it means
LONGEST_EXACT = 60
SIZE_DIGITS = 60  # before and after the point; the unset size has 39
_PLAIN = frozenset({str, int, float, bool, Decimal})
_WHOLE = r"[+-]?[0-9]{1,30}"
_SHORT_FLOATS = {
    "float32": "f",
    "float16": "e",
}  # by the end of the name of a dtype: format of `struct`


class BadSymbol(ValueError):
    """Text with a character that TWS does not take (IB's error 579)."""


# --- one value as Python's own ---


def to_builtin(value: object) -> Any:
    """Return the value as a plain str, int, float, bool or Decimal.

    ValueError: it is none of these.
    """
    if type(value) in _PLAIN:
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int.__index__(value)
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, Decimal):
        return Decimal(value)
    if isinstance(value, Enum):
        raise ValueError(f"{quote(value)} is neither text nor a number; give its value")
    if isinstance(value, (bytes, bytearray, memoryview)) or getattr(value, "ndim", None):
        raise ValueError(f"{quote(value)} is neither text nor a number")
    return _foreign(value)


# Any: whatever can be turned into a number, by whatever method it has for that
def _foreign(value: Any) -> Any:
    """Return the number that an object of another library holds, such as numpy's."""
    try:
        if type(value).__name__ in ("bool_", "bool"):
            return int(value) != 0
        if hasattr(value, "__index__"):
            try:
                return int(operator.index(value))
            except TypeError:  # an array of numpy has it for whole numbers alone
                pass
        return _nearest(value, float(value))
    except (TypeError, ValueError, ArithmeticError, AttributeError) as e:
        raise ValueError(f"{quote(value)} is neither text nor a number") from e


def _nearest(value: object, number: float) -> Any:
    """Return the decimal number that a float of fewer bits shows.

    The float32 1.1 is 1.1, and not 1.100000023841858.
    """
    if not math.isfinite(number):
        return number
    text = str(value).strip()
    try:
        shown = Decimal(text) if text.isascii() and "_" not in text else None
    except InvalidOperation:
        shown = None
    if shown is not None and shown.is_finite() and math.isclose(float(shown), number, rel_tol=0.01):
        return shown
    kind = str(getattr(value, "dtype", ""))
    form = next((form for name, form in _SHORT_FLOATS.items() if kind.endswith(name)), "d")
    if form == "d" and type(value).__module__ == "numpy":
        raise TypeError  # a span of time, for one
    return next(
        (
            short
            for digits in range(1, 17)
            if _same(form, short := float(f"{number:.{digits}g}"), number)
        ),
        number,
    )


def _same(form: str, short: float, number: float) -> bool:
    try:
        return struct.pack(form, short) == struct.pack(form, number)
    except OverflowError:
        return False


def is_empty(value: object) -> bool:
    """Return whether a value is empty text: in place of a number of an object it says that nothing
    is set.
    """
    return isinstance(value, str) and not value


# --- numbers ---


def whole(value: object, limit: int, what: str) -> int:
    """Return a whole number from -limit to limit - 1. ValueError: the value is none."""
    number = value if type(value) is int else _whole(value)
    if not -limit <= number < limit:
        raise ValueError(f"{quote(value)} is out of range for {what}")
    return number


def _whole(value: object) -> int:
    try:
        held = to_builtin(value)
        if isinstance(held, int):
            return int(held)
        if isinstance(held, str):
            if re.fullmatch(_WHOLE, held.strip()):
                return int(held)
        elif (
            math.isfinite(held)
            and (isinstance(held, float) or held.adjusted() < 30)
            and held == int(held)
        ):
            return int(held)
    except (ValueError, ArithmeticError):
        pass
    raise ValueError(f"{quote(value)} is not a whole number")


def int_32(value: object) -> int:
    return whole(value, INT_RANGE, "a 32-bit int")


def int_64(value: object) -> int:
    return whole(value, LONG_RANGE, "a 64-bit long")


def int_unset(value: object) -> int:
    """Return an int as int_32 does. The float that says "not set" says so here too."""
    return UNSET_INTEGER if isinstance(value, float) and value == UNSET_DOUBLE else int_32(value)


def number(value: object) -> int | float | Decimal:
    """Return any number but NaN, infinite ones too."""
    held = value
    if type(held) is not float:
        try:
            held = to_builtin(value)
            if isinstance(held, str):
                held = _from_text(held.strip())
        except (ValueError, ArithmeticError) as e:
            raise ValueError(f"{quote(value)} is not a number") from e
    if isinstance(held, bool):
        return int(held)
    if held.is_nan() if isinstance(held, Decimal) else held != held:
        raise ValueError("NaN cannot be sent")
    return _as_float(value, held)


def _from_text(text: str) -> Decimal:
    if len(text) > LONGEST_NUMBER or not text.isascii() or "_" in text:
        raise ValueError
    return Decimal(text)


def _as_float(value: object, held: int | float | Decimal) -> int | float | Decimal:
    """Return a number that has a float of its own: neither too large for one nor too small."""
    try:
        as_float = float(held)
    except OverflowError as e:
        raise ValueError(f"{quote(value)} is too large") from e
    if isinstance(held, Decimal) and (held.is_infinite() or len(str(held)) > LONGEST_EXACT):
        held = as_float
    if math.isinf(as_float) and not (isinstance(held, float) and _says_infinity(value)):
        raise ValueError(f"{quote(value)} is too large")
    if as_float == 0 and held != 0:
        raise ValueError(f"{quote(value)} is too small")
    return as_float if isinstance(held, int) and len(str(held)) > LONGEST_EXACT else held


def _says_infinity(value: object) -> bool:
    """Return whether a value is infinity itself, and not just a number too large."""
    return not isinstance(value, str) or "inf" in value.lower()


def real(value: object) -> int | float | Decimal:
    """Return a finite number."""
    if type(value) is float and value - value == 0:
        return float(value)
    held = number(value)
    if isinstance(held, float) and math.isinf(held):
        raise ValueError(f"{quote(value)} is not finite")
    return held


def real_unset(value: object) -> int | float | Decimal:
    """Return a number as `real` does. The int that says "not set" says so here too."""
    return _or_unset(real(value))


def real_or_infinite(value: object) -> int | float | Decimal:
    """Return a finite number or infinity, where IB has it."""
    held = number(value)
    if held == -math.inf:
        raise ValueError(f"{quote(value)} is not finite")
    return held


def infinite_unset(value: object) -> int | float | Decimal:
    """Return a number as `real_or_infinite` does, or the unset value."""
    return _or_unset(real_or_infinite(value))


def _or_unset(held: int | float | Decimal) -> int | float | Decimal:
    return UNSET_DOUBLE if held == UNSET_INTEGER or float(held) == UNSET_DOUBLE else held


def size(value: object) -> int | float | Decimal:
    """Return a size: a number whose digits can be written out."""
    held = value if type(value) is Decimal and value.is_finite() else real(value)
    exact = Decimal(repr(held)) if isinstance(held, float) else Decimal(held)
    if exact == UNSET_DECIMAL or float(exact) == UNSET_DOUBLE:
        return UNSET_DECIMAL
    places = exact.as_tuple().exponent
    if exact.adjusted() >= SIZE_DIGITS or not isinstance(places, int) or places < -SIZE_DIGITS:
        raise ValueError(f"{quote(value)} is out of range for a size")
    return held


def flag(value: object) -> bool:
    """Return a bool: True, False, 0 and 1, also as text or as numpy has them.

    No other text is a flag, and nothing "true enough".
    """
    if value is True or value is False:
        return bool(value)
    try:
        held = _whole(value)
    except ValueError as e:
        raise ValueError(f"{quote(value)} is not a whole number, nor True or False") from e
    if held not in (0, 1):
        raise ValueError(f"{quote(value)} is neither True nor False")
    return held == 1


def tristate(value: object) -> bool | None:
    """Return a flag, or None for one that is not set."""
    return None if value is None else flag(value)


def request_id_of(value: object) -> int:
    """Return the id that an error about a request carries: the request's own if it is a whole
    number, else -1.
    """
    try:
        return _whole(value)
    except Exception:  # whatever an object of the program's raises: it is no id
        return NO_VALID_ID


# --- texts ---


def text(value: object) -> str:
    """Return text; a number is written out, as IB's clients do (`multiplier=100`)."""
    if type(value) is str:
        return value
    try:
        held = to_builtin(value)
    except ValueError as e:
        raise ValueError(f"{quote(value)} is not text") from e
    if isinstance(held, str):
        return held
    if isinstance(held, bool):
        return str(int(held))
    held = number(held)
    if held == UNSET_DECIMAL or float(held) == UNSET_DOUBLE:
        return ""
    if isinstance(held, float):
        if math.isinf(held):
            raise ValueError(f"{quote(value)} is not text")
        return repr(held)
    return str(size(held)) if isinstance(held, int) else f"{size(held):f}"


def printable(value: object) -> str:
    """Return text in any script, without control characters but tabs and line ends.

    BadSymbol: it has some.
    """
    held = text(value)
    if held.isprintable() or not re.search(_UNSENDABLE, held):
        return held
    raise BadSymbol(f"{quote(held)} has a character that cannot be sent")


# compiled when first used, which in most programs is never
_UNSENDABLE = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]"


# --- lists of tags with their values ---


def items(value: object, what: str) -> list[Any]:
    """Return the items of a list; what is empty or False has none. ValueError: it is no list."""
    if type(value) is list:
        return value
    if value is None or (isinstance(value, (str, int, list, tuple)) and not value):
        return []
    if isinstance(value, (str, bytes, bytearray, Mapping, set, frozenset)):
        raise ValueError(f"{quote(value)} is not a list{what}")
    try:
        return list(cast(Iterable[Any], value))
    except TypeError as e:
        raise ValueError(f"{quote(value)} is not a list{what}") from e


def part(value: object) -> str:
    """Return a tag or a value of a TagValue, which must be there."""
    if value is None or isinstance(value, Missing):
        raise ValueError("None is not text: a tag and its value must be given")
    return printable(value)


def options(value: object) -> list[TagValue]:
    """Return a list of TagValue whose tags and values may stand in one text."""
    return [_option(item, value) for item in items(value, " of TagValue")]


def _option(item: object, value: object) -> TagValue:
    if not hasattr(item, "tag") or not hasattr(item, "value"):
        raise ValueError(f"{quote(value)} is not a list of TagValue")
    tag = part(item.tag)
    text_of = part(item.value)
    if ";" in tag or ";" in text_of:
        raise ValueError(f"{quote(f'{tag}={text_of}')} has a semicolon, which ends an option")
    return (
        item
        if item.tag is tag and item.value is text_of and type(item) is TagValue
        else TagValue(tag, text_of)
    )
