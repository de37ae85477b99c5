"""What contract details say of an instrument."""

from __future__ import annotations

from ....contract import ContractDetails
from ....tag_value import TagValue
from .hours import Hours
from .instrument import Instrument

# What each kind can be traded with, as TWS lists it.
_COMMON = (
    "ACTIVETIM,ADJUST,ALERT,ALGO,ALLOC,AVGCOST,BASKET,COND,CONDORDER,DAY,DEACT,DEACTDIS,DEACTEOD,"
    "GAT,GTC,GTD,GTT,HID,IOC"
)
_STOPS = "LIT,LMT,MIT,MKT,MTL,OCA,SCALE,STP,STPLMT,TRAIL,TRAILLIT,TRAILLMT,TRAILMIT,WHATIF"
_ORDER_TYPES = {
    "STK": (
        f"{_COMMON},FOK,ICE,LOC,MIDPX,MOC,OPG,PEGBENCH,PEGMID,REL,RTH,SNAPMID,SNAPMKT,SNAPREL,{_STOPS}"
    ),
    "OPT": (
        f"{_COMMON},FOK,ICE,OPENCLOSE,PEGMIDVOL,PEGMKTVOL,PEGPRMVOL,PEGSRFVOL,REL,VOLAT,{_STOPS}"
    ),
    "FUT": f"{_COMMON},ICE,LTH,PEGBENCH,{_STOPS}",
    "CASH": f"{_COMMON},CASHQTY,FOK,REL,{_STOPS}",
    "CRYPTO": "ACTIVETIM,ALERT,ALLOC,CASHQTY,DAY,DEACT,GTC,IOC,LMT,MINUTES,MKT,OCA,WHATIF",
    "BOND": f"{_COMMON},LMT,MKT,OCA,RTH,SCALE,WHATIF",
    "FUND": "AD,ALERT,ALLOC,BASKET,DAY,DEACT,DEACTDIS,FUNDSWAP,MKT,NONALGO,WHATIF",
    "IND": "",
    "NEWS": "",
}
_LAST_TRADES = {"us options": "16:00:00"}  # where the instrument says nothing of it
_LIKE = {"FOP": "FUT", "WAR": "OPT", "CFD": "STK", "CMDTY": "CASH", "CONTFUT": "IND", "BAG": "OPT"}


def details_of(
    instrument: Instrument, under: Instrument | None, exchange: str, hours: Hours, now: float
) -> ContractDetails:
    """Return everything that TWS says of an instrument. `exchange` as the client asked; `under`:
    the underlying, if it has one.
    """
    details, schedule = ContractDetails(), hours.schedule(instrument)
    details.contract = instrument.contract(exchange)
    details.marketName = instrument.trading_class
    details.minTick = float(instrument.min_tick)
    details.priceMagnifier = 1
    details.orderTypes = _order_types(instrument)
    details.validExchanges = ",".join(instrument.exchanges)
    details.marketRuleIds = ",".join(map(str, instrument.rules))
    details.longName = instrument.long_name
    details.stockType = instrument.stock_type
    details.industry = instrument.industry
    details.category = instrument.category
    details.subcategory = instrument.subcategory
    details.timeZoneId = schedule.zone_name
    details.tradingHours = hours.text(instrument, now, outside=True)
    details.liquidHours = hours.text(instrument, now, outside=False)
    details.aggGroup = instrument.aggregate
    details.minSize = instrument.min_size
    details.sizeIncrement = instrument.size_increment
    details.suggestedSizeIncrement = instrument.suggested_size_increment
    details.contractMonth = instrument.contract_month
    details.realExpirationDate = instrument.expiry
    details.lastTradeTime = instrument.expiry_time or _LAST_TRADES.get(instrument.hours, "")
    if instrument.sec_ids:
        details.secIdList = [TagValue(tag, value) for tag, value in instrument.sec_ids]
        details.cusip = (
            dict(instrument.sec_ids).get("CUSIP", "") if instrument.sec_type == "BOND" else ""
        )
    if under is not None:
        details.underConId = under.con_id
        details.underSymbol = under.symbol
        details.underSecType = under.sec_type
    for name, value in instrument.details.items():
        setattr(details, name, value)
    return details


def _order_types(instrument: Instrument) -> str:
    return _ORDER_TYPES[_LIKE.get(instrument.sec_type, instrument.sec_type)]
