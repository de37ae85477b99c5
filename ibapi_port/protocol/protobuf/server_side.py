"""The simulated TWS's side: its messages into Protocol Buffers, and requests out of them.

It is the mirror of `incoming` and `requests`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...const import UNSET_DECIMAL, UNSET_DOUBLE, UNSET_LONG
from ..exceptions import FieldError
from ..schema.canonical import Refused
from ..schema.nodes import Incoming, Request
from .bindings import Binding, Rows, Scalars, SubMessage
from .classes import ProtoMessage, SchemaField, fields_of, message_class, parse
from .field_writers import as_field_error, write_field, write_object
from .incoming import leg_prices, scalars
from .object_mapping import MAPPINGS_BY_MESSAGE, mapping_of, object_reader, tag_values
from .requests import RequestBinding

# --- messages from TWS ---


def encode(binding: Binding, message: Incoming, values: Mapping[str, Any]) -> bytes:
    """Return a message from its callback's values. FieldError names what cannot be sent."""
    made = message_class(binding.message)()
    given = {**message.defaults, **values}
    try:
        for part in binding.parts:
            if isinstance(part, Scalars):
                for name, at, _ in scalars(part):
                    if name in given:
                        _set(made, binding.message, at, given[name])
            elif isinstance(part, SubMessage):
                _object(made, part.field, given.get(part.argument))
            elif isinstance(part, Rows):
                _rows(made, part, given[part.argument])
        if binding.name in SPECIAL_WRITERS:
            SPECIAL_WRITERS[binding.name](made, given)
    except Refused as refused:
        raise as_field_error(binding.name, refused) from refused
    except (KeyError, AttributeError, TypeError) as e:
        raise FieldError(binding.name, "values", f"{type(e).__name__}: {e}") from e
    data: bytes = made.SerializeToString()
    return data


def _set(made: ProtoMessage, message: str, at: str, value: object) -> None:
    head, _, rest = at.partition(".")
    one = fields_of(message)[head]
    if rest:
        getattr(made, head).SetInParent()
        _set(getattr(made, head), one.type_name, rest, value)
    elif value is not None and value is not UNSET_DECIMAL:
        write_field(made, one, value, at)


def _object(made: ProtoMessage, field: str, value: object) -> None:
    if value is not None:
        inner = getattr(made, field)
        inner.SetInParent()
        write_object(
            inner, value, MAPPINGS_BY_MESSAGE[inner.DESCRIPTOR.name], field, server_side=True
        )


def _rows(made: ProtoMessage, part: Rows, values: Any) -> None:
    rows = getattr(made, part.field)
    if part.cls is None:
        rows.extend(sorted(values) if isinstance(values, (set, frozenset)) else values)
        return
    for n, value in enumerate(values):
        write_object(
            rows.add(), value, mapping_of(part.cls), f"{part.argument}[{n}]", server_side=True
        )


def _tick_price(made: ProtoMessage, values: Mapping[str, Any]) -> None:
    attrib = values["attrib"]
    made.attrMask = attrib.canAutoExecute + 2 * attrib.pastLimit + 4 * attrib.preOpen


def _computation(made: ProtoMessage, values: Mapping[str, Any]) -> None:
    for name in [
        "impliedVol",
        "delta",
        "optPrice",
        "pvDividend",
        "gamma",
        "vega",
        "theta",
        "undPrice",
    ]:
        if values[name] is not None:
            setattr(made, name, values[name])


def _details(made: ProtoMessage, values: Mapping[str, Any]) -> None:
    contract = values["contractDetails"].contract
    _dated(made, values["contractDetails"], contract.lastTradeDateOrContractMonth)
    if contract.lastTradeDate:
        made.contract.lastTradeDate = contract.lastTradeDate


def _bond_details(made: ProtoMessage, values: Mapping[str, Any]) -> None:
    details = values["contractDetails"]
    _dated(made, details, details.maturity or details.contract.lastTradeDateOrContractMonth)


def _dated(made: ProtoMessage, details: Any, date: str) -> None:
    made.contract.SetInParent()
    write_object(
        made.contract,
        details.contract,
        mapping_of(type(details.contract)),
        "contractDetails.contract",
        server_side=True,
    )
    if date:
        made.contract.lastTradeDateOrContractMonth = " ".join(
            filter(None, (date, details.lastTradeTime))
        )


def _order(made: ProtoMessage, values: Mapping[str, Any]) -> None:
    for leg, price in zip(
        made.contract.comboLegs, values["order"].orderComboLegs or (), strict=False
    ):
        if price.price != UNSET_DOUBLE:
            leg.perLegPrice = price.price
    for name in ["autoCancelDate", "shareholder"]:
        setattr(made.order, name, getattr(values["order"], name))
    for name in ["refFuturesConId", "parentPermId"]:
        setattr(made.order, name, getattr(values["order"], name))
    if values["order"].filledQuantity != UNSET_DECIMAL:
        made.order.filledQuantity = f"{values['order'].filledQuantity:f}"


