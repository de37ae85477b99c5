"""Routes as data, and one call of a route."""

from __future__ import annotations

import asyncio
import json as json_text
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ..ib import AsyncIB
from .connection import Connection, ready_ib
from .context import Context
from .parameters import ALIASES, Parameter, flat, take
from .problems import Problem, unknown_name
from .security import Holder
from .structs import encode, encode_plain
from .words import plain_words

COMMON = ("timeout", "clientId", "ticket")
STREAMS = ("mode", "lastEventId")
CLIENT_ID = Parameter("clientId", int, None, "which of the server's client ids asks TWS", low=0)
TIMEOUT = Parameter("timeout", float, None, "seconds to wait for TWS", low=0, high=600)
Handler = Callable[["Call"], Awaitable[Response]]


@dataclass(frozen=True)
class Route:
    """A path and a method, and what is said of it in OpenAPI.

    answer, body: types of JSON. stream: it gives text/event-stream, too. media: further types of
    the answer. any_query: the handler looks itself for parameters that do not exist, or does not
    care; so do routes that need no scope.
    """

    path: str
    method: str
    handler: Handler
    summary: str
    scope: str = "read"
    parameters: tuple[Parameter, ...] = ()
    answer: Any = None
    body: Any = None
    status: int = 200
    stream: bool = False
    media: tuple[str, ...] = ()
    hidden: bool = False  # an alias of IBREST's
    body_token: bool = False  # the token may stand in the body, if the settings say so
    any_query: bool = False

    @property
    def trades(self) -> bool:
        """Whether it is left out with --read-only."""
        return self.scope in ("trade", "admin") and self.method != "GET"


