"""R38, whole: disconnect() from within each callback that a message makes, and from another thread
while it is being made.
"""

from __future__ import annotations

import threading
from typing import Any

import pytest

from .bench import NEWEST, Bench
from .cases.stream import every_message
from .hostile import WAIT, raw

MESSAGES = every_message(NEWEST)


@pytest.mark.parametrize("by_another", [False, True], ids=["within", "by another thread"])
def test_disconnect_in_each_callback(by_another: bool) -> None:
    bench = Bench("ibapi_port")
    names = [
        name
        for name in dir(bench.wrapper.EWrapper)
        if name[0] != "_" and name not in ("connectAck", "connectionClosed", "logAnswer")
    ]
    tws = bench.tws()
    met = set()
    for data in MESSAGES:
        app = bench.program()

        def leave(*_: Any, app: Any = app) -> None:
            if by_another:
                thread = threading.Thread(target=app.disconnect)
                thread.start()
                thread.join(WAIT)
                assert not thread.is_alive()
            else:
                app.disconnect()

        app.on = dict.fromkeys(names, leave)
        bench.dial(app, tws)
        peer = tws.peer()
        app.start()
        peer.send(data, raw(49, 1, 1))
        app.join()
        assert app.counts["connectionClosed"] == 1, app.heard()
        assert not app.isConnected()
        assert not set(app.codes()) & {504, 507}
        met |= set(app.names())
        bench._apps.remove(app)
        peer.sock.close()
    bench.close()
    assert len(met) > 70
