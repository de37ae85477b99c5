"""The ASGI application: routes, and what each request passes before it comes to one."""

from __future__ import annotations

import asyncio
import logging
import secrets
import sqlite3
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as StarletteRoute
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from . import accounts, history, many, market, orders, service
from .calls import Call, Gone, Route
from .oca import resume
from .problems import Problem, problem_of
from .security import Holder
from .settings import SCOPES

if TYPE_CHECKING:
    from .context import Context

logger = logging.getLogger("ibapi_port.rest")
access = logging.getLogger("ibapi_port.rest.access")
NOBODY = Holder("", frozenset())
ALL: tuple[Route, ...] = (
    *service.ROUTES, *many.ROUTES, *orders.ROUTES, *accounts.ROUTES, *history.ROUTES,
    *market.ROUTES,
)  # fmt: skip


def routes_for(read_only: bool) -> list[Route]:
    """Return the routes of a server; with read_only, those that trade are left out."""
    return [route for route in ALL if not (read_only and route.trades)]


def application(context: Context) -> App:
    """Return the application."""
    context.when_connected.append(lambda: resume(context))
    context.routes = routes_for(context.settings.read_only)
    by_path: dict[str, dict[str, Route]] = {}
    for route in context.routes:
        by_path.setdefault(route.path, {})[route.method] = route
    # what has no part that stands for anything goes first: /market/data before /market/{symbol}
    paths = sorted(by_path, key=lambda path: [part.startswith("{") for part in path.split("/")])
    made = Starlette(
        routes=[_endpoint(context, path, by_path[path]) for path in paths],
        exception_handlers={HTTPException: _not_found, Exception: _failed},  # type: ignore[dict-item]
    )
    return App(context, made)


def _endpoint(context: Context, path: str, methods: dict[str, Route]) -> StarletteRoute:
    async def endpoint(request: Request) -> Any:
        method = "GET" if request.method == "HEAD" else request.method
        route = methods.get(method)
        if route is None:
            raise Problem(405, f"{path} takes {', '.join(methods)}{_untold(context, path, method)}",
                          headers={"Allow": ", ".join(methods)})  # fmt: skip
        request.scope["route_path"] = path
        call = Call(context, route, request)
        if request.scope["has_ticket"] and not (route.stream and method == "GET"):
            raise Problem(401, "ticket: it opens a stream, and nothing else")
        in_body = route.body_token and context.settings.webhook_token
        if in_body and request.scope["holder"] is NOBODY:
            await call.token_in_body()
        if route.scope and route.scope not in request.scope["holder"].scopes:
            raise _no_scope(request.scope["holder"], route)
        call.check_query()
        return await route.handler(call)

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await endpoint(request)
        except Gone:
            return
        except Exception as e:
            response = _problem_response(context, e, scope)
        await response(scope, receive, send)

    made = StarletteRoute(path, endpoint, methods=None)
    made.methods = set()  # all: the endpoint tells of wrong ones
    made.app = answered
    return made


def _untold(context: Context, path: str, method: str) -> str:
    """Return why a route is not there that the documentation has; "": it has none."""
    left_out = context.settings.read_only and any(
        route.trades and route.path == path and route.method == method for route in ALL
    )
    return "; the server was started with --read-only" if left_out else ""


def _no_scope(holder: Holder, route: Route) -> Problem:
    if not holder.scopes:
        return Problem(401, "a token is needed: Authorization: Bearer TOKEN",
                       headers={"WWW-Authenticate": "Bearer"})  # fmt: skip
    return Problem(403, f"the token does not have the scope {route.scope}; it has "
                   f"{', '.join(s for s in SCOPES if s in holder.scopes)}")  # fmt: skip


def _problem_response(context: Context, error: Exception, scope: Scope) -> Response:
    problem = problem_of(error, context.pool.orders.retry_after)
    if problem.status == 500:
        logger.error("%s %s has failed", scope["method"], scope["path"], exc_info=error)
    elif isinstance(error, sqlite3.Error):
        logger.error("%s %s has failed: %s", scope["method"], scope["path"], problem.detail)
    return problem.response(scope.get("request_id", ""))


def _not_found(request: Request, error: HTTPException) -> Response:
    problem = Problem(error.status_code,
                      f"{request.url.path}: there is no such route; /docs lists them")  # fmt: skip
    return problem.response(request.scope.get("request_id", ""))


def _failed(request: Request, error: Exception) -> Response:
    return problem_of(error).response(request.scope.get("request_id", ""))


