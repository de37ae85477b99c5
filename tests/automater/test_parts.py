"""The parts by themselves: users' rules, secrets, codes, files, installs, the agent's line."""

from __future__ import annotations

import json
import os
import pickle
import socket
import sys
import threading
from argparse import Namespace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from ibapi_port.automater import (
    Config,
    CredentialsError,
    ErrorCode,
    RuleError,
    Secret,
    StartResult,
    ini,
)
from ibapi_port.automater import schedule as times
from ibapi_port.automater.builtin_rules import BUILT_IN
from ibapi_port.automater.config import parse_time
from ibapi_port.automater.credentials import Mask, resolve, store_in_keyring
from ibapi_port.automater.dumps import keep
from ibapi_port.automater.flow import Transitions
from ibapi_port.automater.ini import read_value, set_value, with_value
from ibapi_port.automater.install import find_installs
from ibapi_port.automater.link import Link, Listener
from ibapi_port.automater.machine import Machine
from ibapi_port.automater.process import environment
from ibapi_port.automater.result import MESSAGES
from ibapi_port.automater.rules import with_own
from ibapi_port.automater.simulated import Behaviour, Dialog
from ibapi_port.automater.totp import code, secret_bytes
from ibapi_port.automater.tree import field, find, key, message, node_from
from ibapi_port.automater.user_rules import load, rules_from

from .rigs import Rig

# --- rules ---

RULES = """
[[rule]]
name = "prediction markets"
title = "Gateway"
text_regex = "(?i)prediction +markets"
check = "Do not ask again"
click = ["Close", "Dismiss"]

[[rule]]
name = "tip"
title_has = "Tip of the Day"
then = "close"

[[rule]]
name = "margin call"
text = "margin call"
then = "fail"
error = "UnknownMessageWindowDetected"

[[rule]]
name = "nickname"
title = "Nickname"
steps = [{do = "type", label = "Name", value = "bot"}, {do = "click", label = "OK"}]
"""


