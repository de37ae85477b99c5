"""The socket to TWS and all that can happen to it: the one place that opens, waits, sends and
closes.

Rules it lives by: one deadline covers reaching TWS and the handshake, on the monotonic clock. A
frame is sent whole, one after the other, or the connection is over: a stream that may be torn is
never used again. A connection ends in one of two ways:

- `disconnect`, in order: what was sent reaches TWS, which is read on until it has closed its side
  too;
- `abort`, by a reset: what the system still holds is thrown away, so that nothing which the program
  was told is lost arrives later.

Whoever closes only wakes the threads that read and send; the descriptor is given back when they are
gone, so that none of them can use somebody else's new socket.
"""

from __future__ import annotations

import contextlib
import errno
import re
import select
import socket
import struct
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from ..protocol.exceptions import BadHandshake
from ..protocol.handshake import ClientHandshake
from .keepalive import probe_when_silent
from .resolve import addresses_of
from .state import EndReason

if sys.platform.startswith("linux"):
    import fcntl  # here: a program at its limit of descriptors imports nothing

if TYPE_CHECKING:
    from ssl import SSLContext

    from .tls import TlsSocket

    Socket: TypeAlias = socket.socket | TlsSocket

# bytes asked for at once: what is cut out of them is processed while it is in the cache
RECEIVE_SIZE = 1 << 14
_RECEIVE_SIZES = (RECEIVE_SIZE,)
JOIN_DEADLINE = 5.0  # seconds that closing waits for the thread that reads, and for those that send
DRAIN_DEADLINE = 5.0  # seconds that closing in order waits for TWS's system to take what was sent
TALK_DEADLINE = 1.0  # seconds that it waits after that for a TWS which goes on talking
FIN = 1  # what the end of the stream counts among the bytes that were not acknowledged
# seconds of silence after which a TWS that has taken everything is not waited for any more
QUIET = 0.005
# seconds: sockets refuse to wait longer than a month; math.inf is in order as a timeout
LONGEST_WAIT = 86_400.0 * 20
DONT_WAIT = getattr(socket, "MSG_DONTWAIT", 0)  # Windows has none
_NO_WAITS = (DONT_WAIT,)
LINGER_NOT = struct.pack("HH" if sys.platform == "win32" else "ii", 1, 0)  # close() resets


class ConnectFailed(Exception):
    """TWS was not reached, or no TWS answered: `reason`, and the particulars as text."""

    def __init__(self, reason: EndReason, text: str = "") -> None:
        super().__init__(text or reason.meaning)
        self.reason = reason


