"""Fixtures of the client's tests; no test may leave a thread or a socket behind."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from leftovers import nothing_left

from ibapi_port._client.log_limit import RateLimit

from .scripted import App, Link, Play, ScriptedTws


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    with nothing_left():
        yield


@pytest.fixture(autouse=True)
def _log_from_anew() -> None:
    """What other tests have logged counts for no limit."""
    for name in ("client", "decoder", "reader"):
        for limit in logging.getLogger(f"ibapi_port.{name}").filters:
            if isinstance(limit, RateLimit):
                limit.forget()


@pytest.fixture(autouse=True)
def _ends_are_quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let run() return at once after another thread's disconnect(), but where a test connects anew;
    and let disconnect() take a shorter silence for the end of what TWS says.

    The first is 50 ms, the second some, which a thousand tests would add up.
    """
    if "reconnect" not in request.node.nodeid and "back_to_back" not in request.node.name:
        monkeypatch.setattr("ibapi_port._client.message_loop.NEXT", 0.0)
    if request.node.path.stem not in ("test_disconnect", "test_sending", "test_races"):
        monkeypatch.setattr("ibapi_port._client.transport.QUIET", 0.001)


@pytest.fixture
def app() -> Iterator[App]:
    """A program that is not connected yet."""
    made = App()
    yield made
    made.on.clear()
    made.disconnect()
    if made.runner is not None:
        made.join()


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedTws]]:
    """Starts servers: `serve(play, ...)`."""
    with contextlib.ExitStack() as stack:

        def start(*plays: Play, receive_buffer: int = 0) -> ScriptedTws:
            return stack.enter_context(ScriptedTws(*plays, receive_buffer=receive_buffer))

        yield start


@pytest.fixture
def link() -> Iterator[Callable[..., Link]]:
    """Makes connected programs: `link(version)`."""
    made: list[Link] = []

    def make(version: int = 187, **options: Any) -> Link:
        made.append(Link(version, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()
