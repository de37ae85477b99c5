"""The API's objects made of Protocol Buffers messages: `decodeContract(contractProto)` returns a
Contract.

Each function returns what the client hands to the callbacks for the same message. Messages may be
of `ibapi_port.protobuf`, or any others that are the same on the wire.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

# says what is missing if `protobuf` is not installed
from . import protobuf as _protobuf  # noqa: F401
from .common import (
    BarData,
    DepthMktDataDescription,
    FamilyCode,
    HistogramData,
    HistoricalTick,
    HistoricalTickBidAsk,
    HistoricalTickLast,
    PriceIncrement,
    SmartComponentMap,
)
from .contract import ComboLeg, Contract, ContractDetails, DeltaNeutralContract
from .execution import Execution
from .ineligibility_reason import IneligibilityReason
from .order import Order, OrderComboLeg
from .order_condition import (
    ContractCondition,
    ExecutionCondition,
    MarginCondition,
    OperatorCondition,
    OrderCondition,
    PercentChangeCondition,
    PriceCondition,
    TimeCondition,
    VolumeCondition,
)
from .order_state import OrderAllocation, OrderState
from .protocol.exceptions import DecodeFailed
from .protocol.handshake import NEWEST
from .protocol.protobuf.classes import message_class
from .protocol.protobuf.map_order import in_order
from .protocol.protobuf.objects import mapping_of, reader
from .protocol.protobuf.public_classes import public_class
from .protocol.schema.messages import INCOMING_BY_NAME
from .protocol.schema.nodes import Delimited, split_parts
from .protocol.schema.text_source import put
from .protocol.select import codec_for
from .softdollartier import SoftDollarTier
from .tag_value import TagValue

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from .protobuf import _all as pb

Made = TypeVar("Made")


def _object(cls: type[Made], message: Message) -> Made:
    """Return the object of a class that a message stands for."""
    name = mapping_of(cls).message
    made = reader(name)(message_class(name).FromString(message.SerializeToString()))
    return cast(Made, made)


class _Heard:
    """A wrapper that keeps the arguments of the callback."""

    def __init__(self) -> None:
        self.arguments: tuple[object, ...] = ()

    def __getattr__(self, name: str) -> Callable[..., None]:
        def callback(*arguments: object) -> None:
            self.arguments = arguments

        return callback


def _heard(name: str, message: Message) -> tuple[object, ...]:
    """Return what a message from TWS brings to its callback; ValueError: it cannot be read."""
    codec, heard = codec_for(NEWEST), _Heard()
    key = f"p{INCOMING_BY_NAME[name].msg_id}"
    fields: list[Any] = [key, message.SerializeToString()]
    try:
        codec.deliverers[key](fields, heard, _raised)
    except DecodeFailed as failed:
        raise ValueError(str(failed)) from failed
    return heard.arguments


def _raised(error: BaseException) -> None:
    raise error


# --- contracts ---


def decodeContract(contractProto: pb.Contract) -> Contract:
    """Return the contract of a message."""
    return _object(Contract, contractProto)


def decodeComboLegs(contractProto: pb.Contract) -> list[ComboLeg]:
    """Return the legs of a contract's message."""
    return [_object(ComboLeg, leg) for leg in contractProto.comboLegs]


def decodeOrderComboLegs(contractProto: pb.Contract) -> list[OrderComboLeg]:
    """Return the prices of the legs in a contract's message, which an order has as a list of its
    own.
    """
    priced = (leg for leg in contractProto.comboLegs)
    return [
        OrderComboLeg(price=leg.perLegPrice) if leg.HasField("perLegPrice") else OrderComboLeg()
        for leg in priced
    ]


def decodeDeltaNeutralContract(contractProto: pb.Contract) -> DeltaNeutralContract | None:
    """Return the delta neutral contract in a contract's message; None if it has none."""
    if not contractProto.HasField("deltaNeutralContract"):
        return None
    return _object(DeltaNeutralContract, contractProto.deltaNeutralContract)


