"""The types that type checkers see: the stubs say what the table of messages says, and each
function returns the message that its annotation names.
"""

from __future__ import annotations

import pytest

from ibapi_port import client_utils
from ibapi_port.wrapper import EWrapper

from .helpers import REQUEST_PB
from .stubs import FOLDER, stubs
from .test_utils_modules import CREATE


def test_the_stubs_are_those_of_the_table() -> None:
    """If this fails, `python tests/protobuf/stubs.py` writes them anew."""
    written = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.pyi")}
    assert written == stubs()


@pytest.mark.parametrize("request_name", CREATE)
def test_a_function_says_which_message_it_returns(request_name: str) -> None:
    function = getattr(client_utils, CREATE[request_name])
    message = REQUEST_PB[request_name].message
    assert function.__annotations__["return"] == f"pb.{message}"


def test_a_raw_callback_says_which_message_it_gets() -> None:
    for name, callback in vars(EWrapper).items():
        if name.endswith("ProtoBuf"):
            (annotation,) = (v for k, v in callback.__annotations__.items() if k != "return")
            assert callback.__doc__.startswith(f"{annotation.removeprefix('pb.')} as it came"), name
