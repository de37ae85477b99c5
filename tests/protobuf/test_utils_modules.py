"""client_utils and decoder_utils: messages from arguments, objects from messages, held to what the
official client sends and reads.
"""

from __future__ import annotations

import inspect
import json
from decimal import Decimal
from typing import Any

import pytest
from protocol.helpers import DATA

from ibapi_port import client_utils, decoder_utils
from ibapi_port.common import BarData, FamilyCode, HistogramData, HistoricalTick, PriceIncrement
from ibapi_port.contract import ComboLeg, Contract, ContractDetails, DeltaNeutralContract
from ibapi_port.execution import Execution
from ibapi_port.order import Order, OrderComboLeg
from ibapi_port.order_cancel import OrderCancel
from ibapi_port.order_condition import Create, PriceCondition, TimeCondition
from ibapi_port.order_state import OrderState
from ibapi_port.protocol.protobuf.public_classes import public_class
from ibapi_port.protocol.schema.messages import REQUESTS
from ibapi_port.protocol.schema.nodes import Field
from ibapi_port.scanner import ScannerSubscription
from ibapi_port.softdollartier import SoftDollarTier
from ibapi_port.tag_value import TagValue
from ibapi_port.utils import ClientException

from .helpers import LAST, REQUEST_PB, calls_agree, canonical, recorded
from .test_vectors import ENCODED, ask

FUNCTIONS: dict[str, dict[str, list[str]]] = json.loads((DATA / "star_names.json").read_text())[
    "functions"
]
CREATE = {
    request: function
    for request, pb in REQUEST_PB.items()
    for function in (f"create{pb.message}Proto", f"create{pb.message}RequestProto")
    if hasattr(client_utils, function)
}


@pytest.mark.parametrize(
    "module", [client_utils, decoder_utils], ids=lambda module: module.__name__
)
def test_every_function_is_there_with_its_parameters(module: Any) -> None:
    for name, parameters in FUNCTIONS[module.__name__.rpartition(".")[2]].items():
        assert list(inspect.signature(getattr(module, name)).parameters) == parameters, name
        assert inspect.getdoc(getattr(module, name))


def test_every_request_has_its_function() -> None:
    assert CREATE.keys() == REQUEST_PB.keys()


@pytest.mark.parametrize(
    "call",
    [
        call
        for call, rows in ENCODED.items()
        if any(row["v"] == LAST and row["frames"] for row in rows)
    ],
)
def test_the_message_is_the_one_that_was_recorded(call: str) -> None:
    for vector in ENCODED[call]:
        if vector["v"] != LAST or not vector["frames"]:
            continue
        name, arguments = ask(vector)
        if name not in CREATE:  # text at every version
            continue
        made = _created(name, arguments)
        message = REQUEST_PB[name].message
        assert type(made) is public_class(message)
        assert canonical(message, made.SerializeToString()) == canonical(
            message, bytes.fromhex(vector["frames"][0])[4:]
        ), vector


def _created(request: str, arguments: tuple[Any, ...]) -> Any:
    """The message by a request's own arguments: by name, where the names or their order differ."""
    function = getattr(client_utils, CREATE[request])
    declared = REQUESTS[request]
    renamed = dict(REQUEST_PB[request].objects)
    for node in declared.nodes:
        if isinstance(node, Field):
            renamed[node.path] = node.wire_path()
    names = declared.arguments
    given = dict(zip(names, arguments, strict=True))
    by_name = {}
    for parameter in inspect.signature(function).parameters:
        short = parameter.removesuffix("List")
        (name,) = [name for name in names if short in (name, renamed.get(name))] or [parameter]
        by_name[parameter] = given[name]
    return function(**by_name)


