"""Files that only their owner may read: windows that were not known, settings, passwords."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from .ini import replace_file


def keep(directory: Path, name: str, data: bytes) -> Path:
    """Write a file that only its owner may read; return its path."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / name
    replace_file(path, data, 0o600)  # at once: what was there is not lost where the disk is full
    return path


def as_json(data: object) -> bytes:
    """Return data as JSON that a person can read."""
    return json.dumps(data, indent=1, ensure_ascii=False).encode()


def prune(directory: Path, most: int = 50) -> None:
    """Delete the oldest files of a directory of dumps beyond some number."""
    with contextlib.suppress(OSError):
        files = sorted(directory.glob("window-*"), key=lambda p: p.stat().st_mtime)
        for path in files[:-most]:
            path.unlink()
