"""IB's algorithms: their names, and the parameters that each takes. `lifecycle.slices` works the
orders of those that send slices.
"""

from __future__ import annotations

from ....order import Order
from ...errors import Refusal
from ...market.instruments import SECONDS_PER_DAY, Instrument
from ...times import order_time

_TIMES = ("startTime", "endTime")
_ACTIVE_TIMES = ("activeTimeStart", "activeTimeEnd")
_DAYS_AHEAD = 5
_COMMON = (
    *_TIMES,
    "allowPastEndTime",
    "noTakeLiq",
    "monetaryValue",
    "conditionalPrice",
    "speedUp",
    "catchUp",
    "noTradeAhead",
    "useOddLots",
)
_PARTS = (
    "componentSize",
    "timeBetweenOrders",
    "randomizeTime20",
    "randomizeSize55",
    "giveUp",
    "catchUp",
    "waitForFill",
)
_PARAMETERS = {
    "Adaptive": ("adaptivePriority",),
    "Twap": ("strategyType", *_COMMON),
    "Vwap": ("maxPctVol", *_COMMON),
    "ArrivalPx": ("maxPctVol", "riskAversion", "forceCompletion", *_COMMON),
    "ClosePx": ("maxPctVol", "riskAversion", "startTime", "forceCompletion", "monetaryValue"),
    "DarkIce": ("displaySize", *_COMMON),
    "PctVol": ("pctVol", *_COMMON),
    "PctVolPx": ("pctVol", "deltaPctVol", "minPctVol4Px", "maxPctVol4Px", *_COMMON),
    "PctVolSz": ("startPctVol", "endPctVol", *_COMMON),
    "PctVolTm": ("startPctVol", "endPctVol", *_COMMON),
    "AD": (*_PARTS, *_ACTIVE_TIMES, *_TIMES),
    "BalanceImpactRisk": ("maxPctVol", "riskAversion", "forceCompletion"),
    "MinImpact": ("maxPctVol",),
    "Inline": (*_TIMES, "maxPctVol"),
}
_CHOICES = {
    "adaptivePriority": ("Urgent", "Normal", "Patient", "Critical"),
    "riskAversion": ("Get Done", "Aggressive", "Neutral", "Passive"),
    "strategyType": ("Marketable", "Matching Midpoint", "Matching Same Side", "Matching Last"),
}
_SHARES = ("maxPctVol", "pctVol", "startPctVol", "endPctVol", "minPctVol4Px", "maxPctVol4Px")
_ADAPTIVE_TYPES = ("MKT", "LMT")


def check_algo(order: Order, instrument: Instrument, now: float) -> None:
    """Check the algorithm and its parameters. Refusal: there is no such algorithm, or not with
    these.
    """
    name = order.algoStrategy
    if not name:
        return
    known = _PARAMETERS.get(name)
    if known is None:
        raise Refusal(439, "Order processing failed. Algorithm definition not found.")
    if instrument.legs or (name == "Adaptive" and order.orderType not in _ADAPTIVE_TYPES):
        raise Refusal(442, "Specified algorithm is not allowed for this order.")
    for pair in order.algoParams or ():
        if pair.tag not in known:
            raise Refusal(443, f"Order processing failed. Unknown algo attribute:{pair.tag}")
        _check_value(pair.tag, pair.value, now)


def _check_value(tag: str, value: str, now: float) -> None:
    choices = _CHOICES.get(tag)
    if choices and value not in choices:
        raise Refusal(
            441, f"Algo attributes validation failed:{tag} must be one of {', '.join(choices)}"
        )
    if tag in _SHARES and not _is_share(value):
        raise Refusal(441, f"Algo attributes validation failed:{tag} must be between 0 and 0.5")
    if tag in (*_TIMES, *_ACTIVE_TIMES) and value:
        _check_time(tag, value, now)


def _check_time(tag: str, value: str, now: float) -> None:
    """Check a time of an algorithm: of one that works for days it has to be in the next ones."""
    when = order_time(value, now)
    if when is None:
        raise Refusal(441, f"Algo attributes validation failed:{tag} is not a time: {value}")
    if tag in _ACTIVE_TIMES and when > now + _DAYS_AHEAD * SECONDS_PER_DAY:
        raise Refusal(
            441,
            f"Algo attributes validation failed:{tag} must be within {_DAYS_AHEAD} days: {value}",
        )


def _is_share(value: str) -> bool:
    try:
        return 0 < float(value) <= 0.5
    except ValueError:
        return False
