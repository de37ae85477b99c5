"""The requests of AsyncIB, by area. Those of IB are made from them by .ci/async_to_sync.py."""
