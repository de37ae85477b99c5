"""Imports go downward only: fronts, then client and simulator side by side, then the protocol, then the data classes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import ibapi_port

ROOT = Path(ibapi_port.__file__).parent
CLIENT = {"client", "reader", "connection", "decoder", "wrapper", "requests", "limited_log"}
DATA = {
    *("account_summary_tags", "commission_and_fees_report", "commission_report", "common", "const", "contract", "enum_implem", "errors"),
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
        "structs",
    ),
    *("order_condition", "server_versions", "softdollartier", "tag_value", "ticktype", "utils"),
}
LATE = {"order_condition": {"protocol.text.conditions"}}  # a condition's own writing and reading of its fields, for legacy programs

NO_IO = {"asyncio", "multiprocessing", "queue", "select", "selectors", "signal", "socket", "socketserver", "ssl", "threading", "time"}


def module_name(path: Path) -> str:
    """protocol/schema/shared_fields.py -> protocol.schema.shared_fields, protocol/__init__.py -> protocol."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    """What a module imports, wherever in it: "protocol.schema.shared_fields" for our own, "/socket" for others."""
    package = [part for part in path.relative_to(ROOT).parent.parts if part]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (ours(alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            start = ".".join([*base, *(node.module or "").split(".")]).strip(".")
            start = start if node.level else ours(start)
            yield start
            yield from (f"{start}.{alias.name}".lstrip(".") for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("importlib.import_module", "import_module", "__import__"):
            yield from (ours(a.value) for a in node.args[:1] if isinstance(a, ast.Constant) and isinstance(a.value, str))


def ours(name: str) -> str:
    top, _, rest = name.partition(".")
    return rest if top == "ibapi_port" else f"/{name}"


MODULES = {module_name(path): sorted(set(imports(path))) for path in sorted(ROOT.rglob("*.py"))}


def of(package: str) -> list[str]:
    return [name for name in MODULES if name == package or name.startswith(f"{package}.")]


def own_imports(module: str) -> set[str]:
    """The modules of ours that a module imports; not the package itself, which `from .. import contract` names too."""
    return {name for name in MODULES[module] if name in MODULES and name not in (module, "")}


def outside(module: str, *allowed: str) -> set[str]:
    """What a module imports beside the modules and packages allowed."""
    return {name for name in own_imports(module) if not any(name == a or name.startswith(f"{a}.") for a in allowed)}


def test_imports_are_seen() -> None:
    """The eyes of these tests: each form of import, within functions too."""
    assert {"protocol.text.interpreter", "protocol.schema.field_types", "protocol.schema.nodes"} <= own_imports("protocol.text.compiler")
    assert {"protocol.schema.nodes", "protocol.schema.shared_fields", "message"} <= own_imports("protocol.schema.messages.orders")
    assert {"order", "tag_value", "server_versions"} <= own_imports("protocol.schema.shared_fields")
    assert {"protocol.text.codec", "reader"} <= own_imports("client")
    assert "_client.tls" in own_imports("_client.transport")  # in a function
    assert "protocol.text.conditions" in own_imports("order_condition")  # in a function
    assert {"/threading"} <= set(MODULES["_client.core"]) & set(MODULES["simulator.loop"])
    assert "/google.protobuf.text_format" in MODULES["utils"]  # by importlib


@pytest.mark.parametrize("module", of("protocol"))
def test_the_protocol_stands_on_the_data_classes(module: str) -> None:
    assert outside(module, "protocol", *DATA) == set()


@pytest.mark.parametrize("module", of("protocol"))
def test_the_protocol_does_no_io_and_knows_no_time(module: str) -> None:
    assert not set(MODULES[module]) & {f"/{name}" for name in NO_IO}


ROOMS = ["exceptions", "framing", "handshake", "schema", "text", "protobuf", "select", "inspect", "__main__"]


@pytest.mark.parametrize("module", [name for name in of("protocol") if name != "protocol"])
def test_the_protocol_is_built_in_layers(module: str) -> None:
    below = ROOMS[: ROOMS.index(module.split(".")[1]) + 1]
    assert not {name for name in own_imports(module) & set(of("protocol")) - {"protocol"} if name.split(".")[1] not in below}


def test_no_circle_of_files_in_the_protocol() -> None:
    """Wherever an import stands: in a function too, and for the type checker alone."""
    left = {name: own_imports(name) & set(of("protocol")) for name in of("protocol")}
    while free := {name for name, wanted in left.items() if not wanted & left.keys()}:
        left = {name: wanted for name, wanted in left.items() if name not in free}
    assert not left


@pytest.mark.parametrize("module", of("simulator"))
def test_the_simulator_knows_no_client(module: str) -> None:
    assert not outside(module, "protocol", "simulator", *DATA) & {*CLIENT, *(name for name in MODULES if name.startswith("compat"))}


@pytest.mark.parametrize("module", sorted(CLIENT))
def test_the_client_knows_no_simulator_and_no_tools(module: str) -> None:
    assert not own_imports(module) & {*of("simulator"), *of("tap"), *of("testing")}


@pytest.mark.parametrize("module", of("tap"))
def test_the_tap_stands_on_the_protocol_alone(module: str) -> None:
    assert outside(module, "protocol", "tap", *DATA) == set()


def test_the_plugin_imports_nothing_of_ours_at_once() -> None:
    """It is loaded in every run of pytest."""
    for module in ("testing", "testing.plugin"):
        path = ROOT / "testing" / ("__init__.py" if module == "testing" else "plugin.py")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert not [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.level]


@pytest.mark.parametrize("module", of("simulator"))
def test_the_simulator_knows_no_tools(module: str) -> None:
    assert not own_imports(module) & {*of("tap"), *of("testing")}


@pytest.mark.parametrize("module", sorted(DATA))
def test_data_classes_know_nothing_above_them(module: str) -> None:
    assert outside(module, *DATA) <= LATE.get(module, set())


@pytest.mark.parametrize("module", LATE)
def test_late_imports_are_within_functions(module: str) -> None:
    tree = ast.parse((ROOT / f"{module}.py").read_text(encoding="utf-8"))
    at_once = {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}
    assert not at_once & {f"ibapi_port.{name}" for name in LATE[module]}


SIMULATOR = [
    *("clock", "loop", "times", "peer", "pacing", "options", "market", "history", "account", "trading", "reference", "farms", "world"),
    *("faults", "line", "channel", "listener", "session", "network", "state", "script", "commands", "control", "server", "cli"),
]


@pytest.mark.parametrize("module", [name for name in of("simulator") if name != "simulator"])
def test_the_simulator_is_built_in_layers(module: str) -> None:
    below = SIMULATOR[: SIMULATOR.index(module.split(".")[1]) + 1]
    assert not {name for name in own_imports(module) & set(of("simulator")) - {"simulator"} if name.split(".")[1] not in below}
