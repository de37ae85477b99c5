"""What `Decoder.process_queued` takes from the queue: each payload once and in order, up to what is
none.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest

from ibapi_port.decoder import Decoder
from ibapi_port.protocol import protobuf
from ibapi_port.protocol.select import codec_for

from .scripted import App

without = pytest.mark.skipif(not protobuf.available(), reason="the protobuf package is missing")
versions = pytest.mark.parametrize("version", [100, 187, pytest.param(225, marks=without)])


def payload(version: int, number: int) -> bytes:
    return codec_for(version).encode_message("nextValidId", orderId=number)[4:]


def numbers(app: App) -> list[Any]:
    """What nextValidId was called with."""
    return [heard.args[0] for heard in app.log if heard.name == "nextValidId"]


@versions
def test_up_to_what_is_no_payload(version: int) -> None:
    """It is returned whatever it is, and what comes after it stays in the queue."""
    app = App()
    decoder = Decoder(app, version)
    others: list[Any] = [lambda: None, object(), "text\0", 5, None]
    for number, other in enumerate(others):
        queue = deque([payload(version, number), other, payload(version, 99)])
        assert decoder.process_queued(queue) is other
        assert list(queue) == [payload(version, 99)]
        assert numbers(app) == list(range(number + 1))
    assert decoder.process_queued(queue) is None
    assert not queue
    assert numbers(app) == [*range(len(others)), 99]
    assert app.errors() == []


@versions
def test_after_each_payload(version: int) -> None:
    """`after` is called after each one, also after one that fits nothing; that one harms none."""
    app = App()
    decoder = Decoder(app, version)
    bad = [b"", b"\0", b"\xff\xff\xff\xff", b"9\x001\x00", b"9\x001\x005"]
    queue: deque[Any] = deque()
    for number, one in enumerate(bad):
        queue += [payload(version, number), one]
    told: list[tuple[int, int]] = []
    after = lambda: told.append((len(numbers(app)), len(app.errors())))  # noqa: E731 - one line
    assert decoder.process_queued(queue, after) is None
    assert numbers(app) == list(range(len(bad)))
    assert told == [(n // 2 + 1, (n + 1) // 2) for n in range(2 * len(bad))]


@versions
def test_callbacks_that_process_what_waits(version: int) -> None:
    """A callback may process what waits itself: each payload is told once."""
    app = App()
    decoder = Decoder(app, version)
    queue: deque[Any] = deque(payload(version, number) for number in range(10))
    app.on["nextValidId"] = lambda number: decoder.process_queued(queue) if number == 3 else None
    assert decoder.process_queued(queue) is None
    assert numbers(app) == list(range(10))
