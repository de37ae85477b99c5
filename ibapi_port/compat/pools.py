"""Processes that a program starts by spawn or forkserver: there, too, `import ibapi` gives this
package, in the same generation.

Such a process begins with a new interpreter, which reads from its parent what to prepare, the
program's path among it, and runs the program anew as `__mp_main__`. What it reads is a pickle: an
object in it does the work of `install()` while it is read.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from .generations import chosen, generation
from .install import install

_SPAWN = "multiprocessing.spawn"
# where the package is; a new process may not have it in its path
_ROOT = str(Path(__file__).parents[2])

_BEGIN = """
import sys
sys.path.insert(0, {root!r})
try:
    from ibapi_port.compat.pools import begin_child
finally:
    sys.path.remove({root!r})
begin_child({generation!r})
"""


class _Beginning:
    """Is `begin_child` once it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, (_BEGIN.format(root=_ROOT, generation=chosen()), {})


def begin_child(name: str | None) -> None:
    """Let a process be as its parent: called before it prepares anything."""
    install()
    generation(name)
    prepare_children()


def prepare_children() -> None:
    """Let processes that this one starts from now on begin with `install()`. Multiprocessing is
    imported only when the program does.
    """
    loaded = sys.modules.get(_SPAWN)
    if loaded is not None:
        _prepare(loaded)
    else:
        sys.meta_path.insert(0, _Watch())


def _prepare(spawn: Any) -> None:
    usual = spawn.get_preparation_data
    if hasattr(usual, "__wrapped__"):
        return

    def get_preparation_data(name: str) -> dict[str, Any]:
        data: dict[str, Any] = usual(name)
        # for the fork server itself, which would run the program without an ibapi
        if name == "ignore":
            return {key: value for key, value in data.items() if not key.startswith("init_main")}
        return {"ibapi_port": _Beginning(), **data}

    get_preparation_data.__wrapped__ = usual  # type: ignore[attr-defined]
    spawn.get_preparation_data = get_preparation_data


class _Watch:
    """Finds the module of multiprocessing as all others would, and changes it once it is loaded."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != _SPAWN:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = cast(Any, _Loader(spec.loader))
        return spec


class _Loader:
    def __init__(self, usual: Any) -> None:
        self._usual = usual

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        made: ModuleType | None = self._usual.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._usual
        if module.__spec__ is not None:
            module.__spec__.loader = self._usual
        self._usual.exec_module(module)
        _prepare(module)
