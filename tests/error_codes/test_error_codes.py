"""The catalogue of error codes is whole, says something of its own about each, and is read fast."""

from __future__ import annotations

import json
import re
import time
import zlib
from pathlib import Path

import pytest
from tables import for_each

from ibapi_port import error_codes, errors
from ibapi_port.__main__ import main
from ibapi_port.error_codes import (
    EFFECTS,
    Advice,
    codes,
    is_warning,
    lookup,
    meanings,
    near,
    search,
)
from ibapi_port.protocol.schema.conversations import WARNINGS

TWS_TEXTS: dict[str, list[int]] = json.loads(
    (Path(__file__).parents[1] / "data" / "tws_texts.json").read_text(encoding="utf-8")
)
CLIENT_TEXTS = {
    v.code(): v.msg() for v in vars(errors).values() if isinstance(v, errors.CodeMsgPair)
}
ALL = [meaning for code in codes() for meaning in meanings(code)]


def test_every_code_of_tws_and_of_the_client_is_there() -> None:
    assert {int(code) for code in TWS_TEXTS} <= set(codes())
    assert set(CLIENT_TEXTS) <= set(codes())


def test_every_code_that_the_simulator_sends_is_there() -> None:
    source = Path(error_codes.__file__).parents[1] / "simulator"
    sent = set()
    for path in source.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        sent |= {int(code) for code in re.findall(r"\b(?:Refusal|error)\(\s*(\d{3,5})\b", text)}
    assert len(sent) > 50
    assert sent <= set(codes())


@for_each(ALL)
def test_cause_and_cure_are_sentences_of_our_own(advice: Advice) -> None:
    assert advice.effect in EFFECTS
    assert advice.kind
    for text in (advice.cause, advice.cure):
        assert text[0].isupper() or text.startswith(('"', "whatToShow")), text
        assert text.endswith("."), text
        sentences = re.split(r"(?<=[.]) ", text)
        assert 1 <= len(sentences) <= 3, text
        assert all(len(sentence.split()) >= 2 for sentence in sentences), text
        assert not shingles(text) & set(TWS_TEXTS.get(str(advice.code), ()))
        assert not shingles(text) & shingles(CLIENT_TEXTS.get(advice.code, ""))


def shingles(text: str) -> set[int]:
    """The CRC of every five words in a row."""
    words = re.findall(r"[a-z0-9']+", text.lower())
    runs = (words[n : n + 5] for n in range(max(1, len(words) - 4)))
    return {zlib.crc32(" ".join(run).encode()) for run in runs}


def test_each_text_of_a_table_stands_once_only_where_codes_mean_the_same() -> None:
    causes = [(m.cause, m.effect) for m in ALL if m.cure != "Nothing is needed."]
    twice = {cause for cause, _ in causes if [c for c, _ in causes].count(cause) > 2}
    assert twice == set()


@pytest.mark.parametrize(
    ("code", "text", "part"),
    [
        (200, "No security definition has been found for the request", "knows no contract"),
        (200, "The contract description specified for X is ambiguous.", "Several contracts"),
        (200, "Invalid destination or exchange selected", "not traded on this exchange"),
        (
            162,
            "Historical Market Data Service error message:HMDS query returned no data: X",
            "no data",
        ),
        (162, "error message:Historical data request pacing violation", "Too many requests"),
        (162, "API historical data query cancelled: 3", "cancelled this request itself"),
        (162, "Trading TWS session is connected from a different IP address", "another address"),
        (201, "Order rejected - reason:YOUR ORDER IS NOT ACCEPTED. Insufficient margin", "margin"),
        (201, "Order rejected - reason:Exchange is closed.", "closed"),
        (201, "Order rejected", "IB or the exchange has rejected"),
        (
            321,
            "Error validating request.-'bN' : cause - The API interface is currently in Read-Only mode.",
            "read only",
        ),
        (321, "Error validating request: placeOrder: order.lmtPrice: NaN", "could not write"),
        (322, "Error processing request: Duplicate ticker id", "has this id already"),
        (10197, "No market data during competing live session", "live session"),
        (502, "Refused by 127.0.0.1:7497. Nothing listens there", "Nothing listens"),
        (502, "Accepted by 127.0.0.1:7497, but silent.", "a dialog of TWS waits"),
        (530, "SSL specific error: bad", "TLS"),
    ],
)
def test_the_text_chooses_the_meaning(code: int, text: str, part: str) -> None:
    advice = lookup(code, text)
    assert advice is not None
    assert part.lower() in advice.cause.lower() + advice.cure.lower()


def test_every_meaning_can_be_chosen() -> None:
    for code in codes():
        for meaning in meanings(code)[1:]:
            found = {lookup(code, word) for word in meaning.words}
            assert meaning in found, meaning


def test_an_unknown_code_is_none() -> None:
    assert lookup(99999) is None
    assert meanings(99999) == []
    assert near(1012)[:2] == [102, 101]
    assert near(1612)[0] == 162
    assert near(2113)[:2] == [2110, 2119]
    assert near(-3)


@pytest.mark.parametrize("code", [399, 317, 10167, 10090, 10349, 404, 165, 2104, 2109, 2169, 2199])
def test_warnings_end_nothing(code: int) -> None:
    assert is_warning(code)


@pytest.mark.parametrize(
    "code", [200, 201, 202, 162, 354, 10197, 504, 321, 1100, 10147, 99999, 2101]
)
def test_errors_are_no_warnings(code: int) -> None:
    assert not is_warning(code)


def test_what_the_blocking_calls_wait_through_is_a_warning() -> None:
    """But 2101: the account updates that were asked for do not come."""
    assert {code for code in WARNINGS if not is_warning(code)} == {2101}


def test_the_table_is_read_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    times = []
    for _ in range(5):
        monkeypatch.setattr(error_codes, "_table", {})
        start = time.perf_counter()
        lookup(200)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.005


# --- the command ---


def test_all_are_printed_by_kind(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["errors"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("connection\n----------\n")
    assert all(re.search(rf"^ *{code} ", out, re.MULTILINE) for code in codes())
    assert max(map(len, out.splitlines())) <= 96


def test_one_is_printed_with_cause_and_cure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["errors", "10197"]) == 0
    out = capsys.readouterr().out
    assert "cause:  Another session of the same user" in out
    assert 'If the text says "paper" or "live session":' in out
    assert main(["errors", "162", "no", "data"]) == 0
    assert "pacing" not in capsys.readouterr().out


def test_an_unknown_code_suggests_others(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["errors", "2013"]) == 1
    out = capsys.readouterr().out
    assert "2013: this code is not known. Near it are:" in out
    assert "2103" in out or "201" in out


def test_words_are_searched(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["errors", "pacing"]) == 0
    out = capsys.readouterr().out
    assert "162" in out
    assert "420" in out
    assert main(["errors", "xyzzy"]) == 1
    assert "No code has these words: xyzzy" in capsys.readouterr().out
    assert {advice.code for advice in search("client id")} >= {326}


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["errors", "399", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows[0]["code"] == 399
    assert rows[0]["is_warning"] is True
    assert set(rows[0]) == {"code", "kind", "effect", "cause", "cure", "words", "is_warning"}
    assert main(["errors", "99999", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == []
