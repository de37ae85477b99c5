"""Frames and declarations shown to people: a frame with names, a message as it is compiled."""
