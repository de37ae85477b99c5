"""Stocks that are listed when somebody asks for them first: the file has little of each."""

from __future__ import annotations

import csv
from functools import lru_cache
from importlib import resources

_MARKET = __name__.rpartition(".listings.")[0]  # the package that has the data file


@lru_cache(maxsize=1)
def further_stocks() -> dict[str, dict[str, str]]:
    """Return the entries by symbol, as in the file of instruments."""
    file = resources.files(_MARKET).joinpath("data/stocks.csv")
    rows = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    return {row["symbol"]: dict(row) for row in rows}
