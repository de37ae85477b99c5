"""A simulated fortnight in virtual time: nightly restarts and resets, a weekend, farms that flap, lines
that are cut with and without a sign, and a fill in every gap.

Time goes on only when client and simulated TWS have nothing left to do, from one thing that is due to
the next.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from ibapi_port.simulator import SimulatedTws
from ibapi_port.supervised import Clock, Phase, Policy, SupervisedClient

from .rig import App, limit_order, stock, until

START = "20260413 00:00:00 US/Eastern"  # a Monday
HOUR, DAY = 3600.0, 86_400.0
SYMBOLS = ("AAPL", "MSFT", "IBM", "GOOG", "SPY")
STREAMS = 20
QUIET = 4  # looks in a row at which nothing has changed
LONG_QUIET = 300  # the same while TWS owes an answer, which may be on its way
POLICY = Policy(silence=300.0, answer_timeout=120.0, list_timeout=600.0, lost_after=5.0)


class StepClock(Clock):
    """A clock that stands until it is moved; it knows who waits for which time."""

    def __init__(self, wall: float) -> None:
        self._wall = wall
        self._now = 0.0
        self._lock = threading.Lock()
        self._waiting: dict[int, tuple[threading.Condition, float | None]] = {}

    def monotonic(self) -> float:
        return self._now

    def time(self) -> float:
        return self._wall + self._now

    def wait(self, condition: threading.Condition, seconds: float | None) -> None:
        own = threading.get_ident()
        with self._lock:
            due = None if seconds is None else self._now + seconds
            self._waiting[own] = (condition, due)
        try:
            condition.wait()
        finally:
            with self._lock:
                del self._waiting[own]

    def waits_for(self, thread: threading.Thread | None, due: float | None) -> bool:
        """Return whether a thread waits for this time, or does not live. One that was notified of
        something and has not run yet waits for another.
        """
        if thread is None or not thread.is_alive():
            return True
        with self._lock:
            _, waited = self._waiting.get(thread.ident or 0, (None, self._now))
            if waited is None or due is None:
                return waited is due
            return waited > self._now and abs(waited - due) < 1e-6

    def next_due(self) -> float | None:
        with self._lock:
            return min((due for _, due in self._waiting.values() if due is not None), default=None)

    def move_to(self, now: float) -> None:
        with self._lock:
            self._now = max(now, self._now)
            due = [c for c, due in self._waiting.values() if due is not None and due <= self._now]
        for condition in due:
            with condition:
                condition.notify_all()


class Fortnight:
    """The client, the TWS, and what happens to them."""

    def __init__(self, days: int, seed: int) -> None:
        self.days = days
        self.draw = random.Random(seed)
        self.tws = SimulatedTws(tick_interval=30 * DAY, virtual=True, start=START)
        self.tws.start()
        self.clock = StepClock(self.tws.call(lambda world: world.clock.now()))
        self.app = App()
        self.client = SupervisedClient(
            self.app, self.tws.host, self.tws.port, 1, POLICY, clock=self.clock,
            draw=self.draw.random,
        )  # fmt: skip
        self.tws.do("record")
        self.sent: list[tuple[float, int]] = []  # when, and how many requests came since the last
        self._numbers = 0
        self.next_order = 1
        self.filled = 0
        self.price = 100.0
        self.gaps = 0

    # --- time ---

    def settle(self) -> None:
        """Let client and TWS do all that they can do now."""
        supervision = self.client._supervision
        quiet, last = 0, None
        end = time.monotonic() + 20
        while quiet < (LONG_QUIET if supervision.machine.asked_at is not None else QUIET):
            assert time.monotonic() < end, f"it does not come to rest: {self.client.health()}"
            self.tws.settle()
            requests = self.tws.do("requests", since=self._numbers)
            if requests:
                self._numbers = requests[-1]["number"] + 1
                self.sent.append((self.clock.monotonic(), len(requests)))
            session = supervision.line.session
            seen = (self._numbers, len(self.app.calls), self.client.state, self.clock.next_due())
            repeater = supervision._repeater
            with repeater._changed:
                pause = repeater._pause() if repeater._jobs else None
                later = repeater._later[0][0] if repeater._later else None
            next_job = later if pause is None else self.clock.monotonic() + pause
            is_idle = (
                self.clock.waits_for(supervision._thread, supervision.machine.due)
                and not supervision._actions
                and self.clock.waits_for(repeater._thread, next_job)
                and (session is None or session.finished or not session.queue.items)
            )
            quiet = quiet + 1 if is_idle and seen == last else 0
            last = seen
            time.sleep(0.0005)

    def pass_until(self, when: float) -> None:
        """Let time pass, from one thing that is due to the next."""
        self.settle()
        while self.clock.monotonic() < when:
            due = self.clock.next_due()
            to = when if due is None else min(max(due, self.clock.monotonic()), when)
            self.tws.advance(to - self.clock.monotonic())
            self.clock.move_to(to)
            self.settle()

    def pass_by(self, seconds: float) -> None:
        self.pass_until(self.clock.monotonic() + seconds)

    # --- what is held ---

    def order(self) -> int:
        """Place an order that works; its id."""
        order_id = self.next_order
        self.next_order += 1
        self.client.placeOrder(order_id, stock("AAPL"), limit_order(quantity=10))
        self.app.wait("orderStatus", lambda *v: v[:2] == (order_id, "Submitted"))
        self.settle()
        return order_id

    def fill(self, order_id: int) -> None:
        self.tws.do("fill", order_id=order_id, price=1)
        self.filled += 1

    def check(self) -> None:
        """All is as it was before the gap: each stream ticks, on its id, and each fill is known."""
        assert self.client.state is Phase.READY, self.client.health()
        before = len(self.app.calls)
        self.price += 1
        for symbol in SYMBOLS:
            self.tws.do("quote", symbol=symbol, bid=self.price, ask=self.price + 1)

        def ticked() -> set[int]:
            return {v[0] for v in self.app.all("tickPrice", before) if v[1:3] == (1, self.price)}

        def known(name: str) -> Counter[str]:
            return Counter(v[-1].execId for v in self.app.all(name))

        until(lambda: ticked() == set(range(STREAMS)), "ticks of all streams")
        until(lambda: len(known("commissionAndFeesReport")) == self.filled, "the fills")
        self.settle()
        assert len(known("execDetails")) == self.filled
        assert set(known("execDetails").values()) <= {1}
        assert known("commissionAndFeesReport") == known("execDetails")
        ended = [v[0] for v in self.app.all("orderStatus") if v[1] == "Filled"]
        assert len(set(ended)) == self.filled
        keep = ("execDetails", "commissionAndFeesReport", "orderStatus")
        self.app.calls[:] = [call for call in self.app.calls if call[0] in keep]

    # --- what happens ---

    def gap(self, happens: Callable[[int], None]) -> None:
        order_id = self.order()
        happens(order_id)
        self.gaps += 1
        self.check()

    def restart(self, order_id: int) -> None:
        """TWS's own restart at night."""
        self.tws.do("restart", seconds=240)
        self.pass_by(60)
        self.fill(order_id)
        self.pass_by(300)

    def dropped(self, order_id: int) -> None:
        """The connection is reset, and refused for some minutes."""
        fault = self.tws.do("fault", kind="refuse")
        self.tws.do("drop_connection", reset=self.draw.random() < 0.5)
        self.pass_by(self.draw.uniform(1, 600))
        self.fill(order_id)
        self.tws.do("remove_fault", fault=fault)
        self.pass_by(120)

    def upstream(self, order_id: int) -> None:
        """TWS's line to IB is lost; its messages are, too."""
        lost = [
            self.tws.do("fault", kind="lose", message=name)
            for name in ("execDetails", "commissionAndFeesReport", "orderStatus")
        ]
        self.tws.do("connectivity", up=False)
        self.pass_by(self.draw.uniform(1, 1800))
        self.fill(order_id)
        self.settle()
        for fault in lost:
            self.tws.do("remove_fault", fault=fault)
        self.tws.do("connectivity", up=True, data_lost=self.draw.random() < 0.5)
        self.pass_by(120)

    def half_open(self, order_id: int) -> None:
        """The line is cut without a sign, and TWS sees the end of the old one later."""
        self.tws.do("fault", kind="stall", client_id=1, seconds=900, times=1)
        self.pass_by(self.draw.uniform(1, 100))
        self.fill(order_id)
        self.pass_by(1200)

    def farms(self) -> None:
        connections = self.client.health()["connections"]
        for _ in range(10):
            for state in ("broken", "ok"):
                self.tws.do("farm", name=self.draw.choice(("usfarm", "ushmds")), state=state)
                self.pass_by(self.draw.uniform(1, 30))
        for name in ("usfarm", "ushmds"):
            self.tws.do("farm", name=name, state="ok")
        self.settle()
        assert self.client.health()["connections"] == connections
        self.check()

    def weekend(self) -> None:
        """TWS is away from Friday night to Saturday morning; nothing is traded."""
        self.tws.do("restart", seconds=4 * HOUR)
        self.pass_by(4 * HOUR + 600)
        self.check()

    def run(self) -> None:
        """All days."""
        self.client.start()
        self.settle()
        self.pass_by(5)
        for request_id in range(STREAMS):
            symbol = SYMBOLS[request_id % len(SYMBOLS)]
            self.client.reqMktData(request_id, stock(symbol), "", False, False, [])
        self.client.reqPositions()
        self.client.reqAccountUpdates(True, "")
        self.settle()
        for day in range(self.days):
            midnight = day * DAY
            events: list[tuple[float, Callable[[], None]]] = [
                (0.4 * HOUR, lambda: self.gap(self.upstream)),
                (self.draw.uniform(3, 9) * HOUR, self.farms),
                (11 * HOUR, lambda: self.gap(self.dropped)),
                (15 * HOUR, lambda: self.gap(self.half_open)),
                (20 * HOUR, lambda: self.gap(self.upstream)),
                (23.5 * HOUR, lambda: self.gap(self.restart)),
            ]
            if day % 7 == 4:
                events[-1] = (23 * HOUR, self.weekend)
            if day % 7 == 5:
                events = [event for event in events if event[0] > 4 * HOUR]
            for when, happens in sorted(events, key=lambda event: event[0]):
                self.pass_until(midnight + when)
                happens()
        self.pass_until(max(self.days * DAY, self.clock.monotonic()))

    def close(self) -> None:
        self.app.on.clear()
        try:
            assert self.client.stop(10)
        finally:
            self.tws.stop()

    def most_a_second(self) -> int:
        """The most requests that came within a second."""
        most = 0
        for place, (when, _) in enumerate(self.sent):
            within = 0
            for at, count in self.sent[place:]:
                if at - when >= 1:
                    break
                within += count
            most = max(most, within)
        return most

    def report(self) -> dict[str, Any]:
        return {
            "days": self.days,
            "gaps": self.gaps,
            "fills": self.filled,
            "connections": self.client.health()["connections"],
            "most requests a second": self.most_a_second(),
        }
