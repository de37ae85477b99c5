"""Requests without a connection: error 504 for the request's own id, in the thread that made it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from ibapi_port.protocol.schema.messages import REQUESTS

from .samples import REQUEST_NAMES, arguments, has_request_id
from .scripted import App, Link, ScriptedTws, accepts, silent

NOT_SENT = {  # what a server of version 200 or a program without extraAuth is refused
    "cancelContractData": 503,
    "cancelHistoricalTicks": 503,
    "verifyRequest": 545,
    "verifyAndAuthRequest": 551,
}


def test_the_list_of_requests_is_whole() -> None:
    assert set(REQUEST_NAMES) == set(REQUESTS) - {"startApi"}
    assert len(REQUEST_NAMES) > 70


@pytest.mark.parametrize("name", [*REQUEST_NAMES, "startApi"])
def test_without_a_connection(app: App, name: str) -> None:
    getattr(app, name)(*(arguments(name) if name != "startApi" else ()))
    assert app.told() == [
        ("error", -1 if name == "startApi" else has_request_id(name), 504, "Not connected")
    ]
    assert app.log[0].thread == "MainThread"


@pytest.mark.parametrize("name", REQUEST_NAMES)
def test_bad_arguments_do_not_matter_then(app: App, name: str) -> None:
    getattr(app, name)(*(object() for _ in arguments(name)))
    assert app.told() == [("error", -1, 504, "Not connected")]


def test_in_the_thread_that_asks(app: App) -> None:
    thread = threading.Thread(target=app.cancelMktData, args=(3,), name="asking")
    thread.start()
    thread.join()
    assert app.told() == [("error", 3, 504, "Not connected")]
    assert app.log[0].thread == "asking"


def test_while_connecting(app: App, serve: Callable[..., ScriptedTws]) -> None:
    tws = serve(silent)
    connecting = threading.Thread(target=app.dial, args=(tws,))
    connecting.start()
    peer = tws.peer()
    app.cancelMktData(3)
    assert app.told() == [("error", 3, 504, "Not connected")]
    app.disconnect()
    connecting.join()
    assert peer.to_the_end() == []


def test_after_the_connection(app: App, serve: Callable[..., ScriptedTws]) -> None:
    tws = serve(accepts())
    app.on["connectionClosed"] = lambda: app.reqPnL(8, "DU1", "")
    app.dial(tws)
    peer = tws.peer()
    app.disconnect()
    app.reqCurrentTime()
    assert app.told() == [
        ("connectAck",), ("connectionClosed",), ("error", 8, 504, "Not connected"), ("error", -1, 504, "Not connected"),
    ]  # fmt: skip
    assert [payload.split(b"\0")[0] for payload in peer.to_the_end()] == [b"71"]


def test_with_a_connection_each_request_is_one_frame(link: Callable[..., Link]) -> None:
    one = link(200)
    one.app.reqCurrentTime()
    assert one.peer.fields() == ["49", "1"]
    for name in REQUEST_NAMES:
        if name == "reqCurrentTime":  # which is what `sent` ends with
            continue
        getattr(one.app, name)(*arguments(name))
        sent = one.sent()
        if name in NOT_SENT:
            assert sent == []
            assert one.app.errors()[-1][:2] == (has_request_id(name), NOT_SENT[name])
        else:
            assert [fields[0] for fields in sent] == [str(REQUESTS[name].msg_id)]
    assert len(one.app.log) == len(NOT_SENT)
