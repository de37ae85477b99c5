"""The protocol told to others: pages of reference, sequence diagrams, a dissector for Wireshark.

All of it is made from the declarations.
"""