def test_parts_of_an_order() -> None:
    legs = [
        ComboLeg(conId=1, ratio=1, action="BUY", exchange="SMART"),
        ComboLeg(conId=2, ratio=1, action="SELL", exchange="SMART"),
    ]
    contract = Contract(
        symbol="A",
        secType="BAG",
        comboLegs=legs,
        deltaNeutralContract=DeltaNeutralContract(conId=5, delta=0.5, price=2),
    )
    order = Order(
        action="BUY",
        totalQuantity=Decimal(3),
        orderComboLegs=[OrderComboLeg(price=1.25), OrderComboLeg()],
        slOrderId=9,
    )
    order.softDollarTier = SoftDollarTier("n", "v", "d")
    made = client_utils.createContractProto(contract, order)
    assert [(leg.conId, leg.HasField("perLegPrice")) for leg in made.comboLegs] == [
        (1, True),
        (2, False),
    ]
    assert list(made.comboLegs) == client_utils.createComboLegProtoList(contract, order)
    assert client_utils.createComboLegProto(legs[0], 1.25) == made.comboLegs[0]
    assert client_utils.createDeltaNeutralContractProto(contract) == made.deltaNeutralContract
    assert client_utils.createDeltaNeutralContractProto(Contract()) is None
    assert client_utils.createSoftDollarTierProto(order).name == "n"
    assert (
        client_utils.createSoftDollarTierProto(Order()) is not None
    )  # an order has an empty one from the start
    assert client_utils.createAttachedOrdersProto(order).slOrderId == 9
    assert not client_utils.createAttachedOrdersProto(Order()).ListFields()
    placed = client_utils.createPlaceOrderRequestProto(7, contract, order)
    assert (placed.orderId, placed.contract, placed.order) == (
        7,
        made,
        client_utils.createOrderProto(order),
    )


def test_parts_of_other_requests() -> None:
    assert client_utils.createOrderCancelProto(None) is None
    assert client_utils.createOrderCancelProto(OrderCancel(extOperator="x")).extOperator == "x"
    options = [TagValue("a", "b")]
    made = client_utils.createScannerSubscriptionProto(
        ScannerSubscription(instrument="STK"), options, None
    )
    assert made.instrument == "STK"
    assert dict(made.scannerSubscriptionOptions) == {"a": "b"}
    filled: dict[str, str] = {}
    client_utils.fillTagValueList([*options, TagValue("a", "c")], filled)
    assert filled == {"a": "c"}


PRICE = {"conId": 7, "exchange": "SMART", "isMore": True, "price": 5.5, "triggerMethod": 2}


def price_condition() -> PriceCondition:
    made = PriceCondition()
    vars(made).update(PRICE)
    return made


def test_conditions_and_back() -> None:
    made = client_utils.createPriceConditionProto(price_condition())
    assert {one.name for one, _ in made.ListFields()} == {"type", "isConjunctionConnection", *PRICE}
    for function, names in (
        (client_utils.createOrderConditionProto, {"type", "isConjunctionConnection"}),
        (client_utils.createOperatorConditionProto, {"type", "isConjunctionConnection", "isMore"}),
        (
            client_utils.createContractConditionProto,
            {"type", "isConjunctionConnection", "isMore", "conId", "exchange"},
        ),
    ):
        assert {one.name for one, _ in function(price_condition()).ListFields()} == names
    assert vars(decoder_utils.createPriceCondition(made)) == vars(price_condition())
    for function, changed in (
        (decoder_utils.setConditionFields, set()),
        (decoder_utils.setOperatorConditionFields, {"isMore"}),
        (decoder_utils.setContractConditionFields, {"isMore", "conId", "exchange"}),
    ):
        fresh = PriceCondition()
        function(made, fresh)
        assert {name for name, value in vars(fresh).items() if value is not None} == {
            "condType",
            "isConjunctionConnection",
            *changed,
        }