def _scanned(made: ProtoMessage, values: Mapping[str, Any]) -> None:
    for row in values["rows"]:
        added = made.scannerDataElement.add(
            rank=row.rank,
            distance=row.distance,
            benchmark=row.benchmark,
            projection=row.projection,
            comboKey=row.legsStr,
        )
        added.contract.SetInParent()
        write_object(
            added.contract,
            row.contract.contract,
            mapping_of(type(row.contract.contract)),
            "row.contract",
            server_side=True,
        )
        added.marketName = row.contract.marketName


def _components(made: ProtoMessage, values: Mapping[str, Any]) -> None:
    given = values["smartComponentMap"]
    if not isinstance(given, Mapping):  # as the text wire has it
        given = {one.bitNumber: (one.exchange, one.exchangeLetter) for one in given}
    for bit, (exchange, letter) in given.items():
        made.smartComponents.add(bitNumber=bit, exchange=exchange, exchangeLetter=letter)


def _tick_by_tick(made: ProtoMessage, values: Mapping[str, Any]) -> None:
    if values["tickType"] in (1, 2):
        tick = made.historicalTickLast
        tick.exchange = values["exchange"]
        tick.specialConditions = values["specialConditions"]
        tick.price = values["price"]
        tick.size = f"{values['size']:f}"
        attrib = values["tickAttribLast"]
        tick.tickAttribLast.pastLimit = attrib.pastLimit
        tick.tickAttribLast.unreported = attrib.unreported
    elif values["tickType"] == 3:
        tick = made.historicalTickBidAsk
        tick.priceBid = values["bidPrice"]
        tick.priceAsk = values["askPrice"]
        tick.sizeBid = f"{values['bidSize']:f}"
        tick.sizeAsk = f"{values['askSize']:f}"
        attrib = values["tickAttribBidAsk"]
        tick.tickAttribBidAsk.bidPastLow = attrib.bidPastLow
        tick.tickAttribBidAsk.askPastHigh = attrib.askPastHigh
    else:
        tick = made.historicalTickMidPoint
        tick.price = values["midPoint"]
    tick.time = values["time"]


def _commission(made: ProtoMessage, values: Mapping[str, Any]) -> None:
    write_object(
        made,
        values["commissionAndFeesReport"],
        MAPPINGS_BY_MESSAGE["CommissionAndFeesReport"],
        "commissionAndFeesReport",
        server_side=True,
    )


def _tick_parameters(made: ProtoMessage, values: Mapping[str, Any]) -> None:
    made.minTick = str(values["minTick"])


SPECIAL_WRITERS: dict[str, Callable[[Any, Mapping[str, Any]], None]] = {
    "tickPrice": _tick_price,
    "tickOptionComputation": _computation,
    "contractDetails": _details,
    "bondContractDetails": _bond_details,
    "openOrder": _order,
    "completedOrder": _order,
    "scannerData": _scanned,
    "smartComponents": _components,
    "tickByTick": _tick_by_tick,
    "commissionAndFeesReport": _commission,
    "tickReqParams": _tick_parameters,
}

# --- requests to TWS ---

NOT_SENT_VALUES = {
    "int32": 0,
    "int64": UNSET_LONG,
    "double": UNSET_DOUBLE,
    "bool": False,
    "string": "",
}


def decode(binding: RequestBinding, request: Request, data: bytes) -> dict[str, Any]:
    """Return a request's values. ValueError or ArithmeticError is raised if it cannot be read."""
    made = parse(binding.message, data)
    fields = fields_of(binding.message)
    values = {}
    for argument in request.arguments:
        one = fields.get(binding.renamed.get(argument, argument))
        if argument == binding.spread:
            values[argument] = object_reader(
                mapping_of(request.classes[argument]), server_side=True
            )(made)
        elif one is not None:
            values[argument] = _argument(made, one)
    _beside(binding.name, made, values)
    return values


def _argument(made: ProtoMessage, one: SchemaField) -> Any:
    value = getattr(made, one.name)
    if one.type_name == "map":
        return tag_values(value)
    if one.type_name in MAPPINGS_BY_MESSAGE:
        return object_reader(MAPPINGS_BY_MESSAGE[one.type_name], server_side=True)(value)
    return value if made.HasField(one.name) else NOT_SENT_VALUES[one.type_name]


def _beside(name: str, made: ProtoMessage, values: dict[str, Any]) -> None:
    """Set what stands elsewhere in the message than in the arguments."""
    if name == "placeOrder":
        order = values["order"]
        # a flag that is not set is not sent; on an order it is on by default
        order.transmit = made.order.transmit
        order.orderComboLegs = leg_prices(made.contract) or order.orderComboLegs
        for described, value in made.attachedOrders.ListFields():
            setattr(order, described.name, value)
    elif name == "reqScannerSubscription":
        for options in ("scannerSubscriptionOptions", "scannerSubscriptionFilterOptions"):
            values[options] = tag_values(getattr(made.scannerSubscription, options))
