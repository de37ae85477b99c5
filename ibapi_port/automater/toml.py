"""TOML files, read with an error that names the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any


class TomlError(ValueError):
    """A file is no TOML, or it cannot be read here; the text says why."""


def read_toml(path: Path) -> dict[str, Any]:
    """Return what a TOML file holds. Raise TomlError if it is none, OSError without a file."""
    try:
        import tomllib  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        try:
            import tomli as tomllib  # type: ignore[no-redef,import-not-found,unused-ignore]
        except ImportError:
            raise TomlError(
                f"{path}: TOML needs Python 3.11, or the package tomli on Python 3.10 "
                "(pip install tomli)"
            ) from None
    try:
        found: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise TomlError(f"{path}: this is no TOML: {e}") from None
    return found
