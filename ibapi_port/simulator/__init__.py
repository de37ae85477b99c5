"""A simulated TWS: it answers API clients as the broker's program does, for development and tests.

    with SimulatedTws() as tws:
        client.connect(tws.host, tws.port, clientId=1)

From the ground up, each importing only from those before it: errors and times; net (clock, timers,
loop, connections, faults); services (what the parts know of a client) and options; market
(instruments, quotes, feeds), history, account, trading, reference; world joins them; session,
network, server and cli bring it to clients; script has what can be done to it while it runs, and
control does it over HTTP.
"""

from .server import SimulatedTws

__all__ = ["SimulatedTws"]
