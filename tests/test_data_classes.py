"""The public data classes: construction, comparison, how they print, and that they stay plain
Python objects.
"""

import copy
import dataclasses
import importlib
import inspect
import json
import logging
import pickle
import subprocess
import sys
from decimal import Decimal

import pytest

from ibapi_port.account_summary_tags import AccountSummaryTags
from ibapi_port.commission_and_fees_report import CommissionAndFeesReport
from ibapi_port.commission_report import CommissionReport
from ibapi_port.common import (
    BarData,
    DepthMktDataDescription,
    FaDataTypeEnum,
    HistoricalTickLast,
    LiquiditiesEnum,
    RealTimeBar,
    TagValueList,
    TickAttrib,
    TickAttribLast,
    WshEventData,
)
from ibapi_port.const import UNSET_DECIMAL, UNSET_DOUBLE, UNSET_INTEGER
from ibapi_port.contract import (
    ComboLeg,
    Contract,
    ContractDescription,
    ContractDetails,
    DeltaNeutralContract,
    FundAssetType,
)
from ibapi_port.enum_implem import Enum
from ibapi_port.execution import Execution, ExecutionFilter, OptionExerciseType
from ibapi_port.ineligibility_reason import IneligibilityReason
from ibapi_port.message import IN, OUT
from ibapi_port.object_implem import Object
from ibapi_port.order import COMPETE_AGAINST_BEST_OFFSET_UP_TO_MID, Order, OrderComboLeg
from ibapi_port.order_condition import (
    ContractCondition,
    Create,
    ExecutionCondition,
    MarginCondition,
    OperatorCondition,
    OrderCondition,
    PercentChangeCondition,
    PriceCondition,
    TimeCondition,
    VolumeCondition,
)
from ibapi_port.order_state import OrderAllocation, OrderState
from ibapi_port.scanner import ScanData, ScannerSubscription
from ibapi_port.softdollartier import SoftDollarTier
from ibapi_port.tag_value import Missing, TagValue
from ibapi_port.ticktype import TickTypeEnum

MODULES = [
    "account_summary_tags",
    "comm",
    "commission_and_fees_report",
    "commission_report",
    "common",
    "const",
    "contract",
    "enum_implem",
    "errors",
    "execution",
    "ineligibility_reason",
    "message",
    "news",
    "object_implem",
    "order",
    "order_cancel",
    "order_condition",
    "order_state",
    "scanner",
    "server_versions",
    "softdollartier",
    "tag_value",
    "ticktype",
    "utils",
    "wrapper",
]


def data_classes() -> list[type[Object]]:
    found = set()
    for name in MODULES:
        for member in vars(importlib.import_module(f"ibapi_port.{name}")).values():
            if inspect.isclass(member) and issubclass(member, Object) and member is not Object:
                found.add(member)
    return sorted(found, key=lambda cls: cls.__name__)


def new(cls: type[Object]) -> Object:
    return cls(1) if cls is OrderCondition else cls()


@pytest.mark.parametrize("name", MODULES)
def test_all_lists_what_a_module_offers(name: str) -> None:
    module = importlib.import_module(f"ibapi_port.{name}")
    assert len(set(module.__all__)) == len(module.__all__)
    assert [n for n in module.__all__ if not hasattr(module, n)] == []


def test_the_walk_over_the_classes_finds_them() -> None:
    assert len(data_classes()) == 43


@pytest.mark.parametrize("cls", data_classes())
class TestEveryClass:
    def test_new_objects_are_equal_and_share_nothing_mutable(self, cls: type[Object]) -> None:
        a, b = new(cls), new(cls)
        assert a == b
        for name, value in vars(a).items():
            if isinstance(value, list | Object):
                assert value is not getattr(b, name)

    def test_a_difference_in_any_field_counts(self, cls: type[Object]) -> None:
        for name in vars(new(cls)):
            changed = new(cls)
            setattr(changed, name, "something else")
            assert changed != new(cls), name

    def test_hash_is_of_the_object(self, cls: type[Object]) -> None:
        a, b = new(cls), new(cls)
        assert len({a, b}) == 2
        kept = {a: "a"}
        name = next(iter(vars(a)))
        setattr(a, name, "changed")
        assert kept[a] == "a"

    def test_is_plain(self, cls: type[Object]) -> None:
        a = new(cls)
        a.note = "of the program"  # type: ignore[attr-defined]
        assert vars(a)["note"] == "of the program"
        assert a == new(cls), "what a program adds does not count"

    def test_no_field_is_left_in_the_class(self, cls: type[Object]) -> None:
        assert [name for name in vars(new(cls)) if hasattr(cls, name)] == []

    def test_copies(self, cls: type[Object]) -> None:
        a = new(cls)
        a.note = ["mine"]  # type: ignore[attr-defined]
        for other in (copy.copy(a), copy.deepcopy(a), pickle.loads(pickle.dumps(a))):
            assert other == a
            assert vars(other) == vars(a)
            assert type(other) is cls
        assert copy.deepcopy(a).note is not a.note  # type: ignore[attr-defined]

    def test_prints(self, cls: type[Object]) -> None:
        a = new(cls)
        assert repr(a).startswith(f"{cls.__name__}(")
        if cls not in (OperatorCondition, ContractCondition):  # they have no threshold to show
            assert isinstance(str(a), str)


