"""One connection to TWS, from being opened to its end. IB's module names (`client`, `connection`,
`reader`, ...) are the faces.
"""
