"""What a request counts for: found by its conversation and its arguments."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from enum import Enum
from functools import cache

from ..protocol.schema.conversations import (
    CONVERSATIONS,
    Conversation,
    Key,
    Kind,
    Rate,
    arguments_of,
    conversation_of,
    is_message,
)
from ..protocol.schema.messages import REQUESTS
from ..protocol.schema.values import request_id_of
from ..seams import Refused
from .limits import Pacing, Per, Rule


class Slot(Enum):
    """Of what only so many may be open at once."""

    HISTORY = "history"
    LINE = "line"
    SCANNER = "scanner"


TICK_BY_TICK = "reqTickByTickData"
_SLOTS = {Rate.LINE: Slot.LINE, Rate.SCANNER: Slot.SCANNER}
# The parts of a contract that tell instruments apart, as far as requests give them.
_CONTRACT = (
    *("conId", "symbol", "secType", "lastTradeDateOrContractMonth", "strike", "right"),
    *("multiplier", "exchange", "primaryExchange", "currency", "localSymbol", "tradingClass"),
    *("includeExpired", "secIdType", "secId", "comboLegs"),
)


@dataclass(eq=False, slots=True)
class Ticket:
    """A request that waits to be sent, or may be sent.

    `first`: it goes before others. `request_id`: None where it has none. `keys`: the rules that
    count it, and with which requests together. `slot`: what it holds until it ends; `ends`: it ends
    without the program. `refused`: why it is not sent at all.
    """

    name: str
    rate: Rate = Rate.MESSAGE
    first: bool = False
    request_id: int | None = None
    keys: tuple[tuple[Rule, Hashable], ...] = ()
    weight: int = 1
    slot: Slot | None = None
    ends: bool = True
    frees: bool = False  # it cancels the request with this id
    refused: Refused | None = None

    def weight_for(self, rule: Rule) -> int:
        """Return how many requests this one counts for."""
        return min(self.weight, rule.limit) if rule.weighted else 1


@cache
def _cancels() -> frozenset[str]:
    """Return the requests that cancel one with the same id."""
    return frozenset(
        entry.cancel
        for entries in CONVERSATIONS.values()
        for entry in entries
        if entry.cancel and entry.key is Key.REQUEST and REQUESTS[entry.cancel].id_argument
    )


def ticket_of(name: str, arguments: tuple[object, ...], pacing: Pacing) -> Ticket:
    """Return what a request counts for. It never fails: what cannot be sent has an error of its
    own, later.
    """
    try:
        plain = _plain(name)
        if plain is not None and not is_message(arguments):
            rate, first, frees, place = plain
            request_id = None if place is None else request_id_of(arguments[place])
            return Ticket(name, rate, first, request_id, frees=frees)
        row = arguments_of(name, arguments)
        values = dict(zip(REQUESTS[name].arguments, row, strict=False))
        conversation = conversation_of(name, row)
        frees = name in _cancels()
        return Ticket(
            name,
            conversation.rate,
            first=frees or conversation.rate is Rate.ORDER,
            request_id=_id(name, values),
            keys=_keys(conversation, values, pacing),
            weight=2 if values.get("whatToShow") == "BID_ASK" else 1,
            slot=slot_of(conversation),
            ends=ends_by_itself(conversation),
            frees=frees,
        )
    except Exception:  # arguments of whatever types
        return Ticket(name)


@cache
def _plain(name: str) -> tuple[Rate, bool, bool, int | None] | None:
    """Return what a request counts for that is the same whatever it asks: its rate, whether it is
    first, whether it frees something, and where its id stands. None: its arguments matter.
    """
    entry, *variants = CONVERSATIONS[name]
    if variants or entry.rate not in (Rate.MESSAGE, Rate.ORDER):
        return None
    frees = name in _cancels()
    request = REQUESTS[name]
    argument = request.id_argument
    place = None if argument is None else request.arguments.index(argument)
    return entry.rate, frees or entry.rate is Rate.ORDER, frees, place


def _id(name: str, values: dict[str, object]) -> int | None:
    argument = REQUESTS[name].id_argument
    return None if argument is None else request_id_of(values.get(argument))


def ends_by_itself(conversation: Conversation) -> bool:
    """Return whether TWS ends a request, or its first set where that is what counts."""
    return conversation.kind is Kind.ONE_SHOT or (
        conversation.rate is Rate.HISTORY and conversation.kind is Kind.STATE
    )


def slot_of(conversation: Conversation) -> Slot | None:
    """Return of what a request holds one while it is open, or None."""
    if conversation.rate is Rate.HISTORY:
        # reqRealTimeBars is no query of the history server
        return Slot.HISTORY if conversation.kind is not Kind.STANDING else None
    return _SLOTS.get(conversation.rate)


def _keys(
    conversation: Conversation, values: dict[str, object], pacing: Pacing
) -> tuple[tuple[Rule, Hashable], ...]:
    rules: tuple[Rule, ...] = ()
    if conversation.request == TICK_BY_TICK:
        rules = pacing.tick_rules
    elif conversation.rate is Rate.HISTORY and _is_counted(conversation, values, pacing):
        rules = pacing.history_rules
    if not rules:
        return ()
    contract = _identity(values.get("contract"))
    what = values.get("whatToShow")
    query = tuple(
        repr(value) for name, value in values.items() if name not in ("reqId", "contract")
    )
    together: dict[Per, Hashable] = {
        Per.ALL: None,
        Per.SOURCE: (contract, what),
        Per.QUERY: (conversation.request, contract, query),
    }
    return tuple((rule, together[rule.per]) for rule in rules)


def _is_counted(conversation: Conversation, values: dict[str, object], pacing: Pacing) -> bool:
    """Return whether the rules of history hold for a request."""
    if pacing.history != "small":
        return pacing.history == "all"
    if conversation.request == "reqHistoricalData":
        return is_small_bar(values.get("barSizeSetting"))
    return conversation.request in ("reqHistoricalTicks", "reqRealTimeBars")


def is_small_bar(size: object) -> bool:
    """Return whether a bar size, such as "30 secs", is one of seconds."""
    return str(size).strip().lower().partition(" ")[2].startswith("sec")


def _identity(contract: object) -> tuple[str, ...]:
    return tuple(str(getattr(contract, name, "")) for name in _CONTRACT)


__all__ = [
    "Slot",
    "Ticket",
    "ends_by_itself",
    "is_small_bar",
    "slot_of",
    "ticket_of",
]
