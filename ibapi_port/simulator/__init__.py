"""A simulated TWS: a server that answers API clients as the broker's program does, for development and tests.

    with SimulatedTws() as tws:
        client.connect(tws.host, tws.port, clientId=1)

Modules, each importing only from those before it: clock, loop, times, peer; instruments, market, bars, paths; accounts, exchange,
orders; the services that answer requests (market_data, real_time_bars, history, account_updates, profit_updates, order_requests,
reference); world, which joins them; session, server, cli.
"""

from .server import SimulatedTws

__all__ = ["SimulatedTws"]
