"""The checks of ib_async or ib_insync, by their high-level calls. usage: python drivers/ib_async_driver JSON (checks.run says what is in it)"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import data  # noqa: E402, F401
import others  # noqa: E402, F401
import trading  # noqa: E402, F401
from checks import run  # noqa: E402
from session import Session  # noqa: E402

run(Session, json.loads(sys.argv[1]))