class App:
    """What each request passes: its id, Host and Origin, the token, the limit of bodies, the log.

    It is plain ASGI: a layer of Starlette's own would cost more than the routes do.
    """

    def __init__(self, context: Context, app: Starlette) -> None:
        self.context = context
        self._app = app
        self._max_body = context.settings.max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send, headers)
            return
        start = time.perf_counter()
        given = headers.get(b"x-request-id", "")
        request_id = given if given.isalnum() and len(given) <= 64 else secrets.token_hex(8)
        scope["request_id"] = request_id
        status = 0

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"x-request-id", request_id.encode()),
                    (b"x-content-type-options", b"nosniff"),
                ]
            await send(message)

        try:
            self._admit(scope, headers)
            await self._app(scope, self._limited(receive), told)
        except asyncio.CancelledError:  # the server stops, and has waited long enough
            if not self.context.hub.closed or status:
                raise
            problem = Problem(503, "the server stops", retry_after=5)
            await problem.response(request_id)(scope, receive, told)
        except Problem as problem:
            await problem.response(request_id)(scope, receive, told)
        seconds = time.perf_counter() - start
        path = scope.get("route_path", "(none)")
        self.context.metrics.request(scope["method"], path, status, seconds)
        if access.isEnabledFor(logging.INFO):  # the query may hold a ticket: it is not logged
            client = scope.get("client") or ("-", 0)
            access.info("%s %s %s %s %d %.1f ms %s", request_id, client[0], scope["method"],
                        scope["path"], status, seconds * 1000, scope["holder"].name or "-"
                        if "holder" in scope else "-")  # fmt: skip

    def _admit(self, scope: Scope, headers: dict[bytes, str]) -> None:
        """Refuse a request of another site's page, or a body that is too large; find its holder."""
        scope["holder"] = NOBODY
        scope["has_ticket"] = False
        host = headers.get(b"host", "")
        if sum(name == b"host" for name, _ in scope["headers"]) > 1:
            raise Problem(400, "Host: it is given twice")
        if not self.context.hosts.allows(host):
            raise Problem(421, f"Host: {host!r} is none of this server's names; "
                          "--allow-host adds one")  # fmt: skip
        origin = headers.get(b"origin")
        if origin is not None and not self.context.hosts.allows_origin(origin, host):
            raise Problem(403, f"Origin: {origin} is another site; CORS is closed")
        length = headers.get(b"content-length", "0")
        if not length.isdigit() or int(length) > self._max_body:
            raise Problem(413, f"the body is larger than {self._max_body} bytes")
        scope["holder"] = self._holder(scope, headers)
        wants_page = scope["path"] == "/" and "text/html" in headers.get(b"accept", "")
        if wants_page and scope["method"] in ("GET", "HEAD"):
            scope["path"] = "/page/index.html"
            scope["raw_path"] = b"/page/index.html"

    def _holder(self, scope: Scope, headers: dict[bytes, str]) -> Holder:
        kind, _, token = headers.get(b"authorization", "").partition(" ")
        if token:
            found = self.context.tokens.holder(token.strip()) if kind.lower() == "bearer" else None
            if found is None:
                raise Problem(401, "Authorization: the token is not valid",
                              headers={"WWW-Authenticate": "Bearer"})  # fmt: skip
            return found
        query = scope.get("query_string", b"")
        if b"ticket=" in query and _opens_stream(scope, headers):
            from urllib.parse import parse_qs

            ticket = parse_qs(query.decode("latin-1")).get("ticket", [""])[0]
            found = self.context.tickets.take(ticket)
            if found is None:
                raise Problem(401, "ticket: it is not valid, or not any more")
            scope["has_ticket"] = True
            return found
        return NOBODY

    def _limited(self, receive: Receive) -> Receive:
        """Refuse a body that grows beyond the limit without having said so."""
        total = 0

        async def limited() -> Message:
            nonlocal total
            message = await receive()
            if message["type"] == "http.request":
                total += len(message.get("body", b""))
                if total > self._max_body:
                    raise Problem(413, f"the body is larger than {self._max_body} bytes")
            return message

        return limited

    async def _websocket(
        self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, str]
    ) -> None:
        from .many import Socket

        websocket = WebSocket(scope, receive, send)
        try:
            scope["method"] = "GET"
            self._admit(scope, headers)
            holder = scope["holder"]
            if scope["path"] != "/stream":
                raise Problem(404, "there is no such route")
            if "stream" not in holder.scopes:
                raise Problem(403, "the token does not have the scope stream")
            self.context.hub.check_room(self.context.settings.most_streams)
        except Problem as problem:
            logger.info("a WebSocket was refused: %s", problem.detail)
            await websocket.close(1008, problem.detail[:120])
            return
        await Socket(self.context, websocket).run()

    def _publish(self) -> None:
        from .publish import Publisher  # late: it needs the extra [redis]

        settings = self.context.settings
        publisher = Publisher(self.context, settings.publish, settings.publish_channels)
        self.context.run(publisher.run())

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.context.start()
                if self.context.settings.publish:
                    self._publish()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.context.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return


def _opens_stream(scope: Scope, headers: dict[bytes, str]) -> bool:
    """Return whether a request opens a stream: tickets are good for nothing else."""
    accept = headers.get(b"accept", "")
    return scope["type"] == "websocket" or "text/event-stream" in accept


def scopes(routes: Iterable[Route]) -> dict[str, list[str]]:
    """Return the routes by the scope that they need."""
    return {scope: [f"{r.method} {r.path}" for r in routes if r.scope == scope]
            for scope in SCOPES}  # fmt: skip


__all__ = ["ALL", "App", "application", "routes_for", "scopes"]
