"""The stream may be cut and joined in any way: the callbacks are the same."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from ibapi_port._client import transport as connection

from .samples import VERSIONS, session, session_callbacks
from .scripted import App, ScriptedTws, accepts, answer_to_hello, one_by_one, says

Serve = Callable[..., ScriptedTws]


class Sizes:
    """How many bytes each of the client's reads takes."""

    def __init__(self, sizes: Iterable[int]) -> None:
        self._sizes: Iterator[int] = iter(sizes)

    def __index__(self) -> int:
        return next(self._sizes, 1 << 16)


def callbacks(app: App, tws: ScriptedTws) -> list[tuple[Any, ...]]:
    """Connect, take the session, disconnect; what was told, without connectAck and
    connectionClosed.
    """
    app.forget()
    app.dial(tws)
    app.start()
    app.wait_for("scannerParameters")
    app.disconnect()
    assert app.join() is None
    told = app.told()
    assert told.pop(0) == ("connectAck",)
    assert told.pop() == ("connectionClosed",)
    return told


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> int:
    number: int = request.param
    return number


@pytest.fixture
def expected(app: App, serve: Serve, version: int) -> list[tuple[Any, ...]]:
    """The callbacks of the session, frame by frame."""
    told = callbacks(app, serve(says(answer_to_hello(version), *session(version))))
    assert [name for name, *_ in told] == session_callbacks(version)
    return told


def test_all_in_one_segment(app: App, serve: Serve, version: int, expected: list[Any]) -> None:
    assert callbacks(app, serve(accepts(version, b"".join(session(version))))) == expected


def test_sent_one_byte_at_a_time(app: App, serve: Serve, version: int, expected: list[Any]) -> None:
    pieces = one_by_one(answer_to_hello(version) + b"".join(session(version)))
    assert callbacks(app, serve(says(*pieces))) == expected


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 64, 1000])
def test_read_in_pieces(
    app: App,
    serve: Serve,
    version: int,
    expected: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    size: int,
) -> None:
    tws = serve(accepts(version, b"".join(session(version))))
    monkeypatch.setattr(connection, "RECEIVE_SIZE", size)
    assert callbacks(app, tws) == expected


def test_joined_in_every_way(app: App, serve: Serve, expected: list[Any], version: int) -> None:
    """Neighbouring frames in one segment, from each frame on."""
    frames = session(version)
    for first in range(len(frames)):
        parts = [b"".join(frames[:first]), b"".join(frames[first:])]
        assert (
            callbacks(app, serve(says(answer_to_hello(version), *filter(None, parts)))) == expected
        )


def test_cut_within_each_length_and_id(
    app: App, serve: Serve, expected: list[Any], version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every frame is cut at the same place, from its first byte on."""
    frames = session(version)
    tws = serve(accepts(version, b"".join(frames)))
    answer = len(answer_to_hello(version))
    for at in range(1, 9):
        sizes = [answer]
        for data in frames:
            sizes += [at, len(data) - at] if at < len(data) else [len(data)]
        monkeypatch.setattr(connection, "RECEIVE_SIZE", Sizes(sizes))
        assert callbacks(app, tws) == expected


def test_cut_at_random(
    app: App, serve: Serve, version: int, expected: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """50 cuttings for each version; the seed tells which."""
    tws = serve(accepts(version, b"".join(session(version))))
    for seed in range(50):
        rng = random.Random(seed)
        greatest = rng.choice([3, 30, 300, 3000])
        monkeypatch.setattr(
            connection, "RECEIVE_SIZE", Sizes(rng.randint(1, greatest) for _ in range(100_000))
        )
        assert callbacks(app, tws) == expected, f"seed {seed}"
