"""Accounts that hide: behind escapes, in other cases, in pieces, in odd places."""

from __future__ import annotations

import itertools

import pytest

from ibapi_port.protocol.framing import frame
from ibapi_port.protocol.select import codec_for
from ibapi_port.tap import Event
from ibapi_port.tap.masking import Masker

ESCAPES = [
    *(f"\\{letter}" for letter in "abefnrtv0"),
    *("\\u6237", "\\uu00dc", "\\x0a", "\\012", "\\101", "\\377", "\\U0001F600", "%0A", "%E6%88%B7"),
    *("&#10;", "&#x6237;", "\\\\n", "\\\\\\u6237", "户", "\\", "/", "\x00"),
]


@pytest.mark.parametrize("escape", ESCAPES)
@pytest.mark.parametrize("account", ["DU1234567", "U7654321", "F1234567", "I1234567", "du1234567"])
def test_an_escape_before_or_behind_hides_no_account(escape: str, account: str) -> None:
    letters = account.rstrip("0123456789")
    mask = f"{letters}0000001"
    assert Masker().text(f"x {escape}{account}{escape}") == f"x {escape}{mask}{escape}"
    assert account not in Masker().text(f"A{escape}{account} {escape}{escape}{account}")


def test_an_account_may_be_written_in_escapes() -> None:
    assert "1234567" not in Masker().text("\\u0044\\u00551234567")
    assert Masker().text("&#68;U1234567 \\x55\\x31\\x32\\x33\\x34\\x35") == "DU0000001 U00002"


def test_other_texts_with_escapes_stay() -> None:
    for text in ("\\u623712345", "\\u6237", "C:\\new\\files", "100%25", "&#169; 2026", "\\" * 50):
        assert Masker().text(text) == text


def test_an_account_has_one_mask_in_any_case() -> None:
    assert Masker().text("DU1234567 du1234567 dU1234567") == "DU0000001 du0000001 dU0000001"


def read(masker: Masker, *pieces: bytes) -> bytes:
    return b"".join(masker.event(Event(0.0, 1, "in", "raw", one)).data for one in pieces)


@pytest.mark.parametrize(
    "data", [b"x DU1234567 y", b"\\u6237U1234567;", b"~Family.Fund~ DU1234567"]
)
def test_an_account_in_two_reads_or_three_or_byte_by_byte(data: bytes) -> None:
    def hides(*pieces: bytes) -> bool:
        masker = named("Family.Fund")
        said = read(masker, *pieces).lower()
        digits = bytes(one for one in said if one in b"123456789")
        return b"1234567" not in said and len(digits) <= 6 and b"mily" not in said

    for n in range(1, len(data)):
        assert hides(data[:n], data[n:])
    for n, m in itertools.combinations(range(1, len(data)), 2):
        assert hides(data[:n], data[n:m], data[m:])
    assert hides(*(data[n : n + 1] for n in range(len(data))))


def test_two_reads_give_the_mask_of_one() -> None:
    masker = Masker()
    assert read(masker, b"a DU12", b"34567 b DU1234567 c") == b"a DU0000001 b DU0000001 c"
    other = masker.event(Event(0.0, 2, "in", "raw", b"34567 U1234567"))
    assert other.data == b"34567 U0000002"  # another connection's bytes are no continuation


def named(accounts: str, version: int = 187) -> Masker:
    masker = Masker()
    data = codec_for(version).encode_message("managedAccounts", accountsList=accounts)[4:]
    masker.learn(Event(0.0, 1, "in", "frame", data, server_version=version, name="managedAccounts"))
    return masker


@pytest.mark.parametrize("version", [176, 187, 200, 203, 226])
def test_named_accounts_go_wherever_they_stand_in_any_case(version: int) -> None:
    masker = named("Family.Fund,DU1234567,87654321,户口一,ABC", version)
    said = masker.text("xFAMILY.FUNDx aDU1234567b 87654321 \\u6237\\u53e3\\u4e00 户口一 abc ABCD")
    for name in ("family.fund", "1234567", "87654321", "户口一", "\\u6237", " abc "):
        assert name not in said.lower()
    assert said.endswith(" ABCD")  # a short one is masked as a word only


def test_a_number_that_is_an_account_stays_a_number() -> None:
    assert named("87654321").text("87654321 187654321 87654321.5").split() == [
        "00000001",
        "187654321",
        "00000001.5",
    ]


def test_the_handshake_and_where_clients_come_from_are_masked() -> None:
    masker = Masker()
    for kind in ("greeting", "answer"):
        made = Event(0.0, 1, "in", kind, b"187\x00U1234567 \xff\x00")
        assert masker.event(made).data == b"187\x00U0000001 \xff\x00"
    for kind in ("open", "end"):
        assert masker.event(Event(0.0, 1, "in", kind, text="U1234567")).text == "U0000001"
    assert masker.event(Event(0.0, 1, "in", "frame", b"", name="U1234567")).name == "U0000001"


def test_frames_that_nobody_can_read_are_masked() -> None:
    nested = b"\x0a\x7f" * 5000 + b"U1234567"
    for data in (nested, b"\x0a\xff\xff\xff\xff\x0fxU1234567y", b"\x11\0\0\0\0\0\0DU1234567\0\0"):
        payload = (203).to_bytes(4, "big") + data
        made = Event(0.0, 1, "in", "frame", payload, server_version=226)
        assert b"1234567" not in Masker().event(made).data
    assert frame(b"") == b"\0\0\0\0"
