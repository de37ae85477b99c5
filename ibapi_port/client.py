"""The client: EClientSocket as in Java and C#, and EClient, its Python face with run().

One rule for threads: what a request brings itself (503, 504, a refused value) arrives in the thread that made it, before it returns;
what comes from TWS arrives in the thread that processes messages. `connectionClosed` is called exactly once for each connection that
was made, by whichever thread ends it.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import threading
import warnings
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import common
from .common import *  # noqa: F403 - programs import these names from here
from .compat.callbacks import Callbacks, found, never_entered
from .connection import ConnectFailed, Connection, Deadline, hello
from .const import NO_VALID_ID
from .contract import Contract
from .decoder import Decoder, log_exception
from .errors import (
    ALREADY_CONNECTED,
    BAD_LENGTH,
    BAD_MESSAGE,
    CONNECT_FAIL,
    FA_PROFILE_NOT_SUPPORTED,
    FAIL_CREATE_SOCK,
    INVALID_SYMBOL,
    NOT_CONNECTED,
    SOCKET_EXCEPTION,
    SSL_FAIL,
    UNKNOWN_ID,
    UNSUPPORTED_VERSION,
    UPDATE_TWS,
    CodeMsgPair,
)
from .execution import ExecutionFilter
from .limited_log import RateLimit
from .message_queue import MessageQueue
from .order import COMPETE_AGAINST_BEST_OFFSET_UP_TO_MID, Order
from .order_cancel import OrderCancel
from .protocol.codec import Codec, codec_for
from .protocol.exceptions import FieldError, NotSupported
from .protocol.handshake import NEWEST, NEWEST_TEXT, OLDEST, ClientHandshake
from .protocol.kinds import integer, request_id_of
from .protocol.lifecycle import Event, State, after
from .protocol.messages import REQUESTS
from .protocol.proto import available as protobuf_available
from .reader import EReader, EReaderMonitorSignal, EReaderSignal
from .requests import Requests
from .scanner import ScannerSubscription
from .utils import BadMessage, ClientException, currentTimeMillis, isAsciiPrintable
from .wrapper import EWrapper

if TYPE_CHECKING:
    from ssl import SSLContext

logger = logging.getLogger("ibapi_port.client")
logger.addFilter(RateLimit())

DEFAULT_TIMEOUT = 10.0  # seconds for reaching TWS and the handshake together
MOST_INTERRUPTS = 5
REDIRECTED = -1  # in place of the server version: another host follows
IDLE = 0.2  # seconds without a message after which msgLoopTmo is called
BAD_VALUE = 321  # TWS's own code for a request that it finds invalid


def newest_version() -> int:
    """The newest server version that is spoken here: Protocol Buffers, from 201 on, need the `protobuf` package."""
    return NEWEST if protobuf_available() else NEWEST_TEXT


class _NoCommonVersion(ConnectFailed):
    """TWS answered, at a version that the client does not speak."""


class EClientSocket(Requests):
    """A connection to TWS and the requests on it.

    Used as in Java: `eConnect`, then an `EReader(client, signal)` that the program starts, and a loop in a thread of its own::

        while client.isConnected():
            signal.waitForSignal()
            reader.processMsgs()

    Options, as attributes of the class or the object, to be set before connecting:

    - `connectionLostCode`: the error that tells of a lost connection: 507 as in Java (the default), -1 as in C#, None for none.
    - `raiseCallbackErrors`: an exception of a callback ends the processing with that exception; by default it is logged and the
      next message is processed.
    - `queueFrames`, `queueBytes`: with so much waiting to be processed nothing more is read, until half of it is gone. By default the
      queue grows, and a warning is logged once.
    - `sendTimeout`: seconds that a request may wait for TWS to take it; then the connection is closed, and the request is error 504.
    - `watchdogSeconds`: so long a silence, and TWS is asked for the time (`currentTime` then comes unasked); as long again, and the
      connection is taken for lost.
    - `ssl_context`: an `ssl.SSLContext`, for a TWS behind a TLS tunnel.
    """

    DISCONNECTED, CONNECTING, CONNECTED, REDIRECT = range(4)

    connectionLostCode: int | None = 507
    raiseCallbackErrors = False
    queueFrames: int | None = None
    queueBytes: int | None = None
    sendTimeout: float | None = None
    watchdogSeconds: float | None = None
    ssl_context: SSLContext | None = None

    def __init__(self, wrapper: Any, signal: EReaderSignal | None = None) -> None:
        self.wrapper: EWrapper = wrapper
        self.signal: EReaderSignal = signal if signal is not None else EReaderMonitorSignal()
        self._lock = threading.Lock()
        self._state = State.DISCONNECTED
        self._codec: Codec | None = None
        self._callbacks: Callbacks | None = None
        self._over: set[Connection] = set()  # connections whose end is being reported
        self.conn: Connection | None = None
        self.reader: EReader | None = None
        self.decoder: Decoder | None = None
        self._after_message: Callable[[], None] | None = None  # called after each message
        self._opener: threading.Thread | None = None  # the thread that is about to tell connectAck
        self._untold = False  # connectionClosed, which waits for that
        self.msg_queue = MessageQueue()
        self.connectOptions: str | None = None
        self.optCapab: str | None = None
        self.asynchronous = False
        self.nKeybIntHard = 0
        self.decode: Any = None
        self.reset()
        found(wrapper)

    def reset(self) -> None:
        """Forget what belonged to a connection. Options stay."""
        self.host: str | None = None
        self.port: int | None = None
        self.clientId: int | None = None
        self.serverVersion_: int | None = None
        self.connTime: str | None = None
        self._codec = None

    # --- state ---

    @property
    def connState(self) -> int:
        """DISCONNECTED, CONNECTING or CONNECTED."""
        return min(int(self._state), self.CONNECTED)

    @property
    def AsyncEConnect(self) -> bool:
        """Whether the program calls `startAPI()` itself, from `connectAck`. Set it before connecting."""
        return self.asynchronous

    @AsyncEConnect.setter
    def AsyncEConnect(self, value: bool) -> None:
        self.asynchronous = value

    def isConnected(self) -> bool:
        """Whether there is a connection: from the end of the handshake until its end was reported."""
        return self._state >= State.CONNECTED

    def serverVersion(self) -> int | None:
        """The version that TWS and the client have agreed on; None when not connected."""
        return self.serverVersion_

    def twsConnectionTime(self) -> str | None:
        """TWS's time when it accepted the connection, as it sent it ("20261120 09:30:00 EST"); None when not connected."""
        return self.connTime

    @property
    def TwsConnectionTime(self) -> str | None:
        """As `twsConnectionTime()`."""
        return self.connTime

    def setConnectOptions(self, opts: str) -> None:
        """Options of the connection, such as "+PACEAPI": before connecting."""
        self.connectOptions = opts

    def setOptionalCapabilities(self, optCapab: str) -> None:
        """Capabilities that startApi announces: before connecting."""
        self.optCapab = optCapab

    def setConnectionOptions(self, opts: str) -> None:
        """`setConnectOptions` by the name that it had in some generations."""
        self.setConnectOptions(opts)

    def setConnState(self, connState: int) -> None:
        """Kept for programs that call it; the connection itself knows its state."""
        logger.debug("setConnState(%d) in state %s", connState, self._state.name)

    def checkConnected(self) -> None:
        """ClientException 501 when there is a connection."""
        if self.isConnected():
            raise ClientException(ALREADY_CONNECTED.code(), ALREADY_CONNECTED.msg(), "")

    # --- connecting ---

    def eConnect(self, host: str, port: int, clientId: int, timeout: float = DEFAULT_TIMEOUT) -> None:
        """Connect to TWS (7496, paper 7497) or IB Gateway (4001, paper 4002).

        The whole handshake takes at most `timeout` seconds. What goes wrong comes as an error with id -1: 501 already connected,
        502 not reached or no TWS, 503 TWS too old. `startApi` is sent and `connectAck` called before this returns.
        """
        deadline, conn = Deadline(timeout), Connection(host, port, self.ssl_context, self.sendTimeout)
        try:
            integer(clientId, 2**31, "a 32-bit int")
        except ValueError as e:
            self._report(BAD_VALUE, f"Error validating request: startApi: clientId: {e}")
            return
        if not self._begin(host, conn):
            return
        try:
            conn.open(deadline)
            handshake = conn.shake_hands(hello(OLDEST, newest_version(), self.connectOptions), deadline)
            self._accept(conn, handshake, host, port, clientId)
        except ConnectFailed as e:
            self._give_up(conn)  # before the error is told: the program may connect anew in its callback
            logger.info("no connection to %s:%s: %s", host, port, e)
            if isinstance(e, _NoCommonVersion):
                self._report(UPDATE_TWS.code(), str(e))
            else:
                self._report(CONNECT_FAIL.code(), f"{CONNECT_FAIL.msg()} {host}:{port}: {e}")
            return
        except BaseException:
            self._give_up(conn)
            raise
        try:
            self._after_accept()
        finally:
            self._announced()

    def _begin(self, host: str, conn: Connection) -> bool:
        """Enter CONNECTING, unless connected or misused."""
        for text in (host, self.connectOptions, self.optCapab):
            if isinstance(text, str) and not isAsciiPrintable(text):
                self._report(INVALID_SYMBOL.code(), f"{INVALID_SYMBOL.msg()}{text!r}")
                return False
        with self._lock:
            free = self._state is State.DISCONNECTED
            if free:
                self._state = after(self._state, Event.CONNECT)
                self.conn, self.reader = conn, None
                LIVING[id(self)] = self
        if not free:
            self._report(ALREADY_CONNECTED.code(), ALREADY_CONNECTED.msg())
        return free

    def _give_up(self, conn: Connection) -> None:
        conn.disconnect()
        with self._lock:
            if self._state is not State.DISCONNECTED:
                self._state = after(self._state, Event.CLOSED)
            self.conn = self._opener = None
            self.reset()

    def _accept(self, conn: Connection, handshake: ClientHandshake, host: str, port: int, clientId: int) -> None:
        """Enter CONNECTED, if the version that TWS answered is one that both speak."""
        version = handshake.server_version
        if version == REDIRECTED:
            raise ConnectFailed(f"TWS redirects to {handshake.time!r}; connect there")
        if NEWEST_TEXT < version <= NEWEST and newest_version() == NEWEST_TEXT:
            raise _NoCommonVersion(
                f"TWS insists on server version {version}, which needs Protocol Buffers: pip install ibapi_port[protobuf]."
            )
        if not OLDEST <= version <= NEWEST:
            raise _NoCommonVersion(f"{UPDATE_TWS.msg()} It speaks version {version}, the client {OLDEST} to {newest_version()}.")
        self.host, self.port, self.clientId = host, port, clientId
        self.serverVersion_, self.connTime = version, handshake.time
        self._codec = codec_for(version)
        self._callbacks = Callbacks(self.wrapper)
        self.decoder = Decoder(self.wrapper, version, self._callback_raised, self._ready, self._callbacks)
        with self._lock:
            if conn.closed_by_us:
                raise ConnectFailed("disconnect() was called")
            self._state = after(self._state, Event.ACCEPTED)
            self._opener = threading.current_thread()
        logger.info("connected to %s:%s, server version %d, %s", host, port, version, handshake.time)

    def _after_accept(self) -> None:
        if not self.asynchronous:
            self.startApi()
        if self.isConnected():  # else another thread has ended it meanwhile
            self._tell("connectAck")

    def _announced(self) -> None:
        """connectAck was told: what ended the connection before that is told after it."""
        with self._lock:
            self._opener = None
            untold, self._untold = self._untold, False
        if untold:
            self._tell("connectionClosed")

    def _ready(self) -> None:
        with self._lock:
            if self.isConnected():  # what is left of the last connection may come while the next one is made
                self._state = after(self._state, Event.READY)

    def startApi(self) -> None:
        """Tell TWS the client id: requests are taken from then on, and nextValidId and managedAccounts come.

        Sent by connecting itself, unless AsyncEConnect is set: then call it from `connectAck`.
        """
        self._request("startApi", self.clientId, self.optCapab or "")

    startAPI = startApi

    # --- disconnecting ---

    def eDisconnect(self) -> None:
        """End the connection, from any thread, a callback included. `connectionClosed` is called, once; no error is.

        What was received before is still delivered to the thread that processes messages.
        """
        with self._lock:
            conn = self.conn
            connecting = self._state is State.CONNECTING
            if connecting and conn is not None:
                conn.closed_by_us = True
        if conn is None:
            return
        if connecting:
            conn.disconnect()  # the thread that connects reports it
        else:
            self._finish(conn)

    def _attach(self, reader: EReader) -> Connection | None:
        """The connection that a new EReader reads from."""
        self.reader = reader
        return self.conn

    def _ended(self, reader: EReader, reason: str) -> None:
        """The stream of a connection has ended and all of it was processed (called by EReader.processMsgs)."""
        conn = reader.conn
        with self._lock:
            lost = conn is not None and conn is self.conn and conn not in self._over and not conn.closed_by_us
            if lost and conn is not None:
                self._over.add(conn)
        if lost and conn is not None:
            logger.info("connection lost: %s", reason)
            try:
                if self.connectionLostCode is not None:
                    self._report(self.connectionLostCode, f"Bad Message: {reason}")
            finally:  # the callback may raise
                self._finish(conn)

    def _finish(self, conn: Connection) -> None:
        """Close a connection and tell of it, once."""
        with self._lock:
            if conn is not self.conn or self._state is State.DISCONNECTED:
                return
            self._state = after(self._state, Event.CLOSED)
            reader, self.conn = self.reader, None
            self._over.discard(conn)
            self.reset()
            told_later = self._opener not in (None, threading.current_thread())
            self._untold |= told_later
        conn.disconnect(reader if reader is not None and reader.conn is conn else None)
        logger.info("disconnected")
        if not told_later:
            self._tell("connectionClosed")

    def __del__(self) -> None:
        self._warn_if_connected("deleted", close=True)

    def _warn_if_connected(self, what: str, close: bool) -> None:
        """ResourceWarning for a connection that nobody has ended."""
        conn: Connection | None = self.__dict__.get("conn")  # the constructor may have failed
        if conn is None or not conn.isConnected() or conn.forgotten:
            return
        conn.forgotten = True
        try:
            warnings.warn(
                f"a client connected to {conn.host}:{conn.port} is {what} without disconnect()", ResourceWarning, stacklevel=2, source=self
            )
        finally:
            if close:
                conn.disconnect(self.reader)

    def _forked(self) -> None:
        """In a child process: the connection is the parent's; what the two would send would be mixed."""
        self._lock = threading.Lock()
        conn, reader, self.conn, self.reader = self.conn, self.reader, None, None
        self._state = State.DISCONNECTED
        self.reset()
        if conn is not None:
            conn.forked()
        if reader is not None:
            reader.forked()

    # --- requests ---

    def _ask_for_time(self) -> None:
        codec, conn = self._codec, self.conn
        if codec is not None and conn is not None:
            with contextlib.suppress(OSError):  # the reader sees the end of the stream too
                conn.sendMsg(codec.encode_request("reqCurrentTime"))

    def _request(self, name: str, *arguments: Any) -> None:
        """Send a request. What keeps it from being sent is an error with the request's own id, in this thread."""
        codec, conn = self._codec, self.conn
        if codec is None or conn is None or not self.isConnected():
            if not self._opening(name):
                self._refuse(name, arguments, True, NOT_CONNECTED.code(), NOT_CONNECTED.msg())
            return
        try:
            frame = codec.encode_request(name, *arguments)
        except NotSupported as e:
            text = f"{UPDATE_TWS.msg()} {e.text}" if e.code == UPDATE_TWS.code() else e.text
            self._refuse(name, arguments, e.own_id, e.code, text)
        except FieldError as e:
            code, start = (INVALID_SYMBOL.code(), INVALID_SYMBOL.msg()) if e.bad_symbol else (BAD_VALUE, "Error validating request: ")
            self._refuse(name, arguments, True, code, f"{start}{e}")
        except Exception as e:  # arguments of types that not even the search for the bad one copes with
            self._refuse(name, arguments, True, BAD_VALUE, f"Error validating request: {name}: {type(e).__name__}: {e}")
        else:
            self._transmit(conn, frame, name, arguments)

    def _transmit(self, conn: Connection, frame: bytes, name: str, arguments: tuple[Any, ...]) -> None:
        try:
            conn.sendMsg(frame)
        except OSError as e:  # the reader sees the end of the stream too, and reports it
            if not self._opening(name):
                self._refuse(name, arguments, True, NOT_CONNECTED.code(), f"{NOT_CONNECTED.msg()}: {e.strerror or e}")
        else:
            if logger.isEnabledFor(logging.DEBUG):
                logger.debug("SENT %s %r", name, frame)

    def _opening(self, name: str) -> bool:
        """Whether a request is that of connecting itself, whose failure is told as the end of the connection alone."""
        return name == "startApi" and not self.asynchronous and self._opener is threading.current_thread()

    def _refuse(self, name: str, arguments: tuple[Any, ...], own_id: bool, code: int, text: str) -> None:
        """The error callback for a request that was not sent."""
        request_id: Any = NO_VALID_ID
        argument = REQUESTS[name].id_argument
        if own_id and argument is not None:
            request_id = request_id_of(arguments[REQUESTS[name].arguments.index(argument)])
        self._report(code, text, request_id)

    # --- callbacks ---

    def _report(self, code: int, text: str, request_id: int = NO_VALID_ID) -> None:
        arguments = (request_id, currentTimeMillis(), code, text)
        if self._callbacks is None:
            self._callbacks = Callbacks(self.wrapper)
        try:
            self._callbacks.error(*arguments)
        except TypeError as e:
            if not never_entered(e):
                self._callback_raised(e)
                return
            # put in place after it was looked at
            self._callbacks = Callbacks(self.wrapper)
            self._call(self._callbacks.error, *arguments)
        except Exception as e:
            self._callback_raised(e)

    def _call(self, callback: Any, *arguments: Any) -> None:
        try:
            callback(*arguments)
        except Exception as e:
            self._callback_raised(e)

    def _tell(self, name: str) -> None:
        """A callback without arguments; a wrapper that is no EWrapper may lack it."""
        self._call(getattr(self.wrapper, name, _nobody))

    def _callback_raised(self, e: BaseException) -> None:
        """What becomes of a callback's exception; a place to override."""
        if self.raiseCallbackErrors:
            raise e
        log_exception(e)


