"""Contracts and symbols: reqContractDetails, reqMatchingSymbols and what else finds an
instrument.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from ...contract import Contract, ContractDescription
from ..errors import Invalid, Refusal
from ..market.instruments import NOT_FOUND, Instruments
from ..market.listings.families import Options
from ..market.listings.instrument import Instrument
from ..net.clock import Clock
from ..services import ClientSession, Handler, Service, Values
from ..times import local


class ContractService(Service):
    """Answers reqContractDetails; the whole answer goes out at once, so a cancellation always comes
    too late.
    """

    def __init__(self, instruments: Instruments, clock: Clock) -> None:
        self._instruments = instruments
        self._clock = clock

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "reqContractDetails": self._details,
            "cancelContractData": lambda client, values: None,
        }

    def _details(self, client: ClientSession, values: Values) -> None:
        req_id, wanted = values["reqId"], values["contract"]
        found = self._instruments.find(wanted)
        if not found:
            raise Refusal(200, NOT_FOUND)
        for instrument in found:
            message = "bondContractDetails" if instrument.sec_type == "BOND" else "contractDetails"
            for exchange in self._exchanges(instrument, wanted):
                details = self._instruments.details(instrument, exchange, self._clock.now())
                client.send(message, reqId=req_id, contractDetails=details)
        client.send("contractDetailsEnd", reqId=req_id)

    def _exchanges(self, instrument: Instrument, wanted: Contract) -> tuple[str, ...]:
        """Return the exchanges of which there are details: of a stock all, if the client has named
        none.
        """
        alone = wanted.exchange or wanted.conId or instrument.sec_type != "STK"
        if alone or not self._instruments.all_listings:
            return (wanted.exchange,)
        return instrument.exchanges


MAX_SAMPLES = 16  # of reqMatchingSymbols
# kinds that are found by themselves; the others derive from one of them
_FOUND = ("STK", "IND", "CASH", "CRYPTO", "CMDTY", "FUND")


class SymbolService(Service):
    """Answers reqMatchingSymbols and reqSecDefOptParams."""

    def __init__(self, instruments: Instruments, clock: Clock) -> None:
        self._instruments = instruments
        self._clock = clock

    def handlers(self) -> Mapping[str, Handler]:
        return {"reqMatchingSymbols": self._matching, "reqSecDefOptParams": self._option_parameters}

    def _matching(self, client: ClientSession, values: Values) -> None:
        """Send the symbols that match, the nearest to the pattern first; of bonds their issuers,
        each once.
        """
        pattern = values["pattern"].strip().upper()
        if not pattern:
            raise Invalid("Failed to request matching symbols")
        found = sorted(
            self._instruments.matching(pattern), key=lambda entry: _distance(entry, pattern)
        )
        issuers = {entry.issuer_id: entry for entry in found if entry.sec_type == "BOND"}
        descriptions = [self._describe(entry) for entry in found if entry.sec_type in _FOUND][
            :MAX_SAMPLES
        ]
        descriptions += [_describe_issuer(bond) for bond in issuers.values()]
        client.send(
            "symbolSamples", reqId=values["reqId"], contractDescriptions=descriptions[:MAX_SAMPLES]
        )

    def _describe(self, instrument: Instrument) -> ContractDescription:
        description = ContractDescription()
        contract = instrument.contract(instrument.venue)
        contract.primaryExchange = instrument.venue
        contract.description = instrument.long_name
        description.contract = contract
        description.derivativeSecTypes = self._instruments.derivatives(instrument)
        return description

    def _option_parameters(self, client: ClientSession, values: Values) -> None:
        req_id = values["reqId"]
        con_id = values["underlyingConId"]
        sec_type = values["underlyingSecType"]
        under = self._instruments.by_con_id(con_id)
        if under is None or values["underlyingSymbol"] not in ("", under.symbol):
            raise Invalid("Invalid contract id")
        if sec_type != under.sec_type:
            raise Invalid("Please enter a valid security type")
        exchange = values["futFopExchange"]
        if exchange and sec_type not in ("FUT", "IND"):
            raise Invalid("Exchange is valid only for options on futures")
        today = local(self._clock.now()).date()
        for chain in self._instruments.chains(under):
            expirations, strikes = _parameters(chain, under, today)
            for venue in chain.template.exchanges:
                if expirations and exchange in ("", venue):
                    client.send(
                        "securityDefinitionOptionParameter",
                        reqId=req_id,
                        exchange=venue,
                        underlyingConId=con_id,
                        tradingClass=chain.template.trading_class,
                        multiplier=str(chain.template.multiplier),
                        expirations=expirations,
                        strikes=strikes,
                    )
        client.send("securityDefinitionOptionParameterEnd", reqId=req_id)


def _distance(instrument: Instrument, pattern: str) -> tuple[bool, bool, int, str]:
    exact, begins = instrument.symbol == pattern, instrument.symbol.startswith(pattern)
    return (
        not exact,
        not begins,
        _FOUND.index(instrument.sec_type) if instrument.sec_type in _FOUND else len(_FOUND),
        instrument.symbol,
    )


def _describe_issuer(bond: Instrument) -> ContractDescription:
    description = ContractDescription()
    contract = description.contract
    contract.symbol = bond.symbol
    contract.secType = "BOND"
    contract.currency = bond.currency
    contract.issuerId = bond.issuer_id
    contract.description = bond.long_name.partition(" ")[0]
    return description


def _parameters(chain: Options, under: Instrument, today: date) -> tuple[set[str], set[float]]:
    if chain.future is None:
        return {f"{day:%Y%m%d}" for day in chain.expiries(today)}, {
            float(strike) for strike in chain.strikes()
        }
    members = [entry for entry in chain.members(today) if entry.underlying == under.con_id]
    return {entry.expiry for entry in members}, {float(entry.strike) for entry in members}
