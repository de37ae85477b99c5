"""The public data classes as Protocol Buffers messages: which field fills which attribute, read and
written.

Unless a mapping says otherwise a field fills the attribute of its own name, as it is; a size is a
Decimal on our side and text on the wire. Fields that have no attribute are left alone. What a
program's values mean is said by the declarations (`canonical.attribute_types`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple

from ..._conditions import Create, OrderCondition
from ..._value_class import field, new_value, value_class
from ...commission_and_fees_report import CommissionAndFeesReport
from ...common import (
    BarData,
    DepthMktDataDescription,
    FamilyCode,
    HistogramData,
    HistoricalSession,
    HistoricalTick,
    HistoricalTickBidAsk,
    HistoricalTickLast,
    NewsProvider,
    PriceIncrement,
    SmartComponent,
    TickAttribBidAsk,
    TickAttribLast,
    WshEventData,
)
from ...const import UNSET_DECIMAL, UNSET_DOUBLE
from ...contract import (
    ComboLeg,
    Contract,
    ContractDescription,
    ContractDetails,
    DeltaNeutralContract,
    FundAssetType,
    FundDistributionPolicyIndicator,
)
from ...execution import Execution, ExecutionFilter, OptionExerciseType
from ...ineligibility_reason import IneligibilityReason
from ...order import FALSE_IS_UNSET, Order, OrderComboLeg
from ...order_cancel import OrderCancel
from ...order_state import OrderAllocation, OrderState
from ...scanner import ScannerSubscription
from ...softdollartier import SoftDollarTier
from ...tag_value import TagValue
from ...utils import decimalMaxString, floatMaxString, getEnumTypeFromString
from ..exceptions import quote
from ..schema import canonical, field_types, values
from ..schema.canonical import Refused, attribute_types
from ..schema.field_types import NO_DEFAULT, UNSET_DECIMAL_TEXTS, BadSymbol, FieldType
from ..schema.messages.scanner import Scanned
from ..schema.nodes import Field, new
from ..schema.protobuf_fields import SchemaField, fields_of, schema
from ..schema.shared_fields import CONDITION
from ..schema.source import load
from ..schema.wire_values import FIELDS, INLINE_CONSTANTS, LIMITS, SCALARS, Place, tws_converter
from ..text import fast_path
from .classes import ProtoMessage, message_class
from .map_order import in_order

Convert = Callable[[Any], Any]
Write = Callable[[Any, Any, str], None]  # message, value, path of what the value is an attribute of


class Conversion(NamedTuple):
    """What a field's value becomes, and a program's value for it; None: as usual."""

    read: Convert
    write: Convert | None = None


@value_class
class ObjectMapping:
    """A class and its message.

    `renamed`: fields whose attribute has another name, or is one of an object within; `converted`:
    by attribute; `ignored`: fields that IB's client does not take into the object; `absent`: what
    makes an attribute whose field is not set, if it is not as in a new object; of what the
    simulated TWS sends: `tws_sends_not`, attributes that do not go with the object, and
    `tws_tells_unset`, those whose unset value is set as any other.
    """

    cls: type
    message: str
    renamed: Mapping[str, str] = field(default_factory=dict)
    converted: Mapping[str, Conversion] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    absent: Mapping[str, Callable[[], Any]] = field(default_factory=dict)
    tws_sends_not: frozenset[str] = frozenset()
    tws_tells_unset: frozenset[str] = frozenset()

    def attributes(self) -> dict[str, SchemaField]:
        """Return the fields that fill an attribute, by the attribute's name."""
        known = {one.name for one in fields(self.cls)}
        named = {self.renamed.get(one.name, one.name): one for one in schema()[self.message]}
        return {name: one for name, one in named.items() if name.partition(".")[0] in known}


# --- what a field's value becomes ---


def size(text: str) -> Decimal:
    return UNSET_DECIMAL if text in UNSET_DECIMAL_TEXTS else Decimal(text)


def tag_values(pairs: Iterable[Any]) -> list[TagValue]:
    """Return a map as a list. Of two pairs with one key the later counts."""
    found = {pair.key: pair.value for pair in pairs}
    return [TagValue(tag, found[tag]) for tag in in_order(found)]


