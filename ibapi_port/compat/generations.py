"""The generations of `ibapi` that programs were written for, and the choice of one."""

from __future__ import annotations

from .._record import default_in_constructor
from ..common import (
    BarData,
    HistogramData,
    HistoricalTick,
    HistoricalTickBidAsk,
    HistoricalTickLast,
    RealTimeBar,
)
from ..const import UNSET_DOUBLE
from ..contract import Contract, ContractDescription
from ..execution import Execution
from ..object_implem import Object
from ..order import FALSE_IS_UNSET, Order
from ..protocol.schema import left_out
from ..server_versions import MIN_SERVER_VER_RFQ_FIELDS
from ..ticktype import TickTypeEnum
from .attributes import use_names
from .texts import TEXTS, Text, use_texts
from .versions import use_versions

GENERATIONS = (
    "9.73",
    "9.76",
    "9.81",
    "10.19",
    "10.30",
    "10.37",
    "10.46",
    "10.51",
)  # each stands for the versions from it to the next
NEWEST = GENERATIONS[-1]

# Defaults of data classes that programs ask for ("strike == 0", "comboLegs is None") and that have
# changed: the last generation with the older one, class, attribute, older default.
_OLDER_DEFAULTS: tuple[tuple[str, type[Object], str, object], ...] = (
    ("10.37", Order, "routeMarketableToBbo", False),
    ("10.30", Contract, "strike", 0.0),
    ("10.19", Contract, "comboLegs", None),
    ("10.19", ContractDescription, "derivativeSecTypes", None),
    ("9.81", Order, "totalQuantity", 0),
    ("9.81", Order, "filledQuantity", UNSET_DOUBLE),
    ("9.81", Execution, "shares", 0.0),
    ("9.81", Execution, "cumQty", 0.0),
    ("9.81", BarData, "volume", 0),
    ("9.81", BarData, "wap", 0.0),
    ("9.81", RealTimeBar, "volume", 0.0),
    ("9.81", RealTimeBar, "wap", 0.0),
    ("9.81", HistogramData, "size", 0),
    ("9.81", HistoricalTick, "size", 0),
    ("9.81", HistoricalTickBidAsk, "sizeBid", 0),
    ("9.81", HistoricalTickBidAsk, "sizeAsk", 0),
    ("9.81", HistoricalTickLast, "size", 0),
)

# What older clients left out of a request to a server that is too old for it, where later ones
# refuse the request: the last generation that did so, request, path, and the server version from
# which it did (before, it refused as well).
_LEFT_OUT: tuple[tuple[str, str, str, int], ...] = (
    ("10.30", "placeOrder", "order.manualOrderIndicator", MIN_SERVER_VER_RFQ_FIELDS),
    ("10.30", "cancelOrder", "orderCancel.extOperator", MIN_SERVER_VER_RFQ_FIELDS),
    ("10.30", "cancelOrder", "orderCancel.manualOrderIndicator", MIN_SERVER_VER_RFQ_FIELDS),
    ("10.30", "placeOrder", "order.imbalanceOnly", 0),
    ("9.81", "placeOrder", "order.autoCancelParent", 0),
)

_chosen: str | None = None
_found: str | None = None


def generation(name: str | None) -> None:
    """Let callbacks and data classes be as in a generation: "9.76", "9.81" (up to 10.10), "10.19",
    "10.30", "10.37", "10.46" or "10.51".

    For the whole process, and for connections made from now on. None: what each program's callbacks
    tell, the default. ValueError: there is no such generation.
    """
    if name is not None and name not in GENERATIONS:
        raise ValueError(f"there is no generation {name!r}; there are {', '.join(GENERATIONS)}")
    global _chosen, _found
    _chosen, _found = name, None
    _use(name or NEWEST)


def current() -> str:
    """The generation in use: the one that was asked for, else the one that callbacks told, else the
    newest.
    """
    return _chosen or _found or NEWEST


def chosen() -> str | None:
    """The generation that was asked for; None if none was."""
    return _chosen


def found(name: str) -> None:
    """Let data classes be as in the generation that a program's callbacks tell, unless one was
    chosen. Of several the oldest holds.
    """
    global _found
    if _chosen is None and not is_up_to(_found or NEWEST, name):
        _found = name
        _use(name)


def _use(name: str) -> None:
    """Let data classes have the defaults, texts and attributes of a generation."""
    for last, cls, attribute, older in _OLDER_DEFAULTS:
        if is_up_to(name, last):
            default_in_constructor(cls, attribute, older)
        else:
            default_in_constructor(cls, attribute)
    if is_up_to(name, "10.37"):
        FALSE_IS_UNSET.add("routeMarketableToBbo")
    else:
        FALSE_IS_UNSET.clear()
    left_out.SINCE.clear()
    left_out.SINCE.update(
        {(request, path): since for last, request, path, since in _LEFT_OUT if is_up_to(name, last)}
    )
    texts: dict[type[Object], str | Text] = {}
    for last, cls, text in TEXTS:
        if is_up_to(name, last):
            texts.setdefault(cls, text)
    use_texts(texts)
    use_versions(name)
    # What an older TWS sends as tick type 47 are the ratios: they keep their name unless a program
    # was written for 10.51.
    TickTypeEnum.idx2name[TickTypeEnum.NOT_USED] = (
        "NOT_USED" if _chosen == "10.51" else "FUNDAMENTAL_RATIOS"
    )
    use_names(name)


def is_up_to(name: str, last: str) -> bool:
    """Whether a generation is `last` or an older one."""
    return GENERATIONS.index(name) <= GENERATIONS.index(last)
