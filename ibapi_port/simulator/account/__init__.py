"""The account: cash, positions, margin, and what clients get of them."""