def leg_prices(contract: ProtoMessage) -> list[OrderComboLeg]:
    """Return the prices of a combo's legs, which an order has as a list of its own."""
    return [
        OrderComboLeg(price=leg.perLegPrice) if leg.HasField("perLegPrice") else OrderComboLeg()
        for leg in contract.comboLegs
    ]


def conditions(messages: Iterable[Any]) -> list[OrderCondition]:
    """Return an order's conditions.

    One of an unknown type stands for the one before it, as in IB's client (the vectors hold it).
    ValueError is raised if there is none before it.
    """
    made: list[OrderCondition] = []
    for message in messages:
        condition = Create(message.type)
        if condition is None:
            if not made:
                raise ValueError(f"order condition {message.type} is not known")
            condition = made[-1]
        else:
            for described, value in message.ListFields():
                if described.name != "type" and hasattr(condition, described.name):
                    setattr(condition, described.name, value)
        made.append(condition)
    return made


def _member_of(enum: Any) -> Conversion:
    return Conversion(lambda code: getEnumTypeFromString(enum, code))


def _fund_asset_type(code: str) -> Any:
    return getEnumTypeFromString(FundAssetType, "" if code == "000" else code)  # as in text


def _number(value: object) -> float | None:
    """Return what a text that is a number on the wire is there; None: it is empty."""
    text = values.printable(value)
    return float(values.real(text)) if text else None


MARGINS = [
    f"{kind}{when}"
    for when in ("Before", "Change", "After")
    for kind in ("initMargin", "maintMargin", "equityWithLoan")
]
# what IB's client sends, and does not read
_SENT_ONLY = frozenset(
    {
        *("transmit", "scaleTable", "algoId", "orderMiscOptions"),
        *("overridePercentageConstraints", "advancedErrorOverride", "manualOrderTime"),
        *("mifid2DecisionMaker", "mifid2DecisionAlgo"),
        *("mifid2ExecutionTrader", "mifid2ExecutionAlgo"),
    }
)

OBJECT_MAPPINGS: tuple[ObjectMapping, ...] = (
    ObjectMapping(
        Contract,
        "Contract",
        {"primaryExch": "primaryExchange"},
        {"multiplier": Conversion(floatMaxString, _number)},
        ignored=frozenset({"includeExpired", "secIdType", "secId"}),
        tws_sends_not=frozenset({"lastTradeDate"}),  # but with a contract's details
    ),
    ObjectMapping(ComboLeg, "ComboLeg", {"shortSalesSlot": "shortSaleSlot"}),
    ObjectMapping(DeltaNeutralContract, "DeltaNeutralContract"),
    ObjectMapping(
        Order,
        "Order",
        converted={"conditions": Conversion(conditions)},
        ignored=_SENT_ONLY,
        absent={"smartComboRoutingParams": list},
        tws_sends_not=frozenset({"orderId"}),  # the message has it
        tws_tells_unset=frozenset({"refFuturesConId", "parentPermId"}),
    ),
    ObjectMapping(
        OrderState, "OrderState", converted=dict.fromkeys(MARGINS, Conversion(decimalMaxString))
    ),
    ObjectMapping(OrderAllocation, "OrderAllocation"),
    ObjectMapping(SoftDollarTier, "SoftDollarTier", {"value": "val"}),
    ObjectMapping(
        ContractDetails,
        "ContractDetails",
        {
            "puttable": "putable",
            "bondNotes": "notes",
            "fundMinimumSubsequentPurchase": "fundSubsequentMinimumPurchase",
        },
        {
            "fundDistributionPolicyIndicator": _member_of(FundDistributionPolicyIndicator),
            "fundAssetType": Conversion(_fund_asset_type),
        },
        absent={"secIdList": list},
    ),
    ObjectMapping(IneligibilityReason, "IneligibilityReason", {"id": "id_"}),
    ObjectMapping(
        Execution,
        "Execution",
        {"isLiquidation": "liquidation", "isPriceRevisionPending": "pendingPriceRevision"},
        {"liquidation": Conversion(int), "optExerciseOrLapseType": _member_of(OptionExerciseType)},
    ),
    ObjectMapping(ExecutionFilter, "ExecutionFilter"),
    ObjectMapping(OrderCancel, "OrderCancel"),
    ObjectMapping(BarData, "HistoricalDataBar", {"WAP": "wap"}),
    ObjectMapping(HistoricalTick, "HistoricalTick"),
    ObjectMapping(HistoricalTickBidAsk, "HistoricalTickBidAsk"),
    ObjectMapping(HistoricalTickLast, "HistoricalTickLast"),
    ObjectMapping(TickAttribBidAsk, "TickAttribBidAsk"),
    ObjectMapping(TickAttribLast, "TickAttribLast"),
    ObjectMapping(HistogramData, "HistogramDataEntry"),
    ObjectMapping(
        FamilyCode, "FamilyCode", {"accountId": "accountID", "familyCode": "familyCodeStr"}
    ),
    ObjectMapping(PriceIncrement, "PriceIncrement"),
    ObjectMapping(DepthMktDataDescription, "DepthMarketDataDescription"),
    ObjectMapping(ContractDescription, "ContractDescription"),
    ObjectMapping(NewsProvider, "NewsProvider", {"providerCode": "code", "providerName": "name"}),
    ObjectMapping(HistoricalSession, "HistoricalSession"),
    ObjectMapping(
        SmartComponent,
        "SmartComponent",
        absent={"exchangeLetter": lambda: " "},
        tws_tells_unset=frozenset({"bitNumber", "exchangeLetter"}),
    ),
    ObjectMapping(
        Scanned,
        "ScannerDataElement",
        {
            "contract": "contract.contract",
            "marketName": "contract.marketName",
            "comboKey": "legsStr",
        },
        tws_tells_unset=frozenset({"rank"}),
    ),
    ObjectMapping(
        CommissionAndFeesReport,
        "CommissionAndFeesReport",
        {"bondYield": "yield_"},
        {"yieldRedemptionDate": Conversion(int)},
    ),
    ObjectMapping(WshEventData, "WshEventDataRequest"),
    ObjectMapping(ScannerSubscription, "ScannerSubscription"),
    ObjectMapping(Order, "AttachedOrders"),
)
MAPPINGS_BY_MESSAGE: dict[str, ObjectMapping] = {one.message: one for one in OBJECT_MAPPINGS}


