from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import threading
import urllib.request

import pytest

from ibapi_port.simulator import SimulatedTws, cli
from ibapi_port.simulator.progress import Progress, StatusLine

from .helpers import RawClient, order, stock

PROGRAM = [
    sys.executable,
    "-c",
    "import sys; from ibapi_port.simulator.cli import main; sys.exit(main(sys.argv[1:]))",
]


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_listens_serves_and_ends_cleanly(ending: int) -> None:
    with subprocess.Popen(
        [*PROGRAM, "--server-version", "176", "--seed", "3", "--tick-interval", "0.05"],
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None
        first, _, port = program.stdout.readline().rstrip().rpartition(":")
        assert first == "simulated TWS listening on 127.0.0.1"
        with RawClient(("127.0.0.1", int(port))) as client:
            assert client.server_version == 176
            client.start()
            program.send_signal(ending)
            client.wait_for_close()
        assert program.wait(10) == 0
        assert program.stdout.read() == ""


def test_a_taken_port_and_bad_values(tws: SimulatedTws, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--port", str(tws.port)]) == 1
    assert cli.main(["--server-version", "99"]) == 1
    assert cli.main(["--port", "65536"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("cannot simulate a TWS: ") == 3
    assert f"127.0.0.1:{tws.port} is in use by another program; choose another port" in told.err


def test_bad_options(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--port", "any"])
    assert ended.value.code == 2
    assert "--port" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        cli.main(["--control-port", "65536"])
    assert "control_port must be 65535 or less" in capsys.readouterr().err


def test_faults_and_control_from_the_command_line() -> None:
    flags = [
        "--control-port",
        "0",
        "--fault",
        "insert data=ff message=currentTime times=1",
        "--fault",
        "version number=150",
    ]
    with subprocess.Popen([*PROGRAM, *flags], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        port = int(program.stdout.readline().rpartition(":")[2])
        control = program.stdout.readline().rstrip()
        assert control.startswith("control at http://127.0.0.1:")
        with urllib.request.urlopen(
            f"{control.removeprefix('control at ')}faults", timeout=10
        ) as answer:
            kinds = [fault["kind"] for fault in json.load(answer)["result"]]
        assert kinds == ["insert", "version"]
        with RawClient(("127.0.0.1", port)) as client:
            assert client.server_version == 150
            client.start()
            client.ask("reqCurrentTime")
            assert client.sock.recv(1) == b"\xff"
        program.send_signal(signal.SIGTERM)
        assert program.wait(10) == 0


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("explode", "kind: must be one of"),
        ("", "kind: must be one of"),
        ("cut size=much", "size: must be a whole number, not 'much'"),
        ("cut large", "written NAME=VALUE"),
        ("cut sice=3", "takes no such value"),
    ],
)
def test_bad_faults(fault: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--fault", fault])
    assert said in capsys.readouterr().err


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_a_status_line_and_lines_above_it() -> None:
    terminal, out, shown = Terminal(), io.StringIO(), threading.Event()

    def text() -> str:
        shown.set()
        return "09:30, 2 clients"

    with StatusLine(text, terminal) as status:
        assert shown.wait(10)
        while "2 clients" not in terminal.getvalue():
            threading.Event().wait(0.001)
        status.print("an event", out)
    assert out.getvalue() == "an event\n"
    assert terminal.getvalue().endswith("\r")


def test_no_terminal_shows_nothing() -> None:
    stream = io.StringIO()
    with StatusLine(lambda: "text", stream):
        pass
    progress = Progress(0.0, 10.0, stream)
    progress.at(5.0, "noon")
    progress.done()
    assert stream.getvalue() == ""


def test_a_long_advance_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 0.5, 2.0, 2.0])
    monkeypatch.setattr("ibapi_port.simulator.progress.time.monotonic", lambda: next(times))
    stream = Terminal()
    progress = Progress(100.0, 200.0, stream)
    progress.at(110.0, "early")
    progress.at(150.0, "noon")
    progress.done()
    assert stream.getvalue() == "\rnoon   50%\n"


def test_the_log_is_an_event_a_line() -> None:
    with SimulatedTws(virtual=True) as tws:
        lines: list[str] = []
        tws.call(lambda world: world.log.start(lambda event: lines.append(event.line)))
        with RawClient(tws.address) as client:
            client.start(4)
            client.ask("placeOrder", 1, stock(), order("BUY", "100", "LMT", lmtPrice=1.5))
            client.until("orderStatus")
        tws.do("trade", symbol="AAPL", price=200)
        told = [line.partition("US/Eastern ")[2] for line in lines]
        assert "client   client 4 connected" in told
        assert (
            "request  client 4 placeOrder orderId=1 AAPL STK SMART USD BUY 100 LMT limit 1.5"
            in told
        )
        assert "order    client 4 order 1: Submitted BUY 100 AAPL, 0 filled" in told
        assert "command  trade symbol=AAPL price=200" in told
