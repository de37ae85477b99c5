"""The JSON files that tell what the simulated TWS knows beside the market: built in ones, and a user's in place of them."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any


def load(name: str, folder: str = "") -> Any:
    """`name`.json of the folder if it has one, else the built-in one. ValueError: it is no JSON, or there is no such folder."""
    if folder and not Path(folder).is_dir():
        raise ValueError(f"reference_data: there is no folder {folder!r}")
    own = Path(folder) / f"{name}.json" if folder else None
    if own is not None and own.is_file():
        text = own.read_text(encoding="utf-8")
    else:
        text = (
            resources.files(__package__).joinpath(f"data/{name}.json").read_text(encoding="utf-8")
        )
    try:
        return json.loads(text)
    except ValueError as e:
        raise ValueError(f"{own}: {e}") from None
