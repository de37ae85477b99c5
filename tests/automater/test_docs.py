"""The examples of README and docs/automater.md run as they stand, on a simulated Gateway."""

from __future__ import annotations

import dataclasses
import functools
import re
import sys
from pathlib import Path
from typing import Any

import pytest

import ibapi_port.automater
from ibapi_port.automater import Config, ErrorCode, IBAutomater
from ibapi_port.automater.command.settings import Keep
from ibapi_port.automater.command.settings_file import settings_from
from ibapi_port.automater.simulated import SimulatedHosts
from ibapi_port.automater.user_rules import rules_from

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "automater.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLES = [text for language, text in BLOCKS if language == "python" and "# example" not in text]
(DOT_NET,) = (
    text
    for text in re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    if "IBAutomater" in text
)


def run(source: str, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run an example with the simulated Gateway in place of the real one."""
    hosts = SimulatedHosts()
    monkeypatch.setitem(sys.modules, "keyring", _Keyring)
    if "host=hosts" not in source:
        made = functools.partial(IBAutomater, host=hosts, clock=hosts.clock)
        monkeypatch.setattr(ibapi_port.automater, "IBAutomater", made)
    names: dict[str, Any] = {}
    exec(compile(source, where, "exec"), names)
    names["automater"].Dispose()


class _Keyring:
    @staticmethod
    def get_password(service: str, user: str) -> str:
        return "secret"


@pytest.mark.parametrize("n", range(len(EXAMPLES)))
def test_an_example_runs(
    n: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(EXAMPLES[n], "docs/automater.md", monkeypatch)
    assert capsys.readouterr().out.splitlines()[-1] in (
        "True State.READY",
        "False State.READY",
    )


def test_the_example_of_the_readme(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(DOT_NET, "README.md", monkeypatch)
    lines = capsys.readouterr().out.splitlines()
    assert lines.count("IB Automater initialized.") == 2
    assert lines.count("IB Gateway has ended: 0") == 1  # Restart tells nothing: who calls it knows
    assert not [line for line in lines if line.startswith("Failed")]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="TOML needs Python 3.11, or tomli")
def test_toml_is_as_it_is_read() -> None:
    import tomllib

    rules, settings = (tomllib.loads(text) for language, text in BLOCKS if language == "toml")
    assert [rule.name for rule in rules_from(rules)] == ["prediction markets", "margin"]
    found = settings_from(settings)
    assert found.keep == Keep()
    assert (found.command_port, found.companions) == (7462, (("python", "bot.py"),))


def test_every_setting_code_and_alert_is_told() -> None:
    for item in dataclasses.fields(Config):
        assert f"`{item.name}`" in PAGE, item.name
    for item in dataclasses.fields(Keep):
        assert f"\n{item.name} = {item.default:g} " in PAGE, item.name
    for code in ErrorCode:
        assert f"| {int(code)} | {code.name} " in PAGE
    source = "".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "ibapi_port" / "automater").rglob("*.py")
    )
    for kind in set(re.findall(r'"(gateway_[a-z_]+)"', source)) - {"gateway_test"}:
        assert f"`{kind}`" in PAGE, kind


def test_the_table_of_scenarios_is_that_of_the_tests() -> None:
    """Each scenario is there, with the tests that there are, and where they run."""
    page = (ROOT / "docs" / "evidence" / "automater.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \|.*\| (yes) \| (.*) \| (`.*`) \|$", page, re.MULTILINE)
    assert [int(row[0]) for row in rows] == list(range(1, 35))
    source = "".join(p.read_text(encoding="utf-8") for p in Path(__file__).parent.glob("test_*.py"))
    there = re.findall(r"((?:^@.*\n)*)^def (test_(\d\d)_\w+)\(([^)]*)\)", source, re.MULTILINE)
    for number, _, swing, names in rows:
        told = re.findall(r"`(\w+)`", names)
        own = [entry for entry in there if int(entry[2]) == int(number)]
        assert sorted(told) == sorted(entry[1] for entry in own), number
        marks = " ".join(entry[0] for entry in own)
        assert ("(*)" in swing) == ("on_swing_in_ci" in marks), number
        assert ("in the test command" in swing) == bool(re.search(r"on_swing\b", marks)), number
        assert ("rig: Rig" in " ".join(e[3] for e in own)) == swing.startswith("yes"), number