def decodeContractDetails(
    contractProto: pb.Contract, contractDetailsProto: pb.ContractDetails, isBond: bool
) -> ContractDetails:
    """Return the details of a contract, from the contract's message and that of the details."""
    made = _object(ContractDetails, contractDetailsProto)
    made.contract = decodeContract(contractProto)
    setLastTradeDate(made.contract.lastTradeDateOrContractMonth, made, isBond)
    return made


def setLastTradeDate(
    lastTradeDateOrContractMonth: str | None, contract: ContractDetails, isBond: bool
) -> None:
    """Set what a contract's last trade date says: the date, and where they are there the time and
    (of a bond) the zone.
    """
    declared = INCOMING_BY_NAME["bondContractDetails" if isBond else "contractDetails"].nodes
    (date,) = (node for node in declared if isinstance(node, Delimited))
    parts = split_parts(lastTradeDateOrContractMonth or "")
    for path, part in zip(date.paths(), parts, strict=False):
        put({"contractDetails": contract}, path, part)


def decodeIneligibilityReasonList(
    contractDetailsProto: pb.ContractDetails,
) -> list[IneligibilityReason]:
    """Return the reasons in the message of a contract's details."""
    return [
        _object(IneligibilityReason, one) for one in contractDetailsProto.ineligibilityReasonList
    ]


# --- orders ---


@overload
def decodeOrder(orderId: int, contractProto: pb.Contract, orderProto: pb.Order) -> Order: ...


@overload
def decodeOrder(orderId: pb.Contract, contractProto: pb.Order) -> Order: ...


# Any: what a parameter is depends on how many there are, as above
def decodeOrder(orderId: Any, contractProto: Any, orderProto: pb.Order | None = None) -> Order:
    """Return the order of a message; the prices of a combo's legs are in the contract's.

    Also as in 10.37, without the id: `decodeOrder(contractProto, orderProto)`.
    """
    if orderProto is None:
        orderId, contractProto, orderProto = 0, orderId, contractProto
    message = public_class("OpenOrder")(orderId=orderId)
    for part, given in (
        (message.contract, contractProto),
        (message.order, orderProto),
        (message.orderState, None),
    ):
        part.SetInParent()
        if given is not None:
            part.MergeFromString(given.SerializeToString())
    return cast(Order, _heard("openOrder", message)[2])


def decodeOrderState(orderStateProto: pb.OrderState) -> OrderState:
    """Return an order's state."""
    return _object(OrderState, orderStateProto)


def decodeOrderAllocations(orderStateProto: pb.OrderState) -> list[OrderAllocation]:
    """Return the allocations in the message of an order's state."""
    return [_object(OrderAllocation, one) for one in orderStateProto.orderAllocations]


def decodeSoftDollarTier(softDollarTierProto: pb.SoftDollarTier) -> SoftDollarTier:
    """Return a soft dollar tier."""
    return _object(SoftDollarTier, softDollarTierProto)


def decodeSoftDollarTierFromOrder(orderProto: pb.Order) -> SoftDollarTier:
    """Return the soft dollar tier in an order's message; an empty one if it has none."""
    return _object(SoftDollarTier, orderProto.softDollarTier)


def decodeTagValueList(protoMap: Mapping[str, str]) -> list[TagValue]:
    """Return the pairs of a map, those of a message's map in the order in which the callbacks have
    them.
    """
    tags = protoMap if isinstance(protoMap, dict) else in_order(protoMap)
    return [TagValue(tag, protoMap[tag]) for tag in tags]


# --- conditions ---


def decodeConditions(orderProto: pb.Order) -> list[OrderCondition]:
    """Return the conditions in an order's message."""
    return _object(Order, orderProto).conditions


def _set(message: Message, condition: OrderCondition, names: str) -> None:
    for name in names.split():
        if message.HasField(name):
            setattr(condition, name, getattr(message, name))


def setConditionFields(
    orderConditionProto: pb.OrderCondition, orderCondition: OrderCondition
) -> None:
    """Set what every condition has."""
    _set(orderConditionProto, orderCondition, "isConjunctionConnection")


def setOperatorConditionFields(
    orderConditionProto: pb.OrderCondition, operatorCondition: OperatorCondition
) -> None:
    """Set what a condition with a limit has."""
    _set(orderConditionProto, operatorCondition, "isConjunctionConnection isMore")


