"""The scripts that complete the command, tried in the shells that are there."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from ibapi_port._command.completion import SHELLS, bash, main, options_of
from ibapi_port._command.table import COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_the_options_of_a_command_are_found(name: str) -> None:
    assert "--help" in [option.flag for option in options_of(COMMANDS[name])]


def test_choices_and_subcommands_are_found() -> None:
    run = {one.flag: one for one in options_of(COMMANDS["run"])}
    assert "9.81" in run["--generation"].choices
    assert {"show", "diff"} <= {one.flag for one in options_of(COMMANDS["protocol"])}
    assert {"bash", "zsh", "fish"} <= {one.flag for one in options_of(COMMANDS["completion"])}


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_well_formed(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([shell]) == 0
    script = capsys.readouterr().out
    assert "simulate" in script
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"there is no {shell} here")
    done = subprocess.run([path, "-n"], input=script, text=True, capture_output=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("ibapi-port si", {"simulate"}),
        ("ibapi-port simulate --market-h", {"--market-hours"}),
        ("ibapi-port run --generation 10.4", {"10.46"}),
        ("ibapi-port completion f", {"fish"}),
        ("ibapi-port errors --j", {"--json"}),
        ("ibapi-port decode nothing-begins-so", set()),
    ],
)
def test_bash_completes(typed: str, found: set[str]) -> None:
    path = shutil.which("bash")
    if path is None:
        pytest.skip("there is no bash here")
    words = " ".join(f"'{word}'" for word in typed.split())
    script = (
        f"{bash()}\nCOMP_WORDS=({words})\nCOMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n_ibapi_port\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run([path], input=script, text=True, capture_output=True, timeout=30)
    assert done.stderr == ""
    assert set(done.stdout.split()) == found
