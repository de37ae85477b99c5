"""Whether TWS would take an order, and what it says if not. What needs the accounts' money or the
other orders is looked at elsewhere.
"""

from __future__ import annotations

from collections.abc import Container
from decimal import Decimal

from ....const import UNSET_DECIMAL, UNSET_INTEGER
from ....order import Order
from ...account.money import ZERO
from ...errors import Invalid, Refusal
from ...market.instruments import Instrument
from ...times import day, order_time
from ..matching.scale import check_scale
from ..matching.triggers import METHODS
from ..matching.volatility import check_volatility
from ..order_types import (
    AUCTION_TYPES,
    canonical_name,
    is_set,
    is_unsupported,
    order_type,
    to_decimal,
)
from ..overnight import TIFS as OVERNIGHT_TIFS
from .algos import check_algo

ACTIONS = ("BUY", "SELL", "SSHORT", "SLONG")
TIFS = (*OVERNIGHT_TIFS, "", "DAY", "GTC", "IOC", "FOK", "GTD", "OPG", "DTC", "GTX", "AUC")
IMMEDIATE = ("IOC", "FOK")  # filled at once or cancelled
HEDGES = ("", "D", "B", "F", "P")
_OPENING = ("MKT", "LMT")  # for the opening auction
_NOT_IMMEDIATE = (
    "MOC",
    "LOC",
    "TRAIL",
    "TRAIL LIMIT",
    "TRAIL MIT",
    "TRAIL LIT",
    "MIT",
    "LIT",
    "STP",
    "STP LMT",
    "STP PRT",
)
_OFF_TICK = "The price does not conform to the minimum price variation for this contract."
# of a price, a size or an amount of money; beyond it the decimals would not suffice
MAX_NUMBER = Decimal(10) ** 12
MAX_SIZE = Decimal(999_999_999)
_NUMBERS = (
    *(
        "lmtPrice",
        "auxPrice",
        "trailStopPrice",
        "trailingPercent",
        "lmtPriceOffset",
        "percentOffset",
        "discretionaryAmt",
        "startingPrice",
    ),
    *(
        "stockRefPrice",
        "delta",
        "peggedChangeAmount",
        "referenceChangeAmount",
        "triggerPrice",
        "adjustedStopPrice",
    ),
    *("adjustedStopLimitPrice", "adjustedTrailingAmount"),
)
_REJECTED = "Order rejected - reason:"
_UNSUPPORTED = "Unsupported order type for this exchange and security type."
_OCA_TYPES = (0, 1, 2, 3)
_ADJUSTABLE = ("STP", "STP LMT", "TRAIL")
_ADJUSTED = ("STP", "STP LMT", "TRAIL", "TRAIL LIMIT")
_FIXED_SIZE = ("TRAIL", "TRAIL LIMIT", "TRAIL MIT", "TRAIL LIT")


def normalize(order: Order) -> None:
    """Spell the order's type as TWS does. Invalid: there is none of that name."""
    name = canonical_name(order.orderType)
    if is_unsupported(order.orderType):
        raise Refusal(387, _UNSUPPORTED)
    if not name:
        raise Refusal(10051, "Invalid order type")
    order.orderType = name


def check_flags_of_old(order: Order, taken: bool) -> None:
    """Check flags that old clients set by themselves. Refusal: they are not `taken` any more."""
    if taken:
        return
    if vars(order).get("eTradeOnly"):
        raise Refusal(10268, "The 'EtradeOnly' order attribute is not supported.")
    if vars(order).get("firmQuoteOnly"):
        raise Refusal(10269, "The 'FirmQuoteOnly' order attribute is not supported.")


def check_permission(instrument: Instrument, not_permitted: Container[str]) -> None:
    """Check that the account may trade an instrument, or each leg of it. Refusal 460: not."""
    parts = (instrument, *(leg.instrument for leg in instrument.legs))
    named = {name for each in parts for name in (each.sec_type, each.currency, each.symbol)}
    if any(name in not_permitted for name in named):
        raise Refusal(460, "No trading permissions.")


def check_whole(order: Order, instrument: Instrument) -> None:
    """Check that an order is for no fraction of a share. Refusal 10243: it is."""
    size = order.totalQuantity
    if instrument.sec_type in ("STK", "WAR") and size.is_finite() and size % 1:
        raise Refusal(
            10243,
            "Fractional-sized order cannot be placed via API. Please use desktop version to place "
            "this order.",
        )


def refused_by_server(order: Order) -> str:
    """Return why IB's server refuses an order that TWS has taken; "" if it does not."""
    if order.orderType == "PEG BEST" and order.postToAts == UNSET_INTEGER:
        return "This order type is not allowed w/o PostToAts for specified destination"
    return ""


