"""What str() of the data classes gave in older generations.

The newest texts are in the classes. These take their place while an older generation is in use;
otherwise nothing here is run.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from .._record import printer
from ..commission_and_fees_report import CommissionAndFeesReport
from ..common import (
    BarData,
    HistogramData,
    HistoricalTick,
    HistoricalTickBidAsk,
    HistoricalTickLast,
    PriceIncrement,
    RealTimeBar,
)
from ..const import UNSET_DECIMAL
from ..contract import ComboLeg, Contract, ContractDetails, DeltaNeutralContract
from ..execution import Execution
from ..object_implem import Object
from ..order import Order, OrderComboLeg
from ..order_cancel import OrderCancel
from ..scanner import ScanData
from ..utils import floatToStr

Text = Callable[[Any], str]


def _whole(value: object) -> str:
    """As %d shows it: cut off."""
    return f"{int(value):d}" if isinstance(value, int | float | Decimal) else str(value)


def _six(value: object) -> str:
    """As %f shows it: six decimals."""
    return f"{float(value):.6f}" if isinstance(value, int | float | Decimal) else str(value)


def _quantity(value: object) -> str:
    """A Decimal in full; any other number with six decimals."""
    return (
        ""
        if value == UNSET_DECIMAL
        else f"{value:f}"
        if isinstance(value, int | float | Decimal)
        else str(value)
    )


def _exact(value: Decimal | float | str) -> str:
    """A number in full, a float with all the digits of its binary fraction."""
    number = Decimal(value)
    return "" if number == UNSET_DECIMAL else f"{number:f}"


# letters in the texts below, besides those of `_record`
_LETTERS: dict[str, Text] = {"n": _whole, "e": _six, "u": floatToStr, "q": _quantity, "x": _exact}

_newest_scan = ScanData._show


def _scan_without_market_name(scan: ScanData) -> str:
    return _newest_scan(scan).rpartition(", MarketName: ")[0]


def _listed(*names: str) -> str:
    """Values separated by commas."""
    return ",".join(f"{{{name}}}" for name in " ".join(names).split())


_CONTRACT_END = (
    "right multiplier exchange primaryExchange currency localSymbol tradingClass includeExpired "
    "secIdType secId"
)
_COMBO = "combo:{comboLegsDescrip}"
_DETAILS_TEXTS = (
    "longName contractMonth industry category subcategory timeZoneId tradingHours liquidHours "
    "evRule"
)
_BOND = (
    "secIdList realExpirationDate stockType cusip ratings descAppend bondType couponType callable "
    "putable coupon convertible maturity "
    "issueDate nextOptionDate nextOptionType nextOptionPartial notes"
)
_DETAILS_9_81 = _listed(
    "contract marketName minTick orderTypes validExchanges priceMagnifier underConId",
    _DETAILS_TEXTS,
    "evMultiplier _mdSizeMultiplier underSymbol underSecType marketRuleIds aggGroup",
    _BOND,
)
_DETAILS_10_19 = _listed(
    "contract marketName minTick:f orderTypes validExchanges priceMagnifier:i underConId:i",
    _DETAILS_TEXTS,
    "evMultiplier:i underSymbol underSecType marketRuleIds aggGroup:i",
    _BOND,
    "minSize:m sizeIncrement:m suggestedSizeIncrement:m",
)
_FILL = (
    "ExecId: {execId}, Time: {time}, Account: {acctNumber}, Exchange: {exchange}, Side: {side}, "
)
_EXECUTION_9_81 = _FILL + (
    "Shares: {shares:e}, Price: {price:e}, PermId: {permId:n}, ClientId: {clientId:n}, OrderId: "
    "{orderId:n}, "
    "Liquidation: {liquidation:n}, CumQty: {cumQty:e}, AvgPrice: {avgPrice:e}, OrderRef: "
    "{orderRef}, EvRule: {evRule}, "
    "EvMultiplier: {evMultiplier:e}, ModelCode: {modelCode}, LastLiquidity: {lastLiquidity:n}"
)
_EXECUTION_10_19 = _FILL + (
    "Shares: {shares:q}, Price: {price:f}, PermId: {permId:i}, ClientId: {clientId:i}, OrderId: "
    "{orderId:i}, "
    "Liquidation: {liquidation:i}, CumQty: {cumQty:q}, AvgPrice: {avgPrice:f}, OrderRef: "
    "{orderRef}, EvRule: {evRule}, "
    "EvMultiplier: {evMultiplier:f}, ModelCode: {modelCode}, LastLiquidity: {lastLiquidity:i}"
)

# The last generation with a text, the class, the text; for each class the oldest text comes first.
TEXTS: tuple[tuple[str, type[Object], str | Text], ...] = (
    ("9.81", PriceIncrement, "LowEdge: {lowEdge:e}, Increment: {increment:e}"),
    (
        "9.81",
        BarData,
        "Date: {date}, Open: {open:e}, High: {high:e}, Low: {low:e}, Close: {close:e}, Volume: "
        "{volume:n}, Average: {wap:e}, "
        "BarCount: {barCount:n}",
    ),
    (
        "9.81",
        RealTimeBar,
        "Time: {time:n}, Open: {open_:e}, High: {high:e}, Low: {low:e}, Close: {close:e}, Volume: "
        "{volume:n}, WAP: {wap:e}, "
        "Count: {count:n}",
    ),
    ("9.81", HistogramData, "Price: {price:e}, Count: {size:n}"),
    ("9.81", HistoricalTick, "Time: {time:n}, Price: {price:e}, Size: {size:n}"),
    (
        "9.81",
        HistoricalTickBidAsk,
        "Time: {time:n}, TickAttriBidAsk: {tickAttribBidAsk}, PriceBid: {priceBid:e}, PriceAsk: "
        "{priceAsk:e}, SizeBid: {sizeBid:n}, "
        "SizeAsk: {sizeAsk:n}",
    ),
    (
        "9.81",
        HistoricalTickLast,
        "Time: {time:n}, TickAttribLast: {tickAttribLast}, Price: {price:e}, Size: {size:n}, "
        "Exchange: {exchange}, "
        "SpecialConditions: {specialConditions}",
    ),
    (
        "9.81",
        ComboLeg,
        _listed(
            "conId ratio action exchange openClose shortSaleSlot designatedLocation exemptCode"
        ),
    ),
    ("9.81", DeltaNeutralContract, _listed("conId delta price")),
    (
        "9.81",
        Contract,
        _listed("conId symbol secType lastTradeDateOrContractMonth strike", _CONTRACT_END) + _COMBO,
    ),
    (
        "10.19",
        Contract,
        _listed(
            "conId symbol secType lastTradeDateOrContractMonth strike:f",
            _CONTRACT_END,
            "description issuerId",
        )
        + _COMBO,
    ),
    (
        "10.30",
        Contract,
        _listed(
            "conId symbol secType lastTradeDateOrContractMonth lastTradeDate strike:f",
            _CONTRACT_END,
            "description issuerId",
        )
        + _COMBO,
    ),
    ("9.81", ContractDetails, _DETAILS_9_81),
    ("10.19", ContractDetails, _DETAILS_10_19),
    ("10.37", ContractDetails, _DETAILS_10_19 + ",{ineligibilityReasonList}"),
    ("10.46", ContractDetails, ContractDetails._text.removesuffix(",{settlementMethod}")),
    ("9.81", Execution, _EXECUTION_9_81),
    ("10.19", Execution, _EXECUTION_10_19),
    ("10.30", Execution, _EXECUTION_10_19 + ", PendingPriceRevision: {pendingPriceRevision}"),
    (
        "9.81",
        CommissionAndFeesReport,
        "ExecId: {execId}, Commission: {commissionAndFees:e}, Currency: {currency}, RealizedPnL: "
        "{realizedPNL:u}, Yield: {yield_:u}, "
        "YieldRedemptionDate: {yieldRedemptionDate:n}",
    ),
    (
        "10.30",
        CommissionAndFeesReport,
        "ExecId: {execId}, Commission: {commissionAndFees:f}, Currency: {currency}, RealizedPnL: "
        "{realizedPNL:f}, Yield: {yield_:f}, "
        "YieldRedemptionDate: {yieldRedemptionDate:i}",
    ),
    ("9.81", OrderComboLeg, "{price:e}"),
    (
        "9.81",
        Order,
        "{orderId},{clientId:n},{permId}: {orderType} {action} {totalQuantity:n}@{lmtPrice:e} "
        "{tif}",
    ),
    (
        "10.30",
        Order,
        "{orderId:i},{clientId:i},{permId:i}: {orderType} {action} {totalQuantity:q}@{lmtPrice:f} "
        "{tif}",
    ),
    (
        "10.37",
        Order,
        "{orderId:i},{clientId:i},{permId:l}: {orderType} {action} {totalQuantity:x}@{lmtPrice:f} "
        "{tif}",
    ),
    (
        "10.30",
        OrderCancel,
        "manualOrderCancelTime: {manualOrderCancelTime}, extOperator: {extOperator}, "
        "externalUserId: {_externalUserId}, "
        "manualOrderIndicator: {manualOrderIndicator:i}",
    ),
    ("10.37", ScanData, _scan_without_market_name),
)

_newest: dict[type[Object], Text] = {cls: cls._show for _, cls, _ in TEXTS}


def use_texts(older: dict[type[Object], str | Text]) -> None:
    """Let these classes print so, and all others as in the newest generation."""
    for cls, newest in _newest.items():
        text = older.get(cls, newest)
        show = printer(text, _LETTERS) if isinstance(text, str) else text
        cls._show = show  # type: ignore[assignment, method-assign]
