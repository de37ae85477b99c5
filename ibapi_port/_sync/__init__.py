"""What `ibapi_port.sync_wrapper` stands on: asking by the conversations, waits for answers, and
callbacks that collect them.
"""
