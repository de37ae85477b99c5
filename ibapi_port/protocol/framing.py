"""Frames: a length (4 bytes, big-endian) and that many bytes of payload.

Bytes in, payloads out, for either side.
"""

from __future__ import annotations

from struct import Struct

from .exceptions import FrameTooLong

LIMIT = 16 * 1024 * 1024  # bytes of payload; TWS's own limit is one byte less
LENGTH = Struct(">I")


class FrameBuffer:
    """Cuts whole payloads out of a stream, however it was split or joined on the way.

    Linear: every byte is copied a fixed number of times, whatever the burst or the size of a frame.
    A length is judged before a byte of its payload is kept. After FrameTooLong the stream has no
    known end of frame left: nothing more can be read from it.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self._chunks: list[bytes] = []  # the beginning of a frame that is not whole yet
        self._held = 0
        # bytes that make the next step possible: a length, or a length and its payload
        self._wanted = LENGTH.size

    @property
    def pending(self) -> int:
        """Return how many bytes are held of a frame that is not whole yet."""
        return self._held

    @property
    def rest(self) -> bytes:
        """Return the bytes held; after FrameTooLong they begin with the length that was refused."""
        return b"".join(self._chunks)

    def feed_until(self, data: bytes) -> tuple[list[bytes], FrameTooLong | None]:
        """Return the payloads that are whole with these bytes, and what ends the stream, or None.

        A length that is not acceptable ends it; the payloads before it are not lost.
        """
        size = len(data)
        if not self._held and size > LENGTH.size:
            (length,) = LENGTH.unpack_from(data)
            if size == LENGTH.size + length and length <= self.limit:  # by day: one whole frame
                return [data[LENGTH.size :]], None
        if self._held + size < self._wanted:
            self._keep(data)
            return [], None
        if self._chunks:
            self._chunks.append(data)
            data = b"".join(self._chunks)
            self._chunks.clear()
        return self._cut(data)

    def _keep(self, data: bytes) -> None:
        if data:
            self._chunks.append(data)
            self._held += len(data)

    def _cut(self, data: bytes) -> tuple[list[bytes], FrameTooLong | None]:
        frames: list[bytes] = []
        at = 0
        end = len(data)
        header = LENGTH.size
        limit = self.limit
        unpack = LENGTH.unpack_from
        append = frames.append
        self._held = 0
        self._wanted = header
        while (start := at + header) <= end:
            (length,) = unpack(data, at)
            if length > limit:
                self._keep(data[at:])
                return frames, FrameTooLong(length, limit)
            stop = start + length
            if stop > end:
                self._wanted = header + length
                break
            append(data[start:stop])
            at = stop
        self._keep(data[at:])
        return frames, None


def frame(payload: bytes) -> bytes:
    """Return the payload with its length before it."""
    return LENGTH.pack(len(payload)) + payload
