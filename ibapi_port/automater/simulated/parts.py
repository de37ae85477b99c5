"""The windows of the simulated Gateway: trees of components that can be changed."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

_numbers = itertools.count(1)


class Part:
    """One component. `on` is called when it is clicked, chosen or closed."""

    def __init__(
        self,
        kind: str,
        text: str = "",
        *children: Part,
        enabled: bool = True,
        selected: bool = False,
        items: Sequence[str] = (),
        label: str = "",
        on: Callable[[], None] | None = None,
    ) -> None:
        self.id = next(_numbers)
        self.kind = kind
        self.text = text
        self.name = ""
        self.children = list(children)
        self.enabled = enabled
        self.selected = selected
        self.items = list(items)
        self.label = label
        self.index = -1  # what is selected of the items
        self.on = on

    def walk(self) -> Iterator[Part]:
        """Yield this part and all within."""
        yield self
        for child in self.children:
            yield from child.walk()

    def data(self) -> dict[str, Any]:
        """Return the tree as an agent sends it."""
        kind = "other" if self.kind == "row" else self.kind
        data: dict[str, Any] = {"id": self.id, "k": kind, "e": self.enabled, "n": self.name}
        if self.kind != "password":
            data["t"] = self.text
        if self.selected:
            data["s"] = True
        if self.items:
            data["items"] = self.items
        if self.label:
            data["l"] = self.label
        if self.children:
            data["ch"] = [child.data() for child in self.children]
        return data

    def find(self, text: str, *kinds: str) -> Part:
        """Return the first part with a text. Raise LookupError if there is none."""
        for part in self.walk():
            if part.text == text and (not kinds or part.kind in kinds):
                return part
        raise LookupError(f"{self.text!r} has no {text!r}")

    def field(self, label: str) -> Part:
        """Return the field with a label. Raise LookupError if there is none."""
        for part in self.walk():
            if part.label == label and part.kind in ("text", "password"):
                return part
        raise LookupError(f"{self.text!r} has no field {label!r}")

    def press(self) -> None:
        """Do what a click on a button does."""
        if self.kind in ("check", "toggle"):
            self.selected = self.kind == "toggle" or not self.selected
        if self.kind == "radio":
            self.selected = True
        if self.on is not None:
            self.on()


def choose_one(parts: Sequence[Part], chosen: Part) -> None:
    """Leave one selected of some."""
    for part in parts:
        part.selected = part is chosen
