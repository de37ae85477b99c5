"""A condition by itself: the same fields as within an order."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibapi_port.contract import Contract
from ibapi_port.order import Order
from ibapi_port.order_condition import Create, OrderCondition, PriceCondition, TimeCondition
from ibapi_port.protocol.exceptions import BadFrame, FieldError
from ibapi_port.protocol.schema.nodes import Message
from ibapi_port.protocol.schema.shared_fields import CONDITION
from ibapi_port.protocol.schema.text_source import NEWEST_MESSAGE_VERSION
from ibapi_port.protocol.select import codec_for
from ibapi_port.protocol.text.conditions import read, texts

from .helpers import NEWEST, differences
from .strategies import Maker, examples

SINGLE = Message("condition", 0, (), {}, (), {}, {})
KINDS = sorted(CONDITION.cases)


@st.composite
def conditions(draw: Any, kind: int) -> OrderCondition:
    row = CONDITION.cases[kind]
    assert row.cls is not None
    made: OrderCondition = Maker(
        draw, SINGLE, NEWEST, NEWEST_MESSAGE_VERSION, server_side=False
    ).object(row.cls, row.nodes)
    return made


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@examples(30)
def test_written_and_taken_back(kind: int, data: Any) -> None:
    condition = data.draw(conditions(kind))
    written = texts(condition)
    again = Create(kind)
    assert again is not None
    rest = iter([*written, "what follows"])
    read(again, rest)
    assert not differences(condition, again)
    assert list(rest) == ["what follows"]


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@examples(10)
def test_the_same_fields_as_within_an_order(kind: int, data: Any) -> None:
    condition = data.draw(conditions(kind))
    frame = codec_for(NEWEST).encode_request(
        "placeOrder", 1, Contract(), Order(totalQuantity=1, conditions=[condition])
    )  # type: ignore[arg-type]
    assert "".join(f"{text}\0" for text in ["1", str(kind), *texts(condition)]).encode() in frame


def test_bytes_are_taken_too() -> None:
    condition = TimeCondition()
    read(condition, iter([b"o", b"1", b"20261218 15:00:00 US/Eastern"]))
    assert condition == TimeCondition(isMore=True, time="20261218 15:00:00 US/Eastern").Or()


def test_what_does_not_fit() -> None:
    with pytest.raises(BadFrame, match="condition: price: 'dear' is no float"):
        read(PriceCondition(), iter(["a", "1", "dear", "1", "SMART", "0"]))
    with pytest.raises(BadFrame, match="condition: exchange: missing"):
        read(PriceCondition(), iter(["a", "1", "5", "1"]))
    with pytest.raises(FieldError, match="condition: price: None is not a number"):
        texts(PriceCondition(isMore=True))
    with pytest.raises(ValueError, match="no condition of kind 2"):
        texts(OrderCondition(2))


@pytest.mark.parametrize(
    "made",
    [
        "from ibapi_port.order_condition import PriceCondition\nmade = PriceCondition(0, 1, 'SMART', True, 2.5)",
        "from ibapi_port.order_condition import Create\nmade = Create(1)\nmade.decode(iter(['a', '1', '2.5', '1', b'SMART', '0']))",
        f"import pickle\nmade = pickle.loads({pickle.dumps(PriceCondition(0, 1, 'SMART', True, 2.5))!r})",
        "import ibapi_port.client\nfrom ibapi_port._conditions import PriceCondition\nmade = PriceCondition(0, 1, 'SMART', True, 2.5)",
    ],
    ids=["made", "decoded", "pickled", "of the client"],
)
def test_in_a_program_that_imports_little(made: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"{made}\nprint(made.make_fields())"],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert done.stdout == str(PriceCondition(0, 1, "SMART", True, 2.5).make_fields()) + "\n"
    assert PriceCondition.__module__ == "ibapi_port.order_condition"