def mapping_of(cls: type) -> ObjectMapping:
    """Return the mapping of a class."""
    return next(one for one in OBJECT_MAPPINGS if one.cls is cls)


_ATTACHED = frozenset(one.name for one in schema()["AttachedOrders"])

# --- reading ---


@cache
def reader(message: str, server_side: bool = False) -> Convert:
    """Return the function from a message to a new object.

    If `server_side`, it reads all that a client sends, as the simulated TWS does: also a flag that
    is not sent where it is not set, and that is on in a new object.
    """
    mapping = MAPPINGS_BY_MESSAGE[message]
    fill = filler(message, server_side)
    absent = dict(mapping.absent)
    for name, one in mapping.attributes().items() if server_side else ():
        if one.type_name == "bool" and getattr(new(mapping.cls), name) is True:
            absent[name] = bool
    absent_values = tuple(absent.items())

    def read(given: object) -> Any:
        made = new(mapping.cls)
        for name, make in absent_values:
            setattr(made, name, make())
        fill(made, given)
        return made

    return read


@cache
def filler(message: str, server_side: bool = False) -> Callable[[object, Any], None]:
    """Return the function that sets the attributes that a message has fields for.

    Its table is made when it is first used, for mappings refer to each other.
    """
    mapping = MAPPINGS_BY_MESSAGE[message]
    table: dict[int, tuple[str, Convert | None, str]] = {}

    def fill(made: Any, given: ProtoMessage) -> None:
        if not table:
            table.update(_table(mapping, server_side))
        for described, value in given.ListFields():
            if described.number in table:
                name, read, inner = table[described.number]
                if not inner or given.HasField(inner):
                    owner = getattr(made, inner) if inner else made
                    setattr(owner, name, value if read is None else read(value))

    return fill


def _table(mapping: ObjectMapping, server_side: bool) -> dict[int, tuple[str, Convert | None, str]]:
    """Return, by number of a field, its attribute, what converts its value, and the object within
    that has the attribute, which is filled only if it is in the message.
    """
    # of the newest generation: an older one may be in use
    newest = {one.name: new_value(one) for one in fields(mapping.cls)}
    made = {}
    for path, one in mapping.attributes().items():
        if server_side or one.name not in mapping.ignored:
            inner, _, name = path.rpartition(".")
            conversion = mapping.converted.get(path)
            usual = _usual(one, newest.get(path), server_side)
            made[one.number] = (name, conversion.read if conversion else usual, inner)
    return made


