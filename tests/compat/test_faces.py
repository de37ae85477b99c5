"""Names under `ibapi`: every module gives what the modules of six generations give
(tests/data/star_names.json).

In processes of their own.
"""

from __future__ import annotations

import builtins
import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from ibapi_port.compat.exports import EXPORTS

from .helpers import python

NAMES: dict[str, dict[str, list[str]]] = json.loads(
    (Path(__file__).parents[1] / "data" / "star_names.json").read_text()
)["modules"]
INSTALLED = "import ibapi_port\nibapi_port.install()\n"


def told(program: str, cwd: Path) -> Any:
    """What a program prints, as JSON."""
    done = python("-c", INSTALLED + "import json\n" + textwrap.dedent(program), cwd=cwd)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def holds(program: str, cwd: Path) -> None:
    done = python("-c", INSTALLED + textwrap.dedent(program), cwd=cwd)
    assert done.returncode == 0, done.stderr


def test_star_imports_give_every_name(tmp_path: Path) -> None:
    got = told(
        f"""
        out = {{}}
        for module in {list(NAMES)!r}:
            given = {{}}
            exec(f"from ibapi.{{module}} import *", given)
            out[module] = list(given)
        print(json.dumps(out))
        """,
        tmp_path,
    )
    missing = {
        module: sorted(
            {name for names in NAMES[module].values() for name in names} - {*got[module]}
        )
        for module in NAMES
    }
    assert {module: names for module, names in missing.items() if names} == {}


def test_explicit_imports_give_every_name(tmp_path: Path) -> None:
    wanted = [
        (module, name)
        for module, kinds in NAMES.items()
        for names in kinds.values()
        for name in names
    ]
    missing = told(
        f"""
        missing = []
        for module, name in {wanted!r}:
            try:
                exec(f"from ibapi.{{module}} import {{name}}")
            except ImportError as e:
                missing.append(str(e))
        print(json.dumps(missing))
        """,
        tmp_path,
    )
    assert missing == []


WITHOUT_PROTOBUF = """
import sys

class Refuses:
    def find_spec(self, name, path=None, target=None):
        if name == "google.protobuf" or name.startswith("google.protobuf."):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Refuses())
"""


def test_without_protobuf_all_others_are_given(tmp_path: Path) -> None:
    wanted = {module: kinds["plain"] for module, kinds in NAMES.items() if "plain" in kinds}
    got = told(
        WITHOUT_PROTOBUF
        + textwrap.dedent(
            f"""
            out = {{}}
            for module in {list(wanted)!r}:
                given = {{}}
                exec(f"from ibapi.{{module}} import *", given)
                out[module] = list(given)
            import ibapi.client
            assert not hasattr(ibapi.client, "PlaceOrderRequestProto")
            assert "PlaceOrderRequestProto" not in dir(ibapi.client)
            print(json.dumps(out))
            """
        ),
        tmp_path,
    )
    assert {
        module: sorted({*names} - {*got[module]})
        for module, names in wanted.items()
        if {*names} - {*got[module]}
    } == {}


@pytest.mark.parametrize(
    "module", ["protobuf", "client_utils", "decoder_utils", "protobuf.Contract_pb2"]
)
def test_without_protobuf_the_error_names_the_extra(module: str, tmp_path: Path) -> None:
    for package in ("ibapi", "ibapi_port"):
        holds(
            WITHOUT_PROTOBUF
            + textwrap.dedent(
                f"""
                try:
                    import {package}.{module}
                except ImportError as e:
                    assert "pip install 'ibapi_port[protobuf]'" in str(e), e
                else:
                    raise AssertionError
                """
            ),
            tmp_path,
        )


def test_the_names_are_what_they_say(tmp_path: Path) -> None:
    holds(
        """
        import decimal, inspect, logging, queue, socket, threading
        import ibapi.client as client
        from ibapi import wrapper, common, utils, connection, reader, comm
        from ibapi.client import queue as imported
        assert client.queue is imported is queue and client.socket is socket and client.logging is logging
        assert client.comm is comm and client.reader is reader
        assert wrapper.Decimal is common.Decimal is utils.Decimal is decimal.Decimal
        assert wrapper.inspect is inspect and connection.threading is threading and reader.Thread is threading.Thread
        assert client.MIN_SERVER_VER_PNL == ibapi_port.server_versions.MIN_SERVER_VER_PNL
        import ibapi
        assert client.ibapi is ibapi
        from ibapi.wrapper import logger
        assert logger is logging.getLogger("ibapi.wrapper")
        """,
        tmp_path,
    )


def test_they_are_seen_in_every_way(tmp_path: Path) -> None:
    holds(
        """
        import importlib, inspect, pickle, types
        import ibapi.client, ibapi.order
        for name in ("queue", "Decimal", "MIN_SERVER_VER_PNL", "comm", "EClient"):
            assert name in vars(ibapi.client) and name in dir(ibapi.client) and hasattr(ibapi.client, name)
            assert name in ibapi.client.__all__
        assert "PlaceOrderRequestProto" in dir(ibapi.client)
        assert isinstance(ibapi.client, types.ModuleType) and inspect.ismodule(ibapi.client)
        try:
            ibapi.client.nonsense
        except AttributeError as e:
            assert str(e) == "module 'ibapi_port.client' has no attribute 'nonsense'"
        importlib.reload(ibapi.order)
        from ibapi.order import decimalMaxString
        given = {}
        exec("from ibapi.order import *", given)
        assert "decimalMaxString" in given and "Order" in given
        order = ibapi.order.Order(action="BUY")
        assert pickle.loads(pickle.dumps(order)) == order
        # a module that another one has imported, and the program has not
        assert ibapi.utils.logging and ibapi.common.Decimal
        """,
        tmp_path,
    )


def test_what_was_imported_before_gets_them_too(tmp_path: Path) -> None:
    code = """
    import ibapi_port.client
    assert not hasattr(ibapi_port.client, "queue")
    import ibapi_port
    ibapi_port.install()
    from ibapi.client import queue
    assert ibapi_port.client.queue is queue
    """
    done = python("-c", textwrap.dedent(code), cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_module_that_is_an_attribute_of_the_package(tmp_path: Path) -> None:
    holds(
        """
        import logging
        import ibapi_port.client  # `from ibapi import client` finds it there, and imports nothing
        from ibapi import client, common
        assert client.queue and client.Decimal is common.Decimal
        assert client.logger is logging.getLogger("ibapi.client")
        """,
        tmp_path,
    )


def test_without_install_the_modules_stay_as_they_are() -> None:
    code = (
        "import ibapi_port.client as c; given = {}; exec('from ibapi_port.client import *', given); "
        "print('queue' in given, type(c).__name__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=40, check=True
    )
    assert done.stdout.split() == ["False", "module"]


def test_no_name_hides_a_builtin_from_the_modules() -> None:
    listed = {
        name for sources in EXPORTS.values() for names in sources.values() for name in names.split()
    }
    assert not listed & {*dir(builtins)}
