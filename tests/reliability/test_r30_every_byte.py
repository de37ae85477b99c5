"""R30, whole: the stream ends, or is reset, after each byte of a session; and it pauses after each."""

from __future__ import annotations

import threading

import pytest

from .bench import Bench, price
from .hostile import Peer, answer_to_hello, raw

ANSWER = answer_to_hello(187)
FRAMES = [raw(9, 1, 5), price(0), raw(15, 1, "DU1"), price(1)]
SESSION = ANSWER + b"".join(FRAMES)
ENDS = [
    len(ANSWER) + sum(map(len, FRAMES[:n])) for n in range(len(FRAMES) + 1)
]  # where each frame ends
CALLBACKS = [
    ["nextValidId"],
    ["tickPrice", "tickSize"],
    ["managedAccounts"],
    ["tickPrice", "tickSize"],
]


def told_by(size: int) -> list[str]:
    """The callbacks of the frames that are whole in so many bytes."""
    whole = sum(end <= size for end in ENDS) - 1
    return [name for names in CALLBACKS[: max(0, whole)] for name in names]


@pytest.mark.parametrize("by_reset", [False, True], ids=["end", "reset"])
def test_after_each_byte(by_reset: bool) -> None:
    bench = Bench("ibapi_port")
    sizes = iter(range(len(SESSION) + 1))

    def play(peer: Peer) -> None:
        peer.greet()
        peer.send(SESSION[: next(sizes)])

    tws = bench.tws(play)
    for size in range(len(SESSION) + 1):
        app = bench.program()
        connecting = threading.Thread(target=bench.dial, args=(app, tws))
        connecting.start()
        peer = tws.peer()
        expected = told_by(size)
        if size >= len(ANSWER):
            connecting.join()
            peer.frame()
            app.start()
            if by_reset:  # which may overtake what was not received yet
                for name in set(expected):
                    app.wait_for(name, expected.count(name))
        peer.reset() if by_reset else peer.close()
        connecting.join()
        if size < len(ANSWER):
            assert app.codes() == [502], f"after {size} bytes: {app.heard()}"
            assert app.names() == ["error"]
        else:
            app.join()
            assert app.names() == ["connectAck", *expected, "error", "connectionClosed"], (
                f"after {size} bytes"
            )
            assert app.codes() == [507]
        assert not app.isConnected()
        bench._apps.remove(app)
    bench.close()


def test_a_pause_after_each_byte() -> None:
    """Longer than run() waits at once, every few bytes; shorter after each."""
    bench = Bench("ibapi_port")

    def play(peer: Peer) -> None:
        peer.greet()
        for n, byte in enumerate(SESSION):
            peer.send(bytes([byte]))
            threading.Event().wait(0.25 if n % 16 == 7 else 0.002)
        peer.close()

    app, tws = bench.program(), bench.tws(play)
    bench.dial(app, tws)
    app.start()
    app.join()
    assert app.names() == ["connectAck", *told_by(len(SESSION)), "error", "connectionClosed"]
    bench.close()
