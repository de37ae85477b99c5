"""Messages are found by id and name, and asking for one imports no more areas than it takes."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pkgutil import iter_modules

import pytest

from ibapi_port.protocol.schema.messages import (
    AREAS,
    INCOMING,
    INCOMING_BY_NAME,
    PROTOBUF_ALONE,
    PROTOBUF_ONLY,
    PROTOBUF_ONLY_BY_NAME,
    PROTOBUF_ONLY_REQUESTS,
    REQUESTS,
    REQUESTS_BY_ID,
    names_of,
)


def test_every_message_of_every_area_is_found() -> None:
    package = import_module("ibapi_port.protocol.schema.messages")
    areas = {*AREAS, *PROTOBUF_ALONE}
    assert areas == {module.name for module in iter_modules(package.__path__)}
    names = [names_of(area) for area in AREAS]
    assert [name for incoming, _ in names for name in incoming] == list(INCOMING_BY_NAME)
    assert [name for _, requests in names for name in requests] == list(REQUESTS)
    alone = [names_of(area) for area in PROTOBUF_ALONE]
    assert alone == [(list(PROTOBUF_ONLY_BY_NAME), list(PROTOBUF_ONLY_REQUESTS))]


def test_what_is_protocol_buffers_alone_stands_with_the_others_in_no_table() -> None:
    assert not set(PROTOBUF_ONLY) & set(INCOMING)
    assert not set(PROTOBUF_ONLY_BY_NAME) & set(INCOMING_BY_NAME)
    assert not set(PROTOBUF_ONLY_REQUESTS) & set(REQUESTS)
    for one in (*PROTOBUF_ONLY.values(), *PROTOBUF_ONLY_REQUESTS.values()):
        assert (one.nodes, one.pb is None) == ((), False)
    assert PROTOBUF_ONLY_REQUESTS["reqConfig"].since == 219


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
