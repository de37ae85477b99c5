"""The engine below IB and AsyncIB: one client, the requests that wait for answers, and the streams.

Threads are those of the reference design: the EReader thread fills the queue, one thread in `run()`
processes it and calls `Engine._receive` for each callback. Requests come from any thread. Each
open request has an Answer, which the processing thread fulfils.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import InvalidStateError
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar, cast

from .._client.loop_leader import Loop, LoopLeader
from ..client import EClient
from ..const import NO_VALID_ID, UNSET_INTEGER
from ..pacing import PacedSender, Pacing
from ..pacing.sender import NOT_CONNECTED, Send, Waiting
from ..protocol.schema.conversations import (
    ANY,
    FIRST_REQUEST_ID,
    Conversation,
    Key,
    Kind,
    cancel_of,
    conversation_of,
    group_of,
    is_empty_answer,
    is_warning,
)
from ..protocol.schema.messages import REQUESTS
from ..protocol.schema.values import request_id_of
from ..seams import End, Refused, State, seams
from .answers import Answer
from .events import Event, Run
from .exceptions import NotConnected, RequestFailed, WouldBlock, failure
from .router import KEYED_REQUESTS, Router
from .tables import html_table

if TYPE_CHECKING:
    from ..supervised import Gap

logger = logging.getLogger("ibapi_port.ib")
T = TypeVar("T")
# ids that TWS gives to errors of requests without one
WITHOUT_ID = frozenset({NO_VALID_ID, 0, UNSET_INTEGER})
ID_IN_USE = 326
# request not valid, not possible, or not for this login
REFUSALS = frozenset({321, 322, 585})

# requests that are one object, with the id in it, and EClient's methods for them
PROTOBUF_ONLY = {"reqConfig": "reqConfigProtoBuf", "updateConfig": "updateConfigProtoBuf"}

Row = tuple[str, tuple[object, ...]]
Convert = Callable[[list[Row]], T]
Group = tuple[str, object]


class HasId(Protocol):
    """A request that holds its id."""

    reqId: int


@dataclass(frozen=True)
class Notice:
    """A warning of TWS's that did not end the request."""

    code: int
    text: str


class Rows(list[T]):
    """A list of rows, with the warnings that came with them."""

    warnings: tuple[Notice, ...] = ()

    def _repr_html_(self) -> str:
        return html_table(self)


class Stream:
    """What a standing request's rows go to. All is called in the processing thread."""

    name = ""  # of the request, once it was begun
    waiting: Waiting | None = None  # the request, while TWS's limits hold it back
    gaps: tuple[Gap, ...] = ()  # times without a connection that it has been through

    def receive(self, name: str, arguments: tuple[object, ...]) -> None:
        """Take a row."""
        raise NotImplementedError

    def warn(self, code: int, text: str) -> None:
        """Take a notice."""

    def fail(self, error: Exception) -> None:
        """The stream has ended, with an error."""
        raise NotImplementedError


class Observed(Protocol):
    """A stream whose rows go to functions of the program's, until the program ends it."""

    updateEvent: Event[Any]
    is_cancelled: bool


class OpenRequest(Generic[T]):
    """A request that waits for its answer, and what has come of it."""

    __slots__ = ("arguments", "conversation", "convert", "ends_due", "future", "name", "rows",
                 "sent", "waiting", "warnings")  # fmt: skip

    def __init__(
        self,
        name: str,
        arguments: tuple[object, ...],
        conversation: Conversation,
        convert: Convert[T],
    ) -> None:
        self.name = name
        self.arguments = arguments
        self.conversation = conversation
        self.convert = convert
        self.future: Answer[T] = Answer()
        self.rows: list[Row] = []
        self.warnings: list[Notice] = []
        self.ends_due = 1  # without an id: how many ends have to come until its own
        self.sent = False
        self.waiting: Waiting | None = None  # while TWS's limits hold it back

    def fulfil(self) -> None:
        """Set the result. The convert function may find that the rows cannot be read."""
        try:
            result = self.convert(self.rows)
        except Exception as e:  # whatever it is, it belongs to who asked
            self.fail(e)
            return
        if isinstance(result, Rows):
            result.warnings = tuple(self.warnings)
        try:
            self.future.set_result(result)
        except InvalidStateError:  # cancelled meanwhile
            logger.debug("%s: nobody waits for the answer any more", self.name)

    def fail(self, error: Exception) -> None:
        try:
            self.future.set_exception(error)
        except InvalidStateError:  # cancelled meanwhile
            logger.debug("%s: nobody waits for the answer any more", self.name)


