"""Nothing of a generation is left behind for other tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ibapi_port import _record
from ibapi_port.compat import callbacks, generation


@pytest.fixture(autouse=True)
def _as_new(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(_record, "_warned", set())
    monkeypatch.setattr(callbacks, "_warned", set())
    yield
    generation(None)
