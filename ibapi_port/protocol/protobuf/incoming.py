"""The compiler for messages from TWS: from a binding and the message's declaration to the function that reads and delivers it."""

from __future__ import annotations

from typing import Any

from ...common import TickAttrib
from ...const import UNSET_DECIMAL, UNSET_DOUBLE, UNSET_INTEGER, UNSET_LONG
from ...contract import ContractDetails
from ...order import OrderComboLeg
from ...scanner import ScanData
from ..schema.field_types import NAMES
from ..schema.nodes import Incoming
from ..text.compiler import DecodeFailed, Source, emit_calls
from ..text.interpreter import split_parts
from .bindings import Binding, Made, Rows, Scalars, Text
from .classes import SchemaField, fields_of, message_class
from .object_mapping import reader, shape_of
from .public_classes import public_class

ZERO = {"string": "''", "int32": "0", "int64": "0", "double": "0.0", "bool": "False"}


def computed(message: Any, name: str, mark: float | None) -> float | None:
    """A value that TWS leaves out, or replaces by a mark, when it has not computed it: None then."""
    value: float = getattr(message, name)
    missing = not message.HasField(name) or (value < 0 if mark is None else value == mark)
    return None if missing else value


def leg_prices(contract: Any) -> list[OrderComboLeg]:
    """The prices of a combo's legs, which an order has as a list of its own."""
    return [
        OrderComboLeg(price=leg.perLegPrice) if leg.HasField("perLegPrice") else OrderComboLeg()
        for leg in contract.comboLegs
    ]


def set_last_trade_date(details: ContractDetails, bond: bool) -> None:
    """The contract's last trade date may hold a time, and for bonds a zone: as on the text wire, they are the details'."""
    parts = split_parts(details.contract.lastTradeDateOrContractMonth)
    if parts and bond:
        details.maturity = parts[0]
    elif parts:
        details.contract.lastTradeDateOrContractMonth = parts[0]
    if len(parts) > 1:
        details.lastTradeTime = parts[1]
    if bond and len(parts) > 2:
        details.timeZoneId = parts[2]


def scanned(row: Any) -> ScanData:
    """A row of a scanner's result."""
    details = ContractDetails()
    if row.HasField("contract"):
        details.contract, details.marketName = (
            reader(shape_of(type(details.contract)))(row.contract),
            row.marketName,
        )
    return ScanData(details, row.rank, row.distance, row.benchmark, row.projection, row.comboKey)


HELPERS: dict[str, Any] = {
    "TickAttrib": TickAttrib,
    "UNSET_DECIMAL": UNSET_DECIMAL,
    "UNSET_DOUBLE": UNSET_DOUBLE,
    "UNSET_INTEGER": UNSET_INTEGER,
    "UNSET_LONG": UNSET_LONG,
    "computed": computed,
    "leg_prices": leg_prices,
    "scanned": scanned,
    "set_last_trade_date": set_last_trade_date,
}


def deliver_source(
    binding: Binding, message: Incoming, server_version: int, *, raw: bool
) -> tuple[str, dict[str, Any]]:
    """`deliver(f, w, fault)`, f[1] being the message's bytes: read it, then make its callbacks; `raw`: its ...ProtoBuf callback first."""
    source = Source()
    source.names.update(
        NAMES, DecodeFailed=DecodeFailed, parse=message_class(binding.message).FromString, **HELPERS
    )
    with source.block("try:"):
        source.emit("m = parse(f[1])")
        source.emit(f"empty = {' or '.join(_emptiness(binding)) or False}")
        with source.block("if not empty:"):
            for part in binding.parts:
                for line in lines(source, binding, part):
                    source.emit(line)
            for line in binding.after:
                source.emit(line)
    with source.block("except Exception:"):
        source.emit("raise Unfit from None")
    if raw:
        source.names["shown"] = public_class(binding.message).FromString
        with source.block("try:"):
            source.emit(f"w.{binding.callback}(shown(f[1]))")
        with source.block("except (KeyboardInterrupt, SystemExit):"):
            source.emit("raise")
        with source.block("except BaseException as e:"):
            source.emit("fault(e)")
    with source.block("if empty:"):
        source.emit("return")
    emit_calls(source, message.calls_at(server_version))
    return source.text("deliver(f, w, fault)"), source.names