# ---- construction


def test_keywords() -> None:
    contract = Contract(symbol="AAPL", secType="STK", conId=265598)
    assert (contract.symbol, contract.secType, contract.conId, contract.currency) == (
        "AAPL",
        "STK",
        265598,
        "",
    )
    bar = BarData(open=1.5, volume=Decimal(3))
    assert (bar.open, bar.volume, bar.close) == (1.5, Decimal(3), 0.0)


def test_keywords_of_the_large_classes() -> None:
    order = Order(action="BUY", totalQuantity=Decimal(100), orderType="LMT", lmtPrice=1.25)
    assert (order.action, order.lmtPrice, order.transmit, order.auxPrice) == (
        "BUY",
        1.25,
        True,
        UNSET_DOUBLE,
    )
    assert order.softDollarTier == SoftDollarTier()
    assert set(vars(order)) == set(vars(Order()))
    assert ContractDetails(minTick=0.5).contract == Contract()


@pytest.mark.parametrize("cls", [Contract, Order, ContractDetails, TagValue])
def test_an_unknown_keyword_is_refused(cls: type[Object]) -> None:
    with pytest.raises(TypeError, match="symbl"):
        cls(symbl="AAPL")  # type: ignore[call-arg]


def test_positions() -> None:
    assert TagValue("a", "b") == TagValue(tag="a", value="b")
    assert SoftDollarTier("n", "v", "d") == SoftDollarTier(name="n", val="v", displayName="d")
    assert IneligibilityReason("1", "x") == IneligibilityReason(id_="1", description="x")
    bar = RealTimeBar(1, 2, 3.0, 4.0, 5.0, 6.0, Decimal(7), Decimal(8), 9)
    assert (bar.time, bar.endTime, bar.open_, bar.close, bar.count) == (1, 2, 3.0, 6.0, 9)
    row = ScanData(Contract(), 1, "d", "b", "p", "l", "m")
    assert (row.rank, row.legsStr, row.marketName) == (1, "l", "m")


def test_options_become_text() -> None:
    assert (TagValue().tag, TagValue().value) == ("None", "None")
    assert TagValue(1, 2.5) == TagValue("1", "2.5")
    assert (IneligibilityReason().id_, IneligibilityReason(3).id_) == ("None", "3")


def test_subclasses_of_programs() -> None:
    class MyContract(Contract):
        def __init__(self, symbol: str) -> None:
            super().__init__(symbol=symbol, secType="STK")
            self.mine = 1

    mine = MyContract("IBM")
    assert mine == MyContract("IBM")
    assert mine != Contract(symbol="IBM", secType="STK"), "another class is another thing"
    assert repr(mine) == "MyContract(symbol='IBM', secType='STK')"


def test_signature_is_readable() -> None:
    parameters = inspect.signature(Order).parameters
    assert list(parameters)[:4] == ["softDollarTier", "orderId", "clientId", "permId"]
    assert parameters["lmtPrice"].default == UNSET_DOUBLE


