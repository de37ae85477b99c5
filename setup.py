"""The long description: the README, with links that work on a package index.

All else is in setup.cfg and pyproject.toml.
"""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent


def long_description(readme: str, source: str) -> str:
    """Return the README with its relative links below `source`.

    `source` is where the files of the project can be read on the web. Without one a link becomes
    its text: a dead link helps nobody.
    """

    def absolute(match: re.Match[str]) -> str:
        text, target = match[1], match[2]
        if target.startswith(("https://", "http://", "#", "mailto:")):
            return match[0]
        if not source:
            return "" if match[0].startswith("!") else text
        return match[0].replace(f"({target})", f"({source.rstrip('/')}/{target})")

    return re.sub(r"!?\[([^\]]*)\]\(([^)\s]+)\)", absolute, readme)


def source_url(config: str) -> str:
    """Return the address of the files, as `project_urls` in setup.cfg gives it, or ""."""
    found = re.search(r"^ +Source *= *(\S+)$", config, re.MULTILINE)
    return found[1] if found else ""


if __name__ == "__main__":
    from setuptools import setup

    setup(
        long_description=long_description(
            (HERE / "README.md").read_text(encoding="utf-8"),
            source_url((HERE / "setup.cfg").read_text(encoding="utf-8")),
        ),
        long_description_content_type="text/markdown",
    )
