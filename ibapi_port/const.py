"""The numbers that stand for "nothing set", and the limits of a frame."""

import math
import sys
from decimal import Decimal

__all__ = [
    "DOUBLE_INFINITY",
    "INFINITY_STR",
    "MAX_MSG_LEN",
    "NO_VALID_ID",
    "UNSET_DECIMAL",
    "UNSET_DOUBLE",
    "UNSET_INTEGER",
    "UNSET_LONG",
]

NO_VALID_ID = -1
MAX_MSG_LEN = (1 << 24) - 1  # bytes; a longer frame means that the two sides lost step

# TWS has no null on the text wire: the largest value of a type says "not set" there, and so it does
# in the public classes.
UNSET_INTEGER = (1 << 31) - 1
UNSET_LONG = (1 << 63) - 1
UNSET_DOUBLE = sys.float_info.max
UNSET_DECIMAL = Decimal((1 << 127) - 1)

DOUBLE_INFINITY = math.inf
INFINITY_STR = "Infinity"  # how an infinite price is spelled on the text wire
