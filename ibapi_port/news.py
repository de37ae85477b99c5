"""Kinds of news bulletins: ``msgType`` of ``EWrapper.updateNewsBulletin``."""

__all__ = ["EXCHANGE_AVAIL_MSG", "EXCHANGE_UNAVAIL_MSG", "NEWS_MSG"]

NEWS_MSG = 1  # a bulletin of IB's
EXCHANGE_AVAIL_MSG = 2  # an exchange opens for trading again
EXCHANGE_UNAVAIL_MSG = 3  # an exchange no longer takes orders
