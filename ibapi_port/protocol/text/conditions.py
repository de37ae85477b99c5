"""A single order condition on the text wire, by the same declaration as within an order."""

from __future__ import annotations

from collections.abc import Iterator

from ..._conditions import OrderCondition
from ..handshake import decode_text
from ..schema.nodes import Message, Row
from ..schema.shared_fields import CONDITION
from ..schema.text_source import Reader, Writer

_SINGLE = Message("condition", 0, (), {}, (), {}, {})


def _row(condition: OrderCondition) -> Row:
    kind = condition.condType
    if kind is None or kind not in CONDITION.cases:
        raise ValueError(f"there is no condition of kind {kind!r}")
    return CONDITION.cases[kind]


def texts(condition: OrderCondition) -> list[str]:
    """Return the texts of a condition's fields, without its type.

    FieldError names what cannot be sent.
    """
    writer = Writer(_SINGLE, 0, server_side=False)
    writer.nodes(_row(condition).nodes, condition, "")
    return writer.out


def read(condition: OrderCondition, fields: Iterator[str | bytes]) -> None:
    """Fill a condition from the fields after its type, and read no more of them.

    BadFrame names what does not fit.
    """
    nodes = _row(condition).nodes
    given = [
        field if isinstance(field, str) else decode_text(field)
        for _, field in zip(nodes, fields, strict=False)
    ]
    Reader(_SINGLE, 0, ["", *given]).nodes(nodes, condition, "")
