"""Orders: the matching, their life, and what clients ask and are told of them."""
