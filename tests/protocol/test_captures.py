"""Captured frames from TWS: they are read as the sources of them expect, and the simulated TWS
writes the like.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Iterator
from typing import Any

from ibapi_port.protocol.exceptions import BadFrame, FieldError
from ibapi_port.protocol.handshake import ClientHandshake
from ibapi_port.protocol.schema.field_types import unescape
from ibapi_port.protocol.schema.messages import INCOMING
from ibapi_port.protocol.select import codec_for
from ibapi_port.protocol.text import interpreter
from ibapi_port.wrapper import EWrapper

from .captures import (
    Capture,
    captures,
    expected,
    fitting,
    handshakes,
    hostile,
    needs_captures,
    same_text,
    version_of,
)
from .helpers import Calls, delivered, differences, field_names, payload_of

pytestmark = needs_captures

MAY_BE_SILENT = {"17"}  # historicalData without bars


def test_there_is_something_to_test() -> None:
    assert len(fitting()) > 600


def test_frames_that_fit_are_read_to_their_last_field() -> None:
    for row in fitting():
        assert (
            len(field_names(INCOMING[row["fields"][0]], version_of(row), row["fields"]))
            == len(row["fields"]) - 1
        ), row
        calls = delivered(version_of(row), payload_of(row["fields"]))
        assert row["fields"][0] in MAY_BE_SILENT or bool(calls) == (
            expected(row).get("$callbacks") != 0
        ), row


def test_frames_that_fit_go_through_the_mirror() -> None:
    """What was read, written by the simulated TWS, is read as the same again."""
    out_of_range = []
    for row in fitting():
        message, version = INCOMING[row["fields"][0]], version_of(row)
        values = interpreter.read(message, version, row["fields"])
        try:
            again = codec_for(version).encode_message(message.name, **values)[4:]
        except FieldError as e:
            out_of_range.append((row["kind"], row["message"], e.field))
        else:
            assert not differences(
                values, interpreter.read(message, version, codec_for(version).fields(again))
            ), row
    assert set(out_of_range) <= {
        ("realistic", "currentTime", "time")
    }  # made up: 99999999999999999999


UNSET = {"", "2147483647", "1.7976931348623157E308", "9223372036854775807", "-9223372036854775808"}
# what a real TWS puts where we do not: orders' numbers in an unused field, a first value that a
# later field repeats, the zone of a date
OWN_TEXTS = {
    ("openOrder", "(not used)"),
    ("openOrder", "order.trailStopPrice"),
    ("completedOrder", "order.trailStopPrice"),
}
OWN_TEXTS |= {("contractDetails", "contractDetails.contract.lastTradeDateOrContractMonth")}


def test_the_mirror_writes_what_a_real_tws_wrote() -> None:
    """Field by field, the unused ones too.

    Numbers may be written otherwise, sets come in any order; a real TWS escapes no line ends.
    """
    compared = 0
    for row in fitting():
        if row["kind"] == "recorded":
            message, version = INCOMING[row["fields"][0]], version_of(row)
            values = interpreter.read(message, version, row["fields"])
            again = codec_for(version).fields(
                codec_for(version).encode_message(message.name, **values)[4:]
            )
            names = field_names(message, version, row["fields"])
            for name, ours, theirs in zip(names, again[1:], row["fields"][1:], strict=True):
                if (message.name, name) not in OWN_TEXTS and not name.startswith(
                    ("expirations[", "strikes[")
                ):
                    assert same_text(unescape(ours), theirs) or {ours, theirs} <= UNSET, (
                        row["source"],
                        message.name,
                        name,
                        ours,
                        theirs,
                    )
                    compared += 1
    assert compared > 3000


def test_frames_that_do_not_fit_harm_nothing() -> None:
    rows = [row for row in captures("in") if not row.get("fits") or hostile(row)]
    refused = [e for row in rows if (e := refusal(row))]
    assert len(refused) > len(rows) // 2


def refusal(row: Capture) -> BadFrame | None:
    try:
        delivered(row["server_version"] or 200, payload_of(row["fields"]))
    except BadFrame as e:
        return e
    return None


def test_handshakes() -> None:
    assert handshakes()
    for row in handshakes():
        handshake, payload = ClientHandshake(), payload_of(row["fields"])
        handshake.feed(len(payload).to_bytes(4, "big") + payload)
        assert (str(handshake.server_version), handshake.time) == tuple(row["fields"][:2])


# --- what the sources' tests assert ---

# how others name things: without case and underscores, each part between the points
OTHER_NAMES = {
    "accounts": ("accountslist",),
    "averagecost": ("avgcost",),
    "bidaskattribute": ("tickattribbidask",),
    "code": ("errorcode",),
    "combolegsdescription": ("combolegsdescrip",),
    "contractid": ("conid",),
    "count": ("barcount",),
    "date": ("time",),
    "errormessage": ("errorstring",),
    "exchange": ("originexch",),
    "familycode": ("familycodestr",),
    "impliedvolatility": ("impliedvol",),
    "limitprice": ("lmtprice",),
    "message": ("errorstring", "newsmessage"),
    "messageid": ("msgid",),
    "messagetype": ("msgtype",),
    "nextorderid": ("orderid",),
    "optionprice": ("optprice",),
    "orderid": ("reqid",),
    "position": ("pos",),
    "presentvaluedividend": ("pvdividend",),
    "requestid": ("reqid",),
    "securitytype": ("sectype",),
    "smartdepth": ("issmartdepth",),
    "timestamp": ("time",),
    "tradeattribute": ("tickattriblast",),
    "type": ("condtype",),
    "underlyingcontractid": ("underlyingconid",),
    "underlyingprice": ("undprice",),
    "value": ("val",),
}
NOT_OURS = {
    "fa_profile",
    "why_held",
    "next_option_partial",
}  # of another message, or of the source alone
# how the source itself reads or fills in what IB's client does not: (source, message, attribute)
THEIR_OWN = {
    ("rust-ibapi", "completedOrder", "order_id"): "-1 where nothing is sent",
    (
        "rust-ibapi",
        "completedOrder",
        "randomize_size",
    ): "a made-up 100 in place of a flag is no to it, and yes to IB",
    **{
        ("rust-ibapi", "historicalDataUpdate", name): "another order of the fields"
        for name in ("high", "low", "close", "volume", "wap")
    },
}


def plain(name: str) -> str:
    return name.replace("_", "").lower()


def spellings(key: str) -> Iterator[str]:
    """The paths that a source's name may mean."""
    parts = [(part, *OTHER_NAMES.get(part, ())) for part in plain(key).split(".")]
    return (".".join(path) for path in itertools.product(*parts))


