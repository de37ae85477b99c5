"""The base of services: subscriptions by client, and timers that run only while somebody needs
them.
"""

from __future__ import annotations

from typing import Any

from ibapi_port.simulator.net.timers import OnDemandTimer, Timers
from ibapi_port.simulator.services import Service, SubscriptionTable

from .helpers import HandClock


class Client:
    client_id = 1
    server_version = 187

    def send(self, name: str, **values: Any) -> None:
        raise AssertionError(name)

    def error(self, req_id: int, code: int, text: str) -> None:
        raise AssertionError(text)


def test_an_entry_that_ends_is_told_once() -> None:
    ended: list[str] = []
    table: SubscriptionTable[str] = SubscriptionTable(ended.append)
    client = Client()
    table[client, 1] = "first"
    assert table.end((client, 1))
    assert not table.end((client, 1))
    assert ended == ["first"]
    assert not table


def test_the_entries_of_a_client_are_its_own() -> None:
    ended: list[str] = []
    table: SubscriptionTable[str] = SubscriptionTable(ended.append)
    here, gone = Client(), Client()  # with the same client id: they are not mixed up
    for client, req_id, name in ((gone, 1, "a"), (here, 1, "b"), (gone, 2, "c")):
        table[client, req_id] = name
    assert table.count(gone) == 2
    table.end_all(gone)
    assert ended == ["a", "c"]
    assert dict(table) == {(here, 1): "b"}


def test_a_service_drops_what_a_client_has_left_in_its_tables() -> None:
    service = Service()
    first: SubscriptionTable[None] = SubscriptionTable()
    second: SubscriptionTable[None] = SubscriptionTable()
    service.tables = (first, second)
    here, gone = Client(), Client()
    first[gone, 1] = second[gone, 1] = second[here, 1] = None
    service.on_disconnect(gone)
    assert list(first) == []
    assert list(second) == [(here, 1)]


def test_a_timer_runs_only_while_it_is_needed() -> None:
    clock = HandClock()
    timers = Timers(clock)
    calls: list[float] = []
    timer = OnDemandTimer(timers, 2.0, lambda: calls.append(clock.time))
    assert timers.next_due() is None
    begin = clock.time
    timer.start(first=0.5)
    timer.start()  # it runs: nothing changes
    for _ in range(5):
        clock.time += 0.5
        timers.run_due()
    assert calls == [begin + 0.5, begin + 2.5]
    timer.stop()
    timer.stop()
    assert timers.next_due() is None
    timer.start()
    assert timers.next_due() == clock.time + 2.0
