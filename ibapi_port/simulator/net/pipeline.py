"""The line to one client: frames go in, bytes come out, by way of the faults that are set.

Without a fault a frame goes straight to the wire. With faults it becomes steps, which are taken one
after the other: bytes, pauses, ends.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from typing import Protocol

from .fault_rules import Faults, Rule
from .faults import (
    KINDS,
    MOST_BYTES,
    MOST_STEPS,
    Change,
    End,
    Fault,
    FaultContext,
    ForeignBytes,
    Pause,
    Step,
    Until,
)
from .timers import Timer, Timers

BINARY_IDS = 201  # from this server version on message ids are binary


class Wire(Protocol):
    """What the pipeline writes to: the connection itself."""

    def write(self, data: bytes) -> None:
        """Send bytes."""

    def end(self, how: str, seconds: float) -> None:
        """End as `End` says."""

    def check(self) -> None:
        """Look whether too much waits, now that more waits in the pipeline."""


class OutboundPipeline:
    """What is sent to one client, by way of the faults. `soon` calls a function when the bytes on
    their way have had their chance to leave.
    """

    def __init__(
        self,
        wire: Wire,
        faults: Faults,
        timers: Timers,
        soon: Callable[[Callable[[], None]], None],
        seed: str,
    ) -> None:
        self._wire = wire
        self._faults = faults
        self._timers = timers
        self._soon = soon
        self._rng = random.Random(seed)
        self._steps: deque[Step] = deque()
        self.held = 0  # bytes in the steps, that wait for their time
        self.passed = 0  # bytes that were sent, by the way of faults or without
        self._seen: dict[int, int] = {}  # messages that each fault has let pass
        self._waiting = False
        self._gathers: Fault | None = None
        self._gathered = 0  # messages that wait for others to go out with
        self._gather_until: Timer | None = None
        self._binary_ids = False
        self.client_id: int | None = None  # None: it has not said
        self.over = False
        faults.bind(self)

    def greeted(self, server_version: int) -> None:
        """Note that the two sides have agreed on a version."""
        self._binary_ids = server_version >= BINARY_IDS

    @property
    def is_plain(self) -> bool:
        """Return whether no fault has a say in what is sent now."""
        return not (self._faults.any or self._steps)

    def send_plainly(self, data: bytes) -> None:
        """Send frames, while `is_plain`."""
        if not self.over:
            self.passed += len(data)
            self._wire.write(data)

    def send(self, name: str, data: bytes) -> None:
        """Send a frame: the message of that name."""
        if not (self._faults.any or self._steps):
            self.send_plainly(data)
            return
        if self.over:
            return
        steps: list[Step] = [data]
        self._gathers = None
        for rule in self._rules():
            if self._is_meant(rule, name, len(data)):
                steps = self._change(rule, steps)
        self.passed += len(data)
        self._steps.extend(steps)
        self.held += sum(map(_size, steps))
        if self._gathers is not None:
            self._gather(self._gathers)
            self.refresh()  # it may have been the fault's last time
        elif self._gathered:
            self._release()
        self._pump()
        if self.held:
            self._wire.check()

    @property
    def waits(self) -> bool:
        """Return whether something is to go out at a later time."""
        return (self._waiting or self._gather_until is not None) and not self.over

    def refresh(self) -> None:
        """Look at the faults, which have changed."""
        if self._gathered and not any(rule.fault.kind == "coalesce" for rule in self._rules()):
            self._release()

    def passes(self, name: str) -> bool:
        """Let the faults see what is no message of ours: a request, by name, or "accept". Return
        False if it is lost, or with it the connection.
        """
        for rule in self._rules() if self._faults.any else ():
            if rule.fault.message == name and self._is_meant(rule, name, 0):
                kind = rule.fault.kind
                if kind == "lose":
                    self._faults.count(rule)
                    return False
                if kind in ("cut", "reset", "stall", "deaf"):
                    self._faults.count(rule)
                    self._steps.extend(
                        [
                            Until(
                                self._timers.clock.monotonic()
                                + (rule.fault.seconds if kind in ("cut", "reset") else 0)
                            )
                        ]
                    )
                    self._steps.append(_ending(rule.fault))
                    self._pump()
                    return kind == "deaf"
        return True

    def fault(self, kind: str) -> Fault | None:
        """Return a fault of that kind that applies now; it counts as having happened."""
        for rule in self._rules() if self._faults.any else ():
            if rule.fault.kind == kind:
                self._faults.count(rule)
                return rule.fault
        return None

    def finish(self) -> None:
        """Close the connection when all that was sent has left."""
        self._steps.append(End("close"))
        self._release()

    def close(self) -> None:
        """Drop what waits: the connection has gone."""
        self.over = True
        self._steps.clear()
        self.held = 0
        self._faults.drop_pipeline(self)

    # --- steps ---

    def _rules(self) -> list[Rule]:
        return self._faults.applying_to(self, self.client_id)

    def _is_meant(self, rule: Rule, name: str, length: int) -> bool:
        fault = rule.fault
        if fault.message not in ("", name) or fault.kind in ("slow", "version", "refuse"):
            return False
        if fault.after_bytes and self.passed + length <= fault.after_bytes:
            return False
        seen = self._seen.get(rule.number, 0)
        self._seen[rule.number] = seen + 1
        return seen >= fault.after

    def _change(self, rule: Rule, steps: list[Step]) -> list[Step]:
        """Return what the fault makes of the frames among the steps."""
        self._faults.count(rule)
        fault, made = rule.fault, list[Step]()
        if fault.kind in ("stall", "deaf"):
            return [_ending(fault), *steps]
        if fault.kind == "coalesce":
            self._gathers = fault
            return steps
        change, of_bytes, size = _changes(fault), KINDS[fault.kind].of_bytes, 0
        context = FaultContext(
            self._timers.clock.monotonic(), self._rng, self.passed, self._binary_ids
        )
        for step in steps:
            if isinstance(step, ForeignBytes) and of_bytes:
                step = step.data
            fits = len(made) < MOST_STEPS and size < MOST_BYTES
            new = change(step, fault, context) if fits and isinstance(step, bytes) else [step]
            made += new
            size += sum(map(_size, new))
            if made and isinstance(made[-1], End) and made[-1].how in ("close", "reset"):
                break
        return made

    def _gather(self, fault: Fault) -> None:
        self._gathered += 1
        if self._gathered >= fault.size:
            self._release()
        elif self._gather_until is None and fault.seconds:
            self._gather_until = self._timers.call_later(fault.seconds, self._release)

    def _release(self) -> None:
        if self._gather_until is not None:
            self._gather_until.cancel()
        self._gathered = 0
        self._gather_until = None
        self._pump()

    def _pump(self) -> None:
        while self._steps and not (self._waiting or self._gathered or self.over):
            step = self._steps.popleft()
            self.held -= _size(step)
            if isinstance(step, (bytes, ForeignBytes)):
                self._wire.write(step if isinstance(step, bytes) else step.data)
            elif isinstance(step, End):
                self._wire.end(step.how, step.seconds)
                if step.how in ("close", "reset"):  # what stands behind it is not sent any more
                    self.over = True
                    self._steps.clear()
                    self.held = 0
                if step.how == "stall":
                    self.over = not step.seconds
                    self._wait(step.seconds)
            else:
                self._wait(
                    step.seconds
                    if isinstance(step, Pause)
                    else step.due - self._timers.clock.monotonic(),
                    isinstance(step, Pause),
                )

    def _wait(self, seconds: float, for_wire: bool = False) -> None:
        if seconds > 0:
            self._waiting = True
            self._timers.call_later(seconds, self._go_on)
        elif for_wire:
            self._waiting = True
            self._soon(self._go_on)

    def _go_on(self) -> None:
        self._waiting = False
        self._pump()


def _size(step: Step) -> int:
    return (
        len(step)
        if isinstance(step, bytes)
        else len(step.data)
        if isinstance(step, ForeignBytes)
        else 0
    )


def _changes(fault: Fault) -> Change:
    change = KINDS[fault.kind].change
    assert change is not None
    return change


def _ending(fault: Fault) -> End:
    return End(
        {"cut": "close"}.get(fault.kind, fault.kind),
        fault.seconds if fault.kind in ("stall", "deaf") else 0.0,
    )
