"""The requests of IB, by area.

This file is made from _async/__init__.py by .ci/async_to_sync.py: change that one, then run it.
"""
