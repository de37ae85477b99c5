"""Attributes that the generation in use leaves out of a request where the server is too old for
them, instead of refusing the request.

Its official client had such an attribute, and looked at the server version later or not at all: an
order went out without it, and a cancel reached TWS. Which those are is a table of
`compat.generations`; the protocol only keeps what holds now.
"""

from __future__ import annotations

from copy import copy
from typing import Any

from ..exceptions import NotSupported
from .nodes import Request, new

SINCE: dict[
    tuple[str, str], int
] = {}  # by request and path: the server version from which it is left out; before, it is refused

# By class: the attributes that the generation in use does not know. An object of a class of the
# program's own, made after that generation's, need not have them.
NOT_YET: dict[type, frozenset[str]] = {}


def without(
    request: Request, server_version: int, arguments: tuple[Any, ...], refused: NotSupported
) -> tuple[Any, ...]:
    """Return a request's arguments without the attribute that the server is too old for.
    NotSupported: the request is refused.
    """
    since = SINCE.get((request.name, refused.path))
    if since is None or server_version < since:
        raise refused
    root, _, attribute = refused.path.partition(".")
    made = list(arguments)
    place = request.arguments.index(root)
    made[place] = copy(made[place])
    setattr(made[place], attribute, getattr(new(request.classes[root]), attribute))
    return tuple(made)
