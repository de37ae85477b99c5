"""run() and the reading thread over a connection that the program has made itself, with the form
that both have officially: an EReader of a connection and a queue, and a loop that empties it.
"""

from __future__ import annotations

import queue
import time
from typing import Any

from ..comm import read_msg
from .message_loop import IDLE
from .transport import Connection

PAUSE = 0.01  # seconds


def read_into(conn: Any, msg_queue: Any) -> None:
    """Put the frames that come into a queue, until the stream ends."""
    buffer = b""
    while conn.isConnected():
        try:
            came = conn.recvMsg()
        except (TimeoutError, BlockingIOError):
            continue
        except OSError:
            conn.disconnect()
            return
        if not came and isinstance(conn, Connection):  # the end of the stream
            conn.disconnect()
            return
        if not came:  # of one that waits for a time and returns, as the official class does
            time.sleep(PAUSE)
            continue
        buffer += came
        _, frame, buffer = read_msg(buffer)
        while frame:
            msg_queue.put(frame)
            _, frame, buffer = read_msg(buffer)


def run(client: Any) -> None:
    """Make the callbacks of what is put into the client's queue, until its connection has ended and
    the queue is empty; then disconnect.
    """
    try:
        while client.isConnected() or not client.msg_queue.empty():
            try:
                frame = client.msg_queue.get(block=True, timeout=IDLE)
            except queue.Empty:
                client.msgLoopTmo()
            else:
                client.decoder.take(frame)
                client.msgLoopRec()
    finally:
        client.disconnect()


__all__ = ["read_into", "run"]
