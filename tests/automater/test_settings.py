"""The settings of the command: TOML and IBC's config.ini."""

from __future__ import annotations

from pathlib import Path

import pytest

from ibapi_port.automater.command.settings import Settings, SettingsError
from ibapi_port.automater.command.settings_file import load, settings_from
from ibapi_port.automater.credentials import Secret

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
    ({"gatewy": {}}, "gatewy"),
    ({"gateway": {"pasword": "x"}}, "gateway.pasword"),
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
