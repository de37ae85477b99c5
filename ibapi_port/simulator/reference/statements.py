"""The report of financial statements: income, balance, cash flow."""

from __future__ import annotations

from datetime import date
from xml.etree.ElementTree import Element

from .companies import Company, Quarter
from .report_parts import add, identify, to_text, total, years

# Code, statement, name, and how many times the net income (or the revenue, where the code is among
# _OF_REVENUE) it is.
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
    """Return ReportsFinStatements: income, balance sheet and cash flow."""
    root = Element("ReportFinancialStatements", Major="1", Minor="0", Revision="1")
    identify(root, company, today)
    info = add(root, "StatementInfo")
    add(info, "COAType", "Industry", Code="IND")
    add(info, "BalanceSheetDisplay", "Standard", Code="STD")
    add(info, "CashFlowMethod", "Indirect", Code="IND")
    statements = add(root, "FinancialStatements")
    names = add(statements, "COAMap")
    for line, (code, kind, name, _) in enumerate(_LINES, 1):
        add(
            names, "mapItem", name, coaItem=code, statementType=kind, lineID=100 * line, precision=2
        )
    annual, interim = add(statements, "AnnualPeriods"), add(statements, "InterimPeriods")
    for year in years(company, today, 5):
        period = add(
            annual, "FiscalPeriod", Type="Annual", EndDate=year[0].end, FiscalYear=year[0].year
        )
        _write_statements(period, year, 12)
    for quarter in company.reported(today, 5):
        period = add(
            interim,
            "FiscalPeriod",
            Type="Interim",
            EndDate=quarter.end,
            FiscalYear=quarter.year,
            FiscalPeriodNumber=quarter.number,
        )
        _write_statements(period, [quarter], 3)
    return to_text(root)


def _write_statements(period: Element, quarters: list[Quarter], months: int) -> None:
    revenue, income = total(lambda q: q.revenue, quarters), total(lambda q: q.net_income, quarters)
    for kind in ("INC", "BAL", "CAS"):
        statement = add(period, "Statement", Type=kind)
        header = add(statement, "FPHeader")
        if kind != "BAL":
            add(header, "PeriodLength", months)
            add(header, "periodType", "Months", Code="M")
        add(header, "UpdateType", "Updated Normal", Code="UPD")
        add(header, "StatementDate", quarters[0].end)
        add(header, "Source", "10-K" if months == 12 else "10-Q", Date=quarters[0].reported)
        for code, of, _, times in _LINES:
            if of == kind:
                add(
                    statement,
                    "lineItem",
                    round((revenue if code in _OF_REVENUE else income) * times, 2),
                    coaCode=code,
                )