def test_some_defaults() -> None:
    order = Order()
    assert (order.totalQuantity, order.minQty, order.transmit, order.exemptCode) == (
        UNSET_DECIMAL,
        UNSET_INTEGER,
        True,
        -1,
    )
    assert (order.algoParams, order.conditions, order.usePriceMgmtAlgo) == (None, [], None)
    assert float("inf") == COMPETE_AGAINST_BEST_OFFSET_UP_TO_MID
    assert (Contract().strike, Contract().comboLegs, ComboLeg().exemptCode) == (
        UNSET_DOUBLE,
        [],
        -1,
    )
    assert (Execution().shares, Execution().optExerciseOrLapseType) == (
        UNSET_DECIMAL,
        OptionExerciseType.NoneItem,
    )
    assert (ExecutionFilter().lastNDays, ExecutionFilter().specificDates) == (UNSET_INTEGER, None)
    assert ScannerSubscription().numberOfRows == -1
    assert PercentChangeCondition().changePercent == UNSET_DOUBLE
    assert CommissionReport is CommissionAndFeesReport


# ---- how they print


def test_repr_shows_what_was_set() -> None:
    assert repr(Contract(conId=265598, symbol="AAPL")) == "Contract(conId=265598, symbol='AAPL')"
    assert repr(Contract()) == "Contract()"
    assert repr(Order(totalQuantity=Decimal("1.5"))) == "Order(totalQuantity=Decimal('1.5'))"
    assert repr(TickAttrib(pastLimit=True)) == "TickAttrib(pastLimit=True)"
    assert (
        repr(Contract(comboLegs=[ComboLeg(conId=1)])) == "Contract(comboLegs=[ComboLeg(conId=1)])"
    )
    assert (
        repr(PriceCondition(2, 1, "SMART", True, 3.5))
        == "PriceCondition(isMore=True, conId=1, exchange='SMART', price=3.5, triggerMethod=2)"
    )


# Made by the official client 10.46 from the same objects.
OFFICIAL_TEXTS = [
    (TagValue("strategy", "x"), "strategy=x;"),
    (IneligibilityReason("1", "closed"), "[id: 1, description: closed];"),
    (SoftDollarTier("a", "b", "c"), "Name: a, Value: b, DisplayName: c"),
    (TickAttrib(canAutoExecute=True), "CanAutoExecute: 1, PastLimit: 0, PreOpen: 0"),
    (
        BarData(
            date="20250131",
            open=1.5,
            high=2.0,
            low=1e-8,
            close=100.0,
            volume=Decimal("1E+3"),
            barCount=7,
        ),
        "Date: 20250131, Open: 1.5, High: 2, Low: 0.00000001, Close: 100, Volume: 1000, WAP: , BarCount: 7",
    ),
    (
        DepthMktDataDescription(exchange="X"),
        "Exchange: X, SecType: , ListingExchange: , ServiceDataType: , AggGroup: , ",
    ),
    (
        HistoricalTickLast(
            time=5,
            tickAttribLast=TickAttribLast(unreported=True),
            price=0.25,
            size=Decimal(3),
            exchange="Q",
        ),
        "Time: 5, TickAttribLast: PastLimit: 0, Unreported: 1, Price: 0.25, Size: 3, Exchange: Q, SpecialConditions: ",
    ),
    (
        WshEventData(),
        "WshEventData. ConId: , Filter: , Fill Watchlist: 0, Fill Portfolio: 0, Fill Competitors: 0",
    ),
    (
        Contract(
            conId=1,
            symbol="A",
            secType="BAG",
            strike=12.5,
            exchange="SMART",
            comboLegsDescrip="legs",
            comboLegs=[ComboLeg(conId=8, ratio=1, action="BUY", exchange="CME")],
            deltaNeutralContract=DeltaNeutralContract(conId=9, delta=0.5, price=2.0),
        ),
        "ConId: 1, Symbol: A, SecType: BAG, LastTradeDateOrContractMonth: , Strike: 12.5, Right: , Multiplier: , Exchange: SMART, "
        "PrimaryExchange: , Currency: , LocalSymbol: , TradingClass: , IncludeExpired: False, SecIdType: , SecId: , Description: , "
        "IssuerId: Combo:legs;8,1,BUY,CME,0,0,,-1;9,0.5,2",
    ),
    (ContractDescription(), "Object"),
    (ExecutionFilter(), "Object"),
    (
        Order(
            orderId=3,
            clientId=1,
            permId=99,
            action="BUY",
            totalQuantity=Decimal(10),
            orderType="LMT",
            lmtPrice=1.1,
            tif="DAY",
            orderComboLegs=[OrderComboLeg(price=1.0), OrderComboLeg()],
            conditions=[TimeCondition(True, "20250131 10:00:00")],
        ),
        "3,1,99: LMT BUY 10@1.1 DAY CMB(1,,) COND(time is  >=  20250131 10:00:00 ,)",
    ),
    (
        OrderAllocation(account="DU1", position=Decimal(5)),
        "Account: DU1, Position: 5, PositionDesired: , PositionAfter: , DesiredAllocQty: , AllowedAllocQty: , IsMonetary: False",
    ),
    (
        CommissionAndFeesReport(
            execId="1", commissionAndFees=1.25, currency="USD", realizedPNL=UNSET_DOUBLE
        ),
        "ExecId: 1, CommissionAndFees: 1.25, Currency: USD, RealizedPnL: , Yield: 0, YieldRedemptionDate: 0",
    ),
    (
        ScanData(Contract(symbol="A", secType="STK", currency="USD"), 2, "d", "b", "p", "l", "m"),
        "Rank: 2, Symbol: A, SecType: STK, Currency: USD, Distance: d, Benchmark: b, Projection: p, Legs String: l, MarketName: m",
    ),
    (OrderCondition(1), "<AND>"),
    (
        ExecutionCondition("STK", "SMART", "IBM"),
        "trade occurs for IBM symbol on SMART exchange for STK security type",
    ),
    (MarginCondition(False, 30), "the margin cushion percent  <=  30 "),
    (PriceCondition(2, 1, "SMART", True, 3.5), "Last price of 1 on SMART is  >=  3.5  "),
    (PercentChangeCondition(1, "SMART", False, 2.5), "percent change of 1 on SMART is  <=  2.5  "),
    (VolumeCondition(1, "SMART", True, 500), "volume of 1 on SMART is  >=  500  "),
]


