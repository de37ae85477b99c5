"""The compiled functions: what they look like, that tracebacks show them, that each is made once,
and whose exceptions are whose.
"""

from __future__ import annotations

import builtins
import dis
import linecache
import sys
import traceback
from typing import Any

import pytest

from ibapi_port.common import BarData
from ibapi_port.contract import ComboLeg, Contract
from ibapi_port.order import Order
from ibapi_port.protocol.exceptions import BadFrame, ProtocolError
from ibapi_port.protocol.schema.messages import INCOMING, REQUESTS
from ibapi_port.protocol.schema.nodes import Incoming, Message, Request
from ibapi_port.protocol.schema.source import load
from ibapi_port.protocol.select import codec_for, write_request_source
from ibapi_port.protocol.text import codec as text_codec
from ibapi_port.protocol.text import compiler
from ibapi_port.protocol.text.codec import Codec

from .helpers import BY_NAME, Recorder, boundaries, deliver, no_fault

TICK_PRICE = b"1\x006\x007\x001\x00187.5\x00300\x000\0"


class Failing(Recorder):
    """Raises in the callbacks named."""

    def __init__(self, error: BaseException, *names: str) -> None:
        super().__init__()
        self.error, self.names = error, names

    def __getattr__(self, name: str) -> Any:
        note = super().__getattr__(name)

        def callback(*arguments: Any) -> None:
            note(*arguments)
            if name in self.names:
                raise self.error

        return callback


# --- what they look like ---


def test_a_simple_reader_is_a_straight_line() -> None:
    source, _ = compiler.deliver_source(BY_NAME["currentTime"], 187)
    assert source.splitlines() == [
        "def deliver(f, w, callback_raised):",
        "    try:",
        "        time = int(f[2] or 0)",
        "    except Exception as e:",
        "        time, = read_again(f, e)",
        "    w.currentTime(time)",
    ]


def test_a_simple_writer_is_a_straight_line() -> None:
    source, _ = write_request_source(REQUESTS["cancelPnL"], 187)
    assert source.splitlines() == [
        "def write(reqId):",
        "    return '\\0'.join((write_int(reqId), '',))",
    ]


def all_sources() -> list[Any]:
    found: list[Any] = []
    for message in (*INCOMING.values(), *REQUESTS.values()):
        functions = (
            ("read", "deliver", "write")
            if isinstance(message, Incoming)
            else ("read", "check", "write")
        )
        found += [
            pytest.param(message, function, id=f"{message.name}-{function}")
            for function in functions
        ]
    return found


def made(message: Message, function: str, version: int) -> tuple[str, dict[str, Any]]:
    if function == "write":
        if isinstance(message, Request):
            return write_request_source(message, version)
        return compiler.write_source(message, version, server_side=True)
    if function == "read":
        return compiler.read_source(message, version)
    if isinstance(message, Request):
        return compiler.check_source(message, version)
    assert isinstance(message, Incoming)
    return compiler.deliver_source(message, version)


@pytest.mark.parametrize(("message", "function"), all_sources())
def test_compiled_functions_know_every_name(message: Message, function: str) -> None:
    """A name that is missing would look like a bad frame; one that is the function's own would call
    itself.
    """
    for version in boundaries(message):
        source, names = made(message, function, version)
        code = load(source, function, names, "test").__code__
        used = {i.argval for i in dis.get_instructions(code) if i.opname == "LOAD_GLOBAL"}
        assert used <= set(names) | set(vars(builtins))
        assert function not in used
        assert "server_version" not in source


# --- tracebacks ---


def test_the_source_is_in_linecache() -> None:
    deliver(codec_for(187), TICK_PRICE, Recorder(), no_fault)
    lines = linecache.getlines("<ibapi_port decode tickPrice 187>")
    assert lines[0] == "def deliver(f, w, callback_raised):\n"
    linecache.checkcache()
    assert linecache.getlines("<ibapi_port decode tickPrice 187>") == lines


def test_a_traceback_shows_the_compiled_line() -> None:
    with pytest.raises(ZeroDivisionError) as raised:
        deliver(
            codec_for(187),
            b"49\x001\x001700000000\0",
            Failing(ZeroDivisionError(), "currentTime"),
            no_fault,
        )
    entries = traceback.extract_tb(raised.value.__traceback__)
    compiled = [
        (entry.name, entry.line)
        for entry in entries
        if entry.filename == "<ibapi_port decode currentTime 187>"
    ]
    assert compiled == [("deliver", "w.currentTime(time)")]
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


def test_a_reported_exception_shows_the_compiled_line_too() -> None:
    faults: list[BaseException] = []
    deliver(codec_for(187), TICK_PRICE, Failing(ZeroDivisionError(), "tickPrice"), faults.append)
    (callback_raised,) = faults
    assert "w.tickPrice(reqId, tickType, price, attrib)" in [
        entry.line for entry in traceback.extract_tb(callback_raised.__traceback__)
    ]


