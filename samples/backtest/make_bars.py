"""Writes year.csv, the data of the sample: a year of daily bars of two stocks that do not exist."""

from __future__ import annotations

import csv
import random
from datetime import date, timedelta
from pathlib import Path

HOLIDAYS = {  # of the New York Stock Exchange in 2025
    *("20250101", "20250109", "20250120", "20250217", "20250418", "20250526", "20250619"),
    *("20250704", "20250901", "20251127", "20251225"),
}


def main() -> None:
    """Write the file beside this one."""
    dice = random.Random(20)
    with (Path(__file__).parent / "year.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["symbol", "date", "open", "high", "low", "close", "volume"])
        price = {"DEMOA": 80.0, "DEMOB": 42.0}
        drift = dict.fromkeys(price, 0.0)
        day = date(2025, 1, 2)
        while day.year == 2025:
            if day.weekday() < 5 and f"{day:%Y%m%d}" not in HOLIDAYS:
                for symbol, before in price.items():
                    if dice.random() < 0.03:  # a trend ends
                        drift[symbol] = dice.choice([-0.004, 0.0, 0.004])
                    opened = before * (1 + dice.gauss(0, 0.004))
                    close = opened * (1 + drift[symbol] + dice.gauss(0, 0.012))
                    high = max(opened, close) * (1 + abs(dice.gauss(0, 0.004)))
                    low = min(opened, close) * (1 - abs(dice.gauss(0, 0.004)))
                    volume = dice.randrange(200, 900) * 1000
                    prices = [f"{each:.2f}" for each in (opened, high, low, close)]
                    rows.writerow([symbol, f"{day:%Y%m%d}", *prices, volume])
                    price[symbol] = close
            day += timedelta(days=1)


if __name__ == "__main__":
    main()
