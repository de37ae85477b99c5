"""str() of the data classes in each generation, as recorded from the official clients; and without
a choice, where installed.
"""

from __future__ import annotations

import warnings
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest

from ibapi_port import commission_report, common, contract, execution, order, order_cancel, scanner
from ibapi_port.common import HistogramData
from ibapi_port.compat import GENERATIONS, generation
from ibapi_port.compat.texts import TEXTS
from ibapi_port.const import UNSET_DOUBLE
from ibapi_port.contract import ComboLeg, Contract, ContractDetails, DeltaNeutralContract
from ibapi_port.order import Order, OrderComboLeg
from ibapi_port.order_cancel import OrderCancel

from .helpers import python

MODULES = (commission_report, common, contract, execution, order, order_cancel, scanner)

# class: attributes of the second object
FILLED: dict[str, dict[str, Any]] = {
    "PriceIncrement": {"lowEdge": 1.5, "increment": 0.01},
    "BarData": {
        "date": "20261120",
        "open": 1.25,
        "high": 2.0,
        "low": 1.0,
        "close": 1.5,
        "volume": D("300"),
        "wap": D("1.375"),
        "barCount": 7,
    },
    "RealTimeBar": {
        "time": 1795204800,
        "open_": 1.25,
        "high": 2.0,
        "low": 1.0,
        "close": 1.5,
        "volume": D("300"),
        "wap": D("1.375"),
        "count": 7,
    },
    "HistogramData": {"price": 1.25, "size": D("300")},
    "HistoricalTick": {"time": 1795204800, "price": 1.25, "size": D("300")},
    "HistoricalTickBidAsk": {
        "time": 1795204800,
        "priceBid": 1.25,
        "priceAsk": 1.5,
        "sizeBid": D("300"),
        "sizeAsk": D("200"),
    },
    "HistoricalTickLast": {
        "time": 1795204800,
        "price": 1.25,
        "size": D("300"),
        "exchange": "NYSE",
        "specialConditions": "I",
    },
    "ComboLeg": {"conId": 8314, "ratio": 1, "action": "BUY", "exchange": "SMART"},
    "DeltaNeutralContract": {"conId": 8314, "delta": 0.5, "price": 12.25},
    "Contract": {
        "conId": 8314,
        "symbol": "IBM",
        "secType": "OPT",
        "lastTradeDateOrContractMonth": "20261218",
        "lastTradeDate": "20261219",
        "strike": 250.0,
        "right": "C",
        "multiplier": "100",
        "exchange": "SMART",
        "currency": "USD",
        "description": "text",
        "issuerId": "e1",
        "comboLegsDescrip": "1,-1",
    },
    "ContractDetails": {
        "marketName": "IBM",
        "minTick": 0.01,
        "priceMagnifier": 1,
        "underConId": 8314,
        "evMultiplier": 0,
        "aggGroup": 1,
        "coupon": 2.5,
        "notes": "n",
        "minSize": D("1"),
        "sizeIncrement": D("0.5"),
        "suggestedSizeIncrement": D("100"),
    },
    "Execution": {
        "execId": "0001.01",
        "time": "20261120",
        "acctNumber": "DU1",
        "exchange": "NYSE",
        "side": "BOT",
        "shares": D("100"),
        "price": 1.25,
        "permId": 7,
        "clientId": 1,
        "orderId": 2,
        "cumQty": D("100"),
        "avgPrice": 1.25,
        "lastLiquidity": 2,
    },
    "Order": {
        "orderId": 1,
        "clientId": 2,
        "permId": 3,
        "orderType": "LMT",
        "action": "BUY",
        "totalQuantity": 100,
        "lmtPrice": 1.25,
        "tif": "GTC",
    },
    "OrderComboLeg": {"price": 1.5},
    "OrderCancel": {
        "manualOrderCancelTime": "20261120",
        "extOperator": "me",
        "manualOrderIndicator": 1,
    },
    "CommissionReport": {
        "execId": "0001.01",
        "currency": "USD",
        "realizedPNL": 1.5,
        "yield_": UNSET_DOUBLE,
        "yieldRedemptionDate": 20270101,
    },
    "ScanData": {"rank": 3, "distance": "d", "benchmark": "b", "projection": "p", "legsStr": "l"},
}
# class: generation: what the official client printed of a new object and of the second one; the
# same until the next one
PRINTED: dict[str, dict[str, tuple[str, str]]] = {
    "PriceIncrement": {
        "9.81": (
            "LowEdge: 0.000000, Increment: 0.000000",
            "LowEdge: 1.500000, Increment: 0.010000",
        ),
        "10.19": ("LowEdge: 0, Increment: 0", "LowEdge: 1.5, Increment: 0.01"),
    },
    "BarData": {
        "9.81": (
            (
                "Date: , Open: 0.000000, High: 0.000000, Low: 0.000000, Close: 0.000000, Volume: 0, Average: 0.000000, BarCount: 0"
            ),
            (
                "Date: 20261120, Open: 1.250000, High: 2.000000, Low: 1.000000, Close: 1.500000, Volume: 300, Average: 1.375000, BarCount: 7"
            ),
        ),
        "10.19": (
            "Date: , Open: 0, High: 0, Low: 0, Close: 0, Volume: , WAP: , BarCount: 0",
            "Date: 20261120, Open: 1.25, High: 2, Low: 1, Close: 1.5, Volume: 300, WAP: 1.375, BarCount: 7",
        ),
    },
    "RealTimeBar": {
        "9.81": (
            "Time: 0, Open: 0.000000, High: 0.000000, Low: 0.000000, Close: 0.000000, Volume: 0, WAP: 0.000000, Count: 0",
            (
                "Time: 1795204800, Open: 1.250000, High: 2.000000, Low: 1.000000, Close: 1.500000, Volume: 300, WAP: 1.375000, Count: 7"
            ),
        ),
        "10.30": (
            "Time: 0, Open: 0, High: 0, Low: 0, Close: 0, Volume: , WAP: , Count: 0",
            "Time: 1795204800, Open: 1.25, High: 2, Low: 1, Close: 1.5, Volume: 300, WAP: 1.375, Count: 7",
        ),
    },
    "HistogramData": {
        "9.81": ("Price: 0.000000, Count: 0", "Price: 1.250000, Count: 300"),
        "10.19": ("Price: 0, Size: ", "Price: 1.25, Size: 300"),
    },
    "HistoricalTick": {
        "9.81": (
            "Time: 0, Price: 0.000000, Size: 0",
            "Time: 1795204800, Price: 1.250000, Size: 300",
        ),
        "10.19": ("Time: 0, Price: 0, Size: ", "Time: 1795204800, Price: 1.25, Size: 300"),
    },
    "HistoricalTickBidAsk": {
        "9.81": (
            (
                "Time: 0, TickAttriBidAsk: BidPastLow: 0, AskPastHigh: 0, PriceBid: 0.000000, PriceAsk: 0.000000, SizeBid: 0, SizeAsk: 0"
            ),
            (
                "Time: 1795204800, TickAttriBidAsk: BidPastLow: 0, AskPastHigh: 0, PriceBid: 1.250000, PriceAsk: 1.500000, Size"
                "Bid: 300, SizeAsk: 200"
            ),
        ),
        "10.19": (
            "Time: 0, TickAttriBidAsk: BidPastLow: 0, AskPastHigh: 0, PriceBid: 0, PriceAsk: 0, SizeBid: , SizeAsk: ",
            (
                "Time: 1795204800, TickAttriBidAsk: BidPastLow: 0, AskPastHigh: 0, PriceBid: 1.25, PriceAsk: 1.5, SizeBid: 300, SizeAsk: 200"
            ),
        ),
    },
    "HistoricalTickLast": {
        "9.81": (
            (
                "Time: 0, TickAttribLast: PastLimit: 0, Unreported: 0, Price: 0.000000, Size: 0, Exchange: , SpecialConditions: "
            ),
            (
                "Time: 1795204800, TickAttribLast: PastLimit: 0, Unreported: 0, Price: 1.250000, Size: 300, Exchange: NYSE, Spe"
                "cialConditions: I"
            ),
        ),
        "10.19": (
            "Time: 0, TickAttribLast: PastLimit: 0, Unreported: 0, Price: 0, Size: , Exchange: , SpecialConditions: ",
            (
                "Time: 1795204800, TickAttribLast: PastLimit: 0, Unreported: 0, Price: 1.25, Size: 300, Exchange: NYSE, SpecialConditions: I"
            ),
        ),
    },
    "ComboLeg": {
        "9.81": ("0,0,,,0,0,,-1", "8314,1,BUY,SMART,0,0,,-1"),
    },
    "DeltaNeutralContract": {
        "9.81": ("0,0.0,0.0", "8314,0.5,12.25"),
        "10.19": ("0,0,0", "8314,0.5,12.25"),
    },
    "Contract": {
        "9.81": (
            "0,,,,0.0,,,,,,,,False,,combo:",
            "8314,IBM,OPT,20261218,250.0,C,100,SMART,,USD,,,False,,combo:1,-1",
        ),
        "10.19": (
            "0,,,,0,,,,,,,,False,,,,combo:",
            "8314,IBM,OPT,20261218,250,C,100,SMART,,USD,,,False,,,text,e1combo:1,-1",
        ),
        "10.30": (
            "0,,,,,0,,,,,,,,False,,,,combo:",
            "8314,IBM,OPT,20261218,20261219,250,C,100,SMART,,USD,,,False,,,text,e1combo:1,-1",
        ),
        "10.37": (
            (
                "ConId: 0, Symbol: , SecType: , LastTradeDateOrContractMonth: , Strike: , Right: , Multiplier: , Exchange: , Pr"
                "imaryExchange: , Currency: , LocalSymbol: , TradingClass: , IncludeExpired: False, SecIdType: , SecId: , Descr"
                "iption: , IssuerId: Combo:"
            ),
            (
                "ConId: 8314, Symbol: IBM, SecType: OPT, LastTradeDateOrContractMonth: 20261218, Strike: 250, Right: C, Multipl"
                "ier: 100, Exchange: SMART, PrimaryExchange: , Currency: USD, LocalSymbol: , TradingClass: , IncludeExpired: Fa"
                "lse, SecIdType: , SecId: , Description: text, IssuerId: e1Combo:1,-1"
            ),
        ),
    },
    "ContractDetails": {
        "9.81": (
            "0,,,,0.0,,,,,,,,False,,combo:,,0.0,,,0,0,,,,,,,,,,0,0,,,,0,None,,,,,,,,False,False,0,False,,,,,False,",
            (
                "0,,,,0.0,,,,,,,,False,,combo:,IBM,0.01,,,1,8314,,,,,,,,,,0,0,,,,1,None,,,,,,,,False,False,2.5,False,,,,,False,n"
            ),
        ),
        "10.19": (
            "0,,,,0,,,,,,,,False,,,,combo:,,0,,,0,0,,,,,,,,,,0,,,,0,None,,,,,,,,False,False,0,False,,,,,False,,,,",
            (
                "0,,,,0,,,,,,,,False,,,,combo:,IBM,0.01,,,1,8314,,,,,,,,,,0,,,,1,None,,,,,,,,False,False,2.5,False,,,,,False,n,1,0.5,100"
            ),
        ),
        "10.30": (
            "0,,,,,0,,,,,,,,False,,,,combo:,,0,,,0,0,,,,,,,,,,0,,,,0,None,,,,,,,,False,False,0,False,,,,,False,,,,,None",
            (
                "0,,,,,0,,,,,,,,False,,,,combo:,IBM,0.01,,,1,8314,,,,,,,,,,0,,,,1,None,,,,,,,,False,False,2.5,False,,,,,False,n"
                ",1,0.5,100,None"
            ),
        ),
        "10.37": (
            (
                "ConId: 0, Symbol: , SecType: , LastTradeDateOrContractMonth: , Strike: , Right: , Multiplier: , Exchange: , Pr"
                "imaryExchange: , Currency: , LocalSymbol: , TradingClass: , IncludeExpired: False, SecIdType: , SecId: , Descr"
                "iption: , IssuerId: Combo:,,0,,,0,0,,,,,,,,,,0,,,,0,None,,,,,,,,False,False,0,False,,,,,False,,,,,None"
            ),
            (
                "ConId: 0, Symbol: , SecType: , LastTradeDateOrContractMonth: , Strike: , Right: , Multiplier: , Exchange: , Pr"
                "imaryExchange: , Currency: , LocalSymbol: , TradingClass: , IncludeExpired: False, SecIdType: , SecId: , Descr"
                "iption: , IssuerId: Combo:,IBM,0.01,,,1,8314,,,,,,,,,,0,,,,1,None,,,,,,,,False,False,2.5,False,,,,,False,n,1,0"
                ".5,100,None"
            ),
        ),
        "10.46": (
            (
                "ConId: 0, Symbol: , SecType: , LastTradeDateOrContractMonth: , Strike: , Right: , Multiplier: , Exchange: , Pr"
                "imaryExchange: , Currency: , LocalSymbol: , TradingClass: , IncludeExpired: False, SecIdType: , SecId: , Descr"
                "iption: , IssuerId: Combo:,,0,,,0,0,,,,,,,,,,0,,,,0,None,,,,,,,,False,False,0,False,,,,,False,,,,,,,,None,,,"
            ),
            (
                "ConId: 0, Symbol: , SecType: , LastTradeDateOrContractMonth: , Strike: , Right: , Multiplier: , Exchange: , Pr"
                "imaryExchange: , Currency: , LocalSymbol: , TradingClass: , IncludeExpired: False, SecIdType: , SecId: , Descr"
                "iption: , IssuerId: Combo:,IBM,0.01,,,1,8314,,,,,,,,,,0,,,,1,None,,,,,,,,False,False,2.5,False,,,,,False,n,1,0"
                ".5,100,,,,None,,,"
            ),
        ),
        "10.51": (
            (
                "ConId: 0, Symbol: , SecType: , LastTradeDateOrContractMonth: , Strike: , Right: , Multiplier: , Exchange: , Pr"
                "imaryExchange: , Currency: , LocalSymbol: , TradingClass: , IncludeExpired: False, SecIdType: , SecId: , Descr"
                "iption: , IssuerId: Combo:,,0,,,0,0,,,,,,,,,,0,,,,0,None,,,,,,,,False,False,0,False,,,,,False,,,,,,,,None,,,,"
            ),
            (
                "ConId: 0, Symbol: , SecType: , LastTradeDateOrContractMonth: , Strike: , Right: , Multiplier: , Exchange: , Pr"
                "imaryExchange: , Currency: , LocalSymbol: , TradingClass: , IncludeExpired: False, SecIdType: , SecId: , Descr"
                "iption: , IssuerId: Combo:,IBM,0.01,,,1,8314,,,,,,,,,,0,,,,1,None,,,,,,,,False,False,2.5,False,,,,,False,n,1,0"
                ".5,100,,,,None,,,,"
            ),
        ),
    },
    "Execution": {
        "9.81": (
            (
                "ExecId: , Time: , Account: , Exchange: , Side: , Shares: 0.000000, Price: 0.000000, PermId: 0, ClientId: 0, Or"
                "derId: 0, Liquidation: 0, CumQty: 0.000000, AvgPrice: 0.000000, OrderRef: , EvRule: , EvMultiplier: 0.000000, "
                "ModelCode: , LastLiquidity: 0"
            ),
            (
                "ExecId: 0001.01, Time: 20261120, Account: DU1, Exchange: NYSE, Side: BOT, Shares: 100.000000, Price: 1.250000,"
                " PermId: 7, ClientId: 1, OrderId: 2, Liquidation: 0, CumQty: 100.000000, AvgPrice: 1.250000, OrderRef: , EvRul"
                "e: , EvMultiplier: 0.000000, ModelCode: , LastLiquidity: 2"
            ),
        ),
        "10.19": (
            (
                "ExecId: , Time: , Account: , Exchange: , Side: , Shares: , Price: 0, PermId: 0, ClientId: 0, OrderId: 0, Liqui"
                "dation: 0, CumQty: , AvgPrice: 0, OrderRef: , EvRule: , EvMultiplier: 0, ModelCode: , LastLiquidity: 0"
            ),
            (
                "ExecId: 0001.01, Time: 20261120, Account: DU1, Exchange: NYSE, Side: BOT, Shares: 100, Price: 1.25, PermId: 7,"
                " ClientId: 1, OrderId: 2, Liquidation: 0, CumQty: 100, AvgPrice: 1.25, OrderRef: , EvRule: , EvMultiplier: 0, "
                "ModelCode: , LastLiquidity: 2"
            ),
        ),
        "10.30": (
            (
                "ExecId: , Time: , Account: , Exchange: , Side: , Shares: , Price: 0, PermId: 0, ClientId: 0, OrderId: 0, Liqui"
                "dation: 0, CumQty: , AvgPrice: 0, OrderRef: , EvRule: , EvMultiplier: 0, ModelCode: , LastLiquidity: 0, Pendin"
                "gPriceRevision: False"
            ),
            (
                "ExecId: 0001.01, Time: 20261120, Account: DU1, Exchange: NYSE, Side: BOT, Shares: 100, Price: 1.25, PermId: 7,"
                " ClientId: 1, OrderId: 2, Liquidation: 0, CumQty: 100, AvgPrice: 1.25, OrderRef: , EvRule: , EvMultiplier: 0, "
                "ModelCode: , LastLiquidity: 2, PendingPriceRevision: False"
            ),
        ),
        "10.37": (
            (
                "ExecId: , Time: , Account: , Exchange: , Side: , Shares: , Price: 0, PermId: 0, ClientId: 0, OrderId: 0, Liqui"
                "dation: 0, CumQty: , AvgPrice: 0, OrderRef: , EvRule: , EvMultiplier: 0, ModelCode: , LastLiquidity: 0, Pendin"
                "gPriceRevision: False, Submitter: , OptExerciseOrLapseType: None"
            ),
            (
                "ExecId: 0001.01, Time: 20261120, Account: DU1, Exchange: NYSE, Side: BOT, Shares: 100, Price: 1.25, PermId: 7,"
                " ClientId: 1, OrderId: 2, Liquidation: 0, CumQty: 100, AvgPrice: 1.25, OrderRef: , EvRule: , EvMultiplier: 0, "
                "ModelCode: , LastLiquidity: 2, PendingPriceRevision: False, Submitter: , OptExerciseOrLapseType: None"
            ),
        ),
    },
    "Order": {
        "9.81": (
            (
                "0,0,0:   0@179769313486231570814527423731704356798070567525844996598917476803157260780028538760589558632766878"
                "17154045895351438246423432132688946418276846754670353751698604991057655128207624549009038932894407586850845513"
                "3942304583236903222948165808559332123348274797826204144723168738177180919299881250404026184124858368.000000 "
            ),
            "1,2,3: LMT BUY 100@1.250000 GTC",
        ),
        "10.19": ("0,0,0:   @ ", "1,2,3: LMT BUY 100.000000@1.25 GTC"),
        "10.37": ("0,0,0:   @ ", "1,2,3: LMT BUY 100@1.25 GTC"),
    },
    "OrderComboLeg": {
        "9.81": (
            (
                "17976931348623157081452742373170435679807056752584499659891747680315726078002853876058955863276687817154045895"
                "35143824642343213268894641827684675467035375169860499105765512820762454900903893289440758685084551339423045832"
                "36903222948165808559332123348274797826204144723168738177180919299881250404026184124858368.000000"
            ),
            "1.500000",
        ),
        "10.19": ("", "1.5"),
    },
    "OrderCancel": {
        "10.30": (
            "manualOrderCancelTime: , extOperator: , externalUserId: , manualOrderIndicator: ",
            "manualOrderCancelTime: 20261120, extOperator: me, externalUserId: , manualOrderIndicator: 1",
        ),
        "10.37": (
            "manualOrderCancelTime: , extOperator: , manualOrderIndicator: ",
            "manualOrderCancelTime: 20261120, extOperator: me, manualOrderIndicator: 1",
        ),
    },
    "CommissionReport": {
        "9.81": (
            "ExecId: , Commission: 0.000000, Currency: , RealizedPnL: 0.0, Yield: 0.0, YieldRedemptionDate: 0",
            "ExecId: 0001.01, Commission: 0.000000, Currency: USD, RealizedPnL: 1.5, Yield: , YieldRedemptionDate: 20270101",
        ),
        "10.19": (
            "ExecId: , Commission: 0, Currency: , RealizedPnL: 0, Yield: 0, YieldRedemptionDate: 0",
            "ExecId: 0001.01, Commission: 0, Currency: USD, RealizedPnL: 1.5, Yield: , YieldRedemptionDate: 20270101",
        ),
        "10.37": (
            "ExecId: , CommissionAndFees: 0, Currency: , RealizedPnL: 0, Yield: 0, YieldRedemptionDate: 0",
            "ExecId: 0001.01, CommissionAndFees: 0, Currency: USD, RealizedPnL: 1.5, Yield: , YieldRedemptionDate: 20270101",
        ),
    },
    "ScanData": {
        "9.81": (
            "Rank: 0, Symbol: , SecType: , Currency: , Distance: , Benchmark: , Projection: , Legs String: ",
            "Rank: 3, Symbol: , SecType: , Currency: , Distance: d, Benchmark: b, Projection: p, Legs String: l",
        ),
        "10.46": (
            "Rank: 0, Symbol: , SecType: , Currency: , Distance: , Benchmark: , Projection: , Legs String: , MarketName: ",
            (
                "Rank: 3, Symbol: , SecType: , Currency: , Distance: d, Benchmark: b, Projection: p, Legs String: l, MarketName: "
            ),
        ),
    },
}