@pytest.mark.skipif(sys.version_info < (3, 11), reason="TOML needs Python 3.11, or tomli")
def test_rules_of_a_user(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(RULES)
    first, tip, margin, nickname = load(path)
    assert [(s.do, s.labels, s.optional) for s in first.steps] == [
        ("check", ("Do not ask again",), True),
        ("click", ("Close", "Dismiss"), False),
    ]
    assert tip.then == "close_window"
    assert margin.error is ErrorCode.UnknownMessageWindowDetected
    assert [s.value for s in nickname.steps] == ["bot", ""]
    whole = with_own([tip], BUILT_IN)
    assert whole[0] is tip
    assert [r.name for r in whole].count("tip") == 1


WRONG = [
    ({"rules": []}, "unknown table 'rules'"),
    ({"rule": {}}, r"\[\[rule\]\]"),
    ({"rule": [{"name": "x"}]}, "it would match every window"),
    ({"rule": [{"title": "x", "clik": "OK"}]}, "unknown key 'clik'"),
    ({"rule": [{"title_regex": "("}]}, "no regular expression"),
    ({"rule": [{"title": "x", "then": "explode"}]}, "then: 'explode' is none of"),
    ({"rule": [{"title": "x", "error": "Nope"}]}, "error: 'Nope'"),
    ({"rule": [{"title": 1}]}, "title: 1 is no text"),
    ({"rule": [{"title": "x", "steps": [{"do": "jump"}]}]}, "step 1: give do"),
    ({"rule": [{"title": "x", "steps": [{"do": "click"}]}]}, "step 1: label"),
]


@pytest.mark.parametrize(("data", "text"), WRONG)
def test_rules_that_are_wrong(data: dict[str, Any], text: str) -> None:
    with pytest.raises(RuleError, match=text):
        rules_from(data)


def test_a_rule_of_a_user_answers_a_window(rig: Rig) -> None:
    strange = Dialog("Strange", "Shall we?", ("Rather not", "Yes"))
    own = rules_from({"rule": [{"name": "strange", "title": "Strange", "click": "Rather not"}]})
    rig.make(Behaviour(logins=[[strange]]), rules=own)
    assert not rig.start().HasError
    assert rig.gateway.answers == [("Strange", "Rather not")]


def test_every_rule_can_be_carried_out() -> None:
    """Names are unique, transitions exist, conditions are fields of Config."""
    names = [rule.name for rule in BUILT_IN]
    assert len(set(names)) == len(names)
    config = Config()
    for rule in BUILT_IN:
        assert not rule.then or hasattr(Machine, f"then_{rule.then}"), rule
        assert not rule.when or hasattr(config, rule.when[0]), rule
        assert rule.steps or rule.then or rule.error or rule.alert, rule
    assert hasattr(Transitions, "then_close_window")


# --- secrets ---


def test_where_a_secret_may_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_PASSWORD", "from env")
    assert resolve("env:GATEWAY_PASSWORD").reveal() == "from env"
    assert "GATEWAY_PASSWORD" not in os.environ  # no child has it
    assert resolve("env:GATEWAY_PASSWORD").reveal() == "from env"
    path = tmp_path / "password"
    path.write_text("from file\n")
    path.chmod(0o600)
    assert resolve(f"file:{path}").reveal() == "from file"
    receive, send = os.pipe()
    os.write(send, b"from fd\n")
    os.close(send)
    assert resolve(f"fd:{receive}").reveal() == "from fd"
    ring = Namespace(get_password=lambda s, u: f"{s} of {u}")
    monkeypatch.setitem(sys.modules, "keyring", ring)
    assert resolve("keyring:mine", "me").reveal() == "mine of me"
    assert resolve("as it: is").reveal() == "as it: is"


def test_a_secret_that_cannot_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "password"
    path.write_text("secret7")
    path.chmod(0o640)
    monkeypatch.setitem(sys.modules, "keyring", Namespace(get_password=lambda s, u: None))
    cases = {
        f"file:{path}": "others may read it",
        "file:/no/such": "cannot be read",
        "env:NOT_THERE": "no variable NOT_THERE",
        "fd:999": "cannot be read",
        "keyring:x": "gateway setup stores one",
    }
    for reference, text in cases.items():
        with pytest.raises(CredentialsError, match=text) as caught:
            resolve(reference, "me")
        assert "secret7" not in str(caught.value)
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(CredentialsError, match=r"pip install ibapi_port\[keyring\]"):
        resolve("keyring:x", "me")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xef\xbb\xbfhunter2\r\n", "hunter2"),
        (b"hunter2\nthe second line\n", "hunter2"),
        (b" hunter 2 ", " hunter 2 "),
        (b"p\xc3\xa4ss\x0bword", "p\xe4ss\x0bword"),
    ],
)
def test_the_first_line_of_a_file_is_the_secret(tmp_path: Path, data: bytes, text: str) -> None:
    path = tmp_path / "password"
    path.write_bytes(data)
    path.chmod(0o600)
    assert resolve(f"file:{path}").reveal() == text


