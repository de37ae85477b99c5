"""The programs of tests/legacy print on this package what they printed on the official client of
their generation.
"""

from __future__ import annotations

import sys

import pytest
from legacy.session import PROGRAMS, Program, explained, output, ways

from ibapi_port.protocol.handshake import NEWEST_TEXT
from ibapi_port.protocol.protobuf import available


@pytest.mark.parametrize("way", ways(PROGRAMS[0]))
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_legacy_program(program: Program, way: str) -> None:
    if program.server_version > NEWEST_TEXT and not available():
        pytest.skip("without the protobuf package")
    official = program.expected.read_text()
    printed = explained(program, way, official, output(program, sys.executable, ways(program)[way]))
    assert printed.splitlines() == official.splitlines()


def test_they_go_all_the_way() -> None:
    for program in PROGRAMS:
        official = program.expected.read_text()
        assert len(official.splitlines()) > 80
        for sign in (
            "200",
            "202",
            "Filled",
            "Cancelled",
            "BOT" if program.name != "g10_30" else "SLD",
            "DU1234567",
        ):
            assert sign in official, (program.name, sign)