def printed(name: str) -> tuple[str, str]:
    cls = next(getattr(module, name) for module in MODULES if hasattr(module, name))
    new, filled = (cls(contract=Contract()) if name == "ScanData" else cls() for _ in range(2))
    for attribute, value in FILLED[name].items():
        setattr(filled, attribute, value)
    return str(new), str(filled)


def wanted(name: str, gen: str) -> tuple[str, str] | None:
    """None: the generation does not have this class, or str() raises an exception there."""
    if (name, gen) == ("RealTimeBar", "10.19"):
        return None
    place = max(GENERATIONS.index(gen), GENERATIONS.index("9.81"))
    known = [texts for g, texts in PRINTED[name].items() if GENERATIONS.index(g) <= place]
    return known[-1] if known else None


@pytest.mark.parametrize("gen", GENERATIONS)
@pytest.mark.parametrize("name", PRINTED)
def test_as_the_official_client_prints(name: str, gen: str) -> None:
    generation(gen)
    if (texts := wanted(name, gen)) is not None:
        assert printed(name) == texts


@pytest.mark.parametrize("gen", GENERATIONS)
def test_none_restores(gen: str) -> None:
    before = {cls: cls._show for _, cls, _ in TEXTS}
    generation(gen)
    generation(None)
    for name in PRINTED:
        assert printed(name) == wanted(name, GENERATIONS[-1])
    assert before == {cls: cls._show for _, cls, _ in TEXTS}


