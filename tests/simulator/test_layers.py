from __future__ import annotations

import ast
from pathlib import Path

import pytest

import ibapi_port.simulator

FOLDER = Path(ibapi_port.simulator.__file__).parent
CLIENT_SIDE = {"client", "reader", "connection", "wrapper", "decoder", "comm", "sync_wrapper"}


@pytest.mark.parametrize("module", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_the_simulator_stands_on_the_protocol_and_the_data_classes_only(module: Path) -> None:
    imported: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level <= 2
            if node.level == 2 or (node.level == 0 and node.module and node.module.startswith("ibapi_port")):
                imported.add((node.module or "").removeprefix("ibapi_port.").split(".")[0])
    assert not imported & CLIENT_SIDE