@pytest.mark.parametrize("data", [b"", b"\nhunter2", b"x" * 5000, b"hunter\xfc2"])
def test_a_file_that_holds_no_secret(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "password"
    path.write_bytes(data)
    path.chmod(0o600)
    with pytest.raises(CredentialsError) as caught:
        resolve(f"file:{path}")
    assert "hunter" not in str(caught.value)


def test_a_secret_that_comes_through_a_pipe_in_parts() -> None:
    receive, send = os.pipe()

    def write() -> None:
        for part in (b"hun", b"ter2\n"):
            os.write(send, part)
            threading.Event().wait(0.02)
        os.close(send)

    thread = threading.Thread(target=write)
    thread.start()
    assert resolve(f"fd:{receive}").reveal() == "hunter2"
    thread.join()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(receive)


def test_a_keyring_that_does_not_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a server without a desktop: its back ends raise errors of their own."""

    def fails(*arguments: str) -> str:
        raise RuntimeError("No recommended backend was available.")

    ring = Namespace(get_password=fails, set_password=fails)
    monkeypatch.setitem(sys.modules, "keyring", ring)
    with pytest.raises(CredentialsError, match="does not work here: No recommended backend"):
        resolve("keyring:x", "me")
    with pytest.raises(CredentialsError, match="does not work here") as caught:
        store_in_keyring("x", "me", "hunter2")
    assert "hunter2" not in str(caught.value)


def test_a_secret_is_not_shown() -> None:
    secret = Secret("hunter2")
    assert "hunter2" not in f"{secret} {secret!r} {[secret]}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    mask = Mask(["hunter", "hunter2"])
    assert mask("hunter2 and hunter") == "*** and ***"


def test_the_environment_of_the_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAK", "x hunter2 y")
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-Dmine=1")
    given = ({"DISPLAY": ":9"}, ["-Xmx1g"], ["hunter2"])
    spaced = environment(Path("/a b.jar"), Path("/o"), *given)
    # Java knows quotes; a launcher that is a script would take it for two words
    assert spaced["JAVA_TOOL_OPTIONS"] == '-Dmine=1 "-javaagent:/a b.jar=/o"'
    assert spaced["INSTALL4J_ADD_VM_PARAMS"] == "-Xmx1g"
    env = environment(Path("/a.jar"), Path("/o"), *given)
    assert "LEAK" not in env
    assert env["DISPLAY"] == ":9"
    assert env["INSTALL4J_ADD_VM_PARAMS"] == "-javaagent:/a.jar=/o -Xmx1g"
    assert env["JAVA_TOOL_OPTIONS"] == "-Dmine=1 -javaagent:/a.jar=/o"


# --- codes of an authenticator: the vectors of RFC 6238 ---

SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.mark.parametrize(
    ("seconds", "wanted"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_totp(seconds: int, wanted: str) -> None:
    assert code(SEED, seconds, 8) == wanted
    assert code(SEED.lower()[:16] + " " + SEED[16:], seconds) == wanted[2:]


def test_totp_that_is_no_base32() -> None:
    with pytest.raises(ValueError, match="no base32") as caught:
        secret_bytes("not base 32 !1")
    assert "!1" not in str(caught.value)


# --- files ---


def test_values_of_an_ini_file(tmp_path: Path) -> None:
    text = "[Logon]\r\nA=1\r\n; note\r\n[Other]\r\nUseSSL=no\r\n"
    changed = with_value(text, "Logon", "UseSSL", "true")
    assert changed == text.replace("[Logon]\r\n", "[Logon]\r\nUseSSL=true\r\n")
    assert with_value(changed, "logon", "usessl", "true") == changed
    assert with_value("", "Logon", "UseSSL", "true") == "[Logon]\nUseSSL=true\n"
    assert with_value("[Logon]", "Logon", "X", "1") == "[Logon]\nX=1\n"
    path = tmp_path / "jts.ini"
    path.write_bytes(changed.encode())
    assert read_value(path, "Other", "UseSSL") == "no"
    assert read_value(tmp_path / "none", "a", "b") == ""


def test_an_ini_file_that_is_a_link_or_mounted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a link leads to is changed; a file that cannot be replaced is written to."""
    real = tmp_path / "real.ini"
    real.write_bytes(b"\xef\xbb\xbf[Logon]\r\nA=\xfc\r\n")
    link = tmp_path / "jts.ini"
    link.symlink_to(real)
    assert set_value(link, "Logon", "UseSSL", "true")
    assert link.is_symlink()
    assert real.read_bytes() == b"\xef\xbb\xbf[Logon]\r\nUseSSL=true\r\nA=\xfc\r\n"

    def busy(source: object, target: object) -> None:
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(ini.os, "replace", busy)
    assert set_value(link, "Logon", "UseSSL", "false")
    assert real.read_bytes() == b"\xef\xbb\xbf[Logon]\r\nUseSSL=false\r\nA=\xfc\r\n"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["jts.ini", "real.ini"]


def test_a_file_is_kept_whole_where_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = keep(tmp_path, "gateway.toml", b"before")
    path.chmod(0o644)

    def full(number: int, mode: str) -> Any:
        os.close(number)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ini.os, "fdopen", full)
    with pytest.raises(OSError, match="No space left"):
        keep(tmp_path, "gateway.toml", b"after")
    assert path.read_bytes() == b"before"
    monkeypatch.undo()
    keep(tmp_path, "gateway.toml", b"after")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"after", 0o600)
    assert list(tmp_path.iterdir()) == [path]


def test_installs_are_found(tmp_path: Path) -> None:
    for place in ("Jts/ibgateway/1030", "Jts/ibgateway/1037", "Jts/ibgateway/notes"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "ibgateway").touch()
    (tmp_path / "Jts/ibgateway/1045").mkdir()  # no program in it
    found = find_installs([tmp_path / "Jts"])
    assert [(i.ib_directory, i.version) for i in found] == [
        (tmp_path / "Jts", "1037"),
        (tmp_path / "Jts", "1030"),
    ]


# --- the line to the agent ---


def dial(listener: Listener, hello: object, *lines: object) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", listener.port), timeout=10)
    sock.sendall(b"".join(json.dumps(line).encode() + b"\n" for line in (hello, *lines)))
    return sock


