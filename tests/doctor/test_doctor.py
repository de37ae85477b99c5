"""The doctor, against the simulated TWS in its states and against small servers that are no TWS."""

from __future__ import annotations

import contextlib
import json
import logging
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from leftovers import nothing_left
from reliability.hostile import ScriptedTws, accepts

from ibapi_port.__main__ import main
from ibapi_port.client import EClient
from ibapi_port.doctor import LEVELS, STATUSES, Finding, Report, examine, ports
from ibapi_port.doctor.cli import place_of
from ibapi_port.doctor.examination import _span
from ibapi_port.simulator import SimulatedTws
from ibapi_port.wrapper import EWrapper

WAIT = 10.0
SHORT = 0.2
TLS = Path(__file__).parents[1] / "data" / "tls"


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    with nothing_left():
        yield


@pytest.fixture(autouse=True)
def _no_other_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """IB's own ports may be in use on the computer that runs the tests."""
    for port in list(ports.PORTS):
        monkeypatch.delitem(ports.PORTS, port)


def found(report: Report, name: str) -> Finding:
    (finding,) = (f for f in report.findings if f.name == name)
    return finding


def names(report: Report) -> list[str]:
    return [finding.name for finding in report.findings]


def simulated(timeout: float = WAIT, client_id: int | None = None, **settings: Any) -> Report:
    with SimulatedTws(**settings) as tws:
        return examine(tws.host, tws.port, timeout=timeout, client_id=client_id)


# --- a TWS that answers ---


def test_all_is_well() -> None:
    seen: list[Finding] = []
    with SimulatedTws() as tws:
        report = examine(tws.host, tws.port, client_id=5, timeout=WAIT, progress=seen.append)
        assert tws.do("state")["clients"] == []  # it has gone
        orders = tws.do("state")["orders"]
    assert orders == []
    assert report.status == 0
    assert report.problems == []
    assert seen == report.findings
    assert names(report) == [
        *("connected", "version", "accounts", "clock", "orders"),
        *("data", "data", "data", "data", "farms"),
    ]
    assert found(report, "connected").details == {"server_version": 187, "client_id": 5}
    assert found(report, "accounts").details == {"accounts": ["DU1234567"], "kind": "paper"}
    assert all(f.details["prices"]["bid"] > 0 for f in report.findings if f.name == "data")


def test_nothing_is_sent_but_questions() -> None:
    with SimulatedTws() as tws:
        tws.do("record")
        examine(tws.host, tws.port, timeout=WAIT)
        asked = {request["request"] for request in tws.do("requests")}
    assert asked == {
        *("startApi", "reqCurrentTime", "reqCompletedOrders", "reqMarketDataType", "reqMktData"),
    }


def test_pairs_of_currencies() -> None:
    with SimulatedTws() as tws:
        report = examine(tws.host, tws.port, symbol="eur.usd", timeout=WAIT)
    assert report.status == 0
    assert "EUR, live: bid" in next(f.text for f in report.findings if f.name == "data")


def test_a_read_only_api() -> None:
    report = simulated(read_only=True)
    assert report.status == STATUSES["read_only"]
    finding = found(report, "read_only")
    assert (finding.level, finding.code) == ("warning", 321)
    assert "Read-Only API" in finding.cure
    assert "data" in report


def test_live_data_without_a_subscription() -> None:
    report = simulated(not_subscribed="ALL")
    assert report.status == 1
    live, frozen = (f for f in report.findings if f.name == "no_data")
    assert (live.code, live.check, frozen.check) == (354, "data: live", "data: frozen")
    assert "reqMarketDataType(3)" in live.cure
    assert [f.check for f in report.findings if f.name == "data"] == [
        "data: delayed",
        "data: delayed frozen",
    ]


def test_no_data_at_all() -> None:
    report = simulated(not_subscribed="ALL", delayed_data=False)
    assert [f.code for f in report.findings if f.name == "no_data"] == [10168] * 4


def test_a_competing_session() -> None:
    with SimulatedTws() as tws:
        tws.do("competing_session")
        report = examine(tws.host, tws.port, timeout=WAIT)
    finding = next(f for f in report.findings if f.name == "no_data")
    assert finding.code == 10197
    assert "session" in finding.text


def test_an_unknown_symbol() -> None:
    with SimulatedTws() as tws:
        report = examine(tws.host, tws.port, symbol="NOSUCH", timeout=WAIT)
    finding = next(f for f in report.findings if f.name == "no_data")
    assert (finding.level, finding.code) == ("problem", 200)


