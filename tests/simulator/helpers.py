"""What the tests of the simulated TWS share: a clock moved by hand, clients without a network, and
one with.
"""

from __future__ import annotations

import copy
import socket
from collections.abc import Callable
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

from protocol.helpers import deliver, payloads

from ibapi_port.contract import ComboLeg, Contract
from ibapi_port.order import Order
from ibapi_port.protocol.framing import FrameBuffer
from ibapi_port.protocol.handshake import ClientHandshake, greeting
from ibapi_port.protocol.select import codec_for
from ibapi_port.simulator.account.ledger import Account
from ibapi_port.simulator.market.quotes.market import Quote
from ibapi_port.simulator.options import Options
from ibapi_port.simulator.world import World

NOON = 1_776_182_400.0  # 2026-04-14 12:00:00 US/Eastern, a Tuesday
ACCOUNT = "DU1234567"
CASH = Decimal(1_000_000)


class HandClock:
    """Stands still until it is moved."""

    def __init__(self, now: float = NOON) -> None:
        self.time = now

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def wait_for(self, due: float) -> float | None:
        return 0.0 if due <= self.time else None


def realized_total(account: Account) -> Decimal:
    """What the account has realized since it began, in its own currency."""
    positions = account.positions.values()
    return sum((account.in_base(each, each.realized) - each.fees for each in positions), Decimal(0))


class FakePeer:
    """A client that notes what it is sent."""

    def __init__(self, world: World, client_id: int = 1, server_version: int = 187) -> None:
        self.world, self.client_id, self.server_version = world, client_id, server_version
        self.got: list[tuple[str, dict[str, Any]]] = []

    def send(self, name: str, **values: Any) -> None:
        self.got.append((name, copy.deepcopy(values)))
        if name != "error":
            codec_for(self.server_version).encode_message(name, **values)  # it has to fit the wire

    def error(self, req_id: int, code: int, text: str) -> None:
        self.send("error", reqId=req_id, errorCode=code, errorString=text)

    def ask(self, name: str, **values: Any) -> list[tuple[str, dict[str, Any]]]:
        """Make a request; what came in answer. Refusal and Invalid come through."""
        self.got.clear()
        self.world.handlers[name](self, values)
        return self.got

    def names(self) -> list[str]:
        return [name for name, _ in self.got]

    def all(self, name: str) -> list[dict[str, Any]]:
        """The values of every message of that name."""
        return [values for got, values in self.got if got == name]

    def last(self, name: str) -> dict[str, Any]:
        return self.all(name)[-1]


class Desk:
    """A world on a clock moved by hand, with clients."""

    def __init__(self, seed: int = 1, tick_interval: float = 1.0, **options: Any) -> None:
        self.clock = HandClock()
        self.world = World(self.clock, Options(seed=seed, tick_interval=tick_interval, **options))

    def client(self, client_id: int = 1, server_version: int = 187) -> FakePeer:
        """A client that has connected; what it was greeted with is forgotten."""
        peer = FakePeer(self.world, client_id, server_version)
        assert self.world.join(peer)
        peer.got.clear()
        return peer

    def advance(self, seconds: float) -> None:
        """Let time pass, from one timer to the next."""
        end = self.clock.time + seconds
        while (due := self.world.timers.next_due()) is not None and due <= end:
            self.clock.time = max(due, self.clock.time)
            self.world.timers.run_due()
        self.clock.time = end

    def move(self, symbol: str, last: str) -> None:
        """Put a price there; bid and ask are one tick below and above."""
        self.world.market.move(self.instrument(symbol), Decimal(last))

    def quote(self, symbol: str) -> Quote:
        return self.world.market.quote(self.instrument(symbol))

    def quote_of(self, instrument: Any) -> Quote:
        return self.world.market.quote(instrument)

    def instrument(self, symbol: str) -> Any:
        return next(
            entry
            for entry in self.world.instruments.all
            if symbol in (entry.symbol, entry.local_symbol)
        )


def stock(symbol: str = "AAPL", exchange: str = "SMART") -> Contract:
    contract = Contract()
    contract.symbol, contract.secType, contract.exchange, contract.currency = (
        symbol,
        "STK",
        exchange,
        "USD",
    )
    return contract


