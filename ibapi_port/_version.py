"""The one place that states the versions: the package's, and that of the interface it offers."""

__version__ = "0.1.0"

# The generation of the TWS API whose interface this package offers; programs compare it.
VERSION = {"major": 10, "minor": 51, "micro": 1}


def get_version_string() -> str:
    """Return the API generation as IB writes it: ``major.minor.micro``, the last two with two
    digits.
    """
    return "{major}.{minor:02}.{micro:02}".format(**VERSION)