def test_all_of_them_are_here() -> None:
    names = {cls.__name__ for _, cls, _ in TEXTS}
    assert {
        name.replace("CommissionReport", "CommissionAndFeesReport") for name in PRINTED
    } == names


COMBO = ";5,1,BUY,,0,0,,-1;9,0.5,12.25"


@pytest.mark.parametrize(
    ("gen", "shown"),
    [
        ("9.81", "0,,,,0.0,,,,,,,,False,,combo:"),
        ("10.19", "0,,,,0,,,,,,,,False,,,,combo:"),
        ("10.30", "0,,,,,0,,,,,,,,False,,,,combo:"),
    ],
)
def test_parts_of_contracts(gen: str, shown: str) -> None:
    generation(gen)
    made = Contract(comboLegs=[ComboLeg(conId=5, ratio=1, action="BUY")])
    made.deltaNeutralContract = DeltaNeutralContract(conId=9, delta=0.5, price=12.25)
    assert str(made) == shown + COMBO
    assert str(ContractDetails()).startswith(shown + ",,0")


@pytest.mark.parametrize(
    ("gen", "text"),
    [
        ("9.81", "0,0,0:   0@1.000000  CMB(1.500000,)"),
        ("10.19", "0,0,0:   @1  CMB(1.5,)"),
        ("10.46", "0,0,0:   @1  CMB(1.5,)"),
        ("10.51", "0,0,0:   @1  CMB(1.5,)"),
    ],
)
def test_legs_of_orders(gen: str, text: str) -> None:
    generation(gen)
    assert str(Order(orderComboLegs=[OrderComboLeg(price=1.5)], lmtPrice=1.0)) == text


