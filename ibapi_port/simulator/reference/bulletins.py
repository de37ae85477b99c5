"""News bulletins: what IB writes to everybody at once, such as that an exchange is closed."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from ..peer import Handler, Peer, Values

NEWS, EXCHANGE_CLOSED, EXCHANGE_OPEN = 1, 2, 3  # IB's msgType


class BulletinService:
    """Answers reqNewsBulletins; bulletins come from scripts."""

    def __init__(self) -> None:
        self._peers: list[Peer] = []
        self._past: list[dict[str, Any]] = []
        self._ids = itertools.count(1)

    def handlers(self) -> Mapping[str, Handler]:
        return {"reqNewsBulletins": self._subscribe, "cancelNewsBulletins": lambda peer, values: self.forget(peer)}

    def forget(self, peer: Peer) -> None:
        if peer in self._peers:
            self._peers.remove(peer)

    def publish(self, text: str, exchange: str, kind: int) -> None:
        """Tell those who have asked."""
        bulletin = {"msgId": next(self._ids), "msgType": kind, "newsMessage": text, "originExch": exchange}
        self._past.append(bulletin)
        for peer in list(self._peers):
            peer.send("updateNewsBulletin", **bulletin)

    def _subscribe(self, peer: Peer, values: Values) -> None:
        if peer not in self._peers:
            self._peers.append(peer)
        if values["allMsgs"]:
            for bulletin in self._past:
                peer.send("updateNewsBulletin", **bulletin)
