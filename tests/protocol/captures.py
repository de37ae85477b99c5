"""Frames that other projects' tests hold: of a real TWS, or made by people who know it.

Read where they are, never part of this one.

$IBAPI_PORT_CAPTURES names their directory; without it ../shared/captures beside the repository is
looked for. See the README there.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

BESIDE = Path(__file__).parents[3] / "shared" / "captures"
FRAMES = Path(os.environ.get("IBAPI_PORT_CAPTURES", BESIDE)) / "frames.jsonl"

needs_captures = pytest.mark.skipif(
    not FRAMES.exists(), reason=f"no captures at {FRAMES}: set IBAPI_PORT_CAPTURES"
)

Capture = dict[str, Any]


@cache
def text_frames() -> list[Capture]:
    with FRAMES.open(encoding="utf-8") as lines:
        return [row for row in map(json.loads, lines) if "fields" in row]


def captures(direction: str) -> list[Capture]:
    """The frames "in" (from TWS) or "out", without handshakes."""
    return [
        row
        for row in text_frames()
        if row["direction"] == direction and row["message"] != "handshake"
    ]


def handshakes() -> list[Capture]:
    """What TWS answered."""
    return [
        row for row in text_frames() if row["direction"] == "in" and row["message"] == "handshake"
    ]


def expected(row: Capture) -> dict[str, Any]:
    found: dict[str, Any] = row.get("expected", {})
    return found


def hostile(row: Capture) -> bool:
    """Bad on purpose."""
    return "$malformed_test" in expected(row)


def version_of(row: Capture) -> int:
    """The server's version, or the highest that the frame fits."""
    lowest, highest = row["fits"]
    version: int | None = row["server_version"]
    return version if version is not None and lowest <= version <= highest else highest


def fitting() -> list[Capture]:
    return [row for row in captures("in") if row.get("fits") and not hostile(row)]


def same_text(ours: str, theirs: str) -> bool:
    """Other clients leave unset numbers empty, and write whole ones without a point."""
    try:
        return ours == theirs or theirs == "" or float(ours or 0) == float(theirs)
    except ValueError:
        return False