class Deadline:
    """A point in time, on a clock that nobody sets back."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._end = clock() + seconds

    def remaining(self) -> float:
        """Return the seconds that are left, 0 when there are none."""
        return min(max(self._end - self._clock(), 0.0), LONGEST_WAIT)


class Connection:
    """One connection to TWS, from being opened to its end; a new one is made for each connect."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self.socket: Socket | None = None
        self.wrapper: Any = None  # official programs look at it; nothing here uses it
        self.unread = b""  # what came after the handshake, for the reader
        self.closed_by_us = False
        self.started = False  # startApi is out
        self.leak_reported = False  # it was warned of that nobody has closed it
        # Reentrant: a signal handler or __del__ may send in the middle of a send of its own thread.
        # Its frame goes out behind.
        self._lock = threading.RLock()
        self.lock: Any = self._lock  # official programs hold it, or put another one in its place
        self._sending = False
        self._begun = 0  # frames that were begun to be sent
        self._behind: deque[bytes] = deque()
        self._held: deque[bytes] = deque()  # frames that go out with the next one
        self._receiving = True  # a thread waits on the descriptor: at first the one that opens it
        self._ssl_context: SSLContext | None = None
        self._send_timeout: float | None = None
        self.is_clients = False  # made by an EClient, and not by a program for it
        self._reader: threading.Thread | None = None  # awaited by a subclass's disconnect()
        self._left = ""  # what may not have reached TWS, as disconnect() found
        self._aborted = False
        self._ended = False  # the stream's end was read
        self._was_reset = False  # reading has failed
        self._reads = 0  # how often something came
        self.on_bytes: Callable[[], None] | None = None  # called whenever something came
        self._broken: str = ""  # why nothing can be sent any more
        # bytes that TWS had not acknowledged when the connection was given up
        self.unacknowledged: int | None = None

    def configure(self, ssl_context: SSLContext | None, send_timeout: float | None) -> None:
        """Belong to a client, and take its options, before opening."""
        self.is_clients = True
        self._ssl_context = ssl_context
        self._send_timeout = send_timeout

    @classmethod
    def is_changed(cls) -> bool:
        """Return whether a program has overridden what sees each frame."""
        return (cls.sendMsg, cls.recvMsg) != (_OWN_SEND, _OWN_RECEIVE)

    # --- opening ---

    def reach(self, deadline: Deadline) -> None:
        """`open`, or the `connect` of a program's own subclass. ConnectFailed tells why not."""
        if type(self).connect is _OWN_CONNECT:
            self.open(deadline)
            return
        try:
            self.connect()
        except OSError as e:
            raise ConnectFailed(EndReason.NOT_REACHED, describe(e, deadline)) from None
        if self.socket is None:
            raise ConnectFailed(EndReason.NOT_REACHED, "connect() of a subclass has left no socket")

    def connect(self, timeout: float = 10.0) -> None:
        """Reach TWS, without a handshake (of the official class, for programs with a client of
        their own). OSError: it failed.
        """
        try:
            self.open(Deadline(timeout))
        except ConnectFailed as e:
            raise OSError(str(e)) from None
        if self.socket is not None:
            self.socket.settimeout(None)
        self._receiving = False

    def open(self, deadline: Deadline) -> None:
        """Reach TWS at any of the host's addresses within the deadline. ConnectFailed tells why
        not.
        """
        if not re.fullmatch("[0-9]{1,5}", str(self.port)) or not 0 < int(self.port) < 1 << 16:
            # getaddrinfo would drop its upper bits
            raise ConnectFailed(EndReason.NOT_REACHED, "the port is not a number from 1 to 65535")
        try:
            addresses = addresses_of(
                self.host, int(self.port), deadline.remaining(), lambda: self.closed_by_us
            )
        except TimeoutError:
            if self.closed_by_us:
                raise ConnectFailed(EndReason.BY_US) from None
            text = f"no answer within {deadline.seconds:g} s: looking up the name takes longer"
            raise ConnectFailed(EndReason.NOT_REACHED, text) from None
        except (OSError, OverflowError, UnicodeError, TypeError, AttributeError) as e:
            raise ConnectFailed(EndReason.NOT_REACHED, f"unknown host or port ({e})") from None
        self._try_each(addresses, deadline)

    def _try_each(self, addresses: list[tuple[Any, ...]], deadline: Deadline) -> None:
        reasons: list[str] = []
        refused = bool(addresses)
        for tried, (family, kind, proto, _, address) in enumerate(addresses):
            # a silent address must not use up the time of those after it
            share = deadline.remaining() / (len(addresses) - tried)
            try:
                self._dial(socket.socket(family, kind, proto), address, share)
                return
            except OSError as e:
                refused = refused and e.errno in (errno.ECONNREFUSED, 10061)
                reasons.append(f"{address[0]}: {describe(e, deadline)}")
            if self.closed_by_us:
                raise ConnectFailed(EndReason.BY_US)
        reason = EndReason.REFUSED if refused else EndReason.NOT_REACHED
        raise ConnectFailed(reason, "; ".join(dict.fromkeys(reasons)) or "the host has no address")

    def _dial(self, sock: socket.socket, address: tuple[object, ...], share: float) -> None:
        try:
            self.socket = sock
            began = time.monotonic()
            if self.closed_by_us:  # set before the socket was there to be closed
                raise OSError("disconnect() was called")
            sock.settimeout(max(share, 0.001))
            sock.connect(address)
            # woken by that, which counts as connected where it came before the system call
            if self.closed_by_us:
                raise OSError("disconnect() was called")
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            probe_when_silent(sock)
            if self._ssl_context is not None:
                self.socket = self._encrypted(
                    sock, self._ssl_context, lambda: share - (time.monotonic() - began)
                )
        except BaseException:
            self.socket = None
            sock.close()
            raise

    def _encrypted(
        self, sock: socket.socket, context: SSLContext, remaining: Callable[[], float]
    ) -> Socket:
        from .tls import TlsSocket  # costs an import that few programs need

        return TlsSocket(sock, context, self.host, remaining)

    def shake_hands(self, hello: bytes, deadline: Deadline) -> ClientHandshake:
        """Greet TWS and take its answer, within the deadline. ConnectFailed where none comes, or
        one that is not TWS's.
        """
        sock = self.socket
        handshake = ClientHandshake()
        if sock is None:
            raise ConnectFailed(EndReason.BY_US)
        try:
            self._within(sock, deadline)
            sock.sendall(hello)
            while not handshake.done:
                self._within(sock, deadline)
                data = sock.recv(RECEIVE_SIZE)
                if not data:
                    raise ConnectFailed(
                        EndReason.BY_US if self.closed_by_us else EndReason.CLOSED_AT_ONCE
                    )
                handshake.feed(data)
            sock.settimeout(None)
        except OSError as e:
            raise self._no_answer(e, deadline) from None
        except BadHandshake as e:
            raise ConnectFailed(EndReason.NOT_A_TWS, str(e)) from None
        self.unread = handshake.rest
        self._receiving = False
        return handshake

    def _no_answer(self, error: OSError, deadline: Deadline) -> ConnectFailed:
        if self.closed_by_us:
            return ConnectFailed(EndReason.BY_US)
        if isinstance(error, TimeoutError):
            return ConnectFailed(EndReason.SILENT, describe(error, deadline))
        return ConnectFailed(EndReason.CLOSED_AT_ONCE, describe(error, deadline))

    @staticmethod
    def _within(sock: Socket, deadline: Deadline) -> None:
        remaining = deadline.remaining()
        if not remaining:
            raise TimeoutError
        sock.settimeout(remaining)

    # --- use ---

    def isConnected(self) -> bool:
        """Return whether the connection is open, as far as is known."""
        return self.socket is not None and not self.closed_by_us

    def sendMsg(self, msg: bytes) -> int:
        """Send a whole frame, from any thread. OSError: the connection is broken, and over."""
        if self._send_timeout is not None:
            return self._send_within(msg, self._send_timeout)
        with self._lock:
            self._send_in_turn(msg, None)
        return len(msg)

    def hold(self, msg: bytes) -> None:
        """Let a whole frame go out with the next one, before it, or by `send_held`. OSError: as
        `sendMsg`, as far as is known now.
        """
        self._held.append(msg)
        if self.socket is None or self.closed_by_us or self._broken:
            raise OSError(self._broken or "the connection is closed")

    def send_held(self) -> None:
        """Send what `hold` has left. OSError: the connection is broken, and over."""
        if self._held:
            self.sendMsg(b"")

    def _with_held(self, msg: bytes) -> bytes:
        held = self._held
        return b"".join([*(held.popleft() for _ in range(len(held))), msg])

    def _send_within(self, msg: bytes, seconds: float) -> int:
        """As `sendMsg`; the wait for other threads' frames and for this one takes so many seconds
        together.
        """
        end = time.monotonic() + seconds
        if not self._lock.acquire(timeout=min(seconds, LONGEST_WAIT)):
            raise self._not_taken(seconds)
        try:
            self._send_in_turn(msg, end)
        finally:
            self._lock.release()
        return len(msg)

    def _send_in_turn(self, msg: bytes, end: float | None) -> None:
        """Send a frame, and what handlers of signals put behind it meanwhile, by that time."""
        sock = self.socket
        if sock is None or self.closed_by_us or self._broken:
            self._close_if_given_up()
            raise OSError(self._broken or "the connection is closed")
        if self._sending or self._behind:
            # This interrupts a send of the same thread, which sends it when its frame is out.
            self._behind.append(msg)
            return
        try:
            self._sending = True
            self._begun += 1
            if self._held:
                msg = self._with_held(msg)
            if end is None:  # as `_send_one` does: nearly all that is sent comes here
                sock.sendall(msg)
            else:
                self._send_until(sock, msg, end)
            while True:
                while self._behind:
                    self._send_one(sock, self._behind[0], end)
                    self._behind.popleft()
                # What is put behind from here on is seen by the next test; after it a handler sends
                # by itself.
                self._sending = False
                if not self._behind:
                    return
                self._sending = True
        except BaseException:
            # Part of the frame may be out (an interrupt counts too): nothing may follow it.
            self.abort("the connection is closed: a frame was not sent whole")
            self._sending = False
            self._close_if_given_up()
            raise

    def _send_one(self, sock: Socket, frame: bytes, end: float | None) -> None:
        if end is None:
            sock.sendall(frame)
        else:
            self._send_until(sock, frame, end)

    def _send_until(self, sock: Socket, frame: bytes, end: float) -> None:
        """Send a frame by that time, however slowly TWS takes it and however many signals interrupt
        the wait.
        """
        if isinstance(sock, socket.socket):
            raw, rest = sock, memoryview(frame)
        else:
            raw, rest = sock.raw, memoryview(sock.encrypted(frame))
        while rest:
            left = end - time.monotonic()
            if left <= 0:
                raise self._not_taken(self._send_timeout or 0)
            try:
                rest = rest[self._send_some(raw, rest, left) :]
            except BlockingIOError:
                if DONT_WAIT:
                    _poll(raw, reading=False, seconds=min(left, LONGEST_WAIT))

    @staticmethod
    def _send_some(sock: socket.socket, data: memoryview, seconds: float) -> int:
        """Return how many bytes the system took. BlockingIOError: none, where it can be asked
        without waiting, or within the time.
        """
        if DONT_WAIT:
            return sock.send(data, DONT_WAIT)
        limit_waiting(sock, socket.SO_SNDTIMEO, seconds)
        return sock.send(data)

    def _not_taken(self, seconds: float) -> TimeoutError:
        text = f"TWS did not take it within {seconds:g} s"
        self.abort(text)
        return TimeoutError(text)

    def send_without_waiting(self, frame: bytes) -> bool:
        """Send a frame if that can be done at once. False: another thread is sending, or the
        system's buffer is full.
        """
        sock = self.socket
        if (
            sock is None
            or self.closed_by_us
            or self._broken
            or not self._lock.acquire(blocking=False)
        ):
            return False
        try:
            if self._sending or not is_writable(sock):
                return False
            self._send_in_turn(frame, None)
        except OSError:
            return False
        finally:
            self._lock.release()
            self._close_if_given_up()
        return True

    def is_sending(self) -> bool:
        """Return whether another thread is in the middle of sending."""
        if not self._lock.acquire(blocking=False):
            return True
        self._lock.release()
        return False

    def recvMsg(self) -> bytes:
        """Return what has come, waiting for it; b"" at the end of the stream. OSError when the
        connection broke.

        BlockingIOError (or TimeoutError) after the seconds of `limit_receiving`.
        """
        raw: deque[bytes] = deque()
        self._receive(raw, True)
        return raw.pop()

    def receive(self, raw: deque[bytes], wait: bool = True) -> None:
        """`recvMsg`, whose result is added to `raw`: also if a signal handler of this thread raises
        at any moment. Without `wait` it is BlockingIOError if nothing is there (not on Windows).
        """
        if type(self).recvMsg is _OWN_RECEIVE:
            self._receive(raw, wait)
            return
        sock = self.socket
        if not wait and sock is not None and not is_readable(sock, 0):
            raise BlockingIOError
        raw.append(self.recvMsg())

    def _receive(self, raw: deque[bytes], wait: bool) -> None:
        sock = self.socket
        if sock is None:
            raw.append(b"")
            return
        # Who gives the connection up closes it unless this is set, and this thread does not wait if
        # it was given up before.
        self._receiving = True
        try:
            if self._aborted:
                raw.append(b"")
            else:
                # one call of C: nothing comes between receiving and adding
                if wait:
                    raw.extend(map(sock.recv, _RECEIVE_SIZES))
                else:  # never TLS, whose recv takes no flags
                    raw.extend(map(cast("socket.socket", sock).recv, _RECEIVE_SIZES, _NO_WAITS))
        except ConnectionError:
            self._was_reset = True
            raise
        finally:
            self._receiving = False
            if self._aborted:
                self._close_if_given_up()
        if raw[-1]:
            self._reads += 1
            if self.on_bytes is not None:
                self.on_bytes()
        else:
            self._ended = True

    def _recvAllMsg(self) -> bytes:
        """`recvMsg` by the name that official programs with a reader of their own call."""
        return self.recvMsg()

    def limit_receiving(self, seconds: float) -> None:
        """Let `recvMsg` wait no longer than this. It is the system's own time limit: it needs no
        descriptor and no lock.
        """
        if self.socket is not None:
            limit_waiting(self.socket, socket.SO_RCVTIMEO, seconds)

    # --- closing ---

    def close(self, reader: threading.Thread | None) -> str:
        """`disconnect`, after that of a program's own subclass, which takes no argument."""
        if type(self).disconnect is not _OWN_DISCONNECT:
            self._reader = reader
            self.disconnect()
        return Connection.disconnect(self, reader) or self._left

    def disconnect(self, reader: threading.Thread | None = None) -> str:
        """Close in order, from any thread, any number of times. `reader`: the thread that reads,
        which is awaited.

        Return what may not have reached TWS, as text; "" where everything has, as far as can be
        known.
        """
        self.closed_by_us = True
        reader = reader or self._reader
        sock = self.socket
        if sock is None or self._aborted or self._broken:
            self._give_back(reader)
            return self.doubt()
        left = self._close_in_order(sock, reader)
        if left:
            self._left = left
            self._reset_on_close(sock)
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
        self._give_back(reader)
        return left

    def _close_in_order(self, sock: Socket, reader: threading.Thread | None) -> str:
        # A thread in the middle of a frame is given time to end it, unless TWS takes nothing.
        if not self._lock.acquire(timeout=DRAIN_DEADLINE if is_writable(sock) else QUIET):
            return "TWS takes nothing: what was sent last may not have reached it"
        try:
            # This thread itself, where a signal handler or __del__ calls this in the middle of a
            # send.
            torn = self._sending
            with contextlib.suppress(OSError):  # not connected any more
                sock.shutdown(socket.SHUT_WR)
        finally:
            self._lock.release()
        left = self._drain(sock, reader)
        if torn:
            behind = len(self._behind)
            return f"disconnect() interrupted a request: it and {behind} behind it were not sent"
        return left

    def _drain(self, sock: Socket, reader: threading.Thread | None) -> str:
        """Read on until TWS has closed its side, or has everything and is silent.

        To close a socket with unread data makes a reset, which throws away what TWS has not taken
        yet.
        """
        reads_itself = (
            reader is None or not reader.is_alive() or reader is threading.current_thread()
        )
        end = time.monotonic() + DRAIN_DEADLINE
        taken_at: float | None = None
        while (now := time.monotonic()) < end:
            if not reads_itself and reader is not None:
                before = self._reads
                reader.join(QUIET)
                if not reader.is_alive():
                    return self._left_at_end(sock)
                quiet = self._reads == before
            else:
                quiet = not is_readable(sock, QUIET)
                if not quiet and not self._discard(sock):
                    return self._left_at_end(sock)
            waiting = unsent(sock)
            if waiting is None or waiting <= FIN:
                taken_at = taken_at or now
                # Where the system does not tell what is under way, silence says nothing: the time
                # alone does.
                if (quiet and waiting is not None) or now - taken_at > TALK_DEADLINE:
                    return ""
        if self._aborted:
            return self.doubt()
        waiting = unsent(sock)
        return (
            f"{waiting} bytes of what was sent may not have reached TWS, which did not take them "
            f"within {DRAIN_DEADLINE:g} s"
        )

    def _left_at_end(self, sock: Socket) -> str:
        """Return what had not reached TWS when the stream from it ended, as text."""
        if self._aborted:  # by the watchdog, or sendTimeout
            return self.doubt()
        waiting = unsent(sock) or 0
        if self._begun <= 1:  # startApi alone
            return ""
        if self._was_reset or waiting > FIN:
            unknown = max(waiting - FIN, 0)
            return (
                "TWS ended the connection meanwhile: what was sent last may not have reached it "
                f"({unknown} bytes)"
            )
        return ""

    def _discard(self, sock: Socket) -> bool:
        """Drop what has come. False: the stream has ended."""
        try:
            return not self._ended and bool(sock.recv(RECEIVE_SIZE))
        except OSError:
            self._was_reset = True
            return False

    def abort(self, why: str) -> None:
        """Give the connection up: nothing that the system still holds for TWS is to arrive later.

        It waits for nobody. The threads that read and send are woken, and the last one of them
        closes the descriptor, which makes a reset; where there is none it is closed at once.
        """
        self._broken = self._broken or why
        sock = self.socket
        if sock is None or self._aborted:
            self._close_if_given_up()  # an interrupt may have come before its end
            return
        self.unacknowledged = self._unacknowledged(sock)
        self._aborted = True
        self._reset_on_close(sock)
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
        self._close_if_given_up()

    def end(self, why: str) -> None:
        """TWS has ended the stream: nothing is sent any more, and what the system still holds is
        thrown away.

        Who is behind a tunnel may read on when the program has long been told that the connection
        is lost.
        """
        sock = self.socket
        # QUIET: a frame that goes out at this moment may end. A thread that waits for TWS is woken
        # by the reset.
        idle = self._lock.acquire(timeout=QUIET)
        try:
            self._broken = self._broken or why
            if idle and (sock is None or self._unacknowledged(sock) == 0):
                return
        finally:
            if idle:
                self._lock.release()
        self.abort(why)

    def _unacknowledged(self, sock: Socket) -> int | None:
        waiting = unsent(sock)
        return None if waiting is None else waiting + sum(map(len, self._behind))

    def doubt(self) -> str:
        """Return what may or may not have reached TWS of a connection that was given up, as text;
        "" where nothing is open.
        """
        number = self.unacknowledged
        if not number or self._begun <= 1:  # the first one is startApi
            return ""
        return f"the last {number} bytes that were sent may or may not have reached TWS"

    def _close_if_given_up(self) -> None:
        """Close a connection that was given up, unless a thread still waits on its descriptor: that
        one does so then.
        """
        if not self._aborted or self._receiving or not self._lock.acquire(blocking=False):
            return
        try:
            if not self._sending:
                self._close()
        finally:
            self._lock.release()

    def close_aborted(self) -> None:
        """Close a connection that was given up, at once: called by the thread that has read it,
        which reads no more.
        """
        if self._aborted:
            self._give_back(None)

    @property
    def aborted(self) -> str:
        """Why the connection was given up; "" if it was not."""
        return self._broken if self._aborted else ""

    @staticmethod
    def _reset_on_close(sock: Socket) -> None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)

    def _give_back(self, reader: threading.Thread | None) -> None:
        """Give the descriptor back once nobody uses it any more."""
        if reader is not None and reader.is_alive() and reader is not threading.current_thread():
            reader.join(JOIN_DEADLINE)
        sending = self._lock.acquire(timeout=JOIN_DEADLINE)
        try:
            self._close()
        finally:
            if sending:
                self._lock.release()

    def _close(self) -> None:
        # No lock: a signal handler may come in between, and closing the same socket twice does no
        # harm. It is forgotten last: an interrupt in close() leaves it to the next disconnect().
        sock = self.socket
        if sock is not None:
            # It fails where the program has closed the descriptor (os.closerange), or a socket of
            # its own raises: whoever closes has to go on, to tell the end of the connection.
            with contextlib.suppress(Exception):
                sock.close()
            self.socket = None

    def forked(self) -> None:
        """In a child process: give back its copy of the descriptor; the connection goes on in the
        parent.
        """
        self._lock = self.lock = threading.RLock()
        self.closed_by_us = True
        self._close()


