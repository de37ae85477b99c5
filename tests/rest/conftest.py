"""The tests of the REST server need its extra and httpx, which the plain test command does not install:
there test_extra.py alone is collected, and says so. `.ci/run` runs them all.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

NEEDED = (
    "starlette",
    "uvicorn",
    "msgspec",
    "cryptography",
    "websockets",
    "httpx",
    "openapi_spec_validator",
)
MISSING = [name for name in NEEDED if find_spec(name) is None]

if MISSING:
    collect_ignore = [
        path.name
        for path in Path(__file__).parent.glob("test_*.py")
        if path.name != "test_extra.py"
    ]
else:
    from .fixtures import client, rest, tws  # noqa: F401