def check(order: Order, instrument: Instrument, now: float) -> None:
    """Check an order whose type is spelled as TWS does. Invalid, Refusal: it is not good."""
    if order.action not in ACTIONS:
        raise Invalid("Invalid order action was entered")
    if order.tif not in TIFS:
        raise Refusal(10052, "Invalid time in force")
    if not instrument.takes_orders:
        raise Refusal(201, f"{_REJECTED}The contract is not available for trading.")
    if instrument.expiry and instrument.expiry < day(now):
        raise Refusal(392, "Invalid order: contract expired.")
    check_volatility(order, instrument)
    kinds = order_type(order.orderType).kinds
    if kinds and instrument.sec_type not in kinds:
        raise Refusal(387, _UNSUPPORTED)
    _check_tif(order, now)
    _check_size(order, instrument)
    _check_prices(order, instrument)
    _check_flags(order)
    _check_short_sale(order)
    _check_attachments(order, instrument)
    check_algo(order, instrument, now)


def _check_tif(order: Order, now: float) -> None:
    if order.orderType in AUCTION_TYPES and order.tif not in ("", "DAY"):
        raise Refusal(113, "The Tif option should be set to DAY for MOC and LOC orders.")
    if (order.tif == "OPG" and order.orderType not in _OPENING) or (
        order.tif in IMMEDIATE and order.orderType in _NOT_IMMEDIATE
    ):
        raise Refusal(111, "The TIF (Tif type) and the order type are incompatible.")
    if order.goodTillDate:
        end = order_time(order.goodTillDate, now, end_of_day=True)
        if end is None:
            raise Refusal(
                343,
                "The date, time, or time-zone entered is invalid. "
                "The correct format is yyyymmdd hh:mm:ss xxx",
            )
        if end <= now:
            raise Refusal(334, "Invalid Good Till Date order")
    elif order.tif == "GTD":
        raise Invalid("An order that is good till a date needs goodTillDate")
    if order.goodAfterTime and order_time(order.goodAfterTime, now) is None:
        raise Refusal(
            337,
            "The date, time, or time-zone entered is invalid. "
            "The correct format is yyyymmdd hh:mm:ss xxx",
        )


def _check_size(order: Order, instrument: Instrument) -> None:
    size = order.totalQuantity
    if order.hedgeType and size in (UNSET_DECIMAL, ZERO):
        return  # it follows from the parent's
    if size == UNSET_DECIMAL or size == 0:
        raise Invalid("The size value cannot be zero")
    if not size.is_finite() or size < 0:
        raise Invalid("Order size must be positive")
    if size > MAX_SIZE:
        raise Invalid("Order size does not conform to market rule.")
    if size % instrument.size_increment:
        raise Refusal(
            10250,
            f"The size does not conform to the minimum variation of {instrument.size_increment} "
            "for this contract",
        )
    if size < instrument.min_size:
        raise Refusal(
            388,
            f"Order size {size.normalize():f} is smaller than the minimum required size of "
            f"{instrument.min_size:f}.",
        )
    if order.displaySize and order.displaySize != UNSET_INTEGER:
        if order.displaySize < 0 or order.displaySize >= size:
            raise Refusal(10020, "Display size should be smaller than order size.")
        if order.discretionaryAmt:
            raise Refusal(157, "An order can be EITHER Iceberg or Discretionary.")
    if order.minQty != UNSET_INTEGER and not 0 <= order.minQty <= size:
        raise Invalid("Invalid minimum quantity")


def _check_prices(order: Order, instrument: Instrument) -> None:
    for name in _NUMBERS:
        number = to_decimal(getattr(order, name))
        if number is not None and not (number.is_finite() and abs(number) < MAX_NUMBER):
            raise Refusal(110, _OFF_TICK)
    shape = order_type(order.orderType)
    if shape.limit:
        _check_price(to_decimal(order.lmtPrice), "limit", instrument)
    if shape.stop:
        _check_price(to_decimal(order.auxPrice), "stop", instrument)
    if shape.trails:
        _check_trail(order, instrument)
    for price in (
        to_decimal(order.triggerPrice),
        to_decimal(order.adjustedStopPrice),
        to_decimal(order.adjustedStopLimitPrice),
    ):
        if price is not None and is_set(price):
            _check_tick(price, instrument)


