"""Settings: their checks, and the command line that is made of them."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import pytest

from ibapi_port.simulator import SimulatedTws, cli
from ibapi_port.simulator.options import Options
from ibapi_port.simulator.settings import PROFILES


def test_defaults_pass_their_own_checks_and_keep_their_type() -> None:
    for field in dataclasses.fields(Options):
        profiles = field.metadata["profiles"]
        for name in PROFILES:
            usual = field.default if profiles is None else profiles[name]
            if field.name != "profile":
                assert getattr(Options(profile=name), field.name) == usual
        assert field.default is None or type(field.default) is field.metadata["kind"], field.name
        assert field.metadata["text"], field.name


def test_numbers_become_what_the_setting_is() -> None:
    options = Options(cash=250_000, tick_interval=1, seed="7")
    assert (options.cash, options.tick_interval, options.seed) == (Decimal(250_000), 1.0, 7)
    assert [type(value) for value in (options.cash, options.tick_interval, options.seed)] == [
        Decimal,
        float,
        int,
    ]
    assert Options(cash=0.1).cash == Decimal(
        "0.1"
    )  # as it is written, not as the computer holds it


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"tick_interval": 0}, "tick_interval must be above 0, not 0"),
        ({"tick_interval": float("nan")}, "tick_interval must be a finite number, not nan"),
        ({"bar_interval": "often"}, "bar_interval must be a number, not 'often'"),
        ({"cash": -1}, "cash must be 0 or more, not -1"),
        ({"seed": 1.5}, "seed must be a whole number, not 1.5"),
        ({"seed": True}, "seed must be a whole number, not True"),
        ({"seed": None}, "seed must be a whole number, not None"),
        ({"account": 7}, "account must be text, not 7"),
    ],
)
def test_a_bad_value_names_its_setting(bad: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match="must be") as raised:
        SimulatedTws(**bad)
    assert str(raised.value) == said


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(TypeError, match="tick_intervall"):
        SimulatedTws(tick_intervall=1)


def test_every_setting_has_a_flag(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    told = capsys.readouterr().out
    for field in dataclasses.fields(Options):
        assert f"--{field.name.replace('_', '-')}" in told


def test_a_bad_flag_is_told_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--tick-interval", "0"])
    assert "tick_interval must be above 0, not '0'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "said"),
    [("profil", "'profil': is profile meant"), ("xyzzy", "no setting 'xyzzy'$")],
)
def test_a_setting_that_there_is_not(name: str, said: str) -> None:
    with pytest.raises(TypeError, match=said):
        SimulatedTws(**{name: "simple"})
