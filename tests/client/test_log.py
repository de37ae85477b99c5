"""What the client logs: not too often, and nothing that is the program's own business above DEBUG."""

from __future__ import annotations

import logging
from collections.abc import Callable
from decimal import Decimal

import pytest

from ibapi_port._client.log_limit import PER_SECOND, RateLimit
from ibapi_port.client import EClient
from ibapi_port.contract import Contract
from ibapi_port.order import Order
from ibapi_port.wrapper import EWrapper

from .scripted import App, Link, ScriptedTws, accepts, message, raw

Links = Callable[..., Link]
SECRETS = ("DU7654321", "SECRETSYM", "777.125", "31337")


def order_of_secrets() -> tuple[Contract, Order]:
    contract = Contract(symbol="SECRETSYM", secType="STK", exchange="SMART", currency="USD")
    return contract, Order(
        action="BUY",
        orderType="LMT",
        totalQuantity=Decimal(31337),
        lmtPrice=777.125,
        account="DU7654321",
    )


class Plain(EWrapper, EClient):
    """A program that overrides nothing: EWrapper logs what comes."""

    def __init__(self) -> None:
        EClient.__init__(self, self)


def told_of_secrets(app: EClient, tws: ScriptedTws) -> None:
    """A session full of account numbers and orders, good and bad."""
    app.connect("127.0.0.1", tws.port, 7)
    peer = tws.peer()
    peer.frame()
    contract, order = order_of_secrets()
    app.placeOrder(1, contract, order)
    order.lmtPrice = "DU7654321"  # type: ignore[assignment]
    app.placeOrder(2, contract, order)
    app.reqAccountUpdates(True, "DU7654321")
    peer.send(
        message(
            187,
            "position",
            account="DU7654321",
            contract=contract,
            position=Decimal(31337),
            avgCost=777.125,
        ),
        raw(61, 3, "DU7654321", "SECRETSYM", "777.125", "31337"),  # fits nothing
        raw(15, 1, "DU7654321"),
        raw("DU7654321", 31337),
    )
    peer.close()
    app.run()


@pytest.mark.parametrize("kind", [App, Plain])
def test_no_accounts_and_no_orders(
    serve: Callable[..., ScriptedTws], caplog: pytest.LogCaptureFixture, kind: type[App]
) -> None:
    """Least of all by default; the error callback, which tells a program of its bad value, is
    logged where it is not overridden.
    """
    with caplog.at_level(logging.DEBUG, "ibapi_port"):
        told_of_secrets(kind(), serve(accepts()))
    own = [
        r
        for r in caplog.records
        if r.levelno > logging.DEBUG and not r.getMessage().startswith("ERROR ")
    ]
    assert len(own) >= 4, "nothing was logged"
    for record in own:
        assert not [secret for secret in SECRETS if secret in record.getMessage()], (
            record.getMessage()
        )
    assert any(
        "DU7654321" in r.getMessage() for r in caplog.records if r.levelno == logging.DEBUG
    ), "not even for those who look"


def test_bad_messages_are_counted_rather_than_logged(
    link: Links, caplog: pytest.LogCaptureFixture
) -> None:
    connected = link()
    connected.peer.send(
        *(raw(100_000 + n, 1) for n in range(2000)), *(raw(1, 6, "x") for _ in range(2000))
    )
    connected.settle()
    assert len(connected.app.errors()) == 4000  # the program hears of all of them
    for what in ("unknown message id", "a message that fits nothing"):
        lines = [r.getMessage() for r in caplog.records if what in r.getMessage()]
        assert PER_SECOND <= len(lines) <= 10 * PER_SECOND


def test_exceptions_of_callbacks_are_limited_each_by_itself(
    link: Links, caplog: pytest.LogCaptureFixture
) -> None:
    connected = link()

    def fail(number: int) -> None:
        if number == 1500:
            raise KeyError("the rare one")
        raise ValueError("the frequent one")

    connected.app.on["nextValidId"] = fail
    connected.peer.send(*(raw(9, 1, n) for n in range(2000)))
    connected.settle()
    raised = [r.exc_info[0] for r in caplog.records if r.exc_info]
    assert raised.count(KeyError) == 1
    assert PER_SECOND <= raised.count(ValueError) <= 20 * PER_SECOND


def test_what_was_left_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    limit = RateLimit()

    def logged(text: str, level: int = logging.WARNING) -> str | None:
        record = logging.LogRecord("x", level, "", 0, text, (7,), None)
        return record.getMessage() if limit.filter(record) else None

    assert [logged("bad %d") for _ in range(PER_SECOND + 3)] == ["bad 7"] * PER_SECOND + [None] * 3
    assert logged("other %d") == "other 7"
    assert logged("bad %d", logging.DEBUG) == "bad 7"
    now += 1.0
    assert logged("bad %d") == "bad 7 (3 more of this kind were not logged)"
    assert logged("bad %d") == "bad 7"


def test_r12_unknown_fields_are_noted_once(link: Links, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "ibapi_port.decoder"):
        connected = link()
        connected.peer.send(
            *(raw(1, 6, n, 1, "1.5", 100, 0, "new", "newer") for n in range(3)), raw(9, 1, 5)
        )
        connected.settle()
    assert connected.app.counts["tickPrice"] == 3
    assert [m for m in caplog.messages if "fields more" in m] == [
        "tickPrice has 2 fields more than are known"
    ]
