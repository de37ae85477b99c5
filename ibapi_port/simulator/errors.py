"""What goes wrong with a request or a script's command, as exceptions."""

from __future__ import annotations


class Refusal(Exception):
    """The answer to a request is an error: IB's code and TWS's text."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class Invalid(Exception):
    """A request does not pass TWS's validation: the answer is error 321 with this cause."""


class BadValue(ValueError):
    """A script's command has a wrong value."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(f"{field}: {text}")
        self.field = field
