"""One client connection: greeting, the dialog that lets it in, startApi, then requests to the
world's handlers and messages back.
"""

from __future__ import annotations

import logging
import socket
from collections import deque
from collections.abc import Callable
from typing import Any

from .._printable import PrintableLog
from ..const import UNSET_INTEGER
from ..protocol.exceptions import BadFrame, BadHandshake, FrameTooLong, UnknownMessage
from ..protocol.framing import FrameBuffer, frame
from ..protocol.handshake import NEWEST, OLDEST, ServerHandshake
from ..protocol.select import codec_for
from ..protocol.text.codec import Codec
from ..server_versions import MIN_SERVER_VER_PROTOBUF_PLACE_ORDER as PROTOBUF_ERRORS
from .errors import Invalid, Refusal
from .net.channel import Channel
from .net.fault_rules import Faults
from .net.faults import ACCEPT, HANDSHAKE
from .net.loop import EventLoop
from .net.pacing import DELAY, OFF, PATIENCE, Pace
from .net.shared_messages import SharedMessages
from .services import Values
from .times import stamp
from .world import World

GREETING_TIME = 10.0  # seconds for the greeting
# requests of a client, and bytes of answers, before others have their turn
TURN, TURN_BYTES = (100, 1 << 18)
PACE_API = "+PACEAPI"  # the connect option of a client that wants to wait rather than be refused
READ_ONLY = frozenset(  # what a read-only API refuses
    {"placeOrder", "cancelOrder", "reqGlobalCancel", "exerciseOptions", "replaceFA"}
    | {"reqOpenOrders", "reqAllOpenOrders", "reqAutoOpenOrders", "reqCompletedOrders"}
)
BEFORE_START = frozenset(
    {"verifyRequest", "verifyMessage", "verifyAndAuthRequest", "verifyAndAuthMessage"}
)
# errors about them carry the highest id; about others without an id, -1
HIGHEST_ID = frozenset({"reqAccountUpdates", "requestFA"})
_log = logging.getLogger(__name__)
_log.addFilter(PrintableLog())


