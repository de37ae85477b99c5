"""Every request has its conversation, and every callback belongs to one."""

from __future__ import annotations

import inspect

import pytest

from ibapi_port import error_codes
from ibapi_port.client import EClient
from ibapi_port.protocol.schema.conversations import (
    ANY,
    CONVERSATIONS,
    OTHER_NAMES,
    UNSOLICITED,
    Conversation,
    Key,
    Kind,
    Rate,
    arguments_of,
    cancel_of,
    conversation_of,
    group_of,
    is_empty_answer,
    is_warning,
)
from ibapi_port.protocol.schema.messages import PROTOBUF_ONLY_REQUESTS, REQUESTS
from ibapi_port.wrapper import EWrapper

ENTRIES = [entry for entries in CONVERSATIONS.values() for entry in entries]
CALLBACKS = {
    name
    for name, made in inspect.getmembers(EWrapper, inspect.isfunction)
    if not name.startswith("_") and name != "logAnswer"
}
RAW = {name for name in CALLBACKS if name.endswith("ProtoBuf")}
ALONE = set(PROTOBUF_ONLY_REQUESTS)


def test_every_request_has_an_entry() -> None:
    assert set(CONVERSATIONS) == {*REQUESTS, *ALONE}


def test_every_callback_belongs_to_a_request_or_is_unsolicited() -> None:
    answers = {name for entry in ENTRIES for name in entry.answers}
    assert answers | UNSOLICITED | set(OTHER_NAMES) >= CALLBACKS - RAW
    assert answers | UNSOLICITED | set(OTHER_NAMES.values()) <= CALLBACKS


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.request)
def test_an_entry_is_consistent(entry: Conversation) -> None:
    assert entry.end in ("", ANY, *entry.answers)
    if entry.kind in (Kind.ONE_SHOT, Kind.STATE):
        assert entry.end
    if entry.kind in (Kind.STANDING, Kind.COMMAND, Kind.ORDER):
        assert not entry.end
    if entry.kind in (Kind.STANDING, Kind.STATE):
        assert entry.cancel in REQUESTS
    if entry.cancel:
        assert callable(getattr(EClient, entry.cancel))
    if entry.kind in (Kind.COMMAND, Kind.ORDER):
        assert not entry.repeatable
    if entry.key is Key.VALUE:
        assert entry.key_argument in REQUESTS[entry.request].arguments
    if entry.end_argument:
        assert entry.end_argument in REQUESTS[entry.request].arguments
    if entry.done_argument:
        for name in entry.answers:
            assert entry.done_argument in inspect.signature(getattr(EWrapper, name)).parameters
    if entry.when is not None:
        assert entry.when[0] in REQUESTS[entry.request].arguments


def test_several_variants_have_one_that_fits_else() -> None:
    for request, entries in CONVERSATIONS.items():
        assert sum(entry.when is None for entry in entries) == 1, request


def test_arguments_choose_the_variant() -> None:
    def bars(what: str, updates: bool) -> Conversation:
        arguments = (1, None, "", "1 D", "1 hour", what, 1, 1, updates, [])
        return conversation_of("reqHistoricalData", arguments)

    assert bars("TRADES", False).kind is Kind.ONE_SHOT
    assert bars("TRADES", False).end == "historicalDataEnd"
    assert bars("TRADES", True).kind is Kind.STATE
    assert bars("SCHEDULE", False).end == "historicalSchedule"
    quotes = conversation_of("reqMktData", (1, None, "", False, False, []))
    assert (quotes.kind, quotes.end, quotes.rate) == (Kind.STANDING, "", Rate.LINE)
    snapshot = conversation_of("reqMktData", (1, None, "", 1, False, []))
    assert (snapshot.kind, snapshot.end) == (Kind.ONE_SHOT, "tickSnapshotEnd")
    assert snapshot.repeatable
    assert not conversation_of("reqMktData", (1, None, "", False, True, [])).repeatable
    assert conversation_of("reqAccountUpdates", (True, "")).kind is Kind.STATE
    assert conversation_of("reqAccountUpdates", (False, "")).kind is Kind.COMMAND
    with pytest.raises(KeyError):
        conversation_of("reqNothing", ())


