"""A look at what a client and a TWS say to each other, and a recording of it that can be played
again.

    with Tap(("127.0.0.1", 7497), record="session.jsonl") as tap:  # programs connect to tap.port
        ...
    for event in read_recording("session.jsonl").events: ...
    with Replay("session.jsonl") as replay:                        # programs connect to replay.port
        ...

It stands on the protocol alone: neither the client nor the simulated TWS is used.
"""

from .forward import Tap
from .recording import Event, Recording, RecordingError, read_recording
from .replay import Replay, ReplayMismatch

__all__ = [
    "Event",
    "Recording",
    "RecordingError",
    "Replay",
    "ReplayMismatch",
    "Tap",
    "read_recording",
]
