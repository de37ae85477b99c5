"""Which server version is agreed on over a socket, where the protobuf package is installed and
where it seems not to be.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from client.scripted import HOST, App, ScriptedTws, accepts

from ibapi_port.client import newest_version
from ibapi_port.simulator import SimulatedTws

from .helpers import LAST, VERSIONS, ProtoLink, codec_for

Serve = Callable[..., ScriptedTws]
HINT = "pip install ibapi_port[protobuf]"


@pytest.fixture
def no_protobuf(monkeypatch: pytest.MonkeyPatch) -> None:
    for user in ("_client.core", "simulator.server"):
        monkeypatch.setattr(f"ibapi_port.{user}.protobuf_available", lambda: False)


@pytest.mark.parametrize("version", [100, 187, 200, *VERSIONS])
def test_the_newest_version_is_offered_and_any_is_taken(
    app: App, serve: Serve, version: int
) -> None:
    tws = serve(accepts(version))
    app.dial(tws)
    peer = tws.peer()
    assert peer.offer == "v100..226"
    assert app.names() == ["connectAck"]
    assert (app.serverVersion(), app.isConnected()) == (version, True)
    received = codec_for(version).decode_request(peer.frame())
    assert (received.name, received.values["clientId"]) == ("startApi", 7)


@pytest.mark.parametrize("version", [227, 300])
def test_a_version_that_is_too_new(app: App, serve: Serve, version: int) -> None:
    app.dial(serve(accepts(version)))
    ((number, code, text),) = app.errors()
    assert (number, code, app.names()) == (-1, 503, ["error"])
    assert f"version {version}, the client 100 to 226" in text
    assert HINT not in text


@pytest.mark.usefixtures("no_protobuf")
def test_without_protobuf_text_is_offered(app: App, serve: Serve) -> None:
    assert newest_version() == 200
    tws = serve(accepts(200))
    app.dial(tws)
    assert tws.peer().offer == "v100..200"
    assert app.names() == ["connectAck"]


@pytest.mark.usefixtures("no_protobuf")
@pytest.mark.parametrize("version", [201, 210, LAST])
def test_without_protobuf_a_server_that_insists_is_one_error(
    app: App, serve: Serve, version: int
) -> None:
    tws = serve(accepts(version))
    app.dial(tws)
    ((number, code, text),) = app.errors()
    assert (number, code, app.names()) == (-1, 503, ["error"])
    assert f"version {version}" in text
    assert HINT in text
    assert not app.isConnected()
    assert tws.peer().to_the_end() == []


@pytest.mark.usefixtures("no_protobuf")
def test_without_protobuf_the_client_may_try_another_server(app: App, serve: Serve) -> None:
    app.dial(serve(accepts(210)))
    app.dial(serve(accepts(187)))
    assert app.names() == ["error", "connectAck"]
    assert app.serverVersion() == 187


@pytest.mark.usefixtures("no_protobuf")
@pytest.mark.parametrize("version", [201, LAST])
def test_without_protobuf_there_is_no_simulated_tws_of_that_version(version: int) -> None:
    with pytest.raises(ValueError, match=r"pip install ibapi_port\[protobuf\]"):
        SimulatedTws(server_version=version)
    SimulatedTws(server_version=200)


@pytest.mark.parametrize("version", [99, 227])
def test_versions_of_the_simulated_tws(version: int) -> None:
    with pytest.raises(ValueError, match="100 to 226"):
        SimulatedTws(server_version=version)


@pytest.mark.parametrize("version", [201, 203, 206, 207, 213, LAST])
def test_connecting_to_the_simulated_tws(app: App, version: int) -> None:
    with SimulatedTws(server_version=version, tick_interval=3600) as tws:
        app.connect(tws.host, tws.port, 7)
        app.start()
        assert app.wait_for("nextValidId").args == (1,)
        assert app.wait_for("managedAccounts").args == ("DU1234567",)
        assert app.serverVersion() == version
        app.disconnect()
        assert app.join() is None


@pytest.mark.usefixtures("no_protobuf")
def test_a_client_without_protobuf_and_a_tws_with_it(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ibapi_port.simulator.server.protobuf_available", lambda: True)
    with SimulatedTws(server_version=LAST, tick_interval=3600) as tws:
        app.connect(tws.host, tws.port, 7)
        app.start()
        app.wait_for("nextValidId")
        assert app.serverVersion() == 200
        app.disconnect()
        assert app.join() is None


def test_connecting_anew_to_a_server_of_another_wire(app: App) -> None:
    with (
        SimulatedTws(server_version=LAST, tick_interval=3600) as new,
        SimulatedTws(server_version=187, tick_interval=3600) as old,
    ):
        for n, tws in enumerate((new, old, new), 1):
            app.connect(HOST, tws.port, 7)
            app.start()
            app.wait_for("nextValidId", n)
            app.disconnect()
            assert app.join() is None
    assert not [told for told in app.errors() if told[1] not in (2104, 2106, 2158)]


def test_a_session_over_the_scripted_tws_ends_as_any() -> None:
    one = ProtoLink(LAST)
    one.peer.close()
    assert one.app.join() is None
    assert one.app.names() == ["error", "connectionClosed"]
    assert one.app.errors()[0][:2] == (-1, 507)
    one.close()
