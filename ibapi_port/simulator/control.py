"""Control over HTTP, on this computer only: every command of a script, for programs in any language.

    GET /            what there is
    GET /state       what is going on
    POST /quote      {"symbol": "AAPL", "bid": 100.1}; likewise every other command, and `advance`, `advance_to` and `wait`

Answers are JSON: {"result": ...}, or {"error": "...", "field": "..."} with a status of 400 and above. Web pages of other origins, and
names that somebody else has made point here, are refused.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import threading
from collections.abc import Mapping
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from ..protocol.schema.messages import REQUESTS
from .commands import COMMANDS, Command, command
from .faults import KINDS
from .options import Options
from .peer import BadValue

HOST = "127.0.0.1"
BODY_LIMIT = 1 << 20  # bytes
TIMEOUT = 30.0  # seconds that a request may take to come
_log = logging.getLogger(__name__)
_READING = ("state", "requests", "faults")  # commands that may be asked for with GET


class Target(Protocol):
    """The simulated TWS."""

    def do(self, command: str, /, **values: Any) -> Any: ...

    def advance(self, seconds: float) -> None: ...

    def advance_to(self, when: float | str) -> None: ...

    def wait_until(self, holds: Any, timeout: float) -> bool: ...


class _Own:
    """The commands that are not a script's, since they wait."""

    def __init__(self, target: Target) -> None:
        self._target = target

    def advance(self, seconds: float) -> None:
        """Let so much virtual time pass; what clients have sent before is served first."""
        if not 0 <= seconds < 1e9:
            raise BadValue("seconds", f"must be 0 or more, not {seconds}")
        self._target.advance(seconds)

    def advance_to(self, when: float | str) -> None:
        """Let virtual time pass until then: seconds since 1970, or "YYYYMMDD hh:mm:ss US/Eastern"."""
        self._target.advance_to(when)

    def wait(self, request: str, since: int = 0, client_id: int | None = None, timeout: float = 10.0) -> dict[str, Any] | None:
        """Wait until a client has asked that, and return the first such request from number `since` on; null after `timeout` seconds."""
        if request not in REQUESTS:
            raise BadValue("request", f"there is no request {request!r}")
        if not 0 <= timeout <= 3600:
            raise BadValue("timeout", f"must be 0 to 3600, not {timeout}")
        found: list[dict[str, Any]] = []

        def look() -> bool:
            asked = self._target.do("requests", since=since)
            found[:] = [one for one in asked if one["request"] == request and client_id in (None, one["client_id"])][:1]
            return bool(found)

        self._target.wait_until(look, timeout)
        return found[0] if found else None


_OWN = {name: command(name, getattr(_Own, name)) for name in ("advance", "advance_to", "wait")}


class Control:
    """Serves the commands at a port (0: any free one) until `close`. OSError: the port is taken."""

    def __init__(self, target: Target, port: int) -> None:
        handler = type("Handler", (_Handler,), {"target": target})
        self._server = _Server((HOST, port), handler)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="simulated-tws-control", daemon=True)
        target.do("record")
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a command may wait for long

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hangs up early is no matter."""


class _Problem(Exception):
    def __init__(self, status: int, text: str, field: str | None = None) -> None:
        super().__init__(text)
        self.status, self.field = status, field


class _Handler(BaseHTTPRequestHandler):
    target: Target
    protocol_version = "HTTP/1.1"
    server_version = "simulated-tws"
    sys_version = ""
    timeout = TIMEOUT

    def do_GET(self) -> None:
        self._answer(self._get)

    def do_POST(self) -> None:
        self._answer(self._post)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a script's commands are not worth a line each."""

    # --- answers ---

    def _answer(self, action: Any) -> None:
        try:
            self._check_origin()
            self._send(200, {"result": action()})
        except _Problem as e:
            self._send(e.status, {"error": str(e), **({"field": e.field} if e.field else {})})
        except BadValue as e:
            self._send(400, {"error": str(e), "field": e.field})
        except TimeoutError as e:
            self._send(504, {"error": str(e)})
        except (ValueError, OSError) as e:
            self._send(400, {"error": str(e)})
        except RuntimeError as e:  # it does not run (any more)
            self._send(503, {"error": str(e)})
        except Exception as e:
            _log.exception("the simulated TWS failed at %s", self.path)
            self._send(500, {"error": f"{type(e).__name__}: {e}"})

    def _send(self, status: int, told: Mapping[str, Any]) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        if status >= 400:  # what is left of the request is not worth reading
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(body)

    def _check_origin(self) -> None:
        host = self.headers.get("Host", "").rsplit(":", 1)[0]
        if host not in (HOST, "localhost"):
            raise _Problem(403, f"Host must be {HOST} or localhost, not {host!r}", "Host")
        origin = self.headers.get("Origin")
        if origin is not None:
            raise _Problem(403, f"web pages may not do this (Origin {origin!r})", "Origin")

    # --- requests ---

    def _get(self) -> Any:
        name = self._name()
        if not name:
            table = {name: command.describe() for name, command in {**COMMANDS, **_OWN}.items()}
            return {
                "read": [f"GET /{name}" for name in _READING],
                "commands": {f"POST /{name}": told for name, told in table.items()},
                "faults": {name: kind.text for name, kind in KINDS.items()},
                "options": {field.name: field.metadata["text"] for field in dataclasses.fields(Options) if field.metadata["live"]},
            }
        if name not in _READING:
            self._command(name)
            raise _Problem(405, f"{name} needs POST")
        return self.target.do(name)

    def _post(self) -> Any:
        name = self._name()
        command = self._command(name)
        values = command.values(self._body())
        return getattr(_Own(self.target), name)(**values) if name in _OWN else self.target.do(name, **values)

    def _name(self) -> str:
        return self.path.partition("?")[0].strip("/")

    def _command(self, name: str) -> Command:
        known = {**COMMANDS, **_OWN}
        if name not in known:
            raise _Problem(404, f"there is no command {name!r}; GET / lists them")
        return known[name]

    def _body(self) -> dict[str, Any]:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or self.headers.get("Transfer-Encoding"):
            raise _Problem(411, "the length of the body is needed", "Content-Length")
        if int(length) > BODY_LIMIT:
            raise _Problem(413, f"the body is longer than {BODY_LIMIT} bytes", "Content-Length")
        data = self.rfile.read(int(length))
        try:
            values = json.loads(data, parse_float=Decimal, parse_constant=_refuse) if data.strip() else {}
        except (ValueError, RecursionError) as e:
            raise _Problem(400, f"the body is not JSON: {e}") from None
        if not isinstance(values, dict):
            raise _Problem(400, "the body must be an object of values")
        return values


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no number")
