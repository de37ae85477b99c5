"""Imports go downward only: fronts, then client and simulator side by side, then the protocol, then
the data classes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from tables import for_each

import ibapi_port

ROOT = Path(ibapi_port.__file__).parent
FACES = {"client", "reader", "connection", "decoder", "wrapper", "sync_wrapper"}
DATA = {
    *(
        "account_summary_tags",
        "commission_and_fees_report",
        "commission_report",
        "common",
        "const",
        "contract",
        "enum_implem",
        "errors",
    ),
    *(
        "execution",
        "ineligibility_reason",
        "message",
        "news",
        "object_implem",
        "order",
        "order_cancel",
        "order_state",
        "scanner",
    ),
    *("_conditions", "_printable", "_record", "_value_class"),
    *("server_versions", "softdollartier", "tag_value", "ticktype", "utils"),
}

NO_IO = {
    "asyncio",
    "multiprocessing",
    "queue",
    "select",
    "selectors",
    "signal",
    "socket",
    "socketserver",
    "ssl",
    "threading",
    "time",
}


def module_name(path: Path) -> str:
    """protocol/schema/shared_fields.py -> protocol.schema.shared_fields, protocol/__init__.py ->
    protocol.
    """
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    """Yield what a module imports, wherever in it: "protocol.schema.shared_fields" for our own,
    "/socket" for others.

    `from .. import contract` is an import of the module contract, not of the package too.
    """
    package = [part for part in path.relative_to(ROOT).parent.parts if part]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (ours(alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            start = ".".join([*base, *(node.module or "").split(".")]).strip(".")
            start = start if node.level else ours(start)
            for alias in node.names:
                name = f"{start}.{alias.name}".lstrip(".")
                yield name if name in FILES else start
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in (
            "importlib.import_module",
            "import_module",
            "__import__",
        ):
            yield from (
                ours(a.value)
                for a in node.args[:1]
                if isinstance(a, ast.Constant) and isinstance(a.value, str)
            )


def ours(name: str) -> str:
    top, _, rest = name.partition(".")
    return rest if top == "ibapi_port" else f"/{name}"


FILES = {module_name(path): path for path in sorted(ROOT.rglob("*.py"))}
MODULES = {name: sorted(set(imports(path))) for name, path in FILES.items()}


def of(package: str) -> list[str]:
    return [name for name in MODULES if name == package or name.startswith(f"{package}.")]


CLIENT = {*FACES, *of("_client"), *of("_sync")}


def own_imports(module: str) -> set[str]:
    """The modules of ours that a module imports; not the package itself, which `from .. import
    contract` names too.
    """
    return {name for name in MODULES[module] if name in MODULES and name not in (module, "")}


def outside(module: str, *allowed: str) -> set[str]:
    """What a module imports beside the modules and packages allowed."""
    return {
        name
        for name in own_imports(module)
        if not any(name == a or name.startswith(f"{a}.") for a in allowed)
    }


def test_imports_are_seen() -> None:
    """The eyes of these tests: each form of import, within functions too."""
    assert {
        "protocol.text.interpreter",
        "protocol.schema.text_source",
        "protocol.schema.nodes",
    } <= own_imports("protocol.text.compiler")
    assert {"protocol.schema.nodes", "protocol.schema.shared_fields", "message"} <= own_imports(
        "protocol.schema.messages.orders"
    )
    assert {"order", "tag_value", "server_versions"} <= own_imports("protocol.schema.shared_fields")
    assert {"protocol.text.codec", "reader"} <= own_imports("client")
    assert "_client.tls" in own_imports("_client.transport")  # in a function
    assert "protocol.text.conditions" in own_imports("order_condition")  # in a function
    assert {"/threading"} <= set(MODULES["_client.core"]) & set(MODULES["simulator.net.loop"])
    assert "/google.protobuf.text_format" in MODULES["utils"]  # by importlib


def circles() -> list[list[str]]:
    """Return the sets of modules that all import each other, if only by way of others (Tarjan)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        order[module] = lowest[module] = len(order)
        stack.append(module)
        for name in MODULES[module]:
            if name in MODULES and name not in order:
                visit(name)
                lowest[module] = min(lowest[module], lowest[name])
            elif name in stack:
                lowest[module] = min(lowest[module], order[name])
        if lowest[module] == order[module]:
            place = stack.index(module)
            if len(stack) > place + 1:
                found.append(sorted(stack[place:]))
            del stack[place:]

    for module in MODULES:
        if module not in order:
            visit(module)
    return found