@pytest.mark.parametrize("condition_type", [1, 3, 4, 5, 6, 7])
def test_a_condition_of_each_type(condition_type: int) -> None:
    values = PRICE | {
        "time": "20260101",
        "percent": 3,
        "secType": "STK",
        "symbol": "X",
        "volume": 100,
        "changePercent": 2.5,
    }
    condition = Create(condition_type)
    vars(condition).update(
        {name: value for name, value in values.items() if hasattr(condition, name)}
    )
    kind = type(condition).__name__
    made = getattr(client_utils, f"create{kind}Proto")(condition)
    assert made.type == condition_type
    assert vars(getattr(decoder_utils, f"create{kind}")(made)) == vars(condition)
    (read,) = decoder_utils.decodeConditions(
        client_utils.createOrderProto(Order(conditions=[condition]))
    )
    assert (type(read), vars(read)) == (type(condition), vars(condition))


@pytest.mark.parametrize(
    ("order", "field"),
    [
        (Order(lmtPrice="x"), "lmtPrice"),
        (Order(parentId=2**40), "parentId"),
        (Order(conditions=["x"]), "conditions[0]"),
    ],
)
def test_what_cannot_be_sent_is_named(order: Order, field: str) -> None:
    with pytest.raises(ClientException) as e:
        client_utils.createOrderProto(order)
    assert e.value.code == 588
    assert f"order.{field}" in e.value.text


# --- messages to objects ---


def recordings(msg_id: int) -> list[tuple[Any, Any]]:
    """The messages of an id that were recorded at the newest version, with the arguments of the
    callback.
    """
    found = []
    for vector in recorded()[msg_id]:
        if vector["v"] == LAST and vector["calls"]:
            message = public_class(vector["proto"]).FromString(bytes.fromhex(vector["pb"]))
            found.append((message, vector["calls"]))
    assert found
    return found


def test_open_orders_are_read_as_recorded() -> None:
    for message, calls in recordings(5):
        got = (
            message.orderId,
            decoder_utils.decodeContract(message.contract),
            decoder_utils.decodeOrder(message.orderId, message.contract, message.order),
            decoder_utils.decodeOrderState(message.orderState),
        )
        assert calls_agree(calls, [("openOrder", got)])


def test_an_order_without_the_id_as_in_10_37() -> None:
    message = recordings(5)[0][0]
    with_id = decoder_utils.decodeOrder(0, message.contract, message.order)
    assert (
        vars(decoder_utils.decodeOrder(message.contract, message.order)).keys()
        == vars(with_id).keys()
    )
    assert str(decoder_utils.decodeOrder(message.contract, message.order)) == str(with_id)


def test_executions_and_contracts_are_read_as_recorded() -> None:
    for message, calls in recordings(11):
        got = (
            message.reqId,
            decoder_utils.decodeContract(message.contract),
            decoder_utils.decodeExecution(message.execution),
        )
        assert calls_agree(calls, [("execDetails", got)])
    for msg_id, bond, name in ((10, False, "contractDetails"), (18, True, "bondContractDetails")):
        for message, calls in recordings(msg_id):
            details = decoder_utils.decodeContractDetails(
                message.contract, message.contractDetails, bond
            )
            assert calls_agree(calls, [(name, (message.reqId, details))])


def test_rows_are_read() -> None:
    tick = public_class("HistoricalTick")(time=5, price=1.5, size="2.5")
    assert vars(decoder_utils.decodeHistoricalTick(tick)) == vars(
        HistoricalTick(5, 1.5, Decimal("2.5"))
    )
    bar = decoder_utils.decodeHistoricalDataBar(
        public_class("HistoricalDataBar")(date="20260101", open=1.0, volume="7", WAP="1.5")
    )
    assert (type(bar), bar.date, bar.open, bar.volume, bar.wap) == (
        BarData,
        "20260101",
        1.0,
        Decimal(7),
        Decimal("1.5"),
    )
    entry = decoder_utils.decodeHistogramDataEntry(
        public_class("HistogramDataEntry")(price=1.5, size="3")
    )
    assert (type(entry), entry.price, entry.size) == (HistogramData, 1.5, Decimal(3))
    code = decoder_utils.decodeFamilyCode(
        public_class("FamilyCode")(accountId="DU1", familyCode="F")
    )
    assert (type(code), code.accountID, code.familyCodeStr) == (FamilyCode, "DU1", "F")
    step = decoder_utils.decodePriceIncrement(
        public_class("PriceIncrement")(lowEdge=1.0, increment=0.01)
    )
    assert (type(step), step.lowEdge, step.increment) == (PriceIncrement, 1.0, 0.01)
    components = public_class("SmartComponents")(reqId=1)
    components.smartComponents.add(bitNumber=3, exchange="NYSE", exchangeLetter="N")
    assert decoder_utils.decodeSmartComponents(components) == {3: ("NYSE", "N")}


