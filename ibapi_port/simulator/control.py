"""Control over HTTP, on this computer only: every command of a script, for programs in any
language.

    GET /            what there is; to a browser a page that shows it and has buttons
    GET /state       what is going on
    POST /quote      {"symbol": "AAPL", "bid": 100.1}; likewise every other command,
                     and `advance`, `advance_to` and `wait`

Answers are JSON: {"result": ...}, or {"error": "...", "field": "..."} with a status of 400 and
above; after an error the connection is closed. A POST has a body, of known length, and nothing is
done before all of it has come; a GET has none. Web pages of other origins, and names that somebody
else has made point here, are refused.
"""

from __future__ import annotations

import dataclasses
import hmac
import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NoReturn, Protocol

from .._printable import PrintableLog
from ..protocol.exceptions import quote
from ..protocol.schema.messages import REQUESTS
from . import control_page
from .commands import COMMANDS, Command, command
from .errors import BadValue
from .http_server import BODY_LIMIT, Head, HttpError, HttpServer, Page, Stream
from .net.faults import KINDS
from .options import Options
from .times import parse

__all__ = ["BODY_LIMIT", "HOST", "Control", "Target"]

HOST = "127.0.0.1"
MOST_SECONDS = 366 * 86400.0  # of virtual time in one command
EVENTS = "events"  # GET: the state and the log as they change, for the page
MOST_STREAMS = 8
_REFRESH = 0.4  # real seconds between two looks for the page
_SLICE = 0.25  # real seconds after which a wait looks whether its client is still there
_log = logging.getLogger(__name__)
_log.addFilter(PrintableLog())
_READING = ("state", "requests", "faults")  # commands that may be asked for with GET


class Target(Protocol):
    """The simulated TWS, as far as the control port needs it."""

    def do(self, command: str, /, **values: Any) -> Any: ...

    def advance(self, seconds: float) -> None: ...

    def advance_to(self, when: float | str) -> None: ...

    def wait_until(self, holds: Callable[[], bool], timeout: float) -> bool: ...


class _WaitingCommands:
    """The commands that are not a script's, because they wait."""

    def __init__(self, target: Target, gone: Callable[[], bool]) -> None:
        self._target = target
        self._gone = gone  # whether nobody waits for the answer any more

    def advance(self, seconds: float) -> None:
        """Let so much virtual time pass; what clients have sent before is served first."""
        if not 0 <= seconds <= MOST_SECONDS:
            raise BadValue("seconds", f"must be 0 to {MOST_SECONDS:.0f}, not {seconds}")
        self._target.advance(seconds)

    def advance_to(self, when: float | str) -> None:
        """Let virtual time pass until then: seconds since 1970, or "YYYYMMDD hh:mm:ss
        US/Eastern".
        """
        moment = parse(when) if isinstance(when, str) else when
        now = self._target.do("state")["clock"]["now"]
        if moment is not None and not moment - now <= MOST_SECONDS:
            raise BadValue("when", f"must be at most {MOST_SECONDS / 86400:.0f} days from now")
        self._target.advance_to(when)

    def wait(
        self, request: str, since: int = 0, client_id: int | None = None, timeout: float = 10.0
    ) -> dict[str, Any] | None:
        """Wait until a client has asked that, and return the first such request from number `since`
        on; null after `timeout` seconds.
        """
        if request not in REQUESTS:
            raise BadValue("request", f"there is no request {quote(request)}")
        if not 0 <= timeout <= 3600:
            raise BadValue("timeout", f"must be 0 to 3600, not {timeout}")
        found: list[dict[str, Any]] = []

        def look() -> bool:
            asked = self._target.do("requests", since=since)
            found[:] = [
                one
                for one in asked
                if one["request"] == request and client_id in (None, one["client_id"])
            ][:1]
            return bool(found)

        end = time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0 or not timeout:
            if self._target.wait_until(look, min(left, _SLICE)) or self._gone() or not timeout:
                break
        return found[0] if found else None


_WAITING_COMMANDS = {
    name: command(name, getattr(_WaitingCommands, name))
    for name in ("advance", "advance_to", "wait")
}
_COMMANDS: Mapping[str, Command] = {**COMMANDS, **_WAITING_COMMANDS}


