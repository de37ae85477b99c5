"""A user's own rules, from a TOML file: windows that the built-in rules do not know, or others'
answers to those that they know.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from .result import ErrorCode
from .rules import Rule, Step
from .spelling import meant
from .toml import TomlError, read_toml

THENS = ("fail", "close", "alert", "")  # what a rule of a user's may have follow


class RuleError(ValueError):
    """A rule in a user's file is wrong; the text says which, and what is."""


def load(path: Path) -> tuple[Rule, ...]:
    """Return the rules of a TOML file. Raise RuleError if one is wrong, OSError without a file."""
    try:
        data = read_toml(path)
    except TomlError as e:
        raise RuleError(str(e)) from None
    return rules_from(data, str(path))


_MATCHES = ("title", "title_has", "title_regex", "text", "text_regex", "has")
_TEXTS = ("title", "title_has", "text", "has", "lacks")
_KEYS = {"name", "steps", "click", "check", "then", "error", "say", "lacks", *_MATCHES}
_STEPS = ("click", "check", "uncheck", "type", "close")


def rules_from(data: Mapping[str, Any], where: str = "rules") -> tuple[Rule, ...]:
    """Make rules of data as TOML has them: a list `rule` of tables. Raise RuleError."""
    unknown = sorted(data.keys() - {"rule"})
    if unknown:
        raise RuleError(f"{where}: unknown table {unknown[0]!r}; a rule begins with [[rule]]")
    rows = data.get("rule", [])
    if not isinstance(rows, list):
        raise RuleError(f"{where}: write [[rule]], with two brackets on each side")
    return tuple(_rule(row, f"{where}, rule {n}") for n, row in enumerate(rows, 1))


def _rule(row: Any, where: str) -> Rule:
    if not isinstance(row, Mapping):
        raise RuleError(f"{where}: it is no table")
    unknown = sorted(row.keys() - _KEYS)
    if unknown:
        near = meant(unknown[0], _KEYS) or f"; there are {', '.join(sorted(_KEYS))}"
        raise RuleError(f"{where}: unknown key {unknown[0]!r}{near}")
    if not any(row.get(name) for name in _MATCHES):
        raise RuleError(f"{where}: it would match every window; give one of {', '.join(_MATCHES)}")
    rule = Rule(name=_text(row, "name", where) or where)
    for name in _TEXTS:
        rule = replace(rule, **{name: _text_list(row, name, where)})  # type: ignore[arg-type]
    for name in ("title_regex", "text_regex"):
        pattern = _text(row, name, where)
        try:
            re.compile(pattern)
        except re.error as e:
            raise RuleError(f"{where}: {name}: {pattern!r} is no regular expression: {e}") from None
        rule = replace(rule, **{name: pattern})  # type: ignore[arg-type]
    then = _text(row, "then", where)
    if then not in THENS:
        raise RuleError(f"{where}: then: {then!r} is none of {', '.join(filter(None, THENS))}")
    error = _error(row, where) if then == "fail" or "error" in row else None
    return replace(
        rule,
        steps=_steps(row, where),
        say=_text(row, "say", where) or f"Window of the rule {rule.name!r}: {{text}}",
        then="close_window" if then == "close" else "",
        alert="warning" if then == "alert" else "",
        error=error,
        tell=error is not None,
    )


def _error(row: Mapping[str, Any], where: str) -> ErrorCode:
    name = row.get("error", "UnknownMessageWindowDetected")
    if not isinstance(name, str) or name not in ErrorCode.__members__ or name == "NoError":
        near = meant(str(name), ErrorCode.__members__)
        raise RuleError(f"{where}: error: {name!r} is no error code such as 'LoginFailed'{near}")
    return ErrorCode[name]


def _steps(row: Mapping[str, Any], where: str) -> tuple[Step, ...]:
    steps: list[Step] = []
    for name in ("check", "click"):
        labels = _text_list(row, name, where)
        if labels:
            steps.append(Step(name, labels, optional=name == "check"))
    rows = row.get("steps", [])
    if not isinstance(rows, list):
        raise RuleError(f"{where}: steps: it is no list of tables")
    for number, step in enumerate(rows, 1):
        place = f"{where}: step {number}"
        if not isinstance(step, Mapping) or step.get("do") not in _STEPS:
            raise RuleError(f"{place}: give do = one of {', '.join(_STEPS)}")
        for name in step.keys() - {"do", "label", "value", "optional"}:
            near = meant(name, ("do", "label", "value", "optional"))
            raise RuleError(f"{place}: unknown key {name!r}{near}")
        labels = _text_list(step, "label", place)
        if not labels and step["do"] != "close":
            raise RuleError(f"{place}: label: say which component it is for")
        steps.append(
            Step(step["do"], labels, bool(step.get("optional")), _text(step, "value", place))
        )
    return tuple(steps)


def _text(row: Mapping[str, Any], name: str, where: str) -> str:
    value = row.get(name, "")
    if not isinstance(value, str):
        raise RuleError(f"{where}: {name}: {value!r} is no text")
    return value


def _text_list(row: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
    value = row.get(name, [])
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(v, str) and v for v in values):
        raise RuleError(f"{where}: {name}: {value!r} is no text, and no list of texts")
    return tuple(values)