def arrows(circle: list[str]) -> list[str]:
    """Return the imports within a circle, for the report."""
    among = set(circle)
    return [
        f"{name or 'ibapi_port'} -> {to or 'ibapi_port'}"
        for name in circle
        for to in MODULES[name]
        if to in among - {name}
    ]


def test_there_is_no_circle_of_files() -> None:
    """No module imports itself by way of others, under TYPE_CHECKING and within functions too."""
    assert [arrows(circle) for circle in circles()] == []


def test_circles_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MODULES, "const", [*MODULES["const"], "contract"])
    (circle,) = (circle for circle in circles() if "const" in circle)
    assert {"const", "contract", "utils"} <= set(circle)
    assert "const -> contract" in arrows(circle)


@for_each(of("protocol"))
def test_the_protocol_stands_on_the_data_classes(module: str) -> None:
    terminal = TERMINAL if module == "protocol.__main__" else []
    assert outside(module, "protocol", *terminal, *DATA) == set()


@for_each(of("protocol"))
def test_the_protocol_does_no_io_and_knows_no_time(module: str) -> None:
    assert not set(MODULES[module]) & {f"/{name}" for name in NO_IO}


ROOMS = [
    "exceptions",
    "framing",
    "handshake",
    "schema",
    "text",
    "protobuf",
    "select",
    "codec",
    "inspect",
    "reference",
    "__main__",
]


@for_each([name for name in of("protocol") if name != "protocol"])
def test_the_protocol_is_built_in_layers(module: str) -> None:
    below = ROOMS[: ROOMS.index(module.split(".")[1]) + 1]
    assert not {
        name
        for name in own_imports(module) & set(of("protocol")) - {"protocol"}
        if name.split(".")[1] not in below
    }


def test_no_circle_of_files_in_the_protocol() -> None:
    """Wherever an import stands: in a function too, and for the type checker alone."""
    left = {name: own_imports(name) & set(of("protocol")) for name in of("protocol")}
    while free := {name for name, wanted in left.items() if not wanted & left.keys()}:
        left = {name: wanted for name, wanted in left.items() if name not in free}
    assert not left


@for_each(of("simulator"))
def test_the_simulator_knows_no_client(module: str) -> None:
    assert not outside(module, "protocol", "simulator", *DATA) & {
        *CLIENT,
        *(name for name in MODULES if name.startswith("compat")),
    }


@for_each(sorted(CLIENT))
def test_the_client_knows_no_simulator_and_no_tools(module: str) -> None:
    assert not own_imports(module) & {*of("simulator"), *of("tap"), *of("testing")}


STANDS_ON_THE_CLIENT = [
    name
    for top in ("guards", "ledger", "doctor", "pacing", "automater", "supervised")
    for name in of(top)
    if name != "automater.command.simulated"
]
REST = of("rest")
TERMINAL = ["_terminal"]  # what the commands share
ALONE = [*TERMINAL, *of("error_codes"), "alerts", "_alert_hooks", "reset_windows", "_zones"]


@for_each(sorted(CLIENT))
def test_the_client_knows_nothing_that_stands_on_it(module: str) -> None:
    assert not own_imports(module) & {*STANDS_ON_THE_CLIENT, *ALONE}


@for_each(ALONE)
def test_alerts_and_error_codes_need_no_client(module: str) -> None:
    assert outside(module, *ALONE) == set()


@for_each(STANDS_ON_THE_CLIENT)
def test_what_stands_on_the_client_knows_no_simulator(module: str) -> None:
    assert not own_imports(module) & {*of("simulator"), *of("tap"), *of("testing")}


SUPERVISED = [
    *("policy", "leases", "farms", "clock", "pacing", "executions", "kinds", "registry", "orders"),
    *("order_ids", "events", "machine", "reconcile", "books", "line", "repeater"),
    *("shared", "admission", "inbound", "restoring", "reconciling", "alarms", "telling", "turns"),
    *("supervision", "client"),
]
PURE = SUPERVISED[: SUPERVISED.index("books")]


