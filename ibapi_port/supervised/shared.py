"""What the parts of a supervision have in common."""

from __future__ import annotations

from typing import NamedTuple

from .books import Books
from .clock import Clock
from .line import Line
from .policy import Policy
from .repeater import Repeater


class Shared(NamedTuple):
    """What is known of the client, the line to TWS, who repeats requests, the policy, the time."""

    books: Books
    line: Line
    repeater: Repeater
    policy: Policy
    clock: Clock


__all__ = ["Shared"]
