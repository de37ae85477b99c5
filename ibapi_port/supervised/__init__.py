"""A connection to TWS that comes back by itself."""
