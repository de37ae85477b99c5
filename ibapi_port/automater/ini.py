"""jts.ini: single values are changed, every other byte stays, and the file is replaced at once."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


def read_value(path: Path, section: str, name: str) -> str:
    """Return a value; "" if there is none, or no file."""
    try:
        text = path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError:
        return ""
    here = ""
    for line in text.splitlines():
        if _section(line) is not None:
            here = _section(line) or ""
        elif here == section.lower() and _name(line) == name.lower():
            return line.partition("=")[2].strip()
    return ""


def with_value(text: str, section: str, name: str, value: str) -> str:
    """Return a text in which a value is set; its section is added if there is none."""
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines(keepends=True)
    here = ""
    after = -1  # the place behind the section's heading
    for place, line in enumerate(lines):
        found = _section(line)
        if found is not None:
            here = found
            if here == section.lower() and after < 0:
                after = place + 1
        elif here == section.lower() and _name(line) == name.lower():
            end = line[len(line.rstrip("\r\n")) :]
            if line.partition("=")[2].strip() != value:
                lines[place] = f"{line.partition('=')[0]}={value}{end}"
            return "".join(lines)
    if after >= 0:
        if not lines[after - 1].endswith("\n"):
            lines[after - 1] += newline
        lines.insert(after, f"{name}={value}{newline}")
        return "".join(lines)
    start = "" if not text or text.endswith("\n") else newline
    return f"{text}{start}[{section}]{newline}{name}={value}{newline}"


def set_value(path: Path, section: str, name: str, value: str) -> bool:
    """Set a value in a file; return whether it had to be changed. The file is made if need be."""
    try:
        before = path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        before = ""
    after = with_value(before, section, name, value)
    if after == before and path.exists():
        return False
    data = after.encode("utf-8", "surrogateescape")
    try:
        replace_file(path, data)
    except OSError:  # a file that is mounted by itself, or in a directory of somebody else's
        path.write_bytes(data)
    return True


def replace_file(path: Path, data: bytes, mode: int | None = None) -> None:
    """Put another content in place of a file's in one step, and keep its mode, or set one."""
    path = path.resolve()  # where it is a link, what it leads to is replaced
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
        with contextlib.suppress(OSError):
            os.chmod(name, path.stat().st_mode & 0o7777 if mode is None else mode)
        os.replace(name, path)
    except BaseException:  # whatever it was, and Ctrl-C too: no file may be left
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _section(line: str) -> str | None:
    line = line.strip("\ufeff \t\r\n")
    return line[1:-1].strip().lower() if line[:1] == "[" and line[-1:] == "]" else None


def _name(line: str) -> str:
    return line.partition("=")[0].strip().lower() if "=" in line else ""
