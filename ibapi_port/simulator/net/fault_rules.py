"""The faults that are set, and to which connections they apply."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..errors import BadValue
from .faults import KINDS, Fault

MOST_FAULTS = 1000


@dataclass(eq=False)
class Rule:
    """A fault that is set."""

    number: int
    fault: Fault
    left: int | None  # how often it may happen yet
    pipeline: object = None  # whose, if it is for one connection

    def describe(self) -> dict[str, Any]:
        """Return its settings that are not as they are by default."""
        settings = {
            field.name: getattr(self.fault, field.name)
            for field in dataclasses.fields(Fault)
            if field.name != "kind"
        }
        changed = {
            field.name: settings[field.name]
            for field in dataclasses.fields(Fault)[1:]
            if settings[field.name] != field.default
        }
        if "data" in changed:
            changed["data"] = self.fault.raw.hex()
        return {
            "fault": self.number,
            "kind": self.fault.kind,
            **changed,
            **({} if self.left is None else {"left": self.left}),
        }


class Faults:
    """The faults that are set. `on_change` is called when they have changed."""

    def __init__(self) -> None:
        self._rules: dict[int, Rule] = {}
        self._numbers = itertools.count(1)
        self._ordered: list[Rule] = []
        self.any = False  # whether any is set
        self.on_change: Callable[[], None] = lambda: None

    def add(self, fault: Fault) -> Rule:
        if len(self._rules) >= MOST_FAULTS:  # each is looked at for each message
            raise BadValue("kind", f"{MOST_FAULTS} faults are set already: take some back first")
        rule = Rule(next(self._numbers), fault, fault.times)
        self._rules[rule.number] = rule
        self._changed()
        return rule

    def __contains__(self, number: int) -> bool:
        return number in self._rules

    def remove(self, number: int) -> None:
        """Take it back, if it is set."""
        self._rules.pop(number, None)
        self._changed()

    def clear(self) -> None:
        """Take all faults back."""
        self._rules.clear()
        self._changed()

    def all(self) -> list[Rule]:
        """Return the faults that are set, in the order of their numbers."""
        return list(self._rules.values())

    def bind(self, pipeline: object) -> None:
        """Bind what was set for the next connection to this one, which has come."""
        for rule in self._ordered:
            if rule.fault.next_only and rule.pipeline is None:
                rule.pipeline = pipeline

    def drop_pipeline(self, pipeline: object) -> None:
        """Drop the faults of a connection that has gone."""
        for rule in [rule for rule in self._ordered if rule.pipeline is pipeline]:
            self.remove(rule.number)

    def applying_to(self, pipeline: object, client_id: int | None) -> list[Rule]:
        """Return those that apply to a connection, in the order in which they work."""
        return [
            rule
            for rule in self._ordered
            if (
                rule.pipeline is pipeline
                if rule.fault.next_only
                else rule.fault.client_id in (None, client_id)
            )
            and rule.left != 0
        ]

    def count(self, rule: Rule) -> None:
        """Count that it has happened once more."""
        if rule.left is not None:
            rule.left -= 1
            if rule.left == 0:
                self.remove(rule.number)

    def _changed(self) -> None:
        order = list(KINDS)
        self.any = bool(self._rules)
        self._ordered = sorted(self._rules.values(), key=lambda rule: order.index(rule.fault.kind))
        self.on_change()