def _check_trail(order: Order, instrument: Instrument) -> None:
    amount, percent = to_decimal(order.auxPrice), to_decimal(order.trailingPercent)
    if is_set(amount) and is_set(percent):
        raise Refusal(
            320,
            "Error reading request. Cannot specify Trailing Amount and Trailing Percent at the "
            "same time",
        )
    if not is_set(amount) and not is_set(percent):
        raise Invalid("You must specify an offset amount or a percent offset value")
    if percent is not None and is_set(percent) and not 0 < percent < 100:
        raise Invalid("The trailing percent must be greater than 0 and less than 100")
    if amount is not None and not percent and (not amount.is_finite() or amount < 0):
        raise Invalid("The trailing amount must be above 0")
    stop = to_decimal(order.trailStopPrice)
    limit = to_decimal(order.lmtPrice)
    offset = to_decimal(order.lmtPriceOffset)
    if stop is not None and is_set(stop):
        _check_tick(stop, instrument)
    if order.orderType in ("TRAIL LIMIT", "TRAIL LIT"):
        if is_set(limit) and is_set(offset):
            raise Invalid("You must specify either a limit price or a limit price offset, not both")
        if not is_set(offset) and not (is_set(limit) and is_set(stop)):
            raise Invalid(
                "You must specify one value: limit price (with trailStopPrice) or limit price "
                "offset"
            )


def _check_price(price: Decimal | None, name: str, instrument: Instrument) -> None:
    """Check that a price is given and on a tick. A combination's price may be zero or less."""
    if price is None or (price == 0 and not instrument.legs):
        if name == "stop":
            raise Invalid("Please enter a stop price")
        raise Refusal(463, "You must enter a valid price.")
    _check_tick(price, instrument)


def _check_tick(price: Decimal, instrument: Instrument) -> None:
    if (
        not price.is_finite()
        or (price < 0 and not instrument.legs)
        or price % instrument.tick_at(price)
    ):
        raise Refusal(110, _OFF_TICK)


def _check_flags(order: Order) -> None:
    if order.triggerMethod not in METHODS:
        raise Invalid("Invalid trigger method")
    if order.orderType == "MIDPRICE" and order.outsideRth:
        raise Invalid("Midprice orders are not supported outside of regular trading hours.")
    if order.orderType == "PEG BENCH" and order.referenceContractId <= 0:
        raise Invalid("Missing reference financial instrument")
    if order.ocaType not in _OCA_TYPES:
        raise Invalid("Invalid OCA type was entered")
    if order.whatIf and not order.transmit:
        raise Invalid("What-If order should have transmit flag set to TRUE.")
    if order.hedgeType not in HEDGES:
        raise Invalid("Invalid hedge type. Valid values are D, B, F, or P.")
    if order.hedgeType and not order.parentId:
        raise Invalid("Missing parent order")
    if order.adjustedOrderType in ("", "None"):
        return
    if order.adjustedOrderType not in _ADJUSTED or order.orderType not in _ADJUSTABLE:
        raise Invalid("Invalid adjusted order type was entered")
    if not is_set(to_decimal(order.triggerPrice)):
        raise Refusal(361, "Invalid trigger price.")


def _check_short_sale(order: Order) -> None:
    slot = order.shortSaleSlot
    if slot and slot not in (1, 2):
        raise Invalid(
            "Short sale slot value must be 1 (broker holds shares) or 2 (delivered from "
            "elsewhere).",
        )
    if slot and order.action != "SSHORT":
        raise Invalid("Order not a short sale -- type must be SSHORT to specify short sale slot.")
    if slot == 2 and not order.designatedLocation:
        raise Invalid("Short sale slot value of 2 (delivered from elsewhere) requires location.")
    if slot == 1 and order.designatedLocation:
        raise Invalid("Short sale slot value of 1 requires no location be specified.")


def _check_attachments(order: Order, instrument: Instrument) -> None:
    check_scale(order)
    if order.orderComboLegs and len(order.orderComboLegs) != len(instrument.legs):
        raise Refusal(312, "The combo details are invalid.")


def quantity_for_cash(order: Order, instrument: Instrument, price: Decimal) -> Decimal:
    """Return how much an order for an amount of money is; its own quantity if it names none.
    Refusal 10244: not for this instrument.
    """
    cash = to_decimal(order.cashQty)
    if cash is None or not is_set(cash):
        return order.totalQuantity
    good = cash.is_finite() and 0 < cash < MAX_NUMBER
    if (
        not good
        or instrument.sec_type not in ("STK", "CASH", "CRYPTO", "FUND")
        or order.orderType in _FIXED_SIZE
    ):
        raise Refusal(10244, "Cash Quantity cannot be used for this order")
    if order.totalQuantity not in (UNSET_DECIMAL, ZERO) and instrument.sec_type != "CASH":
        return order.totalQuantity
    return cash / price // instrument.size_increment * instrument.size_increment if price else ZERO
