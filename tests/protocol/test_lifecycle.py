"""The table of a connection's life: every state with every event."""

from __future__ import annotations

import itertools

import pytest

from ibapi_port.protocol.exceptions import LocalProtocolError, RemoteProtocolError
from ibapi_port.protocol.lifecycle import TRANSITIONS, Event, State, after

ALLOWED = {
    (State.DISCONNECTED, Event.CONNECT): State.CONNECTING,
    (State.CONNECTING, Event.ACCEPTED): State.CONNECTED,
    (State.CONNECTING, Event.CLOSED): State.DISCONNECTED,
    (State.CONNECTED, Event.READY): State.READY,
    (State.CONNECTED, Event.CLOSED): State.DISCONNECTED,
    (State.READY, Event.READY): State.READY,
    (State.READY, Event.CLOSED): State.DISCONNECTED,
}


@pytest.mark.parametrize(("state", "event"), list(itertools.product(State, Event)))
def test_every_state_with_every_event(state: State, event: Event) -> None:
    if (state, event) in ALLOWED:
        assert after(state, event) is ALLOWED[state, event]
        return
    with pytest.raises(LocalProtocolError, match=f"^{event.value} while {state.name}$") as refused:
        after(state, event)
    assert not isinstance(refused.value, RemoteProtocolError)


def test_the_table_has_every_state_and_leads_back() -> None:
    assert TRANSITIONS.keys() == set(State)
    assert {state for row in TRANSITIONS.values() for state in row.values()} == set(State)


def test_states_have_ibs_numbers() -> None:
    assert [int(state) for state in State] == [0, 1, 2, 4]
