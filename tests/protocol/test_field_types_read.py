"""What each kind of field makes of a text: TWS's forms of unset, odd numbers, escapes.

The table of the documentation's R17 row.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibapi_port.const import UNSET_DECIMAL, UNSET_DOUBLE, UNSET_INTEGER
from ibapi_port.contract import FundAssetType
from ibapi_port.contract import FundDistributionPolicyIndicator as Policy
from ibapi_port.protocol.schema import field_types
from ibapi_port.protocol.schema.field_types import (
    UNSET_DECIMAL_TEXTS,
    FieldType,
    enum_by_code,
    not_computed,
    unescape,
    write_escaped,
)
from ibapi_port.tag_value import TagValue

from .helpers import same
from .strategies import ANY_TEXT, ESCAPED_TEXT, examples

REFUSED = object()
LONG_DIGITS = "9" * 5000  # more than int() takes
LARGEST = "1.7976931348623157E308"  # how TWS writes an unset double

INT_TABLE: dict[str, Any] = {
    "0": 0,
    "-1": -1,
    "+3": 3,
    "007": 7,
    " 5 ": 5,  # as Python's int() has it, and so IB's client
    "1_000": 1000,
    "٣": 3,
    "2147483647": 2147483647,
    "-2147483648": -2147483648,
    "99999999999": 99999999999,
    "9223372036854775807": 9223372036854775807,
    **dict.fromkeys(
        (
            "abc",
            "1.0",
            "1e5",
            "0x10",
            "NaN",
            "Infinity",
            " ",
            "1 0",
            "--1",
            "é",
            "true",
            LONG_DIGITS,
            LARGEST,
        ),
        REFUSED,
    ),
}
FLOAT_TABLE: dict[str, Any] = {
    "0": 0.0,
    "-1": -1.0,
    "1.5": 1.5,
    ".5": 0.5,
    "5.": 5.0,
    "1e5": 100000.0,
    "1E-7": 1e-07,
    "-1.5E+300": -1.5e300,
    "4.9E-324": 5e-324,
    " 5 ": 5.0,
    "1_000": 1000.0,
    "2147483647": 2147483647.0,
    LARGEST: UNSET_DOUBLE,
    "-" + LARGEST: -UNSET_DOUBLE,
    "1e400": math.inf,
    LONG_DIGITS: math.inf,
    "Infinity": math.inf,
    "-Infinity": -math.inf,
    "inf": math.inf,
    "NaN": math.nan,
    "-nan": math.nan,
    **dict.fromkeys(
        ("abc", "1,5", "0x10", " ", "1 0", "é", "true", "1.5.2", "$1", "sNaN"), REFUSED
    ),
}
DECIMAL_TABLE: dict[str, Any] = {
    **dict.fromkeys(UNSET_DECIMAL_TEXTS, UNSET_DECIMAL),
    "0": Decimal(0),
    "-3.50": Decimal("-3.50"),
    "1E-8": Decimal("1E-8"),
    "1e+20": Decimal("1E+20"),
    "0.30000000000000000000000000000000000001": Decimal("0.30000000000000000000000000000000000001"),
    "2147483646": Decimal(2147483646),
    str(UNSET_DECIMAL): UNSET_DECIMAL,
    " 5 ": Decimal(5),
    LONG_DIGITS: Decimal(LONG_DIGITS),
    "Infinity": Decimal("Infinity"),
    "NaN": Decimal("NaN"),
    **dict.fromkeys(("abc", "1,5", "0x10", " ", "é", "true", "1.5.2"), REFUSED),
}
TABLES: list[tuple[FieldType, dict[str, Any]]] = [
    (field_types.INT, {**INT_TABLE, "": 0}),
    (field_types.FEW_INTS, {**INT_TABLE, "": 0}),
    (field_types.LONG, {**INT_TABLE, "": 0}),
    (field_types.INT_UNSET, {**INT_TABLE, "": UNSET_INTEGER}),
    (field_types.INT_DIGITS, {**INT_TABLE, "": UNSET_INTEGER}),
    (field_types.FLOAT, {**FLOAT_TABLE, "": 0.0}),
    (field_types.FLOAT_UNSET, {**FLOAT_TABLE, "": UNSET_DOUBLE}),
    (field_types.DECIMAL, DECIMAL_TABLE),
    (
        field_types.BOOL,
        {
            "": False,
            "0": False,
            "1": True,
            "2": True,
            "-1": True,
            "true": REFUSED,
            "1.0": REFUSED,
            LONG_DIGITS: REFUSED,
        },
    ),
    (field_types.TRISTATE, {"": None, "0": False, "1": True, "7": True, "x": REFUSED}),
    (field_types.TRUTH, {"true": True, "false": False, "": False, "1": False, "TRUE": False}),
    (field_types.CONNECTOR, {"a": True, "o": False, "": False, "A": False}),
    (field_types.STR, {text: text for text in ("", "abc", "é日🙂", "\\u00e9", " ", "\n")}),
    (field_types.BLOCK, {text: text for text in ("", "<a>\n</a>", "\\u00e9")}),
    (
        field_types.OPTIONS,
        {
            "": [],
            "a=b;": [TagValue("a", "b")],
            "a=b;c=d=e;": [TagValue("a", "b"), TagValue("c", "d=e")],
            "a=b": [TagValue("a", "b")],
            "=;": [TagValue("", "")],
            "a;;b=": [TagValue("a", ""), TagValue("b", "")],
        },
    ),
    (
        not_computed("-1", "< 0"),
        {"": 0.0, "0": 0.0, "-0.1": None, "-1": None, "0.2": 0.2, "NaN": math.nan, "x": REFUSED},
    ),
    (not_computed("-1", "== -1"), {"": 0.0, "-1": None, "-1.0": None, "-2": -2.0, "1E-1": 0.1}),
    (not_computed("-2", "== -2"), {"": 0.0, "-2": None, "-1": -1.0, "-Infinity": -math.inf}),
    (
        enum_by_code(Policy),
        {
            "N": Policy.AccumulationFund,
            "Y": Policy.IncomeFund,
            "": Policy.NoneItem,
            "y": Policy.NoneItem,
        },
    ),
    (
        enum_by_code(FundAssetType, unread="000"),
        {
            "000": FundAssetType.NoneItem,
            "001": FundAssetType.MoneyMarket,
            "None": FundAssetType.NoneItem,
            "999": FundAssetType.NoneItem,
        },
    ),
]


@pytest.mark.parametrize(
    ("field_type", "text", "value"),
    [
        pytest.param(
            field_type,
            text,
            value,
            id=f"{field_type.name}-{text[:25].encode('unicode-escape').decode()}",
        )
        for field_type, table in TABLES
        for text, value in table.items()
    ],
)
def test_reading(field_type: FieldType, text: str, value: Any) -> None:
    if value is REFUSED:
        with pytest.raises((ValueError, ArithmeticError)):
            field_type.read(text)
    else:
        assert same(field_type.read(text), value)


@given(st.text())
@examples(100)
def test_any_text_is_a_value_or_refused(text: str) -> None:
    """No other exception than those that are expected of a kind."""
    for field_type, _ in TABLES:
        try:
            field_type.read(text)
        except (ValueError, ArithmeticError):
            assert field_type not in (
                field_types.STR,
                field_types.BLOCK,
                field_types.OPTIONS,
                field_types.TRUTH,
                field_types.CONNECTOR,
                field_types.ESCAPED,
            )


# --- ints that are looked up ---


@given(st.one_of(st.text(), st.integers().map(str)))
@examples(100)
def test_an_int_that_is_looked_up_is_the_same(text: str) -> None:
    """The first time and when it is known."""
    found = []
    for read in (field_types.INT.read, field_types.FEW_INTS.read, field_types.FEW_INTS.read):
        try:
            found.append(read(text))
        except ValueError:
            found.append(REFUSED)
    assert found[0] == found[1] == found[2]


def test_ints_that_are_known_stay_few() -> None:
    """Neither many of them nor long ones cost memory; what is not known is read all the same."""
    known = field_types.KnownInts()
    for number in range(3 * field_types.KNOWN_INTS):
        assert known[str(number)] == number
        assert len(known) <= field_types.KNOWN_INTS
    before = len(known)
    assert known["0" * 4000 + "7"] == 7
    assert len(known) == before
    assert known[""] == known["0"] == 0


# --- escapes ---


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", ""),
        ("plain", "plain"),
        ("\\u00e9", "é"),
        ("\\u00E9\\u65e5", "é日"),
        ("\\U0001F642", "🙂"),
        ("\\ud83d\\ude42", "🙂"),  # UTF-16 units
        ("a\\ud83d\\ude42b\\ud83d\\ude42", "a🙂b🙂"),
        ("\\ud83d", "\ufffd"),  # half of a pair
        ("\\ude42\\ud83d", "\ufffd\ufffd"),
        ("\\x41\\101\\7", "AA\x07"),
        ("\\n\\r\\t\\a\\b\\f\\v", "\n\r\t\a\b\f\v"),
        ("\\\\ \\' \\\"", "\\ ' \""),
        ("\\\\u00e9", "\\u00e9"),
        ("\\u005cn", "\\n"),  # what was an escaped backslash begins no other escape
        ("C:\\dir", "C:\\dir"),  # no escape
        ("\\u00", "\\u00"),
        ("\\x4", "\\x4"),
        ("\\", "\\"),
        ("a\\", "a\\"),
        ("\\U00110000", "\\U00110000"),  # no such character
        ("\\N{BULLET}", "\\N{BULLET}"),
        ("é日🙂 \\u00e9", "é日🙂 é"),  # from a server that does not escape
        ("\\0", "\0"),
        ("\\377\\601", "\xff\u0181"),  # more than a byte, as Python has it
    ],
)
def test_unescaping(text: str, value: str) -> None:
    assert unescape(text) == value
    assert field_types.ESCAPED.read(text) == value


@given(ESCAPED_TEXT | st.text())
@examples(300)
def test_escaping_and_back(text: str) -> None:
    escaped = write_escaped(text)
    assert escaped.isascii()
    assert re.sub("[\t\r\n]", "", escaped).isprintable()
    assert unescape(escaped) == text


@given(ANY_TEXT | st.text("\\ux0123456789abcdefUn'\"", max_size=20))
@examples(300)
def test_unescaping_never_fails(text: str) -> None:
    value = unescape(text)
    assert isinstance(value, str)
    assert "\\" in text or value == text
    assert value.encode().decode() == value  # no half pairs left
