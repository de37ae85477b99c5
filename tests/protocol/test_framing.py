"""Frames out of a stream: however it is cut, the same; linear; a length is judged before anything
is kept for it.
"""

from __future__ import annotations

import itertools
import random
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibapi_port.protocol.exceptions import FrameTooLong, RemoteProtocolError
from ibapi_port.protocol.framing import LENGTH, LIMIT, FrameBuffer, frame

from .helpers import SOAK, payloads
from .strategies import examples

PAYLOADS = [b"9\0001\0001\0", b"", b"x", b"4\0" + b"long" * 1000, b"", b"\0\0\0\1", b"\xff" * 5]
STREAM = b"".join(map(frame, PAYLOADS))


class Counting(FrameBuffer):
    """Counts the bytes that are looked through."""

    seen = 0

    def _cut(self, data: bytes) -> tuple[list[bytes], FrameTooLong | None]:
        self.seen += len(data)
        return super()._cut(data)


def fed(buffer: FrameBuffer, stream: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cuts), len(stream)]
    return [
        payload
        for start, stop in itertools.pairwise(edges)
        for payload in payloads(buffer, stream[start:stop])
    ]


def test_frame_is_a_big_endian_length_and_the_payload() -> None:
    assert frame(b"abc") == b"\0\0\0\3abc"
    assert frame(b"") == bytes(4)
    assert frame(bytes(65536))[:4] == b"\0\1\0\0"


def test_whole() -> None:
    buffer = FrameBuffer()
    assert payloads(buffer, STREAM) == PAYLOADS
    assert buffer.pending == 0


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 11, 4003, 4096])
def test_in_pieces_of_a_size(size: int) -> None:
    assert fed(FrameBuffer(), STREAM, list(range(size, len(STREAM), size))) == PAYLOADS


def test_cut_once_at_every_byte() -> None:
    for cut in range(len(STREAM) + 1):
        buffer = FrameBuffer()
        first = payloads(buffer, STREAM[:cut])
        assert first == PAYLOADS[: len(first)]
        done = sum(len(frame(payload)) for payload in first)
        assert buffer.pending == cut - done
        assert first + payloads(buffer, STREAM[cut:]) == PAYLOADS