def _usual(one: SchemaField, default: object, server_side: bool) -> Convert | None:
    """Return what converts a field's value, by its type and the attribute's default; None if
    nothing does.
    """
    if one.type_name == "map":
        return tag_values
    if one.type_name in MAPPINGS_BY_MESSAGE:
        read = reader(one.type_name, server_side)
        return (lambda rows: list(map(read, rows))) if one.repeated else read
    if one.repeated:
        return list
    if one.type_name == "string" and isinstance(default, Decimal):
        return size
    return float if one.type_name == "string" and isinstance(default, float) else None


# --- writing: what sets one field ---

_USUAL_TYPES = {
    "int32": field_types.INT_UNSET,
    "int64": field_types.LONG,
    "double": field_types.FLOAT_UNSET,
    "string": field_types.STR,
    "bool": field_types.BOOL,
}


def writer(
    one: Place | SchemaField,
    label: str,
    field_type: FieldType | None,
    default: object = NO_DEFAULT,
    *,
    server_side: bool = False,
) -> Write:
    """Return what sets one field; `label` is added to the path.

    `field_type`, `default`: of the argument or attribute that fills it.
    """
    if one.type_name == "OrderCondition":
        return _conditions_writer(server_side)
    if one.type_name in MAPPINGS_BY_MESSAGE and one.repeated:
        return _rows_writer(one, label, server_side)
    if one.type_name in MAPPINGS_BY_MESSAGE:
        return message_writer(one, label, server_side=server_side, needed=default is not None)
    if one.type_name == "map":
        return _pairs_writer(one.name, label, field_type)
    if one.repeated:
        return _items_writer(one, label, server_side)
    if server_side:
        return scalar_writer(one.name, tws_converter(one.type_name), label)
    field_type = field_type or _USUAL_TYPES[one.type_name]
    return scalar_writer(one.name, field_type.to_wire(one.type_name, default), label)


def scalar_writer(name: str, convert: Convert, label: str) -> Write:
    def write(message: ProtoMessage, value: object, path: str) -> None:
        try:
            converted = convert(value)
            if converted is not None:
                setattr(message, name, converted)
        except (TypeError, ValueError, ArithmeticError, AttributeError) as e:
            raise Refused(path + label, str(e), isinstance(e, BadSymbol)) from e

    return write


def message_writer(
    one: Place | SchemaField, label: str, *, server_side: bool, needed: bool = True
) -> Write:
    """Return what fills an inner message from an object."""

    def write(message: ProtoMessage, value: object, path: str) -> None:
        if value is not None or (needed and not server_side):
            inner = getattr(message, one.name)
            inner.SetInParent()
            object_writer(one.type_name, server_side)(inner, value, path + label)

    return write


def listed(value: object, path: str) -> list[Any] | tuple[Any, ...]:
    """Return a list's items.

    Refused: it is none, or one that can be gone through once alone, which must be made a list
    before.
    """
    if isinstance(value, (list, tuple)):
        return value
    if not value and (value is None or isinstance(value, (str, int))):
        return ()
    raise Refused(path, f"{quote(value)} is not a list")


def _rows_writer(one: Place | SchemaField, label: str, server_side: bool) -> Write:
    def write(message: ProtoMessage, value: object, path: str) -> None:
        rows = getattr(message, one.name)
        for n, item in enumerate(listed(value, path + label)):
            write_row = object_writer(one.type_name, server_side)
            write_row(rows.add(), item, f"{path}{label}[{n}]")

    return write


def _items_writer(one: Place | SchemaField, label: str, server_side: bool) -> Write:
    usual = LIMITS.get(one.type_name, values.printable)
    convert = FIELDS[one.type_name] if server_side else usual

    def write(message: ProtoMessage, value: object, path: str) -> None:
        items = [
            canonical.converted(convert, item, path + label) for item in listed(value, path + label)
        ]
        # an empty text counts here
        getattr(message, one.name).extend("" if item is None else item for item in items)

    return write


