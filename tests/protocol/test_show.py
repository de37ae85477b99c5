"""What `python -m ibapi_port.protocol` prints."""

from __future__ import annotations

import pytest

from ibapi_port.common import TickAttrib
from ibapi_port.protocol.__main__ import main
from ibapi_port.protocol.inspect.show import differences, layout, sources
from ibapi_port.protocol.schema.messages import INCOMING, REQUESTS
from ibapi_port.protocol.select import codec_for
from ibapi_port.protocol.text import compiler

from .helpers import BY_NAME, VERSIONS, vectors

VALUES = {"reqId": 7, "tickType": 1, "price": 187.5, "size": 300, "attrib": TickAttrib()}
TICK_PRICE = codec_for(187).encode_message("tickPrice", **VALUES)
UNCHANGED = {
    113,
    125,
    133,
    144,
    147,
    150,
    154,
    155,
    159,
    165,
    168,
    172,
    174,
    175,
    181,
    191,
}  # server versions of other changes


COMMAND = "python -m ibapi_port protocol"


def printed(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> list[str]:
    """The lines of a command; those of stderr where it fails."""
    assert main(arguments) == status
    out, err = capsys.readouterr()
    assert not (out and err)
    return (err if status else out).splitlines()


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "list")
    assert len(lines) == len(INCOMING) + len(REQUESTS)
    assert lines[0] == "in    1 tickPrice(reqId, tickType, price, size, attrib)"
    assert "out  92 reqPnL(reqId, account, modelCode)  since 127" in lines


def test_show(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "show", "currentTime", "187")
    assert (
        lines[: lines.index("")]
        == compiler.deliver_source(BY_NAME["currentTime"], 187)[0].splitlines()
    )
    assert "def write(time):" in lines
    assert [
        line for line in printed(capsys, "show", "reqPnL", "187") if line.startswith("def ")
    ] == [
        "def check(reqId, account, modelCode):",
        "def write(reqId, account, modelCode):",
        "def read(f):",
    ]


@pytest.mark.parametrize("name", [*BY_NAME, *REQUESTS])
def test_every_message_can_be_shown(name: str) -> None:
    message = BY_NAME.get(name) or REQUESTS[name]
    for version in (100, 150, 200):
        assert all(source.startswith("def ") for source in sources(message, version))
        fields = sum(node.at(version) for node in message.nodes)
        assert len(list(layout(message.nodes, version))) >= fields


def test_diff(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "diff", "151", "187")
    assert "reqUserInfo: new" in lines
    assert lines[:4] == [
        "error:",
        "  - errorString: text",
        "  + errorString: escaped text",
        "  + advancedOrderRejectJson: escaped text",
    ]
    assert "  + order.duration: int, unset when empty" in lines[lines.index("openOrder:") :]
    assert "orderStatus:" not in lines
    assert printed(capsys, "diff", "187", "187") == []


def test_a_diff_over_all_versions_tells_of_every_step() -> None:
    assert {
        version for version in VERSIONS[1:] if not list(differences(version - 1, version))
    } == UNCHANGED


def test_decode(capsys: pytest.CaptureFixture[str]) -> None:
    want = [
        "tickPrice (1) at server version 187",
        "  version = '6'  <- '6'",
        "  reqId = 7  <- '7'",
        "  tickType = 1  <- '1'",
        "  price = 187.5  <- '187.5'",
        "  size = Decimal('300')  <- '300'",
        "  attrib = 0  <- '0'",
    ]
    assert printed(capsys, "decode", TICK_PRICE.hex(), "--version", "187") == want
    assert printed(capsys, "decode", TICK_PRICE[4:].hex(), "--version", "187") == want


def test_decode_shows_how_far_a_bad_frame_goes(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "decode", b"1\x006\x007\x001\0abc\x00300\x000\0".hex())
    assert lines[-2:] == [
        "  tickType = 1  <- '1'",
        "  does not fit: tickPrice: price: 'abc' is no float",
    ]
    assert (
        printed(capsys, "decode", (TICK_PRICE[4:] + b"x\0y\0").hex())[-1]
        == "  and 2 more: ['x', 'y']"
    )


def test_decode_of_a_request(capsys: pytest.CaptureFixture[str]) -> None:
    frame = codec_for(200).encode_request("cancelPnL", 7)
    assert printed(capsys, "decode", frame.hex(), "--from-client") == [
        "cancelPnL (93) at server version 200",
        "  reqId = 7  <- '7'",
    ]
    (line,) = printed(capsys, "decode", frame[4:-1].hex(), "--from-client", status=1)
    assert line == f"{COMMAND} decode: cancelPnL: last field: its NUL is missing"


def test_every_vector_can_be_decoded(capsys: pytest.CaptureFixture[str]) -> None:
    for msg_id, rows in vectors("decode").items():
        row = rows[87]
        payload = "\0".join([msg_id, *row["fields"], ""]).encode()
        lines = printed(capsys, "decode", payload.hex(), "--version", str(row["v"]))
        assert lines[0] == f"{INCOMING[msg_id].name} ({msg_id}) at server version {row['v']}"
        assert not any("does not fit" in line for line in lines)


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (
            ("show", "nothing", "187"),
            2,
            f"no message is called 'nothing' ({COMMAND} list lists them)",
        ),
        (
            ("decode", "xyz"),
            1,
            "a frame is given as hex digits, two for each byte, such as 3439003100 (49, 1)",
        ),
        (("decode", ""), 1, "frame: message id: the frame is empty"),
        (("decode", b"999\0".hex()), 1, "frame: message id: 999 is unknown"),
        (("decode", b"1\x006".hex()), 1, "tickPrice: last field: its NUL is missing"),
    ],
)
def test_mistakes(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], status: int, text: str
) -> None:
    head = f"{COMMAND} {arguments[0]}: "
    assert printed(capsys, *arguments, status=status) == [head + text]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("show", "tickPrice", "99"),
        ("show", "tickPrice", "999"),
        ("show", "tickPrice", "x"),
        ("diff", "151"),
    ],
)
def test_wrong_usage(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    errors = capsys.readouterr().err
    assert errors.startswith("python -m ibapi_port protocol")
    assert errors.count("\n") == 1


def test_protocol_buffers(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("google.protobuf", reason="needs the protobuf package")
    frame = codec_for(210).encode_message("tickPrice", **VALUES)
    assert printed(capsys, "decode", frame.hex(), "--version", "210") == [
        "tickPrice (1) at server version 210, Protocol Buffers",
        "  reqId = 7",
        "  tickType = 1",
        "  price = 187.5",
        "  size = '300'",
        "  attrMask = 0",
    ]
    shown = printed(capsys, "show", "tickPrice", "210")
    assert shown[0] == "def deliver(f, w, callback_raised):"
    assert "# Protocol Buffers: TickPrice" in shown
    assert "def check(reqId, account, modelCode):" in printed(capsys, "show", "reqPnL", "225")
    diff = printed(capsys, "diff", "205", "206")
    assert diff[0] == "tickPrice:"
    assert "  + Protocol Buffers: TickPrice" in diff
