"""What msgspec says of a value, in words that need no Python."""

from __future__ import annotations

import re

# what msgspec calls the types, and what people do
_TYPES = {
    "str": "a text", "int": "a whole number", "float": "a number", "decimal": "a number",
    "bool": "true or false", "object": "an object", "array": "a list", "null": "null",
}  # fmt: skip
_OF_TYPE = re.compile(r"Expected `([^`]*)`(?:, got `([^`]*)`)?(?: - at `[^`]*`)?")


def plain_words(text: str) -> str:
    """Return what msgspec says of a value of the wrong type, in words that need no Python."""

    def named(types: str) -> str:
        return " or ".join(_TYPES.get(each.strip(), each.strip()) for each in types.split("|"))

    found = _OF_TYPE.fullmatch(text)
    if found is None:
        return text
    got = f", and it is {named(found[2])}" if found[2] else ""
    return f"{named(found[1])} is expected{got}"


__all__ = ["plain_words"]
