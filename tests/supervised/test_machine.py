"""The pure state machine: by a table, in virtual time, and by random histories."""

from __future__ import annotations

import itertools
import os
import random
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ibapi_port.seams import EndReason
from ibapi_port.supervised.events import (
    CONNECTED,
    OVER,
    Alarm,
    AskTime,
    Changed,
    Close,
    Connect,
    Connected,
    Crashed,
    Heard,
    Lost,
    Moment,
    Notice,
    NotMade,
    Phase,
    Restore,
    Start,
    Stop,
    Synced,
    TimePassed,
    WatchStreams,
)
from ibapi_port.supervised.leases import Lease
from ibapi_port.supervised.machine import Machine
from ibapi_port.supervised.policy import Policy

from .virtual import NIGHT, NOON, Rig

P = Phase
BROKE = Lost(EndReason.RESET)
REFUSED = NotMade(EndReason.REFUSED)
LOST_1100 = Notice(1100, "Connectivity between IBKR and Trader Workstation has been lost.")
DATA_LOST, DATA_KEPT = Notice(1101), Notice(1102)

# how a phase is reached, by events at the same time
WAYS: dict[Phase, tuple[Any, ...]] = {
    P.STOPPED: (),
    P.WAITING: (Start(),),
    P.CONNECTING: (Start(), TimePassed()),
    P.SYNCING: (Start(), TimePassed(), Connected()),
    P.READY: (Start(), TimePassed(), Connected(), Synced()),
    P.UPSTREAM_LOST: (Start(), TimePassed(), Connected(), Synced(), LOST_1100),
    P.FAILED: (Start(), TimePassed(), NotMade(EndReason.VERSION)),
}
TABLE: list[tuple[Phase, Any, Phase, tuple[type, ...]]] = [
    (P.STOPPED, Start(), P.WAITING, ()),
    (P.STOPPED, Start(connecting=True), P.CONNECTING, ()),
    (P.STOPPED, TimePassed(), P.STOPPED, ()),
    (P.STOPPED, BROKE, P.STOPPED, ()),
    (P.WAITING, TimePassed(), P.CONNECTING, (Connect,)),
    (P.WAITING, Start(), P.WAITING, ()),
    (P.WAITING, BROKE, P.WAITING, ()),
    (P.WAITING, Synced(), P.WAITING, ()),
    (P.CONNECTING, Connected(), P.SYNCING, ()),
    (P.CONNECTING, REFUSED, P.WAITING, ()),
    (P.CONNECTING, NotMade(EndReason.NOT_A_TWS), P.WAITING, ()),
    (P.CONNECTING, NotMade(EndReason.VERSION), P.FAILED, (Alarm,)),
    (P.SYNCING, Synced(), P.READY, (Restore,)),
    (P.SYNCING, BROKE, P.WAITING, ()),
    (P.SYNCING, Lost(EndReason.ID_IN_USE), P.WAITING, ()),
    (P.SYNCING, LOST_1100, P.SYNCING, ()),
    (P.READY, Synced(), P.READY, ()),
    (P.READY, BROKE, P.WAITING, ()),
    (P.READY, LOST_1100, P.UPSTREAM_LOST, ()),
    (P.READY, Notice(2110), P.UPSTREAM_LOST, ()),
    (P.READY, DATA_LOST, P.READY, (Restore,)),
    (P.READY, DATA_KEPT, P.READY, (Restore, WatchStreams)),
    (P.READY, Notice(2103, "Market data farm connection is broken:usfarm"), P.READY, ()),
    (P.READY, Heard(2.0), P.READY, ()),
    (P.UPSTREAM_LOST, LOST_1100, P.UPSTREAM_LOST, ()),
    (P.UPSTREAM_LOST, DATA_LOST, P.READY, (Restore,)),
    (P.UPSTREAM_LOST, DATA_KEPT, P.READY, (Restore, WatchStreams)),
    (P.UPSTREAM_LOST, BROKE, P.WAITING, ()),
    (P.FAILED, Start(), P.WAITING, ()),
    (P.FAILED, BROKE, P.FAILED, ()),
    *((phase, Stop(), P.STOPPED, ()) for phase in WAYS if phase is not P.FAILED),
    *((phase, Crashed("bug"), P.FAILED, (Alarm, Close)) for phase in WAYS if phase is not P.FAILED),
]


@pytest.mark.parametrize(("phase", "event", "then", "kinds"), TABLE)
def test_each_event_in_each_phase(
    phase: Phase, event: Any, then: Phase, kinds: tuple[type, ...]
) -> None:
    machine = Machine(Policy(), Lease(1), lambda: 0.5)
    for step in WAYS[phase]:
        machine.handle(step, Moment(1.0, NOON))
    assert machine.phase is phase
    actions = machine.handle(event, Moment(1.0, NOON))
    assert machine.phase is then
    assert tuple(type(action) for action in actions if not isinstance(action, Changed)) == kinds
    changes = [action for action in actions if isinstance(action, Changed)]
    assert [(change.old, change.new) for change in changes] == (
        [] if phase is then else [(phase, then)]
    )


