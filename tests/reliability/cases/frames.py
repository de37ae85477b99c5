"""R07 - R16, R18 - R22, R28: frames that fit nothing. One error each, no callback of theirs, and
the next frame unharmed.
"""

from __future__ import annotations

import struct
import time
from typing import Any

from ..bench import NEWEST, SOON, Bench, NotApplicable, accepts_up_to, case, error_of, memory, price
from ..hostile import WAIT, Peer, answer_to_hello, frame, raw

POSITION = (
    "61",
    "3",
    "DU1",
    "1",
    "AAPL",
    "STK",
    "",
    "0",
    "",
    "",
    "NASDAQ",
    "USD",
    "AAPL",
    "NMS",
    "100",
    "150.5",
)
STATUS = ("3", "7", "Filled", "100", "0", "1.5", "9", "0", "1.5", "7", "", "0")
BARS = ("17", "4", "start", "end")  # then the count, and 8 fields a row
BAR = ("20261120", "1", "2", "1", "2", "10", "1.5", "3")


def refused(
    bench: Bench, app: Any, peer: Peer, data: bytes, code: int, *parts: str, callback: str = ""
) -> None:
    """What TWS sends is one error with these parts in its text; the session goes on, and the
    callback is not made.
    """
    app.forget()
    peer.send(data)
    bench.settle(app, peer)
    assert not app.counts[callback], f"{callback} was called with {app.wait_for(callback)}"
    errors = app.errors()
    assert [c for _, c, _ in errors] == [code], f"expected error {code}, told {app.heard()}"
    for part in parts:
        assert part in errors[0][2], f"{part!r} is not in the error's text {errors[0][2]!r}"


@case
def r07_length_zero(bench: Bench) -> None:
    app, peer = bench.link()
    refused(bench, app, peer, struct.pack(">I", 0), 508, "empty")


@case
def r08_length_that_cannot_be(bench: Bench) -> None:
    for length in (0xFFFFFFFF, 0x80000000, (16 << 20) + 1):
        app, peer = bench.link()
        before = memory()
        peer.send(price(1) + struct.pack(">I", length) + b"1\x006\0")
        app.wait_for("connectionClosed", seconds=SOON)
        app.join()
        assert app.counts["tickPrice"] == 1, "the frame before it is lost"
        assert app.codes() == [507], f"expected error 507, told {app.codes()}"
        assert str(length) in app.errors()[0][2], f"the length is not named: {app.errors()[0][2]!r}"
        assert app.counts["connectionClosed"] == 1
        assert not app.isConnected()
        assert memory() - before < 8 << 20, "a buffer was grown for it"


@case
def r09_frame_too_short_for_an_id(bench: Bench) -> None:
    app, peer = bench.link()
    refused(bench, app, peer, frame(b"1"), 508)
    refused(bench, app, peer, frame(b"1\0"), 508, "tickPrice", "version", callback="tickPrice")
    refused(bench, app, peer, frame(b"1\0\0"), 508, "tickPrice", callback="tickPrice")


@case
def r10_frame_cut_by_fields(bench: Bench) -> None:
    app, peer = bench.link()
    for name, fields in (
        ("tickPrice", ("1", "6", "7", "1", "1.5", "100", "0")),
        ("orderStatus", STATUS),
        ("position", POSITION),
    ):
        for kept in range(1, len(fields)):
            refused(bench, app, peer, raw(*fields[:kept]), 508, name, callback=name)


@case
def r11_last_nul_missing(bench: Bench) -> None:
    app, peer = bench.link()
    for fields in (POSITION, STATUS):
        peer.send(frame("\0".join(fields).encode()))
        bench.settle(app, peer)
        assert app.counts["position"] + app.counts["orderStatus"] or app.codes() == [508], (
            f"told {app.heard()}"
        )
        app.forget()


@case
def r12_more_fields_than_known(bench: Bench) -> None:
    app, peer = bench.link()
    for _ in range(3):
        peer.send(raw(*POSITION, "new", "1.5", ""))
    peer.send(raw(*STATUS, "new"))
    bench.settle(app, peer)
    assert app.counts["position"] == 3
    assert app.counts["orderStatus"] == 1
    assert not app.errors(), f"told {app.heard()}"


@case
def r13_unknown_message(bench: Bench) -> None:
    app, peer = bench.link()
    for number in (999, -5, 199, 12345678):
        refused(bench, app, peer, raw(number, 1, "x"), 505, str(number))


@case
def r14_message_0(bench: Bench) -> None:
    app, peer = bench.link()
    refused(bench, app, peer, raw(0, 1, "x"), 505)


@case
def r15_id_that_is_no_number(bench: Bench) -> None:
    app, peer = bench.link()
    refused(bench, app, peer, raw("abc", 1, "x"), 508, "abc")


