"""The client: EClientSocket as in Java and C#, and EClient, its Python face with run().

Both are faces: what they do is in `_client`, in one object of each client's (see
`_client/core.py`), so that no attribute of the program's can meet one of ours.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from . import comm, common, order_condition  # noqa: F401 - conditions that come have make_fields
from . import decoder as _decoder
from . import reader as _reader
from . import server_versions as _versions
from ._client import own_loop
from ._client.callbacks import prepare_callbacks, stands_in

# tests and tools ask for newest_version here
from ._client.core import ClientCore, Parts, is_changed, newest_version  # noqa: F401
from ._client.frame_queue import MessageQueue
from ._client.hooks import default
from ._client.members import own_members
from ._client.message_loop import MessageLoop
from ._client.protobuf_requests import ProtobufRequests
from .common import *  # noqa: F403 - programs import these names from here
from .connection import Connection
from .contract import Contract
from .decoder import Decoder
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
from .order import COMPETE_AGAINST_BEST_OFFSET_UP_TO_MID, Order
from .order_cancel import OrderCancel
from .protocol.handshake import decode_text
from .protocol.text.codec import RAW_ID_SINCE
from .reader import EReader, EReaderMonitorSignal, EReaderSignal
from .scanner import ScannerSubscription
from .server_versions import UNIFIED_VERSION_COND_ORDER_WITH_OVERNIGHT_PARAM
from .utils import BadMessage, ClientException
from .wrapper import Answers, EWrapper

if TYPE_CHECKING:
    from ssl import SSLContext

logger = logging.getLogger("ibapi_port.client")

DEFAULT_TIMEOUT = 10.0  # seconds for reaching TWS and the handshake together
MOST_INTERRUPTS = 5


class EClientSocket(ProtobufRequests):
    """A connection to TWS and the requests on it.

    Used as in Java: `eConnect`, then an `EReader(client, signal)` that the program starts, and a
    loop in a thread of its own::

        while client.isConnected():
            signal.waitForSignal()
            reader.processMsgs()

    Options, as attributes of the class or the object, to be set before connecting:

    - `connectionLostCode`: the error that tells of a lost connection: 507 as in Java (the default),
      -1 as in C#, None for none.
    - `raiseCallbackErrors`: an exception of a callback ends the processing with that exception; by
      default it is logged and the next message is processed.
    - `queueFrames`, `queueBytes`: with so much waiting to be processed nothing more is read, until
      half of it is gone. By default the queue grows, and a warning is logged once.
    - `sendTimeout`: seconds that a request may wait for TWS to take it; then the connection is
      given up, and the request is error 504.
    - `watchdogSeconds`: after so long without a message TWS is asked for the time (`currentTime`
      then comes unasked); as long again, and the connection is taken for lost.
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
        self._ibapi_port = ClientCore(self, wrapper)
        self.wrapper: EWrapper = wrapper
        self.signal: EReaderSignal = signal if signal is not None else EReaderMonitorSignal()
        self.conn: Connection | None = None
        self.reader: EReader | None = None
        self.decoder: Decoder | None = None
        self.msg_queue = MessageQueue()
        self.connectOptions: str | None = None
        self.optCapab: str | None = None
        self.asynchronous = False
        self.nKeybIntHard = 0
        self.decode: Any = None
        self.reset()  # a program may override it, and makes attributes of its own there
        prepare_callbacks(wrapper)

    def reset(self) -> None:
        """Forget what belonged to a connection. Options stay."""
        self.host: str | None = None
        self.port: int | None = None
        self.clientId: int | None = None
        self.serverVersion_: int | None = None
        self.connTime: bytes | None = None

    # --- state ---

    @property
    def connState(self) -> int:
        """DISCONNECTED, CONNECTING or CONNECTED."""
        core = self._ibapi_port
        if core.is_connected:
            return EClientSocket.CONNECTED
        return EClientSocket.DISCONNECTED if core.is_disconnected else EClientSocket.CONNECTING

    @connState.setter
    def connState(self, value: int) -> None:
        """Ignored: the connection itself knows its state."""

    @property
    def AsyncEConnect(self) -> bool:
        """Whether the program calls `startAPI()` itself, from `connectAck`. Set it before
        connecting.
        """
        own: bool = self.__dict__.get("AsyncEConnect", self.asynchronous)
        return own

    @AsyncEConnect.setter
    def AsyncEConnect(self, value: bool) -> None:
        if isinstance(value, bool):
            self.asynchronous = value
        else:
            self.__dict__["AsyncEConnect"] = value  # something of the program's, by this name

    def isConnected(self) -> bool:
        """Return whether there is a connection: from the moment that requests are possible until
        its end was reported.
        """
        return self._ibapi_port.is_connected

    def serverVersion(self) -> int | None:
        """Return the version that TWS and the client have agreed on; None when not connected."""
        return self.serverVersion_

    def twsConnectionTime(self) -> bytes | None:
        """Return TWS's time when it accepted the connection, as it sent it (b"20261120 09:30:00
        EST"); None when not connected.
        """
        return self.connTime

    @property
    def TwsConnectionTime(self) -> str | None:
        """`twsConnectionTime()` as text, as in Java."""
        own: str | None = self.__dict__.get("TwsConnectionTime")
        return own if own is not None or self.connTime is None else decode_text(self.connTime)

    @TwsConnectionTime.setter
    def TwsConnectionTime(self, value: Any) -> None:
        self.__dict__["TwsConnectionTime"] = value  # something of the program's, by this name

    def setConnectOptions(self, opts: str) -> None:
        """Set options of the connection, such as "+PACEAPI": before connecting."""
        self.connectOptions = opts

    def setOptionalCapabilities(self, optCapab: str) -> None:
        """Set the capabilities that startApi announces: before connecting."""
        self.optCapab = optCapab

    def setConnectionOptions(self, opts: str) -> None:
        """`setConnectOptions` by the name that it had in some generations."""
        self.connectOptions = opts

    def setConnState(self, connState: int) -> None:
        """Tell the state of a connection that the program has made itself; one of ours knows its
        state.
        """
        self._ibapi_port.own_transport.state = connState

    def checkConnected(self) -> None:
        """ClientException 501 when there is a connection."""
        if self.isConnected():
            raise ClientException(ALREADY_CONNECTED.code(), ALREADY_CONNECTED.msg(), "")

    # --- connecting ---

    def eConnect(
        self, host: str, port: int, clientId: int, timeout: float = DEFAULT_TIMEOUT
    ) -> None:
        """Connect to TWS (7496, paper 7497) or IB Gateway (4001, paper 4002); a blank host is this
        computer.

        The whole handshake takes at most `timeout` seconds. What goes wrong comes as an error with
        id -1: 501 already connected, 502 not reached or no TWS, 503 TWS too old. `startApi` is sent
        and `connectAck` called before this returns.
        """
        self._ibapi_port.connect(host, port, clientId, timeout, None, _parts())

    def startApi(self) -> None:
        """Tell TWS the client id: requests are taken from then on, and nextValidId and
        managedAccounts come.

        Sent by connecting itself, unless AsyncEConnect is set: then call it from `connectAck`.
        """
        self._ibapi_port.request("startApi", self.clientId, self.optCapab or "")

    def startAPI(self) -> None:
        """As `startApi`."""
        self.startApi()

    # --- disconnecting ---

    def eDisconnect(self) -> None:
        """End the connection, from any thread, a callback included. `connectionClosed` is called,
        once.

        What was sent before reaches TWS first, for which up to 5 s are waited; what may not have
        reached it is error 504 with id -1. What was received before is still delivered to the
        thread that processes messages.
        """
        self._ibapi_port.disconnect()

    def __del__(self) -> None:
        # the constructor may have failed
        core: ClientCore | None = self.__dict__.get("_ibapi_port")
        if core is not None:
            core.warn_if_connected("deleted", close=True)

    # --- what programs override ---

    @default
    def sendMsg(self, *message: Any) -> None:
        """Send a message of text: its fields (with the id before them), or its id and its fields;
        each ends with a NUL.

        A program may override it, in either form: every request then goes through it, as in the
        official client.
        """
        if len(message) == 1:
            head, _, fields = str(message[0]).partition("\0")
            message = (int(head), fields)
        msg_id, text = message
        version = self._ibapi_port.version_of_thread()
        self._ibapi_port.send_raw(comm.make_msg(msg_id, version >= RAW_ID_SINCE, text))

    @default
    def sendMsgProtoBuf(self, msgId: int, msg: bytes) -> None:
        """Send a message of Protocol Buffers: its id as it is on the wire (200 more than the id of
        the request), and its bytes.
        """
        self._ibapi_port.send_raw(comm.make_msg_proto(msgId, msg))

    @default
    def logRequest(self, fnName: str, fnParams: dict[str, Any]) -> None:
        """Log a request before it is sent. A program may override it; `fnParams` are the request's
        arguments by name, with `self`.
        """
        level = logging.INFO if stands_in() else logging.DEBUG
        # Officially the logger is the client's up to 10.19, and that of `utils` from then on.
        log = (
            logging.getLogger("ibapi.utils") if Answers.stands_in and not Answers.method else logger
        )
        if log.isEnabledFor(level):
            shown = {name: value for name, value in fnParams.items() if name != "self"}
            log.log(level, "REQUEST %s %s", fnName, shown)


