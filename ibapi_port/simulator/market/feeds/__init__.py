"""What brings the market to clients: each kind of subscription to market data."""