def setContractConditionFields(
    orderConditionProto: pb.OrderCondition, contractCondition: ContractCondition
) -> None:
    """Set what a condition on a contract has."""
    _set(orderConditionProto, contractCondition, "isConjunctionConnection isMore conId exchange")


def createExecutionCondition(orderConditionProto: pb.OrderCondition) -> ExecutionCondition:
    """Return a condition on an execution."""
    made = ExecutionCondition()
    _set(orderConditionProto, made, "isConjunctionConnection secType exchange symbol")
    return made


def createMarginCondition(orderConditionProto: pb.OrderCondition) -> MarginCondition:
    """Return a condition on a margin."""
    made = MarginCondition()
    _set(orderConditionProto, made, "isConjunctionConnection isMore percent")
    return made


def createPercentChangeCondition(orderConditionProto: pb.OrderCondition) -> PercentChangeCondition:
    """Return a condition on a change in percent."""
    made = PercentChangeCondition()
    _set(orderConditionProto, made, "isConjunctionConnection isMore conId exchange changePercent")
    return made


def createPriceCondition(orderConditionProto: pb.OrderCondition) -> PriceCondition:
    """Return a condition on a price."""
    made = PriceCondition()
    _set(
        orderConditionProto,
        made,
        "isConjunctionConnection isMore conId exchange price triggerMethod",
    )
    return made


def createTimeCondition(orderConditionProto: pb.OrderCondition) -> TimeCondition:
    """Return a condition on the time."""
    made = TimeCondition()
    _set(orderConditionProto, made, "isConjunctionConnection isMore time")
    return made


def createVolumeCondition(orderConditionProto: pb.OrderCondition) -> VolumeCondition:
    """Return a condition on a volume."""
    made = VolumeCondition()
    _set(orderConditionProto, made, "isConjunctionConnection isMore conId exchange volume")
    return made


# --- the rest ---


def decodeExecution(executionProto: pb.Execution) -> Execution:
    """Return an execution."""
    return _object(Execution, executionProto)


def decodeHistoricalDataBar(historicalDataBarProto: pb.HistoricalDataBar) -> BarData:
    """Return a bar of history."""
    return _object(BarData, historicalDataBarProto)


def decodeHistoricalTick(historicalTickProto: pb.HistoricalTick) -> HistoricalTick:
    """Return a midpoint of history."""
    return _object(HistoricalTick, historicalTickProto)


def decodeHistoricalTickBidAsk(
    historicalTickBidAskProto: pb.HistoricalTickBidAsk,
) -> HistoricalTickBidAsk:
    """Return a quote of history."""
    return _object(HistoricalTickBidAsk, historicalTickBidAskProto)


def decodeHistoricalTickLast(historicalTickLastProto: pb.HistoricalTickLast) -> HistoricalTickLast:
    """Return a trade of history."""
    return _object(HistoricalTickLast, historicalTickLastProto)


def decodeHistogramDataEntry(histogramDataEntryProto: pb.HistogramDataEntry) -> HistogramData:
    """Return a price of a histogram with its size."""
    return _object(HistogramData, histogramDataEntryProto)


def decodeFamilyCode(familyCodeProto: pb.FamilyCode) -> FamilyCode:
    """Return an account with its family's code."""
    return _object(FamilyCode, familyCodeProto)


def decodePriceIncrement(priceIncrementProto: pb.PriceIncrement) -> PriceIncrement:
    """Return a price and the increment from there on."""
    return _object(PriceIncrement, priceIncrementProto)


def decodeDepthMarketDataDescription(
    depthMarketDataDescriptionProto: pb.DepthMarketDataDescription,
) -> DepthMktDataDescription:
    """Return what depth of market an exchange offers."""
    return _object(DepthMktDataDescription, depthMarketDataDescriptionProto)


def decodeSmartComponents(smartComponentsProto: pb.SmartComponents) -> SmartComponentMap:
    """Return the exchanges by bit number, each with its letter."""
    return cast(SmartComponentMap, _heard("smartComponents", smartComponentsProto)[1])