@pytest.mark.parametrize(("made", "text"), OFFICIAL_TEXTS, ids=lambda value: type(value).__name__)
def test_str_is_the_official_text(made: Object, text: str) -> None:
    assert str(made) == text


def test_str_of_execution_names_the_exercise() -> None:
    assert str(Execution(optExerciseOrLapseType=OptionExerciseType.Assigned)).endswith(
        "OptExerciseOrLapseType: Assigned "
    )


def test_str_of_order_state_lists_allocations() -> None:
    state = OrderState(
        status="Filled", commissionAndFees=1.5, orderAllocations=[OrderAllocation(account="DU1")]
    )
    assert str(state).startswith("Status: Filled, InitMarginBefore: , ")
    assert ", CommissionAndFees: 1.5, MinCommissionAndFees: , " in str(state)
    assert str(state).endswith(f" OrderAllocations({state.orderAllocations[0]}; )")  # type: ignore[index]
    assert "OrderAllocations" not in str(OrderState())


def test_str_of_contract_details() -> None:
    text = str(
        ContractDetails(
            contract=Contract(symbol="A"), minTick=0.01, longName="Acme", minSize=Decimal(1)
        )
    )
    assert text.startswith(f"{Contract(symbol='A')},,0.01,,,0,0,Acme,")
    assert ",,False,False,0,False,,,,,False,,1,,,,,,None,,," in text


def test_a_row_without_contract_prints() -> None:
    assert str(ScanData()).startswith("Rank: 0, Symbol: , SecType: ")


# ---- conditions


def test_conditions_by_kind() -> None:
    made = {kind: Create(kind) for kind in (1, 3, 4, 5, 6, 7)}
    assert [type(c) for c in made.values()] == [
        PriceCondition,
        TimeCondition,
        MarginCondition,
        ExecutionCondition,
        VolumeCondition,
        PercentChangeCondition,
    ]
    assert all(c is not None and c.type() == kind for kind, c in made.items())
    assert Create(2) is None


def test_conditions_are_joined() -> None:
    condition = PriceCondition()
    assert condition.isConjunctionConnection
    assert condition.Or() is condition
    assert (condition.isConjunctionConnection, OrderCondition.__str__(condition)) == (False, "<OR>")
    assert condition.And() is condition
    assert condition.isConjunctionConnection


@pytest.mark.parametrize(
    ("condition", "text", "attribute", "value"),
    [
        (MarginCondition(), "12.5", "percent", 12.5),
        (TimeCondition(), "20250131 10:00:00", "time", "20250131 10:00:00"),
        (PriceCondition(), "1.5", "price", 1.5),
        (PercentChangeCondition(), "2.5", "changePercent", 2.5),
        (VolumeCondition(), "700", "volume", 700),
    ],
)
def test_thresholds(condition: OperatorCondition, text: str, attribute: str, value: object) -> None:
    condition.setValueFromString(text)
    assert getattr(condition, attribute) == value
    assert condition.valueToString() == text


