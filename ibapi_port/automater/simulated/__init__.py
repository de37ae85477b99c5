"""A simulated Gateway, to try an automater and programs that use one: no Java, no screen, no time.

from ibapi_port.automater import IBAutomater
from ibapi_port.automater.simulated import SimulatedHosts

hosts = SimulatedHosts()
automater = IBAutomater("", "", "user", "password", host=hosts, clock=hosts.clock)
"""

from __future__ import annotations

from .behaviour import Behaviour, Dialog
from .clock import VirtualClock
from .gateway import SimulatedGateway
from .host import FakeHost, SimulatedHosts

__all__ = ["Behaviour", "Dialog", "FakeHost", "SimulatedGateway", "SimulatedHosts", "VirtualClock"]
