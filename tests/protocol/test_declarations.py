"""The declarations make sense: ids, versions, paths, expressions; and they name what EWrapper,
Requests and the data classes have.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any

import pytest
from tables import for_each

from ibapi_port import message as ids
from ibapi_port import server_versions
from ibapi_port._client.requests import Requests
from ibapi_port.protocol.schema.messages import (
    INCOMING,
    REQUESTS,
    account,
    contracts,
    history,
    market_data,
    news,
    orders,
    scanner,
    session,
)
from ibapi_port.protocol.schema.nodes import (
    NEVER,
    Delimited,
    Field,
    Fixed,
    Flags,
    Incoming,
    LegPrices,
    Message,
    MessageVersion,
    Node,
    Present,
    Repeated,
    Request,
    Row,
    SubMessage,
    Variant,
    When,
    roots,
    walk,
)
from ibapi_port.protocol.schema.text_source import get
from ibapi_port.wrapper import EWrapper

from .helpers import rows_of

AREAS = (session, market_data, contracts, orders, account, history, news, scanner)
ALL: list[Message] = [*INCOMING.values(), *REQUESTS.values()]
KNOWN_VERSIONS = {
    value
    for name, value in vars(server_versions).items()
    if name.startswith(("MIN_SERVER_VER_", "UNIFIED_VERSION_"))
} | {0, NEVER}

# of very old servers; IB's client stores it likewise, and no class has it
UNDECLARED = "order.notSuppScaleNumComponents"
every_message = for_each(ALL, attrgetter("name"))
every_incoming = for_each(INCOMING.values(), attrgetter("name"))
every_request = for_each(REQUESTS.values(), attrgetter("name"))


# --- ids and names ---


def test_no_declaration_is_hidden_by_another() -> None:
    assert (
        sum(len(area.MESSAGES) for area in AREAS)
        == len(INCOMING)
        == len({m.name for m in INCOMING.values()})
        == 84
    )
    assert (
        sum(len(area.REQUESTS) for area in AREAS)
        == len(REQUESTS)
        == len({r.msg_id for r in REQUESTS.values()})
        == 83
    )


@pytest.mark.parametrize(
    ("constants", "declared", "protobuf_only"),
    [
        (
            ids.IN,
            [m.msg_id for m in INCOMING.values()],
            {"CONFIG_RESPONSE", "UPDATE_CONFIG_RESPONSE"},
        ),
        (ids.OUT, [r.msg_id for r in REQUESTS.values()], {"REQ_CONFIG", "UPDATE_CONFIG"}),
    ],
    ids=["IN", "OUT"],
)
def test_every_number_is_declared(
    constants: type, declared: list[int], protobuf_only: set[str]
) -> None:
    numbers = {name: value for name, value in vars(constants).items() if isinstance(value, int)}
    assert set(declared) == set(numbers.values()) - {numbers[name] for name in protobuf_only}


def test_incoming_is_found_by_its_id_and_requests_by_their_name() -> None:
    assert all(key == str(m.msg_id) for key, m in INCOMING.items())
    assert all(key == r.name for key, r in REQUESTS.items())


# --- versions ---


@every_message
def test_versions(message: Message) -> None:
    for node in walk(message.nodes):
        assert {node.since, node.until} <= KNOWN_VERSIONS
        assert node.since < node.until
        assert abs(node.message_version) < 100
    owns = [node for node in message.nodes if isinstance(node, MessageVersion)]
    assert len(owns) <= 1
    assert not owns or message.nodes[0] is owns[0]
    assert not [
        node
        for node in walk(message.nodes)
        if isinstance(node, MessageVersion) and node not in owns
    ]
    if owns:
        assert all(abs(node.message_version) <= owns[0].latest for node in walk(message.nodes))


@every_request
def test_gates(request_: Request) -> None:
    assert {
        request_.since,
        *(v for gate in request_.gates for v in (gate.since, gate.below)),
    } <= KNOWN_VERSIONS
    assert bool(request_.since) == bool(request_.needs)
    assert all(
        gate.since < gate.below and gate.text.endswith((".", "- ")) for gate in request_.gates
    )
    for node in walk(request_.nodes):
        assert not (isinstance(node, Field) and node.needs) or node.since > request_.since


# --- paths ---


def places(nodes: Sequence[Node]) -> Iterator[str]:
    """The paths that nodes of one level fill, those in conditions included."""
    for node in nodes:
        if isinstance(node, When):
            yield from places(node.nodes)
        elif isinstance(node, Field):
            yield from filter(None, (node.path, node.also))
        elif isinstance(node, Delimited):
            yield from node.parts
        elif isinstance(node, (Present, Repeated, Flags, SubMessage)):
            yield node.path
        else:
            assert isinstance(node, (MessageVersion, Fixed, LegPrices))


def check_level(nodes: Sequence[Node], holder: Any) -> None:
    """Every path is an attribute of the holder (a dict of argument names at the top); rows and
    inner objects likewise.
    """
    for path in places(nodes):
        if path != UNDECLARED:
            get(holder, path)
    for node in walk_level(nodes):
        if isinstance(node, (SubMessage, LegPrices)):  # of Protocol Buffers alone
            assert not node.text
        elif isinstance(node, Present):
            check_level(node.nodes, node.cls())
        elif isinstance(node, Flags):
            assert all(
                isinstance(getattr(node.cls(), attribute), bool) and bit & (bit - 1) == 0
                for attribute, bit, _ in node.bits
            )
        elif isinstance(node, Repeated) and isinstance(node.row, Variant):
            assert all(
                getattr(row.cls(), node.row.attribute) == tag
                for tag, row in node.row.cases.items()
                if row.cls
            )
        for row in rows_of(node):
            check_row(row)


def walk_level(nodes: Sequence[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        if isinstance(node, When):
            yield from walk_level(node.nodes)


def check_row(row: Row) -> None:
    if row.cls is None:
        (only,) = row.nodes
        assert isinstance(only, Field)
        assert only.path == ""
    else:
        assert "" not in list(places(row.nodes))
        check_level(row.nodes, row.cls())


@every_message
def test_paths_are_attributes(message: Message) -> None:
    holder: dict[str, Any] = {
        name: message.classes[name]() if name in message.classes else None
        for name in message.arguments
    }
    assert set(roots(message.nodes)) <= set(holder)
    check_level(message.nodes, holder)


@every_message
def test_arguments_do_not_clash_with_what_compiled_functions_use(message: Message) -> None:
    own = {"f", "w", "callback_raised", "i", "out", "mask", "version", "t", "n", "x", "row"}
    called = {
        "int",
        "float",
        "str",
        "len",
        "bool",
        "max",
        "range",
        "map",
        "Exception",
        "ValueError",
    }
    assert not (own | called) & set(message.arguments)
    assert not set(message.constants) & set(message.arguments)
    assert all(name.isidentifier() for name in message.arguments)


# --- expressions ---


def names_in(expression: str) -> set[str]:
    return {
        node.id
        for node in ast.walk(ast.parse(expression, mode="eval"))
        if isinstance(node, ast.Name)
    }


@every_message
def test_expressions_name_what_there_is(message: Message) -> None:
    known = {*message.arguments, *message.constants}
    for node in walk(message.nodes):
        if isinstance(node, When):
            assert names_in(node.condition) <= known
        elif isinstance(node, Fixed):
            assert names_in(node.written) <= known | {"len"}
    for gate in getattr(message, "gates", ()):
        assert names_in(gate.when) <= known
    for call in getattr(message, "calls", ()):
        assert names_in(f"({call.arguments},)" if call.arguments else "()") <= known | (
            {"row"} if call.each else set()
        )
        assert names_in(call.when or "0") <= known
        assert not call.each or call.each in message.arguments


@every_message
def test_conditions_come_after_what_they_name(message: Message) -> None:
    """At every version, what a condition looks at has been read before."""
    for version in (100, 125, 150, 175, 200):
        seen: set[str] = set()
        for node in walk(message.nodes):
            if not node.at(version):
                continue
            if isinstance(node, When):
                wanted = {
                    part
                    for part in dotted(node.condition)
                    if part.partition(".")[0] in message.arguments
                }
                assert wanted <= seen | set(message.defaults), (version, node.condition)
            seen |= set(places([node])) if not isinstance(node, When) else set()


def dotted(expression: str) -> Iterator[str]:
    """The outermost names and attributes of an expression."""
    pending: list[ast.AST] = [ast.parse(expression, mode="eval")]
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.Name, ast.Attribute)):
            yield ast.unparse(node)
        else:
            pending += ast.iter_child_nodes(node)


# --- callbacks and requests ---

ANOTHER_NAME = {  # parameter of the callback -> what the declaration hands to it
    ("tickSize", "tickType"): {"tickType", "SIZE_TICK[tickType]"},
    ("historicalData", "bar"): {"row"},
    ("historicalDataEnd", "start"): {"startDateStr"},
    ("historicalDataEnd", "end"): {"endDateStr"},
    **{
        ("scannerData", name): {f"row.{name}"}
        for name in ("rank", "distance", "benchmark", "projection", "legsStr")
    },
    ("scannerData", "contractDetails"): {"row.contract"},
}
BY_THE_CLIENT = {
    "connectAck",
    "connectionClosed",
    "winError",
    "commissionReport",
    "logAnswer",
}  # never for a message


@every_incoming
def test_calls_are_callbacks_with_their_parameters(message: Incoming) -> None:
    assert message.calls
    for call in message.calls:
        parameters = list(inspect.signature(getattr(EWrapper, call.name)).parameters)[1:]
        parsed = ast.parse(f"f({call.arguments})", mode="eval").body
        assert isinstance(parsed, ast.Call)
        given = [ast.unparse(argument) for argument in parsed.args]
        assert len(given) == len(parameters)
        for parameter, argument in zip(parameters, given, strict=True):
            assert argument in ANOTHER_NAME.get((call.name, parameter), {parameter})


def test_every_callback_is_made() -> None:
    callbacks = {
        name
        for name, member in vars(EWrapper).items()
        if inspect.isfunction(member) and not name.startswith("_")
    }
    made = {call.name for message in INCOMING.values() for call in message.calls}
    assert made == {name for name in callbacks if not name.endswith("ProtoBuf")} - BY_THE_CLIENT


@every_request
def test_requests_are_methods_with_their_parameters(request_: Request) -> None:
    if request_.name == "startApi":  # the client's own
        return
    parameters = list(inspect.signature(getattr(Requests, request_.name)).parameters)[1:]
    wanted = [name for name in request_.arguments if name != "extraAuth"]
    assert parameters[: len(wanted)] == wanted
    assert parameters[len(wanted) :] in (
        [],
        ["manualCancelOrderTime"],
    )  # of older versions of cancelOrder


def test_every_method_is_declared() -> None:
    methods = {
        name
        for name, member in vars(Requests).items()
        if inspect.isfunction(member) and not name.startswith("_")
    }
    assert methods == REQUESTS.keys() - {"startApi"}


@every_request
def test_the_id_of_a_request(request_: Request) -> None:
    assert request_.id_argument in (None, "reqId", "orderId", "tickerId")
    assert (request_.id_argument is None) == (
        not {"reqId", "orderId", "tickerId"} & set(request_.arguments)
    )
    assert request_.id_argument is None or request_.arguments[0] == request_.id_argument