class Below(NamedTuple):
    """What a face gives to its engine: how fast requests go, and how its program is called."""

    pacing: Pacing | None
    call_handler: Run
    call_each: Callable[[Observed, Iterable[object]], None]
    in_loop: Callable[[Callable[[], None], bool], None]
    led_by_loop: bool  # it reads and processes messages itself while it is free


class Engine:
    """One client, and all that is open on it.

    `on_callback(name, arguments)` gets what belongs to no open request; `on_error(reqId, code,
    text)` each error. Both are called in the processing thread, or in the thread whose request was
    refused. `call_handler` calls a function of the program's with arguments, `call_each` those of
    a stream with each row; `in_loop` has a function called in the event loop, of AsyncIB.
    """

    def __init__(
        self,
        on_callback: Callable[[str, int | None, tuple[object, ...]], None],
        on_error: Callable[[int, int, str], None],
        on_closed: Callable[[End | None], None],
        below: Below,
    ) -> None:
        self.streams: dict[int, Stream] = {}
        self.client = self.make_client()
        self._on_callback = on_callback
        self._on_error = on_error
        self._on_closed = on_closed
        self.call_handler = below.call_handler
        self.call_each = below.call_each
        self.in_loop = below.in_loop
        self._led_by_loop = below.led_by_loop
        # Guards what follows: requests come from any thread, answers in the processing thread. It
        # is reentrant as a refused request calls `error` in the thread that makes it.
        self._guard = threading.RLock()
        self._next_id = FIRST_REQUEST_ID
        self._open: dict[int, OpenRequest[object]] = {}
        self._without_id: dict[str, tuple[Stream, ...]] = {}  # by the callback that they take
        self._turns: dict[Group, deque[OpenRequest[object]]] = {}
        self._late: dict[Group, int] = {}
        self._within = threading.local()  # .sending: the request that this thread is sending
        self._thread: threading.Thread | None = None
        self._thread_id: int | None = None
        # The thread of the event loop while that processes messages itself, 0 otherwise: what is
        # for the loop can be done at once.
        self.loop_thread = 0
        # Set by AsyncIB: what has `send_held` called at the end of the loop's turn, and its thread.
        self.send_soon: Callable[[], None] | None = None
        self.soon_thread = 0
        self._accounts: list[str] = []  # of the login
        self._end: End | None = None
        self.kept: set[str] = set()  # requests whose changes go on after their first set
        seams(self.client).on_state = self._state_changed
        self._paced = None if below.pacing is None else PacedSender(self.client, below.pacing)

    # --- the connection ---

    def make_client(self) -> EClient:
        """Return the client to stand on."""
        return EClient(Router(self._receive, self.streams))

    def connect(self, host: str, port: int, client_id: int, timeout: float) -> Answer[None]:
        """Connect in this thread, start the processing, and return what is fulfilled when TWS takes
        requests. It fails with NotConnected, which says why.
        """
        ready: OpenRequest[object] = OpenRequest(
            "startApi",
            (client_id, ""),
            conversation_of("startApi", (client_id, "")),
            lambda rows: None,
        )
        core = self.client._ibapi_port
        core.led_by_loop = self._led_by_loop
        self._within.sending = ready
        with self._guard:
            group = group_of(ready.conversation, ready.arguments)
            self._turns[group] = deque([ready])
        ready.future.add_done_callback(lambda _: self._turn_over(group, ready))
        try:
            self.client.connect(host, port, client_id, timeout)
        finally:
            self._within.sending = None
        if not self.client.isConnected():
            ready.fail(NotConnected(f"no connection to {host}:{port}"))
            return cast("Answer[None]", ready.future)
        self._thread = threading.Thread(target=self.client.run, name="ibapi_port.ib", daemon=True)
        self._thread.start()
        self._thread_id = self._thread.ident
        return cast("Answer[None]", ready.future)

    def lead_by(
        self, loop: Loop, before: Callable[[], None], after: Callable[[], None]
    ) -> LoopLeader | None:
        """Let an event loop read and process messages itself, while it is free; to be called in its
        thread. None: it cannot.
        """
        core = self.client._ibapi_port
        session = core.session
        if session is None:
            return None
        leader = LoopLeader(session, loop, before, after, self.client.disconnect)
        if leader.start():
            return leader
        core.led_by_loop = False  # then the thread in run() reads for itself, as below IB
        return None

    def is_in_loop(self) -> bool:
        """Return whether this thread is the event loop's, which processes messages at this moment:
        what is for it need not be left for later.
        """
        return self.loop_thread == threading.get_ident()

    def disconnect(self) -> None:
        """End the connection. All that is open fails with NotConnected."""
        self.client.disconnect()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(5)
        if self._paced is not None:
            self._paced.join(5)

    def health(self) -> dict[str, object]:
        """Return how the connection is, as plain data."""
        client = self.client
        with self._guard:
            subs: dict[str, int] = {}
            for stream in self.streams.values():
                subs[stream.name] = subs.get(stream.name, 0) + 1
            requests = len(self._open) + sum(map(len, self._turns.values()))
        return {
            "state": client._ibapi_port.state.value,
            "why": "" if self._end is None else self._end.text,
            "host": client.host,
            "port": client.port,
            "subs": subs,
            "requests": requests,
            "waiting": 0 if self._paced is None else self._paced.waiting,
        }

    def check_may_block(self) -> None:
        """Raise WouldBlock in the thread that processes messages, and in the one that sends what
        has waited: it would wait for itself.
        """
        is_sender = self._paced is not None and self._paced.is_in_own_thread
        if threading.get_ident() == self._thread_id or is_sender:
            raise WouldBlock(
                "a blocking call in a callback or an event handler would wait for itself; "
                "make it in another thread"
            )

    def _state_changed(self, old: State, new: State, end: End | None) -> None:
        if new is State.CLOSING and end is not None:
            self._end = end

    # --- requests ---

    def ask(self, name: str, *arguments: object, convert: Convert[T]) -> Answer[T]:
        """Send a request with one answer. `arguments` are without the reqId."""
        with self._guard:
            if name in KEYED_REQUESTS:
                request_id = self._new_id()
                arguments = (request_id, *arguments)
            elif name in PROTOBUF_ONLY:
                request_id = self._new_id()
                cast("HasId", arguments[0]).reqId = request_id
            conversation = conversation_of(name, arguments)
            asked = OpenRequest(name, arguments, conversation, convert)
            opened = cast("OpenRequest[object]", asked)
            if conversation.key is Key.REQUEST:
                self._open[request_id] = opened
                asked.future.add_done_callback(partial(self._given_up, request_id))
            else:
                group = group_of(conversation, arguments)
                turn = self._turns.setdefault(group, deque())
                turn.append(opened)
                asked.future.add_done_callback(lambda _: self._turn_over(group, opened))
                if turn[0] is not opened:
                    return asked.future  # it is sent when those before it are done
                self._begin_turn(group, opened)
        self._send(opened)
        return asked.future

    def begin(self, name: str, *arguments: object, stream: Stream) -> int:
        """Begin a standing request and return its id; rows go to the stream."""
        stream.name = name
        keyed = name in KEYED_REQUESTS
        with self._guard:
            request_id = self._new_id()
            self.streams[request_id] = stream
            if not keyed:
                for answer in conversation_of(name, arguments).answers:
                    streams = self._without_id.get(answer, ())
                    self._without_id[answer] = (*streams, stream)
        stream.waiting = self._paced_call(
            name,
            (request_id, *arguments) if keyed else arguments,
            partial(self._begin_now, stream, request_id),
            partial(self._refused_stream, request_id),
        )
        return request_id

    def _begin_now(self, stream: Stream, request_id: int, arguments: tuple[object, ...]) -> None:
        self._within.stream = (request_id, stream)
        try:
            self._call(stream.name, arguments)
        finally:
            self._within.stream = None

    def _refused_stream(self, request_id: int, why: Refused) -> None:
        if why.code != NOT_CONNECTED:  # of a lost connection all streams are told together
            self._error(request_id, 0, why.code, str(why))

    def end(self, name: str, request_id: int, *arguments: object) -> None:
        """End a standing request. Rows that are on their way are dropped."""
        given = (request_id, *arguments) if name in KEYED_REQUESTS else arguments
        conversation = conversation_of(name, given)
        with self._guard:
            known = self.streams.pop(request_id, None)
            shared = known is not None and self._leave(known, conversation.answers)
        # what has waited until now TWS does not know
        if known is not None and not self._take_back(known.waiting) and not shared:
            self._cancel(conversation, given)

    def _cancel(self, conversation: Conversation, arguments: tuple[object, ...]) -> None:
        """Cancel a request, if this TWS knows how."""
        cancel = cancel_of(conversation, arguments, self.client.serverVersion() or 0)
        if cancel is not None and self.client.isConnected():
            self.client_call(cancel[0], *cancel[1])

    def _leave(self, stream: Stream, answers: tuple[str, ...]) -> bool:
        """Take a stream out of those without an id. Return whether others take the same rows: TWS
        is told of the end of the last one.
        """
        left: tuple[Stream, ...] = ()
        for answer in answers:
            streams = self._without_id.get(answer, ())
            left = tuple(each for each in streams if each is not stream)
            if streams:
                self._without_id[answer] = left
        return bool(left)

    def client_call(self, name: str, *arguments: object) -> None:
        """Make a request of EClient's, now or when TWS's limits allow it."""
        self._paced_call(
            name,
            arguments,
            partial(self._call, name),
            partial(self._refused_call, name, arguments),
        )

    def command(self, name: str, *arguments: object) -> None:
        """Make a request that has no answer of its own. NotConnected: it was not sent."""
        refused: list[str] = []
        self._within.refused = refused
        try:
            self.client_call(name, *arguments)
        finally:
            self._within.refused = None
        if refused:
            raise NotConnected(f"{name}: it was not sent: {refused[0]}")

    def _call(self, name: str, arguments: tuple[object, ...]) -> None:
        getattr(self.client, PROTOBUF_ONLY.get(name, name))(*arguments)

    def _refused_call(self, name: str, arguments: tuple[object, ...], why: Refused) -> None:
        request = REQUESTS.get(name)
        has_id = request is not None and request.id_argument is not None
        self._error(request_id_of(arguments[0]) if has_id else NO_VALID_ID, 0, why.code, str(why))

    def _paced_call(
        self,
        name: str,
        arguments: tuple[object, ...],
        send: Send,
        refuse: Callable[[Refused], None],
        ends: bool = False,
    ) -> Waiting | None:
        """Call `send` now, or return what waits until TWS's limits allow it."""
        if self._paced is None:
            send(arguments)
            return None
        return self._paced.call(name, arguments, send, refuse, ends=ends)

    def _take_back(self, waiting: Waiting | None) -> bool:
        """Let a request that waits not be sent. False: it has been sent, or never was to wait."""
        return waiting is not None and self._paced is not None and self._paced.drop(waiting)

    def _new_id(self) -> int:
        self._next_id += 1
        return self._next_id - 1

    def _send(self, asked: OpenRequest[object]) -> None:
        if self._paced is None:
            self._send_now(asked, asked.arguments)
            return
        waiting = asked.waiting = self._paced_call(
            asked.name,
            asked.arguments,
            partial(self._send_now, asked),
            partial(self._refused, asked),
            ends=asked.name not in self.kept,
        )
        asked.future.waiting = None if waiting is None else waiting.over

    def _refused(self, asked: OpenRequest[object], why: Refused) -> None:
        if why.code != NOT_CONNECTED:  # of a lost connection all requests are told together
            asked.fail(RequestFailed(asked.name, why.code, str(why)))

    def _send_now(self, asked: OpenRequest[object], arguments: tuple[object, ...]) -> None:
        outer = getattr(self._within, "sending", None)
        self._within.sending = asked
        asked.sent = True
        try:
            if self._may_hold(asked):
                self._call_held(asked.name, arguments)
            else:
                self._call(asked.name, arguments)
        finally:
            self._within.sending = outer
        if not self.client.isConnected() and not asked.future.done():
            asked.fail(self.not_connected())

    def _may_hold(self, asked: OpenRequest[object]) -> bool:
        """Return whether a request may go out together with others of this turn of the loop: one
        that changes nothing, where it is not the only one.
        """
        return (
            self.send_soon is not None
            and len(self._open) > 1
            and asked.conversation.repeatable
            and threading.get_ident() == self.soon_thread
        )

    def _call_held(self, name: str, arguments: tuple[object, ...]) -> None:
        core = self.client._ibapi_port
        core.hold_sends(name)
        try:
            self._call(name, arguments)
        finally:
            core.hold_sends("")
        if self.send_soon is not None:
            self.send_soon()

    def send_held(self) -> None:
        """Send the requests that wait for the end of the loop's turn."""
        self.client._ibapi_port.send_held()

    def not_connected(self) -> NotConnected:
        end = self._end
        return NotConnected(f"the connection has ended: {end.text}" if end else "not connected")

    # --- requests without an id: one at a time ---

    def _begin_turn(self, group: Group, opened: OpenRequest[object]) -> None:
        """Let a request take its turn. For each older one that may still be answered, one answer is
        let pass, and one more is asked for.
        """
        opened.ends_due = 1 + self._late.get(group, 0)

    def _turn_over(self, group: Group, opened: OpenRequest[object]) -> None:
        """A request without an id is done, or was given up: the next one takes its turn."""
        following = None
        is_unsent = self._take_back(opened.waiting)
        self._end_state(opened)
        with self._guard:
            turn = self._turns.get(group)
            if turn is None or opened not in turn:
                return
            first = turn[0] is opened
            turn.remove(opened)
            if first:
                due = opened.ends_due - is_unsent
                if not opened.future.cancelled() and not is_unsent:
                    due = max(due - 1, 0)  # its own answer, or error; older ones may still come
                self._late[group] = due
                if turn:
                    following = turn[0]
                    self._begin_turn(group, following)
        if following is not None:
            self._send(following)

    def _given_up(self, request_id: int, answer: object) -> None:
        with self._guard:
            opened = self._open.pop(request_id, None)
        if opened is None or self._take_back(opened.waiting):
            return
        if opened.future.cancelled() and opened.conversation.kind is not Kind.STATE:
            self._cancel(opened.conversation, opened.arguments)
        else:
            self._end_state(opened)

    def _end_state(self, opened: OpenRequest[object]) -> None:
        """End the changes that follow the first set, of which nobody hears; not after an error."""
        conversation = opened.conversation
        if conversation.kind is not Kind.STATE or opened.name in self.kept or not opened.sent:
            return
        failed = not opened.future.cancelled() and opened.future.exception() is not None
        if not failed:
            self._cancel(conversation, opened.arguments)

    # --- answers, in the processing thread ---

    def _receive(self, name: str, key: int | None, arguments: tuple[object, ...]) -> None:
        if key is not None:
            opened = self._open.get(key)
            if opened is not None:
                self._collect(opened, name, arguments)
                return
        elif name == "error":
            self._error(*cast("tuple[int, int, int, str]", arguments[:4]))
            return
        elif name == "connectionClosed":
            self._closed()
        else:
            if name == "managedAccounts":
                self._accounts = str(arguments[0]).split(",")
            # Before the answer is told: who has it finds the state in step, the next order id too.
            self._on_callback(name, key, arguments)
            self._collect_unkeyed(name, arguments)
            for stream in self._without_id.get(name, ()):
                stream.receive(name, arguments)
            return
        self._on_callback(name, key, arguments)

    def _collect(
        self, opened: OpenRequest[object], name: str, arguments: tuple[object, ...]
    ) -> None:
        opened.rows.append((name, arguments))
        conversation = opened.conversation
        may_end = name == conversation.end or conversation.end == ANY  # most rows do not
        if may_end and conversation.is_ended_by(name, arguments):
            opened.fulfil()

    def _collect_unkeyed(self, name: str, arguments: tuple[object, ...]) -> None:
        again = []
        done = []
        with self._guard:
            for group, turn in self._turns.items():
                if not turn or name not in turn[0].conversation.answers:
                    continue
                opened = turn[0]
                if opened.conversation.key is Key.VALUE and group[1] != str(arguments[0]):
                    continue
                opened.rows.append((name, arguments))
                if opened.conversation.ends_with(name):
                    is_own = opened.conversation.end_names(
                        opened.arguments, arguments, self._accounts
                    )
                    if is_own is not None:
                        # That of another account comes where TWS was asked for it meanwhile (after
                        # a loss, what was asked before is asked for anew): TWS tells of one at a
                        # time, and may have forgotten this request.
                        opened.ends_due = 1 if is_own else 2
                    opened.ends_due -= 1
                    if opened.ends_due:
                        opened.rows.clear()  # the answer to an older request
                        again.append(opened)
                    else:
                        done.append(opened)
        for opened in done:
            opened.fulfil()
        for opened in again:
            self._send(opened)

    def _error(self, request_id: int, time: int, code: int, text: str) -> None:
        refused: list[str] | None = getattr(self._within, "refused", None)
        if refused is not None and code == NOT_CONNECTED:
            refused.append(text)  # in the thread of the command, which raises it
            return
        sending: OpenRequest[object] | None = getattr(self._within, "sending", None)
        begun: tuple[int, Stream] | None = getattr(self._within, "stream", None)
        opened = self._open.get(request_id)
        if opened is None and request_id in WITHOUT_ID:
            # refused before it was sent, in this thread; or by TWS, which names no request
            opened = sending if sending is not None else self._concerned(code)
        stream = self.streams.get(request_id)
        if stream is None and request_id == NO_VALID_ID and begun is not None:
            request_id, stream = begun
        if opened is not None:
            self._request_error(opened, code, text)
        elif stream is not None:
            if is_warning(code):
                stream.warn(code, text)
            else:
                self.streams.pop(request_id, None)
                stream.fail(failure(stream.name, code, text))
        self._on_error(request_id, code, text)

    def _concerned(self, code: int) -> OpenRequest[object] | None:
        """Return the request that an error of TWS's without an id is about, as far as that is sure:
        the only one without an id that is open, and a code that refuses requests.
        """
        with self._guard:
            first = [turn[0] for turn in self._turns.values() if turn]
        if code == ID_IN_USE:
            return next((each for each in first if each.name == "startApi"), None)
        return first[0] if code in REFUSALS and len(first) == 1 else None

    def _request_error(self, opened: OpenRequest[object], code: int, text: str) -> None:
        if is_warning(code):
            opened.warnings.append(Notice(code, text))
        elif is_empty_answer(opened.conversation, code, text):
            opened.rows.clear()
            opened.fulfil()
        elif opened.name == "startApi":
            opened.fail(NotConnected(f"error {code}: {text}"))
        else:
            opened.fail(failure(opened.name, code, text))

    def _closed(self) -> None:
        """The connection has ended: nothing that is open will be answered."""
        with self._guard:
            open_requests = list(self._open.values())
            self._open.clear()
            for turn in self._turns.values():
                open_requests += turn
                turn.clear()
            self._late.clear()
            streams = list(self.streams.values())
            self.streams.clear()
            self._without_id.clear()
        for opened in open_requests:
            opened.fail(self.not_connected())
        for stream in streams:
            stream.fail(self.not_connected())
        self._on_closed(self._end)


__all__ = [
    "Answer",
    "Convert",
    "Engine",
    "Notice",
    "OpenRequest",
    "Row",
    "Rows",
    "Stream",
    "group_of",
]
