"""What is listed: instruments, their families, hours and expiries, and the catalogue that they are
read from.
"""
