"""Values for hypothesis, made from the declarations themselves: whatever a message may carry at a
server version.

Left out is only what the wire cannot tell apart; each such spot is marked LOSSY, and has a test of
its own in test_lossy.
"""

from __future__ import annotations

import ast
import math
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st

from ibapi_port.const import UNSET_DECIMAL, UNSET_DOUBLE, UNSET_INTEGER
from ibapi_port.contract import FundAssetType, FundDistributionPolicyIndicator
from ibapi_port.protocol.schema import field_types
from ibapi_port.protocol.schema.field_types import FieldType
from ibapi_port.protocol.schema.nodes import (
    Delimited,
    Field,
    Flags,
    Incoming,
    Message,
    Node,
    Present,
    Repeated,
    Row,
    Variant,
    When,
    roots,
    walk,
)
from ibapi_port.protocol.schema.text_source import (
    NEWEST_MESSAGE_VERSION,
    evaluate,
    message_version_holds,
    put,
)
from ibapi_port.tag_value import TagValue

from .helpers import SOAK


def examples(number: int) -> settings:
    """As many examples, the same ones every time; in the long form many more, and a failing one is
    made small (which takes minutes).
    """
    phases = [Phase.generate, Phase.shrink] if SOAK else [Phase.generate]
    return settings(
        derandomize=not SOAK,
        max_examples=number * 20 if SOAK else number,
        phases=phases,
        deadline=None,
        database=None,
    )


# --- one value of each kind ---

INTS = st.sampled_from([0, 1, -1, 7, 2**31 - 1, -(2**31)]) | st.integers(-(2**31), 2**31 - 1)
LONGS = st.sampled_from([0, -1, 2**31, 2**63 - 1, -(2**63)]) | st.integers(-(2**63), 2**63 - 1)
FLOATS = st.sampled_from(
    [
        0.0,
        -1.0,
        -2.0,
        0.1,
        1e-7,
        5e-324,
        1.5e300,
        -2.5e-10,
        123456789.125,
        UNSET_DOUBLE,
        -UNSET_DOUBLE,
        float("inf"),
        float("-inf"),
    ]
) | st.floats(
    allow_nan=False
)  # NaN cannot be sent; that it can be read is test_any_texts_are_read_alike's
FINITE = FLOATS.filter(math.isfinite)  # what a program may send
# LOSSY: a float of 2147483647 counts as unset where "unset" is an empty field
FLOATS_UNSET = FLOATS.filter(lambda x: x != UNSET_INTEGER)
# LOSSY: some digits are read as unset (kinds.UNSET_DECIMAL_TEXTS)
DECIMALS = st.sampled_from(
    [
        UNSET_DECIMAL,
        *map(
            Decimal,
            (
                "0",
                "-0",
                "100",
                "-3.50",
                "1E-8",
                "0E-10",
                "1E+20",
                "12345678901234567890.123456789",
                "Infinity",
            ),
        ),
    ]
) | st.builds(
    lambda digits, exponent: Decimal(f"{digits}E{exponent}"),
    st.integers(-(10**20), 10**20),
    st.integers(-30, 30),
).filter(lambda x: str(x) not in field_types.UNSET_DECIMAL_TEXTS)
SIZES = DECIMALS.filter(lambda x: x.is_finite())
ASCII = st.sampled_from(
    ["", "A", "USD", "a=b;c", "it's 100 %", '"', "\\", "\\n", "-1", "~" * 300]
) | st.text(string.ascii_letters + string.digits + string.punctuation + " ", max_size=8)
BLOCKS = ASCII | st.sampled_from(['<?xml version="1.0"?>\n<a>\r\n\t<b/>\n</a>', "\t", "\n"])
ANY_TEXT = (
    ASCII
    | st.sampled_from(
        [
            "é",
            "日本",
            "🙂",
            "naïve \\u00e9 \\x41 \\101",
            "line\nline\r\n\ttab",
            "\x7f\x1b",
            "\u2028\ufeff",
            "\U0010ffff",
        ]
    )
    | st.text("aé日🙂\\\"'nux01\n\t\x1f\x7f\xff\ud7ff\ue000\uffff\U00010000", max_size=8)
)
# a NUL ends a field, but an escaped one does not
ESCAPED_TEXT = ANY_TEXT | st.sampled_from(["\0", "a\0b\\0"])
# LOSSY: in a list of options, ";" ends a value and "=" a tag
TAGS = st.text("abcXYZ019 -_.'\\", max_size=5)
OPTION_LISTS = st.lists(st.builds(TagValue, TAGS, TAGS | st.sampled_from(["=", "a=b"])), max_size=3)

