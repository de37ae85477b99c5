"""The state machine by itself: signals in, actions out, no thread and no time."""

from __future__ import annotations

import os
import random
from datetime import datetime, timezone

import pytest

from ibapi_port.automater import Config, ErrorCode, State
from ibapi_port.automater import signals as s
from ibapi_port.automater.builtin_rules import BUILT_IN
from ibapi_port.automater.clock import Clock
from ibapi_port.automater.machine import Machine
from ibapi_port.automater.tree import Node

FORM = Node(
    1,
    "frame",
    text="IBKR Gateway",
    children=(
        Node(2, "toggle", text="IB API"),
        Node(3, "toggle", text="Paper Trading"),
        Node(4, "text", label="Username"),
        Node(5, "password", label="Password"),
        Node(6, "button", text="Paper Log In"),
    ),
)


SEEDS = 400 if os.environ.get("AUTOMATER_FULL") == "1" else 10


class StoppedClock(Clock):
    now = 0.0

    def monotonic(self) -> float:
        return self.now

    def utc(self) -> datetime:
        return datetime(2026, 3, 4, 15, 0, tzinfo=timezone.utc)


def begun(**config: object) -> Machine:
    machine = Machine(Config(**config), clock=StoppedClock())  # type: ignore[arg-type]
    machine.handle(s.StartAsked())
    machine.handle(s.Launched(7))
    machine.handle(s.Linked(7))
    return machine


def seen(tree: Node, kind: str = "opened", show: int = 1, pid: int = 7) -> s.WindowSeen:
    return s.WindowSeen(pid, kind, tree.id, show, tree)


def done(actions: list[s.Action], what: str) -> list[s.Do]:
    return [a for a in actions if isinstance(a, s.Do) and a.command["do"] == what]


def test_a_window_that_is_told_twice_is_logged_into_once() -> None:
    """The agent's first look and the window's own event tell of the same one."""
    machine = begun()
    first = machine.handle(seen(FORM))
    assert [a.command.get("secret") for a in done(first, "type")] == ["user", "password"]
    assert done(first, "click")[-1].command["c"] == 6
    assert done(machine.handle(seen(FORM)), "type") == []
    assert done(machine.handle(seen(FORM, "changed")), "click") == []


def test_a_window_that_is_shown_again_is_another_one() -> None:
    machine = begun()
    notice = Node(9, "dialog", text="Tip of the Day", children=(Node(10, "button", text="Close"),))
    assert len(done(machine.handle(seen(notice)), "click")) == 1
    assert len(done(machine.handle(seen(notice, show=2)), "click")) == 1


def test_another_process_is_not_listened_to() -> None:
    machine = begun()
    assert machine.handle(seen(FORM, pid=8)) == []
    assert machine.handle(s.Exited(8, 0)) == []
    assert machine.state is State.LAUNCHING


def test_secrets_are_named_and_not_held() -> None:
    machine = begun(totp_secret="GEZDGNBVGY3TQOJQ")
    actions = machine.handle(seen(FORM))
    assert [dict(a.command) for a in done(actions, "type")] == [
        {"do": "type", "c": 4, "secret": "user"},
        {"do": "type", "c": 5, "secret": "password"},
    ]


def windows(random_: random.Random) -> Node:
    """Return a window of a kind that some rule knows, or nearly."""
    rule = random_.choice(BUILT_IN)
    number = random_.randrange(10, 20)
    title = random_.choice([*rule.title, *rule.title_has, "Gateway", ""])
    texts = [*rule.text, "Starting application", "Enter Mobile Authenticator app code", "words"]
    buttons = [label for step in rule.steps for label in step.labels] or ["OK", "Cancel"]
    children = [Node(number * 100, "label", text=random_.choice(texts))]
    children += [
        Node(number * 100 + n, "button", text=label, enabled=random_.random() < 0.8)
        for n, label in enumerate(buttons, 1)
    ]
    if random_.random() < 0.3:
        settings = Node(number * 100 + 50, "item", text="Settings")
        children.append(Node(number * 100 + 51, "menu", text="Configure", children=(settings,)))
    if random_.random() < 0.2:
        children.append(Node(number * 100 + 60, "list", items=("IB Key", "SMS")))
    kind = random_.choice(["dialog", "frame"])
    tree = Node(number, kind, text=title, children=tuple(children))
    return random_.choice([tree, tree, tree, FORM])


