"""Frames and declarations shown to people: a frame with the names of its fields, a message as
compiled.
"""