class Call:
    """One request to a route."""

    def __init__(self, context: Context, route: Route, request: Request) -> None:
        self.context = context
        self.route = route
        self.request = request
        self._query: dict[str, list[str]] | None = None

    @property
    def holder(self) -> Holder:
        """Who asks."""
        holder: Holder = self.request.scope["holder"]
        return holder

    @property
    def query(self) -> dict[str, list[str]]:
        """The query, each name with all its values."""
        if self._query is None:
            found: dict[str, list[str]] = {}
            for name, value in self.request.query_params.multi_items():
                found.setdefault(name, []).append(value)
            self._query = found
        return self._query

    def values(self) -> dict[str, Any]:
        """Return the values of the route's parameters, from the path and the query."""
        fixed: dict[str, Any] = {}
        known = {each.name: each for each in self.route.parameters}
        for name, text in self.request.path_params.items():
            fixed[name] = known[name].take([text]) if name in known else text
        return take(self.route.parameters, self.query, fixed, self._common)

    @property
    def _common(self) -> tuple[str, ...]:
        return (*COMMON, *STREAMS) if self.route.stream else COMMON

    def check_query(self) -> None:
        """Refuse names in the query that the route does not have. Problem (400)."""
        route = self.route
        if self.query and route.scope and not route.any_query:
            self.only(*(each.name for each in flat(route.parameters)), *self._common)

    def only(self, *names: str) -> None:
        """Refuse names in the query that are not among these. Problem (400)."""
        for given in self.query:
            if ALIASES.get(given, given) not in names:
                raise unknown_name(given, names)

    @property
    def timeout(self) -> float:
        """For how many seconds to wait for TWS."""
        texts = self.query.get("timeout")
        return float(TIMEOUT.take(texts)) if texts else self.context.settings.timeout

    @property
    def client_id(self) -> int | None:
        """Which client id is to ask TWS, None: any."""
        texts = self.query.get("clientId")
        return int(CLIENT_ID.take(texts)) if texts else None

    def accepts(self, media: str) -> bool:
        """Return whether the request asks for a media type by its name."""
        return media in self.request.headers.get("accept", "")

    async def body(self, kind: Any) -> Any:
        """Return the body, as its type has it. Problem (400): it is none."""
        return decode(await self.raw_body(), kind)

    async def raw_body(self) -> bytes:
        """Return the body. Problem (415): it is said to be something else than JSON."""
        media = self.request.headers.get("content-type", "application/json")
        if media.partition(";")[0].strip().lower() not in ("application/json", "text/plain", ""):
            if not (await self.request.body()):
                return b""
            raise Problem(415, f"content-type: {media} is not application/json; "
                          "send the header Content-Type: application/json")  # fmt: skip
        return await self.request.body()

    async def token_in_body(self) -> None:
        """Take the token of who can set no header out of the body. Problem (401): there is none, or
        it is not valid.
        """
        refused = Problem(401, "a token is needed, in Authorization or in the body",
                          headers={"WWW-Authenticate": "Bearer"})  # fmt: skip
        body = await self.request.body()
        refuse_doubles(body)  # here: what is made of it below has each name once
        try:
            raw = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
            token = msgspec.json.decode(raw.pop("token"), type=str)
        except (msgspec.DecodeError, KeyError, RecursionError):
            raise refused from None
        holder = self.context.tokens.holder(token)
        if holder is None:
            raise refused
        self.request.scope["holder"] = holder
        self.request._body = msgspec.json.encode(raw)

    # --- TWS ---

    async def ask(
        self, method: str, arguments: Mapping[str, Any], connection: Connection | None = None
    ) -> Any:
        """Return the answer of a method of AsyncIB. Who asks the same meanwhile gets the same."""
        if connection is None:
            connection = self.context.pool.data(self.client_id)
        wait = self.timeout
        key = f"{method} {connection.client_id if self.client_id is not None else ''} "
        key += encode(arguments).decode()

        async def ask() -> Any:
            ib = ready_ib(connection)
            connection.busy += 1
            try:
                await connection.pace.acquire()
                ready_ib(connection)  # it may have been lost meanwhile
                return await getattr(ib, method)(**arguments, timeout=wait)
            finally:
                connection.busy -= 1

        return await self.while_connected(self.context.shared.ask(key, ask))

    async def while_connected(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Return what `work` does; it is cancelled when the client that asks has gone."""
        task = asyncio.ensure_future(work)
        gone = asyncio.ensure_future(self._gone())
        try:
            await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise Gone
        finally:
            gone.cancel()
            task.cancel()

    async def _gone(self) -> None:
        await self.request.body()
        while not await self.request.is_disconnected():
            message = await self.request.receive()
            if message["type"] == "http.disconnect":
                return


class Gone(Exception):
    """The client has gone: nobody waits for the answer."""


def refuse_doubles(body: bytes) -> None:
    """Refuse a name that an object has twice, with perhaps two quantities. Problem (400)."""

    def pairs(found: list[tuple[str, object]]) -> None:
        seen: set[str] = set()
        for name, _ in found:
            if name in seen:
                raise Problem(400, f"{name}: it is given twice", parameter=name)
            seen.add(name)

    try:
        json_text.loads(body, object_pairs_hook=pairs)
    except RecursionError:
        raise Problem(400, "the body is nested too deeply") from None
    except ValueError:  # what is wrong with it, msgspec tells
        return


def decode(body: bytes, kind: Any) -> Any:
    """Return JSON as its type has it. Problem (400) names the field that is wrong."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as e:
        raise _invalid(str(e), kind) from None
    except msgspec.DecodeError as e:
        raise Problem(400, f"the body is no JSON: {e}") from None
    except RecursionError:
        raise Problem(400, "the body is nested too deeply") from None


def _invalid(text: str, kind: Any) -> Problem:
    marker = "unknown field `"
    if marker in text:
        name = text.partition(marker)[2].partition("`")[0]
        place = text.partition(" - at `$.")[2].rstrip("`")
        known = _known(kind, place)
        problem = unknown_name(name, known, "field")
        if place:
            problem.more["path"] = f"{place}.{name}"
        return problem
    more: dict[str, Any] = {}
    field = text.partition(" - at `$")[2].rstrip("`").lstrip(".")
    if field:
        more["parameter"] = field
    return Problem(400, f"{field}: {plain_words(text)}" if field else plain_words(text), **more)


def _known(kind: Any, place: str) -> list[str]:
    """Return the names that an object at this place of a body may have."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        for part in place.split(".") if place else ():
            for field in msgspec.structs.fields(kind):
                if field.name == part.partition("[")[0]:
                    inner = [
                        each
                        for each in getattr(field.type, "__args__", (field.type,))
                        if isinstance(each, type) and issubclass(each, msgspec.Struct)
                    ]
                    kind = inner[0] if inner else kind
        return list(kind.__struct_fields__)
    return []


def json(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response of JSON."""
    return Response(encode(value), status, headers, media_type="application/json")


def ib_method(name: str) -> Callable[..., Any]:
    """Return a method of AsyncIB."""
    method: Callable[..., Any] = getattr(AsyncIB, name)
    return method


__all__ = [
    "CLIENT_ID",
    "COMMON",
    "TIMEOUT",
    "Call",
    "Gone",
    "Handler",
    "Route",
    "decode",
    "encode_plain",
    "ib_method",
    "json",
    "refuse_doubles",
]
