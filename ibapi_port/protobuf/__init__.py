"""The Protocol Buffers messages of the TWS API, by the module names of `ibapi.protobuf`::

    from ibapi_port.protobuf.Contract_pb2 import Contract

Each module is made when it is imported, from the table of field numbers that the client itself
reads and writes by. It gives what IB's has: the message's class, `DESCRIPTOR`, and the modules of
the messages within it. ImportError: the `protobuf` package is not installed.
"""

from ..protocol.protobuf import available

if not available():
    raise ImportError(
        "ibapi_port.protobuf needs the protobuf package: pip install 'ibapi_port[protobuf]'",
        name="google.protobuf",
    )

from .modules import PLACE

__path__.append(PLACE)
