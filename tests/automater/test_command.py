"""`python -m ibapi_port gateway`, without a Gateway: the simulated one stands behind it."""

from __future__ import annotations

import dataclasses
import json
import os
import plistlib
import shlex
import signal
import socket
import stat
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from argparse import Namespace
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ibapi_port.__main__ import main
from ibapi_port.automater.command import cli, control, service, setup, simulated
from ibapi_port.automater.command.checks import examine
from ibapi_port.automater.command.companions import Companion
from ibapi_port.automater.command.control import CommandError, CommandServer, ask
from ibapi_port.automater.command.log import Log
from ibapi_port.automater.command.runner import Runner
from ibapi_port.automater.command.settings import Settings, default_path
from ibapi_port.automater.command.settings_file import load
from ibapi_port.automater.config import Config
from ibapi_port.automater.simulated import SimulatedHosts
from ibapi_port.automater.simulated.host import FakeHost
from ibapi_port.ib import IB, LimitOrder, Stock

PASSWORD = "s3cret pass"
needs_toml = pytest.mark.skipif(sys.version_info < (3, 11), reason="TOML needs Python 3.11")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    return tmp_path


class Running:
    """A runner in a thread, with the simulated Gateway behind it."""

    def __init__(self, **settings: Any) -> None:
        self.hosts = SimulatedHosts()
        self.lines: list[str] = []
        self.ready = threading.Event()
        config = settings.pop("config", None) or Config(dump_directory=control.default_dumps())
        self.settings = Settings(
            version="1030", user="tester", password=PASSWORD, config=config, **settings
        )
        self.runner = Runner(self.settings, self._say, self.hosts.clock, self.hosts)
        self.result: int | None = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _say(self, text: str) -> None:
        self.lines.append(text)
        if text == "The Gateway is ready.":
            self.hosts.clock.paused = True  # or days would pass
            self.ready.set()

    def _run(self) -> None:
        self.result = self.runner.run()

    @property
    def host(self) -> FakeHost:
        assert self.hosts.host is not None
        return self.hosts.host

    def end(self) -> int | None:
        self.hosts.clock.resume()
        self.thread.join(20)
        assert not self.thread.is_alive()
        return self.result


@pytest.fixture
def running() -> Iterator[Running]:
    made = Running()
    assert made.ready.wait(20), made.lines
    yield made
    made.hosts.clock.resume()
    made.runner.keeper.stop()
    made.end()


