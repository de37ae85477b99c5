"""What lets programs of older generations of `ibapi` run unedited: their callbacks, their values,
and the name `ibapi` itself.
"""

from .generations import GENERATIONS, generation
from .install import install

__all__ = ["GENERATIONS", "generation", "install"]
