"""utils, comm, const, errors: small functions, held against what the official client 10.46 answers."""

import logging
import math
import subprocess
import sys
import time
import types
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

import ibapi_port
from ibapi_port import comm, const, errors, utils
from ibapi_port.common import PROTOBUF_MSG_IDS, getServerVersionForMessage
from ibapi_port.const import UNSET_DECIMAL, UNSET_DOUBLE, UNSET_INTEGER, UNSET_LONG
from ibapi_port.contract import FundAssetType, FundDistributionPolicyIndicator
from ibapi_port.message import OUT
from ibapi_port.utils import BadMessage, ClientException, decode

LOGGER = "ibapi_port.utils"


def test_versions() -> None:
    assert ibapi_port.VERSION == {"major": 10, "minor": 51, "micro": 1}
    assert ibapi_port.get_version_string() == "10.51.01"
    assert ibapi_port.__version__.count(".") == 2


def test_the_package_itself_loads_nothing() -> None:
    program = "import sys, ibapi_port; print(sorted(m for m in sys.modules if m.startswith('ibapi_port')))"
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert out.strip() == "['ibapi_port', 'ibapi_port._version']"


def test_unset_numbers() -> None:
    assert (UNSET_INTEGER, UNSET_LONG) == (2147483647, 9223372036854775807)
    assert repr(UNSET_DOUBLE) == "1.7976931348623157e+308"
    assert Decimal("170141183460469231731687303715884105727") == UNSET_DECIMAL
    assert (-1, 16777215, math.inf) == (const.NO_VALID_ID, const.MAX_MSG_LEN, const.DOUBLE_INFINITY)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (0.0, "0"),
        (-0.0, "-0"),
        (1, "1"),
        (100.0, "100"),
        (0.1 + 0.2, "0.3"),
        (1e-9, "0"),
        (1.5e22, "15000000000000000000000"),
        (UNSET_DOUBLE, ""),
        (math.inf, "inf"),
        (math.nan, "nan"),
    ],
)
def test_float_as_text(value: float | None, text: str) -> None:
    assert utils.floatMaxString(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("0.10"), "0.10"),
        (Decimal("1E+3"), "1000"),
        (0.1, "0.1"),
        ("1.50", "1.50"),
        (7, "7"),
        (UNSET_DECIMAL, ""),
    ],
)
def test_decimal_as_text(value: Any, text: str) -> None:
    assert utils.decimalMaxString(value) == text


def test_ints_as_text() -> None:
    assert [utils.intMaxString(v) for v in (0, -1, UNSET_INTEGER, UNSET_LONG, "")] == [
        "0",
        "-1",
        "",
        str(UNSET_LONG),
        "",
    ]
    assert [utils.longMaxString(v) for v in (0, UNSET_LONG, UNSET_INTEGER)] == [
        "0",
        "",
        "2147483647",
    ]
    assert (utils.longToStr(UNSET_LONG), utils.floatToStr(UNSET_DOUBLE), utils.floatToStr(1.0)) == (
        "",
        "",
        "1.0",
    )


def test_what_is_set() -> None:
    assert utils.isValidFloatValue(0.0)
    assert utils.isValidIntValue(UNSET_LONG)
    assert utils.isValidLongValue(UNSET_INTEGER)
    assert utils.isValidDecimalValue(Decimal(0))
    assert not utils.isValidFloatValue(UNSET_DOUBLE)
    assert not utils.isValidIntValue(UNSET_INTEGER)
    assert not utils.isValidLongValue(UNSET_LONG)
    assert not utils.isValidDecimalValue(UNSET_DECIMAL)


@pytest.mark.parametrize(
    ("text", "good"),
    [("", True), ("a~ \t\r\n", True), ("\x00", False), ("\x7f", False), ("é", False)],
)
def test_printable(text: str, good: bool) -> None:
    assert utils.isAsciiPrintable(text) is good


# ---- decode


@pytest.mark.parametrize(
    ("the_type", "raw", "value"),
    [
        (int, b"12", 12),
        (int, b"", 0),
        (int, None, 0),
        (float, b"1e3", 1000.0),
        (float, b"", 0.0),
        (float, b"Infinity", math.inf),
        (bool, b"2", True),
        (bool, b"0", False),
        (bool, b"", False),
        (str, b"", ""),
        (str, b"\xc3\xa9", "é"),
        (str, b"\xff", "\\xff"),
        (str, "text", "text"),
        (Decimal, b"1.50", Decimal("1.50")),
        (Decimal, b"", UNSET_DECIMAL),
        (Decimal, b"2147483647", UNSET_DECIMAL),
        (Decimal, b"9223372036854775807", UNSET_DECIMAL),
        (Decimal, b"-9223372036854775808", UNSET_DECIMAL),
        (Decimal, b"1.7976931348623157E308", UNSET_DECIMAL),
    ],
)
def test_decode(the_type: type, raw: Any, value: object) -> None:
    got = decode(the_type, iter([raw]))
    assert got == value
    assert type(got) is the_type


