"""Routes that ask TWS once: each is a method of AsyncIB, whose signature says what it takes and
returns.
"""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from .calls import Call, Route, ib_method, json
from .parameters import Parameter, of_method
from .structs import envelope, json_type, list_of

Shape = Callable[[Any], Any]


def asks(
    path: str,
    method: str,
    summary: str,
    name: str,
    *,
    end: str = "",
    path_names: tuple[str, ...] = (),
    fixed: dict[str, Any] | None = None,
    finish: Callable[[Call, Any], Response] | None = None,
    media: tuple[str, ...] = (),
    **defaults: Any,
) -> Route:
    """Return a GET route for a method of AsyncIB. Its answer is {name: what it returns}; `end` is
    the callback that has ended it, as IBREST tells it. `finish` makes another response.
    """
    parameters = of_method(ib_method(method), ("timeout", *(fixed or {})), **defaults)

    async def get(call: Call) -> Response:
        values = {**call.values(), **(fixed or {})}
        return await answer(call, method, values)

    async def answer(call: Call, method: str, values: dict[str, Any]) -> Response:
        found = await call.ask(method, values)
        if finish is not None:
            return finish(call, found)
        return json(wrapped(found, name, end))

    return Route(path, "GET", get, summary, "read", parameters, answer_type(method, name, end),
                 media=media)  # fmt: skip


def wrapped(found: Any, name: str, end: str = "") -> dict[str, Any]:
    """Return an answer of AsyncIB's under a name, with its warnings."""
    made: dict[str, Any] = {end: True} if end else {}
    made[name] = found
    warnings = getattr(found, "warnings", ())
    if warnings:
        made["warnings"] = [{"errorCode": w.code, "errorMsg": w.text} for w in warnings]
    return made


def answer_type(method: str, name: str, end: str = "") -> Any:
    """Return the type of a method's answer."""
    returned = typing.get_type_hints(ib_method(method))["return"]
    origin = typing.get_origin(returned)
    inner = typing.get_args(returned)
    if origin is not None and inner and issubclass(origin, list):
        returned = list[json_type(inner[0])]  # type: ignore[misc]
    fields: dict[str, Any] = {end: bool} if end else {}
    fields[name] = returned
    title = method.removeprefix("req")
    return envelope(f"{title[:1].upper()}{title[1:]}Answer", **fields, warnings=list_of(Warning_))


Warning_ = envelope("Warning", errorCode=int, errorMsg=str, id=int)

__all__ = ["Parameter", "Warning_", "answer_type", "asks", "wrapped"]
