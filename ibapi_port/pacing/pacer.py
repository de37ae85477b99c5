"""When a request may go: the limits applied to what was sent and what waits. Without I/O, threads
and clock: the time is told, in seconds of any clock that only goes on.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Hashable

from ..seams import Refused
from .limits import Pacing, Rule
from .tickets import Slot, Ticket

SECOND = 1.0
# One in so many of a second's messages may go at once; as many do orders find free at any time.
BURST = 10
MANY_KEYS = 1000  # windows; then those are forgotten in which nothing counts any more
_CODES = {Slot.LINE: 101, Slot.SCANNER: 162, Slot.HISTORY: 162}
_NAMES = {
    Slot.LINE: "market data lines are in use",
    Slot.SCANNER: "scanner subscriptions are open",
    Slot.HISTORY: "requests for history are open",
}


class Window:
    """At most `limit` in `seconds`: the times that count."""

    def __init__(self, limit: int, seconds: float) -> None:
        self._limit = limit
        self._seconds = seconds
        self._times: deque[float] = deque()

    def earliest(self, now: float, weight: int = 1) -> float:
        """Return when there is room for so many, `now` if there is."""
        too_many = len(self._times) + weight - self._limit
        return max(now, self._times[too_many - 1] + self._seconds) if too_many > 0 else now

    def count(self, when: float, weight: int = 1) -> None:
        self.forget(when)
        self._times.extend([when] * weight)

    def forget(self, now: float) -> bool:
        """Let go what does not count any more. Return whether anything still does."""
        while self._times and self._times[0] + self._seconds <= now:
            self._times.popleft()
        return bool(self._times)

    def copy(self) -> Window:
        other = Window(self._limit, self._seconds)
        other._times = self._times.copy()
        return other


class Messages:
    """The limit of all messages: never more than `rate` in a second. What is no order is spread
    evenly, so that an order finds room at once.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._window = Window(rate, SECOND)
        burst = rate // BURST
        self._step = SECOND / max(rate - burst, 1)
        self._slack = max(burst - 1, 0) * self._step
        self._next = -math.inf  # when the next message is due, were they all spread evenly

    def earliest(self, now: float, first: bool) -> float:
        """Return when a message may go, `now` if it may."""
        if not self._rate:
            return now
        at_once = self._window.earliest(now)
        return at_once if first else max(at_once, self._next - self._slack)

    def count(self, now: float) -> None:
        if self._rate:
            self._window.count(now)
            self._next = max(self._next, now) + self._step

    def copy(self) -> Messages:
        other = Messages(self._rate)
        other._window = self._window.copy()
        other._next = self._next
        return other


class Pacer:
    """The limits of one client, and the tickets that wait."""

    def __init__(self, pacing: Pacing) -> None:
        self.queue: list[Ticket] = []  # those that go first, then the others, each in order
        self._messages = Messages(pacing.rate)
        self._windows: dict[tuple[Rule, Hashable], Window] = {}
        self._held: dict[int, tuple[Slot, bool]] = {}  # by request id: what, and whether it ends
        self._limits = {
            Slot.LINE: pacing.lines,
            Slot.SCANNER: pacing.open_scanners,
            Slot.HISTORY: pacing.open_histories,
        }

    def put(self, ticket: Ticket) -> None:
        """Let a ticket wait."""
        place = len(self.queue)
        if ticket.first:
            place = sum(1 for each in self.queue if each.first)
        self.queue.insert(place, ticket)

    def next(self, now: float) -> tuple[Ticket | None, float]:
        """Return the ticket that may go now, or is refused; or None, and when to ask again
        (infinity: something has to end before).
        """
        soonest = math.inf
        closed: set[tuple[Rule, Hashable]] = set()  # those before in the queue have a right to it
        full: set[Slot] = set()
        for ticket in self.queue:
            message = self._messages.earliest(now, ticket.first)
            if message > now and not ticket.first:
                return None, min(soonest, message)  # so it is for all that follow
            if not closed.isdisjoint(ticket.keys) or ticket.slot in full:
                continue
            when = max([message, *(self._earliest(key, ticket, now) for key in ticket.keys)])
            if when > now:
                closed.update(key for key in ticket.keys if self._earliest(key, ticket, now) > now)
                soonest = min(soonest, when)
            elif ticket.slot is None or self._has_room(ticket):
                return ticket, now
            else:
                ticket.refused = self._refusal(ticket.slot)
                if ticket.refused is not None:
                    return ticket, now
                full.add(ticket.slot)
        return None, soonest

    def admit(self, ticket: Ticket, now: float) -> None:
        """Take a ticket that may go out of the queue, and count it; a refused one counts for
        nothing.
        """
        self.queue.remove(ticket)
        if ticket.refused is not None:
            return
        self._messages.count(now)
        if len(self._windows) > MANY_KEYS:
            self._windows = {k: w for k, w in self._windows.items() if w.forget(now)}
        for key in ticket.keys:
            self._window(self._windows, key).count(now, ticket.weight_for(key[0]))
        if ticket.slot is not None and ticket.request_id is not None:
            self._held[ticket.request_id] = (ticket.slot, ticket.ends)

    def ended(self, request_id: int) -> bool:
        """A request has ended: what it held is free. Return whether it held anything."""
        return self._held.pop(request_id, None) is not None

    def end_connection(self) -> list[Ticket]:
        """Nothing is open any more. Return what waits, and forget it; what was sent still counts,
        as TWS goes on counting.
        """
        self._held.clear()
        waiting = self.queue
        self.queue = []
        return waiting

    def forecast(self, now: float) -> float:
        """Return the seconds until the last one that waits may go, if what is open ends in time."""
        messages = self._messages.copy()
        windows: dict[tuple[Rule, Hashable], Window] = {}
        last = now
        for ticket in self.queue:
            times = [messages.earliest(now, ticket.first)]
            for key in ticket.keys:
                if key not in windows:
                    windows[key] = self._window(self._windows, key).copy()
                times.append(windows[key].earliest(now, ticket.weight_for(key[0])))
            when = max(times)
            messages.count(times[0])
            for key in ticket.keys:
                windows[key].count(when, ticket.weight_for(key[0]))
            last = max(last, when)
        return last - now

    @staticmethod
    def _window(windows: dict[tuple[Rule, Hashable], Window], key: tuple[Rule, Hashable]) -> Window:
        found = windows.get(key)
        if found is None:
            found = windows[key] = Window(key[0].limit, key[0].seconds)
        return found

    def _earliest(self, key: tuple[Rule, Hashable], ticket: Ticket, now: float) -> float:
        window = self._windows.get(key)
        return now if window is None else window.earliest(now, ticket.weight_for(key[0]))

    def _has_room(self, ticket: Ticket) -> bool:
        if ticket.slot is None:
            return True
        limit = self._limits[ticket.slot]
        others = (each for i, each in self._held.items() if i != ticket.request_id)
        return limit is None or sum(slot is ticket.slot for slot, _ in others) < limit

    def _refusal(self, slot: Slot) -> Refused | None:
        """Return why a request cannot wait for something of which nothing ends by itself."""
        if any(held is slot and ends for held, ends in self._held.values()):
            return None
        return Refused(
            f"Pacing: all {self._limits[slot]} {_NAMES[slot]}; cancel one before you ask for "
            "another. Nothing was sent.",
            _CODES[slot],
        )


__all__ = ["Messages", "Pacer", "Window"]
