"""R17, R47: odd values, from TWS and to it. The table of R17 is also that of README.md here."""

from __future__ import annotations

import contextlib
import math
from decimal import Decimal
from typing import Any

from ..bench import Bench, case, price
from ..hostile import Peer, raw
from .stream import every_message, spoken

UNSET = "unset"
REFUSED = "508"

# field, its text, what the callback gets
READ: list[tuple[str, str, Any]] = [
    ("float", "NaN", math.nan),
    ("float", "Infinity", math.inf),
    ("float", "-Infinity", -math.inf),
    ("float", "", 0.0),
    ("float", "1.797e308", 1.797e308),
    ("float", "1e999", math.inf),
    ("float", "9" * 5000, math.inf),
    ("float, unset where empty", "", UNSET),
    ("float, unset where empty", "1.7976931348623157E308", UNSET),
    ("float, unset where empty", "0.0", 0.0),
    ("int", "", 0),
    ("int", "2147483647", 2147483647),
    ("int", "9" * 5000, REFUSED),
    ("int", "NaN", REFUSED),
    ("int", "1e3", REFUSED),
    ("Decimal", "", UNSET),
    ("Decimal", "2147483647", UNSET),
    ("Decimal", "9223372036854775807", UNSET),
    ("Decimal", "1.7976931348623157E308", UNSET),
    ("Decimal", "NaN", math.nan),
    ("Decimal", "9" * 5000, Decimal("9" * 5000)),
]


def frame_of(field: str, text: str, order: list[str]) -> tuple[bytes, str]:
    """A frame with that text in such a field, and the callback that gets it."""
    if field == "float":
        return price(1, text), "tickPrice"
    if field == "int":
        return raw(49, 1, text), "currentTime"
    if field == "Decimal":
        return raw(2, 6, 1, 0, text), "tickSize"
    return raw(*order[:16], text, *order[17:]), "openOrder"


def got(bench: Bench, field: str, args: tuple[Any, ...]) -> Any:
    value = {"float": lambda: args[2], "int": lambda: args[0], "Decimal": lambda: args[2]}.get(
        field, lambda: args[2].lmtPrice
    )()
    return UNSET if value in unset_values(bench) else value


def unset_values(bench: Bench) -> tuple[Any, ...]:
    """The marks of an unset number, from wherever the generation has them."""
    holders = [bench.module("common"), bench.module("utils")]
    with contextlib.suppress(ModuleNotFoundError):
        holders.append(bench.module("const"))
    return tuple(
        {
            getattr(h, name)
            for h in holders
            for name in ("UNSET_DOUBLE", "UNSET_DECIMAL")
            if hasattr(h, name)
        }
    )


@case
def r17_values_from_tws(bench: Bench) -> None:
    version = spoken(bench)
    order = (
        next(f for f in every_message(version) if f[4:6] == b"5\0")[4:].decode().split("\0")[:-1]
    )
    app, peer = bench.link()
    for field, text, expected in READ:
        app.forget()
        data, callback = frame_of(field, text, order)
        peer.send(data)
        bench.settle(app, peer)
        calls = [args for name, args in app.log[:-1] if name == callback]
        shown = f"{field} {text[:20]!r}"
        if expected == REFUSED:
            told = f"{shown}: expected error 508, told {app.heard()}"
            assert app.codes() == [508], told
            assert not calls, told
            continue
        assert calls, f"{shown}: no {callback}, told {app.heard()}"
        value = got(bench, field, calls[0])
        same = value != value if expected != expected else value == expected
        assert same, f"{shown}: {str(value)[:30]} in place of {str(expected)[:30]}"


BAD_IDS = ("7; 8", 1.5, 2**70)


def bad_orders() -> list[tuple[str, str, Any]]:
    """Of the order or its contract: attribute and value."""
    bad: list[tuple[str, str, Any]] = [
        ("order", "lmtPrice", v) for v in (math.nan, "abc", None, [1], "1;2")
    ]
    bad += [("order", "totalQuantity", v) for v in (math.nan, Decimal("NaN"), "abc", None)]
    bad += [("contract", "symbol", v) for v in ("A\0B", "A\nB", "A\ud800B", ["A"], None)]
    return [*bad, ("order", "account", ["DU1"]), ("order", "orderRef", "a\0b")]


def limit_order(bench: Bench) -> tuple[Any, Any]:
    contract, order = bench.module("contract").Contract(), bench.module("order").Order()
    contract.symbol, contract.secType, contract.exchange, contract.currency = (
        "AAPL",
        "STK",
        "SMART",
        "USD",
    )
    order.action, order.orderType, order.totalQuantity, order.lmtPrice = (
        "BUY",
        "LMT",
        Decimal(100),
        1.5,
    )
    order.eTradeOnly = order.firmQuoteOnly = False
    return contract, order


def nothing_sent(app: Any, peer: Peer, what: str) -> None:
    """What the client sends next is a new request, and whole."""
    app.reqCurrentTime()
    fields = peer.fields()
    assert fields == ["49", "1"], f"{what} was sent: {fields[:20]}"


@case
def r47_values_that_cannot_be_sent(bench: Bench) -> None:
    app, peer = bench.link()
    for holder, attribute, value in bad_orders():
        contract, order = limit_order(bench)
        setattr(order if holder == "order" else contract, attribute, value)
        app.forget()
        what = f"{attribute} = {value!r}"
        try:
            app.placeOrder(42, contract, order)
        except Exception as e:
            raise AssertionError(f"{what}: placeOrder() raised {e!r}") from None
        nothing_sent(app, peer, what)
        assert len(app.errors()) == 1, f"{what}: told {app.heard()}"
        request_id, _, text = app.errors()[0]
        assert request_id == 42, f"{what}: the error's id is {request_id}"
        assert attribute in text, f"{what}: the field is not named in {text!r}"
    for bad in BAD_IDS:
        app.forget()
        app.placeOrder(bad, *limit_order(bench))
        nothing_sent(app, peer, f"id {bad!r}")
        assert len(app.errors()) == 1, f"id {bad!r}: told {app.heard()}"
    contract, order = limit_order(bench)
    order.lmtPrice, order.totalQuantity = "1.25", "10"
    app.placeOrder(43, contract, order)
    fields = peer.fields()
    assert fields[:2] == ["3", "43"], f"numbers as text are not accepted: {fields[:3]}"
    assert {"1.25", "10"} <= set(fields)
