"""What importlib.metadata says of `ibapi` while this package stands in for it: its name and the
API's version.
"""

from __future__ import annotations

import importlib.metadata
from os import PathLike
from pathlib import Path
from typing import Any

from .._version import get_version_string


class _Distribution(importlib.metadata.Distribution):
    def read_text(self, filename: str) -> str | None:
        if filename == "METADATA":
            return (
                "Metadata-Version: 2.1\nName: ibapi\n"
                f"Version: {get_version_string()}\n"
                "Summary: ibapi_port, which stands in for it\n"
            )
        return "ibapi\n" if filename == "top_level.txt" else None

    def locate_file(self, path: str | PathLike[str]) -> Any:
        return Path(__file__).parents[2] / path


def distribution() -> importlib.metadata.Distribution:
    return _Distribution()
