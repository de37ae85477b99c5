"""The state of the Gateway as the state machine sees it: flags, windows, scripts, timers."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Generator, Sequence
from typing import Any, TypeVar

from .clock import Clock
from .config import Config
from .rules import Rule
from .schedule import DEFAULT_REGION, in_server_reset
from .signals import (
    Action,
    Alert,
    CancelTimer,
    Do,
    Enter,
    Probe,
    Say,
    SetTimer,
    Signal,
    State,
)
from .tree import Node, menu_item

T = TypeVar("T")
Script = Generator[float, None, None]
BUSY = "IB server is busy or being reset for the weekend"
STARTING = {State.LAUNCHING, State.LOGIN, State.AUTHENTICATING, State.TWO_FACTOR, State.STARTING}
AT_REST = {State.STOPPED, State.FAILED}
MOST_CLICKS = 3  # of one button, before it is told that nothing follows
MOST_TOLD = 5  # of the texts of a window that no rule knows; one may count down
MOST_RECORDS = 3  # of windows that no rule knows and that say the same
AGAIN = 600.0  # seconds in which IB may ask for another login as often as for a click
HELD = 1000  # signals of a process that waits to take the place of the one before


class Shown:
    """A window that is open, and what is being done in it."""

    def __init__(self, win: int, show: int, tree: Node) -> None:
        self.win = win
        self.show = show
        self.tree = tree
        self.open = True
        self.rule: Rule | None = None
        self.said = ""  # what it said when its rule was chosen
        self.script: Script | None = None
        self.awaited = False  # a timer runs: perhaps a rule knows it when it is complete
        self.told: list[str] = []  # what it said whenever it was told that no rule knows it


class Base:
    """State, windows and scripts; what they have in common."""

    def __init__(self, config: Config, rules: Sequence[Rule], clock: Clock) -> None:
        self.config = config
        self.clock = clock
        self.rules = tuple(rules)
        self.state = State.STOPPED
        self.region = DEFAULT_REGION
        self.pid = 0
        self.windows: dict[int, Shown] = {}
        self._out: list[Action] = []
        self._handlers: dict[type, Callable[[Any], None]] = {}
        self.linked = False
        self.starting = False  # a result is owed
        self.restarting = False  # Restarted is owed
        self.restart_seen = False  # the Gateway has said that it restarts
        self.soft = False  # the process wants no login
        self.ending = False
        self.requested = False
        self.silent = False
        self.failed = False
        self.again = False  # it is to be started again once it has ended
        self.attempts = 0  # of the second factor
        self.tries = 0  # of the login, where IB asked for another
        self.relogins: deque[float] = deque()  # when IB has asked for another login
        self.records: Counter[str] = Counter()
        self.menu_tries = 0
        self.logged_in = False  # the splash has closed
        self.splash_awaited = False  # a timer runs: the main window is there without a splash
        self.configured = False
        self.purpose = "all"  # what the settings are opened for: "all" or "restart"
        self.unanswered = 0
        self.last_title = ""
        self.known_window = 0
        self.soft_calls: deque[float] = deque()
        self.soft_tries = 0
        self.java_error = ""  # what Java has said before it ended
        self.held: deque[Signal] = deque(maxlen=HELD)
        self.held_pid = 0
        self.exit_code = 0

    # --- small words ---

    @property
    def now(self) -> float:
        """Return the clock's seconds."""
        return self.clock.monotonic()

    def say(self, text: str) -> None:
        """Tell a line of output."""
        self._out.append(Say(text))

    def do(self, what: str, **values: Any) -> None:
        """Have the agent do something."""
        self._out.append(Do({"do": what, **values}))

    def click(self, node: Node) -> None:
        """Click a component, and say so."""
        self.do("click", c=node.id)
        self.say(f"Click button: [{node.text}]")

    def tick(self, node: Node, value: bool) -> None:
        """Set a check box or a radio button, if it is not so yet."""
        if node.selected != value:
            self.do("check", c=node.id, value=value)
            kind = "radio button" if node.kind == "radio" else "checkbox"
            self.say(f"{'Select' if value else 'Unselect'} {kind}: [{node.text}]")

    def timer(self, name: str, seconds: float) -> None:
        """Set a timer."""
        self._out.append(SetTimer(name, seconds))

    def no_timer(self, *names: str) -> None:
        """Forget timers."""
        self._out.extend(CancelTimer(name) for name in names)

    def enter(self, state: State) -> None:
        """Go to another state."""
        if state is not self.state:
            self.state = state
            self._out.append(Enter(state))

    def alert(self, kind: str, level: str, text: str) -> None:
        """Tell a person."""
        self._out.append(Alert(kind, level, text))

    def probe(self) -> None:
        """Have it found out whether the API answers."""
        self._out.append(Probe())

    def main_frame(self) -> tuple[Shown, Node] | None:
        """Return the main window and its item Configure > Settings; None if it is not there."""
        for shown in self.windows.values():
            item = menu_item(shown.tree, "Configure", "Settings")
            if item is not None:
                return shown, item
        return None

    def in_reset(self) -> bool:
        """Return whether IB's servers are being reset now."""
        return in_server_reset(self.clock.utc(), self.config, self.region)

    # --- scripts ---

    def look(
        self, shown: Shown, find_it: Callable[[Node], T | None], seconds: float
    ) -> Generator[float, None, T | None]:
        """Wait in a script until something is in a window. Return None if it does not come."""
        end = self.now + seconds
        while shown.open:
            found = find_it(shown.tree)
            if found is not None:
                return found
            left = end - self.now
            if left <= 0:
                return None
            yield left
        return None

    def stay(self, shown: Shown, seconds: float) -> Script:
        """Wait in a script, as long as the window is open."""
        end = self.now + seconds
        while shown.open and (left := end - self.now) > 0:
            yield left

    def run(self, shown: Shown, script: Script) -> None:
        """Begin a script in a window, in place of what went on there."""
        shown.script = script
        self._resume(shown)

    def _resume(self, shown: Shown) -> None:
        script = shown.script
        name = f"window {shown.win}"
        if script is None:
            return
        try:
            seconds = next(script)
        except StopIteration:
            if shown.script is script:  # it may have begun another
                shown.script = None
                self.no_timer(name)
        else:
            if shown.script is script:
                self.timer(name, max(seconds, 0.0))
