"""News bulletins: what IB writes to everybody at once, such as that an exchange is closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..net.clock import Clock
from ..services import Handler, Peer, Values
from ..times import day

NEWS, EXCHANGE_CLOSED, EXCHANGE_OPEN = 1, 2, 3  # IB's msgType


class BulletinService:
    """Answers reqNewsBulletins; bulletins come from scripts."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._readers: dict[Peer, None] = {}  # a set that keeps its order
        self._past: list[tuple[str, dict[str, Any]]] = []  # with their days

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "reqNewsBulletins": self._subscribe,
            "cancelNewsBulletins": lambda peer, values: self.forget(peer),
        }

    def forget(self, peer: Peer) -> None:
        self._readers.pop(peer, None)

    def publish(self, text: str, exchange: str = "", kind: int = NEWS) -> None:
        """Tell those who have asked."""
        bulletin = {
            "msgId": len(self._past) + 1,
            "msgType": kind,
            "newsMessage": text,
            "originExch": exchange,
        }
        self._past.append((day(self._clock.now()), bulletin))
        for peer in list(self._readers):
            peer.send("updateNewsBulletin", **bulletin)

    def _subscribe(self, peer: Peer, values: Values) -> None:
        """With allMsgs those of the day come first."""
        self._readers[peer] = None
        today = day(self._clock.now())
        if values["allMsgs"]:
            for date, bulletin in self._past:
                if date == today:
                    peer.send("updateNewsBulletin", **bulletin)
