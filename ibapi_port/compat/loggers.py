"""The loggers under the name `ibapi`: what a program sets on `logging.getLogger("ibapi")` holds for
this package.

A module of this package holds its logger in a global, and a program may hold the one of `ibapi`
already. Both objects stay; from then on they share what is in them (name, level, handlers, filters,
parent), so it does not matter through which of them it is set.
"""

from __future__ import annotations

import logging
import sys

from .faces import OFFICIAL, OURS


def rename() -> None:
    """Let each logger of this package that there is be the one of the same name under `ibapi`. It
    may be called any number of times.
    """
    known = logging.root.manager.loggerDict
    for name in sorted(known):
        if name == OURS or name.startswith(f"{OURS}."):
            # Left there, it would be disabled by logging.config: the program's configuration does
            # not name it.
            ours = known.pop(name)
            if isinstance(ours, logging.Logger):
                _become(ours, OFFICIAL + name[len(OURS) :])


def _become(ours: logging.Logger, name: str) -> None:
    known = logging.root.manager.loggerDict
    is_new = not isinstance(known.get(name), logging.Logger)
    theirs = logging.getLogger(name)  # creates it in its place among its parents and children
    for handler in ours.handlers:
        theirs.addHandler(handler)
    for one in ours.filters:
        theirs.addFilter(one)
    if not theirs.level and ours.level:
        theirs.setLevel(ours.level)
    if not ours.propagate:
        theirs.propagate = False
    ours.__dict__ = theirs.__dict__
    if is_new:
        known[name] = ours
    else:
        _put_in_place(ours, theirs)


def _put_in_place(ours: logging.Logger, theirs: logging.Logger) -> None:
    """Let the modules of this package hold the program's object: getLogger() gives that one."""
    for module_name, module in list(sys.modules.items()):
        if module_name == OURS or module_name.startswith(f"{OURS}."):
            for name, value in list(vars(module).items()):
                if value is ours:
                    setattr(module, name, theirs)