class Session:
    """A client as the network brings it; a `ClientSession` for the rest of the simulator.
    `on_closed` is called once.
    """

    def __init__(
        self,
        sock: socket.socket,
        loop: EventLoop,
        world: World,
        faults: Faults,
        version: int,
        number: int,
        on_closed: Callable[[Session], object],
    ) -> None:
        self.client_id = -1
        self.server_version = version
        self.connect_options = self.capabilities = ""
        self.asking = False  # TWS's dialog waits for an answer: let it in?
        self._let_in = False
        self.started = False  # the client has said its id, and it was taken
        self.busy = False  # it has requests that can be answered now
        self._loop = loop
        self._world = world
        self._on_closed = on_closed
        self._codec: Codec = codec_for(version)
        self._frames = FrameBuffer()
        self._requests: deque[bytes | FrameTooLong] = deque()  # received, not yet read
        # On the wall clock: a port scanner must not keep a connection open because time stands
        # still.
        self._deadline = loop.wall_timers.call_later(GREETING_TIME, self.close)
        self._pace = Pace(world.timers, self._too_fast, self._work)
        seed, limit = f"{world.options.seed}/{number}", world.options.out_limit
        self._channel = Channel(
            sock, loop, world.timers, faults, seed, limit, self._receive, self._closed
        )
        self.pipeline = self._channel.pipeline
        fault = self.pipeline.fault("version")
        self._false_version = (
            fault.number if fault and not OLDEST <= fault.number <= NEWEST else None
        )
        spoken = fault.number if fault and self._false_version is None else version
        self._handshake = ServerHandshake(spoken, stamp(world.clock.now()))
        self.pipeline.passes(ACCEPT)

    # --- as a ClientSession ---

    def send(self, name: str, **values: Any) -> None:
        """Send a message, unless the farm that it comes from is down."""
        if not self._channel.ending and name not in self._world.farms.silenced:
            self.pipeline.send(name, self._codec.encode_message(name, **values))

    def send_shared(self, shared: SharedMessages, req_id: int) -> None:
        """Send messages that other clients get as well, under a request id."""
        if not shared.messages:
            return
        if not self._channel.ending and not self._world.farms.silenced:
            frames = shared.frames(self._codec, req_id) if self.pipeline.is_plain else None
            if frames is not None and self._channel.has_room(len(frames)):
                self.pipeline.send_plainly(frames)
                return
        for name, values in shared.messages:
            self.send(name, reqId=req_id, **values)

    def error(self, req_id: int, code: int, text: str) -> None:
        """Send an `error`."""
        if self._world.log.on:
            self._world.log.note("error", f"client {self.client_id} id {req_id}: {code} {text}")
        time = int(self._world.clock.now() * 1000)
        self.send(
            "error",
            reqId=req_id,
            errorTime=time,
            errorCode=code,
            errorString=text,
            advancedOrderRejectJson="",
        )

    # --- the connection ---

    @property
    def waiting(self) -> int:
        """Return bytes that could be in the socket and are not yet."""
        return self._channel.waiting

    @property
    def held(self) -> bool:
        """Return whether a fault holds the connection up until some time of the simulated clock."""
        return self._channel.timed_faults > 0 or self.pipeline.waits

    def close(self, reset: bool = False) -> None:
        """Drop the connection now; with `reset` by a TCP reset, and what was on its way is lost."""
        self._channel.close(reset)

    def hang_up(self) -> None:
        """Close it when what was said has gone out."""
        self._requests.clear()
        self._channel.hang_up()

    def _closed(self) -> None:
        self._deadline.cancel()
        self._requests.clear()
        self.asking = False
        self._world.leave(self)
        self._on_closed(self)

    # --- being let in ---

    def _receive(self, data: bytes) -> None:
        if self._handshake.done:
            self._cut(data)
            return
        try:
            self._handshake.feed(data)
        except BadHandshake as e:
            _log.warning("not an API client: %s", e)
            self.close()
            return
        if self._handshake.done:
            self._deadline.cancel()
            self._ask()

    def _ask(self) -> None:
        options = self._world.options
        if options.accept == "yes" and not options.accept_after:
            self.answer(True)
            return
        self.asking = True
        self._channel.pause_reading("asking", True)
        if options.accept != "ask":
            self._world.timers.call_later(
                options.accept_after, lambda: self.answer(options.accept == "yes")
            )

    def answer(self, accepted: bool) -> None:
        """Answer the dialog: the client may come in, or not."""
        if self._channel.ending or self._let_in:
            return
        self.asking = False
        self._let_in = accepted
        if not accepted:
            self.close()
            return
        self.server_version = self._handshake.server_version
        self.connect_options = self._handshake.connect_options
        self._codec = codec_for(self.server_version)
        self.pipeline.greeted(self.server_version)
        reply = self._handshake.reply
        if self._false_version is not None:
            reply = frame(f"{self._false_version}\0{stamp(self._world.clock.now())}\0".encode())
        self.pipeline.send(HANDSHAKE, reply)
        self._channel.pause_reading("asking", False)
        self._cut(self._handshake.rest)

    # --- requests ---

    def _cut(self, data: bytes) -> None:
        payloads, failure = self._frames.feed_until(data)
        self._requests.extend(payloads)
        if failure is not None:  # where the next frame begins is not known
            self._requests.append(failure)
        self._work()

    def _work(self) -> None:
        if not self.busy:
            options = self._world.options
            waits = options.pacing != OFF and PACE_API in self.connect_options.split()
            self._pace.set(DELAY if waits else options.pacing, options.max_rate)
            self._take_turn()

    def _take_turn(self) -> None:
        """Answer what has come, so much in one turn. Meanwhile nothing more is read."""
        most, left = self.pipeline.passed + TURN_BYTES, TURN
        while (
            left
            and self._requests
            and not self._channel.ending
            and self.pipeline.passed < most
            and self._pace.take()
        ):
            left -= 1
            try:
                self._read(self._requests.popleft())
            except Exception:  # not even an error could be sent, or a user's watcher failed
                _log.exception("the simulated TWS failed at what client %s sent", self.client_id)
                self.close()
        self.busy = (
            bool(self._requests)
            and (not left or self.pipeline.passed >= most)
            and not self._channel.ending
        )
        if self.busy:
            self._loop.soon(self._take_turn)
        self._channel.pause_reading("requests", bool(self._requests))

    def _read(self, payload: bytes | FrameTooLong) -> None:
        if isinstance(payload, FrameTooLong):
            self.error(-1, 320, f"Error reading request. {payload}")
            self.hang_up()
            return
        try:
            request = self._codec.decode_request(payload)
        except (BadFrame, UnknownMessage) as e:
            self.error(-1, 320, f"Error reading request. {e}")
            return
        self._world.note_request(self, request.name, request.values)
        for watcher in self._world.watchers:
            watcher(self, request.name, request.values)
        if self.pipeline.passes(request.name):
            self._answer(request.name, request.values)

    def _answer(self, name: str, values: Values) -> None:
        req_id = self._id_of(name, values)
        try:
            if name == "startApi":
                self._start(values)
            elif not self.started and name not in BEFORE_START:
                raise Invalid("startApi has to come first")
            elif name in READ_ONLY and self._world.options.read_only:
                raise Invalid("The API interface is currently in Read-Only mode.")
            else:
                handler, farms = self._world.handlers[name], self._world.farms
                if farms.parks(name, lambda: self._answer_parked(name, values)):
                    return
                farms.use(name)
                handler(self, values)
        except Refusal as e:
            self.error(req_id, e.code, e.text)
        except Invalid as e:
            self.error(req_id, 321, f"Error validating request.-'{name}' : cause - {e}")
        except Exception as e:  # a bug of ours: the client learns of it, and the others go on
            _log.exception("the simulated TWS failed at %s", name)
            self.error(
                req_id, 322, f"Error processing request.-'{name}' : cause - {type(e).__name__}: {e}"
            )

    def _answer_parked(self, name: str, values: Values) -> None:
        """Answer a request that has waited, unless its client has gone."""
        if not self._channel.ending:
            self._answer(name, values)

    def _id_of(self, name: str, values: Values) -> int:
        """Return the id that an error about this request carries."""
        if name in HIGHEST_ID and self.server_version < PROTOBUF_ERRORS:
            return UNSET_INTEGER
        for place in ("reqId", "orderId", "tickerId"):
            if isinstance(values.get(place), int):
                return int(values[place])
        return -1

    def _start(self, values: Values) -> None:
        if self.started:
            raise Invalid("The API has been started already")
        most = self._world.options.max_clients
        if len(self._world.registry) >= most:
            self.error(
                -1,
                321,
                f"Error validating request.-'startApi' : cause - {most} API clients are connected "
                "already, which is the most",
            )
            self.hang_up()
            return
        self.client_id = values["clientId"]
        self.capabilities = values["optCapab"]
        self.pipeline.client_id = self.client_id
        self.started = self._world.join(self)
        if not self.started:
            self.error(
                -1,
                326,
                "Unable to connect as the client id is already in use. "
                "Retry with a unique client id.",
            )
            self.hang_up()

    def _too_fast(self, count: int, time: int) -> None:
        text = (
            f"Max rate of messages per second has been exceeded:max={self._world.options.max_rate} "
            f"rec={count} ({time})"
        )
        self.error(-1, 100, text)
        if time >= PATIENCE:
            self.hang_up()
