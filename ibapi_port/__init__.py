"""A typed, independent port of the TWS API client of Interactive Brokers, with the module and class
names of the official ``ibapi``.

Nothing is imported here beyond the version: ``ibapi_port.client`` and ``ibapi_port.wrapper`` are
where programs start.
"""

from ibapi_port._version import VERSION, __version__, get_version_string

__all__ = ["VERSION", "__version__", "get_version_string", "install"]


def install() -> None:
    """Let `import ibapi` and every `ibapi.*` module give this package; ImportError if the official
    one has been imported already.
    """
    from ibapi_port.compat.install import install as install_now

    install_now()
