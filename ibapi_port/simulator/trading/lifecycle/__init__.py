"""What becomes of an order that was taken: held, released, filled, cancelled, expired; and its
executions.
"""
