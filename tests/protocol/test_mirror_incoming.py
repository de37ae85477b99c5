"""What the simulated TWS writes, the client reads: every message, at every layout that it has,
compiled and interpreted.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibapi_port.protocol.schema.messages import INCOMING
from ibapi_port.protocol.schema.nodes import walk
from ibapi_port.protocol.select import codec_for
from ibapi_port.protocol.text import interpreter

from .helpers import (
    BY_NAME,
    boundaries,
    delivered,
    differences,
    dispatched,
    latest_message_version,
    layouts,
    payload_of,
    read_both,
    with_message_version,
)
from .strategies import examples, values_of

TEXTS = (
    *(
        "",
        "0",
        "1",
        "-1",
        "3",
        "a",
        "abc",
        "1.5",
        "NaN",
        "nan",
        "-NaN",
        "sNaN",
        "Infinity",
        "-inf",
        "1E-7",
        "-1.5E+300",
        "1e400",
        "0x10",
    ),
    *(
        "1_0",
        "1.7976931348623157E308",
        "2147483647",
        "9223372036854775807",
        "99999999999",
        "9" * 5000,
        " 5 ",
    ),
    *(
        "é日🙂",
        "\\u00e9",
        "٣",
        "true",
        "FUND",
        "PEG BENCH",
        "20261218 09:30:00 US/Eastern",
        "20261218-09:30:00",
    ),
)


@pytest.mark.parametrize(("name", "version"), layouts(INCOMING.values()))
@given(data=st.data())
@examples(8)
def test_what_tws_sends_arrives(name: str, version: int, data: Any) -> None:
    message = BY_NAME[name]
    values = data.draw(values_of(message, version, latest_message_version(message, version)))
    payload = codec_for(version).encode_message(name, **values)[4:]
    fields = [str(message.msg_id), *interpreter.write(message, version, values, server_side=True)]
    assert payload == payload_of(fields)
    assert not differences(values, read_both(message, version, fields))
    assert not differences(dispatched(message, version, values), delivered(version, payload))


def older_forms() -> list[tuple[str, int, int]]:
    """(name, server version, own version) of messages that older servers write in other forms: at
    the oldest and at the newest of them.
    """
    found = []
    for message in INCOMING.values():
        thresholds = {
            abs(node.message_version) for node in walk(message.nodes) if node.message_version
        }
        versions = [
            version
            for version in boundaries(message)
            if latest_message_version(message, version) is not None
        ]
        if thresholds and versions:
            owns = sorted(
                {
                    -1,
                    0,
                    *thresholds,
                    *(threshold - 1 for threshold in thresholds),
                    max(thresholds) + 1,
                }
            )
            found += [
                (message.name, version, message_version)
                for version in {versions[0], versions[-1]}
                for message_version in owns
            ]
    return sorted(found)


@pytest.mark.parametrize(("name", "version", "message_version"), older_forms())
@given(data=st.data())
@examples(3)
def test_older_forms_of_a_message_arrive(
    name: str, version: int, message_version: int, data: Any
) -> None:
    message = BY_NAME[name]
    values = data.draw(values_of(message, version, message_version))
    fields = [
        str(message.msg_id),
        *interpreter.write(
            with_message_version(message, message_version), version, values, server_side=True
        ),
    ]
    assert not differences(values, read_both(message, version, fields))
    assert not differences(
        dispatched(message, version, values), delivered(version, payload_of(fields))
    )


@pytest.mark.parametrize("name", BY_NAME)
@given(data=st.data())
@examples(12)
def test_any_texts_are_read_alike(name: str, data: Any) -> None:
    """NaN, infinities, numbers in any notation and plain nonsense: compiled and interpreted reading
    come to the same.
    """
    message = BY_NAME[name]
    version = data.draw(st.sampled_from(boundaries(message)))
    values = data.draw(values_of(message, version, latest_message_version(message, version)))
    fields = [name, *interpreter.write(message, version, values, server_side=True)]
    for at in data.draw(st.lists(st.integers(0, len(fields) - 1), max_size=4)):
        fields[at] = data.draw(st.sampled_from(TEXTS))
    got = read_both(
        message, version, fields[: data.draw(st.integers(len(fields) // 2, len(fields)))]
    )
    assert isinstance(got, dict) or (got.message == name and got.field)
