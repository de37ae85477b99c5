"""Fixtures of the faults that run in this process; a row's case has a process of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def _run_returns_at_once() -> Iterator[None]:
    """run() waits 50 ms for the next connection when another thread has called disconnect(), which
    hundreds of connections would add up. The cases of the rows wait as programs do.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ibapi_port._client.message_loop.NEXT", 0.0)
        yield
