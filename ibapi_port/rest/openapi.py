"""The OpenAPI document, made of the routes and of the structs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec

from .._version import __version__
from .calls import CLIENT_ID, TIMEOUT, Route
from .parameters import REQUIRED, Parameter, flat
from .problems import TITLES
from .streaming import SSE, STREAM_PARAMETERS
from .structs import envelope

_REF = "#/components/schemas/{name}"
ProblemBody = envelope(
    "Problem", type=str, title=str, status=int, detail=str, requestId=str, id=int, errorCode=int,
    errorMsg=str, parameter=str, known=list[str], cause=str, cure=str,
)  # fmt: skip
_FAILURES = (400, 401, 403, 404, 409, 413, 421, 422, 429, 501, 503, 504)


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """Return the document."""
    listed = [route for route in routes if not route.hidden]
    types = [kind for route in listed for kind in (route.answer, *_bodies(route))
             if kind is not None]  # fmt: skip
    schemas, components = msgspec.json.schema_components([*types, ProblemBody], ref_template=_REF)
    by_type = dict(zip(map(id, types), schemas, strict=False))
    paths: dict[str, Any] = {}
    for route in listed:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, by_type)
    components["Problem"]["additionalProperties"] = True
    made = {
        "openapi": "3.1.0",
        "info": {
            "title": "ibapi_port rest",
            "version": __version__,
            "description": "Interactive Brokers' TWS over HTTP. Names are IB's.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": _problems(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }
    _share_parameters(made)
    _numbers(made)
    return made


def _problems() -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": _REF.format(name="Problem")}}}
    return {
        f"Problem{status}": {"description": TITLES[status], "content": content}
        for status in _FAILURES
    }


def _share_parameters(made: dict[str, Any]) -> None:
    """Write parameters that many routes have in the same way, as the fields of contracts, once."""
    operations = [one for methods in made["paths"].values() for one in methods.values()]
    counts = Counter(str(each) for one in operations for each in one["parameters"])
    shared: dict[str, Any] = {}
    for one in operations:
        for n, parameter in enumerate(one["parameters"]):
            name = parameter["name"]
            if counts[str(parameter)] > 1 and shared.setdefault(name, parameter) == parameter:
                one["parameters"][n] = {"$ref": f"#/components/parameters/{name}"}
    made["components"]["parameters"] = shared


def _bodies(route: Route) -> tuple[Any, ...]:
    """Return the types that a route's body may have."""
    if route.body is None:
        return ()
    return route.body if isinstance(route.body, tuple) else (route.body,)


def _operation(route: Route, by_type: dict[int, Any]) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    content: dict[str, Any] = {}
    if route.answer is not None:
        content["application/json"] = {"schema": by_type[id(route.answer)]}
    for media in route.media:
        content[media] = {"schema": {"type": "string"}}
    good = {"description": "The answer."}
    answers[str(route.status)] = {**good, **({"content": content} if content else {})}
    if route.status == 201 and route.answer is not None:
        for status in ("200", "202"):
            answers[status] = answers["201"]
    elif route.status == 200 and route.method in ("PUT", "DELETE"):
        answers["202"] = answers["200"]
    for number in _FAILURES:
        answers[str(number)] = {"$ref": f"#/components/responses/Problem{number}"}
    made: dict[str, Any] = {
        "operationId": operation_id(route),
        "summary": route.summary,
        "tags": [route.path.split("/")[1] or "server"],
        "x-scope": route.scope or "none",
        "parameters": _parameters(route),
        "responses": answers,
    }
    if not route.scope:
        made["security"] = []
    bodies = [by_type[id(each)] for each in _bodies(route)]
    if bodies:
        schema = bodies[0] if len(bodies) == 1 else {"anyOf": bodies}
        made["requestBody"] = {
            "required": route.path != "/trading/halt",
            "content": {"application/json": {"schema": schema}},
        }
    return made


def operation_id(route: Route) -> str:
    """Return a name for a route: GET /market/data/{id} is get_market_data_id."""
    words = route.path.replace("{", "").replace("}", "").replace(".", "/").strip("/").split("/")
    return "_".join([route.method.lower(), *(word for word in words if word)])


def _parameters(route: Route) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    given = [*route.parameters]
    if route.stream:
        given += STREAM_PARAMETERS
    if route.scope and route.path != "/":
        given += [TIMEOUT, CLIENT_ID]
    for parameter in flat(given):
        in_path = f"{{{parameter.name}}}" in route.path
        if parameter.name not in found:
            found[parameter.name] = _parameter(parameter, in_path)
    if route.path in ("/order", "/order/oca") and route.method == "POST":
        found["Idempotency-Key"] = {
            "name": "Idempotency-Key", "in": "header", "required": False,
            "description": "the same key places an order once", "schema": {"type": "string"},
        }  # fmt: skip
    if route.stream and SSE in route.media:
        found["Last-Event-ID"] = {
            "name": "Last-Event-ID", "in": "header", "required": False,
            "description": "a stream goes on after this event", "schema": {"type": "string"},
        }  # fmt: skip
    return list(found.values())


def _parameter(parameter: Parameter, in_path: bool) -> dict[str, Any]:
    schema = dict(msgspec.json.schema(parameter.type))
    schema.pop("$ref", None)
    if parameter.many:
        schema = {"type": "array", "items": schema}
    elif parameter.default is not REQUIRED and parameter.default not in (None, ()):
        schema["default"] = parameter.default
    if parameter.low is not None:
        schema["minimum"] = parameter.low
    if parameter.high is not None:
        schema["maximum"] = parameter.high
    made = {
        "name": parameter.name,
        "in": "path" if in_path else "query",
        "required": in_path or parameter.default is REQUIRED,
        "schema": schema,
    }
    if parameter.text:
        made["description"] = parameter.text
    return made


def _numbers(node: Any) -> None:
    """Tell Decimals as what they are in JSON: exact numbers."""
    if isinstance(node, dict):
        if node.get("type") == "string" and node.get("format") == "decimal":
            node["type"] = "number"
        for value in node.values():
            _numbers(value)
    elif isinstance(node, list):
        for value in node:
            _numbers(value)


__all__ = ["document", "operation_id"]
