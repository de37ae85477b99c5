"""Markets that are closed: what was quoted last stays to be seen, while prices go on out of sight
where others follow from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..listings.hours import EXCHANGE, Hours, Phase
from ..listings.instrument import Instrument
from .quote import Quote


class Closings:
    """The phase of each schedule as of the last `look`, and the quotes that clients see of closed
    markets.
    """

    def __init__(self, hours: Hours, now: float) -> None:
        self._hours = hours
        names = hours.names if hours.mode == EXCHANGE else ()
        self._phases = {name: hours.phase_of(name, now) for name in names}
        # of each schedule by contract id
        self._shown: dict[str, dict[int, Quote]] = {name: {} for name in names}

    def phase(self, name: str) -> Phase:
        """Return the phase of a schedule, as of the last look."""
        return self._phases.get(name, Phase.REGULAR)

    def is_closed(self, instrument: Instrument) -> bool:
        """Return whether the instrument's market is closed, as of the last look."""
        return self._phases.get(instrument.hours) is Phase.CLOSED

    def shown(self, instrument: Instrument) -> Quote | None:
        """Return what is to be seen of it; None while its market is open, or if nobody has looked
        since it closed.
        """
        return self._shown[instrument.hours].get(instrument.con_id) if self._shown else None

    def show(self, instrument: Instrument, quote: Quote) -> None:
        """Let this be seen until the market opens."""
        self._shown[instrument.hours][instrument.con_id] = quote

    def watch_only(self, names: Iterable[str]) -> None:
        """Look at these schedules alone from now on: those of all others stay as they are."""
        self._phases = {name: self._phases[name] for name in names if name in self._phases}

    def look(self, now: float) -> Iterator[tuple[str, Phase]]:
        """Return the schedules whose phase has changed, with the new one. What opens is shown no
        longer.
        """
        for name, before in self._phases.items():
            phase = self._hours.phase_of(name, now)
            if phase is not before:
                self._phases[name] = phase
                if before is Phase.CLOSED:
                    self._shown[name].clear()
                yield name, phase


def drives(roots: Iterable[int], entries: Iterable[Instrument]) -> dict[int, tuple[str, ...]]:
    """Return, for each root (a contract id), the schedules of itself and of all that follows from
    it.
    """
    known = {entry.con_id: entry for entry in entries if entry.con_id}
    found: dict[int, dict[str, None]] = {root: {} for root in roots}

    def climb(instrument: Instrument, hours: str) -> None:
        if instrument.con_id in found:
            found[instrument.con_id][hours] = None
        for parent in instrument.parents:
            climb(known[parent], hours)

    for entry in entries:
        climb(entry, entry.hours)
    return {root: tuple(names) for root, names in found.items()}