CLIENT: dict[FieldType, st.SearchStrategy[Any]] = {
    field_types.INT: INTS,
    field_types.LONG: LONGS,
    field_types.INT_UNSET: INTS,
    field_types.INT_DIGITS: INTS,
    field_types.FLOAT: FINITE,
    field_types.FLOAT_UNSET: FINITE.filter(lambda x: x != UNSET_INTEGER),
    field_types.DECIMAL: SIZES,
    field_types.WHOLE: INTS.map(Decimal).filter(lambda x: x != UNSET_INTEGER),
    field_types.BOOL: st.booleans(),
    field_types.TRISTATE: st.sampled_from([None, False, True]),
    field_types.TRUTH: st.booleans(),
    field_types.CONNECTOR: st.booleans(),
    field_types.STR: ASCII,
    field_types.BLOCK: BLOCKS,
    field_types.OPTIONS: OPTION_LISTS,
}
TWS = {

    **CLIENT,
    field_types.FLOAT: FLOATS,
    field_types.FLOAT_UNSET: FLOATS_UNSET,
    field_types.DECIMAL: DECIMALS,
    field_types.STR: ANY_TEXT, field_types.BLOCK: ANY_TEXT, field_types.ESCAPED: ESCAPED_TEXT,
}  # fmt: skip
# LOSSY: FundAssetType "000" (Others) is read as none, as IB's client does
ENUMS = {
    "fundDistributionPolicyIndicator": st.sampled_from(FundDistributionPolicyIndicator),
    "fundAssetType": st.sampled_from(
        [member for member in FundAssetType if member is not FundAssetType.Others]
    ),
}
# LOSSY: the numbers by which TWS says "not computed" are read as None
NOT_COMPUTED: dict[str, Callable[[float], bool]] = {
    "< 0": lambda x: x < 0,
    "== -1": lambda x: x == -1,
    "== -2": lambda x: x == -2,
}
COUNTS = st.sampled_from([0, 1, 2, 3])
WORDS = st.text("0123456789:ABCé/", min_size=1, max_size=8)


@cache
def of_type(kind: FieldType, path: str, server_side: bool) -> st.SearchStrategy[Any]:
    """Values that a field can carry."""
    found = (TWS if server_side else CLIENT).get(kind)
    if found is not None:
        return found
    if kind.name == "code":
        return ENUMS[path.rpartition(".")[2]]
    (is_mark,) = (test for mark, test in NOT_COMPUTED.items() if f"{mark} else" in kind.source)
    return st.none() | FLOATS.filter(lambda x: not is_mark(x))


# --- the values that conditions ask for ---


def asked_for(condition: str, constants: Mapping[str, Any]) -> dict[str, list[Any]]:
    """`order.orderType in ('PEG MID', 'PEGMID')` -> {"order.orderType": ["PEG MID", "PEGMID"]}; a
    bare name asks for nothing.
    """
    found: dict[str, list[Any]] = {}
    for node in ast.walk(ast.parse(condition, mode="eval")):
        if isinstance(node, ast.Compare):
            value = evaluate(ast.unparse(node.comparators[0]), {}, constants)
            found.setdefault(ast.unparse(node.left), []).extend(
                value if isinstance(value, (tuple, dict)) else [value]
            )
    return found


