"""Captured frames of other clients: the simulated TWS understands them, but for those that are
none.
"""

from __future__ import annotations

from ibapi_port.protocol.exceptions import BadFrame, ProtocolError, UnknownMessage
from ibapi_port.protocol.schema import text_source
from ibapi_port.protocol.schema.messages import REQUESTS
from ibapi_port.protocol.schema.nodes import Fixed
from ibapi_port.protocol.select import codec_for

from .captures import Capture, captures, needs_captures, same_text
from .helpers import NEWEST, VERSIONS, delivered, payload_of

pytestmark = needs_captures


def fits_at(version: int, fields: list[str]) -> bool:
    """Whether the frame is a request of that version: read, and written again, it is as long and
    has the same texts.
    """
    try:
        received = codec_for(version).decode_request(payload_of(fields))
        received.values.update({name: True for name in ("extraAuth",) if name in received.values})
        again = codec_for(version).encode_request(received.name, *received.values.values())
    except ProtocolError:
        return False
    texts = again[4:].decode().split("\0")[:-1]
    return len(texts) == len(fields) and all(map(same_text, texts, fields))


def verdict(row: Capture) -> str:
    """How a client's frame fits our declarations; the empty text when it does."""
    fields, version = row["fields"], row["server_version"]
    if any(fits_at(v, fields) for v in ((version,) if version else VERSIONS)):
        return ""
    if fields[-1] == "" and fits_at(version or NEWEST, fields[:-1]):
        return "an empty field over, of how the source cut its frames"
    if any(fits_at(v, fields) for v in reversed(VERSIONS)):
        return "of another version than the source says"
    request = next((r for r in REQUESTS.values() if str(r.msg_id) == fields[0]), None)
    if request is None:
        return "no request at all"
    if fits_at(
        version or NEWEST, [fields[0], *_fixed_start(request.name, version or NEWEST), *fields[2:]]
    ):
        return "another version of the message itself"
    if row["kind"] == "recorded":
        try:
            delivered(version or NEWEST, payload_of(fields))
        except (BadFrame, UnknownMessage):
            return "unexplained"
        return "from TWS, and taken for a request by the source"
    return "made up, with fields too few or too many"


def _fixed_start(name: str, version: int) -> list[str]:
    """The message's own version as we write it."""
    request = REQUESTS[name]
    values = {
        argument: request.classes[argument]() if argument in request.classes else None
        for argument in request.arguments
    }
    nodes = [node for node in request.nodes if node.at(version)]
    return (
        [str(text_source.evaluate(nodes[0].written, values, request.constants))]
        if nodes and isinstance(nodes[0], Fixed)
        else [""]
    )


def test_requests_of_other_clients_are_understood() -> None:
    verdicts = [(verdict(row), row) for row in captures("out")]
    assert not [row for reason, row in verdicts if reason == "unexplained"]
    recorded = [reason for reason, row in verdicts if row["kind"] == "recorded"]
    assert [reason for reason in recorded if reason.startswith("made up")] == []
    understood = [
        reason
        for reason, _ in verdicts
        if not reason.startswith(("made up", "from TWS", "no request"))
    ]
    assert len(understood) > 0.85 * len(verdicts)
