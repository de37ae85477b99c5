"""`ibapi-port completion SHELL`: a script that completes commands, options and their choices.

What there is to complete is asked of the commands themselves: each is called without arguments and
stopped when it looks at them.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

from .._terminal import Parser, program
from .table import COMMANDS, Command, load

NAME = "ibapi-port"


class Option(NamedTuple):
    """A flag of a command, or a sub-command. `choices`: the values that it may have."""

    flag: str
    text: str
    choices: tuple[str, ...]


class _Found(BaseException):
    """Carries the parser of a command out of it; no command catches a BaseException."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        super().__init__()
        self.parser = parser


@contextmanager
def _stopped_at_its_arguments() -> Iterator[None]:
    usual = argparse.ArgumentParser.parse_known_args

    def stop(parser: argparse.ArgumentParser, *_: object, **__: object) -> None:
        raise _Found(parser)

    argparse.ArgumentParser.parse_known_args = stop  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        argparse.ArgumentParser.parse_known_args = usual  # type: ignore[method-assign]


def options_of(command: Command) -> list[Option]:
    """Return the flags and sub-commands of a command; none, if it looks at no arguments."""
    try:
        with _stopped_at_its_arguments():
            load(command)([])
    except _Found as found:
        return sorted(set(_options(found.parser)))
    return []


def _options(parser: argparse.ArgumentParser) -> Iterator[Option]:
    for action in parser._actions:
        text = action.help or ""
        with suppress(KeyError, TypeError, ValueError):
            text = text % {"default": action.default, "prog": parser.prog}
        text = " ".join(text.split())
        choices = _choices(action)
        if isinstance(action, argparse._SubParsersAction):
            texts = {one.dest: one.help or "" for one in action._choices_actions}
            for name, inner in action.choices.items():
                yield Option(name, texts.get(name, ""), ())
                yield from _options(inner)
        elif not action.option_strings:
            yield from (Option(choice, text, ()) for choice in choices)
        for flag in action.option_strings:
            if flag.startswith("--") or len(action.option_strings) == 1:
                yield Option(flag, text, choices)


def _choices(action: argparse.Action) -> tuple[str, ...]:
    """Return the values that a flag may have; none, if any value will do."""
    if action.choices is None and isinstance(action.metavar, str):
        shown = action.metavar  # the simulated TWS checks its settings itself: {always,exchange}
        if shown.startswith("{") and shown.endswith("}"):
            return tuple(shown[1:-1].split(","))
    return tuple(map(str, action.choices or ()))


def bash() -> str:
    """Return the script for bash."""
    cases = []
    for command in COMMANDS.values():
        options = options_of(command)
        cases += [
            f"        '{command.name} {one.flag}') words='{' '.join(one.choices)}' ;;"
            for one in options
            if one.choices
        ]
        words = " ".join(dict.fromkeys(one.flag for one in options))
        cases.append(f"        '{command.name} '*) words='{words}' ;;")
    return f"""# bash completion for {NAME}: eval "$({NAME} completion bash)" in ~/.bashrc
_ibapi_port() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" words=
    if [ "$COMP_CWORD" -eq 1 ]; then
        words='{" ".join(COMMANDS)} --help --version'
    else
        case "${{COMP_WORDS[1]}} ${{COMP_WORDS[COMP_CWORD - 1]}}" in
{chr(10).join(cases)}
        esac
    fi
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}}
complete -o default -F _ibapi_port {NAME}
"""


def zsh() -> str:
    """Return the script for zsh."""
    commands = " ".join(_described(one.name, one.text) for one in COMMANDS.values())
    choices = []
    options = []
    for command in COMMANDS.values():
        found = options_of(command)
        choices += [
            f"        '{command.name} {one.flag}') compadd -- {' '.join(one.choices)}; return ;;"
            for one in found
            if one.choices
        ]
        texts = {one.flag: one.text for one in found}
        words = " ".join(_described(flag, text) for flag, text in texts.items())
        options.append(f"        {command.name}) found=({words}) ;;")
    return f"""#compdef {NAME}
# zsh completion for {NAME}: eval "$({NAME} completion zsh)" in ~/.zshrc, after compinit
_ibapi_port() {{
    local -a found
    if (( CURRENT == 2 )); then
        found=({commands})
        _describe command found
        return
    fi
    case "${{words[2]}} ${{words[CURRENT - 1]}}" in
{chr(10).join(choices)}
    esac
    case "${{words[2]}}" in
{chr(10).join(options)}
    esac
    [[ "$PREFIX" == -* ]] || _files
    _describe option found
}}
compdef _ibapi_port {NAME}
"""


def _described(word: str, text: str) -> str:
    escaped = word.replace(":", "\\:")
    return _quoted(f"{escaped}:{text}")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def fish() -> str:
    """Return the script for fish."""
    lines = [f"# fish completion for {NAME}: {NAME} completion fish | source"]
    for command in COMMANDS.values():
        start = f"complete -c {NAME} -n"
        lines.append(
            f"{start} __fish_use_subcommand -f -a {command.name} -d {_for_fish(command.text)}"
        )
        seen = f"{start} '__fish_seen_subcommand_from {command.name}'"
        for flag, text, choices in options_of(command):
            long = f"-l {flag[2:]}" if flag.startswith("--") else f"-a {flag}"
            if not flag.startswith("--") and flag.startswith("-"):
                long = f"-s {flag[1:]}"
            values = f" -x -a '{' '.join(choices)}'" if choices else ""
            lines.append(f"{seen} {long}{values} -d {_for_fish(text)}")
    return "\n".join(lines) + "\n"


def _for_fish(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


SHELLS: dict[str, Callable[[], str]] = {"bash": bash, "zsh": zsh, "fish": fish}


def main(arguments: Sequence[str]) -> int:
    """Print the script of a shell."""
    parser = Parser(
        prog=program("completion"),
        description="Print a script that completes ibapi-port: "
        f'eval "$({NAME} completion bash)", the same with zsh, or {NAME} completion fish | source.',
    )
    parser.add_argument("shell", choices=SHELLS, help="your shell")
    shell = parser.parse_args(list(arguments)).shell
    print(SHELLS[shell](), end="")
    return 0