@pytest.mark.parametrize("condition", [OperatorCondition(), ContractCondition()])
def test_abstract_conditions_have_no_threshold(condition: OperatorCondition) -> None:
    with pytest.raises(NotImplementedError):
        condition.valueToString()
    with pytest.raises(NotImplementedError):
        condition.setValueFromString("1")


def test_constructors_of_conditions() -> None:
    assert PriceCondition(4, 1, "X", True, 2.0) == PriceCondition(
        triggerMethod=4, conId=1, exch="X", isMore=True, price=2.0
    )
    assert vars(ContractCondition(6, 1, "X", True)) == {
        "condType": 6,
        "isConjunctionConnection": True,
        "isMore": True,
        "conId": 1,
        "exchange": "X",
    }
    assert ExecutionCondition(secType="STK", exch="X", symbol="A").exchange == "X"
    assert PriceCondition.TriggerMethodEnum.MidPoint == 8


# ---- names and numbers


def test_enum() -> None:
    e = Enum("A", "B", "N/A")
    assert (e.A, e.B, e.toStr(1), e.toStr(9), e.to_str(0)) == (0, 1, "B", "NOTFOUND", "A")
    assert e.idx2name == {0: "A", 1: "B", 2: "N/A"}
    assert (TickTypeEnum.BID, TickTypeEnum.NOT_SET, TickTypeEnum.toStr(111)) == (1, 111, "NOT_SET")
    assert (FaDataTypeEnum.GROUPS, FaDataTypeEnum.ALIASES, LiquiditiesEnum.toStr(1)) == (
        1,
        3,
        "Added",
    )
    assert (FaDataTypeEnum.PROFILES, FaDataTypeEnum.toStr(2)) == (2, "N/A")


def test_value_enums() -> None:
    assert FundAssetType.Others.value == ("000", "Others")
    assert OptionExerciseType.Lapse.value == (2, "Lapse")


def test_names_of_lists_are_types() -> None:
    assert TagValueList() == []
    assert isinstance([], TagValueList)  # type: ignore[misc]


def test_message_numbers_of_older_generations() -> None:
    assert IN.COMMISSION_REPORT == IN.COMMISSION_AND_FEES_REPORT == 59


def test_message_numbers_are_numbers_and_have_names() -> None:
    """As programs of every generation use them: sent as text, as keys, counted with, and since
    10.51 looked up.
    """
    assert (str(OUT.REQ_IDS), f"{OUT.REQ_IDS}", format(OUT.REQ_IDS, "d"), f"{OUT.REQ_IDS:03}") == (
        "8",
        "8",
        "8",
        "008",
    )
    assert (OUT.REQ_IDS + 200, {8: "eight"}[OUT.REQ_IDS], json.dumps([OUT.REQ_IDS])) == (
        208,
        "eight",
        "[8]",
    )
    assert (IN(59).name, OUT["REQ_IDS"], repr(IN.TICK_PRICE)) == (
        "COMMISSION_AND_FEES_REPORT",
        8,
        "<IN.TICK_PRICE: 1>",
    )
    assert all(isinstance(number, int) for number in (*IN, *OUT))
    assert (IN.FUNDAMENTAL_DATA, OUT.REQ_FUNDAMENTAL_DATA) == (
        51,
        52,
    )  # gone in 10.51, and still served


def test_all_account_summary_tags() -> None:
    tags = AccountSummaryTags.AllTags.split(",")
    assert (len(tags), tags[0], tags[-1]) == (29, "AccountType", "Leverage")
    assert all(getattr(AccountSummaryTags, tag) == tag for tag in tags)


def test_no_handler_on_our_loggers() -> None:
    for name in MODULES:
        importlib.import_module(f"ibapi_port.{name}")
    ours = [
        logging.getLogger(name)
        for name in logging.root.manager.loggerDict
        if name.split(".")[0] == "ibapi_port"
    ]
    assert len(ours) >= 2
    assert [logger.name for logger in ours if logger.handlers] == []


# ---- standard dataclasses