def flat(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Paths and values of all that is in a value."""
    yield plain(path), value
    if isinstance(value, (list, set)):
        yield plain(f"{path}.count"), len(value)
        for n, item in enumerate(sorted(value) if isinstance(value, set) else value):
            yield from flat(f"{path}[{n}]", item)
    elif type(value).__module__.startswith("ibapi_port") and hasattr(value, "__dict__"):
        for name, inner in vars(value).items():
            yield from flat(f"{path}.{name}", inner)


def reported(calls: Calls) -> list[tuple[str, Any]]:
    """All that callbacks brought, by path; the scanner's rows with their numbers too."""
    found: list[tuple[str, Any]] = []
    for name, arguments in calls:
        parameters = list(inspect.signature(getattr(EWrapper, name)).parameters)[1:]
        for parameter, value in zip(parameters, arguments, strict=True):
            found += flat(f".{parameter}", value)
    rows = [arguments for name, arguments in calls if name == "scannerData"]
    found += [
        pair
        for n, (_, _, details, *_) in enumerate(rows)
        for pair in flat(f".rows[{n}]", details.contract)
    ]
    return [*found, (".rows.count", len(rows))]


def equal(want: Any, got: Any) -> bool:
    if isinstance(want, list):
        got = sorted(got) if isinstance(got, set) else got
        return len(want) == len(got) and all(
            map(equal, want, [list(vars(x).values()) if hasattr(x, "__dict__") else x for x in got])
        )
    try:
        return want == got or float(want) == float(got)
    except (TypeError, ValueError):
        return str(want) == str(got)


def unmet(row: Capture, version: int) -> list[Any]:
    """What the source expects and does not get at a version."""
    found = reported(delivered(version, payload_of(row["fields"])))
    source = row["source"].split("/")[1].split(":")[0]
    missing = []
    for key, want in expected(row).items():
        if (
            not key.startswith("$")
            and key not in NOT_OURS
            and (source, row["message"], key) not in THEIR_OWN
        ):
            named = [
                value
                for spelling in spellings(key)
                for path, value in found
                if path.endswith(f".{spelling}")
            ]
            if not any(equal(want, value) for value in named):
                missing.append((row["source"], row["message"], key, want, named[:5]))
    return missing


def test_values_are_what_the_sources_expect() -> None:
    rows = [row for row in fitting() if expected(row)]
    assert sum(len(expected(row)) for row in rows) > 700
    for row in rows:
        lowest, highest = row["fits"]
        versions = [version_of(row)] if row["server_version"] else range(highest, lowest - 1, -1)
        assert [] in (unmet(row, version) for version in versions), unmet(row, version_of(row))