@pytest.mark.parametrize(
    ("quantity", "gen", "shown"),
    [
        (30, "9.81", "30"),
        (0.5, "9.81", "0"),
        (D("0.5"), "9.81", "0"),
        (30, "10.30", "30.000000"),
        (D(30), "10.30", "30"),
        (30, "10.37", "30"),
        (0.1, "10.37", "0.1000000000000000055511151231257827021181583404541015625"),
        (0.1, "10.46", "0.1"),
    ],
)
def test_quantities(quantity: Any, gen: str, shown: str) -> None:
    generation(gen)
    assert f" {shown}@" in str(Order(totalQuantity=quantity, lmtPrice=1.0))


def test_attributes_of_their_time() -> None:
    details, cancel = ContractDetails(), OrderCancel()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        details.mdSizeMultiplier, cancel.externalUserId = 100, "me"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        generation("9.81")
        assert ",,0,100,,,,0,None," in str(details)
        generation("10.30")
        assert "externalUserId: me," in str(cancel)


def test_classes_of_programs() -> None:
    class Mine(HistogramData):
        pass

    class Own(HistogramData):
        def __str__(self) -> str:
            return "own"

    generation("9.81")
    assert str(Mine()) == "Price: 0.000000, Count: 0"
    assert str(Own()) == "own"