def test_status_and_stop(running: Running, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gateway", "status", "--json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert (status["name"], status["state"], status["ready"]) == ("gateway", "ready", True)
    assert status["pid"] == running.host.screen.pid
    path = control.state_path("gateway")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert ask("gateway", "STOP") == ["OK STOP"]
    assert running.end() == 0
    assert not path.exists()
    assert running.host.running == []
    assert main(["gateway", "status"]) == 4
    assert "no Gateway 'gateway' runs" in capsys.readouterr().err


def test_there_is_one_of_a_name(running: Running) -> None:
    hosts = SimulatedHosts()
    other = Runner(running.settings, clock=hosts.clock, host=hosts)
    with pytest.raises(CommandError, match="runs already"):
        other.run()
    other.automater.Dispose()


def test_two_that_start_at_once(home: Path) -> None:
    """Neither has told yet where it listens; the lock lets one of them go on."""
    other: list[str] = []

    def second(text: str) -> None:
        if "process started" in text:
            control.state_path("gateway").unlink()  # as if it had not been written yet
            hosts = SimulatedHosts()
            runner = Runner(first.settings, clock=hosts.clock, host=hosts)
            with pytest.raises(CommandError, match="runs already"):
                runner.run()
            other.append(text)

    hosts = SimulatedHosts()
    settings = Settings(version="1030", user="tester", password=PASSWORD)
    first = Runner(settings, lambda text: None, hosts.clock, hosts)
    first.automater.OutputDataReceived += lambda sender, e: second(e.Data)
    first.keeper._ready = first.keeper.stop
    assert first.run() == 0
    assert len(other) == 1


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_it_in_order(name: str) -> None:
    """SIGHUP comes when the terminal is closed; the Gateway would be left behind by it."""
    if not hasattr(signal, name):
        pytest.skip(f"there is no {name} here")
    number = getattr(signal, name)
    before = signal.getsignal(number)
    hosts = SimulatedHosts()
    lines: list[str] = []

    def say(text: str) -> None:
        lines.append(text)
        if text == "The Gateway is ready.":
            os.kill(os.getpid(), number)

    settings = Settings(version="1030", user="tester", password=PASSWORD)
    assert Runner(settings, say, hosts.clock, hosts).run() == 0
    assert hosts.host is not None
    assert hosts.host.running == []
    assert "Click menu: [File > Close]" in lines
    assert signal.getsignal(number) is before
    assert not control.state_path("gateway").exists()


def test_a_command_port_that_is_taken_is_named(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        hosts = SimulatedHosts()
        settings = Settings(version="1030", user="me", password=PASSWORD, command_port=port)
        with pytest.raises(CommandError, match=f"the port {port} of the command server"):
            Runner(settings, clock=hosts.clock, host=hosts).run()
    assert list(control.state_directory().iterdir()) == [control.lock_path("gateway")]


def test_status_of_none_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gateway", "status", "--json"]) == 4
    status = json.loads(capsys.readouterr().out)
    assert (status["state"], status["ready"]) == ("not running", False)


# --- the file of its lines ---


def test_a_log_does_not_grow_without_end(home: Path) -> None:
    path = home / "paper.log"
    code = (
        "from ibapi_port.automater.command.log import Log; import pathlib, sys;"
        f"log = Log(pathlib.Path({str(path)!r}), 1000);"
        "[log.say(f'line {n}') for n in range(300)]; print('err', file=sys.stderr)"
    )
    with path.open("ab") as output:
        subprocess.run([sys.executable, "-c", code], stdout=output, stderr=output, check=True)
    newest = path.read_text().splitlines()
    assert newest[-2:] == ["line 299", "err"]
    assert 0 < path.stat().st_size < 1100
    before = (home / "paper.log.1").read_text().splitlines()
    assert f"line {int(before[-1].split()[1]) + 1}" == newest[0]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_log_on_a_full_disk_does_not_end_the_gateway(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The keeper says a line in the thread that keeps the Gateway running."""

    class Full:
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(sys, "stdout", Full())
    hosts = SimulatedHosts()
    settings = Settings(version="1030", user="tester", password=PASSWORD)
    runner = Runner(settings, Log(home / "x.log").say, hosts.clock, hosts)
    ready: list[int] = []

    def is_ready() -> None:
        ready.append(1)
        runner.keeper.stop()

    runner.keeper._ready = is_ready
    assert runner.run() == 0
    assert ready == [1]


def test_dump(running: Running, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gateway", "dump"]) == 0
    tree, picture = (Path(line) for line in capsys.readouterr().out.splitlines()[:2])
    data = json.loads(tree.read_text())
    assert data["state"] == "ready"
    assert data["windows"][0]["k"] == "frame"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert PASSWORD not in tree.read_text()


def test_restart(running: Running) -> None:
    running.ready.clear()
    assert main(["gateway", "restart", "--cold"]) == 0
    running.hosts.clock.resume()
    assert running.ready.wait(20)
    assert len(running.hosts.gateway.logins) == 2
    assert main(["gateway", "restart"]) == 0
    running.hosts.clock.resume()
    while not running.runner.automater._engine.machine.soft_calls:
        running.thread.join(0.002)


def test_a_simulated_gateway_in_real_time(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    quick = Config(restart_pause=0.0, page_wait=0.02, click_check=0.02, probe_interval=0.02)
    settings = dataclasses.replace(simulated.settings_of(default_path()), port=port, config=quick)
    clock, host = simulated.factory(port)
    hurry(clock)
    ready = threading.Event()

    def say(text: str) -> None:
        if text == "The Gateway is ready.":
            ready.set()

    runner = Runner(settings, say, clock, host)
    thread = threading.Thread(target=runner.run)
    thread.start()
    try:
        for cold in (False, True):
            assert ready.wait(20)
            with IB.connect("127.0.0.1", port, 1) as ib:
                assert ib.accounts() == ["DU1234567"]
                if not cold:
                    ib.placeOrder(Stock("AAPL"), LimitOrder("BUY", 1, 1.0)).wait("Submitted", 20)
                    ready.clear()
                    assert main(["gateway", "restart", "--cold"]) == 0
                else:  # orders outlive the restart
                    assert [trade.order.lmtPrice for trade in ib.openTrades()] == [1.0]
        assert main(["gateway", "status"]) == 0
        assert main(["gateway", "stop"]) == 0
    finally:
        runner.keeper.stop()
        thread.join(20)
    assert not thread.is_alive()
    assert simulated.is_free(port)


def hurry(clock: simulated.Timers) -> None:
    """Let what is due later be due at once: the simulated Gateway takes no time."""
    later = clock.later
    clock.later = lambda seconds, call: later(0.0 if seconds < 60 else seconds, call)  # type: ignore[method-assign]


def test_the_time_of_a_restart_on_a_clock_of_twelve_hours() -> None:
    noon = datetime(2026, 11, 29, 12, 0)
    assert simulated.until(noon, "11:45", True) == 11.75 * 3600
    assert simulated.until(noon, "11:45", False) == 23.75 * 3600
    assert simulated.until(noon, "12:30", True) == 1800
    assert simulated.until(noon, "12:00", True) == 86400
    assert simulated.until(noon, "12:00", False) == 12 * 3600


@pytest.mark.parametrize("word", ["PAUSE", "RECONNECTDATA", "ENABLEAPI", "NONSENSE"])
def test_commands_that_are_not_possible(running: Running, word: str) -> None:
    with pytest.raises(CommandError, match=r"not possible|no command"):
        ask("gateway", word)


# --- the command server ---


def talk(port: int, *lines: str) -> list[str]:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        sock.sendall("".join(f"{line}\r\n" for line in lines).encode())
        return sock.makefile("r").read().splitlines()


def test_several_commands_on_one_connection() -> None:
    heard: list[tuple[str, str]] = []

    def handle(word: str, argument: str) -> list[str]:
        heard.append((word, argument))
        if word == "BAD":
            raise CommandError("it is refused")
        return [f"OK {word}"]

    server = CommandServer(handle)
    try:
        answer = talk(server.port, "stop", "BAD", "Restart  now", "EXIT", "STOP")
    finally:
        server.close()
    assert answer == ["OK STOP", "ERROR it is refused", "OK RESTART"]
    assert heard == [("STOP", ""), ("BAD", ""), ("RESTART", "now")]


def test_without_the_token_nothing_is_done() -> None:
    heard: list[str] = []
    server = CommandServer(lambda word, _: heard.append(word) or ["OK"], token="t0ken")  # type: ignore[func-returns-value]
    try:
        assert talk(server.port, "STOP") == ["ERROR AUTH <token> has to come first"]
        assert talk(server.port, "AUTH wrong", "STOP") == ["ERROR the token is wrong"]
        assert heard == []
        assert talk(server.port, "AUTH t0ken", "STOP", "EXIT") == ["OK AUTH", "OK"]
    finally:
        server.close()
    assert heard == ["STOP"]


def test_a_browser_is_not_listened_to() -> None:
    heard: list[str] = []
    server = CommandServer(lambda word, _: heard.append(word) or ["OK"])  # type: ignore[func-returns-value]
    try:
        assert talk(server.port, "POST / HTTP/1.1", "Host: x", "", "STOP") == []
    finally:
        server.close()
    assert heard == []


def test_close_ends_a_connection_that_is_silent() -> None:
    server = CommandServer(lambda word, _: ["OK"])
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock:
        sock.sendall(b"X\n")
        assert sock.recv(10) == b"OK\n"
        server.close()
        assert sock.recv(10) == b""


def test_a_state_that_is_left_over(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    control.write_state("gateway", port, "x")
    with pytest.raises(CommandError, match="does not answer"):
        ask("gateway", "INFO")
    assert not control.is_running("gateway")


# --- companions ---


@pytest.mark.parametrize("options", [(), ("--port 0 --http",)])
def test_the_rest_server_runs_beside_the_gateway(
    options: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a companion, so that a restart of one does not end the other."""
    file = tmp_path / "paper.toml"
    file.write_text('[gateway]\nuser = "edemo"\nport = 4123\n', encoding="utf-8")
    seen: list[Settings] = []

    class Seen:
        def __init__(self, settings: Settings, *_: Any) -> None:
            seen.append(settings)

        def run(self) -> int:
            return 0

    monkeypatch.setattr(cli, "Runner", Seen)
    assert cli.main(["run", "--config", str(file), "--with", "bot", "--rest", *options]) == 0
    rest = ("-m", "ibapi_port", "rest", "--gateway", "127.0.0.1:4123")
    more = tuple(options[0].split()) if options else ()
    assert seen[0].companions == (("bot",), (sys.executable, *rest, *more))


def test_a_companion_is_started_again(tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    code = f"open({str(marks)!r}, 'a').write('x'); import time; time.sleep(600)"
    lines: list[str] = []
    one = Companion([sys.executable, "-c", code], lines.append, pause=0.01)
    one.start()

    def until(number: int) -> int:
        while not (marks.exists() and len(marks.read_text()) == number):
            threading.Event().wait(0.005)
        return one.pid

    first = until(1)
    os.kill(first, signal.SIGKILL)
    second = until(2)
    assert second not in (0, first)
    one.stop()
    assert (one.pid, one.starts) == (0, 2)
    assert "it is started again in 0.01 s" in lines[0]


def test_a_companion_that_is_not_there() -> None:
    lines: list[str] = []
    said = threading.Event()
    one = Companion(["/no/such/program"], lambda t: (lines.append(t), said.set()), pause=5.0)  # type: ignore[func-returns-value, arg-type, return-value]
    one.start()
    assert said.wait(10)
    one.stop()
    assert "No such file" in lines[0]


# --- setup, doctor, services, alerts ---


def answers(*given: str) -> Any:
    left = list(given)
    return lambda question: left.pop(0)


OPTIONS: dict[str, Any] = dict.fromkeys(
    ("directory", "version", "user", "mode", "port", "password")
)
OPTIONS |= {"yes_live": False, "force": False}


@needs_toml
def test_setup(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)  # as if it were not installed
    path = home / "etc" / "paper.toml"
    options = Namespace(**OPTIONS)
    asked = answers("~/Jts", "1030", 'me "\\', "")
    assert setup.set_up(path, options, asked, answers(PASSWORD), lambda text: None) == 0
    found = load(path)
    assert (found.version, found.user, found.config.trading_mode) == ("1030", 'me "\\', "paper")
    assert found.password == f"file:{path.with_suffix('.password')}"
    assert PASSWORD not in path.read_text()
    for file in (path, path.with_suffix(".password")):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert found.automater(host=SimulatedHosts()).port == 4002
    assert setup.set_up(path, options, answers(), answers(), lambda text: None) == 1


@needs_toml
def test_setup_with_a_keyring(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[tuple[str, str], str] = {}
    ring = Namespace(
        set_password=lambda s, u, p: kept.update({(s, u): p}),
        get_password=lambda s, u: kept.get((s, u)),
    )
    monkeypatch.setitem(sys.modules, "keyring", ring)
    path = home / "live.toml"
    options = Namespace(**OPTIONS | {"mode": "live", "user": "me", "version": "1030"})
    options.directory = str(home)
    said: list[str] = []
    no = setup.set_up(path, options, answers("yes"), answers(PASSWORD), said.append)
    assert (no, said[-1], path.exists()) == (1, "Nothing was written.", False)
    assert setup.set_up(path, options, answers("live"), answers(PASSWORD), said.append) == 0
    assert kept == {("ibapi_port", "me"): PASSWORD}
    assert load(path).password == "keyring:ibapi_port"
    assert load(path).automater(host=SimulatedHosts()).port == 4001


def test_setup_takes_no_password_on_the_command_line(home: Path) -> None:
    options = Namespace(**OPTIONS | {"user": "me", "version": "1", "directory": str(home)})
    options.mode = "paper"
    options.password = PASSWORD
    said: list[str] = []
    assert setup.set_up(home / "x.toml", options, answers(), answers(), said.append) == 1
    assert "says where it is" in said[-1]
    assert not list(home.glob("x.*"))


def installed(home: Path) -> Path:
    version = home / "Jts" / "ibgateway" / "1030"
    (version / ".install4j").mkdir(parents=True)
    (version / ".install4j" / "pref_jre.cfg").write_text(str(home))
    (version / "ibgateway").write_text("#!/bin/sh\n")
    (version / "ibgateway").chmod(0o755)
    return home / "Jts"


@needs_toml
def test_doctor(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gateway", "doctor"]) == 1
    assert "there is no such file" in capsys.readouterr().out.replace("\n          ", " ")
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    path = home / "ibapi_port" / "gateway.toml"
    path.parent.mkdir()
    text = f'[gateway]\nversion = "1030"\nuser = "me"\npassword = "{PASSWORD}"\nport = {port}\n'
    path.write_text(text)
    path.chmod(0o644)
    report = examine(path)
    found = {finding.name for finding in report.problems}
    assert {"file_mode", "not_installed", "literal"} <= found
    assert PASSWORD not in json.dumps(report.as_dict())
    installed(home)
    path.chmod(0o600)
    path.write_text(text.replace(PASSWORD, "env:GATEWAY_PW").replace("version", "directory"))
    path.write_text(
        f'[gateway]\ndirectory = "{home}/Jts"\nversion = "1030"\nuser = "me"\n'
        f'password = "env:GATEWAY_PW"\nport = {port}\n[policy]\ndisplay = "inherit"\n'
    )
    (problem,) = examine(path).problems
    assert "GATEWAY_PW" in problem.text
    os.environ["GATEWAY_PW"] = PASSWORD
    assert main(["gateway", "doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == 0


def test_services(home: Path) -> None:
    path = home / """my $gate's "5%" \\.toml"""
    unit = service.service("systemd", "paper", path, "/usr/bin/python3")
    line = next(line for line in unit.text.splitlines() if line.startswith("ExecStart="))
    words = [w.replace("%%", "%").replace("$$", "$") for w in shlex.split(line[10:])]
    assert "paper" in unit.path.name
    assert words == [
        *("/usr/bin/python3", "-m", "ibapi_port", "gateway", "run", "--config", str(path))
    ]
    assert "RestartPreventExitStatus=3 2" in unit.text
    strange = service.service("systemd", "5% a/b", path)
    assert strange.path.name == "ibapi-gateway-5__a_b.service"
    assert "Description=IB Gateway (5%% a/b)" in strange.text
    plist = plistlib.loads(service.service("launchd", "paper", path).text.encode())
    assert plist["ProgramArguments"][-1] == str(path)
    task = ET.fromstring(service.service("task-scheduler", "paper", path).text)
    (arguments,) = (e.text for e in task.iter() if e.tag.endswith("Arguments"))
    assert arguments is not None
    assert arguments.endswith(f'--config "{path}"')


def test_setup_without_a_terminal(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ends(question: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", ends)
    monkeypatch.setattr(setup.set_up, "__defaults__", (ends, ends, print))
    assert main(["gateway", "setup"]) == 2
    assert "without one give --directory" in capsys.readouterr().err


@needs_toml
def test_install_service(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / "paper.toml"
    path.write_text("[gateway]\n")
    command = ["gateway", "install-service", "--config", str(path), "--system", "systemd"]
    assert main(command) == 0
    assert "systemctl --user enable --now ibapi-gateway-paper.service" in capsys.readouterr().out
    unit = home / ".config" / "systemd" / "user" / "ibapi-gateway-paper.service"
    assert str(path) in unit.read_text()


@needs_toml
def test_test_alert(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / "paper.toml"
    out = home / "alert.json"
    code = f"import sys; open({str(out)!r}, 'w').write(sys.stdin.read())"
    path.write_text(f"[[alerts]]\ncommand = {json.dumps([sys.executable, '-c', code])}\n")
    assert main(["gateway", "test-alert", "--config", str(path)]) == 0
    assert "delivered" in capsys.readouterr().out
    assert json.loads(out.read_text())["kind"] == "gateway_test"
    path.write_text("")
    assert main(["gateway", "test-alert", "--config", str(path)]) == 2
    assert "docs/alerts.md" in capsys.readouterr().err
