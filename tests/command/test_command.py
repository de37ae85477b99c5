"""The command as a whole: help, versions, mistakes, and what becomes of errors and closed pipes."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Sequence

import pytest

from ibapi_port import __version__
from ibapi_port._command import main, table
from ibapi_port._command.table import COMMANDS, Command, load
from ibapi_port._terminal import CLOSED_PIPE, until_interrupted


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit status, output and errors of a command."""
    try:
        status = main(arguments)
    except SystemExit as e:  # argparse
        status = int(str(e.code))
    out, err = capsys.readouterr()
    return status, out, err


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """A command `fail`, which raises the parameter."""

    def fail(arguments: Sequence[str]) -> int:
        raise request.param

    monkeypatch.setitem(COMMANDS, "fail", Command("fail", "", "", "x:fail"))
    monkeypatch.setattr("ibapi_port._command.load", lambda command: fail)


def test_the_help_fits_a_screen(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = said(capsys, "--help")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert len(lines) <= 30
    assert max(map(len, lines)) <= 80
    for command in COMMANDS.values():
        assert re.search(rf"^  {command.name}\b.* {re.escape(command.text)}$", out, re.MULTILINE)


def test_each_command_is_there() -> None:
    assert {"demo", "doctor", "errors", "run", "simulate", "tap", "decode", "replay"} <= set(
        COMMANDS
    )
    assert all(callable(load(command)) for command in COMMANDS.values())
    assert len(COMMANDS) == sum(map(len, table.GROUPS.values()))


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_a_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = said(capsys, name, "--help")
    assert (status, err) == (0, "")
    assert out.startswith(f"usage: python -m ibapi_port {name}")
    assert said(capsys, "help", name) == (0, out, "")


def test_without_a_command_the_help_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = said(capsys)
    assert (status, out) == (2, "")
    assert "simulate" in err


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_version(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = said(capsys, flag)
    assert (status, err) == (0, "")
    assert out.startswith(f"ibapi-port {__version__} (")
    assert "server versions 100 to 226" in out


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("simulte", "simulate"), ("docter", "doctor"), ("error", "errors"), ("protcol", "protocol")],
)
def test_an_unknown_command_suggests(
    typed: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = said(capsys, typed)
    assert (status, out) == (2, "")
    assert f"there is no command '{typed}'; did you mean {meant}?" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (("--versoin",), "--version"),
        (("protocol", "reference", "tickPrize"), "tickPrice"),
        (("protocol", "show", "placeOder", "187"), "placeOrder"),
    ],
)
def test_options_and_messages_are_suggested_too(
    arguments: tuple[str, ...], meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = said(capsys, *arguments)
    assert (status, out) == (2, "")
    assert f"did you mean {meant}?" in err


def test_what_may_be_left_out_is_not_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert "required: PROGRAM (" in said(capsys, "run")[2]


def test_an_unknown_command_like_none(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = said(capsys, "xyzzy")
    assert status == 2
    assert "did you mean" not in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("simulate", "--port", "x"),
        ("simulate", "--wrong"),
        ("tap",),
        ("decode",),
        ("decode", "there-is-no-such-file"),
        ("replay", "there-is-no-such-file"),
        ("doctor", "127.0.0.1", "port"),
        ("errors", "--wrong"),
        ("run",),
        ("protocol", "show", "tickPrice", "99"),
        ("protocol", "show", "tickPrize", "187"),
        ("protocol", "decode", "zz"),
        ("completion", "csh"),
        ("demo", "--port", "x"),
        ("demo", "--host", "192.0.2.1"),
    ],
)
def test_an_error_is_one_line(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = said(capsys, *arguments)
    assert status in (1, 2)
    assert out == ""
    assert err.strip()
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("failing", "expected"),
    [
        (OSError(98, "Address in use"), "fail: [Errno 98] Address in use"),
        (ValueError("two\nlines"), "fail: two lines"),
        (KeyError("x"), "fail: KeyError: 'x' (IBAPI_PORT_TRACEBACK=1 shows where)"),
        (ValueError(), "fail: ValueError:  (IBAPI_PORT_TRACEBACK=1 shows where)"),
    ],
    indirect=["failing"],
)
@pytest.mark.usefixtures("failing")
def test_what_a_command_raises_is_one_line(
    expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, "fail") == (1, "", f"python -m ibapi_port {expected}\n")


@pytest.mark.parametrize("failing", [KeyError("x")], indirect=True)
@pytest.mark.usefixtures("failing")
def test_a_traceback_if_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IBAPI_PORT_TRACEBACK", "1")
    with pytest.raises(KeyError):
        main(["fail"])


@pytest.mark.parametrize("failing", [KeyboardInterrupt()], indirect=True)
@pytest.mark.usefixtures("failing")
def test_an_interrupt_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "fail") == (130, "", "")


@pytest.mark.parametrize(
    "arguments", [["ibapi_port", "errors"], ["ibapi_port.protocol", "show", "placeOrder", "187"]]
)
def test_a_closed_pipe_is_quiet(arguments: list[str]) -> None:
    with subprocess.Popen(
        [sys.executable, "-u", "-m", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()  # as `| head` does, if at once
        assert process.stderr.read() == b""
        assert process.wait(30) == CLOSED_PIPE


class ClosedPipe(io.StringIO):
    """An output whose reader goes after some lines."""

    def __init__(self) -> None:
        super().__init__()
        self._fd = os.open(os.devnull, os.O_WRONLY)

    def fileno(self) -> int:
        return self._fd

    def write(self, text: str) -> int:
        if self.tell() > 200:
            raise BrokenPipeError
        return super().write(text)

    def close(self) -> None:
        os.close(self._fd)
        super().close()


def test_a_closed_pipe_ends_the_demo(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with ClosedPipe() as pipe:
        monkeypatch.setattr("sys.stdout", pipe)
        assert main(["demo"]) == CLOSED_PIPE
        monkeypatch.undo()
    assert caplog.records == []


def test_an_interrupt_just_before_a_sleep_is_not_slept_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) > 1:  # what Python does once the sleep is over
            raise KeyboardInterrupt

    monkeypatch.setattr("ibapi_port._terminal.time.sleep", sleep)
    with pytest.raises(KeyboardInterrupt):
        until_interrupted()
    assert max(slept) <= 1