# what a subclass of the program's may override
_OWN_CONNECT, _OWN_RECEIVE = Connection.connect, Connection.recvMsg
_OWN_SEND, _OWN_DISCONNECT = Connection.sendMsg, Connection.disconnect


def limit_waiting(sock: Socket, option: int, seconds: float) -> None:
    """Let the system give up sending or receiving (SO_SNDTIMEO, SO_RCVTIMEO) after so long.

    A timeout of Python's would hold for both, and costs another system call each time.
    """
    seconds = min(seconds, LONGEST_WAIT)
    if sys.platform == "win32":
        limit = struct.pack("L", max(1, int(seconds * 1000)))
    else:
        whole = int(seconds)
        limit = struct.pack("ll", whole, max(1, int((seconds - whole) * 1e6)))
    sock.setsockopt(socket.SOL_SOCKET, option, limit)


def _poll(sock: Socket, reading: bool, seconds: float) -> bool:
    """Wait until there is something to read, or room to write, without a descriptor of its own."""
    try:
        if hasattr(select, "poll"):
            poll = select.poll()
            poll.register(sock.fileno(), select.POLLIN if reading else select.POLLOUT)
            return bool(poll.poll(int(seconds * 1000)))
        wanted = [sock.fileno()]
        ready = select.select(wanted if reading else [], [] if reading else wanted, [], seconds)
        return bool(ready[0] or ready[1])
    except (OSError, ValueError):  # closed meanwhile: using it tells
        return True


