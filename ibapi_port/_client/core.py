"""What a client is inside: the Session at hand, connecting and disconnecting, requests on their way
out, errors on their way in.

`class App(EWrapper, EClient)` makes one object of the program and the client. So that no name of
the program's can meet one of ours, everything that the official class does not have lives here, in
one object of the client's (`_ibapi_port`).

One rule for threads: what a request brings itself (503, 504, a refused value) arrives in the thread
that made it, before it returns; what comes from TWS arrives in the thread that processes messages.
`connectionClosed` is called exactly once for each connection that was made, by whichever thread
ends it.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import warnings
import weakref
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from ..const import NO_VALID_ID
from ..errors import (
    ALREADY_CONNECTED,
    CONNECT_FAIL,
    INVALID_SYMBOL,
    NOT_CONNECTED,
    UPDATE_TWS,
)
from ..protocol.exceptions import FieldError, NotSupported
from ..protocol.handshake import NEWEST, NEWEST_TEXT, OLDEST, ClientHandshake, greeting
from ..protocol.protobuf import available as protobuf_available
from ..protocol.schema.field_types import integer, request_id_of
from ..protocol.schema.messages import REQUESTS, load_all
from ..protocol.text.codec import Codec
from ..utils import currentTimeMillis, isAsciiPrintable
from .advice import explained
from .ahead import await_compiled, compile_ahead, import_declarations, running
from .callbacks import CallbackAdapter, callbacks_of, stands_in
from .dispatcher import Decoder, log_exception
from .frame_source import FrameSource, Signal
from .hooks import Hooks
from .log_limit import RateLimit
from .options import Options
from .own_transport import OwnTransport
from .process_hooks import LIVING
from .seams import NotNeeded, Postponed, Refused, Seams
from .session import Session
from .state import End, EndReason, OnState, State
from .transport import ConnectFailed, Connection, Deadline

if TYPE_CHECKING:
    from google.protobuf.message import Message

logger = logging.getLogger("ibapi_port.client")
# A request is logged each time: who asks for these lines wants them all.
logger.addFilter(RateLimit(lambda record: not str(record.msg).startswith(("REQUEST ", "SENDING "))))

REDIRECTED = -1  # in place of the server version: another host follows
BAD_VALUE = 321  # TWS's own code for a request that it finds invalid


def newest_version() -> int:
    """Return the newest server version that is spoken here: Protocol Buffers, from 201 on, need the
    `protobuf` package.
    """
    return NEWEST if protobuf_available() else NEWEST_TEXT


def _not_supported(e: NotSupported) -> str:
    """Return the text of the error for a request that the server is too old for."""
    return f"{UPDATE_TWS.msg()} {e.text}" if e.code == UPDATE_TWS.code() else e.text


def _not_sent(e: OSError) -> str:
    """Return the text of the error for a request that the connection did not take."""
    return f"{NOT_CONNECTED.msg()}: {e.strerror or e}"


def id_of(message: object) -> int:
    """Return the reqId or orderId of a request's Protocol Buffers message; -1 if it has none."""
    for name in ("reqId", "orderId"):
        try:
            if cast("Message", message).HasField(name):
                return int(getattr(message, name))
        except (AttributeError, TypeError, ValueError):  # no message, or one without such a field
            continue
    return NO_VALID_ID


class Parts(NamedTuple):
    """What a connection is made of: the classes, where a program may have put subclasses of its own
    in place of this package's, and the newest version to offer, where it has set a limit.
    """

    connection: type[Connection]
    decoder: type[Decoder]
    newest: int | None


def is_changed(connection: type[Connection], decoder: type[Decoder]) -> bool:
    """Return whether a program sees frames or messages by classes or methods of its own."""
    return connection.is_changed() or decoder.is_changed()


