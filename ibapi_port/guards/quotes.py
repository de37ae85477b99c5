"""What is known of instruments from what the program itself asks for: last quotes, multipliers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from .terms import Instrument, instrument_of

# tick types: their price, live and delayed
_KINDS = {
    1: "bid",
    2: "ask",
    4: "last",
    9: "close",
    37: "mark",
    66: "bid",
    67: "ask",
    68: "last",
    75: "close",
}
_BEST = {
    "BUY": ("ask", "last", "mark", "bid", "close"),
    "": ("last", "mark", "bid", "ask", "close"),
}
_SELLS = ("bid", "last", "mark", "ask", "close")
_LARGEST = 50_000  # instruments


class Quotes:
    """The last prices of instruments, and their multipliers, by key. It listens to a client."""

    def __init__(self, age: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._age = age
        self._clock = clock
        self._lock = threading.Lock()
        self._requests: dict[int, Instrument] = {}
        self._prices: dict[object, dict[str, tuple[float, float]]] = {}
        self._known: dict[object, Instrument] = {}  # by key, with what contractDetails says

    # --- what the program asks ---

    def requested(self, name: str, arguments: tuple[Any, ...]) -> None:
        """Note which instrument a request for market data is for."""
        if name == "reqMktData":
            request_id, contract = _of_request(arguments)
            if isinstance(request_id, int):
                with self._lock:
                    self._requests[request_id] = instrument_of(contract)

    # --- what TWS answers; called by the client ---

    def tickPrice(self, reqId: int, tickType: int, price: float, attrib: object) -> None:
        kind = _KINDS.get(tickType)
        if kind is None or price in (0.0, -1.0):  # no price
            return
        with self._lock:
            instrument = self._requests.get(reqId)
            if instrument is not None:
                self._put(instrument.key, kind, price)

    def contractDetails(self, reqId: int, contractDetails: Any) -> None:
        self.learn(contractDetails.contract)

    def bondContractDetails(self, reqId: int, contractDetails: Any) -> None:
        self.learn(contractDetails.contract)

    # --- what the guards ask ---

    def learn(self, contract: Any) -> None:
        """Note an instrument by its conId and by its description."""
        instrument = instrument_of(contract)
        with self._lock:
            if len(self._known) > _LARGEST:
                self._known.clear()
            for key in (instrument.key, instrument._replace(con_id=0).key):
                self._known[key] = instrument

    def put(self, contract: Any, price: float) -> None:
        """Note a price that the program has from elsewhere."""
        with self._lock:
            self._put(instrument_of(contract).key, "last", price)

    def _put(self, key: object, kind: str, price: float) -> None:
        if len(self._prices) > _LARGEST:
            self._prices.clear()
        self._prices.setdefault(key, {})[kind] = price, self._clock()

    def known(self, instrument: Instrument) -> Instrument:
        """Return an instrument with what is known of it beside what is given."""
        with self._lock:
            found = self._known.get(instrument.key)
        if found is None:
            return instrument
        return instrument._replace(
            con_id=instrument.con_id or found.con_id,
            symbol=found.symbol,
            kind=found.kind or instrument.kind,
            currency=found.currency or instrument.currency,
            multiplier=found.multiplier or instrument.multiplier,
        )

    def by_id(self, con_id: int) -> Instrument | None:
        """Return the instrument of a conId; None if it is not known."""
        with self._lock:
            return self._known.get(con_id)

    def last(self, instrument: Instrument, side: str = "") -> float | None:
        """Return the last quote for a side: what a buyer pays, what a seller gets. Return None if
        there is none, or it is too old.
        """
        with self._lock:
            known = self._known.get(instrument.key, instrument)
        # asked for by conId or by description, here and there
        keys = [i.key for one in (instrument, known) for i in (one, one._replace(con_id=0))]
        order = _SELLS if side.startswith("S") else _BEST.get(side, _BEST[""])
        now = self._clock()
        with self._lock:
            for key in keys:
                prices = self._prices.get(key, {})
                for kind in order:
                    price, when = prices.get(kind, (0.0, 0.0))
                    if kind in prices and now - when <= self._age:
                        return price
        return None


def _of_request(arguments: tuple[Any, ...]) -> tuple[Any, Any]:
    if len(arguments) > 1:
        return arguments[0], arguments[1]
    message = arguments[0]
    return getattr(message, "reqId", None), getattr(message, "contract", None)


__all__ = ["Quotes"]