def test_only_who_knows_the_token_is_heard() -> None:
    heard: list[dict[str, Any]] = []
    links: list[Link] = []
    came = threading.Event()
    lost = threading.Event()

    def hear(link: Link, data: dict[str, Any]) -> None:
        heard.append(data)
        links.append(link)
        came.set()

    listener = Listener(hear, lambda link: lost.set())
    try:
        for hello in ({"token": "x", "pid": 1}, ["x"], {"pid": 1}, 7):
            with dial(listener, hello, {"ev": "awt"}) as sock:
                assert sock.recv(10) == b""
        assert heard == []
        with dial(listener, {"token": listener.token, "pid": 7}, {"ev": "awt"}) as sock:
            assert came.wait(10)
            assert links[0].send({"do": "click"})
            assert json.loads(sock.makefile().readline()) == {"do": "click"}
        assert lost.wait(10)
    finally:
        listener.close()
    assert [link.pid for link in links] == [7]


# --- times ---


def test_reset_windows_are_data() -> None:
    config = Config()
    utc = timezone.utc
    winter = datetime(2026, 1, 7, 4, 40, tzinfo=utc)  # 23:40 in New York, 05:40 in Zurich
    assert times.in_server_reset(winter, config, "America")
    assert not times.in_server_reset(winter, config, "Europe")
    assert times.in_server_reset(datetime(2026, 1, 7, 5, 30, tzinfo=utc), config, "Europe")
    assert times.in_server_reset(datetime(2026, 7, 7, 4, 30, tzinfo=utc), config, "Europe")
    friday = datetime(2026, 3, 7, 3, 45, tzinfo=utc)
    assert times.in_weekend_reset(friday, config)
    assert not times.in_weekend_reset(friday - timedelta(minutes=1), config)
    assert not times.in_weekend_reset(datetime(2026, 3, 8, 7, 1, tzinfo=utc), config)
    none = Config(server_resets={}, weekend_resets=())
    assert not times.in_server_reset(friday, none, "America")
    sunday = times.next_forced_login(datetime(2026, 3, 7, 12, 0, tzinfo=utc))
    assert sunday == datetime(2026, 3, 8, 6, 0, tzinfo=utc)  # 01:00 in New York


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("11:45 PM", ("11:45", "PM")),
        ("23:45", ("11:45", "PM")),
        ("0:05", ("12:05", "AM")),
        ("12:00", ("12:00", "PM")),
        ("1:05am", ("01:05", "AM")),
    ],
)
def test_time_of_the_restart(text: str, wanted: tuple[str, str]) -> None:
    assert parse_time(text) == wanted


@pytest.mark.parametrize("text", ["", "25:00", "13:00 PM", "11.45", "11:60", "x:y"])
def test_time_of_the_restart_that_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="auto_restart_time"):
        Config(auto_restart_time=text)


# --- results and components ---


def test_codes_and_their_texts() -> None:
    assert [int(c) for c in ErrorCode] == list(range(16))
    assert set(MESSAGES) == set(ErrorCode)
    assert f"{ErrorCode.NoError} {ErrorCode.LoginFailed}" == "None LoginFailed"
    result = StartResult(ErrorCode.JavaNotFound, "there")
    assert (result.HasError, result.ErrorMessage) == (
        True,
        "The Java Runtime was not found. - there",
    )


@pytest.mark.parametrize(
    "label",
    ["Log In", "Login", "log-in", "LOG IN...", "<html><b>Log</b> In</html>", "Log&nbsp;In<i>"],
)
def test_labels_in_any_spelling(label: str) -> None:
    assert key(label) == "login"


def test_components_are_found() -> None:
    tree = node_from(
        {
            "id": 1,
            "k": "dialog",
            "t": "Title",
            "ch": [
                {"id": 2, "k": "label", "t": "Port:", "b": [0, 0, 50, 20]},
                {"id": 3, "k": "label", "t": "Client:", "b": [0, 30, 50, 20]},
                {"id": 4, "k": "text", "t": "1", "b": [60, 30, 50, 20]},
                {"id": 5, "k": "text", "t": "2", "b": [60, 0, 50, 20]},
                {"id": 6, "k": "button", "t": "OK", "v": False},
                {"id": 7, "k": "button", "t": "Ok"},
            ],
        }
    )
    found = field(tree, ["Port"]), field(tree, ["Client"]), find(tree, ["OK"])
    assert [node.id for node in found if node] == [5, 4, 7]  # beside its label; what can be seen
    assert field(tree, ["Nothing"]) is None
    assert message(tree) == "Port: Client:"
