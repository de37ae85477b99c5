"""Requests whose answers do not change: contracts, symbols, market rules, time, user."""

from __future__ import annotations

from collections.abc import Mapping

from ...common import PriceIncrement
from ...contract import ContractDescription
from ..clock import Clock
from ..market.instruments import NOT_FOUND, Instruments
from ..peer import Handler, Invalid, Peer, Refusal, Values

MAX_SAMPLES = 16  # of reqMatchingSymbols


class ReferenceService:
    """Answers reqContractDetails, reqMatchingSymbols, reqMarketRule, reqCurrentTime and the like."""

    def __init__(self, instruments: Instruments, clock: Clock) -> None:
        self._instruments, self._clock = instruments, clock

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "reqContractDetails": self._details,
            "reqMatchingSymbols": self._matching,
            "reqMarketRule": self._rule,
            "reqCurrentTime": lambda peer, values: peer.send("currentTime", time=int(self._clock.now())),
            "reqCurrentTimeInMillis": lambda peer, values: peer.send("currentTimeInMillis", timeInMillis=int(self._clock.now() * 1000)),
            "reqUserInfo": lambda peer, values: peer.send("userInfo", reqId=values["reqId"], whiteBrandingId=""),
            "setServerLogLevel": self._set_log_level,
        }

    def forget(self, peer: Peer) -> None:
        """Nothing is kept."""

    def _details(self, peer: Peer, values: Values) -> None:
        req_id, wanted = values["reqId"], values["contract"]
        found = self._instruments.find(wanted)
        if not found:
            raise Refusal(200, NOT_FOUND)
        for instrument in found:
            details = self._instruments.details(instrument, wanted.exchange, self._clock.now())
            message = "bondContractDetails" if instrument.sec_type == "BOND" else "contractDetails"
            peer.send(message, reqId=req_id, contractDetails=details)
        peer.send("contractDetailsEnd", reqId=req_id)

    def _matching(self, peer: Peer, values: Values) -> None:
        samples = []
        for instrument in self._instruments.matching(values["pattern"])[:MAX_SAMPLES]:
            description = ContractDescription()
            description.contract = instrument.contract(instrument.venue)
            samples.append(description)
        peer.send("symbolSamples", reqId=values["reqId"], contractDescriptions=samples)

    def _rule(self, peer: Peer, values: Values) -> None:
        rule: list[PriceIncrement] | None = self._instruments.market_rules.get(values["marketRuleId"])
        if rule is None:
            raise Invalid(f"No market rule is available for id: {values['marketRuleId']}")
        peer.send("marketRule", marketRuleId=values["marketRuleId"], priceIncrements=rule)

    def _set_log_level(self, peer: Peer, values: Values) -> None:
        """TWS would write more or less into its log; the simulated one only says whether the level exists."""
        if not 1 <= values["logLevel"] <= 5:
            raise Refusal(319, f"Invalid log level {values['logLevel']}")
