"""TWS's limits on requests, as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import Enum
from typing import Literal

from .progress import Progress

# Seconds by which a rule's time is longer here: two requests may get nearer to each other on their
# way, and TWS counts when they arrive.
MARGIN = 0.25


class Per(Enum):
    """Which requests a rule counts together."""

    ALL = "all"
    SOURCE = "source"  # the same contract, exchange and kind of data
    QUERY = "query"  # the very same question


@dataclass(frozen=True)
class Rule:
    """At most `limit` requests in `seconds`. `weighted`: one for bids and asks is two requests."""

    name: str
    limit: int
    seconds: float
    per: Per
    weighted: bool = False


# IB: a request for history must not be repeated within 15 seconds; six or more for one contract,
# exchange and kind of data within two seconds are too many, so are more than 60 in ten minutes.
HISTORY_RULES = (
    Rule("the same request", 1, 15 + MARGIN, Per.QUERY),
    Rule("requests for one contract", 5, 2 + MARGIN, Per.SOURCE),
    Rule("requests for history", 60, 600 + MARGIN, Per.ALL, weighted=True),
)
# reqTickByTickData
TICK_RULES = (Rule("the same tick-by-tick data", 1, 15 + MARGIN, Per.QUERY),)


@dataclass(frozen=True)
class Pacing:
    """What may be sent how fast, and who hears that something waits.

    - `messages` a second; None is half of `lines`, or 50 if these are not given. 0: no limit.
    - `lines`: the login's market data lines; None: they are not counted, TWS does so. A request for
      one more waits if a snapshot holds one of them, else it gets error 101.
    - `history`: which requests the `history_rules` hold for: "small" (ticks, and bars of 30 seconds
      and less, as TWS has it), "all", or "off".
    - `open_histories`, `open_scanners`: how many may be open at once.
    - `on_wait(progress)` is called about once a second while something waits, and when nothing
      waits any more. `bar`: show that on the terminal; None: if standard error is one and there is
      no `on_wait`. With neither, and no terminal, long waits are warnings of the logger
      `ibapi_port.pacing`.
    """

    messages: int | None = None
    lines: int | None = None
    history: Literal["small", "all", "off"] = "small"
    history_rules: tuple[Rule, ...] = HISTORY_RULES
    tick_rules: tuple[Rule, ...] = TICK_RULES
    open_histories: int = 50
    open_scanners: int = 10
    on_wait: Callable[[Progress], None] | None = None
    bar: bool | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            smallest = _SMALLEST.get(field.name)
            if smallest is None or value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int) or value < smallest:
                raise ValueError(
                    f"{field.name}: a whole number from {smallest} on is expected, not {value!r}"
                )
        if self.history not in ("small", "all", "off"):
            raise ValueError(f"history: 'small', 'all' or 'off' is expected, not {self.history!r}")
        for rule in (*self.history_rules, *self.tick_rules):
            if rule.limit < 1 or not rule.seconds > 0:
                raise ValueError(f"a rule's limit and seconds have to be above 0: {rule}")

    @property
    def rate(self) -> int:
        """Return how many messages may be sent in a second; 0 is no limit."""
        if self.messages is not None:
            return self.messages
        return 50 if self.lines is None else max(self.lines // 2, 1)


_SMALLEST = {"messages": 0, "lines": 1, "open_histories": 1, "open_scanners": 1}
DEFAULT = Pacing()

__all__ = ["DEFAULT", "HISTORY_RULES", "TICK_RULES", "Pacing", "Per", "Rule"]
