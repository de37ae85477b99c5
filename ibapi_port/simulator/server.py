"""The simulated TWS as a program uses it: a TCP server in a thread of its own."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from .._server_thread import ServerThread
from ..protocol.handshake import NEWEST, NEWEST_TEXT, OLDEST
from ..protocol.protobuf import available as protobuf_available
from .commands import run
from .control import Control
from .errors import BadValue
from .market.listings.hours import ALWAYS
from .market.listings.mornings import session_morning
from .net.clock import OPENING, Clock, VirtualClock, WallClock
from .net.loop import ENDED, EventLoop
from .network import Network
from .options import Options, options_of
from .progress import Progress
from .recorded.recordings import Recordings
from .script import Script
from .times import parse, stamp
from .world import NEXT, World

T = TypeVar("T")
NOW = "now"  # the start that is the computer's own time
# timers in one go when time is moved by hand, and what may wait for a client before the next
TURNS, TURN_BYTES = (200, 1 << 20)
_EARLIER = 40 * 86400.0  # seconds before data: no month's bar begins earlier
READ_TIME = 10.0  # real seconds that a client has to read what came of it


class SimulatedTws(ServerThread):
    """A TWS for development and tests: clients connect to it as to the real one, at `host` and
    `port` (0: any free one).

    `options` are the fields of `Options`. Orders, positions and prices stay over `stop` and
    `start`, which serves at the same port again. As a context manager it runs inside the `with`.
    """

    _what = "the simulated TWS"
    _thread_name = "simulated-tws"

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        server_version: int = 187,
        *,
        clock: Clock | None = None,
        **options: Any,
    ) -> None:
        """Make it, not yet running. ValueError, TypeError: an option is out of range, or there is
        none of that name.
        """
        if not OLDEST <= server_version <= NEWEST:
            raise ValueError(f"server_version must be {OLDEST} to {NEWEST}, not {server_version}")
        if not 0 <= port < 1 << 16:
            raise ValueError(f"port must be 0 to 65535, not {port}")
        if server_version > NEWEST_TEXT and not protobuf_available():
            raise ValueError(
                f"server versions above {NEWEST_TEXT} need the protobuf package: "
                "pip install ibapi_port[protobuf]"
            )
        super().__init__()
        self._host = host
        self._port = port
        settings = options_of(options)
        recordings = Recordings(settings)
        self._world = World(clock or _clock(settings, recordings), settings, recordings)
        self._network = Network(self._world, server_version)
        self._script = Script(self._world, self._network)
        self.faults = FaultSwitch(self.do)
        self._loop: EventLoop | None = None
        self._control: Control | None = None

    @property
    def control_port(self) -> int | None:
        """Return where `control` listens on 127.0.0.1, or None if it does not."""
        return None if self._control is None else self._control.port

    @property
    def host(self) -> str:
        """Return the address that it listens at."""
        return self._host

    @property
    def port(self) -> int:
        """Return the port it serves at; 0 until it has been started if any was asked for."""
        return self._network.port or self._port

    @property
    def address(self) -> tuple[str, int]:
        """Return host and port."""
        return self._host, self.port

    @property
    def stands_still(self) -> bool:
        """Return whether time passes only as `advance` and its like say."""
        clock = self._world.clock
        return isinstance(clock, VirtualClock) and not clock.speed

    # --- as a ServerThread ---

    def _open(self) -> None:
        self._loop = loop = EventLoop(self._world.timers)
        try:
            self._port = self._network.listen(self._host, self._port, loop)
        except BaseException:  # whatever it was: the loop's own sockets must not be left open
            loop.close()
            self._loop = None
            raise

    def _started(self) -> None:
        if self._world.options.control_port is not None:
            self._control = Control(self, self._world.options.control_port)

    def _serve(self) -> None:
        loop = self._running()
        try:
            self._network.open()
            loop.time_may_pass = self._network.time_may_pass
            loop.run()
        finally:
            self._network.close()
            loop.close()

    def _interrupt(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        self._port = self.port
        self._running().stop()

    def _stopped(self) -> None:
        self._loop = None

    # --- from any thread ---

    def call(self, action: Callable[[World], T]) -> T:
        """Run `action` in the server's thread, the only one that may touch the world; hands back
        what it returns or raises.
        """
        return self._running().call(lambda: action(self._world))

    def do(self, command: str, /, **values: Any) -> Any:
        """Run a command of `Script`, in the server's thread if that runs. ValueError: it is not
        one, or a value is wrong.
        """
        if self._loop is None:
            return run(self._script, command, values)
        return self._loop.call(lambda: run(self._script, command, values))

    def wait_until(self, holds: Callable[[], bool], timeout: float) -> bool:
        """Wait until something holds, which the server's thread looks at whenever anything has
        happened; False: not in so many seconds.
        """
        return self._running().wait_until(holds, timeout)

    def settle(self) -> None:
        """Serve what clients have sent by now."""
        loop = self._running()
        loop.call(loop.read_all)

    def advance(self, seconds: float) -> None:
        """Let that much virtual time pass.

        What clients have sent before is served first. Then everything that is due happens in order,
        each thing at exactly its time; when this returns, all that came of it is in the clients'
        sockets. ValueError: the clock is not virtual, or time would go back; TimeoutError: a client
        does not read.
        """
        self._pass(lambda now: now + seconds)

    def advance_to(self, when: float | str | datetime) -> None:
        """Let virtual time pass, as `advance`, to a time: seconds since 1970, a datetime with its
        zone, or "20260414 16:00:00 US/Eastern".
        """
        moment = (
            when.timestamp()
            if isinstance(when, datetime)
            else parse(when)
            if isinstance(when, str)
            else when
        )
        if moment is None:
            raise ValueError(f"no date and time: {when!r}")
        self._pass(lambda now: moment)

    def advance_to_next(self, what: str = "event", within: float = 366 * 86400.0) -> float | None:
        """Let virtual time pass until something happens, and return when it was; None if nothing of
        that kind happens `within` so many seconds, all of which have passed then.

        `what`: "timer" (whatever is due), "event" (a trade, quote or end of a bar in your data, or
        something of an order), or one of these: "trade", "quote", "bar" and "order" (an order's
        status changes, or it fills). ValueError: as of `advance`.
        """
        if what not in NEXT:
            raise BadValue("what", f"must be one of {', '.join(NEXT)}, not {what!r}")
        clock, loop = self._world.clock, self._running()
        if not isinstance(clock, VirtualClock):
            raise ValueError("time can be moved only if the clock is a VirtualClock")

        def begin(world: World) -> tuple[float, int]:
            loop.read_all()
            return world.clock.now() + within, world.happened(what)

        end, before = self.call(begin)

        def go(world: World) -> bool | None:
            for _ in range(TURNS):
                due = world.timers.next_due()
                if due is None or due > end:
                    clock.move(max(end, clock.now()))
                    return False
                world.timers.run_next()
                if what == "timer" or world.happened(what) != before:
                    return True
            return None

        while (found := self.call(go)) is None:
            self._delivered(loop, TURN_BYTES)
        self._delivered(loop, 0)
        return clock.now() if found else None

    def instrument(
        self, symbol: str, last: Decimal | float | str | None = None, **fields: Any
    ) -> int:
        """List a further stock, whose price begins at `last` (100 if None). Return its contract id.
        `fields` are those of the file of instruments, such as long_name and primary_exchange.
        """
        price = Decimal(str(last)) if isinstance(last, float) else last
        return int(self.do("instrument", symbol=symbol, last=price, fields=fields))

    def _pass(self, end_from: Callable[[float], float]) -> None:
        if not isinstance(self._world.clock, VirtualClock):
            raise ValueError("time can be moved only if the clock is a VirtualClock")
        loop = self._running()

        def begin(world: World) -> float:
            loop.read_all()
            end = end_from(world.clock.now())
            if end < world.clock.now():
                raise ValueError("time does not go back")
            return end

        start, end = self._world.clock.now(), self.call(begin)
        progress = Progress(start, end)
        while not self.call(lambda world: world.timers.run_until(end, TURNS)):
            self._delivered(loop, TURN_BYTES)
            now = self._world.clock.now()
            progress.at(now, stamp(now))
        self._delivered(loop, 0)
        progress.done()

    def _delivered(self, loop: EventLoop, most: int) -> None:
        """Wait until no client has more than so many bytes to come."""
        if not loop.wait_until(
            lambda: all(session.waiting <= most for session in self._network.sessions), READ_TIME
        ):
            raise TimeoutError(
                f"a client has not read for {READ_TIME:g} s what the simulated TWS sends"
            )

    def _running(self) -> EventLoop:
        if self._loop is None:
            raise RuntimeError(ENDED)
        return self._loop


class FaultSwitch:
    """Sets faults and takes them back; see `Fault` for the settings and `KINDS` for what there
    is.
    """

    def __init__(self, do: Callable[..., Any]) -> None:
        self._do = do

    def add(self, kind: str, **settings: Any) -> int:
        """Set a fault; its number. ValueError: a setting is wrong."""
        return int(self._do("fault", kind=kind, **settings))

    def remove(self, number: int) -> None:
        """Take a fault back. ValueError: there is none of that number (any more)."""
        self._do("remove_fault", fault=number)

    def clear(self) -> None:
        """Take all faults back. What they have broken stays so."""
        self._do("clear_faults")

    def all(self) -> list[dict[str, Any]]:
        """Return the faults that are set, each with its settings that are not as by default, and
        how often it may happen yet.
        """
        return list(self._do("faults"))


def _clock(options: Options, recordings: Recordings) -> Clock:
    """Return the clock that the settings ask for; with data of the user's it begins where they do.
    ValueError: the settings contradict each other, or there is no such date.
    """
    if sum([options.virtual, options.as_fast_as_possible, options.speed is not None]) > 1:
        raise ValueError("virtual, speed and as_fast_as_possible exclude each other")
    virtual = (
        bool(recordings)
        or options.virtual
        or options.as_fast_as_possible
        or options.speed is not None
    )
    start: float | None
    if recordings and not options.start:
        start = recordings.around() - _EARLIER
        recordings.sets_clock = True
    elif options.start == NOW:
        start = time.time() if virtual else None
    elif options.start:
        start = parse(options.start)
        if start is None:
            raise ValueError(
                "start must be now, or a date and time, YYYYMMDD hh:mm:ss with its zone, not "
                f"{options.start!r}"
            )
    elif virtual:
        start = OPENING
    else:  # with markets that are always open there is no reason for another day
        start = None if options.market_hours == ALWAYS else session_morning(time.time())
    if not virtual:
        return WallClock(start)
    assert start is not None
    usual = 1.0 if recordings and not options.virtual else 0.0
    speed = usual if options.speed is None else options.speed
    return VirtualClock(start, math.inf if options.as_fast_as_possible else speed)