def test_live_and_paper_accounts() -> None:
    assert found(simulated(account="U7654321"), "accounts").details["kind"] == "live"
    several = found(simulated(account="DF1234560,DU1234561,DU1234562"), "accounts")
    assert several.text.startswith("3 accounts (paper): DF1234560,")


def test_a_live_account_on_the_port_of_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    with SimulatedTws(account="U7654321") as tws:
        monkeypatch.setattr("ibapi_port.doctor.examination._PAPER_PORTS", (tws.port,))
        report = examine(tws.host, tws.port, timeout=WAIT)
    assert "cost real money" in found(report, "live_on_paper_port").cure


def test_a_clock_that_is_wrong() -> None:
    report = simulated(virtual=True, timeout=SHORT, account="U7654321")
    finding = found(report, "clock")
    assert re.search(r"is \d+ days( \d+ (h|min))? behind this one", finding.text)
    assert finding.details["offset"] < -100
    assert finding.level == "warning"


def test_the_clock_of_a_simulated_tws_is_no_warning() -> None:
    finding = found(simulated(virtual=True, timeout=SHORT), "clock")
    assert finding.level == "note"
    assert "if it is a simulated TWS" in finding.cure


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (3, "3 s"),
        (-61.4, "1 min 1 s"),
        (7200, "2 h"),
        (86400 + 3700, "1 day 1 h"),
        (1e7, "115 days 17 h"),
    ],
)
def test_a_span_of_time(seconds: float, text: str) -> None:
    assert _span(seconds) == text


def test_broken_farms_and_no_line_to_ib() -> None:
    with SimulatedTws() as tws:
        tws.do("farm", name="ushmds", state="broken")
        report = examine(tws.host, tws.port, timeout=WAIT)
        finding = found(report, "farm_broken")
        assert (finding.code, finding.text) == (
            2105,
            "The connection of TWS to ushmds (historical data) is broken.",
        )
        tws.do("farm", name="ushmds", state="ok")
        tws.do("connectivity", up=False)
        report = examine(tws.host, tws.port, timeout=SHORT)
    assert found(report, "no_connection_to_ib").code == 1100
    assert report.status == STATUSES["no_connection_to_ib"]


def test_an_idle_gateway() -> None:
    report = simulated(gateway=True)
    assert report.status == 0
    assert "usfarm" in found(report, "farms").text


def test_an_old_tws_and_a_new_one() -> None:
    old = found(simulated(server_version=120), "version")
    assert old.level == "warning"
    assert "completed orders" in old.details["lacks"]
    newest = simulated(server_version=226)
    assert found(newest, "version").level == "ok"
    assert newest.status == 0


def test_the_client_id_is_in_use() -> None:
    with SimulatedTws() as tws:
        other = EClient(EWrapper())
        other.connect(tws.host, tws.port, 5)
        runner = threading.Thread(target=other.run)
        runner.start()
        report = examine(tws.host, tws.port, client_id=5, timeout=WAIT)
        other.disconnect()
        runner.join(WAIT)
    finding = found(report, "client_id_in_use")
    assert (finding.level, finding.code) == ("problem", 326)
    assert report.status == STATUSES["client_id_in_use"]
    assert found(report, "connected").details["client_id"] != 5  # the rest was examined
    assert "farms" in report


def test_too_many_clients() -> None:
    with SimulatedTws(max_clients=1) as tws:
        other = EClient(EWrapper())
        other.connect(tws.host, tws.port, 5)
        runner = threading.Thread(target=other.run)
        runner.start()
        report = examine(tws.host, tws.port, timeout=WAIT)
        other.disconnect()
        runner.join(WAIT)
    assert report.status == STATUSES["not_ready"]
    assert "which is the most" in found(report, "not_ready").text


def test_the_connection_is_lost_in_the_middle() -> None:
    with SimulatedTws() as tws:

        def drop(finding: Finding) -> None:
            if finding.name == "clock":
                tws.do("drop_connection")

        report = examine(tws.host, tws.port, timeout=WAIT, progress=drop)
    assert report.status == STATUSES["lost"]
    assert names(report)[-1] == "lost"


# --- nothing, or something else, on the port ---


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def test_refused() -> None:
    report = examine("127.0.0.1", free_port(), timeout=WAIT)
    assert report.status == STATUSES["refused"]
    assert found(report, "refused").code == 502
    assert "nothing_else" in report


