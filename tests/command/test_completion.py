"""The scripts that complete the command, tried in the shells that are there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from ibapi_port._command.completion import SHELLS, bash, fish, main, options_of, zsh
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


CASES = {
    "ibapi-port si": {"simulate"},
    "ibapi-port simulate --market-h": {"--market-hours"},
    "ibapi-port simulate --market-hours ": {"always", "exchange"},
    "ibapi-port run --generation 10.4": {"10.46"},
    "ibapi-port completion f": {"fish"},
    "ibapi-port errors --j": {"--json"},
    "ibapi-port protocol di": {"diff", "dissector"},
    "ibapi-port decode nothing-begins-so": set[str](),
}


def answers(shell: str, script: str, folder: Path, *arguments: str) -> list[set[str]]:
    """Run a script of a shell, which prints a line "==" before its answers to each case."""
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"there is no {shell} here")
    (folder / "script").write_text(script, encoding="utf-8")
    done = subprocess.run(
        [path, *arguments, "script"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    assert done.stderr == ""
    return [set(one.splitlines()) - {""} for one in done.stdout.split("==\n")[1:]]


def test_bash_completes(tmp_path: Path) -> None:
    lines = [bash()]
    for typed in CASES:
        words = " ".join(f"'{word}'" for word in typed.split(" "))
        lines += [
            f"COMP_WORDS=({words})",
            "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))",
            'echo "=="; _ibapi_port; printf "%s\\n" "${COMPREPLY[@]}"',
        ]
    found = answers("bash", "\n".join(lines), tmp_path, "--norc")
    assert dict(zip(CASES, found, strict=True)) == CASES


def test_fish_completes(tmp_path: Path) -> None:
    lines = [fish()]
    for typed in CASES:
        lines.append(f"echo '=='; complete -C '{typed}' | string replace -r '\\t.*' ''")
    found = answers("fish", "\n".join(lines), tmp_path, "--no-config")
    # where a word may also be a file's name, fish names the files of the folder
    assert [one - {"script"} for one in found] == list(CASES.values())


# what an interactive zsh is told: what it would show is printed, and the line is dropped
ZSH_SETUP = r"""
PROMPT=
autoload -U compinit
compinit -D -u
source ./completion
complete-and-forget() {
    compprefuncs=(start)
    comppostfuncs=(finish)
    zle complete-word
    BUFFER=
}
zle -N complete-and-forget
bindkey '^I' complete-and-forget
zstyle ':completion:*' insert-tab false
start() { print '<<<' }
finish() { print '>>>' }
compadd() {
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then  # it only fills an array
        builtin compadd "$@"
        return
    fi
    typeset -a hits
    builtin compadd -A hits "$@"
    print -rl -- $hits
}
print is-ready
"""
# in a terminal of its own: only there does zsh complete
ZSH_START = r"""
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z 'source ./setup'
while zpty -r z line; do [[ $line == is-ready* ]] && break; done
"""
ZSH_CASE = r"""
zpty -n -w z {typed}$'\t'
while zpty -r z line; do [[ $line == *'<<<'* ]] && break; done
print -r -- '=='
while zpty -r z line; do [[ $line == *'>>>'* ]] && break; print -r -- "${{line%%$'\r'*}}"; done
"""


def test_zsh_completes(tmp_path: Path) -> None:
    (tmp_path / "completion").write_text(zsh(), encoding="utf-8")
    (tmp_path / "setup").write_text(ZSH_SETUP, encoding="utf-8")
    cases = [ZSH_CASE.format(typed=f"'{typed}'") for typed in CASES]
    found = answers("zsh", "\n".join([ZSH_START, *cases, "zpty -d z"]), tmp_path, "-f")
    assert dict(zip(CASES, found, strict=True)) == CASES
