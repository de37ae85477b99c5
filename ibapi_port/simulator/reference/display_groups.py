"""Display groups: the coloured links between TWS's windows. A client that moves one is seen by all that watch it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..errors import Invalid, Refusal
from ..services import Handler, Key, Peer, Values, forget

GROUPS = range(1, 8)
NONE, COMBO = "none", "combo"
_CONTRACT = re.compile(r"\d+@\S+")


class DisplayGroupService:
    """Answers queryDisplayGroups, subscribeToGroupEvents, updateDisplayGroup and unsubscribeFromGroupEvents."""

    def __init__(self) -> None:
        self._shown = dict.fromkeys(GROUPS, NONE)
        self._watched: dict[Key, int] = {}

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "queryDisplayGroups": self._query,
            "subscribeToGroupEvents": self._subscribe,
            "updateDisplayGroup": self._update,
            "unsubscribeFromGroupEvents": self._unsubscribe,
        }

    def forget(self, peer: Peer) -> None:
        forget(self._watched, peer)

    def show(self, group: int, contract_info: str) -> None:
        """The user has chosen something in a window: "none", "combo", or "contract id@exchange"."""
        self._shown[group] = contract_info
        for (peer, req_id), watched in self._watched.items():
            if watched == group:
                peer.send("displayGroupUpdated", reqId=req_id, contractInfo=contract_info)

    def _query(self, peer: Peer, values: Values) -> None:
        """Most used first, says IB; here in order."""
        peer.send("displayGroupList", reqId=values["reqId"], groups="|".join(map(str, GROUPS)))

    def _subscribe(self, peer: Peer, values: Values) -> None:
        req_id, group = values["reqId"], values["groupId"]
        if group not in self._shown:
            raise Invalid(f"Invalid group id '{group}'")
        if (peer, req_id) in self._watched:
            raise Refusal(102, "Duplicate ticker ID.")
        self._watched[peer, req_id] = group
        peer.send("displayGroupUpdated", reqId=req_id, contractInfo=self._shown[group])

    def _update(self, peer: Peer, values: Values) -> None:
        group, info = self._watched.get((peer, values["reqId"])), values["contractInfo"]
        if group is None:
            raise Invalid("Not subscribed to the group's events")
        if info not in (NONE, COMBO) and not _CONTRACT.fullmatch(info):
            raise Invalid(
                f"Invalid contract info '{info}': 'none', 'combo' or contractID@exchange is expected"
            )
        self.show(group, info)

    def _unsubscribe(self, peer: Peer, values: Values) -> None:
        if self._watched.pop((peer, values["reqId"]), None) is None:
            raise Invalid("Not subscribed to the group's events")
