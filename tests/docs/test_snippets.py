"""Every Python block of the pages and the README runs, on a simulated TWS."""

from __future__ import annotations

import ast
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ibapi_port.simulator import SimulatedTws

from .blocks import Block, all_blocks
from .given import disconnect, namespace

# pages whose programs are run by the tests of what they are about
ELSEWHERE = (
    "automater.md",
    "ib.md",
    "own_data.md",
    "pacing.md",
    "real_tws.md",
    "rest.md",
    "supervised.md",
)
BLOCKS = [block for block in all_blocks() if not block.not_run and block.page not in ELSEWHERE]
SILENT = ("guide/interface.md:1", "ledger.md:1")  # there is nothing to print


def reconnected(tws: SimulatedTws, values: dict[str, Any]) -> None:
    """Cut the line of howto/reconnect.md once it is connected, and end it once it has come back."""

    def connections(count: int) -> None:
        while "app" not in values or values["app"].connections < count:
            time.sleep(0.01)  # the page has no event for it; the time limit ends it

    connections(1)
    tws.do("drop_connection")
    connections(2)
    values["app"].end()


BESIDE: dict[str, Callable[[SimulatedTws, dict[str, Any]], None]] = {
    "howto/reconnect.md:1": reconnected
}


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_block_runs(
    block: Block,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if re.search(r"\bframe\b", block.text):
        pytest.importorskip("pandas", reason="frame() needs pandas")
    monkeypatch.chdir(tmp_path)
    with SimulatedTws(tick_interval=0.02, bar_interval=0.2) as tws:
        source = block.text.replace("7497", str(tws.port))
        values = namespace(block.given)
        beside = BESIDE.get(str(block), lambda tws, values: None)
        thread = threading.Thread(target=beside, args=(tws, values), daemon=True)
        thread.start()
        try:
            exec(compile(source, str(block), "exec", dont_inherit=True), values)
        finally:
            disconnect(values)
        thread.join(10)
    for name, value in values.items():
        if name.startswith("test_"):
            value(request.getfixturevalue("simulated_tws"))
    if "print(" in block.text and str(block) not in SILENT:
        assert capsys.readouterr().out


def test_each_page_has_been_looked_at() -> None:
    assert len(BLOCKS) > 25
    assert {"tutorial.md", "README.md", "howto/bracket.md"} <= {block.page for block in BLOCKS}


def test_what_does_not_run_says_why() -> None:
    for block in all_blocks():
        if block.not_run:
            compile(block.text, str(block), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            assert len(block.not_run) > 5