def test_what_is_no_number_prints_as_it_is() -> None:
    order = Order(orderId=5)
    order.totalQuantity, order.lmtPrice = "many", None  # type: ignore[assignment]
    generation("9.81")
    assert str(order) == "5,0,0:   many@None "


# --- where this package stands in for ibapi ---

PROGRAM = """
import ibapi_port
{install}
from ibapi_port.client import EClient
from ibapi_port.common import PriceIncrement
from ibapi_port.contract import Contract
from ibapi_port.order import Order
from ibapi_port.wrapper import EWrapper
from decimal import Decimal

class Program(EWrapper, EClient):
    def __init__(self):
        EClient.__init__(self, self)
    {callbacks}

class Other(EWrapper):
    def tickPrice(self, reqId, tickType, price, attrib): pass

class Late(EClient):
    inner: object
    def __init__(self):
        EClient.__init__(self, self)
    def __getattr__(self, name):
        return getattr(self.inner, name)
    {callbacks}

def show():
    return Contract().strike == 0, Contract().comboLegs, Order().totalQuantity == 0, str(PriceIncrement()), str(Contract())[:7]
{rest}
"""
NEWEST = (False, [], False, "LowEdge: 0, Increment: 0", "ConId: ")
OLDEST = (True, None, True, "LowEdge: 0.000000, Increment: 0.000000", "0,,,,0.")
OF_10_19 = (True, None, False, "LowEdge: 0, Increment: 0", "0,,,,0,")
OF_10_30 = (True, [], False, "LowEdge: 0, Increment: 0", "0,,,,,0")
INSTALL = "ibapi_port.install()"
THREE = "def error(self, reqId, errorCode, errorString): pass"
FOUR = "def error(self, reqId, errorCode, errorString, advancedOrderRejectJson=''): pass"
FIVE = "def error(self, reqId, errorTime, errorCode, errorString, advancedOrderRejectJson=''): pass"
CHOOSE = "; from ibapi_port.compat import generation; generation({!r})"


