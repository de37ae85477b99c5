"""vars() of data objects: the names of the generation in use, in its order; the newest names stay
readable and are sent.
"""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from ibapi_port.commission_and_fees_report import CommissionAndFeesReport
from ibapi_port.common import BarData, HistogramData
from ibapi_port.compat import GENERATIONS, generation
from ibapi_port.compat.attributes import _SINCE
from ibapi_port.const import UNSET_DOUBLE
from ibapi_port.contract import Contract, ContractDetails
from ibapi_port.execution import Execution, ExecutionFilter
from ibapi_port.object_implem import Object
from ibapi_port.order import Order
from ibapi_port.order_cancel import OrderCancel
from ibapi_port.order_state import OrderState
from ibapi_port.protocol.select import codec_for
from ibapi_port.scanner import ScanData
from ibapi_port.wrapper import EWrapper

from .helpers import Line

# class, generation, some neighbours of vars() as the official class has them then
NEIGHBOURS: list[tuple[type[Object], str, str]] = [
    (BarData, "9.81", "close volume barCount average"),
    (BarData, "10.19", "close volume wap barCount"),
    (HistogramData, "9.81", "price count"),
    (HistogramData, "10.19", "price size"),
    (Contract, "9.81", "lastTradeDateOrContractMonth strike"),
    (Contract, "9.81", "secIdType secId comboLegsDescrip"),
    (Contract, "10.19", "secId description issuerId comboLegsDescrip"),
    (Contract, "10.30", "lastTradeDateOrContractMonth lastTradeDate strike"),
    (ContractDetails, "9.81", "contract marketName minTick"),
    (ContractDetails, "9.81", "evMultiplier mdSizeMultiplier aggGroup"),
    (ContractDetails, "10.19", "minSize sizeIncrement suggestedSizeIncrement"),
    (
        CommissionAndFeesReport,
        "10.30",
        "execId commission currency realizedPNL yield_ yieldRedemptionDate",
    ),
    (CommissionAndFeesReport, "10.37", "execId commissionAndFees currency"),
    (OrderState, "10.30", "commission minCommission maxCommission commissionCurrency warningText"),
    (OrderState, "10.37", "commissionAndFeesCurrency marginCurrency initMarginBeforeOutsideRTH"),
    (Order, "9.81", "softDollarTier orderId clientId"),
    (Order, "9.81", "faGroup faProfile faMethod"),
    (Order, "9.81", "discretionaryAmt eTradeOnly firmQuoteOnly nbboPriceCap optOutSmartRouting"),
    (Order, "10.19", "faGroup faProfile faMethod"),
    (Order, "10.30", "bondAccruedInterest externalUserId manualOrderIndicator"),
    (Order, "10.37", "bondAccruedInterest includeOvernight manualOrderIndicator submitter"),
    (OrderCancel, "10.30", "manualOrderCancelTime extOperator externalUserId manualOrderIndicator"),
    (Execution, "10.19", "modelCode lastLiquidity"),
    (Execution, "10.30", "lastLiquidity pendingPriceRevision"),
    (ExecutionFilter, "10.30", "exchange side"),
    (ExecutionFilter, "10.37", "side lastNDays specificDates"),
    (ScanData, "10.37", "projection legsStr"),
    (ScanData, "10.46", "legsStr marketName"),
]


@pytest.mark.parametrize(("cls", "gen", "names"), NEIGHBOURS)
def test_names_and_their_order(cls: type[Object], gen: str, names: str) -> None:
    generation(gen)
    shown, wanted = list(vars(cls())), names.split()
    place = shown.index(wanted[0])
    found = [
        name for name in shown[place:] if (cls, gen) != (ContractDetails, "9.81") or name in wanted
    ]
    assert found[: len(wanted)] == wanted
    if cls in (ExecutionFilter, Execution, ScanData):  # nothing comes after these
        assert shown[-1] == wanted[-1]


@pytest.mark.parametrize("gen", GENERATIONS)
@pytest.mark.parametrize("cls", dict.fromkeys(cls for _, cls, _ in _SINCE))
def test_every_newest_attribute_is_readable_and_writable(cls: type[Object], gen: str) -> None:
    generation(gen)
    made: Any = cls()
    names = [field.name for field in dataclasses.fields(cls)]
    for name in names:
        setattr(made, name, f"value of {name}")
    assert [getattr(made, name) for name in names] == [f"value of {name}" for name in names]
    assert list(vars(made)) == list(vars(cls()))
    assert made == made
    assert made != cls()


def test_a_copy_and_a_pickle_have_what_is_not_shown() -> None:
    generation("9.81")
    order = Order(includeOvernight=True, action="BUY")
    assert "includeOvernight" not in vars(order)
    for made in (copy.copy(order), copy.deepcopy(order), pickle.loads(pickle.dumps(order))):
        assert (made.includeOvernight, made.action) == (True, "BUY")
        made.includeOvernight = False
    assert order.includeOvernight is True


def test_objects_from_before_and_after() -> None:
    newest = BarData(wap=Decimal(5))
    details = ContractDetails(minAlgoSize=Decimal(3))
    generation("9.81")
    assert (newest.wap, newest.average, details.minAlgoSize) == (5, 5, 3)
    newest.average = 6.0
    assert newest.wap == 6.0
    details.minAlgoSize = Decimal(4)
    older = BarData(wap=Decimal(7))
    order = Order(duration=60)
    assert vars(older)["average"] == 7
    generation(None)
    assert (older.wap, order.duration, details.minAlgoSize) == (7, 60, 4)
    assert order.postToAts == Order().postToAts
    with pytest.raises(AttributeError, match="'BarData' object has no attribute 'nonsense'"):
        older.nonsense  # type: ignore[attr-defined]  # noqa: B018