def _pairs_writer(name: str, label: str, field_type: FieldType | None) -> Write:
    """Return what sets a map. Of tags that occur twice the last one counts."""
    plain_row_test = fast_path.plain_row_test(TagValue)

    def write(message: ProtoMessage, value: object, path: str) -> None:
        if value is None:
            return
        given = listed(value, path + label)
        if field_type is field_types.OPTIONS:
            given = canonical.converted(field_type.convert, given, path + label)
        elif not all(map(plain_row_test, given)):
            given = canonical.tag_values(given, path + label)
        pairs = getattr(message, name)
        for tag, text in {one.tag: one.value for one in given}.items():
            pairs.add(key=tag, value=text)

    return write


def write_leg_prices(message: ProtoMessage, prices: object, *, server_side: bool) -> None:
    """Set the prices of a contract's legs from those of the order."""
    path = "order.orderComboLegs"
    given: Any = listed(prices, path)
    if given and not server_side:
        given = canonical.attribute_convert(Order, "orderComboLegs")(given, path)
    for leg, one in zip(message.comboLegs, given, strict=False):
        if one.price != UNSET_DOUBLE:
            leg.perLegPrice = one.price


def _conditions_writer(server_side: bool) -> Write:
    """Return what sets an order's conditions; the simulated TWS leaves out what is None."""

    def write(message: ProtoMessage, value: object, path: str) -> None:
        for n, given in enumerate(listed(value, f"{path}.conditions")):
            at = f"{path}.conditions[{n}]"
            one = given if server_side else canonical.condition(given, at)
            _condition(message.conditions.add(), one, at, server_side)

    return write


def _condition(message: ProtoMessage, condition: Any, path: str, server_side: bool) -> None:
    case = CONDITION.cases.get(getattr(condition, "condType", None) or 0)
    if case is None:
        raise Refused(path, f"{quote(condition)} is no order condition")
    known = fields_of("OrderCondition")
    message.type = condition.condType
    for node in case.nodes:
        assert isinstance(node, Field)
        one = known[node.path]
        value = getattr(condition, node.path)
        if one.type_name == "bool":
            setattr(message, one.name, bool(value))
        else:
            to_field = tws_converter(one.type_name) if server_side else FIELDS[one.type_name]
            scalar_writer(one.name, to_field, f".{node.path}")(message, value, path)


# --- writing: what sets all fields of an object's message ---


@cache
def object_writer(message: str, server_side: bool = False) -> Write:
    """Return what sets the fields of an empty message from an object's attributes, compiled: an
    order has some 150.

    Most attributes of most objects are left at their defaults. What those make is copied at one
    blow, from the message of a new object; only what is another object than the default is looked
    at.
    """
    source = _ObjectWriterSource(MAPPINGS_BY_MESSAGE[message], server_side)
    text = source.text()
    names = source.names | {"template": source.template.SerializeToString()}
    compiled: Write = load(text, "write", names, f"ibapi_port write {message}")
    return compiled