def pair(symbol: str = "EUR", currency: str = "USD") -> Contract:
    contract = Contract()
    contract.symbol, contract.secType, contract.exchange, contract.currency = (
        symbol,
        "CASH",
        "IDEALPRO",
        currency,
    )
    return contract


def front_option(right: str = "C", strike: float = 230.0) -> Contract:
    """An AAPL option that there is on any day: of next January, or the one after."""
    contract = stock()
    contract.secType, contract.strike, contract.right, contract.multiplier = (
        "OPT",
        strike,
        right,
        "100",
    )
    contract.lastTradeDateOrContractMonth = f"{datetime.now(timezone.utc).year + 1}01"
    return contract


def order(action: str, quantity: str, order_type: str = "MKT", **attributes: Any) -> Order:
    made = Order()
    made.action, made.totalQuantity, made.orderType = action, Decimal(quantity), order_type
    for name, value in attributes.items():
        assert hasattr(made, name)
        setattr(made, name, value)
    return made


def bar_values(**changes: Any) -> dict[str, Any]:
    """The values of a reqHistoricalData but its id: a day of AAPL's trades by the hour, with these
    changes.
    """
    values: dict[str, Any] = {
        "contract": stock(),
        "endDateTime": "",
        "durationStr": "1 D",
        "barSizeSetting": "1 hour",
        "whatToShow": "TRADES",
        "useRTH": 1,
        "formatDate": 1,
        "keepUpToDate": False,
        "chartOptions": [],
    }
    assert changes.keys() <= values.keys()
    return {**values, **changes}


class _Recorder:
    """A wrapper that takes every callback and notes it."""

    def __init__(self, heard: list[tuple[str, tuple[Any, ...]]]) -> None:
        self._heard = heard

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *arguments: self._heard.append((name, arguments))


class RawClient:
    """A client of sockets and codec only. `heard`: callbacks with their arguments, not yet taken by
    `until`.
    """

    def __init__(
        self, address: tuple[str, int], newest: int = 200, connect_options: str = ""
    ) -> None:
        self.sock = socket.create_connection(address, timeout=10)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.sendall(greeting(100, newest, connect_options))
        handshake = ClientHandshake()
        while not handshake.done:
            handshake.feed(self._receive())
        self.server_version, self.time = handshake.server_version, handshake.time
        self.codec = codec_for(self.server_version)
        self.heard: list[tuple[str, tuple[Any, ...]]] = []
        self._frames = FrameBuffer()
        self._take(handshake.rest)

    def _receive(self) -> bytes:
        data = self.sock.recv(65536)
        if not data:
            raise ConnectionError("the server has closed")
        return data

    def _take(self, data: bytes) -> None:
        for payload in payloads(self._frames, data):
            deliver(self.codec, payload, _Recorder(self.heard), _raise)

    def ask(self, name: str, *arguments: Any) -> None:
        self.sock.sendall(self.codec.encode_request(name, *arguments))

    def until(self, *names: str) -> list[tuple[str, tuple[Any, ...]]]:
        """Wait for a callback of one of these names; it and all before it."""
        while True:
            for i, (name, _) in enumerate(self.heard):
                if name in names:
                    taken, self.heard[:] = self.heard[: i + 1], self.heard[i + 1 :]
                    return taken
            self._take(self._receive())

    def start(self, client_id: int = 1) -> list[tuple[str, tuple[Any, ...]]]:
        """startApi, and what TWS greets with."""
        self.ask("startApi", client_id, "")
        greeted = self.until("error")
        while greeted[-1][1][2] not in (2158, 326):
            greeted += self.until("error")
        return greeted

    def wait_for_close(self) -> None:
        """Read until the server has closed."""
        while self.sock.recv(65536):
            pass

    def close(self) -> None:
        self.sock.close()

    def __enter__(self) -> RawClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _raise(error: BaseException) -> None:
    raise error


def bag(desk: Desk, long: int = 1) -> Contract:
    """A combination: so many AAPL bought, one MSFT sold."""
    made = Contract()
    made.symbol, made.secType, made.exchange, made.currency = "AAPL,MSFT", "BAG", "SMART", "USD"
    for symbol, action, ratio in (("AAPL", "BUY", long), ("MSFT", "SELL", 1)):
        leg = ComboLeg()
        leg.conId, leg.ratio = desk.instrument(symbol).con_id, ratio
        leg.action, leg.exchange = action, "SMART"
        made.comboLegs.append(leg)
    return made
