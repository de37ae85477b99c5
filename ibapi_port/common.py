"""The small data classes of the interface, and its signatures' names for ids and lists."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ibapi_port._record import Renamed, field, record
from ibapi_port.const import (
    DOUBLE_INFINITY,
    INFINITY_STR,
    MAX_MSG_LEN,
    NO_VALID_ID,
    UNSET_DECIMAL,
    UNSET_DOUBLE,
    UNSET_INTEGER,
    UNSET_LONG,
)
from ibapi_port.enum_implem import Enum
from ibapi_port.message import OUT
from ibapi_port.object_implem import Object
from ibapi_port.server_versions import (
    MIN_SERVER_VER_PROTOBUF,
    MIN_SERVER_VER_PROTOBUF_ACCOUNTS_POSITIONS,
    MIN_SERVER_VER_PROTOBUF_COMPLETED_ORDER,
    MIN_SERVER_VER_PROTOBUF_CONTRACT_DATA,
    MIN_SERVER_VER_PROTOBUF_HISTORICAL_DATA,
    MIN_SERVER_VER_PROTOBUF_MARKET_DATA,
    MIN_SERVER_VER_PROTOBUF_NEWS_DATA,
    MIN_SERVER_VER_PROTOBUF_PLACE_ORDER,
    MIN_SERVER_VER_PROTOBUF_REST_MESSAGES_1,
    MIN_SERVER_VER_PROTOBUF_REST_MESSAGES_2,
    MIN_SERVER_VER_PROTOBUF_REST_MESSAGES_3,
    MIN_SERVER_VER_PROTOBUF_SCAN_DATA,
)
from ibapi_port.utils import decimalMaxString, floatMaxString, intMaxString

if TYPE_CHECKING:
    from typing import TypeAlias

    from ibapi_port.contract import ContractDescription
    from ibapi_port.order import Order
    from ibapi_port.tag_value import TagValue

__all__ = [
    "DOUBLE_INFINITY",
    "INFINITY_STR",
    "MAX_MSG_LEN",
    "NO_VALID_ID",
    "OUT",
    "PROTOBUF_MSG_ID",
    "PROTOBUF_MSG_IDS",
    "UNSET_DECIMAL",
    "UNSET_DOUBLE",
    "UNSET_INTEGER",
    "UNSET_LONG",
    "BarData",
    "DepthMktDataDescription",
    "Enum",
    "FaDataType",
    "FaDataTypeEnum",
    "FamilyCode",
    "HistogramData",
    "HistogramDataList",
    "HistoricalSession",
    "HistoricalTick",
    "HistoricalTickBidAsk",
    "HistoricalTickLast",
    "Liquidities",
    "LiquiditiesEnum",
    "ListOfContractDescription",
    "ListOfDepthExchanges",
    "ListOfFamilyCode",
    "ListOfHistoricalSessions",
    "ListOfHistoricalTick",
    "ListOfHistoricalTickBidAsk",
    "ListOfHistoricalTickLast",
    "ListOfNewsProviders",
    "ListOfOrder",
    "ListOfPriceIncrements",
    "MarketDataType",
    "MarketDataTypeEnum",
    "NewsProvider",
    "Object",
    "OrderId",
    "PriceIncrement",
    "RealTimeBar",
    "SetOfFloat",
    "SetOfString",
    "SmartComponent",
    "SmartComponentMap",
    "TagValueList",
    "TickAttrib",
    "TickAttribBidAsk",
    "TickAttribLast",
    "TickerId",
    "WshEventData",
    "decimalMaxString",
    "floatMaxString",
    "getServerVersionForMessage",
    "intMaxString",
]

TickerId = int
OrderId = int

# For type checkers the collections say what is in them; at run time they are the plain types, which
# programs call and test against.
if TYPE_CHECKING:
    TagValueList: TypeAlias = list[TagValue]
    SetOfString: TypeAlias = set[str]
    SetOfFloat: TypeAlias = set[float]
    ListOfOrder: TypeAlias = list[Order]
    ListOfFamilyCode: TypeAlias = "list[FamilyCode]"
    ListOfContractDescription: TypeAlias = list[ContractDescription]
    ListOfDepthExchanges: TypeAlias = "list[DepthMktDataDescription]"
    ListOfNewsProviders: TypeAlias = "list[NewsProvider]"
    SmartComponentMap: TypeAlias = dict[int, tuple[str, str]]
    HistogramDataList: TypeAlias = "list[HistogramData]"
    ListOfPriceIncrements: TypeAlias = "list[PriceIncrement]"
    ListOfHistoricalTick: TypeAlias = "list[HistoricalTick]"
    ListOfHistoricalTickBidAsk: TypeAlias = "list[HistoricalTickBidAsk]"
    ListOfHistoricalTickLast: TypeAlias = "list[HistoricalTickLast]"
    ListOfHistoricalSessions: TypeAlias = "list[HistoricalSession]"
else:
    TagValueList = ListOfOrder = ListOfFamilyCode = ListOfContractDescription = list
    ListOfDepthExchanges = ListOfNewsProviders = HistogramDataList = list
    ListOfPriceIncrements = ListOfHistoricalTick = ListOfHistoricalTickBidAsk = list
    ListOfHistoricalTickLast = ListOfHistoricalSessions = list
    SetOfString = SetOfFloat = set
    SmartComponentMap = dict

FaDataType = int
FaDataTypeEnum = Enum("N/A", "GROUPS", "N/A", "ALIASES")
FaDataTypeEnum.PROFILES = 2  # until server version 177

MarketDataType = int
MarketDataTypeEnum = Enum("N/A", "REALTIME", "FROZEN", "DELAYED", "DELAYED_FROZEN")

Liquidities = int
LiquiditiesEnum = Enum("None", "Added", "Remove", "RoudedOut")  # the last one's spelling is IB's

PROTOBUF_MSG_ID = 200  # added to a message's number when its body is protobuf

_PROTOBUF_SINCE = {
    MIN_SERVER_VER_PROTOBUF: "REQ_EXECUTIONS",
    MIN_SERVER_VER_PROTOBUF_PLACE_ORDER: "PLACE_ORDER CANCEL_ORDER REQ_GLOBAL_CANCEL",
    MIN_SERVER_VER_PROTOBUF_COMPLETED_ORDER: (
        "REQ_ALL_OPEN_ORDERS REQ_AUTO_OPEN_ORDERS REQ_OPEN_ORDERS REQ_COMPLETED_ORDERS"
    ),
    MIN_SERVER_VER_PROTOBUF_CONTRACT_DATA: "REQ_CONTRACT_DATA",
    MIN_SERVER_VER_PROTOBUF_MARKET_DATA: (
        "REQ_MKT_DATA CANCEL_MKT_DATA REQ_MKT_DEPTH CANCEL_MKT_DEPTH REQ_MARKET_DATA_TYPE"
    ),
    MIN_SERVER_VER_PROTOBUF_ACCOUNTS_POSITIONS: (
        "REQ_ACCT_DATA REQ_MANAGED_ACCTS REQ_POSITIONS CANCEL_POSITIONS REQ_ACCOUNT_SUMMARY "
        "CANCEL_ACCOUNT_SUMMARY REQ_POSITIONS_MULTI "
        "CANCEL_POSITIONS_MULTI REQ_ACCOUNT_UPDATES_MULTI CANCEL_ACCOUNT_UPDATES_MULTI"
    ),
    MIN_SERVER_VER_PROTOBUF_HISTORICAL_DATA: (
        "REQ_HISTORICAL_DATA CANCEL_HISTORICAL_DATA REQ_REAL_TIME_BARS CANCEL_REAL_TIME_BARS "
        "REQ_HEAD_TIMESTAMP CANCEL_HEAD_TIMESTAMP "
        "REQ_HISTOGRAM_DATA CANCEL_HISTOGRAM_DATA REQ_HISTORICAL_TICKS REQ_TICK_BY_TICK_DATA "
        "CANCEL_TICK_BY_TICK_DATA"
    ),
    MIN_SERVER_VER_PROTOBUF_NEWS_DATA: (
        "REQ_NEWS_BULLETINS CANCEL_NEWS_BULLETINS REQ_NEWS_ARTICLE REQ_NEWS_PROVIDERS "
        "REQ_HISTORICAL_NEWS REQ_WSH_META_DATA "
        "CANCEL_WSH_META_DATA REQ_WSH_EVENT_DATA CANCEL_WSH_EVENT_DATA"
    ),
    MIN_SERVER_VER_PROTOBUF_SCAN_DATA: (
        "REQ_SCANNER_PARAMETERS REQ_SCANNER_SUBSCRIPTION CANCEL_SCANNER_SUBSCRIPTION "
        "REQ_FUNDAMENTAL_DATA CANCEL_FUNDAMENTAL_DATA "
        "REQ_PNL CANCEL_PNL REQ_PNL_SINGLE CANCEL_PNL_SINGLE"
    ),
    MIN_SERVER_VER_PROTOBUF_REST_MESSAGES_1: (
        "REQ_FA REPLACE_FA EXERCISE_OPTIONS REQ_CALC_IMPLIED_VOLAT CANCEL_CALC_IMPLIED_VOLAT "
        "REQ_CALC_OPTION_PRICE CANCEL_CALC_OPTION_PRICE"
    ),
    MIN_SERVER_VER_PROTOBUF_REST_MESSAGES_2: (
        "REQ_SEC_DEF_OPT_PARAMS REQ_SOFT_DOLLAR_TIERS REQ_FAMILY_CODES REQ_MATCHING_SYMBOLS "
        "REQ_SMART_COMPONENTS REQ_MARKET_RULE "
        "REQ_USER_INFO"
    ),
    MIN_SERVER_VER_PROTOBUF_REST_MESSAGES_3: (
        "REQ_IDS REQ_CURRENT_TIME REQ_CURRENT_TIME_IN_MILLIS START_API SET_SERVER_LOGLEVEL "
        "VERIFY_REQUEST VERIFY_MESSAGE "
        "QUERY_DISPLAY_GROUPS SUBSCRIBE_TO_GROUP_EVENTS UPDATE_DISPLAY_GROUP "
        "UNSUBSCRIBE_FROM_GROUP_EVENTS REQ_MKT_DEPTH_EXCHANGES"
    ),
}

# The server version from which on a request goes out as protobuf.
PROTOBUF_MSG_IDS: dict[int, int] = {
    int(getattr(OUT, name)): version
    for version, names in _PROTOBUF_SINCE.items()
    for name in names.split()
}


def getServerVersionForMessage(msgId: int) -> float:
    """Return the server version from which on the request of this id goes out as Protocol Buffers;
    infinity: none has it so.
    """
    return PROTOBUF_MSG_IDS.get(msgId, float("inf"))


# ---- market data


@record
class TickAttrib(Object):
    """Flags of a price tick."""

    _text = "CanAutoExecute: {canAutoExecute:d}, PastLimit: {pastLimit:d}, PreOpen: {preOpen:d}"

    canAutoExecute: bool = False
    pastLimit: bool = False  # the bid is below or the ask above the day's limits
    preOpen: bool = False


@record
class TickAttribBidAsk(Object):
    """Flags of a tick-by-tick quote."""

    _text = "BidPastLow: {bidPastLow:d}, AskPastHigh: {askPastHigh:d}"

    bidPastLow: bool = False
    askPastHigh: bool = False


@record
class TickAttribLast(Object):
    """Flags of a tick-by-tick trade."""

    _text = "PastLimit: {pastLimit:d}, Unreported: {unreported:d}"

    pastLimit: bool = False
    unreported: bool = False


@record
class DepthMktDataDescription(Object):
    """An exchange that has market depth (mktDepthExchanges)."""

    _text = (
        "Exchange: {exchange}, SecType: {secType}, ListingExchange: {listingExch}, "
        "ServiceDataType: {serviceDataType}, "
        "AggGroup: {aggGroup:i}, "
    )

    exchange: str = ""
    secType: str = ""
    listingExch: str = ""
    serviceDataType: str = ""  # Deep or Deep2
    aggGroup: int = UNSET_INTEGER


@record
class SmartComponent(Object):
    """The exchange that a bit, or a letter, of a SMART quote stands for (smartComponents)."""

    _text = "BitNumber: {bitNumber:d}, Exchange: {exchange}, ExchangeLetter: {exchangeLetter}"

    bitNumber: int = 0
    exchange: str = ""
    exchangeLetter: str = ""


@record
class PriceIncrement(Object):
    """The tick size from a price on (marketRule)."""

    _text = "LowEdge: {lowEdge:f}, Increment: {increment:f}"

    lowEdge: float = 0.0
    increment: float = 0.0


# ---- history


@record
class BarData(Object):
    """One bar of historical data.

    ``volume``, ``wap`` and ``barCount`` are of trades; other data have -1 there.
    """

    _text = (
        "Date: {date}, Open: {open:f}, High: {high:f}, Low: {low:f}, Close: {close:f}, Volume: "
        "{volume:m}, WAP: {wap:m}, "
        "BarCount: {barCount:i}"
    )

    # start of the bar: YYYYMMDD, with the time and its zone, or seconds since 1970 (formatDate=2)
    date: str = ""
    open: float = 0.0
    high: float = 0.0
    low: float = 0.0
    close: float = 0.0
    volume: Decimal = UNSET_DECIMAL
    wap: Decimal = UNSET_DECIMAL  # average price, weighted by volume
    barCount: int = 0  # trades in the bar

    # names and fields of older generations
    average = Renamed("wap")


@record(kw_only=False)
class RealTimeBar(Object):
    """One bar of five seconds."""

    _text = (
        "Time: {time:i}, Open: {open_:f}, High: {high:f}, Low: {low:f}, Close: {close:f}, Volume: "
        "{volume:m}, WAP: {wap:m}, "
        "Count: {count:i}"
    )

    time: int = 0  # start of the bar in seconds since 1970
    endTime: int = -1
    open_: float = 0.0
    high: float = 0.0
    low: float = 0.0
    close: float = 0.0
    volume: Decimal = UNSET_DECIMAL
    wap: Decimal = UNSET_DECIMAL
    count: int = 0


@record
class HistogramData(Object):
    """How much was traded at a price."""

    _text = "Price: {price:f}, Size: {size:m}"

    price: float = 0.0
    size: Decimal = UNSET_DECIMAL

    # names and fields of older generations
    count = Renamed("size")


@record
class HistoricalTick(Object):
    """A midpoint; its size means nothing."""

    _text = "Time: {time:i}, Price: {price:f}, Size: {size:m}"

    time: int = 0  # seconds since 1970, as in the other ticks
    price: float = 0.0
    size: Decimal = UNSET_DECIMAL


@record
class HistoricalTickBidAsk(Object):
    """A quote."""

    _text = (
        "Time: {time:i}, TickAttriBidAsk: {tickAttribBidAsk}, PriceBid: {priceBid:f}, PriceAsk: "
        "{priceAsk:f}, SizeBid: {sizeBid:m}, "
        "SizeAsk: {sizeAsk:m}"
    )

    time: int = 0
    tickAttribBidAsk: TickAttribBidAsk = field(default_factory=TickAttribBidAsk)
    priceBid: float = 0.0
    priceAsk: float = 0.0
    sizeBid: Decimal = UNSET_DECIMAL
    sizeAsk: Decimal = UNSET_DECIMAL


@record
class HistoricalTickLast(Object):
    """A trade."""

    _text = (
        "Time: {time:i}, TickAttribLast: {tickAttribLast}, Price: {price:f}, Size: {size:m}, "
        "Exchange: {exchange}, "
        "SpecialConditions: {specialConditions}"
    )

    time: int = 0
    tickAttribLast: TickAttribLast = field(default_factory=TickAttribLast)
    price: float = 0.0
    size: Decimal = UNSET_DECIMAL
    exchange: str = ""
    specialConditions: str = ""


@record
class HistoricalSession(Object):
    """One trading session of historicalSchedule; times are YYYYMMDD-hh:mm:ss in the schedule's
    zone.
    """

    _text = "Start: {startDateTime}, End: {endDateTime}, Ref Date: {refDate}"

    startDateTime: str = ""
    endDateTime: str = ""
    refDate: str = ""  # YYYYMMDD


# ---- the rest


@record
class NewsProvider(Object):
    """A source of news that the account may read."""

    _text = "Code: {code}, Name: {name}"

    code: str = ""
    name: str = ""


@record
class FamilyCode(Object):
    """The family that an account belongs to."""

    _text = "AccountId: {accountID}, FamilyCodeStr: {familyCodeStr}"

    accountID: str = ""
    familyCodeStr: str = ""


@record
class WshEventData(Object):
    """Which events of the Wall Street Horizon calendar reqWshEventData asks for: ``conId`` or
    ``filter`` (JSON).
    """

    _text = (
        "WshEventData. ConId: {conId:i}, Filter: {filter}, Fill Watchlist: {fillWatchlist:d}, Fill "
        "Portfolio: {fillPortfolio:d}, "
        "Fill Competitors: {fillCompetitors:d}"
    )

    conId: int = UNSET_INTEGER
    filter: str = ""
    fillWatchlist: bool = False
    fillPortfolio: bool = False
    fillCompetitors: bool = False
    startDate: str = ""  # YYYYMMDD
    endDate: str = ""
    totalLimit: int = UNSET_INTEGER  # how many events at most
