"""The extra `[rest]`: nothing else needs it, and the other tests here do."""

from __future__ import annotations

import subprocess
import sys

import pytest

from .conftest import MISSING


def test_the_core_needs_none_of_it() -> None:
    code = (
        "import sys\n"
        "class No:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in ('starlette', 'uvicorn', 'msgspec', 'redis'):\n"
        "            raise ImportError(name)\n"
        "sys.meta_path.insert(0, No())\n"
        "import ibapi_port.client, ibapi_port.ib, ibapi_port.simulator, ibapi_port.guards\n"
        "from ibapi_port.__main__ import main\n"
        "raise SystemExit(main(['rest', '--simulate']))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "ibapi_port[rest]" in done.stderr


def test_the_others_are_run() -> None:
    if MISSING:
        pytest.skip(
            f"tests/rest needs {', '.join(MISSING)}: pip install -e '.[dev]', as .ci/run does"
        )
