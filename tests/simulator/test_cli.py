from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from ibapi_port.simulator import SimulatedTws, cli

from .helpers import RawClient

PROGRAM = [sys.executable, "-c", "import sys; from ibapi_port.simulator.cli import main; sys.exit(main(sys.argv[1:]))"]


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_listens_serves_and_ends_cleanly(ending: int) -> None:
    with subprocess.Popen(
        [*PROGRAM, "--server-version", "176", "--seed", "3", "--tick-interval", "0.05"], stdout=subprocess.PIPE, text=True
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
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("cannot simulate a TWS: ") == 2


def test_bad_options(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--port", "any"])
    assert ended.value.code == 2
    assert "--port" in capsys.readouterr().err
