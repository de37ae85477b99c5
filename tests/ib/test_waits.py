"""Waits in slices, as on Windows."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout

import pytest
from reliability.hostile import WAIT

from ibapi_port.ib import RequestTimeout, waits
from ibapi_port.ib.waits import result_of, slice_of


@pytest.fixture(params=[None, 0.005])
def _slices(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waits, "SLICE", request.param)


def test_how_long_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for piece, left, expected in [
        (None, None, None),
        (None, 30.0, 30.0),
        (0.2, None, 0.2),
        (0.2, 30.0, 0.2),
        (0.2, 0.1, 0.1),
    ]:
        monkeypatch.setattr(waits, "SLICE", piece)
        assert slice_of(left) == expected


@pytest.mark.usefixtures("_slices")
@pytest.mark.parametrize("timeout", [None, WAIT])
def test_a_result_that_comes_after_several_slices(timeout: float | None) -> None:
    future: Future[int] = Future()
    timer = threading.Timer(0.02, future.set_result, [7])
    timer.start()
    assert result_of(future, timeout) == 7
    timer.join()


@pytest.mark.usefixtures("_slices")
def test_time_is_up() -> None:
    future: Future[int] = Future()
    with pytest.raises(FutureTimeout):
        result_of(future, 0.02)
    with pytest.raises(FutureTimeout):
        result_of(future, 0)
    future.set_exception(RequestTimeout("another's"))
    with pytest.raises(RequestTimeout, match="another's"):
        result_of(future, None)