@pytest.mark.parametrize("cls", data_classes())
class TestDataclass:
    def test_fields_are_the_attributes(self, cls: type[Object]) -> None:
        a = new(cls)
        assert dataclasses.is_dataclass(cls)
        assert dataclasses.is_dataclass(a)
        assert {field.name for field in dataclasses.fields(cls)} == set(vars(a))
        if cls.__init__.__code__.co_argcount > 1 and not issubclass(cls, OrderCondition):
            assert list(inspect.signature(cls).parameters) == [
                field.name for field in dataclasses.fields(cls)
            ]

    def test_asdict(self, cls: type[Object]) -> None:
        a = new(cls)
        made = dataclasses.asdict(a)
        assert list(made) == [field.name for field in dataclasses.fields(cls)]
        for name, value in vars(a).items():
            assert made[name] == (dataclasses.asdict(value) if isinstance(value, Object) else value)

    def test_replace(self, cls: type[Object]) -> None:
        a = new(cls)
        for name in vars(a):
            setattr(a, name, f"{name} of it")
        same = dataclasses.replace(a)
        assert same == a
        assert same is not a
        for name in vars(a):
            changed = dataclasses.replace(a, **{name: "another"})
            assert getattr(changed, name) == "another"
            assert changed != a
            setattr(changed, name, getattr(a, name))
            assert changed == a, name


def test_a_tag_without_a_value_stays_so_in_a_copy() -> None:
    """`Missing` looks like the text "None", and is never sent."""
    for made in (
        dataclasses.replace(TagValue("a")),
        TagValue(**dataclasses.asdict(TagValue("a"))),
        copy.deepcopy(TagValue("a")),
    ):
        assert (type(made.tag), type(made.value)) == (str, Missing)


def test_asdict_goes_into_objects_and_lists() -> None:
    made = dataclasses.asdict(
        Contract(comboLegs=[ComboLeg(conId=8)], deltaNeutralContract=DeltaNeutralContract(conId=9))
    )
    assert (made["comboLegs"][0]["conId"], made["deltaNeutralContract"]["conId"]) == (8, 9)
    order = Order(
        algoParams=[TagValue("a", "b")], conditions=[PriceCondition(4, 1, "X", True, 2.0)]
    )
    made = dataclasses.asdict(order)
    assert made["algoParams"] == [{"tag": "a", "value": "b"}]
    assert (made["conditions"][0]["condType"], made["conditions"][0]["exchange"]) == (1, "X")
    made["algoParams"].append("of the copy")
    assert len(order.algoParams or ()) == 1


def test_a_condition_that_was_replaced_is_joined_as_before() -> None:
    condition = PriceCondition(4, 1, "X", True, 2.0).Or()
    other = dataclasses.replace(condition, price=3.0)
    assert vars(other) == {**vars(condition), "price": 3.0}
    assert str(inspect.signature(PriceCondition)).startswith(
        "(triggerMethod: 'int | None' = None, conId"
    )
    with pytest.raises(TypeError, match="pric"):
        PriceCondition(pric=3.0)  # type: ignore[call-arg]


def test_dataclasses_of_programs() -> None:
    @dataclasses.dataclass
    class Tagged(BarData):
        source: str = "TWS"

    bar = Tagged(date="20250131", source="file")
    assert (bar.date, bar.barCount, bar.source) == ("20250131", 0, "file")
    assert dataclasses.asdict(bar)["source"] == "file"
    assert bar == Tagged(date="20250131", source="file")

    class Late(Contract):
        def __init__(self) -> None:  # as programs do that fill the attributes on their own
            self.symbol = "IBM"

    assert vars(Late()) == {"symbol": "IBM"}
    assert len({Late(), Late()}) == 2


@pytest.mark.parametrize("cls", [Contract, Order])
def test_the_first_objects_of_many_threads(cls: type[Object]) -> None:
    """They all get the same constructor, the one whose defaults a generation changes."""
    code = f"from {cls.__module__} import {cls.__name__} as C\n" + FIRST_OBJECTS
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=30
    )
    assert (done.returncode, done.stdout) == (0, "8 1\n"), done.stderr


FIRST_OBJECTS = """
import threading
from ibapi_port import _value_class
made, constructors = [], set()
standard = _value_class._standard_constructor
def slowly(cls):
    if cls is C:
        start.wait()  # all are compiling now
    return standard(cls)
_value_class._standard_constructor = slowly
start = threading.Barrier(8)
def make():
    made.append(C(action="BUY") if C.__name__ == "Order" else C(symbol="A"))
    constructors.add(_value_class.constructor(C))
threads = [threading.Thread(target=make) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert all(one == made[0] for one in made)
print(len(made), len(constructors))
"""
