"""The messages, declared once as data: field types, nodes, what messages share, and the
declarations themselves.
"""
