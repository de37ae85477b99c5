"""Conversations and whole sessions as steps of a sequence diagram."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..schema.conversations import ANY, CONVERSATIONS, Conversation, Kind
from .sequence import FROM_TWS, NOTE, TO_TWS, Step


class Session(NamedTuple):
    """A part of what client and TWS say, in the order in which they say it."""

    name: str
    text: str
    steps: tuple[Step, ...]


def _out(name: str, note: str = "") -> Step:
    return Step(TO_TWS, name, note)


def _in(name: str, note: str = "", *, many: bool = False) -> Step:
    return Step(FROM_TWS, name, note, many)


GREETING = "greeting"
ANSWER = "answer"
SESSIONS: tuple[Session, ...] = (
    Session(
        "Connecting",
        "The client offers a range of server versions; TWS chooses the newest that both know. "
        "No other request may come before startApi.",
        (
            _out(GREETING, 'API and a frame: "v100..226"'),
            _in(ANSWER, "a frame: the server version, the time"),
            _out("startApi", "the client id"),
            _in("managedAccounts", "the accounts of the login"),
            _in("nextValidId", "from here on TWS is ready"),
            _in("error", "id -1: 2104, 2106, 2158: the farms are there", many=True),
        ),
    ),
    Session(
        "Quotes of a contract",
        "A subscription lasts until it is cancelled or the connection ends.",
        (
            _out("reqContractDetails", "which contract is meant"),
            _in("contractDetails", "one for each that fits", many=True),
            _in("contractDetailsEnd"),
            _out("reqMktData", "snapshot false: a subscription"),
            _in("tickReqParams", "the smallest step of the price"),
            _in("tickPrice", "first what there is, then each change", many=True),
            _in("tickSize", many=True),
            _out("cancelMktData"),
        ),
    ),
    Session(
        "An order that fills",
        "Whether an order has filled is known by execDetails: orderStatus may come twice, or not "
        "at all.",
        (
            _out("placeOrder", "the order id is the client's"),
            _in("openOrder", "the order as TWS has it"),
            _in("orderStatus", "PreSubmitted, Submitted"),
            _in("execDetails", "one for each fill, with its execId"),
            _in("commissionAndFeesReport", "the same execId"),
        ),
    ),
    Session(
        "An order that is cancelled",
        "Until the status is Cancelled the order may still fill.",
        (
            _out("placeOrder"),
            _in("openOrder"),
            _in("orderStatus", "Submitted"),
            _out("cancelOrder"),
            _in("orderStatus", "Cancelled"),
        ),
    ),
    Session(
        "Bars of the past",
        "All bars come in one message. Before server version 196 it also says where they end.",
        (
            _out("reqHistoricalData"),
            _in("historicalData", "all bars"),
            _in("historicalDataEnd", "a message of its own from 196 on"),
        ),
    ),
    Session(
        "Positions and values of the account",
        "First all there is, then an end, then each change until it is cancelled.",
        (
            _out("reqPositions"),
            _in("position", many=True),
            _in("positionEnd"),
            _out("cancelPositions"),
            _out("reqAccountSummary"),
            _in("accountSummary", many=True),
            _in("accountSummaryEnd"),
            _out("cancelAccountSummary"),
        ),
    ),
    Session(
        "TWS loses its connection to IB and gets it back",
        "The connection to the client stays. After 1101 each subscription must be asked for again.",
        (
            _in("error", "id -1: 1100, the line is lost"),
            Step(NOTE, "orders wait, quotes stand still"),
            _in("error", "id -1: 1102, back, subscriptions are kept"),
        ),
    ),
)


def conversation_steps(one: Conversation) -> Iterator[Step]:
    """Yield what a request brings, its end, and what cancels it."""
    chosen = ""
    if one.when is not None:
        argument, values = one.when
        chosen = f"{argument} = {', '.join(map(str, values))}"
    yield Step(TO_TWS, one.request, chosen)
    rows = [name for name in one.answers if not one.ends_with(name) or one.end == ANY]
    yield from (Step(FROM_TWS, name, many=True) for name in rows)
    if one.end == ANY:
        done = f"the last one has {one.done_argument} true" if one.done_argument else ""
        yield Step(NOTE, done or "any of these is the whole answer")
    elif one.end:
        yield Step(FROM_TWS, one.end, _end_note(one, rows))
    if one.kind is Kind.STATE:
        yield from (Step(FROM_TWS, name, "each change", many=True) for name in rows)
    if one.cancel:
        yield Step(TO_TWS, one.cancel, "to end it" if not one.end else "to end it before")


def _end_note(one: Conversation, rows: list[str]) -> str:
    if one.kind is Kind.STATE:
        return "the first set is whole"
    return "the end" if rows else "the answer"


def conversations_of(request: str) -> list[Conversation]:
    """Return the conversations of a request: more than one, if its arguments choose."""
    return [one for one in _all() if one.request == request]


def asked_by(callback: str) -> list[str]:
    """Return the requests that a callback answers, each once."""
    return list(dict.fromkeys(one.request for one in _all() if callback in one.answers))


def _all() -> list[Conversation]:
    return [one for variants in CONVERSATIONS.values() for one in variants]