def test_parts_are_read() -> None:
    contract = public_class("Contract")()
    contract.comboLegs.add(conId=1, perLegPrice=1.5)
    contract.comboLegs.add(conId=2)
    assert [leg.conId for leg in decoder_utils.decodeComboLegs(contract)] == [1, 2]
    assert [leg.price for leg in decoder_utils.decodeOrderComboLegs(contract)] == [
        1.5,
        OrderComboLeg().price,
    ]
    assert decoder_utils.decodeDeltaNeutralContract(contract) is None
    contract.deltaNeutralContract.conId = 9
    assert vars(decoder_utils.decodeDeltaNeutralContract(contract)) == {
        "conId": 9,
        "delta": 0.0,
        "price": 0.0,
    }
    order = public_class("Order")()
    order.softDollarTier.name = "n"
    assert (
        decoder_utils.decodeSoftDollarTierFromOrder(order).name
        == decoder_utils.decodeSoftDollarTier(order.softDollarTier).name
        == "n"
    )
    order.algoParams["k"] = "v"
    assert [(one.tag, one.value) for one in decoder_utils.decodeTagValueList(order.algoParams)] == [
        ("k", "v")
    ]
    assert [one.tag for one in decoder_utils.decodeTagValueList({"z": "1", "a": "2"})] == ["z", "a"]
    state = public_class("OrderState")()
    state.orderAllocations.add(account="DU1", position="3")
    assert [one.position for one in decoder_utils.decodeOrderAllocations(state)] == [Decimal(3)]
    assert type(decoder_utils.decodeOrderState(state)) is OrderState
    details = public_class("ContractDetails")()
    details.ineligibilityReasonList.add(id="1", description="d")
    assert [one.id_ for one in decoder_utils.decodeIneligibilityReasonList(details)] == ["1"]
    assert type(decoder_utils.decodeExecution(public_class("Execution")())) is Execution


def test_a_last_trade_date() -> None:
    details = ContractDetails()
    decoder_utils.setLastTradeDate("20261218 09:30:00 US/Eastern", details, False)
    assert (details.contract.lastTradeDateOrContractMonth, details.lastTradeTime) == (
        "20261218",
        "09:30:00",
    )
    bond = ContractDetails()
    decoder_utils.setLastTradeDate("20261218 09:30:00 US/Eastern", bond, True)
    assert (bond.maturity, bond.lastTradeTime, bond.timeZoneId) == (
        "20261218",
        "09:30:00",
        "US/Eastern",
    )
    assert bond.contract.lastTradeDateOrContractMonth == ""
    decoder_utils.setLastTradeDate(None, details, False)
    assert details.contract.lastTradeDateOrContractMonth == "20261218"


def test_a_message_that_cannot_be_read_is_told() -> None:
    bad = public_class("Order")(totalQuantity="three")
    with pytest.raises(ValueError, match="openOrder: order"):
        decoder_utils.decodeOrder(1, public_class("Contract")(), bad)


def test_time_conditions_keep_their_text() -> None:
    condition = TimeCondition()
    condition.time, condition.isMore = "20260101 09:30:00", False
    assert client_utils.createTimeConditionProto(condition).time == "20260101 09:30:00"
