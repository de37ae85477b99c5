"""The compiler for messages from TWS: makes the function that reads and delivers a message."""

from __future__ import annotations

from functools import partial
from typing import Any

from ...common import TickAttrib
from ...const import UNSET_DECIMAL, UNSET_DOUBLE, UNSET_INTEGER, UNSET_LONG
from ...contract import ContractDetails
from ...order import OrderComboLeg
from ...scanner import ScanData
from ..exceptions import BadFrame, DecodeFailed
from ..schema.nodes import Incoming
from ..text.compiler import Source, emit_calls
from ..text.fallback import OUR_FAILURE, log_failure
from ..text.interpreter import MAX_ROWS, split_parts
from .bindings import Binding, Expression, Rows, Scalars, SubMessage
from .classes import NotAMessage, ProtoMessage, SchemaField, fields_of, message_class, parse
from .object_mapping import mapping_of, object_reader
from .public_classes import public_class

ZERO = {"string": "''", "int32": "0", "int64": "0", "double": "0.0", "bool": "False"}


def computed(message: ProtoMessage, name: str, mark: float | None) -> float | None:
    """Return a value, or None if TWS left it out or sent the mark for "not computed"."""
    value: float = getattr(message, name)
    missing = not message.HasField(name) or (value < 0 if mark is None else value == mark)
    return None if missing else value


def leg_prices(contract: Any) -> list[OrderComboLeg]:
    """Return the prices of a combo's legs, which an order has as a list of its own."""
    return [
        OrderComboLeg(price=leg.perLegPrice) if leg.HasField("perLegPrice") else OrderComboLeg()
        for leg in contract.comboLegs
    ]


def set_last_trade_date(details: ContractDetails, bond: bool) -> None:
    """Take the last trade date of a contract apart, as on the text wire.

    It may hold a time, and for bonds a zone, which are attributes of the details.
    """
    parts = split_parts(details.contract.lastTradeDateOrContractMonth)
    if parts and bond:
        details.maturity = parts[0]
    elif parts:
        details.contract.lastTradeDateOrContractMonth = parts[0]
    if len(parts) > 1:
        details.lastTradeTime = parts[1]
    if bond and len(parts) > 2:
        details.timeZoneId = parts[2]


def scanned(row: ProtoMessage) -> ScanData:
    """Return a row of a scanner's result."""
    details = ContractDetails()
    if row.HasField("contract"):
        details.contract = object_reader(mapping_of(type(details.contract)))(row.contract)
        details.marketName = row.marketName
    return ScanData(details, row.rank, row.distance, row.benchmark, row.projection, row.comboKey)


def limited(rows: Any) -> Any:
    """Return the rows of a list. ValueError is raised if there are too many."""
    if len(rows) > MAX_ROWS:
        raise ValueError(f"{len(rows)} rows, at most {MAX_ROWS} are read")
    return rows


HELPERS: dict[str, Any] = {
    "TickAttrib": TickAttrib,
    "UNSET_DECIMAL": UNSET_DECIMAL,
    "UNSET_DOUBLE": UNSET_DOUBLE,
    "UNSET_INTEGER": UNSET_INTEGER,
    "UNSET_LONG": UNSET_LONG,
    "computed": computed,
    "leg_prices": leg_prices,
    "limited": limited,
    "scanned": scanned,
    "set_last_trade_date": set_last_trade_date,
}


def deliver_source(
    binding: Binding, message: Incoming, server_version: int, *, raw: bool
) -> tuple[str, dict[str, Any]]:
    """Return the source of `deliver(f, w, callback_raised)`, and its names; f[1] is the
    message's bytes.

    It reads all values, then makes the callbacks. If `raw`, the ...ProtoBuf callback comes first.
    """
    source = Source(message.constants)
    source.names.update(HELPERS)
    source.names["parse"] = message_class(binding.message).FromString
    source.names["read_again"] = partial(read_again, binding, message, server_version)
    with source.block("try:"):
        source.emit("m = parse(f[1])")
        source.emit(f"empty = {_emptiness(binding)}")
        with source.block("if not empty:"):
            for line in _statements(source, binding):
                source.emit(line)
    with source.block("except Exception as e:"):
        source.emit(f"empty, {''.join(f'{name}, ' for name in _filled(binding))}= read_again(f, e)")
    if raw:
        source.names["parse_raw"] = public_class(binding.message).FromString
        with source.block("try:"):
            source.emit(f"w.{binding.callback}(parse_raw(f[1]))")
        with source.block("except (KeyboardInterrupt, SystemExit):"):
            source.emit("raise")
        with source.block("except BaseException as e:"):
            source.emit("callback_raised(e)")
    with source.block("if empty:"):
        source.emit("return")
    emit_calls(source, message.calls_at(server_version))
    return source.text("deliver(f, w, callback_raised)"), source.names


def raw_callback_source(message: str, callback: str) -> tuple[str, dict[str, Any]]:
    """Return the source of `deliver(f, w, callback_raised)`, for a message that has a raw callback
    alone.
    """
    source = Source({})
    source.names["parse_raw"] = public_class(message).FromString
    source.names["not_parsed"] = partial(_not_parsed, message)
    with source.block("try:"):
        source.emit("m = parse_raw(f[1])")
    with source.block("except Exception as e:"):
        source.emit("raise not_parsed(e) from e")
    source.emit(f"w.{callback}(m)")
    return source.text("deliver(f, w, callback_raised)"), source.names


