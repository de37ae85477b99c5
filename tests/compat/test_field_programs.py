"""Whole programs in the styles of public ones, on `python -m ibapi_port run` and the simulated TWS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ibapi_port.protocol.protobuf import available
from ibapi_port.simulator import SimulatedTws

from .helpers import python

VERSIONS = [
    187,
    pytest.param(
        226,
        marks=pytest.mark.skipif(not available(), reason="the protobuf package is not installed"),
    ),
]

START = """
import sys, threading
from ibapi.client import *
from ibapi.wrapper import *
PORT = int(sys.argv[1])
class App(EWrapper, EClient):
    def __init__(self):
        EClient.__init__(self, self)
        self._ready = threading.Event()
    def nextValidId(self, orderId):
        self.first = orderId
        self._ready.set()
"""
STOCK = """
from ibapi.contract import Contract
from ibapi.order import Order
stock = Contract()
stock.symbol, stock.secType, stock.exchange, stock.currency = "AAPL", "STK", "SMART", "USD"
"""

# run() in a daemon thread, the request is the last line
DAEMON = """
    heard = 0
    def currentTime(self, time):
        self.heard += 1
        print("heard", self.heard, flush=True)
        self.reqCurrentTime() if self.heard < 5 else self.disconnect()
app = App()
app.connect("127.0.0.1", PORT, 1)
threading.Thread(target=app.run, daemon=True).start()
app._ready.wait(10)
print("last line", flush=True)
app.reqCurrentTime()
"""

# run() in a daemon thread; the connection is ended in a callback, and its end takes a moment
CLOSING = """
    def currentTime(self, now):
        self.disconnect()
    def connectionClosed(self):
        threading.Event().wait(0.2)
        print("closed, saved", flush=True)
app = App()
app.connect("127.0.0.1", PORT, 1)
threading.Thread(target=app.run, daemon=True).start()
app._ready.wait(10)
app.reqCurrentTime()
"""

# a run() of its own
LOOP = """
    def run(self):
        try:
            while self.isConnected() or not self.msg_queue.empty():
                try:
                    message = self.msg_queue.get(block=True, timeout=0.2)
                except queue.Empty:
                    self.msgLoopTmo()
                    continue
                if self.serverVersion() < 201:
                    self.decoder.interpret(comm.read_fields(message))
                else:
                    number, rest = int.from_bytes(message[:4], "big"), message[4:]
                    if number > 200:
                        self.decoder.processProtoBuf(rest, number - 200)
                    else:
                        self.decoder.interpret(comm.read_fields(rest), number)
                self.msgLoopRec()
        finally:
            self.disconnect()
    def currentTime(self, time):
        print("time", type(time).__name__)
        self.disconnect()
    def connectionClosed(self):
        print("closed", self.clientId)
app = App()
app.connect("127.0.0.1", PORT, 7)
threading.Thread(target=lambda: app._ready.wait(10) and app.reqCurrentTime()).start()
app.run()
"""

# what programs ask of a connection
ASKED = """
import ibapi
from ibapi.utils import *
app = App()
app.connect("", PORT, 3)
print(app.isConnected(), app.twsConnectionTime().decode()[:2], Decimal("1"), logging.WARNING)
print(ibapi.__version__ == ibapi.get_version_string() >= "10.51")
app.disconnect()
app.run()
"""

# every method of EWrapper wrapped, as in IB's Testbed, and an order that fills
WRAPPED = """
import inspect
class Wrapped(EWrapper):
    pass
for name, method in inspect.getmembers(EWrapper, inspect.isfunction):
    setattr(Wrapped, name, (lambda method: lambda *args, **kwargs: method(*args, **kwargs))(method))
class Testbed(Wrapped, EClient):
    def __init__(self):
        Wrapped.__init__(self)
        EClient.__init__(self, wrapper=self)
    def nextValidId(self, orderId):
        order = Order()
        order.action, order.orderType, order.totalQuantity = "BUY", "MKT", Decimal(10)
        self.placeOrder(orderId, stock, order)
    def error(self, reqId, errorCode, errorString):
        pass
    def commissionReport(self, report):
        print("fee", report.commission > 0)
        self.disconnect()