@pytest.mark.parametrize(
    ("install", "callbacks", "rest", "shown"),
    [
        (INSTALL, THREE, "Program()", OLDEST),
        (INSTALL, THREE, "EClient(Program())", OLDEST),
        (INSTALL, THREE, "Late()", OLDEST),
        (INSTALL, THREE, "Program(); EClient(Other()); EClient(EWrapper()); EClient(None)", OLDEST),
        (INSTALL, THREE, "EClient(Other()); Program()", OLDEST),
        (INSTALL, THREE, "pass", NEWEST),  # no client yet
        (INSTALL, FOUR, "Program()", OF_10_30),
        (INSTALL, "def commissionReport(self, commissionReport): pass", "Program()", OF_10_30),
        (
            INSTALL,
            THREE + "\n    def tickSize(self, reqId, tickType, size: Decimal): pass",
            "Program()",
            OF_10_19,
        ),
        (INSTALL, FIVE, "Program()", NEWEST),
        (INSTALL, "def error(self, *args): pass", "Program()", NEWEST),
        (INSTALL + CHOOSE.format("10.46"), THREE, "Program()", NEWEST),
        (INSTALL + CHOOSE.format("10.19"), THREE, "Program()", OF_10_19),
        (INSTALL, THREE, "Program()" + CHOOSE.format("10.30"), OF_10_30),
        (INSTALL, THREE, "Program()" + CHOOSE.format(None), NEWEST),
        (INSTALL, THREE, "Program()" + CHOOSE.format(None) + "; Program()", OLDEST),
        ("", THREE, "Program()", NEWEST),
        ("", THREE, "Program(); ibapi_port.install(); Program()", OLDEST),
        # a callback that is there only when the connection is made
        (
            INSTALL,
            "pass",
            f"p = Program()\n{THREE.replace('self, ', '')}\np.error = error; p.connect('127.0.0.1', 1, 0)",
            OLDEST,
        ),
        (
            "",
            "pass",
            f"p = Program()\n{THREE.replace('self, ', '')}\np.error = error; p.connect('127.0.0.1', 1, 0)",
            NEWEST,
        ),
    ],
)
def test_found_by_callbacks(install: str, callbacks: str, rest: str, shown: object) -> None:
    done = python(
        "-c", PROGRAM.format(install=install, callbacks=callbacks, rest=rest) + "\nprint(show())"
    )
    assert (done.stdout, done.stderr) == (f"{shown}\n", "")


def test_found_by_run(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(install="", callbacks=THREE, rest="Program(); print(show())"))
    assert python("-m", "ibapi_port", "run", str(program)).stdout == f"{OLDEST}\n"
    assert (
        python("-m", "ibapi_port", "run", "--generation", "10.19", str(program)).stdout
        == f"{OF_10_19}\n"
    )
    assert python(str(program)).stdout == f"{NEWEST}\n"