@own_members
class EClient(EClientSocket):
    """IB's Python client: `connect`, `run` in the thread that makes the callbacks, `disconnect`.
    The EReader starts by itself.
    """

    def connect(
        self, host: str, port: int, clientId: int, timeout: float = DEFAULT_TIMEOUT
    ) -> None:
        """As `eConnect`: returns when the connection is made or has failed (then an error was
        reported).
        """

        def with_reader() -> EReader:
            # a signal of its own: a run() that still empties the queue of the last connection must
            # not take the wake-ups of this one
            reader: EReader = _reader.EReader(self, EReaderMonitorSignal())
            self.msg_queue = reader.msg_queue
            if not isinstance(getattr(self, "signal", None), EReaderMonitorSignal):
                return reader  # the name is the program's own
            self.signal = reader.signal
            return reader

        core = self._ibapi_port
        core.connect(host, port, clientId, timeout, with_reader, _parts())

    def disconnect(self) -> None:
        """As `eDisconnect`: from any thread, a callback included."""
        self._ibapi_port.disconnect()

    def run(self) -> None:
        """Process messages until there is no connection any more and everything received was
        delivered.

        A connection that is made anew, in a callback or right after disconnect(), is processed too.
        KeyboardInterrupt and SystemExit end it, after a clean disconnect; so does an exception of a
        callback with `raiseCallbackErrors`. A program that overrides `keyboardInterrupt` goes on
        after an interrupt, as with the official client.
        """
        core = self._ibapi_port
        if core.runs_over_own_transport():
            own_loop.run(self)
        else:
            MessageLoop(core, self, core.hooks.loop_hooks()).run()

    @default
    def keyboardInterrupt(self) -> None:
        """Called at an interrupt in run(). If a program overrides it run() goes on afterwards; else
        run() ends.
        """

    @default
    def keyboardInterruptHard(self) -> None:
        """Called after `keyboardInterrupt`; ends the program at the sixth interrupt."""
        self.nKeybIntHard += 1
        if self.nKeybIntHard > MOST_INTERRUPTS:
            raise SystemExit

    @default
    def msgLoopRec(self) -> None:
        """Called by run() after each message, if a program overrides it."""

    @default
    def msgLoopTmo(self) -> None:
        """Called by run() every 0.2 s in which no message came; a place to override."""


def _parts() -> Parts:
    """Return what a connection is made of. Looked up each time: a program may have put a subclass
    of its own, or a smaller MAX_CLIENT_VER, in the place where the official client finds it.
    """
    of_generation = _versions.MAX_CLIENT_VER
    newest = globals().get("MAX_CLIENT_VER")  # here under the name `ibapi` alone
    limit = newest if isinstance(newest, int) else of_generation
    decoder = _derived(_decoder.Decoder, _OwnDecoder)
    connection = _derived(Connection, _OwnConnection)
    # what looks at each message knows those of the program's generation
    is_limit = limit != of_generation or is_changed(connection, decoder)
    return Parts(connection, decoder, limit if is_limit else None)


def _derived(found: Any, own: Any) -> Any:
    """Return a class that a program has put in the place of ours, or ours where it is of another
    kind, which cannot do what a connection needs.
    """
    return found if isinstance(found, type) and issubclass(found, own) else own


_OwnDecoder, _OwnConnection = _decoder.Decoder, Connection


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
    "UNIFIED_VERSION_COND_ORDER_WITH_OVERNIGHT_PARAM",
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
