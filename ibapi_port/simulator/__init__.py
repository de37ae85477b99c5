"""A simulated TWS: a server that answers API clients as the broker's program does, for development
and tests.

    with SimulatedTws() as tws:
        client.connect(tws.host, tws.port, clientId=1)

clock, loop, times, client are its ground. On them stand, each importing only from those before it:
market (instruments, quotes, history, feeds), account, trading, reference; world joins them;
session, server and cli bring it to the network, by way of faults where any are set; script has what
can be done to it while it runs, control does it over HTTP.
"""

from .server import SimulatedTws

__all__ = ["SimulatedTws"]
