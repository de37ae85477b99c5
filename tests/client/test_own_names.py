"""`class App(EWrapper, EClient)` is one object: a name that the program uses for something of its
own breaks nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from ibapi_port.client import EClient
from ibapi_port.wrapper import EWrapper

from .samples import next_id, price
from .scripted import HOST, WAIT, ScriptedTws, accepts

Serve = Callable[..., ScriptedTws]

# What the official EClient and EWrapper have: a program that replaces one of these overrides it.
OFFICIAL_ATTRIBUTES = frozenset(
    [
        "msg_queue",
        "wrapper",
        "decoder",
        "nKeybIntHard",
        "conn",
        "host",
        "port",
        "extraAuth",
        "clientId",
        "serverVersion_",
        "connTime",
        "connState",
        "optCapab",
        "asynchronous",
        "reader",
        "decode",
        "connectOptions",
        "connectionOptions",
    ]
)
OFFICIAL_METHODS = frozenset(
    [
        "connect",
        "disconnect",
        "run",
        "isConnected",
        "keyboardInterrupt",
        "keyboardInterruptHard",
        "logRequest",
        "msgLoopRec",
        "msgLoopTmo",
        "reset",
        "sendMsg",
        "sendMsgProtoBuf",
        "serverVersion",
        "setConnState",
        "setConnectOptions",
        "setConnectionOptions",
        "setOptionalCapabilities",
        "startApi",
        "twsConnectionTime",
        "checkConnected",
        "useProtoBuf",
        "validateInvalidSymbols",
    ]
)
INNER = "_ibapi_port"  # the one name that is ours


def is_official(name: str) -> bool:
    requests = (
        "req",
        "cancel",
        "place",
        "verify",
        "calculate",
        "exercise",
        "query",
        "subscribe",
        "unsubscribe",
        "update",
        "replace",
    )
    return (
        name in OFFICIAL_ATTRIBUTES
        or name in OFFICIAL_METHODS
        or name.startswith((*requests, "setServerLogLevel", "validate", "startApi"))
        or hasattr(EWrapper, name)
        or (name.startswith("__") and name.endswith("__"))
    )


class Plain(EWrapper, EClient):
    def __init__(self) -> None:
        EClient.__init__(self, self)
        self.heard: list[str] = []
        self.came = threading.Event()

    def nextValidId(self, orderId: int) -> None:
        self.heard.append(f"nextValidId {orderId}")

    def tickPrice(self, reqId: int, tickType: int, price: float, attrib: Any) -> None:
        self.heard.append(f"tickPrice {reqId}")
        self.came.set()

    def error(
        self,
        reqId: int,
        errorTime: int,
        errorCode: int,
        errorString: str,
        advancedOrderRejectJson: str = "",
    ) -> None:
        self.heard.append(f"error {errorCode}")

    def connectionClosed(self) -> None:
        self.heard.append("connectionClosed")


# Names that public programs use, and all that our classes and objects have beyond the official
# ones.
FOUND_IN_PROGRAMS = (
    "_ready",
    "_lock",
    "_state",
    "_callbacks",
    "_request",
    "_codec",
    "_queue",
    "_thread",
    "_session",
    "_finish",
    "signal",
)
OURS = sorted(
    {
        name
        for name in (*dir(EClient), *vars(EClient(EWrapper())))
        if not is_official(name) and name != INNER
    }
)
NAMES = sorted({*FOUND_IN_PROGRAMS, *OURS})


def method(*_: Any) -> None:
    """Something of the program's."""


VALUES: dict[str, Callable[[], Any]] = {
    "a lock": threading.Lock,
    "a dict": dict,
    "an event": threading.Event,
    "a method": lambda: method,
}


def session(app: Plain, tws: ScriptedTws) -> None:
    """Connect, hear a quote, ask something, disconnect."""
    app.connect(HOST, tws.port, 7)
    thread = threading.Thread(target=app.run)
    thread.start()
    assert app.came.wait(WAIT), app.heard
    app.reqCurrentTime()
    peer = tws.peer()
    assert [peer.fields(), peer.fields()] == [["71", "2", "7", ""], ["49", "1"]]
    app.disconnect()
    thread.join(WAIT)
    assert not thread.is_alive()
    assert app.heard == ["nextValidId 1", "tickPrice 5", "connectionClosed"]


def test_ours_are_few() -> None:
    """One private object; the rest are documented options and the names of IB's clients in other
    languages.
    """
    assert [name for name in vars(EClient(EWrapper())) if name.startswith("_")] == [INNER]
    assert set(OURS) == {
        "AsyncEConnect", "CONNECTED", "CONNECTING", "DISCONNECTED", "REDIRECT", "TwsConnectionTime", "connectionLostCode", "eConnect",
        "eDisconnect", "queueBytes", "queueFrames", "raiseCallbackErrors", "sendTimeout", "signal", "ssl_context", "startAPI",
        "watchdogSeconds",
    }  # fmt: skip


@pytest.mark.parametrize("what", VALUES)
@pytest.mark.parametrize("name", NAMES)
def test_on_the_object(serve: Serve, name: str, what: str) -> None:
    tws = serve(accepts(187, next_id(187, 1) + price(187, 5)))
    app = Plain()
    value = VALUES[what]()
    setattr(app, name, value)
    session(app, tws)
    if name != "signal":  # a documented attribute of ours, which every connection sets
        assert getattr(app, name) is value


@pytest.mark.parametrize("what", VALUES)
@pytest.mark.parametrize("name", NAMES)
def test_on_the_class(serve: Serve, name: str, what: str) -> None:
    tws = serve(accepts(187, next_id(187, 1) + price(187, 5)))
    kind = type("App", (Plain,), {name: VALUES[what]()})
    session(kind(), tws)


@pytest.mark.parametrize("name", NAMES)
def test_before_the_client_is_made(serve: Serve, name: str) -> None:
    """A program may set its attributes first and call EClient.__init__ then."""
    tws = serve(accepts(187, next_id(187, 1) + price(187, 5)))

    class App(Plain):
        def __init__(self) -> None:
            setattr(self, name, threading.Lock())
            super().__init__()

    session(App(), tws)