@case
def r16_number_that_is_none(bench: Bench) -> None:
    app, peer = bench.link()
    refused(
        bench, app, peer, price(1, "abc"), 508, "tickPrice", "price", "abc", callback="tickPrice"
    )
    refused(
        bench,
        app,
        peer,
        raw(49, 1, "1.0"),
        508,
        "currentTime",
        "1.0",
        callback="currentTimeInMillis",
    )
    refused(bench, app, peer, price(1, "x" * 9000), 508, "x" * 40, callback="tickPrice")
    assert len(app.errors()[0][2]) < 300, "all of a long value is repeated in the error"


@case
def r18_text_in_another_encoding(bench: Bench) -> None:
    app, peer = bench.link()
    peer.send(error_of(app, -1, 2104, "caf?").replace(b"?", b"\xe9"))
    bench.settle(app, peer)
    assert app.errors() == [(-1, 2104, "caf\xe9")], f"told {app.errors()}"
    refused(
        bench,
        app,
        peer,
        frame(b"1\x006\x001\x001\x001\xff\x00100\x000\x00"),
        508,
        "tickPrice",
        callback="tickPrice",
    )


@case
def r19_negative_count(bench: Bench) -> None:
    app, peer = bench.link()
    for count in (-1, 0):  # TWS ends a list with either
        app.forget()
        peer.send(raw(*BARS, count), raw(79, 5, count))
        bench.settle(app, peer)
        told = [
            (name, args)
            for name, args in app.log
            if name.startswith(("historical", "symbol", "error"))
        ]
        assert told == [("historicalDataEnd", (4, "start", "end")), ("symbolSamples", (5, []))], (
            f"told {app.heard()}"
        )
    refused(
        bench, app, peer, raw(*BARS, -2), 508, "historicalData", "-2", callback="historicalData"
    )
    refused(bench, app, peer, raw(79, 5, -2), 508, "symbolSamples", "-2", callback="symbolSamples")


@case
def r20_count_larger_than_the_rows(bench: Bench) -> None:
    app, peer = bench.link()
    refused(
        bench,
        app,
        peer,
        raw(*BARS, 5, *BAR, *BAR),
        508,
        "historicalData",
        callback="historicalData",
    )
    refused(
        bench,
        app,
        peer,
        raw(79, 5, 3, 1, "A", "STK", "X", "USD", 1, "OPT"),
        508,
        "symbolSamples",
        callback="symbolSamples",
    )


@case
def r21_giant_count(bench: Bench) -> None:
    app, peer = bench.link()
    refused(
        bench, app, peer, raw(*BARS, 1, *BAR[:3]), 508
    )  # what it takes for the first time is not measured
    refused(bench, app, peer, raw(79, 5, 1, 1), 508)
    held, began = memory(), time.process_time()
    refused(
        bench,
        app,
        peer,
        raw(*BARS, 2_000_000_000, *BAR),
        508,
        "historicalData",
        callback="historicalData",
    )
    refused(
        bench,
        app,
        peer,
        raw(79, 5, 2_000_000_000, 1, "A"),
        508,
        "symbolSamples",
        callback="symbolSamples",
    )
    assert time.process_time() - began < 0.05, (
        f"{time.process_time() - began:.3f} s of processor time"
    )
    assert memory() - held < 1 << 20, f"{(memory() - held) >> 10} KB for it"


@case
def r22_bad_protocol_buffers(bench: Bench) -> None:
    app, tws = bench.program(), bench.tws(accepts_up_to(226))
    bench.dial_in_thread(app, tws)
    peer = tws.peer()
    if app.serverVersion() < 201:
        raise NotApplicable("no Protocol Buffers before 10.37")
    app.start()
    nested = b""
    for _ in range(10_000):
        nested = b"\x12" + _varint(len(nested)) + nested
    bad = {
        "a bad wire type": b"\x0f\x0f",
        "a truncated varint": b"\x08\xff\xff",
        "a length beyond the end": b"\x12\xff\xff\xff\xff\x07",
        "a group that is not closed": b"\x0b",
        "nested 10,000 deep": nested,
        "nothing but noise": bytes(range(255, 0, -1)),
    }
    for what, payload in bad.items():
        for number in (205, 211, 261, 217):  # openOrder, execDetails, position, historicalData
            app.forget()
            peer.send(
                frame(number.to_bytes(4, "big") + payload),
                frame((49).to_bytes(4, "big") + b"1\x001000000001\0"),
            )
            app.wait_until(
                lambda: app.counts["currentTime"] or not app.runner.is_alive(),
                f"{what}: the next frame does not come",
            )
            assert app.counts["currentTime"], f"{what} ends the session: {app.outcome!r}"
            assert set(app.codes()) <= {508}, f"{what}: told {app.heard()}"


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


@case
def r28_second_handshake_in_mid_stream(bench: Bench) -> None:
    app, peer = bench.link()
    version = app.serverVersion()
    peer.send(answer_to_hello(NEWEST - 30))
    bench.settle(app, peer, WAIT)
    assert app.codes() in ([505], [508]), f"told {app.heard()}"
    assert app.serverVersion() == version, "the version has changed"
