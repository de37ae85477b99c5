"""The name `ibapi` for this package: `import ibapi` and every `ibapi.*` module give the modules of
ibapi_port.

A module is the same object under both names, so isinstance, patches, pickles and type hints do not
tell the names apart. `ibapi` itself is an object of its own, for its version is the API's; whatever
else is asked of it, or set on it, is ibapi_port's.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any, cast

from .. import _stand_in
from .faces import OFFICIAL, OURS, complete
from .loggers import rename

_ITS_OWN = (
    "__name__",
    "__spec__",
    "__loader__",
    "__package__",
    "__version__",
    "__class__",
)  # of the package `ibapi`


class _Package(ModuleType):
    """The package `ibapi`."""

    def __getattr__(self, name: str) -> Any:
        try:
            value = getattr(sys.modules[OURS], name)
        except AttributeError:
            raise AttributeError(f"module {OFFICIAL!r} has no attribute {name!r}") from None
        if type(value) is ModuleType and value.__name__.startswith(f"{OURS}."):
            _present()  # `from ibapi import common` does not import a module that is there already
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _ITS_OWN:
            super().__setattr__(name, value)
        else:
            setattr(sys.modules[OURS], name, value)

    def __delattr__(self, name: str) -> None:
        if name in _ITS_OWN:
            super().__delattr__(name)
        else:
            delattr(sys.modules[OURS], name)

    def __dir__(self) -> list[str]:
        return dir(sys.modules[OURS])

    @property
    def __all__(self) -> list[str]:
        """What `from ibapi import *` gives: the version, and the modules that were imported."""
        start = f"{OFFICIAL}."
        modules = [name[len(start) :] for name in list(sys.modules) if name.startswith(start)]
        return ["VERSION", "get_version_string", *(name for name in modules if "." not in name)]


def _present() -> None:
    """Let the modules that are loaded by now be as they are under the name `ibapi`."""
    rename()
    complete()


class _PackageLoader:
    """Makes `ibapi`. Not an importlib.abc.Loader: importing that module takes long."""

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        made = _Package(OFFICIAL)
        made.__dict__["__doc__"] = sys.modules[OURS].__doc__
        made.__version__ = sys.modules[OURS].get_version_string()
        return made

    def exec_module(self, module: ModuleType) -> None:
        """All is there."""

    def get_resource_reader(self, name: str) -> Any:
        """For importlib.resources."""
        return cast(Any, sys.modules[OURS].__loader__).get_resource_reader(OURS)


class _Alias:
    """Loads `ibapi.x` as the module `ibapi_port.x`."""

    def __init__(self, ours: str) -> None:
        self._ours = ours
        self._spec: importlib.machinery.ModuleSpec | None = None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        module = importlib.import_module(self._ours)
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec  # the import system has put the alias's in its place
        _present()


class _Finder:
    """Finds `ibapi` and what is below it."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name == OFFICIAL:
            ours = sys.modules[OURS]
            spec = importlib.machinery.ModuleSpec(
                name, cast(Any, _PackageLoader()), origin=ours.__file__, is_package=True
            )
            spec.submodule_search_locations = list(ours.__path__)
            spec.has_location = True
            return spec
        if not name.startswith(OFFICIAL + "."):
            return None
        our_name = OURS + name[len(OFFICIAL) :]
        found = importlib.util.find_spec(our_name)
        if found is None:
            return None
        return importlib.machinery.ModuleSpec(
            name,
            cast(Any, _Alias(our_name)),
            is_package=found.submodule_search_locations is not None,
        )

    def find_distributions(self, context: Any = None) -> Iterator[Any]:
        """For importlib.metadata: `version("ibapi")` is the API's, as `ibapi.__version__`."""
        if context is None or context.name is None or context.name.lower() == OFFICIAL:
            from .distribution import distribution

            yield distribution()


def installed() -> bool:
    """Whether `import ibapi` gives this package."""
    return _stand_in.installed


def install() -> None:
    """Let `import ibapi` give this package, in this process and from now on; any number of times.

    The loggers are `ibapi.*` from then on. ImportError: the official package has been imported
    already. Call this before it is.
    """
    loaded = sys.modules.get(OFFICIAL)
    if loaded is not None and not isinstance(loaded, _Package):
        where = getattr(loaded, "__file__", None) or "an unknown place"
        raise ImportError(
            f"ibapi has been imported already, from {where}: "
            "call ibapi_port.install() before anything imports it"
        )
    if not _stand_in.installed:
        sys.meta_path.insert(0, cast(Any, _Finder()))
        _stand_in.installed = True
    rename()
