"""Exchanges: price increments (market rules), what stands behind a SMART quote, and where there is
market depth.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...common import DepthMktDataDescription, SmartComponent
from ...const import UNSET_INTEGER
from ..errors import Invalid
from ..market.instruments import Instruments
from ..market.quotes.exchanges import smart_components
from ..services import ClientSession, Handler, Service, Values


class VenueService(Service):
    """Answers reqMarketRule, reqSmartComponents and reqMktDepthExchanges. `data`:
    exchanges.json.
    """

    def __init__(self, instruments: Instruments, data: Mapping[str, Any]) -> None:
        self._rules = instruments.market_rules
        listed = [*instruments.all, *(family.template for family in instruments.families)]
        self._components = {
            handle: [_component(*row) for row in rows]
            for handle, rows in smart_components(listed).items()
        }
        self._depth = [_depth(*row) for row in data["depth_exchanges"]]

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "reqMarketRule": self._rule,
            "reqSmartComponents": self._smart,
            "reqMktDepthExchanges": lambda client, values: client.send(
                "mktDepthExchanges", depthMktDataDescriptions=self._depth
            ),
        }

    def _rule(self, client: ClientSession, values: Values) -> None:
        rule = self._rules.get(values["marketRuleId"])
        if rule is None:
            raise Invalid(f"Market rule with id {values['marketRuleId']} is not found")
        client.send("marketRule", marketRuleId=values["marketRuleId"], priceIncrements=rule)

    def _smart(self, client: ClientSession, values: Values) -> None:
        """Send the exchanges behind a code, which is the `bboExchange` of tickReqParams."""
        code = values["bboExchange"]
        components = self._components.get(code)
        if components is None and re.fullmatch("[0-9a-f]{2,8}", code):
            components = self._components.get("9c0001")  # of another day: of US stocks
        if components is None:
            raise Invalid(f"Invalid BBO exchange '{values['bboExchange']}'")
        client.send("smartComponents", reqId=values["reqId"], smartComponentMap=components)


def _component(bit: int, exchange: str, letter: str) -> SmartComponent:
    component = SmartComponent()
    component.bitNumber = bit
    component.exchange = exchange
    component.exchangeLetter = letter
    return component


def _depth(
    exchange: str, sec_type: str, listing: str, service: str, group: int
) -> DepthMktDataDescription:
    row = DepthMktDataDescription()
    row.exchange = exchange
    row.secType = sec_type
    row.listingExch = listing
    row.serviceDataType = service
    row.aggGroup = group if group >= 0 else UNSET_INTEGER
    return row
