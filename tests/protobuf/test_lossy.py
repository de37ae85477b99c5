"""Where this wire cannot tell two values apart, and what IB's client does not read: what becomes of
it. (The mirror tests leave it out.)
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from protocol.helpers import delivered

from ibapi_port.const import UNSET_DECIMAL, UNSET_DOUBLE, UNSET_INTEGER
from ibapi_port.contract import ComboLeg, Contract, ContractDetails, FundAssetType
from ibapi_port.execution import Execution
from ibapi_port.order import Order, OrderComboLeg
from ibapi_port.order_condition import TimeCondition
from ibapi_port.order_state import OrderState
from ibapi_port.protocol.protobuf.classes import message_class
from ibapi_port.protocol.protobuf.objects import OBJECT_MAPPINGS
from ibapi_port.protocol.schema.field_types import UNSET_DECIMAL_TEXTS
from ibapi_port.protocol.select import codec_for
from ibapi_port.tag_value import TagValue

from .helpers import LAST

UNREAD: dict[str, dict[str, Any]] = {
    "Contract": {"includeExpired": True, "secIdType": "ISIN", "secId": "US0378331005"},
    "Order": {
        "transmit": False, "scaleTable": "x", "algoId": "x",
        "overridePercentageConstraints": True, "advancedErrorOverride": "8229",
        "manualOrderTime": "x", "mifid2DecisionMaker": "x", "mifid2DecisionAlgo": "x",
        "mifid2ExecutionTrader": "x",
        "mifid2ExecutionAlgo": "x", "orderMiscOptions": [TagValue("a", "b")],
    },
}  # fmt: skip


def opened(
    contract: Contract | None = None, order: Order | None = None, state: OrderState | None = None
) -> tuple[Contract, Order, OrderState]:
    """What the client is told of an order."""
    values = {
        "orderId": 1,
        "contract": contract or Contract(),
        "order": order or Order(),
        "orderState": state or OrderState(),
    }
    ((_, (_, *got)),) = delivered(LAST, codec_for(LAST).encode_message("openOrder", **values)[4:])
    return tuple(got)  # type: ignore[return-value]


def asked(order: Order, contract: Contract | None = None) -> dict[str, Any]:
    """What the simulated TWS is asked."""
    return (
        codec_for(LAST)
        .decode_request(
            codec_for(LAST).encode_request("placeOrder", 1, contract or Contract(), order)[4:]
        )
        .values
    )


def test_what_is_not_read_is_declared() -> None:
    assert {
        mapping.message: set(mapping.ignored) for mapping in OBJECT_MAPPINGS if mapping.ignored
    } == {name: set(values) for name, values in UNREAD.items()}


@pytest.mark.parametrize(
    ("owner", "name", "value"),
    [(owner, *item) for owner, values in UNREAD.items() for item in values.items()],
)
def test_what_ibs_client_does_not_read(owner: str, name: str, value: Any) -> None:
    """It is on the wire, both ways; the simulated TWS reads it, the client leaves its attribute
    alone.
    """
    made: Any = Contract() if owner == "Contract" else Order()
    default = getattr(made, name)
    setattr(made, name, value)
    contract, order = (made, Order()) if owner == "Contract" else (Contract(), made)
    values = {"orderId": 1, "contract": contract, "order": order, "orderState": OrderState()}
    sent = message_class("OpenOrder").FromString(
        codec_for(LAST).encode_message("openOrder", **values)[8:]
    )
    part = sent.contract if owner == "Contract" else sent.order
    if name != "transmit":
        assert name in {described.name for described, _ in part.ListFields()}
    told = opened(contract, order)[owner == "Order"]
    assert getattr(told, name) == default
    assert getattr(asked(order, contract)[owner.lower()], name) == value


@pytest.mark.parametrize(
    "name",
    [
        "orderId",
        "autoCancelDate",
        "filledQuantity",
        "refFuturesConId",
        "shareholder",
        "parentPermId",
    ],
)
def test_what_a_client_does_not_tell(name: str) -> None:
    value: Any = (
        Decimal(5)
        if name == "filledQuantity"
        else "x"
        if name in ("autoCancelDate", "shareholder")
        else 5
    )
    order = Order(**{name: value})
    assert getattr(asked(order)["order"], name) == getattr(Order(), name)
    assert getattr(opened(order=order)[1], name) == (value if name != "orderId" else 1)


@pytest.mark.parametrize(
    ("values", "got"),
    [
        ({"parentId": UNSET_INTEGER}, {"parentId": 0}),
        ({"minQty": UNSET_INTEGER}, {"minQty": UNSET_INTEGER}),
        ({"discretionaryAmt": UNSET_DOUBLE}, {"discretionaryAmt": 0}),
        ({"lmtPrice": UNSET_DOUBLE}, {"lmtPrice": UNSET_DOUBLE}),
        ({"totalQuantity": UNSET_DECIMAL}, {"totalQuantity": UNSET_DECIMAL}),
        ({"permId": UNSET_INTEGER}, {"permId": 0}),
        ({"exemptCode": UNSET_INTEGER}, {"exemptCode": -1}),
    ],
)
def test_an_unset_value_arrives_as_the_default(values: dict[str, Any], got: dict[str, Any]) -> None:
    for order in (opened(order=Order(**values))[1], asked(Order(**values))["order"]):
        assert {name: getattr(order, name) for name in got} == got


@pytest.mark.parametrize("text", sorted(UNSET_DECIMAL_TEXTS - {"", "1.7976931348623157E308"}))
def test_sizes_of_objects_that_arrive_as_unset(text: str) -> None:
    assert opened(order=Order(totalQuantity=Decimal(text)))[1].totalQuantity == UNSET_DECIMAL


def test_flags_that_are_numbers_arrive_as_numbers() -> None:
    for value in (False, True):
        order = Order(
            usePriceMgmtAlgo=value, seekPriceImprovement=value, routeMarketableToBbo=value
        )
        for got in (opened(order=order)[1], asked(order)["order"]):
            assert (got.usePriceMgmtAlgo, got.seekPriceImprovement, got.routeMarketableToBbo) == (
                value,
                value,
                value,
            )
    none = opened()[1]
    assert (none.usePriceMgmtAlgo, none.seekPriceImprovement, none.routeMarketableToBbo) == (
        None,
        None,
        None,
    )


@pytest.mark.parametrize("value", [False, True])
def test_conditions_in_overnight_hours(value: bool) -> None:
    order = Order(
        conditions=[TimeCondition(True, "20270101 12:00:00 US/Eastern")],
        conditionsIncludeOvernight=value,
    )
    for got in (opened(order=order)[1], asked(order)["order"]):
        assert got.conditionsIncludeOvernight is value


def test_the_settlement_method_of_a_contract() -> None:
    for name in ("contractDetails", "bondContractDetails"):
        frame = codec_for(LAST).encode_message(
            name, reqId=1, contractDetails=ContractDetails(settlementMethod="CASH")
        )
        assert delivered(LAST, frame[4:])[0][1][1].settlementMethod == "CASH"


def test_an_order_without_transmit() -> None:
    """A flag that is not set is not sent, and on an order this one is on by default: the simulated
    TWS is not taken in.
    """
    assert asked(Order(transmit=False))["order"].transmit is False
    assert asked(Order())["order"].transmit is True


@pytest.mark.parametrize(
    ("sent", "got"),
    [("100", "100"), ("100.0", "100"), ("0.010", "0.01"), ("", ""), ("0.000000001", "0")],
)
def test_a_multiplier_is_a_number_on_the_wire(sent: str, got: str) -> None:
    assert opened(Contract(multiplier=sent))[0].multiplier == got


@pytest.mark.parametrize(
    ("sent", "got"), [("12.50", "12.5"), ("", ""), ("1.7976931348623157E308", "")]
)
def test_margins_are_numbers_on_the_wire(sent: str, got: str) -> None:
    assert opened(state=OrderState(initMarginAfter=sent))[2].initMarginAfter == got


def test_prices_of_legs_without_legs() -> None:
    order = Order(orderComboLegs=[OrderComboLeg(price=1.5), OrderComboLeg()])
    assert opened(order=order)[1].orderComboLegs is None
    contract = Contract(
        secType="BAG", comboLegs=[ComboLeg(conId=1), ComboLeg(conId=2), ComboLeg(conId=3)]
    )
    want = [1.5, UNSET_DOUBLE, UNSET_DOUBLE]
    assert [leg.price for leg in opened(contract, order)[1].orderComboLegs or ()] == want
    assert [leg.price for leg in asked(order, contract)["order"].orderComboLegs] == want


def test_what_depends_on_another_part_of_the_order() -> None:
    got = opened(order=Order(algoParams=[TagValue("a", "b")], hedgeParam="x", hedgeMaxSize=5))[1]
    assert (got.algoParams, got.hedgeParam, got.hedgeMaxSize) == (None, "", UNSET_INTEGER)
    got = opened(order=Order(algoStrategy="Vwap", hedgeType="D", hedgeMaxSize=5))[1]
    assert (got.algoParams, got.hedgeMaxSize, got.smartComboRoutingParams) == ([], 5, [])


def test_an_empty_text_of_a_condition() -> None:
    (condition,) = opened(order=Order(conditions=[TimeCondition(True, "")]))[1].conditions
    assert condition.time is None  # type: ignore[attr-defined]


def test_fund_asset_type_000_arrives_as_none() -> None:
    values = {"reqId": 1, "contractDetails": ContractDetails(fundAssetType=FundAssetType.Others)}
    frame = codec_for(LAST).encode_message("contractDetails", **values)
    assert (
        message_class("ContractData").FromString(frame[8:]).contractDetails.fundAssetType == "000"
    )
    assert delivered(LAST, frame[4:])[0][1][1].fundAssetType is FundAssetType.NoneItem


def test_liquidation_is_a_flag() -> None:
    values = {"reqId": 1, "contract": Contract(), "execution": Execution(liquidation=2)}
    assert (
        delivered(LAST, codec_for(LAST).encode_message("execDetails", **values)[4:])[0][1][
            2
        ].liquidation
        == 1
    )


def test_numbers_that_say_not_computed_arrive_as_none() -> None:
    marks = {
        "impliedVol": -0.5,
        "delta": -2.0,
        "optPrice": -1.0,
        "pvDividend": -1.0,
        "gamma": -2.0,
        "vega": -2.0,
        "theta": -2.0,
        "undPrice": -1.0,
    }
    frame = codec_for(LAST).encode_message(
        "tickOptionComputation", reqId=1, tickType=13, tickAttrib=0, **marks
    )
    assert delivered(LAST, frame[4:]) == [("tickOptionComputation", (1, 13, 0, *[None] * 8))]


@pytest.mark.parametrize(
    ("name", "details", "got"),
    [  # contract's last trade date, maturity, last trade time
        (
            "contractDetails",
            ContractDetails(contract=Contract(lastTradeDateOrContractMonth="20261218")),
            ("20261218", "", ""),
        ),
        (
            "contractDetails",
            ContractDetails(
                contract=Contract(lastTradeDateOrContractMonth="20261218"),
                lastTradeTime="09:30:00",
                maturity="2030",
            ),
            ("20261218", "", "09:30:00"),
        ),
        ("contractDetails", ContractDetails(lastTradeTime="09:30:00"), ("", "", "")),
        (
            "bondContractDetails",
            ContractDetails(maturity="20301218", lastTradeTime="09:30"),
            ("20301218 09:30", "20301218", "09:30"),
        ),
        (
            "bondContractDetails",
            ContractDetails(contract=Contract(lastTradeDateOrContractMonth="20301218")),
            ("20301218", "20301218", ""),
        ),
    ],
)
def test_parts_of_a_date(name: str, details: ContractDetails, got: tuple[str, str, str]) -> None:
    read = delivered(
        LAST, codec_for(LAST).encode_message(name, reqId=1, contractDetails=details)[4:]
    )[0][1][1]
    assert (read.contract.lastTradeDateOrContractMonth, read.maturity, read.lastTradeTime) == got


def test_the_last_trade_date_is_told_with_details_only() -> None:
    contract = Contract(lastTradeDate="20261217", lastTradeDateOrContractMonth="202612")
    frame = codec_for(LAST).encode_message(
        "contractDetails", reqId=1, contractDetails=ContractDetails(contract=contract)
    )
    assert delivered(LAST, frame[4:])[0][1][1].contract.lastTradeDate == "20261217"
    assert opened(contract)[0].lastTradeDate == ""
    assert asked(Order(), contract)["contract"].lastTradeDate == ""
