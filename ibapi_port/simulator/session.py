"""One client connection: greeting, startApi, then requests to the world's handlers and messages back."""

from __future__ import annotations

import logging
import selectors
import socket
import struct
from collections.abc import Callable
from typing import Any

from ..protocol.codec import Codec, codec_for
from ..protocol.exceptions import BadFrame, BadHandshake, UnknownMessage
from ..protocol.framing import FrameBuffer
from ..protocol.handshake import ServerHandshake
from .loop import EventLoop
from .peer import Invalid, Refusal, Values
from .times import stamp
from .world import World

GREETING_TIME = 10.0  # seconds for the greeting
LINGER = 1.0  # seconds that a client which is turned away has to hang up
_CHUNK = 65536
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
_log = logging.getLogger(__name__)


class Session:
    """A client as the network brings it; a `Peer` for the rest of the simulator. `on_closed` is called once."""

    def __init__(self, sock: socket.socket, loop: EventLoop, world: World, version: int, on_closed: Callable[[Session], object]) -> None:
        self.client_id = -1
        self.server_version = version
        self._sock, self._loop, self._world, self._on_closed = sock, loop, world, on_closed
        self._handshake = ServerHandshake(version, stamp(world.clock.now()))
        self._codec: Codec = codec_for(version)
        self._frames = FrameBuffer()
        self._out = bytearray()
        self._started = self._hanging_up = self._closed = False
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        loop.watch(sock, _READ, self._on_ready)
        self._deadline = loop.real.call_later(GREETING_TIME, self.close)

    # --- as a Peer ---

    def send(self, name: str, **values: Any) -> None:
        if not self._hanging_up:
            self._write(self._codec.encode_message(name, **values))

    def error(self, req_id: int, code: int, text: str) -> None:
        time = int(self._world.clock.now() * 1000)
        self.send("error", reqId=req_id, errorTime=time, errorCode=code, errorString=text, advancedOrderRejectJson="")

    @property
    def waiting(self) -> int:
        """Bytes that are not in the socket yet."""
        return 0 if self._closed else len(self._out)

    # --- the socket ---

    @property
    def started(self) -> bool:
        """The client has said its id, and it was taken."""
        return self._started

    def close(self, reset: bool = False) -> None:
        """Drop the connection now; with `reset` by a TCP reset, and what was on its way is lost."""
        if self._closed:
            return
        self._closed = self._hanging_up = True
        self._deadline.cancel()
        self._loop.unwatch(self._sock)
        if reset:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()
        if self._started:
            self._world.leave(self)
        self._on_closed(self)

    def _on_ready(self, mask: int) -> None:
        try:
            if mask & _WRITE:
                self._flush()
            if mask & _READ:
                self._receive(self._sock.recv(_CHUNK))
        except BlockingIOError:
            pass
        except OSError:
            self.close()

    def _write(self, data: bytes) -> None:
        if not self._out:
            self._loop.rewatch(self._sock, _READ | _WRITE, self._on_ready)
        self._out += data
        if len(self._out) > self._world.options.out_limit:
            _log.warning("client %d does not read: dropped with %d bytes not sent", self.client_id, len(self._out))
            self._hanging_up = True
            # Not now: whoever is sending may be in the middle of a list that this client is on.
            self._loop.real.call_later(0, self.close)

    def _flush(self) -> None:
        with memoryview(self._out) as view:
            sent = self._sock.send(view)
        del self._out[:sent]
        if not self._out:
            self._loop.rewatch(self._sock, _READ, self._on_ready)
            if self._hanging_up:
                self._sock.shutdown(socket.SHUT_WR)

    def _hang_up(self) -> None:
        """Say no more, and close once the client has, or after a while: closing with its bytes unread could cost it our last ones."""
        self._hanging_up = True
        self._deadline = self._loop.real.call_later(LINGER, self.close)

    def _receive(self, data: bytes) -> None:
        if not data:
            self.close()
        elif self._hanging_up:
            return
        elif not self._handshake.done:
            self._greet(data)
        else:
            self._cut(data)

    def _greet(self, data: bytes) -> None:
        try:
            self._handshake.feed(data)
        except BadHandshake as e:
            _log.warning("not an API client: %s", e)
            self.close()
            return
        if self._handshake.done:
            self._deadline.cancel()
            self.server_version = self._handshake.server_version
            self._codec = codec_for(self.server_version)
            self._write(self._handshake.reply)
            self._cut(self._handshake.rest)

    def _cut(self, data: bytes) -> None:
        payloads, failure = self._frames.feed_until(data)
        for payload in payloads:
            if self._hanging_up:
                return
            self._read(payload)
        if failure is not None and not self._hanging_up:  # where the next frame begins is not known
            self.error(-1, 320, f"Error reading request. {failure}")
            self._hang_up()

    # --- requests ---

    def _read(self, payload: bytes) -> None:
        try:
            request = self._codec.decode_request(payload)
        except (BadFrame, UnknownMessage) as e:
            self.error(-1, 320, f"Error reading request. {e}")
            return
        self._answer(request.name, request.values)

    def _answer(self, name: str, values: Values) -> None:
        req_id = _id_of(values)
        try:
            if name == "startApi":
                self._start(values["clientId"])
            elif not self._started:
                raise Invalid("startApi has to come first")
            elif (handler := self._world.handlers.get(name)) is None:
                raise Invalid("Not supported by the simulated TWS")
            else:
                handler(self, values)
        except Refusal as e:
            self.error(req_id, e.code, e.text)
        except Invalid as e:
            self.error(req_id, 321, f"Error validating request.-'{name}' : cause - {e}")
        except Exception as e:
            _log.exception("the simulated TWS failed at %s", name)
            self.error(req_id, 322, f"Error processing request.-'{name}' : cause - {type(e).__name__}: {e}")

    def _start(self, client_id: int) -> None:
        if self._started:
            raise Invalid("The API has been started already")
        self.client_id = client_id
        self._started = self._world.join(self)
        if not self._started:
            self.error(-1, 326, "Unable to connect as the client id is already in use. Retry with a unique client id.")
            self._hang_up()


def _id_of(values: Values) -> int:
    """The id that an error about this request carries."""
    for name in ("reqId", "orderId", "tickerId"):
        if isinstance(values.get(name), int):
            return int(values[name])
    return -1
