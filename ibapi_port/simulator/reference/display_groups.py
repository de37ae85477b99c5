"""Display groups: the coloured links between TWS's windows. A client that moves one is seen by all
that watch it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..errors import Invalid, Refusal
from ..services import ClientSession, Handler, Service, SubscriptionTable, Values

GROUPS = range(1, 8)
NONE, COMBO = "none", "combo"
_CONTRACT = re.compile(r"\d+@\S+")


class DisplayGroupService(Service):
    """Answers queryDisplayGroups, subscribeToGroupEvents, updateDisplayGroup and
    unsubscribeFromGroupEvents.
    """

    def __init__(self) -> None:
        self._shown = dict.fromkeys(GROUPS, NONE)
        self._watched: SubscriptionTable[int] = SubscriptionTable()  # the group of each
        self.tables = (self._watched,)

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "queryDisplayGroups": self._query,
            "subscribeToGroupEvents": self._subscribe,
            "updateDisplayGroup": self._update,
            "unsubscribeFromGroupEvents": self._unsubscribe,
        }

    def show(self, group: int, contract_info: str) -> None:
        """Show what the user has chosen in a window: "none", "combo", or "contract id@exchange"."""
        self._shown[group] = contract_info
        for (client, req_id), watched in self._watched.items():
            if watched == group:
                client.send("displayGroupUpdated", reqId=req_id, contractInfo=contract_info)

    def _query(self, client: ClientSession, values: Values) -> None:
        """Send the groups. IB says that the most used come first; here they come in order."""
        client.send("displayGroupList", reqId=values["reqId"], groups="|".join(map(str, GROUPS)))

    def _subscribe(self, client: ClientSession, values: Values) -> None:
        req_id, group = values["reqId"], values["groupId"]
        if group not in self._shown:
            raise Invalid(f"Invalid group id '{group}'")
        if (client, req_id) in self._watched:
            raise Refusal(102, "Duplicate ticker ID.")
        self._watched[client, req_id] = group
        client.send("displayGroupUpdated", reqId=req_id, contractInfo=self._shown[group])

    def _update(self, client: ClientSession, values: Values) -> None:
        group, info = self._watched.get((client, values["reqId"])), values["contractInfo"]
        if group is None:
            raise Invalid("Not subscribed to the group's events")
        if info not in (NONE, COMBO) and not _CONTRACT.fullmatch(info):
            raise Invalid(
                f"Invalid contract info '{info}': "
                "'none', 'combo' or contractID@exchange is expected"
            )
        self.show(group, info)

    def _unsubscribe(self, client: ClientSession, values: Values) -> None:
        if not self._watched.end((client, values["reqId"])):
            raise Invalid("Not subscribed to the group's events")