def test_decode_shows_unset() -> None:
    def empty(the_type: type) -> Any:
        return decode(the_type, iter([b""]), utils.SHOW_UNSET)

    assert (empty(int), empty(float), empty(Decimal), empty(str)) == (
        UNSET_INTEGER,
        UNSET_DOUBLE,
        UNSET_DECIMAL,
        "",
    )
    assert empty(bool) is True, "what the official client makes of it"
    with pytest.raises(TypeError):
        empty(list)


def test_decode_takes_one_field_after_the_other() -> None:
    fields = iter([b"1", b"two"])
    assert (decode(int, fields), decode(str, fields)) == (1, "two")
    with pytest.raises(BadMessage, match="no more fields"):
        decode(int, fields)


def test_decode_resolves_escapes_on_demand() -> None:
    assert decode(str, iter([b"\\u20ac"]), use_unicode=True) == "€"
    assert decode(str, iter([b"\\u20ac"])) == "\\u20ac"


@pytest.mark.parametrize(
    ("the_type", "raw", "error"),
    [(int, b"x", ValueError), (float, b"1,5", ValueError), (str, 5, TypeError)],
)
def test_decode_refuses(the_type: type, raw: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        decode(the_type, iter([raw]))


def test_decode_logs_at_debug(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, LOGGER):
        decode(int, iter([b"5"]))
    assert caplog.messages == ["decode <class 'int'> b'5'"]


# ---- exceptions, enumerations, time


def test_exceptions_keep_their_parts() -> None:
    refused = ClientException(579, "Invalid symbol", "é")
    assert (refused.code, refused.msg, refused.text) == (579, "Invalid symbol", "é")
    assert BadMessage("short").text == str(BadMessage("short")) == "short"


def test_value_enumerations() -> None:
    assert (
        utils.listOfValues(FundDistributionPolicyIndicator)[0]
        is FundDistributionPolicyIndicator.NoneItem
    )
    assert utils.getEnumTypeFromString(FundAssetType, "002") is FundAssetType.FixedIncome
    assert utils.getEnumTypeFromString(FundAssetType, "unheard of") is FundAssetType.NoneItem
    assert utils.getEnumTypeName(FundAssetType, FundAssetType.Others) == "Others"
    assert utils.getEnumTypeName(FundAssetType, None) == "None"


@pytest.mark.parametrize(
    ("check", "kinds"),
    [
        (utils.isPegBenchOrder, ("PEG BENCH", "PEGBENCH")),
        (utils.isPegMidOrder, ("PEG MID", "PEGMID")),
        (utils.isPegBestOrder, ("PEG BEST", "PEGBEST")),
    ],
)
def test_pegged_orders(check: Any, kinds: tuple[str, str]) -> None:
    assert [check(kind) for kind in (*kinds, "LMT", "")] == [True, True, False, False]


@pytest.fixture
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of the process cannot be set here")
@pytest.mark.usefixtures("in_utc")
def test_time_of_milliseconds() -> None:
    assert utils.getTimeStrFromMillis(1738333800123) == "Jan 31, 2025 14:30:00.123"
    assert utils.getTimeStrFromMillis(0) == ""


def test_clock() -> None:
    assert abs(utils.currentTimeMillis() - time.time() * 1000) < 5000


# ---- logging and debugging


def test_log(caplog: pytest.LogCaptureFixture) -> None:
    utils.log_("f", {"self": 1, "a": 2}, "REQUEST")
    assert caplog.messages == []
    with caplog.at_level(logging.INFO, LOGGER):
        utils.log_("f", {"self": 1, "a": 2}, "REQUEST")
    assert caplog.messages == ["REQUEST f {'a': 2}"]


def test_log_function(caplog: pytest.LogCaptureFixture) -> None:
    class Thing:
        @utils.LogFunction("CALL", logging.INFO)
        def add(self, a: int, b: int = 0) -> int:
            return a + b

    assert Thing().add(1) == 1
    assert caplog.messages == []
    with caplog.at_level(logging.INFO, LOGGER):
        assert Thing().add(1, b=2) == 3
    assert caplog.messages == ["CALL add [('a', 1)] kw:{'b': 2}"]


def test_iswrapper_changes_nothing() -> None:
    def f() -> None: ...

    assert utils.iswrapper(f) is f


def test_current_fn_name() -> None:
    def inner() -> tuple[str, str]:
        return utils.current_fn_name(), utils.current_fn_name(1)

    assert inner() == ("inner", "test_current_fn_name")


def test_setattr_log(caplog: pytest.LogCaptureFixture) -> None:
    class Thing:
        __setattr__ = utils.setattr_log

    with caplog.at_level(logging.DEBUG, LOGGER):
        thing = Thing()
        thing.x = 5  # type: ignore[attr-defined]
    assert vars(thing) == {"x": 5}
    assert caplog.messages[0].endswith(" x=|5|")


def test_exercise_static_methods(capsys: pytest.CaptureFixture[str]) -> None:
    class Samples:
        @staticmethod
        def one() -> str:
            return "made one"

    utils.ExerciseStaticMethods(Samples)
    assert "made one\n\n" in capsys.readouterr().out


def test_print_proto_single_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in = types.ModuleType("google.protobuf.text_format")
    stand_in.MessageToString = lambda message, as_one_line: f"{message} {as_one_line}"  # type: ignore[attr-defined]
    for name in ("google", "google.protobuf"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, "google.protobuf.text_format", stand_in)
    utils.printProtoSingleLine("head", "body")
    assert capsys.readouterr().out == "head body True\n"


# ---- comm


def test_fields() -> None:
    assert [comm.make_field(v) for v in ("a", "", 5, 1.5, True, False, Decimal("1.0"))] == [
        "a\0",
        "\0",
        "5\0",
        "1.5\0",
        "1\0",
        "0\0",
        "1.0\0",
    ]
    assert [
        comm.make_field_handle_empty(v)
        for v in (UNSET_INTEGER, UNSET_DOUBLE, math.inf, 0, "x", UNSET_LONG)
    ] == [
        "\0",
        "\0",
        "Infinity\0",
        "0\0",
        "x\0",
        f"{UNSET_LONG}\0",
    ]


@pytest.mark.parametrize("make", [comm.make_field, comm.make_field_handle_empty])
def test_fields_that_are_refused(make: Any) -> None:
    with pytest.raises(ValueError, match="None"):
        make(None)
    for bad in ("a\0b", "naïve"):
        with pytest.raises(ClientException) as refused:
            make(bad)
        assert (refused.value.code, refused.value.msg) == (579, "Invalid symbol in string - ")


def test_frames() -> None:
    assert comm.make_initial_msg("v100..226") == b"\0\0\0\x09v100..226"
    assert comm.make_msg(71, False, "2\0") == b"\0\0\0\x0571\x002\0"
    assert comm.make_msg(71, True, "2\0") == b"\0\0\0\x06\0\0\0\x472\0"
    assert comm.make_msg_proto(203, b"xy") == b"\0\0\0\x06\0\0\0\xcbxy"


@pytest.mark.parametrize(
    ("buffer", "read"),
    [
        (b"", (0, "", b"")),
        (b"\0\0\0", (0, "", b"\0\0\0")),
        (b"\0\0\0\2a", (2, "", b"\0\0\0\2a")),
        (b"\0\0\0\2ab", (2, b"ab", b"")),
        (b"\0\0\0\2abcd", (2, b"ab", b"cd")),
        (b"\0\0\0\0x", (0, b"", b"x")),
    ],
)
def test_read_msg(buffer: bytes, read: tuple[int, bytes, bytes]) -> None:
    assert comm.read_msg(buffer) == read


def test_read_fields() -> None:
    assert comm.read_fields(b"a\0\0b\0") == (b"a", b"", b"b")
    assert comm.read_fields("a\0rest") == (b"a",)
    assert comm.read_fields(b"") == ()


# ---- errors, protobuf requests


def test_errors() -> None:
    assert (errors.NOT_CONNECTED.code(), errors.NOT_CONNECTED.msg()) == (504, "Not connected")
    assert (errors.BAD_LENGTH.errorCode, errors.BAD_LENGTH.errorMsg) == (507, "Bad message length")
    assert errors.CONNECT_FAIL.msg().startswith(
        'Couldn\'t connect to TWS. Confirm that "Enable ActiveX and Socket Clients" \nis'
    )
    assert repr(errors.BAD_MESSAGE) == "CodeMsgPair(508, 'Bad message')"


def test_error_codes_are_unique() -> None:
    pairs = {
        name: pair for name, pair in vars(errors).items() if isinstance(pair, errors.CodeMsgPair)
    }
    codes = [pair.code() for pair in pairs.values()]
    assert len(pairs) == 92
    assert sorted({code for code in codes if codes.count(code) > 1}) == [530], (
        "SSL_FAIL shares its code with FAIL_SEND_CANRTBARS"
    )
    assert all(501 <= code <= 593 for code in codes)


def test_requests_in_protobuf() -> None:
    assert (
        PROTOBUF_MSG_IDS[OUT.REQ_EXECUTIONS],
        PROTOBUF_MSG_IDS[OUT.PLACE_ORDER],
        PROTOBUF_MSG_IDS[OUT.START_API],
    ) == (201, 203, 213)
    assert OUT.REQ_CONFIG not in PROTOBUF_MSG_IDS


def test_the_server_version_of_a_message() -> None:
    assert [getServerVersionForMessage(n) for n in (OUT.REQ_EXECUTIONS, 3, 52, OUT.START_API)] == [
        201,
        203,
        210,
        213,
    ]
    for none in (OUT.REQ_CONFIG, OUT.VERIFY_AND_AUTH_REQUEST, OUT.CANCEL_CONTRACT_DATA, -1, 9999):
        assert getServerVersionForMessage(none) == float("inf")