def test_the_whole_machine_can_be_printed() -> None:
    text = repr(Rig().start().machine)
    assert text.startswith("Machine(")
    assert "phase=<Phase.READY" in text
    assert len(text) < 1500


# --- waiting ---


def test_02_refused_for_ten_minutes_the_pauses_follow_the_law() -> None:
    rig = Rig(answers=lambda connect: EndReason.REFUSED).start()
    rig.run(600)
    times = rig.times(Connect)
    pauses = [after - before for before, after in itertools.pairwise(times)]
    assert len(pauses) > 20
    for number, pause in enumerate(pauses, 1):
        assert 0 <= pause <= min(30, 0.5 * 2**number)
    assert max(pauses) > 15
    assert rig.most_open == 1
    assert rig.phase is P.WAITING


def test_02_clients_do_not_come_all_at_once() -> None:
    third = []
    for seed in range(20):
        rig = Rig(seed=seed, answers=lambda connect: EndReason.REFUSED).start()
        rig.run(60)
        third.append(round(rig.times(Connect)[2], 3))
    assert len(set(third)) == 20
    assert max(third) - min(third) > 1


def test_after_a_loss_the_first_try_comes_at_once_and_the_count_begins_anew() -> None:
    rig = Rig().start()
    rig.run(100)
    lost_at = rig.now
    rig.lose()
    rig.run(1)
    assert 0 <= rig.times(Connect)[-1] - lost_at <= 0.2
    assert rig.machine.attempt == 1


def test_a_connection_that_never_lasts_does_not_begin_the_count_anew() -> None:
    rig = Rig().start()
    for _ in range(8):
        rig.run(2)
        rig.run((rig.machine.try_at or rig.now) - rig.now)
        assert rig.phase is P.READY
        rig.lose()
    assert rig.machine.attempt == 8
    assert (rig.machine.try_at or 0) - rig.now <= 30


def test_it_gives_up_only_where_it_is_told_to() -> None:
    rig = Rig(Policy(max_attempts=3), answers=lambda connect: EndReason.REFUSED).start()
    rig.run(3600)
    assert rig.phase is P.FAILED
    assert len(rig.times(Connect)) == 3
    rig = Rig(Policy(max_seconds=60), answers=lambda connect: EndReason.REFUSED).start()
    rig.run(3600)
    assert rig.phase is P.FAILED
    assert 60 <= rig.times(Connect)[-1] - 1000 <= 90
    rig = Rig(answers=lambda connect: EndReason.NOT_A_TWS).start()
    rig.run(7200)
    assert rig.phase is P.WAITING


# --- client ids ---


def test_05_an_id_in_use_is_tried_again_and_again() -> None:
    until = 1040.0
    rig = Rig(answers=lambda connect: EndReason.ID_IN_USE if rig.now < until else None)
    rig.start().run(60)
    assert rig.phase is P.READY
    assert {connect.client_id for connect in rig.all(Connect)} == {1}
    assert [round(each - 1000) for each in rig.times(Connect)] == [0, 1, 3, 7, 15, 30, 45]


def test_an_id_in_use_may_be_the_end() -> None:
    rig = Rig(Policy(id_in_use="fail"), answers=lambda connect: EndReason.ID_IN_USE).start()
    rig.run(600)
    assert rig.phase is P.FAILED
    assert 120 <= rig.times(Connect)[-1] - 1000 <= 140


def test_05_the_next_id_of_the_pool_is_taken_and_the_own_one_at_the_next_loss() -> None:
    taken = {1, 7}
    rig = Rig(
        pool=(7, 8), answers=lambda c: EndReason.ID_IN_USE if c.client_id in taken else None
    ).start()
    assert [connect.client_id for connect in rig.all(Connect)] == [1, 7, 8]
    assert rig.machine.lease.as_dict() == {"client_id": 8, "home": 1, "ids": [1, 7, 8]}
    taken.clear()
    rig.run(3600)
    assert rig.machine.lease.taken == 8  # not in the middle of a session
    rig.lose()
    assert rig.machine.lease.taken is None
    rig.run(1)
    assert rig.machine.lease.taken == 1


def test_05_two_days_of_flapping_never_change_the_id() -> None:
    rig = Rig().start()
    draw = random.Random(4)
    for _ in range(2000):
        rig.run(draw.uniform(1, 170))
        rig.tell(Notice(2103, "Market data farm connection is broken:usfarm"))
        if draw.random() < 0.3 and rig.phase is P.READY:
            rig.lose()
    assert {connect.client_id for connect in rig.all(Connect)} == {1}
    assert rig.most_open == 1


