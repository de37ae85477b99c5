"""Prices: the market's quotes, and how they come about."""

from .market import Market, Quote

__all__ = ["Market", "Quote"]
