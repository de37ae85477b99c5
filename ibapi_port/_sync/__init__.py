"""What `ibapi_port.sync_wrapper` stands on: waits for answers, and callbacks that collect them."""
