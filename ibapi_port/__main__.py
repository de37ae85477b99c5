"""python -m ibapi_port COMMAND: the programs that come with the package."""

from __future__ import annotations

import sys

from ._command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