@pytest.mark.parametrize("seed", range(SEEDS))
def test_whatever_comes_it_goes_on(seed: int) -> None:
    """Any signal in any order: no exception, one result for each start, and it comes to rest."""
    random_ = random.Random(seed)
    machine = Machine(Config(), clock=(clock := StoppedClock()))
    timers: dict[str, float] = {}
    owed = results = 0
    pid = 0

    def feed(signal: s.Signal) -> None:
        nonlocal results, pid
        waiting = [signal]
        while waiting:
            for action in machine.handle(waiting.pop(0)):
                match action:
                    case s.SetTimer(name, seconds):
                        timers[name] = clock.now + seconds
                    case s.CancelTimer(name):
                        timers.pop(name, None)
                    case s.Launch():
                        pid += 1
                        waiting.append(s.Launched(pid, random_.random() < 0.3))
                    case s.Probe():
                        waiting.append(s.Probed(random_.random() < 0.7, "no"))
                    case s.Finish(result, _):
                        results += 1
                        assert isinstance(result.error_code, ErrorCode)
                    case s.End(True) if machine.pid:
                        waiting.append(s.Exited(machine.pid, -9))
                    case s.Enter(State.STOPPED | State.FAILED):
                        timers.clear()

    def due() -> None:
        name = min(timers, key=lambda n: timers[n])
        clock.now = max(clock.now, timers.pop(name))
        feed(s.TimerDue(name))

    for _ in range(300):
        what = random_.random()
        if what < 0.05:
            owed += 1
            feed(s.StartAsked())
        elif what < 0.06:
            feed(s.StopAsked(random_.random() < 0.5))
        elif what < 0.08:
            feed(s.SoftRestartAsked())
        elif what < 0.12:
            feed(
                random_.choice([s.Linked, s.Unlinked])(
                    random_.choice([machine.pid or 1, 900 + seed])
                )
            )
        elif what < 0.14 and machine.pid:
            feed(s.Exited(machine.pid, random_.choice([0, 1, -11]), random_.random() < 0.5))
        elif what < 0.75:
            kind = random_.choice(["opened", "changed", "closed"])
            show = random_.randrange(1, 3)
            feed(seen(windows(random_), kind, show, machine.pid or 1))
        elif timers:
            due()
    feed(s.StopAsked())
    for _ in range(200):
        if machine.state in (State.STOPPED, State.FAILED) or not timers:
            break
        due()
    assert machine.state in (State.STOPPED, State.FAILED)
    assert machine.windows == {}
    assert not machine.starting  # no start waits for its result
    assert results >= (owed > 0)


def test_a_second_start_waits_for_the_first() -> None:
    machine = begun()
    assert machine.handle(s.StartAsked()) == []
    results = [a for a in machine.handle(s.Exited(7, 1)) if isinstance(a, s.Finish)]
    assert [a.result.error_code for a in results] == [ErrorCode.ProcessStartFailed]


def test_a_start_while_it_is_ending_is_no_success() -> None:
    machine = begun()
    machine.handle(s.StopAsked())
    (finish,) = (a for a in machine.handle(s.StartAsked()) if isinstance(a, s.Finish))
    assert finish.result.error_code is ErrorCode.ProcessStartFailed


# --- the agent's line is lost ---


def ready() -> Machine:
    machine = begun()
    machine.configured = True
    machine.handle(s.Probed(True))
    assert machine.state is State.READY
    return machine


def timers(actions: list[s.Action]) -> dict[str, float]:
    return {a.name: a.seconds for a in actions if isinstance(a, s.SetTimer)}


def test_a_start_whose_agent_is_lost_fails_soon() -> None:
    machine = begun()
    machine.handle(seen(FORM))
    assert timers(machine.handle(s.Unlinked(7))) == {"unlinked": 2.0}
    actions = machine.handle(s.TimerDue("unlinked"))
    (finish,) = (a for a in actions if isinstance(a, s.Finish))
    assert "the line to the agent in IB Gateway has ended" in finish.result.error_message
    assert s.End() in actions  # it cannot be closed by its menu


def test_a_gateway_in_use_whose_agent_is_lost_goes_on() -> None:
    machine = ready()
    machine.handle(s.Unlinked(7))
    actions = machine.handle(s.TimerDue("unlinked"))
    assert [a.kind for a in actions if isinstance(a, s.Alert)] == ["gateway_agent_lost"]
    assert machine.state is State.READY
    assert s.End() in machine.handle(s.StopAsked())


