"""A typed, independent port of the TWS API client of Interactive Brokers, with the module and class names of the official ``ibapi``.

Nothing is imported here beyond the version: ``ibapi_port.client`` and ``ibapi_port.wrapper`` are where programs start.
"""

from ibapi_port._version import __version__

__all__ = ["VERSION", "__version__", "get_version_string", "install"]

# The generation of the TWS API whose interface this package offers; programs compare it. Our own version is __version__.
VERSION = {"major": 10, "minor": 46, "micro": 1}


def get_version_string() -> str:
    """The API generation as ``major.minor.micro``."""
    return ".".join(str(VERSION[part]) for part in ("major", "minor", "micro"))


def install() -> None:
    """Let `import ibapi` and every `ibapi.*` module give this package; ImportError if the official one has been imported already."""
    from ibapi_port.compat.install import install as install_now

    install_now()
