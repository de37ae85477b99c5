"""The connections of the simulated TWS: who is let in, who is dropped, restarts, and the port."""

from __future__ import annotations

import itertools
import socket
from datetime import datetime, timedelta

from .net.fault_rules import Faults
from .net.listener import Listener
from .net.loop import EventLoop
from .net.timers import Timer
from .session import Session
from .times import local
from .world import World

MAX_CONNECTIONS = 512  # one more takes the place of the oldest that has not said its client id
PORT_RESET = (
    "TWS socket port has been reset and this connection is being dropped.   "
    "Please reconnect on the new port - "
)
_RESTART, _FAULT = "restart", "fault"  # why the port is shut


class Network:
    """The port and its connections. It serves between `open` and `close`; while it does, only the
    server's thread may use it.
    """

    def __init__(self, world: World, server_version: int) -> None:
        self._world = world
        self._server_version = server_version
        self.faults = Faults()
        self.faults.on_change = self._faults_changed
        self.sessions: dict[Session, None] = {}  # in the order of their coming
        self._numbers = itertools.count(1)
        self._loop: EventLoop | None = None
        self._listener: Listener | None = None
        self.restarting = False
        self._back: Timer | None = None  # when a restart will be over
        if world.options.restart_at:
            self._plan_restart()

    def listen(self, host: str, port: int, loop: EventLoop) -> int:
        """Take the port, which is returned. OSError: it is taken by another."""
        self._loop = loop
        self._listener = Listener(host, port, loop, self._connected)
        if self.restarting:
            self._listener.block(_RESTART)
        if self._refuses():
            self._listener.block(_FAULT)
        return self._listener.port

    def open(self) -> None:
        """Let clients in, if they may come."""
        assert self._listener is not None
        self._listener.open()

    def close(self) -> None:
        """Close all connections, and give the port back."""
        for session in list(self.sessions):
            session.close()
        if self._listener is not None:
            self._listener.close()
            self._listener = self._loop = None

    def time_may_pass(self) -> bool:
        """Return whether there is anybody for whom time that goes as fast as it can should pass."""
        if any(session.busy for session in self.sessions):
            return False
        decides = self._world.options.accept != "ask" and any(
            session.asking for session in self.sessions
        )
        return (
            len(self._world.registry) > 0
            or self.restarting
            or decides
            or self._refuses_for_a_time()
            or self._holds_newcomers()
        )

    @property
    def clients(self) -> list[Session]:
        """Return those who have said their client id."""
        return [session for session in self.sessions if session.started]

    # --- what scripts do ---

    def drop(self, client_id: int | None, reset: bool) -> int:
        """Close a client's connection, or all; how many there were."""
        dropped = [session for session in self.clients if client_id in (None, session.client_id)]
        for session in dropped:
            session.close(reset)
        return len(dropped)

    def answer(self, accepted: bool) -> int:
        """Answer the dialogs that ask whether a client may come in; how many there were."""
        asking = [session for session in self.sessions if session.asking]
        for session in asking:
            session.answer(accepted)
        return len(asking)

    def restart(self, seconds: float) -> None:
        """Let TWS go, and come back after so long. Orders and positions stay, connections don't."""
        self.restarting = True
        if self._listener is not None:
            self._listener.block(_RESTART)
        for session in list(self.sessions):
            session.close()
        self._world.farms.reset()
        if self._back is not None:
            self._back.cancel()
        self._back = self._world.timers.call_later(seconds, self._come_back)

    def move_port(self, port: int) -> int:
        """Listen at another port, 0: any free one; clients get 1300 and dropped. OSError: it
        is taken.
        """
        if self._listener is None:
            raise RuntimeError("the simulated TWS is not running")
        self._listener.move(port)
        for session in list(self.sessions):
            if session.started:
                session.error(-1, 1300, f"{PORT_RESET}{self._listener.port}")
            session.hang_up()
        return self._listener.port

    @property
    def port(self) -> int | None:
        """Return the port, or None if it does not run."""
        return None if self._listener is None else self._listener.port

    # --- what happens ---

    def _connected(self, sock: socket.socket) -> None:
        if len(self.sessions) >= MAX_CONNECTIONS and (
            idle := next((each for each in self.sessions if not each.started), None)
        ):
            # who has said no client id for the longest makes room: a flood of idle ones keeps no
            # client out
            idle.close()
        if len(self.sessions) >= MAX_CONNECTIONS or self._loop is None:
            sock.close()
            return
        session = Session(
            sock,
            self._loop,
            self._world,
            self.faults,
            self._server_version,
            next(self._numbers),
            self.sessions.pop,
        )
        self.sessions[session] = None

    def _refuses(self) -> bool:
        return any(rule.fault.kind == "refuse" for rule in self.faults.all())

    def _refuses_for_a_time(self) -> bool:
        return any(rule.fault.kind == "refuse" and rule.fault.seconds for rule in self.faults.all())

    def _holds_newcomers(self) -> bool:
        """Return whether a fault keeps something back, for a time, from a client that has not got
        as far as its client id.
        """
        return any(session.held for session in self.sessions if not session.started)

    def _faults_changed(self) -> None:
        if self._listener is None:
            return
        if self._refuses():
            self._listener.block(_FAULT)
        else:
            self._listener.unblock(_FAULT)
        for session in list(self.sessions):
            session.pipeline.refresh()

    def _come_back(self) -> None:
        self.restarting = False
        if self._listener is not None:
            self._listener.unblock(_RESTART)

    def _plan_restart(self) -> None:
        now = self._world.clock.now()
        due = _next_time(local(now), self._world.options.restart_at)
        self._world.timers.call_later(due.timestamp() - now, self._restart_as_planned)

    def _restart_as_planned(self) -> None:
        self._plan_restart()
        self.restart(self._world.options.restart_seconds)


def _next_time(now: datetime, time: str) -> datetime:
    """Return when a clock next shows "HH:MM"."""
    hour, minute = map(int, time.split(":"))
    due = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return due if due > now else due + timedelta(days=1)