app = Testbed()
app.connect("127.0.0.1", PORT, 2)
app.run()
"""

# an App that is a dataclass, one that is a Thread, and run() in an executor of asyncio
STYLES = """
import asyncio, dataclasses
@dataclasses.dataclass
class Data(EWrapper, EClient):
    log: list = dataclasses.field(default_factory=list)
    def __post_init__(self):
        EClient.__init__(self, self)
    def nextValidId(self, orderId):
        self.log.append(orderId)
        self.disconnect()
data = Data()
data.connect("127.0.0.1", PORT, 1)
data.run()
print("dataclass", data.log)
class Threaded(App, threading.Thread):
    def __init__(self):
        threading.Thread.__init__(self)
        App.__init__(self)
    def run(self):
        EClient.run(self)
threaded = Threaded()
threaded.connect("127.0.0.1", PORT, 1)
threaded.start()
threaded._ready.wait(10)
threaded.disconnect()
threaded.join(10)
print("thread", threaded.is_alive(), threaded.first)
class Future(App):
    def currentTime(self, time):
        self.loop.call_soon_threadsafe(self.answer.set_result, time)
async def main():
    app = Future()
    app.loop = asyncio.get_running_loop()
    app.answer = app.loop.create_future()
    await app.loop.run_in_executor(None, app.connect, "127.0.0.1", PORT, 1)
    running = app.loop.run_in_executor(None, app.run)
    await app.loop.run_in_executor(None, app._ready.wait, 10)
    app.reqCurrentTime()
    time = await asyncio.wait_for(app.answer, 10)
    app.disconnect()
    await asyncio.wait_for(running, 10)
    print("asyncio", type(time).__name__)
asyncio.run(main())
"""

# the configuration, which only a ...ProtoBuf request asks for
CONFIG = """
from ibapi.protobuf.ConfigRequest_pb2 import ConfigRequest
class Settings(App):
    def configResponseProtoBuf(self, response):
        print("configuration", response.reqId)
        self.disconnect()
app = Settings()
app.connect("127.0.0.1", PORT, 1)
threading.Thread(target=lambda: app._ready.wait(10) and app.reqConfigProtoBuf(ConfigRequest(reqId=4))).start()
app.run()
"""


@pytest.fixture(params=VERSIONS)
def tws(request: pytest.FixtureRequest) -> Iterator[SimulatedTws]:
    with SimulatedTws(server_version=request.param) as one:
        yield one


def output(folder: Path, text: str, tws: SimulatedTws, *options: str) -> list[str]:
    """What a program prints. It ends by itself, and without an exception."""
    (folder / "program.py").write_text(STOCK + START + text.removeprefix("\n"))
    ended = python("-m", "ibapi_port", "run", *options, "program.py", str(tws.port), cwd=folder)
    assert "Traceback" not in ended.stderr
    assert ended.returncode == 0
    return ended.stdout.splitlines()


def test_program_with_run_in_a_daemon_thread_goes_on_after_its_last_line(
    tmp_path: Path, tws: SimulatedTws
) -> None:
    assert output(tmp_path, DAEMON, tws) == ["last line", *(f"heard {n}" for n in range(1, 6))]


def test_connectionClosed_is_called_before_the_process_ends(
    tmp_path: Path, tws: SimulatedTws
) -> None:
    assert output(tmp_path, CLOSING, tws) == ["closed, saved"]


def test_loop_of_the_programs_own(tmp_path: Path, tws: SimulatedTws) -> None:
    assert output(tmp_path, LOOP, tws) == ["time int", "closed 7"]


def test_what_programs_ask_of_a_connection(tmp_path: Path, tws: SimulatedTws) -> None:
    assert output(tmp_path, ASKED, tws) == ["True 20 1 30", "True"]


@pytest.mark.parametrize(
    "options",
    [[], ["--generation", "9.81"], ["--generation", "10.30"]],
    ids=["told", "9.81", "10.30"],
)
def test_testbed_hears_of_fees_by_the_older_name(
    tmp_path: Path, tws: SimulatedTws, options: list[str]
) -> None:
    assert output(tmp_path, WRAPPED, tws, *options) == ["fee True"]


def test_dataclass_thread_and_asyncio(tmp_path: Path, tws: SimulatedTws) -> None:
    assert output(tmp_path, STYLES, tws) == ["dataclass [1]", "thread False 1", "asyncio int"]


@pytest.mark.skipif(not available(), reason="the protobuf package is not installed")
def test_configuration(tmp_path: Path) -> None:
    with SimulatedTws(server_version=226) as tws:
        assert output(tmp_path, CONFIG, tws) == ["configuration 4"]
