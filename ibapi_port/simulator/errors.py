"""What goes wrong with a request or a script's command, as exceptions."""

from __future__ import annotations


class Refusal(Exception):
    """A request is answered with an error: IB's code and TWS's text."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class Invalid(Exception):
    """A request does not pass TWS's validation: error 321 with this cause."""


class BadValue(ValueError):
    """What a script asks for is wrong in one of its values."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(f"{field}: {text}")
        self.field = field
