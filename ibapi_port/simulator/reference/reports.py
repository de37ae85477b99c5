"""The XML of fundamental reports, of one company: element names as in IB's, figures of the
company's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from xml.etree.ElementTree import Element

from .companies import Company, Quarter
from .report_parts import YEAR, add, identify, to_text, total, years
from .statements import financial_statements


def financial_summary(company: Company, today: date, price: float) -> str:
    """Return ReportsFinSummary: revenue, earnings and dividends."""
    root = Element("FinancialSummary")
    currency = company.instrument.currency
    quarters, whole = company.reported(today, 16), years(company, today, 3)
    rows: tuple[tuple[str, str, Callable[[Quarter], float]], ...] = (
        ("EPSs", "EPS", lambda quarter: quarter.eps),
        ("DividendPerShares", "DividendPerShare", lambda quarter: quarter.dividend),
        ("TotalRevenues", "TotalRevenue", lambda quarter: quarter.revenue * 1e6),
    )
    for group, tag, figure in rows:
        part = add(root, group, currency=currency)
        for n in range(12):
            add(
                part,
                tag,
                total(figure, quarters[n : n + YEAR]),
                asofDate=quarters[n].end,
                reportType="TTM",
                period="12M",
            )
        for year in whole:
            add(part, tag, total(figure, year), asofDate=year[0].end, reportType="A", period="12M")
        for quarter in quarters[:12]:
            add(part, tag, figure(quarter), asofDate=quarter.end, reportType="R", period="3M")
    paid = add(root, "Dividends", currency=currency)
    for quarter in quarters:
        if quarter.dividend:
            dates = {
                "exDate": quarter.ex_date,
                "recordDate": quarter.ex_date,
                "payDate": quarter.pay_date,
                "declarationDate": quarter.reported,
            }
            add(paid, "Dividend", quarter.dividend, type="CD", **dates)
    return to_text(root)


def _ratios(company: Company, today: date, price: float) -> dict[str, dict[str, float]]:
    """Return the ratios by group and field name."""
    year = company.reported(today, YEAR)
    eps, revenue, income = (
        total(of, year) for of in (lambda q: q.eps, lambda q: q.revenue, lambda q: q.net_income)
    )
    dividend, cap = total(lambda q: q.dividend, year), company.shares * price
    return {
        "Price and Volume": {
            "NPRICE": price,
            "NHIG": price * 1.2,
            "NLOW": price * 0.8,
            "MKTCAP": cap,
            "EV": cap * 1.02,
        },
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
    part = add(
        root,
        "Ratios",
        PriceCurrency=currency,
        ReportingCurrency=currency,
        ExchangeRate="1.00000",
        LatestAvailableDate=quarter.end,
    )
    for name, fields in _ratios(company, today, price).items():
        group = add(part, "Group", ID=name)
        for field, value in fields.items():
            add(group, "Ratio", float(value), FieldName=field, Type="N")


def snapshot(company: Company, today: date, price: float) -> str:
    """Return ReportSnapshot: an overview of the company."""
    root = Element("ReportSnapshot", Major="1", Minor="0", Revision="1")
    identify(root, company, today)
    stock = company.instrument
    about = add(root, "TextInfo")
    text = (
        f"{stock.long_name} was founded in {company.founded}. "
        "A company of the simulated TWS: its figures are made up."
    )
    add(about, "Text", text, Type="Business Summary", lastModified=today)
    add(root, "contactInfo", lastUpdated=today)
    clients = add(root, "peerInfo", lastUpdated=today)
    industries = add(clients, "IndustryInfo")
    for order, industry in enumerate((stock.industry, stock.category, stock.subcategory), 1):
        if industry:
            add(industries, "Industry", industry, type="TRBC", order=order, reported=0)
    _write_ratios(root, company, today, price)
    forecast = add(
        root, "ForecastData", ConsensusType="Mean", CurFiscalYear=today.year, EarningsBasis="PRX"
    )
    coming = [quarter for quarter in company.between(today, today) if quarter.reported >= today][
        :YEAR
    ]
    target = add(forecast, "Ratio", FieldName="TargetPrice", Type="N")
    add(target, "Value", price * 1.1, PeriodType="CURR")
    earnings = add(forecast, "Ratio", FieldName="ProjEPSQ", Type="N")
    add(earnings, "Value", coming[0].estimated_eps if coming else 0.0, PeriodType="CURR")
    return to_text(root)


def ratios(company: Company, today: date, price: float) -> str:
    """Return ReportRatios: the ratios of the company."""
    root = Element("ReportRatios", Major="1", Minor="0", Revision="1")
    identify(root, company, today)
    _write_ratios(root, company, today, price)
    return to_text(root)


def estimates(company: Company, today: date, price: float) -> str:
    """Return RESC: what analysts expect."""
    root = Element("REarnEstCons", Major="1", Minor="0", Revision="1")
    who = add(root, "Company", Code=f"{company.instrument.con_id % 100000:05d}")
    names = add(add(who, "CoName"), "Name", company.instrument.long_name, type="Short")
    names.tail = None
    add(add(add(who, "SecIds"), "Security"), "SecId", company.instrument.symbol, type="TICKER")
    market = add(add(who, "Security"), "MarketData")
    add(market, "MarketDataItem", price, type="CLPRICE", currCode=company.instrument.currency)
    add(
        market,
        "MarketDataItem",
        company.shares * price,
        type="MARKETCAP",
        currCode=company.instrument.currency,
    )
    consensus = add(root, "ConsEstimates")
    actuals = add(add(root, "Actuals"), "FYActuals")
    kinds: Mapping[str, Callable[[Quarter], float]] = {
        "EPS": lambda q: q.estimated_eps,
        "REV": lambda q: q.revenue,
        "NET": lambda q: q.net_income,
    }
    coming = [quarter for quarter in company.between(today, today) if quarter.reported >= today]
    expected = add(consensus, "FYEstimates")
    for kind, figure in kinds.items():
        part = add(expected, "FYEstimate", type=kind, unit="U" if kind == "EPS" else "MM")
        for quarter in coming:
            period = add(
                part,
                "FYPeriod",
                periodType="Q",
                fYear=quarter.year,
                endMonth=quarter.end.month,
                periodNum=quarter.number,
            )
            for name, times in (("High", 1.1), ("Low", 0.9), ("Mean", 1.0), ("Median", 1.0)):
                add(
                    add(period, "ConsEstimate", type=name),
                    "ConsValue",
                    figure(quarter) * times,
                    dateType="CURR",
                )
            add(add(period, "ConsEstimate", type="NumOfEst"), "ConsValue", 12, dateType="CURR")
    done = add(actuals, "FYActual", type="EPS", unit="U")
    for quarter in company.reported(today, 8):
        period = add(
            done,
            "FYPeriod",
            periodType="Q",
            fYear=quarter.year,
            endMonth=quarter.end.month,
            periodNum=quarter.number,
        )
        add(period, "ActValue", quarter.eps, updated=quarter.reported)
    target = add(add(consensus, "NPEstimates"), "NPEstimate", type="TARGETPRICE", unit="U")
    for name, times in (("High", 1.4), ("Low", 0.8), ("Mean", 1.1)):
        add(add(target, "ConsEstimate", type=name), "ConsValue", price * times, dateType="CURR")
    return to_text(root)


def calendar(company: Company, today: date, price: float) -> str:
    """Return CalendarReport: the company's events."""
    root = Element("WSHData")
    who = add(root, "Company")
    add(who, "Ticker", company.instrument.symbol)
    add(who, "CompanyName", company.instrument.long_name)
    past = company.reported(today, 4)
    coming = [quarter for quarter in company.between(today, today) if quarter.reported >= today][:2]
    earnings = add(who, "EarningsList")
    for quarter in [*reversed(past), *coming]:
        one = add(earnings, "Earnings")
        add(one, "Period", quarter.name)
        add(one, "Etype", "Earnings Release")
        add(one, "Date", f"{quarter.reported:%m/%d/%Y}")
        add(one, "Time", "After Market" if quarter.after_market else "Before Market")
        add(one, "TimeZone", "EST")
        add(one, "Status", "CONFIRMED" if quarter.reported <= today else "UNCONFIRMED")
    return to_text(root)


def ownership(company: Company, today: date, price: float) -> str:
    """Return who holds the shares: three owners that the simulation made up."""
    root = Element("OwnershipReport", Major="1", Minor="0", Revision="1")
    who = add(root, "Company")
    add(who, "ISIN", dict(getattr(company.instrument, "sec_ids", ())).get("ISIN", ""))
    add(root, "floatShares", round(company.shares * 0.98e6), asofDate=today)
    for number, (name, part) in enumerate(
        (("Northfield Fund", 0.07), ("Alder Pension Trust", 0.05), ("Meridian Index Fund", 0.04)), 1
    ):
        owner = add(root, "Owner", ownerId=number)
        add(owner, "type", "Fund")
        add(owner, "name", name)
        add(owner, "quantity", round(company.shares * part * 1e6), asofDate=today)
        add(owner, "currency", company.instrument.currency)
    return to_text(root)


REPORTS: Mapping[str, Callable[[Company, date, float], str]] = {
    "ReportsFinSummary": financial_summary,
    "ReportSnapshot": snapshot,
    "ReportRatios": ratios,
    "ReportsFinStatements": financial_statements,
    "ReportsOwnership": ownership,
    "RESC": estimates,
    "CalendarReport": calendar,
}
