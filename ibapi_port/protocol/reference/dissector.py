"""A dissector for Wireshark in Lua: a fixed program, and the declarations as its data."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from typing import Any

from ..handshake import NEWEST
from ..inspect.show import protobuf_message
from ..protobuf.classes import schema
from ..protobuf.codec import PROTOBUF_ID_OFFSET
from ..schema.field_types import INT
from ..schema.messages import INCOMING, PROTOBUF_ONLY, PROTOBUF_ONLY_REQUESTS, REQUESTS_BY_ID
from ..schema.nodes import NEVER, Message, Node
from ..text.codec import RAW_ID_SINCE

# how the Lua program reads a field, and of which type the field is in a filter
_INT = ("int", "int32")
_READ: Mapping[str, tuple[str, str]] = {
    "int": _INT,
    "bool": _INT,
    "long": ("int", "string"),
    "int, unset when empty": ("int_unset", "int32"),
    "float": ("real", "double"),
    "float or not computed": ("real", "double"),
    "float, unset when empty": ("real_unset", "double"),
}
_TEXT = ("text", "string")
_SCALARS = {"int32": "int32", "bool": "int32", "double": "double"}


def lua() -> str:
    """Return the dissector."""
    program = files(__package__).joinpath("dissector.lua").read_text(encoding="utf-8")
    data = "\n\n".join([_messages(), _protobuf(), _filter_fields()])
    return (
        program.replace("@RAW_ID_SINCE@", str(RAW_ID_SINCE))
        .replace("@PROTOBUF_OFFSET@", str(PROTOBUF_ID_OFFSET))
        .replace("@DATA@", data)
    )


def protobuf_name(message: Message) -> str:
    """Return the Protocol Buffers message that a message is in the end, or ""."""
    return protobuf_message(message, NEWEST)


def _messages() -> str:
    incoming = {message.msg_id: _message(message) for message in INCOMING.values()}
    requests = {message.msg_id: _message(message) for message in REQUESTS_BY_ID.values()}
    for table, only in ((incoming, PROTOBUF_ONLY), (requests, PROTOBUF_ONLY_REQUESTS)):
        for one in only.values():
            table[one.msg_id] = _lua({"name": one.name, "pb": protobuf_name(one), "n": ()})
    return f"local FROM_TWS = {_table(incoming)}\n\nlocal FROM_CLIENT = {_table(requests)}"


def _table(rows: Mapping[int, str]) -> str:
    return "{\n" + "".join(f"[{key}]={rows[key]},\n" for key in sorted(rows)) + "}"


def _message(message: Message) -> str:
    nodes = _nodes(message.nodes, message)
    return _lua({"name": message.name, "pb": protobuf_name(message) or None, "n": nodes})


class Code(str):
    """Text that is Lua already."""


def _lua(value: object) -> str:
    """Return a value as Lua."""
    if isinstance(value, Code):
        return value
    if isinstance(value, dict):
        return "{" + ",".join(f"{k}={_lua(v)}" for k, v in value.items() if v is not None) + "}"
    if isinstance(value, (tuple, list)):
        return "{" + ",".join(map(_lua, value)) + "}"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value == float("inf"):
        return "math.huge"
    return repr(value)


def _node(node: Node, message: Message) -> str:
    described: dict[str, Any] = {
        "s": node.since or None,
        "u": node.until if node.until != NEVER else None,
        "m": node.message_version or None,
    }
    described["k"] = node.kind
    if paths := node.paths():
        described["p"] = paths[0]
    read = _READ.get(node.type_name(), _TEXT)[0]
    if node.is_message_version:
        described["t"] = "int" if message.uses_message_version else "text"
    elif node.kind == "field":
        described |= {"t": read, "also": getattr(node, "also", None) or None}
    groups = node.groups()
    if node.tag_path():
        cases = ",".join(f"[{one.tag}]={_nodes(one.nodes, message)}" for one in groups)
        described |= {"tag": node.tag_path(), "cases": Code("{" + cases + "}")}
        return _lua(described)
    for group in groups:
        if group.when and not group.scope:
            condition = _condition(group.when, message)
            described["c"] = Code(f"function(v) return {condition} end")
        described["n"] = _nodes(group.nodes, message)
    return _lua(described)


def _nodes(nodes: Iterable[Node], message: Message) -> Code:
    return Code("{" + ",".join(_node(node, message) for node in nodes if node.text) + "}")


def _condition(expression: str, message: Message) -> str:
    return _Condition(message).of(ast.parse(expression, mode="eval").body)


class _Condition:
    """The condition of a declaration as Lua, over the table `v` of values by path."""

    COMPARE: Mapping[type[ast.cmpop], str] = {
        ast.Eq: "==",
        ast.NotEq: "~=",
        ast.Gt: ">",
        ast.Lt: "<",
        ast.GtE: ">=",
        ast.LtE: "<=",
    }

    def __init__(self, message: Message) -> None:
        self.constants = message.constants

    def of(self, node: ast.expr) -> str:
        """Return a condition: what is true or false."""
        if isinstance(node, ast.BoolOp):
            word = " and " if isinstance(node.op, ast.And) else " or "
            return "(" + word.join(map(self.of, node.values)) + ")"
        if isinstance(node, ast.Compare):
            (operator,) = node.ops
            (right,) = node.comparators
            left = self.value(node.left)
            if isinstance(operator, ast.In):
                equal = (f"{left} == {_lua(one)}" for one in self.members(right))
                return "(" + " or ".join(equal) + ")"
            order = "" if isinstance(operator, (ast.Eq, ast.NotEq)) else f"{left} ~= nil and "
            return f"({order}{left} {self.COMPARE[type(operator)]} {self.value(right)})"
        return f"set({self.value(node)})"

    def value(self, node: ast.expr) -> str:
        """Return an operand: a value of the message, a constant, a literal."""
        if isinstance(node, ast.Constant):
            return _lua(node.value)
        path = ast.unparse(node)
        if path in self.constants:
            return _lua(self.constants[path])
        return f'v["{path}"]'

    def members(self, node: ast.expr) -> tuple[Any, ...]:
        """Return the values that `in` looks among."""
        if isinstance(node, ast.Name):
            return tuple(self.constants[node.id])
        return tuple(ast.literal_eval(node))


def _protobuf() -> str:
    lines = []
    for name, fields in sorted(schema().items()):
        rows = ",".join(
            f"[{one.number}]={_lua([one.name, one.type_name, one.repeated])}"
            if one.type_name != "map"
            else f"[{one.number}]={_lua([one.name, one.type_name, True])}"
            for one in fields
        )
        lines.append(f"{name}={{{rows}}},\n")
    pair = 'local PAIR = {[1]={"key","string"},[2]={"value","string"}}'
    return f"{pair}\nlocal PROTOBUF = {{\n{''.join(lines)}}}"


def _filter_fields() -> str:
    """Return the paths that can be filtered, with their types; text where types differ."""
    found: dict[str, str] = {}
    alone = [*PROTOBUF_ONLY.values(), *PROTOBUF_ONLY_REQUESTS.values()]
    for message in [*INCOMING.values(), *REQUESTS_BY_ID.values(), *alone]:
        named = [*_text_paths(message.nodes, ""), *_protobuf_paths(protobuf_name(message), "")]
        for path, kind in named:
            found[path] = kind if found.setdefault(path, kind) == kind else "string"
    rows = "".join(f'["{path}"]="{found[path]}",\n' for path in sorted(found))
    return f"local FIELDS = {{\n{rows}}}"


def _join(scope: str, path: str) -> str:
    return f"{scope}.{path}" if scope and path else scope or path


def _text_paths(nodes: Iterable[Node], scope: str) -> Iterator[tuple[str, str]]:
    for node in nodes:
        if not node.text:
            continue
        own = "version" if node.is_message_version else next(iter(node.paths()), "")
        if node.kind == "rows":
            own += ".count"
        if own or node.kind == "field":
            yield _join(scope, own), _READ.get(node.type_name(), _TEXT)[1]
        groups = node.groups()
        for group in groups:
            path = _join(scope, group.scope.removesuffix("[]"))
            if group is groups[0] and node.tag_path():
                yield _join(path, node.tag_path()), _READ[INT.name][1]
            yield from _text_paths(group.nodes, path)


def _protobuf_paths(name: str, scope: str) -> Iterator[tuple[str, str]]:
    for field in schema().get(name, ()):
        path = _join(scope, field.name)
        if field.type_name == "map":
            yield from ((f"{path}.{part}", "string") for part in ("key", "value"))
        elif field.type_name in schema():
            yield from _protobuf_paths(field.type_name, path)
        else:
            yield path, _SCALARS.get(field.type_name, "string")


__all__ = ["lua"]