# --- exceptions of callbacks ---


@pytest.mark.parametrize(
    "kind", [ValueError, TypeError, IndexError, KeyError, ProtocolError, RecursionError]
)
def test_a_callbacks_exception_is_not_taken_for_a_bad_frame(kind: type[Exception]) -> None:
    error = kind("mine")
    with pytest.raises(type(error)) as raised:
        deliver(codec_for(187), b"49\x001\x001700000000\0", Failing(error, "currentTime"), no_fault)
    assert raised.value is error


def test_callbacks_after_one_that_raised_are_made() -> None:
    faults: list[BaseException] = []
    error = ValueError("mine")
    wrapper = Failing(error, "tickPrice")
    deliver(codec_for(187), TICK_PRICE, wrapper, faults.append)
    assert [name for name, _ in wrapper.calls] == ["tickPrice", "tickSize"]
    assert faults == [error]


def test_the_last_callbacks_exception_comes_out() -> None:
    wrapper = Failing(ValueError("mine"), "tickSize")
    with pytest.raises(ValueError, match="mine"):
        deliver(codec_for(187), TICK_PRICE, wrapper, no_fault)
    assert [name for name, _ in wrapper.calls] == ["tickPrice", "tickSize"]


@pytest.mark.parametrize(("version", "end"), [(187, ["historicalDataEnd"]), (200, [])])
def test_every_row_is_delivered_whatever_callbacks_raise(version: int, end: list[str]) -> None:
    values: dict[str, Any] = {"reqId": 7, "bars": [BarData(date=str(n)) for n in range(3)]}
    if version < 196:
        values.update(startDateStr="a", endDateStr="b")
    payload = codec_for(version).encode_message("historicalData", **values)[4:]
    wrapper = Failing(ValueError("mine"), "historicalData")
    faults: list[BaseException] = []
    deliver(codec_for(version), payload, wrapper, faults.append)
    assert [name for name, _ in wrapper.calls] == ["historicalData"] * 3 + end
    assert len(faults) == 3


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit()])
def test_what_ends_a_program_is_not_held_back(error: BaseException) -> None:
    wrapper = Failing(error, "tickPrice")
    with pytest.raises(type(error)):
        deliver(codec_for(187), TICK_PRICE, wrapper, no_fault)
    assert [name for name, _ in wrapper.calls] == ["tickPrice"]


def test_no_callback_is_made_before_all_is_read() -> None:
    wrapper = Recorder()
    with pytest.raises(BadFrame, match="tickPrice: attrib: 'x' is no int"):
        deliver(codec_for(187), TICK_PRICE[:-2] + b"x\0", wrapper, no_fault)
    assert wrapper.calls == []


# --- made once ---


def test_a_codec_is_made_once() -> None:
    assert codec_for(150) is codec_for(150)
    assert codec_for(150) is not codec_for(151)


def test_each_function_is_compiled_once_and_on_first_use(monkeypatch: pytest.MonkeyPatch) -> None:
    titles: list[str] = []

    def noting(source: str, name: str, names: dict[str, Any], title: str) -> Any:
        titles.append(title)
        return load(source, name, names, title)

    monkeypatch.setattr(text_codec, "load", noting)
    codec = Codec(187, write_request_source)
    assert titles == []
    for _ in range(3):
        deliver(codec, TICK_PRICE, Recorder(), no_fault)
        frame = codec.encode_request("cancelPnL", 7)
        assert codec.decode_request(frame[4:]).values == {"reqId": 7}
        codec.encode_message("currentTime", time=5)
    verbs = [
        ("decode", "tickPrice"),
        ("encode", "cancelPnL"),
        ("read", "cancelPnL"),
        ("write", "currentTime"),
    ]
    assert titles == [f"ibapi_port {verb} {name} 187" for verb, name in verbs]
    assert codec.deliverers["1"] is codec.deliverers["1"]


def test_a_list_that_changes_while_it_is_written_has_the_rows_that_are_counted() -> None:
    """As another thread may change it, between the count and the rows."""
    contract = Contract(symbol="A", secType="BAG", exchange="SMART", currency="USD")
    contract.comboLegs = [ComboLeg()]
    codec = codec_for(187)
    once = codec.encode_request("placeOrder", 1, contract, Order())
    contract.comboLegs.append(ComboLeg())
    twice = codec.encode_request("placeOrder", 1, contract, Order())
    del contract.comboLegs[1:]

    def change(frame: Any, event: str, what: Any) -> None:
        if event == "c_return" and what is len and frame.f_code.co_name == "write":
            contract.comboLegs.append(ComboLeg())

    sys.setprofile(change)
    try:
        written = codec.encode_request("placeOrder", 1, contract, Order())
    finally:
        sys.setprofile(None)
    assert len(contract.comboLegs) > 1
    assert written in (once, twice)
