"""The pytest plugin: fixtures that give a test a simulated TWS of its own. It imports the simulator
when a test asks for one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .tws import ScriptedTws

_SERVERS = pytest.StashKey["list[ScriptedTws]"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that writes golden files anew."""
    parser.getgroup("ibapi_port").addoption(
        "--update-golden",
        action="store_true",
        help="write the golden files of sessions with a simulated TWS anew",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker `simulated_tws`."""
    config.addinivalue_line(
        "markers", "simulated_tws(**settings): settings of the simulated TWS that the test gets"
    )


@pytest.fixture
def simulated_tws_factory(request: pytest.FixtureRequest) -> Iterator[Callable[..., ScriptedTws]]:
    """Make simulated TWSs, running, each with the settings that it is given; they end with the
    test.
    """
    from .tws import ScriptedTws

    made = request.node.stash.setdefault(_SERVERS, [])

    def make(**settings: Any) -> ScriptedTws:
        tws = ScriptedTws(**settings)
        tws.start()
        made.append(tws)
        return tws

    yield make
    for tws in reversed(made):
        tws.stop()
    failures = _callback_failures()  # those of the last moment
    if failures:
        raise failures[0]


@pytest.fixture
def simulated_tws(
    request: pytest.FixtureRequest, simulated_tws_factory: Callable[..., ScriptedTws]
) -> ScriptedTws:
    """Give the test a simulated TWS, running at `host` and `port`; its time and its prices stand
    still until the test moves them.

    `@pytest.mark.simulated_tws(server_version=200, cash=5000)` gives it settings.
    """
    settings: dict[str, Any] = {}
    # the nearest comes last, and counts
    for marker in reversed(list(request.node.iter_markers("simulated_tws"))):
        settings |= marker.kwargs
    return simulated_tws_factory(**settings)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Compare what a program heard with a file beside the test, golden/<test's name>.txt:
    `golden(callbacks)`. `leave_out` names callbacks, parameters and attributes that differ from run
    to run; `name` is another name of the file.

    `pytest --update-golden` writes the file.
    """
    from .callbacks import CallbackRecorder
    from .golden import compare, session_text

    def check(heard: CallbackRecorder, leave_out: Sequence[str] = (), name: str = "") -> None:
        file = re.sub(r"[^\w.\-]+", "_", name or request.node.name)
        path = request.path.parent / "golden" / f"{file}.txt"
        heard.catch_up()
        text = session_text(heard.calls, leave_out)
        compare(path, text, request.config.getoption("--update-golden"))

    return check


def _callback_failures() -> list[BaseException]:
    """Return what callbacks have raised and no test was told, as one exception or none."""
    callbacks = sys.modules.get("ibapi_port.testing.callbacks")
    if callbacks is None:  # no test has used it: it is not imported for this
        return []
    failures = callbacks.take_failures()
    return [callbacks.joined(failures)] if failures else []


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """A test whose watched callbacks have raised fails, although they did so in another thread."""
    _callback_failures()  # of whatever was before
    outcome: Any = yield
    failures = _callback_failures()
    if failures and outcome.excinfo is None:
        if not hasattr(outcome, "force_exception"):  # pluggy before 1.1
            raise failures[0]
        outcome.force_exception(failures[0])


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Show what the simulated TWSs of a test that fails were asked."""
    outcome: Any = yield
    servers = item.stash.get(_SERVERS, None)
    if servers and call.when == "call" and call.excinfo is not None:
        report = outcome.get_result()
        for n, tws in enumerate(servers, 1):
            requests = "\n".join(f"client {one.client_id}: {one!r}" for one in list(tws._recorded))
            report.sections.append(
                (
                    f"simulated TWS{'' if len(servers) == 1 else f' {n}'}: requests",
                    requests or "none",
                )
            )
