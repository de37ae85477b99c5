"""Combinations: made from their legs when a client speaks of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from ....contract import ComboLeg, Contract
from ...errors import Refusal
from .instrument import Instrument, Leg

FIRST_ID = 2_100_000_000  # by which the simulated TWS tells them apart; clients see IB's common one
_SIDES = {"BUY": 1, "SELL": -1, "SSHORT": -1}
_TICK = Decimal("0.01")


class Combos:
    """The combinations that clients have asked for. The same legs are the same combination."""

    def __init__(self, by_con_id: Callable[[int], Instrument | None]) -> None:
        self._by_con_id = by_con_id
        self._made: dict[tuple[tuple[int, int], ...], Instrument] = {}

    def by_con_id(self, con_id: int) -> Instrument | None:
        """Return the combination with this contract id, or None."""
        return next((made for made in self._made.values() if made.con_id == con_id), None)

    def all(self) -> list[Instrument]:
        """Return all that have been asked for."""
        return list(self._made.values())

    def combine(self, wanted: Contract) -> Instrument:
        """Return the combination of the contract's legs. Refusal: a leg is wrong, or they don't go
        together.
        """
        if len(wanted.comboLegs) < 2:
            raise Refusal(336, "The combo details are not valid: at least two legs are needed")
        legs = [self._leg(leg) for leg in wanted.comboLegs]
        currencies = {leg.instrument.currency for leg in legs}
        if len(currencies) > 1 or (wanted.currency and wanted.currency not in currencies):
            raise Refusal(10000, "Cross currency combo error.")
        key = tuple((leg.instrument.con_id, leg.units) for leg in legs)
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = _combination(FIRST_ID + len(self._made), wanted, tuple(legs))
        return made

    def _leg(self, leg: ComboLeg) -> Leg:
        instrument, side = self._by_con_id(leg.conId), _SIDES.get(leg.action)
        if instrument is None or side is None or leg.ratio < 1 or instrument.legs:
            raise Refusal(313, f"The combo details for leg '{leg.conId}' are invalid.")
        return Leg(instrument, side * leg.ratio, leg.exchange or instrument.exchanges[0])


def _combination(con_id: int, wanted: Contract, legs: tuple[Leg, ...]) -> Instrument:
    first = legs[0].instrument
    instruments = [leg.instrument for leg in legs]
    return replace(
        first,
        con_id=con_id,
        symbol=wanted.symbol or first.symbol,
        sec_type="BAG",
        primary_exchange="",
        exchanges=("SMART", *(name for name in first.exchanges if name != "SMART")),
        local_symbol=wanted.symbol or first.symbol,
        trading_class="COMB",
        min_tick=min(_TICK, *(instrument.min_tick for instrument in instruments))
        if first.sec_type != "FUT"
        else first.min_tick,
        multiplier=max(instrument.multiplier for instrument in instruments),
        expiry="",
        expiry_time="",
        contract_month="",
        strike=Decimal(0),
        right="",
        underlying=0,
        parents=tuple(instrument.con_id for instrument in instruments),
        powers=(),
        factor=1.0,
        sec_ids=(),
        legs=legs,
    )
