"""Fundamental reports and the calendar of corporate events."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest

from ibapi_port.common import WshEventData
from ibapi_port.contract import Contract
from ibapi_port.simulator.errors import Refusal
from ibapi_port.simulator.reference.corporate_events import EVENT_TYPES
from ibapi_port.simulator.reference.reports import REPORTS

from .helpers import Desk, FakePeer, order, stock

AAPL, MSFT, SPY = 265598, 272093, 756733


def report(peer: FakePeer, kind: str, contract: Contract | None = None) -> ElementTree.Element:
    peer.ask(
        "reqFundamentalData",
        reqId=1,
        contract=contract or stock(),
        reportType=kind,
        fundamentalDataOptions=[],
    )
    return ElementTree.fromstring(peer.last("fundamentalData")["data"].encode())


def wanted(**values: Any) -> WshEventData:
    made = WshEventData()
    for name, value in values.items():
        assert hasattr(made, name)
        setattr(made, name, value)
    return made


def events(peer: FakePeer, req_id: int = 2, **values: Any) -> list[dict[str, Any]]:
    peer.ask("reqWshEventData", reqId=req_id, wshEventData=wanted(**values))
    found: list[dict[str, Any]] = json.loads(peer.last("wshEventData")["dataJson"])
    return found


def code_of(peer: FakePeer, name: str, **values: Any) -> int:
    with pytest.raises(Refusal) as refused:
        peer.ask(name, **values)
    return refused.value.code


class TestReports:
    @pytest.mark.parametrize("kind", REPORTS)
    def test_each_is_xml_and_stays_the_same(self, desk: Desk, peer: FakePeer, kind: str) -> None:
        assert len(list(report(peer, kind).iter())) > 5
        assert ElementTree.tostring(report(peer, kind)) == ElementTree.tostring(
            report(Desk().client(), kind)
        )

    def test_the_summary_adds_up(self, peer: FakePeer) -> None:
        root = report(peer, "ReportsFinSummary")
        earnings = root.findall("./EPSs/EPS")
        quarters = [float(one.text or "") for one in earnings if one.get("reportType") == "R"]
        year = next(float(one.text or "") for one in earnings if one.get("reportType") == "TTM")
        assert year == pytest.approx(sum(quarters[:4]), abs=0.01)
        assert all((one.get("asofDate") or "") < "2026-04-14" for one in earnings)

    def test_the_snapshot_knows_the_price(self, desk: Desk, peer: FakePeer) -> None:
        desk.move("AAPL", "250")
        ratios = {
            one.get("FieldName"): float(one.text or "0")
            for one in report(peer, "ReportSnapshot").findall("./Ratios/Group/Ratio")
        }
        assert ratios["NPRICE"] == 250
        assert ratios["PEEXCLXOR"] == pytest.approx(250 / ratios["TTMEPSXCLX"], rel=0.001)

    def test_refusals(self, peer: FakePeer) -> None:
        def ask(contract: Contract, kind: str) -> tuple[int, str]:
            with pytest.raises(Refusal) as refused:
                report(peer, kind, contract)
            return refused.value.code, refused.value.text

        text = "The fundamentals data for the security specified is not available."
        assert ask(stock(), "") == (430, f"{text}Missing reportType")
        assert ask(stock(), "Nonsense") == (430, f"{text}Unknown reportType")
        assert ask(stock("SPY"), "ReportSnapshot") == (430, f"{text}Not allowed")
        assert ask(stock("NOSUCH"), "ReportSnapshot")[0] == 200

    def test_cancelling(self, peer: FakePeer) -> None:
        report(peer, "RESC")
        assert peer.ask("cancelFundamentalData", reqId=1) == []
        assert code_of(peer, "cancelFundamentalData", reqId=1) == 300


class TestHorizon:
    @pytest.fixture(autouse=True)
    def _metadata(self, peer: FakePeer) -> None:
        peer.ask("reqWshMetaData", reqId=1)

    def test_metadata_lists_all_event_types(self, peer: FakePeer) -> None:
        data = json.loads(peer.last("wshMetaData")["dataJson"])["meta_data"]
        assert [kind["tag"] for kind in data["event_types"]] == list(EVENT_TYPES)
        assert "watchlist" in [entry["tag"] for entry in data["filters"]]

    def test_events_of_a_contract(self, peer: FakePeer) -> None:
        found = events(peer, conId=AAPL)
        assert {event["event_type"] for event in found} == set(EVENT_TYPES)
        days = [event["index_date"] for event in found]
        assert days == sorted(days)
        assert "20250414" <= days[0] <= days[-1] <= "20270414"
        assert all(event["conids"] == [str(AAPL)] for event in found)

    def test_dates_and_limit(self, peer: FakePeer) -> None:
        found = events(peer, conId=AAPL, startDate="20260301", endDate="20260630")
        assert found
        assert all("20260301" <= event["index_date"] <= "20260630" for event in found)
        assert (
            events(peer, 3, conId=AAPL, startDate="20260301", endDate="20260630", totalLimit=2)
            == found[:2]
        )

    def test_filter(self, peer: FakePeer) -> None:
        text = json.dumps(
            {
                "country": "All",
                "watchlist": [str(AAPL), str(MSFT)],
                "limit_region": 10,
                "limit": 5,
                "wshe_ed": "true",
            }
        )
        found = events(peer, filter=text)
        assert len(found) == 5
        assert {event["event_type"] for event in found} == {"wshe_ed"}
        assert {event["conids"][0] for event in found} == {str(AAPL), str(MSFT)}

    def test_portfolio_watchlist_and_competitors(self, desk: Desk, peer: FakePeer) -> None:
        assert events(peer, 2, fillPortfolio=True) == []
        peer.ask("placeOrder", orderId=1, contract=stock("MSFT"), order=order("BUY", "10"))
        assert {event["conids"][0] for event in events(peer, 3, fillPortfolio=True)} == {str(MSFT)}
        desk.world.reference.horizon.watchlist = [AAPL]
        assert {event["conids"][0] for event in events(peer, 4, fillWatchlist=True)} == {str(AAPL)}
        near = {"startDate": "20260401", "endDate": "20260430"}
        industry = desk.instrument("AAPL").industry
        rivals = {
            event["conids"][0]
            for event in events(peer, 5, conId=AAPL, fillCompetitors=True, **near)
        }
        assert len(rivals) > 1
        assert {desk.world.instruments.by_con_id(int(con_id)).industry for con_id in rivals} == {
            industry
        }  # type: ignore[union-attr]

    def test_what_was_is_certain_and_what_will_be_is_not(self, peer: FakePeer) -> None:
        found = events(
            peer, filter=json.dumps({"watchlist": [AAPL], "wshe_ed": True, "wshe_fq": True})
        )
        states = {
            event["index_date"]: event["data"]["wshe_earnings_date_status"] for event in found
        }
        assert states[min(states)] == "CONFIRMED"
        assert states[max(states)] == "INFERRED"

    def test_order_of_requests(self, desk: Desk, peer: FakePeer) -> None:
        assert code_of(peer, "reqWshMetaData", reqId=1) == 10278
        assert peer.ask("cancelWshMetaData", reqId=1) == []
        assert code_of(peer, "cancelWshMetaData", reqId=1) == 10280
        events(peer, 2, conId=AAPL)
        assert code_of(peer, "reqWshEventData", reqId=2, wshEventData=wanted(conId=AAPL)) == 10281
        assert peer.ask("cancelWshEventData", reqId=2) == []
        assert code_of(peer, "cancelWshEventData", reqId=2) == 10284
        fresh = Desk().client()
        assert code_of(fresh, "reqWshEventData", reqId=2, wshEventData=wanted(conId=AAPL)) == 10282

    def test_without_the_subscription(self) -> None:
        client = Desk(horizon=False).client()
        assert code_of(client, "reqWshMetaData", reqId=1) == 10276
        assert code_of(client, "reqWshEventData", reqId=1, wshEventData=wanted(conId=AAPL)) == 10276

    @pytest.mark.parametrize(
        "values",
        [
            {},
            {"conId": 1},
            {"conId": AAPL, "filter": "{}x"},
            {"filter": "nonsense"},
            {"filter": "[]"},
            {"filter": '{"nonsense": 1}'},
            {"filter": '{"watchlist": ["x"]}'},
            {"filter": '{"limit": "x"}'},
            {"conId": AAPL, "startDate": "yesterday"},
            {"conId": AAPL, "startDate": "20260401", "endDate": "20260301"},
            {"conId": AAPL, "totalLimit": -1},
        ],
    )
    def test_what_is_wrong_is_refused(self, peer: FakePeer, values: dict[str, Any]) -> None:
        assert code_of(peer, "reqWshEventData", reqId=9, wshEventData=wanted(**values)) == 10283
        assert events(peer, 9, conId=AAPL)  # the id is still free

    def test_a_fund_has_no_events(self, peer: FakePeer) -> None:
        assert events(peer, conId=SPY) == []
