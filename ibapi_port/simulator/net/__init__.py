"""The network of the simulated TWS, and the time that it runs on.

Why the simulator is built on `selectors`, while other parts of the package use something else:

- Here one thread runs an event loop of our own. The loop decides in which order sockets, timers and
  posted calls are served, and it is what lets virtual time pass: time goes on only when no client
  has anything to say or to read. asyncio has no place for such a rule, and threads have no order.
- `simulator/control.py` has a thread for each HTTP connection (`http_server.py`): a command may
  wait for long, and blocking a thread is the simplest way. It posts what it does into the loop.
- `tap/` uses asyncio: it copies bytes between many pairs of sockets and needs no virtual time.
- The client uses threads, because IB's interface does: `run()` blocks, an EReader reads.
"""