class Control:
    """Serves the commands at a port (0: any free one) until `close`. OSError: the port is taken."""

    def __init__(self, target: Target, port: int) -> None:
        self._target = target
        # A body's values may take many times its room: one is made into values at a time.
        self._reading = threading.Lock()
        self._token = secrets.token_urlsafe(24)
        self._closing = threading.Event()
        self._streams = threading.BoundedSemaphore(MOST_STREAMS)
        target.do("record")
        self._server = HttpServer((HOST, port), self, "simulated-tws-control")
        self.port: int = self._server.server_address[1]

    def close(self) -> None:
        self._closing.set()
        self._server.close()

    # --- as an Application ---

    def check(self, head: Head) -> None:
        """Refuse web pages, and commands that there are not."""
        if len(head.headers.get_all("Host", [])) > 1:
            raise HttpError(400, "there is more than one Host", "Host")
        host = head.headers.get("Host", "").rsplit(":", 1)[0]
        if host not in (HOST, "localhost"):
            raise HttpError(403, f"Host must be {HOST} or localhost, not {quote(host)}", "Host")
        _check_page(head, self._token)
        name = _name(head)
        if head.method not in ("GET", "POST"):
            raise HttpError(405, f"{head.method} is not known here: GET and POST are")
        if name in _COMMANDS:
            if head.method == "GET" and name not in _READING:
                raise HttpError(405, f"{name} needs POST")
        elif head.method == "GET" and name == EVENTS:
            pass
        elif name or head.method != "GET":
            raise HttpError(404, f"there is no command {quote(name)}; GET / lists them")

    def answer(self, head: Head, body: bytes) -> object:
        """Do a command, and return what it returns."""
        try:
            made = self._do(head, body)
            return made if isinstance(made, (Page, Stream)) else {"result": made}
        except BadValue as e:
            raise HttpError(400, str(e), e.field) from None
        except TimeoutError as e:
            raise HttpError(504, str(e)) from None
        except (ValueError, OSError) as e:
            raise HttpError(400, str(e)) from None
        except RecursionError:
            raise HttpError(400, "a value is nested too deep") from None
        except RuntimeError as e:  # it does not run (any more)
            raise HttpError(503, str(e)) from None
        except HttpError:
            raise
        except Exception as e:  # a bug of ours: whoever asked learns of it
            _log.exception("the simulated TWS failed at %s", head.path)
            raise HttpError(500, f"{type(e).__name__}: {e}") from None

    def _do(self, head: Head, body: bytes) -> object:
        name = _name(head)
        if head.method == "GET" and name == EVENTS:
            if not self._streams.acquire(blocking=False):
                raise HttpError(503, f"{MOST_STREAMS} pages are open already, which is the most")
            return Stream(self._events(head))
        if head.method == "GET":
            if not name and "text/html" in head.headers.get("Accept", ""):
                return control_page.page(self._token)
            return self._target.do(name) if name else _overview()
        with self._reading:
            values = _COMMANDS[name].values(_values(body))
        if name in _WAITING_COMMANDS:
            return getattr(_WaitingCommands(self._target, head.gone), name)(**values)
        return self._target.do(name, **values)

    def _events(self, head: Head) -> Iterator[str]:
        """Return the state whenever it has changed, as server-sent events."""
        seen, before = 0, ""
        try:
            while not (head.gone() or self._closing.is_set()):
                view = self._target.do("overview", since=seen)
                seen = max([seen, *(event["number"] for event in view["log"])])
                text = json.dumps(view)
                # a comment now and then tells whether the page is still there
                yield f"data: {text}\n\n" if text != before else ":\n\n"
                before = text
                self._closing.wait(_REFRESH)
        except RuntimeError:  # the simulated TWS has stopped
            return
        finally:
            self._streams.release()


def _check_page(head: Head, token: str) -> None:
    """Refuse what comes of a web page that is not ours. A page of another origin says so by Origin
    or Sec-Fetch-Site; ours has the token, which no other page can read.
    """
    origin, host = head.headers.get("Origin"), head.headers.get("Host", "")
    if head.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        raise HttpError(403, "web pages of other origins may not do this", "Sec-Fetch-Site")
    if origin is None:
        return
    if origin != f"http://{host}":
        raise HttpError(403, f"web pages may not do this (Origin {quote(origin)})", "Origin")
    given = head.headers.get(control_page.TOKEN_HEADER, "")
    if not hmac.compare_digest(given.encode(), token.encode()):
        raise HttpError(
            403,
            f"the page's token is wrong (Origin {quote(origin)}): load it anew",
            control_page.TOKEN_HEADER,
        )


def _name(head: Head) -> str:
    return head.path.partition("?")[0].strip("/")


def _overview() -> object:
    """Return what there is, for people and programs."""
    return {
        "read": [f"GET /{name}" for name in _READING],
        "commands": {f"POST /{name}": command.describe() for name, command in _COMMANDS.items()},
        "faults": {name: kind.text for name, kind in KINDS.items()},
        "options": {
            field.name: field.metadata["text"]
            for field in dataclasses.fields(Options)
            if field.metadata["live"]
        },
    }


def _values(body: bytes) -> dict[str, Any]:
    if not body.strip():  # a command does nothing by default: what it is to do has to be said
        raise HttpError(400, "the body is missing; for a command without values it is {}")
    try:
        values = json.loads(body, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError) as e:
        raise HttpError(400, f"the body is not JSON: {e}") from None
    if not isinstance(values, dict):
        raise HttpError(400, "the body must be an object of values")
    return values


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")
