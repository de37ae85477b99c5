"""R71: every system call of a session fails, one after the other, in several ways."""

from __future__ import annotations

import builtins
import contextlib
import errno
import logging
import os
import socket
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from ..bench import Bench, accepts_up_to, case, descriptors, price
from ..hostile import HOST, WAIT, Peer, ScriptedTws, raw
from .values import limit_order

TWS = ("scripted TWS", "TWS")  # threads whose calls are not the client's
CALLS: dict[str, list[tuple[Any, str]]] = {
    "socket": [(socket, "socket")],
    "getaddrinfo": [(socket, "getaddrinfo")],
    "connect": [(socket.socket, "connect")],
    "setsockopt": [(socket.socket, "setsockopt")],
    "settimeout": [(socket.socket, "settimeout")],
    "send": [(socket.socket, "send"), (socket.socket, "sendall")],
    "recv": [(socket.socket, "recv")],
    "shutdown": [(socket.socket, "shutdown")],
    "thread": [(threading.Thread, "start")],
    "import": [],  # by a finder
    "open": [(builtins, "open")],
}


def failures(call: str) -> list[BaseException]:
    """What this call may raise."""
    if call == "thread":
        return [RuntimeError("can't start new thread"), MemoryError()]
    if call == "import":
        return [ImportError("no such file"), MemoryError()]
    codes = {
        "socket": (errno.EMFILE, errno.ENOBUFS),
        "open": (errno.EMFILE,),
        "getaddrinfo": (errno.EMFILE,),
    }
    of_call = codes.get(call, (errno.ECONNRESET, errno.ETIMEDOUT, errno.ENOBUFS))
    made: list[BaseException] = [OSError(code, os.strerror(code)) for code in of_call]
    makes_objects = call not in ("setsockopt", "settimeout", "shutdown")
    return [*made, MemoryError()] if makes_objects else made


class Shim:
    """Within, the n-th of the client's calls of a kind fails. `count`: how many there were."""

    def __init__(self, call: str, at: int, failure: BaseException | None) -> None:
        self.call, self.at, self.failure = call, at, failure
        self.count = 0
        self.on = False

    def __enter__(self) -> Shim:
        self._stack = contextlib.ExitStack()
        if self.call == "import":
            finder = type("Finder", (), {"find_spec": staticmethod(self._failing(lambda *_: None))})
            sys.meta_path.insert(0, finder)
            self._stack.callback(sys.meta_path.remove, finder)
        for owner, name in CALLS[self.call]:
            original = vars(owner).get(name)
            setattr(owner, name, self._failing(getattr(owner, name)))
            if original is None:
                self._stack.callback(delattr, owner, name)
            else:
                self._stack.callback(setattr, owner, name, original)
        return self

    def __exit__(self, *_: object) -> None:
        self.on = False
        self._stack.close()

    def _failing(self, original: Any) -> Any:
        if isinstance(original, type):  # socket.socket, which has to stay a class
            return type(
                original.__name__, (original,), {"__init__": self._failing(original.__init__)}
            )

        def call(*args: Any, **options: Any) -> Any:
            if self.on and not self._is_of_tws():
                self.count += 1
                if self.count == self.at and self.failure is not None:
                    raise self.failure
            return original(*args, **options)

        return call

    @staticmethod
    def _is_of_tws() -> bool:
        # not current_thread(), which makes an object that stays for a thread without one
        here = threading.get_ident()
        return any(each.ident == here and each.name in TWS for each in threading.enumerate())


class Serving(threading.Thread):
    """TWS in one session: it answers, fills and streams until the client has gone."""

    def __init__(self, tws: ScriptedTws) -> None:
        super().__init__(name="TWS", daemon=True)
        self.tws = tws
        self.got: list[bytes] = []
        self.start()

    def run(self) -> None:
        peer: Peer = self.tws.peer()
        with contextlib.suppress(OSError, EOFError):
            self.got.append(peer.frame())
            peer.send(raw(9, 1, 5), price(0))
            while True:
                frame = peer.frame()
                self.got.append(frame)
                if frame.startswith(b"3\0"):
                    order_id = int(frame.split(b"\0")[1])
                    peer.send(
                        raw(3, order_id, "Filled", 1, 0, 9, 7, 0, 9, 1, "", "", 0), price(order_id)
                    )
        peer.sock.close()