def raw_callback_source(message: str, callback: str) -> tuple[str, dict[str, Any]]:
    """The same for a message that has its ...ProtoBuf callback alone."""
    source = Source()
    source.names.update(DecodeFailed=DecodeFailed, parse=public_class(message).FromString)
    with source.block("try:"):
        source.emit("m = parse(f[1])")
    with source.block("except Exception:"):
        source.emit("raise Unfit from None")
    source.emit(f"w.{callback}(m)")
    return source.text("deliver(f, w, fault)"), source.names


def unreadable_field(binding: Binding, data: bytes) -> tuple[str, str]:
    """Which field a compiled function could not read, and why."""
    try:
        made = message_class(binding.message).FromString(data)
    except Exception as e:  # protobuf's DecodeError, whose place depends on the release
        return "message", f"it cannot be parsed ({e or type(e).__name__})"
    source = Source()
    names: dict[str, Any] = {**NAMES, **HELPERS, "m": made}
    for part in binding.parts:
        for line in lines(source, binding, part):
            try:
                exec(line, {**names, **source.names}, names)
            except Exception as e:
                return line.partition(" = ")[0], f"{type(e).__name__}: {e}"[:200]
    return "message", "it cannot be read"


def _emptiness(binding: Binding) -> list[str]:
    """When a message makes no callback: a part that it needs is missing."""
    needed = [
        f"not m.HasField({part.field!r})"
        for part in binding.parts
        if isinstance(part, Made) and part.needed
    ]
    return [*needed, *filter(None, [binding.empty])]


def lines(source: Source, binding: Binding, part: Scalars | Made | Rows | Text) -> list[str]:
    """The statements that read one part of a binding."""
    if isinstance(part, Scalars):
        return [
            f"{name} = {expression(binding.message, *at_and_default)}"
            for name, *at_and_default in scalars(part)
        ]
    if isinstance(part, Text):
        if part.expression.startswith("read_"):
            source.names[part.expression.partition("(")[0]] = reader(
                shape_of(_class_named(part.expression))
            )
        return [f"{part.argument} = {part.expression}"]
    if part.cls is None:
        assert isinstance(part, Rows)
        return [f"{part.argument} = {part.container.__name__}(m.{part.field})"]
    read = f"read_{part.cls.__name__}"
    source.names[read] = reader(shape_of(part.cls))
    if isinstance(part, Rows):
        return [f"{part.argument} = [{read}(row) for row in m.{part.field}]"]
    return [f"{part.argument} = {read}(m.{part.field}) if m.HasField({part.field!r}) else None"]


def _class_named(expression: str) -> type:
    from .object_mapping import SHAPES

    name = expression.removeprefix("read_").partition("(")[0]
    return next(
        shape.cls for shape in SHAPES if name in (shape.message, shape.cls.__name__)
    )  # a class may have its older name


def scalars(part: Scalars) -> list[tuple[str, str, str]]:
    """(argument, field, default) for each."""
    found = []
    for text in part.text.split():
        left, _, default = text.partition("=")
        name, _, at = left.partition("<")
        found.append((name, at or name, default))
    return found


def expression(message: str, at: str, default: str) -> str:
    """The value of a field, or the default where it is not set."""
    *way, name = at.split(".")
    owner = ".".join(["m", *way])
    kind = field_of(message, at).type_name
    if default == "UNSET_DECIMAL":
        return f"Decimal(t) if (t := {owner}.{name}) else UNSET_DECIMAL"
    if default == ZERO[kind]:
        return f"{owner}.{name}"
    return f"t if (t := {owner}.{name}) or {owner}.HasField({name!r}) else {default}"  # what is more than 0 is there


def field_of(message: str, at: str) -> SchemaField:
    """A field by its path from a message."""
    head, _, rest = at.partition(".")
    found = fields_of(message)[head]
    return field_of(found.type_name, rest) if rest else found
