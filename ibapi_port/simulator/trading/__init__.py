"""Orders: the matching, their life, and what clients ask and get of them."""