def test_no_data_is_an_empty_answer_for_history_alone() -> None:
    history = conversation_of("reqHeadTimeStamp", (1, None, "TRADES", 1, 1))
    text = "Historical Market Data Service error message:HMDS query returned no data: AAPL@SMART"
    assert is_empty_answer(history, 162, text)
    assert not is_empty_answer(history, 162, "Historical data request pacing violation")
    assert not is_empty_answer(history, 200, text)
    assert not is_empty_answer(CONVERSATIONS["reqContractDetails"][0], 162, text)


@pytest.mark.parametrize(
    ("code", "warns"),
    [
        *((code, True) for code in (399, 2100, 2169, 10090, 10167)),
        *((code, False) for code in (162, 200, 201, 354, 504, 10168)),
    ],
)
def test_warnings_do_not_end_a_request(code: int, warns: bool) -> None:
    assert is_warning(code) is warns


def test_the_catalogue_of_error_codes_says_the_same_of_warnings() -> None:
    # 2101: TWS counts it among its warnings, but the account's values do not come
    known = set(error_codes.codes()) - {2101}
    assert {code for code in known if error_codes.is_warning(code)} == {
        code for code in known if is_warning(code)
    }


def test_what_cancels_a_request() -> None:
    for entry in ENTRIES:
        if not entry.cancel or entry.key is Key.ORDER or entry.request in ALONE:
            continue
        arguments = REQUESTS[entry.request].arguments
        request, given = cancel_of(entry, arguments, 10**6) or ("", ())
        assert (request, len(given)) == (entry.cancel, len(REQUESTS[entry.cancel].arguments))
        if entry.cancel != entry.request:
            assert set(given) <= set(arguments)
            assert given == REQUESTS[entry.cancel].arguments
    updates = conversation_of("reqAccountUpdates", (True, "DU1"))
    assert cancel_of(updates, (True, "DU1"), 100) == ("reqAccountUpdates", (False, "DU1"))
    details = CONVERSATIONS["reqContractDetails"][0]
    since = REQUESTS["cancelContractData"].since
    assert cancel_of(details, (7, None), since - 1) is None
    assert cancel_of(details, (7, None), since) == ("cancelContractData", (7,))
    assert cancel_of(CONVERSATIONS["placeOrder"][0], (7, None, None), 226) is None
    assert cancel_of(CONVERSATIONS["reqCurrentTime"][0], (), 226) is None


def test_which_requests_take_turns() -> None:
    ids = [group_of(conversation_of(name, (1,)), (1,)) for name in ("reqIds", "startApi")]
    assert ids == [("nextValidId", None)] * 2
    rule = CONVERSATIONS["reqMarketRule"][0]
    assert group_of(rule, (26,)) == group_of(rule, ("26",)) == ("marketRule", "26")


def test_an_end_may_name_what_was_asked() -> None:
    updates = conversation_of("reqAccountUpdates", (True, "DU1"))
    accounts = ["DU1", "DU2"]
    assert updates.end_names((True, "DU1"), ("DU1",), accounts) is True
    assert updates.end_names((True, "DU1"), ("DU2",), accounts) is False
    assert updates.end_names((True, ""), ("DU1",), accounts) is None
    assert updates.end_names((True, "All"), ("DU1",), accounts) is None
    assert CONVERSATIONS["reqPositions"][0].end_names((), (), accounts) is None


def test_every_end_that_names_something_without_an_id_is_declared() -> None:
    for entry in ENTRIES:
        if entry.key is Key.NONE and entry.kind is Kind.STATE:
            named = tuple(inspect.signature(getattr(EWrapper, entry.end)).parameters)[1:]
            assert bool(named) is bool(entry.end_argument), entry.request


def test_the_arguments_of_a_message() -> None:
    pytest.importorskip("google.protobuf")
    from ibapi_port.protobuf.AccountDataRequest_pb2 import AccountDataRequest

    message = AccountDataRequest(subscribe=True, acctCode="DU1")
    assert arguments_of("reqAccountUpdates", (message,)) == (True, "DU1")
    assert arguments_of("reqAccountUpdates", (AccountDataRequest(),)) == (None, None)
    assert arguments_of("reqAccountUpdates", (True,)) == (True, None)