def test_a_gateway_that_closes_is_not_ended_for_its_lost_line() -> None:
    """The line ends a moment before the process: SIGTERM would make 143 of its exit code 0."""
    machine = ready()
    machine.handle(s.StopAsked())
    assert machine.handle(s.Unlinked(7)) == []
    (told_exit,) = (a for a in machine.handle(s.Exited(7, 0)) if isinstance(a, s.TellExited))
    assert (told_exit.code, told_exit.requested) == (0, True)


def test_the_end_of_a_process_ends_the_line_too() -> None:
    machine = ready()
    machine.handle(s.Unlinked(7))
    assert s.CancelTimer("unlinked") in machine.handle(s.Exited(7, 0))
    assert machine.handle(s.Unlinked(7)) == []


# --- windows that no rule knows ---


def strange(number: int, kind: str = "dialog") -> Node:
    text = f"Something happens in {number} seconds"
    return Node(9, kind, text="Strange", children=(Node(10, "label", text=text),))


def told(actions: list[s.Action]) -> bool:
    return any(isinstance(a, s.Alert) and a.kind == "gateway_unknown_window" for a in actions)


def test_a_window_that_counts_down_is_told_once() -> None:
    """Each change sets no new timer, or it would be told only when it stands still."""
    machine = ready()
    assert "unknown 9" in timers(machine.handle(seen(strange(60))))
    for number in range(59, 50, -1):
        assert timers(machine.handle(seen(strange(number), "changed"))) == {}
    assert told(machine.handle(s.TimerDue("unknown 9")))
    for number in range(50, 40, -1):
        assert timers(machine.handle(seen(strange(number), "changed"))) == {}


def test_a_window_of_many_texts_is_told_some_times() -> None:
    machine = ready()
    count = 0
    for number in range(50):
        text = "x" * (number + 1)
        tree = Node(9, "dialog", text="Strange", children=(Node(10, "label", text=text),))
        machine.handle(seen(tree, "changed" if number else "opened"))
        count += told(machine.handle(s.TimerDue("unknown 9")))
    assert count == 5


def test_a_window_that_comes_again_and_again_is_kept_some_times() -> None:
    """The files of other windows would be deleted for it."""
    machine = ready()
    records = 0
    for show in range(1, 20):
        machine.handle(seen(strange(show), show=show))
        actions = machine.handle(s.TimerDue("unknown 9"))
        assert told(actions)
        records += sum(isinstance(a, s.Record) for a in actions)
        machine.handle(seen(strange(show), "closed", show=show))
    assert records == 3


def test_a_login_whose_labels_are_not_known_is_told() -> None:
    machine = begun()
    parts = (Node(2, "text"), Node(3, "password"), Node(4, "button", text="Anmelden"))
    machine.handle(seen(Node(1, "frame", text="IBKR-Gateway", children=parts)))
    actions = machine.handle(s.TimerDue("unknown 1"))
    (finish,) = (a for a in actions if isinstance(a, s.Finish))
    assert "no button that is known; there are: Anmelden" in finish.result.detail


# --- asked again and again ---


def test_ib_may_ask_for_another_login_some_times() -> None:
    machine = ready()
    again = Node(
        9, "dialog", text="Re-login is required", children=(Node(10, "button", text="Re-login"),)
    )
    for show in (1, 2, 3):
        assert len(done(machine.handle(seen(again, show=show)), "click")) == 1
    machine.clock.now += 601  # type: ignore[attr-defined]
    assert len(done(machine.handle(seen(again, show=4)), "click")) == 1
    for show in (5, 6):
        machine.handle(seen(again, show=show))
    actions = machine.handle(seen(again, show=7))
    assert done(actions, "click") == []
    assert machine.ending


def test_too_many_failed_logins_end_some_time() -> None:
    machine = begun()
    machine.handle(seen(FORM))
    text = "Too many failed login attempts. Please wait 99999999999 hours"
    parts = (Node(10, "label", text=text), Node(11, "button", text="OK"))
    for show in (1, 2, 3):
        actions = machine.handle(seen(Node(9, "dialog", text="Gateway", children=parts), show=show))
        assert timers(actions)["login"] == 86400 + machine.config.login_wait
    actions = machine.handle(seen(Node(9, "dialog", text="Gateway", children=parts), show=4))
    assert [a.result.error_code for a in actions if isinstance(a, s.Finish)] == [
        ErrorCode.InitializationTimeout
    ]
