"""Waiting for answers: what TWSSyncWrapper stands on.

Nobody gets an answer to another request. Requests carry ids that are used once. Where TWS sends no
id back (time, open orders, positions, portfolio, next order id), one caller asks at a time; for
each older request that may still be answered he asks once more and lets one answer pass, so that
the one he takes is an answer to him whether or not the older ones come.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..client import EClient
from ..connection import Deadline

logger = logging.getLogger("ibapi_port.sync_wrapper")

FIRST_REQUEST_ID = 1 << 30  # far from order ids: `error` has one id for both
# seconds that an order's status has to come after the error that goes along with it
STATUS_TIME = 0.5
MEMORY = 10.0  # seconds for which further answers are expected once TWS answers again

WITHOUT_ID = {  # requests whose answers carry no id, and what these are called here
    "startApi": "next_valid_id",
    "reqIds": "next_valid_id",
    "reqCurrentTime": "current_time",
    "reqOpenOrders": "open_orders",
    "reqAllOpenOrders": "open_orders",
    "reqAccountUpdates": "portfolio",
    "reqPositions": "positions",
}
SHARED = frozenset(WITHOUT_ID.values())
NO_ID = 0  # stands for the id of an answer without


class ResponseTimeout(Exception):
    """The answer has not come in time."""


class RequestFailed(ResponseTimeout):
    """The answer will not come.

    `error`: what TWS said, as in `TWSSyncWrapper.errors`; None if there is no connection.
    """

    def __init__(self, text: str, error: dict[str, Any] | None = None) -> None:
        super().__init__(text)
        self.error = error


@dataclass(eq=False)
class Wait:
    """What one caller waits for.

    `late` answers to older requests may come before his own; `accepts` says what is an answer.
    """

    kind: str
    req_id: int | None
    late: int = 0
    accepts: Callable[[Any], bool] | None = None
    heard: int = 0
    answer: Any = None
    failure: RequestFailed | None = None
    refusal: RequestFailed | None = None  # a failure, unless a status comes with it
    sender: int = 0  # the thread that is sending the request

    @property
    def done(self) -> bool:
        return self.heard > self.late


class Waits:
    """The waits of all threads.

    `guard` protects them, and whatever else callers and callbacks share.
    """

    def __init__(self) -> None:
        self.guard = threading.Condition()
        self._open: list[Wait] = []

    @contextmanager
    def opened(self, wait: Wait) -> Iterator[Wait]:
        """Let a wait hear, inside the `with`."""
        with self.guard:
            self._open.append(wait)
        try:
            yield wait
        finally:
            with self.guard:
                self._open.remove(wait)

    def tell(self, kind: str, req_id: int, answer: object) -> tuple[bool, bool]:
        """Hand an answer to who waits for it.

        Whether anybody has heard it, and whether someone needs a later one.
        """
        with self.guard:
            hearing = [
                w
                for w in self._open
                if (w.kind, w.req_id) == (kind, req_id) and (w.accepts is None or w.accepts(answer))
            ]
            for wait in hearing:
                wait.heard += 1
                if wait.heard == wait.late + 1:
                    wait.answer = answer
            self.guard.notify_all()
            return bool(hearing), not all(wait.done for wait in hearing)

    def fail(
        self, concerns: Callable[[Wait], bool], failure: RequestFailed, status_follows: bool = False
    ) -> None:
        """End the waits that it concerns; those for an order's status only after a moment if a
        status follows.
        """
        with self.guard:
            for wait in filter(concerns, self._open):
                if status_follows and wait.kind == "order_status":
                    wait.refusal = wait.refusal or failure
                else:
                    wait.failure = wait.failure or failure
            self.guard.notify_all()

    def hear(self, wait: Wait, deadline: Deadline, count: int = 1) -> bool:
        """Wait for the answer number `count`; False: the time is over.

        RequestFailed: it will not come.
        """
        with self.guard:
            self.guard.wait_for(
                lambda: wait.heard >= count or wait.failure or wait.refusal, deadline.remaining()
            )
            if wait.refusal is not None:
                self.guard.wait_for(
                    lambda: wait.heard >= count or wait.failure,
                    min(STATUS_TIME, deadline.remaining()),
                )
            failure = wait.failure or wait.refusal
            if wait.heard < count and failure is not None:
                raise RequestFailed(str(failure), failure.error)  # one for each thread
            return wait.heard >= count

    def result(self, wait: Wait, deadline: Deadline, count: int = 1) -> Any:
        """The answer. ResponseTimeout: it has not come."""
        if not self.hear(wait, deadline, count):
            request = wait.kind if wait.kind in SHARED else f"{wait.kind} of {wait.req_id}"
            raise ResponseTimeout(f"no answer in {deadline.seconds:g} s: {request}")
        return wait.answer


class WaitingClient(EClient):
    """An EClient whose requests can be waited for.

    What a request of a kind brings is collected in the attribute of that name.
    """

    timeout: float | None

    def __init__(self, wrapper: Any) -> None:
        self._ibapi_port_waits = Waits()
        self._ibapi_port_turns = {kind: threading.Lock() for kind in ("place_order", *SHARED)}
        self._ibapi_port_due: Counter[str] = Counter()  # answers without id that may still come
        self._ibapi_port_due_until: dict[str, float] = {}
        self._ibapi_port_next_id = FIRST_REQUEST_ID
        self._ibapi_port_live: set[int] = set()  # ids of requests under way
        self._ibapi_port_latest: dict[str, int] = {}  # id of the last one that is done
        self._ibapi_port_last_order_id = 0
        self._ibapi_port_events = 0  # answers that have come
        # when the answers in response_data came, counted in answers
        self._ibapi_port_arrived: dict[str, int] = {}
        # .at: when a thread last sent a request, counted so too
        self._ibapi_port_asked = threading.local()
        self.response_data: dict[str, Any] = {}
        super().__init__(wrapper)
        self._ibapi_port.note_request = self._ibapi_port_note_request

    # --- what the client does ---

    def reset(self) -> None:
        """Forget what belonged to a connection; those who wait for answers get RequestFailed."""
        super().reset()
        with self._ibapi_port_waits.guard:
            self._ibapi_port_due.clear()
            self._ibapi_port_due_until.clear()
            self._ibapi_port_last_order_id = 0
        self._ibapi_port_waits.fail(lambda wait: True, RequestFailed("the connection has ended"))

    def _ibapi_port_note_request(self, name: str, arguments: tuple[object, ...]) -> None:
        kind = WITHOUT_ID.get(name)
        with self._ibapi_port_waits.guard:
            self._ibapi_port_asked.at = self._ibapi_port_events
            if (
                kind is not None
                and self.isConnected()
                and (name != "reqAccountUpdates" or arguments[0])
            ):
                self._ibapi_port_due[kind] += 1

    # --- asking ---

    def _ibapi_port_deadline(self, timeout: float | None) -> Deadline:
        """When a wait that begins now is over. RequestFailed: this thread cannot wait."""
        session = self._ibapi_port.session
        if session is not None and session.processing_thread == threading.get_ident():
            raise RequestFailed("the thread that processes messages cannot wait for one")
        seconds = self.timeout if timeout is None else timeout
        return Deadline(min(math.inf if seconds is None else seconds, threading.TIMEOUT_MAX / 2))

    @contextmanager
    def _ibapi_port_turn(self, kind: str, deadline: Deadline) -> Iterator[None]:
        """Be the only one to ask this."""
        if not self._ibapi_port_turns[kind].acquire(timeout=deadline.remaining()):
            raise ResponseTimeout(
                f"{kind}: another thread has been asking for {deadline.seconds:g} s"
            )
        try:
            yield
        finally:
            self._ibapi_port_turns[kind].release()

    def _ibapi_port_send(self, wait: Wait, ask: Callable[[], None]) -> None:
        """Make a request. What keeps it from being sent fails the wait."""
        wait.sender = threading.get_ident()
        try:
            ask()
        finally:
            wait.sender = 0
        if not self.isConnected():
            self._ibapi_port_waits.fail(lambda other: other is wait, RequestFailed("not connected"))

    def _ibapi_port_fetch(
        self,
        kind: str,
        timeout: float | None,
        ask: Callable[[int], None],
        stop: Callable[[int], None] | None = None,
        streams: bool = False,
    ) -> Any:
        """What a request with an id has brought when its end marker comes.

        `stop` ends the request if it streams, or is given up.
        """
        deadline = self._ibapi_port_deadline(timeout)
        with (
            self._ibapi_port_new_id(kind) as req_id,
            self._ibapi_port_waits.opened(Wait(kind, req_id)) as wait,
            _ended_by(stop, req_id, streams=streams),
        ):
            self._ibapi_port_send(wait, partial(ask, req_id))
            return self._ibapi_port_waits.result(wait, deadline)

    def _ibapi_port_fetch_shared(
        self,
        kind: str,
        timeout: float | None,
        ask: Callable[[], None],
        stop: Callable[[], None] | None = None,
    ) -> Any:
        """What a request without an id has brought when its end marker comes.

        `stop` ends the updates after it.
        """
        deadline = self._ibapi_port_deadline(timeout)
        with (
            self._ibapi_port_turn(kind, deadline),
            self._ibapi_port_waits.opened(
                Wait(kind, NO_ID, late=self._ibapi_port_expected(kind))
            ) as wait,
        ):
            for count in range(1, wait.late + 2):
                with _ended_by(stop):
                    self._ibapi_port_send(wait, ask)
                    self._ibapi_port_waits.result(wait, deadline, count)
        if wait.late:  # what is still due was asked for just now, or is lost
            self._ibapi_port_due_until[kind] = time.monotonic() + MEMORY
        return wait.answer

    @contextmanager
    def _ibapi_port_new_id(self, kind: str) -> Iterator[int]:
        """An id for a request. Of those that are done, only the last one's rows are kept."""
        with self._ibapi_port_waits.guard:
            req_id = self._ibapi_port_next_id
            self._ibapi_port_next_id += 1
            self._ibapi_port_live.add(req_id)
        try:
            yield req_id
        finally:
            with self._ibapi_port_waits.guard:
                self._ibapi_port_live.discard(req_id)
                getattr(self, kind).pop(self._ibapi_port_latest.get(kind), None)
                self._ibapi_port_latest[kind] = req_id

    def _ibapi_port_expected(self, kind: str) -> int:
        """How many answers to older requests may come.

        If none, rows that are there are forgotten.
        """
        with self._ibapi_port_waits.guard:
            if time.monotonic() > self._ibapi_port_due_until.pop(kind, math.inf):
                self._ibapi_port_due[kind] = 0
            if not self._ibapi_port_due[kind]:
                self._ibapi_port_forget(kind)
            return self._ibapi_port_due[kind]

    # --- collecting ---

    def _ibapi_port_rows(self, kind: str, req_id: int, new: Callable[[], Any]) -> Any:
        """Where a request's rows go, under the guard.

        Those that come when it is over go nowhere.
        """
        if (
            FIRST_REQUEST_ID <= req_id < self._ibapi_port_next_id
            and req_id not in self._ibapi_port_live
        ):
            return new()
        return getattr(self, kind).setdefault(req_id, new())

    def _ibapi_port_add(self, kind: str, req_id: int, row: object) -> None:
        with self._ibapi_port_waits.guard:
            self._ibapi_port_rows(kind, req_id, list).append(row)

    def _ibapi_port_forget(self, kind: str) -> None:
        rows = getattr(self, kind, None)
        if isinstance(rows, dict | list):
            setattr(self, kind, type(rows)())

    def _ibapi_port_end(self, kind: str, req_id: int, new: Callable[[], Any]) -> None:
        """The end marker of a request with an id: who waits gets what was collected."""
        with self._ibapi_port_waits.guard:
            self._set_event(req_id, kind, copied(getattr(self, kind).get(req_id) or new()))

    def _ibapi_port_end_shared(self, kind: str, value: object = None) -> None:
        """The end of an answer without an id: `value`, or what was collected."""
        with self._ibapi_port_waits.guard:
            self._ibapi_port_due[kind] = max(self._ibapi_port_due[kind] - 1, 0)
            if self._set_event(
                NO_ID, kind, copied(getattr(self, kind)) if value is None else value
            ):
                self._ibapi_port_forget(kind)  # these were the rows of an older request

    # --- for subclasses ---

    def _set_event(self, req_id: int, event_name: str, data: object = None) -> bool:
        """Hand `data` to who waits for this event of this request.

        True: someone needs a later one.
        """
        with self._ibapi_port_waits.guard:
            heard, needed = self._ibapi_port_waits.tell(event_name, req_id, data)
            if FIRST_REQUEST_ID <= req_id < self._ibapi_port_next_id:
                if not heard and event_name != "error":
                    logger.info("%s of %d: nobody waits for it", event_name, req_id)
            else:
                key = f"{event_name}_{req_id}"
                self._ibapi_port_events += 1
                self.response_data[key], self._ibapi_port_arrived[key] = (
                    data,
                    self._ibapi_port_events,
                )
            return needed

    def _wait_for_response(self, req_id: int, event_name: str, timeout: float | None = None) -> Any:
        """Return what `_set_event` was called with since this thread's last request."""
        deadline, key = self._ibapi_port_deadline(timeout), f"{event_name}_{req_id}"
        with self._ibapi_port_waits.opened(Wait(event_name, req_id)) as wait:
            with self._ibapi_port_waits.guard:
                if self._ibapi_port_arrived.get(key, 0) > getattr(
                    self._ibapi_port_asked, "at", math.inf
                ):
                    del self._ibapi_port_arrived[key]
                    return self.response_data.pop(key, None)
            if not self.isConnected():
                raise RequestFailed("not connected")
            return self._ibapi_port_waits.result(wait, deadline)


def about(error_id: int) -> Callable[[Wait], bool]:
    """The waits that an error with this id concerns: those for the id, and the one whose request
    this thread is sending.
    """
    thread = threading.get_ident()
    return lambda wait: (
        wait.sender == thread or (wait.req_id == error_id and wait.kind not in SHARED)
    )


def copied(rows: Any) -> Any:
    """Lists and dicts as they are now, whatever comes to them later."""
    if isinstance(rows, dict):
        return {key: copied(value) for key, value in rows.items()}
    return [copied(value) for value in rows] if isinstance(rows, list) else rows


@contextmanager
def _ended_by(
    stop: Callable[..., None] | None, *arguments: Any, streams: bool = True
) -> Iterator[None]:
    """Call `stop` after a request that streams, and after one that was given up; not after one that
    TWS does not know.
    """
    due = stop
    try:
        yield
        due = stop if streams else None
    except RequestFailed:
        due = None
        raise
    finally:
        if due is not None:
            due(*arguments)
