"""The reference of the wire protocol says what the declarations, the recorded frames and the
simulated TWS say.
"""

from __future__ import annotations

import re
import threading
import xml.etree.ElementTree as ET

import pytest

from ibapi_port.client import EClient
from ibapi_port.contract import Contract
from ibapi_port.order import Order
from ibapi_port.order_cancel import OrderCancel
from ibapi_port.protocol.__main__ import main
from ibapi_port.protocol.inspect.decode import decode_frame
from ibapi_port.protocol.inspect.show import differences, find
from ibapi_port.protocol.reference import changes, pages, sequence
from ibapi_port.protocol.reference.rows import rows
from ibapi_port.protocol.reference.sessions import ANSWER, GREETING, SESSIONS, Session
from ibapi_port.protocol.schema.messages import INCOMING, INCOMING_BY_NAME, REQUESTS
from ibapi_port.simulator import SimulatedTws
from ibapi_port.tap import Tap
from ibapi_port.tap.recording import Event
from ibapi_port.wrapper import EWrapper

from .helpers import payload_of, vectors

VERSIONS = (100, 131, 151, 187, 200)
MESSAGES = (*INCOMING.values(), *REQUESTS.values())


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("reference")
    assert main(["reference", "--write", str(folder)]) == 0
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def test_every_message_has_its_place(written: dict[str, str]) -> None:
    text = "\n".join(written.values())
    for message in MESSAGES:
        assert text.count(f"({pages.label(message.name)})=") == 1
    for name in ("reqConfig", "updateConfigResponse"):
        assert text.count(f"({pages.label(name)})=") == 1


def test_every_link_has_a_target(written: dict[str, str]) -> None:
    text = "\n".join(written.values())
    targets = set(re.findall(r"^\(([^)]+)\)=$", text, re.MULTILINE))
    links = set(re.findall(r"\]\(#([^)]+)\)", text))
    assert len(links) > 200
    assert links <= targets


def test_every_diagram_is_well_formed(written: dict[str, str]) -> None:
    found = re.findall(r"<svg.*?</svg>", "\n".join(written.values()), re.DOTALL)
    assert len(found) > 60
    for one in found:
        assert "\n\n" not in one  # it would end the block of HTML
        assert ET.fromstring(one).find("{*}title") is not None


@pytest.mark.parametrize("version", VERSIONS)
def test_the_fields_of_recorded_frames_are_in_the_tables(version: int) -> None:
    looked_at = 0
    for name, of_name in {**vectors("decode"), **vectors("encode")}.items():
        from_client = name in REQUESTS
        message = REQUESTS[name] if from_client else INCOMING[name]
        told = {row.path for row in rows(message.nodes, version, version + 1)}
        for vector in of_name:
            if vector["v"] != version or vector.get("errors"):
                continue
            payload = (
                bytes.fromhex(vector["frames"][0]) if from_client else payload_of(vector["fields"])
            )
            if not re.match(rb"\d+\0", payload):
                continue  # a bad one on purpose
            decoded = decode_frame(payload, version, from_client=from_client)
            if decoded.failure or decoded.name != message.name:
                continue
            looked_at += 1
            for path, _, _ in decoded.fields:
                assert re.sub(r"\[\d+\]", "[]", path).removesuffix(".count") in told, (name, path)
    assert looked_at > 30


@pytest.mark.parametrize("version", [101, 109, 132, 145, 163, 177, 183, 196, 201, 206, 213, 226])
def test_changes_are_those_of_the_layouts(version: int) -> None:
    changed = {
        line.partition(":")[0] for line in differences(version - 1, version) if line[0] != " "
    }
    told = set(changes.all_changes().get(version, {})) - {"reqConfig", "updateConfig"}
    more = {
        name  # attributes that Protocol Buffers alone have
        for name in told - changed
        if any(node.since == version and not node.text for node in find(name).nodes)
    }
    assert told - more == changed


def test_a_message_at_one_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reference", "tickReqParams", "--version", "151"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "tickReqParams at server version 151: text"
    assert lines[-2] == "| snapshotPermissions | int |  |"
    assert main(["reference", "tickReqParams", "--version", "226"]) == 0
    assert "Protocol Buffers, TickReqParams" in capsys.readouterr().out
    assert main(["reference", "reqHistoricalTicks", "--version", "120"]) == 1
    assert "is known from server version 130 on" in capsys.readouterr().err


