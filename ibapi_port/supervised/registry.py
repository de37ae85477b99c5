"""What TWS was asked for and still owes: standing requests, which are repeated on the next
connection, and those that wait for one answer, which are not.

Which is which comes from the conversations. It is pure: who uses it holds a lock.
"""

from __future__ import annotations

import copy
import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..protocol.schema.conversations import CONVERSATIONS, Conversation, Key, Kind
from ..protocol.schema.messages import REQUESTS
from .kinds import (
    CANCELS,
    COMPUTATIONS,
    CUT,
    RETRIED,
    SETTINGS,
    STREAMS,
    conversation,
    id_of,
    is_final,
    is_protobuf,
    rank,
    same,
    value_of,
)


class Verdict(enum.Enum):
    """What is to become of a request that the program makes."""

    SEND = enum.auto()
    NOT_NEEDED = enum.auto()  # it was repeated on this connection already, and is the same
    REPLACE = enum.auto()  # it was repeated already, and differs: the repeated one is cancelled


Name = tuple[str, int | None]
LIVE = 1  # the market data type unless the program says another one
DATA_TYPE = "reqMarketDataType"


@dataclass
class Standing:
    """A request that goes on until it is cancelled."""

    request: str
    id: int | None
    arguments: tuple[Any, ...]
    is_protobuf: bool
    since: float
    connection: int  # the number of the connection that it was sent on last
    is_repeated: bool = False  # sent there by us, not by the program
    is_told: bool = False  # the first set has come since it was repeated
    repeated_at: float = float("-inf")
    heard: bool = True
    data_type: int = LIVE  # the market data type that it was asked under

    @property
    def name(self) -> Name:
        return self.request, self.id

    @property
    def cancel(self) -> tuple[str, tuple[Any, ...]]:
        """The request that ends it, "" if none does, and its arguments."""
        if self.request == "reqAccountUpdates":
            account = (
                getattr(self.arguments[0], "acctCode", "")
                if self.is_protobuf
                else self.arguments[1]
            )
            return self.request, (False, account)
        name = conversation(self.request, self.arguments).cancel
        if not name:
            return "", ()
        own = REQUESTS[self.request]
        values = []
        for argument in REQUESTS[name].arguments:
            if argument == REQUESTS[name].id_argument:
                values.append(self.id)
            elif self.is_protobuf:
                values.append(getattr(self.arguments[0], argument))
            else:
                values.append(self.arguments[own.arguments.index(argument)])
        return name, tuple(values)


class Pending(NamedTuple):
    """A request that waits for its answer."""

    request: str
    key: Any  # its id, the value that the answer repeats, or None
    arguments: tuple[Any, ...]
    is_protobuf: bool
    connection: int
    is_ours: bool  # not the program's: it does not hear of the answer

    @property
    def conversation(self) -> Conversation:
        if self.is_ours:
            return CONVERSATIONS[self.request][0]
        return conversation(self.request, self.arguments)


