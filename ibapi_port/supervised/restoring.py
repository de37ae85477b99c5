"""Standing requests after a gap: each is made again with its id, once."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterable
from typing import NamedTuple

from .inbound import Inbound
from .kinds import DEPTH, STREAMS, SUMMARIES, rank
from .registry import DATA_TYPE, Pending, Standing
from .shared import Shared

logger = logging.getLogger("ibapi_port.supervised")

BOOK_BEGINS_ANEW = 317
_BOOK_TEXT = "Empty the book: its rows come anew, as the connection has been restored."
LIST_RANK = 1  # the lists of orders come after the settings, and before all else
LAST_RANK = 99


class Gap(NamedTuple):
    """A time without a connection, or without TWS's line to IB (seconds since 1970), and what came
    of the requests: the ids of streams that were requested again, of those that could not be, and
    of requests that ended with error 504. Requests without an id are given by name.
    """

    began: float
    ended: float
    restored: tuple[int | str, ...]
    not_restored: tuple[int | str, ...]
    failed: tuple[int | str, ...]


class Restoring:
    """Makes the jobs by which the repeater restores what stood."""

    def __init__(
        self,
        shared: Shared,
        inbound: Inbound,
        report: Callable[[int, str, int], None],
        told: Callable[[Gap], None],
        refresh: Callable[[], None],
    ) -> None:
        """`report(code, text, id)` is to make an error callback, in turn; `told` gets each gap
        once all is restored; `refresh` is called when other messages are to be heard.
        """
        self._books, self._line, self._repeater, self._policy, self._clock = shared
        self._inbound = inbound
        self._report = report
        self._told = told
        self._refresh = refresh
        self._retry: list[Pending] = []
        self._failed: list[int | str] = []
        self._restored: list[int | str] = []
        self._not_restored: list[int | str] = []
        self.farms_ok: Callable[[], bool] = lambda: True
        self.on_stale: Callable[[tuple[int, ...]], None] = lambda ids: None

    # --- a loss ---

    def lost(self) -> list[Pending]:
        """The connection has ended. Return the requests that will not be answered."""
        self._repeater.clear()
        with self._books.lock:
            failed, again = self._books.registry.lost(self._policy.retry_safe)
            self._retry += again
            self._failed += [_label(each.request, each.key) for each in failed]
            self._books.registry.stop_watching()
        self._inbound.listen_for_data(False)
        return failed

    # --- a new connection ---

    def begin(self, began: float) -> None:
        """Repeat all that stands and was not requested on this connection by the program."""
        number = self._line.number
        self._restored.clear()
        self._not_restored.clear()
        with self._books.lock:
            standing = list(self._books.registry.to_repeat())
            retry, self._retry = self._retry, []
        for each in standing:
            self._add(number, each, cancel=False)
        for pending in retry:
            self._repeater.add(functools.partial(self._again, number, pending), LAST_RANK - 1)
        self._repeater.add(lambda: self._done(number, began), LAST_RANK)

    def repeat(self, began: float, summaries_only: bool) -> None:
        """On the same connection: cancel and repeat all that stands, or the account summaries."""
        number = self._line.number
        self._restored.clear()
        self._not_restored.clear()
        with self._books.lock:
            standing = self._books.registry.standing()
        for each in standing:
            if not summaries_only or each.request in SUMMARIES:
                self._add(number, each, cancel=True)
        self._repeater.add(lambda: self._done(number, began), LAST_RANK)

    def cut(self, standing: Standing) -> None:
        """TWS has cut one stream: repeat it, not too often."""
        last = standing.repeated_at + self._policy.repeat_after
        pause = max(last - self._clock.monotonic(), 0.0)
        number = self._line.number
        self._repeater.add(lambda: self._one(number, standing, cancel=True), after=pause)

    def _add(self, number: int, standing: Standing, cancel: bool) -> None:
        place = 2 * rank(standing.request)  # between two ranks there is room for the lists
        self._repeater.add(lambda: self._one(number, standing, cancel), place)

    def _one(self, number: int, standing: Standing, cancel: bool) -> None:
        registry = self._books.registry
        with self._books.lock:
            if number != self._line.number or not registry.is_wanted(standing):
                return
            if not cancel and standing.connection == number:
                return  # the program has requested it meanwhile
            registry.repeated(standing, self._clock.monotonic())
        if cancel:
            self._cancel(number, standing)
        if standing.request in DEPTH and standing.id is not None:
            self._report(BOOK_BEGINS_ANEW, _BOOK_TEXT, standing.id)
        wrong = self._send(number, standing)
        label = _label(standing.request, standing.id)
        if wrong:
            self._not_restored.append(label)
            self._report(503, wrong, -1 if standing.id is None else standing.id)
            return
        self._restored.append(label)
        with self._books.lock:
            still_wanted = registry.is_wanted(standing)
        if not still_wanted:  # the program has cancelled it while it went out
            self._cancel(number, standing)

    def _send(self, number: int, standing: Standing) -> str:
        """Send a request, under the market data type that it was asked under: TWS takes the one
        that was said last. Return what is wrong with it, "" if nothing is.
        """
        what = standing.request, standing.arguments, standing.is_protobuf
        if standing.request != "reqMktData":
            return self._line.send(number, *what)
        with self._books.switching:
            with self._books.lock:
                now = self._books.registry.data_type
            if standing.data_type == now:
                return self._line.send(number, *what)
            self._line.send(number, DATA_TYPE, (standing.data_type,), False)
            try:
                return self._line.send(number, *what)
            finally:
                self._line.send(number, DATA_TYPE, (now,), False)

    def _cancel(self, number: int, standing: Standing) -> None:
        name, values = standing.cancel
        if name:
            if standing.id is not None:
                self._inbound.cancelled(standing.id)
            self._line.send(number, name, values, False)

    def _again(self, number: int, pending: Pending) -> None:
        with self._books.lock:
            if number != self._line.number:
                return
            self._books.registry.ask_again(pending)
        wrong = self._line.send(number, pending.request, pending.arguments, pending.is_protobuf)
        if wrong:
            self._report(503, wrong, pending.key if isinstance(pending.key, int) else -1)

    def _done(self, number: int, began: float) -> None:
        if number != self._line.number:
            return
        gap = Gap(
            began,
            self._clock.time(),
            tuple(self._restored),
            tuple(self._not_restored),
            tuple(self._failed),
        )
        self._failed.clear()
        self._told(gap)

    # --- streams that are silent ---

    def watch(self) -> None:
        """See which streams stay silent, and repeat these."""
        with self._books.lock:
            count = self._books.registry.watch()
        if not count:
            return
        self._inbound.listen_for_data(True)
        self._refresh()
        number = self._line.number
        self._repeater.add(lambda: self._look(number), after=self._policy.stream_silence)

    def all_heard(self) -> None:
        """No stream is silent any more."""
        self._inbound.listen_for_data(False)
        self._refresh()

    def _look(self, number: int) -> None:
        if number != self._line.number:
            return
        if not self.farms_ok():
            self._repeater.add(lambda: self._look(number), after=self._policy.stream_silence)
            return
        with self._books.lock:
            silent = self._books.registry.silent()
            self._books.registry.stop_watching()
        self._inbound.listen_for_data(False)
        self._refresh()
        for each in silent:
            self._add(number, each, cancel=True)
        if silent:
            logger.info("%d streams stayed silent and are requested again", len(silent))
            self.on_stale(_ids(silent))


def _label(request: str, key: object) -> int | str:
    return key if isinstance(key, int) else request


def _ids(standing: Iterable[Standing]) -> tuple[int, ...]:
    return tuple(each.id for each in standing if each.id is not None)


__all__ = ["LAST_RANK", "LIST_RANK", "STREAMS", "Gap", "Restoring"]