def session(bench: Bench, shim: Shim, what: str) -> None:
    """Connect, place five orders, hear of them, disconnect; and what must hold, whatever failed."""
    threads, sockets = set(threading.enumerate()), descriptors()
    tws = ScriptedTws(accepts_up_to())
    serving = Serving(tws)
    shim.on = shim.call == "import"  # the constructor imports too
    app = bench.program()
    shim.on = False
    raised: dict[int, BaseException] = {}
    contract, order = limit_order(bench)
    order.orderRef = "mine"
    opened: list[int] = []
    if bench.ours:
        bench.module("seams").seams(app).on_state = lambda old, new, end: (
            opened.append(1) if new.name == "OPENING" else None
        )
    shim.on = True
    try:
        app.connect(HOST, tws.port, 7)
    except MemoryError:
        pass
    except BaseException as e:
        raise AssertionError(f"{what}: connect() raised {e!r}") from None
    made = app.isConnected()
    started = False
    with contextlib.suppress(RuntimeError, MemoryError):  # the program's own thread
        app.start()
        started = True
    if made:
        for order_id in range(1000, 1005):
            try:
                app.placeOrder(order_id, contract, order)
            except BaseException as e:
                raised[order_id] = e
        with app.noted:
            app.noted.wait_for(
                lambda: (
                    app.counts["orderStatus"] >= 5 or app.counts["connectionClosed"] or not started
                ),
                WAIT,
            )
    app.disconnect()
    shim.on = False
    if not started:
        app.start()
    app.join()
    app.disconnect()
    if not serving.got:  # it may still wait for a connection
        with contextlib.suppress(OSError):
            socket.create_connection((HOST, tws.port)).close()
    serving.join(WAIT)
    assert not serving.is_alive(), f"{what}: the client's connection stays open"
    tws.close()
    judge(app, serving.got, raised, opened, made, what)
    bench._apps.remove(app)
    end = [t for t in set(threading.enumerate()) - threads if t.is_alive()]
    for thread in end:
        thread.join(WAIT)
        assert not thread.is_alive(), f"{what}: {thread.name} is left"
    assert not descriptors() - sockets, f"{what}: a socket is left"


def judge(
    app: Any,
    got: list[bytes],
    raised: dict[int, BaseException],
    opened: list[int],
    made: bool,
    what: str,
) -> None:
    arrived = Counter(int(frame.split(b"\0")[1]) for frame in got if frame.startswith(b"3\0"))
    refused = Counter(
        order_id for order_id, code, _ in app.errors() if code == 504 and order_id >= 1000
    )
    uncertain = any(
        code == 507 or (code == 504 and order_id == -1) for order_id, code, _ in app.errors()
    )
    assert not got or got[0].startswith(b"71\0"), (
        f"{what}: the connection begins with {got[0][:20]!r}"
    )
    for order_id in range(1000, 1005) if made else ():
        assert arrived[order_id] <= 1, f"{what}: order {order_id} arrived twice"
        assert refused[order_id] <= 1, f"{what}: order {order_id} was refused twice"
        assert not (arrived[order_id] and refused[order_id]), (
            f"{what}: order {order_id} was refused, and arrived"
        )
        answered = arrived[order_id] or refused[order_id] or uncertain or order_id in raised
        assert answered, (
            f"{what}: order {order_id} neither arrived nor was answered for; told {app.heard()}"
        )
    ticks = [args[0] for name, args in app.log if name == "tickPrice"]
    assert ticks == [0, *range(1000, 1005)][: len(ticks)], f"{what}: ticks {ticks}"
    assert not app.isConnected(), f"{what}: still connected"
    if not made:
        assert app.codes(), f"{what}: not connected, and no word"
    closed = app.counts["connectionClosed"]
    if "connectAck" in app.names():
        assert closed == 1, f"{what}: connectionClosed {closed} times"
    assert closed <= max(len(opened), int(made)), (
        f"{what}: connectionClosed {closed} times for {len(opened)} connections"
    )


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def sweep(bench: Bench, options: Callable[[Any], None], stride: int) -> int:
    """All calls, each failure in turn; with a stride only some, as many of each. The number of
    sessions.
    """
    sessions = 0
    original = bench.program

    def program() -> Any:
        app = original()
        options(app)
        return app

    bench.program = program  # type: ignore[method-assign]
    try:
        for call in CALLS:
            if call == "import":
                continue  # in processes of their own
            with Shim(call, 0, None) as counting:
                session(bench, counting, f"{call}, none failing")
            kinds = failures(call)
            for at in range(1, counting.count + 1):
                for n, failure in enumerate(kinds):
                    if (at + n) % stride:
                        continue
                    with Shim(call, at, failure) as shim:
                        session(bench, shim, f"{call} {at} of {counting.count}: {failure!r}")
                    sessions += 1
    finally:
        bench.program = original  # type: ignore[method-assign]
    return sessions


def in_a_child(work: Callable[[], int]) -> int:
    """Do this in a child process, in which nothing more is loaded than here. What it returns."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            answer = str(work())
        except BaseException:
            answer = traceback.format_exc()
        os.write(writing, answer.encode()[-3000:])
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        answer = told.read()
    os.waitpid(child, 0)
    assert answer.isdigit(), answer.strip().splitlines()[-1] + "\n" + answer
    return int(answer)


def import_sweep(bench: Bench, stride: int) -> int:
    """A first connection, with each of the imports that it needs failing in turn."""

    def attempt(at: int) -> int:
        with Shim("import", at, ImportError("no such file")) as shim:
            session(bench, shim, f"import {at}")
        return shim.count

    count = in_a_child(lambda: attempt(0))
    for at in range(1, count + 1, stride):
        in_a_child(lambda at=at: attempt(at))  # type: ignore[misc]
    assert count > 5 or not bench.ours, "nothing was imported"
    return count


def with_limits(app: Any) -> None:
    """The options that make more system calls."""
    app.watchdogSeconds, app.sendTimeout, app.queueFrames = 5.0, 5.0, 100


@case
def r71_every_system_call_fails(bench: Bench) -> None:
    with quiet():
        import_sweep(bench, bench.size(3, 1))
        done = sweep(bench, lambda app: None, bench.size(2, 1))
        if bench.ours:
            done += sweep(bench, with_limits, bench.size(3, 1))
    assert done > 20