class ClientCore:
    """One client's inside. It holds the client weakly: a client that is dropped is closed."""

    def __init__(self, client: object, wrapper: object) -> None:
        try:
            # here: a signal handler that makes a request must not meet an import of its own thread
            load_all()
        except Exception:
            # whatever it is (no descriptor, no memory): what is missing is tried again when needed
            logger.warning("not everything could be imported", exc_info=True)
        self._client = weakref.ref(client)
        self.wrapper = wrapper
        self.session: Session | None = None
        self.seams = Seams(self)
        self.own_transport = OwnTransport(self.tell)
        self.options = Options(client)
        self.hooks = Hooks(client, self)
        # TWSSyncWrapper's: a thread begins a request, and a request is about to go out
        self.note_request: Callable[[str, tuple[object, ...]], None] | None = None
        self.note_sent: Callable[[str, tuple[object, ...]], None] | None = None
        self.callbacks: CallbackAdapter | None = None
        # A thread in run() does not read for itself: an event loop does so (loop_leader.py).
        self.led_by_loop = False
        # The thread, and the name, of a request that need not go out at once: see `hold_sends`.
        self._held: tuple[int, str] | None = None
        self._may_begin = [True]  # taken, by an atomic pop(), by who begins the first Session
        # Reentrant: a signal handler may connect or disconnect in the middle of a connect of its
        # own thread.
        self._lock = threading.RLock()
        self._changed = threading.Condition()  # a Session was begun
        # .session: the one that this thread opens, or for which it has encoded a request that goes
        # through the program's sendMsg;
        # .request: whether it is the latter. Another thread may have begun another Session
        # meanwhile.
        self._within = threading.local()

    @property
    def client(self) -> Any:
        """The client; None when it is no more."""
        return self._client()

    # --- state ---

    @property
    def state(self) -> State:
        session = self.session
        if session is None or session.state is State.CLOSED:
            return State.DISCONNECTED
        return session.state

    @property
    def is_disconnected(self) -> bool:
        return self.state is State.DISCONNECTED

    @property
    def is_connected(self) -> bool:
        session = self.session
        if session is not None and session.is_connected:
            return True
        return self.own_transport.is_connected(self.client)

    # --- connecting ---

    def connect(
        self,
        host: str,
        port: int,
        client_id: int,
        timeout: float,
        with_reader: Callable[[], threading.Thread] | None,
        parts: Parts | None = None,
    ) -> Session | None:
        """Connect and tell connectAck, or tell the error. `with_reader` makes the thread that
        reads; None: the program does so.

        Return the connection that was made, or None.
        """
        options = self.options.read()
        deadline = Deadline(timeout)
        parts = parts or Parts(Connection, Decoder, None)
        connection = parts.connection(host, port)
        connection.configure(options.ssl_context, options.sendTimeout)
        try:
            integer(client_id, 2**31, "a 32-bit int")
        except ValueError as e:
            self.report(BAD_VALUE, f"Error validating request: startApi: clientId: {e}")
            return None
        session = self._begin(host, connection)
        if session is None:
            return None
        try:
            self._show(session)
            connection.reach(deadline)
            handshake = connection.shake_hands(self._greeting(parts.newest), deadline)
            self._accept(session, handshake, host, port, client_id, parts.decoder)
            if with_reader is not None:
                self._start_reader(session, with_reader)
        except ConnectFailed as e:
            self._not_made(session, e, host, port)
            return None
        except MemoryError:
            self._not_made(session, ConnectFailed(EndReason.NOT_REACHED, "no memory"), host, port)
            return None
        except BaseException:
            self._give_up(session, End(EndReason.NOT_REACHED))
            raise
        try:
            self._acknowledge(session)
        finally:
            if session.lifecycle.acknowledged():
                self._in_turn(lambda: self._tell_closed(session))
        return session

    def _in_turn(self, call: Callable[[], None]) -> None:
        """Make a callback of connecting: here, or in the thread that processes messages where a
        supervisor connects.
        """
        supervisor = self.seams.supervisor
        if supervisor is not None and supervisor.has_turns():
            supervisor.in_turn(call)
        else:
            call()

    def _greeting(self, limit: int | None) -> bytes:
        newest = newest_version() if limit is None else min(newest_version(), limit)
        return greeting(OLDEST, newest, self.client.connectOptions or "")

    def _begin(self, host: str, connection: Connection) -> Session | None:
        """Make the next Session, unless there is one, or the arguments cannot be sent (an error
        tells so).
        """
        client = self.client
        for text in (host, client.connectOptions, client.optCapab):
            if isinstance(text, str) and not isAsciiPrintable(text):
                self.report(INVALID_SYMBOL.code(), f"{INVALID_SYMBOL.msg()}{text!r}")
                return None
        last = self.session
        supervisor = self.seams.supervisor
        if last is not None and not (supervisor is not None and supervisor.has_turns()):
            self._await_told(last)
        claim = self._may_begin if last is None else last.may_be_followed
        try:
            if last is not None and last.state is not State.CLOSED:
                raise IndexError
            claim.pop()
        except IndexError:
            self.report(ALREADY_CONNECTED.code(), ALREADY_CONNECTED.msg())
            return None
        try:
            session = Session(connection, self._ended, self._on_state)
            with self._lock:
                self.session = session
        except BaseException:
            claim.append(True)
            raise
        if last is not None:
            last.supersede()
        return session

    @staticmethod
    def _await_told(last: Session) -> None:
        """Let the thread that ends the last connection tell so first, unless it is this one:
        connectAck comes after connectionClosed.
        """
        lifecycle = last.lifecycle
        closes_itself = lifecycle.closed_by == threading.get_ident() or lifecycle.is_acknowledging()
        if last.state is State.CLOSED and not closes_itself:
            last.await_closed()

    def _show(self, session: Session) -> None:
        """Put a Session's connection where programs look for it, and wake a run() that waits for
        one.
        """
        client = self.client
        client.conn = session.connection
        client.reader = None
        LIVING[id(self)] = self
        with self._changed:
            self._changed.notify_all()

    def _on_state(self) -> OnState | None:
        supervisor, on_state = self.seams.supervisor, self.seams.on_state
        if supervisor is None:
            return on_state
        if on_state is None:
            return supervisor.state_changed
        told = on_state

        def both(old: State, new: State, end: End | None) -> None:
            supervisor.state_changed(old, new, end)
            told(old, new, end)

        return both

    def _accept(
        self,
        session: Session,
        handshake: ClientHandshake,
        host: str,
        port: int,
        client_id: int,
        kind: type[Decoder],
    ) -> None:
        """Enter OPENING, if the version that TWS answered is one that both speak."""
        version = handshake.server_version
        self._check_version(version, handshake.time)
        client = self.client
        client.host, client.port, client.clientId = host, port, client_id
        client.serverVersion_ = version
        client.connTime = handshake.time_bytes
        self.callbacks = callbacks_of(self.wrapper)

        lifecycle = session.lifecycle  # not the Session, which would be kept by what it has

        def ready() -> None:
            await_compiled(version)
            lifecycle.ready()

        decoder = kind(self.wrapper, version)
        decoder.serve(self.wrapper, self.callbacks, self.callback_raised, ready, session.error_came)
        session.after_message = self.hooks.after_message()
        if self.seams.on_message is not None:
            decoder.watch_messages(self.seams.on_message)
        if self.seams.listeners:
            decoder.set_listeners(self.seams.listeners)
        supervisor = self.seams.supervisor
        if supervisor is not None:
            supervisor.attached(session.connection)
            decoder.set_filter(supervisor.filter)
        client.decoder = decoder
        if not session.accept(version, decoder, bool(client.asynchronous)):
            raise ConnectFailed(EndReason.BY_US)
        logger.info(
            "connected to %s:%s, server version %d, %s", host, port, version, handshake.time
        )

    @staticmethod
    def _check_version(version: int, time: str) -> None:
        if version == REDIRECTED:
            raise ConnectFailed(EndReason.REDIRECTED, f"TWS redirects to {time!r}; connect there")
        if NEWEST_TEXT < version <= NEWEST and newest_version() == NEWEST_TEXT:
            text = (
                f"TWS insists on server version {version}, which needs Protocol Buffers: "
                "pip install ibapi_port[protobuf]."
            )
            raise ConnectFailed(EndReason.VERSION, text)
        if not OLDEST <= version <= NEWEST:
            spoken = f"It speaks version {version}, the client {OLDEST} to {newest_version()}."
            text = f"{UPDATE_TWS.msg()} {spoken}"
            raise ConnectFailed(EndReason.VERSION, text)

    def _start_reader(self, session: Session, with_reader: Callable[[], threading.Thread]) -> None:
        self._within.session = session
        try:
            reader = with_reader()
        finally:
            self._within.session = None
        try:
            reader.start()
        except (RuntimeError, MemoryError) as e:  # the system has no thread left
            session.reader = None
            raise ConnectFailed(
                EndReason.NOT_REACHED, f"no thread could be started to read ({e})"
            ) from None

    def session_of_thread(self) -> Session | None:
        """Return the Session that this thread is opening; else the one at hand."""
        own: Session | None = getattr(self._within, "session", None)
        return own if own is not None else self.session

    # --- what the message loop waits for ---

    def await_reader(self, session: Session, seconds: float) -> None:
        """Wait until a connection that is being made can be processed, or is given up."""
        with self._changed:
            self._changed.wait_for(lambda: session.source is not None or session.finished, seconds)

    def _not_made(self, session: Session, e: ConnectFailed, host: str, port: int) -> None:
        """Tell the error of a connection that was not made; before it is told the program may
        connect anew, in its callback.
        """
        end = End(e.reason, str(e))
        self._give_up(session, end)
        logger.info("no connection to %s:%s: %s", host, port, e)
        text = str(e)
        if e.reason is not EndReason.VERSION:
            text = f"{explained(e.reason, host, port, text)} {CONNECT_FAIL.msg()}"
        # Lost before it was made is not made. So is one that disconnect() gave up meanwhile: who
        # waits in connect() is told, although an end by us makes no error otherwise.
        code = end.code(CONNECT_FAIL.code()) or CONNECT_FAIL.code()
        self._in_turn(lambda: self.report(code, text))

    def _give_up(self, session: Session, end: End) -> None:
        session.lifecycle.close(end)
        # nothing of the handshake is worth waiting for
        session.connection.abort("the connection was not made")
        session.connection.close(session.reader)
        self._forget(session)
        session.finished = True
        session.lifecycle.closed()
        session.lifecycle.told.set()
        with self._changed:
            self._changed.notify_all()

    def _acknowledge(self, session: Session) -> None:
        """Send startApi, unless the program does, and tell connectAck."""
        client = self.client
        import_declarations()
        if session.state is State.OPENING:
            self._within.session = session
            try:
                client.startApi()
            finally:
                self._within.session = None
                session.start()
        if session.codec is not None:
            compile_ahead(session.codec)
        if session.is_connected:  # else another thread has ended it meanwhile
            self._in_turn(lambda: self.tell("connectAck"))

    # --- disconnecting ---

    def disconnect(self) -> None:
        """End the connection in order, from any thread. `connectionClosed` is called, once; no
        error is, unless requests may be lost.
        """
        session = self.session
        if (session is None or session.finished) and self.own_transport.close(self.client):
            return
        if session is not None:
            self.finish(session, End(EndReason.BY_US))

    def runs_over_own_transport(self) -> bool:
        """Return whether the connection is one of the program's own. One that it has put around the
        client's, in `conn`, is not.
        """
        session = self.session
        is_over = session is None or session.finished
        return is_over and self.own_transport.of(self.client) is not None

    def _ended(self, session: Session, end: End) -> None:
        """The stream of a connection has ended and all of it was processed."""
        if not session.lifecycle.lose(end):
            return
        logger.info("connection lost: %s", end.text)
        code = end.code(self.options.connection_lost_code())
        try:
            if code is not None:
                self.report(code, f"Bad Message: {end.text}")
        finally:  # the callback may raise
            self.finish(session, end)

    def finish(self, session: Session, end: End) -> None:
        """Close a connection and tell of it, once."""
        if session.source is not None:
            session.source.stop_leading()
        if not session.lifecycle.close(end):
            return
        if session.source is not None:
            # only here, where this thread waits for it: else two threads might read
            session.source.give_reading_away()
        connection = session.connection
        if session.lifecycle.closed_from is State.CONNECTING:
            connection.closed_by_us = True
            connection.abort("disconnect() was called")  # the thread that connects reports it
            return
        lost = "nothing is known of what was sent last"
        try:
            lost = connection.close(session.reader)
        except BaseException:  # an interrupt, while TWS was given time to take everything
            connection.abort("disconnect() was interrupted")
            lost = connection.doubt()
            raise
        finally:
            session.closed()
            self._tell_end(session, lost)

    def _tell_end(self, session: Session, lost: str) -> None:
        """Make the callbacks of a connection that was closed."""
        logger.info("disconnected")
        try:
            if (
                lost
                and session.lifecycle.end is not None
                and session.lifecycle.end.reason is EndReason.BY_US
            ):
                self.report(NOT_CONNECTED.code(), f"{NOT_CONNECTED.msg()}: {lost}")
        finally:  # the callback may raise
            if not session.lifecycle.defer_closed():
                self._tell_closed(session)

    def _tell_closed(self, session: Session) -> None:
        try:
            self.tell("connectionClosed")
        finally:
            # Host, port and client id are still there in connectionClosed; a connect() in it has
            # put new ones in their place.
            try:
                self._forget(session)
            finally:
                session.lifecycle.told.set()

    def _forget(self, session: Session) -> None:
        client = self.client
        with self._lock:
            if self.session is not session or client is None:
                return
            client.conn = None
            client.reset()

    # --- processing ---

    def attach(self, session: Session, reader: threading.Thread, signal: Signal) -> FrameSource:
        """Let this thread read a Session's connection, with the queue that the client's options
        describe.
        """
        options = self.options.read()
        self.client.reader = reader
        source = session.attach(
            reader, signal, options.queueFrames, options.queueBytes, options.watchdogSeconds
        )
        with self._changed:
            self._changed.notify_all()
        return source

    def await_next(self, last: Session, seconds: float) -> Session | None:
        """Return the Session that follows this one, waiting so long for a connect() to begin it.
        None: there is none.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._follows(last), seconds)
        return self.session if self._follows(last) else None

    def _follows(self, last: Session) -> bool:
        session = self.session
        is_new = session is not None and session is not last and session.state is not State.CLOSED
        # else another run() has it already
        return is_new and session is not None and session.runs == 0

    # --- requests ---

    def request(self, name: str, *arguments: object) -> None:
        """Send a request. What keeps it from being sent is an error with the request's own id, in
        this thread.
        """
        if self.note_request is not None:
            self.note_request(name, arguments)
        to_call = self.hooks.to_call()
        if "logRequest" in to_call:
            self.hooks.log_request(name, arguments)
        session = self.session if name != "startApi" else self.session_of_thread()
        if session is None or session.codec is None or not session.takes(name):
            if not self._is_opening(session, name) and not self._send_over_own_transport(
                name, arguments
            ):
                self._refuse(
                    name, arguments, NOT_CONNECTED.code(), self._why_not_connected(session)
                )
            return
        frame = None
        seams = self.seams
        if running or seams.on_request is not None or seams.supervisor is not None:
            frame = self._admitted(session.codec, name, arguments)
        else:
            try:
                frame = session.codec.encode(name, arguments)
            except Exception as e:
                self._refuse_unsendable(name, arguments, e)
        if frame is not None:
            if self.note_sent is not None:
                self.note_sent(name, arguments)
            failed = self._transmit(session, frame, name, to_call)
            if failed is not None:
                self._refuse(name, arguments, NOT_CONNECTED.code(), _not_sent(failed))

    def _admitted(self, codec: Codec, name: str, arguments: tuple[object, ...]) -> bytes | None:
        """Return a request's frame; None where `on_request` puts it off or refuses it, or where it
        cannot be sent: then the error was made.
        """
        seams = self.seams
        if seams.on_request is not None or seams.supervisor is not None:
            try:
                self._admit(name, arguments)
            except Postponed:
                return None
            except Refused as e:
                self._refuse(name, arguments, e.code, str(e))
                return None
            except NotNeeded:
                return None
        if running and name in ("placeOrder", "cancelOrder"):
            await_compiled(codec.server_version)
        try:
            return codec.encode(name, arguments)
        except Exception as e:
            self._refuse_unsendable(name, arguments, e)
            return None

    def _admit(self, name: str, arguments: tuple[object, ...]) -> None:
        seams = self.seams
        if seams.on_request is not None:
            seams.on_request(name, arguments)
        if seams.supervisor is not None:
            seams.supervisor.admit(name, arguments)

    def _refuse_unsendable(self, name: str, arguments: tuple[object, ...], e: Exception) -> None:
        """Make the error callback for a request that could not be encoded."""
        if isinstance(e, NotSupported):
            self._refuse(
                name, arguments, e.code, _not_supported(e), has_request_id=e.has_request_id
            )
        elif isinstance(e, FieldError) and e.bad_symbol:
            self._refuse(name, arguments, INVALID_SYMBOL.code(), f"{INVALID_SYMBOL.msg()}{e}")
        elif isinstance(e, FieldError):
            self._refuse(name, arguments, BAD_VALUE, f"Error validating request: {e}")
        else:
            # arguments of types that not even the search for the bad one copes with
            text = f"Error validating request: {name}: {type(e).__name__}: {e}"
            self._refuse(name, arguments, BAD_VALUE, text)

    def _send_over_own_transport(self, name: str, arguments: tuple[object, ...]) -> bool:
        """Send a request over the program's own connection. False: it has none."""
        client = self.client
        codec = self.own_transport.codec(client)
        if codec is None:
            return False
        frame = self._admitted(codec, name, arguments)
        if frame is not None:
            if self.note_sent is not None:
                self.note_sent(name, arguments)
            client.conn.sendMsg(frame)
        return True

    def request_protobuf(
        self, name: str, message: object, method: str = "", parameter: str = ""
    ) -> None:
        """Send a request by its Protocol Buffers message, as it is. Errors are as those of
        `request`, with the message's own id.

        `method`, `parameter`: what the program called, for `logRequest`.
        """
        to_call = self.hooks.to_call()
        if "logRequest" in to_call:
            self.hooks.log_call(method, {parameter: message})
        if self.note_request is not None:
            self.note_request(name, (message,))
        request_id, session = id_of(message), self.session
        arguments = (message,)
        if session is None or session.codec is None or not session.takes(name):
            text = self._why_not_connected(session)
            self._report_refused(name, arguments, NOT_CONNECTED.code(), text, request_id)
            return
        try:
            self._admit(name, arguments)
            frame = session.codec.encode_protobuf_request(name, message)
        except Postponed:
            return
        except Refused as e:
            self._report_refused(name, arguments, e.code, str(e), request_id)
        except NotNeeded:
            return
        except NotSupported as e:
            self._report_refused(name, arguments, e.code, _not_supported(e), request_id)
        except FieldError as e:
            text = f"Error validating request: {e}"
            self._report_refused(name, arguments, BAD_VALUE, text, request_id)
        else:
            if self.note_sent is not None:
                self.note_sent(name, arguments)
            failed = self._transmit(session, frame, name, to_call)
            if failed is not None:
                text = _not_sent(failed)
                self._report_refused(name, arguments, NOT_CONNECTED.code(), text, request_id)

    def _transmit(
        self, session: Session, frame: bytes, name: str, to_call: Collection[str]
    ) -> OSError | None:
        """Send a request's frame. Return what kept it from being sent, unless that is told as the
        end of the connection.
        """
        try:
            if to_call and ("sendMsg" in to_call or "sendMsgProtoBuf" in to_call):
                self._send_by_program(session, frame)
            elif self._held is not None and self._held == (threading.get_ident(), name):
                session.connection.hold(frame)
            else:
                session.connection.sendMsg(frame)
        except OSError as e:  # the reader sees the end of the stream too, and reports it
            return None if self._is_opening(session, name) else e
        if name == "startApi":
            session.start()
        # What goes out holds accounts and orders: officially it is logged at INFO, here at DEBUG.
        if logger.isEnabledFor(logging.INFO):
            level = logging.INFO if stands_in() else logging.DEBUG
            logger.log(level, "SENDING %s %r", name, frame)
        return None

    def hold_sends(self, name: str) -> None:
        """Let this thread's requests with this name wait for the next one, or for `send_held`; of
        one thread at a time. "": no more.
        """
        self._held = (threading.get_ident(), name) if name else None

    def send_held(self) -> None:
        """Send what has waited. If that fails the connection is over, which is told as ever."""
        session = self.session
        if session is not None:
            with contextlib.suppress(OSError):
                session.connection.send_held()

    def _send_by_program(self, session: Session, frame: bytes) -> None:
        """Send a request through the program's own `sendMsg`: an OSError on the way is the
        request's, any other exception logged.
        """
        outer = getattr(self._within, "session", None)
        self._within.request, self._within.session = True, session
        try:
            self.hooks.send(session, frame)
        except OSError:
            raise
        except BaseException as e:  # the program's sendMsg may raise anything
            self.callback_raised(e)
        finally:
            self._within.request, self._within.session = False, outer

    def version_of_thread(self) -> int:
        """Return the server version of the connection that takes what this thread sends; 0 if there
        is none.
        """
        session = self.session_of_thread()
        return (
            session.codec.server_version if session is not None and session.codec is not None else 0
        )

    def send_raw(self, frame: bytes) -> None:
        """Send a frame that the program has made, or that comes back from its own `sendMsg`.
        OSError only within a request.
        """
        within_request = getattr(self._within, "request", False)
        session = self.session_of_thread()
        if session is None or not session.takes("startApi" if within_request else ""):
            if within_request:
                raise OSError("the connection is closed")
            self.report(NOT_CONNECTED.code(), NOT_CONNECTED.msg())
            return
        try:
            session.connection.sendMsg(frame)
        except OSError as e:
            if within_request:
                raise
            self.report(NOT_CONNECTED.code(), f"{NOT_CONNECTED.msg()}: {e.strerror or e}")

    def _is_opening(self, session: Session | None, name: str) -> bool:
        """Return whether a request is that of connecting itself, whose failure is told as the end
        of the connection alone.
        """
        return (
            name == "startApi"
            and session is not None
            and not self.client.asynchronous
            and session.lifecycle.is_acknowledging()
        )

    @staticmethod
    def _why_not_connected(session: Session | None) -> str:
        if session is not None and session.state in (State.OPENING, State.AWAITING_START):
            return f"{NOT_CONNECTED.msg()}: requests are possible once startApi was sent"
        return NOT_CONNECTED.msg()

    def _refuse(
        self,
        name: str,
        arguments: tuple[object, ...],
        code: int,
        text: str,
        has_request_id: bool = True,
    ) -> None:
        """Make the error callback for a request that was not sent."""
        request_id = NO_VALID_ID
        argument = REQUESTS[name].id_argument
        if has_request_id and argument is not None:
            request_id = request_id_of(arguments[REQUESTS[name].arguments.index(argument)])
        opening: Session | None = getattr(self._within, "session", None)
        if name == "startApi" and opening is not None and not opening.connection.started:
            # nothing may be sent in its place
            opening.connection.abort("startApi could not be sent")
        self._report_refused(name, arguments, code, text, request_id)

    def _report_refused(
        self, name: str, arguments: tuple[Any, ...], code: int, text: str, request_id: int
    ) -> None:
        if self.seams.on_refused is not None:
            self.seams.on_refused(name, arguments, code, text)
        if self.seams.supervisor is not None:
            self.seams.supervisor.not_sent(name, arguments, code, text)
        self.report(code, text, request_id)

    # --- callbacks ---

    def report(self, code: int, text: str, request_id: int = NO_VALID_ID) -> None:
        """Call the program's `error`, in the form that it has."""
        arguments = (request_id, currentTimeMillis(), code, text)
        if self.callbacks is None:
            self.callbacks = callbacks_of(self.wrapper)
        try:
            self.callbacks.error(*arguments)
        except BaseException as e:  # a callback may raise anything
            self.callback_raised(e)

    def _call(self, callback: Callable[..., object], *arguments: object) -> None:
        try:
            callback(*arguments)
        except BaseException as e:  # a callback may raise anything
            self.callback_raised(e)

    def tell(self, name: str) -> None:
        """Make a callback without arguments; a wrapper that is no EWrapper may lack it."""
        callback = getattr(self.wrapper, name, None)
        if callback is not None:
            self._call(callback)

    def callback_raised(self, e: BaseException) -> None:
        """Log a callback's exception, or raise it where the program wants that, or where it ends
        the program.
        """
        if self.options.raise_callback_errors():
            raise e
        log_exception(e)

    # --- the end of client and process ---

    def warn_if_connected(self, what: str, close: bool) -> None:
        """Warn of a connection that nobody has ended (ResourceWarning)."""
        session = self.session
        connection = session.connection if session is not None else None
        if (
            session is None
            or connection is None
            or not connection.isConnected()
            or connection.leak_reported
        ):
            return
        connection.leak_reported = True
        try:
            peer = f"{connection.host}:{connection.port}"
            text = f"a client connected to {peer} is {what} without disconnect()"
            warnings.warn(text, ResourceWarning, stacklevel=3, source=self)
        finally:
            if close:
                connection.close(session.reader)

    def forked(self) -> None:
        """In a child process: the connection is the parent's; what the two would send would be
        mixed.
        """
        self._lock = threading.RLock()
        self._changed = threading.Condition()
        self._may_begin = [True]
        session = self.session
        self.session = None
        client = self.client
        if client is not None:
            client.conn = None
            client.reader = None
            client.reset()
        if session is not None:
            session.forked()


__all__ = ["ClientCore", "newest_version"]
