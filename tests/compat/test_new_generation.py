"""The script that lists what a new official package has, on small packages that are made up here."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

SCRIPT = Path(__file__).parent / "new_generation.py"
NUMBERS = """
class Enum:
    def __init__(self, *names):
        self.idx2name = dict(enumerate(names))
        vars(self).update({name: n for n, name in enumerate(names)})
"""
PAIR = """
class CodeMsgPair:
    def __init__(self, code, msg):
        self.errorCode, self.errorMsg = code, msg
    def code(self):
        return self.errorCode
    def msg(self):
        return self.errorMsg
"""
MESSAGES = """
from types import SimpleNamespace as Some
def message(*fields):
    return Some(fields=[Some(name=name, number=number, label=label) for name, number, label in fields])
DESCRIPTOR = Some(message_types_by_name={messages})
"""
THE_SAME = {
    "__init__.py": "",
    "client.py": """
        from ibapi.contract import Contract
        from ibapi.errors import NOT_CONNECTED
        class EClient:
            def __init__(self, wrapper): ...
            def reqPnL(self, reqId, account, modelCode): ...
            def placeOrder(self, orderId, contract: Contract, order): ...
        """,
    "contract.py": """
        class Contract:
            def __init__(self):
                self.conId = 0
                self.symbol = ""
        """,
    "errors.py": PAIR + "NOT_CONNECTED = CodeMsgPair(504, 'Not connected')",
    "message.py": "from enum import IntEnum\nclass IN(IntEnum):\n    TICK_PRICE = 1\n",
    "order_status.py": "from enum import Enum\nclass OrderStatus(Enum):\n    Filled = 'Filled'\n    def is_active(self): ...\n",
    "server_versions.py": "MIN_SERVER_VER_PROTOBUF = 201\nMAX_CLIENT_VER = 201\n",
    "ticktype.py": NUMBERS + "TickTypeEnum = Enum('BID_SIZE', 'BID')",
    "protobuf/__init__.py": "",
    "protobuf/Contract_pb2.py": MESSAGES.format(
        messages="{'Contract': message(('conId', 1, 1), ('comboLegs', 20, 3))}"
    ),
}
NEWER = {
    "client.py": """
        from ibapi.errors import FAIL_SEND_NEW
        class EClient:
            def __init__(self, wrapper): ...
            def reqPnL(self, reqId, account, modelCode, currency): ...
            def reqNew(self, reqId): ...
        """,
    "contract.py": """
        class Contract:
            def __init__(self):
                self.conId = 1
                self.added = 0.5
        class Added:
            pass
        """,
    "errors.py": PAIR
    + "NOT_CONNECTED = CodeMsgPair(504, 'Gone')\nFAIL_SEND_NEW = CodeMsgPair(599, 'New Sending Error - ')",
    "message.py": "from enum import IntEnum\nclass IN(IntEnum):\n    TICK_PRICE = 1\n    NEW = 112\n",
    "server_versions.py": "UNIFIED_VERSION_NEW = 227\nMAX_CLIENT_VER = 227\n",
    "ticktype.py": NUMBERS + "TickTypeEnum = Enum('BID_SIZE', 'BID', 'NEW')",
    "another.py": "",
    "broken.py": "import no_such_library_anywhere",
    "protobuf/Contract_pb2.py": MESSAGES.format(
        messages="{'Contract': message(('conId', 2, 1), ('added', 90, 1)), 'Added': message(('reqId', 1, 1))}"
    ),
}
LISTED = """
module ibapi.another
module ibapi.broken cannot be imported there: ModuleNotFoundError("No module named 'no_such_library_anywhere'")
method ibapi.client.EClient.reqNew
signature ibapi.client.EClient.reqPnL(self, reqId, account, modelCode, currency)
value ibapi.contract.Contract().conId is 1, ours 0
attribute ibapi.contract.Contract().added = 0.5
name ibapi.contract.Added
value ibapi.errors.NOT_CONNECTED is 504 'Gone', ours 504 'Not connected'
name ibapi.client.FAIL_SEND_NEW
name ibapi.errors.FAIL_SEND_NEW
attribute ibapi.message.IN.NEW = 112
name ibapi.server_versions.UNIFIED_VERSION_NEW
attribute ibapi.ticktype.TickTypeEnum.NEW = 2
protobuf field Contract.conId is [2, False], ours [1, False]
protobuf field Contract.added = 90
protobuf message Added
"""


def listed(folder: Path, files: dict[str, str], *options: str) -> tuple[int, list[str]]:
    """Return the script's exit status and lines, for a package of these files."""
    for name, text in files.items():
        path = folder / "ibapi" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    done = subprocess.run(
        [sys.executable, str(SCRIPT), sys.executable, *options],
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_a_package_that_has_nothing_new(tmp_path: Path) -> None:
    status, lines = listed(tmp_path, THE_SAME)
    assert (status, lines[:-1]) == (0, [])
    assert lines[-1].startswith("0 missing or other, ")


def test_a_package_that_has_more(tmp_path: Path) -> None:
    status, lines = listed(tmp_path, {**THE_SAME, **NEWER})
    assert status == 1
    wanted = set(LISTED.strip().splitlines())
    assert {line.partition(", ours (")[0] for line in lines[:-1]} == wanted
    assert lines[-1].startswith(f"{len(wanted)} missing or other, ")


def test_all_says_what_is_meant(tmp_path: Path) -> None:
    status, lines = listed(tmp_path, THE_SAME, "--all", "--generation", "10.46")
    assert status == 0
    assert "value ibapi.server_versions.MAX_CLIENT_VER is 201, ours 225" in lines


def test_an_interpreter_that_is_none() -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "no-such-python"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "no-such-python cannot describe its ibapi" in done.stderr