def test_a_message_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reference", "reqPositions"]) == 0
    out = capsys.readouterr().out
    assert "--- positionEnd -|" in out
    assert "<svg" not in out
    assert main(["reference"]) == 1
    assert "name a message" in capsys.readouterr().err


# --- sessions ---


class Trader(EWrapper, EClient):
    """Goes through all that the sessions show, each step when the one before is answered."""

    raiseCallbackErrors = True

    def __init__(self, tws: SimulatedTws) -> None:
        EClient.__init__(self, self)
        self.tws = tws
        self.done = threading.Event()
        self.order_id = 0
        self.stock = Contract(symbol="AAPL", secType="STK", currency="USD", exchange="SMART")

    def nextValidId(self, orderId: int) -> None:
        self.order_id = orderId
        self.reqContractDetails(1, self.stock)

    def contractDetailsEnd(self, reqId: int) -> None:
        self.reqMktData(2, self.stock, "", False, False, [])

    def tickSize(self, reqId: int, tickType: int, size: object) -> None:
        if reqId == 2 and self.order_id:
            self.cancelMktData(2)
            order_id, self.order_id = self.order_id, 0
            self.market = order_id
            order = Order(action="BUY", orderType="MKT", totalQuantity=1, tif="DAY")
            self.placeOrder(order_id, self.stock, order)

    def commissionAndFeesReport(self, commissionAndFeesReport: object) -> None:
        order = Order(action="BUY", orderType="LMT", lmtPrice=1, totalQuantity=1, tif="DAY")
        self.placeOrder(self.market + 1, self.stock, order)
        self.cancelOrder(self.market + 1, OrderCancel())

    def orderStatus(self, orderId: int, status: str, *_: object) -> None:  # type: ignore[override]
        if orderId == self.market + 1 and status == "Cancelled" and not self.done.is_set():
            self.reqHistoricalData(3, self.stock, "", "1 D", "1 hour", "TRADES", 1, 1, False, [])

    def historicalDataEnd(self, reqId: int, start: str, end: str) -> None:
        self.reqPositions()

    def positionEnd(self) -> None:
        self.cancelPositions()
        self.reqAccountSummary(4, "All", "NetLiquidation")

    def accountSummaryEnd(self, reqId: int) -> None:
        self.cancelAccountSummary(4)
        self.tws.do("connectivity", up=False)
        self.tws.do("connectivity", up=True)

    def error(self, reqId: int, errorTime: int, errorCode: int, *_: object) -> None:  # type: ignore[override]
        if errorCode in (1101, 1102):
            self.done.set()
            self.disconnect()


@pytest.fixture(scope="module", params=[187, 226])
def spoken(request: pytest.FixtureRequest) -> list[tuple[str, str]]:
    """What client and simulated TWS have said: direction and name."""
    said: list[tuple[str, str]] = []
    names = {"greeting": GREETING, "answer": ANSWER}

    def note(event: Event) -> None:
        side = sequence.TO_TWS if event.from_client else sequence.FROM_TWS
        said.append((side, names.get(event.kind, event.name)))

    with (
        SimulatedTws(server_version=request.param, tick_interval=0.02) as tws,
        Tap((tws.host, tws.port), on_event=note) as tap,
    ):
        app = Trader(tws)
        app.connect(tap.host, tap.port, clientId=1)
        app.run()
        assert app.done.is_set()
    return said


@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: session.name)
def test_the_simulated_tws_speaks_as_the_sessions_show(
    session: Session, spoken: list[tuple[str, str]]
) -> None:
    left = iter(spoken)
    for step in session.steps:
        later = step.name == "historicalDataEnd" and (step.kind, step.name) not in spoken
        if step.kind == sequence.NOTE or later:  # below 196 it is part of historicalData
            continue
        assert (step.kind, step.name) in left, step.name


def test_the_sessions_name_messages() -> None:
    for session in SESSIONS:
        for step in session.steps:
            if step.kind == sequence.TO_TWS:
                assert step.name in REQUESTS or step.name == GREETING
            elif step.kind == sequence.FROM_TWS:
                assert step.name in INCOMING_BY_NAME or step.name == ANSWER
