"""What docs/rest.md shows runs as it stands."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ibapi_port.rest import RestServer

from .helpers import LMT, MKT, TOKEN, Client, order

TEXT = (Path(__file__).parents[2] / "docs" / "rest.md").read_text(encoding="utf-8")
CURLS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    # a line ends with \\, or its text in quotes goes on
    for line in re.sub(r"\\\n|\n +(?=\{)", " ", block).splitlines()
    if line.startswith("curl")
]


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_each_curl(rest: RestServer, client: Client, tmp_path: Path) -> None:
    (tmp_path / "orders.json").write_text(
        json.dumps([MKT, {**LMT, "action": "SELL", "lmtPrice": 300}])
    )
    while int(next(iter(order(client).json()["orders"]))) < 7:  # the order that the texts cancel
        continue
    script = [
        f'H="Authorization: Bearer {TOKEN}"; J="Content-Type: application/json"; U={rest.url}'
    ]
    for line in CURLS:
        seconds = "0.5" if line.startswith("curl -N") else "20"  # a stream goes on
        script.append(
            line.replace("curl ", f"curl -s -m {seconds} -o /dev/null -w '%{{http_code}}\\n' ", 1)
        )
    done = subprocess.run(["bash", "-c", "\n".join(script)], capture_output=True, text=True,
                          cwd=tmp_path, timeout=60)  # fmt: skip
    statuses = [int(line) for line in done.stdout.split()]
    assert len(statuses) == len(CURLS), done.stderr
    wrong = [(line, status) for line, status in zip(CURLS, statuses, strict=True)
             if not 200 <= status < 300]  # fmt: skip
    # a beacon needs its URL, and the simulated account is no advisor's
    assert {line.split("$U")[1].split()[0].strip('"').split("?")[0] for line, _ in wrong} == {
        "/beacon",
        "/financial",
    }


def test_the_options_are_those_of_the_command() -> None:
    from ibapi_port.rest.cli import _parser

    known = {option for action in _parser()._actions for option in action.option_strings}
    told = set(re.findall(r"`(--[a-z-]+)", TEXT))
    assert told - {"--cacert"} <= known  # that one is curl's
