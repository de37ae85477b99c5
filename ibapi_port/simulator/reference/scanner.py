"""reqScannerSubscription: the market scanned now and then again, for those that lead a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...contract import ContractDetails
from ...scanner import ScanData, ScannerSubscription
from ..errors import Invalid, Refusal
from ..market.instruments import Instruments
from ..market.listings.families import Futures
from ..market.listings.instrument import Instrument
from ..market.quotes.market import Market
from ..net.clock import Clock
from ..net.timers import Timer, Timers
from ..services import ClientSession, Handler, Key, Service, SubscriptionTable, Values
from ..times import local
from .companies import company_of
from .figures import Figures
from .scanner_parameters import ROWS, parameters
from .scans import SCANS, Scan, Test, attribute_tests, filter_test, select

MAX_SCANS = 10  # scans of a client at a time
_ERROR = "Historical Market Data Service error message:"
_QUERY = "Historical Market Data Service query message:"
# listed for scans of US stocks, so that their results are long, but not all: they cost time
_MORE_STOCKS = 25
_MONTHS = 2  # of each future that are scanned


@dataclass
class _Subscription:
    scan: Scan
    candidates: list[Instrument]
    tests: list[Test]
    rows: int
    timer: Timer


class ScannerService(Service):
    """Answers reqScannerParameters, reqScannerSubscription and cancelScannerSubscription. `data`:
    scanner.json.
    """

    def __init__(
        self,
        instruments: Instruments,
        market: Market,
        timers: Timers,
        clock: Clock,
        seed: int,
        interval: float,
        data: Mapping[str, Any],
    ) -> None:
        self._instruments = instruments
        self._market = market
        self._timers = timers
        self._clock = clock
        self._seed = seed
        self._interval = interval
        self._kinds = {entry["type"]: entry for entry in data["instruments"]}
        self._locations = dict(_flat(data["locations"]))
        self._parameters = parameters(data)
        self._subscriptions = SubscriptionTable[_Subscription](lambda each: each.timer.cancel())
        self.tables = (self._subscriptions,)
        self._known: dict[
            int, tuple[Any, bool]
        ] = {}  # company and whether it has options, by contract id

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "reqScannerParameters": lambda client, values: client.send(
                "scannerParameters", xml=self._parameters
            ),
            "reqScannerSubscription": self._subscribe,
            "cancelScannerSubscription": self._cancel,
        }

    def _subscribe(self, client: ClientSession, values: Values) -> None:
        key, wanted = (client, values["reqId"]), values["subscription"]
        if key in self._subscriptions:
            raise Refusal(385, "Duplicate ticker ID for API scanner subscription.")
        if self._subscriptions.count(client) >= MAX_SCANS:
            raise Refusal(
                162, f"{_ERROR}Only {MAX_SCANS} simultaneous API scanner subscriptions are allowed."
            )
        scan = self._scan(wanted)
        try:
            tests = attribute_tests(wanted)
            tests += [
                filter_test(option.tag, option.value)
                for option in values.get("scannerSubscriptionFilterOptions") or ()
            ]
        except ValueError as e:
            raise Refusal(162, f"{_ERROR}{e}") from None
        rows = wanted.numberOfRows if 0 < wanted.numberOfRows < ROWS else ROWS
        timer = self._timers.every(self._interval, lambda: self._refresh(key))
        self._subscriptions[key] = _Subscription(scan, self._candidates(wanted), tests, rows, timer)
        self._refresh(key)

    def _cancel(self, client: ClientSession, values: Values) -> None:
        if not self._subscriptions.end((client, values["reqId"])):
            raise Refusal(365, f"No scanner subscription found for ticker id:{values['reqId']}")
        # so TWS confirms it
        raise Refusal(162, f"{_ERROR}API scanner subscription cancelled: {values['reqId']}")

    def _scan(self, wanted: ScannerSubscription) -> Scan:
        if not (wanted.instrument and wanted.locationCode and wanted.scanCode):
            raise Invalid("Please enter instrument, location code and scan code")
        scan = SCANS.get(wanted.scanCode)
        if scan is None:
            raise Refusal(162, f"{_ERROR}Unsupported scan code: {wanted.scanCode}")
        if wanted.instrument not in self._kinds or wanted.instrument not in scan.instruments:
            raise Refusal(
                162,
                f"{_ERROR}Scan {wanted.scanCode} is not supported for instrument "
                f"{wanted.instrument}",
            )
        for code in wanted.locationCode.split(","):
            location = self._locations.get(code.strip())
            if location is None or wanted.instrument not in location["instruments"]:
                raise Refusal(
                    162,
                    f"{_ERROR}Error: Market Scanner is not configured for one of the chosen "
                    "locations.",
                )
        return scan

    def _candidates(self, wanted: ScannerSubscription) -> list[Instrument]:
        kind = self._kinds[wanted.instrument]
        if "STK" in kind["kinds"] and "USD" in kind["currencies"]:
            self._instruments.list_stocks(_MORE_STOCKS)
        places = [self._locations[code.strip()] for code in wanted.locationCode.split(",")]
        return [
            entry
            for entry in self._listed()
            if _is_of_kind(entry, kind) and any(_is_at(entry, place) for place in places)
        ]

    def _listed(self) -> Iterator[Instrument]:
        yield from self._instruments.all
        yield from self._instruments.combos()
        today = local(self._clock.now()).date()
        for family in self._instruments.families:
            if isinstance(family, Futures):
                yield from family.members(today)[:_MONTHS]

    def _refresh(self, key: Key) -> None:
        subscription, (client, req_id) = self._subscriptions[key], key
        leaders = select(
            subscription.scan, map(self._figures, subscription.candidates), subscription.tests
        )[: subscription.rows]
        if not leaders:
            client.error(req_id, 165, f"{_QUERY}no items retrieved")  # and then no rows
        client.send(
            "scannerData",
            reqId=req_id,
            rows=[_row(rank, each.instrument) for rank, each in enumerate(leaders)],
        )

    def _figures(self, instrument: Instrument) -> Figures:
        con_id = instrument.con_id
        if con_id not in self._known:
            self._known[con_id] = (
                company_of(instrument, self._seed),
                bool(self._instruments.chains(instrument)),
            )
        company, options = self._known[con_id]
        return Figures(instrument, self._market.quote(instrument), company, options, self._seed)


def _flat(entries: list[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for entry in entries:
        yield entry["code"], entry
        yield from _flat(entry.get("inner", []))


def _is_of_kind(instrument: Instrument, kind: Mapping[str, Any]) -> bool:
    if instrument.sec_type not in kind["kinds"] or instrument.currency not in kind["currencies"]:
        return False
    if "stock_types" in kind and instrument.stock_type.upper() not in kind["stock_types"]:
        return False
    return "bond_types" not in kind or instrument.details.get("bondType") in kind["bond_types"]


def _is_at(instrument: Instrument, place: Mapping[str, Any]) -> bool:
    return "exchanges" not in place or instrument.venue in place["exchanges"]


def _row(rank: int, instrument: Instrument) -> ScanData:
    details = ContractDetails()
    details.contract = instrument.contract(
        "SMART" if "SMART" in instrument.exchanges else instrument.venue
    )
    details.marketName = instrument.trading_class
    return ScanData(contract=details, rank=rank)
