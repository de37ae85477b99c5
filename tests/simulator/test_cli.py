from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request

import pytest

from ibapi_port.simulator import SimulatedTws, cli

from .helpers import RawClient

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
