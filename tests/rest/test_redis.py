"""Events on Redis Streams, with a real Redis."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest

redis = pytest.importorskip("redis", reason="needs ibapi_port[redis]")

from ibapi_port.contract import Contract  # noqa: E402
from ibapi_port.execution import Execution  # noqa: E402
from ibapi_port.order import Order  # noqa: E402
from ibapi_port.rest import consumer as consumer_module  # noqa: E402
from ibapi_port.rest.consumer import Consumer, Message, typed  # noqa: E402
from ibapi_port.rest.publish import Publisher  # noqa: E402
from ibapi_port.simulator import SimulatedTws  # noqa: E402

from .helpers import MKT, Client, eventually, order, serving  # noqa: E402

PROGRAM = shutil.which("redis-server")
needs_redis = pytest.mark.skipif(PROGRAM is None, reason="needs Debian's package redis-server")
AAPL = "market/data?symbol=AAPL"


@contextmanager
def running(port: int, folder: Path) -> Iterator[str]:
    process = subprocess.Popen(
        [str(PROGRAM), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"redis://127.0.0.1:{port}"
    try:
        eventually(lambda: answers(url))
        yield url
    finally:
        process.terminate()
        process.wait(20)


def answers(url: str) -> bool:
    with redis.Redis.from_url(url) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def until(consumer: Consumer, event: str, **wanted: object) -> list[Message]:
    """The messages up to the one that is waited for."""
    found = []
    for message in consumer:
        found.append(message)
        data = message.data
        if message.event == event and all(data.get(k) == v for k, v in wanted.items()):
            return found
    raise AssertionError(f"no {event} {wanted}; the last: {found[-3:]}")


@needs_redis
def test_what_is_published_is_read_elsewhere(tmp_path: Path) -> None:
    port = free_port()
    with SimulatedTws(tick_interval=3600) as tws, running(port, tmp_path) as url:
        more = {"publish": url, "publish_channels": (AAPL, "market/data?symbol=NOSUCH")}
        with redis.Redis.from_url(url) as other:  # these two channels do not hold up the others
            other.set("ibapi_port:executions", "of another program")
            other.xadd("ibapi_port:account/positions", {"of": "another program"})
        with (
            serving(tws, **more) as rest,
            Client(rest) as client,
            Consumer(url, [AAPL, "order/events"], oldest=True, timeout=20) as consumer,
        ):
            until(consumer, "tick", field="bid")  # TWS has begun
            for price in (230, 231, 232):
                tws.do("quote", symbol="AAPL", bid=price)
            ticks = until(consumer, "tick", field="bid", price=232)
            assert [m.data["price"] for m in ticks if m.data.get("field") == "bid"][-3:] == [
                230,
                231,
                232,
            ]
            assert all(message.missed == 0 for message in ticks)
            order(client, MKT, wait="filled")
            told = until(consumer, "execDetails")
            execution = told[-1].data["execution"]
            assert isinstance(execution, Execution)
            assert execution.shares == Decimal(10)
            opened = next(m for m in told if m.event == "openOrder")
            assert isinstance(opened.data["order"], Order)
            assert isinstance(opened.data["contract"], Contract)
            # another one goes on where this one was
            positions = consumer.positions
            for price in (233, 234):
                tws.do("quote", symbol="AAPL", bid=price)
            with Consumer(url, [AAPL], positions=positions, timeout=20) as again:
                resumed = until(again, "tick", field="bid", price=234)
                assert resumed[0].missed == 0
                assert [m.data["price"] for m in resumed if m.data["field"] == "bid"] == [233, 234]
                last = again.positions
        # a second run of the server goes on with the numbers
        with (
            serving(tws, **more) as rest,
            Consumer(url, [AAPL], positions=last, timeout=20) as consumer,
        ):
            following = until(consumer, "snapshot")
            assert all(message.missed == 0 for message in following)
            tws.do("quote", symbol="AAPL", bid=235)
            until(consumer, "tick", field="bid", price=235)
        # what was trimmed is told
        with redis.Redis.from_url(url) as raw:
            raw.xtrim(f"ibapi_port:{AAPL}", maxlen=1)
        with Consumer(url, [AAPL], positions=last, timeout=1) as consumer:
            missed = [message.missed for message in consumer]
            assert missed
            assert missed[0] is not None
            assert missed[0] > 0


@needs_redis
def test_a_consumer_waits_on_and_says_what_nobody_publishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(consumer_module, "LONGEST_WAIT", 0.02)
    entry = {"n": 1, "event": "state", "data": b'{"clientId":1}', "time": 1}
    with running(free_port(), tmp_path) as url, redis.Redis.from_url(url) as raw:
        with Consumer(url, ["clients"], timeout=20) as consumer:
            assert "clients: nothing has been published so far" in caplog.text
            later = threading.Timer(0.2, raw.xadd, ("ibapi_port:clients", entry))
            later.start()
            try:
                assert next(iter(consumer)).data == {"clientId": 1}  # after several reads
            finally:
                later.join()
        with Consumer(url, ["clients"], timeout=0.1) as consumer:
            assert list(consumer) == []
        assert caplog.text.count("nothing has been published") == 1


def test_a_redis_that_is_silent_is_no_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its machine has lost its power, say: no end of the connection comes."""
    monkeypatch.setattr(consumer_module, "SILENT", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(redis.RedisError):
            Consumer(url, ["clients"])


@needs_redis
def test_redis_goes_and_comes_back(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is lost that fits into the buffer; numbers begin anew with an empty Redis."""
    port = free_port()
    with SimulatedTws(tick_interval=3600) as tws, running(port, tmp_path) as url:
        pass
    with (
        SimulatedTws(tick_interval=3600) as tws,
        serving(tws, publish=url, publish_channels=(AAPL,)) as rest,
        Client(rest) as client,
    ):
        assert client.get("/market/AAPL").status_code == 200
        tws.do("quote", symbol="AAPL", bid=240)
        with running(port, tmp_path), Consumer(url, [AAPL], oldest=True, timeout=20) as consumer:
            until(consumer, "tick", field="bid", price=240)
            for words in ("is not reached, and", "is reached again"):
                assert any(f"Redis {words}" in text for text in caplog.messages)


def test_events_are_typed() -> None:
    bar = typed(
        "bars?symbol=A",
        "bar",
        b'{"time":"2026-04-14T13:30:00Z","open":1.0,"high":2.0,"low":1.0,"close":2.0,"volume":10.5,"wap":1.5,"count":3}',
    )
    assert bar.volume == Decimal("10.5")
    assert bar.time.year == 2026
    assert typed("clients", "state", b'{"clientId":1}') == {"clientId": 1}


def test_what_comes_while_redis_is_written_to_is_published_before_the_end() -> None:
    from .test_streams import Ended

    async def main() -> list[bytes]:
        context = SimpleNamespace()
        publisher = Publisher(context, "redis://127.0.0.1:1", ())  # type: ignore[arg-type]
        ended = Ended(publisher._wake)
        publisher._viewers["a"] = ended.viewer
        sent: list[bytes] = []

        async def until_sent(channel: str, rows: list[list[bytes]]) -> None:
            sent.extend(row[1] for row in rows)
            ended.end()

        publisher._until_sent = until_sent  # type: ignore[method-assign]
        while "a" in publisher._viewers:
            await publisher._publish("a")
        return sent

    assert asyncio.run(main()) == [b"snapshot", b"error"]
