"""Watches the conditions of orders: by each quote of the instruments that they name, and once a
second for all else.
"""

from __future__ import annotations

from collections.abc import Callable

from ...market.instruments import Instrument
from ...market.quotes.market import Market, Quote
from ...net.timers import Timer, Timers
from ..live import LiveOrder
from ..validation.conditions import Conditions
from .release_rules import ReleaseRules

_LOOK = 1.0  # seconds between looks at conditions that no quote meets


class ConditionWatch:
    """Watches the conditions of orders. `on_met` is called once, when an order's conditions are
    met.
    """

    def __init__(
        self,
        market: Market,
        by_con_id: Callable[[int], Instrument | None],
        conditions: Conditions,
        release_rules: ReleaseRules,
        timers: Timers,
        on_met: Callable[[LiveOrder], None],
    ) -> None:
        self._market = market
        self._by_con_id = by_con_id
        self._conditions = conditions
        self._release_rules = release_rules
        self._timers = timers
        self._on_met = on_met
        self._watched: dict[
            int, tuple[LiveOrder, list[Instrument]]
        ] = {}  # by perm id, with what is followed
        self._timer: Timer | None = None
        market.listen(self._on_quote)

    def begin(self, live: LiveOrder) -> None:
        """Watch from now on, unless the order has none or they are met already."""
        live.conditions_met = False
        if not live.order.conditions:
            return
        if not live.order.conditionsCancelOrder and self._met(live):
            live.conditions_met = True
            return
        found = [self._by_con_id(con_id) for con_id in sorted(self._conditions.watched(live))]
        instruments = [instrument for instrument in found if instrument is not None]
        for instrument in instruments:
            self._market.follow(instrument)
        self._watched[live.order.permId] = live, instruments
        if self._timer is None:
            self._timer = self._timers.every(_LOOK, self._look)

    def end(self, live: LiveOrder) -> None:
        """Watch no longer."""
        _, instruments = self._watched.pop(live.order.permId, (live, []))
        for instrument in instruments:
            self._market.unfollow(instrument)
        if self._timer is not None and not self._watched:
            self._timer.cancel()
            self._timer = None

    def _on_quote(self, instrument: Instrument, quote: Quote) -> None:
        for live, instruments in list(self._watched.values()) if self._watched else ():
            if instrument in instruments:
                self._try(live)

    def _look(self) -> None:
        for live, _ in list(self._watched.values()):
            self._try(live)

    def _try(self, live: LiveOrder) -> None:
        if not (live.done or live.waits_for_parent) and self._met(live):
            self.end(live)
            live.conditions_met = True
            self._on_met(live)

    def _met(self, live: LiveOrder) -> bool:
        return self._release_rules.watches_conditions(live) and self._conditions.met(live)
