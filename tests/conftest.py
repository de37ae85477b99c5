"""What all tests share.

The tests below were written for the tidy simulated TWS: everything once, at once, markets always
open. They get it by this one line; what the default profile does is tested in
tests/simulator/test_real_*.py, which name the profile.
"""

from __future__ import annotations

from ibapi_port.simulator import options
from ibapi_port.simulator.settings import SIMPLE

options.DEFAULT_PROFILE = SIMPLE