def _not_parsed(message: str, failure: Exception) -> DecodeFailed:
    return DecodeFailed(BadFrame(message, "message", "it cannot be parsed"))


def _statements(source: Source, binding: Binding) -> list[str]:
    """Return the statements that read the parts of a message, and those that come after them."""
    return [
        *(line for part in binding.parts for line in lines(source, binding, part)),
        *binding.after,
    ]


def _filled(binding: Binding) -> list[str]:
    """Return the names that the statements of a binding fill, each once."""
    found: list[str] = []
    for part in binding.parts:
        if isinstance(part, Scalars):
            found += [name for name, _, _ in scalars(part)]
        else:
            found.append(part.argument)
    for line in binding.after:
        found += [name for name in line.partition(" = ")[0].split(", ") if name.isidentifier()]
    return list(dict.fromkeys(found))


def read_again(
    binding: Binding, message: Incoming, server_version: int, fields: list[Any], failure: Exception
) -> tuple[Any, ...]:
    """Read a message that a compiled function could not read, one statement at a time.

    Return whether it is empty, and the values of the names that it fills. DecodeFailed says which
    field cannot be read. What is an error of ours, not of TWS, is logged.
    """
    source = Source(message.constants)
    names: dict[str, Any] = {
        **source.names,
        **HELPERS,
    }
    at = "message"
    try:
        names["m"] = parse(binding.message, fields[1])
        names["empty"] = eval(_emptiness(binding), names)
        for line in () if names["empty"] else _statements(source, binding):
            names.update(source.names)
            at = line.partition(" = ")[0]
            exec(line, names)
    except NotAMessage as e:
        raise DecodeFailed(BadFrame(binding.name, "message", str(e))) from failure
    except (ValueError, ArithmeticError) as e:
        raise DecodeFailed(
            BadFrame(binding.name, at, f"{type(e).__name__}: {e}"[:200])
        ) from failure
    except Exception as e:  # whatever it is, it is an error of ours: the connection goes on
        log_failure(binding.name, server_version, e)
        raise DecodeFailed(BadFrame(binding.name, at, OUR_FAILURE)) from failure
    log_failure(binding.name, server_version, failure)
    return names["empty"], *(names.get(name) for name in _filled(binding))


def _emptiness(binding: Binding) -> str:
    """Return the expression that holds for a message without callbacks: a part of it is missing."""
    needed = [
        f"not m.HasField({part.field!r})"
        for part in binding.parts
        if isinstance(part, SubMessage) and part.needed
    ]
    return " or ".join([*needed, *filter(None, [binding.empty])]) or "False"


def lines(
    source: Source, binding: Binding, part: Scalars | SubMessage | Rows | Expression
) -> list[str]:
    """Return the statements that read one part of a binding."""
    if isinstance(part, Scalars):
        return [
            f"{name} = {expression(binding.message, *at_and_default)}"
            for name, *at_and_default in scalars(part)
        ]
    if isinstance(part, Expression):
        if part.expression.startswith("read_"):
            source.names[part.expression.partition("(")[0]] = object_reader(
                mapping_of(_class_named(part.expression))
            )
        return [f"{part.argument} = {part.expression}"]
    if part.cls is None:
        assert isinstance(part, Rows)
        return [f"{part.argument} = {part.container.__name__}(limited(m.{part.field}))"]
    read = f"read_{part.cls.__name__}"
    source.names[read] = object_reader(mapping_of(part.cls))
    if isinstance(part, Rows):
        return [f"{part.argument} = [{read}(row) for row in limited(m.{part.field})]"]
    return [f"{part.argument} = {read}(m.{part.field}) if m.HasField({part.field!r}) else None"]


def _class_named(expression: str) -> type:
    from .object_mapping import OBJECT_MAPPINGS

    name = expression.removeprefix("read_").partition("(")[0]
    # a class may have its older name
    return next(
        mapping.cls
        for mapping in OBJECT_MAPPINGS
        if name in (mapping.message, mapping.cls.__name__)
    )


def scalars(part: Scalars) -> list[tuple[str, str, str]]:
    """Return argument, field and default for each of the scalars."""
    found = []
    for text in part.text.split():
        left, _, default = text.partition("=")
        name, _, at = left.partition("<")
        found.append((name, at or name, default))
    return found


def expression(message: str, at: str, default: str) -> str:
    """Return the expression for the value of a field, or for the default where it is not set."""
    *way, name = at.split(".")
    owner = ".".join(["m", *way])
    kind = field_of(message, at).type_name
    if default == "UNSET_DECIMAL":
        return f"Decimal(t) if (t := {owner}.{name}) else UNSET_DECIMAL"
    if default == ZERO[kind]:
        return f"{owner}.{name}"
    # what is more than 0 is there
    return f"t if (t := {owner}.{name}) or {owner}.HasField({name!r}) else {default}"


def field_of(message: str, at: str) -> SchemaField:
    """Return a field by its path from a message."""
    head, _, rest = at.partition(".")
    found = fields_of(message)[head]
    return field_of(found.type_name, rest) if rest else found
