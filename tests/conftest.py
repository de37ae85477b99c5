"""What holds for all tests: their time limits, which of them are quick, the two processes that share
them, the profile of the simulated TWS, and a rarer garbage collection.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import beside
import bytecode
import pytest
from hypothesis import settings
from machine import slowness
from quick import FILES, is_quick

from ibapi_port.simulator import options
from ibapi_port.simulator.settings import REAL, SIMPLE

TESTS = Path(__file__).parent
bytecode.keep_for_children()
# An example has no time limit of its own: on a busy machine each may be late, once.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")
# Hundreds of thousands of objects live through the whole run, and tests make millions: by default the
# collector would look at all of them again and again, for a tenth of the time.
gc.set_threshold(10_000, 20, 20)
# Seconds that a test waits for what must come, and that "at once" may take (reliability/hostile.py,
# reliability/bench.py).
os.environ.setdefault("RELIABILITY_WAIT", str(20 * slowness()))
os.environ.setdefault("RELIABILITY_SOON", str(2 * slowness()))
# The other tests that use a simulated TWS are about something else than how it treats orders, at any
# hour, and count its messages: they have the profile that says everything once, and at once.
REALISTIC = ("ib", "interop", "guards", "ledger", "docs")
options.DEFAULT_PROFILE = SIMPLE


@pytest.fixture(scope="module", autouse=True)
def profile(request: pytest.FixtureRequest) -> Iterator[None]:
    """Give the tests in these folders the profile that users get who choose none."""
    if request.path.relative_to(TESTS).parts[0] in REALISTIC:
        options.DEFAULT_PROFILE = REAL
    yield
    options.DEFAULT_PROFILE = SIMPLE


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "quick: a telling test of some area (tests/quick.py)")
    config.addinivalue_line("markers", "alone: after all others, with the machine for itself")
    if beside.wanted(config):
        config.pluginmanager.register(beside.First(config), "first of two processes")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With `-m quick` alone, do not import the files that have no such test."""
    if config.getoption("markexpr") != "quick" or collection_path.suffix != ".py":
        return None
    if not collection_path.is_relative_to(TESTS):
        return None
    return collection_path.relative_to(TESTS).as_posix() not in FILES or None


def pytest_collection_finish() -> None:
    """What is there now stays to the end: a test that has garbage collected need not wait until all
    of it was looked through.
    """
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(TESTS):
            name = item.nodeid.partition("::")[2]
            if is_quick(item.path.relative_to(TESTS).as_posix(), name):
                item.add_marker(pytest.mark.quick)


@pytest.hookimpl(wrapper=True, tryfirst=True)  # before pytest-timeout looks at the limit
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Give a test more time on a machine that is slow or busy."""
    factor = slowness()
    if factor > 1.0:
        marker = item.get_closest_marker("timeout")
        limit = marker.args[0] if marker is not None else _limit(item.config)
        item.add_marker(pytest.mark.timeout(limit * factor), append=False)
    return (yield)


def _limit(config: pytest.Config) -> float:
    """The limit of tests that have none of their own."""
    given = config.getoption("timeout")
    if given is None:
        given = os.environ.get("PYTEST_TIMEOUT") or config.getini("timeout")
    return float(given)
