"""The list of quick tests (quick.py) names what there is, and something of every area."""

from __future__ import annotations

from pathlib import Path

import pytest
from quick import FILES, QUICK, is_quick

TESTS = Path(__file__).parent
AREAS = sorted(
    {path.relative_to(TESTS).parts[0] for path in TESTS.glob("*/test_*.py")}
    - {"newcomer", "soak", "typing"}
)


@pytest.mark.parametrize("area", AREAS)
def test_every_area_has_some(area: str) -> None:
    assert any(file.startswith(f"{area}/") for file in FILES), (
        f"name a test of tests/{area} in QUICK"
    )


def test_each_line_is_of_a_file_and_a_test() -> None:
    for line in QUICK:
        file, _, name = line.partition("::")
        path = TESTS / file
        assert path.is_file(), line
        function = name.partition("[")[0]
        assert f"def {function}" in path.read_text(encoding="utf-8"), f"{line}: no such test"
    assert len(QUICK) == len(set(QUICK))


def test_by_name() -> None:
    assert is_quick("client/test_splitting.py", "test_sent_one_byte_at_a_time[100]")
    assert not is_quick("client/test_splitting.py", "test_cut_at_random[100]")
    assert not is_quick("client/test_tls.py", "test_silence")
    assert is_quick("client/test_log.py", "test_whatever")