# --- heartbeat ---


def test_silence_is_asked_about_and_no_answer_ends_the_connection() -> None:
    rig = Rig().start()
    rig.run(14.9)
    assert not rig.all(AskTime)
    rig.is_silent = True
    rig.run(0.2)
    assert len(rig.all(AskTime)) == 1
    assert rig.phase is P.READY
    rig.run(9.8)
    assert rig.phase is P.READY
    rig.is_silent = False
    rig.run(0.3)
    assert [p for p in rig.phases() if p in (P.SUSPECT, P.WAITING)][-2:] == [P.SUSPECT, P.WAITING]
    assert rig.times(Close) == [1000 + 25]


def test_any_byte_is_life_and_an_idle_connection_lives_on() -> None:
    rig = Rig().start()
    rig.run(3600)
    assert rig.phase is P.READY
    assert len(rig.all(AskTime)) == 240
    rig.is_silent = True
    for _ in range(200):
        rig.run(12)
        rig.tell(Heard(rig.now))
    assert rig.phase is P.READY
    assert not rig.all(Close)


def test_04_a_handshake_without_nextvalidid_is_given_up() -> None:
    rig = Rig()
    rig.is_silent = True
    rig.start()
    assert rig.phase is P.SYNCING
    for _ in range(40):  # it drips
        rig.tell(Heard(rig.now))
        rig.run(1)
    assert rig.all(Close)[0].why == "nextValidId did not come within 30 s"
    assert rig.times(Close)[0] == 1030


# --- upstream, farms ---


def test_07_a_storm_of_notices_moves_nothing() -> None:
    rig = Rig().start()
    notices = [
        Notice(2103, "Market data farm connection is broken:usfarm.nj"),
        Notice(2104, "Market data farm connection is OK:eufarm"),
        Notice(2105, "HMDS data farm connection is broken:ushmds"),
        Notice(2108, "Market data farm connection is inactive but should be available upon "
               "demand.cashfarm.x"),
        Notice(2119, "Market data farm is connecting:jfarm"),
        Notice(2158, "Sec-def data farm connection is OK:secdefil"),
    ]  # fmt: skip
    for _ in range(600):
        rig.run(1)
        for notice in notices:
            rig.tell(notice)
    for _ in range(200):
        rig.tell(LOST_1100)
    assert rig.phases() == [P.WAITING, P.CONNECTING, P.SYNCING, P.READY, P.UPSTREAM_LOST]
    assert rig.machine.farms == {
        "usfarm.nj": "broken",
        "eufarm": "ok",
        "ushmds": "broken",
        "cashfarm.x": "inactive",
        "jfarm": "connecting",
        "secdefil": "ok",
    }


def test_06_what_is_done_when_the_line_to_ib_is_back() -> None:
    rig = Rig().start()
    rig.done.clear()
    rig.tell(LOST_1100)
    rig.tell(DATA_KEPT)
    assert rig.all(Restore) == [Restore(cancel=True, summaries_only=True)]
    rig.done.clear()
    rig.tell(LOST_1100)
    rig.tell(DATA_LOST)
    assert rig.all(Restore) == [Restore(cancel=True)]
    assert rig.most_open == 1


def test_a_tws_that_has_no_line_to_ib_when_it_is_connected() -> None:
    rig = Rig()
    rig.is_silent = True
    rig.start()
    rig.tell(Notice(2110))
    rig.tell(Synced())
    assert rig.phase is P.UPSTREAM_LOST
    assert rig.all(Restore) == [Restore(reconcile=False)]  # its lists may be old
    rig.tell(DATA_KEPT)
    assert rig.phase is P.READY
    assert rig.all(Restore)[-1].reconcile


def test_a_long_loss_of_the_line_to_ib_is_told_and_may_be_recycled() -> None:
    rig = Rig().start()
    rig.tell(LOST_1100)
    rig.run(3600)
    assert [alarm.kind for alarm in rig.all(Alarm)] == ["upstream_lost"]
    rig.tell(DATA_KEPT)
    assert rig.all(Alarm)[-1].over
    rig = Rig(Policy(recycle=True)).start()
    rig.tell(LOST_1100)
    rig.run(700)
    assert len(rig.all(Connect)) == 2
    rig = Rig(wall=NIGHT).start()
    rig.tell(LOST_1100)
    rig.run(3600)
    assert not rig.all(Alarm)


