"""The messages by IB's module names: ibapi_port.protobuf.Contract_pb2 and its kin."""

from __future__ import annotations

import importlib
import json
import pickle
import pkgutil
from typing import Any

import pytest
from protocol.helpers import DATA

from ibapi_port import protobuf
from ibapi_port.protocol.protobuf.classes import SCALARS, message_class, schema
from ibapi_port.protocol.protobuf.public_classes import public_class

from .helpers import LAST, NAMES, canonical, client, payload_of, recorded

MODULES: dict[str, list[str]] = json.loads((DATA / "star_names.json").read_text())["messages"]
SAMPLES = {"int32": -7, "int64": 2**40, "double": 1.5, "bool": True, "string": "text é"}


def full(name: str) -> Any:
    """A message with every field set, those of the messages in it too."""
    made = public_class(name)()
    for one in schema()[name]:
        target = getattr(made, one.name)
        if one.type_name == "map":
            target["a"], target["b"] = "1", "2"
        elif one.type_name in SCALARS and one.repeated:
            target.extend([SAMPLES[one.type_name]] * 2)
        elif one.type_name in SCALARS:
            setattr(made, one.name, SAMPLES[one.type_name])
        elif one.repeated:
            target.extend([full(one.type_name), full(one.type_name)])
        else:
            target.CopyFrom(full(one.type_name))
    return made


def test_there_is_a_module_for_every_message() -> None:
    assert {f"{name}_pb2" for name in schema()} == MODULES.keys()


@pytest.mark.parametrize("module", MODULES)
def test_a_module_gives_its_names(module: str) -> None:
    message = module.removesuffix("_pb2")
    given: dict[str, Any] = {}
    exec(f"from ibapi_port.protobuf.{module} import *", given)
    assert {*MODULES[module]} <= {*given}
    cls = given[message]
    assert cls is public_class(message)
    assert (cls.__name__, cls.__module__) == (message, f"ibapi_port.protobuf.{module}")
    assert cls.DESCRIPTOR.full_name == f"protobuf.{message}"
    assert given["DESCRIPTOR"] is cls.DESCRIPTOR.file
    assert given["DESCRIPTOR"].name == f"{message}.proto"
    for name in MODULES[module]:
        if name.endswith("__pb2"):
            assert given[name] is importlib.import_module(
                f"ibapi_port.protobuf.{name.replace('__pb2', '_pb2')}"
            )


@pytest.mark.parametrize("name", schema())
def test_it_is_on_the_wire_what_the_codec_reads_and_writes(name: str) -> None:
    made = full(name)
    data = made.SerializeToString()
    again = message_class(name).FromString(data)
    assert canonical(name, again.SerializeToString()) == canonical(name, data)
    assert public_class(name).FromString(again.SerializeToString()) == made
    assert pickle.loads(pickle.dumps(made)) == made


def test_a_map_is_a_map() -> None:
    from ibapi_port.protobuf.Order_pb2 import Order  # type: ignore[import-not-found]

    order = Order(lmtPrice=0.0)
    order.algoParams["adaptivePriority"] = "Urgent"
    assert dict(Order.FromString(order.SerializeToString()).algoParams) == {
        "adaptivePriority": "Urgent"
    }
    assert order.HasField("lmtPrice")
    assert not order.HasField("auxPrice")
    with pytest.raises(AttributeError):
        order.nonsense = 1


def test_pkgutil_lists_them() -> None:
    listed = {name for _, name, _ in pkgutil.iter_modules(protobuf.__path__)}
    assert MODULES.keys() <= listed


@pytest.mark.parametrize("name", ["Nonsense_pb2", "Contract", "Contract_pb2.deeper"])
def test_what_there_is_not(name: str) -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(f"ibapi_port.protobuf.{name}")


@pytest.mark.parametrize("msg_id", NAMES, ids=lambda msg_id: NAMES[msg_id])
def test_callbacks_get_them(msg_id: int) -> None:
    message = recorded()[msg_id][0]["proto"]
    (_, (told,)), *_ = client(LAST, told=True).take(
        payload_of(msg_id, public_class(message)().SerializeToString())
    )
    assert type(told) is public_class(message)


def test_a_callback_reads_a_map() -> None:
    sent = public_class("OpenOrder")(orderId=5)
    sent.contract.symbol = "AAPL"
    sent.orderState.status = "Submitted"
    sent.order.algoStrategy, sent.order.algoParams["k"] = "Adaptive", "v"
    (_, (told,)), (_, (_, _, order, _)) = client(LAST, told=True).take(
        payload_of(5, sent.SerializeToString())
    )
    assert told.order.algoParams["k"] == "v"
    assert [(one.tag, one.value) for one in order.algoParams] == [("k", "v")]
