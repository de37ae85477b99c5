"""This package's own columns of the interop matrix, which need no environment: every capability, by
the driver of the official clients.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from capabilities import KEYS  # noqa: E402 - beside this file
from matrix import ABSENT, Column, complaints, fill, markdown, ranges  # noqa: E402

DRIVER = [
    "env",
    f"PYTHONPATH={os.pathsep.join([str(HERE.parents[1]), *sys.path])}",
    sys.executable,
    str(HERE / "drivers" / "official"),
]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no env")
@pytest.mark.parametrize(
    "versions", [(100, 151, 187, 200), (201, 213, 226)], ids=["text", "protobuf"]
)
def test_every_capability(versions: tuple[int, ...]) -> None:
    if versions[-1] > 200 and importlib.util.find_spec("google.protobuf") is None:
        pytest.skip("without the protobuf package")
    cells = fill(Column("ibapi_port", "official", versions), DRIVER)
    assert complaints(cells) == {}
    assert {key for key, cell in cells.items() if cell == "ok"} == {
        *KEYS,
        *(f"connect {version}" for version in versions),
    }


def test_a_driver_that_dies_is_told_of() -> None:
    died = [
        sys.executable,
        "-c",
        "import sys; print('[\"stock\", \"ok\"]', flush=True); sys.exit('no more')",
    ]
    cells = fill(Column("ibapi_port", "official", (200,)), died, ["stock", "bond"])
    assert cells == {"stock": "ok", "bond": "no result no more"}
    assert complaints(cells).keys() == {"bond"}


def test_the_table() -> None:
    cells = {
        "connect 100": "ok",
        "connect 101": "ok",
        "connect 102": "ok",
        "connect 151": "wrong",
        "stock": "ok",
        "bond": "why\nnot",
    }
    lines = markdown(
        {"one": cells, "other": {**dict.fromkeys(KEYS, ABSENT), "bond": "why\nnot"}}
    ).splitlines()
    assert lines[0] == "|  | one | other |"
    assert "| connects at server versions | 100-102, 151 (1) |  |" in lines
    assert "| details of a bond | (2) | (2) |" in lines
    assert "| details of an option |  | - |" in lines
    assert [line.strip() for line in lines[-2:]] == ["(1) wrong", "(2) why not"]


@pytest.mark.parametrize(
    ("versions", "text"),
    [
        ([], ""),
        ([100], "100"),
        ([100, 101], "100, 101"),
        ([100, 151, 201, 202, 203], "100, 151, 201-203"),
    ],
)
def test_ranges(versions: list[int], text: str) -> None:
    assert ranges(versions) == text
