"""Whether this package stands in for `ibapi`, in this process. Each request looks at it."""

from __future__ import annotations

# Whether `import ibapi` gives this package: set by `compat.install`, and never taken back.
installed = False