class _ObjectWriterSource:
    """Gathers the source of `write(message, value, path)` for one message, attribute by attribute.

    `template` is the message of a new object: the compiled function begins with it.
    """

    def __init__(self, mapping: ObjectMapping, server_side: bool) -> None:
        self.mapping = mapping
        self.server_side = server_side
        self.made = new(mapping.cls)
        self.template = message_class(mapping.message)()
        self.names: dict[str, Any] = {"Refused": Refused, "quote": quote, **INLINE_CONSTANTS}
        self.checks: dict[str, list[str]] = {}  # by attribute, the lines that look at it
        self.rarely_set: list[str] = []  # the attributes that `has_default_fields` looks at at once
        for attribute, one in mapping.attributes().items():
            if self._is_sent(attribute):
                self._field(attribute, one)
        if not server_side and mapping.message != "AttachedOrders":
            for attribute in canonical.sent_attributes(mapping.cls):
                if attribute not in self.checks and not (
                    mapping.cls is Order and attribute in {"orderComboLegs", *_ATTACHED}
                ):  # those stand in another message than the object's
                    self._check_only(attribute)

    def _is_sent(self, attribute: str) -> bool:
        if self.server_side:
            return attribute not in self.mapping.tws_sends_not
        return attribute not in canonical.TWS_ONLY.get(self.mapping.cls, ())

    def _field(self, attribute: str, one: SchemaField) -> None:
        """Add the lines that set a field from its attribute."""
        default = attrgetter(attribute)(self.made)
        if self.server_side and attribute in self.mapping.absent:
            default = self.mapping.absent[attribute]()
        write = self._writer(one, attribute, default)
        if self.server_side and attribute in self.mapping.tws_tells_unset:
            convert = tws_converter(one.type_name, default)
            write = scalar_writer(one.name, convert, f".{attribute}")
        size = self.template.ByteSize()
        write(self.template, default, "")
        lines = self._begin(attribute, default, write)
        if self.template.ByteSize() > size:
            lines.append(f"    message.ClearField({one.name!r})")
        field_type = attribute_types(self.mapping.cls).get(attribute)
        inline: list[str] = []
        if field_type is not None and one.type_name in SCALARS and not self._converts(attribute):
            place = Place("message", one.name, one.type_name, one.repeated)
            inline = field_type.inline_wire(place, default)
        lines += [f"    {line}" for line in inline]
        indent = "        " if inline else "    "
        self.checks[attribute] = [*lines, f"{indent}{self._call(attribute)}"]
        if self.mapping.message == "Order" and attribute in fast_path.DEFAULT_FIELDS:
            self.rarely_set.append(attribute)

    def _converts(self, attribute: str) -> Convert | None:
        conversion = self.mapping.converted.get(attribute)
        return None if conversion is None else conversion.write

    def _writer(self, one: SchemaField, attribute: str, default: object) -> Write:
        field_type = attribute_types(self.mapping.cls).get(attribute)
        convert = self._converts(attribute)
        if convert is not None:
            return scalar_writer(one.name, convert, f".{attribute}")
        write = writer(one, f".{attribute}", field_type, default, server_side=self.server_side)
        if field_type is field_types.TRISTATE and not self.server_side:
            write = _write_unless_unset(attribute, write)
        return write

    def _call(self, attribute: str) -> str:
        return f"write_{attribute.replace('.', '_')}(message, x, path)"

    def _begin(self, attribute: str, default: object, write: Write) -> list[str]:
        """Return the lines that take an attribute's value and see whether it is the default."""
        name = attribute.replace(".", "_")
        self.names[f"default_{name}"] = default
        self.names[f"write_{name}"] = write
        return [f"x = value.{attribute}", f"if {_differs_from_default(default, name)}:"]

    def _check_only(self, attribute: str) -> None:
        """Add the lines that look at an attribute of the text wire, which is not written here."""
        convert = canonical.attribute_convert(self.mapping.cls, attribute)

        def check(message: ProtoMessage, value: object, path: str) -> None:
            convert(value, f"{path}.{attribute}")

        lines = self._begin(attribute, getattr(self.made, attribute), check)
        self.checks[attribute] = [*lines, f"    {self._call(attribute)}"]

    def text(self) -> str:
        """Return the source of the function."""
        often = [name for name in self.checks if name not in self.rarely_set]
        body = [line for attribute in often for line in self.checks[attribute]]
        if self.rarely_set:
            self.names["has_default_fields"] = fast_path.has_default_fields_test()
            body.append("if not has_default_fields(value):")
            rarely = (line for attribute in self.rarely_set for line in self.checks[attribute])
            body += [f"    {line}" for line in rarely]
        lines = [
            "def write(message, value, path):",
            "    message.MergeFromString(template)",
            "    try:",
            *(f"        {line}" for line in body or ["pass"]),
            "    except AttributeError as e:",
            "        raise Refused(path, f'{quote(value)}: {e}', False) from e",
        ]
        if not self.template.ByteSize():
            del lines[1]
        return "\n".join(lines)


def _differs_from_default(default: object, name: str) -> str:
    """Return the test for `x` that holds if it is not as in a new object.

    Each object has lists and objects of its own, which are mostly empty and unset.
    """
    if isinstance(default, (list, tuple, set)):
        return "x or type(x) is not list"
    if fast_path.is_plain_value(default):
        return f"x is not default_{name}"
    default = f"default_{name}"
    return f"x.__class__ is not {default}.__class__ or x.__dict__ != {default}.__dict__"


def _write_unless_unset(attribute: str, write: Write) -> Write:
    """Write a flag, but not the False (or 0) that stands for "not set" in the generation in use."""

    def write_set(message: ProtoMessage, value: object, path: str) -> None:
        off = isinstance(value, (int, float)) and value == 0
        if not off or attribute not in FALSE_IS_UNSET:
            write(message, value, path)

    return write_set
