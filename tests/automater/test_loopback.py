"""Hostile and broken peers at the agent's port and at the command server's."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from ibapi_port.automater import link as link_module
from ibapi_port.automater.command import control
from ibapi_port.automater.command.control import CommandError, CommandServer
from ibapi_port.automater.link import Link, Listener
from ibapi_port.automater.loopback import Lines, TooLong


class Agents:
    """A listener, and what it has heard."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.links: list[Link] = []
        self.came = threading.Semaphore(0)
        self.lost = threading.Event()
        self.listener = Listener(self._hear, lambda link: self.lost.set())

    def _hear(self, link: Link, data: dict[str, Any]) -> None:
        self.heard.append(data)
        self.links.append(link)
        self.came.release()
        if "raise" in data:
            raise OSError(28, "No space left on device")

    def dial(self, data: bytes = b"") -> socket.socket:
        sock = socket.create_connection(("127.0.0.1", self.listener.port), timeout=10)
        sock.sendall(data)
        return sock

    def agent(self) -> socket.socket:
        """Dial in as an agent does, and wait until it is heard."""
        hello = {"token": self.listener.token, "pid": 77}
        sock = self.dial(line(hello) + line({"ev": "awt"}))
        assert self.came.acquire(timeout=10)
        return sock


def line(data: object) -> bytes:
    return json.dumps(data).encode() + b"\n"


@pytest.fixture
def agents() -> Iterator[Agents]:
    made = Agents()
    yield made
    made.listener.close()


def ended(sock: socket.socket) -> bool:
    """Return whether the other side has hung up."""
    with contextlib.suppress(ConnectionResetError):
        return sock.recv(10) == b""
    return True


@pytest.mark.parametrize(
    "hello",
    [
        b"x" * 5000,  # no end of a line in sight
        b"[" * 900 + b"\n",
        b"\xff\xfe\n",
        b'{"token": "\\ud800", "pid": 77}\n',
        b"\n",
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_a_stranger_is_hung_up_on(
    agents: Agents, hello: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with agents.dial(hello) as sock:
        assert ended(sock)
    agents.agent().close()
    assert len(agents.heard) == 1
    assert caplog.records == []


@pytest.mark.parametrize("pid", [0, 1, -1, True, "77", 1.5, None])
def test_an_agent_says_the_number_of_a_process(agents: Agents, pid: object) -> None:
    """The group of that process is ended later: 0 would be our own, -1 all of the user's."""
    hello = {"token": agents.listener.token, "pid": pid}
    with agents.dial(line(hello) + line({"ev": "awt"})) as sock:
        assert ended(sock)
    assert agents.heard == []


def test_a_stranger_that_drips_is_hung_up_on(
    agents: Agents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole first line has to come in time, not each byte of it."""
    monkeypatch.setattr(link_module, "HELLO_TIMEOUT", 0.2)
    with agents.dial() as sock:
        for _ in range(100):
            try:
                sock.sendall(b"{")
                sock.settimeout(0.05)
                if sock.recv(10) == b"":
                    return
            except TimeoutError:
                continue
            except OSError:
                return
    raise AssertionError("it was listened to for 5 seconds")


def test_silent_strangers_do_not_keep_the_agent_out(agents: Agents) -> None:
    strangers = [agents.dial() for _ in range(link_module.MOST + 5)]
    with agents.agent() as sock:
        assert agents.links[0].send({"do": "click"})
        assert json.loads(sock.makefile().readline()) == {"do": "click"}
    assert ended(strangers[0])
    for one in strangers:
        one.close()


def test_one_line_that_fails_is_not_the_end_of_the_agent(
    agents: Agents, caplog: pytest.LogCaptureFixture
) -> None:
    """As of a picture that cannot be written because the disk is full."""
    with agents.agent() as sock:
        sock.sendall(b"no line\n" + line({"raise": 1}) + b"[1]\n" + line({"ev": "closed"}))
        assert agents.came.acquire(timeout=10)
        assert agents.came.acquire(timeout=10)
        assert agents.heard[-1] == {"ev": "closed"}
        assert not agents.lost.is_set()
    assert agents.lost.wait(10)
    assert "No space left on device" in caplog.text


def test_half_a_line_is_none(agents: Agents) -> None:
    with agents.agent() as sock:
        sock.sendall(b'{"ev": "clo')
    assert agents.lost.wait(10)
    assert agents.heard == [{"ev": "awt"}]


def test_a_line_without_an_end_is_the_end_of_the_agent(
    agents: Agents, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(link_module, "LONGEST_LINE", 100_000)
    with agents.agent() as sock:
        with contextlib.suppress(OSError):
            sock.sendall(b"x" * 300_000)
        assert agents.lost.wait(10)
    assert "a line is longer than 100000 bytes" in caplog.text


def test_an_agent_that_takes_nothing_stops_nobody(
    agents: Agents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its process was stopped: what is sent to it must not block the automater."""
    monkeypatch.setattr(link_module, "SEND_TIMEOUT", 0.05)
    with agents.agent() as sock:
        sock.sendall(line({"ev": "x"}))  # from here on the short limit holds
        assert agents.came.acquire(timeout=10)
        text = "x" * 100_000
        assert any(not agents.links[0].send({"do": text}) for _ in range(200))
        assert agents.lost.wait(10)


def test_lines_over_any_parts() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"one\r\ntwo\nthr")
        lines = Lines(ours)
        assert lines.read(100, 5) == b"one"
        assert lines.read(100, 5) == b"two"
        with pytest.raises(TimeoutError):
            lines.read(100, 0.01)
        theirs.sendall(b"ee\n" + b"x" * 101 + b"\n")
        assert lines.read(100, 5) == b"three"
        with pytest.raises(TooLong):
            lines.read(100, 5)


# --- the command server ---


def test_a_browser_cannot_slip_in_a_command() -> None:
    """A request's first line can be made so long that it is read in two parts, and its lines after
    that are what a web page says.
    """
    heard: list[str] = []
    server = CommandServer(lambda word, _: heard.append(word) or ["OK"])  # type: ignore[func-returns-value]
    start = b"POST /" + b"a" * (control.LONGEST_LINE - 8) + b" HTTP/1.1\r\n"
    try:
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock:
            with contextlib.suppress(OSError):
                sock.sendall(start + b"Host: x\r\n\r\nSTOP\r\nEXIT\r\n")
            assert ended(sock)
    finally:
        server.close()
    assert heard == []


def test_a_command_that_fails_is_told_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    def handle(word: str, argument: str) -> list[str]:
        raise OSError(28, "No space left on device")

    server = CommandServer(handle, token="t")
    control.write_state("full", server.port, "t")
    try:
        with pytest.raises(CommandError, match=r"DUMP failed.*No space left"):
            control.ask("full", "DUMP")
    finally:
        server.close()
        control.state_path("full").unlink()
    assert "the command DUMP failed" in caplog.text
    assert all(record.levelno == logging.ERROR for record in caplog.records)


def test_no_answer_is_no_success() -> None:
    server = CommandServer(lambda word, _: [], token="t")
    control.write_state("mute", server.port, "t")
    try:
        with pytest.raises(CommandError, match="hung up without an answer"):
            control.ask("mute", "DUMP")
    finally:
        server.close()
        control.state_path("mute").unlink()


@pytest.fixture(autouse=True)
def home(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
