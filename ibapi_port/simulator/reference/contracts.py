"""reqContractDetails."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import Refusal
from ..market.instruments import NOT_FOUND, Instruments
from ..net.clock import Clock
from ..services import Handler, Peer, Values


class ContractService:
    """Answers reqContractDetails; the whole answer goes out at once, so a cancellation always comes too late."""

    def __init__(self, instruments: Instruments, clock: Clock) -> None:
        self._instruments = instruments
        self._clock = clock

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "reqContractDetails": self._details,
            "cancelContractData": lambda peer, values: None,
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
