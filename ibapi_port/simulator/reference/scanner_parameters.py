"""reqScannerParameters: the XML that lists what scanners there are, from the scan codes, filters
and scanner.json.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from .scans import FILTERS, SCANS, STOCK_TYPES

ROWS = 50  # the most that a scan returns


def parameters(data: Mapping[str, Any]) -> str:
    """Return the XML of reqScannerParameters."""
    root = Element("ScanParameterResponse")
    _instruments(root, data["instruments"])
    _locations(root, data["locations"])
    _scans(root)
    _filters(root)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _add(parent: Element, **texts: object) -> None:
    for tag, text in texts.items():
        SubElement(parent, tag).text = str(text)


def _instruments(root: Element, entries: Iterable[Mapping[str, Any]]) -> None:
    part = SubElement(root, "InstrumentList", varName="instrumentList")
    groups = ",".join(dict.fromkeys(each.group for each in FILTERS.values()))
    for entry in entries:
        one = SubElement(part, "Instrument")
        _add(
            one,
            name=entry["name"],
            type=entry["type"],
            secType=entry["kinds"][0],
            filters=groups,
            shortName=entry["name"],
        )


def _locations(parent: Element, entries: Iterable[Mapping[str, Any]]) -> None:
    tree = SubElement(parent, "LocationTree", varName="locationTree")
    for entry in entries:
        one = SubElement(tree, "Location")
        _add(
            one,
            displayName=entry["name"],
            locationCode=entry["code"],
            instruments=",".join(entry["instruments"]),
            access="unrestricted",
        )
        if "inner" in entry:
            _locations(one, entry["inner"])


def _scans(root: Element) -> None:
    part = SubElement(root, "ScanTypeList", varName="scanTypeList")
    for code, scan in SCANS.items():
        one = SubElement(part, "ScanType")
        _add(
            one,
            displayName=scan.name,
            scanCode=code,
            instruments=",".join(scan.instruments),
            absoluteColumns="false",
        )
        _add(
            one,
            supportsSorting="true",
            respSizeLimit=ROWS,
            snapshotSizeLimit=ROWS,
            searchDefault="false",
            access="unrestricted",
        )


def _filters(root: Element) -> None:
    part = SubElement(root, "FilterList", varName="filterList")
    for group in dict.fromkeys(each.group for each in FILTERS.values()):
        one = SubElement(part, "RangeFilter")
        _add(one, id=group, category="General", histogram="false", access="unrestricted")
        for code, known in FILTERS.items():
            if known.group == group:
                field = SubElement(
                    one,
                    "AbstractField",
                    type="scanner.filter.DoubleField",
                    varName="above" if known.above else "below",
                )
                _add(
                    field,
                    code=code,
                    displayName=known.name,
                    dontAllowClearAll="false",
                    abbrev="",
                    acceptNegatives="true",
                )
    kinds = SubElement(part, "SimpleFilter")
    _add(kinds, id="STKTYPE", category="General", histogram="false", access="unrestricted")
    field = SubElement(kinds, "AbstractField", type="scanner.filter.ComboField", varName="value")
    _add(field, code="stkTypes", displayName="Stock Type")
    choices = SubElement(field, "ComboValues")
    for name in STOCK_TYPES:
        _add(SubElement(choices, "ComboValue"), code=name, displayName=name)
