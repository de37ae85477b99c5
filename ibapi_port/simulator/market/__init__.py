"""What is traded: instruments, quotes, bars of the past, and the feeds that bring them to
clients.
"""
