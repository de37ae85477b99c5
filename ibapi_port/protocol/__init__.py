"""The wire protocol of TWS, declared once as data: messages, framing, handshake. It does no I/O."""
