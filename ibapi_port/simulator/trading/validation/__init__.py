"""Whether TWS takes an order: its fields, algorithm and conditions, its accounts and their
money.
"""
