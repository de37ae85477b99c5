"""Protocol Buffers messages as plain values, for those that have no classes of IB's interface: the
configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .classes import SCALARS, ProtoMessage, fields_of, message_class


def to_values(message: ProtoMessage) -> dict[str, Any]:
    """Return what is set in a message, by field name; inner messages are such dicts."""
    found: dict[str, Any] = {}
    for described, value in message.ListFields():
        if isinstance(value, (str, bool, int, float)):
            found[described.name] = value
        elif hasattr(value, "ListFields"):
            found[described.name] = to_values(value)
        else:
            found[described.name] = [
                to_values(each) if hasattr(each, "ListFields") else each for each in value
            ]
    return found


def to_message(name: str, values: Mapping[str, Any]) -> Any:
    """Return the message of that name with these values.

    KeyError, TypeError or ValueError is raised for a field that it does not have, or not of that
    type.
    """
    made = message_class(name)()
    for field, value in values.items():
        one = fields_of(name)[field]
        if one.type_name in SCALARS:
            if one.repeated:
                getattr(made, field).extend(value)
            else:
                setattr(made, field, value)
        elif one.repeated:
            getattr(made, field).extend(to_message(one.type_name, each) for each in value)
        else:
            getattr(made, field).CopyFrom(to_message(one.type_name, value))
    return made
