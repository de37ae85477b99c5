"""What a test may say of callbacks: that they come in an order, that one never comes, and that a
session is the one of a golden file.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from ibapi_port.client import EClient
from ibapi_port.contract import Contract
from ibapi_port.order import Order
from ibapi_port.testing import Call, ExpectationError, ScriptedTws, connected
from ibapi_port.testing.golden import compare, session_text
from ibapi_port.wrapper import EWrapper

AAPL = Contract(symbol="AAPL", secType="STK", exchange="SMART", currency="USD")
REAL = pytest.mark.simulated_tws(profile="gw10.40")


class App(EWrapper, EClient):
    def __init__(self) -> None:
        EClient.__init__(self, self)

    def buy(self, order_id: int, limit: float) -> None:
        order = Order(action="BUY", totalQuantity=Decimal(1), orderType="LMT", lmtPrice=limit)
        order.tif = "DAY"
        self.placeOrder(order_id, AAPL, order)


@REAL
def test_an_order_by_its_sequence(simulated_tws: ScriptedTws) -> None:
    app = App()
    with connected(app, simulated_tws) as heard:
        app.buy(1, 1.0)
        app.buy(2, 1e4)
        simulated_tws.expect("placeOrder", orderId=2)
        simulated_tws.advance(2)
        calls = heard.sequence(
            ("openOrder", {"status": "PreSubmitted"}),
            "orderStatus",
            "execDetails",
            ("orderStatus", {"status": "Filled"}),
            ("orderStatus", {"status": "Filled", "remaining": 0}),
            orderId=2,
        )
        assert [call.name for call in calls][2:] == ["execDetails", "orderStatus", "orderStatus"]
        assert heard.wait("commissionAndFeesReport").commissionAndFees > 0
        with pytest.raises(ExpectationError, match="step 2 of 2 of the sequence, execDetails"):
            heard.sequence(
                ("orderStatus", {"status": "Submitted"}), "execDetails", orderId=1, timeout=0.01
            )
        with pytest.raises(ValueError, match="orderStatus meant"):
            heard.sequence("openOrder", "orderStaus")


@REAL
def test_the_order_counts(simulated_tws: ScriptedTws) -> None:
    app = App()
    with connected(app, simulated_tws) as heard:
        app.buy(1, 1e4)
        simulated_tws.expect("placeOrder", orderId=1)
        simulated_tws.advance(2)
        with pytest.raises(ExpectationError, match="step 2 of 2"):
            heard.sequence("commissionAndFeesReport", "execDetails", timeout=0.01)
        heard.sequence("execDetails", "commissionAndFeesReport")


@REAL
def test_what_has_not_come_is_explained(simulated_tws: ScriptedTws) -> None:
    app = App()
    with connected(app, simulated_tws) as heard:
        app.buy(1, 1.0)
        simulated_tws.expect("placeOrder", orderId=1)
        with pytest.raises(ExpectationError, match=r"stands still.*advance\(seconds\)"):
            heard.wait("openOrder", orderId=1, timeout=0.01)
        with pytest.raises(ExpectationError, match=r"stands still.*advance\(seconds\)"):
            simulated_tws.expect("cancelOrder", timeout=0.01)
        with pytest.raises(ValueError, match="is openOrder meant"):
            heard.wait("openOrders")
        simulated_tws.advance(2)
        heard.wait("openOrder", orderId=1)


@REAL
def test_never(simulated_tws: ScriptedTws) -> None:
    app = App()
    with connected(app, simulated_tws) as heard:
        app.buy(1, 1.0)
        simulated_tws.expect("placeOrder", orderId=1)
        began = simulated_tws.do("state")["clock"]["now"]
        heard.never("execDetails", within=60)
        assert simulated_tws.do("state")["clock"]["now"] == began + 60
        heard.never("currentTime")  # how it learns that all has come stays its own matter
        with pytest.raises(ExpectationError, match="openOrder was not to come, but came"):
            heard.never("openOrder", orderId=1)
        app.buy(2, 1e4)
        simulated_tws.expect("placeOrder", orderId=2)
        with pytest.raises(ExpectationError, match="execDetails was not to come"):
            heard.never("execDetails", within=5)
        with pytest.raises(ValueError, match="execDetails meant"):
            heard.never("execDetail")


GOLDEN = """
from decimal import Decimal
import pytest
from ibapi_port.client import EClient
from ibapi_port.contract import Contract
from ibapi_port.order import Order
from ibapi_port.testing import connected
from ibapi_port.wrapper import EWrapper

LIMIT = 1.0

class App(EWrapper, EClient):
    def __init__(self):
        EClient.__init__(self, self)

def test_session(simulated_tws, golden):
    app = App()
    with connected(app, simulated_tws) as heard:
        contract = Contract(symbol="AAPL", secType="STK", exchange="SMART", currency="USD")
        order = Order(action="BUY", totalQuantity=Decimal(1), orderType="LMT", lmtPrice=LIMIT)
        app.placeOrder(1, contract, order)
        simulated_tws.expect("placeOrder")
        simulated_tws.advance(2)
        golden(heard, leave_out=("permId", "managedAccounts"))
"""


def test_a_golden_file(tmp_path: Path) -> None:
    test = tmp_path / "test_golden.py"
    test.write_text(GOLDEN, encoding="utf-8")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--update-golden",
            str(test),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
    )
    assert "1 passed" in done.stdout, done.stdout
    kept = (tmp_path / "golden" / "test_session.txt").read_text(encoding="utf-8")
    assert "error reqId=1" in kept  # 10349
    assert "orderStatus orderId=1 status='Submitted'" in kept
    assert "permId" not in kept
    assert "managedAccounts" not in kept


def test_a_session_is_compared_with_its_golden_file(tmp_path: Path) -> None:
    path = tmp_path / "golden" / "one.txt"
    calls = [
        Call("orderStatus", {"orderId": 1, "permId": 7, "filled": Decimal("2.0")}),
        Call("currentTime", {"time": 5}),
        Call("openOrder", {"contract": AAPL}),
    ]
    text = session_text(calls, ("permId", "currentTime"))
    assert text == (
        "orderStatus orderId=1 filled=2.0\n"
        "openOrder contract=Contract(symbol='AAPL', secType='STK', exchange='SMART', "
        "currency='USD')\n"
    )
    with pytest.raises(ExpectationError, match="run pytest with --update-golden to write it"):
        compare(path, text, update=False)
    compare(path, text, update=True)
    compare(path, text, update=False)
    with pytest.raises(
        ExpectationError, match=r"differs from its golden file[^+]*\n[^+]*"
    ) as caught:
        compare(path, text.replace("AAPL", "MSFT"), update=False)
    assert "+openOrder contract=Contract(symbol='MSFT'" in str(caught.value)


@pytest.mark.simulated_tws
def test_the_fixture(
    simulated_tws: ScriptedTws, golden: Callable[..., None], tmp_path: Path
) -> None:
    with (
        connected(App(), simulated_tws) as heard,
        pytest.raises(ExpectationError, match="no golden"),
    ):
        golden(heard, name="there is none")