def test_17_tws_moves_to_another_port() -> None:
    rig = Rig().start()
    text = "TWS socket port has been reset and this connection is being dropped. Please reconnect on the new port -4002"
    rig.tell(Notice(1300, text))
    rig.run(1)
    rig.lose()
    rig.run(5)
    assert [connect.port for connect in rig.all(Connect)] == [None, 4002]
    rig.tell(Notice(1300, text.replace("4002", "7496")))
    rig.run(20)  # it does not close by itself
    assert rig.all(Connect)[-1].port == 7496
    assert rig.phase is P.READY


# --- windows and alarms ---


@pytest.mark.parametrize(("wall", "alarms"), [(NIGHT, 0), (NOON, 2)])
def test_13_an_outage_within_a_reset_window_is_quiet(wall: float, alarms: int) -> None:
    down = [False]
    rig = Rig(wall=wall, answers=lambda c: EndReason.REFUSED if down[0] else None).start()
    rig.run(100)
    down[0] = True
    rig.lose()
    rig.run(1800)
    down[0] = False
    back = rig.now
    rig.run(40)
    assert rig.phase is P.READY
    told = [(alarm.kind, alarm.over) for alarm in rig.all(Alarm)]
    assert told == [("connection_down", False), ("connection_down", True)][:alarms]
    if wall == NIGHT:
        assert rig.times(Connect)[-1] - back <= 5


def test_an_outage_that_outlasts_its_window_is_told() -> None:
    rig = Rig(wall=NIGHT, answers=lambda connect: EndReason.REFUSED).start()
    rig.run(75 * 60 + 59)
    assert not rig.all(Alarm)
    rig.run(3)
    assert len(rig.all(Alarm)) == 1


# --- random histories ---


class Histories(RuleBasedStateMachine):
    """Whatever comes: it stays what it is meant to be."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.machine = Machine(Policy(max_attempts=50), Lease(1, (2, 3)), random.Random(1).random)
        self.sockets = 0
        self.is_connecting = False

    def tell(self, event: Any) -> None:
        before = self.machine.phase
        actions = self.machine.handle(event, Moment(self.now, NOON + self.now))
        phase = before
        for action in actions:
            if isinstance(action, Changed):
                assert action.old is phase
                phase = action.new
            elif isinstance(action, Connect):
                assert self.sockets == 0  # never two
                assert not self.is_connecting
                self.is_connecting = True
            elif isinstance(action, (Restore, WatchStreams)):
                assert self.machine.phase in (P.READY, P.UPSTREAM_LOST)
        assert phase is self.machine.phase
        if self.machine.phase in OVER:
            self.sockets, self.is_connecting = 0, False  # the client closes then

    @rule(connecting=st.booleans())
    def start(self, connecting: bool) -> None:
        begins = connecting and self.machine.phase in OVER
        self.tell(Start(connecting))
        self.is_connecting = self.is_connecting or begins

    @rule()
    def stop(self) -> None:
        self.tell(Stop())

    @rule()
    def connected(self) -> None:
        if self.is_connecting:
            self.is_connecting, self.sockets = False, 1
            self.tell(Connected())

    @rule(reason=st.sampled_from([*EndReason]))
    def not_made(self, reason: EndReason) -> None:
        if self.is_connecting:
            self.is_connecting = False
            self.tell(NotMade(reason))

    @rule(reason=st.sampled_from([*EndReason]))
    def lost(self, reason: EndReason) -> None:
        if self.sockets:
            self.sockets = 0
            self.tell(Lost(reason))

    @rule(event=st.sampled_from([Synced(), LOST_1100, DATA_LOST, DATA_KEPT, Notice(1300, "4002")]))
    def comes(self, event: Any) -> None:
        if self.sockets:
            self.tell(event)

    @rule(seconds=st.floats(0, 2000))
    def passes(self, seconds: float) -> None:
        end = self.now + seconds
        for _ in range(20):
            due = self.machine.due
            if due is None or due > end:
                break
            self.now = max(self.now, due)
            self.tell(TimePassed())
        else:
            raise AssertionError(f"it does not come to rest: {self.machine!r}")
        self.now = end

    @rule()
    def heard(self) -> None:
        if self.sockets:
            self.tell(Heard(self.now))

    @invariant()
    def something_is_always_due(self) -> None:
        """It never waits for ever, but where it waits for the outside to end what it closes."""
        machine = self.machine
        if machine.phase is P.WAITING or machine.phase in CONNECTED:
            assert machine.due is not None
        if machine.phase in OVER:
            assert machine.due is None
            assert machine.lease.taken is None

    @invariant()
    def a_socket_belongs_to_a_phase(self) -> None:
        assert bool(self.sockets) == (self.machine.phase in (*CONNECTED, P.SUSPECT))
        assert self.is_connecting == (self.machine.phase is P.CONNECTING)


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=2000 if os.environ.get("RELIABILITY_FULL") else 60,
    stateful_step_count=40,
    deadline=None,
)
