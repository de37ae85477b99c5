"""The life of a client's connection, as a table: state -> {event: next state}. An event that the table lacks is an error of ours.

DISCONNECTED  -- connect -->  CONNECTING  -- accepted -->  CONNECTED  -- ready (nextValidId) -->  READY
and from each of the last three, `closed` leads back to DISCONNECTED.
"""

from __future__ import annotations

import enum

from .exceptions import LocalProtocolError


class State(enum.IntEnum):
    """Where a connection is; the first three have the numbers of IB's EClient.connState."""

    DISCONNECTED = 0
    CONNECTING = 1
    CONNECTED = 2
    READY = 4


class Event(enum.Enum):
    CONNECT = "connect"
    ACCEPTED = "accepted"
    READY = "ready"
    CLOSED = "closed"


TRANSITIONS: dict[State, dict[Event, State]] = {
    State.DISCONNECTED: {Event.CONNECT: State.CONNECTING},
    State.CONNECTING: {Event.ACCEPTED: State.CONNECTED, Event.CLOSED: State.DISCONNECTED},
    State.CONNECTED: {Event.READY: State.READY, Event.CLOSED: State.DISCONNECTED},
    State.READY: {Event.READY: State.READY, Event.CLOSED: State.DISCONNECTED},  # reqIds brings nextValidId again
}


def after(state: State, event: Event) -> State:
    """The state that an event leads to."""
    try:
        return TRANSITIONS[state][event]
    except KeyError:
        raise LocalProtocolError(f"{event.value} while {state.name}") from None
