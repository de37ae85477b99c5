"""How AsyncIB waits and calls handlers: on the event loop, which is never blocked."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Iterable
from functools import partial
from threading import get_ident
from typing import TYPE_CHECKING, Generic, ParamSpec, TypeVar, cast

from ..pacing import DEFAULT, Pacing
from .answers import Answer
from .engine import Convert, Engine, Observed
from .exceptions import RequestTimeout
from .face import DEFAULT_TIMEOUT, Face
from .trades import AsyncTrade

if TYPE_CHECKING:
    from .._client.loop_leader import LoopLeader
    from ..seams import End

T = TypeVar("T")
P = ParamSpec("P")

# Where threads bring them, rows of streams wake the loop one by one, until two wake-ups are nearer
# than FAST; then QUIET has to be over before the next one, and what is left is looked for after
# LATEST. In seconds.
FAST = 0.0004
QUIET = 0.00025
LATEST = 0.001


class Connecting(Generic[T]):
    """What AsyncIB.connect returns: to be awaited, or entered by `async with`."""

    def __init__(self, connection: Coroutine[object, object, T]) -> None:
        self._connection = connection
        self._made: T | None = None

    def __await__(self) -> Generator[object, object, T]:
        return self._connection.__await__()

    async def __aenter__(self) -> T:
        self._made = await self._connection
        return self._made

    async def __aexit__(self, *error: object) -> None:
        if isinstance(self._made, AsyncBase):
            await self._made._disconnect()

    if not TYPE_CHECKING:  # else every attribute would seem to be there

        def __getattr__(self, name: str) -> object:
            raise AttributeError(
                f"{name}: AsyncIB is not connected yet; write `ib = await AsyncIB.connect(...)` "
                "or `async with AsyncIB.connect(...) as ib:`"
            )


def connecting(
    connect: Callable[P, Coroutine[object, object, T]],
) -> Callable[P, Connecting[T]]:
    """Let what this coroutine function returns be awaited, or entered by `async with`."""

    @functools.wraps(connect)
    def connect_(*args: P.args, **kwargs: P.kwargs) -> Connecting[T]:
        return Connecting(connect(*args, **kwargs))

    return connect_


def _fulfil(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _look_at(work: asyncio.Future[T]) -> None:
    """Take note of what a function has raised that nobody waits for any more."""
    if not work.cancelled():
        work.exception()


class TimeLimits:
    """Fulfils futures whose time is over. One timer of the loop serves all of them: most are done
    long before, and a timer for each would cost as much as a short request.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._ends: dict[asyncio.Future[None], float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0  # when the timer looks

    def add(self, future: asyncio.Future[None], seconds: float) -> None:
        """Fulfil a future after so long."""
        end = self._ends[future] = self._loop.time() + seconds
        if self._timer is None or end < self._due:
            self._look_at(end)

    def remove(self, future: asyncio.Future[None]) -> None:
        """It has no limit any more."""
        self._ends.pop(future, None)

    def close(self) -> None:
        """Look no more, unless there is something to wait for."""
        if self._timer is not None and not self._ends:
            self._timer.cancel()
            self._timer = None

    def _look_at(self, end: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._due = end
        self._timer = self._loop.call_at(end, self._look)

    def _look(self) -> None:
        self._timer = None
        now = self._due  # the loop's clock may be a little before it
        for future in [each for each, end in self._ends.items() if end <= now]:
            _fulfil(future)
            del self._ends[future]
        if self._ends:
            self._look_at(min(self._ends.values()))


class AsyncBase(Face[AsyncTrade]):
    """The base of AsyncIB. It is made, and used, within one running event loop.

    The loop reads and processes messages itself while it is free. Threads do so while it is kept,
    and where it cannot (Windows, TLS, a supervised connection): then it is woken for what is its.
    """

    _leads_itself = True

    def __init__(self, timeout: float = DEFAULT_TIMEOUT, pacing: Pacing | None = DEFAULT) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop_thread = get_ident()
        self._calls: deque[Callable[[], None]] = deque()  # to be called in the loop
        # Set while the loop is to make these calls: nobody wakes it again meanwhile.
        self._called = False
        # What hands rows of streams to the program, at the end of the loop's turn: all that a turn
        # has brought at once.
        self._for_rows: deque[Callable[[], None]] = deque()
        self._sends_soon = False  # the requests of this turn go out at its end
        self._ran = 0.0  # when the loop was last woken for rows
        self._quiet_until = 0.0  # until then rows do not wake it: the timer is set
        self._timer: asyncio.TimerHandle | None = None
        self._leader: LoopLeader | None = None
        self._limits = TimeLimits(self._loop)
        self._handling = False  # a handler is being called: what it brings about comes after it
        super().__init__(AsyncTrade, timeout, pacing)
        self._tasks: set[asyncio.Task[object]] = set()  # else the loop may drop them

    async def _connect(self, host: str, port: int, client_id: int, timeout: float) -> Answer[None]:
        engine = self._engine
        given_up = False

        def connect() -> Answer[None] | None:
            if given_up:
                return None
            ready = engine.connect(host, port, client_id, timeout)
            if given_up:  # after the disconnect() below, perhaps
                engine.disconnect()
            return ready

        try:
            ready = await self._in_thread(connect)
        except asyncio.CancelledError:  # else it would connect, and nobody would know
            given_up = True
            await self._in_thread(engine.disconnect)
            raise
        assert ready is not None
        self._leader = engine.lead_by(self._loop, self._before_turn, self._after_turn)
        return ready

    async def _disconnect(self) -> None:
        try:
            await self._in_thread(self._engine.disconnect)
        finally:
            self._stop_leading()

    async def _in_thread(self, function: Callable[[], T]) -> T:
        """Return what a function does that may block. It is done to its end also if who waits for
        it is cancelled.
        """
        work = self._loop.run_in_executor(None, function)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            work.add_done_callback(_look_at)
            raise

    def _closed(self, end: End | None) -> None:
        super()._closed(end)
        self._in_loop(self._stop_leading)

    def _stop_leading(self) -> None:
        if self._leader is not None:
            self._leader.stop()
            self._leader = None
        self._limits.close()

    def _before_turn(self) -> None:
        """The loop is about to process messages: what threads have left for it comes first."""
        self._run_calls()
        self._engine.loop_thread = get_ident()

    def _stand_on(self, engine: Engine) -> None:
        super()._stand_on(engine)
        engine.soon_thread = self._loop_thread
        engine.send_soon = self._send_soon

    def _send_soon(self) -> None:
        """Let the requests that are made in one turn of the loop leave together at its end: to send
        costs as much as a third of a short request.
        """
        if not self._sends_soon:
            self._sends_soon = True
            self._loop.call_soon(self._send_held)

    def _send_held(self) -> None:
        self._sends_soon = False
        self._engine.send_held()

    def _hand_rows(self) -> None:
        """Call handlers with the rows that this turn has brought, and wake who waits for some."""
        calls = self._for_rows
        while calls:
            calls.popleft()()

    def _after_turn(self) -> None:
        try:
            self._hand_rows()
        finally:
            self._engine.loop_thread = 0
            while self._for_rows:  # an interrupt came: the streams after it wait for their call
                self._wake_for(self._for_rows.popleft())

    def _request(
        self, name: str, *arguments: object, convert: Convert[T], timeout: float | None
    ) -> Coroutine[object, object, T]:
        """Send a request. Return what has its answer awaited."""
        return self._answer(self._ask(name, *arguments, convert=convert), name, timeout)

    async def _answer(self, future: Answer[T], what: str, timeout: float | None) -> T:
        seconds = self.timeout if timeout is None else timeout
        if future.waiting is not None:
            try:
                await asyncio.shield(asyncio.wrap_future(future.waiting))
            except asyncio.CancelledError:  # nobody waits any more: it is not sent
                future.cancel()
                raise
        if seconds <= 0:  # the answer is not waited for, as with asyncio's own time limits
            future.cancel()
            raise RequestTimeout(f"{what}: no answer in {seconds:g} s")
        over = self._loop.create_future()  # fulfilled by the answer, or by the time
        self._limits.add(over, seconds)
        future.add_done_callback(partial(self._answered, over))
        try:
            await over  # even if the answer is there: a task can be cancelled here
        except BaseException:  # a cancel: nobody waits for the answer any more
            future.cancel()
            raise
        finally:
            self._limits.remove(over)
        if not future.done() and future.cancel():
            raise RequestTimeout(f"{what}: no answer in {seconds:g} s")
        return future.result()

    def _answered(self, over: asyncio.Future[None], answer: object) -> None:
        """Wake who waits for an answer."""
        if self._engine.is_in_loop():
            if not over.done():
                over.set_result(None)
        else:
            self._wake_for(partial(_fulfil, over))

    def _run_handler(self, handler: Callable[..., object], arguments: tuple[object, ...]) -> None:
        if self._handling:  # the loop is woken if it is not this thread that is in a handler
            self._wake_for(partial(self._call, handler, arguments))
        else:
            self._in_loop(partial(self._call, handler, arguments))

    def _call(self, handler: Callable[..., object], arguments: tuple[object, ...]) -> None:
        outer = self._handling
        self._handling = True
        try:
            super()._call(handler, arguments)
        finally:
            self._handling = outer

    def _call_each(self, stream: Observed, rows: Iterable[object]) -> None:
        outer = self._handling
        self._handling = True
        try:
            super()._call_each(stream, rows)
        finally:
            self._handling = outer

    def _in_loop(self, function: Callable[[], None], may_wait: bool = False) -> None:
        """Let a function be called in the loop, after those before it; at once where the loop is
        processing messages.

        may_wait: the function is for rows of a stream. It waits for the end of the loop's turn, or
        for what is not of rows. Where threads bring them fast, the loop is not woken for each.
        """
        if not self._engine.is_in_loop() or self._calls:
            self._wake_for(function, may_wait)
        elif may_wait:
            self._for_rows.append(function)
        else:
            self._hand_rows()  # which came before
            function()

    def _wake_for(self, function: Callable[[], None], may_wait: bool = False) -> None:
        """The loop is woken once for all calls that come until it gets to them."""
        self._calls.append(function)
        if self._called or (may_wait and self._loop.time() < self._quiet_until):
            return
        self._called = True
        try:
            self._loop.call_soon_threadsafe(self._run_rows if may_wait else self._run_calls)
        except RuntimeError:  # the loop is closed: there is nobody to tell
            self._calls.clear()
            self._called = False

    def _run_calls(self) -> None:
        self._called = False  # before the look: what comes after it wakes the loop anew
        calls = self._calls
        for _ in range(len(calls)):
            if not calls:  # a handler that lets the loop run has had them called
                break
            calls.popleft()()

    def _run_rows(self) -> None:
        now = self._loop.time()
        if now - self._ran < FAST:
            # The timer comes first: who finds it quiet relies on it.
            if self._timer is None:
                self._timer = self._loop.call_later(LATEST, self._end_quiet)
            self._quiet_until = now + QUIET
        self._ran = now
        self._run_calls()

    def _end_quiet(self) -> None:
        """Look for what came while it was quiet, and did not wake the loop."""
        self._quiet_until = 0.0
        self._timer = None
        self._run_calls()

    def _handler_returned(self, handler: Callable[..., object], made: object) -> None:
        if inspect.isawaitable(made):
            task = self._loop.create_task(cast("Coroutine[object, object, object]", made))
            self._tasks.add(task)
            task.add_done_callback(lambda done: self._task_done(handler, done))

    def _task_done(self, handler: Callable[..., object], task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            self._handler_raised(handler, error)


__all__ = ["AsyncBase", "Connecting", "connecting"]
