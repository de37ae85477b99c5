"""What the client writes, the simulated TWS reads: every request, at every layout that it has,
compiled and interpreted.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ibapi_port.protocol.exceptions import NotSupported
from ibapi_port.protocol.schema import text_source
from ibapi_port.protocol.schema.messages import REQUESTS
from ibapi_port.protocol.schema.nodes import Field, Request, walk
from ibapi_port.protocol.select import codec_for, write_request_source
from ibapi_port.protocol.text import interpreter
from ibapi_port.protocol.text.codec import Codec

from .helpers import NEWEST, boundaries, differences, layouts, payload_of, read_both
from .strategies import examples, values_of

TEXTS = (
    "",
    "0",
    "1",
    "-1",
    "BAG",
    "1e5",
    "NaN",
    "3.5",
    "é;=",
    "a=b;=;;",
    "PEG MID",
    "2147483647",
    "99999999999",
    "9" * 5000,
)


def legal(request: Request, version: int, values: dict[str, Any]) -> dict[str, Any]:
    """The values with what is not on the wire made such that it is not refused, where its default
    would be (an unset cashQty).
    """
    values = copy.deepcopy(values)
    if "extraAuth" in values:  # said before connecting, never on the wire
        values["extraAuth"] = True
    for node in walk(request.nodes):
        if (
            isinstance(node, Field)
            and node.needs
            and not node.at(version)
            and node.field_type.given(text_source.get(values, node.path))
        ):
            text_source.put(values, node.path, 0.0)
    return values


@pytest.mark.parametrize(("name", "version"), layouts(REQUESTS.values()))
@given(data=st.data())
@examples(8)
def test_what_a_client_asks_arrives(name: str, version: int, data: Any) -> None:
    request = REQUESTS[name]
    values = data.draw(values_of(request, version))
    given_values = legal(request, version, values)
    assume(
        not any(
            text_source.evaluate(gate.when, given_values, request.constants)
            for gate in request.gates
            if gate.since <= version < gate.below
        )
    )
    frame = codec_for(version).encode_request(name, *given_values.values())
    written = interpreter.write(request, version, given_values, server_side=False)
    assert frame[4:] == payload_of([str(request.msg_id), *written])
    received = codec_for(version).decode_request(frame[4:])
    assert received.name == name
    assert not differences(values, received.values)
    assert not differences(values, read_both(request, version, [name, *written]))


@pytest.mark.parametrize(
    "name", [name for name, request in REQUESTS.items() if request.since <= NEWEST]
)
@given(data=st.data())
@examples(12)
def test_any_texts_are_read_alike(name: str, data: Any) -> None:
    """A client's nonsense is nonsense to the compiled and the interpreted reading both, or has the
    same values for both.
    """
    request = REQUESTS[name]
    version = data.draw(
        st.sampled_from([v for v in (*boundaries(request), NEWEST) if v >= request.since])
    )
    values = data.draw(values_of(request, version))
    fields = [name, *interpreter.write(request, version, values, server_side=False)]
    for at in data.draw(st.lists(st.integers(0, len(fields) - 1), max_size=4)):
        fields[at] = data.draw(st.sampled_from(TEXTS))
    got = read_both(
        request, version, fields[: data.draw(st.integers(len(fields) // 2, len(fields)))]
    )
    assert isinstance(got, dict) or (got.message == name and got.field)


# --- refusals of what an old server cannot carry ---

SET_VALUES = {
    "text": "x",
    "bool": True,
    "bool or unset": True,
    "int": 7,
    "int, unset when empty": 7,
    "float": 1.5,
}
SET_VALUES["float, unset when empty"] = 1.5
GATED = [
    (name, n)
    for name, request in REQUESTS.items()
    for n, node in enumerate(walk(request.nodes))
    if isinstance(node, Field) and node.needs
]


@pytest.mark.parametrize(("name", "n"), GATED)
def test_a_value_that_the_server_is_too_old_for_is_refused(name: str, n: int) -> None:
    request = REQUESTS[name]
    node = list(walk(request.nodes))[n]
    assert isinstance(node, Field)
    values = {
        argument: request.classes[argument]() if argument in request.classes else 0
        for argument in request.arguments
    }
    old = node.since - 1
    values = legal(request, old, values)
    codec_for(old).encode_request(name, *values.values())
    text_source.put(values, node.path, SET_VALUES[node.field_type.name])
    with pytest.raises(NotSupported) as refused:
        codec_for(old).encode_request(name, *values.values())
    assert (refused.value.code, refused.value.has_request_id) == (503, node.has_request_id)
    assert refused.value.text == f"It does not support {node.needs}."


@pytest.mark.parametrize(
    "name", [name for name, request in REQUESTS.items() if request.since > 100]
)
def test_a_request_that_the_server_is_too_old_for_is_refused(name: str) -> None:
    request = REQUESTS[name]
    values = {
        argument: request.classes[argument]() if argument in request.classes else 0
        for argument in request.arguments
    }
    with pytest.raises(NotSupported) as refused:
        Codec(request.since - 1, write_request_source).encode_request(name, *values.values())
    assert vars(refused.value) == {
        "code": 503,
        "text": f"It does not support {request.needs}.",
        "has_request_id": request.has_request_id,
        "path": "",
    }
    values = legal(request, request.since, values)
    assert Codec(request.since, write_request_source).encode_request(name, *values.values())
