"""The checks of one generation of the official client. usage: python drivers/official JSON
(checks.run says what is in it)
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
told = json.loads(sys.argv[1])
if told.get("stands_in"):
    import ibapi_port

    ibapi_port.install()

import accounts  # noqa: E402, F401 - after install(), which gives it ibapi
import contracts  # noqa: E402, F401
import history  # noqa: E402, F401
import market  # noqa: E402, F401
import orders  # noqa: E402, F401
import others  # noqa: E402, F401
from checks import run  # noqa: E402
from session import Session  # noqa: E402

run(Session, told)
