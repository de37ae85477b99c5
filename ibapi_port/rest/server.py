"""The server: its socket, its event loop, and how it stops."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import importlib
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import uvicorn

from .app import application
from .certificates import files, fingerprint
from .checks import check
from .context import Context
from .dawdlers import Dawdlers
from .problems import Problem
from .security import Tokens, new_token
from .settings import EVERYWHERE, Settings

logger = logging.getLogger("ibapi_port.rest")
RESERVED = 200  # files that are not for clients
MOST_CLIENTS = 5000
GRACE = 3  # seconds for requests that are under way when the server stops


def most_connections() -> int:
    """Return how many clients are served at a time: each takes a file, and the connections to TWS,
    the store and the log must always get theirs. Who comes beyond is answered with 503.
    """
    try:
        import resource
    except ImportError:  # on Windows
        return MOST_CLIENTS
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if not 0 < soft < MOST_CLIENTS:  # below 0: there is no limit
        return MOST_CLIENTS
    return max(soft - RESERVED, soft // 2)


def run_loop(work: Coroutine[Any, Any, None]) -> None:
    """Run until `work` is done, in the faster event loop if it is installed ([rest-fast])."""
    try:
        uvloop: Any = importlib.import_module("uvloop")
    except ImportError:
        asyncio.run(work)
    else:
        uvloop.run(work)


class _Uvicorn(uvicorn.Server):
    """uvicorn without signal handlers of its own: streams have to end before it waits for them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class RestServer:
    """The server, in a thread of its own (`start`, `stop`, or a `with` block), or in this one
    (`run`).

    `url` is where it is reached; `token` is the one that was made, "" if there were others.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        """ValueError: the settings would let anybody in, or contradict each other."""
        self.settings = settings or Settings()
        self.token = ""
        self.fingerprint = ""
        tokens = Tokens(self.settings.tokens, self.settings.token_file)
        if not tokens:
            if not self.settings.is_loopback:
                raise ValueError(
                    f"host: {self.settings.host} can be reached by others; give a token "
                    "(IBREST_TOKEN, --token-file) first"
                )
            self.token = new_token()
            tokens = Tokens((self.token,))
        check(self.settings)
        self._tokens = tokens
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._server: _Uvicorn | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._failed: BaseException | None = None
        self.context: Context | None = None

    @property
    def port(self) -> int:
        """The port that it listens at; 0 before."""
        return 0 if self._socket is None else int(self._socket.getsockname()[1])

    @property
    def url(self) -> str:
        """Where it is reached; from this computer, if it listens at all addresses."""
        host = self.settings.host
        if host in EVERYWHERE:
            host = "::1" if host == "::" else "127.0.0.1"
        shown = f"[{host}]" if ":" in host else host
        return f"{'http' if self.settings.http else 'https'}://{shown}:{self.port}"

    @property
    def names(self) -> list[str]:
        """The names by which other computers may call it, addresses aside."""
        return [socket.gethostname(), *self.settings.hosts]

    # --- in a thread ---

    def start(self) -> RestServer:
        """Begin to serve in a thread. OSError, ValueError: it cannot."""
        self.listen()
        self._thread = threading.Thread(target=self._in_thread, name="ibapi_port.rest", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failed is not None:
            self._socket_closed()
            raise self._failed
        return self

    def _in_thread(self) -> None:
        try:
            run_loop(self.serve())
        except BaseException as e:  # told to who started it
            self._failed = e
        finally:
            self._ready.set()

    def stop(self, timeout: float = 10.0) -> None:
        """Stop serving, and wait for it."""
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # it has stopped by itself
                loop.call_soon_threadsafe(self.end)
        if self._thread is not None:
            self._thread.join(timeout)
        self._socket_closed()

    def _socket_closed(self) -> None:
        if self._socket is not None:
            self._socket.close()

    def __enter__(self) -> RestServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # --- in this thread ---

    def run(self, started: Callable[[RestServer], None] = lambda server: None) -> None:
        """Serve in this thread until SIGINT or SIGTERM. `started` is called once it listens."""
        self.listen()
        run_loop(self.serve(started, signals=True))

    def listen(self) -> None:
        """Open the socket. OSError: the port is taken, or not permitted."""
        host, port = self.settings.host, self.settings.port
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        made = socket.socket(family, socket.SOCK_STREAM)
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if sys.platform == "linux":  # who reads nothing for a minute is gone
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 60_000)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            made.bind((host, port))
            made.listen(1024)
        except OSError as e:
            made.close()
            if e.errno == errno.EADDRINUSE:
                text = f"another program listens at {host}:{port}; --port takes another one"
                raise OSError(e.errno, f"{text}, --port 0 any that is free") from None
            raise
        except BaseException:
            made.close()
            raise
        made.set_inheritable(False)
        self._socket = made

    async def serve(
        self, started: Callable[[RestServer], None] = lambda server: None, signals: bool = False
    ) -> None:
        """Serve until `end` is called."""
        loop = asyncio.get_running_loop()
        self._loop = loop
        context = self.context = Context(self.settings, self._tokens)
        tls: dict[str, Any] = {}
        if not self.settings.http:
            cert, key = files(self.settings)
            self.fingerprint = fingerprint(cert)
            tls = {"ssl_certfile": str(cert), "ssl_keyfile": str(key)}
        config = uvicorn.Config(
            application(context), log_config=None, access_log=False, lifespan="on",
            ws="websockets-sansio", ws_ping_interval=20, ws_ping_timeout=20,
            ws_max_size=self.settings.max_body, server_header=False,
            proxy_headers=False, date_header=False, limit_concurrency=most_connections(),
            timeout_graceful_shutdown=GRACE, timeout_keep_alive=75, **tls,
        )  # fmt: skip
        self._server = _Uvicorn(config)
        if signals:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, self.end)
        assert self._socket is not None
        watch = asyncio.ensure_future(self._when_started(started))
        dawdlers = Dawdlers(self.settings.request_seconds)
        look = asyncio.ensure_future(dawdlers.run(self._server.server_state.connections))
        try:
            await self._server.serve(sockets=[self._socket])
        finally:
            watch.cancel()
            look.cancel()
            self._loop = None

    async def _when_started(self, started: Callable[[RestServer], None]) -> None:
        assert self._server is not None
        while not self._server.started:
            await asyncio.sleep(0.005)
        started(self)
        self._ready.set()

    def end(self) -> None:
        """Begin to stop, in the event loop: streams hear `bye` first."""
        if self.context is not None:
            self.context.closing()
        if self._server is not None:
            self._server.should_exit = True


__all__ = ["Problem", "RestServer"]