def test_refused_but_another_port_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    with SimulatedTws() as tws:
        monkeypatch.setitem(ports.PORTS, tws.port, "TWS, paper")
        report = examine("127.0.0.1", free_port(), timeout=WAIT)
        found_place = found(report, "listens")
        assert found_place.text == f"Something listens at 127.0.0.1:{tws.port} (TWS, paper)."
        # without a port, that one is examined
        assert examine("127.0.0.1", timeout=WAIT).status == 0
    report = examine("127.0.0.1", timeout=WAIT)
    assert (names(report), report.status) == (["refused"], 3)


def test_localhost_that_means_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ibapi_port.doctor.reach.loopback_names", lambda *_: ["::1", "127.0.0.1"])
    report = examine("localhost", free_port(), timeout=WAIT)
    assert found(report, "ipv6").cure == "Use 127.0.0.1 as host."
    monkeypatch.setitem(ports.PORTS, 4001, "IB Gateway")
    places = ports.others("localhost", 7497)
    assert {place.host for place in places} == {"localhost", "127.0.0.1", "::1"}
    assert str(ports.Place("::1", 7497)) == "[::1]:7497"


def test_a_host_that_is_not_known() -> None:
    report = examine("no-such-host.invalid", 7497, timeout=WAIT)
    assert report.status == STATUSES["not_reached"]


def test_silent() -> None:
    with serving(says_nothing) as port:
        report = examine("127.0.0.1", port, timeout=SHORT)
    assert report.status == STATUSES["silent"]
    assert "dialog" in found(report, "silent").cure


def test_a_tws_that_asks_a_person() -> None:
    report = simulated(timeout=SHORT, accept="ask")
    assert report.status == STATUSES["silent"]


def test_closed_at_once() -> None:
    assert simulated(accept="no").status == STATUSES["closed_at_once"]
    with serving(lambda sock: sock.recv(4)) as port:
        report = examine("127.0.0.1", port, timeout=WAIT)
    assert report.status == STATUSES["closed_at_once"]


def test_closed_after_the_handshake() -> None:
    def play(peer: Any) -> None:
        accepts(187)(peer)
        peer.close()

    with ScriptedTws(play) as server:
        report = examine("127.0.0.1", server.port, timeout=WAIT)
    assert report.status == STATUSES["closed_at_once"]
    assert "shook hands" in found(report, "closed_at_once").text


def test_a_tws_that_does_not_get_ready() -> None:
    with ScriptedTws(accepts(187)) as server:
        report = examine("127.0.0.1", server.port, timeout=SHORT)
    assert report.status == STATUSES["not_ready"]


def test_a_version_that_is_too_old() -> None:
    with ScriptedTws(accepts(70)) as server:
        report = examine("127.0.0.1", server.port, timeout=WAIT)
    assert report.status == STATUSES["version"]


