"""TWS's connections to IB: the data farms, and the line to IB itself. What clients get of
them, and what stays away meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .errors import Refusal

# the farms that are there from the beginning
MARKET, HISTORY, DEFINITIONS = ("usfarm", "ushmds", "secdefil")
OK, BROKEN, INACTIVE, CONNECTING = "ok", "broken", "inactive", "connecting"
Notice = tuple[int, str]

_ON_DEMAND = "is inactive but should be available upon demand."
_NOTICES: dict[str, dict[str, Notice]] = {
    "market": {
        OK: (2104, "Market data farm connection is OK:"),
        BROKEN: (2103, "Market data farm connection is broken:"),
        INACTIVE: (2108, f"Market data farm connection {_ON_DEMAND}"),
        CONNECTING: (2119, "Market data farm is connecting:"),
    },
    "history": {
        OK: (2106, "HMDS data farm connection is OK:"),
        BROKEN: (2105, "HMDS data farm connection is broken:"),
        INACTIVE: (2107, f"HMDS data farm connection {_ON_DEMAND}"),
    },
    "definitions": {
        OK: (2158, "Sec-def data farm connection is OK:"),
        BROKEN: (2157, "Sec-def data farm connection is broken:"),
    },
}
_LOST = (1100, "Connectivity between IBKR and Trader Workstation has been lost.")
_RESTORED = "Connectivity between IBKR and Trader Workstation has been restored - data"
_DOWN = (
    2110,
    "Connectivity between Trader Workstation and server is broken. "
    "It will be restored automatically.",
)
_NO_HISTORY = (
    "Historical Market Data Service error message:HMDS server disconnect occurred.  "
    "Attempting reconnection..."
)

_USERS = {
    MARKET: frozenset({"reqMktData", "reqMktDepth", "reqRealTimeBars", "reqTickByTickData"}),
    HISTORY: frozenset(
        {"reqHistoricalData", "reqHistoricalTicks", "reqHeadTimeStamp", "reqHistogramData"}
    ),
}
# what only IB's servers can answer, without a code of its own for when they cannot be reached
_OF_IB = frozenset(
    {"reqContractDetails", "reqMatchingSymbols", "reqSecDefOptParams", "reqCompletedOrders"}
    | {"reqFundamentalData", "reqNewsArticle", "reqHistoricalNews", "reqWshMetaData"}
    | {"reqWshEventData", "reqScannerParameters", "reqScannerSubscription"}
)
_CARRIED = {  # the messages that come from a farm by themselves
    MARKET: frozenset(
        {
            "tickPrice",
            "tickSize",
            "tickString",
            "tickGeneric",
            "tickEFP",
            "tickOptionComputation",
            "tickNews",
            "realtimeBar",
        }
        | {"tickByTick", "updateMktDepth", "updateMktDepthL2"}
    ),
    HISTORY: frozenset({"historicalDataUpdate"}),
}


class Farms:
    """The states of the farms and of the line to IB.

    `notify` sends an error to all clients. `on_market_back` is called when market data may come
    again. `on_line_back` is called when
    the line to IB is up again. `silenced` names the messages that do not go out now.
    """

    def __init__(
        self,
        notify: Callable[[int, str], None],
        gateway: bool,
        on_market_back: Callable[[], None],
        on_line_back: Callable[[], None] = lambda: None,
    ) -> None:
        self._notify = notify
        self._gateway = gateway
        self._on_market_back = on_market_back
        self._on_line_back = on_line_back
        self._parked: list[Callable[[], None]] = []  # requests that wait for the line
        self._states: dict[str, str] = {}
        self.connected = True
        self.silenced: frozenset[str] = frozenset()
        self.reset()

    def reset(self) -> None:
        """Set all farms as after a start: those of an IB Gateway wait until they are wanted."""
        first = INACTIVE if self._gateway else OK
        self._states = {MARKET: first, HISTORY: first, DEFINITIONS: OK}
        was_down = not self.connected
        self.connected = True
        self._silence()
        if was_down:
            self._line_is_back()

    def states(self) -> dict[str, str]:
        """Return the state of each farm."""
        return dict(self._states)

    def greeting(self) -> Iterator[Notice]:
        """Return what a client gets when it connects."""
        if not self.connected:
            yield _DOWN
        for name, state in self._states.items():
            yield _notice(name, state)

    def set(self, name: str, state: str) -> None:
        """Change a farm's state and report it. A new name is a farm too. ValueError: a farm of
        that kind is never in that state.
        """
        code, text = _notice(name, state)
        self._states[name] = state
        self._change(code, text)

    def use(self, request: str) -> None:
        """Wake the farm that a request needs, if it sleeps. Refusal: it is broken, and the answer
        cannot wait.
        """
        for name, users in _USERS.items():
            if request not in users:
                continue
            if self._states[name] == INACTIVE and self.connected:
                if name == MARKET:
                    self.set(name, CONNECTING)
                self.set(name, OK)
            if name == HISTORY and (self._states[name] == BROKEN or not self.connected):
                raise Refusal(162, _NO_HISTORY)

    def lose(self) -> None:
        """Break the line to IB."""
        self.connected = False
        self._change(*_LOST)
        self._notify(*_DOWN)

    def restore(self, data_lost: bool) -> None:
        """Bring the line back. The caller drops the clients' subscriptions if data were lost."""
        self.connected = True
        if data_lost:
            self._change(1101, f"{_RESTORED} lost.")
        else:
            self._change(1102, f"{_RESTORED} maintained. {self._listing()}")
        self._line_is_back()

    def parks(self, request: str, action: Callable[[], None]) -> bool:
        """Keep a request that only IB's servers can answer until the line to them is back. Return
        False if it can be answered now.
        """
        if self.connected or request not in _OF_IB:
            return False
        self._parked.append(action)
        return True

    def _line_is_back(self) -> None:
        parked, self._parked = self._parked, []
        self._on_line_back()
        for action in parked:
            action()

    def _listing(self) -> str:
        up = "; ".join(name for name, state in self._states.items() if state != BROKEN)
        down = "; ".join(name for name, state in self._states.items() if state == BROKEN)
        if not down:
            return f"All data farms are connected: {up}."
        return (
            f"The following farms are connected: {up}. The following farms are not connected: "
            f"{down}."
        )

    def _change(self, code: int, text: str) -> None:
        was_silent = _CARRIED[MARKET] <= self.silenced
        self._silence()
        self._notify(code, text)
        if was_silent and not _CARRIED[MARKET] <= self.silenced:
            self._on_market_back()

    def _silence(self) -> None:
        down = [name for name in _CARRIED if self._states[name] == BROKEN or not self.connected]
        self.silenced = frozenset().union(*(_CARRIED[name] for name in down))


def _kind(name: str) -> str:
    return "history" if "hmds" in name else "definitions" if name.startswith("secdef") else "market"


def _notice(name: str, state: str) -> Notice:
    notices = _NOTICES[_kind(name)]
    if state not in notices:
        raise ValueError(f"the state of {name} must be one of {', '.join(notices)}, not {state!r}")
    code, text = notices[state]
    return code, text + name
