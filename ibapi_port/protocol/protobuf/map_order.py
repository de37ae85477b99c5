"""The order of a map's pairs. The wire defines none, but programs see one: algoParams is a list.

IB's client hands the pairs over as the hash table of its `protobuf` releases (4 and 5) holds them;
later releases hold them in another order in each process. The recorded vectors need it in messages
with two or more pairs: openOrder and completedOrder (algoParams, smartComboRoutingParams) and
contractDetails (secIdList). Here they come in that first order,
whatever release is installed: the same list as from IB's client, and the same list each time. The
hash is wyhash; the table begins with 8 places and doubles when it is 85 % full.
"""

from __future__ import annotations

from collections.abc import Iterable

_BITS = (1 << 64) - 1
_SALT = (0x243F6A8885A308D3, 0x13198A2E03707344)
_PLACES = 8
_FULL = 0.85
_LONGEST = 64  # bytes of a key; longer ones are hashed otherwise, and do not occur

_Slots = list["tuple[str, int] | None"]


def _mix(a: int, b: int) -> int:
    product = a * b
    return (product & _BITS) ^ (product >> 64)


def _number(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _hash(key: bytes) -> int:
    size = len(key)
    state = _SALT[0]
    while len(key) > 16:
        state = _mix(_number(key[:8]) ^ _SALT[1], _number(key[8:16]) ^ state)
        key = key[16:]
    if len(key) > 8:
        a = _number(key[:8])
        b = _number(key[-8:])
    elif len(key) > 3:
        a = _number(key[:4])
        b = _number(key[-4:])
    else:
        a = key[0] << 16 | key[len(key) // 2] << 8 | key[-1] if key else 0
        b = 0
    return _mix(_mix(a ^ _SALT[1], b ^ state), _SALT[1] ^ size)


def _put(slots: _Slots, key: str) -> None:
    """Put a key into its place.

    Of two keys with one place the second goes to the next free one; one that is not at home makes
    way.
    """
    mask = len(slots) - 1
    home = _hash(key.encode()) & mask
    held = slots[home]
    if held is None:
        slots[home] = (key, home)
        return
    free = next(n & mask for n in range(home + 1, home + 1 + len(slots)) if slots[n & mask] is None)
    if held[1] == home:
        slots[free] = (key, home)
    else:
        slots[free] = held
        slots[home] = (key, home)


def in_order(keys: Iterable[str]) -> list[str]:
    """Return the keys, each once, in the order of the table that they are put into as they come."""
    arrived = list(dict.fromkeys(keys))
    if any(len(key.encode()) > _LONGEST for key in arrived):
        return arrived
    slots: _Slots = [None] * _PLACES
    for count, key in enumerate(arrived):
        if count == int(len(slots) * _FULL):
            grown: _Slots = [None] * (2 * len(slots))
            for held in filter(None, slots):
                _put(grown, held[0])
            slots = grown
        _put(slots, key)
    return [held[0] for held in slots if held is not None]
