"""Loggers under the name `ibapi`: what a program sets on them holds, before and after install(), in
processes of their own.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from .helpers import python

SESSION = """
import threading
from ibapi.client import EClient
from ibapi.wrapper import EWrapper
from ibapi_port.simulator import SimulatedTws

class App(EWrapper, EClient):
    def __init__(self):
        EClient.__init__(self, self)
        self.begun = threading.Event()
    def nextValidId(self, orderId):
        self.begun.set()
    def error(self, *told):
        pass

def session():
    app = App()
    with SimulatedTws() as tws:
        app.connect(tws.host, tws.port, 1)
        thread = threading.Thread(target=app.run)
        thread.start()
        assert app.begun.wait(10)
        app.reqCurrentTime()
        app.disconnect()
        thread.join(10)

class Kept(logging.Handler):
    def __init__(self):
        super().__init__()
        self.names = []
    def emit(self, record):
        self.names.append(record.name)
"""
INSTALL = "import ibapi_port\nibapi_port.install()\n"
START = "import logging\nroot = logging.getLogger()\nroot.setLevel(logging.DEBUG)\n"


def holds(program: str, cwd: Path) -> None:
    done = python("-c", textwrap.dedent(program), cwd=cwd)
    assert done.returncode == 0, done.stderr


BEFORE = "log = logging.getLogger('ibapi')\nlog.setLevel(logging.WARNING)\n"


@pytest.mark.parametrize(
    "order",
    [BEFORE + INSTALL + SESSION, INSTALL + BEFORE + SESSION, INSTALL + SESSION + BEFORE],
    ids=["first", "between", "last"],
)
def test_the_level_of_ibapi_silences(order: str, tmp_path: Path) -> None:
    holds(
        START
        + order
        + "kept = Kept()\nroot.addHandler(kept)\nsession()\nassert kept.names == [], kept.names\n",
        tmp_path,
    )


def test_records_have_the_names_of_ibapi(tmp_path: Path) -> None:
    holds(
        START
        + INSTALL
        + SESSION
        + textwrap.dedent(
            """
            kept = Kept()
            root.addHandler(kept)
            session()
            assert "ibapi.client" in kept.names
            assert all(name.startswith("ibapi.") for name in kept.names), kept.names
            """
        ),
        tmp_path,
    )


@pytest.mark.parametrize("early", [True, False], ids=["before the import", "after it"])
@pytest.mark.parametrize("name", ["ibapi", "ibapi.client"])
def test_handlers_and_filters_get_the_records(name: str, early: bool, tmp_path: Path) -> None:
    given = textwrap.dedent(
        f"""
        log = logging.getLogger({name!r})
        heard, filtered = [], []
        handler = logging.Handler()
        handler.emit = lambda record: heard.append(record.name)
        log.addHandler(handler)
        log.addFilter(lambda record: filtered.append(record.name) or True)
        """
    )
    parts = [given, INSTALL, SESSION] if early else [INSTALL, SESSION, given]
    ends = textwrap.dedent(
        f"""
        session()
        assert "ibapi.client" in heard
        assert ("ibapi.client" in filtered) is ({name!r} == "ibapi.client")  # a logger filters what it logs itself
        assert log is logging.getLogger({name!r})
        """
    )
    holds(START + "".join(parts) + ends, tmp_path)


def test_it_is_one_logger(tmp_path: Path) -> None:
    holds(
        """
        import logging, pickle
        mine = logging.getLogger("ibapi.client")
        import ibapi_port.client
        theirs = ibapi_port.client.logger
        assert theirs.name == "ibapi_port.client"
        filters = list(theirs.filters)
        ibapi_port.install()
        import ibapi.client, ibapi.reader
        assert ibapi.client.logger is mine is logging.getLogger("ibapi.client")
        assert theirs.name == "ibapi.client" and mine.filters == filters
        mine.setLevel(logging.ERROR)
        assert theirs.level == logging.ERROR and not theirs.isEnabledFor(logging.INFO)
        assert logging.getLogger("ibapi") is mine.parent and mine.parent.parent is logging.getLogger()
        assert pickle.loads(pickle.dumps(mine)) is mine
        ibapi_port.install()
        assert mine.filters == filters
        assert not [name for name in logging.root.manager.loggerDict if name.startswith("ibapi_port")]
        """,
        tmp_path,
    )


def test_what_was_set_on_ours_is_kept(tmp_path: Path) -> None:
    holds(
        """
        import logging, ibapi_port.client
        handler = logging.NullHandler()
        logging.getLogger("ibapi_port").addHandler(handler)
        logging.getLogger("ibapi_port").setLevel(logging.ERROR)
        logging.getLogger("ibapi_port.client").propagate = False
        ibapi_port.install()
        import ibapi.client
        assert logging.getLogger("ibapi").handlers == [handler]
        assert logging.getLogger("ibapi").level == logging.ERROR
        assert not ibapi.client.logger.propagate and not ibapi.client.logger.isEnabledFor(logging.INFO)
        """,
        tmp_path,
    )


def test_a_configuration_that_names_ibapi_does_not_disable_the_rest(tmp_path: Path) -> None:
    holds(
        """
        import logging, logging.config, ibapi_port
        ibapi_port.install()
        import ibapi.client, ibapi.wrapper
        logging.config.dictConfig({"version": 1, "loggers": {"ibapi": {"level": "INFO"}}})
        assert not ibapi.client.logger.disabled and ibapi.client.logger.isEnabledFor(logging.INFO)
        assert not ibapi.client.logger.isEnabledFor(logging.DEBUG)
        """,
        tmp_path,
    )


def test_without_install_they_are_ours(tmp_path: Path) -> None:
    holds(
        """
        import logging, ibapi_port.client, ibapi_port.wrapper
        names = {name for name in logging.root.manager.loggerDict if name.startswith("ibapi")}
        assert "ibapi_port.client" in names and all(name.startswith("ibapi_port") for name in names), names
        """,
        tmp_path,
    )
