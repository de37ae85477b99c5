"""R21, further: a TWS that means harm. Memory stays bounded, the session lives, and the log is not
filled.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging
import os
from collections.abc import Iterator
from typing import Any

import pytest

from .bench import Bench, memory, text_tick
from .hostile import Peer, frame, raw

MANY = 100_000 if os.environ.get("RELIABILITY_FULL") else 40_000  # messages
MB = 1 << 20
WHOLE = 4 * MB  # of a frame; the limit is 16


@pytest.fixture
def session() -> Iterator[tuple[Bench, Any, Peer]]:
    bench = Bench("ibapi_port")
    app, peer = bench.link()
    peer.sock.settimeout(60)
    yield bench, app, peer
    bench.close()


def grown(bench: Bench, app: Any, peer: Peer, *frames: bytes) -> int:
    """Bytes of memory that are kept after these frames."""
    bench.settle(app, peer)
    before = held()
    for data in frames:
        peer.send(data)
        bench.settle(app, peer)
        app.forget()
    return held() - before


def held() -> int:
    """Bytes of memory that are in use. What glibc keeps for the next time is handed back first: it
    keeps it for each thread, and how many of them have read differs from run to run.
    """
    gc.collect()
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
    return memory()


def test_endless_fields(session: tuple[Bench, Any, Peer]) -> None:
    """Megabytes of fields where a handful is expected."""
    bench, app, peer = session
    data = [
        frame(start + b"1\0" * (WHOLE // 2)) for start in (b"1\x006\0", b"17\0", b"999\0", b"5\0")
    ]
    grown(bench, app, peer, *data * 2)
    assert grown(bench, app, peer, *data * 4) < 6 * WHOLE  # 64 MB went through


def test_one_endless_field(session: tuple[Bench, Any, Peer]) -> None:
    bench, app, peer = session
    data = [
        frame(start + b"9" * WHOLE + b"\0")
        for start in (b"", b"1\x006\0", b"49\x001\0", b"4\x002\x001\x001\0")
    ]
    grown(bench, app, peer, *data * 2)
    assert grown(bench, app, peer, *data * 4) < 6 * WHOLE  # 64 MB went through


def test_many_unknown_ids(session: tuple[Bench, Any, Peer]) -> None:
    bench, app, peer = session
    records = []
    handler = logging.Handler()
    handler.emit = records.append  # type: ignore[method-assign]
    logging.getLogger("ibapi_port").addHandler(handler)
    try:
        ids = [
            b"".join(raw(1_000_000 + n, n) for n in range(start, start + 5000))
            for start in range(0, MANY, 5000)
        ]
        names = [
            b"".join(raw(f"id{n}", n) for n in range(start, start + 5000))
            for start in range(0, 10_000, 5000)
        ]
        grown(bench, app, peer, ids[0], names[0])
        assert grown(bench, app, peer, *ids, *names) < 8 * MB
    finally:
        logging.getLogger("ibapi_port").removeHandler(handler)
    assert 0 < len(records) < 500


def test_many_requests_that_nobody_made(session: tuple[Bench, Any, Peer]) -> None:
    bench, app, peer = session
    ticks = [
        b"".join(text_tick(n) for n in range(start, start + 5000)) for start in range(0, MANY, 5000)
    ]
    grown(bench, app, peer, ticks[0])
    assert grown(bench, app, peer, *ticks) < 8 * MB


def test_endless_noise_in_the_answer() -> None:
    """Before the handshake is done nothing is gathered."""
    bench = Bench("ibapi_port")
    for answer in (b"\0" * (8 * MB), frame(b"187" * 2_000_000), b"187\0" * 2_000_000):

        def play(peer: Peer, answer: bytes = answer) -> None:
            peer.greet()
            peer.send(answer)

        app = bench.program()
        before = memory()
        bench.dial_in_thread(app, bench.tws(play))
        assert app.codes() == [502] or app.codes() == [503]
        assert memory() - before < 32 * MB  # the test's own data among it
    bench.close()