@contextlib.contextmanager
def serving(handle: Callable[[socket.socket], object]) -> Iterator[int]:
    """A server that handles one connection after another."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        stop = threading.Event()

        def serve() -> None:
            while True:
                sock, _ = server.accept()
                with sock:
                    if stop.is_set():
                        return
                    sock.settimeout(WAIT)
                    with contextlib.suppress(OSError):
                        handle(sock)

        thread = threading.Thread(target=serve)
        thread.start()
        port = server.getsockname()[1]
        try:
            yield port
        finally:
            stop.set()
            socket.create_connection(("127.0.0.1", port)).close()
            thread.join(WAIT)


def says_nothing(sock: socket.socket) -> None:
    while sock.recv(4096):
        pass


def web(sock: socket.socket) -> None:
    if b"\r\n\r\n" in sock.recv(4096):
        sock.sendall(b"HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    else:
        sock.sendall(b"HTTP/1.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def test_a_web_server() -> None:
    with serving(web) as port:
        report = examine("127.0.0.1", port, timeout=1.0)
    assert report.status == STATUSES["http"]
    assert 'says "HTTP/1.0 404 Not Found"' in found(report, "http").text


def test_a_server_with_tls() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(next(TLS.glob("*cert*.pem")), next(TLS.glob("*key*.pem")))

    def shake_hands(sock: socket.socket) -> None:
        with context.wrap_socket(sock, server_side=True) as secure:
            secure.recv(1)

    with serving(shake_hands) as port:
        report = examine("127.0.0.1", port, timeout=1.0)
    assert report.status == STATUSES["tls"]
    assert "ssl_context" in found(report, "tls").cure


def test_a_server_that_speaks_first() -> None:
    with serving(lambda sock: sock.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\x00")) as port:
        report = examine("127.0.0.1", port, timeout=SHORT)
    assert report.status == STATUSES["other_program"]
    assert 'says "SSH-2.0-OpenSSH_9.2"' in found(report, "other_program").text


def test_rubbish() -> None:
    def rubbish(sock: socket.socket) -> None:
        sock.recv(4096)
        sock.sendall(b"\xff" * 64)

    with serving(rubbish) as port:
        report = examine("127.0.0.1", port, timeout=SHORT)
    assert report.status == STATUSES["other_program"]


# --- the command ---


def test_text(capsys: pytest.CaptureFixture[str]) -> None:
    with SimulatedTws(read_only=True) as tws:
        status = main(["doctor", tws.host, str(tws.port), "--client-id", "3"])
    out = capsys.readouterr().out
    assert status == STATUSES["read_only"]
    assert out.startswith("ok        TWS at 127.0.0.1:")
    assert (
        'WARNING   The API is read-only: TWS refuses orders and lists of orders.\n          -> Switch off "Read-Only API"'
        in out
    )
    assert out.endswith("\nOne thing needs a look.\n")
    assert max(map(len, out.splitlines())) <= 96


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    level = logging.getLogger("ibapi_port").level
    assert main(["doctor", "127.0.0.1", str(port), "--json"]) == 3
    assert logging.getLogger("ibapi_port").level == level
    data = json.loads(capsys.readouterr().out)
    assert data["status"] == 3
    assert data["findings"][0]["name"] == "refused"
    assert set(data["findings"][0]) == {*Finding._fields}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["127.0.0.1", "70000"], "port: 70000 is not between 1 and 65535"),
        (["127.0.0.1", "x"], "PORT: 'x' is no whole number"),
        (["--port", "1", "7497"], "--port: '7497' and '1' are given"),
        (["70000"], "port: 70000 is not between 1 and 65535"),
        (["--symbol", ""], "symbol: '' is no symbol"),
        (["--timeout", "0"], "--timeout: must be above 0"),
    ],
)
def test_wrong_arguments(
    arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["doctor", *arguments])
    assert ended.value.code == 2
    assert text in capsys.readouterr().err


def test_a_number_alone_is_a_port(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:  # bound, and not listening: it refuses
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert main(["doctor", str(port)]) == 3
        assert main(["doctor", "--host", "127.0.0.1", "--port", str(port)]) == 3
    assert capsys.readouterr().out.count(f"127.0.0.1:{port}") >= 2


@pytest.mark.parametrize(
    ("place", "options", "expected"),
    [
        ("", {}, ("127.0.0.1", None)),
        ("7497", {}, ("127.0.0.1", 7497)),
        ("tws", {}, ("tws", None)),
        ("tws 7497", {}, ("tws", 7497)),
        ("tws:7497", {}, ("tws", 7497)),
        ("[::1]:7497", {}, ("::1", 7497)),
        ("::1 7497", {}, ("::1", 7497)),
        ("::1", {}, ("::1", None)),
        ("[::1]", {}, ("::1", None)),
        ("", {"port": "7497"}, ("127.0.0.1", 7497)),
        ("", {"host": "tws", "port": "7497"}, ("tws", 7497)),
        ("tws", {"port": "7497"}, ("tws", 7497)),
        ("7497", {"host": "tws"}, ("tws", 7497)),
    ],
)
def test_where_the_doctor_looks(
    place: str, options: dict[str, str], expected: tuple[str, int | None]
) -> None:
    assert place_of(place.split(), options.get("host"), options.get("port")) == expected


@pytest.mark.parametrize(
    ("place", "options", "words"),
    [
        ("tws", {"host": "other"}, "--host: 'tws' and 'other' are given"),
        ("7497", {"port": "7496"}, "--port: '7497' and '7496' are given"),
        ("tws 7497 1", {}, "more than a host and a port"),
        ("tws x", {}, "'x' is no whole number"),
        ("tws:x", {}, "'x' is no whole number"),
        ("", {"port": "-1"}, "'-1' is no whole number"),
    ],
)
def test_where_the_doctor_cannot_look(place: str, options: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        place_of(place.split(), options.get("host"), options.get("port"))


def test_the_gravest_finding_gives_the_status() -> None:
    report = Report()
    assert report.status == 0
    report.add("something", "x", "warning", "A text.")
    assert report.status == 1
    report.add("read_only", "x", "warning", "A text.")
    assert report.status == 13
    report.add("silent", "x", "problem", "A text.")
    assert report.status == 4
    assert {finding.level for finding in report.findings} <= set(LEVELS)


def test_it_does_not_take_long() -> None:
    start = time.monotonic()
    simulated()
    assert time.monotonic() - start < WAIT / 2
