"""install(): the name `ibapi` gives this package's own modules, in processes of their own."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from .helpers import python

# of protocol 0, as an official client would have written it
OLD_PICKLE = b"cibapi.contract\nContract\n(tR(dVsymbol\nVAAPL\nsb."


def run(code: str, cwd: Path) -> str:
    done = python("-c", textwrap.dedent(code), cwd=cwd)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def holds(code: str, cwd: Path) -> None:
    """The program ends without an exception."""
    run("import ibapi_port\nibapi_port.install()\n" + textwrap.dedent(code), cwd)


@pytest.fixture
def official(tmp_path: Path) -> Path:
    """A folder with another package of that name."""
    package = tmp_path / "ibapi"
    package.mkdir()
    (package / "__init__.py").write_text("REAL = True\n")
    (package / "contract.py").write_text("class Contract: pass\n")
    (package / "only_there.py").write_text("")
    return tmp_path


def test_one_module_under_two_names(tmp_path: Path) -> None:
    holds(
        """
        import pkgutil, importlib, sys
        import ibapi
        names = [m.name for m in pkgutil.iter_modules(ibapi_port.__path__) if not m.name.startswith("_")]
        assert "contract" in names and "client" in names
        for name in names:
            assert importlib.import_module(f"ibapi.{name}") is importlib.import_module(f"ibapi_port.{name}"), name
            assert getattr(ibapi, name) is sys.modules[f"ibapi.{name}"] is sys.modules[f"ibapi_port.{name}"]
        assert importlib.import_module("ibapi.protocol.text.codec") is importlib.import_module("ibapi_port.protocol.text.codec")
        """,
        tmp_path,
    )


@pytest.mark.parametrize("first", ["ibapi", "ibapi_port"])
def test_every_way_to_import(first: str, tmp_path: Path) -> None:
    holds(
        f"""
        import {first}.order
        import ibapi.order as x
        import ibapi.order
        from ibapi import order
        from ibapi.order import Order
        from ibapi.order import *
        import ibapi_port.order as ours
        assert x is ours and ibapi.order is ours and order is ours and Order is ours.Order
        from ibapi.client import EClient
        from ibapi.wrapper import EWrapper
        from ibapi.utils import iswrapper
        from ibapi.common import *
        from ibapi.contract import *
        from ibapi.ticktype import TickTypeEnum
        assert TickerId is int and Contract().symbol == ""
        assert __import__("ibapi.order").order is ours
        """,
        tmp_path,
    )


def test_isinstance_knows_no_difference(tmp_path: Path) -> None:
    holds(
        """
        from ibapi.contract import Contract
        from ibapi.wrapper import EWrapper
        import ibapi_port.contract, ibapi_port.wrapper, ibapi_port.simulator
        assert isinstance(Contract(), ibapi_port.contract.Contract)
        assert issubclass(EWrapper, ibapi_port.wrapper.EWrapper)
        assert Contract(symbol="A") == ibapi_port.contract.Contract(symbol="A")
        """,
        tmp_path,
    )


def test_pickles(tmp_path: Path) -> None:
    holds(
        f"""
        import pickle, ibapi.contract, ibapi.order
        old = pickle.loads({OLD_PICKLE!r})
        assert type(old) is ibapi_port.contract.Contract and old.symbol == "AAPL"
        order = ibapi.order.Order(action="BUY")
        assert pickle.loads(pickle.dumps(order)) == order
        assert b"ibapi_port.order" in pickle.dumps(order)
        """,
        tmp_path,
    )


def test_a_pickle_of_a_module_that_was_not_imported_yet(tmp_path: Path) -> None:
    holds(f"import pickle\nassert pickle.loads({OLD_PICKLE!r}).symbol == 'AAPL'", tmp_path)


def test_type_hints(tmp_path: Path) -> None:
    holds(
        """
        import typing, ibapi.wrapper, ibapi.client, ibapi.contract
        hints = typing.get_type_hints(ibapi.wrapper.EWrapper.position)
        assert hints["contract"] is ibapi.contract.Contract
        hints = typing.get_type_hints(ibapi.client.EClient.reqContractDetails)
        assert hints["contract"] is ibapi_port.contract.Contract
        def f(c: "ibapi.contract.Contract"): pass
        assert typing.get_type_hints(f)["c"] is ibapi_port.contract.Contract
        """,
        tmp_path,
    )


def test_specs_are_our_own(tmp_path: Path) -> None:
    holds(
        """
        import importlib.util, ibapi.order, ibapi.protocol.text.codec, ibapi.simulator
        for module in (ibapi.order, ibapi.protocol, ibapi.protocol.text.codec, ibapi.simulator):
            assert module.__name__.startswith("ibapi_port")
            assert module.__spec__.name == module.__name__
            assert module.__spec__.origin == module.__file__
            assert module.__spec__.loader is module.__loader__
            assert not getattr(module.__spec__, "_initializing", False)
        assert ibapi.order.__package__ == "ibapi_port"
        assert importlib.util.find_spec("ibapi.order").name == "ibapi_port.order"
        assert importlib.util.find_spec("ibapi.contract") is not None
        assert importlib.util.find_spec("ibapi.nonsense") is None
        from importlib import resources
        assert resources.files("ibapi.simulator.market").joinpath("data/instruments.json").is_file()
        """,
        tmp_path,
    )


def test_the_package_is_ours_but_for_its_name_and_version(tmp_path: Path) -> None:
    holds(
        """
        import ibapi, ibapi.order, sys
        from unittest import mock
        assert ibapi.__name__ == "ibapi" and ibapi_port.__name__ == "ibapi_port"
        assert ibapi.__version__ == ibapi.get_version_string() == ibapi_port.get_version_string()
        assert ibapi_port.__version__ == sys.modules["ibapi_port._version"].__version__ != ibapi.__version__
        assert list(ibapi.__path__) == list(ibapi_port.__path__) and ibapi.__file__ == ibapi_port.__file__
        assert ibapi.__doc__ == ibapi_port.__doc__ and set(dir(ibapi)) >= {"VERSION", "order"}
        assert ibapi.__spec__.name == "ibapi" and ibapi.__spec__.loader is ibapi.__loader__
        with mock.patch("ibapi.get_version_string", lambda: "patched"):
            assert ibapi.get_version_string() == ibapi_port.get_version_string() == "patched"
        assert ibapi.get_version_string() == ibapi.__version__
        ibapi.own = 1
        assert ibapi_port.own == 1
        del ibapi.own
        assert not hasattr(ibapi_port, "own")
        try:
            ibapi.nonsense
        except AttributeError as e:
            assert str(e) == "module 'ibapi' has no attribute 'nonsense'"
        given = {}
        exec("from ibapi import *", given)
        assert {"VERSION", "get_version_string", "order"} <= set(given) and "install" not in given
        """,
        tmp_path,
    )


def test_patches_hold_under_both_names(tmp_path: Path) -> None:
    holds(
        """
        import ibapi.client, ibapi_port.client
        from unittest import mock
        for name in ("EReader", "queue", "Decimal", "MIN_CLIENT_VER", "current_fn_name", "comm"):
            before = getattr(ibapi.client, name)
            with mock.patch(f"ibapi.client.{name}") as patched:
                assert getattr(ibapi_port.client, name) is getattr(ibapi.client, name) is patched
            assert getattr(ibapi_port.client, name) is getattr(ibapi.client, name) is before
        """,
        tmp_path,
    )


def test_the_version_of_the_distribution(tmp_path: Path) -> None:
    holds(
        """
        import importlib.metadata, ibapi
        assert importlib.metadata.version("ibapi") == importlib.metadata.version("IBAPI") == ibapi.__version__
        assert importlib.metadata.metadata("ibapi")["Name"] == "ibapi"
        assert importlib.metadata.version("ibapi_port") == ibapi_port.__version__
        assert [one.metadata["Name"] for one in importlib.metadata.distributions()].count("ibapi") == 1
        try:
            importlib.metadata.version("ibapi2")
        except importlib.metadata.PackageNotFoundError:
            pass
        else:
            raise AssertionError
        """,
        tmp_path,
    )


def test_walking_its_modules(tmp_path: Path) -> None:
    holds(
        """
        import pkgutil, importlib, ibapi, sys
        from importlib import resources
        for one in pkgutil.walk_packages(ibapi.__path__, "ibapi."):
            if one.name.count(".") == 1 and "._" not in one.name:
                ours = one.name.replace("ibapi.", "ibapi_port.", 1)
                assert importlib.import_module(one.name) is sys.modules[ours], one.name
        assert resources.files("ibapi").joinpath("py.typed").is_file()
        """,
        tmp_path,
    )


def test_idempotent(tmp_path: Path) -> None:
    holds(
        """
        import sys
        finders = list(sys.meta_path)
        ibapi_port.install()
        import ibapi, ibapi.order
        ibapi_port.install()
        ibapi.install()
        assert sys.meta_path == finders
        """,
        tmp_path,
    )


def test_reload(tmp_path: Path) -> None:
    holds(
        """
        import importlib, ibapi.order
        before, kind = ibapi.order, ibapi.order.Order
        assert importlib.reload(ibapi.order) is before
        assert ibapi.order is ibapi_port.order is before
        assert ibapi.order.Order is not kind
        assert ibapi.order.__spec__.name == "ibapi_port.order"
        package = ibapi
        assert importlib.reload(ibapi) is package
        import ibapi as again
        assert again is package and again.order is before
        """,
        tmp_path,
    )


def test_what_there_is_not(tmp_path: Path) -> None:
    holds(
        """
        for name in ("ibapi.nonsense", "ibapi.nonsense.deeper", "ibapi.order.deeper", "ibapi2", "ibapix.order"):
            try:
                __import__(name)
            except ModuleNotFoundError as e:
                assert e.name in (name, name.rpartition(".")[0]), (name, e.name)
            else:
                raise AssertionError(name)
        try:
            from ibapi.order import Nonsense
        except ImportError as e:
            assert "Nonsense" in str(e)
        """,
        tmp_path,
    )


def test_imports_from_several_threads(tmp_path: Path) -> None:
    holds(
        """
        import importlib, threading, sys
        start, faults = threading.Barrier(8), []
        def work(n):
            start.wait()
            try:
                for name in ("order", "contract", "client", "wrapper", "execution", "scanner"):
                    module = importlib.import_module(f"{'ibapi' if n % 2 else 'ibapi_port'}.{name}")
                    assert module is sys.modules[f"ibapi_port.{name}"] and module.__spec__.name == f"ibapi_port.{name}"
            except BaseException as e:
                faults.append(e)
        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        [t.start() for t in threads]; [t.join() for t in threads]
        assert not faults, faults
        """,
        tmp_path,
    )


def test_it_is_found_before_an_official_client_that_is_there(official: Path) -> None:
    holds(
        """
        import ibapi, ibapi.contract, sys
        assert ibapi.contract is sys.modules["ibapi_port.contract"] and not hasattr(ibapi, "REAL")
        try:
            import ibapi.only_there
        except ModuleNotFoundError:
            pass
        else:
            raise AssertionError("of the other package")
        """,
        official,
    )


@pytest.mark.parametrize("loaded", ["ibapi", "ibapi.contract"])
def test_it_refuses_when_an_official_client_was_imported(loaded: str, official: Path) -> None:
    shown = run(
        f"""
        import sys, {loaded}
        import ibapi_port
        finders = list(sys.meta_path)
        try:
            ibapi_port.install()
        except ImportError as e:
            print(e)
        assert sys.meta_path == finders and ibapi.REAL
        """,
        official,
    )
    assert shown == (
        f"ibapi has been imported already, from {official}/ibapi/__init__.py: call ibapi_port.install() before anything imports it\n"
    )


def test_without_it_the_official_client_is_the_official_client(official: Path) -> None:
    run(
        "import ibapi_port.client, ibapi.contract\nassert ibapi.REAL and ibapi is not ibapi_port",
        official,
    )
