"""The ...ProtoBuf requests: a message that the program made, sent as it is, or an error with its id
and nothing sent.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from client.scripted import App, Link
from protocol.helpers import DATA

from ibapi_port.client import EClient
from ibapi_port.protocol.exceptions import FieldError, NotSupported
from ibapi_port.protocol.protobuf.classes import fields_of, message_class
from ibapi_port.protocol.protobuf.codec import PROTOBUF_ID_OFFSET
from ibapi_port.protocol.protobuf.public_classes import public_class
from ibapi_port.protocol.schema import messages as declared
from ibapi_port.protocol.select import codec_for
from ibapi_port.seams import Refused, seams

from .helpers import LAST, REQUEST_PB, ProtoLink
from .test_messages import full

REQUESTS: dict[str, tuple[str, str]] = json.loads((DATA / "star_names.json").read_text())[
    "requests"
]
MESSAGE_IDS = {pb.message: declared.REQUESTS[name].msg_id for name, pb in REQUEST_PB.items()} | {
    one.pb.message: one.msg_id for one in declared.PROTOBUF_ONLY_REQUESTS.values() if one.pb
}
ID = 77


def message(method: str) -> tuple[Any, int]:
    """A message that a request sends, with an id where it has one, and the id of its errors."""
    name = REQUESTS[method][1]
    made = full(name)
    for field in ("reqId", "orderId"):
        if field in fields_of(name):
            setattr(made, field, ID)
            return made, ID
    return made, -1


@pytest.fixture
def link() -> Iterator[Callable[..., Any]]:
    made: list[Any] = []

    def connect(version: int, app: App | None = None) -> Any:
        made.append(ProtoLink(version, app) if version > 200 else Link(version, app))
        return made[-1]

    yield connect
    for one in made:
        one.close()


def test_all_of_them_are_there_with_their_parameters() -> None:
    ours = {name for name in dir(EClient) if name.endswith("ProtoBuf")} - {
        "sendMsgProtoBuf",
        "useProtoBuf",
    }
    assert ours == REQUESTS.keys()
    for method, (parameter, _) in REQUESTS.items():
        assert list(inspect.signature(getattr(EClient, method)).parameters) == ["self", parameter]
        assert inspect.getdoc(getattr(EClient, method))


@pytest.mark.parametrize("method", REQUESTS)
def test_not_connected_is_504_with_the_id(method: str) -> None:
    app = App()
    made, request_id = message(method)
    getattr(app, method)(made)
    assert [(number, code) for number, code, _ in app.errors()] == [(request_id, 504)]


def test_they_are_sent_as_they_are(link: Callable[..., Any]) -> None:
    one = link(LAST)
    one.app.extraAuth = True
    for method in REQUESTS:
        made, _ = message(method)
        getattr(one.app, method)(made)
        payload = one.peer.frame()
        assert (
            int.from_bytes(payload[:4], "big") - PROTOBUF_ID_OFFSET
            == MESSAGE_IDS[REQUESTS[method][1]]
        )
        assert payload[4:] == made.SerializeToString()
    assert one.app.errors() == []


def test_any_class_of_that_message_will_do(link: Callable[..., Any]) -> None:
    one = link(LAST)
    one.app.reqIdsProtoBuf(message_class("IdsRequest")(numIds=3))
    assert one.peer.frame()[4:] == public_class("IdsRequest")(numIds=3).SerializeToString()


@pytest.mark.parametrize("version", [187, 200, 202])
def test_a_server_that_takes_it_as_text_alone_is_503(
    version: int, link: Callable[..., Any]
) -> None:
    one = link(version)
    for method in REQUESTS:
        if method == "verifyRequestProtoBuf" or (
            method == "reqExecutionsProtoBuf" and version > 200
        ):
            continue
        made, request_id = message(method)
        getattr(one.app, method)(made)
        ((number, code, text),) = one.app.errors()
        assert (number, code) == (request_id, 503), method
        assert text.startswith("The TWS is out of date and must be upgraded. It does not support ")
        one.app.forget()
    assert one.sent() == []


@pytest.mark.parametrize(
    ("method", "needs"),
    [
        ("cancelContractDataProtoBuf", "contract data cancels"),
        ("cancelHistoricalTicksProtoBuf", "historical ticks cancels"),
        ("reqConfigProtoBuf", "config requests"),
        ("updateConfigProtoBuf", "update config requests"),
    ],
)
def test_what_an_older_server_does_not_know_at_all_is_named(
    method: str, needs: str, link: Callable[..., Any]
) -> None:
    one = link(210)
    getattr(one.app, method)(message(method)[0])
    assert [text.rpartition("support ")[2] for _, _, text in one.app.errors()] == [f"{needs}."]


def test_another_message_is_refused(link: Callable[..., Any]) -> None:
    one = link(LAST)
    for wrong in (
        None,
        "text",
        {},
        public_class("CancelOrderRequest")(orderId=ID),
        public_class("PlaceOrderRequest"),
    ):
        one.app.placeOrderProtoBuf(wrong)
    errors = one.app.errors()
    assert [(number, code) for number, code, _ in errors] == [(-1, 321)] * 3 + [
        (ID, 321),
        (-1, 321),
    ]
    assert (
        "placeOrder: message: it must be the Protocol Buffers message PlaceOrderRequest, "
        "not CancelOrderRequest" in errors[3][2]
    )
    assert one.sent() == []


def test_verification_has_to_be_asked_for_before_connecting(link: Callable[..., Any]) -> None:
    one = link(LAST)
    one.app.verifyRequestProtoBuf(public_class("VerifyRequest")(apiName="a"))
    as_text = App()
    as_text.verifyRequest("a", "1")
    assert len(one.app.errors()) == 1
    assert one.app.errors()[0][1] not in (504, 503)
    assert one.sent() == []


def test_a_guard_sees_them(link: Callable[..., Any]) -> None:
    one = link(LAST)
    seen: list[tuple[str, Any]] = []

    def guard(name: str, arguments: tuple[Any, ...]) -> None:
        seen.append((name, arguments))
        if name == "placeOrder":
            raise Refused("too large", 10_001)

    seams(one.app).on_request = guard
    order = message("placeOrderProtoBuf")[0]
    one.app.placeOrderProtoBuf(order)
    assert seen == [("placeOrder", (order,))]
    assert one.app.errors() == [(ID, 10_001, "too large")]
    seams(one.app).on_request = None
    assert one.sent() == []


def test_log_request_is_told_of_them() -> None:
    class Logging(App):
        def logRequest(self, fnName: str, fnParams: Any) -> None:
            told.append(
                (fnName, {name: value for name, value in fnParams.items() if name != "self"})
            )

    told: list[Any] = []
    app = Logging()
    made = message("reqConfigProtoBuf")[0]
    app.reqConfigProtoBuf(made)
    assert told == [("reqConfigProtoBuf", {"configRequestProto": made})]


def test_the_codec_of_text_takes_none() -> None:
    with pytest.raises(NotSupported, match="placeOrder as a Protocol Buffers message") as e:
        codec_for(200).encode_protobuf_request("placeOrder", public_class("PlaceOrderRequest")())
    assert (e.value.code, e.value.has_request_id) == (503, True)
    with pytest.raises(FieldError, match="must be the Protocol Buffers message IdsRequest"):
        codec_for(LAST).encode_protobuf_request("reqIds", public_class("OrderCancel")())


def test_whether_a_request_goes_out_so() -> None:
    app = App()
    assert not app.useProtoBuf(3)  # not connected
    app.serverVersion_ = 203
    assert app.useProtoBuf(3)
    assert not app.useProtoBuf(1)
    assert not app.useProtoBuf(9999)
