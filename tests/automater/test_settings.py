"""The settings of the command: TOML and IBC's config.ini."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ibapi_port.automater import Config, IBAutomater
from ibapi_port.automater.command.settings import Settings, SettingsError
from ibapi_port.automater.command.settings_file import load, settings_from
from ibapi_port.automater.credentials import Secret
from ibapi_port.automater.simulated import SimulatedHosts

tomllib = pytest.importorskip("tomllib", reason="TOML needs Python 3.11, or tomli")

WHOLE = """
[gateway]
directory = "~/Jts"
version = 1030
user = "me"
password = "keyring:ibapi_port"
mode = "live"

[policy]
two_factor_attempts = 2
trusted_ips = ["127.0.0.1", "10.0.0.2"]

[keep]
retry = 30

[commands]
port = 7462

[[weekend_resets]]
label = "weekend"
zone = "America/New_York"
days = "fri"
from = "23:00"
to = "03:00"

[[alerts]]
command = ["mail-me"]

[[companion]]
command = ["bot", "--fast"]

[[rule]]
name = "prediction markets"
title = "Gateway"
text = "Prediction Markets"
click = "Close"
"""


def test_toml(tmp_path: Path) -> None:
    path = tmp_path / "live.toml"
    path.write_text(WHOLE)
    found = load(path)
    assert (found.name, found.version, found.user, found.api_port) == ("live", "1030", "me", 4001)
    assert found.config.trading_mode == "live"
    assert found.config.two_factor_attempts == 2
    assert found.config.trusted_ips == ("127.0.0.1", "10.0.0.2")
    assert found.config.health_interval == 60  # a frozen Gateway is found, unless 0 is set
    assert found.config.weekend_resets[0].zone == "America/New_York"
    assert found.keep.retry == 30
    assert found.command_port == 7462
    assert found.companions == (("bot", "--fast"),)
    assert found.rules[0].name == "prediction markets"
    assert len(found.hooks) == 1
    assert "keyring" not in repr(found)


WRONG = [
    ({"gatewy": {}}, "unknown table 'gatewy'; did you mean 'gateway'?"),
    ({"gateway": {"pasword": "x"}}, "gateway.pasword is not known; did you mean 'password'?"),
    ({"gateway": {"port": 70000}}, "gateway.port: 70000 is no port from 1 to 65535"),
    ({"commands": {"port": -1}}, "commands.port: -1 is no port from 1 to 65535"),
    ({"policy": {"close_timout": 1}}, "did you mean 'close_timeout'?"),
    ({"policy": {"read_only_api": "no"}}, "read_only_api: 'no' is neither True nor False"),
    ({"keep": {"retri": 1}}, "did you mean 'retry'?"),
    ({"gateway": {"port": "4002"}}, "gateway.port: it is no whole number"),
    ({"gateway": {"mode": "demo"}}, "trading_mode: 'demo' is none of live, paper"),
    ({"policy": {"nothing": 1}}, "policy.nothing is not known"),
    ({"policy": {"close_timeout": -1}}, "close_timeout: -1"),
    ({"keep": {"retry": "soon"}}, "keep.retry: 'soon'"),
    ({"rule": [{"name": "x"}]}, "rule 1: it would match every window"),
    ({"alerts": [{"pigeon": "x"}]}, 'a hook has "command" or "webhook"'),
    ({"weekend_resets": [{"zone": "UTC"}]}, "window 1: missing"),
    ({"companion": [{"command": "bot"}]}, "a companion has command"),
    ({"server_resets": []}, "server_resets.America"),
]


@pytest.mark.parametrize(("data", "text"), WRONG)
def test_what_is_wrong_is_named(data: dict[str, object], text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_from(data)
    assert text in str(caught.value)


def test_a_password_of_the_wrong_type_is_not_shown() -> None:
    with pytest.raises(SettingsError) as caught:
        settings_from({"gateway": {"password": 123456}})
    assert "123456" not in str(caught.value)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="gateway setup makes one"):
        load(tmp_path / "none.toml")
    with pytest.raises(SettingsError, match=r"gateway\.version is missing"):
        Settings().automater()


IBC = """# IBC's comment
[section]
IbLoginId=edemo
IbPassword=file:demo
TradingMode=Live
OverrideTwsApiPort=4005
SecondFactorDevice=IB Key
SecondFactorAuthenticationTimeout=180
ReloginAfterSecondFactorAuthenticationTimeout=no
ExistingSessionDetectedAction=primaryoverride
ReadOnlyApi=no
BypassOrderPrecautions=yes
AllowBlindTrading=yes
AcceptIncomingConnectionAction=reject
AutoRestartTime=10:30 PM
TrustedTwsApiClientIPs=10.0.0.2, 10.0.0.3
CommandServerPort=7462
ColdRestartTime=07:00
MinimizeMainWindow=no
"""


def test_config_ini_of_ibc(tmp_path: Path) -> None:
    path = tmp_path / "config.ini"
    path.write_text(IBC)
    found = load(path)
    assert isinstance(found.user, Secret)
    assert isinstance(found.password, Secret)
    assert (found.user.reveal(), found.password.reveal()) == ("edemo", "file:demo")
    c = found.config
    assert (c.trading_mode, found.api_port, found.command_port) == ("live", 4005, 7462)
    assert (c.existing_session, c.accept_incoming_connection) == ("primaryoverride", "reject")
    assert (c.two_factor_timeout, c.two_factor_attempts) == (150, 1)
    assert (c.blind_trading, c.bypass_precautions, c.read_only_api) == ("yes", True, False)
    assert c.trusted_ips == ("10.0.0.2", "10.0.0.3")
    assert c.auto_restart_time == "10:30 PM"
    assert found.ignored == ("ColdRestartTime",)


@pytest.mark.parametrize(
    "line", ["ReadOnlyApi=perhaps", "OverrideTwsApiPort=x", "TradingMode=demo"]
)
def test_config_ini_that_is_wrong(tmp_path: Path, line: str) -> None:
    path = tmp_path / "config.ini"
    path.write_text(line + "\n")
    with pytest.raises(SettingsError) as caught:
        load(path)
    assert line.partition("=")[2] in str(caught.value)


# --- the arguments of IBAutomater ---

LOGIN = ("~/Jts", "1030", "me", "secret7")


def made(*arguments: Any, **settings: Any) -> IBAutomater:
    given = arguments if arguments or "ib_directory" in settings else LOGIN
    with IBAutomater(*given, host=SimulatedHosts(), **settings) as automater:
        return automater


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("two_factor_timout", "'two_factor_timeout'"),
        ("existingSession", "'existing_session'"),
        ("Port", "'port'"),
        ("ib_dir", "'ibDirectory'"),
        ("rule", "'rules'"),
    ],
)
def test_a_setting_that_is_mistyped_is_named(name: str, near: str) -> None:
    with pytest.raises(TypeError) as caught:
        made(**{name: "secret7"})
    assert f"no setting {name!r}; did you mean {near}" in str(caught.value)
    assert "secret7" not in str(caught.value)


def test_a_setting_that_is_like_none() -> None:
    with pytest.raises(TypeError, match=r"no setting 'xyzzy'; docs/automater\.md"):
        made(xyzzy=1)


def test_names_in_snake_case() -> None:
    names = ("ib_directory", "ib_version", "user_name", "password")
    automater = made(**dict(zip(names, LOGIN, strict=True)))
    assert automater._install.version == "1030"
    with pytest.raises(TypeError, match="userName is missing"):
        IBAutomater("~/Jts", "1030", password="secret7")
    with pytest.raises(TypeError, match="userName and user_name are the same"):
        made(user_name="me")


def test_the_trading_mode_is_the_one_that_was_given() -> None:
    """However it is given: a live account must not be taken for a paper one, nor the reverse."""
    assert made().config.trading_mode == "paper"
    assert made(*LOGIN, "Live").config.trading_mode == "live"
    assert made(trading_mode="live").config.trading_mode == "live"
    assert made(config=Config(trading_mode="live")).config.trading_mode == "live"
    assert made(config=Config(trading_mode="live"), tradingMode="paper").config.trading_mode == (
        "paper"
    )
    assert made(export_logs=True).config.export_logs
    assert made(config=Config(export_logs=True)).config.export_logs
    with pytest.raises(TypeError, match="are the same"):
        made(*LOGIN, "paper", trading_mode="live")


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("read_only_api", "no", "'no' is neither True nor False"),
        ("allow_localhost_only", 1, "1 is neither True nor False"),
        ("trusted_ips", "10.0.0.2", "'10.0.0.2' is no list of texts"),
        ("java_options", "-Xmx2g", "'-Xmx2g' is no list of texts"),
        ("two_factor_attempts", "3", "'3' is no whole number of 1 or more"),
        ("health_failures", 0, "0 is no whole number of 1 or more"),
        ("initialization_timeout", float("inf"), "inf is no number of seconds"),
        ("step_timeout", float("nan"), "nan is no number of seconds"),
        ("probe_timeout", -1, "-1 is no number of seconds"),
        ("click_check", True, "True is no number of seconds"),
        ("display", "xvfb", "'xvfb' is none of auto, own, inherit"),
        ("server_resets", {"Amerika": ()}, "'Amerika' is none of America, Europe, Asia"),
        ("weekend_resets", ("fri",), "is no list of windows"),
        ("auto_restart_time", 2345, "2345 is no text"),
    ],
)
def test_a_value_of_another_kind_is_told(name: str, value: object, text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)) as caught:
        made(**{name: value})
    assert str(caught.value).startswith(f"{name}: ")


def test_a_secret_of_another_kind_is_not_shown() -> None:
    with pytest.raises(ValueError, match="totp_secret: it is no text") as caught:
        made(totp_secret=1234567)
    assert "1234567" not in str(caught.value)


def test_lists_and_paths_are_taken(tmp_path: Path) -> None:
    config = Config(trusted_ips=["10.0.0.2"], dump_directory=tmp_path)  # type: ignore[arg-type]
    assert (config.trusted_ips, config.dump_directory) == (("10.0.0.2",), str(tmp_path))


# --- files as editors and Java write them ---


@pytest.mark.parametrize(
    ("data", "user", "password"),
    [
        (b"IbLoginId=me\r\nIbPassword=a=b:c d\r\n", "me", "a=b:c d"),
        (b"\xef\xbb\xbfIbLoginId=me\nIbPassword=secret", "me", "secret"),
        ("IbLoginId=m\xfcller\nIbPassword=\xa3\x85x".encode("latin-1"), "m\xfcller", "\xa3\x85x"),
        ("IbLoginId=m\xfcller\nIbPassword=\u2028\u20ac".encode(), "m\xfcller", "\u2028\u20ac"),
        (rb"IbLoginId=me" + b"\n" + rb"IbPassword=a\\b\u00e9\:\t.", "me", "a\\b\xe9:\t."),
        (b"IbLoginId = \"me\" \nIbPassword : 'x'\t", '"me"', "'x'"),
        (b"IbLoginId me\n! IbLoginId=other\n  IbPassword=one\\\n    two", "me", "onetwo"),
        (b"IbLoginId=first\rIbLoginId=me\rIbPassword=x", "me", "x"),
        (b"IbLoginId=me\nIbPassword=x\\\\\nTradingMode=live", "me", "x\\"),
    ],
)
def test_config_ini_as_java_reads_it(tmp_path: Path, data: bytes, user: str, password: str) -> None:
    """A wrong password counts as a failed login: each byte of it matters."""
    path = tmp_path / "config.ini"
    path.write_bytes(data)
    found = load(path)
    assert isinstance(found.user, Secret)
    assert isinstance(found.password, Secret)
    assert (found.user.reveal(), found.password.reveal()) == (user, password)


def test_config_ini_in_utf_16_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.ini"
    path.write_bytes("IbPassword=secret7".encode("utf-16"))
    with pytest.raises(SettingsError, match=r"config\.ini: it is no text") as caught:
        load(path)
    assert "secret7" not in str(caught.value)


def test_config_ini_with_a_port_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "config.ini"
    path.write_text("# c\n\nCommandServerPort=70000\n")
    with pytest.raises(SettingsError, match="line 3: CommandServerPort: port: 70000 is no port"):
        load(path)


def test_toml_of_an_editor_that_marks_its_files(tmp_path: Path) -> None:
    path = tmp_path / "paper.toml"
    path.write_bytes(b'\xef\xbb\xbf[gateway]\r\nuser = "me"\r\n')
    assert load(path).user == "me"