class Registry:
    """The requests of one client. `connection` is the number of the connection at hand."""

    def __init__(self) -> None:
        self.connection = 0
        self._standing: dict[Name, Standing] = {}
        self._by_id: dict[int, Standing] = {}
        self._pending: list[Pending] = []
        self._with_rows: set[tuple[str, Any]] = set()

    def clear(self) -> None:
        """Forget all requests: the program has ended the connection by itself."""
        self._standing.clear()
        self._by_id.clear()
        self._pending.clear()
        self._with_rows.clear()

    # --- requests that the program makes ---

    def asked(self, request: str, arguments: tuple[Any, ...], now: float) -> Verdict:
        """Take note of a request that is about to be sent, and say what is to become of it."""
        found = conversation(request, arguments)
        if request in CANCELS:
            self.cancelled(request, arguments)
        elif request in SETTINGS or found.kind in (Kind.STANDING, Kind.STATE):
            return self._asked_standing(request, arguments, now)
        elif found.kind is Kind.ONE_SHOT:
            self._asked_once(request, arguments, found)
        elif request == "reqAccountUpdates":  # its cancel
            self._forget((request, None))
        return Verdict.SEND

    @property
    def data_type(self) -> int:
        """The market data type that the program has asked for last."""
        known = self._standing.get((DATA_TYPE, None))
        if known is None:
            return LIVE
        try:
            return int(value_of(DATA_TYPE, known.arguments, "marketDataType"))
        except (TypeError, ValueError):
            return LIVE  # it was not sent

    def find(self, request: str, arguments: tuple[Any, ...]) -> Standing | None:
        """Return the standing request that has the name and the id of this one."""
        return self._standing.get((request, id_of(request, arguments)))

    def _asked_standing(self, request: str, arguments: tuple[Any, ...], now: float) -> Verdict:
        request_id = id_of(request, arguments)
        known = self._standing.get((request, request_id))
        verdict = Verdict.SEND
        if known is not None and known.is_repeated and known.connection == self.connection:
            is_same = same(known.arguments, arguments)
            if is_same and (request in SETTINGS or known.data_type == self.data_type):
                known.is_repeated = False  # the program's own from here on: a second one is TWS's
                if not known.is_told:
                    return Verdict.NOT_NEEDED
                # It waits for an answer, and that of the repeated one is over. A second
                # subscription is answered by an error, or (an account's updates) by nothing.
                return Verdict.SEND if request == "reqPositions" else Verdict.REPLACE
            verdict = Verdict.SEND if request in SETTINGS else Verdict.REPLACE
        elif known is not None and known.connection == self.connection and request in STREAMS:
            return verdict  # TWS refuses it as a duplicate; the first one goes on
        made = Standing(
            request,
            request_id,
            copy.deepcopy(arguments),  # the program may change its contract afterwards
            is_protobuf(arguments),
            now,
            self.connection,
            data_type=self.data_type,
        )
        self._standing[made.name] = made
        if request_id is not None:
            self._by_id[request_id] = made
        return verdict

    def _asked_once(self, request: str, arguments: tuple[Any, ...], found: Conversation) -> None:
        key: Any = None
        if found.key is Key.REQUEST:
            key = id_of(request, arguments)
        elif found.key is Key.VALUE:
            key = str(value_of(request, arguments, found.key_argument))
        made = Pending(
            request, key, copy.deepcopy(arguments), is_protobuf(arguments), self.connection, False
        )
        self._pending.append(made)

    def ask(self, request: str, key: Any = None) -> Pending:
        """Take note of a question of our own, of whose answer the program does not hear."""
        made = Pending(request, key, (), False, self.connection, True)
        self._pending.append(made)
        return made

    def ask_again(self, pending: Pending) -> None:
        """A request of the program's is made again on the connection at hand."""
        self._pending.append(pending._replace(connection=self.connection))

    def take_back(self, asked: Pending) -> None:
        """A question of our own was not sent after all."""
        self._pending = [each for each in self._pending if each is not asked]

    def is_ours(self, request: str) -> bool:
        """Return whether the answer that comes now to such a request is to a question of ours."""
        first = next((each for each in self._pending if each.request == request), None)
        return first is not None and first.is_ours

    def cancelled(self, cancel: str, arguments: tuple[Any, ...]) -> None:
        """The program ends a request."""
        request_id = id_of(cancel, arguments)
        names = CANCELS[cancel]
        for request in names:
            self._forget((request, request_id))
        self._drop_pending(lambda each: each.request in names and each.key == request_id)

    def forget(self, request: str, request_id: int | None) -> None:
        """The program has ended a request that it may not have cancelled."""
        self._forget((request, request_id))

    def unsent(self, request: str, arguments: tuple[Any, ...], is_lost: bool) -> None:
        """A request was not sent; `is_lost`: for want of a connection."""
        if request in CANCELS:
            self.cancelled(request, arguments)
            return
        request_id = id_of(request, arguments)
        # Without a connection a request stands as it was before; only the end of one holds.
        is_end = request == "reqAccountUpdates" and not value_of(request, arguments, "subscribe")
        if not is_lost or is_end:
            self._forget((request, request_id))
        for place in range(len(self._pending) - 1, -1, -1):
            pending = self._pending[place]
            if pending.request == request and request_id in (pending.key, None):
                del self._pending[place]
                return

    def _forget(self, name: Name) -> Standing | None:
        known = self._standing.pop(name, None)
        if known is not None and known.id is not None and self._by_id.get(known.id) is known:
            del self._by_id[known.id]
        return known

    def _drop_pending(self, is_meant: Callable[[Pending], bool]) -> None:
        self._pending = [each for each in self._pending if not is_meant(each)]

    # --- what TWS says ---

    def failed(self, request_id: int, code: int, text: str) -> Standing | None:
        """An error has come with a request's id. Return the stream that is to be requested again,
        if it was cut.
        """
        standing = self._by_id.get(request_id)
        if code in CUT:
            return standing
        if not is_final(code, text):
            return None
        self._drop_pending(lambda each: each.key == request_id)
        if standing is not None:
            self._forget(standing.name)
        return None

    def answered(self, callback: str, arguments: tuple[Any, ...]) -> Pending | None:
        """A callback has come that may be the whole answer to a request. Return that, or None."""
        for standing in self._standing.values():
            if standing.is_repeated and _is_for(standing.id, arguments):
                found = conversation(standing.request, standing.arguments)
                if found.kind is Kind.STATE and found.ends_with(callback):
                    standing.is_told = True
        for place, pending in enumerate(self._pending):
            found = pending.conversation
            if not found.ends_with(callback) or not _is_for(pending.key, arguments):
                continue
            if not found.done_argument or arguments[-1]:
                del self._pending[place]
                self._with_rows.discard((pending.request, pending.key))
            return pending
        return None

    def row(self, request_id: int) -> None:
        """A part of an answer has come."""
        for pending in self._pending:
            if pending.key == request_id:
                self._with_rows.add((pending.request, pending.key))

    def heard(self, request_id: int) -> bool:
        """Data have come for a stream. Return whether one is silent still."""
        standing = self._by_id.get(request_id)
        if standing is not None:
            standing.heard = True
        return any(not each.heard for each in self._standing.values())

    # --- a loss, and after it ---

    def lost(self, retry_safe: bool) -> tuple[list[Pending], list[Pending]]:
        """The connection has ended. Return the requests that will not be answered, and those that
        are to be made again.
        """
        open_ones, self._pending = [each for each in self._pending if not each.is_ours], []
        failed: list[Pending] = []
        again: list[Pending] = []
        for pending in open_ones:
            has_rows = (pending.request, pending.key) in self._with_rows
            retry = retry_safe and not has_rows and pending.request in RETRIED
            (again if retry else failed).append(pending)
        self._with_rows.clear()
        return failed, again

    def standing(self) -> list[Standing]:
        """Return all standing requests, in the order in which they are to be repeated."""
        return sorted(self._standing.values(), key=lambda each: rank(each.request))

    def to_repeat(self) -> Iterator[Standing]:
        """Yield the standing requests that were not made on this connection."""
        for each in self.standing():
            if each.connection != self.connection and self._standing.get(each.name) is each:
                yield each

    def is_wanted(self, standing: Standing) -> bool:
        """Return whether a request still stands, as it is."""
        return self._standing.get(standing.name) is standing

    def repeated(self, standing: Standing, now: float) -> None:
        """A request is being repeated."""
        standing.connection = self.connection
        standing.is_repeated = True
        standing.is_told = False
        standing.repeated_at = now

    def stale(self) -> tuple[int, ...]:
        """Return the ids of the streams whose data are old without a connection."""
        return tuple(each.id for each in self._standing.values() if each.id is not None)

    def watch(self) -> int:
        """Take all streams for silent until they are heard. Return how many there are."""
        count = 0
        for each in self._standing.values():
            if each.request in STREAMS:
                each.heard = False
                count += 1
        return count

    def silent(self) -> list[Standing]:
        """Return the streams that were not heard since `watch`."""
        return [each for each in self._standing.values() if not each.heard]

    def stop_watching(self) -> None:
        """Take no stream for silent any more."""
        for each in self._standing.values():
            each.heard = True

    def counts(self) -> dict[str, int]:
        """Return how many requests stand, by their names."""
        found: dict[str, int] = {}
        for each in self._standing.values():
            found[each.request] = found.get(each.request, 0) + 1
        return found

    @property
    def waits_for_computation(self) -> bool:
        """Whether an answer may come by the same callback as ticks of options."""
        return any(each.request in COMPUTATIONS for each in self._pending)


def _is_for(key: Any, arguments: tuple[Any, ...]) -> bool:
    if key is None:
        return True
    given = arguments[0] if arguments else None
    return str(given) == key if isinstance(key, str) else given == key


__all__ = ["Pending", "Registry", "Standing", "Verdict"]