def _nobody() -> None:
    """In place of a callback that the wrapper does not have."""


LIVING: weakref.WeakValueDictionary[int, EClientSocket] = weakref.WeakValueDictionary()  # those that have connected, by id()


def _after_fork() -> None:
    for client in list(LIVING.values()):
        client._forked()


@atexit.register
def _at_exit() -> None:
    for client in list(LIVING.values()):
        client._warn_if_connected("left", close=False)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class EClient(EClientSocket):
    """IB's Python client: `connect`, `run` in the thread that makes the callbacks, `disconnect`. The EReader starts by itself."""

    def connect(self, host: str, port: int, clientId: int, timeout: float = DEFAULT_TIMEOUT) -> None:
        """As `eConnect`: returns when the connection is made or has failed (then an error was reported)."""
        self.eConnect(host, port, clientId, timeout)

    def _after_accept(self) -> None:
        # a signal of its own: a run() that still empties the queue of the last connection must not take the wake-ups of this one
        reader = EReader(self, EReaderMonitorSignal())
        self.signal, self.msg_queue = reader.signal, reader.msg_queue
        if self._overrides("msgLoopRec"):
            self._after_message = self.msgLoopRec
        reader.start()
        super()._after_accept()

    def disconnect(self) -> None:
        """As `eDisconnect`: from any thread, a callback included."""
        self.eDisconnect()

    def run(self) -> None:
        """Process messages until the connection has ended and everything received was delivered.

        KeyboardInterrupt and SystemExit end it, after a clean disconnect; so does an exception of a callback with `raiseCallbackErrors`.
        """
        reader = self.reader
        if reader is None:
            return
        signal = reader.signal
        assert isinstance(signal, EReaderMonitorSignal)  # EClient makes its readers itself
        try:
            while not reader.finished:
                reader.processMsgs()
                if not reader.finished and not signal.waitForSignal(IDLE):
                    self.msgLoopTmo()
        except (KeyboardInterrupt, SystemExit):
            self.keyboardInterrupt()
            self.keyboardInterruptHard()
            raise
        finally:
            if reader.conn is not None:
                self._finish(reader.conn)

    def _overrides(self, hook: str) -> bool:
        return getattr(getattr(self, hook), "__func__", None) is not getattr(EClient, hook)

    def keyboardInterrupt(self) -> None:
        """Called when an interrupt ends run(), before the disconnect; a place to override."""

    def keyboardInterruptHard(self) -> None:
        """Called after `keyboardInterrupt`; ends the program at the sixth interrupt."""
        self.nKeybIntHard += 1
        if self.nKeybIntHard > MOST_INTERRUPTS:
            raise SystemExit

    def msgLoopRec(self) -> None:
        """Called by run() after each message, if a program overrides it."""

    def msgLoopTmo(self) -> None:
        """Called by run() every 0.2 s in which no message came; a place to override."""


__all__ = [
    "ALREADY_CONNECTED",
    "BAD_LENGTH",
    "BAD_MESSAGE",
    "COMPETE_AGAINST_BEST_OFFSET_UP_TO_MID",
    "CONNECT_FAIL",
    "FAIL_CREATE_SOCK",
    "FA_PROFILE_NOT_SUPPORTED",
    "INVALID_SYMBOL",
    "NOT_CONNECTED",
    "SOCKET_EXCEPTION",
    "SSL_FAIL",
    "UNKNOWN_ID",
    "UNSUPPORTED_VERSION",
    "UPDATE_TWS",
    "BadMessage",
    "ClientException",
    "CodeMsgPair",
    "Connection",
    "Contract",
    "EClient",
    "EClientSocket",
    "ExecutionFilter",
    "Order",
    "OrderCancel",
    "ScannerSubscription",
]
__all__ += common.__all__
