"""What the reports about companies have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from .companies import Company, Quarter

YEAR = 4  # quarters


def to_text(root: Element) -> str:
    """Return an XML element as text."""
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def add(parent: Element, tag: str, text: object = None, **attributes: object) -> Element:
    """Add an element with this text."""
    child = SubElement(parent, tag, {name: str(value) for name, value in attributes.items()})
    if text is not None:
        child.text = f"{text:.5f}" if isinstance(text, float) else str(text)
    return child


def identify(root: Element, company: Company, today: date) -> None:
    """Write who it is: the same in several reports."""
    stock = company.instrument
    ids = add(root, "CoIDs")
    add(ids, "CoID", f"{stock.con_id % 100000:05d}", Type="RepNo")
    add(ids, "CoID", stock.long_name, Type="CompanyName")
    issue = add(add(root, "Issues"), "Issue", ID=1, Type="C", Desc="Common Stock", Order=1)
    add(issue, "IssueID", "Ordinary Shares", Type="Name")
    add(issue, "IssueID", stock.symbol, Type="Ticker")
    add(
        issue,
        "Exchange",
        stock.primary_exchange,
        Code=stock.primary_exchange,
        Country="USA" if stock.currency == "USD" else "",
    )
    general = add(root, "CoGeneralInfo")
    add(general, "CoStatus", "Active", Code=1)
    add(general, "CoType", "Equity Issue", Code="EQU")
    newest = company.reported(today, 1)[0]
    add(general, "LatestAvailableAnnual", company.reported(today, 8)[newest.number % YEAR].end)
    add(general, "LatestAvailableInterim", newest.end)
    add(general, "Employees", company.employees, LastUpdated=newest.end)
    add(
        general,
        "SharesOut",
        company.shares * 1e6,
        Date=newest.end,
        TotalFloat=round(company.shares * 0.98e6, 1),
    )
    add(general, "ReportingCurrency", stock.currency, Code=stock.currency)


def years(company: Company, today: date, count: int) -> list[list[Quarter]]:
    """Return the last whole fiscal years, the newest first, each as its quarters."""
    quarters = company.reported(today, YEAR * (count + 1))
    skip = quarters[0].number % YEAR
    return [quarters[n : n + YEAR] for n in range(skip, skip + YEAR * count, YEAR)]


def total(figure: Callable[[Quarter], float], quarters: Iterable[Quarter]) -> float:
    """Return the sum of a figure over quarters."""
    return sum((figure(quarter) for quarter in quarters), 0.0)
