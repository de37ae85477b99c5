"""What IB's client was recorded to do with frames and requests, ours does too: compiled and
interpreted.
"""

from __future__ import annotations

from typing import Any

import pytest

from ibapi_port._client.requests import Requests
from ibapi_port.protocol.exceptions import NotSupported
from ibapi_port.protocol.schema.messages import INCOMING, REQUESTS
from ibapi_port.protocol.select import codec_for
from ibapi_port.protocol.text import interpreter

from .helpers import (
    VERSIONS,
    Calls,
    Vector,
    agrees,
    check_gates,
    delivered,
    interpreted,
    made,
    payload_of,
    vectors,
)

RECORDED_REQUESTS = [
    name for name in REQUESTS if name != "startApi"
]  # which the client makes by itself
# recorded as the text itself; by the signature it is a bool
TEXT_FOR_BOOL = {"verifyCompleted", "verifyAndAuthCompleted"}


class Inside:
    """In place of a client's inside: notes what a method hands to its declaration."""

    def __init__(self) -> None:
        self.noted: tuple[str, tuple[Any, ...]] = ("", ())

    def request(self, name: str, *arguments: Any) -> None:
        self.noted = (name, arguments)


class Captured(Requests):
    """The requests of a client, without one."""

    def __init__(self) -> None:
        self.inside = Inside()
        self._ibapi_port: Any = self.inside


def calls_agree(want: list[Any], got: Calls) -> bool:
    return [name for name, _ in want] == [name for name, _ in got] and all(
        agrees(
            [arguments[0] == "true", *arguments[1:]] if name in TEXT_FOR_BOOL else arguments,
            list(have),
        )
        for (name, arguments), (_, have) in zip(want, got, strict=True)
    )


def ask(vector: Vector) -> tuple[str, tuple[Any, ...]]:
    """The declaration and the arguments that a recorded request leads to."""
    client = Captured()
    getattr(client, vector["call"])(*map(made, vector["args"]))
    return client.inside.noted


def refusal(name: str, arguments: tuple[Any, ...], e: NotSupported) -> list[int]:
    """[id, code] of the error callback, as the client chooses the id."""
    request = REQUESTS[name]
    if not e.has_request_id or request.id_argument is None:
        return [-1, e.code]
    return [arguments[request.arguments.index(request.id_argument)], e.code]


def compiled_outcome(name: str, version: int, arguments: tuple[Any, ...]) -> str | NotSupported:
    """The frame, as hex without its length, or the refusal."""
    try:
        return codec_for(version).encode_request(name, *arguments)[4:].hex()
    except NotSupported as e:
        return e


def interpreted_outcome(name: str, version: int, arguments: tuple[Any, ...]) -> str | NotSupported:
    request = REQUESTS[name]
    values = dict(zip(request.arguments, arguments, strict=True))
    try:
        check_gates(request, version, values)
    except NotSupported as e:
        return e
    return payload_of(
        [str(request.msg_id), *interpreter.write(request, version, values, server_side=False)]
    ).hex()


def test_every_message_is_recorded_at_every_version() -> None:
    recorded = vectors("decode")
    assert recorded.keys() == INCOMING.keys()
    assert all([v["v"] for v in rows] == list(VERSIONS) for rows in recorded.values())


def test_every_request_is_recorded() -> None:
    recorded = vectors("encode")
    assert recorded.keys() == set(RECORDED_REQUESTS)
    assert sum(map(len, recorded.values())) == 8471
    assert all(len({v["v"] for v in rows}) > 60 for rows in recorded.values())


@pytest.mark.parametrize("msg_id", INCOMING, ids=lambda msg_id: INCOMING[msg_id].name)
def test_frame_makes_the_recorded_callbacks(msg_id: str) -> None:
    for vector in vectors("decode")[msg_id]:
        payload = payload_of([msg_id, *vector["fields"]])
        for got in (delivered(vector["v"], payload), interpreted(vector["v"], payload)):
            assert calls_agree(vector["calls"], got), (vector, got)


@pytest.mark.parametrize("name", RECORDED_REQUESTS)
def test_request_makes_the_recorded_frame_or_error(name: str) -> None:
    for vector in vectors("encode")[name]:
        declared, arguments = ask(vector)
        for outcome in (compiled_outcome, interpreted_outcome):
            got = outcome(declared, vector["v"], arguments)
            frames, errors = (
                ([], [refusal(declared, arguments, got)])
                if isinstance(got, NotSupported)
                else ([got], [])
            )
            assert (frames, errors) == (vector["frames"], vector["errors"]), vector
