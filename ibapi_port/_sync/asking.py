"""Asking, and waiting for the answer: what TWSSyncWrapper stands on.

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
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..client import EClient
from ..connection import Deadline
from ..protocol.schema.conversations import (
    FIRST_REQUEST_ID,
    STATUS_FOLLOWS,
    Conversation,
    Kind,
    arguments_of,
    cancel_of,
    conversation_of,
    is_empty_answer,
    is_warning,
)
from .names import END_MARKERS, NAMES, NEW, NO_ID, SHARED
from .waits import RequestFailed, ResponseTimeout, Wait, Waits, about, copied

logger = logging.getLogger("ibapi_port.sync_wrapper")

MEMORY = 10.0  # seconds for which further answers are expected once TWS answers again


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
        self._ibapi_port_accounts: list[str] = []  # of the login
        self._ibapi_port_events = 0  # answers that have come
        # when the answers in response_data came, counted in answers
        self._ibapi_port_arrived: dict[str, int] = {}
        # .at: when a thread last sent a request, counted so too
        self._ibapi_port_asked = threading.local()
        self.response_data: dict[str, Any] = {}
        super().__init__(wrapper)
        self._ibapi_port.note_request = self._ibapi_port_note_request
        self._ibapi_port.note_sent = self._ibapi_port_note_sent

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
        with self._ibapi_port_waits.guard:
            self._ibapi_port_asked.at = self._ibapi_port_events

    def _ibapi_port_note_sent(self, name: str, arguments: tuple[object, ...]) -> None:
        """A request goes out, perhaps one of the program's own: an answer without id is due."""
        kind = NAMES.get(name)
        if kind not in SHARED:
            return
        if conversation_of(name, arguments_of(name, arguments)).kind is not Kind.COMMAND:
            with self._ibapi_port_waits.guard:
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

    def _ibapi_port_send(self, wait: Wait, name: str, arguments: tuple[Any, ...]) -> None:
        """Make a request. What keeps it from being sent fails the wait."""
        wait.sender = threading.get_ident()
        try:
            getattr(self, name)(*arguments)
        finally:
            wait.sender = 0
        if not self.isConnected():
            self._ibapi_port_waits.fail(lambda other: other is wait, RequestFailed("not connected"))

    def _ibapi_port_ask(self, name: str, *arguments: Any, timeout: float | None) -> Any:
        """Make a request, its arguments without the reqId, and return what it has brought when it
        ends, or its first set does.
        """
        deadline = self._ibapi_port_deadline(timeout)
        if NAMES[name] in SHARED:
            return self._ibapi_port_ask_in_turn(name, arguments, deadline)
        with self._ibapi_port_waiting(name, arguments) as (wait, given):
            conversation = wait.conversation
            if conversation is None or conversation.end not in END_MARKERS:
                raise RequestFailed(
                    f"{name} with these arguments does not bring what is collected here: make the "
                    "request yourself and override its callback"
                )
            with self._ibapi_port_ending(conversation, given):
                self._ibapi_port_send(wait, name, given)
                return self._ibapi_port_waits.result(wait, deadline)

    def _ibapi_port_listen(self, name: str, *arguments: Any, seconds: float) -> Any:
        """Return what a standing request brings in so many seconds, or until an error ends it.

        RequestFailed: no connection.
        """
        deadline = self._ibapi_port_deadline(seconds)
        with self._ibapi_port_waiting(name, arguments) as (wait, given):
            self._ibapi_port_send(wait, name, given)
            try:
                self._ibapi_port_waits.hear(wait, deadline)
                self._ibapi_port_cancel(name, given)
            except RequestFailed:
                if not self.isConnected():
                    raise
            return self._ibapi_port_collected(wait.kind, given[0])

    @contextmanager
    def _ibapi_port_waiting(
        self, name: str, arguments: tuple[Any, ...]
    ) -> Iterator[tuple[Wait, tuple[Any, ...]]]:
        """Open the wait for a request with an id, and yield it and the arguments with the id."""
        kind = NAMES[name]
        with self._ibapi_port_new_id(kind) as req_id:
            given = (req_id, *arguments)
            wait = Wait(kind, req_id, conversation_of(name, given))
            with self._ibapi_port_waits.opened(wait):
                yield wait, given

    def _ibapi_port_ask_in_turn(
        self, name: str, arguments: tuple[Any, ...], deadline: Deadline
    ) -> Any:
        """Make a request without an id, alone, and return what it has brought."""
        kind = NAMES[name]
        conversation = conversation_of(name, arguments)
        with self._ibapi_port_turn(kind, deadline):
            late = self._ibapi_port_expected(kind)
            asked = Wait(kind, NO_ID, conversation, arguments, late)
            with self._ibapi_port_waits.opened(asked) as wait:
                while not wait.done:
                    with self._ibapi_port_ending(conversation, arguments):
                        count = wait.heard + 1
                        self._ibapi_port_send(wait, name, arguments)
                        self._ibapi_port_waits.result(wait, deadline, count)
        if wait.late:  # what is still due was asked for just now, or is lost
            self._ibapi_port_due_until[kind] = time.monotonic() + MEMORY
        return wait.answer

    @contextmanager
    def _ibapi_port_ending(
        self, conversation: Conversation, arguments: tuple[Any, ...]
    ) -> Iterator[None]:
        """Cancel a request of which changes would follow, and one that is given up; not one that
        TWS has refused.
        """
        due = True
        try:
            yield
            due = conversation.kind is Kind.STATE
        except RequestFailed:
            due = False
            raise
        finally:
            if due:
                self._ibapi_port_cancel(conversation.request, arguments)

    def _ibapi_port_cancel(self, name: str, arguments: tuple[Any, ...]) -> None:
        version = self.serverVersion() or 0
        cancel = cancel_of(conversation_of(name, arguments), arguments, version)
        if cancel is not None:
            getattr(self, cancel[0])(*cancel[1])

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

    def _ibapi_port_rows(self, kind: str, req_id: int) -> Any:
        """Where a request's rows go, under the guard.

        Those that come when it is over go nowhere.
        """
        rows = NEW.get(kind, list)()
        if (
            FIRST_REQUEST_ID <= req_id < self._ibapi_port_next_id
            and req_id not in self._ibapi_port_live
        ):
            return rows
        return getattr(self, kind).setdefault(req_id, rows)

    def _ibapi_port_add(self, kind: str, req_id: int, row: object) -> None:
        with self._ibapi_port_waits.guard:
            self._ibapi_port_rows(kind, req_id).append(row)

    def _ibapi_port_collected(self, kind: str, req_id: int) -> Any:
        """Return what has come of a request until now."""
        with self._ibapi_port_waits.guard:
            return copied(getattr(self, kind).get(req_id) or NEW.get(kind, list)())

    def _ibapi_port_forget(self, kind: str) -> None:
        rows = getattr(self, kind, None)
        if isinstance(rows, dict | list):
            setattr(self, kind, type(rows)())

    def _ibapi_port_end(self, kind: str, req_id: int) -> None:
        """The end of a request with an id: who waits gets what was collected."""
        with self._ibapi_port_waits.guard:
            self._set_event(req_id, kind, self._ibapi_port_collected(kind, req_id))

    def _ibapi_port_error(self, req_id: int, code: int, text: str, row: dict[str, Any]) -> None:
        """An error has come: it ends the waits for what it is about, unless it is a notice only.
        One that says that there is no data is an empty answer.
        """
        if is_warning(code):
            return

        def is_empty(wait: Wait) -> bool:
            said = wait.conversation
            return wait.req_id == req_id and said is not None and is_empty_answer(said, code, text)

        with self._ibapi_port_waits.guard:
            empty = self._ibapi_port_waits.finds(is_empty)
            if empty is not None:
                getattr(self, empty.kind).pop(req_id, None)
                self._ibapi_port_end(empty.kind, req_id)
                return
        self._ibapi_port_waits.fail(
            about(req_id), RequestFailed(f"{code} {text}", row), code in STATUS_FOLLOWS
        )

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


__all__ = ["MEMORY", "WaitingClient"]
