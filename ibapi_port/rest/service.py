"""The server itself: what it is, its clients, health, metrics, documents, tickets, beacon."""

from __future__ import annotations

import time
from functools import lru_cache
from pathlib import Path
from typing import Any

from starlette.responses import Response

from .._version import __version__
from .calls import Call, Route, json
from .connection import ready_ib
from .openapi import document
from .problems import Problem
from .prometheus import text
from .settings import SCOPES
from .streaming import ATOM, SSE, own_answer
from .structs import envelope, list_of

PAGE = Path(__file__).parent / "page"
ClientRow = envelope(
    "ClientRow", clientId=int, role=str, state=str, since=float, upstream=bool,
    farms=dict[str, str], streams=int, connections=int, uncertainOrders=list[int], why=str,
    attempt=int, nextTry=float, inUse=bool, serverVersion=int, rxAge=float, rttMs=float,
)  # fmt: skip
Clients = envelope(
    "Clients",
    connected=dict[str, bool],
    clients=list_of(ClientRow),
    trading=dict[str, Any],
    messages=list[dict[str, Any]],
)
Root = envelope("Root", name=str, version=str, msg=str, clientId=int, connected=bool, docs=str,
                readOnly=bool, paper=bool, scopes=list[str])  # fmt: skip
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


async def get_root(call: Call) -> Response:
    """Return what the server is; to a browser, the page."""
    connection = call.context.pool.orders
    accounts = connection.ib.accounts()
    return json(
        {
            "name": "ibapi_port rest",
            "version": __version__,
            "msg": "ready" if connection.is_ready else f"{connection.state}: {connection.why}",
            "clientId": connection.client_id,
            "connected": connection.is_ready,
            "docs": "/docs",
            "readOnly": call.context.settings.read_only,
            "paper": bool(accounts) and all(each.startswith("D") for each in accounts),
            "scopes": [each for each in SCOPES if each in call.holder.scopes],
        }
    )


@lru_cache(maxsize=8)
def page_file(name: str) -> bytes:
    """Return a file of the page."""
    return (PAGE / name).read_bytes()


def page(name: str, media: str) -> Response:
    """Return a file of the page as a response."""
    headers = {"Content-Security-Policy": CSP, "Cache-Control": "no-cache",
               "Referrer-Policy": "no-referrer"}  # fmt: skip
    return Response(page_file(name), 200, headers, media_type=media)


def _page_route(path: str, name: str, media: str) -> Route:
    async def get(call: Call) -> Response:
        return page(name, media)

    return Route(path, "GET", get, "a file of the page", "", hidden=True)


async def get_clients(call: Call) -> Any:
    """Return how the connections are."""
    return await own_answer(call, call.context.clients_topic)


async def get_health(call: Call) -> Response:
    """Return whether the server can work: 200, else 503."""
    connection = call.context.pool.orders
    ready = connection.is_ready and connection.upstream
    if ready:
        return json({"status": "READY"})
    status = "UPSTREAM LOST" if connection.is_ready else "NOT CONNECTED"
    return json({"status": status}, 503, {"Retry-After": str(round(connection.retry_after))})


async def get_metrics(call: Call) -> Response:
    """Return what is counted, for Prometheus."""
    return Response(text(call.context), media_type="text/plain; version=0.0.4; charset=utf-8")


async def get_time(call: Call) -> Response:
    """Return TWS's clock."""
    found = await call.ask("reqCurrentTime", {})
    return json({"time": found, "epoch": int(found.timestamp())})


async def get_openapi(call: Call) -> Response:
    """Return the OpenAPI document."""
    return json(document(call.context.routes))


async def get_docs(call: Call) -> Response:
    """Return the documentation as a page."""
    return page("docs.html", "text/html; charset=utf-8")


async def post_ticket(call: Call) -> Response:
    """Return a ticket that opens one stream within 30 s, for who can send no header."""
    ticket, seconds = call.context.tickets.issue(call.holder)
    return json({"ticket": ticket, "expires": time.time() + seconds}, 201)


async def get_beacon(call: Call) -> Response:
    """Return the state that was pushed last."""
    beacon = call.context.beacon
    if beacon is None:
        raise Problem(404, "no beacon: IBREST_BEACON_URL is not set")
    return json(beacon.last)


async def post_beacon(call: Call) -> Response:
    """Push the state now."""
    beacon = call.context.beacon
    if beacon is None:
        raise Problem(404, "no beacon: IBREST_BEACON_URL is not set")
    await beacon.push()
    return json(beacon.last)


async def get_user(call: Call) -> Response:
    """Return the accounts and the server version."""
    ib = ready_ib(call.context.pool.orders)
    return json({"userInfo": await ib.reqUserInfo(timeout=call.timeout)})


ROUTES: list[Route] = [
    Route("/", "GET", get_root, "what the server is", answer=Root, any_query=True),
    _page_route("/page/index.html", "index.html", "text/html; charset=utf-8"),
    _page_route("/page/app.js", "app.js", "text/javascript; charset=utf-8"),
    _page_route("/page/market.js", "market.js", "text/javascript; charset=utf-8"),
    _page_route("/page/app.css", "app.css", "text/css; charset=utf-8"),
    _page_route("/page/docs.js", "docs.js", "text/javascript; charset=utf-8"),
    Route("/clients", "GET", get_clients, "the connections to TWS", answer=Clients, stream=True,
          media=(SSE, ATOM)),
    Route("/health", "GET", get_health, "whether the server can work", "",
          answer=envelope("Health", status=str)),
    Route("/metrics", "GET", get_metrics, "counts, for Prometheus", media=("text/plain",)),
    Route("/time", "GET", get_time, "TWS's clock", answer=envelope("Time", time=str, epoch=int)),
    Route("/user", "GET", get_user, "TWS's user info", answer=envelope("User", userInfo=str)),
    Route("/openapi.json", "GET", get_openapi, "this document", "",
          answer=envelope("OpenApi", openapi=str)),
    Route("/docs", "GET", get_docs, "documentation for people", "", media=("text/html",)),
    Route("/stream/ticket", "POST", post_ticket, "a ticket for one stream", "stream",
          answer=envelope("Ticket", ticket=str, expires=float), status=201),
    Route("/beacon", "GET", get_beacon, "the state pushed last",
          answer=envelope("Beacon", state=dict[str, Any])),
    Route("/beacon", "POST", post_beacon, "push the state now", "admin",
          answer=envelope("Pushed", state=dict[str, Any])),
]  # fmt: skip

__all__ = ["ROUTES", "page"]
