"""What each kind of field sends for a value, and what it refuses to send."""

from __future__ import annotations

import enum
import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from ibapi_port.const import UNSET_DECIMAL, UNSET_DOUBLE, UNSET_INTEGER
from ibapi_port.contract import FundAssetType, FundDistributionPolicyIndicator
from ibapi_port.protocol.schema import field_types
from ibapi_port.protocol.schema.field_types import BadSymbol, FieldType, enum_by_code, not_computed
from ibapi_port.tag_value import TagValue

POLICY, ASSETS = (
    enum_by_code(FundDistributionPolicyIndicator),
    enum_by_code(FundAssetType, unread="000"),
)


class Index:
    """An int of another library, as numpy's are."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value


class Real:
    """A float of another library."""

    def __float__(self) -> float:
        return 0.25


class bool_:  # by this name numpy's bool is known
    def __init__(self, value: bool) -> None:
        self.value = value

    def __int__(self) -> int:
        return int(self.value)


class Text(str):
    def __str__(self) -> str:
        return "something else"


class Side(enum.IntEnum):
    BUY = 1


SAME_INTS = [(0, "0"), (-5, "-5"), (2**31 - 1, "2147483647"), (-(2**31), "-2147483648")]
WHOLE_NUMBERS = [
    (True, "1"),
    (Index(7), "7"),
    (5.0, "5"),
    (Decimal("5.0"), "5"),
    (Fraction(4, 2), "2"),
    (Side.BUY, "1"),
]
INTS: list[tuple[Any, str]] = [*SAME_INTS, *WHOLE_NUMBERS, ("8", "8"), (" 9 ", "9")]
FLOATS: list[tuple[Any, str]] = [
    (1.5, "1.5"),
    (5.0, "5.0"),
    (-0.0, "-0.0"),
    (1e-7, "1e-07"),
    (1e16, "1e+16"),
    (0.1 + 0.2, "0.30000000000000004"),
    (5, "5"),
    (10**20, "100000000000000000000"),
    (True, "1"),
    (Index(7), "7"),
    (Real(), "0.25"),
    (Fraction(1, 2), "0.5"),
    (Decimal("1.50"), "1.50"),
    ("1.50", "1.50"),
    (" 1e5 ", "1E+5"),
]
WRITTEN: list[tuple[FieldType, list[tuple[Any, str]]]] = [
    (field_types.INT, INTS),
    (
        field_types.LONG,
        [
            *INTS,
            (2**31, "2147483648"),
            (2**63 - 1, "9223372036854775807"),
            (-(2**63), "-9223372036854775808"),
        ],
    ),
    (
        field_types.INT_UNSET,
        [*((v, t) for v, t in INTS if v != UNSET_INTEGER), (UNSET_INTEGER, ""), (UNSET_DOUBLE, "")],
    ),
    (field_types.INT_DIGITS, INTS),
    (field_types.WHOLE, INTS),
    (
        field_types.FLOAT,
        [*FLOATS, (UNSET_DOUBLE, "1.7976931348623157e+308"), (UNSET_INTEGER, "2147483647")],
    ),
    (field_types.FLOAT_UNSET, [*FLOATS, (UNSET_DOUBLE, ""), (UNSET_INTEGER, "")]),
    (field_types.INFINITE, [*FLOATS, (math.inf, "inf")]),
    (
        field_types.INFINITE_UNSET,
        [*FLOATS, (math.inf, "Infinity"), ("Infinity", "Infinity"), (UNSET_DOUBLE, "")],
    ),
    (
        field_types.DECIMAL,
        [
            *FLOATS,
            (UNSET_DECIMAL, "170141183460469231731687303715884105727"),
            (Decimal("1E-8"), "1E-8"),
            (Decimal("1E+2"), "1E+2"),
        ],
    ),
    (
        field_types.BOOL,
        [(True, "1"), (False, "0"), (bool_(True), "1"), (bool_(False), "0"), (1, "1"), (0, "0")],
    ),
    (field_types.TRISTATE, [(None, ""), (True, "1"), (False, "0"), (1, "1"), (0, "0")]),
    (field_types.TRUTH, [(True, "true"), (False, "false")]),
    (field_types.CONNECTOR, [(True, "a"), (False, "o")]),
    (
        field_types.STR,
        [
            ("", ""),
            ("a b~", "a b~"),
            (Text("own"), "own"),
            (100, "100"),
            (1.5, "1.5"),
            (True, "1"),
            (Decimal("1.50"), "1.50"),
        ],
    ),
    (field_types.BLOCK, [("<a>\r\n\t</a>", "<a>\r\n\t</a>"), ("", ""), (5, "5")]),
    (
        field_types.ESCAPED,
        [
            ("é", "\\u00e9"),
            ("🙂", "\\ud83d\\ude42"),
            ("a\\b", "a\\u005cb"),
            ("\n\t\0\x7f", "\n\t\\u0000\\u007f"),
            (5, "5"),
        ],
    ),
    (
        field_types.OPTIONS,
        [
            (None, ""),
            ([], ""),
            ((), ""),
            ([TagValue("a", "b"), TagValue("c", "")], "a=b;c=;"),
            ((TagValue("x", 1),), "x=1;"),
        ],
    ),
    (not_computed("-2", "== -2"), [(None, "-2"), (0.5, "0.5"), (-1.0, "-1.0"), (3, "3")]),
    (
        POLICY,
        [
            (FundDistributionPolicyIndicator.NoneItem, ""),
            (FundDistributionPolicyIndicator.IncomeFund, "Y"),
        ],
    ),
    (
        ASSETS,
        [
            (FundAssetType.NoneItem, ""),
            (FundAssetType.Others, "000"),
            (FundAssetType.Equity, "004"),
        ],
    ),
]

NOT_NUMBERS = [math.nan, Decimal("NaN"), Decimal("sNaN"), "NaN"]
NO_NUMBERS: list[Any] = [
    *NOT_NUMBERS,
    None,
    "",
    " ",
    "abc",
    [],
    [1],
    {},
    object(),
    b"1",
    bytearray(b"1"),
    int,
]
NO_INTS = [
    *NO_NUMBERS,
    "1.0",
    1.5,
    math.inf,
    Decimal("0.5"),
    Decimal("Infinity"),
    Fraction(1, 3),
    1e300,
    "9" * 5000,
    Real(),
]
NO_FLOATS = [
    *NO_NUMBERS,
    "1_000",
    "١",
    "１",
    "1,5",
    math.inf,
    -math.inf,
    "1e999",
    10**400,
    Decimal("Infinity"),
    Decimal("1E+1000000"),
]
NO_FLAGS: list[Any] = [2, -1, "True", "False", "true", 0.5]
TOO_LARGE = [2**31, -(2**31) - 1, 2**63, Index(2**31), float(2**31), str(2**31)]
NOT_IN_A_TEXT = [
    "é",
    "日",
    "🙂",
    "\0",
    "a\0b",
    "\x01",
    "\x1b[1m",
    "\x7f",
    "\ud800",
    "\u2028",
    "\xa0",
]
NO_TEXTS: list[Any] = [None, b"abc", [], ["a"], ("a",), {}, object(), str]
NO_OPTIONS: list[Any] = [[TagValue("a", "1;b=2")], [TagValue("a", None)], [("a", "1")]]
REFUSED: list[tuple[FieldType, list[Any]]] = [
    *(
        (field_type, [*NO_INTS, *TOO_LARGE])
        for field_type in (
            field_types.INT,
            field_types.INT_UNSET,
            field_types.INT_DIGITS,
            field_types.BOOL,
            field_types.WHOLE,
        )
    ),
    (field_types.BOOL, NO_FLAGS),
    (field_types.TRISTATE, [*NO_FLAGS, "", []]),
    (field_types.CONNECTOR, [*NO_FLAGS, None, ""]),
    (field_types.LONG, [*NO_INTS, "7_0", "\u0667", 2**63, -(2**63) - 1, Index(2**64), 1e19]),
    *(
        (field_type, NO_FLOATS)
        for field_type in (field_types.FLOAT, field_types.FLOAT_UNSET, field_types.DECIMAL)
    ),
    (not_computed("-1", "< 0"), [v for v in NO_NUMBERS if v is not None]),
    (field_types.STR, [*NO_TEXTS, *NOT_IN_A_TEXT, "\n", "\t", "\r", Text("\n")]),
    (field_types.BLOCK, [*NO_TEXTS, *NOT_IN_A_TEXT]),
    (field_types.ESCAPED, NO_TEXTS),
    (
        field_types.OPTIONS,
        ["a=b;", b"a", 5, [TagValue("é", "")], [TagValue("a", "\n")], *NO_OPTIONS],
    ),
    (POLICY, [None, "Y", 0, FundAssetType.Equity, object()]),
]


@pytest.mark.parametrize(
    ("field_type", "table"), WRITTEN, ids=[field_type.name for field_type, _ in WRITTEN]
)
def test_what_is_sent(field_type: FieldType, table: list[tuple[Any, str]]) -> None:
    assert [field_type.write(value) for value, _ in table] == [text for _, text in table]


@pytest.mark.parametrize(
    ("field_type", "values"), REFUSED, ids=[field_type.name for field_type, _ in REFUSED]
)
def test_what_is_refused(field_type: FieldType, values: list[Any]) -> None:
    for value in values:
        with pytest.raises((ValueError, TypeError, ArithmeticError)) as refused:
            field_type.write(value)
        assert "\n" not in str(refused.value)
        assert len(str(refused.value)) < 150


@pytest.mark.parametrize("value", NOT_IN_A_TEXT)
def test_characters_that_cannot_be_sent_are_bad_symbols(value: str) -> None:
    for field_type in (field_types.STR, field_types.BLOCK):
        with pytest.raises(BadSymbol):
            field_type.write(value)
    with pytest.raises(BadSymbol):
        field_types.OPTIONS.write([TagValue("a", value)])


# --- what only TWS sends ---


def test_tws_sends_any_text_but_nul_and_half_pairs() -> None:
    for field_type in (field_types.STR, field_types.BLOCK):
        assert field_type.tws_write is not None
        assert [field_type.tws_write(text) for text in ("é日🙂", "\n\x1b", 5)] == [
            "é日🙂",
            "\n\x1b",
            "5",
        ]
        for bad in ("\0", "a\0b", "\ud800", "\udfffx"):
            with pytest.raises(BadSymbol):
                field_type.tws_write(bad)


def test_tws_sends_an_unset_size_as_nothing() -> None:
    assert field_types.DECIMAL.tws_write is not None
    assert [field_types.DECIMAL.tws_write(value) for value in (UNSET_DECIMAL, Decimal(5), 0)] == [
        "",
        "5",
        "0",
    ]


# --- set or not ---


@pytest.mark.parametrize(
    ("field_type", "unset", "given"),
    [
        (field_types.INT, [0], [1, -1]),
        (field_types.INT_UNSET, [UNSET_INTEGER], [0, 1]),
        (field_types.INT_DIGITS, [UNSET_INTEGER], [0]),
        (
            field_types.FLOAT,
            [0, 0.0],
            [UNSET_DOUBLE, 1.0],
        ),  # IB's client takes an unset cashQty for a set one
        (field_types.FLOAT_UNSET, [UNSET_DOUBLE], [0.0, math.inf]),
        (field_types.DECIMAL, [UNSET_DECIMAL], [Decimal(0)]),
        (field_types.BOOL, [False], [True]),
        (field_types.TRISTATE, [None, False], [True]),
        (field_types.STR, ["", None], ["x"]),
    ],
    ids=lambda value: value.name if isinstance(value, FieldType) else "",
)
def test_what_counts_as_set(field_type: FieldType, unset: list[Any], given: list[Any]) -> None:
    assert [bool(field_type.given(value)) for value in (*unset, *given)] == [False] * len(unset) + [
        True
    ] * len(given)


class Loud(str):
    """A text of a subclass."""


USUAL_AND_NOT: tuple[object, ...] = (
    *("", "AAPL", "a\\b", "caf\u00e9", "two\nlines", "\ud800", "nul\0", Loud(""), Loud("text")),
    *(0, 1, -1, UNSET_INTEGER, 2**40, True, False, None),
    *(0.0, -0.0, 1.5, UNSET_DOUBLE, math.inf, -math.inf, math.nan, Real()),
    *(Decimal(0), Decimal("1.50"), UNSET_DECIMAL, Index(7), Fraction(1, 4), [], object),
)


@pytest.mark.parametrize(
    "field_type",
    [each for each in vars(field_types).values() if isinstance(each, FieldType)],
    ids=lambda each: each.name,
)
def test_what_is_written_without_a_call_is_what_the_call_gives(field_type: FieldType) -> None:
    names: dict[str, object] = {**field_types.CONSTANTS}

    def named(stem: str, value: object) -> str:
        names[stem] = value
        return stem

    source = field_type.tws_source("x", named)
    write = field_type.tws_write or field_type.write

    def outcome(value: object, function: Any) -> object:
        try:
            return function(value)
        except Exception as e:
            return type(e)

    for value in USUAL_AND_NOT:
        inline = outcome(value, lambda x: eval(source, {**names, "x": x}))
        assert inline == outcome(value, write), (field_type.name, value)
