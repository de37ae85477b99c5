"""A request or a callback with its values, and whether it is what a test waits for."""

from __future__ import annotations

import difflib
from collections.abc import Container, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

SHOWN = 15  # of what came instead, the latest


class ExpectationError(AssertionError):
    """What a test waited for has not come. The text says what came instead."""


class Values:
    """A request or a callback: its `name` and its values, as attributes: of its parameters, and of
    the objects among them.

    `order.orderId` and `order["orderId"]` are the parameter; `request.symbol` is the symbol of the
    contract among the parameters.
    """

    def __init__(self, name: str, values: Mapping[str, object]) -> None:
        self.name = name
        self.values = dict(values)

    def __getitem__(self, field: str) -> Any:
        found = _find(self.values, field)
        if found is _MISSING:
            raise KeyError(
                f"{self.name} has no {field}; it has {', '.join(self.values) or 'no values'}"
            )
        return found

    def __getattr__(self, field: str) -> Any:
        if field.startswith("_") or field == "values":
            raise AttributeError(field)
        try:
            return self[field]
        except KeyError as e:
            raise AttributeError(str(e.args[0])) from None

    def __repr__(self) -> str:
        return " ".join(
            [
                self.name,
                *(
                    f"{name}={_short(value)}"
                    for name, value in self.values.items()
                    if value not in ("", None, [])
                ),
            ]
        )


class Call(Values):
    """A callback that a program got: its `name` and the values of its parameters."""


_MISSING: Any = object()


def _find(values: Mapping[str, object], field: str) -> Any:
    """Return a value by its parameter's name, by a path ("contract.symbol"), or by the name that
    one of the objects has for it.
    """
    head, _, rest = field.partition(".")
    if head in values:
        value = values[head]
        return _attribute(value, rest) if rest else value
    for value in values.values():
        if hasattr(value, "__dict__") or hasattr(type(value), "__slots__"):
            found = _attribute(value, field)
            if found is not _MISSING:
                return found
    return _MISSING


def _attribute(value: object, path: str) -> Any:
    for step in path.split("."):
        value = getattr(value, step, _MISSING)
    return value


def matches(said: Values, wanted: Mapping[str, object]) -> bool:
    """Return whether all wanted values are there. KeyError: there is no such value."""
    return not differences(said, wanted)


def differences(said: Values, wanted: Mapping[str, object]) -> list[str]:
    """Return what is not as wanted: equal values, and then functions to judge them, which are asked
    only if all values before are right.
    """
    found: list[str] = []
    for field, have, want in [
        (field, said[field], want)
        for field, want in sorted(wanted.items(), key=lambda item: callable(item[1]))
    ]:
        right = bool(found) or bool(want(have)) if callable(want) else same(have, want)
        if not right:
            found.append(f"{field} is {_short(have)}")
    return found


def same(have: object, want: object) -> bool:
    """Return whether two values are equal; numbers by what they say: Decimal("0.1") is 0.1."""
    if (isinstance(have, Decimal) and isinstance(want, float)) or (
        isinstance(want, Decimal) and isinstance(have, float)
    ):
        try:
            return Decimal(str(have)) == Decimal(str(want))
        except InvalidOperation:
            return False
    return bool(have == want)


def failure_text(
    what: str, wanted: Mapping[str, object], timeout: float, instead: Iterable[Values]
) -> str:
    """Return the text of ExpectationError."""
    fields = ", ".join(f"{name}={_short(value)}" for name, value in wanted.items())
    came = list(instead)
    lines = [
        f"no {what}{f' with {fields}' if fields else ''} came within {timeout:g} s; "
        f"{'instead came:' if came else 'nothing else came'}"
    ]
    if len(came) > SHOWN:
        lines.append(f"  ... {len(came) - SHOWN} before these")
    for said in came[-SHOWN:]:
        why = ", ".join(differences(said, wanted)) if said.name == what else ""
        lines.append(f"  {said!r}{f'  ({why})' if why else ''}")
    return "\n".join(lines)


def similar(name: str, known: Iterable[str]) -> str:
    """Return a question whether a name is meant that looks like this one; "" if there is none."""
    close = difflib.get_close_matches(name, list(known), 1)
    return f"; is {close[0]} meant?" if close else ""


def clock_hint(tws: Any) -> str:
    """Return a line that says how time passes, if that of a simulated TWS stands still."""
    if not getattr(tws, "stands_still", False):
        return ""
    return (
        "\n  the time of the simulated TWS stands still, and what it does later has not happened: "
        "advance(seconds) moves it"
    )


def full_text(said: Values, without: Container[str] = ()) -> str:
    """Return a request or a callback with all its values that are set, but for some names."""
    values = (
        f"{name}={_whole(value, without)}"
        for name, value in said.values.items()
        if name not in without and value not in ("", None, [])
    )
    return " ".join([said.name, *values])


def _whole(value: object, without: Container[str]) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_whole(one, without) for one in value)}]"
    if isinstance(value, dict):
        items = sorted(value.items(), key=lambda item: str(item[0]))
        return f"{{{', '.join(f'{key}: {_whole(one, without)}' for key, one in items)}}}"
    set_ = _set_attributes(value)
    if set_ is None:
        return str(value) if isinstance(value, Decimal) else repr(value)
    fields = (f"{k}={_whole(one, without)}" for k, one in set_.items() if k not in without)
    return f"{type(value).__name__}({', '.join(fields)})"


def _set_attributes(value: object) -> dict[str, Any] | None:
    """Return the attributes of one of IB's objects that are not as in a new one; None: it is no
    such object.
    """
    ours = type(value).__module__.startswith(("ibapi_port", "ibapi"))
    if not (ours and hasattr(value, "__dict__")):
        return None
    try:
        usual = vars(type(value)())
    except TypeError:
        usual = {}
    return {
        name: one for name, one in vars(value).items() if name not in usual or usual[name] != one
    }


def _short(value: object) -> str:
    """Return a value as text, of IB's objects only what is set; no more than a line of it."""
    set_ = _set_attributes(value)
    if set_ is not None:
        fields = ", ".join(f"{name}={_short(one)}" for name, one in set_.items())
        return f"{type(value).__name__}({fields})"
    if callable(value):
        return "..."
    text = str(value) if isinstance(value, Decimal) else repr(value)
    return text if len(text) <= 200 else f"{text[:200]}..."
