"""What docker/compose.yaml and docker/Dockerfile say, read as far as they are written there: the
tests need no YAML package.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker" / "compose.yaml"
DOCKERFILE = ROOT / "docker" / "Dockerfile"
_COMMAND = re.compile(
    r"^  (\w+):(?:(?!^  \w).*\n)*?    command:(?: \[(.*)\]\n|\n((?:      - .*\n)+))", re.MULTILINE
)
_VARIABLE = re.compile(r"\$\{\w+:-([^}]*)\}")


def commands() -> dict[str, list[str]]:
    """Return the words of each service's command; variables have their defaults."""
    found: dict[str, list[str]] = {}
    for name, inline, lines in _COMMAND.findall(COMPOSE.read_text(encoding="utf-8")):
        words = inline.split(", ") if inline else re.findall(r"- (.*)", lines)
        found[name] = [_VARIABLE.sub(r"\1", word.strip('"')) for word in words]
    return found


def healthcheck() -> list[str]:
    """Return what the check of the TWS's health gives Python: -c and a program."""
    (found,) = re.findall(r'test: \[CMD, python, -c, "(.*)"\]', COMPOSE.read_text(encoding="utf-8"))
    return ["-c", found]


def image_extras() -> list[str]:
    """Return the extras of the package that the image has."""
    (found,) = re.findall(r"^RUN pip wheel .*'\.\[(.*)\]'$", _dockerfile(), re.MULTILINE)
    return found.split(",")


def entrypoint() -> list[str]:
    """Return the image's entry point."""
    (found,) = re.findall(r"^ENTRYPOINT (.*)$", _dockerfile(), re.MULTILINE)
    return list(json.loads(found))


def _dockerfile() -> str:
    return DOCKERFILE.read_text(encoding="utf-8")
