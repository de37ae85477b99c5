"""The XML of fundamental reports, of one company: element names as in IB's, figures of the company's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from .companies import Company, Quarter

_YEAR = 4  # quarters


def _to_text(root: Element) -> str:
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _add(parent: Element, tag: str, text: object = None, **attributes: object) -> Element:
    child = SubElement(parent, tag, {name: str(value) for name, value in attributes.items()})
    if text is not None:
        child.text = f"{text:.5f}" if isinstance(text, float) else str(text)
    return child


def _identify(root: Element, company: Company, today: date) -> None:
    """Who it is: the same in several reports."""
    stock = company.instrument
    ids = _add(root, "CoIDs")
    _add(ids, "CoID", f"{stock.con_id % 100000:05d}", Type="RepNo")
    _add(ids, "CoID", stock.long_name, Type="CompanyName")
    issue = _add(_add(root, "Issues"), "Issue", ID=1, Type="C", Desc="Common Stock", Order=1)
    _add(issue, "IssueID", "Ordinary Shares", Type="Name")
    _add(issue, "IssueID", stock.symbol, Type="Ticker")
    _add(issue, "Exchange", stock.primary_exchange, Code=stock.primary_exchange, Country="USA" if stock.currency == "USD" else "")
    general = _add(root, "CoGeneralInfo")
    _add(general, "CoStatus", "Active", Code=1)
    _add(general, "CoType", "Equity Issue", Code="EQU")
    newest = company.reported(today, 1)[0]
    _add(general, "LatestAvailableAnnual", company.reported(today, 8)[newest.number % _YEAR].end)
    _add(general, "LatestAvailableInterim", newest.end)
    _add(general, "Employees", company.employees, LastUpdated=newest.end)
    _add(general, "SharesOut", company.shares * 1e6, Date=newest.end, TotalFloat=round(company.shares * 0.98e6, 1))
    _add(general, "ReportingCurrency", stock.currency, Code=stock.currency)


def _years(company: Company, today: date, count: int) -> list[list[Quarter]]:
    """The last whole fiscal years, the newest first, each as its quarters."""
    quarters = company.reported(today, _YEAR * (count + 1))
    skip = quarters[0].number % _YEAR
    return [quarters[n : n + _YEAR] for n in range(skip, skip + _YEAR * count, _YEAR)]


def financial_summary(company: Company, today: date, price: float) -> str:
    root = Element("FinancialSummary")
    currency = company.instrument.currency
    quarters, years = company.reported(today, 16), _years(company, today, 3)
    rows: tuple[tuple[str, str, Callable[[Quarter], float]], ...] = (
        ("EPSs", "EPS", lambda quarter: quarter.eps),
        ("DividendPerShares", "DividendPerShare", lambda quarter: quarter.dividend),
        ("TotalRevenues", "TotalRevenue", lambda quarter: quarter.revenue * 1e6),
    )
    for group, tag, figure in rows:
        part = _add(root, group, currency=currency)
        for n in range(12):
            _add(part, tag, _sum(figure, quarters[n : n + _YEAR]), asofDate=quarters[n].end, reportType="TTM", period="12M")
        for year in years:
            _add(part, tag, _sum(figure, year), asofDate=year[0].end, reportType="A", period="12M")
        for quarter in quarters[:12]:
            _add(part, tag, figure(quarter), asofDate=quarter.end, reportType="R", period="3M")
    paid = _add(root, "Dividends", currency=currency)
    for quarter in quarters:
        if quarter.dividend:
            dates = {
                "exDate": quarter.ex_date,
                "recordDate": quarter.ex_date,
                "payDate": quarter.pay_date,
                "declarationDate": quarter.reported,
            }
            _add(paid, "Dividend", quarter.dividend, type="CD", **dates)
    return _to_text(root)


def _sum(figure: Callable[[Quarter], float], quarters: Iterable[Quarter]) -> float:
    return sum((figure(quarter) for quarter in quarters), 0.0)


def _ratios(company: Company, today: date, price: float) -> dict[str, dict[str, float]]:
    """By group and field name."""
    year = company.reported(today, _YEAR)
    eps, revenue, income = (_sum(of, year) for of in (lambda q: q.eps, lambda q: q.revenue, lambda q: q.net_income))
    dividend, cap = _sum(lambda q: q.dividend, year), company.shares * price
    return {
        "Price and Volume": {"NPRICE": price, "NHIG": price * 1.2, "NLOW": price * 0.8, "MKTCAP": cap, "EV": cap * 1.02},
        "Income Statement": {"TTMREV": revenue, "TTMNIAC": income, "TTMEBITD": income * 1.4},
        "Per share data": {
            "TTMEPSXCLX": eps,
            "TTMREVPS": revenue / company.shares,
            "QBVPS": price / 4,
            "QCSHPS": price / 20,
            "TTMDIVSHR": dividend,
        },
        "Other Ratios": {
            "PEEXCLXOR": price / eps if eps > 0 else -99999.99,
            "TTMGROSMGN": company.margin * 180,
            "TTMNPMGN": company.margin * 100,
            "TTMPR2REV": cap / revenue,
            "PRICE2BK": 4.0,
            "TTMROEPCT": eps / (price / 4) * 100,
            "YIELD": dividend / price * 100,
        },
    }


def _write_ratios(root: Element, company: Company, today: date, price: float) -> None:
    quarter = company.reported(today, 1)[0]
    currency = company.instrument.currency
    part = _add(root, "Ratios", PriceCurrency=currency, ReportingCurrency=currency, ExchangeRate="1.00000", LatestAvailableDate=quarter.end)
    for name, fields in _ratios(company, today, price).items():
        group = _add(part, "Group", ID=name)
        for field, value in fields.items():
            _add(group, "Ratio", float(value), FieldName=field, Type="N")


def snapshot(company: Company, today: date, price: float) -> str:
    root = Element("ReportSnapshot", Major="1", Minor="0", Revision="1")
    _identify(root, company, today)
    stock = company.instrument
    about = _add(root, "TextInfo")
    text = f"{stock.long_name} was founded in {company.founded}. A company of the simulated TWS: its figures are made up."
    _add(about, "Text", text, Type="Business Summary", lastModified=today)
    _add(root, "contactInfo", lastUpdated=today)
    peers = _add(root, "peerInfo", lastUpdated=today)
    industries = _add(peers, "IndustryInfo")
    for order, industry in enumerate((stock.industry, stock.category, stock.subcategory), 1):
        if industry:
            _add(industries, "Industry", industry, type="TRBC", order=order, reported=0)
    _write_ratios(root, company, today, price)
    forecast = _add(root, "ForecastData", ConsensusType="Mean", CurFiscalYear=today.year, EarningsBasis="PRX")
    coming = [quarter for quarter in company.between(today, today) if quarter.reported >= today][:_YEAR]
    target = _add(forecast, "Ratio", FieldName="TargetPrice", Type="N")
    _add(target, "Value", price * 1.1, PeriodType="CURR")
    earnings = _add(forecast, "Ratio", FieldName="ProjEPSQ", Type="N")
    _add(earnings, "Value", coming[0].estimated_eps if coming else 0.0, PeriodType="CURR")
    return _to_text(root)


def ratios(company: Company, today: date, price: float) -> str:
    root = Element("ReportRatios", Major="1", Minor="0", Revision="1")
    _identify(root, company, today)
    _write_ratios(root, company, today, price)
    return _to_text(root)


# Code, statement, name, and how many times the net income (or the revenue, where the code is among _OF_REVENUE) it is.
_LINES = (
    ("SREV", "INC", "Revenue", 1.0),
    ("RTLR", "INC", "Total Revenue", 1.0),
    ("SCOR", "INC", "Cost of Revenue, Total", 0.55),
    ("SGRP", "INC", "Gross Profit", 0.45),
    ("SOPI", "INC", "Operating Income", 1.3),
    ("NINC", "INC", "Net Income", 1.0),
    ("ACAE", "BAL", "Cash & Equivalents", 2.0),
    ("ATCA", "BAL", "Total Current Assets", 6.0),
    ("ATOT", "BAL", "Total Assets", 20.0),
    ("LTLL", "BAL", "Total Liabilities", 12.0),
    ("QTLE", "BAL", "Total Equity", 8.0),
    ("OTLO", "CAS", "Cash from Operating Activities", 1.25),
    ("SCEX", "CAS", "Capital Expenditures", -0.4),
    ("FTLF", "CAS", "Cash from Financing Activities", -0.5),
)
_OF_REVENUE = ("SREV", "RTLR", "SCOR", "SGRP")


def financial_statements(company: Company, today: date, price: float) -> str:
    root = Element("ReportFinancialStatements", Major="1", Minor="0", Revision="1")
    _identify(root, company, today)
    info = _add(root, "StatementInfo")
    _add(info, "COAType", "Industry", Code="IND")
    _add(info, "BalanceSheetDisplay", "Standard", Code="STD")
    _add(info, "CashFlowMethod", "Indirect", Code="IND")
    statements = _add(root, "FinancialStatements")
    names = _add(statements, "COAMap")
    for line, (code, kind, name, _) in enumerate(_LINES, 1):
        _add(names, "mapItem", name, coaItem=code, statementType=kind, lineID=100 * line, precision=2)
    annual, interim = _add(statements, "AnnualPeriods"), _add(statements, "InterimPeriods")
    for year in _years(company, today, 5):
        period = _add(annual, "FiscalPeriod", Type="Annual", EndDate=year[0].end, FiscalYear=year[0].year)
        _write_statements(period, year, 12)
    for quarter in company.reported(today, 5):
        period = _add(
            interim, "FiscalPeriod", Type="Interim", EndDate=quarter.end, FiscalYear=quarter.year, FiscalPeriodNumber=quarter.number
        )
        _write_statements(period, [quarter], 3)
    return _to_text(root)


def _write_statements(period: Element, quarters: list[Quarter], months: int) -> None:
    revenue, income = _sum(lambda q: q.revenue, quarters), _sum(lambda q: q.net_income, quarters)
    for kind in ("INC", "BAL", "CAS"):
        statement = _add(period, "Statement", Type=kind)
        header = _add(statement, "FPHeader")
        if kind != "BAL":
            _add(header, "PeriodLength", months)
            _add(header, "periodType", "Months", Code="M")
        _add(header, "UpdateType", "Updated Normal", Code="UPD")
        _add(header, "StatementDate", quarters[0].end)
        _add(header, "Source", "10-K" if months == 12 else "10-Q", Date=quarters[0].reported)
        for code, of, _, times in _LINES:
            if of == kind:
                _add(statement, "lineItem", round((revenue if code in _OF_REVENUE else income) * times, 2), coaCode=code)


def estimates(company: Company, today: date, price: float) -> str:
    """RESC: what analysts expect."""
    root = Element("REarnEstCons", Major="1", Minor="0", Revision="1")
    who = _add(root, "Company", Code=f"{company.instrument.con_id % 100000:05d}")
    names = _add(_add(who, "CoName"), "Name", company.instrument.long_name, type="Short")
    names.tail = None
    _add(_add(_add(who, "SecIds"), "Security"), "SecId", company.instrument.symbol, type="TICKER")
    market = _add(_add(who, "Security"), "MarketData")
    _add(market, "MarketDataItem", price, type="CLPRICE", currCode=company.instrument.currency)
    _add(market, "MarketDataItem", company.shares * price, type="MARKETCAP", currCode=company.instrument.currency)
    consensus = _add(root, "ConsEstimates")
    actuals = _add(_add(root, "Actuals"), "FYActuals")
    kinds: Mapping[str, Callable[[Quarter], float]] = {
        "EPS": lambda q: q.estimated_eps,
        "REV": lambda q: q.revenue,
        "NET": lambda q: q.net_income,
    }
    coming = [quarter for quarter in company.between(today, today) if quarter.reported >= today]
    expected = _add(consensus, "FYEstimates")
    for kind, figure in kinds.items():
        part = _add(expected, "FYEstimate", type=kind, unit="U" if kind == "EPS" else "MM")
        for quarter in coming:
            period = _add(part, "FYPeriod", periodType="Q", fYear=quarter.year, endMonth=quarter.end.month, periodNum=quarter.number)
            for name, times in (("High", 1.1), ("Low", 0.9), ("Mean", 1.0), ("Median", 1.0)):
                _add(_add(period, "ConsEstimate", type=name), "ConsValue", figure(quarter) * times, dateType="CURR")
            _add(_add(period, "ConsEstimate", type="NumOfEst"), "ConsValue", 12, dateType="CURR")
    done = _add(actuals, "FYActual", type="EPS", unit="U")
    for quarter in company.reported(today, 8):
        period = _add(done, "FYPeriod", periodType="Q", fYear=quarter.year, endMonth=quarter.end.month, periodNum=quarter.number)
        _add(period, "ActValue", quarter.eps, updated=quarter.reported)
    target = _add(_add(consensus, "NPEstimates"), "NPEstimate", type="TARGETPRICE", unit="U")
    for name, times in (("High", 1.4), ("Low", 0.8), ("Mean", 1.1)):
        _add(_add(target, "ConsEstimate", type=name), "ConsValue", price * times, dateType="CURR")
    return _to_text(root)


def calendar(company: Company, today: date, price: float) -> str:
    root = Element("WSHData")
    who = _add(root, "Company")
    _add(who, "Ticker", company.instrument.symbol)
    _add(who, "CompanyName", company.instrument.long_name)
    past = company.reported(today, 4)
    coming = [quarter for quarter in company.between(today, today) if quarter.reported >= today][:2]
    earnings = _add(who, "EarningsList")
    for quarter in [*reversed(past), *coming]:
        one = _add(earnings, "Earnings")
        _add(one, "Period", quarter.name)
        _add(one, "Etype", "Earnings Release")
        _add(one, "Date", f"{quarter.reported:%m/%d/%Y}")
        _add(one, "Time", "After Market" if quarter.after_market else "Before Market")
        _add(one, "TimeZone", "EST")
        _add(one, "Status", "CONFIRMED" if quarter.reported <= today else "UNCONFIRMED")
    return _to_text(root)


def ownership(company: Company, today: date, price: float) -> str:
    """Who holds the shares: three owners that the simulation made up."""
    root = Element("OwnershipReport", Major="1", Minor="0", Revision="1")
    who = _add(root, "Company")
    _add(who, "ISIN", dict(getattr(company.instrument, "sec_ids", ())).get("ISIN", ""))
    _add(root, "floatShares", round(company.shares * 0.98e6), asofDate=today)
    for number, (name, part) in enumerate((("Northfield Fund", 0.07), ("Alder Pension Trust", 0.05), ("Meridian Index Fund", 0.04)), 1):
        owner = _add(root, "Owner", ownerId=number)
        _add(owner, "type", "Fund")
        _add(owner, "name", name)
        _add(owner, "quantity", round(company.shares * part * 1e6), asofDate=today)
        _add(owner, "currency", company.instrument.currency)
    return _to_text(root)


REPORTS: Mapping[str, Callable[[Company, date, float], str]] = {
    "ReportsFinSummary": financial_summary,
    "ReportSnapshot": snapshot,
    "ReportRatios": ratios,
    "ReportsFinStatements": financial_statements,
    "ReportsOwnership": ownership,
    "RESC": estimates,
    "CalendarReport": calendar,
}
