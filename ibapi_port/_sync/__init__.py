"""What `ibapi_port.sync_wrapper` stands on: waiting for answers, and callbacks that collect them."""
