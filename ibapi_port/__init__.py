"""A typed, independent port of the TWS API client of Interactive Brokers, with the module and class names of the official ``ibapi``.

Nothing is imported here beyond the version: ``ibapi_port.client`` and ``ibapi_port.wrapper`` are where programs start.
"""

from ibapi_port._version import __version__

__all__ = ["VERSION", "__version__", "get_version_string", "install"]

# The generation of the TWS API whose interface this package offers; programs compare it. Our own version is __version__.
VERSION = {"major": 10, "minor": 51, "micro": 1}


def get_version_string() -> str:
    """Return the API generation as IB writes it: ``major.minor.micro``, the last two with two digits."""
    return "{major}.{minor:02}.{micro:02}".format(**VERSION)


def install() -> None:
    """Let `import ibapi` and every `ibapi.*` module give this package; ImportError if the official one has been imported already."""
    from ibapi_port.compat.install import install as install_now

    install_now()
