"""A named parameter of an algorithm, a scanner filter or another open-ended option."""

from __future__ import annotations

from ibapi_port._record import record
from ibapi_port.object_implem import Object

__all__ = ["Object", "TagValue"]


class Missing(str):
    """The text "None" of a tag or value that was not given.

    It looks as IB's client has it, and it is never sent.
    """


@record
class TagValue(Object):
    """``tag`` and ``value``, both text; other values are turned into text when the object is made.

    ``str()`` of it goes on the text wire in lists of options, so its form is part of the protocol.
    """

    _text = "{tag}={value};"

    tag: str = "None"
    value: str = "None"

    def __init__(self, tag: object = None, value: object = None) -> None:
        self.tag = _text(tag)
        self.value = _text(value)


def _text(given: object) -> str:
    if given is None:
        return Missing(given)
    return given if isinstance(given, Missing) else str(given)  # it stays what it is in a copy