@given(st.lists(st.binary(max_size=30), max_size=12), st.lists(st.integers(0, 400), max_size=30))
@examples(100)
def test_random_frames_in_random_pieces(payloads: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(map(frame, payloads))
    assert fed(FrameBuffer(), stream, [cut for cut in cuts if cut < len(stream)]) == payloads


def test_random_pieces_by_seed() -> None:
    for seed in range(10_000 if SOAK else 200):
        rng = random.Random(seed)
        assert (
            fed(
                FrameBuffer(),
                STREAM * 2,
                [rng.randrange(len(STREAM) * 2) for _ in range(rng.randint(0, 60))],
            )
            == PAYLOADS * 2
        )


def test_empty_data_changes_nothing() -> None:
    buffer = FrameBuffer()
    assert payloads(buffer, b"") == []
    assert (payloads(buffer, b"\0\0\0\2a"), buffer.pending) == ([], 5)
    assert (payloads(buffer, b""), buffer.pending) == ([], 5)
    assert (payloads(buffer, b"b"), buffer.pending) == ([b"ab"], 0)


def test_payloads_do_not_change_with_what_was_fed() -> None:
    data = bytearray(frame(b"abc") + frame(b"def")[:5])
    buffer = FrameBuffer()
    (payload,) = payloads(buffer, bytes(data))
    data[:] = b"x" * len(data)
    assert payload == b"abc"
    assert payloads(buffer, b"ef") == [b"def"]


# --- cost ---


@pytest.mark.parametrize("piece", [1, 100, 4096, 1_000_000])
def test_a_long_frame_costs_its_length(piece: int) -> None:
    """While it grows the pieces are kept as they are, and nothing is looked through before it is
    whole.
    """
    stream = frame(bytes(200_000))
    buffer = Counting()
    for start in range(0, len(stream), piece):
        data = stream[start : start + piece]
        before = buffer.pending
        frames = payloads(buffer, data)
        if not frames:
            assert buffer.pending == before + len(data)
            assert before < LENGTH.size or buffer._chunks[-1] is data
    assert frames == [bytes(200_000)]
    assert buffer.seen <= 2 * len(stream)


@pytest.mark.parametrize("piece", [1, 7, 100, 4096, 65536])
def test_a_burst_costs_its_length(piece: int) -> None:
    stream = frame(b"1\x006\x007\x001\x00187.33\x00300\x000\0") * 5000
    buffer = Counting()
    got = sum(
        len(payloads(buffer, stream[start : start + piece]))
        for start in range(0, len(stream), piece)
    )
    assert got == 5000
    assert buffer.seen <= 3 * len(stream)


def test_frames_in_one_piece_are_looked_through_once() -> None:
    for number in (2, 10, 1000, 20_000):
        stream = frame(b"8\x001\x0015:30\0") * number
        buffer = Counting()
        assert len(payloads(buffer, stream)) == number
        assert buffer.seen == len(stream)


def test_a_frame_that_comes_alone_is_not_looked_through() -> None:
    buffer = Counting()
    for _ in range(3):
        assert payloads(buffer, frame(b"8\x001\x0015:30\0")) == [b"8\x001\x0015:30\0"]
    assert buffer.seen == buffer.pending == 0


# --- the limit ---


def test_limit_is_sixteen_mebibytes() -> None:
    assert LIMIT == FrameBuffer().limit == 16 * 1024 * 1024


@pytest.mark.parametrize("length", [LIMIT + 1, 2**31, 2**32 - 1])
def test_a_length_over_the_limit_is_refused_at_once(length: int) -> None:
    buffer = FrameBuffer()
    tracemalloc.start()
    with pytest.raises(FrameTooLong) as refused:
        payloads(buffer, LENGTH.pack(length) + b"abc")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (refused.value.length, refused.value.limit) == (length, LIMIT)
    assert str(refused.value) == f"frame of {length} bytes announced, the limit is {LIMIT}"
    assert isinstance(refused.value, RemoteProtocolError)
    assert peak < 100_000


def test_the_limit_itself_is_accepted() -> None:
    buffer = FrameBuffer(limit=10)
    assert payloads(buffer, frame(b"0123456789")) == [b"0123456789"]
    with pytest.raises(FrameTooLong):
        payloads(buffer, frame(b"0123456789a"))
    assert (
        payloads(FrameBuffer(), LENGTH.pack(LIMIT)),
        payloads(FrameBuffer(limit=0), frame(b"")),
    ) == (
        [],
        [b""],
    )


def test_frames_before_a_bad_length_are_kept() -> None:
    good, bad = [b"a", b"", b"ccc"], LENGTH.pack(2**32 - 1)
    stream = b"".join(map(frame, good)) + bad + b"whatever"
    frames, failure = FrameBuffer().feed_until(stream)
    assert frames == good
    assert failure is not None
    assert failure.length == 2**32 - 1
    with pytest.raises(FrameTooLong):
        payloads(FrameBuffer(), stream)


def test_frames_before_a_bad_length_are_kept_however_it_is_cut() -> None:
    good = [b"a", b"", b"ccc"]
    stream = b"".join(map(frame, good)) + LENGTH.pack(LIMIT + 1)
    for cut in range(len(stream)):
        buffer = FrameBuffer()
        first, failure = buffer.feed_until(stream[:cut])
        assert failure is None
        second, failure = buffer.feed_until(stream[cut:])
        assert first + second == good
        assert isinstance(failure, FrameTooLong)


def test_the_length_alone_is_enough_to_refuse() -> None:
    buffer = FrameBuffer()
    assert payloads(buffer, b"\xff\xff\xff") == []
    with pytest.raises(FrameTooLong):
        payloads(buffer, b"\xff")
