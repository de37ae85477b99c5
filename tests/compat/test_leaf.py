"""What knows the older generations is loaded only for programs that need it."""

from __future__ import annotations

import pytest

from .helpers import python

PROGRAM = """
import sys
from ibapi_port.client import EClient
from ibapi_port.wrapper import EWrapper
{before}
class App(EWrapper, EClient):
    def __init__(self): EClient.__init__(self, self)
    {callback}
app = App()
{after}
app.reqIds(1)
print(*sorted(name for name in sys.modules if name == "ibapi_port.compat.generations"))
"""
NEWEST = (
    "def error(self, reqId, errorTime, errorCode, errorString, advancedOrderRejectJson=''): "
    "print(errorCode)"
)
WITHOUT_DEFAULT = "def error(self, reqId, when, code, text, json): print(code, repr(json))"
OLDER = "def error(self, reqId, code, text): print(code)"
RENAMED = "def commissionReport(self, report): pass"


@pytest.mark.parametrize(
    ("callback", "before", "after", "expected"),
    [
        (NEWEST, "", "", ["504", ""]),
        (WITHOUT_DEFAULT, "", "", ["504 ''", ""]),
        (OLDER, "", "", ["504", "ibapi_port.compat.generations"]),
        (NEWEST + "\n    " + RENAMED, "", "", ["504", "ibapi_port.compat.generations"]),
        (
            NEWEST,
            "from ibapi_port.compat import generation; generation('9.81')",
            "",
            ["504", "ibapi_port.compat.generations"],
        ),
        (
            "pass",
            "",
            "app.error = lambda reqId, code, text: print('late', code)",
            ["late 504", "ibapi_port.compat.generations"],
        ),
    ],
    ids=["newest", "no default", "older", "older name", "generation chosen", "put in place later"],
)
def test_compat_is_loaded_if_it_is_needed(
    callback: str, before: str, after: str, expected: list[str]
) -> None:
    done = python("-c", PROGRAM.format(callback=callback, before=before, after=after))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == expected