@cache
def specials(message: Message) -> dict[str, st.SearchStrategy[Any]]:
    """For the paths that conditions of a message look at, the values that they look for."""
    found: dict[str, list[Any]] = {}
    conditions = [node.condition for node in walk(message.nodes) if isinstance(node, When)]
    conditions += (
        [call.when for call in message.calls if call.when] if isinstance(message, Incoming) else []
    )
    for condition in conditions:
        for path, values in asked_for(condition, message.constants).items():
            found.setdefault(path, []).extend(values)
    return {path: st.sampled_from(list(dict.fromkeys(values))) for path, values in found.items()}


# --- a whole message ---


@cache
def split_paths(message: Message) -> frozenset[str]:
    """What is filled by a part of a text."""
    return frozenset(
        path for node in walk(message.nodes) if isinstance(node, Delimited) for path in node.parts
    )


@dataclass
class Maker:
    """Fills what is on the wire at a server version and own version of the message; all else stays
    as a reader leaves it.
    """

    draw: Any
    message: Message
    version: int
    message_version: int
    server_side: bool

    def values(self) -> dict[str, Any]:
        values: dict[str, Any] = dict.fromkeys(
            (*roots(self.message.nodes), *self.message.arguments)
        )
        values.update(self.message.defaults)
        values.update({name: cls() for name, cls in self.message.classes.items() if name in values})
        self.nodes(self.message.nodes, values)
        return {name: values[name] for name in self.message.arguments}

    def nodes(self, nodes: Sequence[Node], target: Any) -> None:
        for node in nodes:
            if node.at(self.version) and message_version_holds(
                node.message_version, self.message_version
            ):
                self.node(node, target)

    def node(self, node: Node, target: Any) -> None:
        if isinstance(node, Field):
            value = self.scalar(node)
            for path in filter(None, (node.path, node.also)):
                put(target, path, value)
        elif isinstance(node, When):
            if evaluate(node.condition, target, self.message.constants):
                self.nodes(node.nodes, target)
        elif isinstance(node, Present):
            if self.draw(st.booleans()):
                put(target, node.path, self.object(node.cls, node.nodes))
        elif isinstance(node, Repeated):
            self.repeated(node, target)
        elif isinstance(node, Flags):
            bits = {
                attribute: self.draw(st.booleans())
                for attribute, _, since in node.bits
                if self.version >= since
            }
            put(target, node.path, node.cls(**bits))
        elif isinstance(node, Delimited):
            # LOSSY: parts without blanks or hyphens, and none after an empty one
            for path in node.parts[: self.draw(st.integers(0, len(node.parts)))]:
                put(target, path, self.draw(WORDS))

    def scalar(self, node: Field) -> Any:
        strategy = (
            WORDS
            if node.path in split_paths(self.message)
            else of_type(node.field_type, node.path, self.server_side)
        )
        special = specials(self.message).get(node.path)
        if special is None:
            return self.draw(strategy)
        value = self.draw(special | strategy)
        return (
            float(value)
            if type(value) is int
            and node.field_type in (field_types.FLOAT, field_types.FLOAT_UNSET)
            else value
        )

    def object(self, cls: type, nodes: Sequence[Node]) -> Any:
        new = cls()
        self.nodes(nodes, new)
        return new

    def repeated(self, node: Repeated, target: Any) -> None:
        rows = [self.row(node.row) for _ in range(self.draw(COUNTS))]
        if rows or "." not in node.path:  # LOSSY: no rows leave an attribute at its default
            put(target, node.path, node.container(rows))

    def row(self, row: Row | Variant) -> Any:
        if isinstance(row, Variant):
            row = row.cases[self.draw(st.sampled_from(list(row.cases)))]
        if row.cls is not None:
            return self.object(row.cls, row.nodes)
        (only,) = row.nodes
        assert isinstance(only, Field)
        return self.scalar(only)


@st.composite
def values_of(
    draw: Any, message: Message, version: int, message_version: int | None = None
) -> dict[str, Any]:
    """The arguments of a message's callback or of a request; `message_version`: the message's own
    version that the server has.
    """
    return Maker(
        draw,
        message,
        version,
        NEWEST_MESSAGE_VERSION if message_version is None else message_version,
        server_side=isinstance(message, Incoming),
    ).values()