@for_each([name for name in of("supervised") if name != "supervised"])
def test_the_supervisor_is_built_in_layers(module: str) -> None:
    below = SUPERVISED[: SUPERVISED.index(module.split(".")[1]) + 1]
    assert not {
        name
        for name in own_imports(module) & set(of("supervised")) - {"supervised"}
        if name.split(".")[1] not in below
    }


@for_each([f"supervised.{name}" for name in PURE if name != "clock"])
def test_what_decides_has_no_thread_and_no_clock(module: str) -> None:
    used = {name.split(".")[0] for name in MODULES[module]}
    assert not used & {f"/{name}" for name in NO_IO}


@for_each(of("supervised"))
def test_the_supervisor_knows_no_faces(module: str) -> None:
    assert not own_imports(module) & set(of("ib"))


@for_each([name for name in REST if name != "rest.cli"])
def test_the_rest_server_knows_no_simulator(module: str) -> None:
    assert not own_imports(module) & {*of("simulator"), *of("tap"), *of("testing")}


@for_each(sorted(set(FILES) - set(REST) - {"__main__"}))
def test_nothing_stands_on_the_rest_server(module: str) -> None:
    """Nor needs what it needs: its packages are an extra."""
    assert not own_imports(module) & set(REST)


@for_each(of("tap"))
def test_the_tap_stands_on_the_protocol_alone(module: str) -> None:
    assert outside(module, "protocol", "tap", "_server_thread", *TERMINAL, *DATA) == set()


IB_HELPERS = ["contracts", "frames", "order_fields", "orders", "plain", "plots", "tables", "times"]


@for_each([f"ib.{name}" for name in [*IB_HELPERS, "_named"]])
def test_the_helpers_of_ib_stand_on_the_data_classes(module: str) -> None:
    helpers = [f"ib.{name}" for name in [*IB_HELPERS, "_named"]]
    assert outside(module, *helpers, *DATA) == set()


@for_each(["ib.frames", "ib.plots", "ib.tables", "ib.plain"])
def test_what_is_an_extra_is_imported_where_it_is_used(module: str) -> None:
    for node in ast.parse(FILES[module].read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [alias.name for alias in node.names]
            top = {name.split(".")[0] for name in [getattr(node, "module", None) or "", *names]}
            assert not top & {"pandas", "numpy", "matplotlib", "mpl_toolkits"}


def test_the_plugin_imports_nothing_of_ours_at_once() -> None:
    """It is loaded in every run of pytest."""
    for module in ("testing", "testing.plugin"):
        path = ROOT / "testing" / ("__init__.py" if module == "testing" else "plugin.py")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert not [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.level]


@for_each(of("simulator"))
def test_the_simulator_knows_no_tools(module: str) -> None:
    assert not own_imports(module) & {*of("tap"), *of("testing")}


@for_each(sorted(DATA))
def test_data_classes_know_nothing_above_them(module: str) -> None:
    assert outside(module, *DATA) == set()


def test_conditions_load_their_declarations_late() -> None:
    """They are many, and a program that asks a condition for its fields is rare."""
    tree = ast.parse((ROOT / "order_condition.py").read_text(encoding="utf-8"))
    at_once = {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}
    assert not {name for name in at_once if name and name.startswith("protocol")}


SIMULATOR = [
    *(
        "errors",
        "times",
        "net",
        "clock",
        "services",
        "settings",
        "options",
        "market",
        "history",
        "recorded",
        "account",
        "trading",
        "reference",
    ),
    *(
        "event_log",
        "progress",
        "farms",
        "world",
        "session",
        "network",
        "state",
        "views",
        "script",
        "commands",
        "http_server",
        "control_page",
        "control",
        "server",
        "cli",
    ),
]


@for_each([name for name in of("simulator") if name != "simulator"])
def test_the_simulator_is_built_in_layers(module: str) -> None:
    below = SIMULATOR[: SIMULATOR.index(module.split(".")[1]) + 1]
    assert not {
        name
        for name in own_imports(module) & set(of("simulator")) - {"simulator"}
        if name.split(".")[1] not in below
    }


@for_each([name for name in MODULES if not name.startswith("_command")])
def test_only_the_entry_knows_the_commands(module: str) -> None:
    assert module == "__main__" or not own_imports(module) & set(of("_command"))
