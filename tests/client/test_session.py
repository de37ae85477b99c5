"""What TWS says in a session: notices, and text in other encodings."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from ibapi_port.client import EClient
from ibapi_port.protocol.framing import frame

from .samples import VERSIONS, notice
from .scripted import HOST, WAIT, Link, Recorder, ScriptedTws, accepts, message

Links = Callable[..., Link]

NOTICES = {
    2104: "Market data farm connection is OK:usfarm",
    2106: "HMDS data farm connection is OK:ushmds",
    2158: "Sec-def data farm connection is OK:secdefnj",
}


@pytest.mark.parametrize("version", VERSIONS)
def test_notices_are_errors_with_id_minus_1(link: Links, version: int) -> None:
    one = link(version)
    one.peer.send(*(notice(version, code, text) for code, text in NOTICES.items()))
    assert one.settle() == [("error", -1, code, text) for code, text in NOTICES.items()]


def test_an_error_brings_what_its_version_carries(link: Links) -> None:
    sent = {"advancedOrderRejectJson": '{"x": 1}', "errorTime": 1_800_000_000_123}
    for version, time, refusal in [
        (165, 0, ""),
        (166, 0, '{"x": 1}'),
        (193, 0, '{"x": 1}'),
        (194, 1_800_000_000_123, '{"x": 1}'),
    ]:
        one = link(version)
        one.send("error", reqId=4, errorCode=201, errorString="rejected", **sent)
        one.settle()
        assert one.app.log[0].args == (4, time, 201, "rejected", refusal)


def test_text_that_is_no_utf8_is_read_as_latin_1(link: Links) -> None:
    """An old TWS on Windows: only that field is read so."""
    one = link()
    one.peer.send(
        frame(b"46\x006\x005\x0045\x00M\xe4rz\0"), frame(b"6\x002\0key\0\xe4\0Stra\xc3\x9fe\0DU1\0")
    )
    assert one.settle() == [
        ("tickString", 5, 45, "M\u00e4rz"),
        ("updateAccountValue", "key", "\u00e4", "Stra\u00dfe", "DU1"),
    ]


@pytest.mark.parametrize(
    ("version", "expected"), [(152, "M\\u00e4rz \u20ac"), (153, "M\u00e4rz \u20ac")]
)
def test_escapes_since_server_version_153(link: Links, version: int, expected: str) -> None:
    one = link(version)
    one.peer.send(frame("46\x006\x005\x0045\x00M\\u00e4rz \u20ac\0".encode()))
    assert one.settle() == [("tickString", 5, 45, expected)]


def test_a_wrapper_apart_from_the_client(serve: Callable[..., ScriptedTws]) -> None:
    tws, heard = serve(accepts(187, message(187, "nextValidId", orderId=4))), Recorder()
    heard.record()
    client = EClient(heard)
    client.connect(HOST, tws.port, 7)
    running = threading.Thread(target=client.run, daemon=True)
    running.start()
    heard.wait_for("nextValidId")
    client.cancelMktData("x")  # type: ignore[arg-type]
    tws.peer().close()
    running.join(WAIT)
    assert not running.is_alive()
    assert heard.names() == ["connectAck", "nextValidId", "error", "error", "connectionClosed"]
    assert [error[1] for error in heard.errors()] == [321, 507]


def test_tws_may_send_any_time(link: Links) -> None:
    """Messages that nobody has asked for, and a second nextValidId."""
    one = link()
    one.send("nextValidId", orderId=1)
    one.send("nextValidId", orderId=2)
    one.peer.send(message(187, "positionEnd"))
    assert one.settle() == [("nextValidId", 1), ("nextValidId", 2), ("positionEnd",)]
    assert one.app.isConnected()