def is_readable(sock: Socket, seconds: float) -> bool:
    """Return whether there is something to read within the time, the end of the stream included."""
    return _poll(sock, True, seconds)


def is_writable(sock: Socket) -> bool:
    """Return whether a small frame can be sent without waiting."""
    return _poll(sock, False, 0)


_SIOCOUTQ = 0x5411  # Linux: TIOCOUTQ
_SO_NWRITE = 0x1024  # macOS


def unsent(sock: Socket) -> int | None:
    """Return how many bytes were sent and not acknowledged by TWS's system. None: this system does
    not tell.
    """
    try:
        if sys.platform.startswith("linux"):
            answer = fcntl.ioctl(sock.fileno(), _SIOCOUTQ, b"\0" * 4)
            return int(struct.unpack("i", answer)[0])
        if sys.platform == "darwin":
            return sock.getsockopt(socket.SOL_SOCKET, _SO_NWRITE)
    except (OSError, ValueError):
        pass
    return None


def describe(error: OSError, deadline: Deadline) -> str:
    """Return a reason in a few words."""
    if isinstance(error, TimeoutError):
        return f"no answer within {deadline.seconds:g} s"
    return error.strerror or str(error) or type(error).__name__


__all__ = ["ConnectFailed", "Connection", "Deadline"]
