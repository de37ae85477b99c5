"""What contract details tell of an instrument."""

from __future__ import annotations

from ...contract import ContractDetails
from ...tag_value import TagValue
from .hours import Hours
from .instrument import Instrument

# What each kind can be traded with, as TWS lists it.
_COMMON = "ACTIVETIM,ADJUST,ALERT,ALGO,ALLOC,AVGCOST,BASKET,COND,CONDORDER,DAY,DEACT,DEACTDIS,DEACTEOD,GAT,GTC,GTD,GTT,HID,IOC"
_STOPS = "LIT,LMT,MIT,MKT,MTL,OCA,SCALE,STP,STPLMT,TRAIL,TRAILLIT,TRAILLMT,TRAILMIT,WHATIF"
_ORDER_TYPES = {
    "STK": f"{_COMMON},FOK,ICE,LOC,MIDPX,MOC,OPG,PEGBENCH,PEGMID,REL,RTH,SNAPMID,SNAPMKT,SNAPREL,{_STOPS}",
    "OPT": f"{_COMMON},FOK,ICE,OPENCLOSE,PEGMIDVOL,PEGMKTVOL,PEGPRMVOL,PEGSRFVOL,REL,VOLAT,{_STOPS}",
    "FUT": f"{_COMMON},ICE,LTH,PEGBENCH,{_STOPS}",
    "CASH": f"{_COMMON},CASHQTY,FOK,REL,{_STOPS}",
    "CRYPTO": "ACTIVETIM,ALERT,ALLOC,CASHQTY,DAY,DEACT,GTC,IOC,LMT,MINUTES,MKT,OCA,WHATIF",
    "BOND": f"{_COMMON},LMT,MKT,OCA,RTH,SCALE,WHATIF",
    "FUND": "AD,ALERT,ALLOC,BASKET,DAY,DEACT,DEACTDIS,FUNDSWAP,MKT,NONALGO,WHATIF",
    "IND": "",
    "NEWS": "",
}
_LIKE = {"FOP": "FUT", "WAR": "OPT", "CFD": "STK", "CMDTY": "CASH", "CONTFUT": "IND", "BAG": "OPT"}


def details_of(instrument: Instrument, under: Instrument | None, exchange: str, hours: Hours, now: float) -> ContractDetails:
    """Everything. `exchange` as the client asked; `under`: the underlying, if it has one."""
    details, schedule = ContractDetails(), hours.schedule(instrument)
    details.contract = instrument.contract(exchange)
    details.marketName = instrument.trading_class
    details.minTick, details.priceMagnifier = float(instrument.min_tick), 1
    details.orderTypes, details.validExchanges = _order_types(instrument), ",".join(instrument.exchanges)
    details.marketRuleIds = ",".join(map(str, instrument.rules))
    details.longName, details.stockType = instrument.long_name, instrument.stock_type
    details.industry, details.category, details.subcategory = instrument.industry, instrument.category, instrument.subcategory
    details.timeZoneId = schedule.zone_name
    details.tradingHours, details.liquidHours = hours.text(instrument, now, outside=True), hours.text(instrument, now, outside=False)
    details.aggGroup = instrument.aggregate
    details.minSize, details.sizeIncrement = instrument.min_size, instrument.size_increment
    details.suggestedSizeIncrement = instrument.suggested_size_increment
    details.contractMonth, details.realExpirationDate = instrument.contract_month, instrument.expiry
    details.lastTradeTime = instrument.expiry_time
    if instrument.sec_ids:
        details.secIdList = [TagValue(tag, value) for tag, value in instrument.sec_ids]
        details.cusip = dict(instrument.sec_ids).get("CUSIP", "") if instrument.sec_type == "BOND" else ""
    if under is not None:
        details.underConId, details.underSymbol, details.underSecType = under.con_id, under.symbol, under.sec_type
    for name, value in instrument.details.items():
        setattr(details, name, value)
    return details


def _order_types(instrument: Instrument) -> str:
    return _ORDER_TYPES[_LIKE.get(instrument.sec_type, instrument.sec_type)]
