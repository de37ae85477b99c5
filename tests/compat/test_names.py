"""Every public name, signature, attribute and number of six generations of `ibapi` is here
(tests/data/README.md tells of the data).
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import warnings
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ibapi_port import errors, server_versions
from ibapi_port.client import EClient
from ibapi_port.message import IN, OUT
from ibapi_port.ticktype import TickTypeEnum
from ibapi_port.wrapper import EWrapper

DATA = Path(__file__).parents[1] / "data"
NAMES: dict[str, list[str]] = json.loads((DATA / "compat_names.json").read_text())
TABLE: dict[str, dict[str, Any]] = json.loads((DATA / "compat_table.json").read_text())


def module(short: str) -> Any:
    return importlib.import_module(f"ibapi_port.{short}" if short else "ibapi_port")


@pytest.mark.parametrize("short", NAMES, ids=lambda short: short or "ibapi")
def test_names_to_import(short: str) -> None:
    ours = module(short)
    for name in NAMES[short]:
        # of the package some are modules, which are there once somebody has imported them: "from
        # ibapi import client" imports it
        assert hasattr(ours, name) or (not short and module(name)), name


@pytest.mark.parametrize("short", [short for short in NAMES if short])
def test_names_of_a_star_import(short: str) -> None:
    """What a generation's "from ibapi.x import *" brought, ours does, less the names of other
    libraries.
    """
    ours = module(short)
    star: dict[str, Any] = {}
    exec(f"from ibapi_port.{short} import *", star)
    assert all(hasattr(ours, name) for name in getattr(ours, "__all__", ()))
    own = {
        name
        for name in NAMES[short]
        if getattr(getattr(ours, name), "__module__", "") == ours.__name__
        and not name.startswith("_")
    }
    assert own <= star.keys()


@pytest.mark.parametrize("name", TABLE["requests"])
def test_requests(name: str) -> None:
    signature = inspect.signature(getattr(EClient, name))
    for names in TABLE["requests"][name]:
        signature.bind(None, *names)
        signature.bind(None, **dict.fromkeys(names))


@pytest.mark.parametrize("name", TABLE["callbacks"])
def test_callbacks(name: str) -> None:
    callback = getattr(EWrapper, name)
    assert callable(callback)
    if TABLE["callbacks"][name] is not None:
        assert list(inspect.signature(callback).parameters)[1:] == TABLE["callbacks"][name]


def new(cls: Any) -> Any:
    """An object made with as few arguments as the class takes."""
    for arguments in ((), ("", "", ""), (0,), (0, "")):
        try:
            return cls(*arguments)
        except TypeError:
            continue
    raise AssertionError(f"{cls} cannot be made")


def value_of(text: str) -> Any:
    if text == "inf":
        return float(text)
    if text.startswith("Decimal("):
        return Decimal(ast.literal_eval(text[len("Decimal") :]))
    return ast.literal_eval(text)


@pytest.mark.parametrize("full", TABLE["classes"])
def test_classes(full: str) -> None:
    short, _, name = full.partition(".")
    cls, wanted = getattr(module(short), name), TABLE["classes"][full]
    assert all(hasattr(cls, member) for member in wanted["members"])
    if not wanted["attributes"]:
        return
    made = new(cls)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        for attribute, value in wanted["attributes"].items():
            assert hasattr(made, attribute), attribute
            if value is not None:
                assert getattr(made, attribute) == value_of(value), attribute


@pytest.mark.parametrize("enum", [IN, OUT], ids=["IN", "OUT"])
def test_message_ids(enum: Any) -> None:
    for name, number in TABLE["numbers"][enum.__name__].items():
        assert int(getattr(enum, name)) == number, name


def test_server_versions() -> None:
    for name, number in TABLE["numbers"]["server_versions"].items():
        assert getattr(server_versions, name) == number, name


def test_tick_types() -> None:
    for name, number in TABLE["numbers"]["tick_types"].items():
        assert getattr(TickTypeEnum, name) == number, name


def test_error_codes() -> None:
    for name, code in TABLE["numbers"]["errors"].items():
        assert getattr(errors, name).code() == code, name
