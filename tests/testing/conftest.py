"""The plugin's fixtures, whether it is installed or not."""

from ibapi_port.testing.plugin import pytest_configure, simulated_tws, simulated_tws_factory

__all__ = ["pytest_configure", "simulated_tws", "simulated_tws_factory"]
