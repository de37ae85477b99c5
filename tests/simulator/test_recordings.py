"""The requests of recordings of a real TWS, asked of the simulated one: the same sequences come.

The recordings are not part of this project. IBAPI_PORT_RECORDINGS names a folder of them
(recordings.py says in which form); the first test needs none.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from .recordings import different

FOLDER = Path(os.environ.get("IBAPI_PORT_RECORDINGS", ""))
FILES = sorted(FOLDER.glob("*.jsonl")) if FOLDER.name else []
START = "20260414 10:30:00 US/Eastern"
STOCK = {"symbol": "AAPL", "secType": "STK", "exchange": "SMART", "currency": "USD"}


def test_a_session_as_a_real_one_goes(tmp_path: Path) -> None:
    terms = {
        "action": "BUY",
        "totalQuantity": "1",
        "orderType": "LMT",
        "lmtPrice": 1.0,
        "tif": "DAY",
    }
    pre, sub = {"status": "PreSubmitted"}, {"status": "Submitted"}
    status = [0, 1, 0.0, 900000001, 0, 0.0, 198, "", 0.0]
    told = [
        ("out", "placeOrder", {"orderId": 5, "contract": STOCK, "order": terms}),
        ("in", "openOrder", [5, STOCK, terms, pre]),
        ("in", "orderStatus", [5, "PreSubmitted", *status]),
        ("in", "openOrder", [5, STOCK, terms, sub]),
        ("in", "orderStatus", [5, "Submitted", *status]),
        ("out", "cancelOrder", {"orderId": 5}),
        ("in", "orderStatus", [5, "Cancelled", *status]),
        ("in", "error", [5, None, 202, "Order Canceled - reason:", ""]),
        ("out", "cancelOrder", {"orderId": 6}),
        ("in", "error", [6, None, 10147, "OrderId 6 that needs to be cancelled is not found.", ""]),
    ]
    path = tmp_path / "session.jsonl"

    def write() -> None:
        path.write_text(
            "\n".join(json.dumps({"dir": d, "call": c, "args": a}) for d, c, a in told),
            encoding="utf-8",
        )

    write()
    assert different(path, {"start": START}) == []
    told.pop(-3)  # a difference is found
    write()
    assert len(different(path, {"start": START})) == 1


@pytest.mark.skipif(not FILES, reason="IBAPI_PORT_RECORDINGS names no folder of recordings")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_recording(path: Path) -> None:
    sessions = FOLDER / "session.json"
    known = json.loads(sessions.read_text(encoding="utf-8")) if sessions.exists() else {}
    assert different(path, {"start": START, **known.get(path.stem, {})}) == []
