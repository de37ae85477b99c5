"""The index of the declarations says what the areas declare, and asking for a message imports its
area alone.
"""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from ibapi_port.protocol.schema.messages import (
    AREAS,
    INCOMING,
    INCOMING_BY_NAME,
    REQUESTS,
    REQUESTS_BY_ID,
)


@pytest.mark.parametrize("area", AREAS)
def test_the_index_is_what_the_area_declares(area: str) -> None:
    module = import_module(f"ibapi_port.protocol.schema.messages.{area}")
    for text, messages in zip(AREAS[area], (module.MESSAGES, module.REQUESTS), strict=True):
        assert text.split() == [f"{message.msg_id}:{message.name}" for message in messages]


def test_messages_are_found_by_id_and_name() -> None:
    assert INCOMING["1"] is INCOMING_BY_NAME["tickPrice"]
    assert REQUESTS["placeOrder"] is REQUESTS_BY_ID["3"]
    assert "1" in INCOMING
    assert "nonsense" not in REQUESTS
    assert (
        len(INCOMING)
        == len(INCOMING_BY_NAME)
        == len({id(message) for message in INCOMING.values()})
    )
    with pytest.raises(KeyError):
        INCOMING["99999"]


def test_only_what_is_asked_for_is_imported() -> None:
    code = """if True:
        import sys
        import ibapi_port.client
        from ibapi_port.protocol.schema.messages import REQUESTS
        start = "ibapi_port.protocol.schema.messages."
        areas = lambda: [name.rpartition(".")[2] for name in sys.modules if name.startswith(start)]
        assert areas() == [], areas()
        REQUESTS["startApi"]
        assert areas() == ["session"], areas()
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
