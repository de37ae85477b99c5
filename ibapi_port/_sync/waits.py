"""Waits of several threads for answers that come in one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ..connection import Deadline
from ..protocol.schema.conversations import Conversation
from .names import SHARED

# seconds that an order's status has to come after the error that goes along with it
STATUS_TIME = 0.5


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
    conversation: Conversation | None = None
    arguments: tuple[Any, ...] = ()
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

    def pass_over(self, kind: str, came: Sequence[object], known: Container[object]) -> None:
        """Take an end with the arguments `came`, which is about to be told, for none of the
        answers that are awaited where it names something else than what was asked.
        """
        with self.guard:
            for wait in self._open:
                said = wait.conversation
                if wait.kind != kind or said is None:
                    continue
                if said.end_names(wait.arguments, came, known) is False:
                    wait.late += 1

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

    def finds(self, concerns: Callable[[Wait], bool]) -> Wait | None:
        """Return a wait that it concerns, or None."""
        with self.guard:
            return next(filter(concerns, self._open), None)

    def is_over(self, wait: Wait) -> bool:
        """Return whether the answer has come, or never will."""
        with self.guard:
            return wait.done or wait.failure is not None or wait.refusal is not None

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


__all__ = ["RequestFailed", "ResponseTimeout", "Wait", "Waits", "about", "copied"]
