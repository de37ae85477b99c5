"""A rule: how a window is recognised, what is done in it, and what follows.

builtin_rules.py has the windows that are known; user_rules.py reads a user's own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .config import Config
from .result import ErrorCode
from .tree import Node, find, has_text, key, plain, texts


@dataclass(frozen=True)
class Step:
    """Something that is done in a window: click, check, uncheck, type or close.

    Of several labels the first that is there is taken. An optional step is left out if none is.
    """

    do: str
    labels: tuple[str, ...] = ()
    optional: bool = False
    value: str = ""


def click(*labels: str, optional: bool = False) -> Step:
    """Make a step that clicks a button."""
    return Step("click", labels, optional)


@dataclass(frozen=True)
class Rule:
    """One window: what it has, and what is done.

    Every condition that is given must hold; of the alternatives in one, any. `then` is the name of
    a transition of the state machine, `error` the code that the start ends with.
    """

    name: str
    title: tuple[str, ...] = ()  # the whole title
    title_has: tuple[str, ...] = ()
    title_regex: str = ""
    text: tuple[str, ...] = ()  # in the title, a label or a text
    text_regex: str = ""
    lacks: tuple[str, ...] = ()  # none of these texts
    has: tuple[str, ...] = ()  # a button with one of these labels
    event: str = "opened"  # or "closed"
    kinds: tuple[str, ...] = ("frame", "dialog")
    when: tuple[Any, ...] = ()  # a field of Config and the values that it may have
    leaving: bool = False  # only while the Gateway is being ended
    steps: tuple[Step, ...] = ()
    then: str = ""
    error: ErrorCode | None = None
    say: str = ""  # a line of output, with {text}
    tell: bool = False  # what the window says goes into the detail of the error
    alert: str = ""

    def matches(self, root: Node, config: Config, leaving: bool = False) -> bool:
        """Return whether a window is this one."""
        title = root.text
        return (
            root.kind in self.kinds
            and (leaving or not self.leaving)
            and (not self.title or key(title) in {key(t) for t in self.title})
            and (not self.title_has or any(plain(t) in plain(title) for t in self.title_has))
            and (not self.title_regex or bool(re.search(self.title_regex, title)))
            and (not self.text or any(has_text(root, t) for t in self.text))
            and (not self.text_regex or bool(re.search(self.text_regex, texts(root))))
            and not any(has_text(root, t) for t in self.lacks)
            and (not self.has or find(root, self.has) is not None)
            and (not self.when or getattr(config, self.when[0]) in self.when[1:])
        )


def with_own(own: Sequence[Rule], built_in: Sequence[Rule]) -> tuple[Rule, ...]:
    """Return a user's rules and, behind them, ours without those that they replace."""
    names = {rule.name for rule in own}
    return (*own, *(rule for rule in built_in if rule.name not in names))
