"""The checks of ib_async or ib_insync, by their high-level calls.

usage: python drivers/ib_async_driver JSON (checks.run says what is in it)
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import data  # noqa: F401
import others  # noqa: F401
import trading  # noqa: F401
from checks import run
from session import Session

run(Session, json.loads(sys.argv[1]))