def test_the_constructor() -> None:
    generation("9.81")
    made = BarData("d", 1.0, close=4.0, wap=Decimal(2))
    assert list(vars(made).values()) == ["d", 1.0, 0.0, 0.0, 4.0, 0, 0, 2]
    with pytest.raises(
        TypeError, match=r"BarData.__init__\(\) got an unexpected keyword argument 'nonsense'"
    ):
        BarData(nonsense=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="multiple values for argument 'date'"):
        BarData("d", date="e")  # type: ignore[misc]
    with pytest.raises(TypeError, match="takes 9 positional arguments but 10 were given"):
        BarData(*range(9))  # type: ignore[arg-type]


def test_mutable_defaults_are_of_each_object() -> None:
    generation("10.30")
    first, second = Order(), Order()
    assert first.conditions is not second.conditions
    assert first.softDollarTier is not second.softDollarTier


def test_the_report_of_a_fee_has_its_older_name() -> None:
    generation("10.30")
    report = CommissionAndFeesReport(execId="E")
    assert (type(report).__name__, type(report).__module__) == (
        "CommissionReport",
        "ibapi_port.commission_report",
    )
    assert pickle.loads(pickle.dumps(report)).execId == "E"
    generation(None)
    assert type(report).__name__ == "CommissionAndFeesReport"


def test_defaults_that_are_gone_and_others() -> None:
    generation("9.81")
    order: Any = Order()
    assert (order.eTradeOnly, order.firmQuoteOnly, order.nbboPriceCap, order.faProfile) == (
        True,
        True,
        UNSET_DOUBLE,
        "",
    )
    for gen, default in (("10.37", False), ("10.46", None)):
        generation(gen)
        assert Order().routeMarketableToBbo is default


@pytest.mark.parametrize("version", [187, 200, 225])
@pytest.mark.parametrize("gen", ["10.30", "10.37"])
def test_what_is_not_shown_is_sent_all_the_same(gen: str, version: int) -> None:
    def frame(make: Callable[[], Order]) -> bytes:
        contract = Contract(
            symbol="A", secType="STK", exchange="SMART", currency="USD", strike=UNSET_DOUBLE
        )
        return bytes(codec_for(version).encode_request("placeOrder", 1, contract, make()))

    def order() -> Order:
        return Order(
            action="BUY",
            orderType="LMT",
            totalQuantity=Decimal(1),
            lmtPrice=2.0,
            duration=7,
            postOnly=version > 200,
        )

    newest = frame(order)
    generation(gen)
    assert frame(order) == newest  # routeMarketableToBbo, False then, is not sent, as officially


@pytest.mark.parametrize("version", [187, 225])
def test_decoded_objects(version: int) -> None:
    got: list[Any] = []

    class App(EWrapper):
        def historicalDataUpdate(self, reqId: int, bar: Any) -> None:
            got.append(vars(bar))

        def commissionReport(self, commissionReport: Any) -> None:
            got.append(vars(commissionReport))

    generation("9.81")
    line = Line(App(), version)
    line.send(
        "historicalDataUpdate",
        reqId=1,
        bar=BarData(date="d", open=1.0, volume=Decimal(300), wap=Decimal("2.5"), barCount=3),
    )
    line.send(
        "commissionAndFeesReport",
        commissionAndFeesReport=CommissionAndFeesReport(execId="E", commissionAndFees=1.25),
    )
    assert list(got[0]) == ["date", "open", "high", "low", "close", "volume", "barCount", "average"]
    assert (got[0]["volume"], got[0]["average"], got[0]["barCount"]) == (300, 2.5, 3)
    assert got[1]["commission"] == 1.25
    assert "commissionAndFees" not in got[1]


@pytest.mark.parametrize("gen", GENERATIONS)
def test_dataclasses_see_the_newest_names(gen: str) -> None:
    """Whatever generation is in use, `fields`, `asdict` and `replace` speak of the newest one's
    attributes.
    """
    newest = [field.name for field in dataclasses.fields(BarData)]
    generation(gen)
    bar = BarData(date="d", wap=Decimal(2))
    assert [field.name for field in dataclasses.fields(BarData)] == newest
    assert list(dataclasses.asdict(bar)) == newest
    assert dataclasses.asdict(bar)["wap"] == 2
    other = dataclasses.replace(bar, wap=Decimal(3))
    assert (other.wap, other.date, list(vars(other))) == (3, "d", list(vars(bar)))
    order = dataclasses.replace(Order(duration=60), action="BUY")
    assert (order.duration, order.action) == (60, "BUY")
    assert dataclasses.asdict(order)["duration"] == 60
    assert dataclasses.asdict(Contract())["comboLegs"] == Contract().comboLegs


def test_a_changed_default_of_a_list_comes_back_as_lists_of_their_own() -> None:
    generation("10.19")
    assert Contract().comboLegs is None
    assert Contract(symbol="A").comboLegs is None
    generation(None)
    assert Contract().comboLegs == Contract(symbol="A").comboLegs == []
    assert Contract().comboLegs is not Contract().comboLegs
    assert repr(Contract()) == "Contract()"
