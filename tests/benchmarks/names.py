"""Who is measured: names in numbers, and what tables call them."""

OURS, FLOOR, BARE = "ibapi_port", "floor", "bare loop"
OFFICIAL_10_46, ASYNC = "official-10.46", "ib_async"
BEFORE = "before"  # this package at an older commit
PEERS = {
    OURS: "ibapi_port",
    "official-10.51": "official 10.51",
    OFFICIAL_10_46: "official 10.46",
    "official-10.30": "official 10.30",
    "official-10.19": "official 10.19",
    "official-9.81": "official 9.81",
    ASYNC: "ib_async 2.1.0",
    FLOOR: "loop by hand",
    BARE: "bare loop by hand",
    BEFORE: "ibapi_port before",
}
