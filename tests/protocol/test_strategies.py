"""That the mirror tests come by every part of every message: each condition true and false, each
callback made.
"""

from __future__ import annotations

import functools
from typing import Any

import pytest
from hypothesis import Phase, find, settings

from ibapi_port.protocol.schema.messages import INCOMING, REQUESTS
from ibapi_port.protocol.schema.nodes import Call, Incoming, Message, When, walk
from ibapi_port.protocol.schema.text_source import evaluate

from .helpers import NEWEST, dispatched, latest_message_version
from .strategies import values_of

ALL = (*INCOMING.values(), *REQUESTS.values())
CONDITIONS = [
    (message, node.condition)
    for message in ALL
    for node in walk(message.nodes)
    if isinstance(node, When)
]
QUICK = settings(
    max_examples=200, phases=[Phase.generate], derandomize=True, deadline=None, database=None
)


@pytest.mark.parametrize(
    ("message", "condition"),
    CONDITIONS,
    ids=lambda part: part.name if isinstance(part, Message) else "",
)
@pytest.mark.parametrize("wanted", [True, False])
def test_the_strategies_reach_every_condition(
    message: Message, condition: str, wanted: bool
) -> None:
    strategy = values_of(message, NEWEST, latest_message_version(message, NEWEST))
    found = find(
        strategy,
        lambda values: bool(evaluate(condition, values, message.constants)) is wanted,
        settings=QUICK,
    )
    assert bool(evaluate(condition, found, message.constants)) is wanted


@pytest.mark.parametrize("message", INCOMING.values(), ids=lambda message: message.name)
def test_the_strategies_reach_every_callback(message: Incoming) -> None:
    strategy = values_of(message, NEWEST, latest_message_version(message, NEWEST))
    for call in message.calls_at(NEWEST):
        found = find(strategy, functools.partial(made, message, call), settings=QUICK)
        assert call.name in [name for name, _ in dispatched(message, NEWEST, found)]


def made(message: Incoming, call: Call, values: dict[str, Any]) -> bool:
    return (not call.when or bool(evaluate(call.when, values, message.constants))) and (
        not call.each or bool(values[call.each])
    )
