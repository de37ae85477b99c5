"""The account: cash, positions, margin, and what clients are told of them."""
