"""All declarations, by area; found by message id or name.

Areas are imported one after the other until a message is found: to import them all takes as long as
half of the rest of the client.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import Generic, TypeVar

from ..nodes import Incoming, Message, Request

M = TypeVar("M", bound=Message)

AREAS = (
    *("session", "market_data", "orders", "account"),
    *("contracts", "history", "news", "scanner"),
)  # in the order in which a message is looked for
PROTOBUF_ALONE = ("settings",)  # areas of messages that have no form as text


class Catalogue(Mapping[str, M], Generic[M]):
    """Messages of some areas by id (as text) or name."""

    def __init__(self, side: int, attribute: str, areas: tuple[str, ...] = AREAS) -> None:
        self._side = side
        self._attribute = attribute
        self._areas = areas
        self._made: dict[str, M] = {}
        self._taken: set[str] = set()

    def _take(self, area: str) -> None:
        """Take the messages of an area in. Two threads may do so at once: it is the same twice."""
        if area not in self._taken:
            module = _import(area)
            for message in (module.MESSAGES, module.REQUESTS)[self._side]:
                self._made[str(getattr(message, self._attribute))] = message
            self._taken.add(area)  # last: an import that fails is tried again

    def _all(self) -> dict[str, M]:
        for area in self._areas:
            self._take(area)
        return self._made

    def __getitem__(self, key: str) -> M:
        areas = iter(self._areas)
        while key not in self._made and (area := next(areas, "")):
            self._take(area)
        return self._made[key]

    def __contains__(self, key: object) -> bool:
        return key in self._made or key in self._all()

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


def names_of(area: str) -> tuple[list[str], list[str]]:
    """Return the names of the messages of an area: from TWS, and to it."""
    module = _import(area)
    return [one.name for one in module.MESSAGES], [one.name for one in module.REQUESTS]


def _import(area: str) -> ModuleType:
    return import_module(f".{area}", __name__)


def load_all() -> None:
    """Import every area now: later the process may be at its limit of descriptors, or the package
    may be gone from the disk.
    """
    for area in (*AREAS, *PROTOBUF_ALONE):
        _import(area)


INCOMING: Mapping[str, Incoming] = Catalogue(0, "msg_id")
INCOMING_BY_NAME: Mapping[str, Incoming] = Catalogue(0, "name")
REQUESTS: Mapping[str, Request] = Catalogue(1, "name")
REQUESTS_BY_ID: Mapping[str, Request] = Catalogue(1, "msg_id")
# what is Protocol Buffers alone stands in none of these
PROTOBUF_ONLY: Mapping[str, Incoming] = Catalogue(0, "msg_id", PROTOBUF_ALONE)
PROTOBUF_ONLY_BY_NAME: Mapping[str, Incoming] = Catalogue(0, "name", PROTOBUF_ALONE)
PROTOBUF_ONLY_REQUESTS: Mapping[str, Request] = Catalogue(1, "name", PROTOBUF_ALONE)
PROTOBUF_ONLY_REQUESTS_BY_ID: Mapping[str, Request] = Catalogue(1, "msg_id", PROTOBUF_ALONE)
