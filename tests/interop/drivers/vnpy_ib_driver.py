"""VeighNa's gateway to IB (vnpy_ib), driven by VeighNa's event engine as its traders drive it."""

import json
import sys
import time
from datetime import datetime, timedelta

import ibapi_port

ibapi_port.install()

from vnpy.event import EventEngine  # noqa: E402 - after install(), which gives it ibapi
from vnpy.trader.constant import Direction, Exchange, Interval, Offset, OrderType, Status  # noqa: E402
from vnpy.trader.event import (  # noqa: E402
    EVENT_CONTRACT,
    EVENT_LOG,
    EVENT_ORDER,
    EVENT_POSITION,
    EVENT_TICK,
    EVENT_TRADE,
)
from vnpy.trader.object import HistoryRequest, OrderRequest, SubscribeRequest  # noqa: E402
from vnpy_ib import IbGateway  # noqa: E402

SYMBOL = "AAPL-USD-STK"
heard = {
    kind: []
    for kind in (EVENT_CONTRACT, EVENT_LOG, EVENT_ORDER, EVENT_POSITION, EVENT_TICK, EVENT_TRADE)
}


def until(condition, what):
    for _ in range(400):
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise SystemExit(f"waited in vain for {what}: {[log.msg for log in heard[EVENT_LOG]]}")


def order(kind, volume, price):
    return OrderRequest(
        symbol=SYMBOL,
        exchange=Exchange.SMART,
        direction=Direction.LONG,
        type=kind,
        volume=volume,
        price=price,
        offset=Offset.OPEN,
    )


def status(gateway_id, wanted):
    return any(
        each.vt_orderid == gateway_id and each.status == wanted for each in heard[EVENT_ORDER]
    )


engine = EventEngine()
for kind, events in heard.items():
    engine.register(kind, lambda event, events=events: events.append(event.data))
engine.start()
gateway = IbGateway(engine, "IB")
gateway.connect({"TWS地址": "127.0.0.1", "TWS端口": int(sys.argv[1]), "客户号": 3, "交易账户": ""})
until(
    lambda: gateway.api.data_ready and gateway.api.orderid and gateway.api.account, "the connection"
)
gateway.subscribe(SubscribeRequest(symbol=SYMBOL, exchange=Exchange.SMART))
until(
    lambda: heard[EVENT_CONTRACT] and heard[EVENT_TICK] and heard[EVENT_TICK][-1].ask_price_1,
    "a quote",
)
end = datetime.now().astimezone()
bars = gateway.query_history(
    HistoryRequest(
        symbol=SYMBOL,
        exchange=Exchange.SMART,
        start=end - timedelta(days=2),
        end=end,
        interval=Interval.HOUR,
    )
)
resting = gateway.send_order(order(OrderType.LIMIT, 10, 1.0))
until(lambda: status(resting, Status.NOTTRADED), "a working order")
gateway.cancel_order(type("Request", (), {"orderid": resting.split(".")[-1]}))
until(lambda: status(resting, Status.CANCELLED), "the cancelled order")
filling = gateway.send_order(order(OrderType.MARKET, 10, 0))
until(lambda: status(filling, Status.ALLTRADED) and heard[EVENT_TRADE], "the filled order")
until(lambda: any(each.volume == 10 for each in heard[EVENT_POSITION]), "the position")
tick, trade, position = heard[EVENT_TICK][-1], heard[EVENT_TRADE][-1], heard[EVENT_POSITION][-1]
version = gateway.api.client.serverVersion()
assert gateway.api.client.run.__module__ == "ibapi_port.client"
gateway.close()
engine.stop()
print(
    json.dumps(
        {
            "connected": f"server version {version}, account {gateway.api.account}",
            "quotes": f"{tick.name} {tick.bid_price_1}/{tick.ask_price_1}",
            "bars": f"{len(bars)}, the last one closed at {bars[-1].close_price}" if bars else "",
            "cancelled": resting,
            "filled": f"{filling}: {trade.direction.name} {trade.volume} at {trade.price}",
            "position": f"{position.symbol} {position.volume}",
        }
    )
)
