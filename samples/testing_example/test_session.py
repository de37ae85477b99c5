"""A recorded session as a test: session.jsonl was made by

    python -m ibapi_port tap --listen 7498 --to 127.0.0.1:7497 --record session.jsonl
    --mask-accounts

while breakout.py traded through port 7498. Played again, TWS says what it said then, to a program
that has to do what it did then.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from breakout import Breakout

from ibapi_port.tap import Replay, ReplayMismatch
from ibapi_port.testing import connected

SESSION = Path(__file__).with_name("session.jsonl")


def test_it_does_what_it_did():
    app = Breakout("AAPL", level=100, quantity=10)
    with Replay(SESSION, strict=True) as tws, connected(app, tws, client_id=7) as callbacks:
        callbacks.wait(
            "orderStatus", orderId=lambda order_id: order_id == app.stop, status="Filled"
        )
        assert app.state == "out"


def test_a_change_of_the_program_is_noticed():
    app = Breakout("AAPL", level=100, quantity=11)
    with pytest.raises(
        ReplayMismatch, match=r"totalQuantity: recorded Decimal\('10'\), now Decimal\('11'\)"
    ):
        trade(app)


def trade(app):
    with Replay(SESSION, strict=True) as tws, connected(app, tws) as callbacks:
        callbacks.wait("connectionClosed")
